package history

import (
	"fmt"
	"path"

	"lambent/invoke"
)

// Privacy says what must not be in the history. The zero value records everything,
// exactly as it was sent and received.
type Privacy struct {
	// Never are functions that are not recorded: names, or patterns as path.Match
	// knows them ("auth-*"). An event of such a function is kept while it is queued,
	// because nothing accepted is lost, and leaves no trace once it is settled.
	Never []string

	// Redact takes secrets out before anything is written; nil writes what was sent.
	// A replay sends what is recorded, so it sends the redacted payload. The payload
	// of an event on the queue is the exception: it has yet to be run.
	Redact *invoke.Redactor
}

// Check says which pattern can't be read.
func (p Privacy) Check() error {
	for _, pattern := range p.Never {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q is no name of a function and no pattern of one", pattern)
		}
	}
	return nil
}

// never says whether a call of a function is not to be recorded.
func (p Privacy) never(req invoke.Request) bool {
	if len(p.Never) == 0 {
		return false
	}
	function, _ := names(req, "")
	for _, pattern := range p.Never {
		if match, err := path.Match(pattern, function); match && err == nil {
			return true
		}
	}
	return false
}

// record is a record without what must not be written.
func (p Privacy) record(r *record) *record {
	if p.Redact == nil {
		return r
	}
	clean := *r
	if r.state != StateQueued {
		clean.request = p.Redact.Request(r.request)
	}
	clean.result = p.Redact.Result(r.result)
	clean.refusal = p.Redact.Failure(r.refusal)
	return &clean
}

// attempt is an attempt without what must not be written.
func (p Privacy) attempt(a invoke.Attempt) invoke.Attempt {
	a.Result, a.Refused = p.Redact.Result(a.Result), p.Redact.Failure(a.Refused)
	return a
}

package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"lambent/invoke"
)

// exportFormat is the member "lambent" of every exported record.
const exportFormat = 1

// An exported record is one line of JSON. Members that people and jq look for come
// first; request and result hold everything else, as the database does (details.go).
type exported struct {
	Format    int            `json:"lambent"`
	UID       string         `json:"uid"`
	StartedAt string         `json:"startedAt"` // RFC 3339, nanoseconds
	Duration  time.Duration  `json:"durationNs,omitempty"`
	Target    exportedTarget `json:"target"`
	Function  text           `json:"functionName"`
	Qualifier text           `json:"qualifier,omitempty"`
	Type      text           `json:"invocationType"`
	Status    int            `json:"statusCode,omitempty"`
	Failed    text           `json:"failureName,omitempty"`
	State     string         `json:"state"`
	Condition string         `json:"condition,omitempty"`
	Pinned    bool           `json:"pinned,omitempty"`
	ReplayOf  string         `json:"replayOf,omitempty"`
	Redacted  bool           `json:"redacted,omitempty"`

	Request requestDetails `json:"request"`
	Result  resultDetails  `json:"result"`

	RequestPayload       json.RawMessage `json:"requestPayload,omitempty"`
	RequestPayloadText   *string         `json:"requestPayloadText,omitempty"`
	RequestPayloadBase64 []byte          `json:"requestPayloadBase64,omitempty"`
	exportedBodies

	Attempts   []exportedAttempt  `json:"attempts,omitempty"`
	Deliveries []exportedDelivery `json:"deliveries,omitempty"`
}

type exportedTarget struct {
	Kind        text `json:"kind"`
	Account     text `json:"account,omitempty"`
	Region      text `json:"region,omitempty"`
	Project     text `json:"project,omitempty"`
	ProjectName text `json:"projectName,omitempty"`
	Profile     text `json:"profile,omitempty"`
	Endpoint    text `json:"endpoint,omitempty"`
}

// exportedBodies are what came back. A payload is a JSON value where it is one; its
// exact bytes stand beside it, as text or else in base64, where the value is spelled
// in another way or there is none.
type exportedBodies struct {
	ResponsePayload       json.RawMessage `json:"responsePayload,omitempty"`
	ResponsePayloadText   *string         `json:"responsePayloadText,omitempty"`
	ResponsePayloadBase64 []byte          `json:"responsePayloadBase64,omitempty"`
	Log                   *string         `json:"log,omitempty"`
	LogBase64             []byte          `json:"logBase64,omitempty"`
	LogTail               *string         `json:"logTail,omitempty"` // where it is not the end of the log
	LogTailBase64         []byte          `json:"logTailBase64,omitempty"`
}

type exportedAttempt struct {
	Number    int           `json:"number"`
	Counts    bool          `json:"counts,omitempty"`
	StartedAt string        `json:"startedAt,omitempty"`
	Duration  time.Duration `json:"durationNs,omitempty"`
	Result    resultDetails `json:"result"`
	exportedBodies
}

// WriteEntry writes one record as a line of JSON that Import reads. redact takes
// secrets out; with nil the line holds the record byte for byte.
func WriteEntry(w io.Writer, e Entry, redact *invoke.Redactor) error {
	line, err := encodeEntry(redacted(e, redact), redact != nil)
	if err != nil {
		return fmt.Errorf("export invocation %d: %w", e.ID, err)
	}
	_, err = w.Write(line)
	return err
}

// redacted is an entry without secrets, attempts and deliveries included.
func redacted(e Entry, redact *invoke.Redactor) Entry {
	if redact == nil {
		return e
	}
	sameFailure := e.Failure == e.Result.Failure
	e.Request, e.Result = redact.Request(e.Request), redact.Result(e.Result)
	if sameFailure {
		e.Failure = e.Result.Failure
	} else {
		e.Failure = redact.Failure(e.Failure)
	}
	e.Attempts = slices.Clone(e.Attempts)
	for i := range e.Attempts {
		e.Attempts[i].Result = redact.Result(e.Attempts[i].Result)
		e.Attempts[i].Refused = redact.Failure(e.Attempts[i].Refused)
	}
	e.Deliveries = slices.Clone(e.Deliveries)
	for i, d := range e.Deliveries {
		e.Deliveries[i] = Privacy{Redact: redact}.delivery(d)
	}
	return e
}

func encodeEntry(e Entry, isRedacted bool) ([]byte, error) {
	kind := e.Request.Type
	if kind == "" {
		kind = invoke.RequestResponse
	}
	t := e.Target
	x := exported{
		Format: exportFormat, UID: e.UID, StartedAt: instant(e.StartedAt), Duration: e.Result.Duration,
		Target: exportedTarget{Kind: text(t.Kind), Account: text(t.Account), Region: text(t.Region), Project: text(t.Project),
			ProjectName: text(t.ProjectName), Profile: text(t.Profile), Endpoint: text(t.Endpoint)},
		Function: text(e.Function), Qualifier: text(e.Qualifier), Type: text(kind), Status: e.Result.StatusCode,
		State: e.State, Condition: e.Condition, Pinned: e.Pinned, ReplayOf: e.Source, Redacted: isRedacted,
		Request: detailsOfRequest(e.Request),
	}
	var refusal *invoke.Failure
	if e.Failure != nil {
		x.Failed = text(e.Failure.Name)
		if e.Failure != e.Result.Failure {
			refusal = e.Failure
		}
	}
	x.RequestPayload, x.RequestPayloadText, x.RequestPayloadBase64 = payloadMembers(e.Request.Payload)
	var tail *int
	x.exportedBodies, tail = bodyMembers(e.Result)
	x.Result = detailsOfResult(e.Result, refusal, tail)
	for _, a := range e.Attempts {
		ax := exportedAttempt{Number: a.Number, Counts: a.Counts, StartedAt: instant(a.Result.StartedAt), Duration: a.Result.Duration}
		ax.exportedBodies, tail = bodyMembers(a.Result)
		ax.Result = detailsOfResult(a.Result, a.Refused, tail)
		x.Attempts = append(x.Attempts, ax)
	}
	for _, d := range e.Deliveries {
		x.Deliveries = append(x.Deliveries, exportedOf(d))
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(x); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func bodyMembers(r invoke.Result) (b exportedBodies, tailOfLog *int) {
	b.ResponsePayload, b.ResponsePayloadText, b.ResponsePayloadBase64 = payloadMembers(r.Payload)
	b.Log, b.LogBase64 = textMembers(r.Log)
	if r.LogTail != nil && r.Log != nil && bytes.HasSuffix(r.Log, r.LogTail) {
		n := len(r.LogTail)
		return b, &n
	}
	b.LogTail, b.LogTailBase64 = textMembers(r.LogTail)
	return b, nil
}

// payloadMembers spell bytes as a value, and exactly where the value is not enough.
func payloadMembers(b []byte) (value json.RawMessage, exact *string, base64 []byte) {
	if b == nil {
		return nil, nil, nil
	}
	if !utf8.Valid(b) {
		return nil, nil, b
	}
	if !json.Valid(b) {
		exact, base64 = textMembers(b)
		return nil, exact, base64
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, b); err != nil || !bytes.Equal(compact.Bytes(), b) {
		exact, base64 = textMembers(b)
	}
	return b, exact, base64
}

func textMembers(b []byte) (*string, []byte) {
	switch {
	case b == nil:
		return nil, nil
	case !utf8.Valid(b):
		return nil, b
	}
	s := string(b)
	return &s, nil
}

// Export hands every matching record to yield, oldest first, until it returns an
// error. It holds one record at a time, and the ids of all.
func (s *Store) Export(ctx context.Context, q Query, yield func(Entry) error) error {
	ids, err := s.IDs(ctx, q)
	if err != nil {
		return err
	}
	for _, id := range ids {
		e, err := s.Entry(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return err
		}
		if err := yield(e); err != nil {
			return err
		}
	}
	return nil
}

// IDs are the ids of the matching records, oldest first: eight bytes a record.
func (s *Store) IDs(ctx context.Context, q Query) ([]int64, error) {
	var ids []int64
	err := s.walk(ctx, q, 0, 512, func(sum Summary) bool {
		ids = append(ids, sum.ID)
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	slices.Reverse(ids)
	return ids, s.explain("list the history", err)
}

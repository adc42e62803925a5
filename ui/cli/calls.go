package cli

import (
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/themes"
)

// callsWaiting is how many calls may wait for standard error before some are left out.
const callsWaiting = 1000

// closeLimit is how long the end of the command waits for them to be read.
const closeLimit = time.Second

// A callLog tells on standard error what is invoked through the endpoint, a line a call.
// Nobody waits for it: where it is not read, calls are left out and counted.
type callLog struct {
	calls   chan string
	leftOut atomic.Int64
	done    chan struct{}
}

// newCallLog writes to p until it is closed. Nothing else may write there meanwhile.
func newCallLog(p *printer) *callLog {
	l := &callLog{calls: make(chan string, callsWaiting), done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for line := range l.calls {
			p.line(line)
			if n := l.leftOut.Swap(0); n > 0 {
				p.line(p.paint(themes.Muted, "… "+strconv.FormatInt(n, 10)+" more, which lambent history has"))
			}
		}
	}()
	return l
}

// close writes what is left, unless nobody reads it. No call may end any more.
func (l *callLog) close() {
	close(l.calls)
	select {
	case <-l.done:
	case <-time.After(closeLimit):
	}
}

// add takes a call that has ended.
func (l *callLog) add(p *printer, at time.Time, req invoke.Request, r invoke.Result, err error) {
	select {
	case l.calls <- callLine(p, at, req, r, err):
	default:
		l.leftOut.Add(1)
	}
}

// callLine is a call in one line: when, what came of it, function, time and number.
func callLine(p *printer, at time.Time, req invoke.Request, r invoke.Result, err error) string {
	failure := r.Failure
	var refusal *invoke.Failure
	if errors.As(err, &refusal) {
		failure = refusal
	}
	v := outcome{kind: req.Type, result: r, failure: failure}
	row := history.Summary{StatusCode: r.StatusCode, FunctionError: r.FunctionError, Injected: r.Injected()}
	if failure != nil {
		row.FailureName, row.FailureKind = failure.Name, failure.Kind
	}
	function := req.Function
	if req.Qualifier != "" {
		function += ":" + req.Qualifier
	}
	facts := []string{function}
	if r.StatusCode >= 300 {
		facts = append(facts, "HTTP "+strconv.Itoa(r.StatusCode))
	}
	facts = append(facts, milliseconds(r.Duration))
	if r.HistoryID != 0 {
		facts = append(facts, "#"+strconv.FormatInt(r.HistoryID, 10))
	}
	return p.paint(themes.Muted, at.Format("15:04:05")) + "  " + p.paint(verdictOf(v).role, safe(rowOutcome(row)+rowMarks(row))) + "  " + safe(strings.Join(facts, " · "))
}

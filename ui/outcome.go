package ui

import (
	"strconv"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// An outcome is an invocation that has come to an end, or one from history.
type outcome struct {
	request  invoke.Request
	function string // bare name
	result   invoke.Result
	failure  *invoke.Failure // a refusal or a function error, nil on success
	refused  bool            // the call itself failed: failure is not the function's
	at       time.Time
	elapsed  time.Duration // as seen from here
	target   invoke.TargetInfo

	fromHistory bool
	state       string // of history: one of its State constants
	condition   string
	attempts    []invoke.Attempt  // of an event
	deliveries  []invoke.Delivery // what its outcome has sent on
	event       *followed         // while it is in view and was not settled when it came there
	replayed    bool              // it repeats an earlier run
	source      string            // which one, once that is known
	elsewhere   string            // where it went, when that is not the target that is looked at

	previous time.Duration // of the run before it of this function, 0 when unknown
}

// A verdict is what came of an invocation, in one word for each.
type verdict int

const (
	verdictOK verdict = iota
	verdictAccepted
	verdictDryRun
	verdictFunctionError
	verdictRefused
	verdictUnreachable
	verdictCancelled
	verdictLost
	verdictRunning
	verdictMayHaveRun
	verdictDead
	verdictLocal      // refused on this side, before sending
	verdictUnreadable // what came back is not Lambda's
)

// words are how the verdicts read everywhere on the screen.
var verdictWords = [...]safetext.Line{
	verdictOK:            safetext.Trusted("✓ 200"),
	verdictAccepted:      safetext.Trusted("✓ 202 accepted"),
	verdictDryRun:        safetext.Trusted("✓ 204 dry run"),
	verdictFunctionError: safetext.Trusted("✗ function error"),
	verdictRefused:       safetext.Trusted("! Lambda refused the call"),
	verdictUnreachable:   safetext.Trusted("○ cannot reach Lambda"),
	verdictCancelled:     safetext.Trusted("– cancelled"),
	verdictLost:          safetext.Trusted("? connection lost"),
	verdictRunning:       safetext.Trusted("⠹ running"),
	verdictMayHaveRun:    safetext.Trusted("? may have run"),
	verdictDead:          safetext.Trusted("✗ dead letter"),
	verdictLocal:         safetext.Trusted("! not sent"),
	verdictUnreadable:    safetext.Trusted("? not Lambda's answer"),
}

// word is the verdict with its sign.
func (v verdict) word() string { return verdictWords[v].String() }

// look is the colour of a verdict.
func (v verdict) look(s *styles) frame.Style {
	switch v {
	case verdictOK, verdictAccepted, verdictDryRun:
		return s.success
	case verdictFunctionError, verdictDead:
		return s.err
	case verdictCancelled:
		return s.subtle
	case verdictRunning:
		return s.info
	}
	return s.warning
}

// An account is what a verdict rests on. An outcome and a row of history have one
// each, so that both come to the same verdict.
type account struct {
	state         string // one of history's State constants, "" for a run of now
	kind          invoke.FailureKind
	name          string // of the failure, "" on success
	ran           invoke.Ran
	functionError string
	status        int
}

// verdict works out what came of the invocation. A call that failed is judged by
// its failure, whatever else is known of the function: a run that was cancelled
// has the report of a killed one.
func (c account) verdict() verdict {
	switch c.state {
	case history.StateMayHaveRun:
		return verdictMayHaveRun
	case history.StateRunning:
		return verdictRunning
	case history.StateDead:
		return verdictDead
	case history.StateQueued: // whatever its last attempt came to
		return verdictAccepted
	}
	switch {
	case c.kind != "" && c.kind != invoke.FunctionFailure:
		return refusal(c.kind, c.name, c.ran)
	case c.kind == invoke.FunctionFailure, c.functionError != "":
		return verdictFunctionError
	case c.status == 202:
		return verdictAccepted
	case c.status == 204:
		return verdictDryRun
	}
	return verdictOK
}

func (o *outcome) verdict() verdict {
	c := account{state: o.state, functionError: o.result.FunctionError, status: o.result.StatusCode}
	if f := o.failure; f != nil {
		c.kind, c.name, c.ran = f.Kind, f.Name, f.Ran
	}
	return c.verdict()
}

// summaryVerdict is the verdict of a row of the history list.
func summaryVerdict(r *history.Summary) verdict {
	return account{r.State, r.FailureKind, r.FailureName, r.Ran, r.FunctionError, r.StatusCode}.verdict()
}

// refusal tells the ways apart in which a call can fail.
func refusal(kind invoke.FailureKind, name string, ran invoke.Ran) verdict {
	switch {
	case kind == invoke.ServiceFailure:
		return verdictRefused
	case name == invoke.Cancelled, name == invoke.WaitLimitReached:
		return verdictCancelled
	case name == invoke.Offline, name == invoke.ConnectionRefused:
		return verdictUnreachable
	case name == invoke.UnreadableAnswer:
		return verdictUnreadable
	case ran == invoke.RanNo:
		return verdictLocal
	}
	return verdictLost
}

// outcomeOf is an entry of history as an outcome.
func outcomeOf(e history.Entry) outcome {
	return outcome{
		request: e.Request, function: e.Function, result: e.Result, failure: e.Failure,
		refused: e.Failure != nil && e.Failure.Kind != invoke.FunctionFailure,
		at:      e.StartedAt, elapsed: e.Result.Duration, target: e.Target,
		fromHistory: true, state: e.State, condition: e.Condition, attempts: e.Attempts, deliveries: e.Deliveries, replayed: e.Source != "",
	}
}

// glyph is a verdict's sign alone.
func (v verdict) glyph() safetext.Line { return verdictWords[v].Slice(0, 1) }

// figures are what the report says, as parts of a row: time, billed time, memory.
func (o *outcome) figures(s *styles) [][]frame.Span {
	var parts [][]frame.Span
	add := func(text string) { parts = append(parts, []frame.Span{span(s.text, text)}) }
	r := o.result.Report
	if r == nil {
		if o.result.Duration > 0 {
			add(duration(o.result.Duration))
		}
		return parts
	}
	add(duration(r.Duration))
	if r.BilledDuration > 0 {
		add("billed " + duration(r.BilledDuration))
	}
	if r.MemorySizeMB > 0 {
		add(strconv.Itoa(r.MaxMemoryUsedMB) + "/" + strconv.Itoa(r.MemorySizeMB) + " MB")
	}
	return parts
}

// answered says that a status of the service is what came back.
func (o *outcome) answered() bool {
	return o.result.StatusCode > 0 && o.verdict() != verdictCancelled
}

// origin is what ran: whether it was made to fail, who else called, version, cold or warm, request id.
func (o *outcome) origin(s *styles) [][]frame.Span {
	var parts [][]frame.Span
	add := func(text string) { parts = append(parts, []frame.Span{span(s.subtle, text)}) }
	if o.elsewhere != "" {
		parts = append(parts, []frame.Span{span(s.warning, "on "+o.elsewhere)})
	}
	if o.result.Injected() {
		parts = append(parts, []frame.Span{span(s.warning, "injected")})
	}
	if o.request.Door == invoke.DoorEndpoint {
		add("by serve")
	}
	if v := o.result.ExecutedVersion; v != "" {
		add("version " + v)
	}
	if r := o.result.Report; r != nil {
		if r.InitDuration > 0 {
			add("cold " + duration(r.InitDuration))
		} else if o.result.StatusCode == 200 && r.Status == "" { // what failed to start, or was ended, may have been cold
			add("warm")
		}
	}
	if id := o.result.RequestID; id != "" {
		add("req " + shortID(id))
	}
	return parts
}

package cli

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"lambent/invoke"
	"lambent/themes"
)

// attempts adds the attempts of an event, each with its answer and its log.
func (o *object) attempts(list []invoke.Attempt) {
	if len(list) == 0 {
		return
	}
	all := []byte{'['}
	for i, a := range list {
		if i > 0 {
			all = append(all, ',')
		}
		r := a.Result
		var one object
		one.number("number", int64(a.Number))
		one.raw("usesRetry", strconv.AppendBool(nil, a.Counts))
		one.instant("startedAt", r.StartedAt)
		one.milliseconds("durationMs", r.Duration)
		one.text("executedVersion", r.ExecutedVersion)
		one.text("functionError", r.FunctionError)
		one.payload("responsePayload", r.Payload)
		if r.Log != nil {
			one.raw("log", quote(string(r.Log)))
		}
		if r.Report != nil {
			one.raw("report", reportObject(*r.Report))
		}
		if f := a.Failure(); f != nil {
			one.raw("failure", failureObject(f))
		}
		all = append(all, one.bytes()...)
	}
	o.raw("attemptDetails", append(all, ']'))
}

// attempts lists the attempts of an event, a line each.
func (p *printer) attempts(list []invoke.Attempt) {
	for _, a := range list {
		said := "no failure"
		if f := a.Failure(); f != nil {
			said = f.Error()
		}
		if !a.Counts {
			said += ", uses up no retry"
		}
		p.line(safe(fmt.Sprintf("attempt %d  %s  %s  %s", a.Number, a.Result.StartedAt.Local().Format("15:04:05"), milliseconds(a.Result.Duration), said)))
	}
}

// logs prints the log of an invocation, or those of the attempts of an event one by one.
func (p *printer) logs(log []byte, attempts []invoke.Attempt) {
	if len(attempts) < 2 {
		p.part("Log", log)
		return
	}
	for _, a := range attempts {
		p.part("Log of attempt "+strconv.Itoa(a.Number), a.Result.Log)
	}
}

// part prints something foreign under a title; nothing where there is nothing.
func (p *printer) part(title string, text []byte) {
	if len(text) > 0 {
		p.line("\n", p.paint(themes.Accent, title))
		p.foreign(text)
	}
}

// nextAttempt says how long an event waits for its next attempt.
func nextAttempt(number int, wait time.Duration) string {
	seconds := int(math.Round(wait.Seconds()))
	if seconds < 1 {
		return fmt.Sprintf("attempt %d follows at once", number)
	}
	return fmt.Sprintf("attempt %d follows in %d s", number, seconds)
}

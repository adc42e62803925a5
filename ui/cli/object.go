package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

// An object is a JSON object that is put together member by member, so that a
// payload's own bytes can be one of them: a number keeps its digits, an object
// the order and the duplicates of its keys. A member that does not apply is left out.
type object struct {
	b bytes.Buffer
}

func (o *object) raw(name string, value []byte) {
	if o.b.Len() == 0 {
		o.b.WriteByte('{')
	} else {
		o.b.WriteByte(',')
	}
	o.b.Write(quote(name))
	o.b.WriteByte(':')
	o.b.Write(value)
}

func (o *object) bytes() []byte {
	if o.b.Len() == 0 {
		return []byte("{}")
	}
	return append(bytes.Clone(o.b.Bytes()), '}')
}

// text adds a string that is not empty.
func (o *object) text(name, value string) {
	if value != "" {
		o.raw(name, quote(value))
	}
}

// number adds a whole number that is not 0.
func (o *object) number(name string, value int64) {
	if value != 0 {
		o.raw(name, strconv.AppendInt(nil, value, 10))
	}
}

// milliseconds adds a duration in milliseconds, to the microsecond.
func (o *object) milliseconds(name string, d time.Duration) {
	o.raw(name, strconv.AppendFloat(nil, math.Round(float64(d)/1e3)/1e3, 'f', -1, 64))
}

// instant adds a time in UTC, to the millisecond.
func (o *object) instant(name string, t time.Time) {
	if !t.IsZero() {
		o.text(name, t.UTC().Format("2006-01-02T15:04:05.000Z"))
	}
}

// list adds strings, if there are any.
func (o *object) list(name string, values []string) {
	if len(values) == 0 {
		return
	}
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, quote(v)...)
	}
	o.raw(name, append(b, ']'))
}

// payload adds bytes that should be JSON: as the value they are, else as a
// string, else in base64 under the name with "Base64" after it. White space
// between tokens goes only where a line feed is among it, because a reader of
// several objects takes them line by line.
func (o *object) payload(name string, value []byte) {
	switch {
	case len(value) == 0:
	case jsondoc.Check(value) == nil:
		if bytes.ContainsAny(value, "\n\r") {
			if one, err := jsondoc.Minify(value); err == nil {
				value = one
			}
		}
		o.raw(name, value)
	case utf8.Valid(value):
		o.text(name, string(value))
	default:
		o.text(name+"Base64", base64.StdEncoding.EncodeToString(value))
	}
}

// quote is a JSON string. Beside what JSON asks for it escapes what a terminal
// could obey or a reader could be deceived by: DEL, C1, bidi controls and other
// format characters. The value is the same; bytes that are no UTF-8 become U+FFFD.
func quote(s string) []byte {
	b := make([]byte, 0, len(s)+2)
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || r >= 0x7f && r <= 0x9f || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r):
			b = appendEscape(b, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

func appendEscape(b []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	unit := func(u rune) {
		b = append(b, '\\', 'u', digits[u>>12&15], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
	if r > 0xffff { // a surrogate pair
		r -= 0x10000
		unit(0xd800 + r>>10)
		unit(0xdc00 + r&0x3ff)
		return b
	}
	unit(r)
	return b
}

// An outcome is what the objects of invoke, replay and show say about one invocation.
type outcome struct {
	id        int64
	target    invoke.TargetKind
	qualifier string // as given
	kind      invoke.InvocationType
	result    invoke.Result
	failure   *invoke.Failure // the refusal, or the result's own
	log       []byte

	// stopped is why nobody waited any longer: the wait limit or a signal; nil
	// when an answer was there before.
	stopped error

	partsShown bool // the response has been written while it came
}

// outOfTime reports that the wait limit passed before there was an answer.
func (v outcome) outOfTime() bool { return v.gaveUp(context.DeadlineExceeded) }

func (v outcome) gaveUp(why error) bool {
	name := invoke.Cancelled
	if why == context.DeadlineExceeded {
		name = invoke.WaitLimitReached
	}
	return v.failure != nil && v.failure.Kind == invoke.ClientFailure &&
		(v.failure.Name == name || errors.Is(v.stopped, why) || errors.Is(v.failure, why))
}

// members adds what invoke and show have in common; payload adds the bodies in their place.
func (o *object) members(v outcome, payload func()) {
	r := v.result
	o.number("id", v.id)
	o.text("target", string(v.target))
	o.text("functionName", r.FunctionName)
	o.text("functionArn", r.FunctionARN)
	o.text("qualifier", v.qualifier)
	o.text("invocationType", string(v.kind))
	o.number("statusCode", int64(statusCode(v)))
	o.text("executedVersion", r.ExecutedVersion)
	o.text("requestId", r.RequestID)
	o.text("functionError", r.FunctionError)
	o.milliseconds("durationMs", r.Duration)
	o.instant("startedAt", r.StartedAt)
	payload()
	if v.log != nil {
		o.raw("log", quote(string(v.log)))
	}
	if r.Report != nil {
		o.raw("report", reportObject(*r.Report))
	}
	if v.failure != nil {
		o.raw("failure", failureObject(v.failure))
	}
	o.list("notes", r.Notes)
}

// place says which target it is.
func (o *object) place(t invoke.TargetInfo) {
	o.text("target", string(t.Kind))
	o.placeBeside(t)
}

// placeBeside adds what tells targets of one kind apart.
func (o *object) placeBeside(t invoke.TargetInfo) {
	if t.Kind == invoke.Local {
		o.text("project", t.Project)
		return
	}
	o.text("profile", t.Profile)
	o.text("region", t.Region)
	o.text("endpointUrl", t.Endpoint)
}

// statusCode is that of the answer; a refusal may know it only in its failure.
func statusCode(v outcome) int {
	if v.result.StatusCode == 0 && v.failure != nil {
		return v.failure.Status
	}
	return v.result.StatusCode
}

func reportObject(r invoke.Report) []byte {
	var o object
	o.milliseconds("durationMs", r.Duration)
	o.milliseconds("billedDurationMs", r.BilledDuration)
	o.number("memorySizeMb", int64(r.MemorySizeMB))
	o.number("maxMemoryUsedMb", int64(r.MaxMemoryUsedMB))
	if r.InitDuration > 0 {
		o.milliseconds("initDurationMs", r.InitDuration)
	}
	if r.RestoreDuration > 0 {
		o.milliseconds("restoreDurationMs", r.RestoreDuration)
		o.milliseconds("billedRestoreDurationMs", r.BilledRestore)
	}
	o.text("status", r.Status)
	o.text("errorType", r.ErrorType)
	return o.bytes()
}

func failureObject(f *invoke.Failure) []byte {
	var o object
	o.text("kind", string(f.Kind))
	o.text("name", f.Name)
	o.number("statusCode", int64(f.Status))
	o.text("reason", f.Reason)
	o.text("message", f.Message)
	o.text("fault", string(f.Fault))
	o.text("ran", string(f.Ran))
	o.text("retry", f.Retry)
	o.text("cause", f.Cause)
	o.text("remedy", f.Remedy)
	o.text("command", f.Command)
	o.list("suggestions", f.Suggestions)
	return o.bytes()
}

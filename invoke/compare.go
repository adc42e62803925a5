package invoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"lambent/invoke/jsondoc"
)

// An Answer is what came of one invocation: the result, and the failure beside it
// (the refusal or the function error), nil on success.
type Answer struct {
	Result  Result
	Failure *Failure
}

// Status is the HTTP status that was answered; of a refusal that has it in its failure only, that one.
func (a Answer) Status() int {
	if a.Result.StatusCode == 0 && a.Failure != nil {
		return a.Failure.Status
	}
	return a.Result.StatusCode
}

// refusal is the failure of a call that the API did not accept.
func (a Answer) refusal() *Failure {
	if a.Failure != nil && a.Failure.Kind != FunctionFailure {
		return a.Failure
	}
	return nil
}

// CompareOptions say what of two answers may differ.
type CompareOptions struct {
	Ignore   []jsondoc.Path // places in the payload, with all below them
	AnyOrder bool           // the order of arrays does not count
	InOrder  bool           // it does, whatever is remembered of the function (history.Store.LeavingOut)
	Outline  bool           // make Comparison.Outline
}

// A Difference is one place where two answers differ.
type Difference struct {
	// Path is statusCode, functionError, failure.name or failure.message, or it
	// begins with $ and is a place in the payload. The part from $ on is what
	// CompareOptions.Ignore takes (jsondoc.ParsePath).
	Path   string
	Change jsondoc.Change
	To     string // of what has moved: where it is in that

	// This and That are JSON values, but for a payload that is none: then they are
	// its bytes. They are nil where there is nothing.
	This, That []byte
}

// Measures are figures of one answer. They vary from run to run, so they are no
// differences. What is not known is 0.
type Measures struct {
	Version     string        // that ran
	Duration    time.Duration // of the report, else as the caller saw it
	Billed      time.Duration
	Init        time.Duration // cold starts only
	MaxMemoryMB int
	MemoryMB    int // the limit
}

// MeasuresOf are the figures of an answer.
func MeasuresOf(r Result) Measures {
	m := Measures{Version: r.ExecutedVersion, Duration: r.Duration}
	if p := r.Report; p != nil {
		m.Billed, m.Init, m.MaxMemoryMB, m.MemoryMB = p.BilledDuration, p.InitDuration, p.MaxMemoryUsedMB, p.MemorySizeMB
		if p.Duration > 0 {
			m.Duration = p.Duration
		}
	}
	return m
}

// A Comparison is how two answers differ.
type Comparison struct {
	Differences []Difference
	More        bool // there are more than the first jsondoc.MaxDifferences
	// Outline is the payloads laid over each other, when it was asked for; nil when they
	// are the same bytes, or one is no JSON.
	Outline    *jsondoc.Outline
	This, That Measures
}

// Same reports that the answers do not differ.
func (c Comparison) Same() bool { return len(c.Differences) == 0 }

// Compare lists how that differs from this: status, function error, refusal and
// payload. Payloads are compared as JSON values (jsondoc.Compare), and as bytes
// where one is none. Logs are apart, because they are long: see CompareLogs.
//
// The request ids that Lambda itself writes into the messages of errors
// ("RequestId: … Error: …", spec §5) are no difference. The error is the context's.
func Compare(ctx context.Context, this, that Answer, o CompareOptions) (Comparison, error) {
	c := Comparison{This: MeasuresOf(this.Result), That: MeasuresOf(that.Result)}
	if x, y := this.Status(), that.Status(); x != y {
		c.add("statusCode", number(x), number(y))
	}
	if x, y := this.Result.FunctionError, that.Result.FunctionError; x != y {
		c.add("functionError", quoted(x), quoted(y))
	}
	c.refusals(this, that)
	return c, c.payloads(ctx, this, that, o)
}

func (c *Comparison) add(path string, this, that []byte) {
	d := Difference{Path: path, This: this, That: that}
	switch {
	case this == nil:
		d.Change = jsondoc.Added
	case that == nil:
		d.Change = jsondoc.Removed
	}
	c.Differences = append(c.Differences, d)
}

func (c *Comparison) refusals(this, that Answer) {
	var x, y Failure
	if f := this.refusal(); f != nil {
		x = *f
	}
	if f := that.refusal(); f != nil {
		y = *f
	}
	if x.Name != y.Name {
		c.add("failure.name", quoted(x.Name), quoted(y.Name))
	}
	if withoutIDs(x.Message, this) != withoutIDs(y.Message, that) {
		c.add("failure.message", quoted(x.Message), quoted(y.Message))
	}
}

func (c *Comparison) payloads(ctx context.Context, this, that Answer, o CompareOptions) error {
	x, y := this.Result.Payload, that.Result.Payload
	if bytes.Equal(x, y) {
		return ctx.Err()
	}
	found, more, err := c.values(ctx, x, y, o)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	failed := this.Result.FunctionError != "" && that.Result.FunctionError != ""
	if err != nil {
		if ignoresAll(o.Ignore) || failed && withoutIDs(string(x), this) == withoutIDs(string(y), that) {
			return nil
		}
		if len(x) == 0 {
			x = nil
		}
		if len(y) == 0 {
			y = nil
		}
		c.add("$", x, y)
		return nil
	}
	c.More = more
	for i, d := range found {
		if failed && d.Change == jsondoc.Changed && withoutIDs(string(d.This), this) == withoutIDs(string(d.That), that) {
			c.unlist(i)
			continue
		}
		ours := Difference{Path: PayloadPath(d.Path), Change: d.Change, This: d.This, That: d.That}
		if d.Change == jsondoc.Moved {
			ours.To = PayloadPath(d.To)
		}
		c.Differences = append(c.Differences, ours)
	}
	return nil
}

// values compares JSON values, with an outline when one is asked for.
func (c *Comparison) values(ctx context.Context, x, y []byte, o CompareOptions) (found []jsondoc.Difference, more bool, err error) {
	options := jsondoc.Options{Ignore: o.Ignore, AnyOrder: o.AnyOrder}
	if o.Outline {
		c.Outline, err = jsondoc.CompareOutline(ctx, x, y, options)
		if err != nil {
			return nil, false, err
		}
		return c.Outline.Differences, c.Outline.More, nil
	}
	found, err = jsondoc.Compare(ctx, x, y, options)
	if errors.Is(err, jsondoc.ErrManyDifferences) {
		return found, true, nil
	}
	return found, false, err
}

// unlist makes a difference of the outline one that was left out.
func (c *Comparison) unlist(difference int) {
	if c.Outline == nil {
		return
	}
	for i := range c.Outline.Rows {
		if r := &c.Outline.Rows[i]; r.Difference == difference {
			r.Kind = jsondoc.OutlineIgnored
		}
	}
}

func ignoresAll(paths []jsondoc.Path) bool {
	for _, p := range paths {
		if len(p) == 0 {
			return true
		}
	}
	return false
}

// PayloadPath writes a place in a payload so that it can't be taken for a member of
// the answer: $, $.items[0].id. jsondoc.ParsePath reads it.
func PayloadPath(p jsondoc.Path) string {
	text := p.String()
	switch {
	case len(p) == 0:
		return "$"
	case text[0] == '[':
		return "$" + text
	}
	return "$." + text
}

// withoutIDs is a message without the request id of its own run.
func withoutIDs(message string, a Answer) string {
	if a.Result.RequestID == "" {
		return message
	}
	return strings.ReplaceAll(message, a.Result.RequestID, "\x00")
}

func number(n int) []byte {
	if n == 0 {
		return nil
	}
	return strconv.AppendInt(nil, int64(n), 10)
}

// quoted is a text as a JSON string; none is nil.
func quoted(s string) []byte {
	if s == "" {
		return nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // strings always encode
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

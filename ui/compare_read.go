package ui

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

// A comparedRuns is how two runs differ.
type comparedRuns struct {
	this, that history.Entry

	rows        []comparedRow // one for each difference, figure, line of a log and volatile path
	differences int           // of the answers: among rows, first
	more        bool          // there are more than are listed
	note        string        // what else is to be known

	answers *jsondoc.Outline // the responses laid over each other; nil when they can't be, or are the same
	request *jsondoc.Outline // the payloads that were sent, likewise
	log     []invoke.LogLine // both logs; nil where a run has none
	order   bool             // the order of arrays counts
}

// A rowKind says what a row of a comparison is.
type rowKind uint8

const (
	rowDifference rowKind = iota
	rowRequest            // the runs were sent something else here
	rowFigure             // differs from run to run, and counts for nothing
	rowLog                // a line that only one of the logs has
	rowLeftOut            // a volatile path; this is its state
)

// A comparedRow is one difference: where, and what became of what; nil is nothing.
type comparedRow struct {
	kind       rowKind
	path       string
	change     jsondoc.Change
	to         string // of what has moved: where it is in that
	this, that string

	fullThis, fullThat []byte // the values, when the runs are kept with the comparison
}

// maxCompared bounds the bytes of a value that a row of a comparison shows.
const maxCompared = 512

// head is the beginning of a value, for a row.
func head(b []byte) string { return string(b[:min(len(b), maxCompared)]) }

// readComparison compares two runs as "lambent replay --check" does: it leaves out what
// is kept as volatile for the function, and the order of arrays where that does not
// count. It takes as long as the bodies are large, so it runs outside the event loop.
func readComparison(ctx context.Context, store *history.Store, this, that history.Entry, outlined bool) (*comparedRuns, error) {
	c := &comparedRuns{this: this, that: that}
	key := history.KeyOf(that.Target, that.Function)
	options, err := store.LeavingOut(ctx, invoke.CompareOptions{Outline: outlined}, key)
	if err != nil {
		return nil, err
	}
	paths, err := store.Volatile(ctx, key)
	if err != nil {
		return nil, err
	}
	c.order = !options.AnyOrder
	found, err := invoke.Compare(ctx, invoke.Answer{Result: this.Result, Failure: this.Failure}, invoke.Answer{Result: that.Result, Failure: that.Failure}, options)
	if err != nil {
		return nil, err
	}
	for _, d := range found.Differences {
		c.add(rowDifference, d, outlined)
	}
	c.differences, c.more, c.answers = len(found.Differences), found.More, found.Outline
	if err := c.addRequests(ctx, outlined); err != nil {
		return nil, err
	}
	c.addFigures(found)
	if err := c.addLogs(ctx); err != nil {
		return nil, err
	}
	for _, p := range paths {
		c.rows = append(c.rows, comparedRow{kind: rowLeftOut, path: p.Path, this: string(p.State)})
	}
	return c, nil
}

// add adds a difference; whole keeps its values, which pin the bodies they are of.
func (c *comparedRuns) add(kind rowKind, d invoke.Difference, whole bool) {
	this, that := changedHeads(d.This, d.That)
	row := comparedRow{kind: kind, path: d.Path, change: d.Change, to: d.To, this: this, that: that}
	if whole {
		row.fullThis, row.fullThat = d.This, d.That
	}
	c.rows = append(c.rows, row)
}

// addRequests adds where the payloads that were sent differ. They are compared with
// all that is in them: nothing of a request is volatile.
func (c *comparedRuns) addRequests(ctx context.Context, outlined bool) error {
	x, y := c.this.Request.Payload, c.that.Request.Payload
	if bytes.Equal(x, y) {
		return nil
	}
	c.note = "the payloads differ"
	if !outlined {
		return nil
	}
	sent := func(payload []byte) invoke.Answer { return invoke.Answer{Result: invoke.Result{Payload: payload}} }
	found, err := invoke.Compare(ctx, sent(x), sent(y), invoke.CompareOptions{Outline: true})
	if err != nil {
		return err
	}
	if found.Same() {
		c.note = "the payloads are the same JSON, spelled differently"
	}
	for _, d := range found.Differences {
		c.add(rowRequest, d, true)
	}
	c.request = found.Outline
	return nil
}

// addFigures adds what two runs may differ in and still answer the same.
func (c *comparedRuns) addFigures(found invoke.Comparison) {
	figure := func(name, x, y string) {
		if x != y {
			c.rows = append(c.rows, comparedRow{kind: rowFigure, path: name, this: x, that: y})
		}
	}
	x, y := found.This, found.That
	figure("version", x.Version, y.Version)
	figure("qualifier", qualifierName(c.this.Qualifier), qualifierName(c.that.Qualifier))
	figure("duration", duration(x.Duration), duration(y.Duration))
	figure("billed", took(x.Billed), took(y.Billed))
	figure("init", took(x.Init), took(y.Init))
	figure("memory used", megabytes(x.MaxMemoryMB), megabytes(y.MaxMemoryMB))
	figure("memory size", megabytes(x.MemoryMB), megabytes(y.MemoryMB))
}

// took is a time that a run has taken, "" for none.
func took(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return duration(d)
}

func megabytes(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n) + " MB"
}

// addLogs adds the lines that only one of the logs has, where both runs have a log.
func (c *comparedRuns) addLogs(ctx context.Context) error {
	x, y := logOf(c.this.Result), logOf(c.that.Result)
	if len(x) == 0 || len(y) == 0 {
		return nil
	}
	lines, err := invoke.CompareLogs(ctx, x, y)
	if err != nil {
		return err
	}
	c.log = lines
	listed := 0
	for _, l := range lines {
		row := comparedRow{kind: rowLog, change: jsondoc.Removed, path: "log line " + strconv.Itoa(l.This), this: head(l.Text)}
		switch l.Change {
		case invoke.LogAdded:
			row = comparedRow{kind: rowLog, change: jsondoc.Added, path: "log line " + strconv.Itoa(l.That), that: head(l.Text)}
		case invoke.LogSame, invoke.LogPlatform:
			continue
		}
		c.rows = append(c.rows, row)
		if listed++; listed == jsondoc.MaxDifferences {
			break
		}
	}
	return nil
}

// logOf is the whole log of a run where it is known, else its tail.
func logOf(r invoke.Result) []byte {
	if len(r.Log) > 0 {
		return r.Log
	}
	return r.LogTail
}

// count is how many rows there are of a kind.
func (c *comparedRuns) count(kind rowKind) int {
	n := 0
	for i := range c.rows {
		if c.rows[i].kind == kind {
			n++
		}
	}
	return n
}

// hasLeftOut reports that a path is kept out of the comparison.
func (c *comparedRuns) hasLeftOut() bool {
	return slices.ContainsFunc(c.rows, func(r comparedRow) bool {
		return r.kind == rowLeftOut && r.this == string(history.VolatileKept)
	})
}

// proposes reports that paths are known to vary, and nobody has decided about them.
func (c *comparedRuns) proposes() bool {
	return slices.ContainsFunc(c.rows, func(r comparedRow) bool {
		return r.kind == rowLeftOut && r.this == string(history.VolatileProposed)
	})
}

// alike reports that the runs were sent the same payload, and one version ran both: what
// differs then is an id, a time or chance.
func (c *comparedRuns) alike() bool {
	return c.this.Result.ExecutedVersion != "" && c.this.Result.ExecutedVersion == c.that.Result.ExecutedVersion &&
		bytes.Equal(c.this.Request.Payload, c.that.Request.Payload)
}

// changedHeads are the beginnings of two values for a row. Of two texts that begin alike
// for longer than a row is wide, they begin shortly before the first difference.
func changedHeads(this, that []byte) (x, y string) {
	const row, before = 40, 16
	n := 0
	for n < min(len(this), len(that)) && this[n] == that[n] {
		n++
	}
	if n <= row || this[0] != '"' || that[0] != '"' {
		return oneLine(this), oneLine(that)
	}
	from := n - before
	for from > 0 && this[from]&0xc0 == 0x80 {
		from--
	}
	return "…" + head(this[from:]), "…" + head(that[from:])
}

// oneLine is the beginning of a value without the white space between its tokens: one
// that is laid out over lines is a row like any other.
func oneLine(value []byte) string {
	out := make([]byte, 0, min(len(value), maxCompared))
	inText := false
	for i := 0; i < len(value) && len(out) < maxCompared; i++ {
		b := value[i]
		switch {
		case inText && b == '\\' && i+1 < len(value):
			out = append(out, b)
			i++
			b = value[i]
		case b == '"':
			inText = !inText
		case !inText && (b == ' ' || b == '\n' || b == '\r' || b == '\t'):
			continue
		}
		out = append(out, b)
	}
	return string(out)
}

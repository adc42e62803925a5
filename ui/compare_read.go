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

// A rowKind says what a row of a comparison is.
type rowKind uint8

const (
	rowDifference rowKind = iota
	rowFigure             // differs from run to run, and counts for nothing
	rowLog                // a line that only one of the logs has
	rowLeftOut            // a volatile path; this is its state
)

// readComparison compares two runs as "lambent replay --check" does, and leaves out
// the function's volatile paths that are kept. It takes as long as the bodies are
// large, so it runs outside the event loop.
func readComparison(ctx context.Context, store *history.Store, this, that history.Entry, anyOrder bool) (*comparison, error) {
	c := &comparison{this: this, that: that, anyOrder: anyOrder}
	paths, err := store.Volatile(ctx, history.KeyOf(that.Target, that.Function))
	if err != nil {
		return nil, err
	}
	options := invoke.CompareOptions{AnyOrder: anyOrder}
	for _, p := range paths {
		path, err := jsondoc.ParsePath(p.Path)
		if err == nil && p.State == history.VolatileKept {
			options.Ignore = append(options.Ignore, path)
		}
	}
	found, err := invoke.Compare(ctx, invoke.Answer{Result: this.Result, Failure: this.Failure}, invoke.Answer{Result: that.Result, Failure: that.Failure}, options)
	if err != nil {
		return nil, err
	}
	for _, d := range found.Differences {
		row := comparedRow{path: d.Path, this: head(d.This), that: head(d.That)}
		if d.Change == jsondoc.Moved {
			row.that = "moved to " + d.To
		}
		c.rows = append(c.rows, row)
	}
	c.differences, c.more = len(found.Differences), found.More
	c.addFigures(found)
	if err := c.addLogs(ctx); err != nil {
		return nil, err
	}
	for _, p := range paths {
		c.rows = append(c.rows, comparedRow{kind: rowLeftOut, path: p.Path, this: string(p.State)})
	}
	if !bytes.Equal(this.Request.Payload, that.Request.Payload) {
		c.note = "the payloads differ"
	}
	return c, nil
}

// addFigures adds what two runs may differ in and still answer the same.
func (c *comparison) addFigures(found invoke.Comparison) {
	figure := func(name, x, y string) {
		if x != y {
			c.rows = append(c.rows, comparedRow{kind: rowFigure, path: name, this: x, that: y})
		}
	}
	x, y := found.This, found.That
	figure("version", x.Version, y.Version)
	figure("qualifier", c.this.Qualifier, c.that.Qualifier)
	figure("duration", duration(x.Duration), duration(y.Duration))
	if x.Init > 0 || y.Init > 0 {
		figure("init", took(x.Init), took(y.Init))
	}
	if x.MaxMemoryMB > 0 && y.MaxMemoryMB > 0 {
		figure("memory used", strconv.Itoa(x.MaxMemoryMB)+" MB", strconv.Itoa(y.MaxMemoryMB)+" MB")
	}
}

// took is a time that a run has taken, "" for none.
func took(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return duration(d)
}

// addLogs adds the lines that only one of the logs has, where both runs have a log.
func (c *comparison) addLogs(ctx context.Context) error {
	x, y := logOf(c.this.Result), logOf(c.that.Result)
	if len(x) == 0 || len(y) == 0 {
		return nil
	}
	lines, err := invoke.CompareLogs(ctx, x, y)
	for _, l := range lines {
		switch l.Change {
		case invoke.LogRemoved:
			c.rows = append(c.rows, comparedRow{kind: rowLog, path: "log line " + strconv.Itoa(l.This), this: head(l.Text)})
		case invoke.LogAdded:
			c.rows = append(c.rows, comparedRow{kind: rowLog, path: "log line " + strconv.Itoa(l.That), that: head(l.Text)})
		}
		if len(c.rows) >= 2*jsondoc.MaxDifferences {
			break
		}
	}
	return err
}

// logOf is the whole log of a run where it is known, else its tail.
func logOf(r invoke.Result) []byte {
	if len(r.Log) > 0 {
		return r.Log
	}
	return r.LogTail
}

// again compares anew, as order and volatile paths are now.
func (c *comparison) again(a *App, anyOrder bool, first func(context.Context, *history.Store, history.Key) error) func() comparedAgain {
	store, ctx := a.store(), a.ctx
	c.asked++
	asked := c.asked
	return func() comparedAgain {
		m := comparedAgain{of: c, asked: asked}
		if first != nil {
			m.err = first(ctx, store, history.KeyOf(c.that.Target, c.that.Function))
		}
		if m.err == nil {
			m.now, m.err = readComparison(ctx, store, c.this, c.that, anyOrder)
		}
		return m
	}
}

// decide keeps the path under the cursor out of comparisons, or compares it again.
func (c *comparison) decide() func(context.Context, *history.Store, history.Key) error {
	if c.list.cursor >= len(c.rows) {
		return nil
	}
	row := c.rows[c.list.cursor]
	state := history.VolatileKept
	if row.kind == rowLeftOut && row.this == string(history.VolatileKept) {
		state = history.VolatileRefused
	}
	isPath := row.kind == rowLeftOut || row.kind == rowDifference && row.path[0] == '$'
	if !isPath {
		return nil
	}
	return func(ctx context.Context, s *history.Store, k history.Key) error {
		return s.SetVolatile(ctx, k, row.path, state)
	}
}

// learnVolatile proposes what varies between runs of one payload on one version.
func learnVolatile(ctx context.Context, s *history.Store, k history.Key) error {
	_, err := s.LearnVolatile(ctx, k)
	return err
}

// forget takes the volatile path under the cursor off the list.
func (c *comparison) forget() func(context.Context, *history.Store, history.Key) error {
	if c.list.cursor >= len(c.rows) || c.rows[c.list.cursor].kind != rowLeftOut {
		return nil
	}
	path := c.rows[c.list.cursor].path
	return func(ctx context.Context, s *history.Store, k history.Key) error {
		return s.ForgetVolatile(ctx, k, path)
	}
}

// hasLeftOut reports that a path is kept out of the comparison.
func (c *comparison) hasLeftOut() bool {
	return slices.ContainsFunc(c.rows, func(r comparedRow) bool {
		return r.kind == rowLeftOut && r.this == string(history.VolatileKept)
	})
}

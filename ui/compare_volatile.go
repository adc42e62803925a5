package ui

import (
	"bytes"
	"context"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/ui/safetext"
)

// volatileWords say what is done about a volatile path.
var volatileWords = map[history.VolatileState]string{
	history.VolatileKept:     "ignored in comparisons",
	history.VolatileProposed: "varies between like runs: i ignores it",
	history.VolatileRefused:  "compared although it varies",
}

// under is the row of the comparison that the cursor is on, nil for none.
func (c *comparison) under() *viewedRow {
	if c.found == nil || c.list.cursor >= len(c.view) {
		return nil
	}
	return &c.view[c.list.cursor]
}

// path is the place in the answer that the cursor is on, as it is ignored; "" for none.
// state is what is known of it.
func (c *comparison) path() (path string, state history.VolatileState) {
	v := c.under()
	if v == nil {
		return "", ""
	}
	switch v.kind {
	case viewRow, viewOld, viewNew:
		row := c.found.rows[v.at]
		switch {
		case row.kind == rowLeftOut:
			return row.path, history.VolatileState(row.this)
		case row.kind == rowDifference && row.path[0] == '$':
			return row.path, ""
		}
	case viewAnswer, viewAnswerOld, viewAnswerNew:
		if n := c.found.answers.Rows[v.at].Difference; n >= 0 {
			return invoke.PayloadPath(c.found.answers.Differences[n].Path), ""
		}
	}
	return "", ""
}

// decide keeps the path under the cursor out of comparisons, or compares it again.
func (c *comparison) decide() func(context.Context, *history.Store, history.Key) error {
	path, state := c.path()
	if path == "" {
		return nil
	}
	if state == history.VolatileKept {
		return setVolatile(path, history.VolatileRefused)
	}
	return setVolatile(path, history.VolatileKept)
}

// forget takes the volatile path under the cursor off the list.
func (c *comparison) forget() func(context.Context, *history.Store, history.Key) error {
	path, state := c.path()
	if state == "" {
		return nil
	}
	return func(ctx context.Context, s *history.Store, k history.Key) error {
		return s.ForgetVolatile(ctx, k, path)
	}
}

func setVolatile(path string, state history.VolatileState) func(context.Context, *history.Store, history.Key) error {
	return func(ctx context.Context, s *history.Store, k history.Key) error {
		return s.SetVolatile(ctx, k, path, state)
	}
}

// setAnyOrder remembers for the function whether the order of arrays counts.
func setAnyOrder(anyOrder bool) func(context.Context, *history.Store, history.Key) error {
	return func(ctx context.Context, s *history.Store, k history.Key) error {
		return s.SetAnyOrder(ctx, k, anyOrder)
	}
}

// learnVolatile proposes what varies between runs of one payload on one version.
func learnVolatile(ctx context.Context, s *history.Store, k history.Key) error {
	_, err := s.LearnVolatile(ctx, k)
	return err
}

// acceptProposed keeps every path that is proposed out of comparisons.
func acceptProposed(ctx context.Context, s *history.Store, k history.Key) error {
	paths, err := s.Volatile(ctx, k)
	if err != nil {
		return err
	}
	for _, p := range paths {
		if p.State != history.VolatileProposed {
			continue
		}
		if err := s.SetVolatile(ctx, k, p.Path, history.VolatileKept); err != nil {
			return err
		}
	}
	return nil
}

// askPath asks for a path to ignore. It begins with the one under the cursor, of every
// element where that is of one: what varies does so in all of them.
func (c *comparison) askPath(a *App) {
	text, _ := c.path()
	if path, err := jsondoc.ParsePath(text); err == nil && text != "" {
		for i := range path {
			if path[i].Kind == jsondoc.Element {
				path[i] = jsondoc.Step{Kind: jsondoc.AnyItem}
			}
		}
		text = invoke.PayloadPath(path)
	}
	a.push(&prompt{
		title: "Ignore in comparisons of " + c.found.that.Function, label: "a path of the answer, such as $.items[*].id", verb: "ignore",
		input: newField(text),
		accept: func(a *App, text string) (string, tea.Cmd) {
			path, err := jsondoc.ParsePath(text)
			switch {
			case text == "":
				return "$ is the whole answer; a path names a part of it", nil
			case err != nil:
				return err.Error(), nil
			}
			return "", c.read(a, setVolatile(invoke.PayloadPath(path), history.VolatileKept))
		},
	})
}

// openValue shows the values under the cursor in full, which a row has no room for.
func (c *comparison) openValue(a *App) {
	v := c.under()
	if v == nil {
		return
	}
	n := &notice{title: "Difference"}
	side := func(name string, value []byte) {
		if value == nil {
			n.lines = append(n.lines, safetext.FromString(name+": nothing there"), safetext.Line{})
			return
		}
		n.lines = append(n.lines, safetext.FromString(name+", "+size(int64(len(value)))+":"))
		n.lines = append(n.lines, textLines(valueText(value))...)
		n.lines = append(n.lines, safetext.Line{})
	}
	this, that := c.values(v)
	if this == nil && that == nil {
		return
	}
	if path, _ := c.path(); path != "" {
		n.title = "Difference at " + path
	}
	side(runName(c.first), this)
	side(runName(c.second), that)
	a.push(n)
}

// values are the two values that a row is about.
func (c *comparison) values(v *viewedRow) (this, that []byte) {
	switch v.kind {
	case viewAnswer, viewAnswerOld, viewAnswerNew:
		r := &c.found.answers.Rows[v.at]
		return r.This, r.That
	case viewRequest, viewRequestOld, viewRequestNew:
		r := &c.found.request.Rows[v.at]
		return r.This, r.That
	case viewLogPair:
		return c.found.log[v.at].Text, c.found.log[v.with].Text
	case viewLog:
		return logSides(&c.found.log[v.at])
	case viewRow, viewOld, viewNew:
		if r := &c.found.rows[v.at]; r.kind != rowLeftOut {
			return r.fullThis, r.fullThat
		}
	}
	return nil, nil
}

// maxRead bounds the bytes of a value that is laid out to be read; of a larger one the
// beginning is shown.
const maxRead = 64 << 10

// textLines are the lines of a text.
func textLines(text []byte) []safetext.Line {
	var out []safetext.Line
	for line := range bytes.Lines(text) {
		out = append(out, safetext.FromBytes(bytes.TrimRight(line, "\r\n")))
	}
	return out
}

// valueText is a value laid out over lines, or its beginning where it is too long for that.
func valueText(value []byte) []byte {
	if len(value) <= maxRead {
		if laidOut, err := jsondoc.FormatWithin(value, "  ", 4*maxRead); err == nil {
			return laidOut
		}
		return value
	}
	return append(bytes.Clone(value[:maxRead]), "…"...)
}

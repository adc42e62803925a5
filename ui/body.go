package ui

import (
	"bytes"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
	"lambent/ui/jsonrows"
	"lambent/ui/safetext"
)

// A body is a response being looked at: rows of an index over its bytes.
type body struct {
	rows   *jsonrows.View // nil when there is no response
	styles jsonrows.Styles
	w, h   int
	wrap   bool
}

// Words for what Value is in each mode.
const (
	bodyValue = "value"
	bodyText  = "line"
)

func (b *body) restyle(s *styles) {
	b.styles = jsonrows.Styles{
		JSON: s.json(), Text: s.text, Fold: s.subtle, Note: s.warning, Cursor: s.selection, Match: s.match,
		Here: s.match + s.underline, Fault: s.err + s.underline, Offset: s.muted,
	}
}

// bodyIndexed brings the index of a whole response.
type bodyIndexed struct {
	view  *jsonrows.View
	index *jsonrows.Index
}

// load shows a response. The first rows are there at once, the index of a large
// one comes from the background.
func (b *body) load(_ *App, payload []byte) tea.Cmd {
	b.rows = nil
	if len(payload) == 0 {
		return nil
	}
	v := jsonrows.New(payload)
	v.SetSize(b.w, b.h)
	v.SetWrap(b.wrap)
	b.rows = v
	if v.Complete() {
		return nil
	}
	return func() tea.Msg { return bodyIndexed{v, jsonrows.Build(payload)} }
}

func (m bodyIndexed) apply(a *App) tea.Cmd {
	if a.result.body.rows == m.view {
		m.view.Take(m.index)
	}
	return nil
}

// keep fits the view to the layout.
func (b *body) keep(w, h int, wrap bool) {
	changed, rewrapped := w != b.w || h != b.h, wrap != b.wrap
	b.w, b.h, b.wrap = w, h, wrap
	if b.rows == nil {
		return
	}
	if changed {
		b.rows.SetSize(w, h)
	}
	if rewrapped {
		b.rows.SetWrap(wrap)
	}
}

// view is the response in h rows.
func (b *body) view(a *App, w, h int) []string {
	if b.rows == nil {
		return nil
	}
	s := b.styles
	if a.focus != paneResult {
		s.Cursor = ""
	}
	return b.rows.Rows(w, h, &s)
}

// move moves by a variant of the move command.
func (b *body) move(how string) {
	v := b.rows
	if v == nil {
		return
	}
	switch how {
	case "up":
		v.Move(-1)
	case "down":
		v.Move(1)
	case "pgup":
		v.Page(-1)
	case "pgdown":
		v.Page(1)
	case "home":
		v.Start()
	case "end":
		v.End()
	}
}

// sideways is how many columns a key scrolls where nothing can be folded.
const sideways = 8

// fold folds by a variant of the json.fold command. Where there is nothing to
// fold, close and open scroll sideways.
func (b *body) fold(how string) {
	v := b.rows
	if v == nil {
		return
	}
	isJSON := v.Mode() == jsonrows.JSON
	switch how {
	case "close":
		if !isJSON || !v.Fold() {
			v.Scroll(0, -sideways)
		}
	case "open":
		if !isJSON || !v.Unfold() {
			v.Scroll(0, sideways)
		}
	case "toggle":
		v.Toggle()
	case "all":
		v.FoldAll()
	}
}

// click puts the cursor on a row; twice folds or unfolds it.
func (b *body) click(row int, double bool) {
	if b.rows != nil && row >= 0 && b.rows.Click(row) && double {
		b.rows.Toggle()
	}
}

func (b *body) scroll(lines int) {
	if b.rows != nil {
		b.rows.Scroll(lines, 0)
	}
}

// where says where the cursor is: its path, and its row.
func (b *body) where(focused bool, room int) safetext.Line {
	if b.rows == nil {
		return safetext.Line{}
	}
	row, rows, exact := b.rows.Position()
	text := "Ln " + thousands(row) + " of " + thousands(rows)
	if !exact {
		text += "+"
	}
	line := safetext.FromString(text)
	if path := b.rows.Path(); focused && path != "" {
		path := safetext.FromString(path)
		if left := room - line.Width() - 3; left > 8 {
			return safetext.Concat(path.CutLeft(left), safetext.Trusted(" · "), line)
		}
	}
	return line
}

func (b *body) thumb() frame.Thumb {
	if b.rows == nil {
		return frame.Thumb{}
	}
	_, rows, _ := b.rows.Position()
	return frame.Thumb{First: b.rows.Top(), Seen: b.h, All: rows}
}

// value is the value that the cursor is on, as it is in the response.
func (b *body) value() ([]byte, string) {
	if b.rows == nil {
		return nil, bodyValue
	}
	if b.rows.Mode() != jsonrows.JSON {
		return b.rows.Value(), bodyText
	}
	return b.rows.Value(), bodyValue
}

// isJSON says that the response is shown as JSON.
func (b *body) isJSON() bool { return b.rows != nil && b.rows.Mode() == jsonrows.JSON }

// readable is the response for a pager: laid out when it is JSON of a sensible depth.
func readable(payload []byte) []byte {
	text, err := jsondoc.Format(payload, "  ")
	if err != nil {
		return payload
	}
	return bytes.TrimRight(text, "\n")
}

// seek moves the response to a match.
func (p *resultPane) seek(d direction) {
	v, s := p.body.rows, &p.search
	s.finder = safetext.NewFinder(s.field.String())
	if v == nil {
		return
	}
	var found, wrapped bool
	switch d {
	case fromHere:
		found, wrapped = v.Find(s.field.String())
	case forward:
		found, wrapped = v.FindNext()
	case backward:
		found, wrapped = v.FindPrevious()
	}
	s.report(found, wrapped)
}

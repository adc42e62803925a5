package ui

import (
	"strings"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// view is the pane's content.
func (p *functionsPane) view(a *App, w, h int) []string {
	s := a.styles
	var rows []string
	focused := a.focus == paneFunctions
	for i := p.list.top; i < min(p.list.top+h, len(p.shown)); i++ {
		rows = append(rows, p.paint(s, w, p.shown[i].row, focused && i == p.list.cursor))
	}
	if len(p.shown) == 0 {
		rows = append(rows, p.emptyRows(a, w)...)
	} else if p.err != nil && h > 1 { // what was listed before the error can be used
		rows = append(rows[:min(len(rows), h-1)], frame.Text(w, s.err, safetext.FromString("! "+p.err.Error())))
	}
	return frame.Fit(rows, w, h)
}

// paint is the row of one function: marker, name, and at the right what is wrong with it, its
// runtime, or where the filter has found what is typed in its description.
func (p *functionsPane) paint(s *styles, w, i int, current bool) string {
	f := &p.all[i]
	r := frame.NewRow(w)
	if current {
		r.Base(s.selection)
	}
	look := s.text
	if f.Name == p.chosen {
		r.Add(s.accent, safetext.Trusted("▌ "))
		look += s.strong
	} else if current {
		r.Add(s.accent, safetext.Trusted("› "))
	} else {
		r.Pad("", 2)
	}
	inName, inText := p.catalog.marks(i, p.filter.String())
	name := safetext.FromString(f.Name)
	end, endLook, marks := shortRuntime(f), s.muted, marksBefore(inText, len(f.Runtime))
	room := max(r.Left()-name.Width()-2, 0)
	switch found := marksFrom(inText, len(f.Runtime)+1); {
	case len(found) > 0:
		end, marks = f.Description, found
		room = max(room, min(r.Left()/2, 10))
	case len(marks) > 0:
		room = max(room, min(r.Left()/2, len(end)))
	case len(f.Problems) > 0:
		end, endLook, room = "!", s.warning, max(room, 1)
	case room < min(len(end), 10) && room < 3:
		room = 0
	}
	width := min(safetext.FromString(end).Width(), room)
	addMatched(r, r.Left()-min(width+1, r.Left()), look, look+s.accent+s.underline, f.Name, inName)
	if width > 0 {
		r.PadTo("", w-width)
		addMatched(r, width, endLook, s.accent+s.underline, end, marks)
	}
	return r.String()
}

// shortRuntime leaves out what says nothing in a narrow list: the operating
// system of a function that brings its own runtime.
func shortRuntime(f *invoke.Function) string {
	switch {
	case f.PackageType == "Image":
		return "image"
	case strings.HasPrefix(f.Runtime, "provided."):
		return "provided"
	}
	return f.Runtime
}

// emptyRows say why there is no row.
func (p *functionsPane) emptyRows(a *App, w int) []string {
	s := a.styles
	switch {
	case a.openErr != nil, p.err != nil:
		err := p.err
		if err == nil {
			err = a.openErr
		}
		return paragraph(s.err, w, safetext.FromString("! "+err.Error()))
	case p.loading:
		return []string{frame.Text(w, s.muted, safetext.Trusted("loading…"))}
	case p.filter.active():
		return []string{frame.Text(w, s.muted, safetext.Trusted("nothing matches"))}
	}
	return paragraph(s.muted, w, safetext.Trusted("no functions here"))
}

// paragraph is a text in rows of w cells, broken between words.
func paragraph(look frame.Style, w int, text safetext.Line) []string {
	var rows []string
	for _, l := range breakWords(text, w) {
		rows = append(rows, frame.Text(w, look, l))
	}
	return rows
}

// box is the pane's outline.
func (p *functionsPane) box(a *App) frame.Box {
	b := a.box(paneFunctions)
	b.Badge = p.filter.badge(a.styles, a.lay.panes[paneFunctions].w-17, "/ filter")
	b.Foot = a.footText(p.foot(a.lay.panes[paneFunctions].w - 6))
	if n := a.problems(); n > 0 {
		b.Foot = append([]frame.Span{{Style: a.styles.warning, Text: safetext.FromString("! " + count(n, "problem", "problems") + "  ")}}, b.Foot...)
	}
	b.Thumb = frame.Thumb{First: p.list.top, Seen: p.h, All: len(p.shown)}
	return b
}

// foot says in w cells where the cursor is, and whether more functions are coming.
func (p *functionsPane) foot(w int) string {
	where := position(p.list.cursor, len(p.shown))
	if !p.loading || where == "" {
		return where
	}
	does := " · reading…"
	if p.kept {
		does = " · refreshing…"
	}
	if safetext.FromString(where+does).Width() > w {
		does = " …"
	}
	return where + does
}

// problems is how many things are wrong in the project.
func (a *App) problems() int {
	if a.session == nil {
		return 0
	}
	return len(a.session.Problems)
}

// badge shows what is typed in at most w cells, or a hint that one can type.
func (f *filter) badge(s *styles, w int, hint string) []frame.Span {
	if f.typing || f.active() {
		look := s.subtle
		if f.typing {
			look = s.accent
		}
		return []frame.Span{{Style: look, Text: safetext.FromString("/ " + f.String()).CutLeft(max(w, 6))}}
	}
	return []frame.Span{{Style: s.muted, Text: safetext.FromString(hint)}}
}

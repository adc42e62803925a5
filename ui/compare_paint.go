package ui

import (
	"strconv"
	"unicode/utf8"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// nothingThere stands for a value that one of the runs does not have. No JSON
// value is empty.
var nothingThere = safetext.Trusted("—")

// A comparedPainter paints the rows of a comparison in w cells.
type comparedPainter struct {
	s      *styles
	w      int
	c      *comparedRuns
	layout comparedLayout
}

// A sign says what a row is, for those who don't see its colour.
var (
	signSame    = safetext.Trusted("  ")
	signChanged = safetext.Trusted("≠ ")
	signRemoved = safetext.Trusted("− ")
	signAdded   = safetext.Trusted("+ ")
	signLeft    = safetext.Trusted("→ ")
	signArrived = safetext.Trusted("← ")
)

// runs is the row that says which two runs are compared.
func (p *comparedPainter) runs(a *App) string {
	r := frame.NewRow(p.w)
	r.Base(p.s.surface)
	half := (p.w - sideGap) / 2
	r.AddIn(half, p.s.diffDel, p.run(a, &p.c.this))
	r.Pad("", sideGap)
	r.AddCut(p.s.diffAdd, p.run(a, &p.c.that))
	return r.String()
}

func (p *comparedPainter) run(a *App, e *history.Entry) safetext.Line {
	o, at := outcomeOf(*e), e.StartedAt.In(a.now.Location())
	when := at.Format("15:04:05")
	if !sameDay(at, a.now) {
		when = day(at, a.now) + " " + when
	}
	name := e.Function
	if e.Qualifier != "" {
		name += ":" + e.Qualifier
	}
	text := runName(e.ID) + "  " + o.verdict().word() + "  " + when + "  " + name
	if place := (&TargetChoice{Info: e.Target}).name(); place != "" {
		text += "  " + place
	}
	return safetext.FromString(text)
}

func runName(id int64) string { return "#" + strconv.FormatInt(id, 10) }

// row is one row of the list.
func (p *comparedPainter) row(v viewedRow, current bool) string {
	s := p.s
	r := frame.NewRow(p.w)
	r.Base(s.surface)
	marker := safetext.Spaces(2)
	if current {
		r.Base(s.surface + s.selection)
		marker = safetext.Trusted("▌ ")
	}
	r.Add(s.accent, marker)
	switch v.kind {
	case viewHeading:
		p.heading(r, int(v.at))
	case viewRow:
		p.flat(r, &p.c.rows[v.at])
	case viewOld:
		p.half(r, &p.c.rows[v.at], true)
	case viewNew:
		p.half(r, &p.c.rows[v.at], false)
	case viewLog:
		p.logLine(r, &p.c.log[v.at])
	case viewLogPair:
		old, now := p.pair(head(p.c.log[v.at].Text), head(p.c.log[v.with].Text))
		p.sides(r, signChanged, s.warning, old, now)
	case viewLogSkipped:
		r.AddCut(s.muted, safetext.FromString("  ⋯ "+count(int(v.at), "line", "lines")+" alike"))
	default:
		o := p.c.answers
		if v.kind >= viewRequest {
			o = p.c.request
		}
		p.outline(r, o, v)
	}
	return r.String()
}

func (p *comparedPainter) heading(r *frame.Row, section int) {
	s, c := p.s, p.c
	name := [...]string{"Answer", "Payload", "Figures", "Log", "Volatile paths"}[section]
	r.Add(s.text+s.strong, safetext.FromString(name+"  "))
	look, text := s.success, "✓ the same"
	differing := func(n int, one, many string, more bool) {
		if look, text = s.warning, count(n, one, many); more {
			text = "more than " + text
		}
	}
	switch section {
	case sectionAnswer:
		switch {
		case c.differences > 0:
			differing(c.differences, "difference", "differences", c.more)
		case c.hasLeftOut():
			text = "✓ the same but for what is ignored"
		}
		if !c.order {
			text += ", arrays in any order"
		}
	case sectionRequest:
		switch n := c.count(rowRequest); {
		case n > 0:
			differing(n, "difference", "differences", false)
		case c.note != "":
			text = "✓ the same JSON, spelled differently"
		}
	case sectionFigures:
		look, text = s.muted, "differ from run to run and count for nothing"
	case sectionLog:
		switch n := c.count(rowLog); {
		case c.log == nil:
			look, text = s.muted, "not both runs have one"
		case n > 0:
			differing(n, "line differs", "lines differ", n >= jsondoc.MaxDifferences)
		default:
			text = "✓ the same but for ids, times and figures"
		}
	case sectionLeftOut:
		look, text = s.muted, "of "+c.that.Function
	}
	r.AddCut(look, safetext.FromString(text))
}

// signOf is the sign and the look of a change.
func (p *comparedPainter) signOf(c jsondoc.Change) (safetext.Line, frame.Style) {
	switch c {
	case jsondoc.Added:
		return signAdded, p.s.diffAdd
	case jsondoc.Removed:
		return signRemoved, p.s.diffDel
	case jsondoc.Moved:
		return signLeft, p.s.info
	}
	return signChanged, p.s.warning
}

// flat is a difference in one row: path, old → new.
func (p *comparedPainter) flat(r *frame.Row, d *comparedRow) {
	s := p.s
	sign, look := p.signOf(d.change)
	text := s.text
	switch d.kind {
	case rowLog:
		r.Add(look, sign)
		r.AddCut(look, safetext.FromString(d.this+d.that))
		return
	case rowFigure, rowLeftOut:
		sign, text = signSame, s.muted
	}
	r.Add(look, sign)
	room := min(max(p.w/3, 12), 40)
	r.AddIn(min(room, r.Left()), text, safetext.FromString(d.path).CutLeft(room))
	r.Pad("", 2)
	switch {
	case d.kind == rowLeftOut:
		r.AddCut(s.muted, safetext.FromString(volatileWords[history.VolatileState(d.this)]))
		return
	case d.change == jsondoc.Moved:
		r.AddCut(s.info, safetext.FromString("moved to "+d.to+"  "))
		r.AddCut(s.muted, safetext.FromString(d.this))
		return
	}
	each := max((r.Left()-3)/2, 1)
	old, now := p.pair(d.this, d.that)
	p.addUpTo(r, old, each)
	r.Add(s.muted, safetext.Trusted(" → "))
	p.addUpTo(r, now, r.Left())
}

// half is the old or the new of a difference in a row of its own.
func (p *comparedPainter) half(r *frame.Row, d *comparedRow, old bool) {
	this, that := p.pair(d.this, d.that)
	sign, look, value := signAdded, p.s.diffAdd, that
	if old {
		sign, look, value = signRemoved, p.s.diffDel, this
	}
	r.Add(look, sign)
	r.Add(p.s.subtle, safetext.FromString(d.path+": "))
	p.addUpTo(r, value, r.Left())
}

// addUpTo adds spans in at most w cells.
func (p *comparedPainter) addUpTo(r *frame.Row, spans []frame.Span, w int) {
	end := min(r.Used()+w, r.Used()+r.Left())
	for _, sp := range spans {
		r.Add(sp.Style, sp.Text.Cut(max(end-r.Used(), 0)))
	}
}

// pair is two values beside each other. In texts that are alike at their ends, what
// differs between these is underlined.
func (p *comparedPainter) pair(this, that string) (old, now []frame.Span) {
	s := p.s
	if this == "" || that == "" {
		old, now = []frame.Span{span(s.diffDel, this)}, []frame.Span{span(s.diffAdd, that)}
		if this == "" {
			old = []frame.Span{{Style: s.muted, Text: nothingThere}}
		}
		if that == "" {
			now = []frame.Span{{Style: s.muted, Text: nothingThere}}
		}
		return old, now
	}
	head, tail := alikeEnds(this, that)
	if head+tail < 5 {
		head, tail = 0, 0
	}
	part := func(look frame.Style, text string) []frame.Span {
		middle := look
		if head+tail > 0 {
			middle += s.underline
		}
		return []frame.Span{span(look, text[:head]), span(middle, text[head:len(text)-tail]), span(look, text[len(text)-tail:])}
	}
	return part(s.diffDel, this), part(s.diffAdd, that)
}

// alikeEnds are how many bytes two texts have in common at their beginnings and at their
// ends, in whole characters.
func alikeEnds(x, y string) (head, tail int) {
	for head < min(len(x), len(y)) && x[head] == y[head] {
		head++
	}
	for head > 0 && (head < len(x) && !utf8.RuneStart(x[head]) || head < len(y) && !utf8.RuneStart(y[head])) {
		head--
	}
	for tail < min(len(x), len(y))-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	for tail > 0 && !utf8.RuneStart(x[len(x)-tail]) {
		tail--
	}
	return head, tail
}

// logSides are the texts of a line in the two logs, nil where it is not there.
func logSides(l *invoke.LogLine) (this, that []byte) {
	switch {
	case l.This == 0:
		return nil, l.Text
	case l.That == 0:
		return l.Text, nil
	}
	return l.Text, l.Other
}

// logLine is a line of the logs.
func (p *comparedPainter) logLine(r *frame.Row, l *invoke.LogLine) {
	s := p.s
	sign, look := signSame, s.muted
	switch l.Change {
	case invoke.LogAdded:
		sign, look = signAdded, s.diffAdd
	case invoke.LogRemoved:
		sign, look = signRemoved, s.diffDel
	}
	if p.layout != layoutSides {
		r.Add(look, sign)
		r.AddCut(look, safetext.FromString(head(l.Text)))
		return
	}
	this, that := logSides(l)
	p.sides(r, sign, look, []frame.Span{span(look, head(this))}, []frame.Span{span(look, head(that))})
}

// sideGap is how many cells stand between two sides.
const sideGap = 4

// sides are two spans beside each other, with a sign between them.
func (p *comparedPainter) sides(r *frame.Row, sign safetext.Line, look frame.Style, left, right []frame.Span) {
	half := (p.w - sideGap) / 2
	p.addUpTo(r, left, half-r.Used())
	r.PadTo("", half+1)
	r.Add(look, sign)
	r.PadTo("", half+sideGap)
	p.addUpTo(r, right, r.Left())
}

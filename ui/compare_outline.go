package ui

import (
	"strconv"

	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// outlineSign is the sign and the look of a row of an outline.
func (p *comparedPainter) outlineSign(k jsondoc.OutlineKind) (safetext.Line, frame.Style) {
	s := p.s
	switch k {
	case jsondoc.OutlineChanged:
		return signChanged, s.warning
	case jsondoc.OutlineAdded:
		return signAdded, s.diffAdd
	case jsondoc.OutlineRemoved:
		return signRemoved, s.diffDel
	case jsondoc.OutlineLeft:
		return signLeft, s.info
	case jsondoc.OutlineArrived:
		return signArrived, s.info
	case jsondoc.OutlineOpen, jsondoc.OutlineClose:
		return signSame, s.text
	}
	return signSame, s.muted
}

// outline is a row of two documents laid over each other.
func (p *comparedPainter) outline(r *frame.Row, o *jsondoc.Outline, v viewedRow) {
	row := &o.Rows[v.at]
	sign, look := p.outlineSign(row.Kind)
	if p.layout == layoutSides {
		left, right := p.outlineSides(o, row, look)
		p.sides(r, sign, look, left, right)
		return
	}
	left, right := p.outlineSides(o, row, look)
	switch {
	case v.kind == viewAnswerOld || v.kind == viewRequestOld:
		sign, look = signRemoved, p.s.diffDel
	case v.kind == viewAnswerNew || v.kind == viewRequestNew:
		sign, look, left = signAdded, p.s.diffAdd, right
	case left == nil:
		left = right
	}
	r.Add(look, sign)
	r.AddSpans(cutSpans(left, r.Left())...)
}

// cutSpans are spans in at most w cells, the last of them with an ellipsis.
func cutSpans(spans []frame.Span, w int) []frame.Span {
	out := make([]frame.Span, 0, len(spans))
	for _, sp := range spans {
		if w <= 0 {
			break
		}
		sp.Text = sp.Text.Cut(w)
		w -= sp.Text.Width()
		out = append(out, sp)
	}
	return out
}

// outlineSides are what a row shows of this and of that; nil where it is not there.
func (p *comparedPainter) outlineSides(o *jsondoc.Outline, row *jsondoc.OutlineRow, look frame.Style) (left, right []frame.Span) {
	label, other := p.label(row, row.Index), p.label(row, row.ThatIndex)
	with := func(spans ...frame.Span) []frame.Span { return append(label[:len(label):len(label)], spans...) }
	there := func(spans ...frame.Span) []frame.Span { return append(other[:len(other):len(other)], spans...) }
	moved := func(words string, to func(jsondoc.Difference) jsondoc.Path) frame.Span {
		if row.Difference < 0 {
			return span(look, words+"elsewhere")
		}
		return span(look, words+pathText(to(o.Differences[row.Difference])))
	}
	switch row.Kind {
	case jsondoc.OutlineSkipped:
		text := with(span(look, "⋯ "+count(row.Count, "value", "values")+" alike"))
		return text, text
	case jsondoc.OutlineIgnored:
		if row.Count > 1 {
			text := with(span(look, "⋯ "+strconv.Itoa(row.Count)+" ignored"))
			return text, text
		}
		return with(span(look, oneLine(row.This)+"  ignored")), there(span(look, oneLine(row.That)+"  ignored"))
	case jsondoc.OutlineOpen:
		return with(span(p.s.jsonPunct, string(row.This[:1]))), there(span(p.s.jsonPunct, string(row.That[:1])))
	case jsondoc.OutlineClose:
		end := with(span(p.s.jsonPunct, string(row.This[len(row.This)-1:])))
		return end, end
	case jsondoc.OutlineChanged:
		old, now := p.pair(changedHeads(row.This, row.That))
		return with(old...), there(now...)
	case jsondoc.OutlineLeft:
		return with(span(look, oneLine(row.This)), moved("  moved to ", func(d jsondoc.Difference) jsondoc.Path { return d.To })), nil
	case jsondoc.OutlineArrived:
		return nil, there(span(look, oneLine(row.That)), moved("  moved from ", func(d jsondoc.Difference) jsondoc.Path { return d.Path }))
	}
	if row.This != nil {
		left = with(span(look, oneLine(row.This)))
	}
	if row.That != nil {
		right = there(span(look, oneLine(row.That)))
	}
	return left, right
}

func pathText(p jsondoc.Path) string {
	if len(p) == 0 {
		return "$"
	}
	return p.String()
}

// label is what stands before a value: its depth, and its name or its index. The
// end of a container needs no name.
func (p *comparedPainter) label(row *jsondoc.OutlineRow, index int) []frame.Span {
	out := []frame.Span{{Text: safetext.Spaces(min(2*row.Depth, p.w/4))}}
	switch {
	case row.Kind == jsondoc.OutlineClose, row.Kind == jsondoc.OutlineSkipped, row.Kind == jsondoc.OutlineIgnored && row.Count > 1:
	case row.Key != nil:
		out = append(out, span(p.s.jsonKey, head(row.Key)), span(p.s.jsonPunct, ": "))
	case row.Depth > 0 && index >= 0:
		out = append(out, span(p.s.muted, "["+strconv.Itoa(index)+"] "))
	}
	return out
}

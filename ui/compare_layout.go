package ui

import (
	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

// A comparedLayout is how a comparison is laid out.
type comparedLayout uint8

const (
	layoutPaths   comparedLayout = iota // one row a difference: path, old → new
	layoutUnified                       // the documents laid over each other, old above new
	layoutSides                         // the documents beside each other
)

// next is the layout that follows when a person asks for another.
func (l comparedLayout) next() comparedLayout { return (l + 1) % 3 }

func (l comparedLayout) String() string {
	return [...]string{"by path", "unified", "side by side"}[l]
}

// A viewKind says what a row of a laid out comparison is.
type viewKind uint8

const (
	viewHeading viewKind = iota // at is a section
	viewRow                     // at is one of comparedRuns.rows
	viewOld                     // the old half of one
	viewNew                     // the new half of one
	viewAnswer                  // at is a row of the outline of the answers
	viewAnswerOld
	viewAnswerNew
	viewRequest // at is a row of the outline of the payloads
	viewRequestOld
	viewRequestNew
	viewLog        // at is a line of the logs
	viewLogPair    // at is a line of this, with one of that
	viewLogSkipped // at is how many lines are left out
)

// A viewedRow is one row of a laid out comparison. It says where its content is, so that
// only what is painted is put together.
type viewedRow struct {
	kind    viewKind
	at      int32
	with    int32 // of viewLogPair: the line of that
	differs bool  // a difference begins here: n and N go to these
}

// The sections of a comparison.
const (
	sectionAnswer = iota
	sectionRequest
	sectionFigures
	sectionLog
	sectionLeftOut
)

// logContext is how many lines are shown before and after one that differs.
const logContext = 2

// layOut lists the rows of a layout.
func (c *comparedRuns) layOut(l comparedLayout) []viewedRow {
	out := []viewedRow{{kind: viewHeading, at: sectionAnswer}}
	documents := func(o *jsondoc.Outline, kind rowKind, whole viewKind) {
		for i := range c.rows {
			if c.rows[i].kind == kind && (o == nil || c.rows[i].path[0] != '$') {
				out = appendRow(out, l, i)
			}
		}
		if o != nil {
			out = appendOutline(out, l, o, whole)
		}
	}
	answers, request := c.answers, c.request
	if l == layoutPaths || answers != nil && len(answers.Differences) == 0 {
		answers = nil
	}
	if l == layoutPaths || request != nil && len(request.Differences) == 0 {
		request = nil
	}
	documents(answers, rowDifference, viewAnswer)
	out = append(out, viewedRow{kind: viewHeading, at: sectionRequest})
	documents(request, rowRequest, viewRequest)
	section := func(n int, kind rowKind) {
		first := true
		for i := range c.rows {
			if c.rows[i].kind != kind {
				continue
			}
			if first {
				out, first = append(out, viewedRow{kind: viewHeading, at: int32(n)}), false
			}
			out = append(out, viewedRow{kind: viewRow, at: int32(i)})
		}
	}
	section(sectionFigures, rowFigure)
	out = append(out, viewedRow{kind: viewHeading, at: sectionLog})
	if l == layoutPaths {
		for i := range c.rows {
			if c.rows[i].kind == rowLog {
				out = append(out, viewedRow{kind: viewRow, at: int32(i), differs: true})
			}
		}
	} else {
		out = appendLog(out, l, c.log)
	}
	section(sectionLeftOut, rowLeftOut)
	return out
}

// appendRow adds a difference that is in no outline.
func appendRow(out []viewedRow, l comparedLayout, i int) []viewedRow {
	if l == layoutUnified {
		return append(out, viewedRow{kind: viewOld, at: int32(i), differs: true}, viewedRow{kind: viewNew, at: int32(i)})
	}
	return append(out, viewedRow{kind: viewRow, at: int32(i), differs: true})
}

// appendOutline adds documents that are laid over each other: whole is the kind of their
// rows, and the two kinds after it are the old and the new half of one.
func appendOutline(out []viewedRow, l comparedLayout, o *jsondoc.Outline, whole viewKind) []viewedRow {
	for i := range o.Rows {
		switch kind := o.Rows[i].Kind; {
		case l == layoutUnified && kind == jsondoc.OutlineChanged:
			out = append(out, viewedRow{kind: whole + 1, at: int32(i), differs: true}, viewedRow{kind: whole + 2, at: int32(i)})
		default:
			out = append(out, viewedRow{kind: whole, at: int32(i), differs: kind > jsondoc.OutlineClose})
		}
	}
	return out
}

// appendLog adds the lines that differ and some around them. Beside each other, lines
// that were replaced by others share rows with these.
func appendLog(out []viewedRow, l comparedLayout, lines []invoke.LogLine) []viewedRow {
	is := func(i int, c invoke.LogChange) bool { return i < len(lines) && lines[i].Change == c }
	differs := func(i int) bool { return is(i, invoke.LogRemoved) || is(i, invoke.LogAdded) }
	shown := make([]bool, len(lines))
	some := false
	for i := range lines {
		if !differs(i) {
			continue
		}
		some = true
		for j := max(i-logContext, 0); j <= min(i+logContext, len(lines)-1); j++ {
			shown[j] = true
		}
	}
	if !some {
		return out
	}
	for i := 0; i < len(lines); {
		n := 0
		for i+n < len(lines) && !shown[i+n] {
			n++
		}
		if n > 0 {
			out = append(out, viewedRow{kind: viewLogSkipped, at: int32(n)})
			i += n
			continue
		}
		old, now := 0, 0
		for l == layoutSides && is(i+old, invoke.LogRemoved) {
			old++
		}
		for old > 0 && is(i+old+now, invoke.LogAdded) {
			now++
		}
		for k := range min(old, now) {
			out = append(out, viewedRow{kind: viewLogPair, at: int32(i + k), with: int32(i + old + k), differs: k == 0})
		}
		for k := min(old, now); k < max(old, now); k++ {
			at := i + k
			if now > old {
				at = i + old + k
			}
			out = append(out, viewedRow{kind: viewLog, at: int32(at), differs: min(old, now) == 0 && k == 0})
		}
		if old == 0 {
			out = append(out, viewedRow{kind: viewLog, at: int32(i), differs: differs(i) && (i == 0 || !differs(i-1))})
			old = 1
		}
		i += old + now
	}
	return out
}

package ui

import (
	"strings"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// breakWords breaks a text into lines of at most w cells, between words where
// it can. A word longer than a line is cut.
func breakWords(text safetext.Line, w int) []safetext.Line {
	w = max(w, 1)
	if text.Width() <= w {
		return []safetext.Line{text}
	}
	var lines []safetext.Line
	line := ""
	for word := range strings.SplitSeq(text.String(), " ") {
		candidate := word
		if line != "" {
			candidate = line + " " + word
		}
		if safetext.FromString(candidate).Width() <= w {
			line = candidate
			continue
		}
		if line != "" {
			lines = append(lines, safetext.FromString(line))
		}
		pieces := safetext.FromString(word).Wrap(w)
		lines = append(lines, pieces[:len(pieces)-1]...)
		line = pieces[len(pieces)-1].String()
	}
	return append(lines, safetext.FromString(line))
}

// flow sets parts in rows of w cells, with a separator between those of one
// row. A part that does not fit goes to the next row; one that is wider than a
// row is cut.
func flow(w int, separator frame.Span, parts ...[]frame.Span) []string {
	var rows []string
	r := frame.NewRow(w)
	for _, part := range parts {
		n := frame.Width(part)
		if n == 0 {
			continue
		}
		if r.Used() > 0 {
			if r.Used()+separator.Text.Width()+n > w {
				rows = append(rows, r.String())
				r.Reset(w)
			} else {
				r.AddSpans(separator)
			}
		}
		for _, s := range part {
			r.AddCut(s.Style, s.Text)
		}
	}
	if r.Used() > 0 {
		rows = append(rows, r.String())
	}
	return rows
}

// span is a span of foreign text.
func span(look frame.Style, text string) frame.Span {
	return frame.Span{Style: look, Text: safetext.FromString(text)}
}

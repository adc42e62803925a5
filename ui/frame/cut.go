package frame

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"lambent/ui/safetext"
)

// Overlay is the frame with a card on top whose left upper corner is at x, y.
// Rows of the frame that the card does not touch are shared with it; the frame
// is not changed. What of the card lies outside the frame is left out.
func Overlay(rows, card []string, x, y int) []string {
	over := append(make([]string, 0, len(rows)), rows...)
	for i, c := range card {
		if at := y + i; at >= 0 && at < len(over) {
			over[at] = splice(over[at], c, x)
		}
	}
	return over
}

// splice puts piece over row from cell x on; the row keeps its width.
func splice(row, piece string, x int) string {
	total, w := Measure(row), Measure(piece)
	if x < 0 {
		piece, w, x = Cut(piece, -x, w), w+x, 0
	}
	if x+w > total {
		piece, w = Cut(piece, 0, total-x), total-x
	}
	if w <= 0 {
		return row
	}
	return Cut(row, 0, x) + piece + Cut(row, x+w, total)
}

// Cut is the part of a painted row from cell from up to cell to, with its
// styles. Wide characters that the cut goes through become blanks, so that the
// part has exactly to-from cells.
func Cut(row string, from, to int) string {
	var b strings.Builder
	var style Style
	open := false // whether style has been written
	col := 0
	write := func(text string, n int) {
		if !open && style != "" {
			b.WriteString(string(style))
			open = true
		}
		if text == "" {
			text = Blank(n)
		}
		b.WriteString(text)
	}
	for row != "" && col < to {
		if row[0] == '\x1b' {
			n := styleEnd(row)
			if row[:n] == reset {
				if open {
					b.WriteString(reset)
				}
				style, open = "", false
			} else {
				if open {
					b.WriteString(row[:n])
				}
				style += Style(row[:n])
			}
			row = row[n:]
			continue
		}
		n, w := plainRun(row)
		if n == 0 {
			n, w = cluster(row)
			if lo, hi := max(col, from), min(col+w, to); hi-lo == w {
				write(row[:n], 0)
			} else if hi > lo {
				write("", hi-lo)
			}
		} else if lo, hi := max(col, from), min(col+w, to); hi > lo {
			write(row[lo-col:hi-col], 0)
		}
		col += w
		row = row[n:]
	}
	if open {
		b.WriteString(reset)
	}
	if to > max(col, from) {
		b.WriteString(Blank(to - max(col, from)))
	}
	return b.String()
}

// styleEnd is the length of the style sequence at the start of a painted row.
// Rows hold no other escape sequences.
func styleEnd(row string) int {
	if i := strings.IndexByte(row, 'm'); i >= 0 {
		return i + 1
	}
	return len(row)
}

// plainRun is the length, and so the width, of the printable ASCII at the start
// of a painted row that no following character can join.
func plainRun(row string) (n, w int) {
	for n < len(row) && row[n] >= 0x20 && row[n] < 0x7f {
		n++
	}
	if n > 0 && n < len(row) && row[n] >= 0x80 {
		n--
	}
	return n, n
}

// cluster is the length and width of the character at the start of a painted row.
func cluster(row string) (n, w int) {
	if n, w = boxDrawing(row); n > 0 {
		return n, w
	}
	if safetext.CountsGraphemes() {
		c, w := ansi.FirstGraphemeCluster(row, ansi.GraphemeWidth)
		return len(c), w
	}
	c, w := ansi.FirstGraphemeCluster(row, ansi.WcWidth)
	return len(c), w
}

// boxDrawing takes the short way for what frames are mostly made of:
// U+2500–U+257F, one cell each, when another such character or a byte that
// joins nothing follows.
func boxDrawing(row string) (n, w int) {
	if len(row) < 3 || row[0] != 0xe2 || row[1] != 0x94 && row[1] != 0x95 {
		return 0, 0
	}
	if len(row) == 3 || row[3] < 0x80 || row[3] == 0xe2 && len(row) > 4 && (row[4] == 0x94 || row[4] == 0x95) {
		return 3, 1
	}
	return 0, 0
}

// Measure is the width of a painted row in cells.
func Measure(row string) int {
	width := 0
	for row != "" {
		if row[0] == '\x1b' {
			row = row[styleEnd(row):]
			continue
		}
		n, w := plainRun(row)
		if n == 0 {
			n, w = cluster(row)
		}
		width += w
		row = row[n:]
	}
	return width
}

// Plain is a painted row without its styles.
func Plain(row string) string {
	var b strings.Builder
	for row != "" {
		i := strings.IndexByte(row, '\x1b')
		if i < 0 {
			b.WriteString(row)
			break
		}
		b.WriteString(row[:i])
		row = row[i+styleEnd(row[i:]):]
	}
	return b.String()
}

// Dim is the block in one style in place of its own: what lies under an
// overlay, or an old result while a new one is awaited.
func Dim(rows []string, s Style) []string {
	dim := make([]string, len(rows))
	for i, row := range rows {
		dim[i] = string(s) + Plain(row) + end(s)
	}
	return dim
}

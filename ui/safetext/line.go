package safetext

import (
	"strings"
	"sync/atomic"

	"github.com/charmbracelet/x/ansi"
)

// Marker ends a Line that was cut.
const Marker = "…"

// byGrapheme is true once the terminal has said that it counts grapheme
// clusters (mode 2027). There is one terminal to a process.
var byGrapheme atomic.Bool

// CountGraphemes says how the terminal counts cells: by grapheme cluster, or code
// point by code point, as until it is called. Bubble Tea changes over when the
// terminal reports mode 2027 as set, reset or permanently set; whoever gets that
// report calls this. Lines made before stay right; widths that callers kept do not.
func CountGraphemes(on bool) { byGrapheme.Store(on) }

// CountsGraphemes reports what CountGraphemes set last.
func CountsGraphemes() bool { return byGrapheme.Load() }

// A Line is text that is safe to paint in one row. The zero Line is empty.
type Line struct {
	text string
	// Width in cells by code point and by grapheme cluster.
	points, clusters int
}

// constant is a string type that other packages cannot name, so that only
// untyped constants convert to it.
type constant string

// Trusted makes a Line of constant text of our own. The compiler refuses
// anything that is not a constant; a constant that is not clean is shown as
// foreign text would be.
func Trusted(text constant) Line { return FromString(string(text)) }

// Spaces makes a Line of n blanks.
func Spaces(n int) Line {
	n = max(n, 0)
	return Line{blanks(n), n, n}
}

// String is the visible text, free of anything that a terminal obeys. For
// copying and exporting take the bytes that the Line was made of instead.
func (l Line) String() string { return l.text }

// Width is the number of cells that the Line takes.
func (l Line) Width() int {
	if byGrapheme.Load() {
		return l.clusters
	}
	return l.points
}

// Empty reports whether the Line has no text.
func (l Line) Empty() bool { return l.text == "" }

// plain reports whether every byte is one cell. Characters of several bytes
// always have more bytes than cells.
func (l Line) plain() bool { return len(l.text) == l.points && len(l.text) == l.clusters }

// Slice is the Line from cell from up to cell to, clamped to its width. A
// character that a cut goes through is replaced by as many blanks as remain of
// it, so that the result is exactly min(to, width)-max(from, 0) cells wide.
func (l Line) Slice(from, to int) Line {
	from, to = max(from, 0), min(to, l.Width())
	switch {
	case from >= to:
		return Line{}
	case from == 0 && to == l.Width():
		return l
	case l.plain():
		return Line{l.text[from:to], to - from, to - from}
	}
	return l.sliceClusters(from, to)
}

func (l Line) sliceClusters(from, to int) Line {
	var start, end, head, tail int // byte range of the whole clusters; blanks around it
	started, col := false, 0
	inner := Line{}
	for rest := l.text; rest != "" && col < to; {
		c := firstCluster(rest)
		w, offset := c.Width(), len(l.text)-len(rest)
		rest = rest[len(c.text):]
		switch {
		case col+w <= from:
		case col < from:
			head = min(col+w, to) - from
		case col+w > to:
			tail = to - col
		default:
			if !started {
				start, started = offset, true
			}
			end = offset + len(c.text)
			inner.points += c.points
			inner.clusters += c.clusters
		}
		col += w
	}
	inner.text = l.text[start:end]
	if head+tail == 0 {
		return inner
	}
	return Concat(Spaces(head), inner, Spaces(tail))
}

// Cut is the Line in at most n cells: whole if it fits, else ending in Marker.
func (l Line) Cut(n int) Line {
	if l.Width() <= n {
		return l
	}
	if n <= 0 {
		return Line{}
	}
	return Concat(l.Slice(0, n-1), Line{Marker, 1, 1})
}

// CutLeft is the Line in at most n cells, keeping its end: whole if it fits,
// else beginning with Marker. For paths.
func (l Line) CutLeft(n int) Line {
	if l.Width() <= n {
		return l
	}
	if n <= 0 {
		return Line{}
	}
	return Concat(Line{Marker, 1, 1}, l.Slice(l.Width()-n+1, l.Width()))
}

// Wrap is the Line in pieces of at most n cells (n ≥ 1), cut wherever a row is
// full; at least one piece. No character is split: a piece may be short by the
// cells of the character that did not fit.
func (l Line) Wrap(n int) []Line {
	n = max(n, 1)
	if l.Width() <= n {
		return []Line{l}
	}
	var pieces []Line
	if l.plain() {
		for from := 0; from < len(l.text); from += n {
			pieces = append(pieces, l.Slice(from, from+n))
		}
		return pieces
	}
	var piece Line
	start := 0
	for at := 0; at < len(l.text); {
		c := firstCluster(l.text[at:])
		if piece.points+piece.clusters > 0 && piece.Width()+c.Width() > n {
			piece.text = l.text[start:at]
			pieces = append(pieces, piece)
			piece, start = Line{}, at
		}
		piece.points += c.points
		piece.clusters += c.clusters
		at += len(c.text)
	}
	piece.text = l.text[start:]
	return append(pieces, piece)
}

// Concat joins Lines.
func Concat(lines ...Line) Line {
	var all Line
	size := 0
	for _, l := range lines {
		size += len(l.text)
		all.points += l.points
		all.clusters += l.clusters
	}
	var b strings.Builder
	b.Grow(size)
	for _, l := range lines {
		b.WriteString(l.text)
	}
	all.text = b.String()
	return all
}

// firstCluster is the first cluster of text that a Line holds.
func firstCluster(text string) Line {
	if text[0] < 0x80 && (len(text) == 1 || text[1] < 0x80) {
		return Line{text[:1], 1, 1}
	}
	cluster, points := ansi.FirstGraphemeCluster(text, ansi.WcWidth)
	return Line{cluster, points, ansi.StringWidth(cluster)}
}

const manyBlanks = "                                                                                                                                "

// blanks is a string of n spaces, from a constant when it is long enough.
func blanks(n int) string {
	if n <= len(manyBlanks) {
		return manyBlanks[:n]
	}
	return strings.Repeat(" ", n)
}

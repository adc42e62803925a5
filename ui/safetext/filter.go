package safetext

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	// TabStop is the distance of tab stops in cells.
	TabStop = 4
	// MaxMarks is how many combining marks one base may carry.
	MaxMarks = 8
)

// clusterWindow bounds, in bytes, how far one cluster is looked for. The
// longest emoji sequences take about 40 bytes, a base with MaxMarks less.
const clusterWindow = 128

// FromBytes makes a Line of foreign bytes. The bytes are not kept.
func FromBytes(b []byte) Line { return FromBytesAt(b, 0) }

// FromString makes a Line of foreign text.
func FromString(s string) Line {
	if cleanASCII(s) == len(s) {
		return Line{s, len(s), len(s)}
	}
	return FromBytesAt([]byte(s), 0)
}

// FromBytesAt makes a Line of foreign bytes whose first cell is the given
// column of its row, on which tab stops depend.
func FromBytesAt(b []byte, column int) Line {
	if cleanASCII(b) == len(b) {
		return Line{string(b), len(b), len(b)}
	}
	var w writer
	w.text.Grow(len(b) + len(b)/8 + 16)
	w.column = column
	for len(b) > 0 {
		if n := cleanPrefix(b); n > 0 {
			w.add(unit{source: n, points: n, clusters: n}, b[:n])
			b = b[n:]
			continue
		}
		u := first(b, w.cell())
		w.add(u, b[:u.source])
		b = b[u.source:]
	}
	return Line{w.text.String(), w.points, w.clusters}
}

// writer puts units together.
type writer struct {
	text             strings.Builder
	points, clusters int
	column           int
}

func (w *writer) cell() int {
	if byGrapheme.Load() {
		return w.column + w.clusters
	}
	return w.column + w.points
}

func (w *writer) add(u unit, source []byte) {
	u.appendTo(&w.text, source)
	w.points += u.points
	w.clusters += u.clusters
}

// A unit is the smallest part that is shown, selected and cut as a whole.
type unit struct {
	source           int // bytes that it stands for
	points, clusters int // cells, by code point and by cluster
	kind             kind
	r                rune
}

// kind says how the bytes of a unit are shown.
type kind uint8

const (
	asIs      kind = iota
	picture        // control picture of r
	tab            // blanks
	codePoint      // <U+0000>, with the digits of r
	badByte        // \xNN of r
)

func (u unit) width() int {
	if byGrapheme.Load() {
		return u.clusters
	}
	return u.points
}

func (u unit) appendTo(b *strings.Builder, source []byte) {
	const digits, upper = "0123456789abcdef", "0123456789ABCDEF"
	switch u.kind {
	case asIs:
		b.Write(source)
	case picture:
		b.WriteRune(pictureOf(u.r))
	case tab:
		b.WriteString(blanks(u.points))
	case badByte:
		b.WriteString(`\x`)
		b.WriteByte(digits[u.r>>4&15])
		b.WriteByte(digits[u.r&15])
	case codePoint:
		b.WriteString("<U+")
		for shift := 4 * (codeDigits(u.r) - 1); shift >= 0; shift -= 4 {
			b.WriteByte(upper[u.r>>shift&15])
		}
		b.WriteByte('>')
	}
}

// codeDigits is how many hexadecimal digits a code point is written with.
func codeDigits(r rune) int {
	switch {
	case r > 0xfffff:
		return 6
	case r > 0xffff:
		return 5
	}
	return 4
}

func pictureOf(r rune) rune {
	if r == 0x7f {
		return 0x2421
	}
	return 0x2400 + r
}

func shown(k kind, r rune, source, width int) unit {
	return unit{source: source, points: width, clusters: width, kind: k, r: r}
}

func escaped(r rune, source int) unit {
	return shown(codePoint, r, source, codeDigits(r)+4)
}

// first is the first unit of b, which is not empty, when it begins at column.
func first(b []byte, column int) unit {
	c := b[0]
	switch {
	case c == '\t':
		return shown(tab, '\t', 1, TabStop-column%TabStop)
	case c < 0x20, c == 0x7f:
		return shown(picture, rune(c), 1, 1)
	case c < 0x80:
		if standsAlone(b[1:]) {
			return shown(asIs, rune(c), 1, 1)
		}
		return cluster(b, 1)
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		return shown(badByte, rune(c), 1, 4)
	}
	k := classOf(r)
	switch {
	case k == hidden, k == dependent:
		return escaped(r, n)
	case k <= alone && standsAlone(b[n:]):
		return shown(asIs, r, n, int(k))
	}
	return cluster(b, n)
}

// standsAlone reports whether what begins b cannot join the character before it.
func standsAlone(b []byte) bool {
	if len(b) == 0 || b[0] < 0xc0 {
		return true
	}
	r, _ := utf8.DecodeRune(b)
	k := classOf(r)
	return k == hidden && r != zwj && !isSelector(r) || k <= alone
}

// cluster is the unit of the grapheme cluster that begins with the base of n
// bytes at the start of b. It ends where the rules end it: before a character
// that is to be shown by its code point.
func cluster(b []byte, n int) unit {
	window := b[:min(len(b), clusterWindow)]
	whole, _ := ansi.FirstGraphemeCluster(window, ansi.WcWidth)
	base, _ := utf8.DecodeRune(whole)
	end, marks, before := n, 0, base
	for end < len(whole) {
		r, size := utf8.DecodeRune(whole[end:])
		if r == utf8.RuneError || !joins(before, r, whole[end+size:]) {
			break
		}
		if classOf(r) == dependent {
			if marks++; marks > MaxMarks {
				break
			}
		}
		before, end = r, end+size
	}
	if isRegional(base) && end == n {
		return escaped(base, n)
	}
	text := string(whole[:end])
	points, clusters := ansi.StringWidthWc(text), ansi.StringWidth(text)
	if points <= 0 || clusters <= 0 {
		return escaped(base, n)
	}
	return unit{source: end, points: points, clusters: clusters, r: base}
}

// joins reports whether r may stay attached to what is before it in its cluster.
func joins(before, r rune, after []byte) bool {
	switch {
	case r == zwj:
		next, size := utf8.DecodeRune(after)
		return size > 0 && (isEmoji(before) || isSelector(before) || isModifier(before)) && isEmoji(next)
	case isSelector(r):
		return isEmoji(before) || isKeycapBase(before)
	}
	return classOf(r) != hidden
}

// cleanASCII is the length of b if all of it is printable ASCII, else less.
func cleanASCII[T string | []byte](b T) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if !allPrintable(load64(b, i)) {
			return i
		}
	}
	for ; i < len(b); i++ {
		if b[i]-0x20 >= 0x5f {
			return i
		}
	}
	return i
}

// cleanPrefix is the length of the printable ASCII at the start of b that no
// following character can join.
func cleanPrefix(b []byte) int {
	n := cleanASCII(b)
	for n < len(b) && b[n]-0x20 < 0x5f {
		n++
	}
	if n > 0 && n < len(b) && b[n] >= 0xc0 {
		n--
	}
	return n
}

func load64[T string | []byte](b T, i int) uint64 {
	_ = b[i+7]
	return uint64(b[i]) | uint64(b[i+1])<<8 | uint64(b[i+2])<<16 | uint64(b[i+3])<<24 |
		uint64(b[i+4])<<32 | uint64(b[i+5])<<40 | uint64(b[i+6])<<48 | uint64(b[i+7])<<56
}

// allPrintable reports whether all eight bytes are 0x20–0x7e.
func allPrintable(v uint64) bool {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	// With the high bits clear, adding 1 carries into them from 0x7f only, and
	// adding 0x60 from 0x20 and above only.
	return v&high == 0 && (v+ones)&high == 0 && (v+0x60*ones)&high == high
}

package edit

import (
	"bytes"
	"slices"
	"sort"
)

// A buffer is text with an index of its lines. The zero buffer is not ready:
// even an empty text has one line.
type buffer struct {
	text   []byte
	starts []int // where each line begins; starts[0] is 0
}

func newBuffer(text []byte) buffer {
	b := buffer{text: text, starts: make([]int, 1, 1+bytes.Count(text, newline))}
	b.starts = appendStarts(b.starts, text, 0)
	return b
}

var newline = []byte{'\n'}

// appendStarts appends where lines begin inside text, which is at offset base.
func appendStarts(starts []int, text []byte, base int) []int {
	for at := 0; ; {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return starts
		}
		at += i + 1
		starts = append(starts, base+at)
	}
}

func (b *buffer) lines() int { return len(b.starts) }

// lineOf is the line that the byte at offset belongs to; the end of the text
// belongs to the last line.
func (b *buffer) lineOf(offset int) int {
	return sort.Search(len(b.starts), func(i int) bool { return b.starts[i] > offset }) - 1
}

// bounds are where a line begins and where it ends, before its line feed.
func (b *buffer) bounds(line int) (start, end int) {
	if line+1 < len(b.starts) {
		return b.starts[line], b.starts[line+1] - 1
	}
	return b.starts[line], len(b.text)
}

// replace puts text in the place of what is between from and to.
func (b *buffer) replace(from, to int, text []byte) {
	first, last := b.lineOf(from), b.lineOf(to)
	grown := len(text) - (to - from)
	if room := cap(b.text) - len(b.text); grown > room {
		// A little ahead: doubling six megabytes would be felt.
		b.text = slices.Grow(b.text, grown+min(len(b.text)/8+64, 1<<20))
	}
	b.text = slices.Replace(b.text, from, to, text...)
	inside := appendStarts(nil, text, from)
	b.starts = slices.Replace(b.starts, first+1, last+1, inside...)
	if grown != 0 {
		rest := b.starts[first+1+len(inside):]
		for i := range rest {
			rest[i] += grown
		}
	}
}

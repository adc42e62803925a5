package safetext

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// A Finder looks for text in foreign bytes as a person means it: a query in
// lower case ignores case, one with an upper-case letter is exact. It searches
// the bytes themselves, so a document of megabytes is searched within a frame
// and a JSON string matches as it is spelled.
type Finder struct {
	needle []byte // in lower case where case is ignored
	fold   bool   // ignore case
	wide   bool   // the needle has characters beyond ASCII
	rare   int    // index of the byte of the needle that is met least often
}

// NewFinder makes a Finder; an empty query finds nothing.
func NewFinder(query string) Finder {
	f := Finder{needle: []byte(query)}
	cased := false
	for _, r := range query {
		f.wide = f.wide || r >= utf8.RuneSelf
		cased = cased || unicode.IsUpper(r)
		f.fold = f.fold || unicode.SimpleFold(r) != r
	}
	f.fold = f.fold && !cased
	for i, c := range f.needle {
		if rarity(c) > rarity(f.needle[f.rare]) {
			f.rare = i
		}
	}
	return f
}

// Empty reports whether the query is empty.
func (f Finder) Empty() bool { return len(f.needle) == 0 }

// Query is the text looked for.
func (f Finder) Query() string { return string(f.needle) }

// Next finds the first match that begins at from or later. ok is false when
// there is none.
func (f Finder) Next(b []byte, from int) (start, end int, ok bool) {
	from = max(from, 0)
	switch {
	case f.Empty() || from >= len(b):
		return 0, 0, false
	case !f.fold:
		i := bytes.Index(b[from:], f.needle)
		return from + i, from + i + len(f.needle), i >= 0
	case f.wide:
		return f.nextWide(b, from)
	}
	return f.nextASCII(b, from)
}

// backward is how many bytes Previous searches first; each further step is twice as long.
const backward = 1 << 10

// Previous finds the last match that begins before offset before.
func (f Finder) Previous(b []byte, before int) (start, end int, ok bool) {
	step := backward
	for to := min(before, len(b)); to > 0 && !f.Empty(); step *= 2 {
		from := max(0, to-step)
		for at := from; at < to; {
			s, e, found := f.Next(b[:min(len(b), to+4*len(f.needle))], at)
			if !found || s >= to {
				break
			}
			start, end, ok = s, e, true
			at = s + 1
		}
		if ok {
			return start, end, true
		}
		to = from
	}
	return 0, 0, false
}

// nextASCII looks for either case of the needle's rarest byte and compares around it.
func (f Finder) nextASCII(b []byte, from int) (start, end int, ok bool) {
	low := f.needle[f.rare]
	up := upperASCII(low)
	atLow, atUp := indexByte(b, low, from+f.rare), len(b) // the next of each case
	if up != low {
		atUp = indexByte(b, up, from+f.rare)
	}
	for atLow < len(b) || atUp < len(b) {
		at := min(atLow, atUp)
		start := at - f.rare
		if start+len(f.needle) > len(b) {
			break
		}
		if equalASCII(b[start:start+len(f.needle)], f.needle) {
			return start, start + len(f.needle), true
		}
		if at == atLow {
			atLow = indexByte(b, low, at+1)
		} else {
			atUp = indexByte(b, up, at+1)
		}
	}
	return 0, 0, false
}

// indexByte is the first place of c at from or later, the length of b if there is none.
func indexByte(b []byte, c byte, from int) int {
	if from >= len(b) {
		return len(b)
	}
	if i := bytes.IndexByte(b[from:], c); i >= 0 {
		return from + i
	}
	return len(b)
}

func upperASCII(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// equalASCII compares with a needle in lower case.
func equalASCII(b, needle []byte) bool {
	for i, c := range needle {
		if b[i] != c && (b[i] != upperASCII(c)) {
			return false
		}
	}
	return true
}

// nextWide compares character by character, at every place where a form of the
// needle's first one begins.
func (f Finder) nextWide(b []byte, from int) (start, end int, ok bool) {
	first, _ := utf8.DecodeRune(f.needle)
	type form struct {
		text []byte
		at   int
	}
	var forms []form
	for r := first; ; {
		text := utf8.AppendRune(nil, r)
		forms = append(forms, form{text, index(b, text, from)})
		if r = unicode.SimpleFold(r); r == first {
			break
		}
	}
	for {
		next := 0
		for i := range forms {
			if forms[i].at < forms[next].at {
				next = i
			}
		}
		at := forms[next].at
		if at >= len(b) {
			return 0, 0, false
		}
		if n := foldedPrefix(b[at:], f.needle); n > 0 {
			return at, at + n, true
		}
		forms[next].at = index(b, forms[next].text, at+1)
	}
}

func index(b, text []byte, from int) int {
	if from >= len(b) {
		return len(b)
	}
	if i := bytes.Index(b[from:], text); i >= 0 {
		return from + i
	}
	return len(b)
}

// foldedPrefix is how many bytes at the start of b are the needle in any case, 0 if they are not.
func foldedPrefix(b, needle []byte) int {
	n := 0
	for len(needle) > 0 {
		want, size := utf8.DecodeRune(needle)
		got, length := utf8.DecodeRune(b[n:])
		if length == 0 || !sameLetter(got, want) {
			return 0
		}
		needle, n = needle[size:], n+length
	}
	return n
}

func sameLetter(a, b rune) bool {
	for r := a; ; {
		if r == b {
			return true
		}
		if r = unicode.SimpleFold(r); r == a {
			return false
		}
	}
}

// rarity ranks a byte by how seldom JSON and logs hold it.
func rarity(c byte) int {
	const common = " \"e,:ta0ionsr1hldc2u3456789mpgfbyw{}[]v-_.k/"
	if i := bytes.IndexByte([]byte(common), c); i >= 0 {
		return i
	}
	return len(common)
}

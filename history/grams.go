package history

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How text is compared, and what the index keeps of it.
//
// Words are compared byte for byte after folding: each letter becomes its lower
// case, as long as that takes the same number of bytes, so that places in the
// folded text are places in the text itself. Bytes that are no UTF-8 stay.
//
// The index keeps the distinct grams of a text: its runs of three bytes, each
// byte mapped to one of the symbols that FTS5's ascii tokenizer takes as part
// of a token. The map is not one to one (C0 controls and some bytes of UTF-8
// share symbols): a search looks at every candidate's own bytes afterwards, so
// that costs time at worst.

// fold appends text to dst, folded. The result is exactly as long as text.
func fold(dst, text []byte) []byte {
	start := len(dst)
	dst = append(dst, text...)
	out := dst[start:]
	for i := 0; i < len(out); {
		c := out[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				out[i] = c + 'a' - 'A'
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(out[i:])
		if n > 1 {
			if lower := unicode.ToLower(r); lower != r && utf8.RuneLen(lower) == n {
				utf8.EncodeRune(out[i:i+n], lower)
			}
		}
		i += n
	}
	return dst
}

func foldString(s string) string { return string(fold(make([]byte, 0, len(s)), []byte(s))) }

// symbols maps a folded byte to its symbol: letters and digits to themselves,
// all others to bytes from 0x80 on, which the ascii tokenizer takes for letters.
var symbols = func() (m [256]byte) {
	next := 0
	for c := range 256 {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
			m[c] = byte(c)
		case 'A' <= c && c <= 'Z': // never in folded text
			m[c] = byte(c + 'a' - 'A')
		case c < ' ', c == 0x7f:
			m[c] = 0x80
		case c < utf8.RuneSelf:
			next++
			m[c] = byte(0x80 + next) // 33 punctuation marks and the space
		default:
			// Continuation and leading bytes share the 93 symbols from here to tokenMark.
			m[c] = byte(0xa2 + c%93)
		}
	}
	return m
}()

const (
	gramSize = 3

	// maxGrams is the most distinct grams of one run that are kept. JSON and logs
	// stay far below; a megabyte of random bytes goes over, and is then looked at
	// with every search (tooVaried).
	maxGrams = 100_000

	// tokenMark begins every token that is no gram. No byte of a text has this symbol.
	tokenMark = "\xff"

	// tooVaried is the token of a run whose grams are not all kept.
	tooVaried = tokenMark + "varied"
)

// A gramSet collects the distinct grams of several texts.
type gramSet struct {
	seen  []uint64 // one bit for each possible gram
	grams []uint32
	full  bool
	fold  []byte
}

func newGramSet() *gramSet { return &gramSet{seen: make([]uint64, 1<<24/64)} }

func (g *gramSet) reset() {
	for _, n := range g.grams {
		g.seen[n/64] &^= 1 << (n % 64)
	}
	g.grams, g.full = g.grams[:0], false
}

// pad stands before and after every text, so that words of one or two bytes are
// the beginning of a gram wherever they are.
const pad = "\x00\x00"

// add collects the grams of a text, which is folded in pieces.
func (g *gramSet) add(text []byte) {
	if len(text) == 0 || g.full {
		return
	}
	g.fold = append(fold(append(g.fold[:0], pad...), text), pad...)
	var n uint32
	for i, c := range g.fold {
		n = (n<<8 | uint32(symbols[c])) & 0xffffff
		if i < gramSize-1 || g.seen[n/64]&(1<<(n%64)) != 0 {
			continue
		}
		if len(g.grams) == maxGrams {
			g.full = true
			return
		}
		g.seen[n/64] |= 1 << (n % 64)
		g.grams = append(g.grams, n)
	}
}

// document is the text that FTS5 indexes: grams and tokens between spaces.
func (g *gramSet) document(tokens ...string) string {
	var b strings.Builder
	b.Grow(len(g.grams)*(gramSize+1) + 64)
	for _, n := range g.grams {
		b.Write([]byte{byte(n >> 16), byte(n >> 8), byte(n), ' '})
	}
	for _, t := range tokens {
		b.WriteString(t)
		b.WriteByte(' ')
	}
	if g.full {
		b.WriteString(tooVaried)
	}
	return b.String()
}

// gramsOf are the distinct grams of a folded word of at least gramSize bytes.
func gramsOf(word string) []uint32 {
	var out []uint32
	var n uint32
	for i := range len(word) {
		n = (n<<8 | uint32(symbols[word[i]])) & 0xffffff
		if i >= gramSize-1 && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// matchedGrams is how many grams of a word a search asks the index for. To find
// the runs that have them all, FTS5 reads the whole list of each, so the few
// rarest do better than all of them; what they let through is looked at.
const matchedGrams = 3

// matchWord is an FTS5 expression that every indexed run that has the folded
// word of at least gramSize bytes fulfils. count says how common a gram is.
func matchWord(word string, count func(gram uint32) int) string {
	grams := gramsOf(word)
	slices.SortStableFunc(grams, func(a, b uint32) int { return cmp.Compare(count(a), count(b)) })
	var all []string
	for _, n := range grams[:min(matchedGrams, len(grams))] {
		all = append(all, `"`+string([]byte{byte(n >> 16), byte(n >> 8), byte(n)})+`"`)
	}
	return `((` + strings.Join(all, " AND ") + `) OR "` + tooVaried + `")`
}

// matchShort is matchWord for shorter words: any gram that begins so.
func matchShort(word string) string {
	s := []byte(word)
	for i, c := range s {
		s[i] = symbols[c]
	}
	return `("` + string(s) + `"* OR "` + tooVaried + `")`
}

// shortGram stands for all grams that begin with a word shorter than gramSize.
// It is no gram itself: those have 24 bits.
func shortGram(word string) uint32 {
	n := uint32(len(word))
	for i := range len(word) {
		n = n<<8 | uint32(symbols[word[i]])
	}
	return n | 1<<31
}

const (
	excerptBefore = 24
	excerptAfter  = 120
)

// excerpt cuts the surroundings of text[at:at+n], between characters: the line that
// it is in, and of that no more than a row shows.
func excerpt(text []byte, at, n int) (cut []byte, start, end int) {
	from := max(0, at-excerptBefore)
	for from < at && from > 0 && !utf8.RuneStart(text[from]) {
		from++
	}
	from += bytes.LastIndexByte(text[from:at], '\n') + 1
	for from < at && (text[from] == ' ' || text[from] == '\t') {
		from++
	}
	to := min(len(text), at+n+excerptAfter)
	for to > at+n && to < len(text) && !utf8.RuneStart(text[to]) {
		to--
	}
	if i := bytes.IndexByte(text[at+n:to], '\n'); i >= 0 {
		to = at + n + i
	}
	return bytes.Clone(text[from:to]), at - from, at - from + n
}

package jsondoc

import "slices"

// expect is what the grammar allows next.
type expect uint8

const (
	expectValue      expect = iota // at the top, after ":" and after "," in an array
	expectValueOrEnd               // after "["
	expectKey                      // after "," in an object
	expectKeyOrEnd                 // after "{"
	expectColon
	expectCommaOrEnd
	expectNothing // after the document's one value
)

// A Scanner hands out the tokens of a document one after the other. It holds no
// more than a bit for every open container, never recurses, and allocates only
// when more than 64 containers are open.
//
// A strict scanner (Scan) stops at the first byte that is not JSON. A lenient one
// (Lex) goes on: it is for colouring text while a person is typing it.
type Scanner struct {
	b       []byte
	pos     int
	expect  expect
	lenient bool
	fault   fault // why a strict scanner stopped
	faultAt int
	nest    nesting
}

// nesting says which of the open containers are objects, one bit each.
type nesting struct {
	depth int
	top   uint64   // the innermost levels, the lowest bit is the innermost of all
	outer []uint64 // 64 levels a word, the outermost first
}

func (n *nesting) push(object uint64) {
	if n.depth&63 == 0 && n.depth > 0 {
		n.outer = append(n.outer, n.top)
		n.top = 0
	}
	n.top = n.top<<1 | object
	n.depth++
}

func (n *nesting) pop() {
	n.depth--
	n.top >>= 1
	if n.depth&63 == 0 && n.depth > 0 {
		n.top = n.outer[len(n.outer)-1]
		n.outer = n.outer[:len(n.outer)-1]
	}
}

func (n *nesting) inObject() bool { return n.depth > 0 && n.top&1 == 1 }

// afterValue is what may follow a complete value.
func (n *nesting) afterValue() expect {
	if n.depth == 0 {
		return expectNothing
	}
	return expectCommaOrEnd
}

// Scan returns a strict scanner. It hands out tokens until the document ends or
// stops being JSON; Err says which.
func Scan(b []byte) *Scanner { return &Scanner{b: b} }

// Lex returns a lenient scanner: every byte that is not white space is part of some
// token, what is not JSON is marked Bad or Invalid, and a string that isn't closed
// ends with its line. Several documents one after the other are fine.
func Lex(b []byte) *Scanner { return &Scanner{b: b, lenient: true} }

// State is where a scanner stands between two tokens: enough to go on later, or
// with the next piece of the text. It stays good while the scanner goes on.
type State struct {
	Offset int // of the first byte not looked at yet
	expect expect
	nest   nesting
}

// Depth counts the containers that are open.
func (s State) Depth() int { return s.nest.depth }

// Same reports whether going on from s and from t gives the same tokens for the
// same text. An editor may stop re-reading lines at the first whose state is the same as before.
func (s State) Same(t State) bool {
	return s.expect == t.expect && s.nest.depth == t.nest.depth && s.nest.top == t.nest.top &&
		slices.Equal(s.nest.outer, t.nest.outer)
}

// State returns where the scanner stands.
func (s *Scanner) State() State {
	st := State{Offset: s.pos, expect: s.expect, nest: s.nest}
	st.nest.outer = slices.Clone(s.nest.outer)
	return st
}

// ScanFrom returns a strict scanner that goes on in b at from.Offset.
func ScanFrom(b []byte, from State) *Scanner {
	s := &Scanner{b: b, pos: from.Offset, expect: from.expect, nest: from.nest}
	s.nest.outer = slices.Clone(from.nest.outer)
	return s
}

// LexFrom returns a lenient scanner for the next piece of a text, a line for
// instance, of which everything before has led to from. Offsets are those in piece.
func LexFrom(piece []byte, from State) *Scanner {
	s := ScanFrom(piece, from)
	s.pos, s.lenient = 0, true
	return s
}

// Err says why a strict scanner stopped before the end; it is nil while it hasn't,
// and after a complete document.
func (s *Scanner) Err() *SyntaxError {
	if s.fault == faultNone {
		return nil
	}
	return explain(s.b)
}

// Next returns the next token. Its kind is End when there is no more, or when a
// strict scanner has met something that is not JSON.
func (s *Scanner) Next() Token {
	b, i := s.b, s.pos
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	if i >= len(b) {
		return s.atEnd(i)
	}
	if s.lenient {
		return s.lex(i)
	}
	if s.fault != faultNone {
		return Token{Class: Class{Kind: End}, Start: s.pos, End: s.pos, Depth: s.nest.depth}
	}
	switch c := b[i]; c {
	case '"':
		return s.scanString(i)
	case ',':
		if s.expect != expectCommaOrEnd {
			return s.unexpected(i)
		}
		s.expect = expectValue
		if s.nest.top&1 == 1 {
			s.expect = expectKey
		}
		s.pos = i + 1
		return Token{Class: Class{Kind: Comma}, Start: i, End: i + 1, Depth: s.nest.depth}
	case ':':
		if s.expect != expectColon {
			return s.unexpected(i)
		}
		s.expect, s.pos = expectValue, i+1
		return Token{Class: Class{Kind: Colon}, Start: i, End: i + 1, Depth: s.nest.depth}
	case '{', '[':
		if s.expect > expectValueOrEnd {
			return s.unexpected(i)
		}
		return s.open(i, c)
	case '}':
		if !s.nest.inObject() || s.expect != expectCommaOrEnd && s.expect != expectKeyOrEnd {
			return s.unexpected(i)
		}
		return s.close(i, ObjectEnd)
	case ']':
		if s.nest.inObject() || s.expect != expectCommaOrEnd && s.expect != expectValueOrEnd {
			return s.unexpected(i)
		}
		return s.close(i, ArrayEnd)
	default:
		return s.scanBare(i, c)
	}
}

func (s *Scanner) open(i int, c byte) Token {
	t := Token{Class: Class{Kind: ArrayStart}, Start: i, End: i + 1, Depth: s.nest.depth}
	object := uint64(0)
	s.expect = expectValueOrEnd
	if c == '{' {
		t.Kind, object, s.expect = ObjectStart, 1, expectKeyOrEnd
	}
	s.nest.push(object)
	s.pos = i + 1
	return t
}

func (s *Scanner) close(i int, kind Kind) Token {
	s.nest.pop()
	s.expect, s.pos = s.nest.afterValue(), i+1
	return Token{Class: Class{Kind: kind}, Start: i, End: i + 1, Depth: s.nest.depth}
}

func (s *Scanner) scanString(i int) Token {
	kind, next := String, expectCommaOrEnd
	switch {
	case s.expect <= expectValueOrEnd:
		next = s.nest.afterValue()
	case s.expect <= expectKeyOrEnd:
		kind, next = Key, expectColon
	default:
		return s.unexpected(i)
	}
	end, why := stringEnd(s.b, i+1)
	if why != faultNone {
		return s.stop(end, why)
	}
	s.expect, s.pos = next, end
	return Token{Class: Class{Kind: kind}, Start: i, End: end, Depth: s.nest.depth}
}

// scanBare reads a number or one of the three words.
func (s *Scanner) scanBare(i int, c byte) Token {
	if s.expect > expectValueOrEnd {
		return s.unexpected(i)
	}
	var kind Kind
	var end int
	var why fault
	switch {
	case c == '-' || '0' <= c && c <= '9':
		kind = Number
		end, why = numberEnd(s.b, i)
	case c == 't':
		kind = True
		end, why = wordEnd(s.b, i, "true")
	case c == 'f':
		kind = False
		end, why = wordEnd(s.b, i, "false")
	case c == 'n':
		kind = Null
		end, why = wordEnd(s.b, i, "null")
	default:
		return s.unexpected(i)
	}
	if why != faultNone {
		return s.stop(end, why)
	}
	s.expect, s.pos = s.nest.afterValue(), end
	return Token{Class: Class{Kind: kind}, Start: i, End: end, Depth: s.nest.depth}
}

func (s *Scanner) atEnd(i int) Token {
	if !s.lenient && s.expect != expectNothing && s.fault == faultNone {
		s.fault, s.faultAt = faultEnd, i
	}
	s.pos = i
	return Token{Class: Class{Kind: End}, Start: i, End: i, Depth: s.nest.depth}
}

func (s *Scanner) unexpected(i int) Token { return s.stop(i, faultUnexpected) }

func (s *Scanner) stop(i int, why fault) Token {
	s.fault, s.faultAt = why, i
	return Token{Class: Class{Kind: End}, Start: i, End: i, Depth: s.nest.depth}
}

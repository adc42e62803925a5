package edit

import (
	"sort"

	"lambent/invoke/jsondoc"
	"lambent/ui/frame"
)

// lexer remembers the state of the JSON scanner at places some kilobytes apart,
// so that colouring what is in view does not begin at the document's start.
type lexer struct{ marks []lexMark }

// markEvery is how many bytes apart marks are.
const markEvery = 16 << 10

// A lexMark is the end of a token. Where a very long token follows, it is kept in
// place of the state: a string of megabytes is read once, not at every look.
type lexMark struct {
	at    int
	state jsondoc.State
	long  *jsondoc.Token // offsets are those of the text; the next mark is at its end
}

// forget drops what an edit at offset from may have changed. A token that ends at
// the edit may go on through it.
func (l *lexer) forget(from int) {
	n := sort.Search(len(l.marks), func(i int) bool { return l.marks[i].at >= from })
	if n > 0 && l.marks[n-1].long != nil && l.marks[n-1].long.End >= from {
		n--
	}
	l.marks = l.marks[:n]
}

// tokens reads the tokens of text from the last known place before offset from.
// The first ones may end before it.
func (l *lexer) tokens(text []byte, from int) *tokens {
	t := &tokens{lexer: l, text: text}
	t.mark = sort.Search(len(l.marks), func(i int) bool { return l.marks[i].at > from }) - 1
	if t.mark < 0 {
		t.scanner = jsondoc.Lex(text)
		return t
	}
	t.start()
	return t
}

// tokens goes through the tokens of a text.
type tokens struct {
	lexer   *lexer
	text    []byte
	scanner *jsondoc.Scanner
	base    int // offset in the text of what scanner reads
	at      int // end of the last token
	mark    int // index of the last mark at or before here, -1 for none
}

// start goes on from the current mark.
func (t *tokens) start() {
	m := &t.lexer.marks[t.mark]
	t.at, t.base = m.at, m.at
	if m.long == nil {
		t.scanner = jsondoc.LexFrom(t.text[m.at:], m.state)
	}
}

// next is the next token with offsets in the text; its kind is End at the end.
func (t *tokens) next() jsondoc.Token {
	marks := t.lexer.marks
	if t.mark >= 0 && t.at == marks[t.mark].at && marks[t.mark].long != nil {
		token := *marks[t.mark].long
		t.mark++
		t.start()
		return token
	}
	token := t.scanner.Next()
	token.Start, token.End = token.Start+t.base, token.End+t.base
	if token.Kind == jsondoc.End {
		return token
	}
	if t.mark == len(marks)-1 {
		t.keep(token)
	}
	t.at = token.End
	for t.mark+1 < len(t.lexer.marks) && t.lexer.marks[t.mark+1].at <= t.at {
		t.mark++
	}
	return token
}

// keep makes marks where they are due: around a long token, or after a stretch.
func (t *tokens) keep(token jsondoc.Token) {
	l, last := t.lexer, 0
	if t.mark >= 0 {
		last = l.marks[t.mark].at
	}
	long := token.End-token.Start >= markEvery
	if !long && token.End-last < markEvery {
		return
	}
	if long {
		before := lexMark{at: t.at, long: &token}
		if t.mark >= 0 && l.marks[t.mark].at == t.at {
			l.marks[t.mark] = before
		} else {
			l.marks = append(l.marks, before)
		}
	}
	l.marks = append(l.marks, lexMark{at: token.End, state: t.scanner.State()})
}

// ahead reports whether the tokens from offset from on are reached sooner from
// another mark than by going on.
func (t *tokens) ahead(from int) bool {
	marks := t.lexer.marks
	i := sort.Search(len(marks), func(i int) bool { return marks[i].at > from }) - 1
	return i > t.mark && marks[i].at > t.at
}

func tokenStyle(s *frame.JSONStyles, kind jsondoc.Kind, bad bool) frame.Style {
	switch {
	case bad || kind == jsondoc.Invalid:
		return s.Invalid
	case kind == jsondoc.End: // no token: white space
		return ""
	case kind == jsondoc.Key:
		return s.Key
	case kind == jsondoc.String:
		return s.String
	case kind == jsondoc.Number:
		return s.Number
	case kind == jsondoc.Null:
		return s.Null
	case kind == jsondoc.True || kind == jsondoc.False:
		return s.Bool
	}
	return s.Punct
}

package edit

import "lambent/invoke/jsondoc"

// bracketReach is how many bytes around the cursor are searched for the bracket
// that belongs to the one under it: they are read within a millisecond.
const bracketReach = 256 << 10

// bracketCache keeps the last answer of brackets.
type bracketCache struct {
	version uint64
	cursor  int
	pair    [2]int
	ok      bool
}

// brackets are the places of the bracket at the cursor, or just before it, and of
// the one that belongs to it. ok is false when there is no such pair nearby.
func (e *Editor) brackets() (pair [2]int, ok bool) {
	c := &e.bracket
	if c.version != e.version || c.cursor != e.cursor {
		*c = bracketCache{version: e.version, cursor: e.cursor}
		c.pair, c.ok = e.findBrackets()
	}
	return c.pair, c.ok
}

func (e *Editor) findBrackets() (pair [2]int, ok bool) {
	for _, at := range [2]int{e.cursor, e.cursor - 1} {
		if at < 0 || at >= len(e.buf.text) {
			continue
		}
		switch e.buf.text[at] {
		case '{', '[':
			return e.closing(at)
		case '}', ']':
			return e.opening(at)
		}
	}
	return pair, false
}

// tokenAt is the bracket token at offset at, and the tokens after it.
func (e *Editor) tokenAt(at int) (jsondoc.Token, *tokens) {
	tokens := e.lex.tokens(e.buf.text, at)
	for {
		t := tokens.next()
		if t.Kind == jsondoc.End || t.End > at {
			return t, tokens
		}
	}
}

func isBracket(t jsondoc.Token, at int) bool {
	return t.Start == at && t.Kind >= jsondoc.ObjectStart && t.Kind <= jsondoc.ArrayEnd
}

func (e *Editor) closing(at int) (pair [2]int, ok bool) {
	open, tokens := e.tokenAt(at)
	if !isBracket(open, at) {
		return pair, false
	}
	for {
		t := tokens.next()
		switch {
		case t.Kind == jsondoc.End || t.Start > at+bracketReach:
			return pair, false
		case t.Depth == open.Depth && t.Kind == open.Kind+1:
			return [2]int{at, t.Start}, true
		}
	}
}

// opening reads stretch by stretch backwards: the last bracket of the same depth
// before a closing one is its partner.
func (e *Editor) opening(at int) (pair [2]int, ok bool) {
	closer, _ := e.tokenAt(at)
	if !isBracket(closer, at) || closer.Bad {
		return pair, false
	}
	for to := at; to > 0 && at-to < bracketReach; {
		from := max(0, to-markEvery)
		tokens := e.lex.tokens(e.buf.text, from)
		for {
			t := tokens.next()
			if t.Kind == jsondoc.End || t.Start >= to {
				break
			}
			if t.Kind == closer.Kind-1 && t.Depth == closer.Depth {
				pair, ok = [2]int{t.Start, at}, true
			}
		}
		if ok {
			return pair, true
		}
		to = from
	}
	return pair, false
}

package jsondoc

// lex returns the token at i, which is not white space, whatever it is.
func (s *Scanner) lex(i int) Token {
	b := s.b
	switch c := b[i]; c {
	case '"':
		return s.lexString(i)
	case ',', ':':
		return s.lexSeparator(i, c)
	case '{', '[':
		bad := s.expect == expectKey || s.expect == expectKeyOrEnd || s.expect == expectCommaOrEnd
		t := s.open(i, c)
		t.Bad = bad
		return t
	case '}', ']':
		return s.lexClose(i, c)
	}
	end := i + 1
	for end < len(b) && !isDelimiter(b[end]) {
		end++
	}
	t := Token{Class: Class{Kind: bareKind(b[i:end])}, Start: i, End: end, Depth: s.nest.depth}
	t.Bad = t.Kind == Invalid || s.expect > expectValueOrEnd && s.expect != expectNothing
	s.pos = end
	if s.expect == expectKey || s.expect == expectKeyOrEnd {
		s.expect = expectColon // a name without quotes
	} else {
		s.expect = s.nest.afterValue()
	}
	return t
}

func (s *Scanner) lexString(i int) Token {
	t := Token{Class: Class{Kind: String}, Start: i, Depth: s.nest.depth}
	switch {
	case s.expect == expectKey || s.expect == expectKeyOrEnd:
		t.Kind = Key
	case s.expect == expectCommaOrEnd && s.nest.inObject():
		t.Kind, t.Bad = Key, true // a comma is missing
	case s.expect == expectColon || s.expect == expectCommaOrEnd:
		t.Bad = true
	}
	end, why := stringEnd(s.b, i+1)
	if why != faultNone {
		t.Bad = true
		end = lineString(s.b, i+1)
	}
	s.expect = s.nest.afterValue()
	if t.Kind == Key {
		s.expect = expectColon
	}
	t.End, s.pos = end, end
	return t
}

// lineString returns where a faulty string ends: after its closing quote, or with its line.
func lineString(b []byte, i int) int {
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\n', '\r':
			return i
		case '\\':
			if i+1 < len(b) && b[i+1] != '\n' && b[i+1] != '\r' {
				i++
			}
		}
	}
	return len(b)
}

func (s *Scanner) lexSeparator(i int, c byte) Token {
	t := Token{Class: Class{Kind: Comma}, Start: i, End: i + 1, Depth: s.nest.depth}
	s.pos = i + 1
	if c == ':' {
		t.Kind, t.Bad = Colon, s.expect != expectColon
		s.expect = expectValue
		return t
	}
	t.Bad = s.expect != expectCommaOrEnd
	s.expect = expectValue
	if s.nest.inObject() {
		s.expect = expectKey
	}
	return t
}

// lexClose closes the innermost container, if it is of this kind; a bracket that
// closes nothing is passed over.
func (s *Scanner) lexClose(i int, c byte) Token {
	kind := ObjectEnd
	if c == ']' {
		kind = ArrayEnd
	}
	if s.nest.depth == 0 || s.nest.inObject() != (c == '}') {
		s.pos = i + 1
		return Token{Class: Class{kind, true}, Start: i, End: i + 1, Depth: s.nest.depth}
	}
	bad := s.expect == expectValue || s.expect == expectKey || s.expect == expectColon
	t := s.close(i, kind)
	t.Bad = bad
	return t
}

func bareKind(word []byte) Kind {
	switch string(word) {
	case "true":
		return True
	case "false":
		return False
	case "null":
		return Null
	}
	if c := word[0]; c == '-' || isDigit(c) {
		if end, why := numberEnd(word, 0); why == faultNone && end == len(word) {
			return Number
		}
	}
	return Invalid
}

func isDelimiter(c byte) bool {
	switch c {
	case ' ', '\t', '\n', '\r', '"', ',', ':', '{', '}', '[', ']':
		return true
	}
	return false
}

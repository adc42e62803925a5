package jsondoc

// valid is Check without tokens: where nothing is wrong, which is the rule, nobody
// needs to know what they were. It accepts exactly what a strict scanner accepts.
func valid(b []byte) bool {
	var n nesting
	i, ok := validValue(b, 0, &n)
	for ok && n.depth > 0 {
		// b[i] is the first byte after a value or after an opening bracket's empty inside.
		i = skipSpace(b, i)
		if i >= len(b) {
			return false
		}
		switch object := n.top&1 == 1; {
		case b[i] == ',' && object:
			i, ok = validMember(b, i+1, &n)
		case b[i] == ',':
			i, ok = validValue(b, i+1, &n)
		case b[i] == '}' && object, b[i] == ']' && !object:
			n.pop()
			i++
		default:
			return false
		}
	}
	return ok && skipSpace(b, i) == len(b)
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// validValue reads white space and a value from i. Of a container it reads the first
// values on the way down, up to one that is complete or a container that is empty.
func validValue(b []byte, i int, n *nesting) (int, bool) {
	for {
		i = skipSpace(b, i)
		if i >= len(b) {
			return i, false
		}
		why := faultNone
		switch c := b[i]; {
		case c == '"':
			i, why = stringEnd(b, i+1)
		case c == '{':
			n.push(1)
			if i = skipSpace(b, i+1); i < len(b) && b[i] == '}' {
				return i, true
			}
			if i, why = validName(b, i); why == faultNone {
				continue
			}
		case c == '[':
			n.push(0)
			if i = skipSpace(b, i+1); i < len(b) && b[i] == ']' {
				return i, true
			}
			continue
		case isDigit(c) || c == '-':
			i, why = numberEnd(b, i)
		case c == 't':
			i, why = wordEnd(b, i, "true")
		case c == 'f':
			i, why = wordEnd(b, i, "false")
		case c == 'n':
			i, why = wordEnd(b, i, "null")
		default:
			return i, false
		}
		return i, why == faultNone
	}
}

// validMember reads white space, a name, a colon and a value from i.
func validMember(b []byte, i int, n *nesting) (int, bool) {
	i, why := validName(b, skipSpace(b, i))
	if why != faultNone {
		return i, false
	}
	return validValue(b, i, n)
}

// validName reads a name at i and its colon.
func validName(b []byte, i int) (int, fault) {
	if i >= len(b) || b[i] != '"' {
		return i, faultUnexpected
	}
	i, why := stringEnd(b, i+1)
	if why != faultNone {
		return i, why
	}
	if i < len(b) && b[i] != ':' {
		i = skipSpace(b, i)
	}
	if i >= len(b) || b[i] != ':' {
		return i, faultUnexpected
	}
	return i + 1, faultNone
}

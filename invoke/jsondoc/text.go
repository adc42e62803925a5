package jsondoc

import "unicode/utf8"

// Unquote returns the text of a string token, quotes included in raw. A lone
// surrogate becomes U+FFFD, as it has no UTF-8. ok is false when raw is no string token.
func Unquote(raw []byte) (text []byte, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return nil, false
	}
	if end, why := stringEnd(raw, 1); why != faultNone || end != len(raw) {
		return nil, false
	}
	return appendText(nil, raw, false), true
}

// appendText appends the text of a valid string token. With exact, a lone surrogate
// is appended in the three bytes that UTF-8 would have for it, so that different
// strings stay different.
func appendText(dst, raw []byte, exact bool) []byte {
	for i := 1; i < len(raw)-1; {
		next := skipPlain(raw, i)
		dst = append(dst, raw[i:next]...)
		i = next
		switch c := raw[i]; {
		case c == '"': // the closing one
		case c != '\\':
			dst = append(dst, c)
			i++
		case raw[i+1] != 'u':
			dst = append(dst, unescape(raw[i+1]))
			i += 2
		default:
			r := hex4(raw[i+2:])
			i += 6
			if 0xd800 <= r && r < 0xdc00 && raw[i] == '\\' && raw[i+1] == 'u' {
				if low := hex4(raw[i+2:]); 0xdc00 <= low && low < 0xe000 {
					r = (r-0xd800)<<10 | (low - 0xdc00) + 0x10000
					i += 6
				}
			}
			if exact && 0xd800 <= r && r < 0xe000 {
				dst = append(dst, 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		}
	}
	return dst
}

func unescape(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

func hex4(b []byte) rune {
	return unhex(b[0])<<12 | unhex(b[1])<<8 | unhex(b[2])<<4 | unhex(b[3])
}

package jsondoc

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// stringEnd reads the rest of a string from i, the first byte after its opening
// quote, and returns the offset after its closing one. With a fault the offset is
// that of the first byte that cannot be (len(b) when the closing quote is missing).
func stringEnd(b []byte, i int) (int, fault) {
	for {
		i = skipPlain(b, i)
		if i >= len(b) {
			return len(b), faultOpenString
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, faultNone
		case c == '\\':
			n, why := escapeLen(b, i)
			if why != faultNone {
				return n, why
			}
			i += n
		case c < ' ':
			return i, faultControl
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n <= 1 {
				return i, faultUTF8
			}
			i += n
		default:
			i++
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// skipPlain returns the offset of the first byte at or after i that is a quote, a
// backslash, a control character or not ASCII. It looks at eight bytes at a time:
// a subtraction borrows into the next byte only below a byte that is itself a hit,
// so the lowest hit is always exact.
func skipPlain(b []byte, i int) int {
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		hit := (x | (x - ' '*ones) | ((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones)) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' || c >= utf8.RuneSelf {
			break
		}
	}
	return i
}

// escapeLen returns the length of the escape at i, or the offset of its fault.
func escapeLen(b []byte, i int) (int, fault) {
	if i+1 >= len(b) {
		return len(b), faultOpenString
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, faultNone
	case 'u':
	default:
		return i, faultEscape
	}
	for k := i + 2; k < i+6; k++ {
		if k >= len(b) {
			return len(b), faultOpenString
		}
		if unhex(b[k]) < 0 {
			return k, faultHex
		}
	}
	return 6, faultNone
}

func unhex(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c && c <= 'f':
		return rune(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return rune(c-'A') + 10
	}
	return -1
}

// numberEnd reads a number from i, its sign or first digit. With a fault the offset
// is that of the byte which cannot be there.
func numberEnd(b []byte, i int) (int, fault) {
	if b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || !isDigit(b[i]):
		return i, faultMinus
	case b[i] == '0':
		i++
		if i < len(b) && isDigit(b[i]) {
			return i, faultZero
		}
	default:
		i = skipDigits(b, i)
	}
	if i < len(b) && b[i] == '.' {
		i++
		if i >= len(b) || !isDigit(b[i]) {
			return i, faultPoint
		}
		i = skipDigits(b, i)
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if i >= len(b) || !isDigit(b[i]) {
			return i, faultExponent
		}
		i = skipDigits(b, i)
	}
	return i, faultNone
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func skipDigits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// wordEnd reads true, false or null. A letter or digit right after it is a fault too.
func wordEnd(b []byte, i int, word string) (int, fault) {
	end := i + len(word)
	if end > len(b) || string(b[i:end]) != word || end < len(b) && isWordByte(b[end]) {
		return i, faultWord
	}
	return end, faultNone
}

func isWordByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$' || c >= utf8.RuneSelf
}

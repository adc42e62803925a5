package jsondoc

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lambda parses payloads with Jackson's UTF-8 parser and passes its message on.
// Two messages are recorded with their place (spec §1.7: an unexpected character,
// whose column is its own, and an invalid UTF-8 start byte, whose column is the one
// after the byte); a handful are known from public samples. The rest is inferred
// from how that parser of Jackson 2.17 proceeds. Its columns count bytes.

// Pieces of Jackson's messages.
const (
	jacksonTail   = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %d, column: %d]"
	jacksonValues = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
	// jacksonToken is how much of an unknown word Jackson repeats.
	jacksonToken = 256
)

// jackson returns the message with its place.
func (w *wreck) jackson() string {
	message, at := w.jacksonMessage()
	return message + "\n at " + w.jacksonPlace(at)
}

// mark is a place in Jackson's reckoning: so many bytes past the byte at offset, on
// its line even if that byte ends it (only skipped white space starts a new line).
type mark struct{ offset, past int }

// jacksonPlace formats a place.
func (w *wreck) jacksonPlace(m mark) string {
	line, start := 1, 0
	for i := 0; i < min(m.offset, len(w.b)); i++ {
		// \r, \n and \r\n each end a line for Jackson.
		if c := w.b[i]; c == '\n' || c == '\r' && (i+1 >= len(w.b) || w.b[i+1] != '\n') {
			line, start = line+1, i+1
		}
	}
	return fmt.Sprintf(jacksonTail, line, m.offset+m.past-start+1)
}

// jacksonMessage returns the message and the place it is given.
func (w *wreck) jacksonMessage() (string, mark) {
	switch w.fault {
	case faultEnd:
		return w.jacksonEnd(), mark{offset: len(w.b)}
	case faultOpenString:
		if w.expect == expectKey || w.expect == expectKeyOrEnd {
			return "Unexpected end-of-input in field name", mark{offset: len(w.b)}
		}
		return "Unexpected end-of-input: was expecting closing quote for a string value", mark{offset: len(w.b)}
	case faultControl:
		where := "string value"
		if w.expect == expectKey || w.expect == expectKeyOrEnd {
			where = "name"
		}
		return fmt.Sprintf("Illegal unquoted character (%s): has to be escaped using backslash to be included in %s",
			charDesc(rune(w.b[w.at])), where), mark{offset: w.at}
	case faultEscape:
		return fmt.Sprintf("Unrecognized character escape %s", charDesc(w.runeAt(w.at+1))), mark{offset: w.at + 1}
	case faultHex:
		return w.unexpectedChar(w.at, "expected a hex-digit for character escape sequence")
	case faultUTF8:
		return w.jacksonUTF8(w.at)
	case faultMinus, faultZero, faultPoint, faultExponent:
		return w.jacksonNumber()
	case faultWord:
		return w.jacksonWord(w.start)
	}
	return w.jacksonUnexpected()
}

func (w *wreck) jacksonEnd() string {
	switch {
	case w.prev.Kind == End:
		return "No content to map due to end-of-input"
	case w.expect == expectColon || w.prev.Kind == Colon || w.prev.Kind == Comma:
		return fmt.Sprintf("Unexpected end-of-input within/between %s entries", w.context())
	}
	at := w.open[len(w.open)-1]
	return fmt.Sprintf("Unexpected end-of-input: expected close marker for %s (start marker at %s)", w.context(), w.jacksonPlace(mark{offset: at}))
}

func (w *wreck) context() string {
	switch {
	case len(w.open) == 0:
		return "root"
	case w.inObject():
		return "Object"
	}
	return "Array"
}

func (w *wreck) jacksonUnexpected() (string, mark) {
	c := w.b[w.at]
	switch {
	case c < ' ':
		return fmt.Sprintf("Illegal character (%s): only regular white space (\\r, \\n, \\t) is allowed between tokens",
			charDesc(rune(c))), mark{offset: w.at}
	case c == '/':
		return w.unexpectedChar(w.at, "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)")
	case c == '}' && !w.inObject() || c == ']' && (len(w.open) == 0 || w.inObject()):
		// Brackets are matched before anything else, except after a name, a colon or a comma.
		if w.prev.Kind != Comma && w.prev.Kind != Colon && w.prev.Kind != Key {
			return w.jacksonMismatch(c)
		}
	}
	switch w.expect {
	case expectNothing:
		return w.jacksonTrailing(c)
	case expectCommaOrEnd:
		return w.unexpectedChar(w.at, fmt.Sprintf("was expecting comma to separate %s entries", w.context()))
	case expectColon:
		return w.unexpectedChar(w.at, "was expecting a colon to separate field name and value")
	case expectKey, expectKeyOrEnd:
		return w.unexpectedChar(w.at, "was expecting double-quote to start field name")
	}
	return w.jacksonValue(c)
}

// jacksonMismatch words a bracket that closes something else than is open.
func (w *wreck) jacksonMismatch(c byte) (string, mark) {
	want, from := byte('}'), fmt.Sprintf(jacksonTail, 1, 0) // the root context
	if c == '}' {
		want = ']'
	}
	if len(w.open) > 0 {
		from = w.jacksonPlace(mark{offset: w.open[len(w.open)-1]})
	}
	return fmt.Sprintf("Unexpected close marker '%c': expected '%c' (for %s starting at %s)", c, want, w.context(), from), mark{offset: w.at}
}

// jacksonTrailing words what comes after the document's value.
func (w *wreck) jacksonTrailing(c byte) (string, mark) {
	if w.prev.End == w.at && w.prev.Kind == Number {
		return w.unexpectedChar(w.at, "Expected space separating root-level values")
	}
	trailing := ""
	switch {
	case c == '{':
		trailing = "START_OBJECT"
	case c == '[':
		trailing = "START_ARRAY"
	case c == '"':
		trailing = "VALUE_STRING"
	case isDigit(c) || c == '-':
		trailing = "VALUE_NUMBER_INT"
	default:
		return w.jacksonValue(c)
	}
	return fmt.Sprintf("Trailing token (of type %s) found after value (bound as `com.fasterxml.jackson.databind.JsonNode`): "+
		"not allowed as per `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`", trailing), mark{offset: w.at}
}

// jacksonValue words a byte that starts no value.
func (w *wreck) jacksonValue(c byte) (string, mark) {
	switch {
	case c == ',' || c == '}' || c == ']' && !w.inObject() && len(w.open) > 0:
		return w.unexpectedChar(w.at, "expected a value")
	case c == '+':
		return fmt.Sprintf("Unexpected character (%s) in numeric value: JSON spec does not allow numbers to have plus signs: "+
			"enable `JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS` to allow", charDesc('+')), mark{offset: w.at}
	}
	for _, word := range []string{"NaN", "Infinity"} {
		if end := w.at + len(word); end <= len(w.b) && string(w.b[w.at:end]) == word && (end == len(w.b) || !isWordByte(w.b[end])) {
			return fmt.Sprintf("Non-standard token '%s': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow", word), mark{offset: end}
		}
	}
	// The parser looks at the first byte as if it were Latin-1, and only then decodes.
	if isJavaStart(rune(c)) {
		return w.jacksonWord(w.at)
	}
	return w.unexpectedChar(w.at, "expected a valid value "+jacksonValues)
}

// jacksonWord words an unknown bare word. A byte in it that is not UTF-8 comes first.
func (w *wreck) jacksonWord(start int) (string, mark) {
	var word strings.Builder
	i, at := start, mark{offset: start}
	for n := 0; i < len(w.b); n++ {
		r, size := utf8.DecodeRune(w.b[i:])
		if n == 0 && w.b[i] >= utf8.RuneSelf {
			r, size = rune(w.b[i]), 1 // see jacksonValue
		}
		if r == utf8.RuneError && size <= 1 {
			return w.jacksonUTF8(i)
		}
		if !isJavaPart(r) {
			at = mark{i, size}
			break
		}
		i += size
		at = mark{offset: i}
		if n >= jacksonToken {
			word.WriteString("...")
			break
		}
		word.WriteRune(r)
	}
	return fmt.Sprintf("Unrecognized token '%s': was expecting %s", word.String(), jacksonValues), at
}

// jacksonUTF8 words a bad byte: a start byte, or a byte inside a character. The
// place is the one after it.
func (w *wreck) jacksonUTF8(i int) (string, mark) {
	c := w.b[i]
	size := 0
	switch {
	case c&0xe0 == 0xc0:
		size = 2
	case c&0xf0 == 0xe0:
		size = 3
	case c&0xf8 == 0xf0:
		size = 4
	default:
		return fmt.Sprintf("Invalid UTF-8 start byte 0x%x", c), mark{i, 1}
	}
	for k := i + 1; k < i+size; k++ {
		if k >= len(w.b) {
			return "Unexpected end-of-input: was expecting closing quote for a string value", mark{offset: len(w.b)}
		}
		if w.b[k]&0xc0 != 0x80 {
			return fmt.Sprintf("Invalid UTF-8 middle byte 0x%x", w.b[k]), mark{k, 1}
		}
	}
	// Overlong and surrogate encodings: Jackson would take them. They are refused
	// here all the same, because what follows would not be the bytes that were sent.
	return fmt.Sprintf("Invalid UTF-8 start byte 0x%x", c), mark{i, 1}
}

func (w *wreck) jacksonNumber() (string, mark) {
	if w.fault == faultZero {
		return "Invalid numeric value: Leading zeroes not allowed", mark{offset: w.at}
	}
	if w.at >= len(w.b) {
		return "Unexpected end-of-input in a Number value", mark{offset: len(w.b)}
	}
	why := "Exponent indicator not followed by a digit"
	switch w.fault {
	case faultMinus:
		why = "expected digit (0-9) to follow minus sign, for valid numeric value"
	case faultPoint:
		why = "Decimal point not followed by a digit"
	}
	return fmt.Sprintf("Unexpected character (%s) in numeric value: %s", charDesc(rune(w.b[w.at])), why), mark{offset: w.at}
}

// unexpectedChar words the character at i.
func (w *wreck) unexpectedChar(i int, why string) (string, mark) {
	r := rune(w.b[i])
	if w.expect == expectKey || w.expect == expectKeyOrEnd {
		r = w.runeAt(i) // names are decoded, values and separators are looked at as bytes
	}
	return fmt.Sprintf("Unexpected character (%s): %s", charDesc(r), why), mark{offset: i}
}

func (w *wreck) runeAt(i int) rune {
	if i >= len(w.b) {
		return utf8.RuneError
	}
	r, size := utf8.DecodeRune(w.b[i:])
	if r == utf8.RuneError && size <= 1 {
		return rune(w.b[i])
	}
	return r
}

// charDesc describes a character as Jackson does.
func charDesc(r rune) string {
	switch {
	case unicode.IsControl(r):
		return fmt.Sprintf("(CTRL-CHAR, code %d)", r)
	case r > 255:
		return fmt.Sprintf("'%c' (code %d / 0x%x)", r, r, r)
	}
	return fmt.Sprintf("'%c' (code %d)", r, r)
}

// isJavaStart and isJavaPart are Java's identifier classes, near enough.
func isJavaStart(r rune) bool {
	return unicode.IsLetter(r) || unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Pc, r) || unicode.Is(unicode.Nl, r)
}

func isJavaPart(r rune) bool {
	return isJavaStart(r) || unicode.IsDigit(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Cf) ||
		r < 9 || 0xe <= r && r <= 0x1b || 0x7f <= r && r <= 0x9f
}

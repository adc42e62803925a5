package jsondoc

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// forPeople returns the place where a person would mend the document, and what to do there.
func (w *wreck) forPeople() (int, string) {
	if at, message, ok := w.encoding(); ok {
		return at, message
	}
	switch w.fault {
	case faultEnd:
		return w.endsEarly()
	case faultOpenString:
		return w.start, "this string is not closed"
	case faultControl:
		return w.control()
	case faultEscape:
		return w.at, fmt.Sprintf(`%s is not an escape in JSON`, w.snippet(w.at, 2))
	case faultHex:
		return w.at, `\u needs four hexadecimal digits`
	case faultUTF8:
		return w.at, fmt.Sprintf("the byte 0x%02x is not UTF-8 here", w.b[w.at])
	case faultMinus:
		return w.start, "a minus sign needs a number after it"
	case faultZero:
		return w.start, "a number must not start with 0 and another digit"
	case faultPoint:
		return w.start, "a decimal point needs a digit after it"
	case faultExponent:
		return w.start, "an exponent needs a digit"
	case faultWord:
		return w.start, wordAdvice(w.word(w.start))
	}
	return w.unexpected()
}

// encoding recognises text in another encoding, whose first odd byte says little.
func (w *wreck) encoding() (int, string, bool) {
	switch b := w.b; {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		return 0, "a byte order mark is not allowed before JSON", true
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return 0, "this is UTF-16 text; JSON is sent as UTF-8", true
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		return 0, "this is compressed (gzip), not JSON", true
	}
	return 0, "", false
}

func (w *wreck) endsEarly() (int, string) {
	end := w.prev.End
	switch {
	case w.prev.Kind == End:
		return len(w.b), "there is no JSON value here"
	case w.expect == expectColon:
		return end, "expected a colon and a value after this name"
	case w.prev.Kind == Colon:
		return end, "expected a value after this colon"
	case w.prev.Kind == Comma:
		return w.prev.Start, fmt.Sprintf("after this comma something is missing, and %s to close %s", w.closer(), w.opener())
	}
	return end, fmt.Sprintf("expected %s here to close %s", w.closer(), w.opener())
}

func (w *wreck) control() (int, string) {
	switch w.b[w.at] {
	case '\n', '\r':
		return w.start, `this string is not closed on its line (a line break inside a string is written \n)`
	case '\t':
		return w.at, `a tab inside a string is written \t`
	}
	return w.at, fmt.Sprintf(`a control character inside a string is written \u%04x`, w.b[w.at])
}

// unexpected explains a byte that can't start any token that is allowed here.
func (w *wreck) unexpected() (int, string) {
	c := w.b[w.at]
	if message := strangeByte(w.b[w.at:]); message != "" {
		return w.at, message
	}
	switch w.expect {
	case expectNothing:
		return w.afterDocument()
	case expectCommaOrEnd:
		return w.afterValue(c)
	case expectColon:
		return w.prev.End, "expected a colon after this name"
	case expectKey, expectKeyOrEnd:
		return w.noKey(c)
	}
	return w.noValue(c)
}

func (w *wreck) afterDocument() (int, string) {
	if w.gluedToNumber() {
		return w.prev.Start, "this is not a number in JSON"
	}
	switch c := w.b[w.at]; c {
	case '}', ']':
		return w.at, fmt.Sprintf("nothing is open here for %c to close", c)
	case ',':
		return w.at, "the document is complete before this comma; several values need an array around them"
	}
	return w.at, "the document is complete before this; only one JSON value is allowed"
}

func (w *wreck) afterValue(c byte) (int, string) {
	switch {
	case c == '}' || c == ']':
		return w.at, fmt.Sprintf("expected %s to close %s, not %c", w.closer(), w.opener(), c)
	case c == ':' && w.inObject():
		return w.at, "a comma is missing before this member's name, or the colon is one too many"
	case c == ':':
		return w.at, "a colon belongs after a name in an object, not in an array"
	case w.gluedToNumber():
		return w.prev.Start, "this is not a number in JSON"
	}
	return w.prev.End, "expected a comma after this value"
}

// gluedToNumber reports whether the fault follows a number without any space, as in 0x10.
func (w *wreck) gluedToNumber() bool {
	return w.prev.Kind == Number && w.prev.End == w.at && (isWordByte(w.b[w.at]) || w.b[w.at] == '.')
}

func (w *wreck) noKey(c byte) (int, string) {
	switch {
	case c == '}' && w.prev.Kind == Comma:
		return w.prev.Start, "remove this comma, or add a member after it"
	case c == ']':
		return w.at, fmt.Sprintf("expected } to close %s, not ]", w.opener())
	case c == ',':
		return w.at, "a member is missing before this comma"
	case c == '\'':
		return w.at, "names are written in double quotes, not single ones"
	}
	return w.at, "expected a name in double quotes"
}

func (w *wreck) noValue(c byte) (int, string) {
	switch c {
	case '}', ']':
		switch {
		case w.prev.Kind == Comma && (c == '}') == w.inObject():
			return w.prev.Start, "remove this comma, or add a value after it"
		case w.prev.Kind == Colon && c == '}':
			return w.prev.Start, "expected a value after this colon"
		case len(w.open) == 0:
			return w.at, fmt.Sprintf("nothing is open here for %c to close", c)
		}
		return w.at, fmt.Sprintf("expected %s to close %s, not %c", w.closer(), w.opener(), c)
	case ',':
		return w.at, "a value is missing before this comma"
	case ':':
		return w.at, "a colon belongs after a name in an object"
	case '\'':
		return w.at, "strings are written in double quotes, not single ones"
	case '+':
		return w.at, "a number must not start with a plus sign"
	case '.':
		return w.at, "a number needs a digit before its decimal point"
	}
	if word := w.word(w.at); word != "" {
		return w.at, wordAdvice(word)
	}
	return w.at, "expected a value"
}

// strangeByte recognises what people paste and what is never right outside a string.
func strangeByte(b []byte) string {
	r, n := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && n <= 1:
		return fmt.Sprintf("the byte 0x%02x is not UTF-8 here", b[0])
	case r == '/' || r == '#':
		return "comments are not allowed in JSON"
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf("the control character 0x%02x is not allowed here", r)
	case strings.ContainsRune("“”„‟«»‘’‚‛", r):
		return `this is a typographic quote; JSON uses "`
	case r > 0x7f && (unicode.IsSpace(r) || unicode.Is(unicode.Cf, r)):
		return fmt.Sprintf("U+%04X is not white space in JSON", r)
	}
	return ""
}

// word returns the run of word bytes at i, cut to a length that can be shown; ""
// when there is none, or when it is not plain ASCII.
func (w *wreck) word(i int) string {
	end := i
	for end < len(w.b) && isWordByte(w.b[end]) && end-i <= 20 {
		if w.b[end] >= utf8.RuneSelf {
			return ""
		}
		end++
	}
	return string(w.b[i:end])
}

// wordAdvice says how JSON writes what this bare word probably means.
func wordAdvice(word string) string {
	switch strings.ToLower(word) {
	case "true", "false", "null":
		if strings.ToLower(word) == word {
			return "expected a value"
		}
		return fmt.Sprintf("%s is written %s in JSON", word, strings.ToLower(word))
	case "none", "nil", "undefined":
		return fmt.Sprintf("%s is written null in JSON", word)
	case "nan", "infinity", "inf":
		return fmt.Sprintf("%s is not a number in JSON; write null or a string", word)
	case "":
		return "expected a value"
	}
	return "expected a value; text is written in double quotes"
}

// snippet quotes n bytes at i where they are plain ASCII.
func (w *wreck) snippet(i, n int) string {
	piece := w.b[i:min(i+n, len(w.b))]
	for _, c := range piece {
		if c < ' ' || c > '~' {
			return `\ and this character`
		}
	}
	return string(piece)
}

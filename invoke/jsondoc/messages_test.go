package jsondoc_test

import (
	"strings"
	"testing"

	"lambent/invoke/jsondoc"
)

func TestMessagesForPeople(t *testing.T) {
	for doc, want := range map[string]string{
		"{\"a\": 1\n \"b\": 2}":    "line 1, column 8: expected a comma after this value",
		`[1 2]`:                    "line 1, column 3: expected a comma after this value",
		`[true false]`:             "line 1, column 6: expected a comma after this value",
		`[1,2,]`:                   "line 1, column 5: remove this comma, or add a value after it",
		"{\"a\":1,\n}":             "line 1, column 7: remove this comma, or add a member after it",
		`[1,,2]`:                   "line 1, column 4: a value is missing before this comma",
		`{"a" 1}`:                  "line 1, column 5: expected a colon after this name",
		`{"a", "b"}`:               "line 1, column 5: expected a colon after this name",
		`{"a":}`:                   "line 1, column 5: expected a value after this colon",
		`{"a":,"b":1}`:             "line 1, column 6: a value is missing before this comma",
		`{a: 1}`:                   "line 1, column 2: expected a name in double quotes",
		`{"é": 'x'}`:               "line 1, column 7: strings are written in double quotes, not single ones",
		`{"a": hello}`:             "line 1, column 7: expected a value; text is written in double quotes",
		`{"a": None}`:              "line 1, column 7: None is written null in JSON",
		`[True]`:                   "line 1, column 2: True is written true in JSON",
		`{"a": "b`:                 "line 1, column 7: this string is not closed",
		"{\"a\": \"b,\n \"c\": 1}": `line 1, column 7: this string is not closed on its line (a line break inside a string is written \n)`,
		"[\"a\tb\"]":               `line 1, column 4: a tab inside a string is written \t`,
		"[\"\x01\"]":               `line 1, column 3: a control character inside a string is written \u0001`,
		`["\u12"]`:                 `line 1, column 7: \u needs four hexadecimal digits`,
		`{"a": [1, 2}`:             "line 1, column 12: expected ] to close the array opened at line 1, column 7, not }",
		`{"a": 1`:                  "line 1, column 8: expected } here to close the object opened at line 1, column 1",
		`{"a": 1,`:                 "line 1, column 8: after this comma something is missing, and } to close the object opened at line 1, column 1",
		`[1, 2]]`:                  "line 1, column 7: nothing is open here for ] to close",
		`}`:                        "line 1, column 1: nothing is open here for } to close",
		`[01]`:                     "line 1, column 2: a number must not start with 0 and another digit",
		`[1.]`:                     "line 1, column 2: a decimal point needs a digit after it",
		`[1.2.3]`:                  "line 1, column 2: this is not a number in JSON",
		`12abc`:                    "line 1, column 1: this is not a number in JSON",
		`{“a”: 1}`:                 `line 1, column 2: this is a typographic quote; JSON uses "`,
		"[1,\u00a02]":              "line 1, column 4: U+00A0 is not white space in JSON",
		"[1] // done":              "line 1, column 5: comments are not allowed in JSON",
		"\ufeff{}":                 "line 1, column 1: a byte order mark is not allowed before JSON",
		"\x1f\x8b\x08\x00":         "line 1, column 1: this is compressed (gzip), not JSON",
		`{"a":1},`:                 "line 1, column 8: the document is complete before this comma; several values need an array around them",
		`[1: 2]`:                   "line 1, column 3: a colon belongs after a name in an object, not in an array",
	} {
		err := jsondoc.Check([]byte(doc))
		if err == nil {
			t.Errorf("%q is taken for JSON", doc)
		} else if err.Error() != want {
			t.Errorf("%q:\n got %s\nwant %s", doc, err, want)
		}
	}
}

const (
	place  = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: "
	values = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
)

// The first two are recordings of the service (spec §1.7), with the payloads they
// were made with; the next are known from public samples, the rest is inferred.
func TestMessagesInLambdasWords(t *testing.T) {
	for _, c := range []struct{ doc, want string }{
		{"\x99\xeb,j\x07\xa1zYh", "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value " + values + place + "1, column: 1]"},
		{"n\x87r\x9e\xe9\xb5\xd7I\xee\x9bmt", "Invalid UTF-8 start byte 0x87" + place + "1, column: 3]"},

		{`{"a":1 1}`, "Unexpected character ('1' (code 49)): was expecting comma to separate Object entries" + place + "1, column: 8]"},
		{`{c:1}`, "Unexpected character ('c' (code 99)): was expecting double-quote to start field name" + place + "1, column: 2]"},
		{`Hello`, "Unrecognized token 'Hello': was expecting " + values + place + "1, column: 6]"},

		{`Hello world`, "Unrecognized token 'Hello': was expecting " + values + place + "1, column: 7]"},
		{"{\n \"a\": tru\n}", "Unrecognized token 'tru': was expecting " + values + place + "2, column: 11]"},
		{"[1,\r\n 2 3]", "Unexpected character ('3' (code 51)): was expecting comma to separate Array entries" + place + "2, column: 4]"},
		{`[1,]`, "Unexpected character (']' (code 93)): expected a value" + place + "1, column: 4]"},
		{`{"a":}`, "Unexpected character ('}' (code 125)): expected a value" + place + "1, column: 6]"},
		{`{"a" 1}`, "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value" + place + "1, column: 6]"},
		{`{"a":1`, "Unexpected end-of-input: expected close marker for Object (start marker at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])" + place + "1, column: 7]"},
		{`["abc`, "Unexpected end-of-input: was expecting closing quote for a string value" + place + "1, column: 6]"},
		{`{"abc`, "Unexpected end-of-input in field name" + place + "1, column: 6]"},
		{"[\"a\nb\"]", "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value" + place + "1, column: 4]"},
		{`["\x41"]`, "Unrecognized character escape 'x' (code 120)" + place + "1, column: 4]"},
		{`[1}`, "Unexpected close marker '}': expected ']' (for Array starting at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1])" + place + "1, column: 3]"},
		{`[NaN]`, "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow" + place + "1, column: 5]"},
		{`'a'`, "Unexpected character (''' (code 39)): expected a valid value " + values + place + "1, column: 1]"},
		{`01`, "Invalid numeric value: Leading zeroes not allowed" + place + "1, column: 2]"},
		{`[--1]`, "Unexpected character ('-' (code 45)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value" + place + "1, column: 3]"},
		{"[\"\xc3\x28\"]", "Invalid UTF-8 middle byte 0x28" + place + "1, column: 5]"},
	} {
		err := jsondoc.Check([]byte(c.doc))
		if err == nil {
			t.Errorf("%q is taken for JSON", c.doc)
		} else if err.Jackson != c.want {
			t.Errorf("%q:\n got %q\nwant %q", c.doc, err.Jackson, c.want)
		}
	}
	long := jsondoc.Check([]byte(strings.Repeat("a", 100_000)))
	if len(long.Jackson) > 1000 {
		t.Errorf("the message repeats %d bytes of the payload", len(long.Jackson))
	}
}

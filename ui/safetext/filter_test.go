package safetext

import (
	"strings"
	"testing"
)

func TestForeignTextIsShown(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "hello", "hello"},
		{"escape", "\x1b[31mred", "␛[31mred"},
		{"c1 csi in UTF-8", "a\u009b6nb", "a<U+009B>6nb"},
		{"raw 8-bit csi", "a\x9b6n", `a\x9b6n`},
		{"del", "a\x7f", "a␡"},
		{"nul", "\x00", "␀"},
		{"line feed", "a\nb", "a␊b"},
		{"carriage return", "safe\rrm", "safe␍rm"},
		{"tab to the stop", "ab\tc", "ab  c"},
		{"tab after wide", "世\tc", "世  c"},
		{"bidi", "a\u202eb", "a<U+202E>b"},
		{"zero width", "a\u200bb", "a<U+200B>b"},
		{"soft hyphen", "co\u00adop", "co<U+00AD>op"},
		{"tag", "a\U000e0041", "a<U+E0041>"},
		{"private use", "\ue000", "<U+E000>"},
		{"noncharacter", "\ufffe", "<U+FFFE>"},
		{"filler", "\u3164", "<U+3164>"},
		{"line separator", "\u2028", "<U+2028>"},
		{"right-to-left letters stay", "שלום", "שלום"},
		{"accent on a base", "e\u0301", "e\u0301"},
		{"accent first", "\u0301abc", "<U+0301>abc"},
		{"accent after a control", "\x1b\u0301", "␛<U+0301>"},
		{"family", "👨‍👩‍👧", "👨‍👩‍👧"},
		{"joiner between letters", "a\u200db", "a<U+200D>b"},
		{"joiner at the end", "👨\u200d", "👨<U+200D>"},
		{"emoji look", "❤️", "❤️"},
		{"selector on a letter", "A\ufe0f", "A<U+FE0F>"},
		{"keycap", "1\ufe0f\u20e3", "1\ufe0f\u20e3"},
		{"flag", "🇩🇪", "🇩🇪"},
		{"half a flag", "🇩", "<U+1F1E9>"},
		{"overlong", "\xc0\xaf", `\xc0\xaf`},
		{"cut character", "\xe2\x82", `\xe2\x82`},
		{"surrogate", "\xed\xa0\x80", `\xed\xa0\x80`},
		{"replacement character itself", "\ufffd", "\ufffd"},
		{"nine accents", "a" + strings.Repeat("\u0301", 9), "a" + strings.Repeat("\u0301", 8) + "<U+0301>"},
	} {
		if got := FromString(c.in).String(); got != c.want {
			t.Errorf("%s: FromString(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
		if got := FromBytes([]byte(c.in)).String(); got != c.want {
			t.Errorf("%s: FromBytes(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

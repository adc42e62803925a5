package safetext

import (
	"bytes"
	"strings"
	"testing"
)

func TestSmartCase(t *testing.T) {
	for _, c := range []struct {
		query, in string
		start     int // -1: not found
		found     string
	}{
		{"order", `{"Order": 1}`, 2, "Order"},
		{"Order", `{"order": 1}`, -1, ""},
		{"Order", `{"Order": 1}`, 2, "Order"},
		{"o-1042", `"O-1042"`, 1, "O-1042"},
		{"zürich", "In ZÜRICH", 3, "ZÜRICH"},
		{"straße", "STRASSE", -1, ""},
		{"", "anything", -1, ""},
		{"\xff", "a\xffb", 1, "\xff"},
		{"long needle", "long", -1, ""},
		{"aab", "aaab", 1, "aab"},
	} {
		start, end, ok := NewFinder(c.query).Next([]byte(c.in), 0)
		if ok != (c.start >= 0) || ok && (start != c.start || c.in[start:end] != c.found) {
			t.Errorf("%q in %q: %d to %d, %v", c.query, c.in, start, end, ok)
		}
	}
}

func TestNextAndPreviousFindTheSame(t *testing.T) {
	text := []byte(strings.Repeat("an Ananas; ÄNDERN ändern ", 2_000))
	for _, query := range []string{"an", "ana", "ä", "ändern an", "Ä", "; "} {
		f := NewFinder(query)
		var forward []int
		for at := 0; ; {
			start, _, ok := f.Next(text, at)
			if !ok {
				break
			}
			forward = append(forward, start)
			at = start + 1
		}
		before := len(text)
		for i := len(forward) - 1; i >= 0; i-- {
			start, _, ok := f.Previous(text, before)
			if !ok || start != forward[i] {
				t.Fatalf("%q before %d: %d %v, want %d", query, before, start, ok, forward[i])
			}
			before = start
		}
		if _, _, ok := f.Previous(text, before); ok || len(forward) < 1_999 {
			t.Fatalf("%q: one more before the first, or too few (%d)", query, len(forward))
		}
	}
}

func BenchmarkFind(b *testing.B) {
	text := bytes.Repeat([]byte(`{"orderId":"o-1042","total":129.90,"sku":"A-77","state":"ACCEPTED"},`), 90_000)
	text = append(text, `"the needle"`...)
	b.Run("floor-exact", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			bytes.Index(text, []byte("the needle"))
		}
	})
	for name, query := range map[string]string{"any-case": "the needle", "common-start": "e needle", "wide": "é needle"} {
		f := NewFinder(query)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f.Next(text, 0)
			}
		})
	}
}

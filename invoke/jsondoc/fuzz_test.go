package jsondoc_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"lambent/invoke/jsondoc"
)

func addSeeds(f *testing.F) {
	for _, b := range hostile(f) {
		if len(b) < 10_000 {
			f.Add(b)
		}
	}
	for _, doc := range grammar {
		f.Add([]byte(doc))
	}
}

func FuzzCheck(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		err := jsondoc.Check(b)
		// encoding/json takes any bytes inside strings and 10,000 levels; else it is as strict.
		if want := json.Valid(b) && utf8.Valid(b); (err == nil) != want && bytes.Count(b, []byte{'['})+bytes.Count(b, []byte{'{'}) < 10_000 {
			t.Fatalf("%q: %v, encoding/json says %v", b, err, want)
		}
		scan := jsondoc.Scan(b)
		for scan.Next().Kind != jsondoc.End {
		}
		if (scan.Err() == nil) != (err == nil) {
			t.Fatalf("%q: %v, the scanner says %v", b, err, scan.Err())
		}
		if err != nil && (err.Offset < 0 || err.Offset > len(b) || err.Line < 1 || err.Column < 1 ||
			err.Message == "" || !utf8.ValidString(err.Message) || !utf8.ValidString(err.Jackson)) {
			t.Fatalf("%q: %+v", b, err)
		}
		if strings.ContainsFunc(jsondoc.PathAt(b, len(b)/2).String(), func(r rune) bool { return r < ' ' }) {
			t.Fatalf("%q: control characters in a path", b)
		}
	})
}

func FuzzFormat(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		wide, err := jsondoc.Format(b, "  ")
		small, minErr := jsondoc.Minify(b)
		if jsondoc.Valid(b) != (minErr == nil) || minErr != nil && err == nil {
			t.Fatalf("%q: format %v, minify %v", b, err, minErr)
		}
		if err != nil {
			return
		}
		compareTokens(t, "formatted", b, wide)
		compareTokens(t, "minified", b, small)
		again, err := jsondoc.Minify(wide)
		if err != nil || !bytes.Equal(again, small) {
			t.Fatalf("%q: %q, %q, %v", b, small, again, err)
		}
	})
}

func FuzzDiff(f *testing.F) {
	f.Add([]byte(`{"a":[1,2]}`), []byte(`{"a":[1.0,3],"b":null}`))
	f.Add([]byte(`[1e9,"\ud800"]`), []byte(`[1000000000,"x"]`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		found, err := jsondoc.Diff(a, b)
		if err != nil {
			return
		}
		back, err := jsondoc.Diff(b, a)
		if err != nil || len(found) != len(back) || (len(found) == 0) != jsondoc.Equal(a, b) {
			t.Fatalf("%q %q: %d and %d differences, %v", a, b, len(found), len(back), err)
		}
	})
}

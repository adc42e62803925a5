package jsondoc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke/jsondoc"
)

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[true,null]}`, "{\n\"b\" : [true, null],\"a\":1.0}", true},
		{`1`, `1.0`, true},
		{`1e2`, `100`, true},
		{`0.001e3`, `1`, true},
		{`-0`, `0.0e9`, true},
		{`1E400`, `10e399`, true},
		{`1e99999999999999999999`, `10e99999999999999999998`, true},
		{`1e99999999999999999999`, `1e99999999999999999998`, false},
		{`9007199254740993`, `9007199254740992`, false},
		{`12345678901234567890`, `12345678901234567890.00`, true},
		{`0.1`, `0.1000000000000000055511151231257827`, false},
		{`1`, `-1`, false},
		{`"1"`, `1`, false},
		{`"A\/"`, `"\u0041/"`, true},
		{`"\ud83d\ude00"`, `"😀"`, true},
		{`"\ud800"`, `"\udc00"`, false},
		{`"\ud800"`, `"\ufffd"`, false},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`{"a":1,"a":2}`, `{"a":3,"a":2}`, true},
		{`{"a":1,"a":2}`, `{"a":1}`, false},
		{`{"a":1,"b":2}`, `{"a":1,"c":2}`, false},
		{`{"a":1}`, `{"A":1}`, false},
		{`{"\u0061":1}`, `{"a":1}`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[]`, `{}`, false},
		{`null`, `false`, false},
		{`{oops`, `{oops`, true},
		{`{oops`, `{}`, false},
		{``, ``, true},
	} {
		if got := jsondoc.Equal([]byte(c.a), []byte(c.b)); got != c.want {
			t.Errorf("%s = %s: %v", c.a, c.b, got)
		}
		if got := jsondoc.Equal([]byte(c.b), []byte(c.a)); got != c.want {
			t.Errorf("%s = %s: %v", c.b, c.a, got)
		}
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct {
		a, b   string
		ignore []string
		want   []string
	}{
		{`{"id":1,"at":"x"}`, `{"at":"y","id":1.0}`, nil, []string{`at changed "x" "y"`}},
		{`{"a":{"b":[1,{"c":2}]}}`, `{"a":{"b":[1,{"c":3}]}}`, nil, []string{`a.b[1].c changed 2 3`}},
		{`{"a":1}`, `{"b":1}`, nil, []string{`a removed 1 `, `b added  1`}},
		{`[1,2,3]`, `[1,3]`, nil, []string{`[1] removed 2 `}},
		{`[1,3]`, `[1,2,3]`, nil, []string{`[1] added  2`}},
		{`[{"n":1},{"n":2}]`, `[{"n":0},{"n":1},{"n":2}]`, nil, []string{`[0] added  {"n":0}`}},
		{`[1,[2]]`, `[1,{"x":2}]`, nil, []string{`[1] changed [2] {"x":2}`}},
		{`1`, `"1"`, nil, []string{`$ changed 1 "1"`}},
		{`{"a b":1,"c.d":2}`, `{"a b":2,"c.d":3}`, nil, []string{`["a b"] changed 1 2`, `["c.d"] changed 2 3`}},
		{`{"id":1,"at":"x","in":{"at":2}}`, `{"id":1,"at":"y","in":{"at":3}}`, []string{"at"}, []string{`in.at changed 2 3`}},
		{`{"items":[{"id":1,"v":1},{"id":2,"v":2}]}`, `{"items":[{"id":3,"v":1},{"id":4,"v":5}]}`,
			[]string{"items[*].id"}, []string{`items[1].v changed 2 5`}},
		{`{"a":{"x":1}}`, `{"a":{"x":2}}`, []string{"/a"}, nil},
		{`{"a":[1]}`, `{"a":[2]}`, []string{"/a/0"}, nil},
		{`{"a":{"x":1},"b":{"x":1}}`, `{"a":{"x":2},"b":{"x":2}}`, []string{"*.x"}, nil},
		{`1`, `2`, []string{"$"}, nil},
		{`{"a":1,"a":{"b":1}}`, `{"a":7,"a":{"b":2}}`, nil, []string{`a.b changed 1 2`}},
	} {
		var ignore []jsondoc.Path
		for _, s := range c.ignore {
			p, err := jsondoc.ParsePath(s)
			if err != nil {
				t.Fatal(err)
			}
			ignore = append(ignore, p)
		}
		found, err := jsondoc.Diff([]byte(c.a), []byte(c.b), ignore...)
		if err != nil {
			t.Errorf("%s %s: %v", c.a, c.b, err)
		}
		var got []string
		for _, d := range found {
			got = append(got, fmt.Sprintf("%v %v %s %s", d.Path, d.Change, d.This, d.That))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s: %s", c.a, c.b, diff)
		}
	}
	var syntax *jsondoc.SyntaxError
	if _, err := jsondoc.Diff([]byte(`{}`), []byte(`{`)); !errors.As(err, &syntax) {
		t.Errorf("broken JSON: %v", err)
	}
}

func TestDiffIsBounded(t *testing.T) {
	a := []byte("[" + strings.Repeat("1,", 50_000) + "1]")
	b := bytes.ReplaceAll(a, []byte("1"), []byte("2"))
	found, err := jsondoc.Diff(a, b)
	if !errors.Is(err, jsondoc.ErrManyDifferences) || len(found) != jsondoc.MaxDifferences {
		t.Errorf("%d differences, %v", len(found), err)
	}
}

// randomJSON makes documents that differ in few places or in spelling only.
func randomJSON(r *rand.Rand, depth int) string {
	switch n := r.IntN(9); {
	case n < 2 && depth > 0:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, randomJSON(r, depth-1))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case n < 5 && depth > 0:
		var parts []string
		for range r.IntN(4) {
			parts = append(parts, fmt.Sprintf("%q:%s", string(rune('a'+r.IntN(3))), randomJSON(r, depth-1)))
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return [...]string{"1", "1.0", "2", "-0", "0", `"a"`, `"\u0061"`, `"b"`, "null", "true", "1e0", "10e-1"}[r.IntN(12)]
}

// decode is what encoding/json makes of a document, with exact numbers.
func decode(t *testing.T, doc string) any {
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return v
}

func TestEqualAgreesWithDecodedValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	equal := 0
	for range 20_000 {
		a, b := randomJSON(r, 3), randomJSON(r, 3)
		want := cmp.Equal(decode(t, a), decode(t, b))
		if got := jsondoc.Equal([]byte(a), []byte(b)); got != want {
			t.Fatalf("%s = %s: %v", a, b, got)
		}
		found, err := jsondoc.Diff([]byte(a), []byte(b))
		if err != nil || (len(found) == 0) != want {
			t.Fatalf("%s %s: %d differences, %v", a, b, len(found), err)
		}
		for _, d := range found {
			this, ok := jsondoc.Find([]byte(a), d.Path)
			if d.Change != jsondoc.Added && (!ok || !jsondoc.Equal(this, d.This)) {
				t.Fatalf("%s: %v is %s, not %s", a, d.Path, this, d.This)
			}
			that, ok := jsondoc.Find([]byte(b), d.Path)
			if d.Change != jsondoc.Removed && (!ok || !jsondoc.Equal(that, d.That)) {
				t.Fatalf("%s: %v is %s, not %s", b, d.Path, that, d.That)
			}
		}
		if want {
			equal++
		}
	}
	if equal < 500 {
		t.Errorf("only %d of the documents were equal: the test proves little", equal)
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct{ in, readable, pointer string }{
		{"", "$", ""},
		{"$", "$", ""},
		{"a.b[0]", "a.b[0]", "/a/b/0"},
		{"$.a.b[0]", "a.b[0]", "/a/b/0"},
		{".a", "a", "/a"},
		{"/a/b", "a.b", "/a/b"},
		{"/a~1b/m~0n", "a/b.m~n", "/a~1b/m~0n"},
		{`["a.b"].c`, `["a.b"].c`, "/a.b/c"},
		{`x["say \"hi\""]`, `x["say \"hi\""]`, `/x/say "hi"`},
		{`[12][3]`, "[12][3]", "/12/3"},
		{`["é"]`, "é", "/é"},
		{`items[*].*`, "items[*].*", "/items/*/*"},
		{`["*"]`, `["*"]`, "/*"},
		{`["\u001b[31m"]`, `["\u001b[31m"]`, "/\x1b[31m"},
	} {
		p, err := jsondoc.ParsePath(c.in)
		if err != nil {
			t.Errorf("%s: %v", c.in, err)
			continue
		}
		if p.String() != c.readable || p.Pointer() != c.pointer {
			t.Errorf("%s: %s %s", c.in, p, p.Pointer())
		}
		if again, err := jsondoc.ParsePath(p.String()); err != nil || again.String() != p.String() {
			t.Errorf("%s: read back as %v, %v", p, again, err)
		}
	}
	for _, bad := range []string{"a..b", "a[", "a[x]", "a[-1]", `["a`, "a.", "[]"} {
		if p, err := jsondoc.ParsePath(bad); err == nil {
			t.Errorf("%q is read as %v", bad, p)
		}
	}
}

func TestFind(t *testing.T) {
	doc := []byte(`{"a":{"b":[10,{"c":"x"}]},"a":{"b":[20,{"c":"y"},[]]},"0":1,"e":{}}`)
	for path, want := range map[string]string{
		"":          string(doc),
		"a.b[0]":    "20",
		"/a/b/1/c":  `"y"`,
		"a.b":       `[20,{"c":"y"},[]]`,
		"a.b[2]":    "[]",
		"/0":        "1",
		"e":         "{}",
		"a.b[3]":    "",
		"a.b.c":     "",
		"a[0]":      "",
		"a.b[1].c2": "",
		"e.x":       "",
	} {
		p, err := jsondoc.ParsePath(path)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := jsondoc.Find(doc, p)
		if string(got) != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", path, got, ok, want)
		}
	}
	if got, ok := jsondoc.Find([]byte(`{"a":{"x":1},"a":{}}`), jsondoc.Path{{Name: "a"}, {Name: "x"}}); ok {
		t.Errorf("found %s in a member that a later one replaces", got)
	}
	if _, ok := jsondoc.Find([]byte(`{"a":1`), jsondoc.Path{{Name: "a"}}); ok {
		t.Error("found something in what is no JSON")
	}
}

func TestPathAt(t *testing.T) {
	doc := `{"a": [1, {"bc": true}], "d": "x"}`
	for _, c := range []struct{ at, want string }{
		{`{"a"`, "$"}, {`"a"`, "a"}, {`[1`, "a"}, {`1`, "a[0]"}, {`, {`, "a"}, {`{"bc"`, "a[1]"},
		{`bc`, "a[1].bc"}, {`true`, "a[1].bc"}, {`}]`, "a[1]"}, {`"d"`, "d"}, {`"x"`, "d"}, {`"}`, "d"},
	} {
		offset := strings.Index(doc, c.at)
		if got := jsondoc.PathAt([]byte(doc), offset).String(); got != c.want && !(c.at == ", {" && got == "a[1]") {
			t.Errorf("at %q: %s, want %s", c.at, got, c.want)
		}
	}
	if got := jsondoc.PathAt([]byte(`{"a": {"b": [1, 2, "unclos`), 30).String(); got != "a.b[2]" {
		t.Errorf("in a document under edit: %s", got)
	}
}

func TestUnquote(t *testing.T) {
	for raw, want := range map[string]string{
		`""`: "", `"a\"\\\/\b\f\n\r\t"`: "a\"\\/\b\f\n\r\t", `"\u00e9\ud83d\ude00é"`: "é😀é",
		`"\ud800x"`: "\ufffdx", `"\ud800\u0041"`: "\ufffdA", `"\udc00\ud800"`: "\ufffd\ufffd",
	} {
		if got, ok := jsondoc.Unquote([]byte(raw)); !ok || string(got) != want {
			t.Errorf("%s: %q %v", raw, got, ok)
		}
	}
	for _, raw := range []string{``, `"`, `"a`, `a`, `"a"b`, `"\x"`, "\"\xff\""} {
		if got, ok := jsondoc.Unquote([]byte(raw)); ok {
			t.Errorf("%q: %q", raw, got)
		}
	}
}

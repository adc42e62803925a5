package jsondoc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"lambent/invoke/jsondoc"
)

// strictValid is another parser's opinion of one JSON value in strict UTF-8.
// jsontext refuses lone surrogates and more than 10,000 levels; callers leave such text out.
func strictValid(b []byte) bool {
	d := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadValue(); err != nil {
		return false
	}
	_, err := d.ReadToken()
	return err == io.EOF
}

// notJSON are the hostile files that must be refused, with the place a person is sent to.
var notJSON = map[string]string{
	"bad-num-01.json":         "line 1, column 2: a number must not start with a plus sign",
	"bad-num-02.json":         "line 1, column 2: a number needs a digit before its decimal point",
	"bad-num-04.json":         "line 1, column 2: an exponent needs a digit",
	"bad-num-05.json":         "line 1, column 2: this is not a number in JSON",
	"bad-num-07.json":         "line 1, column 2: NaN is not a number in JSON; write null or a string",
	"bad-num-08.json":         "line 1, column 2: Infinity is not a number in JSON; write null or a string",
	"bad-num-10.json":         "line 1, column 2: a minus sign needs a number after it",
	"str-raw-newline.json":    `line 1, column 6: this string is not closed on its line (a line break inside a string is written \n)`,
	"str-invalid-utf8.json":   "line 1, column 8: the byte 0xff is not UTF-8 here",
	"str-bad-escape.json":     `line 1, column 7: \x is not an escape in JSON`,
	"empty.json":              "line 1, column 1: there is no JSON value here",
	"blank.json":              "line 2, column 3: there is no JSON value here",
	"ndjson.json":             "line 2, column 1: the document is complete before this; only one JSON value is allowed",
	"trailing-garbage.json":   "line 1, column 9: the document is complete before this; only one JSON value is allowed",
	"comments.json":           "line 1, column 2: comments are not allowed in JSON",
	"single-quotes.json":      "line 1, column 2: names are written in double quotes, not single ones",
	"utf16.json":              "line 1, column 1: this is UTF-16 text; JSON is sent as UTF-8",
	"truncated-mid-utf8.json": "line 1, column 8: the byte 0xe5 is not UTF-8 here",
}

func hostile(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("testdata/hostile/*.json")
	if err != nil || len(names) < 40 {
		t.Fatalf("hostile files: %d, %v", len(names), err)
	}
	files := make(map[string][]byte)
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = b
	}
	return files
}

func TestHostileFilesAreJudgedAsTheyShould(t *testing.T) {
	for name, b := range hostile(t) {
		err := jsondoc.Check(b)
		want, bad := notJSON[name]
		switch {
		case !bad && err != nil:
			t.Errorf("%s: %v", name, err)
		case bad && err == nil:
			t.Errorf("%s is taken for JSON, want %q", name, want)
		case bad && err.Error() != want:
			t.Errorf("%s:\n got %s\nwant %s", name, err, want)
		}
		if jsondoc.Valid(b) == bad {
			t.Errorf("%s: Valid = %v", name, !bad)
		}
	}
}

func TestHostileFilesKeepTheirTokens(t *testing.T) {
	for name, b := range hostile(t) {
		if _, bad := notJSON[name]; bad {
			continue
		}
		small, err := jsondoc.Minify(b)
		if err != nil {
			t.Errorf("%s: minify: %v", name, err)
			continue
		}
		compareTokens(t, name+" minified", b, small)
		wide, err := jsondoc.Format(b, "  ")
		if strings.HasPrefix(name, "depth-") || name == "wide-deep.json" {
			continue // see TestIndentBombIsRefused
		}
		if err != nil {
			t.Errorf("%s: format: %v", name, err)
			continue
		}
		compareTokens(t, name+" formatted", b, wide)
		if again, _ := jsondoc.Format(wide, "  "); !bytes.Equal(again, wide) {
			t.Errorf("%s: formatting twice is not formatting once", name)
		}
	}
}

func compareTokens(t *testing.T, what string, a, b []byte) {
	t.Helper()
	x, y := jsondoc.Scan(a), jsondoc.Scan(b)
	for {
		p, q := x.Next(), y.Next()
		if p.Kind != q.Kind || p.Depth != q.Depth || !bytes.Equal(a[p.Start:p.End], b[q.Start:q.End]) {
			t.Errorf("%s: %v %q became %v %q", what, p, a[p.Start:p.End], q, b[q.Start:q.End])
			return
		}
		if p.Kind == jsondoc.End {
			return
		}
	}
}

func TestIndentBombIsRefused(t *testing.T) {
	for _, name := range []string{"depth-9999.json", "depth-10001.json"} {
		b := hostile(t)[name]
		out, err := jsondoc.Format(b, "  ")
		size, ok := err.(*jsondoc.SizeError)
		if !ok || out != nil || !strings.Contains(err.Error(), "1 MB") {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		} else if size.Limit != 1<<20 {
			t.Errorf("%s: limit %d", name, size.Limit)
		}
	}
}

func TestFormatLooksLikeEncodingJSON(t *testing.T) {
	for _, doc := range []string{
		`{"a":1,"b":[1,2,{"c":[]}],"d":{},"e":"x\u0041\/ é"}`, `[]`, `{}`, `1e5`, `[[],[[]],{}]`, ` {"a" : [ 1 ,2 ] } `,
	} {
		var want bytes.Buffer
		if err := json.Indent(&want, []byte(strings.TrimSpace(doc)), "", "\t"); err != nil {
			t.Fatal(err)
		}
		got, err := jsondoc.Format([]byte(doc), "\t")
		if err != nil || string(got) != want.String() {
			t.Errorf("%s: %v\n got %s\nwant %s", doc, err, got, want.String())
		}
		want.Reset()
		if err := json.Compact(&want, []byte(doc)); err != nil {
			t.Fatal(err)
		}
		if got, err := jsondoc.Minify([]byte(doc)); err != nil || string(got) != want.String() {
			t.Errorf("%s: minified %s, %v", doc, got, err)
		}
	}
	if _, err := jsondoc.Format([]byte(`{"a"`), "  "); err == nil {
		t.Error("broken JSON was formatted")
	}
}

// grammar is text for every corner of RFC 8259 that is legal for one parser or another.
var grammar = []string{
	``, ` `, `null`, `true`, `false`, `nul`, `nullx`, `True`, `"a"`, `"`, `"\`, `"\u12`, `"\u12G4"`, `"\ud83d\ude00"`,
	`0`, `-0`, `00`, `01`, `-`, `-a`, `1.`, `1.0`, `.1`, `1e`, `1e+`, `1E-07`, `1.5e300`, `+1`, `1 2`, `1,`, `12a`,
	`[]`, `[`, `]`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1,,2]`, `{`, `}`, `{}`, `{"a"}`, `{"a":}`, `{"a":1,}`,
	`{"a":1 "b":2}`, `{a:1}`, `{,}`, `{"a":1]`, `[1}`, `{"a":[}`, `{"a" 1}`, `[1:2]`, "\x00", "[\x01]", "\"\x7f\"", "\"\x1f\"",
	"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"", "\"é€😀\"", "\ufeff{}", "{}\ufeff", "[1]\u00a0",
	"\t\r\n {} \n", "//x\n1", `"a" "b"`, `{"a":1}{"b":2}`, `[true,false,null]`, `[truefalse]`, `{"":""}`, `{"a":{"b":[{}]}}`, "\v1", "\f[]",
}

func TestCheckAgreesWithOtherParsers(t *testing.T) {
	for _, doc := range grammar {
		b := []byte(doc)
		if got, want := jsondoc.Valid(b), strictValid(b); got != want {
			t.Errorf("%q: valid %v, jsontext says %v", doc, got, want)
		}
		if jsondoc.Valid(b) && !json.Valid(b) {
			t.Errorf("%q: valid, but not for encoding/json", doc)
		}
		if (jsondoc.Check(b) == nil) != jsondoc.Valid(b) {
			t.Errorf("%q: Check and Valid disagree", doc)
		}
	}
	for _, doc := range []string{`"\ud800"`, `"\udc00\ud800"`, `{"\ud800":1}`} {
		if !jsondoc.Valid([]byte(doc)) {
			t.Errorf("%s: a lone surrogate escape is a legal token", doc)
		}
	}
}

func TestDepthCostsNoStack(t *testing.T) {
	const depth = 200_000
	for _, pair := range []string{"[]", `{"a":}`} {
		open, closing := pair[:len(pair)-1], pair[len(pair)-1:]
		doc := []byte(strings.Repeat(open, depth) + "1" + strings.Repeat(closing, depth))
		if err := jsondoc.Check(doc); err != nil {
			t.Fatalf("%d times %s: %v", depth, pair, err)
		}
		err := jsondoc.Check(doc[:len(doc)-1])
		if err == nil || !strings.Contains(err.Message, "opened at line 1, column 1") {
			t.Errorf("one %s too few: %v", closing, err)
		}
		other := bytes.Replace(doc, []byte("1"), []byte("2"), 1)
		if jsondoc.Equal(doc, other) || !jsondoc.Equal(doc, append([]byte(" "), doc...)) {
			t.Errorf("comparing %s at depth %d", pair, depth)
		}
		if d, err := jsondoc.Diff(doc, other); err != nil || len(d) != 1 || len(d[0].Path) != depth {
			t.Errorf("differences of %s: %d, %v", pair, len(d), err)
		}
		if p := jsondoc.PathAt(doc, len(open)*depth); len(p) != depth {
			t.Errorf("path of %d steps", len(p))
		}
		lex := jsondoc.Lex(doc)
		for tok := lex.Next(); tok.Kind != jsondoc.End; tok = lex.Next() {
			if tok.Bad {
				t.Fatalf("token %+v is bad", tok)
			}
		}
	}
}

func TestEveryCutOfADocumentIsExplained(t *testing.T) {
	doc := []byte("{\"né\": [1.5e-3, true, \"a\\u00e9\\n\", {\"x\": null}],\n \"b\": {}, \"c\": -0}")
	for i := range doc {
		err := jsondoc.Check(doc[:i])
		if err == nil {
			t.Fatalf("%q is taken for JSON", doc[:i])
		}
		if err.Offset < 0 || err.Offset > i || err.Line < 1 || err.Column < 1 || err.Message == "" {
			t.Errorf("%q: %+v", doc[:i], err)
		}
		if !strings.Contains(err.Jackson, "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ") {
			t.Errorf("%q: %q", doc[:i], err.Jackson)
		}
		for k := range 256 {
			broken := bytes.Clone(doc)
			broken[i] = byte(k)
			if got, want := jsondoc.Valid(broken), strictValid(broken); got != want {
				t.Errorf("%q: valid %v, jsontext says %v", broken, got, want)
			}
			jsondoc.Check(broken)
		}
	}
}

func ExampleCheck() {
	err := jsondoc.Check([]byte("{\n  \"id\": 7\n  \"name\": \"Ada\"\n}"))
	fmt.Println(err)
	// Output: line 2, column 10: expected a comma after this value
}

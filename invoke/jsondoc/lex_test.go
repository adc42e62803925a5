package jsondoc_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke/jsondoc"
)

var kindNames = map[jsondoc.Kind]string{
	jsondoc.Invalid: "invalid", jsondoc.ObjectStart: "{", jsondoc.ObjectEnd: "}", jsondoc.ArrayStart: "[", jsondoc.ArrayEnd: "]",
	jsondoc.Colon: ":", jsondoc.Comma: ",", jsondoc.Key: "key", jsondoc.String: "string", jsondoc.Number: "number",
	jsondoc.True: "true", jsondoc.False: "false", jsondoc.Null: "null",
}

// tokens writes what a scanner finds, a bad token with an exclamation mark.
func tokens(s *jsondoc.Scanner, b []byte) []string {
	var out []string
	for t := s.Next(); t.Kind != jsondoc.End; t = s.Next() {
		bad := ""
		if t.Bad {
			bad = "!"
		}
		out = append(out, fmt.Sprintf("%d %s%s %s", t.Depth, kindNames[t.Kind], bad, b[t.Start:t.End]))
	}
	return out
}

func TestLexColoursBrokenText(t *testing.T) {
	for _, c := range []struct {
		doc  string
		want []string
	}{
		{`{"a": "open`, []string{"0 { {", "1 key \"a\"", "1 : :", "1 string! \"open"}},
		{"{\"a\": \"open,\n \"b\": 1}", []string{"0 { {", "1 key \"a\"", "1 : :", "1 string! \"open,", "1 key! \"b\"", "1 : :", "1 number 1", "0 } }"}},
		{`{a: tru, "n": 01}`, []string{"0 { {", "1 invalid! a", "1 : :", "1 invalid! tru", "1 , ,", "1 key \"n\"", "1 : :", "1 invalid! 01", "0 } }"}},
		{`[1 2]`, []string{"0 [ [", "1 number 1", "1 number! 2", "0 ] ]"}},
		{`[1}]`, []string{"0 [ [", "1 number 1", "1 }! }", "0 ] ]"}},
		{`{"a":1,}`, []string{"0 { {", "1 key \"a\"", "1 : :", "1 number 1", "1 , ,", "0 }! }"}},
		{"1\n[]\n", []string{"0 number 1", "0 [ [", "0 ] ]"}},
		{"\xff\xfe", []string{"0 invalid! \xff\xfe"}},
	} {
		if diff := cmp.Diff(c.want, tokens(jsondoc.Lex([]byte(c.doc)), []byte(c.doc))); diff != "" {
			t.Errorf("%s: %s", c.doc, diff)
		}
	}
}

// An editor reads a line at a time, each from the state the line before has left.
func TestLexByLinesIsLexOfTheWhole(t *testing.T) {
	deep := strings.Repeat("[{\"k\":\n", 100) + "1" + strings.Repeat("}\n]", 100)
	for _, doc := range []string{
		"{\n \"a\": [1,\n  2\n ],\r\n \"b\"\n:\n{\"c\":\n\"d\"}\n}", "[\n1\n,\"x\n\"y\"]\n", deep, "{\"a\"\n\n\n:1}}\n]{\n",
	} {
		whole := tokens(jsondoc.Lex([]byte(doc)), []byte(doc))
		var byLine []string
		var states []jsondoc.State
		state := jsondoc.State{}
		for line := range bytes.Lines([]byte(doc)) {
			s := jsondoc.LexFrom(line, state)
			byLine = append(byLine, tokens(s, line)...)
			state = s.State()
			states = append(states, state)
		}
		if diff := cmp.Diff(whole, byLine); diff != "" {
			t.Errorf("%s: %s", doc, diff)
		}
		if len(states) > 2 && states[0].Same(states[1]) && doc == deep {
			t.Error("different depths are the same state")
		}
		if !state.Same(states[len(states)-1]) {
			t.Error("a state is not the same as itself")
		}
	}
}

func TestScanFromGoesOnWhereItStopped(t *testing.T) {
	doc := []byte(strings.Repeat("[", 200) + `{"a":[1,"x",{"b":null}],"c":true}` + strings.Repeat("]", 200))
	want := tokens(jsondoc.Scan(doc), doc)
	first := jsondoc.Scan(doc)
	for i := range want {
		rest := tokens(jsondoc.ScanFrom(doc, first.State()), doc)
		if diff := cmp.Diff(want[i:], rest); diff != "" {
			t.Fatalf("after %d tokens: %s", i, diff)
		}
		first.Next()
	}
	if first.Next().Kind != jsondoc.End || first.Err() != nil {
		t.Errorf("at the end: %v", first.Err())
	}
}

func TestLexLosesNothing(t *testing.T) {
	for name, b := range hostile(t) {
		s := jsondoc.Lex(b)
		end := 0
		for tok := s.Next(); tok.Kind != jsondoc.End; tok = s.Next() {
			if strings.Trim(string(b[end:tok.Start]), " \t\r\n") != "" || tok.End <= tok.Start {
				t.Fatalf("%s: %q is between tokens, %+v", name, b[end:tok.Start], tok)
			}
			end = tok.End
		}
		if strings.Trim(string(b[end:]), " \t\r\n") != "" {
			t.Errorf("%s: %q is left over", name, b[end:])
		}
	}
}

package jsondoc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke/jsondoc"
)

// lines writes differences as the tests read them.
func lines(found []jsondoc.Difference) []string {
	var out []string
	for _, d := range found {
		line := fmt.Sprintf("%s %s %s %s", d.Path, d.Change, d.This, d.That)
		if d.Change == jsondoc.Moved {
			line = fmt.Sprintf("%s moved to %s %s", d.Path, d.To, d.This)
		}
		out = append(out, line)
	}
	return out
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		o          jsondoc.Options
		want       []string
	}{
		{"equal spellings", `{"a":[1.0,"\u0041"]}`, `{"a":[1,"A"]}`, jsondoc.Options{}, nil},
		{"one more in the middle", `[1,2,3,4]`, `[1,9,2,3,4]`, jsondoc.Options{}, []string{`[1] added  9`}},
		{"one less and one changed", `["a","b","c","d"]`, `["b","c","x"]`, jsondoc.Options{},
			[]string{`[0] removed "a" `, `[3] changed "d" "x"`}},
		{"order changed", `[1,2,3]`, `[3,1,2]`, jsondoc.Options{}, []string{`[2] moved to [0] 3`}},
		{"moved and changed around it", `[{"n":1},{"n":2},5]`, `[{"n":2},{"n":1},6]`, jsondoc.Options{},
			[]string{`[0] moved to [1] {"n":1}`, `[2] changed 5 6`}},
		{"renamed", `{"total":1200,"x":1}`, `{"sum":1200,"x":1}`, jsondoc.Options{}, []string{`total moved to sum 1200`}},
		{"a digit is no move", `{"a":1}`, `{"b":1}`, jsondoc.Options{}, []string{`a removed 1 `, `b added  1`}},
		{"a word is no move", `{"a":false}`, `{"b":false}`, jsondoc.Options{}, []string{`a removed false `, `b added  false`}},
		{"two of them are no move", `{"a":"same","b":"same"}`, `{"c":"same"}`, jsondoc.Options{},
			[]string{`a removed "same" `, `b removed "same" `, `c added  "same"`}},
		{"any order", `[1,2,3]`, `[3,1,2]`, jsondoc.Options{AnyOrder: true}, nil},
		{"any order, repeated", `[1,1,2]`, `[2,1,2]`, jsondoc.Options{AnyOrder: true}, []string{`[0] changed 1 2`}},
		{"any order below", `[{"t":["a","b"]},{"t":["c"]}]`, `[{"t":["c"]},{"t":["b","a"]}]`, jsondoc.Options{AnyOrder: true}, nil},
		{"any order, one more", `[[1,2],[3]]`, `[[3],[4],[2,1]]`, jsondoc.Options{AnyOrder: true}, []string{`[1] added  [4]`}},
		{"repeated names", `[{"a":1,"a":2},0]`, `[1,{"a":2}]`, jsondoc.Options{AnyOrder: true}, []string{`[1] changed 0 1`}},
		{"ignored members do not part elements", `[{"id":1,"v":"x"},{"id":2,"v":"y"}]`, `[{"id":8,"v":"y"},{"id":9,"v":"x"}]`,
			jsondoc.Options{AnyOrder: true, Ignore: []jsondoc.Path{{{Kind: jsondoc.AnyItem}, {Name: "id"}}}}, nil},
		{"ignored members in order", `[{"id":1,"v":"x"},{"id":2,"v":"y"}]`, `[{"id":3,"v":"z"},{"id":8,"v":"x"},{"id":9,"v":"y"}]`,
			jsondoc.Options{Ignore: []jsondoc.Path{{{Kind: jsondoc.AnyItem}, {Name: "id"}}}}, []string{`[0] added  {"id":3,"v":"z"}`}},
		{"an array in place of an object", `{"a":[1]}`, `{"a":{"x":1}}`, jsondoc.Options{AnyOrder: true}, []string{`a changed [1] {"x":1}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := jsondoc.Compare(t.Context(), []byte(c.a), []byte(c.b), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, lines(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := jsondoc.Compare(t.Context(), []byte(`{`), []byte(`{}`), jsondoc.Options{}); err == nil {
		t.Error("half a document was compared")
	}
}

// More names than are searched one by one, with one of them twice.
func TestCompareLargeObjectsWithRepeatedNames(t *testing.T) {
	var members []string
	for i := range 40 {
		members = append(members, fmt.Sprintf(`"m%d":%d`, i, i))
	}
	object := func(members ...string) string { return "{" + strings.Join(members, ",") + "}" }
	once := object(members...)
	twice := object(append([]string{`"m39":0`}, members...)...)
	for _, a := range []string{`[` + once + `,1]`, `[` + twice + `,1]`} {
		for _, b := range []string{`[1,` + once + `]`, `[1,` + twice + `]`} {
			got, err := jsondoc.Compare(t.Context(), []byte(a), []byte(b), jsondoc.Options{AnyOrder: true})
			if err != nil || len(got) != 0 {
				t.Errorf("%s\n%s\ndiffer: %v %v", a, b, lines(got), err)
			}
		}
	}
}

// value makes a random value; small, so that equal ones are frequent.
func value(r *rand.Rand, depth int) any {
	switch n := r.IntN(8); {
	case depth > 0 && n < 2:
		list := []any{}
		for range r.IntN(5) {
			list = append(list, value(r, depth-1))
		}
		return list
	case depth > 0 && n < 4:
		object := map[string]any{}
		for range r.IntN(4) {
			object[string(rune('a'+r.IntN(3)))] = value(r, depth-1)
		}
		return object
	case n < 6:
		return float64(r.IntN(3))
	case n == 6:
		return []any{"x", "y\n", nil, true}[r.IntN(4)]
	}
	return strings.Repeat("long", 1+r.IntN(2))
}

// naive compares decoded values without regard to the order of arrays, trying
// every element for every other.
func naive(path jsondoc.Path, a, b any) []string {
	write := func(v any) string { text, _ := json.Marshal(v); return string(text) }
	at := func(s jsondoc.Step) jsondoc.Path { return append(slices.Clone(path), s) }
	var out []string
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			break
		}
		for name := range x {
			if _, ok := y[name]; !ok {
				out = append(out, fmt.Sprintf("%s removed %s ", at(jsondoc.Step{Name: name}), write(x[name])))
				continue
			}
			out = append(out, naive(at(jsondoc.Step{Name: name}), x[name], y[name])...)
		}
		for name := range y {
			if _, ok := x[name]; !ok {
				out = append(out, fmt.Sprintf("%s added  %s", at(jsondoc.Step{Name: name}), write(y[name])))
			}
		}
		return out
	case []any:
		y, ok := b.([]any)
		if !ok {
			break
		}
		// What the same place has at both ends belongs together.
		first, tail := 0, 0
		for first < min(len(x), len(y)) && write(x[first]) == write(y[first]) {
			first++
		}
		for tail < min(len(x), len(y))-first && write(x[len(x)-1-tail]) == write(y[len(y)-1-tail]) {
			tail++
		}
		var is, js []int
		for j := first; j < len(y)-tail; j++ {
			js = append(js, j)
		}
		for i := first; i < len(x)-tail; i++ {
			at := slices.IndexFunc(js, func(j int) bool { return len(naive(nil, x[i], y[j])) == 0 })
			if at < 0 {
				is = append(is, i)
				continue
			}
			js = slices.Delete(js, at, at+1)
		}
		for n := range max(len(is), len(js)) {
			switch {
			case n >= len(js):
				out = append(out, fmt.Sprintf("%s removed %s ", at(jsondoc.Step{Kind: jsondoc.Element, Index: is[n]}), write(x[is[n]])))
			case n >= len(is):
				out = append(out, fmt.Sprintf("%s added  %s", at(jsondoc.Step{Kind: jsondoc.Element, Index: js[n]}), write(y[js[n]])))
			default:
				out = append(out, naive(at(jsondoc.Step{Kind: jsondoc.Element, Index: is[n]}), x[is[n]], y[js[n]])...)
			}
		}
		return out
	default:
		if _, isList := b.([]any); !isList {
			if _, isObject := b.(map[string]any); !isObject && a == b {
				return nil
			}
		}
	}
	return []string{fmt.Sprintf("%s changed %s %s", path, write(a), write(b))}
}

// apart writes a move as what it was made of.
func apart(found []jsondoc.Difference) []jsondoc.Difference {
	var out []jsondoc.Difference
	for _, d := range found {
		if d.Change == jsondoc.Moved {
			out = append(out, jsondoc.Difference{Path: d.To, Change: jsondoc.Added, That: d.That})
			d = jsondoc.Difference{Path: d.Path, Change: jsondoc.Removed, This: d.This}
		}
		out = append(out, d)
	}
	return out
}

func TestCompareAnyOrderAgainstNaive(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	differing := 0
	for range 8000 {
		x, y := value(r, 4), value(r, 4)
		if r.IntN(2) == 0 {
			y = shuffled(r, x)
		}
		a, _ := json.Marshal(x)
		b, _ := json.Marshal(y)
		found, err := jsondoc.Compare(t.Context(), a, b, jsondoc.Options{AnyOrder: true})
		if err != nil {
			t.Fatal(err)
		}
		got, want := lines(apart(found)), naive(nil, x, y)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s\n(-naive +got):\n%s", a, b, diff)
		}
		if len(got) > 0 {
			differing++
		}
	}
	if differing < 1000 || differing > 7000 {
		t.Errorf("%d of 8000 pairs differ: the test shows one side only", differing)
	}
}

// shuffled is the value with its arrays in another order, and sometimes a change.
func shuffled(r *rand.Rand, v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, to := range r.Perm(len(v)) {
			out[to] = shuffled(r, v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = shuffled(r, member)
		}
		return out
	}
	if r.IntN(20) == 0 {
		return "other"
	}
	return v
}

// In order, Compare finds nothing exactly where Diff finds nothing, and one
// difference for one edit.
func TestCompareInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 2))
	compare := func(x, y any) []string {
		a, _ := json.Marshal(x)
		b, _ := json.Marshal(y)
		found, err := jsondoc.Compare(t.Context(), a, b, jsondoc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if (len(found) == 0) != jsondoc.Equal(a, b) {
			t.Fatalf("%s\n%s\nequal: %v, found: %v", a, b, jsondoc.Equal(a, b), lines(found))
		}
		for _, d := range found {
			if was, ok := jsondoc.Find(a, d.Path); d.Change != jsondoc.Added && (!ok || string(was) != string(d.This)) {
				t.Fatalf("%s\n%s\n%s is not %s in the first", a, b, d.Path, d.This)
			}
		}
		return lines(found)
	}
	for range 8000 {
		compare(value(r, 4), value(r, 4))
	}
	for range 2000 {
		n := 2 + r.IntN(30)
		list := make([]any, n)
		for i := range list {
			list[i] = map[string]any{"id": i, "v": value(r, 2)}
		}
		i, j := r.IntN(n), r.IntN(n)
		fresh := map[string]any{"id": n + 1}
		for _, edit := range []struct {
			want string
			list []any
		}{
			{fmt.Sprintf("[%d] added", i), slices.Insert(slices.Clone(list), i, any(fresh))},
			{fmt.Sprintf("[%d] removed", i), slices.Delete(slices.Clone(list), i, i+1)},
			{fmt.Sprintf("[%d] moved to", min(i, j)), swapped(list, i, j)},
		} {
			got := compare(list, edit.list)
			if edit.want[len(edit.want)-2:] == "to" {
				if d := max(i-j, j-i); d > 1 || d == 0 { // neighbours change places in one move
					continue
				}
			}
			if len(got) != 1 || !strings.HasPrefix(got[0], edit.want) {
				t.Fatalf("want one difference %s, got %q", edit.want, got)
			}
		}
	}
}

func swapped(list []any, i, j int) []any {
	out := slices.Clone(list)
	out[i], out[j] = out[j], out[i]
	return out
}

func TestAlign(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 5000 {
		a, b := make([]byte, r.IntN(12)), make([]byte, r.IntN(12))
		for i := range a {
			a[i] = 'a' + byte(r.IntN(6))
		}
		for i := range b {
			b[i] = 'a' + byte(r.IntN(6))
		}
		lastA, lastB := -1, -1
		for _, p := range jsondoc.Align(a, b) {
			if p[0] <= lastA || p[1] <= lastB || a[p[0]] != b[p[1]] {
				t.Fatalf("%s %s: %v", a, b, jsondoc.Align(a, b))
			}
			lastA, lastB = p[0], p[1]
		}
	}
	if got := jsondoc.Align([]byte("abcabba"), []byte("abcabba")); len(got) != 7 {
		t.Errorf("equal sequences: %v", got)
	}
	if got := jsondoc.Align([]byte("xabcy"), []byte("abzc")); len(got) != 3 {
		t.Errorf("what occurs once is not paired: %v", got)
	}
}

// Depth is no reason to fail.
func TestCompareDeep(t *testing.T) {
	deep := func(inner string) []byte {
		return []byte(strings.Repeat(`[1,`, 50_000) + inner + strings.Repeat(`]`, 50_000))
	}
	for _, o := range []jsondoc.Options{{}, {AnyOrder: true}} {
		got, err := jsondoc.Compare(t.Context(), deep("2"), deep("3"), o)
		if err != nil || len(got) != 1 {
			t.Errorf("%v: %d differences, %v", o, len(got), err)
		}
	}
}

// Documents of the largest size: every edit is found, and nothing else.
func TestCompareSixMegabytes(t *testing.T) {
	doc := sixMegabytes()
	items := bytes.Split(doc[1:len(doc)-1], []byte(`,{"id":`))
	join := func(items [][]byte) []byte {
		return slices.Concat([]byte{'['}, bytes.Join(items, []byte(`,{"id":`)), []byte{']'})
	}
	edited := slices.Clone(items)
	edited[100] = bytes.Replace(edited[100], []byte(`"customer 100"`), []byte(`"somebody"`), 1)
	edited = slices.Delete(edited, 2000, 2001)
	edited = slices.Insert(edited, 30_000, []byte(`-1}`))
	for _, c := range []struct {
		name string
		that []byte
		o    jsondoc.Options
		want []string
	}{
		{"edited", join(edited), jsondoc.Options{}, []string{
			`[100].name changed "customer 100" "somebody"`, `[2000] removed {"id":` + string(items[2000]) + ` `, `[30000] added  {"id":-1}`}},
		{"shuffled", shuffledItems(items, join), jsondoc.Options{AnyOrder: true}, nil},
	} {
		found, err := jsondoc.Compare(t.Context(), doc, c.that, c.o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, lines(found)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// shuffledItems is a document with its elements, but the first, in another order, and one
// of them in another spelling.
func shuffledItems(items [][]byte, join func([][]byte) []byte) []byte {
	out := slices.Clone(items)
	r := rand.New(rand.NewPCG(4, 4))
	r.Shuffle(len(out)-1, func(i, j int) { out[i+1], out[j+1] = out[j+1], out[i+1] })
	out[7] = bytes.Replace(out[7], []byte(`"active":`), []byte(`"\u0061ctive" : `), 1)
	return join(out)
}

package jsondoc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke/jsondoc"
)

// outlined writes an outline as a unified difference.
func outlined(o *jsondoc.Outline) []string {
	var out []string
	for _, r := range o.Rows {
		name := string(r.Key)
		if r.Index >= 0 && r.Depth > 0 {
			name = fmt.Sprintf("[%d]", r.Index)
		}
		line := strings.Repeat("  ", r.Depth) + name + " "
		to := func() string {
			if d := o.Differences[r.Difference]; d.Change == jsondoc.Moved {
				return d.Path.String() + " to " + d.To.String()
			}
			return ""
		}
		switch r.Kind {
		case jsondoc.OutlineSame:
			line += "= " + string(r.This)
		case jsondoc.OutlineSkipped:
			line += fmt.Sprint("… ", r.Count)
		case jsondoc.OutlineIgnored:
			line += fmt.Sprint("ignored ", r.Count)
		case jsondoc.OutlineOpen:
			line += string(r.This[:1])
		case jsondoc.OutlineClose:
			line += string(r.This[len(r.This)-1:])
		case jsondoc.OutlineChanged:
			line += string(r.This) + " → " + string(r.That)
		case jsondoc.OutlineAdded:
			line += "+ " + string(r.That)
		case jsondoc.OutlineRemoved:
			line += "- " + string(r.This)
		case jsondoc.OutlineLeft:
			line += "left, " + to()
		case jsondoc.OutlineArrived:
			line += "arrived, " + to()
		}
		out = append(out, line)
	}
	return out
}

func TestOutline(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		o          jsondoc.Options
		want       []string
	}{
		{"equal", `{"a":[1.0]}`, `{"a":[1]}`, jsondoc.Options{}, []string{` = {"a":[1.0]}`}},
		{"one value", `1`, `2`, jsondoc.Options{}, []string{" 1 → 2"}},
		{"with what is around", `{"a":1,"b":{"c":[1,2,3,4,5,6,7,8,9]},"d":[]}`, `{"a":1,"b":{"c":[1,2,3,4,5,0,7,8,9]},"d":[]}`, jsondoc.Options{}, []string{
			` {`, `  "a" = 1`, `  "b" {`, `    "c" [`,
			`      [0] = 1`, `       … 3`, `      [4] = 5`, `      [5] 6 → 0`, `      [6] = 7`, `      [7] = 8`, `      [8] = 9`,
			`    "c" ]`, `  "b" }`, `  "d" = []`, ` }`}},
		{"equal in another spelling", `[{"n":1.0},{"n":2.0},{"n":3.0},{"n":4.0},{"n":5.0},6]`, `[{"n":1},{"n":2},{"n":3},{"n":4},{"n":5},7]`, jsondoc.Options{}, []string{
			` [`, `  [0] = {"n":1.0}`, `   … 3`, `  [4] = {"n":5.0}`, `  [5] 6 → 7`, ` ]`}},
		{"equal in another spelling, then in the same", `[1.0,2.0,3.0,4.0,5.0,6,7,8,9,10,11]`, `[1,2,3,4,5,6,7,8,9,10,0]`, jsondoc.Options{}, []string{
			` [`, `  [0] = 1.0`, `   … 8`, `  [9] = 10`, `  [10] 11 → 0`, ` ]`}},
		{"added and removed", `{"a":1,"b":2}`, `{"b":2,"c":3}`, jsondoc.Options{}, []string{
			` {`, `  "a" - 1`, `  "b" = 2`, `  "c" + 3`, ` }`}},
		{"moved", `["x","y","z"]`, `["z","x","y"]`, jsondoc.Options{}, []string{
			` [`, `  [0] arrived, [2] to [0]`, `  [0] = "x"`, `  [1] = "y"`, `  [2] left, [2] to [0]`, ` ]`}},
		{"moved, in another spelling", `[{"a":1},2,3]`, `[2,3,{"a":1.0}]`, jsondoc.Options{}, []string{
			` [`, `  [0] left, [0] to [2]`, `  [1] = 2`, `  [2] = 3`, `  [2] arrived, [0] to [2]`, ` ]`}},
		{"any order", `["x","y","z",1]`, `["z","x","y",2]`, jsondoc.Options{AnyOrder: true}, []string{
			` [`, `  [0] = "x"`, `  [1] = "y"`, `  [2] = "z"`, `  [3] 1 → 2`, ` ]`}},
		{"renamed", `{"total":1200,"x":1}`, `{"sum":1200,"x":1}`, jsondoc.Options{}, []string{
			` {`, `  "total" left, total to sum`, `  "x" = 1`, `  "sum" arrived, total to sum`, ` }`}},
		{"ignored", `{"id":1,"at":2,"v":3}`, `{"id":4,"at":5,"v":6}`, jsondoc.Options{Ignore: []jsondoc.Path{{{Name: "id"}}, {{Name: "at"}}}}, []string{
			` {`, `  "id" ignored 2`, `  "v" 3 → 6`, ` }`}},
		{"nothing but what is ignored", `[{"id":1},{"v":1}]`, `[{"id":2},{"v":2}]`, jsondoc.Options{Ignore: []jsondoc.Path{{{Kind: jsondoc.AnyItem}, {Name: "id"}}}}, []string{
			` [`, `  [0] = {"id":1}`, `  [1] {`, `    "v" 1 → 2`, `  [1] }`, ` ]`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := jsondoc.CompareOutline(t.Context(), []byte(c.a), []byte(c.b), c.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, outlined(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The rows of an outline account for every child of every container that is open in
// it, on both sides, and for every difference.
func TestOutlineAccountsForEverything(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	opened, moves := 0, 0
	for range 8000 {
		x, y := value(r, 4), value(r, 4)
		if r.IntN(2) == 0 {
			y = shuffled(r, x)
		}
		a, _ := json.Marshal(x)
		b, _ := json.Marshal(y)
		o := jsondoc.Options{AnyOrder: r.IntN(2) == 0}
		got, err := jsondoc.CompareOutline(t.Context(), a, b, o)
		if err != nil {
			t.Fatal(err)
		}
		found, err := jsondoc.Compare(t.Context(), a, b, o)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(lines(found), lines(got.Differences)); diff != "" {
			t.Fatalf("%s\n%s\n(-compare +outline):\n%s", a, b, diff)
		}
		n, m := accounts(t, got)
		if !o.AnyOrder {
			indexes(t, got)
		}
		opened, moves = opened+n, moves+m
	}
	if opened < 1000 || moves < 200 {
		t.Errorf("%d containers and %d moves: the test shows little", opened, moves)
	}
}

// An element says where it is in both, also after values that are not shown.
func TestOutlineIndexes(t *testing.T) {
	got, err := jsondoc.CompareOutline(t.Context(), []byte(`["x",1,2,3,4,5,6,7,8,"y","z"]`), []byte(`["new","x",1,2,3,4,5,6,7,8,"Y","z"]`), jsondoc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	indexes(t, got)
	for _, r := range got.Rows {
		if r.Kind == jsondoc.OutlineChanged && (r.Index != 9 || r.ThatIndex != 10) {
			t.Errorf("changed at [%d] and [%d]: %q", r.Index, r.ThatIndex, outlined(got))
		}
	}
}

// indexes fails when an element is not where its row says, in that.
func indexes(t *testing.T, o *jsondoc.Outline) {
	t.Helper()
	var open [][]byte
	for _, r := range o.Rows {
		switch {
		case r.Kind == jsondoc.OutlineClose:
			open = open[:len(open)-1]
			continue
		case len(open) > 0 && r.Index >= 0 && r.That != nil && r.Kind != jsondoc.OutlineLeft:
			got, ok := jsondoc.Find(open[len(open)-1], jsondoc.Path{{Kind: jsondoc.Element, Index: r.ThatIndex}})
			if !ok || string(got) != string(r.That) {
				t.Fatalf("[%d] of %s is not %s: %q", r.ThatIndex, open[len(open)-1], r.That, outlined(o))
			}
		}
		if r.Kind == jsondoc.OutlineOpen {
			open = append(open, r.That)
		}
	}
}

// accounts fails when a row, or a child of an open container, is missing in an outline.
func accounts(t *testing.T, o *jsondoc.Outline) (opened, moves int) {
	t.Helper()
	type container struct{ a, b, wantA, wantB int }
	var open []container
	seen := make([]int, len(o.Differences))
	for _, r := range o.Rows {
		if r.Difference >= 0 {
			seen[r.Difference]++
			d := o.Differences[r.Difference]
			if r.Kind != jsondoc.OutlineArrived && string(d.This) != string(r.This) || r.Kind != jsondoc.OutlineLeft && string(d.That) != string(r.That) {
				t.Fatalf("%v is not %v", r, d)
			}
		}
		if r.Kind == jsondoc.OutlineClose {
			last := open[len(open)-1]
			if last.a != last.wantA || last.b != last.wantB {
				t.Fatalf("%s %s: the rows are of %v", r.This, r.That, last)
			}
			open = open[:len(open)-1]
			continue
		}
		if r.Depth != len(open) {
			t.Fatalf("depth %d among %d: %q", r.Depth, len(open), outlined(o))
		}
		if len(open) > 0 {
			last := &open[len(open)-1]
			if r.This != nil || r.Kind == jsondoc.OutlineSkipped {
				last.a += r.Count
			}
			if (r.That != nil || r.Kind == jsondoc.OutlineSkipped) && r.Kind != jsondoc.OutlineLeft {
				last.b += r.Count
			}
		}
		if r.Kind == jsondoc.OutlineOpen {
			open = append(open, container{wantA: size(t, r.This), wantB: size(t, r.That)})
			opened++
		}
	}
	for i, n := range seen {
		want := 1
		if o.Differences[i].Change == jsondoc.Moved {
			want, moves = 2, moves+1
		}
		if n != want {
			t.Fatalf("difference %s is in %d rows, not %d: %q", lines(o.Differences)[i], n, want, outlined(o))
		}
	}
	return opened, moves
}

// size is how many values a container has.
func size(t *testing.T, doc []byte) int {
	switch v := decode(t, string(doc)).(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	t.Fatalf("%s is no container", doc)
	return 0
}

// Rows grow with the differences, not with the documents; very many differences end
// the outline, well formed.
func TestOutlineOfLargeDocuments(t *testing.T) {
	doc := sixMegabytes()
	other := bytes.Replace(doc, []byte(`"customer 20000"`), []byte(`"customer 20001"`), 1)
	got, err := jsondoc.CompareOutline(t.Context(), doc, other, jsondoc.Options{})
	if err != nil || len(got.Differences) != 1 || len(got.Rows) > 20 {
		t.Errorf("%d differences in %d rows: %v", len(got.Differences), len(got.Rows), err)
	}
	many := []byte("[" + strings.Repeat(`{"a":[1]},`, 20_000) + "1]")
	got, err = jsondoc.CompareOutline(t.Context(), many, bytes.ReplaceAll(many, []byte("1"), []byte("2")), jsondoc.Options{})
	if err != nil || !got.More || len(got.Differences) != jsondoc.MaxDifferences {
		t.Fatalf("%d differences, more: %v, %v", len(got.Differences), got.More, err)
	}
	depth := 0
	for _, r := range got.Rows {
		switch r.Kind {
		case jsondoc.OutlineOpen:
			depth++
		case jsondoc.OutlineClose:
			depth--
		}
	}
	if depth != 0 {
		t.Errorf("%d containers are not closed", depth)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := jsondoc.CompareOutline(ctx, doc, other, jsondoc.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a comparison that was given up: %v", err)
	}
}

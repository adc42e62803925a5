package jsonrows

import (
	"bytes"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"lambent/invoke/jsondoc"
	"lambent/ui/safetext"
)

// Every row must be the line that laying the document out would give.
func TestRowsAreTheLinesOfTheFormattedDocument(t *testing.T) {
	documents := corpus(t, "json/*.json")
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		documents["random "+strconv.Itoa(i)] = randomJSON(r, 5)
	}
	seen := 0
	for name, b := range documents {
		formatted, err := jsondoc.Format(b, "  ")
		if err != nil || name == "dup-keys.json" {
			continue
		}
		seen++
		ix := Build(b)
		v := New(b)
		v.Take(ix)
		v.foldFrom = maxDepth
		lines := bytes.Split(formatted, []byte("\n"))
		if len(lines) != ix.rows() {
			t.Errorf("%s: %d rows, want %d", name, ix.rows(), len(lines))
			continue
		}
		v.cursor = -1 // no fold mark for the cursor's row
		for row, line := range lines {
			_, inside := ix.parent(row)
			text := ""
			for _, p := range v.layout(row, inside, &styles) {
				if p.text.Empty() {
					text += safetext.FromBytes(b[p.from:p.to]).String()
				} else {
					text += p.text.String()
				}
			}
			want := safetext.FromBytes(line).String()
			if trimmed := strings.TrimLeft(want, " "); len(want)-len(trimmed) > maxIndent {
				want = strings.Repeat(" ", maxIndent) + trimmed
			}
			if text != want {
				t.Errorf("%s: row %d is %q, want %q", name, row, text, want)
				break
			}
		}
	}
	if seen < 70 {
		t.Errorf("only %d documents", seen)
	}
}

// randomJSON is a document with white space in odd places.
func randomJSON(r *rand.Rand, depth int) []byte {
	blank := func(b []byte) []byte { return append(b, []string{"", "", " ", "\n", "\t "}[r.IntN(5)]...) }
	var value func(b []byte, depth int) []byte
	value = func(b []byte, depth int) []byte {
		b = blank(b)
		kind := r.IntN(9)
		if depth == 0 {
			kind = r.IntN(5)
		}
		switch kind {
		case 0:
			b = append(b, `"a\"\\b{[,:"`...)
		case 1:
			b = append(b, "-1.50e+7"...)
		case 2:
			b = append(b, []string{"true", "false", "null"}[r.IntN(3)]...)
		case 3:
			b = append(b, []string{"{}", "[ ]", "{\n}"}[r.IntN(3)]...)
		case 4:
			b = append(b, `"`+strings.Repeat("é", r.IntN(20))+`"`...)
		default:
			open, end := byte('['), byte(']')
			if kind > 6 {
				open, end = '{', '}'
			}
			b = append(b, open)
			for i := range 1 + r.IntN(6) {
				if i > 0 {
					b = append(blank(b), ',')
				}
				if open == '{' {
					b = append(blank(b), '"', byte('a'+i), '"')
					b = append(blank(b), ':')
				}
				b = value(b, depth-1)
			}
			b = append(blank(b), end)
		}
		return blank(b)
	}
	return value(nil, depth)
}

// What the index says of rows, against a walk over all of them.
func TestTreeMatchesAWalk(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	documents := corpus(t, "json/*.json")
	for i := range 80 {
		documents["random "+strconv.Itoa(i)] = randomJSON(r, 6)
	}
	for name, b := range documents {
		ix := Build(b)
		if ix.mode != JSON || ix.rows() > 30_000 {
			continue
		}
		v := New(b)
		type frame struct{ row, children int }
		var stack []frame
		for row := range ix.rows() {
			parent, depth := -1, len(stack)
			if depth > 0 {
				parent = stack[depth-1].row
			}
			if gotParent, gotDepth := ix.parent(row); gotParent != parent || gotDepth != depth {
				t.Fatalf("%s: row %d is in %d, %d deep, want %d, %d deep", name, row, gotParent, gotDepth, parent, depth)
			}
			k := ix.kind(row)
			if k == closing {
				if last := ix.last(parent); last != row {
					t.Fatalf("%s: %d closes in %d, want %d", name, parent, last, row)
				}
				if n, exact := ix.children(parent); n != stack[depth-1].children || !exact {
					t.Fatalf("%s: %d has %d children, want %d", name, parent, n, stack[depth-1].children)
				}
				stack = stack[:depth-1]
				continue
			}
			if depth > 0 {
				if got := ix.between(parent+1, row); got != stack[depth-1].children {
					t.Fatalf("%s: row %d is child %d, want %d", name, row, got, stack[depth-1].children)
				}
				stack[depth-1].children++
			}
			if k == opening {
				stack = append(stack, frame{row: row})
			}
			if row%17 == 0 && depth < 100 {
				v.cursor = row
				m := ix.member(row)
				if got, want := v.Pointer(), jsondoc.PathAt(b, m.value).Pointer(); got != want {
					t.Fatalf("%s: row %d is %q, want %q", name, row, got, want)
				}
			}
		}
	}
}

// However far an index has come, its rows are those of the whole one.
func TestEveryBeginningCanBeLookedAt(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		b := randomJSON(r, 4)
		whole := Build(b)
		for limit := 1; limit < len(b); limit++ {
			ix := &Index{b: b}
			ix.read(limit)
			for row := range ix.starts.n {
				start, end := ix.bounds(row)
				wantStart, wantEnd := whole.bounds(row)
				if start != wantStart || end != wantEnd || ix.kind(row) != whole.kind(row) {
					t.Fatalf("%d bytes of %q: row %d is %q, want %q", limit, b, row, b[start:end], b[wantStart:wantEnd])
				}
			}
			v := &View{b: b, ix: ix}
			v.reset()
			v.SetSize(30, 8)
			for range 4 {
				v.Move(2)
				v.Fold()
				v.Path()
				v.Unfold()
				v.Value()
				checkRows(t, string(b), v, 30, 8)
			}
		}
	}
}

func TestHeadThenWhole(t *testing.T) {
	b := []byte("[" + strings.Repeat(`{"a":[1,2,3]},`, 50_000) + "0]")
	v := New(b)
	if v.Complete() {
		t.Fatal("a document of 700 KB was read at once")
	}
	before := see(v, 40, 30)
	v.Move(5)
	v.Fold()
	v.Take(Build(b))
	if row, rows, exact := v.Position(); !exact || rows != 50_000*7+3 || row > 7 {
		t.Errorf("row %d of %d, exact %v", row, rows, exact)
	}
	v.Unfold()
	expect(t, "the first rows", see(v, 40, 30)[8:], before[8:]...)
	v.End()
	v.Move(-1)
	if got := v.Path(); got != "[50000]" {
		t.Errorf("path of the last item %q", got)
	}
}

func TestLateFaultTurnsIntoText(t *testing.T) {
	b := []byte("[" + strings.Repeat(`{"a":1},`, 50_000) + "oops]")
	v := New(b)
	if v.Mode() != JSON {
		t.Fatal("the beginning is JSON")
	}
	v.Take(Build(b))
	if v.Mode() != Text || v.Fault() == nil || v.Fault().Offset != len(b)-5 {
		t.Errorf("mode %v, fault %v", v.Mode(), v.Fault())
	}
}

// Positions are counted from wherever is nearest; the answer must not depend on it.
func TestPathsInALongArray(t *testing.T) {
	v := New([]byte("[" + strings.Repeat(`[1],2,{"a":3},`, 500) + "0]"))
	want := map[int]string{}
	r := rand.New(rand.NewPCG(7, 8))
	for row := 1; row+1 < v.ix.rows(); row++ {
		v.place, v.cursor = position{}, row
		want[row] = v.Pointer()
	}
	row := 1
	for range 2000 {
		if row += r.IntN(9) - 4; r.IntN(20) == 0 {
			row = r.IntN(v.ix.rows())
		}
		row = min(max(row, 1), v.ix.rows()-2)
		v.cursor = row
		if got := v.Pointer(); got != want[row] {
			t.Fatalf("row %d is %q, want %q", row, got, want[row])
		}
	}
	if want[v.ix.rows()-2] != "/1500" {
		t.Errorf("the last row is %q", want[v.ix.rows()-2])
	}
}

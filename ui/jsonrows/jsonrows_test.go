package jsonrows

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

var styles = Styles{
	JSON:   frame.JSONStyles{Key: "\x1b[34m", String: "\x1b[32m", Number: "\x1b[33m", Bool: "\x1b[35m", Null: "\x1b[36m", Punct: "\x1b[37m"},
	Fold:   "\x1b[2m",
	Cursor: "\x1b[7m", Match: "\x1b[4m", Here: "\x1b[1m", Fault: "\x1b[41m",
}

// see is what a view of w by h cells shows, without styles and trailing blanks.
func see(v *View, w, h int) []string {
	v.SetSize(w, h)
	var lines []string
	for _, row := range v.Rows(w, h, &styles) {
		lines = append(lines, strings.TrimRight(frame.Plain(row), " "))
	}
	return lines
}

func expect(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	for len(got) > 0 && got[len(got)-1] == "" {
		got = got[:len(got)-1]
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

const order = `{"id":12345678901234567890,"ok":true,"lines":[{"sku":"A-77","qty":2},{}],"note":null}`

func TestRowsOfAnOrder(t *testing.T) {
	v := New([]byte(order))
	expect(t, "unfolded", see(v, 60, 20),
		`{`,
		`  "id": 12345678901234567890,`,
		`  "ok": true,`,
		`  "lines": [`,
		`    {`,
		`      "sku": "A-77",`,
		`      "qty": 2`,
		`    },`,
		`    {}`,
		`  ],`,
		`  "note": null`,
		`}`)
	v.Move(3)
	if got := v.Path(); got != "lines" {
		t.Errorf("path %q", got)
	}
	v.Fold()
	expect(t, "lines folded", see(v, 60, 20),
		`{`,
		`  "id": 12345678901234567890,`,
		`  "ok": true,`,
		`▸ "lines": [ … 2 items ],`,
		`  "note": null`,
		`}`)
	v.Unfold()
	v.Unfold()
	v.Unfold()
	if got := v.Path(); got != "lines[0].sku" {
		t.Errorf("path after going in %q", got)
	}
	if got := v.Pointer(); got != "/lines/0/sku" {
		t.Errorf("pointer %q", got)
	}
	if got := string(v.Value()); got != `"A-77"` {
		t.Errorf("value %s", got)
	}
	v.Fold()
	v.Fold()
	expect(t, "one item folded", see(v, 60, 6),
		`{`,
		`  "id": 12345678901234567890,`,
		`  "ok": true,`,
		`  "lines": [`,
		`  ▸ { … 2 keys },`,
		`    {}`)
	if got := string(v.Value()); got != `{"sku":"A-77","qty":2}` {
		t.Errorf("value of the folded item %s", got)
	}
	v.FoldAll()
	expect(t, "all folded", see(v, 60, 20),
		`{`,
		`  "id": 12345678901234567890,`,
		`  "ok": true,`,
		`▸ "lines": [ … 2 items ],`,
		`  "note": null`,
		`}`)
	v.FoldAll()
	v.End()
	if got := string(v.Value()); got != order {
		t.Errorf("value at the end %s", got)
	}
}

func TestFoldedRootKeepsItsPlace(t *testing.T) {
	v := New([]byte(order))
	v.Fold()
	expect(t, "root folded", see(v, 40, 5), `▸ { … 4 keys }`)
	if v.Fold() {
		t.Error("there is something around the root")
	}
}

func corpus(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	all := make(map[string][]byte, len(files))
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = b
	}
	return all
}

func TestHostileDocumentsAtEverySize(t *testing.T) {
	documents := corpus(t, "json/*.json")
	for name, b := range corpus(t, "terminal/*.bin") {
		documents[name] = b
		documents["quoted "+name] = append(append([]byte(`{"a": "`), b...), `", "b": [1]}`...)
	}
	for name, b := range documents {
		v := New(b)
		for _, wrap := range []bool{false, true} {
			for mode := JSON; mode <= Hex; mode++ {
				v.SetMode(mode)
				v.SetWrap(wrap)
				v.Find("a")
				for _, w := range []int{0, 1, 2, 9, 40} {
					for _, h := range []int{0, 1, 7} {
						v.SetSize(w, h)
						v.Move(3)
						checkRows(t, name, v, w, h)
					}
				}
				v.End()
				v.Scroll(-2, 5)
				checkRows(t, name, v, 40, 7)
			}
		}
		if !bytes.Equal(v.Bytes(), b) {
			t.Fatalf("%s: bytes changed", name)
		}
	}
}

func checkRows(t testing.TB, name string, v *View, w, h int) {
	t.Helper()
	rows := v.Rows(w, h, &styles)
	if len(rows) != h {
		t.Fatalf("%s: %d rows, want %d", name, len(rows), h)
	}
	for _, row := range rows {
		if frame.Measure(row) != w {
			t.Fatalf("%s: a row of %d cells, want %d: %q", name, frame.Measure(row), w, row)
		}
		if plain := frame.Plain(row); safetext.FromString(plain).String() != plain {
			t.Fatalf("%s: a row that is not clean: %q", name, plain)
		}
	}
}

func TestWhatIsNoJSONIsShownAsText(t *testing.T) {
	v := New([]byte("{\"a\": 1}\n{\"b\": 2}\n"))
	if v.Mode() != Text || v.Fault() == nil || v.Fault().Line != 2 {
		t.Fatalf("mode %v, fault %v", v.Mode(), v.Fault())
	}
	expect(t, "lines", see(v, 40, 5), `{"a": 1}`, `{"b": 2}`)
	v.Move(1)
	if got := string(v.Value()); got != `{"b": 2}` {
		t.Errorf("value %q", got)
	}
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), bytes.Repeat([]byte{0xff, 0xfe, 0x01}, 40)...)
	v = New(png)
	if v.Mode() != Hex {
		t.Fatalf("mode %v for binary", v.Mode())
	}
	expect(t, "bytes", see(v, 80, 1), `00000000  89 50 4e 47 0d 0a 1a 0a  00 00 00 0d 49 48 44 52  .PNG........IHDR`)
	v = New([]byte("{\"a\": \"\xff\"}"))
	if v.Mode() != JSON || v.Fault() == nil {
		t.Errorf("bad UTF-8 in a string: mode %v, fault %v", v.Mode(), v.Fault())
	}
	expect(t, "bad UTF-8", see(v, 40, 5), `{`, `  "a": "\xff"`, `}`)
	if v = New(nil); v.Mode() != Text || len(v.Value()) != 0 {
		t.Errorf("nothing: mode %v, value %q", v.Mode(), v.Value())
	}
}

func TestDuplicateNamesAreMarked(t *testing.T) {
	v := New([]byte(`{"a":1,"b":2,"a":3}`))
	expect(t, "duplicates", see(v, 40, 5), `{`, `  "a": 1,  duplicate name`, `  "b": 2,`, `  "a": 3  duplicate name`, `}`)
}

func TestDeepContainersStartFolded(t *testing.T) {
	const depth = 100_000
	v := New([]byte(strings.Repeat("[", depth) + "7" + strings.Repeat("]", depth)))
	for !v.Complete() {
		v.Take(Build(v.Bytes()))
	}
	lines := see(v, 120, 200)
	if got := strings.TrimSpace(lines[DeepFold]); got != "▸ [ … 1 item ]" {
		t.Errorf("row %d is %q", DeepFold, got)
	}
	v.Move(1000)
	if row, rows, _ := v.Position(); row != rows || rows != 2*depth+1 {
		t.Errorf("row %d of %d", row, rows)
	}
	if found, _ := v.Find("7"); !found || string(v.Value()) != "7" {
		t.Errorf("what is deepest was not found: %q", v.Value())
	}
	checkRows(t, "at the bottom", v, 100, 40)
}

func TestSearchUnfoldsAndWraps(t *testing.T) {
	v := New([]byte(order))
	v.SetSize(60, 10)
	v.FoldAll()
	for i, step := range []struct {
		do      func() (bool, bool)
		value   string
		wrapped bool
	}{
		{func() (bool, bool) { return v.Find("a-77") }, `"A-77"`, false},
		{v.FindNext, `"A-77"`, true},
		{func() (bool, bool) { return v.Find("qty") }, `2`, false},
		{v.FindPrevious, `2`, true},
		{func() (bool, bool) { return v.Find("note") }, `null`, false},
	} {
		if found, wrapped := step.do(); !found || wrapped != step.wrapped || string(v.Value()) != step.value {
			t.Errorf("step %d: value %s, found %v, wrapped %v", i, v.Value(), found, wrapped)
		}
	}
	if found, _ := v.Find("A-78"); found {
		t.Error("found what is not there")
	}
}

func TestOneStringOfMegabytes(t *testing.T) {
	b := []byte(`{"data":"` + strings.Repeat("0123456789 é ", 400_000) + `the end","n":1}`)
	v := New(b)
	v.Take(Build(b))
	v.SetSize(60, 10)
	if found, _ := v.Find("THE END"); found {
		t.Error("an upper-case query ignores case")
	}
	if found, _ := v.Find("the end"); !found {
		t.Fatal("not found")
	}
	if lines := see(v, 60, 10); !strings.Contains(strings.Join(lines, "\n"), "the end") {
		t.Errorf("the match is not in view: %q", lines)
	}
	v.SetWrap(true)
	v.Find("the end")
	if lines := see(v, 60, 10); !strings.Contains(strings.Join(lines, "\n"), "the end") {
		t.Errorf("wrapped, the match is not in view: %q", lines)
	}
	checkRows(t, "wrapped", v, 60, 10)
	v.End()
	expect(t, "end", see(v, 60, 3)[2:], "}")
}

func TestWrappedRowsShowEverything(t *testing.T) {
	b := []byte(`{"text":"` + strings.Repeat("wörld 世界 ", 40) + `"}`)
	for w := 5; w < 90; w++ {
		v := New(b)
		v.SetWrap(true)
		got := strings.Join(see(v, w, 600), "")
		for _, part := range []string{"wörld", "世", "界"} {
			if n := strings.Count(strings.ReplaceAll(got, " ", ""), part); n != 40 {
				t.Fatalf("at %d columns %q is there %d times, want 40", w, part, n)
			}
		}
	}
}

func TestMovingThroughWrappedRows(t *testing.T) {
	b := []byte(`["` + strings.Repeat("x", 500) + `","end"]`)
	v := New(b)
	v.SetWrap(true)
	v.SetSize(21, 5)
	rows := map[string]bool{}
	for range 60 {
		v.Move(1)
		checkRows(t, "moving", v, 21, 5)
		for _, line := range see(v, 21, 5) {
			rows[line] = true
		}
	}
	if !rows["]"] || !rows[`  "end"`] || string(v.Value()) != string(b) {
		t.Errorf("the end was not reached: at %q", v.Value())
	}
	v.Move(-1000)
	v.Start()
	if got := see(v, 21, 5)[0]; got != "[" {
		t.Errorf("back at the start: %q", got)
	}
}

func TestWheelLeavesTheCursor(t *testing.T) {
	v := New([]byte("[" + strings.Repeat("1,", 99) + "1]"))
	v.SetSize(20, 10)
	v.Scroll(50, 0)
	if got := see(v, 20, 10); v.Top() != 0 && got[0] != "  1," || v.Top() != 0 {
		t.Errorf("a new size keeps the cursor in view: top %d, %q", v.Top(), got[0])
	}
	v.Scroll(1000, 0)
	if rows := v.Rows(20, 10, &styles); v.Top() != 92 || !strings.HasPrefix(frame.Plain(rows[9]), "]") {
		t.Errorf("top %d, last row %q", v.Top(), frame.Plain(rows[9]))
	}
	if row, _, _ := v.Position(); row != 1 {
		t.Errorf("the cursor went to row %d", row)
	}
	v.Move(1)
	if v.Top() != 1 {
		t.Errorf("after a key the view begins at %d", v.Top())
	}
}

func TestClick(t *testing.T) {
	v := New([]byte(order))
	v.SetSize(60, 20)
	if !v.Click(3) || v.Path() != "lines" {
		t.Errorf("path under the fourth row %q", v.Path())
	}
	v.Toggle()
	if !v.Click(4) || v.Path() != "note" || v.Click(15) {
		t.Errorf("path below the folded row %q", v.Path())
	}
}

func FuzzView(f *testing.F) {
	for _, b := range corpus(f, "json/*.json") {
		if len(b) < 4<<10 {
			f.Add(b, uint64(1))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64) {
		v := New(b)
		r := rand.New(rand.NewPCG(seed, 9))
		for range 30 {
			switch r.IntN(10) {
			case 0:
				v.Fold()
			case 1:
				v.Unfold()
			case 2:
				v.FoldAll()
			case 3:
				v.SetWrap(r.IntN(2) == 0)
			case 4:
				v.Find(string(b[len(b)/2 : min(len(b), len(b)/2+2)]))
			case 5:
				v.Scroll(r.IntN(9)-4, r.IntN(9)-4)
			case 6:
				v.Page(r.IntN(3) - 1)
			case 7:
				v.SetMode(Mode(r.IntN(3)))
			default:
				v.Move(r.IntN(9) - 4)
			}
			w, h := r.IntN(50), r.IntN(12)
			v.SetSize(w, h)
			checkRows(t, "fuzz", v, w, h)
			v.Path()
			v.Value()
		}
	})
}

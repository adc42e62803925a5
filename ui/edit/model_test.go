package edit

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"lambent/invoke/jsondoc"
	"lambent/ui/safetext"
)

// What an editor does to bytes, done to a plain slice: the reference for random edits.
type model struct {
	text           []byte
	cursor, anchor int
}

func (m *model) replaceSelection(text string) {
	from, to := min(m.cursor, m.anchor), max(m.cursor, m.anchor)
	m.text = append(append(bytes.Clone(m.text[:from]), text...), m.text[to:]...)
	m.cursor = from + len(text)
	m.anchor = m.cursor
}

func check(t testing.TB, e *Editor, m *model, what string) {
	t.Helper()
	if !bytes.Equal(e.buf.text, m.text) || e.cursor != m.cursor || e.anchor != m.anchor {
		t.Fatalf("after %s:\n%q %d %d, want\n%q %d %d", what, e.buf.text, e.cursor, e.anchor, m.text, m.cursor, m.anchor)
	}
	if got, want := e.buf.starts, newBuffer(m.text).starts; len(got) != len(want) {
		t.Fatalf("after %s: %d lines, want %d", what, len(got), len(want))
	} else {
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("after %s: line %d begins at %d, want %d", what, i, got[i], want[i])
			}
		}
	}
}

// randomEdits applies the same random edits to an editor and to the model.
func randomEdits(t testing.TB, start []byte, seed uint64, steps int) *Editor {
	r := rand.New(rand.NewPCG(seed, 1))
	e, m := New(start), &model{text: bytes.Clone(start)}
	e.SetSize(30, 6)
	pieces := []string{"x", "{", "\"", "\n", "\t", "世", "👍🏽", "\u0301", "\xff", "\r\n", "[1,2]", "\x1b[", strings.Repeat("long ", 40)}
	for range steps {
		what := "a move"
		switch r.IntN(10) {
		case 0, 1, 2:
			piece := pieces[r.IntN(len(pieces))]
			what = "inserting " + piece
			e.Insert(piece)
			m.replaceSelection(piece)
		case 3:
			what = "backspace"
			if m.cursor == m.anchor {
				m.anchor = safetext.Previous(m.text, m.cursor)
			}
			e.Backspace()
			m.replaceSelection("")
		case 4:
			what = "delete"
			if m.cursor == m.anchor {
				m.anchor = safetext.Next(m.text, m.cursor)
			}
			e.Delete()
			m.replaceSelection("")
		case 5:
			what = "paste"
			e.Paste("a\rb")
			m.replaceSelection("a\nb")
		default:
			e.Move(Motion(r.IntN(int(TextEnd)+1)), r.IntN(2) == 0)
			m.cursor, m.anchor = e.cursor, e.anchor
			if e.cursor < 0 || e.cursor > len(m.text) || safetext.Boundary(m.text, e.cursor) != e.cursor {
				t.Fatalf("a motion led into a character: %d", e.cursor)
			}
		}
		check(t, e, m, what)
		if r.IntN(8) == 0 {
			checkRows(t, what, e)
			checkCaches(t, e)
		}
	}
	return e
}

// checkCaches fails if what an editor remembers differs from what it would find out afresh.
func checkCaches(t testing.TB, e *Editor) {
	t.Helper()
	fresh := New(e.buf.text)
	for line := range e.buf.lines() {
		start, end := e.buf.bounds(line)
		if got, want := e.columnOf(end), safetext.Measure(e.buf.text[start:end], 0); got != want {
			t.Fatalf("line %d ends in column %d, want %d", line, got, want)
		}
	}
	for _, from := range []int{0, e.cursor, len(e.buf.text) / 2} {
		got, want := e.lex.tokens(e.buf.text, from), fresh.lex.tokens(fresh.buf.text, 0)
		a, b := got.next(), want.next()
		for b.Kind != jsondoc.End && b.Start < a.Start {
			b = want.next()
		}
		for i := 0; i < 50 && a.Kind != jsondoc.End; i++ {
			if a != b {
				t.Fatalf("from %d: token %+v, want %+v", from, a, b)
			}
			a, b = got.next(), want.next()
		}
	}
}

func TestRandomEditsMatchTheModel(t *testing.T) {
	deep := strings.Repeat("[", 200) + strings.Repeat(`{"a":"`+strings.Repeat("b", 5000)+`"},`, 20) + "\n"
	long := `["` + strings.Repeat("é", 60_000) + `", 1]`
	for seed, start := range []string{"", "{\n  \"a\": [1, 2]\n}\n", deep, long} {
		e := randomEdits(t, []byte(start), uint64(seed), 300)
		for e.Undo() {
		}
		if got := string(e.Bytes()); got != start {
			t.Fatalf("undoing everything gives %d bytes, want the %d of the start", len(got), len(start))
		}
		for e.Redo() {
		}
		again := randomEdits(t, []byte(start), uint64(seed), 300)
		if !bytes.Equal(e.Bytes(), again.Bytes()) {
			t.Fatal("redoing everything gives another text")
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	e := New(nil)
	paste := strings.Repeat("x", MaxHistory/10)
	for range 25 {
		e.Paste(paste)
		e.SelectAll()
	}
	if e.kept > MaxHistory {
		t.Errorf("history holds %d bytes", e.kept)
	}
	for range 2 {
		if !e.Undo() {
			t.Error("nothing to undo after many large pastes")
		}
	}
}

func TestPasteOfMegabytes(t *testing.T) {
	big := `{"rows": [` + strings.Repeat(`{"id": 1042, "name": "one"},`+"\r\n", 200_000) + `{}]}`
	e := New([]byte("[|]"))
	e.SetSize(60, 20)
	e.GoToOffset(1)
	e.Paste(big)
	if want := len(big) - 200_000 + 3; e.Len() != want || e.Lines() != 200_001 {
		t.Errorf("%d bytes in %d lines, want %d in 200001", e.Len(), e.Lines(), want)
	}
	checkRows(t, "6 MB", e)
	e.Undo()
	if got := string(e.Bytes()); got != "[|]" {
		t.Errorf("after undo: %q", got)
	}
}

func TestOneLineOfMegabytes(t *testing.T) {
	e := New([]byte(`["` + strings.Repeat("0123456789 é ", 400_000) + `"]`))
	e.SetSize(60, 20)
	e.Move(TextEnd, false)
	e.Insert(" ")
	checkRows(t, "the end of a long line", e)
	checkCaches(t, e)
	e.GoToOffset(3_000_000)
	e.Insert(`",7,"`)
	checkRows(t, "the middle of a long line", e)
	checkCaches(t, e)
	e.Move(TextStart, false)
	checkRows(t, "the start of a long line", e)
	if pair, ok := New([]byte("[[1],2]")).brackets(); !ok || pair != [2]int{0, 6} {
		t.Errorf("brackets %v, %v", pair, ok)
	}
}

func FuzzEdits(f *testing.F) {
	for name, b := range hostile(f) {
		if len(b) < 4<<10 {
			f.Add(b, uint64(len(name)))
		}
	}
	f.Fuzz(func(t *testing.T, start []byte, seed uint64) {
		e := randomEdits(t, start, seed, 60)
		for e.Undo() {
		}
		if !bytes.Equal(e.Bytes(), start) {
			t.Fatal("undo does not lead back")
		}
	})
}

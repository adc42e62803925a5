package edit

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// at makes an editor of text in which | is the cursor, and ^ the selection's other end.
func at(text string) *Editor {
	cursor := strings.Index(text, "|")
	anchor := strings.Index(text, "^")
	clean := strings.NewReplacer("|", "", "^", "").Replace(text)
	if anchor >= 0 && anchor < cursor {
		cursor--
	} else if anchor > cursor {
		anchor--
	}
	e := New([]byte(clean))
	e.SetSize(40, 10)
	e.GoToOffset(cursor)
	if anchor >= 0 {
		e.anchor = anchor
	}
	return e
}

// shows is the reverse of at.
func shows(e *Editor) string {
	text := string(e.Bytes())
	from, to := e.Selection()
	switch {
	case from == to:
		return text[:from] + "|" + text[from:]
	case e.cursor == to:
		return text[:from] + "^" + text[from:to] + "|" + text[to:]
	}
	return text[:from] + "|" + text[from:to] + "^" + text[to:]
}

func TestTyping(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		do                  func(*Editor)
	}{
		{"insert", `{"a|"}`, `{"ab|"}`, func(e *Editor) { e.Insert("b") }},
		{"insert over a selection", `a^bc|d`, `ax|d`, func(e *Editor) { e.Insert("x") }},
		{"new line keeps the indentation", "  \"a\": 1,|", "  \"a\": 1,\n  |", func(e *Editor) { e.Newline() }},
		{"new line after a bracket goes in", "{|", "{\n  |", func(e *Editor) { e.Newline() }},
		{"new line between brackets", "  {|}", "  {\n    |\n  }", func(e *Editor) { e.Newline() }},
		{"new line in tabs", "\t[|", "\t[\n\t\t|", func(e *Editor) { e.Newline() }},
		{"new line in a CRLF text", "a|b\r\nc", "a\r\n|b\r\nc", func(e *Editor) { e.Newline() }},
		{"new line before a CR stays before it", "ab\r|\nc", "ab\r\n|\r\nc", func(e *Editor) { e.Newline() }},
		{"closing bracket goes out", "{\n  |", "{\n}|", func(e *Editor) { e.Insert("}") }},
		{"closing bracket after text stays", "{ 1 |", "{ 1 }|", func(e *Editor) { e.Insert("}") }},
		{"backspace", "ab|c", "a|c", (*Editor).Backspace},
		{"backspace joins lines", "a\n|b", "a|b", (*Editor).Backspace},
		{"backspace takes a whole emoji", "a👨‍👩‍👧|b", "a|b", (*Editor).Backspace},
		{"backspace takes one bad byte", "a\xff\xfe|b", "a\xff|b", (*Editor).Backspace},
		{"backspace at the start", "|ab", "|ab", (*Editor).Backspace},
		{"delete", "a|bc", "a|c", (*Editor).Delete},
		{"delete a selection", "a^bc|d", "a|d", (*Editor).Delete},
		{"delete at the end", "ab|", "ab|", (*Editor).Delete},
		{"delete a word", "one two|", "one |", func(e *Editor) { e.DeleteTo(WordLeft) }},
		{"paste makes LF of CR and CRLF", "a|", "ab\nc\nd\ne|", func(e *Editor) { e.Paste("b\rc\r\nd\ne") }},
		{"paste keeps everything else", "|", "\x00\t\x1b[31m\xff|", func(e *Editor) { e.Paste("\x00\t\x1b[31m\xff") }},
		{"cut", "a^bc|d", "a|d", func(e *Editor) {
			if got := e.Cut(); got != "bc" {
				t.Errorf("cut %q", got)
			}
		}},
		{"select all and type", "abc|", "x|", func(e *Editor) { e.SelectAll(); e.Insert("x") }},
	} {
		e := at(c.before)
		c.do(e)
		if got := shows(e); got != c.after {
			t.Errorf("%s: %q, want %q", c.name, got, c.after)
		}
	}
}

func TestMotions(t *testing.T) {
	for _, c := range []struct {
		before string
		m      Motion
		extend bool
		after  string
	}{
		{"a|b", Left, false, "|ab"},
		{"a|b", Right, true, "a^b|"},
		{"a^bc|d", Left, false, "a|bcd"},
		{"a|bc^d", Right, false, "abc|d"},
		{"abc\nd|ef", Up, false, "a|bc\ndef"},
		{"abc|\nd\nefg", Down, false, "abc\nd|\nefg"},
		{"a|b", Up, false, "|ab"},
		{"a|b", Down, false, "ab|"},
		{"  ab|c", LineStart, false, "  |abc"},
		{"  |abc", LineStart, false, "|  abc"},
		{"a|bc\nd", LineEnd, false, "abc|\nd"},
		{"one two|", WordLeft, false, "one |two"},
		{"|one two", WordRight, false, "one| two"},
		{"a|b\nc", TextEnd, true, "a^b\nc|"},
		{"ab\nc|", TextStart, false, "|ab\nc"},
		{"世|x", Left, false, "|世x"},
		{"e\u0301|", Left, false, "|e\u0301"},
		{"\xc3|(", Left, false, "|\xc3("},
	} {
		e := at(c.before)
		e.Move(c.m, c.extend)
		if got := shows(e); got != c.after {
			t.Errorf("%q and motion %d: %q, want %q", c.before, c.m, got, c.after)
		}
	}
}

func TestGoalColumnOutlivesShortLines(t *testing.T) {
	e := at("abcdef|\nx\nabcdef")
	e.Move(Down, false)
	e.Move(Down, false)
	if got := shows(e); got != "abcdef\nx\nabcdef|" {
		t.Errorf("%q", got)
	}
}

func TestUndoGoesByWordsAndSurvivesFormat(t *testing.T) {
	e := New(nil)
	for _, c := range `{"one two": 1}` {
		e.Insert(string(c))
	}
	if err := e.Format(); err != nil {
		t.Fatal(err)
	}
	if got := string(e.Bytes()); got != "{\n  \"one two\": 1\n}" {
		t.Fatalf("formatted: %q", got)
	}
	var steps []string
	for e.Undo() {
		steps = append(steps, string(e.Bytes()))
	}
	want := []string{`{"one two": 1}`, `{"one two": `, `{"one `, `{"`, ``}
	if strings.Join(steps, "¦") != strings.Join(want, "¦") {
		t.Errorf("undo goes through %q, want %q", steps, want)
	}
	for e.Redo() {
	}
	if got := string(e.Bytes()); got != "{\n  \"one two\": 1\n}" {
		t.Errorf("after redo: %q", got)
	}
	if err := e.Format(); err != nil || string(e.Bytes()) != `{"one two":1}` {
		t.Errorf("formatting again: %q, %v", e.Bytes(), err)
	}
}

func TestFormatKeepsTheCursorAtItsToken(t *testing.T) {
	e := at(`{"a":[1,23|4]}`)
	if err := e.Format(); err != nil {
		t.Fatal(err)
	}
	if got, want := shows(e), "{\n  \"a\": [\n    1,\n    23|4\n  ]\n}"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	e = at(`{"a" 1}|`)
	if err := e.Format(); err == nil || shows(e) != `{"a" 1}|` {
		t.Errorf("formatting what is no JSON: %v, %q", err, shows(e))
	}
}

func TestFormatRefusesToMakeItHuge(t *testing.T) {
	deep := strings.Repeat("[", 9000) + strings.Repeat("]", 9000)
	e := New([]byte(deep))
	if err := e.Format(); err == nil || string(e.Bytes()) != deep {
		t.Errorf("formatting 9,000 levels: %v, %d bytes", err, e.Len())
	}
}

func TestVerdictPointsAtThePlace(t *testing.T) {
	e := New([]byte("{\n  \"a\": 1\n  \"b\": 2\n}"))
	v, current := e.Verdict()
	if !current || v.Valid() || v.Fault.Line != 2 || v.Fault.Column != 9 {
		t.Fatalf("verdict %+v, fault %v, current %v", v, v.Fault, current)
	}
	e.GoTo(v.Fault.Line, v.Fault.Column)
	e.Insert(",")
	if v, current = e.Verdict(); !current || !v.Valid() {
		t.Errorf("after the comma: %v", v.Fault)
	}
	e.Load([]byte(" \n"))
	if v, _ = e.Verdict(); !v.Blank {
		t.Error("white space is not blank")
	}
}

func TestLargeTextsAreCheckedElsewhere(t *testing.T) {
	big := append(bytes.Repeat([]byte(" "), InlineCheck), "[1]"...)
	e := New(big)
	if _, current := e.Verdict(); current {
		t.Fatal("judged at once")
	}
	old := e.Version()
	verdict := Check(e.Bytes())
	e.Insert(" ")
	e.SetVerdict(old, verdict)
	if v, current := e.Verdict(); current || !v.Valid() {
		t.Errorf("a verdict about the text before: current %v, %v", current, v.Fault)
	}
	e.SetVerdict(e.Version(), Check(e.Bytes()))
	if v, current := e.Verdict(); !current || !v.Valid() {
		t.Errorf("a verdict about this text: current %v, %v", current, v.Fault)
	}
}

func TestFindWraps(t *testing.T) {
	e := at("|one Two one")
	steps := []struct {
		do      func() (bool, bool)
		shows   string
		wrapped bool
	}{
		{func() (bool, bool) { return e.Find("one") }, "^one| Two one", false},
		{e.FindNext, "one Two ^one|", false},
		{e.FindNext, "^one| Two one", true},
		{e.FindPrevious, "one Two ^one|", true},
		{func() (bool, bool) { return e.Find("two") }, "one ^Two| one", true},
	}
	for i, s := range steps {
		found, wrapped := s.do()
		if !found || wrapped != s.wrapped || shows(e) != s.shows {
			t.Errorf("step %d: %q, found %v, wrapped %v", i, shows(e), found, wrapped)
		}
	}
	if found, _ := e.Find("TWO"); found {
		t.Error("an upper-case query ignores case")
	}
}

func TestKeys(t *testing.T) {
	e := New(nil)
	e.SetSize(40, 10)
	key := func(code rune, text string, mod tea.KeyMod) tea.KeyPressMsg {
		return tea.KeyPressMsg{Code: code, Text: text, Mod: mod}
	}
	for _, k := range []tea.KeyPressMsg{
		key('{', "{", 0), key(tea.KeyEnter, "", 0), key('a', "a", 0), key(tea.KeySpace, " ", 0), key('ä', "ä", 0),
		key(tea.KeyLeft, "", tea.ModShift), key(tea.KeyBackspace, "", 0), key('}', "}", tea.ModShift),
	} {
		if !e.Key(k) {
			t.Errorf("%s is not an editing key", k)
		}
	}
	if got := shows(e); got != "{\n  a }|" {
		t.Errorf("%q", got)
	}
	for _, k := range []tea.KeyPressMsg{key('z', "", tea.ModCtrl), key(tea.KeyTab, "", 0), key(tea.KeyEscape, "", 0), key('j', "j", tea.ModAlt), key(tea.KeyEnter, "", tea.ModCtrl), key(tea.KeyF5, "", 0)} {
		if e.Key(k) {
			t.Errorf("%s is taken for an editing key", k)
		}
	}
}

func TestMouse(t *testing.T) {
	e := at("|{\n  \"key\": 世界\n}")
	e.Click(4+3, 1, false)
	if got := shows(e); got != "{\n  \"|key\": 世界\n}" {
		t.Errorf("click: %q", got)
	}
	e.Click(4+12, 1, true)
	if got := shows(e); got != "{\n  \"^key\": 世|界\n}" {
		t.Errorf("drag: %q", got)
	}
	e.SelectWord(4+4, 1)
	if got := shows(e); got != "{\n  \"^key|\": 世界\n}" {
		t.Errorf("double click: %q", got)
	}
	e.Click(30, 9, false)
	if got := shows(e); got != "{\n  \"key\": 世界\n}|" {
		t.Errorf("click beside the text: %q", got)
	}
}

func TestWheelLeavesTheCursor(t *testing.T) {
	e := New([]byte(strings.Repeat("x\n", 100)))
	e.SetSize(30, 10)
	e.Scroll(50, 0)
	if _, _, ok := e.Cursor(30, 10); ok || e.Top() != 50 {
		t.Errorf("top %d, cursor in view %v", e.Top(), ok)
	}
	e.Move(Down, false)
	if _, y, ok := e.Cursor(30, 10); !ok || y != 0 {
		t.Errorf("after a key the cursor is in row %d, in view %v", y, ok)
	}
}

func hostile(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, pattern := range []string{"terminal/*.bin", "json/*.json"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no corpus: %v", err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all[filepath.Base(f)] = b
		}
	}
	return all
}

var styles = Styles{
	JSON:      frame.JSONStyles{Key: "\x1b[34m", String: "\x1b[32m", Number: "\x1b[33m", Bool: "\x1b[35m", Null: "\x1b[36m", Punct: "\x1b[37m", Invalid: "\x1b[31m"},
	Number:    "\x1b[2m",
	Selection: "\x1b[7m", Match: "\x1b[4m", Bracket: "\x1b[1m", Fault: "\x1b[41m",
}

func TestHostileTextIsKeptAndShown(t *testing.T) {
	for name, b := range hostile(t) {
		e := New(b)
		e.SetSize(30, 8)
		e.Move(TextEnd, false)
		e.Insert("x")
		e.Backspace()
		e.Paste("y")
		e.Undo()
		if !bytes.Equal(e.Bytes(), b) {
			t.Errorf("%s: changed by an edit that was undone", name)
		}
		for range 20 {
			e.Move(Left, true)
		}
		checkRows(t, name, e)
	}
}

func checkRows(t testing.TB, name string, e *Editor) {
	t.Helper()
	for _, w := range []int{0, 1, 2, 7, 15, 16, 17, 30, 81} {
		for _, h := range []int{0, 1, 8} {
			rows := e.Rows(w, h, &styles)
			if len(rows) != h {
				t.Fatalf("%s: %d rows, want %d", name, len(rows), h)
			}
			for _, row := range rows {
				if frame.Measure(row) != w {
					t.Fatalf("%s: a row of %d cells, want %d: %q", name, frame.Measure(row), w, row)
				}
				if what := frame.Plain(row); safetext.FromString(what).String() != what {
					t.Fatalf("%s: a row that is not clean: %q", name, what)
				}
			}
			if x, y, ok := e.Cursor(w, h); ok && (x < 0 || x >= w || y < 0 || y >= h) {
				t.Fatalf("%s: cursor at %d, %d in %dx%d", name, x, y, w, h)
			} else if !ok && w > 1 && h > 0 && !e.free {
				t.Fatalf("%s: the cursor is out of view in %dx%d", name, w, h)
			}
		}
	}
}

func TestColours(t *testing.T) {
	e := New([]byte(`{"a": [1, true, null, "s"]}`))
	e.SetSize(40, 1)
	e.GoToOffset(6)
	row := e.Rows(40, 1, &styles)[0]
	for _, want := range []string{"\x1b[34m\"a\"", "\x1b[33m1", "\x1b[35mtrue", "\x1b[36mnull", "\x1b[32m\"s\"", "\x1b[37m\x1b[1m["} {
		if !strings.Contains(row, want) {
			t.Errorf("no %q in %q", want, row)
		}
	}
	if n := strings.Count(row, "\x1b[1m"); n != 2 {
		t.Errorf("%d brackets marked, want the one at the cursor and its partner", n)
	}
	plain := frame.Plain(row)
	if want := ` 1  {"a": [1, true, null, "s"]}`; strings.TrimRight(plain, " ") != want {
		t.Errorf("%q, want %q", plain, want)
	}
}

package ui

import (
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// maxField bounds what a field takes, in characters.
const maxField = 4096

// A field is a text field of one row. It keeps what is typed as it is; a paste
// of several lines becomes one.
type field struct {
	text []rune
	at   int // the cursor, 0 to len(text)
}

func newField(text string) field {
	f := field{}
	f.set(text)
	return f
}

// set replaces the text and puts the cursor behind it.
func (f *field) set(text string) {
	f.text = []rune(text)
	f.at = len(f.text)
}

func (f *field) String() string { return string(f.text) }

// insert puts text at the cursor.
func (f *field) insert(text string) {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	in := []rune(text)
	in = in[:min(len(in), maxField-len(f.text))]
	f.text = append(f.text[:f.at:f.at], append(in, f.text[f.at:]...)...)
	f.at += len(in)
}

// press handles a key; used is false when the field has no use for it.
func (f *field) press(k tea.KeyPressMsg) (used bool) {
	if k.Text != "" {
		f.insert(k.Text)
		return true
	}
	switch k.Keystroke() {
	case "left", "ctrl+b":
		f.at = max(f.at-1, 0)
	case "right":
		f.at = min(f.at+1, len(f.text))
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "ctrl+left", "alt+left", "alt+b":
		f.at = f.word(-1)
	case "ctrl+right", "alt+right", "alt+f":
		f.at = f.word(1)
	case "backspace", "shift+backspace":
		f.cut(f.at-1, f.at)
	case "delete", "ctrl+d":
		f.cut(f.at, f.at+1)
	case "ctrl+w", "alt+backspace", "ctrl+backspace":
		f.cut(f.word(-1), f.at)
	case "ctrl+u":
		f.cut(0, f.at)
	case "ctrl+k":
		f.cut(f.at, len(f.text))
	default:
		return false
	}
	return true
}

func (f *field) cut(from, to int) {
	from, to = max(from, 0), min(to, len(f.text))
	if from >= to {
		return
	}
	f.text = append(f.text[:from:from], f.text[to:]...)
	f.at = from
}

// word is where the word beside the cursor begins (-1) or ends (1).
func (f *field) word(step int) int {
	at := f.at
	inWord := func() bool {
		i := at
		if step < 0 {
			i--
		}
		return unicode.IsLetter(f.text[i]) || unicode.IsDigit(f.text[i])
	}
	more := func() bool { return step < 0 && at > 0 || step > 0 && at < len(f.text) }
	for more() && !inWord() {
		at += step
	}
	for more() && inWord() {
		at += step
	}
	return at
}

// view adds the field to a row in exactly w cells, scrolled so that the cursor
// is inside, and returns the cursor's column in the row.
func (f *field) view(r *frame.Row, w int, s frame.Style) (cursor int) {
	start := r.Used()
	w = min(w, r.Left())
	before := safetext.FromString(string(f.text[:f.at]))
	shift := max(before.Width()-w+1, 0)
	whole := safetext.Concat(before, safetext.FromString(string(f.text[f.at:])))
	r.Add(s, whole.Slice(shift, shift+w))
	r.PadTo(s, start+w)
	return start + before.Width() - shift
}

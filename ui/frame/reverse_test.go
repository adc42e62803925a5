package frame

import (
	"testing"

	"lambent/ui/safetext"
)

// A reversed row has one look: text in a colour of its own would be a patch in it.
func TestAReversedRowIsOfOnePiece(t *testing.T) {
	reverse := NewStyle(Attributes{Reverse: true}, ANSI256)
	red := NewStyle(Attributes{FG: RGB(255, 0, 0), Bold: true}, ANSI256)
	r := NewRow(6)
	r.Base(reverse)
	r.Add(red, safetext.Trusted("ab"))
	if got, want := r.String(), "\x1b[7m\x1b[1mab\x1b[m\x1b[7m    \x1b[m"; got != want {
		t.Errorf("painted %q, want %q", got, want)
	}
	r.Reset(2)
	r.Base(NewStyle(Attributes{FG: RGB(0, 0, 0), Bold: true}, ANSI256))
	r.Add(red, safetext.Trusted("ab"))
	if got := r.String(); got == "\x1b[1mab\x1b[m" {
		t.Errorf("a row that is not reversed lost its colours: %q", got)
	}
}

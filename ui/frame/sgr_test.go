package frame

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSGR(t *testing.T) {
	red, teal := Attributes{FG: Indexed(1)}, Attributes{BG: RGB(0, 128, 128)}
	tests := []struct {
		name, in, plain string
		want            []Stretch
	}{
		{"nothing", "plain", "plain", nil},
		{"red and back", "a\x1b[31mb\x1b[0mc", "abc", []Stretch{{1, red}, {2, Attributes{}}}},
		{"empty is reset", "\x1b[31ma\x1b[mb", "ab", []Stretch{{0, red}, {1, Attributes{}}}},
		{"empty first parameter is reset", "\x1b[1m\x1b[;31ma", "a", []Stretch{{0, Attributes{Bold: true}}, {0, red}}},
		{"empty parameter is reset", "\x1b[1;;31ma", "a", []Stretch{{0, red}}},
		{"bright", "\x1b[94;103ma", "a", []Stretch{{0, Attributes{FG: Indexed(12), BG: Indexed(11)}}}},
		{"256", "\x1b[38;5;208ma", "a", []Stretch{{0, Attributes{FG: Indexed(208)}}}},
		{"24 bits", "\x1b[48;2;0;128;128ma", "a", []Stretch{{0, teal}}},
		{"colons", "\x1b[48:2::0:128:128ma", "a", []Stretch{{0, teal}}},
		{"colons without a space", "\x1b[48:2:0:128:128ma", "a", []Stretch{{0, teal}}},
		{"after 24 bits", "\x1b[38;2;1;2;3;1ma", "a", []Stretch{{0, Attributes{FG: RGB(1, 2, 3), Bold: true}}}},
		{"curly underline", "\x1b[4:3ma", "a", []Stretch{{0, Attributes{Underline: true}}}},
		{"hidden, blinking, inverted", "\x1b[5;7;8ma", "a", []Stretch{{0, Attributes{}}}},
		{"cut short", "\x1b[38;5ma", "a", []Stretch{{0, Attributes{}}}},
		{"out of range", "\x1b[38;5;256ma", "a", []Stretch{{0, Attributes{}}}},
		{"not a colour", "a\x1b[2Jb", "a\x1b[2Jb", nil},
		{"private", "\x1b[?1ma", "\x1b[?1ma", nil},
		{"unterminated", "\x1b[31", "\x1b[31", nil},
		{"begins again", "\x1b[\x1b[31ma", "\x1b[a", []Stretch{{2, red}}},
		{"title", "\x1b]0;x\x07\x1b[31ma", "\x1b]0;x\x07a", []Stretch{{6, red}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plain, got := SGR([]byte(tt.in))
			if string(plain) != tt.plain {
				t.Errorf("plain is %q, want %q", plain, tt.plain)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(Color{})); diff != "" {
				t.Errorf("looks (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzSGR holds that no text is lost and none is added, whatever comes.
func FuzzSGR(f *testing.F) {
	f.Add([]byte("a\x1b[38;2;1;2;3mb\x1b[0m"))
	f.Add([]byte("\x1b[\x1b[;;::m\x9b31m"))
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		plain, stretches := SGR(line)
		if !bytes.Equal(before, line) {
			t.Fatal("the line was changed")
		}
		letters := func(b []byte) int { return len(b) - bytes.Count(b, csi) }
		if len(plain) > len(line) || letters(plain) < 0 {
			t.Fatalf("%q became %q", line, plain)
		}
		last := 0
		for _, s := range stretches {
			if s.From < last || s.From > len(plain) {
				t.Fatalf("%q: a look begins at %d of %d bytes, after %d", line, s.From, len(plain), last)
			}
			last = s.From
		}
		if stretches == nil && !bytes.Equal(plain, line) {
			t.Fatalf("%q without a look became %q", line, plain)
		}
	})
}

package safetext

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// corpus is hostile terminal text: escape sequences of every kind, whole and
// cut, C1 in both spellings, bidi, zero width, broken UTF-8, awkward widths.
func corpus(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "terminal", "*.bin"))
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

// inert says what is wrong with a Line made of b, "" when nothing is.
func inert(b []byte, l Line) string {
	s := l.String()
	switch {
	case !utf8.ValidString(s):
		return "is not UTF-8"
	case len(b) > 0 && s == "":
		return "shows nothing"
	case ansi.Strip(s) != s:
		return "holds an escape sequence"
	case l.points != ansi.StringWidthWc(s):
		return fmt.Sprintf("is %d cells by code point, not %d", ansi.StringWidthWc(s), l.points)
	case l.clusters != ansi.StringWidth(s):
		return fmt.Sprintf("is %d cells by cluster, not %d", ansi.StringWidth(s), l.clusters)
	}
	for at, r := range s {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r) {
			return fmt.Sprintf("holds %U", r)
		}
		if unicode.Is(unicode.Cf, r) && r != zwj {
			return fmt.Sprintf("holds the format character %U", r)
		}
		if at == 0 && unicode.Is(unicode.M, r) {
			return "begins with a combining mark"
		}
	}
	if extra := ansi.StringWidth("|" + s + "|"); extra != l.clusters+2 {
		return "joins its neighbours"
	}
	return ""
}

func TestCorpusIsInert(t *testing.T) {
	for name, b := range corpus(t) {
		for from := range min(len(b), 80) {
			if what := inert(b[from:], FromBytes(b[from:])); what != "" {
				t.Errorf("%s from byte %d: %q %s", name, from, FromBytes(b[from:]).String(), what)
				break
			}
		}
		for to := range min(len(b), 80) + 1 {
			if what := inert(b[:to], FromBytes(b[:to])); what != "" {
				t.Errorf("%s up to byte %d: %q %s", name, to, FromBytes(b[:to]).String(), what)
				break
			}
		}
	}
}

// Nothing may hide what comes after it: an unterminated sequence must not
// swallow the next line of a log.
func TestCutSequencesHideNothing(t *testing.T) {
	for name, b := range corpus(t) {
		if bytes.IndexByte(b, '\n') >= 0 {
			continue
		}
		for cut := range min(len(b), 300) + 1 {
			log := append(append([]byte("one "), b[:cut]...), "\ntwo\nthree\n"...)
			var got []string
			var s Stream
			s.Write(log, func(_ []byte, l Line) { got = append(got, l.String()) })
			if len(got) != 3 || !strings.HasPrefix(got[0], "one ") || got[1] != "two" || got[2] != "three" {
				t.Fatalf("%s cut at %d: lines %q", name, cut, got)
			}
		}
	}
}

func TestLinesJoinWithoutTouching(t *testing.T) {
	all := corpus(t)
	for name, a := range all {
		for other, b := range all {
			l := Concat(FromBytes(a), FromBytes(b))
			if l.points != ansi.StringWidthWc(l.text) || l.clusters != ansi.StringWidth(l.text) {
				t.Fatalf("%s and %s join across the seam", name, other)
			}
		}
	}
}

func TestSlicesHaveTheWidthAskedFor(t *testing.T) {
	for _, graphemes := range []bool{false, true} {
		CountGraphemes(graphemes)
		defer CountGraphemes(false)
		for name, b := range corpus(t) {
			l := FromBytes(b)
			w := min(l.Width(), 60)
			for from := range w {
				for to := from; to <= w; to++ {
					part := l.Slice(from, to)
					if part.Width() != to-from {
						t.Fatalf("%s: Slice(%d, %d) is %d cells", name, from, to, part.Width())
					}
					if to > from {
						if what := inert(b, part); what != "" {
							t.Fatalf("%s: Slice(%d, %d) = %q %s", name, from, to, part, what)
						}
					}
				}
				if got := l.Cut(from).Width(); got > from {
					t.Fatalf("%s: Cut(%d) is %d cells", name, from, got)
				}
				if got := l.CutLeft(from).Width(); got > from {
					t.Fatalf("%s: CutLeft(%d) is %d cells", name, from, got)
				}
			}
			for n := 8; n < 40; n++ {
				if got := Concat(l.Wrap(n)...); got != l {
					t.Fatalf("%s: Wrap(%d) puts together %q", name, n, got.text)
				}
				for _, piece := range l.Wrap(n) {
					if piece.Width() > n {
						t.Fatalf("%s: Wrap(%d) made a piece of %d cells", name, n, piece.Width())
					}
				}
			}
		}
	}
}

// What Show, Measure, Seek, Next and Previous say must be what FromBytes shows.
func checkMapping(t testing.TB, name string, b []byte, column int) {
	t.Helper()
	s, want := Show(b, column), FromBytesAt(b, column)
	if s.Line != want {
		t.Fatalf("%s: Show made %q, FromBytesAt %q", name, s.text, want.text)
	}
	if got := Measure(b, column); got != column+want.Width() {
		t.Fatalf("%s: Measure = %d, want %d", name, got, column+want.Width())
	}
	at, before, units := 0, 0, 0
	for at < len(b) {
		units++
		next := Next(b, at)
		if next <= at || next > len(b) {
			t.Fatalf("%s: Next(%d) = %d of %d", name, at, next, len(b))
		}
		if got := Previous(b, next); got != at {
			t.Fatalf("%s: Previous(%d) = %d, want %d", name, next, got, at)
		}
		if got := Boundary(b, next-1); got != at {
			t.Fatalf("%s: Boundary(%d) = %d, want %d", name, next-1, got, at)
		}
		cell := s.Cell(at)
		if at > 0 && cell <= before || s.Offset(cell) != at || s.Cell(next-1) != cell {
			t.Fatalf("%s: offset %d is cell %d (before it %d), which is offset %d", name, at, cell, before, s.Offset(cell))
		}
		if offset, got := Seek(b, column, column+cell); offset != at || got != column+cell {
			t.Fatalf("%s: Seek(%d) = %d, %d, want %d", name, column+cell, offset, got, at)
		}
		at, before = next, cell
	}
	if got := Count(b); got != units {
		t.Fatalf("%s: Count = %d, want %d", name, got, units)
	}
}

func TestCellsMapToBytes(t *testing.T) {
	for _, graphemes := range []bool{false, true} {
		CountGraphemes(graphemes)
		defer CountGraphemes(false)
		for name, b := range corpus(t) {
			checkMapping(t, name, b, 0)
			checkMapping(t, name, b[:min(len(b), 200)], 3)
		}
	}
}

func TestStreamPutsPiecesTogether(t *testing.T) {
	for name, b := range corpus(t) {
		b = append(b[:min(len(b), 400):min(len(b), 400)], "\nlast"...)
		var want []string
		for part := range bytes.SplitSeq(b, []byte("\n")) {
			want = append(want, FromBytes(part).String())
		}
		for size := 1; size <= 7; size++ {
			var s Stream
			var got []string
			var raw []byte
			emit := func(r []byte, l Line) { got, raw = append(got, l.String()), append(append(raw, r...), '\n') }
			for rest := b; len(rest) > 0; {
				n := min(size, len(rest))
				s.Write(rest[:n], emit)
				if what := inert(nil, s.Rest()); what != "" {
					t.Fatalf("%s in pieces of %d: the line so far %s", name, size, what)
				}
				rest = rest[n:]
			}
			s.Close(emit)
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("%s in pieces of %d: %q, want %q", name, size, got, want)
			}
			if !bytes.Equal(raw[:len(raw)-1], b) {
				t.Fatalf("%s in pieces of %d: raw bytes are not those written", name, size)
			}
		}
	}
}

func TestHalfACharacterWaits(t *testing.T) {
	var s Stream
	s.Write([]byte("caf\xc3"), func([]byte, Line) { t.Error("a line without an end") })
	if got := s.Rest().String(); got != "caf" {
		t.Errorf("after half a character: %q", got)
	}
	s.Write([]byte("\xa9"), nil)
	if got := s.Rest().String(); got != "café" {
		t.Errorf("after the whole character: %q", got)
	}
}

func TestEndlessLineIsCutAndKept(t *testing.T) {
	b := bytes.Repeat([]byte("0123456789é"), 100_000)
	var s Stream
	var raw []byte
	lines := 0
	emit := func(r []byte, l Line) {
		lines++
		raw = append(raw, r...)
		if len(r) > MaxLine {
			t.Fatalf("a line of %d bytes", len(r))
		}
		if !utf8.Valid(r) {
			t.Fatal("cut inside a character")
		}
		if len(raw) < len(b) && !strings.HasSuffix(l.String(), Marker) {
			t.Fatal("a cut line without its marker")
		}
	}
	s.Write(b, emit)
	s.Close(emit)
	if !bytes.Equal(raw, b) || lines != len(b)/MaxLine+1 {
		t.Errorf("%d lines, %d of %d bytes", lines, len(raw), len(b))
	}
}

func TestTrustedConstants(t *testing.T) {
	if got := Trusted("λ lambent"); got.Width() != 9 || got.String() != "λ lambent" {
		t.Errorf("Trusted = %q, %d cells", got, got.Width())
	}
}

func FuzzFilter(f *testing.F) {
	for _, b := range corpus(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l := FromBytes(b)
		if what := inert(b, l); what != "" {
			t.Fatalf("%q becomes %q, which %s", b, l.text, what)
		}
		if FromString(string(b)) != l {
			t.Fatal("FromString and FromBytes differ")
		}
		checkMapping(t, "fuzz", b, len(b)%5)
	})
}

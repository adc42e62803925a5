package jsondoc

import (
	"errors"
	"fmt"
)

// A SizeError says that formatting was given up because the result would be too large.
type SizeError struct {
	Limit int // bytes
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("formatting would make more than %s of it: it is nested too deeply", size(e.Limit))
}

func size(n int) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// Format limits: indentation can turn 18 KB into 162 MB, so a result may have at
// most formatGrowth times the bytes of the document, with a floor for small ones.
const (
	formatGrowth = 8
	formatFloor  = 1 << 20
	formatCeil   = 256 << 20
)

// Format returns the document with a line for every member and element, indented by
// depth, and every token spelled as it was. The result ends with its last token. It
// gives up with a *SizeError where indentation would make the document eight times
// as large and more than 1 MB; what is no JSON is a *SyntaxError.
func Format(b []byte, indent string) ([]byte, error) {
	return FormatWithin(b, indent, max(formatFloor, min(formatGrowth*len(b), formatCeil), len(b)))
}

// FormatWithin is Format with a limit in bytes of its own.
func FormatWithin(b []byte, indent string, limit int) ([]byte, error) {
	f := formatter{src: b, indent: indent, limit: limit, spread: true}
	return f.run()
}

// Minify returns the document without the white space between its tokens.
func Minify(b []byte) ([]byte, error) {
	f := formatter{src: b, limit: len(b)}
	return f.run()
}

type formatter struct {
	src    []byte
	dst    []byte
	indent string
	limit  int
	spread bool // over lines
}

var errTooLarge = errors.New("over the limit")

func (f *formatter) run() ([]byte, error) {
	f.dst = make([]byte, 0, min(f.limit, len(f.src)+len(f.src)/4+16))
	s := Scan(f.src)
	previous := End
	for t := s.Next(); t.Kind != End; t = s.Next() {
		if f.spread {
			if f.space(previous, t) != nil {
				return nil, &SizeError{Limit: f.limit}
			}
		}
		f.dst = append(f.dst, f.src[t.Start:t.End]...)
		previous = t.Kind
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	if len(f.dst) > f.limit {
		return nil, &SizeError{Limit: f.limit}
	}
	return f.dst, nil
}

// space writes what stands between the previous token and t.
func (f *formatter) space(previous Kind, t Token) error {
	empty := previous == ObjectStart || previous == ArrayStart
	switch {
	case t.Kind == ObjectEnd || t.Kind == ArrayEnd:
		if empty {
			return nil
		}
		return f.newline(t.Depth)
	case previous == Colon:
		f.dst = append(f.dst, ' ')
	case previous == Comma || empty:
		return f.newline(t.Depth)
	}
	return nil
}

func (f *formatter) newline(depth int) error {
	if len(f.dst)+1+depth*len(f.indent) > f.limit {
		return errTooLarge
	}
	f.dst = append(f.dst, '\n')
	for range depth {
		f.dst = append(f.dst, f.indent...)
	}
	return nil
}

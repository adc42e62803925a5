package safetext

import (
	"bytes"
	"unicode/utf8"
)

// MaxLine is the most bytes of a log that one Line shows. A longer line is cut
// there and goes on in the next, so that no writer can make us hold a line of
// any length.
const MaxLine = 256 << 10

// A Stream makes Lines of a log that arrives in pieces, cut anywhere: inside a
// character, inside an escape sequence. Characters are put together again;
// sequences are shown, so there is nothing that could recombine on the screen.
// The zero Stream is ready.
type Stream struct {
	rest []byte // of the line that has no end yet
}

// Write takes the next piece and hands out every line that it ends, without its
// line feed, first as the bytes it was and then as it is shown. raw is valid
// until emit returns.
func (s *Stream) Write(p []byte, emit func(raw []byte, line Line)) {
	for len(p) > 0 {
		room := MaxLine - len(s.rest)
		end := bytes.IndexByte(p[:min(len(p), room+1)], '\n')
		switch {
		case end < 0 && len(p) > room:
			s.rest = append(s.rest, p[:room]...)
			p = p[room:]
			s.cut(emit)
		case end < 0:
			s.rest = append(s.rest, p...)
			return
		default:
			line := p[:end]
			if len(s.rest) > 0 {
				s.rest = append(s.rest, line...)
				line = s.rest
			}
			emit(line, FromBytes(line))
			s.rest = s.rest[:0]
			p = p[end+1:]
		}
	}
}

// cut hands out a full line that has no end yet, up to the last whole unit, and
// keeps what follows.
func (s *Stream) cut(emit func(raw []byte, line Line)) {
	end := Previous(s.rest, len(s.rest))
	if end == 0 {
		end = len(s.rest)
	}
	emit(s.rest[:end], Concat(FromBytes(s.rest[:end]), Line{Marker, 1, 1}))
	s.rest = append(s.rest[:0], s.rest[end:]...)
}

// Rest is the line that has no end yet, as far as it is known. A character that
// is only half there is left out.
func (s *Stream) Rest() Line { return FromBytes(s.rest[:len(s.rest)-halfCharacter(s.rest)]) }

// Close hands out the line that has no end, if there is one.
func (s *Stream) Close(emit func(raw []byte, line Line)) {
	if len(s.rest) > 0 {
		emit(s.rest, FromBytes(s.rest))
		s.rest = nil
	}
}

// halfCharacter is the length of an incomplete UTF-8 sequence at the end of b.
func halfCharacter(b []byte) int {
	for n := 1; n <= min(3, len(b)); n++ {
		if c := b[len(b)-n]; utf8.RuneStart(c) {
			if c >= 0x80 && !utf8.FullRune(b[len(b)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}

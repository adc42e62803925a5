package jsondoc

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A SyntaxError says why a document is not JSON, for people and in Lambda's words.
type SyntaxError struct {
	// Offset is the byte offset of the place where a person would mend it, which is
	// not always where a parser stumbles: a missing comma belongs after the value before.
	Offset int
	// Line and Column are the same place, counted from 1. Columns count characters;
	// a byte that is no character counts as one.
	Line, Column int
	// Message is for people, without the place: "expected a comma after this value".
	Message string
	// Jackson is what Lambda's parser says, with its own line and column (spec §1.7).
	Jackson string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// Check returns nil when b is exactly one JSON value in strict UTF-8, white space around it
// allowed, and says what is wrong otherwise. Depth and length have no limit.
//
// Lambda's parser has limits of its own (Jackson refuses more than 1,000 levels and
// numbers of more than 1,000 digits by default). No recording shows whether Lambda
// keeps them, so Check doesn't.
func Check(b []byte) *SyntaxError {
	if valid(b) {
		return nil
	}
	return explain(b)
}

// Valid reports whether Check finds nothing wrong.
func Valid(b []byte) bool { return valid(b) }

// Position returns the line and column of a byte offset, as in SyntaxError.
func Position(b []byte, offset int) (line, column int) {
	offset = min(max(offset, 0), len(b))
	start := bytes.LastIndexByte(b[:offset], '\n') + 1
	return 1 + bytes.Count(b[:start], []byte{'\n'}), 1 + utf8.RuneCount(b[start:offset])
}

// fault is why a strict scanner stopped.
type fault uint8

const (
	faultNone       fault = iota
	faultEnd              // the text ends too early
	faultUnexpected       // this byte can't be here
	faultOpenString       // no closing quote
	faultControl          // a control character in a string
	faultEscape           // a backslash before something else than an escape
	faultHex              // \u without four hexadecimal digits
	faultUTF8             // bytes that are no UTF-8
	faultMinus            // - without a digit
	faultZero             // 0 followed by a digit
	faultPoint            // . without a digit
	faultExponent         // e without a digit
	faultWord             // neither true nor false nor null
)

// A wreck is a document that is not JSON, with what was read before the fault.
type wreck struct {
	b      []byte
	fault  fault
	at     int    // where the parser stumbled
	start  int    // of the token it stumbled in, or at
	expect expect // what was allowed there
	prev   Token  // the token before; Kind is End when there is none
	open   []int  // offsets of the brackets that are open
}

// explain finds the fault of b again, this time remembering what leads to it: the
// scanner itself carries nothing along for messages that are rarely needed.
func explain(b []byte) *SyntaxError {
	s := Scan(b)
	w := wreck{b: b}
	for {
		t := s.Next()
		if t.Kind == End {
			break
		}
		switch t.Kind {
		case ObjectStart, ArrayStart:
			w.open = append(w.open, t.Start)
		case ObjectEnd, ArrayEnd:
			w.open = w.open[:len(w.open)-1]
		}
		w.prev = t
	}
	w.fault, w.at, w.expect, w.start = s.fault, s.faultAt, s.expect, s.pos
	for w.start < len(b) && isSpace(b[w.start]) {
		w.start++
	}
	offset, message := w.forPeople()
	e := &SyntaxError{Offset: offset, Message: message}
	e.Line, e.Column = Position(b, offset)
	e.Jackson = w.jackson()
	return e
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// inObject reports whether the innermost open container is an object.
func (w *wreck) inObject() bool {
	return len(w.open) > 0 && w.b[w.open[len(w.open)-1]] == '{'
}

// opener describes the innermost open bracket with its place.
func (w *wreck) opener() string {
	at := w.open[len(w.open)-1]
	what := "array"
	if w.b[at] == '{' {
		what = "object"
	}
	line, column := Position(w.b, at)
	return fmt.Sprintf("the %s opened at line %d, column %d", what, line, column)
}

func (w *wreck) closer() string {
	if w.inObject() {
		return "}"
	}
	return "]"
}

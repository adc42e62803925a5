package edit

import (
	"bytes"

	"lambent/invoke/jsondoc"
)

// InlineCheck is the size in bytes up to which a text can be checked after every
// key: half a millisecond. Larger ones are for a caller's background.
const InlineCheck = 256 << 10

// A Verdict says whether a text is JSON.
type Verdict struct {
	Blank bool                 // nothing but white space, or nothing at all
	Fault *jsondoc.SyntaxError // nil when it is one JSON value; set for blank texts too
}

// Valid reports whether the text is exactly one JSON value.
func (v Verdict) Valid() bool { return v.Fault == nil }

// Check judges a text. It depends on nothing else, so that it can run anywhere.
func Check(text []byte) Verdict {
	return Verdict{Blank: len(bytes.TrimSpace(text)) == 0, Fault: jsondoc.Check(text)}
}

// Verdict is the last verdict that is known and whether it is about the text as
// it is now. Texts up to InlineCheck are judged at once.
func (e *Editor) Verdict() (v Verdict, current bool) {
	if e.checked != e.version+1 && len(e.buf.text) <= InlineCheck {
		e.SetVerdict(e.version, Check(e.buf.text))
	}
	return e.verdict, e.checked == e.version+1
}

// SetVerdict takes the verdict about the text as it was at a version; one that is
// older than what is known is dropped.
func (e *Editor) SetVerdict(version uint64, v Verdict) {
	if version+1 > e.checked && version <= e.version {
		e.verdict, e.checked = v, version+1
	}
}

// fault is where the text stops being JSON, -1 when it doesn't or nobody knows.
func (e *Editor) fault() int {
	if v, current := e.Verdict(); current && v.Fault != nil && !v.Blank {
		return v.Fault.Offset
	}
	return -1
}

// Format lays the text out over lines or, when it is that already, puts it into
// one, as one step of history; the cursor stays at its token. The error is a
// *jsondoc.SyntaxError for a text that is no JSON, or a *jsondoc.SizeError for
// one whose depth would make it huge.
func (e *Editor) Format() error {
	old := e.buf.text
	text, err := jsondoc.Format(old, indentStep)
	if err != nil {
		return err
	}
	if bytes.Equal(bytes.TrimSpace(old), text) {
		if text, err = jsondoc.Minify(old); err != nil {
			return err
		}
	}
	index, within := tokenIndex(old, e.cursor)
	e.Replace(text)
	e.setCursor(tokenPlace(e.buf.text, index, within), false)
	if len(e.done) > 0 {
		e.done[len(e.done)-1].after = place{e.cursor, e.cursor}
	}
	return nil
}

// tokenIndex is the number of the token at or before offset, and how far into or
// behind it offset is, at most its length.
func tokenIndex(text []byte, offset int) (index, within int) {
	s := jsondoc.Lex(text)
	index = -1
	for {
		t := s.Next()
		if t.Kind == jsondoc.End || t.Start > offset {
			return index, within
		}
		index, within = index+1, min(offset-t.Start, t.End-t.Start)
	}
}

func tokenPlace(text []byte, index, within int) int {
	s := jsondoc.Lex(text)
	for ; index >= 0; index-- {
		t := s.Next()
		if index == 0 || t.Kind == jsondoc.End {
			return min(t.Start+within, t.End)
		}
	}
	return 0
}

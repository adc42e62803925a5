package edit

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"lambent/ui/safetext"
)

// Insert types text over the selection, or at the cursor. A closing bracket that
// is first on its line goes one step back out.
func (e *Editor) Insert(text string) {
	from, to := e.Selection()
	if from == to && (text == "}" || text == "]") {
		from = e.outdented(from)
	}
	kind := runTyping
	if from != to {
		kind = runNone
	}
	e.change(from, to, []byte(text), kind)
	if e.run == runNone {
		e.run = runTyping // what follows a replaced selection goes on as a run of its own
	}
}

// outdented is where the last step of blanks before a closing bracket at the
// given place begins; that place itself if anything else is before it.
func (e *Editor) outdented(at int) int {
	start, _ := e.buf.bounds(e.buf.lineOf(at))
	blanks := e.buf.text[start:at]
	if len(blanks) == 0 || !isBlank(blanks) {
		return at
	}
	if blanks[len(blanks)-1] == '\t' {
		return at - 1
	}
	return at - min(len(indentStep), len(blanks)-len(bytes.TrimRight(blanks, " ")))
}

// indentStep is what a line inside a bracket has more than the bracket's line.
const indentStep = "  "

// Newline begins a line that is as far in as the one before, one step further
// after an opening bracket. Between two brackets the closing one gets a line of
// its own. The line end is the one that the current line has.
func (e *Editor) Newline() {
	from, to := e.Selection()
	start, end := e.buf.bounds(e.buf.lineOf(from))
	text := e.buf.text
	eol := "\n"
	if start < end && end < len(text) && text[end-1] == '\r' {
		eol = "\r\n"
		from = min(from, end-1)
		if to == end {
			to = end - 1
		}
	}
	indent := leadingBlanks(text[start:from])
	inserted := append([]byte(eol), indent...)
	before := bytes.TrimRight(text[start:from], " \t")
	after := bytes.TrimLeft(text[to:], " \t")
	opened := len(before) > 0 && (before[len(before)-1] == '{' || before[len(before)-1] == '[')
	if opened {
		inserted = append(inserted, stepOf(indent)...)
	}
	cursor := from + len(inserted)
	if opened && len(after) > 0 && after[0] == before[len(before)-1]+2 { // } is { + 2, ] is [ + 2
		inserted = append(append(inserted, eol...), indent...)
		to = len(text) - len(after)
	}
	e.change(from, to, inserted, runNone)
	if cursor != e.cursor {
		e.setCursor(cursor, false)
		e.done[len(e.done)-1].after = place{cursor, cursor}
	}
}

// stepOf is one step of indentation in the style that a line already has.
func stepOf(indent []byte) string {
	if bytes.IndexByte(indent, '\t') >= 0 {
		return "\t"
	}
	return indentStep
}

func leadingBlanks(line []byte) []byte {
	return line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
}

func isBlank(b []byte) bool { return len(bytes.TrimLeft(b, " \t")) == 0 }

// Paste inserts text from outside the program. Terminals send line ends in a
// paste as CR, so CR and CRLF become LF; everything else is kept.
func (e *Editor) Paste(text string) {
	from, to := e.Selection()
	text = strings.ReplaceAll(text, "\r\n", "\n") // no copy when there is none
	e.change(from, to, []byte(strings.ReplaceAll(text, "\r", "\n")), runNone)
}

// Copy is the selected text, exactly; "" when nothing is selected.
func (e *Editor) Copy() string {
	from, to := e.Selection()
	return string(e.buf.text[from:to])
}

// Cut is Copy, and deletes the selection.
func (e *Editor) Cut() string {
	text := e.Copy()
	e.deleteSelection()
	return text
}

func (e *Editor) deleteSelection() bool {
	from, to := e.Selection()
	e.change(from, to, nil, runNone)
	return from != to
}

// Backspace deletes the selection, or the character before the cursor.
func (e *Editor) Backspace() {
	if !e.deleteSelection() {
		e.change(safetext.Previous(e.buf.text, e.cursor), e.cursor, nil, runBackspace)
	}
}

// Delete deletes the selection, or the character at the cursor.
func (e *Editor) Delete() {
	if !e.deleteSelection() {
		e.change(e.cursor, safetext.Next(e.buf.text, e.cursor), nil, runDelete)
	}
}

// DeleteTo deletes the selection, or what a motion would pass over.
func (e *Editor) DeleteTo(m Motion) {
	if e.deleteSelection() {
		return
	}
	to := e.target(m)
	e.change(min(e.cursor, to), max(e.cursor, to), nil, runNone)
}

// runeLen is the length of the first character or bad byte of b.
func runeLen(b []byte) int {
	_, n := utf8.DecodeRune(b)
	return max(n, 1)
}

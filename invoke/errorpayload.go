package invoke

import (
	"strings"
	"unicode/utf8"

	"lambent/invoke/jsondoc"
)

// An error payload is whatever a runtime or a function posted, so every part of what
// is read from it has a limit. The payload itself stays whole in the Result.
const (
	maxErrorType    = 256      // bytes
	maxErrorMessage = 64 << 10 // bytes
	maxFrames       = 256      // in all, causes included
	maxFrameText    = 4 << 10  // bytes
	maxCauses       = 10
)

// errorPayload is an error as runtimes post it, all shapes together (spec §5).
type errorPayload struct {
	errorType, message string
	text               []string  // stackTrace or trace, as strings
	objects            []goFrame // stackTrace, as objects
	node               bool      // the trace is called trace, or stack
	python             bool      // it has a requestId
	causes             []errorPayload
}

// goFrame is one element of the stackTrace that the Go runtime interface client posts.
type goFrame struct {
	path, label string
	line        int
}

// readErrorPayload reads the payload of a function error. What is not a JSON object is
// a message by itself: the string that a JSON document holds, or else the text as it is.
func readErrorPayload(b []byte) errorPayload {
	if !jsondoc.Valid(b) {
		return errorPayload{message: clip(strings.ToValidUTF8(string(b[:min(len(b), maxErrorMessage)]), "\ufffd"), maxErrorMessage)}
	}
	r := payloadReader{b: b, s: jsondoc.Scan(b), frames: maxFrames, causes: maxCauses}
	switch t := r.s.Next(); t.Kind {
	case jsondoc.ObjectStart:
		return r.object()
	case jsondoc.String:
		return errorPayload{message: r.text(t, maxErrorMessage)}
	}
	return errorPayload{message: clip(string(b[:min(len(b), maxErrorMessage)]), maxErrorMessage)}
}

// payloadReader goes over a valid document once. Its only recursion is over causes,
// of which there are at most maxCauses.
type payloadReader struct {
	b              []byte
	s              *jsondoc.Scanner
	frames, causes int // how many more are taken
}

// object reads the rest of an object whose bracket was the last token.
func (r *payloadReader) object() errorPayload {
	var p errorPayload
	for t := r.s.Next(); t.Kind == jsondoc.Key || t.Kind == jsondoc.Comma; t = r.s.Next() {
		if t.Kind == jsondoc.Comma {
			continue
		}
		name := r.text(t, maxErrorType)
		r.s.Next() // the colon
		value := r.s.Next()
		switch {
		case name == "errorType" && value.Kind == jsondoc.String:
			p.errorType = r.text(value, maxErrorType)
		case name == "errorMessage" && value.Kind == jsondoc.String:
			p.message = r.text(value, maxErrorMessage)
		case name == "requestId":
			p.python = true
			r.skip(value)
		case (name == "stackTrace" || name == "trace" || name == "stack") && value.Kind == jsondoc.ArrayStart:
			p.node = name != "stackTrace"
			r.stack(&p, value.Depth)
		case name == "stackTrace" && value.Kind == jsondoc.String:
			p.addText(r, r.text(value, maxErrorMessage))
		case name == "cause" && value.Kind == jsondoc.ObjectStart && r.causes > 0:
			r.causes--
			p.causes = append(p.causes, r.object())
		default:
			r.skip(value)
		}
	}
	return p
}

// addText takes a stack trace that is one string with a line for every frame.
func (p *errorPayload) addText(r *payloadReader, trace string) {
	for line := range strings.Lines(trace) {
		if r.frames == 0 {
			return
		}
		r.frames--
		p.text = append(p.text, clip(strings.TrimRight(line, "\r\n"), maxFrameText))
	}
}

// stack reads the rest of an array of frames; depth is that of its brackets.
func (r *payloadReader) stack(p *errorPayload, depth int) {
	for {
		t := r.s.Next()
		switch {
		case t.Kind == jsondoc.End || t.Kind == jsondoc.ArrayEnd && t.Depth == depth:
			return
		case r.frames == 0 || t.Kind == jsondoc.Comma:
			r.skip(t)
		case t.Kind == jsondoc.String:
			r.frames--
			p.text = append(p.text, r.text(t, maxFrameText))
		case t.Kind == jsondoc.ObjectStart:
			r.frames--
			p.objects = append(p.objects, r.goFrame())
		default:
			r.skip(t)
		}
	}
}

func (r *payloadReader) goFrame() goFrame {
	var f goFrame
	for t := r.s.Next(); t.Kind == jsondoc.Key || t.Kind == jsondoc.Comma; t = r.s.Next() {
		if t.Kind == jsondoc.Comma {
			continue
		}
		name := r.text(t, maxErrorType)
		r.s.Next() // the colon
		value := r.s.Next()
		switch {
		case name == "path" && value.Kind == jsondoc.String:
			f.path = r.text(value, maxFrameText)
		case name == "label" && value.Kind == jsondoc.String:
			f.label = r.text(value, maxFrameText)
		case name == "line" && value.Kind == jsondoc.Number:
			f.line = lineNumber(string(r.b[value.Start:value.End]))
		default:
			r.skip(value)
		}
	}
	return f
}

// skip reads on to the end of the value that begins with t.
func (r *payloadReader) skip(t jsondoc.Token) {
	if t.Kind != jsondoc.ObjectStart && t.Kind != jsondoc.ArrayStart {
		return
	}
	for depth := t.Depth; ; {
		t = r.s.Next()
		if t.Kind == jsondoc.End || (t.Kind == jsondoc.ObjectEnd || t.Kind == jsondoc.ArrayEnd) && t.Depth == depth {
			return
		}
	}
}

// text returns the text of a string token, cut to limit bytes.
func (r *payloadReader) text(t jsondoc.Token, limit int) string {
	raw := r.b[t.Start:t.End]
	if len(raw) > 6*limit+2 {
		// No escape makes more of less: the rest cannot be within the limit.
		raw = append(append([]byte(nil), raw[:cutEscapes(raw, 6*limit)]...), '"')
	}
	text, _ := jsondoc.Unquote(raw)
	return clip(string(text), limit)
}

// cutEscapes returns a length of at most n to which a string token can be cut without
// leaving half an escape or half a character.
func cutEscapes(raw []byte, n int) int {
	i := 1
	for i < n {
		size := 1
		switch {
		case raw[i] == '\\' && raw[i+1] == 'u':
			size = 6
		case raw[i] == '\\':
			size = 2
		case raw[i] >= utf8.RuneSelf:
			_, size = utf8.DecodeRune(raw[i:])
		}
		if i+size > n {
			break
		}
		i += size
	}
	return i
}

// clip cuts s to limit bytes at a character, and says so.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	const mark = "…"
	n := limit - len(mark)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + mark
}

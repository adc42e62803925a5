package jsondoc

import (
	"fmt"
	"strconv"
	"strings"
)

// A Step leads from a container to one of its values.
type Step struct {
	Kind  StepKind
	Name  string // of the member, unescaped
	Index int    // of the element, from 0
}

// StepKind says what a step picks.
type StepKind uint8

// The kinds of steps. Documents have paths of the first two; the others are for patterns.
const (
	Member    StepKind = iota // the member called Name
	Element                   // the element Index
	Either                    // a step of a JSON Pointer that is both: "/0"
	AnyMember                 // .*
	AnyItem                   // [*]
)

// A Path leads from the top of a document to one of its values. The empty path is the top.
type Path []Step

// ParsePath reads a JSON Pointer ("/items/0/id", RFC 6901) or the readable form
// ("items[0].id", `["odd name"].x`, "items[*].id", optionally after "$" or a leading dot).
func ParsePath(s string) (Path, error) {
	if strings.HasPrefix(s, "/") {
		return parsePointer(s), nil
	}
	rest := strings.TrimPrefix(s, "$")
	var p Path
	for rest != "" {
		step, tail, err := parseStep(rest)
		if err != nil {
			return nil, fmt.Errorf("path %q: %w", s, err)
		}
		p, rest = append(p, step), tail
	}
	return p, nil
}

func parsePointer(s string) Path {
	var p Path
	for part := range strings.SplitSeq(s[1:], "/") {
		name := strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		step := Step{Name: name}
		if n, err := strconv.Atoi(part); err == nil && strconv.Itoa(n) == part && n >= 0 {
			step.Kind, step.Index = Either, n
		}
		p = append(p, step)
	}
	return p
}

func parseStep(s string) (Step, string, error) {
	if s[0] != '[' {
		s = strings.TrimPrefix(s, ".")
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		switch {
		case end == 0:
			return Step{}, "", fmt.Errorf("a name is missing at %q", s)
		case s[:end] == "*":
			return Step{Kind: AnyMember}, s[end:], nil
		}
		return Step{Name: s[:end]}, s[end:], nil
	}
	if strings.HasPrefix(s, `["`) {
		end, why := stringEnd([]byte(s), 2)
		if why != faultNone || end >= len(s) || s[end] != ']' {
			return Step{}, "", fmt.Errorf("%q is not closed", s)
		}
		name, _ := Unquote([]byte(s[1:end]))
		return Step{Name: string(name)}, s[end+1:], nil
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return Step{}, "", fmt.Errorf("%q is not closed", s)
	}
	if s[1:end] == "*" {
		return Step{Kind: AnyItem}, s[end+1:], nil
	}
	n, err := strconv.Atoi(s[1:end])
	if err != nil || n < 0 {
		return Step{}, "", fmt.Errorf("%q is not an index", s[1:end])
	}
	return Step{Kind: Element, Index: n}, s[end+1:], nil
}

// Pointer returns the path as a JSON Pointer; "" is the top.
func (p Path) Pointer() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteByte('/')
		switch s.Kind {
		case Element:
			b.WriteString(strconv.Itoa(s.Index))
		case AnyMember, AnyItem:
			b.WriteByte('*')
		default:
			b.WriteString(strings.ReplaceAll(strings.ReplaceAll(s.Name, "~", "~0"), "/", "~1"))
		}
	}
	return b.String()
}

// String returns the readable form: items[0].id; "$" is the top. ParsePath reads it back.
func (p Path) String() string {
	if len(p) == 0 {
		return "$"
	}
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.Kind == Element:
			fmt.Fprintf(&b, "[%d]", s.Index)
		case s.Kind == AnyItem:
			b.WriteString("[*]")
		case s.Kind != AnyMember && !isPlainName(s.Name):
			b.WriteString("[" + quote(s.Name) + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			if s.Kind == AnyMember {
				b.WriteByte('*')
			}
			b.WriteString(s.Name)
		}
	}
	return b.String()
}

// isPlainName reports whether a name needs no quotes in the readable form.
func isPlainName(name string) bool {
	for _, r := range name {
		if r == '.' || r == '[' || r == ']' || r == '"' || r <= ' ' || r == '\\' || r >= 0x7f && !isJavaPart(r) {
			return false
		}
	}
	return name != "" && name[0] != '$' && name[0] != '/' && name != "*"
}

// quote writes a name as a JSON string.
func quote(name string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range name {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Matches reports whether the pattern p covers exactly the path q.
func (p Path) Matches(q Path) bool {
	if len(p) != len(q) {
		return false
	}
	for i, s := range p {
		if !s.matches(q[i]) {
			return false
		}
	}
	return true
}

func (s Step) matches(t Step) bool {
	switch s.Kind {
	case AnyMember:
		return t.Kind == Member
	case AnyItem:
		return t.Kind == Element
	case Element:
		return t.Kind == Element && s.Index == t.Index
	case Either:
		return t.Kind == Element && s.Index == t.Index || t.Kind == Member && s.Name == t.Name
	}
	return t.Kind == Member && s.Name == t.Name
}

// Find returns the bytes of the value that the path leads to. Of duplicate names
// the last counts, as for the runtimes; of several matches of a pattern, too. It is
// false when there is no such value or b isn't JSON.
func Find(b []byte, p Path) ([]byte, bool) {
	var found []byte
	w := walker{s: Scan(b)}
	matched := 0 // how many steps of p lead to the last value or a container around it
	start := -1  // of the matching container, until it is closed
	for t := w.next(); t.Kind != End; t = w.next() {
		d := t.Depth
		switch {
		case t.Kind == ObjectEnd || t.Kind == ArrayEnd:
			if start >= 0 && d == len(p) {
				found, start = b[start:t.End], -1
			}
		case !t.Kind.IsValue() || d > len(p) || matched < d-1:
		case d > 0 && !p[d-1].matches(w.here[d-1].step()):
			matched = d - 1
		default:
			matched, found = d, nil
			if d < len(p) {
				continue
			}
			if found = b[t.Start:t.End]; t.Kind == ObjectStart || t.Kind == ArrayStart {
				found, start = nil, t.Start
			}
		}
	}
	if w.s.fault != faultNone {
		return nil, false
	}
	return found, found != nil
}

// PathAt returns the path of the value or name that contains the byte at offset, or
// of what comes last before it. It reads leniently, so that a document under edit
// has paths too.
func PathAt(b []byte, offset int) Path {
	w := walker{s: Lex(b)}
	for t := w.s.Next(); t.Kind != End && t.Start <= offset; t = w.s.Next() {
		w.enter(t)
	}
	return w.path()
}

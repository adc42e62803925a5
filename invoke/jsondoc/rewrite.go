package jsondoc

// A Node is a value or a member's name, as Rewrite comes to it.
type Node struct {
	Kind Kind   // Key, or that of the value; containers are ObjectStart and ArrayStart
	Raw  []byte // the token; of a container its bracket only
	w    *walker
}

// Path returns where the node is; a name is where its value is.
func (n Node) Path() Path { return n.w.path() }

// Name returns the name of the member whose value the node is; "" for anything else.
func (n Node) Name() string {
	d := n.w.last.Depth
	if n.Kind == Key || d == 0 || !n.w.here[d-1].object {
		return ""
	}
	name, _ := Unquote(n.w.here[d-1].key)
	return string(name)
}

// Rewrite returns the document with some values or names replaced. change is asked
// for every one of them, a container before what is in it, and returns what is to
// stand in its place, as JSON, or nil to leave it. All other bytes stay as they are;
// where nothing is replaced, the result is b itself. The error is a *SyntaxError.
func Rewrite(b []byte, change func(Node) []byte) ([]byte, error) {
	w := walker{s: Scan(b)}
	var out []byte
	done := 0
	for t := w.next(); t.Kind != End; t = w.next() {
		if !t.Kind.IsValue() && t.Kind != Key {
			continue
		}
		with := change(Node{Kind: t.Kind, Raw: b[t.Start:t.End:t.End], w: &w})
		if with == nil {
			continue
		}
		end := t
		if t.Kind == ObjectStart || t.Kind == ArrayStart {
			for end = w.next(); end.Kind != End && (end.Depth > t.Depth || end.Kind != ObjectEnd && end.Kind != ArrayEnd); {
				end = w.next()
			}
		}
		out = append(append(out, b[done:t.Start]...), with...)
		done = end.End
	}
	if err := w.s.Err(); err != nil {
		return nil, err
	}
	if out == nil {
		return b, nil
	}
	return append(out, b[done:]...), nil
}

package jsondoc

// A walker follows a scanner and knows where in the document it is.
type walker struct {
	s    *Scanner
	last Token
	here []place // for every container around the last token, and perhaps stale ones beyond
}

// place is where the walker stands in one container.
type place struct {
	object bool
	index  int    // of the element
	key    []byte // raw, of the member
}

func (p place) step() Step {
	if !p.object {
		return Step{Kind: Element, Index: p.index}
	}
	name, _ := Unquote(p.key)
	return Step{Name: string(name)}
}

func (w *walker) next() Token {
	t := w.s.Next()
	w.enter(t)
	return t
}

// enter makes t, which follows the last token, the last one.
func (w *walker) enter(t Token) {
	w.last = t
	switch t.Kind {
	case ObjectStart, ArrayStart:
		w.here = append(w.here[:t.Depth], place{object: t.Kind == ObjectStart})
	case Key:
		if t.Depth > 0 {
			w.here[t.Depth-1].key = w.s.b[t.Start:t.End]
		}
	case Comma:
		if t.Depth > 0 {
			w.here[t.Depth-1].index++
			w.here[t.Depth-1].key = nil
		}
	}
}

// path returns the path of the last token; a comma belongs to its container.
func (w *walker) path() Path {
	around := w.here[:w.last.Depth]
	p := make(Path, 0, len(around))
	for _, h := range around {
		if h.object && h.key == nil {
			break
		}
		p = append(p, h.step())
	}
	return p
}

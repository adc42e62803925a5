package ui

import (
	"strings"

	"lambent/history"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// row is a run that the search has found: what the list says of it, with the words
// marked where they are; then the place in the payload, the response or the log, or
// else the beginning of the payload.
func (h *historySearch) row(a *App, w, i int, current bool) string {
	s, e := a.styles, &h.rows[i]
	r := frame.NewRow(w)
	r.Base(s.surface)
	if current {
		r.Base(s.surface + s.selection)
	}
	switch {
	case a.history.marked.has(e.ID):
		r.Add(s.warning, safetext.Trusted("◆ "))
	case current:
		r.Add(s.accent, safetext.Trusted("▌ "))
	default:
		r.Pad("", 2)
	}
	addOutcome(a, r, e, w >= 90)
	marked := marker{row: r, hit: s.match, matches: e.Matches}
	marked.add(s.text, history.FieldFunction, e.Function)
	if q := runQualifier(e); q != "" {
		r.Pad("", 1)
		marked.add(s.subtle, history.FieldQualifier, q)
	}
	addMarks(a, r, e)
	r.Pad("", 2)
	if e.SavedEvent != "" {
		marked.add(s.info, history.FieldEvent, e.SavedEvent)
		r.Pad("", 2)
	}
	if e.FailureName != "" {
		marked.add(s.err, history.FieldError, e.FailureName)
		r.Pad("", 2)
	}
	if i >= len(h.rows)-h.similar {
		r.Add(s.muted, safetext.Trusted("≈ "))
	}
	if !marked.addPlaces(s.subtle, s.muted) {
		r.AddCut(s.muted, safetext.FromString(e.Head))
	}
	return r.String()
}

// A marker adds texts to a row, with the matches of a query marked in them.
type marker struct {
	row     *frame.Row
	hit     frame.Style
	matches []history.Match
	shown   map[history.Field]bool // fields whose text stands in the row
}

// add adds the whole text of a field.
func (m *marker) add(look frame.Style, field history.Field, text string) {
	if m.shown == nil {
		m.shown = map[history.Field]bool{}
	}
	m.shown[field] = true
	for _, match := range m.matches {
		if match.Field != field {
			continue
		}
		// The excerpt is a part of the field; that it is elsewhere in it too is no harm.
		if at := strings.Index(text, string(match.Text)); at >= 0 {
			m.pieces(look, []byte(text), match, at)
			return
		}
	}
	m.row.AddCut(look, safetext.FromString(text))
}

// addPlaces adds the excerpts of what the row does not show already, each with the
// part of the run that it is from. It reports whether there was one.
func (m *marker) addPlaces(look, name frame.Style) (added bool) {
	last := ""
	for _, match := range m.matches {
		if text := string(match.Field) + string(match.Text); m.shown[match.Field] || text == last {
			continue
		} else {
			last = text
		}
		if added {
			m.row.Add(name, safetext.Trusted(" · "))
		}
		added = true
		if match.Field != history.FieldPayload {
			m.row.Add(name, safetext.FromString(string(match.Field)+" "))
		}
		m.pieces(look, match.Text, match, 0)
	}
	return added
}

// pieces adds a text that has a match's excerpt at an offset.
func (m *marker) pieces(look frame.Style, text []byte, match history.Match, at int) {
	pieces := match.Pieces
	if pieces == nil {
		pieces = [][2]int{{match.Start, match.End}}
	}
	from := 0
	for _, p := range pieces {
		m.row.Add(look, safetext.FromBytes(squeeze(text[from:at+p[0]])))
		m.row.Add(m.hit, safetext.FromBytes(squeeze(text[at+p[0]:at+p[1]])))
		from = at + p[1]
	}
	m.row.AddCut(look, safetext.FromBytes(squeeze(text[from:])))
}

// squeeze makes one blank of each run of white space, so that an excerpt is one line.
func squeeze(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			if n := len(out); n > 0 && out[n-1] == ' ' {
				continue
			}
			c = ' '
		}
		out = append(out, c)
	}
	return out
}

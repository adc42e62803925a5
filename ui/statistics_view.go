package ui

import (
	"strconv"
	"time"

	"lambent/history"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// statisticsHead is how many rows of the card are above the list of versions: the
// query, a rule, and the list's headings.
const statisticsHead = 3

// statisticsDetail is how many rows the details ask for before the list gets more.
const statisticsDetail = 13

func (s *statistics) at(a *App) rect { return a.lay.body }

// page is how many rows of the list are in view.
func (s *statistics) page(a *App) int {
	_, h := card{at: s.at(a)}.inside()
	most := max(h-statisticsHead-2-statisticsDetail, 2)
	return max(min(len(s.rows()), most, h/4+1, h-statisticsHead-1), 0)
}

func (s *statistics) card(a *App) card {
	st := a.styles
	c := card{at: s.at(a), title: safetext.FromString("Statistics  " + s.key.Function + " on " + s.where), badge: "esc close"}
	w, h := c.inside()
	page := s.page(a)
	c.body = append(c.body, s.queryRow(a, w, &c), frame.Rule(w, st.surface+st.border), s.headings(st, w))
	rows := s.rows()
	l := s.list
	l.keep(len(rows), page)
	for i := l.top; i < min(l.top+page, len(rows)); i++ {
		c.body = append(c.body, s.row(st, w, rows[i], i == l.cursor))
	}
	if left := h - 1 - len(c.body); left > 1 {
		c.body = append(c.body, frame.Rule(w, st.surface+st.border))
		c.body = append(c.body, s.details(a, w, left-1)...)
	}
	c.body = padTo(st, c.body, w, h-1)
	hint := "/ query  space lay beside  f9 read again"
	switch {
	case s.wrong != "":
		hint = "! " + s.wrong
	case s.typing:
		hint = "is:ok since:7d cold:false qualifier:live …  enter keep  esc undo"
	}
	c.body = append(c.body, foot(st, w, hint, position(l.cursor, len(rows))))
	c.thumb = frame.Thumb{First: l.top, Seen: page, All: len(rows)}
	return c
}

// queryRow is the query, and how many runs of which time it lets through.
func (s *statistics) queryRow(a *App, w int, c *card) string {
	st := a.styles
	r := frame.NewRow(w)
	r.Base(st.surface)
	all := &s.got.All
	said := ""
	switch {
	case s.loading && !s.known:
		said = "reading…"
	case all.Runs+all.Refused == 0:
		said = "no runs"
	default:
		said = count(all.Runs, "run", "runs")
		if !s.got.Whole {
			said = "the newest " + count(history.StatisticsWindow, "run", "runs")
		}
		if all.Runs > 0 && w >= 60 {
			said += "  " + moments(a, all.First, all.Last)
		}
		if s.loading {
			said = "reading…  " + said
		}
	}
	right := safetext.FromString(said)
	room := max(w-2-right.Width()-2, 8)
	r.Add(st.accent, safetext.Trusted("› "))
	if s.typing || s.input.String() != "" {
		x := s.input.view(r, room, st.text)
		if s.typing {
			c.cursor = &place{x, 0}
		}
	} else {
		r.AddIn(room, st.muted, safetext.Trusted("all runs"))
	}
	r.End(st.muted, right)
	return r.String()
}

// moments say from when to when.
func moments(a *App, first, last time.Time) string {
	layout := "2006-01-02 15:04"
	first, last = first.In(a.now.Location()), last.In(a.now.Location())
	to := last.Format(layout)
	if sameDay(first, last) {
		to = last.Format("15:04")
	}
	return first.Format(layout) + " – " + to
}

// A statisticsColumn is a column of the list of versions.
type statisticsColumn struct {
	title string
	w     int // cells, with the gap before it
	from  int // the width of the card from which it is shown
	text  func(*history.Figures) string
}

var statisticsColumns = []statisticsColumn{
	{"runs", 9, 0, func(f *history.Figures) string { return thousands(f.Runs) }},
	{"errors", 8, 36, func(f *history.Figures) string { return ofRuns(f, f.Errors) }},
	{"p50", 10, 0, func(f *history.Figures) string { return ranFor(f, f.P50) }},
	{"p90", 10, 46, func(f *history.Figures) string { return ranFor(f, f.P90) }},
	{"p99", 10, 56, func(f *history.Figures) string { return ranFor(f, f.P99) }},
	{"cold", 8, 64, func(f *history.Figures) string { return ofRuns(f, f.Cold) }},
	{"init", 10, 96, func(f *history.Figures) string { return ifSet(f.Cold > 0, duration(f.InitP50)) }},
	{"memory", 13, 82, func(f *history.Figures) string {
		return ifSet(f.MemoryMaxMB > 0, strconv.Itoa(f.MemoryMaxMB)+"/"+strconv.Itoa(f.MemoryLimitMB)+" MB")
	}},
	{"refused", 9, 122, func(f *history.Figures) string { return ifSet(f.Refused > 0, thousands(f.Refused)) }},
	{"per million", 13, 110, func(f *history.Figures) string { return ifSet(f.Billed > 0, dollars(f.CostPerMillion)) }},
}

func ranFor(f *history.Figures, d time.Duration) string { return ifSet(f.Runs > 0, duration(d)) }

func ofRuns(f *history.Figures, n int) string { return ifSet(f.Runs > 0, percent(share(n, f.Runs))) }

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// versionWidth is the first column of the list.
func versionWidth(w int) int { return min(max(w/6, 11), 24) }

func (s *statistics) headings(st *styles, w int) string {
	r := frame.NewRow(w)
	r.Base(st.surface)
	r.AddIn(versionWidth(w), st.muted, safetext.Trusted("  version"))
	for _, c := range statisticsColumns {
		if w >= c.from {
			r.AddRight(c.w, st.muted, safetext.FromString(c.title))
		}
	}
	return r.String()
}

// row is what one version comes to.
func (s *statistics) row(st *styles, w int, f *history.Figures, current bool) string {
	r := frame.NewRow(w)
	r.Base(st.surface)
	marker, look := safetext.Spaces(2), st.text
	if current {
		r.Base(st.surface + st.selection)
		marker = safetext.Trusted("▌ ")
	}
	if s.beside != nil && *s.beside == f.Version {
		marker = safetext.Trusted("◆ ")
	}
	r.Add(st.accent, marker)
	r.AddIn(versionWidth(w)-2, look, versionName(f))
	for _, c := range statisticsColumns {
		if w >= c.from {
			r.AddRight(c.w, look, safetext.FromString(dashed(c.text(f))))
		}
	}
	return r.String()
}

func versionName(f *history.Figures) safetext.Line {
	if f.Version == "" {
		return safetext.Trusted("all")
	}
	return safetext.FromString(f.Version)
}

// dashed is a figure, or the dash that stands for none.
func dashed(text string) string {
	if text == "" {
		return "—"
	}
	return text
}

// dollars is an amount with three digits that count, and cents at least.
func dollars(v float64) string {
	decimals := 2
	for limit := 1.0; v > 0 && v < limit && decimals < 12; limit /= 10 {
		decimals++
	}
	return "$" + strconv.FormatFloat(v, 'f', decimals, 64)
}

package ui

import (
	"strings"
	"time"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// factsHead is how many rows of the card are above the list, factsDetail how many the whole
// value of the row under the cursor gets.
const (
	factsHead   = 2
	factsDetail = 2
)

// hiddenValue stands for a value that is there and not shown.
const hiddenValue = "••••••"

// rowsOf are the rows of what was read: what keeps the function from running comes first.
func (c *functionCard) rowsOf(zone *time.Location) []factRow {
	var rows []factRow
	f := &c.got.Configuration
	for _, p := range f.Problems {
		said := func(why string) bool { return why != "" && strings.HasSuffix(p, why) }
		if !said(f.StateReason) && !said(f.LastUpdateReason) { // which have rows of their own
			rows = append(rows, factRow{label: "Problem", value: p, warns: true})
		}
	}
	group := invoke.FactAbout
	warned := f.State != "" && f.State != "Active"
	for _, f := range c.got.Facts() {
		if f.Group != group {
			group = f.Group
			rows = append(rows, factRow{heading: true, label: factHeadings[group]})
		}
		rows = append(rows, factsRows(f, zone, c.values, warned)...)
	}
	return rows
}

// factsRows are the rows of one fact: each layer has one of its own.
func factsRows(f invoke.Fact, zone *time.Location, values, warned bool) []factRow {
	row := factRow{label: f.Label, value: f.Text(f.This, zone)}
	switch {
	case f.Group == invoke.FactEnvironment:
		if string(f.This) == `""` {
			row.value = `""`
		}
		if !values && string(f.This) != "null" { // that it is not set is no secret
			row.copied, row.value, row.hidden = row.value, hiddenValue, true
		}
	case f.Member == "layers":
		var rows []factRow
		for _, layer := range strings.Split(row.value, ", ") {
			rows = append(rows, factRow{label: row.label, value: layer})
			row.label = ""
		}
		return rows
	case f.Member == "reservedConcurrency" && f.This == nil:
		row.value = "none"
	case f.Member == "state" || f.Member == "stateReason":
		row.warns = warned
	case f.Member == "unavailable":
		row.warns = true
	case f.Member == "lastUpdate" || f.Member == "lastUpdateReason":
		row.warns = string(f.This) == `"Failed"` || f.Member == "lastUpdateReason"
	}
	return []factRow{row}
}

func (c *functionCard) at(a *App) rect { return a.lay.body }

// page is how many rows of the list are in view.
func (c *functionCard) page(a *App) int {
	_, h := card{at: c.at(a)}.inside()
	return max(h-factsHead-1-c.detailRows(h), 0)
}

// detailRows is how many rows the details take, their rule included: none where the list
// would have too few.
func (c *functionCard) detailRows(h int) int {
	if h < factsHead+1+factsDetail+8 {
		return 0
	}
	return factsDetail + 1
}

func (c *functionCard) card(a *App) card {
	s := a.styles
	k := card{at: c.at(a), title: c.title(), badge: "esc close"}
	w, h := k.inside()
	b := listCard{
		head: []string{c.headline(s, w), frame.Rule(w, s.surface+s.border)},
		rows: len(c.rows), page: c.page(a),
		row:  func(i int, current bool) string { return c.row(s, w, &c.rows[i], current) },
		hint: c.hint(a), where: position(c.list.cursor, len(c.rows)),
	}
	if c.failure != nil && !c.known {
		for _, spans := range failureSheet(s, w-2, c.failure) {
			r := frame.NewRow(w)
			r.Base(s.surface)
			r.Pad("", 2)
			r.AddSpans(spans...)
			b.none = append(b.none, r.String())
		}
	}
	if n := c.detailRows(h); n > 0 {
		b.below = append([]string{frame.Rule(w, s.surface+s.border)}, c.details(s, w, n-1)...)
	}
	b.fill(s, &k, c.list)
	return k
}

// headline is what it is in a few words: runtime, memory, timeout, and whether it can run.
func (c *functionCard) headline(s *styles, w int) string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Pad("", 2)
	f := &c.got.Configuration
	switch {
	case c.loading && !c.known:
		r.AddCut(s.muted, safetext.Trusted("reading…"))
		return r.String()
	case !c.known:
		r.AddCut(s.warning, safetext.Trusted("! nothing could be read"))
		return r.String()
	}
	r.AddCut(s.text, safetext.FromString(strings.Join(nonEmpty([]string{
		shortRuntime(&f.Function), ifSet(f.MemorySizeMB > 0, thousands(f.MemorySizeMB)+" MB"), ifSet(f.Timeout > 0, "timeout "+limit(f.Timeout)), f.Architecture,
	}), " · ")))
	switch {
	case c.loading:
		r.End(s.muted, safetext.Trusted("reading…"))
	case c.failure != nil:
		r.End(s.warning, safetext.Trusted("! not read again"))
	case f.State == "Active":
		r.End(s.success, safetext.Trusted("● Active"))
	case f.State != "":
		r.End(s.warning, safetext.FromString("! "+f.State))
	case len(f.Problems) > 0 || f.UnavailableHereBecause != "":
		r.End(s.warning, safetext.Trusted("! can't run as it is"))
	}
	return r.String()
}

func (c *functionCard) hint(a *App) string {
	if c.failure != nil {
		if c.failure.Command != "" {
			return "! " + c.failure.Name + "  y copy the command  f9 try again"
		}
		return "! " + c.failure.Error() + "  f9 try again"
	}
	values := "v show values"
	if c.values {
		values = "v hide values"
	}
	return values + "  y copy  " + a.table.byID["qualifier.pick"].keyFor(a.enhanced, true) + " qualifier  f9 read again"
}

// factLabels is the column of labels.
func factLabels(w int) int { return min(max(w/4, 14), 28) }

func (c *functionCard) row(s *styles, w int, d *factRow, current bool) string {
	r := frame.NewRow(w)
	r.Base(s.surface)
	if d.heading {
		r.AddCut(s.subtle+s.strong, safetext.FromString(d.label))
		return r.String()
	}
	marker := safetext.Spaces(2)
	if current {
		r.Base(s.surface + s.selection)
		marker = safetext.Trusted("▌ ")
	}
	r.Add(s.accent, marker)
	r.AddIn(factLabels(w)-1, s.subtle, safetext.FromString(d.label))
	r.Pad("", 1)
	look := s.text
	switch {
	case d.warns:
		look = s.warning
	case d.hidden:
		look = s.muted
	}
	r.AddCut(look, orNothing(d.value))
	return r.String()
}

// details are the whole value of the row under the cursor, as far as there is room.
func (c *functionCard) details(s *styles, w, n int) []string {
	var rows []string
	if d := c.under(); d != nil && d.value != "" {
		for _, piece := range safetext.FromString(d.value).Wrap(max(w-2, 1)) {
			if len(rows) == n {
				break
			}
			r := frame.NewRow(w)
			r.Base(s.surface)
			r.Pad("", 2)
			r.AddCut(s.text, piece)
			rows = append(rows, r.String())
		}
	}
	for len(rows) < n {
		rows = append(rows, frame.Text(w, s.surface, safetext.Spaces(w)))
	}
	return rows
}

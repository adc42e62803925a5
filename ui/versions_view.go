package ui

import (
	"strconv"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// versionsHead is how many rows of the card are above the list: the names of the sides,
// and a rule.
const versionsHead = 2

// versionsDetail is how many rows the values of the row under the cursor get.
const versionsDetail = 4

// A versionRow is a row of the list: a fact, two answers to one payload, or a heading.
type versionRow struct {
	label      string
	this, that string // for people; "" where there is nothing
	differs    bool
	counts     bool // that it differs says something
	pair       *history.Pair
	heading    bool
}

func (r *versionRow) isHeading() bool { return r.heading }

var factHeadings = map[invoke.FactGroup]string{
	invoke.FactCode: "Code", invoke.FactConfiguration: "Configuration", invoke.FactEnvironment: "Environment",
}

// rowsOf are the rows of what was read.
func (v *versionPair) rowsOf(zone *time.Location) []versionRow {
	var rows []versionRow
	group := invoke.FactAbout
	for _, f := range v.got.Facts {
		if v.changed && !(f.Differs() && f.Counts()) {
			continue
		}
		if f.Group != group {
			group = f.Group
			rows = append(rows, versionRow{heading: true, label: factHeadings[group]})
		}
		row := versionRow{label: f.Label, this: f.Text(f.This, zone), that: f.Text(f.That, zone), differs: f.Differs(), counts: f.Counts()}
		if f.Group == invoke.FactEnvironment {
			row.this, row.that = v.variable(f, f.This, zone), v.variable(f, f.That, zone)
			if !v.values {
				row.this, row.that = f.HiddenTexts()
			}
		}
		rows = append(rows, row)
	}
	heading := false
	for i := range v.pairs {
		p := &v.pairs[i]
		if v.changed && p.Same() {
			continue
		}
		if !heading {
			heading = true
			rows = append(rows, versionRow{heading: true, label: v.answers()})
		}
		rows = append(rows, versionRow{label: p.Head, this: runWords(p.This), that: runWords(p.That), differs: !p.Same(), counts: true, pair: p})
	}
	return rows
}

// variable is a value of the environment; an empty one is told apart from none.
func (v *versionPair) variable(f invoke.Fact, value []byte, zone *time.Location) string {
	if string(value) == `""` {
		return `""`
	}
	return f.Text(value, zone)
}

// runWords is what came of a run.
func runWords(r history.PairedRun) string {
	text := "✓ " + strconv.Itoa(r.Status)
	if r.Failure != "" {
		text = "✗ " + r.Failure
	}
	return "#" + strconv.FormatInt(r.ID, 10) + "  " + text + "  " + duration(r.Duration)
}

func (v *versionPair) at(a *App) rect { return a.lay.body }

// page is how many rows of the list are in view.
func (v *versionPair) page(a *App) int {
	_, h := card{at: v.at(a)}.inside()
	return max(h-versionsHead-1-v.detailRows(h), 0)
}

// detailRows is how many rows the details take, their rule included: none where the list
// would have too few.
func (v *versionPair) detailRows(h int) int {
	if h < versionsHead+1+versionsDetail+6 {
		return 0
	}
	return versionsDetail + 1
}

func (v *versionPair) card(a *App) card {
	s := a.styles
	c := card{at: v.at(a), title: v.title(), badge: "esc close"}
	w, h := c.inside()
	b := listCard{
		head: []string{v.headings(s, w), frame.Rule(w, s.surface+s.border)},
		rows: len(v.rows), page: v.page(a),
		row:  func(i int, current bool) string { return v.row(s, w, &v.rows[i], current) },
		none: []string{v.empty(s, w)},
		hint: v.hint(), where: position(v.list.cursor, len(v.rows)),
	}
	if n := v.detailRows(h); n > 0 {
		b.below = append([]string{frame.Rule(w, s.surface+s.border)}, v.details(s, w, n-1)...)
	}
	b.fill(s, &c, v.list)
	return c
}

// empty says why there are no rows.
func (v *versionPair) empty(s *styles, w int) string {
	if v.loading {
		return saying(s, w, s.muted, safetext.Trusted("reading…"))
	}
	return saying(s, w, s.success, safetext.Trusted("✓ what runs is the same"))
}

func (v *versionPair) hint() string {
	if v.wrong != "" {
		return "! " + v.wrong
	}
	values, changed := "v values", "d differences only"
	if v.values {
		values = "v hide values"
	}
	if v.changed {
		changed = "d all"
	}
	hint := changed + "  " + values + "  s swap  f9 read again"
	if d := v.under(); d != nil && d.pair != nil {
		hint = "enter compare the answers  " + hint
	}
	return hint
}

// summary is how much differs of what runs.
func (v *versionPair) summary() string {
	switch n := v.got.Differences(); {
	case v.loading:
		return "reading…"
	case !v.known:
		return ""
	case n > 0:
		return count(n, "difference", "differences")
	}
	return "✓ the same"
}

// answers is the heading of what both answered.
func (v *versionPair) answers() string {
	different := 0
	for _, p := range v.pairs {
		if !p.Same() {
			different++
		}
	}
	of := count(len(v.pairs), "payload", "payloads")
	if v.more {
		of = "the newest " + of
	}
	if different == 0 {
		return "Answers to the same payload: ✓ the same to " + of
	}
	return "Answers to the same payload: " + thousands(different) + " of " + of + " differ"
}

// columns are the widths of the label and of each side.
func (v *versionPair) columns(w int) (label, side int) {
	label = min(max(w/4, 14), 26)
	return label, max((w-3-label-2)/2, 1)
}

func (v *versionPair) headings(s *styles, w int) string {
	label, side := v.columns(w)
	r := frame.NewRow(w)
	r.Base(s.surface)
	r.Pad("", 3)
	r.AddIn(label, s.muted, safetext.FromString(v.summary()))
	r.AddIn(side, s.accent+s.strong, safetext.FromString(v.this))
	r.Pad("", 2)
	r.AddCut(s.accent+s.strong, safetext.FromString(v.that))
	return r.String()
}

func (v *versionPair) row(s *styles, w int, d *versionRow, current bool) string {
	label, side := v.columns(w)
	r := frame.NewRow(w)
	r.Base(s.surface)
	if d.heading {
		r.AddCut(s.subtle+s.strong, safetext.FromString(d.label))
		return r.String()
	}
	cursor := safetext.Spaces(1)
	if current {
		r.Base(s.surface + s.selection)
		cursor = safetext.Trusted("▌")
	}
	r.Add(s.accent, cursor)
	r.Add(s.warning, d.mark())
	r.Pad("", 1)
	name := s.subtle
	if d.pair != nil {
		name = s.text
	}
	r.AddIn(label-1, name, safetext.FromString(d.label))
	r.Pad("", 1)
	this, that := s.text, s.text
	if d.differs && d.counts {
		this, that = s.diffDel, s.diffAdd
	}
	r.AddIn(side, this, orNothing(d.this))
	r.Pad("", 2)
	r.AddCut(that, orNothing(d.that))
	return r.String()
}

// mark says what became of the row: + added, − removed, ≠ changed.
func (d *versionRow) mark() safetext.Line {
	switch {
	case !d.differs || !d.counts:
		return safetext.Spaces(1)
	case d.this == "":
		return safetext.Trusted("+")
	case d.that == "":
		return safetext.Trusted("−")
	}
	return safetext.Trusted("≠")
}

// orNothing is a value, or what stands for none.
func orNothing(text string) safetext.Line {
	if text == "" {
		return nothingThere
	}
	return safetext.FromString(text)
}

// details are the values of the row under the cursor as far as there is room.
func (v *versionPair) details(s *styles, w, n int) []string {
	var rows []string
	if d := v.under(); d != nil && !d.heading {
		rows = append(v.detail(s, w, n/2, v.this, d.this), v.detail(s, w, n/2, v.that, d.that)...)
	}
	for len(rows) < n {
		rows = append(rows, frame.Text(w, s.surface, safetext.Spaces(w)))
	}
	return rows[:n]
}

// detail is one value in exactly n rows, after its side's name.
func (v *versionPair) detail(s *styles, w, n int, side, value string) []string {
	name := safetext.FromString(side).Cut(max(w/4, 8))
	lead := name.Width() + 2
	look := s.text
	if value == "" {
		look = s.muted
	}
	var rows []string
	for i, piece := range orNothing(value).Wrap(max(w-lead, 1)) {
		if len(rows) == n {
			break
		}
		r := frame.NewRow(w)
		r.Base(s.surface)
		if i == 0 {
			r.Add(s.accent, name)
		}
		r.PadTo("", lead)
		r.AddCut(look, piece)
		rows = append(rows, r.String())
	}
	for len(rows) < n {
		rows = append(rows, frame.Text(w, s.surface, safetext.Spaces(w)))
	}
	return rows
}

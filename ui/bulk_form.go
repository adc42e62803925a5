package ui

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A bulkForm is the card in which a replay of many is set up: where, how it is compared,
// how many at the same time and how fast.
type bulkForm struct {
	places  []history.Place // the marked runs, by where they ran
	total   int
	targets []TargetChoice // beside "where each ran"
	where   int            // 0 for where each ran, else a target of targets, counted from 1

	check                     bool
	order                     arrayOrder
	qualifier, parallel, rate field

	row     int
	wrong   string
	wrongAt int
}

// The rows of the form.
const (
	bulkWhere = iota
	bulkQualifier
	bulkCompare
	bulkOrder
	bulkParallel
	bulkRate
	bulkRows
)

var bulkLabels = [bulkRows]safetext.Line{
	safetext.Trusted("Where"), safetext.Trusted("Qualifier"), safetext.Trusted("Compare"), safetext.Trusted("Arrays"),
	safetext.Trusted("At a time"), safetext.Trusted("Rate"),
}

var bulkHints = [bulkRows]safetext.Line{
	safetext.Trusted("space, ← and → change it"), safetext.Trusted("$LATEST, a version or an alias; empty: as recorded"),
	safetext.Trusted("space changes it"), safetext.Trusted("space changes it"),
	safetext.Trusted("how many run at the same time"), safetext.Trusted("at most so many a second; empty: as fast as they go"),
}

// An arrayOrder says whether the order of arrays counts in a comparison.
type arrayOrder int

const (
	orderRemembered arrayOrder = iota // as it was said of each function
	orderCounts
	orderFree
	arrayOrders
)

var orderWords = [...]string{orderRemembered: "as remembered for the function", orderCounts: "in their order", orderFree: "in any order"}

// bulkChoices are what a form begins with: what was chosen the last time.
type bulkChoices struct {
	loose          bool // do not compare
	order          arrayOrder
	parallel, rate string
}

// defaultParallel is how many runs of a replay go at the same time, unless a person says
// otherwise: enough to be quicker than one, not enough to be throttled.
const defaultParallel = "4"

// maxParallel is more environments than a machine starts in reason, and more than an
// account of AWS has by default.
const maxParallel = 1000

// noMarks is why there is nothing to replay together.
func (a *App) noMarks() string {
	if why := a.noHistory(); why != "" {
		return why
	}
	if a.history.marked.len() == 0 {
		return "no run of history is marked: space marks one, A all"
	}
	return a.jobInTheWay()
}

// markedPlaces brings where the marked runs were made, and where else they can be.
type markedPlaces struct {
	places  []history.Place
	targets []TargetChoice
	other   bool
	err     error
}

// replayMarked sets up a replay of all marked runs.
func (a *App) replayMarked() tea.Cmd { return a.setUpBulk(false) }

// setUpBulk opens the form; other puts the other target first.
func (a *App) setUpBulk(other bool) tea.Cmd {
	if why := a.noMarks(); why != "" {
		a.warn(safetext.FromString(why))
		return nil
	}
	store, ctx, ids, targets := a.store(), a.ctx, a.history.marked.oldestFirst(), a.opt.Targets
	if !a.canSwitch() {
		targets = nil
	}
	return a.of(func() tea.Msg {
		m := markedPlaces{other: other}
		if m.places, m.err = store.Places(ctx, ids); m.err == nil && targets != nil {
			m.targets, m.err = targets(ctx)
		}
		return m
	})
}

func (m markedPlaces) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("replay: " + m.err.Error()))
	}
	f := &bulkForm{places: m.places, check: !a.bulkChoices.loose, order: a.bulkChoices.order}
	for _, p := range m.places {
		f.total += len(p.IDs)
	}
	if f.total == 0 {
		a.warn(safetext.Trusted("the marked runs are not in history any more"))
		a.history.marked.clear()
		return nil
	}
	f.targets = a.bulkTargets(m.targets, m.places)
	if m.other && len(f.targets) > 0 {
		f.where = 1
	}
	f.parallel.set(defaultParallel)
	if p := a.bulkChoices.parallel; p != "" {
		f.parallel.set(p)
	}
	f.rate.set(a.bulkChoices.rate)
	a.push(f)
	return nil
}

// bulkTargets are where all the runs can go, the other target first.
func (a *App) bulkTargets(all []TargetChoice, places []history.Place) []TargetChoice {
	here := TargetChoice{Info: a.info()}
	list := slices.DeleteFunc(slices.Clone(all), a.isHere)
	if last := a.session.lastAWS; last != nil && a.canSwitch() {
		scope := history.ScopeOf(*last)
		list = slices.DeleteFunc(list, func(t TargetChoice) bool { return history.ScopeOf(t.Info) == scope })
		if scope != history.ScopeOf(here.Info) {
			list = append([]TargetChoice{{Info: *last}}, list...)
		}
	}
	list = append(list, here)
	if len(places) == 1 { // that is "where each ran"
		scope := history.ScopeOf(places[0].Target)
		list = slices.DeleteFunc(list, func(t TargetChoice) bool { return history.ScopeOf(t.Info) == scope })
	}
	return list
}

func (f *bulkForm) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := k.Keystroke()
	switch key {
	case "up", "shift+tab":
		f.row = (f.row + bulkRows - 1) % bulkRows
		return true, nil
	case "down", "tab":
		f.row = (f.row + 1) % bulkRows
		return true, nil
	case "enter":
		return true, f.accept(a)
	}
	if t := f.field(); t != nil {
		return t.press(k), nil
	}
	step := 1
	switch key {
	case "left":
		step = -1
	case "space", "right":
	default:
		return k.Text != "", nil
	}
	switch f.row {
	case bulkWhere:
		n := len(f.targets) + 1
		f.where = (f.where + step + n) % n
	case bulkCompare:
		f.check = !f.check
	case bulkOrder:
		f.order = (f.order + arrayOrder(step) + arrayOrders) % arrayOrders
	}
	return true, nil
}

// field is the text field of the current row, nil where it is turned.
func (f *bulkForm) field() *field {
	switch f.row {
	case bulkQualifier:
		return &f.qualifier
	case bulkParallel:
		return &f.parallel
	case bulkRate:
		return &f.rate
	}
	return nil
}

// plan is what the form says; wrong is what is wrong with a row.
func (f *bulkForm) plan() (p bulkPlan, row int, wrong string) {
	p = bulkPlan{total: f.total, check: f.check, order: f.order, qualifier: strings.TrimSpace(f.qualifier.String())}
	n, err := strconv.Atoi(strings.TrimSpace(f.parallel.String()))
	if err != nil || n < 1 || n > maxParallel {
		return p, bulkParallel, "a number from 1 to 1,000"
	}
	p.parallel = n
	if text := strings.TrimSpace(f.rate.String()); text != "" {
		p.rate, err = strconv.ParseFloat(text, 64)
		if err != nil || !(p.rate > 0 && p.rate <= 1e6) {
			return p, bulkRate, "a number of runs a second above 0, such as 5 or 0.5"
		}
	}
	if f.where == 0 {
		for _, place := range f.places {
			p.parts = append(p.parts, bulkPart{target: TargetChoice{Info: place.Target}, ids: place.IDs})
		}
		return p, 0, ""
	}
	p.elsewhere = true
	part := bulkPart{target: f.targets[f.where-1]}
	for _, place := range f.places {
		part.ids = append(part.ids, place.IDs...)
	}
	slices.Sort(part.ids)
	p.parts = []bulkPart{part}
	return p, 0, ""
}

func (f *bulkForm) accept(a *App) tea.Cmd {
	p, row, wrong := f.plan()
	if wrong != "" {
		f.row, f.wrongAt, f.wrong = row, row, wrong
		return nil
	}
	a.bulkChoices = bulkChoices{loose: !f.check, order: f.order, parallel: f.parallel.String(), rate: f.rate.String()}
	a.drop(f)
	if t := p.parts[0].target; p.elsewhere && t.asksRegion() {
		a.push(regionPicker(t, "replay there", func(a *App, t TargetChoice) tea.Cmd {
			p.parts[0].target = t
			return a.openBulk(p, 0)
		}))
		return nil
	}
	return a.openBulk(p, 0)
}

// openBulk opens the targets of a plan from the nth on, one after the other.
func (a *App) openBulk(p bulkPlan, n int) tea.Cmd {
	if n == len(p.parts) {
		return a.consentToBulk(p)
	}
	return a.openAt(p.parts[n].target, func(a *App, s *Session) tea.Cmd {
		p.parts[n].session = s
		p.parts[n].target.Info = s.Target.Info()
		return a.openBulk(p, n+1)
	})
}

// consentToBulk asks before invocations are made on AWS: it says how many, and where. A
// protected profile asks for more than a key.
func (a *App) consentToBulk(p bulkPlan) tea.Cmd {
	calls, protected := 0, false
	var where []string
	for _, part := range p.parts {
		rules := invoke.GateOf(part.session.Target)
		if rules.ReadOnly {
			a.warn(safetext.FromString("nothing is invoked on " + part.target.name() + ": lambent is read-only"))
			return nil
		}
		if part.target.Info.Kind == invoke.AWS {
			calls += len(part.ids)
			where = append(where, part.target.name())
		}
		protected = protected || rules.Protected
	}
	on := count(calls, "invocation", "invocations") + " on " + strings.Join(where, " and ")
	switch {
	case protected:
		number := strconv.Itoa(calls)
		a.push(&prompt{
			title: "Make " + on, label: "Type the number of invocations: " + number, verb: "make them",
			accept: func(a *App, text string) (string, tea.Cmd) {
				if strings.TrimSpace(text) != number {
					return "that is not " + number, nil
				}
				return "", a.startBulk(p, true)
			},
		})
		return nil
	case calls > 0:
		a.push(&confirm{
			title: "Replay on AWS", verb: "make them",
			lines: []safetext.Line{safetext.FromString("This makes " + on + "."), safetext.Trusted("They cost what invocations cost, and do what the functions do.")},
			yes:   func(a *App) tea.Cmd { return a.startBulk(p, false) },
		})
		return nil
	}
	return a.startBulk(p, false)
}

func (f *bulkForm) insert(_ *App, text string) tea.Cmd {
	if t := f.field(); t != nil {
		t.insert(text)
	}
	return nil
}

// said is what a row that is turned says.
func (f *bulkForm) said(row int) (text string, aws bool) {
	switch {
	case row == bulkCompare && f.check:
		return "with what was recorded", false
	case row == bulkCompare:
		return "do not compare", false
	case row == bulkOrder:
		return orderWords[f.order], false
	case f.where > 0:
		t := f.targets[f.where-1]
		text = t.name()
		if t.asksRegion() {
			text += " · another region"
		}
		return text, t.Info.Kind == invoke.AWS
	}
	for _, p := range f.places {
		aws = aws || p.Target.Kind == invoke.AWS
	}
	if len(f.places) == 1 {
		return "where they ran: " + (&TargetChoice{Info: f.places[0].Target}).name(), aws
	}
	return "where each ran: at " + count(len(f.places), "target", "targets"), aws
}

// hint says what a row takes; where each ran, how many are where.
func (f *bulkForm) hint() safetext.Line {
	if f.row != bulkWhere || f.where > 0 || len(f.places) < 2 {
		return bulkHints[f.row]
	}
	var places []string
	for _, p := range f.places {
		places = append(places, thousands(len(p.IDs))+" on "+(&TargetChoice{Info: p.Target}).name())
	}
	return safetext.FromString(strings.Join(places, ", "))
}

func (f *bulkForm) card(a *App) card {
	c := card{at: a.cardAt(76, bulkRows+6), title: safetext.FromString("Replay " + count(f.total, "run", "runs")), badge: "esc close"}
	w, h := c.inside()
	s := a.styles
	fields := map[int]*field{bulkQualifier: &f.qualifier, bulkParallel: &f.parallel, bulkRate: &f.rate}
	for i := range bulkRows {
		r := frame.NewRow(w)
		r.Base(s.surface)
		marker := safetext.Trusted("  ")
		if i == f.row {
			marker = safetext.Trusted("▌ ")
		}
		r.Add(s.accent, marker)
		r.AddIn(min(12, r.Left()), s.subtle, bulkLabels[i])
		if t := fields[i]; t != nil {
			x := t.view(r, max(r.Left()-1, 0), s.text)
			if i == f.row {
				c.cursor = &place{x, i}
			}
		} else {
			text, aws := f.said(i)
			look := s.text
			if aws {
				look = s.warning
			}
			r.AddCut(look, safetext.FromString(text))
		}
		c.body = append(c.body, r.String())
	}
	note := frame.NewRow(w)
	note.Base(s.surface)
	if f.wrong != "" && f.row == f.wrongAt {
		note.AddCut(s.err, safetext.FromString("! "+f.wrong))
	} else {
		note.AddCut(s.muted, f.hint())
	}
	c.body = append(c.body, frame.Text(w, s.surface, safetext.Spaces(w)), note.String())
	c.body = append(padTo(s, c.body, w, h-1), foot(s, w, "↑/↓ row  enter replay", ""))
	return c
}

func (f *bulkForm) point(_ *App, row int, _ bool) tea.Cmd {
	if row >= 0 && row < bulkRows {
		f.row = row
	}
	return nil
}
func (f *bulkForm) wheel(*App, int) tea.Cmd { return nil }
func (f *bulkForm) closed(*App)             {}

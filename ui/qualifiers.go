package ui

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/safetext"
)

// qualifiersCame brings qualifiers of a function as far as they have come, and how to read on.
type qualifiersCame struct {
	function string
	read     []invoke.Qualifier // so far
	err      error
	next     func() ([]invoke.Qualifier, error, bool)
	stop     func()
	fill     *qualifierPicker // to be filled, nil when nobody waits
}

// A qualifierPicker is a list of qualifiers, and what choosing one does.
type qualifierPicker struct {
	open    *picker
	current string
	pick    func(invoke.Qualifier) func(*App) tea.Cmd
	begun   bool // something is listed
}

// readQualifiers asks the target, so that the header knows where an alias points.
func (a *App) readQualifiers(function string) tea.Cmd {
	return tea.Batch(a.fillQualifiers(function, nil), a.readURLMode())
}

// listQualifiers fills a picker with the qualifiers of a function as they arrive.
func (a *App) listQualifiers(function string, p *picker, pick func(invoke.Qualifier) func(*App) tea.Cmd, current string) tea.Cmd {
	p.loading = true
	return a.fillQualifiers(function, &qualifierPicker{open: p, current: current, pick: pick})
}

func (a *App) fillQualifiers(function string, fill *qualifierPicker) tea.Cmd {
	target := a.target()
	if target == nil || function == "" {
		return nil
	}
	ctx := a.session.ctx
	return a.of(func() tea.Msg {
		m := qualifiersCame{function: function, fill: fill}
		m.next, m.stop = iter.Pull2(qualifierPages(ctx, target, function))
		return m.readOn()
	})
}

// qualifierPages are the qualifiers as they arrive, or all at once where they do.
func qualifierPages(ctx context.Context, target invoke.Target, function string) iter.Seq2[[]invoke.Qualifier, error] {
	if p, ok := invoke.As[invoke.QualifierPager](target); ok {
		return p.QualifierPages(ctx, function)
	}
	return func(yield func([]invoke.Qualifier, error) bool) { yield(target.Qualifiers(ctx, function)) }
}

// readOn reads the next page.
func (m qualifiersCame) readOn() qualifiersCame {
	page, err, more := m.next()
	if !more || err != nil {
		m.stop()
		m.err, m.next = err, nil
		return m
	}
	m.read = append(slices.Clone(m.read), page...)
	return m
}

// dropped ends the reading of what nobody wants any more.
func (m qualifiersCame) dropped() {
	if m.next != nil {
		m.stop()
	}
}

// list are the qualifiers in the order of a list. Every function has $LATEST, whenever the
// target comes to speak of it.
func (m qualifiersCame) list() []invoke.Qualifier {
	list := slices.Clone(m.read)
	if !slices.ContainsFunc(list, func(q invoke.Qualifier) bool { return q.Kind == invoke.KindLatest }) && len(list) > 0 {
		list = append(list, invoke.Qualifier{Name: invoke.Latest, Kind: invoke.KindLatest, Version: invoke.Latest})
	}
	invoke.SortQualifiers(list)
	return list
}

func (m qualifiersCame) apply(a *App) tea.Cmd {
	list, chosen := m.list(), m.function == a.functions.chosen
	if chosen && (m.err == nil || len(list) > 0) {
		a.request.known, a.request.qualifiers = m.function, list
	}
	if m.fill != nil {
		m.fill.take(a, m, list)
	}
	if m.next == nil || m.fill == nil && !chosen {
		m.dropped()
		return nil
	}
	return a.of(func() tea.Msg { return m.readOn() })
}

// take lists what has come. The cursor goes to the current one when it is there first, and
// stays where it is from then on.
func (f *qualifierPicker) take(a *App, m qualifiersCame, list []invoke.Qualifier) {
	f.open.loading = m.next != nil
	if m.err != nil && len(list) == 0 {
		f.open.nothing = m.err.Error()
		f.open.fill(nil)
		return
	}
	if m.err != nil {
		a.warn(safetext.FromString("not all qualifiers could be read: " + m.err.Error()))
	}
	choices := make([]choice, len(list))
	for i, q := range list {
		choices[i] = a.qualifierChoice(q)
		if f.pick != nil {
			choices[i].pick = f.pick(q)
		}
	}
	f.open.refill(choices)
	current := func(c choice) bool { return c.text == f.current }
	if !f.begun && slices.ContainsFunc(choices, current) && f.open.input.String() == "" {
		f.begun = true
		f.open.start(current)
	}
}

// qualifierName is how a qualifier is shown when none was chosen.
func qualifierName(q string) string {
	if q == "" {
		return invoke.Latest
	}
	return q
}

// pickQualifier opens the list of qualifiers, read anew.
func (a *App) pickQualifier() tea.Cmd {
	p := newPicker("Qualifier of "+a.functions.chosen, "choose", nil)
	p.width = 76
	a.push(p)
	return a.listQualifiers(a.functions.chosen, p, nil, qualifierName(a.request.qualifier))
}

// hashShown is how many characters of a code's hash are shown: enough to tell versions apart.
const hashShown = 8

// qualifierChoice is the row of a qualifier: an alias says where it points, a version when it was
// published, which code it has and what its description is.
func (a *App) qualifierChoice(q invoke.Qualifier) choice {
	c := choice{text: q.Name, right: q.Description, pick: func(a *App) tea.Cmd { return a.setQualifier(q) }}
	if q.Kind == invoke.KindAlias {
		c.dim = "→ " + weights(q)
		return c
	}
	published := ""
	if !q.PublishedAt.IsZero() {
		published = q.PublishedAt.In(a.now.Location()).Format(time.DateOnly)
	}
	c.dim = strings.Join(nonEmpty([]string{published, q.CodeSHA256[:min(len(q.CodeSHA256), hashShown)]}), "  ")
	return c
}

package ui

import (
	"context"
	"iter"
	"slices"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
)

// A functionsPane is the list of the target's functions.
type functionsPane struct {
	all     []invoke.Function
	catalog catalog        // of all, for the filter
	byName  map[string]int // indexes of all
	shown   []match        // what the filter lets through
	chosen  string
	list    list
	filter  filter
	loading bool
	kept    bool              // all is an older list, which stays until the new one is whole
	fresh   []invoke.Function // what has come of the new one, in the target's order
	asked   int               // numbers the reads; what an older one brings is dropped
	sought  bool              // the function of the last start may still come
	ahead   bool              // one is in all before its page has come
	err     error
	w, h    int // of the content, as of the last layout
}

// keep brings the cursor into a content of w by h cells.
func (p *functionsPane) keep(w, h int) {
	if p.err != nil && len(p.shown) > 0 {
		h = max(h-1, 1) // the last row says what is wrong
	}
	p.w, p.h = w, h
	p.list.keep(len(p.shown), h)
}

// set replaces the functions, extend adds to them. The cursor stays on the function that it
// is on, where that is on the screen: nothing jumps when more of them come.
func (p *functionsPane) set(all []invoke.Function) {
	under := p.under()
	p.all, p.catalog, p.byName = nil, catalog{}, make(map[string]int, len(all))
	p.add(all)
	p.narrowFrom(under)
}

func (p *functionsPane) extend(more []invoke.Function) {
	under := p.under()
	p.add(more)
	p.narrowFrom(under)
}

func (p *functionsPane) add(more []invoke.Function) {
	if p.byName == nil {
		p.byName = map[string]int{}
	}
	for _, f := range more {
		if _, twice := p.byName[f.Name]; twice {
			continue // one that was made while the pages came
		}
		p.byName[f.Name] = len(p.all)
		p.all = append(p.all, f)
		p.catalog.add(f.Name, f.Runtime+" "+f.Description)
	}
}

// narrow works out what the filter lets through, the best first.
func (p *functionsPane) narrow() { p.narrowFrom(p.under()) }

// narrowFrom is narrow with the cursor going along with a function, nil for none.
func (p *functionsPane) narrowFrom(under *invoke.Function) {
	p.shown = p.catalog.find(p.filter.String())
	if under != nil {
		p.list.follow(p.row(under.Name))
	}
	p.list.keep(len(p.shown), p.h)
}

// refine is narrow for what has just been typed: the cursor goes to the best match.
func (p *functionsPane) refine() {
	p.list = list{}
	p.narrowFrom(nil)
}

// row is where a function is in the list, -1 when the filter does not let it through.
func (p *functionsPane) row(name string) int {
	return slices.IndexFunc(p.shown, func(m match) bool { return p.all[m.row].Name == name })
}

// function is the function of a name, nil when the target has none.
func (p *functionsPane) function(name string) *invoke.Function {
	if i, ok := p.byName[name]; ok {
		return &p.all[i]
	}
	return nil
}

// under is the function under the cursor.
func (p *functionsPane) under() *invoke.Function {
	if p.list.cursor >= len(p.shown) {
		return nil
	}
	return &p.all[p.shown[p.list.cursor].row]
}

// functionsBatch bounds how many functions are read before they are shown.
const functionsBatch = 50

// functionsCame brings the next functions of the target, and how to read on.
type functionsCame struct {
	asked int
	list  []invoke.Function
	err   error
	next  func() (invoke.Function, error, bool)
	stop  func()
}

// readFunctions reads the functions of the target from the beginning.
func (a *App) readFunctions() tea.Cmd {
	target := a.target()
	if target == nil {
		return nil
	}
	ctx := a.session.ctx
	p := &a.functions
	p.loading, p.kept, p.fresh, p.sought, p.ahead = true, len(p.all) > 0, nil, a.remembered() != "", false
	p.asked++
	came := functionsCame{asked: p.asked}
	read := func() tea.Msg {
		came.next, came.stop = iter.Pull2(target.Functions(ctx))
		return came.readOn(ctx)
	}
	r, remembers := invoke.As[invoke.Rememberer](target)
	if !remembers || p.kept {
		return read
	}
	asked := p.asked
	return tea.Batch(read, a.seekRemembered(), func() tea.Msg {
		list, _ := r.Remembered()
		return functionsRemembered{asked, list}
	})
}

// functionSought brings the function of the last start by itself.
type functionSought struct {
	asked    int
	function invoke.Function
	err      error
}

// seekRemembered asks for the function of the last start by itself: it may be on the last of
// hundreds of pages, and there is nothing to work on until it is there.
func (a *App) seekRemembered() tea.Cmd {
	d, describes := invoke.As[invoke.Describer](a.target())
	name, asked, ctx := a.remembered(), a.functions.asked, a.session.ctx
	if !describes || name == "" {
		return nil
	}
	return func() tea.Msg {
		c, err := d.Configuration(ctx, name, "")
		return functionSought{asked, c.Function, err}
	}
}

func (m functionSought) apply(a *App) tea.Cmd {
	p := &a.functions
	if m.asked != p.asked || p.chosen != "" {
		return nil
	}
	p.sought = false
	if m.err == nil && m.function.Name == a.remembered() {
		p.ahead = true
		p.extend([]invoke.Function{m.function})
		a.refillFunctions()
	}
	if len(p.all) == 0 {
		return nil // what there is will be said when the list comes
	}
	cmd, _ := a.chooseRemembered(true)
	return cmd
}

// functionsRemembered brings the list of an earlier start, to begin with.
type functionsRemembered struct {
	asked int
	list  []invoke.Function
}

func (m functionsRemembered) apply(a *App) tea.Cmd {
	p := &a.functions
	if m.asked != p.asked || !p.loading && p.err == nil || len(m.list) == 0 || p.kept {
		return nil // the target was faster
	}
	p.kept = true
	p.set(append(m.list, p.all...)) // the first functions may have come meanwhile, and be worked with
	a.refillFunctions()
	if p.err != nil {
		a.sayUnlisted() // otherwise than without a list
	}
	if p.chosen != "" {
		return nil
	}
	cmd, _ := a.chooseRemembered(true)
	return cmd
}

// readOn reads the next batch.
func (m functionsCame) readOn(ctx context.Context) functionsCame {
	m.list = nil
	for len(m.list) < functionsBatch && ctx.Err() == nil {
		f, err, ok := m.next()
		if !ok || err != nil {
			m.stop()
			m.err, m.next = err, nil
			return m
		}
		m.list = append(m.list, f)
	}
	if ctx.Err() != nil {
		m.stop()
		m.next = nil
	}
	return m
}

func (m functionsCame) apply(a *App) tea.Cmd {
	p := &a.functions
	if m.asked != p.asked {
		if m.next != nil {
			m.stop()
		}
		return nil
	}
	p.err = m.err
	p.loading = m.next != nil
	if m.err != nil {
		defer a.sayUnlisted()
	}
	p.fresh = append(p.fresh, m.list...)
	whole := m.next == nil && m.err == nil
	switch {
	case whole && (p.kept || p.ahead):
		p.set(p.fresh)
		p.kept, p.fresh = false, nil
		a.refillFunctions()
	case !p.kept:
		known := len(p.all)
		p.extend(m.list)
		a.extendFunctions(p.all[known:])
	} // the older list stays also when the new one breaks off
	if whole {
		p.fresh = nil
	}
	var cmds []tea.Cmd
	if m.next != nil {
		ctx := a.session.ctx
		cmds = append(cmds, func() tea.Msg { return m.readOn(ctx) })
	}
	if p.chosen == "" && len(p.all) > 0 {
		if cmd, found := a.chooseRemembered(m.next == nil || !p.sought); found {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// chooseRemembered chooses the function of the last start, or the first one
// when that is not among them and nothing else is to be waited for.
func (a *App) chooseRemembered(all bool) (tea.Cmd, bool) {
	p := &a.functions
	if f := p.function(a.remembered()); f != nil {
		return a.choose(f.Name), true
	}
	if all {
		return a.choose(p.all[0].Name), true
	}
	return nil, false
}

// remembered is the function that was chosen last at this target.
func (a *App) remembered() string {
	if a.session == nil {
		return ""
	}
	return a.session.lastFunction
}

// lastFunctionState names what the store remembers the last function under.
func lastFunctionState(t invoke.TargetInfo) string { return "function:" + history.ScopeOf(t) }

// choose makes a function the one that is edited for and invoked. The draft of
// the one before is kept.
func (a *App) choose(name string) tea.Cmd {
	p := &a.functions
	if name == p.chosen {
		return nil
	}
	save := a.saveDraft()
	p.chosen = name
	if i := p.row(name); i >= 0 {
		p.list.to(i, len(p.shown), p.h)
	}
	a.request.qualifier = a.request.byFunction[name]
	a.payload.switchTo(name)
	a.result.forget()
	a.logs.forget()
	if a.run != nil && a.run.function == name && history.ScopeOf(a.run.target) == history.ScopeOf(a.info()) {
		a.result.watch(a, a.run)
	}
	return tea.Batch(save, a.readDraft(name), a.readQualifiers(name), a.readStats(name), a.rememberFunction(name), a.warm())
}

// chosenFunction is the function that will be invoked, nil when there is none.
func (a *App) chosenFunction() *invoke.Function { return a.functions.function(a.functions.chosen) }

// warm starts a standby environment ahead of the invocation, where the target can.
// Invoking a function is the consent to run its code: one that was never invoked is left
// alone, those of the sample project excepted, which are lambent's own.
func (a *App) warm() tea.Cmd {
	w, ok := invoke.As[invoke.Warmer](a.target())
	if !ok {
		return nil
	}
	name, qualifier := a.functions.chosen, a.request.qualifier
	if a.result.usual.Count == 0 && a.info().Project != "sample" {
		name, qualifier = "", "" // which ends the one of the function before
	}
	return func() tea.Msg {
		w.Warm(name, qualifier)
		return nil
	}
}

package ui

import (
	"context"
	"iter"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A functionsPane is the list of the target's functions.
type functionsPane struct {
	all     []invoke.Function
	shown   []int // indexes of all that the filter lets through
	chosen  string
	list    list
	filter  filter
	loading bool
	kept    bool              // all is an older list, which stays until the new one is whole
	fresh   []invoke.Function // what has come of the new one
	asked   int               // numbers the reads; what an older one brings is dropped
	err     error
	w, h    int // of the content, as of the last layout
}

// keep brings the cursor into a content of w by h cells.
func (p *functionsPane) keep(w, h int) {
	p.w, p.h = w, h
	p.list.keep(len(p.shown), h)
}

// narrow works out what the filter lets through.
func (p *functionsPane) narrow() {
	p.shown = p.shown[:0]
	typed := strings.ToLower(p.filter.String())
	for i := range p.all {
		if strings.Contains(strings.ToLower(p.all[i].Name), typed) {
			p.shown = append(p.shown, i)
		}
	}
	p.list.keep(len(p.shown), p.h)
}

// function is the function of a name, nil when the target has none.
func (p *functionsPane) function(name string) *invoke.Function {
	for i := range p.all {
		if p.all[i].Name == name {
			return &p.all[i]
		}
	}
	return nil
}

// under is the function under the cursor.
func (p *functionsPane) under() *invoke.Function {
	if p.list.cursor >= len(p.shown) {
		return nil
	}
	return &p.all[p.shown[p.list.cursor]]
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
	p.loading, p.kept, p.fresh = true, len(p.all) > 0, nil
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
	return tea.Batch(read, func() tea.Msg {
		list, _ := r.Remembered()
		return functionsRemembered{asked, list}
	})
}

// functionsRemembered brings the list of an earlier start, to begin with.
type functionsRemembered struct {
	asked int
	list  []invoke.Function
}

func (m functionsRemembered) apply(a *App) tea.Cmd {
	p := &a.functions
	if m.asked != p.asked || !p.loading && p.err == nil || len(m.list) == 0 || len(p.all) > 0 {
		return nil // the target was faster
	}
	p.all, p.kept = m.list, true
	p.narrow()
	if p.err != nil {
		a.sayUnlisted() // otherwise than without a list
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
	switch {
	case !p.kept:
		p.all = append(p.all, m.list...)
	case m.next == nil && m.err == nil:
		p.all, p.kept, p.fresh = append(p.fresh, m.list...), false, nil
	default: // the older list stays also when the new one breaks off
		p.fresh = append(p.fresh, m.list...)
	}
	p.narrow()
	var cmds []tea.Cmd
	if m.next != nil {
		ctx := a.session.ctx
		cmds = append(cmds, func() tea.Msg { return m.readOn(ctx) })
	}
	if p.chosen == "" && len(p.all) > 0 {
		if cmd, found := a.chooseRemembered(m.next == nil); found {
			cmds = append(cmds, cmd)
		}
	}
	return tea.Batch(cmds...)
}

// chooseRemembered chooses the function of the last start, or the first one
// when all have been read and it is not among them.
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
	if i := slices.IndexFunc(p.shown, func(i int) bool { return p.all[i].Name == name }); i >= 0 {
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

// view is the pane's content.
func (p *functionsPane) view(a *App, w, h int) []string {
	s := a.styles
	var rows []string
	focused := a.focus == paneFunctions
	for i := p.list.top; i < min(p.list.top+h, len(p.shown)); i++ {
		f := &p.all[p.shown[i]]
		rows = append(rows, p.row(s, w, f, focused && i == p.list.cursor))
	}
	if len(p.shown) == 0 {
		rows = append(rows, p.emptyRows(a, w)...)
	} else if p.err != nil && h > 1 { // what was listed before the error can be used
		rows = append(rows[:min(len(rows), h-1)], frame.Text(w, s.err, safetext.FromString("! "+p.err.Error())))
	}
	return frame.Fit(rows, w, h)
}

// row is the row of one function: marker, name, and at the right what is
// wrong with it or its runtime.
func (p *functionsPane) row(s *styles, w int, f *invoke.Function, current bool) string {
	r := frame.NewRow(w)
	if current {
		r.Base(s.selection)
	}
	name := s.text
	if f.Name == p.chosen {
		r.Add(s.accent, safetext.Trusted("▌ "))
		name += s.strong
	} else if current {
		r.Add(s.accent, safetext.Trusted("› "))
	} else {
		r.Pad("", 2)
	}
	end, endLook := safetext.FromString(shortRuntime(f.Runtime)), s.muted
	if f.PackageType == "Image" {
		end = safetext.Trusted("image")
	}
	if len(f.Problems) > 0 {
		end, endLook = safetext.Trusted("!"), s.warning
	}
	text := safetext.FromString(f.Name)
	if text.Width()+end.Width()+2 > r.Left() {
		end = end.Cut(max(min(10, r.Left()-text.Width()-2), 1))
		if end.Width() < 3 && len(f.Problems) == 0 {
			end = safetext.Line{}
		}
	}
	r.Add(name, text.Cut(r.Left()-min(end.Width()+1, r.Left())))
	r.End(endLook, end)
	return r.String()
}

// shortRuntime leaves out what says nothing in a narrow list: the operating
// system of a function that brings its own runtime.
func shortRuntime(runtime string) string {
	if strings.HasPrefix(runtime, "provided.") {
		return "provided"
	}
	return runtime
}

// emptyRows say why there is no row.
func (p *functionsPane) emptyRows(a *App, w int) []string {
	s := a.styles
	switch {
	case a.openErr != nil, p.err != nil:
		err := p.err
		if err == nil {
			err = a.openErr
		}
		return paragraph(s.err, w, safetext.FromString("! "+err.Error()))
	case p.loading:
		return []string{frame.Text(w, s.muted, safetext.Trusted("loading…"))}
	case p.filter.active():
		return []string{frame.Text(w, s.muted, safetext.Trusted("nothing matches"))}
	}
	return paragraph(s.muted, w, safetext.Trusted("no functions here"))
}

// paragraph is a text in rows of w cells, broken between words.
func paragraph(look frame.Style, w int, text safetext.Line) []string {
	var rows []string
	for _, l := range breakWords(text, w) {
		rows = append(rows, frame.Text(w, look, l))
	}
	return rows
}

// box is the pane's outline.
func (p *functionsPane) box(a *App) frame.Box {
	b := a.box(paneFunctions)
	b.Badge = p.filter.badge(a.styles, "/ filter")
	if n := len(p.shown); n > 0 {
		b.Foot = a.footText(position(p.list.cursor, n))
	}
	if n := a.problems(); n > 0 {
		b.Foot = append([]frame.Span{{Style: a.styles.warning, Text: safetext.FromString("! " + count(n, "problem", "problems") + "  ")}}, b.Foot...)
	}
	b.Thumb = frame.Thumb{First: p.list.top, Seen: p.h, All: len(p.shown)}
	return b
}

// problems is how many things are wrong in the project.
func (a *App) problems() int {
	if a.session == nil {
		return 0
	}
	return len(a.session.Problems)
}

// badge shows what is typed, or a hint that one can type.
func (f *filter) badge(s *styles, hint string) []frame.Span {
	if f.typing || f.active() {
		look := s.subtle
		if f.typing {
			look = s.accent
		}
		return []frame.Span{{Style: look, Text: safetext.FromString("/ " + f.String()).CutLeft(18)}}
	}
	return []frame.Span{{Style: s.muted, Text: safetext.FromString(hint)}}
}

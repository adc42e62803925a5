package ui

import (
	"context"
	"encoding/json"
	"slices"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/safetext"
)

// A keptPlace is the second place of a function's last twin, as it is remembered.
type keptPlace struct {
	Kind      invoke.TargetKind `json:"kind"`
	Project   string            `json:"project,omitempty"`
	Profile   string            `json:"profile,omitempty"`
	Region    string            `json:"region,omitempty"`
	Endpoint  string            `json:"endpoint,omitempty"`
	Qualifier string            `json:"qualifier,omitempty"`
}

func (k keptPlace) info() invoke.TargetInfo {
	return invoke.TargetInfo{Kind: k.Kind, Project: k.Project, Profile: k.Profile, Region: k.Region, Endpoint: k.Endpoint}
}

// twinState is where the store remembers a function's last second place.
func twinState(k history.Key) string { return "twin:" + k.Scope + ":" + k.Function }

// twin asks for the second place and sends the payload there and where it would be
// invoked anyway, at the same time.
func (a *App) twin() tea.Cmd {
	if a.refusesPayload() {
		return nil
	}
	req := a.ask()
	req.SavedEvent = a.payload.savedEvent()
	this := twinPlace{a.session, a.request.qualifier}
	p := newPicker("Send to "+placeName(a.info(), this.qualifier)+" and to", "send to both", nil)
	p.width, p.loading, p.nothing = 76, true, "there is no second place: publish a version, or choose a target"
	a.push(p)
	target, targets, ctx, key, store := a.target(), a.opt.Targets, a.ctx, a.key(req.Function), a.store()
	if !a.canSwitch() {
		targets = nil
	}
	return a.of(func() tea.Msg {
		m := twinPlaces{open: p, request: req, this: this}
		m.qualifiers, m.err = target.Qualifiers(ctx, req.Function)
		if targets != nil {
			list, err := targets(ctx)
			m.targets = list
			if m.err == nil {
				m.err = err
			}
		}
		m.last = readTwinPlace(ctx, store, key)
		return m
	})
}

// readTwinPlace is the second place of the last twin, nil when none is known.
func readTwinPlace(ctx context.Context, store *history.Store, key history.Key) *keptPlace {
	if store == nil {
		return nil
	}
	text, err := store.State(ctx, twinState(key))
	var k keptPlace
	if err != nil || json.Unmarshal([]byte(text), &k) != nil {
		return nil // it is chosen from the list then
	}
	return &k
}

// keepTwinPlace remembers the second place for the next twin of the function.
func (a *App) keepTwinPlace(function string, that twinPlace) tea.Cmd {
	store, ctx, key, info := a.store(), a.ctx, a.key(function), that.session.Target.Info()
	if store == nil {
		return nil
	}
	return func() tea.Msg {
		text, err := json.Marshal(keptPlace{info.Kind, info.Project, info.Profile, info.Region, info.Endpoint, that.qualifier})
		if err == nil { // without it the place has to be chosen once more
			_ = store.SetState(ctx, twinState(key), string(text))
		}
		return nil
	}
}

// twinPlaces brings what the second place can be.
type twinPlaces struct {
	open       *picker
	request    invoke.Request
	this       twinPlace
	qualifiers []invoke.Qualifier
	targets    []TargetChoice
	last       *keptPlace
	err        error
}

func (m twinPlaces) apply(a *App) tea.Cmd {
	m.open.loading = false
	if m.err != nil {
		a.warn(safetext.FromString("places: " + m.err.Error()))
	}
	var choices []choice
	if c, ok := m.again(a); ok {
		choices = append(choices, c)
	}
	for _, q := range m.qualifiers {
		if q.Name == qualifierName(m.this.qualifier) {
			continue
		}
		c := a.qualifierChoice(q)
		c.right = "here"
		c.pick = func(a *App) tea.Cmd { return m.to(a, twinPlace{m.this.session, qualifierOf(q)}) }
		choices = append(choices, c)
	}
	for _, t := range a.otherTargets(replayed{request: m.request, target: a.info()}, m.targets) {
		choices = append(choices, t.with(func(a *App, t TargetChoice) tea.Cmd { return m.at(a, t) }))
	}
	m.open.fill(choices)
	return nil
}

// qualifierOf is a qualifier as a request has it.
func qualifierOf(q invoke.Qualifier) string {
	if q.Kind == invoke.KindLatest {
		return ""
	}
	return q.Name
}

// again is the second place of the last twin, where it still is one.
func (m twinPlaces) again(a *App) (choice, bool) {
	if m.last == nil {
		return choice{}, false
	}
	info, qualifier := m.last.info(), m.last.Qualifier
	here := history.ScopeOf(info) == history.ScopeOf(a.info())
	known := slices.ContainsFunc(m.qualifiers, func(q invoke.Qualifier) bool { return qualifierOf(q) == qualifier })
	if here && (qualifier == m.this.qualifier || !known) || !here && !a.canSwitch() {
		return choice{}, false
	}
	return choice{text: placeName(a.named(info), qualifier), right: "the last one", pick: func(a *App) tea.Cmd {
		return a.openAt(TargetChoice{Info: info}, func(a *App, s *Session) tea.Cmd { return m.to(a, twinPlace{s, qualifier}) })
	}}, true
}

// named gives a target that was remembered the name it has, where that is known.
func (a *App) named(info invoke.TargetInfo) invoke.TargetInfo {
	if history.ScopeOf(info) == history.ScopeOf(a.info()) {
		return a.info()
	}
	return info
}

// at asks for the qualifier at another target, where there is more than one.
func (m twinPlaces) at(a *App, t TargetChoice) tea.Cmd {
	if t.asksRegion() {
		a.push(regionPicker(t, "send there too", m.at))
		return nil
	}
	return a.openBeside(t, func(a *App, s *Session) tea.Cmd {
		target, ctx, name := s.Target, a.ctx, m.request.Function
		return a.of(func() tea.Msg {
			list, err := target.Qualifiers(ctx, name)
			return twinQualifiers{m, s, list, err}
		})
	})
}

// twinQualifiers brings the qualifiers of the function at the other target.
type twinQualifiers struct {
	twinPlaces
	session *Session
	list    []invoke.Qualifier
	err     error
}

func (m twinQualifiers) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.push(newFailureCard(m.request.Function+" at "+(&TargetChoice{Info: m.session.Target.Info()}).name(), m.err, nil))
		return nil
	}
	if len(m.list) == 1 {
		return m.to(a, twinPlace{m.session, qualifierOf(m.list[0])})
	}
	var choices []choice
	for _, q := range m.list {
		c := a.qualifierChoice(q)
		c.pick = func(a *App) tea.Cmd { return m.to(a, twinPlace{m.session, qualifierOf(q)}) }
		choices = append(choices, c)
	}
	title := "Qualifier on " + (&TargetChoice{Info: m.session.Target.Info()}).name()
	a.push(newPicker(title, "send to both", choices).start(func(c choice) bool { return c.text == qualifierName(m.this.qualifier) }))
	return nil
}

// to begins the twin.
func (m twinPlaces) to(a *App, that twinPlace) tea.Cmd {
	return tea.Batch(a.keepTwinPlace(m.request.Function, that), a.startTwin(m.request, m.this, that))
}

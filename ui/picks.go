package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/safetext"
)

// pickFunction opens the list of functions to choose from by typing. Those that come later
// come into it.
func (a *App) pickFunction() tea.Cmd {
	p := newPicker("Choose a function", "choose", functionChoices(a.functions.all))
	p.functions, p.loading = true, a.functions.loading
	a.push(p.start(func(c choice) bool { return c.text == a.functions.chosen }))
	return nil
}

func functionChoices(functions []invoke.Function) []choice {
	choices := make([]choice, len(functions))
	for i := range functions {
		f := &functions[i]
		name := f.Name
		choices[i] = choice{
			text: name, dim: f.Description, right: f.Runtime,
			pick: func(a *App) tea.Cmd {
				cmd := a.choose(name)
				a.focusTo(panePayload)
				return cmd
			},
		}
	}
	return choices
}

// extendFunctions adds functions that have come to the list that is open; refillFunctions
// replaces those in it.
func (a *App) extendFunctions(more []invoke.Function) {
	for _, o := range a.overlays {
		if p, ok := o.(*picker); ok && p.functions {
			p.loading = a.functions.loading
			p.extend(functionChoices(more))
		}
	}
}

func (a *App) refillFunctions() {
	for _, o := range a.overlays {
		if p, ok := o.(*picker); ok && p.functions {
			p.loading = a.functions.loading
			p.refill(functionChoices(a.functions.all))
		}
	}
}

// pickTheme opens the list of themes, and shows each while the cursor is on it.
func (a *App) pickTheme() tea.Cmd {
	before := a.themeName
	wear := func(a *App, name string) {
		a.themeName = name
		a.restyle()
	}
	var choices []choice
	for _, name := range a.opt.Themes.Names() {
		c := choice{text: name, pick: func(a *App) tea.Cmd {
			wear(a, name)
			return a.keepTheme(name)
		}}
		if name == themes.Follow {
			c.dim = "follows the terminal's background"
		}
		choices = append(choices, c)
	}
	p := newPicker("Choose a theme", "keep", choices)
	p.preview = func(a *App, c choice) tea.Cmd {
		wear(a, c.text)
		if c.text == themes.Follow && a.shade == themes.UnknownBackground {
			return tea.RequestBackgroundColor
		}
		return nil
	}
	p.undo = func(a *App) { wear(a, before) }
	a.push(p.start(func(c choice) bool { return c.text == before }))
	return nil
}

// themeKept says whether the choice of a theme was remembered.
type themeKept struct {
	name string
	err  error
}

// keepTheme remembers the theme for the next start.
func (a *App) keepTheme(name string) tea.Cmd {
	keep := a.opt.KeepTheme
	if keep == nil {
		a.note(name)
		return nil
	}
	return func() tea.Msg { return themeKept{name, keep(name)} }
}

func (m themeKept) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString("the theme is not remembered: " + m.err.Error()))
		return nil
	}
	a.note("theme " + m.name)
	return nil
}

// cannotPublish is why versions and aliases cannot be changed.
func (a *App) cannotPublish() string {
	if why := a.noFunction(); why != "" {
		return why
	}
	if _, ok := invoke.As[invoke.Publisher](a.target()); !ok {
		return "versions of this target cannot be changed here"
	}
	if invoke.GateOf(a.target()).ReadOnly {
		return "nothing is changed: lambent is read-only"
	}
	return ""
}

// published brings a new version, or an alias that points elsewhere.
type published struct {
	function  string
	qualifier invoke.Qualifier
	err       error
}

// publish asks for a description and publishes a version.
func (a *App) publish() tea.Cmd {
	name := a.functions.chosen
	publisher, _ := invoke.As[invoke.Publisher](a.target())
	a.push(&prompt{
		title: "Publish a version of " + name, label: "description, empty for none", verb: "publish",
		accept: func(a *App, description string) (string, tea.Cmd) {
			ctx := a.ctx
			return "", a.of(func() tea.Msg {
				q, err := publisher.PublishVersion(ctx, name, description)
				return published{name, q, err}
			})
		},
	})
	return nil
}

func (m published) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString(m.err.Error()))
		return nil
	}
	text := "version " + m.qualifier.Name + " of " + m.function
	if m.qualifier.Kind == invoke.KindAlias {
		text = m.qualifier.Name + " → " + weights(m.qualifier)
	}
	a.say(safetext.FromString(text))
	return a.readQualifiers(m.function)
}

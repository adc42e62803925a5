package ui

import (
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/safetext"
)

// aliases are those of the chosen function, as far as they are known.
func (a *App) aliases() []invoke.Qualifier {
	if a.request.known != a.functions.chosen {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.request.qualifiers), func(q invoke.Qualifier) bool { return q.Kind != invoke.KindAlias })
}

// noAlias is why no alias can be deleted.
func (a *App) noAlias() string {
	if why := a.cannotPublish(); why != "" {
		return why
	}
	if len(a.aliases()) == 0 {
		return a.functions.chosen + " has no alias"
	}
	return ""
}

// setAlias asks which alias, then where it is to point.
func (a *App) setAlias() tea.Cmd {
	list := a.aliases()
	if len(list) == 0 {
		a.editAlias(nil)
		return nil
	}
	var choices []choice
	for _, q := range list {
		c := a.qualifierChoice(q)
		c.pick = func(a *App) tea.Cmd { a.editAlias(&q); return nil }
		choices = append(choices, c)
	}
	choices = append(choices, choice{text: "a new alias", pick: func(a *App) tea.Cmd { a.editAlias(nil); return nil }})
	a.push(newPicker("Point an alias of "+a.functions.chosen, "edit", choices).start(func(c choice) bool { return c.text == a.request.qualifier }))
	return nil
}

// editAlias edits where an alias points and what it is, from what it is now; nil is a new one.
func (a *App) editAlias(now *invoke.Qualifier) {
	function, name, text := a.functions.chosen, "", ""
	p := &prompt{title: "A new alias of " + function, label: "ALIAS VERSION [OTHER=SHARE] [description]", verb: "make"}
	if now != nil {
		name, text = now.Name+" ", aliasText(*now)
		p.title, p.label, p.verb = "Point "+now.Name+" of "+function, "VERSION [OTHER=SHARE] [description]", "point"
	}
	p.input = newField(text)
	publisher, _ := invoke.As[invoke.Publisher](a.target())
	p.accept = func(a *App, text string) (string, tea.Cmd) {
		edit, wrong := parseAlias(name + text)
		if wrong != "" {
			return wrong, nil
		}
		ctx := a.ctx
		return "", a.of(func() tea.Msg {
			q, err := publisher.PutAlias(ctx, function, edit.name, edit.version, edit.description, edit.routing)
			return published{function, q, err}
		})
	}
	a.push(p)
}

// An aliasEdit is what was typed about an alias.
type aliasEdit struct {
	name, version, description string
	routing                    map[string]float64
}

// parseAlias reads "live 2", "canary 1 2=10%" and "live 2 what it is for".
func parseAlias(text string) (e aliasEdit, wrong string) {
	e.name, text = word(text)
	if e.version, text = word(text); e.version == "" {
		return e, "an alias and a version, such as: live 2"
	}
	route, rest := word(text)
	if other, share, ok := strings.Cut(route, "="); ok && strings.Trim(other, "0123456789") == "" {
		number, isPercent := strings.CutSuffix(share, "%")
		weight, err := strconv.ParseFloat(number, 64)
		if isPercent {
			weight /= 100
		}
		if other == "" || err != nil || !(weight >= 0 && weight <= 1) {
			return e, "the other version and its share, such as: 2=10%"
		}
		e.routing, text = map[string]float64{other: weight}, rest
	}
	e.description = strings.TrimSpace(text)
	return e, ""
}

// word is the first word of a text, and what comes after it.
func word(text string) (first, rest string) {
	first, rest, _ = strings.Cut(strings.TrimSpace(text), " ")
	return first, rest
}

// aliasText is where an alias points, as parseAlias reads it behind the name.
func aliasText(q invoke.Qualifier) string {
	text := q.Version
	for version, share := range q.Weights {
		if version != q.Version {
			text += " " + version + "=" + strconv.FormatFloat(share*100, 'g', 10, 64) + "%"
		}
	}
	if q.Description != "" {
		text += " " + q.Description
	}
	return text
}

// deleteAlias asks which alias, and whether.
func (a *App) deleteAlias() tea.Cmd {
	var choices []choice
	for _, q := range a.aliases() {
		c := a.qualifierChoice(q)
		c.pick = func(a *App) tea.Cmd { a.confirmAlias(q); return nil }
		choices = append(choices, c)
	}
	a.push(newPicker("Delete an alias of "+a.functions.chosen, "delete", choices).start(func(c choice) bool { return c.text == a.request.qualifier }))
	return nil
}

func (a *App) confirmAlias(q invoke.Qualifier) {
	function := a.functions.chosen
	publisher, _ := invoke.As[invoke.Publisher](a.target())
	a.push(&confirm{
		title: "Delete the alias " + q.Name, verb: "delete",
		lines: []safetext.Line{
			safetext.FromString(q.Name + " → " + weights(q)),
			safetext.FromString("The versions stay. Who calls " + function + ":" + q.Name + " is refused from then on."),
		},
		yes: func(a *App) tea.Cmd {
			ctx := a.ctx
			return a.of(func() tea.Msg {
				return aliasDeleted{function, q.Name, publisher.DeleteAlias(ctx, function, q.Name)}
			})
		},
	})
}

// aliasDeleted says whether an alias is gone.
type aliasDeleted struct {
	function, alias string
	err             error
}

func (m aliasDeleted) apply(a *App) tea.Cmd {
	if m.err != nil {
		a.warn(safetext.FromString(m.err.Error()))
		return nil
	}
	a.say(safetext.FromString("deleted the alias " + m.alias + " of " + m.function))
	if a.request.byFunction[m.function] == m.alias {
		a.request.byFunction[m.function] = "" // nothing is sent to what is not there
		if m.function == a.functions.chosen {
			a.request.qualifier = ""
		}
	}
	return a.readQualifiers(m.function)
}

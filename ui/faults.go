package ui

import (
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// faults are the target's faults on demand, nil where it has none.
func (a *App) faults() *invoke.Faults {
	if a.session == nil {
		return nil
	}
	f, _ := invoke.As[*invoke.Faults](a.session.Target)
	return f
}

// cannotArm is why no fault can be armed.
func (a *App) cannotArm() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if a.faults() == nil {
		return "faults are injected on the local target only"
	}
	return ""
}

// cannotDisarm is why there is no fault to switch off.
func (a *App) cannotDisarm() string {
	if why := a.cannotArm(); why != "" {
		return why
	}
	if len(a.armed) == 0 {
		return "no fault is armed"
	}
	return ""
}

// readArmed looks at what is armed: faults happen to the invocations of others too.
func (a *App) readArmed() {
	a.armed = nil
	if f := a.faults(); f != nil {
		a.armed = f.Armed()
	}
}

// armFault chooses what is to go wrong with the next invocations. What is armed
// comes first, to be switched off.
func (a *App) armFault() tea.Cmd {
	a.readArmed()
	var choices []choice
	for _, x := range a.armed {
		choices = append(choices, choice{
			text: "Disarm " + x.String(), dim: happened(x), right: "armed",
			pick: func(a *App) tea.Cmd { return a.disarm(x.ID, x.String()) },
		})
	}
	choices = append(choices,
		choice{text: "Wait before the call", words: "latency delay slow", right: "latency", pick: func(a *App) tea.Cmd { return a.askLatency() }},
		choice{text: "Cut the connection before the function runs", words: "drop", right: "drop",
			pick: func(a *App) tea.Cmd { return a.askHowOften(invoke.InjectedFault{Drop: invoke.DropBefore}) }},
		choice{text: "Cut the connection after the function ran", words: "drop", right: "drop",
			pick: func(a *App) tea.Cmd { return a.askHowOften(invoke.InjectedFault{Drop: invoke.DropAfter}) }},
	)
	for _, e := range invoke.Catalogue() {
		if e.Kind != invoke.ServiceFailure || e.Status == 0 {
			continue
		}
		choices = append(choices, choice{
			text: e.Name, words: strings.Join(e.Aliases, " ") + " " + strings.Join(e.Reasons, " "), right: strconv.Itoa(e.Status),
			pick: func(a *App) tea.Cmd {
				if len(e.Reasons) > 0 {
					return a.askReason(e)
				}
				return a.askHowOften(invoke.InjectedFault{Name: e.Name})
			},
		})
	}
	p := newPicker("What is to go wrong", "choose", choices)
	p.width = 76
	a.push(p)
	return nil
}

// happened says how often a fault has come up, and how often it still will.
func happened(x invoke.ArmedFault) string {
	text := count(x.Happened, "time", "times") + " so far"
	if x.Times > 0 {
		text += ", " + strconv.Itoa(x.Times-x.Happened) + " to come"
	}
	return text
}

// askReason asks for the Reason of an exception.
func (a *App) askReason(e invoke.CatalogueEntry) tea.Cmd {
	choices := []choice{{text: "without a reason", pick: func(a *App) tea.Cmd { return a.askHowOften(invoke.InjectedFault{Name: e.Name}) }}}
	for _, reason := range e.Reasons {
		choices = append(choices, choice{text: reason, pick: func(a *App) tea.Cmd {
			return a.askHowOften(invoke.InjectedFault{Name: e.Name, Reason: reason})
		}})
	}
	p := newPicker("Reason of "+e.Name, "choose", choices)
	p.width = 76
	a.push(p)
	return nil
}

// askLatency asks how long to wait.
func (a *App) askLatency() tea.Cmd {
	p := &prompt{title: "Wait before the call", label: "How long, such as 300ms or 2s", verb: "choose"}
	p.input.insert("300ms")
	p.accept = func(a *App, text string) (string, tea.Cmd) {
		x, err := invoke.ParseLatency(strings.TrimSpace(text))
		if err != nil {
			return err.Error(), nil
		}
		return "", a.askHowOften(x)
	}
	a.push(p)
	return nil
}

// askHowOften asks which invocations the fault is for, and arms it.
func (a *App) askHowOften(x invoke.InjectedFault) tea.Cmd {
	functions := []string{invoke.AnyFunction}
	if f := a.functions.chosen; f != "" {
		functions = []string{f, invoke.AnyFunction}
	}
	var choices []choice
	for _, function := range functions {
		name := function
		if function == invoke.AnyFunction {
			name = "every function"
		}
		for _, often := range []struct {
			text  string
			share float64
			times int
		}{
			{"the next invocation", 1, 1}, {"the next 3 invocations", 1, 3}, {"every invocation until it is disarmed", 1, 0},
			{"one in two until it is disarmed", 0.5, 0}, {"one in five until it is disarmed", 0.2, 0},
		} {
			armed := x
			armed.Function, armed.Share, armed.Times = function, often.share, often.times
			choices = append(choices, choice{text: name + ": " + often.text, pick: func(a *App) tea.Cmd { return a.arm(armed) }})
		}
	}
	p := newPicker("For which invocations", "arm", choices)
	a.push(p)
	return nil
}

func (a *App) arm(x invoke.InjectedFault) tea.Cmd {
	f := a.faults()
	if f == nil {
		return nil // another target has come meanwhile
	}
	f.Arm(x)
	a.readArmed()
	a.say(safetext.FromString("armed: " + x.String()))
	return nil
}

func (a *App) disarm(id int, what string) tea.Cmd {
	if f := a.faults(); f != nil {
		f.Disarm(id)
	}
	a.readArmed()
	a.say(safetext.FromString("disarmed: " + what))
	return nil
}

// disarmAll switches every fault off.
func (a *App) disarmAll() tea.Cmd {
	if f := a.faults(); f != nil {
		f.DisarmAll()
	}
	a.readArmed()
	a.say(safetext.Trusted("all faults are disarmed"))
	return nil
}

// surroundingParts are the header's words on what is unusual about the target: faults
// that are armed, and that others can invoke here.
func (a *App) surroundingParts(w int) []part {
	s := a.styles
	var parts []part
	if n := len(a.armed); n > 0 {
		words := count(n, "fault armed", "faults armed")
		if w < wideWidth {
			words = count(n, "fault", "faults")
		}
		parts = append(parts, part{[]frame.Span{span(s.warning+s.strong, "! "+words)}, 1})
	}
	rules := invoke.GateOf(a.target())
	switch {
	case rules.ReadOnly:
		parts = append(parts, part{[]frame.Span{span(s.warning+s.strong, "read-only")}, 1})
	case rules.Protected:
		parts = append(parts, part{[]frame.Span{span(s.err+s.strong, "protected")}, 1})
	}
	if a.opt.Listening != "" {
		words := "serving " + a.opt.Listening
		if w < wideWidth {
			words = a.opt.Listening
		}
		parts = append(parts, part{[]frame.Span{span(s.success, words)}, 3})
	}
	return parts
}

package ui

import (
	"cmp"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/safetext"
)

// A copied form is an invocation in the words of another tool.
type copiedForm struct {
	name string
	text func(t invoke.TargetInfo, req invoke.Request) string
}

var copiedForms = []copiedForm{
	{"lambent invoke", invoke.CopyAsLambent},
	{"aws lambda invoke", invoke.CopyAsAWSCLI},
	{"curl", invoke.CopyAsCurl},
	{"Go, with the AWS SDK", invoke.CopyAsGo},
}

// noInvocation is why there is no invocation to say in other words.
func (a *App) noInvocation() string {
	if a.focus == paneHistory {
		return a.noRow()
	}
	if a.result.shown == nil {
		return "there is no result"
	}
	return ""
}

// copyAs chooses the words in which the invocation is copied.
func (a *App) copyAs() tea.Cmd {
	if a.focus == paneHistory {
		return a.readEntry(a.history.under().ID, copyAsIt)
	}
	o := a.result.shown
	a.chooseForm(o.target, o.request)
	return nil
}

// servedAt is where lambent serve listens unless it is told otherwise.
const servedAt = "http://127.0.0.1:3001"

func (a *App) chooseForm(t invoke.TargetInfo, req invoke.Request) {
	needs := ""
	if t.Kind == invoke.Local { // other tools reach it where it is served
		t.Region = cmp.Or(t.Region, "us-east-1") // they want one, whatever it is
		if t.Endpoint = "http://" + a.opt.Listening; a.opt.Listening == "" {
			t.Endpoint, needs = servedAt, "with lambent serve"
		}
	}
	var choices []choice
	for i, form := range copiedForms {
		text := form.text(t, req)
		first, _, _ := strings.Cut(text, "\n")
		right := needs
		if i == 0 { // lambent itself
			right = ""
		}
		choices = append(choices, choice{text: form.name, dim: first, right: right, pick: func(a *App) tea.Cmd {
			return a.copyText([]byte(text), form.name)
		}})
	}
	p := newPicker("Copy as", "copy", choices)
	p.width = 100
	a.push(p)
}

// noConsole is why there is nothing to open in the AWS console.
func (a *App) noConsole() string {
	if why := a.notOpen(); why != "" {
		return why
	}
	if a.consoleURL() == "" {
		return "the AWS console shows functions of AWS only"
	}
	return ""
}

// consoleURL is where the console shows what is chosen, "" for nowhere.
func (a *App) consoleURL() string {
	if r := a.history.under(); a.focus == paneHistory && r != nil {
		return invoke.ConsoleURL(a.info(), r.Function, r.Qualifier)
	}
	if a.functions.chosen == "" {
		return ""
	}
	return invoke.ConsoleURL(a.info(), a.functions.chosen, a.request.qualifier)
}

// openConsole shows the address of the function in the AWS console, and copies it:
// which browser is signed in where is nobody's guess, and many a terminal is far away.
func (a *App) openConsole() tea.Cmd {
	address := a.consoleURL()
	a.push(&notice{title: "In the AWS console", lines: []safetext.Line{safetext.FromString(address), safetext.Trusted(""), safetext.Trusted("The address is on the clipboard.")}})
	return a.copyText([]byte(address), "address")
}

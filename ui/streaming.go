package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
)

// A responseMode says how a response is taken.
type responseMode int

// The ways to take a response, in the order in which a person turns them.
const (
	responseAsURL    responseMode = iota // in parts where the function's URL answers so, else whole
	responseStreamed                     // in parts
	responseWhole                        // whole
	responseModes
)

// urlStreams is the mode of a function's URL that streams responses.
const urlStreams = "RESPONSE_STREAM"

// streams says that the target can give a response in parts.
func (a *App) streams() bool {
	s, ok := invoke.As[invoke.Streamer](a.target())
	return ok && s.StreamsResponses()
}

// streamed says that the response of the chosen function is taken in parts.
func (a *App) streamed() bool {
	switch a.request.response {
	case responseStreamed:
		return true
	case responseWhole:
		return false
	}
	return a.streams() && a.urlMode() == urlStreams
}

// urlMode is the mode of the chosen function's URL, as far as it is known: that of the
// alias where one is chosen, else that of the function.
func (a *App) urlMode() string {
	name := a.functions.chosen
	if mode := a.request.urlModes[functionAt{name, a.request.qualifier}]; mode != "" {
		return mode
	}
	if mode := a.request.urlModes[functionAt{name, ""}]; mode != "" {
		return mode
	}
	if f := a.functions.function(name); f != nil {
		return f.InvokeMode
	}
	return ""
}

// A functionAt is a function at a qualifier, "" for $LATEST.
type functionAt struct{ name, qualifier string }

// ask is the request that invokes the chosen function with the payload.
func (a *App) ask() invoke.Request {
	req := a.request.build(a.functions.chosen, a.payload.bytes())
	req.Stream = a.streamed() && a.request.typ == invoke.RequestResponse
	return req
}

// urlModeCame brings the mode of a function's URL.
type urlModeCame struct {
	of   functionAt
	mode string
}

// readURLMode asks a target of AWS how the chosen function's URL answers: its list does
// not say. That it does not tell is no reason to say anything.
func (a *App) readURLMode() tea.Cmd {
	at := functionAt{a.functions.chosen, a.request.qualifier}
	describer, ok := invoke.As[invoke.Describer](a.target())
	if _, known := a.request.urlModes[at]; known || !ok || at.name == "" || a.info().Kind != invoke.AWS {
		return nil
	}
	ctx := a.ctx
	return a.of(func() tea.Msg {
		c, err := describer.Configuration(ctx, at.name, at.qualifier)
		if err != nil {
			return nil
		}
		return urlModeCame{at, c.InvokeMode}
	})
}

func (m urlModeCame) apply(a *App) tea.Cmd {
	if a.request.urlModes == nil {
		a.request.urlModes = map[functionAt]string{}
	}
	a.request.urlModes[m.of] = m.mode
	return nil
}

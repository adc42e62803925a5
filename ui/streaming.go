package ui

import "lambent/invoke"

// streams says that the target can give a response in parts.
func (a *App) streams() bool {
	s, ok := invoke.As[invoke.Streamer](a.target())
	return ok && s.StreamsResponses()
}

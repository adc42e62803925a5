package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/themes"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// Functions colour their logs. By default the sequences are shown as text, so
// that nothing in a log is hidden and what is copied is what is seen; one key
// shows the colours instead, and only colours.

// leastContrast is the contrast under which text counts as hidden: black on
// black has 1, the palest of the shipped themes' text 4.5.
const leastContrast = 1.5

// toggleColours shows colour sequences of the log as colours, or as text.
func (a *App) toggleColours() tea.Cmd {
	a.logs.colours = !a.logs.colours
	a.logs.sub = 0
	return nil
}

// noColours is why there are no colours to show.
func (a *App) noColours() string {
	switch {
	case !a.onLogs():
		return "only logs have colours of their own"
	case a.profile == frame.NoColor:
		return "this terminal has no colours"
	}
	return ""
}

// looksOf are the looks of a line of log: its own, and those that it asked for.
func (s *styles) looksOf(own frame.Style, asked []frame.Stretch, shown safetext.Shown) []lookFrom {
	looks := append(make([]lookFrom, 0, 1+len(asked)), lookFrom{0, own})
	for _, stretch := range asked {
		look := own
		if stretch.Attributes != (frame.Attributes{}) {
			look = frame.NewStyle(s.legible(stretch.Attributes), s.profile)
		}
		looks = append(looks, lookFrom{shown.Cell(stretch.From), look})
	}
	return looks
}

// legible takes the colours from a look in which text could not be read. Where
// nothing is known of one of the two, it must be legible on black and on white.
func (s *styles) legible(a frame.Attributes) frame.Attributes {
	text, ground := s.nominal(a.FG, themes.Text), s.nominal(a.BG, themes.Background)
	hidden := func(x, y themes.Colour) bool {
		if y.IsNone() {
			return !x.IsNone() && (themes.Contrast(x, black) < leastContrast || themes.Contrast(x, white) < leastContrast)
		}
		return !x.IsNone() && themes.Contrast(x, y) < leastContrast
	}
	if hidden(text, ground) || hidden(ground, text) {
		a.FG, a.BG = frame.Color{}, frame.Color{}
	}
	return a
}

var black, white = themes.RGBColour(0, 0, 0), themes.RGBColour(255, 255, 255)

// nominal is a colour that a line asked for as far as it is known, else the
// theme's; none where that is the terminal's own.
func (s *styles) nominal(c frame.Color, role themes.Role) themes.Colour {
	if r, g, b, ok := c.Nominal(); ok {
		return themes.RGBColour(r, g, b)
	}
	own := s.theme.Style(role).FG
	if role == themes.Background {
		own = s.theme.Style(role).BG
	}
	if _, _, _, ok := own.RGB(); ok {
		return own
	}
	return themes.Colour{}
}

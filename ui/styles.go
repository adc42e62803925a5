package ui

import (
	"github.com/charmbracelet/colorprofile"

	"lambent/themes"
	"lambent/ui/frame"
)

// styles are the looks of a theme on one kind of terminal, worked out once, so
// that painting is concatenation.
type styles struct {
	theme   themes.Theme
	profile frame.Profile
	// heavy marks the focus with heavy lines, where colour cannot be relied on.
	heavy bool

	text, subtle, muted, accent, success, warning, err, info, key frame.Style
	strong, underline                                             frame.Style
	border, borderFocus                                           frame.Style
	canvas                                                        frame.Style // what all lies on, where the background is painted
	surface, selection, match                                     frame.Style
	jsonKey, jsonString, jsonNumber, jsonBool, jsonNull           frame.Style
	jsonPunct                                                     frame.Style
	logError, logWarn, logInfo, logDebug, logPlatform             frame.Style
	diffAdd, diffDel                                              frame.Style
}

// newStyles works out the styles of a theme. On terminals with sixteen colours
// or none every theme becomes the terminal theme.
func newStyles(t themes.Theme, p frame.Profile) *styles {
	if p <= frame.ANSI16 && t.Name != themes.Terminal {
		if plain, err := themes.Load(themes.Terminal); err == nil {
			t = plain
		}
	}
	look := func(r themes.Role) frame.Style { return frame.NewStyle(attributes(t.Style(r)), p) }
	return &styles{
		theme: t, profile: p, heavy: p <= frame.ANSI16,
		text: look(themes.Text), subtle: look(themes.Subtle), muted: look(themes.Muted),
		accent: look(themes.Accent), success: look(themes.Success), warning: look(themes.Warning),
		err: look(themes.Error), info: look(themes.Info), key: look(themes.Key),
		strong:    frame.NewStyle(frame.Attributes{Bold: true}, p),
		underline: frame.NewStyle(frame.Attributes{Underline: true}, p),
		border:    look(themes.Border), borderFocus: look(themes.BorderFocus),
		canvas: frame.NewStyle(frame.Attributes{
			FG: colour(t.Style(themes.Text).FG), BG: colour(t.Style(themes.Background).BG),
		}, p),
		surface:   look(themes.Surface),
		selection: look(themes.Selection), match: look(themes.Match),
		jsonKey: look(themes.JSONKey), jsonString: look(themes.JSONString), jsonNumber: look(themes.JSONNumber),
		jsonBool: look(themes.JSONBool), jsonNull: look(themes.JSONNull), jsonPunct: look(themes.JSONPunct),
		logError: look(themes.LogError), logWarn: look(themes.LogWarn), logInfo: look(themes.LogInfo),
		logDebug: look(themes.LogDebug), logPlatform: look(themes.LogPlatform),
		diffAdd: look(themes.DiffAdd), diffDel: look(themes.DiffDel),
	}
}

// attributes carries a theme's style over to the frame's terms.
func attributes(s themes.Style) frame.Attributes {
	return frame.Attributes{
		FG: colour(s.FG), BG: colour(s.BG),
		Bold: s.Bold, Faint: s.Dim, Italic: s.Italic, Underline: s.Underline, Reverse: s.Reverse,
	}
}

func colour(c themes.Colour) frame.Color {
	if n, ok := c.ANSI(); ok {
		return frame.Indexed(uint8(n))
	}
	if r, g, b, ok := c.RGB(); ok {
		return frame.RGB(r, g, b)
	}
	return frame.Color{}
}

// profileOf carries the terminal's profile over to the frame's terms.
func profileOf(p colorprofile.Profile) frame.Profile {
	switch p {
	case colorprofile.TrueColor:
		return frame.TrueColor
	case colorprofile.ANSI256:
		return frame.ANSI256
	case colorprofile.ANSI:
		return frame.ANSI16
	}
	return frame.NoColor
}

// json are the looks of JSON tokens.
func (s *styles) json() frame.JSONStyles {
	return frame.JSONStyles{
		Key: s.jsonKey, String: s.jsonString, Number: s.jsonNumber, Bool: s.jsonBool, Null: s.jsonNull,
		Punct: s.jsonPunct, Invalid: s.err,
	}
}

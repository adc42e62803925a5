// Package themes holds the colour themes of the workbench and reads theme files.
//
// A theme file is TOML: [palette] names colours, [role] maps what things on the
// screen mean to palette names. A light variant is a palette swap, by inherits.
// Only text, accent, success, warning, error and border have to be there; every
// other role has a fallback, so that files written before a role existed go on
// working. Everything else is strict: an unknown member, role, attribute or
// palette name is an error that names file, line and role, because a colour that
// is silently not applied takes an evening to find.
//
// The package knows nothing of terminals. What a terminal can show of a Style is
// the painter's matter.
package themes

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

// A Style is how a role looks. A Colour that is none leaves the cell's own: a
// selection that only has a background keeps the colours of the text on it.
type Style struct {
	FG, BG                                Colour
	Bold, Italic, Underline, Reverse, Dim bool
}

// A Theme gives every role a style. The zero Theme gives every role the plain style.
type Theme struct {
	Name string
	// Dark says that the theme is made for a dark background. It is meaningless
	// for a theme that leaves the background to the terminal's own colours.
	Dark   bool
	Credit string // who made the colours, under which licence, where
	File   string // the file it was read from; "" for built-in themes

	styles map[Role]Style
}

// Style is how the theme shows a role, by the fallback chain where the theme's
// file does not mention it.
func (t Theme) Style(r Role) Style { return t.styles[r] }

// A BackgroundShade is what is known about the terminal's own background.
type BackgroundShade int

// What a terminal answered when it was asked for its background.
const (
	UnknownBackground BackgroundShade = iota // it was not asked, or did not answer
	DarkBackground
	LightBackground
)

// Follow is the name of the pseudo-theme that follows the terminal's background. It is the default.
const Follow = "lambent"

// Terminal is the name of the theme that uses the terminal's own sixteen colours
// only. It is what every theme becomes where the terminal has no more, and what
// Follow becomes when the background is not known.
const Terminal = "terminal"

// Resolve turns the pseudo-theme Follow into the theme that suits the background;
// every other name is returned as it is.
func Resolve(name string, background BackgroundShade) string {
	if name != Follow {
		return name
	}
	switch background {
	case DarkBackground:
		return "lambent-dark"
	case LightBackground:
		return "lambent-light"
	}
	return Terminal
}

//go:embed *.toml
var files embed.FS

// Names lists the built-in themes in the order in which a person chooses among
// them: Follow and lambent's own, Terminal, then the others by alphabet.
func Names() []string {
	first := []string{Follow, "lambent-dark", "lambent-light", Terminal}
	var rest []string
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("themes: read the embedded folder: %v", err)) // the compiler embedded it
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".toml")
		if !slices.Contains(first, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(first, rest...)
}

// Load reads a built-in theme. Follow is resolved as for an unknown background;
// a caller that knows better says so by Resolve first. An unknown name is an
// error that lists near names.
func Load(name string) (Theme, error) { return Library{}.Load(name) }

// LoadFile reads a theme file of the user's. What it inherits is looked for
// beside it, then among the built-in themes.
func LoadFile(path string) (Theme, error) { return loadFile(path) }

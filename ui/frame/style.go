package frame

import (
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// A Style is the escape sequence that switches a look on; "" is the terminal's
// default look. Make one with NewStyle, once per theme and profile. Styles can
// be added: a+b is b on top of a.
type Style string

// reset ends every run of a style.
const reset = "\x1b[m"

// Profile is what the terminal can do about colour.
type Profile int

// The profiles, from nothing (bold, reverse and underline only) to 24 bits.
const (
	NoColor Profile = iota
	ANSI16
	ANSI256
	TrueColor
)

// A Color is one of three kinds: none (the zero Color: the terminal's default),
// one of the 256 indexed ones, or 24 bits.
type Color struct {
	kind    uint8 // 0 none, 1 indexed, 2 RGB
	r, g, b uint8 // index in r
}

// Indexed is a colour of the terminal's palette: 0–15 are the user's own.
func Indexed(n uint8) Color { return Color{kind: 1, r: n} }

// RGB is a 24-bit colour.
func RGB(r, g, b uint8) Color { return Color{kind: 2, r: r, g: g, b: b} }

// IsNone reports whether c is the terminal's default.
func (c Color) IsNone() bool { return c.kind == 0 }

// Attributes describe a look.
type Attributes struct {
	FG, BG                                  Color
	Bold, Faint, Italic, Underline, Reverse bool
}

// NewStyle makes the style of a look in a profile. Colours are taken to the
// nearest that the profile has; without colour only bold, underline and reverse
// are left of a look, which work on every terminal.
func NewStyle(a Attributes, p Profile) Style {
	var codes []byte
	add := func(on bool, code string) {
		if on {
			codes = append(append(codes, code...), ';')
		}
	}
	add(a.Bold, "1")
	add(a.Faint && p > NoColor, "2")
	add(a.Italic && p > NoColor, "3")
	add(a.Underline, "4")
	add(a.Reverse, "7")
	codes = appendColor(codes, a.FG, p, 30)
	codes = appendColor(codes, a.BG, p, 40)
	if len(codes) == 0 {
		return ""
	}
	return Style("\x1b[" + string(codes[:len(codes)-1]) + "m")
}

// appendColor appends the parameters of a colour; base is 30 for the
// foreground, 40 for the background.
func appendColor(codes []byte, c Color, p Profile, base int) []byte {
	if c.kind == 0 || p == NoColor {
		return codes
	}
	if c.kind == 2 && p == TrueColor {
		for _, n := range [...]int{base + 8, 2, int(c.r), int(c.g), int(c.b)} {
			codes = append(strconv.AppendInt(codes, int64(n), 10), ';')
		}
		return codes
	}
	n := c.index(p)
	switch {
	case n < 8:
		codes = strconv.AppendInt(codes, int64(base+n), 10)
	case n < 16:
		codes = strconv.AppendInt(codes, int64(base+60+n-8), 10)
	default:
		codes = append(strconv.AppendInt(codes, int64(base+8), 10), ";5;"...)
		codes = strconv.AppendInt(codes, int64(n), 10)
	}
	return append(codes, ';')
}

// index is the nearest colour among those that the profile has.
func (c Color) index(p Profile) int {
	switch {
	case c.kind == 1 && (p > ANSI16 || c.r < 16):
		return int(c.r)
	case c.kind == 1:
		return int(ansi.Convert16(ansi.IndexedColor(c.r)))
	case p == ANSI16:
		return int(ansi.Convert16(ansi.RGBColor{R: c.r, G: c.g, B: c.b}))
	}
	return int(ansi.Convert256(ansi.RGBColor{R: c.r, G: c.g, B: c.b}))
}

// JSONStyles are the looks of JSON tokens, the same wherever JSON is shown.
type JSONStyles struct {
	Key, String, Number, Bool, Null, Punct Style
	Invalid                                Style // what is no token
}

// attributes yields what a style sets before its colours: 1 for bold, 7 for reverse.
func (s Style) attributes(yield func(string) bool) {
	for sequence := range strings.SplitSeq(string(s), "\x1b[") {
		codes, _, _ := strings.Cut(sequence, "m")
		for code := range strings.SplitSeq(codes, ";") {
			if len(code) != 1 {
				break // a colour, of which all begin with two digits
			}
			if !yield(code) {
				return
			}
		}
	}
}

// reverses says whether a style swaps foreground and background.
func (s Style) reverses() bool {
	for code := range s.attributes {
		if code == "7" {
			return true
		}
	}
	return false
}

// colourless is the style without its colours, and not reversed. Faint goes too: it
// is a weaker foreground, which on a reversed row is a grey patch of background.
func (s Style) colourless() Style {
	var codes []string
	for code := range s.attributes {
		if code != "7" && code != "2" {
			codes = append(codes, code)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return Style("\x1b[" + strings.Join(codes, ";") + "m")
}

package themes

import (
	"fmt"
	"math"
)

// A Colour is nothing (keep what is there), one of the terminal's sixteen ANSI
// colours, or an RGB value. The zero Colour is nothing. Colours compare with ==.
type Colour struct {
	kind  colourKind
	value uint32 // 0–15, or 0xRRGGBB
}

type colourKind uint8

const (
	kindNone colourKind = iota
	kindANSI
	kindRGB
)

// ANSIColour is one of the sixteen colours that the terminal's own palette
// defines: 0–7 normal, 8–15 bright. Only the low four bits of n count.
func ANSIColour(n int) Colour { return Colour{kindANSI, uint32(n & 15)} }

// RGBColour is the colour with these sRGB components.
func RGBColour(r, g, b uint8) Colour {
	return Colour{kindRGB, uint32(r)<<16 | uint32(g)<<8 | uint32(b)}
}

// IsNone reports whether the colour says nothing: the cell keeps the colour it
// has, in the end the terminal's default.
func (c Colour) IsNone() bool { return c.kind == kindNone }

// ANSI returns the number, 0–15, of an ANSI colour.
func (c Colour) ANSI() (n int, ok bool) { return int(c.value), c.kind == kindANSI }

// RGB returns the sRGB components of an RGB colour.
func (c Colour) RGB() (r, g, b uint8, ok bool) {
	return uint8(c.value >> 16), uint8(c.value >> 8), uint8(c.value), c.kind == kindRGB
}

// String is the colour as a theme file spells it: "default", "ansi:bright-blue", "#1e1e2e".
func (c Colour) String() string {
	switch c.kind {
	case kindANSI:
		return "ansi:" + ansiNames[c.value]
	case kindRGB:
		return fmt.Sprintf("#%06x", c.value)
	}
	return "default"
}

var ansiNames = [16]string{
	"black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
	"bright-black", "bright-red", "bright-green", "bright-yellow",
	"bright-blue", "bright-magenta", "bright-cyan", "bright-white",
}

// Contrast is the contrast ratio of two RGB colours, 1 to 21, as WCAG 2.2 defines
// it. It is 0 when either is not an RGB colour: what an ANSI colour looks like is
// the terminal's to say.
func Contrast(a, b Colour) float64 {
	if a.kind != kindRGB || b.kind != kindRGB {
		return 0
	}
	la, lb := a.luminance(), b.luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func (c Colour) luminance() float64 {
	r, g, b, _ := c.RGB()
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// linear undoes the transfer function of sRGB (IEC 61966-2-1).
func linear(component uint8) float64 {
	v := float64(component) / 255
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

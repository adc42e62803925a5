package frame

import (
	"bytes"
	"image/color"
	"strconv"

	"github.com/charmbracelet/x/ansi"
)

// A Stretch says from which byte of a text on a look applies.
type Stretch struct {
	From int
	Attributes
}

// maxSGR bounds the sequences that SGR reads; what is longer is no colour.
const maxSGR = 64

// SGR takes the colour sequences (ESC [ … m) out of a line of foreign text. plain
// is what is left, with everything else that the bytes hold; stretches are the
// looks that were asked for, in order, nil when there were none and plain is the
// line itself. Blinking, concealed and inverted text is shown as it would be
// without, because those are ways to hide it, and a look ends with its line, as
// a line that forgot to must not colour the next. It never fails: what is no
// well-formed sequence stays in plain, for safetext to make visible.
func SGR(line []byte) (plain []byte, stretches []Stretch) {
	at := bytes.Index(line, csi)
	if at < 0 {
		return line, nil
	}
	var look Attributes
	rest := line
	for ; at >= 0; at = bytes.Index(rest, csi) {
		n := sgrEnd(rest[at+len(csi):])
		if n < 0 {
			plain = append(plain, rest[:at+len(csi)]...)
			rest = rest[at+len(csi):]
			continue
		}
		plain = append(plain, rest[:at]...)
		look.apply(rest[at+len(csi) : at+len(csi)+n])
		stretches = append(stretches, Stretch{len(plain), look})
		rest = rest[at+len(csi)+n+1:]
	}
	return append(plain, rest...), stretches
}

var csi = []byte("\x1b[")

// sgrEnd is the length of the parameters before the m that ends a colour
// sequence, -1 when it is not one.
func sgrEnd(b []byte) int {
	for i, c := range b[:min(len(b), maxSGR)] {
		switch {
		case c == 'm':
			return i
		case (c < '0' || c > '9') && c != ';' && c != ':':
			return -1
		}
	}
	return -1
}

// apply changes a look by the parameters of a sequence.
func (a *Attributes) apply(parameters []byte) {
	codes := bytes.Split(parameters, []byte(";"))
	for len(codes) > 0 {
		code, _, _ := bytes.Cut(codes[0], []byte(":"))
		used := 1
		switch n := number(code); n {
		case 38:
			a.FG, used = extended(codes)
		case 48:
			a.BG, used = extended(codes)
		default:
			a.set(n)
		}
		codes = codes[used:]
	}
}

// set changes a look by one parameter of one number.
func (a *Attributes) set(code int) {
	switch {
	case code == 0:
		*a = Attributes{}
	case code == 1:
		a.Bold = true
	case code == 2:
		a.Faint = true
	case code == 3:
		a.Italic = true
	case code == 4:
		a.Underline = true
	case code == 22:
		a.Bold, a.Faint = false, false
	case code == 23:
		a.Italic = false
	case code == 24:
		a.Underline = false
	case code >= 30 && code <= 37:
		a.FG = Indexed(uint8(code - 30))
	case code == 39:
		a.FG = Color{}
	case code >= 40 && code <= 47:
		a.BG = Indexed(uint8(code - 40))
	case code == 49:
		a.BG = Color{}
	case code >= 90 && code <= 97:
		a.FG = Indexed(uint8(code - 82))
	case code >= 100 && code <= 107:
		a.BG = Indexed(uint8(code - 92))
	}
}

// extended reads a colour of 256 or of 24 bits, with semicolons (38;2;r;g;b) or
// colons (38:2::r:g:b, 38:2:r:g:b). used is how many parameters it takes, at
// least one; what is cut short or out of range is no colour.
func extended(codes [][]byte) (c Color, used int) {
	fields := codes
	if colons := bytes.Split(codes[0], []byte(":")); len(colons) > 1 {
		fields, used = colons, 1
		if len(fields) == 6 { // the second is the colour space, which nobody gives
			fields = append(fields[:2:2], fields[3:]...)
		}
	}
	n := 0
	switch {
	case len(fields) > 1 && number(fields[1]) == 5:
		n = 3
	case len(fields) > 1 && number(fields[1]) == 2:
		n = 5
	default:
		return Color{}, 1
	}
	if used == 0 {
		used = min(n, len(codes))
	}
	if len(fields) < n {
		return Color{}, used
	}
	var parts [3]uint8
	for i, f := range fields[2:n] {
		v := number(f)
		if v > 255 {
			return Color{}, used
		}
		parts[i] = uint8(v)
	}
	if n == 3 {
		return Indexed(parts[0]), used
	}
	return RGB(parts[0], parts[1], parts[2]), used
}

// number is a parameter; an empty one is 0, one that is too big 999.
func number(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	if n, err := strconv.Atoi(string(b)); err == nil && n < 999 {
		return n
	}
	return 999
}

// Nominal are the red, green and blue of a colour, as terminals show it that
// keep to xterm's palette; ok is false for the terminal's default.
func (c Color) Nominal() (r, g, b uint8, ok bool) {
	switch c.kind {
	case 1:
		v := color.RGBAModel.Convert(ansi.IndexedColor(c.r)).(color.RGBA)
		return v.R, v.G, v.B, true
	case 2:
		return c.r, c.g, c.b, true
	}
	return 0, 0, 0, false
}

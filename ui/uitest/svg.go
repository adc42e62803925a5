package uitest

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"lambent/themes"
	"lambent/ui/frame"
)

// The cell of a picture, in pixels.
const (
	cellWidth, cellHeight = 8.4, 18.0
	margin                = 14.0
	fontSize              = 14
)

// A look is the style of a run of cells in a picture.
type look struct {
	fg, bg                           string
	bold, italic, underline, reverse bool
}

// A run is cells of one look.
type run struct {
	look
	text string
	at   int // first cell
	n    int // cells
}

// SVG is a frame as a picture, in the colours of a theme. The frame has to be
// painted in 24-bit colours. The picture needs nothing but a monospace font: every
// run of text is fitted to its cells.
func SVG(rows []string, width int, theme themes.Theme) []byte {
	background := theme.Style(themes.Background).BG.String()
	text := theme.Style(themes.Text).FG.String()
	w, h := float64(width)*cellWidth+2*margin, float64(len(rows))*cellHeight+2*margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" font-family="'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="%d">`+"\n", px(w), px(h), fontSize)
	fmt.Fprintf(&b, `<rect width="%s" height="%s" rx="8" fill="%s"/>`+"\n", px(w), px(h), background)
	for y, row := range rows {
		for _, r := range runs(row) {
			r.paint(&b, y, text, background)
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func px(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// paint writes a run: its background, and its text unless it is blank.
func (r run) paint(b *bytes.Buffer, y int, text, background string) {
	fg, bg := r.fg, r.bg
	if fg == "" {
		fg = text
	}
	if r.reverse {
		if bg == "" {
			bg = background
		}
		fg, bg = bg, fg
	}
	x, top := margin+float64(r.at)*cellWidth, margin+float64(y)*cellHeight
	if bg != "" {
		fmt.Fprintf(b, `<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`+"\n", px(x), px(top), px(float64(r.n)*cellWidth), px(cellHeight), bg)
	}
	trimmed := strings.TrimRight(r.text, " ")
	if strings.TrimLeft(trimmed, " ") == "" {
		return
	}
	n := frame.Measure(trimmed)
	attributes := ""
	if r.bold {
		attributes += ` font-weight="bold"`
	}
	if r.italic {
		attributes += ` font-style="italic"`
	}
	if r.underline {
		attributes += ` text-decoration="underline"`
	}
	fmt.Fprintf(b, `<text x="%s" y="%s" fill="%s" textLength="%s" lengthAdjust="spacingAndGlyphs" xml:space="preserve"%s>`,
		px(x), px(top+cellHeight-4.5), fg, px(float64(n)*cellWidth), attributes)
	_ = xml.EscapeText(b, []byte(trimmed)) // writing to a buffer does not fail
	b.WriteString("</text>\n")
}

// runs takes a painted row apart.
func runs(row string) []run {
	var list []run
	var now look
	at := 0
	for row != "" {
		if row[0] == '\x1b' {
			end := strings.IndexByte(row, 'm')
			now = now.apply(row[2:end])
			row = row[end+1:]
			continue
		}
		end := strings.IndexByte(row, '\x1b')
		if end < 0 {
			end = len(row)
		}
		n := frame.Measure(row[:end])
		list = append(list, run{now, row[:end], at, n})
		at += n
		row = row[end:]
	}
	return list
}

// apply is the look after the parameters of an SGR sequence.
func (l look) apply(parameters string) look {
	codes := strings.Split(parameters, ";")
	for i := 0; i < len(codes); i++ {
		switch c := codes[i]; c {
		case "", "0":
			l = look{}
		case "1":
			l.bold = true
		case "3":
			l.italic = true
		case "4":
			l.underline = true
		case "7":
			l.reverse = true
		case "38", "48":
			if i+4 < len(codes) && codes[i+1] == "2" {
				colour := "#" + hex(codes[i+2]) + hex(codes[i+3]) + hex(codes[i+4])
				if c == "38" {
					l.fg = colour
				} else {
					l.bg = colour
				}
				i += 4
			}
		}
	}
	return l
}

func hex(decimal string) string {
	n, _ := strconv.Atoi(decimal)
	return fmt.Sprintf("%02x", n)
}

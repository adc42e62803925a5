package cli

import (
	"bytes"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"lambent/themes"
	"lambent/ui/safetext"
)

// A printer writes to one of the two streams. After a write has failed it writes
// no more and keeps the reason.
type printer struct {
	w        io.Writer
	terminal bool
	colours  bool
	theme    themes.Theme
	failure  error
}

// newPrinter looks at the stream itself; nothing is sent to find out.
func newPrinter(w io.Writer) *printer {
	p := &printer{w: w}
	if f, ok := w.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	// NO_COLOR counts when it is there and not empty (no-color.org).
	if p.terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		if theme, err := themes.Load(themes.Terminal); err == nil {
			p.theme, p.colours = theme, true
		}
	}
	return p
}

// raw writes bytes exactly as they are.
func (p *printer) raw(b []byte) {
	if p.failure == nil {
		_, p.failure = p.w.Write(b)
	}
}

// line writes a line that was put together from safe pieces.
func (p *printer) line(pieces ...string) {
	p.raw([]byte(strings.Join(pieces, "") + "\n"))
}

// safe is foreign text as one visible line.
func safe(s string) string { return safetext.FromString(s).String() }

// foreign writes foreign text, line by line, visibly.
func (p *printer) foreign(text []byte) {
	var s safetext.Stream
	write := func(_ []byte, line safetext.Line) { p.line(line.String()) }
	s.Write(text, write)
	s.Close(write)
}

// errorLine says in one line what went wrong.
func (p *printer) errorLine(text string) {
	p.line(p.paint(themes.Error, "lambent: "), safe(strings.TrimSpace(text)))
}

// payload writes a response: untouched where it goes to a file or a pipe,
// visible and with a last line feed on a terminal.
func (p *printer) payload(b []byte) {
	if !p.terminal {
		p.raw(b)
		return
	}
	if len(b) > 0 {
		p.foreign(b)
	}
}

// jsonLine writes one JSON object and a line feed. On a terminal what a terminal
// could obey is made visible, which a string in JSON may well hold.
func (p *printer) jsonLine(object []byte) {
	if p.terminal {
		p.foreign(object)
		return
	}
	p.raw(append(object, '\n'))
}

// paint gives text that is safe the look of a role, where the stream has colours.
func (p *printer) paint(role themes.Role, text string) string {
	if !p.colours || text == "" {
		return text
	}
	sgr := sgr(p.theme.Style(role))
	if sgr == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

// sgr is a style as the parameters of the control sequence that selects it.
func sgr(s themes.Style) string {
	var codes []string
	for _, a := range []struct {
		on   bool
		code string
	}{{s.Bold, "1"}, {s.Dim, "2"}, {s.Italic, "3"}, {s.Underline, "4"}, {s.Reverse, "7"}} {
		if a.on {
			codes = append(codes, a.code)
		}
	}
	codes = append(codes, colourCodes(s.FG, 30)...)
	codes = append(codes, colourCodes(s.BG, 40)...)
	return strings.Join(codes, ";")
}

func colourCodes(c themes.Colour, base int) []string {
	if n, ok := c.ANSI(); ok {
		if n >= 8 {
			n += 60 - 8
		}
		return []string{strconv.Itoa(base + n)}
	}
	if r, g, b, ok := c.RGB(); ok {
		return []string{strconv.Itoa(base + 8), "2", strconv.Itoa(int(r)), strconv.Itoa(int(g)), strconv.Itoa(int(b))}
	}
	return nil
}

// table writes rows in columns that are as wide as their widest cell. Cells are
// foreign text. A column of numbers, whose header begins with ">", ends flush.
func (p *printer) table(header []string, rows [][]string) { p.tableEnding(header, rows, nil) }

// tableEnding is table with a text of its own at the end of each row, which is safe
// and may be painted. The last header is that text's.
func (p *printer) tableEnding(header []string, rows [][]string, ending func(row int) string) {
	cells := make([][]safetext.Line, 0, len(rows)+1)
	widths := make([]int, len(header))
	flush := make([]bool, len(header))
	header = slices.Clone(header)
	for i := range header {
		header[i], flush[i] = strings.CutPrefix(header[i], ">")
	}
	for _, row := range append([][]string{header}, rows...) {
		line := make([]safetext.Line, len(row))
		for i, cell := range row {
			line[i] = safetext.FromString(cell)
			widths[i] = max(widths[i], line[i].Width())
		}
		cells = append(cells, line)
	}
	var all bytes.Buffer // one write, however long the list is
	for at, row := range cells {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-cell.Width())
			if flush[i] {
				b.WriteString(pad + cell.String() + "  ")
			} else {
				b.WriteString(cell.String() + pad + "  ")
			}
		}
		text := b.String()
		if at > 0 && ending != nil {
			text += ending(at - 1)
		}
		text = strings.TrimRight(text, " ")
		if at == 0 {
			text = p.paint(themes.Muted, text)
		}
		all.WriteString(text + "\n")
	}
	p.raw(all.Bytes())
}

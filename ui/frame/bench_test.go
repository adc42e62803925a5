package frame

import (
	"testing"

	"charm.land/lipgloss/v2"
	"lambent/ui/safetext"
)

// screen is a workbench of 200x50: a header, four panes of styled rows, a footer.
type screen struct {
	key, text, muted, border Style
	name, value              safetext.Line
}

func newScreen() *screen {
	style := func(r, g, b uint8) Style { return NewStyle(Attributes{FG: RGB(r, g, b)}, TrueColor) }
	return &screen{style(137, 180, 250), style(205, 214, 244), style(127, 132, 156), style(69, 71, 90),
		safetext.Trusted(`"orderId"`), safetext.FromString(`"o-1042 für Zoë"`)}
}

func (s *screen) pane(w, h int, title safetext.Line) []string {
	box := Box{Line: s.border, Pad: 1, Title: []Span{{s.text, title}}, Foot: []Span{{s.muted, safetext.Trusted("7 of 23")}}}
	iw, ih := box.Inner(w, h)
	body := make([]string, ih)
	var row Row
	for i := range body {
		row.Reset(iw)
		row.Add(s.muted, safetext.Trusted(" 12  "))
		row.Add(s.key, s.name)
		row.Add("", safetext.Trusted(": "))
		row.AddCut(s.text, s.value)
		row.End(s.muted, safetext.Trusted("182 ms"))
		body[i] = row.String()
	}
	return box.Paint(w, h, body)
}

func (s *screen) paint() []string {
	left := Stack(s.pane(34, 24, safetext.Trusted("Functions")), s.pane(34, 24, safetext.Trusted("History")))
	right := Stack(s.pane(102, 30, safetext.Trusted("Result")), s.pane(102, 18, safetext.Trusted("Logs")))
	body := Beside(left, s.pane(64, 48, safetext.Trusted("Payload")), right)
	return Stack([]string{Text(200, s.text, s.name)}, body, []string{Text(200, s.muted, s.name)})
}

// P14: a frame of 200x50, without and with a card on top. The floor is joining
// rows that are there already; lipgloss is what the frame is painted without.
func BenchmarkFrame(b *testing.B) {
	s := newScreen()
	rows := s.paint()
	if len(rows) != 50 || Measure(rows[20]) != 200 {
		b.Fatalf("%d rows of %d cells", len(rows), Measure(rows[20]))
	}
	card := s.pane(60, 20, safetext.Trusted("Commands"))
	b.Run("floor-join", func(b *testing.B) {
		for b.Loop() {
			sink = Join(rows)
		}
	})
	b.Run("frame", func(b *testing.B) {
		for b.Loop() {
			sink = Join(s.paint())
		}
	})
	b.Run("frame-with-card", func(b *testing.B) {
		for b.Loop() {
			sink = Join(Overlay(Dim(s.paint(), s.muted), card, 70, 6))
		}
	})
	b.Run("card-by-lipgloss", func(b *testing.B) {
		under, over := Join(rows), Join(card)
		for b.Loop() {
			sink = lipgloss.NewCompositor(lipgloss.NewLayer(under), lipgloss.NewLayer(over).X(70).Y(6).Z(1)).Render()
		}
	})
}

var sink string

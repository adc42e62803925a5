package ui_test

import (
	"strings"
	"testing"
	"time"

	"lambent/ui/frame"
	"lambent/ui/uitest"
)

// screens are states that between them paint everything.
var screens = map[string]func(*testing.T, *uitest.Shop){
	"start":   func(*testing.T, *uitest.Shop) {},
	"success": invokeAnd(time.Second),
	"error":   of("payments", time.Second),
	"running": of("slow", 1400*time.Millisecond),
	"refusal": func(_ *testing.T, s *uitest.Shop) { s.Type("x"); s.Press("f5") },
	"history": func(t *testing.T, s *uitest.Shop) { fill(t, s); s.Press("alt+5", "/"); s.Type("o") },
	"palette": func(_ *testing.T, s *uitest.Shop) { s.Press("ctrl+p"); s.Type("e") },
	"help":    func(_ *testing.T, s *uitest.Shop) { s.Press("f1") },
	"search":  func(t *testing.T, s *uitest.Shop) { fill(t, s); s.Press("ctrl+r") },
	"compare": func(t *testing.T, s *uitest.Shop) { fill(t, s); s.Press("alt+5", "G", "k", "=") },
	"options": func(_ *testing.T, s *uitest.Shop) { s.Press("f4", "down") },
	"confirm": func(_ *testing.T, s *uitest.Shop) { s.Press("ctrl+s", "enter") },
	"find":    func(t *testing.T, s *uitest.Shop) { invokeAnd(time.Second)(t, s); s.Press("alt+4", "/"); s.Type("o") },
	"zoom":    func(t *testing.T, s *uitest.Shop) { invokeAnd(time.Second)(t, s); s.Press("alt+3", "z") },
	"bulk": func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("alt+5", "A", "r", "enter")
		s.Advance(2 * time.Second)
	},
	"bulk form": func(t *testing.T, s *uitest.Shop) { fill(t, s); s.Press("alt+5", "space", "r") },
	"twin": func(_ *testing.T, s *uitest.Shop) {
		s.Press("f6", "enter")
		s.Advance(time.Second)
	},
	"twin under way": func(_ *testing.T, s *uitest.Shop) { s.Press("f6", "enter"); s.Advance(10 * time.Millisecond) },
	"report":         func(t *testing.T, s *uitest.Shop) { invokeAnd(time.Second)(t, s); s.Press("alt+3", "]", "w") },
}

// At every width and many heights the frame is exactly that many rows of that
// many cells, and nothing panics.
func TestEverySize(t *testing.T) {
	heights := []int{1, 2, 3, 4, 5, 6, 7, 9, 12, 15, 16, 17, 20, 23, 24, 29, 30, 36, 50}
	for name, reach := range screens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := uitest.NewShop(t, 120, 36)
			reach(t, s)
			for w := 1; w <= 210; w++ {
				for i := range 4 {
					h := heights[(w*3+i*5)%len(heights)]
					s.Resize(w, h)
					wantFrame(t, s, w, h)
				}
			}
		})
	}
}

// wantFrame fails when the frame is not h rows of w cells.
func wantFrame(t *testing.T, s *uitest.Shop, w, h int) {
	t.Helper()
	view := s.App.View()
	rows := strings.Split(view.Content, "\n")
	if len(rows) != h {
		t.Fatalf("%dx%d: %d rows", w, h, len(rows))
	}
	for y, row := range rows {
		if n := frame.Measure(row); n != w {
			t.Fatalf("%dx%d: row %d has %d cells: %q", w, h, y, n, frame.Plain(row))
		}
	}
	if c := view.Cursor; c != nil && (c.X < 0 || c.X >= w || c.Y < 0 || c.Y >= h) {
		t.Fatalf("%dx%d: the cursor is at %d, %d", w, h, c.X, c.Y)
	}
}

func TestAWindowWithoutSize(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	for _, size := range [][2]int{{0, 0}, {0, 10}, {10, 0}, {-1, -1}, {1, 1}, {2, 1}, {2000, 2000}, {80, 24}} {
		s.Resize(size[0], size[1])
		_ = s.App.View()
	}
	s.Want("valid JSON")
}

func TestTooSmallAWindowSaysSo(t *testing.T) {
	s := uitest.NewShop(t, 20, 4)
	s.Want("lambent needs more")
	s.Type("x") // typed blind into what cannot be seen
	s.Resize(80, 24)
	s.Want("valid JSON · 14 lines · 241 B")
}

package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"lambent/ui/uitest"
)

// BenchmarkFrame is P14: a frame of 200x50, without and with an overlay. Its
// goals are 0.3 ms and 3 ms. The floor is joining 50 rows that are painted already.
func BenchmarkFrame(b *testing.B) {
	colours := func(s *uitest.Setup) { s.Options.Profile, s.Options.Theme = colorprofile.TrueColor, "lambent-dark" }
	s := uitest.NewShop(b, 200, 50, colours)
	s.Press("f5")
	s.Advance(time.Second)
	b.Run("body", func(b *testing.B) {
		for b.Loop() {
			_ = s.App.View()
		}
	})
	s.Press("ctrl+p")
	b.Run("overlay", func(b *testing.B) {
		for b.Loop() {
			_ = s.App.View()
		}
	})
	rows := s.Styled()
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			_ = strings.Join(rows, "\n")
		}
	})
}

// BenchmarkKey is the workbench's part of P9: a key in a payload of 5,000 lines,
// with the frame that follows.
func BenchmarkKey(b *testing.B) {
	s := uitest.NewShop(b, 120, 36)
	s.Press("ctrl+a")
	s.Paste("[\n" + strings.Repeat("  {\"id\": 12345, \"name\": \"an item\"},\n", 5000) + "  1\n]")
	s.Press("up", "up")
	for b.Loop() {
		s.Type("x")
		_ = s.App.View()
		s.Press("backspace")
	}
}

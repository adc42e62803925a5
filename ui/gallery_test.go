package ui_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"lambent/themes"
	"lambent/ui/uitest"
)

// pictures are those of the README: file, theme, and what they show.
var pictures = []struct {
	file, theme string
	reach       func(*testing.T, *uitest.Shop)
}{
	{"workbench.svg", "lambent-dark", func(t *testing.T, s *uitest.Shop) {
		of("payments", 5*time.Minute)(t, s)
		of("throttled", time.Minute)(t, s)
		chosen(s, "orders")
		s.Press("f2", "down", "enter")
		for range 3 {
			s.Press("f5")
			s.Advance(3 * time.Minute)
		}
	}},
	{"workbench-light.svg", "lambent-light", func(t *testing.T, s *uitest.Shop) {
		of("payments", time.Minute)(t, s)
	}},
	{"running.svg", "catppuccin-mocha", func(t *testing.T, s *uitest.Shop) {
		of("slow", 5*time.Second)(t, s)
		s.Press("f5")
		s.Advance(1800 * time.Millisecond)
	}},
	{"twin.svg", "lambent-dark", func(_ *testing.T, s *uitest.Shop) {
		twinOf(s, "2", time.Second)
	}},
	{"replays.svg", "lambent-light", func(_ *testing.T, s *uitest.Shop) {
		revisedRuns(s)
		s.Press("r", "enter")
		s.Advance(2 * time.Second)
	}},
	{"palette.svg", "lambent-dark", func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Minute)(t, s)
		s.Press("ctrl+p")
		s.Type("hist")
	}},
}

// stages are what pictures need beside the shop.
var stages = map[string]func(*uitest.Setup){"twin.svg": versioned, "replays.svg": revised}

// The pictures of the README are frames of the workbench itself.
func TestGallery(t *testing.T) {
	for _, p := range pictures {
		t.Run(p.file, func(t *testing.T) {
			s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
				s.Options.Theme = p.theme
				s.Options.Profile = colorprofile.TrueColor
				if set := stages[p.file]; set != nil {
					set(s)
				}
			})
			p.reach(t, s)
			theme, err := themes.Load(p.theme)
			if err != nil {
				t.Fatal(err)
			}
			got := uitest.SVG(s.Styled(), 120, theme)
			file := filepath.Join("..", "themes", "gallery", p.file)
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not what the workbench looks like (%v): run with -update, and look at it", file, err)
			}
		})
	}
}

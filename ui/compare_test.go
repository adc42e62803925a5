package ui_test

import (
	"testing"
	"time"

	"lambent/ui/uitest"
)

func TestAVolatilePathIsLeftOut(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, behaves(counting()))
	chosen(s, "special")
	for range 2 {
		s.Press("f5")
		s.Advance(time.Second)
	}
	s.Press("alt+3", "=")
	s.Want("$.body.count", "1 → 2", "1 difference")
	s.Press("i")
	s.Want("ignored in comparisons", "same but for what is ignored")
	s.Press("esc", "=")
	s.Want("ignored in comparisons", "same but for what is ignored")
	s.Press("G", "x")
	s.Want("1 → 2", "1 difference")
	s.Press("v")
	s.Want("varies between like runs")
}

package ui_test

import (
	"testing"
	"time"

	"lambent/ui/uitest"
)

func TestPickEditInvoke(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	println(s.Screen())
	s.Press("f5")
	s.Advance(100 * time.Millisecond)
	println(s.Screen())
	s.Advance(time.Second)
	println(s.Screen())
}

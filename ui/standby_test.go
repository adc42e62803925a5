package ui_test

import (
	"sync/atomic"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// A warmer counts how often a standby environment was asked for, and the end of one.
type warmer struct {
	invoke.Target
	asked, ended atomic.Int64
}

func (w *warmer) Unwrap() invoke.Target { return w.Target }

func (w *warmer) Warm(function, _ string) {
	if function == "" {
		w.ended.Add(1)
		return
	}
	w.asked.Add(1)
}

// Opening a project runs none of its code: a function is started ahead only once it
// has been invoked before.
func TestNothingRunsBeforeItWasEverInvoked(t *testing.T) {
	dir, w := t.TempDir(), &warmer{}
	open := func() *uitest.Shop {
		return uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
			s.DataDir = dir
			s.Session = func(x *ui.Session) { w.Target, x.Target = x.Target, w }
		})
	}
	s := open()
	chosen(s, "slow")
	chosen(s, "orders")
	if n := w.asked.Load(); n != 0 {
		t.Fatalf("%d environments were started for functions that nobody has invoked", n)
	}
	s.Press("f5")
	s.Advance(time.Second)
	s.Close()
	w.asked.Store(0)
	s = open()
	s.Want("orders")
	if n := w.asked.Load(); n != 1 {
		t.Errorf("%d environments were started for a function that was invoked before", n)
	}
	w.ended.Store(0)
	chosen(s, "slow")
	if w.ended.Load() == 0 {
		t.Error("its environment is kept for a function that is started ahead no more")
	}
}

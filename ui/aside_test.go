package ui_test

import (
	"testing"
	"time"

	"lambent/ui/uitest"
)

// typed replaces the payload by a text.
func typed(s *uitest.Shop, text string) {
	s.Press("alt+2", "ctrl+a")
	s.Type(text)
}

func TestADraftIsKeptAsideWhenARunIsLoaded(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	typed(s, `{"sent":1}`)
	s.Press("f5")
	s.Advance(time.Second)
	typed(s, `{"draft":"not sent"}`)
	s.Press("ctrl+r", "tab")
	s.Want(`{"sent":1}`, "the draft is kept aside: alt+u brings it back", "#1  alt+u draft")
	s.Press("alt+u")
	s.Want(`{"draft":"not sent"}`)
	s.Without("alt+u draft", "#1")

	// It is a draft as any other: kept once more, and undone as an edit.
	s.Press("ctrl+r", "tab")
	s.Want(`{"sent":1}`, "alt+u draft")
	s.Press("ctrl+z")
	s.Want(`{"draft":"not sent"}`)
}

func TestDraftsThatWereKeptAsideComeBackOneAfterTheOther(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	typed(s, `{"sent":1}`)
	s.Press("f5")
	s.Advance(time.Second)
	for _, text := range []string{`"first draft"`, `"second draft"`} {
		typed(s, text)
		s.Press("ctrl+r", "enter") // opening shows the payload, too
		s.Want(`{"sent":1}`)
	}
	s.Press("alt+u")
	s.Want(`"second draft"`, "alt+u draft")
	s.Press("alt+u") // what is there meanwhile waits behind the others
	s.Want(`"first draft"`, "alt+u draft")
	s.Press("alt+u")
	s.Want(`"second draft"`)

	// What can be had again is no draft: an event, a run, the beginning.
	s.Press("ctrl+r", "tab")
	s.Press("alt+u", "ctrl+r", "tab")
	s.Press("ctrl+r", "tab")
	s.Press("alt+u")
	s.Want(`"second draft"`)
}

// A draft of another function that was not in view is kept aside too, though it has to
// be read first; and it outlives the workbench.
func TestADraftThatWasNotInViewIsKeptAside(t *testing.T) {
	data, project := t.TempDir(), t.TempDir()
	start := func() *uitest.Shop {
		return uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.DataDir, s.ProjectDir = data, project })
	}
	s := start()
	of("payments", time.Second)(t, s)
	typed(s, `{"draft":"of payments"}`)
	chosen(s, "orders")
	s.Advance(time.Second)
	s.Press("ctrl+q")
	s = start()
	s.Press("ctrl+r", "ctrl+r", "tab")
	s.Want("payments", "#1  alt+u draft", "the draft is kept aside")
	s.Press("ctrl+q")
	s = start()
	chosen(s, "payments")
	s.Want("alt+u draft")
	s.Press("alt+2", "alt+u")
	s.Want(`{"draft":"of payments"}`)
}

func TestADraftIsKeptAsideWhenAnEventIsOpened(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	typed(s, `{"draft":1}`)
	s.Press("ctrl+o", "enter")
	s.Want("orders-creat…  alt+u draft")
	s.Press("alt+u")
	s.Want(`{"draft":1}`)
}

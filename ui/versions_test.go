package ui_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// An answering answers all runs of the past alike.
type answering struct {
	*past
	payload string
}

func (a *answering) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	r, err := a.past.Invoke(ctx, req, emit)
	r.Payload = []byte(a.payload)
	return r, err
}

// answered invokes orders at a qualifier with a payload.
func answered(t *testing.T, s *uitest.Shop, qualifier, payload, answer string) {
	t.Helper()
	p := &past{info: s.Target.Info(), at: uitest.Noon}
	p.next = recordedRun{version: qualifier, took: 182 * time.Millisecond}
	recorder := s.Store.Recorder(&answering{p, answer})
	if r, _ := recorder.Invoke(t.Context(), invoke.Request{Function: "orders", Qualifier: qualifier, Payload: []byte(payload)}, nil); r.HistoryID == 0 {
		t.Fatal(r.Notes)
	}
}

// opensVersions lays versions 1 and 2 of orders side by side, with answers of both.
func opensVersions(t *testing.T, s *uitest.Shop) {
	answered(t, s, "1", `{"orderId":"o-1042"}`, `{"total":12}`)
	answered(t, s, "2", `{"orderId":"o-1042"}`, `{"total":13}`)
	answered(t, s, "1", `{"orderId":"o-7"}`, `{"total":7}`)
	answered(t, s, "2", `{"orderId":"o-7"}`, `{"total":7}`)
	s.Press("alt+1", "=")
	s.Type("1")
	s.Press("enter")
	s.Type("2")
	s.Press("enter")
}

var versionsStates = []state{
	{name: "versions", reach: opensVersions, want: []string{"Versions  orders on local · shop  1 ↔ 2", "Code hash"}},
	{name: "versions-differences", reach: func(t *testing.T, s *uitest.Shop) {
		opensVersions(t, s)
		s.Press("d", "v", "j")
	}, want: []string{"Answers to the same payload", "correct horse"}},
}

func TestVersionsSideBySide(t *testing.T) {
	s := uitest.NewShop(t, 120, 50)
	s.Press("alt+1", "=")
	s.Want("Compare versions of orders", "$LATEST", "live", "with stock check")
	s.Press("esc")
	opensVersions(t, s)
	s.Want("Versions  orders on local · shop  1 ↔ 2",
		"first", "with stock check", "canary 90%", "live, canary 10%", "18,204 bytes", "20,480 bytes",
		"≠ Memory", "128 MB", "256 MB", "≠ DB_PASSWORD", "set to something else", "− LEGACY", "+ STOCK_URL",
		"Answers to the same payload", `≠ {"orderId":"o-1042"}`, "#1  ✓ 200", "#2  ✓ 200", "1 of 2 payloads differ")
	s.Without("hunter2", "correct horse")
	s.Press("v")
	s.Want("hunter2", "correct horse", "v hide values")
	s.Press("v", "d")
	s.Without("hunter2", "Handler", `"o-7"`)
	s.Want("≠ Memory", `{"orderId":"o-1042"}`, "5 differences")
	s.Press("G", "enter")
	s.Want("Compare #1 ↔ #2", "$.total")
	s.Press("esc", "d", "s")
	s.Want("2 ↔ 1", "+ LEGACY", "− STOCK_URL")
	s.Press("esc")
	s.Without("Versions  orders")
}

func TestVersionsThatCannotBeCompared(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("alt+1", "j", "=")
	s.Want("there is only $LATEST: publish a version first")
	s.Press("esc", "k", "=")
	s.Press("enter")
	s.Want("Compare $LATEST of orders with")
	s.Press("esc")

	// One that is gone by the time it is asked about.
	s.Target.Qualify("slow", invoke.Qualifier{Name: "gone", Kind: invoke.KindAlias, Version: "7"})
	s.Target.SlowDescribing = time.Minute
	s.Press("j", "j", "=")
	s.Want("Compare versions of slow")
	s.Press("enter", "enter")
	s.Want("reading…")
	s.Press("esc") // which gives the reading up
	s.Without("Versions  slow")
	s.Advance(2 * time.Minute)
	s.Without("Versions  slow", "reading…")

	s.Target.SlowDescribing = time.Second
	s.Target.Configure("slow", "7", func(c *invoke.Configuration) { c.MemorySizeMB = 128 })
	s.Press("=", "enter", "enter")
	s.Target.Unqualify("slow", "gone") // by somebody else, meanwhile
	s.Advance(2 * time.Second)
	s.Want("The versions of slow can't be compared", "Function not found", "r try again")
}

func TestVersionsWithHostileValues(t *testing.T) {
	s := uitest.NewShop(t, 80, 24)
	hostile := "\x1b]0;owned\a\u202e" + strings.Repeat("x", 4096)
	s.Target.Configure("orders", "2", func(c *invoke.Configuration) {
		c.Environment = append(c.Environment, invoke.Variable{Name: "EVIL", Value: hostile})
		c.Handler, c.Layers = hostile, []string{hostile, hostile}
	})
	opensVersions(t, s)
	s.Press("v")
	for range 30 {
		for _, row := range s.Styled() {
			if strings.Contains(row, "owned\a") || strings.Contains(row, "\u202e") {
				t.Fatalf("foreign text acts: %q", row)
			}
		}
		s.Press("j")
	}
	for w := 24; w <= 210; w += 3 {
		for _, h := range []int{5, 10, 16, 24, 50} {
			s.Resize(w, h)
		}
	}
}

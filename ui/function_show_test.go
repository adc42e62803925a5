package ui_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

func TestShowingAFunction(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("alt+i")
	s.Want("Function  orders $LATEST on local · shop", "nodejs22.x · 256 MB · timeout 3 s · arm64", "Last modified", "Code hash", "20,480 bytes",
		"Handler", "index.handler", "Log format", "JSON", "Reserved concurrency", "none", "Environment", "DB_PASSWORD", "••••••")
	s.Without("correct horse", "stock.example")
	s.Press("v")
	s.Want("correct horse", "https://stock.example", "v hide values")
	s.Press("v", "end")
	s.Without("correct horse")
	s.Press("y") // of what is hidden
	if s.Clipboard != "orders" {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Press("f2", "down", "enter")
	s.Want("Function  orders live on local · shop", "20,480 bytes", "live")
	s.Press("esc", "f5")
	s.Advance(time.Second)
	if n := len(s.Target.Requests); n != 1 || s.Target.Requests[0].Qualifier != "" {
		t.Errorf("what is looked at is what is invoked: %+v", s.Target.Requests)
	}
}

// The function under the cursor is shown, and at the qualifier that was chosen for it.
func TestShowingTheFunctionUnderTheCursor(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f2", "down", "enter")
	s.Press("alt+i")
	s.Want("Function  orders live on")
	s.Press("i", "alt+1", "down", "i")
	s.Want("Function  payments $LATEST on", "python3.13")
}

func TestShowingAFunctionThatIsNotActive(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, onProd, func(s *uitest.Setup) {
		label := s.Target
		s.Target = func(t *uitest.Target) {
			label(t)
			t.Configure("orders", invoke.Latest, func(c *invoke.Configuration) {
				c.State, c.StateReason = "Inactive", "The function is idle.\x1b]0;OWNED\x07"
				c.LastUpdate, c.LastUpdateReason = "Failed", "The image does not exist."
				c.Layers = []string{"arn:aws:lambda:us-east-1:123456789012:layer:deps:7", "arn:aws:lambda:us-east-1:123456789012:layer:tracing:2"}
				c.ConcurrencyUnknown = "AccessDeniedException"
			})
		}
	})
	s.Press("alt+i")
	s.Want("! Inactive", "The function is idle.", "␛]0;OWNED", "The image does not exist.", "layer:deps:7", "layer:tracing:2", "not known: AccessDeniedException")
}

func TestShowingAFunctionThatCannotBeRead(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, onProd)
	s.Target.Fails = signedOut()
	s.Press("alt+i")
	s.Want("! nothing could be read", "Run      aws sso login --profile prod", "y copy the command  f9 try again")
	s.Press("y")
	if s.Clipboard != "aws sso login --profile prod" {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Target.Fails = nil
	s.Press("f9")
	s.Want("20,480 bytes")
	s.Target.Fails = errors.New("the network is gone")
	s.Press("f9") // what was read stays
	s.Want("20,480 bytes", "! not read again", "the network is gone")
}

// The qualifiers come page by page, newest version first, and the cursor stays where it is.
func TestQualifiersComeAsTheyArrive(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Target = func(t *uitest.Target) {
			for i := range 120 {
				t.Qualify("orders", invoke.Qualifier{Name: fmt.Sprint(i + 3), Version: fmt.Sprint(i + 3), Kind: invoke.KindVersion,
					Description: fmt.Sprint("release ", i+3), CodeSHA256: "q83vAAAABBBB", PublishedAt: uitest.Noon})
			}
			t.PageSize, t.PageTakes = 50, time.Second
		}
	})
	s.Advance(time.Minute)
	s.Press("f2")
	s.Want("▌ $LATEST", "live  → 2", "canary  → 1 90% · 2 10%", "1 of 50 · reading…", "47  2026-11-22  q83vAAAA", "release 47")
	s.Press("down", "down", "down", "down")
	row := func() int {
		return slices.IndexFunc(s.Rows(), func(r string) bool { return strings.Contains(r, "▌ 46  2026") })
	}
	before := row()
	s.Advance(4 * time.Second)
	if after := row(); before < 0 || after != before {
		t.Errorf("the cursor was on version 46 in row %d, which is in row %d now:\n%s", before, after, s.Screen())
	}
	s.Press("home", "ctrl+u")
	s.Type("release 99")
	s.Want("▌ 99", "1 of 1")
	s.Press("enter")
	s.Want("orders  99")
	s.Press("ctrl+p", "esc")

	s.Target.Broken = errors.New("the second page broke")
	s.Press("f2")
	s.Advance(time.Minute)
	s.Want("not all qualifiers could be read: the second page broke", "▌ 99  2026", "of 125")
}

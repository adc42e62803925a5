package ui_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// Every failure that a call can end with has a card: its name, whether the function ran,
// what to do and why; and one call was made.
func TestEveryFailureHasItsCard(t *testing.T) {
	var failure *invoke.Failure
	s := uitest.NewShop(t, 120, 50, func(s *uitest.Setup) {
		s.Target = func(x *uitest.Target) {
			x.Label(invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1"})
			x.Add(invoke.Function{Name: "refused", Runtime: "nodejs22.x", Timeout: 9 * time.Second}, func(c *uitest.Call) (invoke.Result, error) {
				return c.Refuse(failure)
			})
		}
	})
	s.Press("ctrl+g")
	s.Type("refused")
	s.Press("enter")
	ran := map[invoke.Ran]string{invoke.RanNo: "Your function did not run.", invoke.RanUnknown: "Your function may have run"}
	// What a person calls it, where that is not the name.
	word := map[string]string{
		invoke.ConnectionRefused: "cannot reach Lambda", invoke.Offline: "cannot reach Lambda", invoke.ConnectionLost: "connection lost", invoke.UnreadableAnswer: "not Lambda's answer",
	}
	count := 0
	for _, e := range invoke.Catalogue() {
		if e.Kind == invoke.FunctionFailure || e.Name == invoke.Cancelled || e.Name == invoke.WaitLimitReached { // those two have words of their own
			continue
		}
		count++
		if failure = invoke.NewFailure(e.Name, "the words of whoever refused"); e.Kind == invoke.ClientFailure {
			failure = invoke.ClientFailureOf(e.Name, "the words of whoever refused", "", "", e.Ran, nil)
		}
		s.Press("f5")
		s.Advance(time.Second)
		screen, name := s.Screen(), cmp.Or(word[e.Name], failure.Name)
		for what, want := range map[string]string{"name": name, "words": "the words of whoever refused", "ran": ran[failure.Ran], "remedy": "Try ", "cause": "Why "} {
			if want != "" && !strings.Contains(screen, cutTo(want, 40)) {
				t.Errorf("%s: the card is without its %s (%q):\n%s", e.Name, what, want, screen)
				break
			}
		}
	}
	if count < 40 || len(s.Target.Requests) != count {
		t.Errorf("%d failures, %d calls", count, len(s.Target.Requests))
	}
}

func cutTo(text string, n int) string { return text[:min(len(text), n)] }

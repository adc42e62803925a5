package ui_test

import (
	"strings"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/uitest"
)

// inTurn is a function that answers one after the other of some texts, and the last
// one for ever.
func inTurn(texts ...string) func(*uitest.Setup) {
	return func(setup *uitest.Setup) {
		left := texts
		behaves(func(c *uitest.Call) (invoke.Result, error) {
			answer := left[0]
			if len(left) > 1 {
				left = left[1:]
			}
			return answers(answer)(c)
		})(setup)
	}
}

// comparedOrders are two answers that differ in every way.
var comparedOrders = []string{
	`{"requestId":"7f3a-0001","state":"ACCEPTED","total":129.90,"lines":[{"sku":"A-77","qty":2},{"sku":"B-03","qty":1},{"sku":"C-12","qty":1},{"sku":"D-40","qty":3},{"sku":"E-51","qty":1}],"eta":35,"coupon":null}`,
	`{"requestId":"7f3a-0002","state":"ACCEPTED","total":119.90,"lines":[{"sku":"A-77","qty":2},{"sku":"B-03","qty":1},{"sku":"C-12","qty":1},{"sku":"E-51","qty":1},{"sku":"D-40","qty":3}],"eta":35,"coupon":null,"discount":{"percent":10}}`,
}

// twice invokes the function special twice, and goes to the result.
func twice(s *uitest.Shop) {
	chosen(s, "special")
	for range 2 {
		s.Press("f5")
		s.Advance(time.Second)
	}
	s.Press("alt+3")
}

// row is the row of the screen with a text in it.
func row(t *testing.T, s *uitest.Shop, text string) string {
	t.Helper()
	for _, r := range s.Rows() {
		if strings.Contains(r, text) {
			return strings.Join(strings.Fields(r), " ")
		}
	}
	t.Fatalf("%q is not on the screen:\n%s", text, s.Screen())
	return ""
}

func TestAVolatilePathIsLeftOut(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, behaves(counting()))
	twice(s)
	s.Press("=")
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

// What varies between two runs of one payload on one version is proposed without being
// asked for, and accepted with one key.
func TestWhatVariesIsProposed(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, inTurn(`{"id":"a1","items":[{"at":1},{"at":2}],"total":5}`, `{"id":"a2","items":[{"at":3},{"at":4}],"total":5}`))
	twice(s)
	s.Press("=")
	s.Want("3 differences", "$.items[*].at", "varies between like runs: i ignores it", "A ignore all that varies")
	s.Press("A")
	s.Want("✓ same but for what is ignored", "ignored in comparisons")
	s.Without("varies between like runs", "A ignore all that varies")
	// It is the store's, so the command line leaves it out too.
	o, err := s.Store.LeavingOut(t.Context(), invoke.CompareOptions{}, history.KeyOf(s.Target.Info(), "special"))
	if err != nil || len(o.Ignore) != 2 {
		t.Errorf("%v left out, %v", o.Ignore, err)
	}
}

// A path is typed: it begins with the one under the cursor, and one that is none says why.
func TestAPathToIgnoreIsTyped(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, inTurn(`{"items":[{"at":1},{"at":2}]}`, `{"items":[{"at":3},{"at":4}]}`))
	twice(s)
	s.Press("=", "a")
	s.Want("Ignore in comparisons of special", "$.items[*].at")
	s.Press("ctrl+u")
	s.Type("$.items[")
	s.Press("enter")
	s.Want("! ")
	s.Press("ctrl+u", "enter")
	s.Want("$ is the whole answer")
	s.Press("ctrl+u")
	s.Type("items[*].at\n")
	s.Want("same but for what is ignored", "$.items[*].at")
}

// The order of arrays is a choice, which is kept for the function. What has moved is said, too.
func TestTheOrderOfArraysIsAChoice(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, inTurn(`{"tags":["a","b","c"]}`, `{"tags":["c","a","b"]}`))
	twice(s)
	s.Press("=")
	s.Want("moved to $.tags[0]", "1 difference")
	s.Press("s")
	if got := row(t, s, "moved from"); got != `┃ ▌ ← [0] "c" moved from tags[2] ┃` {
		t.Error(got)
	}
	s.Press("o")
	s.Want("✓ both answered the same", "arrays in any order", "o in order")
	s.Press("esc", "=")
	s.Want("✓ both answered the same", "arrays in any order")
	s.Press("o")
	s.Want("1 difference")
}

// Three layouts show one difference; a fourth press is the first again.
func TestLayoutsOfAComparison(t *testing.T) {
	const long = `"a text that is long enough to end beyond the edge of its column in every layout there is, with `
	s := uitest.NewShop(t, 120, 36, inTurn(
		`{"same":[1,2,3,4,5,6,7,8,9],"count":1,"gone":true,"text":`+long+`one"}`,
		`{"same":[1,2,3,4,5,6,7,8,9],"count":2,"text":`+long+`two","new":{"deep":[1]}}`))
	twice(s)
	s.Press("=")
	s.Want("by path", "4 differences")
	for text, want := range map[string]string{
		"$.count": "┃ ▌ ≠ $.count 1 → 2 ┃",
		"$.gone":  "┃ − $.gone true → — ┃",
		"$.new":   `┃ + $.new — → {"deep":[1]} ┃`,
		"$.text":  `┃ ≠ $.text … there is, with one" → … there is, with two" ┃`,
	} {
		if got := row(t, s, text); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	s.Press("s")
	s.Want("unified")
	for text, want := range map[string]string{
		`"count": 1`: `┃ ▌ − "count": 1 ┃`,
		`"count": 2`: `┃ + "count": 2 ┃`,
		`"gone"`:     `┃ − "gone": true ┃`,
		`with one`:   `┃ − "text": … there is, with one" ┃`,
		`"same"`:     `┃ "same": [1,2,3,4,5,6,7,8,9] ┃`,
	} {
		if got := row(t, s, text); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	s.Press("s")
	s.Want("side by side")
	for text, want := range map[string]string{
		`"count"`: `┃ ▌ "count": 1 ≠ "count": 2 ┃`,
		`"gone"`:  `┃ "gone": true − ┃`,
		`"new"`:   `┃ + "new": {"deep":[1]} ┃`,
	} {
		if got := row(t, s, text); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	s.Press("n", "n", "n")
	if got := row(t, s, "▌"); !strings.Contains(got, `"new"`) {
		t.Errorf("the fourth difference is %s", got)
	}
	s.Press("enter")
	s.Want("Difference at $.new", "nothing there", `"deep": [`)
	s.Press("esc", "s")
	s.Want("by path")
	if got := row(t, s, "▌"); !strings.Contains(got, `$.new`) {
		t.Errorf("the layout was changed at $.new, and is at %s now", got)
	}
}

// Two runs that were sent something else say where, in every layout.
func TestDifferentPayloadsAreShown(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, inTurn(`{"ok":true}`))
	chosen(s, "special")
	for _, payload := range []string{`{"id": 1, "kept": "yes"}`, `{"id": 2, "kept": "yes"}`} {
		s.Press("alt+2", "ctrl+a")
		s.Paste(payload)
		s.Press("f5")
		s.Advance(time.Second)
	}
	s.Press("alt+3", "=")
	s.Want("Answer  ✓ the same", "Payload  1 difference")
	if got := row(t, s, "$.id"); got != "┃ ▌ ≠ $.id 1 → 2 ┃" {
		t.Error(got)
	}
	s.Press("s")
	if got := row(t, s, `"id": 2`); got != `┃ + "id": 2 ┃` {
		t.Error(got)
	}
	s.Without("A ignore all", "i ignore ·") // nothing of a request is ignored
}

// Logs are compared without ids, times and the lines of Lambda; lines that were replaced
// stand beside each other.
func TestLogsAreCompared(t *testing.T) {
	n := 0
	s := uitest.NewShop(t, 120, 36, behaves(func(c *uitest.Call) (invoke.Result, error) {
		n++
		c.Running()
		c.Log("2026-11-22T14:02:1" + string(rune('0'+n)) + "Z begin\n")
		if n == 1 {
			c.Log("cache miss for o-1042\n")
		} else {
			c.Log("cache hit for o-1042\n")
		}
		return c.Answer(`{}`)
	}))
	twice(s)
	s.Press("=")
	s.Want("Log  2 lines differ", "− cache miss for o-1042", "+ cache hit for o-1042", "both answered the same")
	s.Press("s", "s")
	if got := row(t, s, "cache miss"); got != "┃ ▌ cache miss for o-1042 ≠ cache hit for o-1042 ┃" {
		t.Error(got)
	}
}

// Comparing is cancelled by closing its card: what it finds afterwards shows nothing.
func TestAComparisonIsCancelled(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, behaves(counting()))
	twice(s)
	_, cmd := s.App.Update(uitest.Key("="))
	s.Want("Comparing…", "esc cancel")
	s.Press("esc")
	s.Without("Comparing…")
	s.Run(cmd)
	s.Without("Compare #", "! compare")
	s.Press("=")
	s.Want("1 difference")
}

// Values of functions are foreign: nothing in a comparison moves the cursor of the terminal.
func TestAComparisonOfHostileText(t *testing.T) {
	const bad = `"\u001b[2J` + "\u202e\u009b31m" + `<`
	s := uitest.NewShop(t, 80, 24, inTurn(`{`+bad+`":`+bad+`1"}`, `{`+bad+`":`+bad+`2"}`))
	twice(s)
	s.Press("=")
	for range 3 {
		s.Want("1 difference")
		for _, r := range s.Rows() {
			if strings.ContainsAny(r, "\x1b\u009b\u202e") {
				t.Errorf("%q", r)
			}
		}
		s.Press("s")
	}
	s.Press("enter")
	s.Want("Difference at")
}

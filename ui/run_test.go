package ui_test

import (
	"bytes"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// last is the request that was sent last.
func last(t *testing.T, s *uitest.Shop) invoke.Request {
	t.Helper()
	if len(s.Target.Requests) == 0 {
		t.Fatal("nothing was sent")
	}
	return s.Target.Requests[len(s.Target.Requests)-1]
}

func TestThePayloadIsSentByteForByte(t *testing.T) {
	payload := "{\r\n\t\"id\": 12345678901234567890,\t\"\xff\": \"\\u0000\u009b\"\r\n}"
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "events"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "events", "slow.json"), []byte(payload), 0o600); err != nil {
		t.Fatal(err)
	}
	s := uitest.NewShop(t, 200, 50, func(s *uitest.Setup) { s.ProjectDir = dir })
	chosen(s, "slow")
	s.Want(`\xff`, "<U+009B>")
	s.Press("f5", "f5") // the byte ff is no UTF-8, so it is no JSON
	s.Advance(5 * time.Second)
	if got := last(t, s).Payload; string(got) != payload {
		t.Errorf("sent %q, want %q", got, payload)
	}
}

func TestInvalidJSONIsSentWhenAskedTwice(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+a")
	s.Type("{oops")
	s.Press("f5")
	s.Want("! the payload is not JSON", "Nothing was sent")
	if n := len(s.Target.Requests); n != 0 {
		t.Fatalf("%d requests were sent", n)
	}
	s.Type("!") // another text is refused anew
	s.Press("f5")
	if n := len(s.Target.Requests); n != 0 {
		t.Fatalf("%d requests were sent", n)
	}
	s.Press("f5")
	s.Advance(time.Second)
	if got := string(last(t, s).Payload); got != "{oops!" {
		t.Errorf("sent %q", got)
	}
	s.Want("! Lambda refused the call")
	s.Press("f5") // it was sent as it is before, and is again
	s.Advance(time.Second)
	if n := len(s.Target.Requests); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
}

func TestAnEmptyPayloadIsAPayload(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+a", "delete", "f5")
	s.Advance(time.Second)
	if got := last(t, s).Payload; len(got) != 0 {
		t.Errorf("sent %q", got)
	}
	s.Want("✓ 200", "empty: sent without a body")
}

func TestRequestOptionsReachTheTarget(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f2", "down", "enter", "f4", "space", "down")
	s.Type(`{"custom":{"a":1}}`)
	s.Press("down")
	s.Type("acme")
	s.Press("enter", "f5")
	s.Advance(time.Second)
	r := last(t, s)
	context, _ := base64.StdEncoding.DecodeString(r.ClientContext)
	if r.Qualifier != "live" || r.LogType != invoke.LogNone || string(context) != `{"custom":{"a":1}}` || r.TenantID != "acme" || r.Type != invoke.RequestResponse || r.Door != invoke.DoorWorkbench {
		t.Errorf("sent %+v with client context %s", r, context)
	}
	s.Want("live → 2", "version 2")
	s.Press("f4", "down", "ctrl+u", "down", "ctrl+u", "up", "up", "space", "enter", "f3", "f5")
	s.Advance(time.Second)
	if r := last(t, s); r.ClientContext != "" || r.TenantID != "" || r.LogType != invoke.LogTail || r.Type != invoke.Event {
		t.Errorf("sent %+v", r)
	}
}

func TestColdStart(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	for range 2 {
		s.Press("ctrl+p")
		s.Type("fresh env")
		s.Press("enter")
		s.Advance(time.Second)
		if !last(t, s).Cold {
			t.Fatal("the request does not ask for a cold start")
		}
		s.Want("cold 41 ms")
	}
}

func TestCancel(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 500*time.Millisecond)(t, s)
	s.Want("running  0.5 s", "step b")
	s.Press("ctrl+c")
	s.Want("– cancelled", "after 0.5 s")
	if s.Quit {
		t.Fatal("cancelling has ended the workbench")
	}
	s.Press("ctrl+c")
	if !s.Quit {
		t.Error("ctrl+c with nothing running does not quit")
	}
}

func TestCtrlCCopiesASelection(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 500*time.Millisecond)(t, s)
	s.Press("alt+2", "ctrl+a", "ctrl+c")
	s.Want("running")
	if s.Clipboard != "{}" {
		t.Errorf("copied %q", s.Clipboard)
	}
}

func TestOneRunAtATime(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 500*time.Millisecond)(t, s)
	s.Press("f5")
	s.Want("a run is under way")
	if n := len(s.Target.Requests); n != 1 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestLeavingEndsTheRun(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 500*time.Millisecond)(t, s)
	s.Press("ctrl+q")
	if !s.Quit {
		t.Fatal("ctrl+q does not quit")
	}
	rows := summaries(t, s, "")
	if len(rows) != 1 || rows[0].FailureName != invoke.Cancelled {
		t.Errorf("history holds %+v", rows)
	}
}

func TestAnAnswerForAnotherFunctionIsNotShown(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 500*time.Millisecond)(t, s)
	chosen(s, "orders")
	s.Advance(10 * time.Second)
	s.Want("No result yet for orders")
	s.Without("steps")
	if rows := summaries(t, s, ""); len(rows) != 1 || rows[0].Function != "slow" {
		t.Errorf("history holds %+v", rows)
	}
}

func TestReplaySendsTheSameOnceMore(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f2", "down", "enter", "f5")
	s.Advance(time.Second)
	first := last(t, s)
	s.Press("ctrl+a")
	s.Type("{}") // the editor's text is not what is replayed
	s.Press("alt+3", "r")
	s.Advance(time.Second)
	second := last(t, s)
	if len(s.Target.Requests) != 2 || !bytes.Equal(first.Payload, second.Payload) || second.Qualifier != "live" || second.ReplayOf == "" {
		t.Errorf("replayed %+v, want %+v", second, first)
	}
	s.Press("alt+5", "G", "r")
	s.Advance(time.Second)
	third := last(t, s)
	if len(s.Target.Requests) != 3 || !bytes.Equal(first.Payload, third.Payload) || third.Qualifier != "live" || third.ReplayOf == "" {
		t.Errorf("replayed from history %+v, want %+v", third, first)
	}
}

func TestLogsAreShownWhileTheFunctionRuns(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 250*time.Millisecond)(t, s)
	s.Want("step a")
	s.Without("step b")
	s.Advance(200 * time.Millisecond)
	s.Want("step b", "follow ●")
	s.Press("alt+4", "g")
	s.Advance(3 * time.Second)
	s.Want("START RequestId", "step a") // no longer following
	s.Press("f")
	s.Want("step q")
	s.Without("START RequestId")
}

func TestPublishAndPointAnAlias(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+p")
	s.Type("publish")
	s.Press("enter")
	s.Type("third")
	s.Press("enter")
	s.Want("version 3 of orders")
	s.Press("ctrl+p")
	s.Type("point an alias")
	s.Press("enter")
	s.Want("Point an alias of orders", "live  → 2", "a new alias")
	s.Press("down", "down", "enter")
	s.Want("A new alias of orders")
	s.Type("beta")
	s.Press("enter")
	s.Want("! an alias and a version")
	s.Type(" 3 2=10% for a tenth")
	s.Press("enter")
	s.Want("beta → 3 90% · 2 10%")
	s.Press("f2")
	s.Want("beta  → 3 90% · 2 10%", "for a tenth", "third")
	s.Press("esc", "ctrl+p")
	s.Type("point an alias")
	s.Press("enter")
	s.Type("beta") // what it is now stands there to be changed
	s.Press("enter")
	s.Want("Point beta of orders", "› 3 2=10% for a tenth")
	s.Press("home", "right", "right", "right", "right", "backspace", "backspace", "delete", "delete", "delete")
	s.Type("1=25%")
	s.Press("enter")
	s.Want("beta → 3 75% · 1 25%")
	s.Press("f2")
	s.Want("beta  → 3 75% · 1 25%", "for a tenth")
}

func TestDeleteAnAlias(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f2")
	s.Type("live")
	s.Press("enter")
	s.Want("live → ")
	open := func() {
		s.Press("ctrl+p")
		s.Type("delete an alias")
		s.Press("enter")
		s.Want("Delete an alias of orders")
		s.Type("live")
		s.Press("enter")
		s.Want("Delete the alias live", "Who calls orders:live")
	}
	open()
	s.Press("enter", "n") // neither deletes
	s.Without("deleted the alias")
	open()
	s.Press("y")
	s.Want("deleted the alias live of orders", "orders  $LATEST") // nothing is sent to it any more
	s.Press("f2")
	s.Without("live  →")
}

func TestFunctionsThatCannotAllBeListed(t *testing.T) {
	s := uitest.NewShop(t, 80, 24, func(s *uitest.Setup) { s.Target = func(t *uitest.Target) { t.Broken = os.ErrPermission } })
	s.Press("alt+1")
	s.Want("orders", "! permission denied")
	s.Press("esc")
	s.Press("f5")
	s.Advance(time.Second)
	s.Want("✓ 200") // what was listed before the error can be used
}

func TestOpeningFails(t *testing.T) {
	clock := uitest.NewClock(uitest.Noon)
	d := uitest.Start(t, failing("template.yaml:3: mapping values are not allowed here"), clock, 80, 24)
	d.Want("lambent could not open", "template.yaml:3")
	d.Press("esc", "f5")
	d.Want("template.yaml:3")
	d.Press("ctrl+q")
	if !d.Quit {
		t.Error("ctrl+q does not quit")
	}
}

func TestTheFooterShowsKeysThatWork(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Want("f5 invoke")
	s.Send(tea.KeyboardEnhancementsMsg{Flags: 1})
	s.Want("ctrl+enter invoke")
	s.Press("ctrl+enter")
	s.Advance(time.Second)
	s.Want("✓ 200")
}

// While nothing happens nothing is handled, so nothing is drawn, and only the
// look at the store wakes anything up.
func TestIdle(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f5")
	s.Advance(10 * time.Second)
	n := 0
	for range 20 { // the store's search index may still be at work, and changes it
		before := s.Updates
		s.Advance(time.Hour)
		if n = s.Updates - before; n == 0 {
			return
		}
	}
	t.Errorf("%d messages were handled in an idle hour", n)
}

func TestProblemsOfTheProject(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Session = func(x *ui.Session) {
			x.Problems = []string{"template.yaml:12: no Handler", "template.yaml:40: no Runtime"}
		}
	})
	s.Want("! 2 problems", "template.yaml:12: no Handler")
	s.Press("ctrl+p")
	s.Type("wrong")
	s.Press("enter")
	s.Want("Problems of the project", "! template.yaml:40: no Runtime")
}

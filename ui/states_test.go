package ui_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// A state is something a person can bring the workbench into, and what must be
// readable then at 120x36.
type state struct {
	name  string
	setup func(*uitest.Setup)
	reach func(t *testing.T, s *uitest.Shop)
	want  []string
}

// invokeAnd invokes the chosen function and lets time pass.
func invokeAnd(wait time.Duration) func(*testing.T, *uitest.Shop) {
	return func(_ *testing.T, s *uitest.Shop) {
		s.Press("f5")
		s.Advance(wait)
	}
}

// chosen chooses a function by its name.
func chosen(s *uitest.Shop, function string) {
	s.Press("ctrl+g")
	s.Type(function)
	s.Press("enter")
}

// of invokes a function and lets time pass.
func of(function string, wait time.Duration) func(*testing.T, *uitest.Shop) {
	return func(_ *testing.T, s *uitest.Shop) {
		chosen(s, function)
		s.Press("f5")
		s.Advance(wait)
	}
}

// event invokes a function with an event and lets time pass.
func event(s *uitest.Shop, function string, wait time.Duration) {
	chosen(s, function)
	s.Press("f3", "f5")
	s.Advance(wait)
}

// behaves gives the orders function another behaviour.
func behaves(does uitest.Behaviour) func(*uitest.Setup) {
	return func(s *uitest.Setup) {
		s.Target = func(t *uitest.Target) {
			t.Add(invoke.Function{Name: "special", Runtime: "nodejs22.x", MemorySizeMB: 128, Timeout: 3 * time.Second}, does)
		}
	}
}

// fails makes the function special end in a failure of the catalogue.
func fails(name, message string, ran invoke.Ran) func(*uitest.Setup) {
	return behaves(func(c *uitest.Call) (invoke.Result, error) {
		f := invoke.NewFailure(name, message)
		if ran != "" {
			f.Ran = ran
		}
		return c.Refuse(f)
	})
}

var resultStates = []state{
	{name: "empty", reach: func(*testing.T, *uitest.Shop) {},
		want: []string{"No result yet for orders", "f5           invoke with this payload", "valid JSON · 14 lines"}},
	{name: "running", reach: func(t *testing.T, s *uitest.Shop) {
		of("slow", 5*time.Second)(t, s)
		s.Press("f5")
		s.Advance(1400 * time.Millisecond)
	}, want: []string{"running  1.4 s", "usually 4.0 s · p95 4.0 s", "limit 10 s", "step f of the slow work", "ctrl+c cancel"}},
	{name: "cold-start", reach: invokeAnd(20 * time.Millisecond), want: []string{"running  0.0 s", "limit 3 s"}},
	{name: "success", reach: invokeAnd(time.Second),
		want: []string{"✓ 200  182 ms · billed 223 ms · 84/256 MB", "version $LATEST · cold 41 ms · req 8f2c1d01", `"statusCode": 201`, "order received"}},
	{name: "success-again", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		invokeAnd(time.Second)(t, s)
		s.Press("alt+3")
	}, want: []string{"warm", "as fast as last", "r replay"}},
	{name: "function-error", reach: of("payments", time.Second),
		want: []string{"✗ function error", "KeyError", "'lines'", "app.py:41", "Your function ran", "HTTP 200"}},
	{name: "function-error-frames", reach: func(t *testing.T, s *uitest.Shop) {
		of("payments", time.Second)(t, s)
		s.Press("alt+3", "enter")
	}, want: []string{"importlib/__init__.py:126"}},
	{name: "timeout", reach: of("timeout", 4*time.Second),
		want: []string{"✗ function error", "Sandbox.Timedout", "Task timed out after 3.00 seconds"}},
	{name: "throttled", reach: of("throttled", time.Second),
		want: []string{"! Lambda refused the call", "TooManyRequestsException", "Your function did not run", "HTTP 429"}},
	{name: "offline", setup: fails(invoke.Offline, "lookup lambda.eu-west-1.amazonaws.com: no such host", invoke.RanNo), reach: of("special", time.Second),
		want: []string{"○ cannot reach Lambda", "no such", "did not run", "offline"}},
	{name: "connection-lost", setup: fails(invoke.ConnectionLost, "read: connection reset by peer", invoke.RanUnknown), reach: of("special", time.Second),
		want: []string{"? connection lost", "it may have run"}},
	{name: "expired", setup: behaves(func(c *uitest.Call) (invoke.Result, error) { return c.Refuse(signedOut()) }), reach: of("special", time.Second),
		want: []string{"! not sent", "ExpiredCredentials", "did not run", "Run      aws sso login --profile prod", "y copy the command"}},
	{name: "cancelling", setup: behaves(stubborn), reach: func(t *testing.T, s *uitest.Shop) {
		of("special", time.Second)(t, s)
		s.Press("ctrl+c")
	}, want: []string{"cancelling…"}},
	{name: "cancelled", reach: func(t *testing.T, s *uitest.Shop) {
		of("slow", 1400*time.Millisecond)(t, s)
		s.Press("ctrl+c")
		s.Advance(100 * time.Millisecond)
	}, want: []string{"– cancelled", "after 1.4 s"}},
	{name: "wait-limit", reach: func(t *testing.T, s *uitest.Shop) {
		chosen(s, "slow")
		s.Press("f4", "down", "down", "down")
		s.Type("2")
		s.Press("enter", "f5")
		s.Advance(3 * time.Second)
	}, want: []string{"– cancelled", "after 2.0 s: the wait limit"}},
	{name: "accepted", setup: func(s *uitest.Setup) { s.NoStore = true }, reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("f3", "f5")
		s.Advance(time.Second)
	}, want: []string{"✓ 202 accepted", "No result comes back in this mode", "Event"}},
	{name: "event-running", reach: func(t *testing.T, s *uitest.Shop) { event(s, "slow", 1400*time.Millisecond) },
		want: []string{"✓ 202 accepted", " attempt 1  1.4 s", "step g of the slow work", "queued"}},
	{name: "event-waiting", reach: func(t *testing.T, s *uitest.Shop) { event(s, "payments", 73*time.Second) },
		want: []string{"✓ 202 accepted", "… waiting 1:48, then attempt 3", "✗ attempt 1  14:02:11  44 ms", "✗ attempt 2  14:03:11", "KeyError: 'lines'", "app.py:41"}},
	{name: "event-done", reach: func(t *testing.T, s *uitest.Shop) { event(s, "orders", time.Second) },
		want: []string{"✓ 202 accepted", "✓ succeeded with attempt 1", "order received", "✓ attempt 1  14:02:11  182 ms"}},
	{name: "event-dead", reach: func(t *testing.T, s *uitest.Shop) { event(s, "payments", 5*time.Minute) },
		want: []string{"✗ dead letter  RetriesExhausted", "✗ given up after 3 attempts", "✗ attempt 3  14:05:11"}},
	{name: "event-attempt", reach: func(t *testing.T, s *uitest.Shop) {
		event(s, "payments", 5*time.Minute)
		s.Press("alt+3", "down", "down")
	}, want: []string{"✗ dead letter  RetriesExhausted", "▌✗ attempt 2  14:03:11", "Try"}},
	{name: "dry-run", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("f3", "f3", "f5")
		s.Advance(time.Second)
	}, want: []string{"✓ 204 dry run", "Nothing ran", "DryRun"}},
	{name: "not-json", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+a")
		s.Paste("{\n  \"id\": 1\n  \"x\": 2\n}\n")
		s.Press("f5")
	}, want: []string{"! the payload is not JSON", "line 2, column 10: expected a comma after this", "Nothing was sent", "✗ line 2, column 10"}},
	{name: "not-json-sent", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+a")
		s.Type("{oops")
		s.Press("f5", "f5")
		s.Advance(time.Second)
	}, want: []string{"! Lambda refused the call", "InvalidRequestContentException", "HTTP 400"}},
	{name: "no-such-function", setup: fails("ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:special", ""), reach: of("special", time.Second),
		want: []string{"ResourceNotFoundException", "Function not found:", "arn:aws:lambda:us-east-1:123456789012:function"}},
	{name: "text-response", setup: behaves(answers("plain words,\nnot JSON at all\n")), reach: of("special", time.Second),
		want: []string{"plain words,", "not JSON at all"}},
	{name: "empty-response", setup: behaves(answers("")), reach: of("special", time.Second), want: []string{"the response is empty"}},
	{name: "report", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		s.Press("alt+3", "]")
	}, want: []string{"Duration", "182 ms", "Memory", "84 of 256 MB", "Request id", "8f2c1d01-0000-4000-8000-0000"}},
	{name: "logs", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		s.Press("alt+4", "w")
	}, want: []string{"END RequestId: 8f2c1d01-0000-4000-8000-0000000", "Duration: 182.00 ms"}},
}

// stubborn does not end when it is told to.
func stubborn(c *uitest.Call) (invoke.Result, error) {
	c.Running()
	_ = c.Wait(time.Hour)
	c.Linger(5 * time.Second)
	return c.Stopped()
}

// answers is a function that answers with a payload after 20 ms.
func answers(payload string) uitest.Behaviour {
	return func(c *uitest.Call) (invoke.Result, error) {
		c.Running()
		if c.Wait(20*time.Millisecond) != nil {
			return c.Stopped()
		}
		return c.Answer(payload)
	}
}

var cardStates = []state{
	{name: "palette", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+p")
		s.Type("hist")
	}, want: []string{"Commands", "› hist", "Search history", "ctrl+r"}},
	{name: "palette-off", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+p")
		s.Type("save the response")
	}, want: []string{"there is no response"}},
	{name: "help", reach: func(t *testing.T, s *uitest.Shop) { s.Press("f1") }, want: []string{"Help · Payload", "Here: Payload", "Everywhere"}},
	{name: "help-filtered", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("alt+3", "?")
		s.Type("fold")
	}, want: []string{"Help · Result", "Fold, unfold"}},
	{name: "qualifiers", reach: func(t *testing.T, s *uitest.Shop) { s.Press("f2") },
		want: []string{"Qualifier of orders", "live  → 2", "canary  → 1 90% · 2 10%", "2026-11-20", "with stock check"}},
	{name: "function", reach: func(t *testing.T, s *uitest.Shop) { s.Press("f2", "down", "enter", "alt+i") },
		want: []string{"Function  orders live on local · shop", "Aliases", "live, canary 10%", "Published", "DB_PASSWORD", "••••••"}},
	{name: "functions", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+g")
		s.Type("o")
	}, want: []string{"Choose a function", "slow", "timeout"}},
	{name: "target", reach: func(t *testing.T, s *uitest.Shop) { s.Press("ctrl+t") }, want: []string{"Choose a target", "local", "shop"}},
	{name: "targets", setup: profiles, reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+t")
		s.Type("aws")
	}, want: []string{"Choose a target", "aws · prod · eu-west-1  sso · 123456789012", "aws · test  another region", "enter open"}},
	{name: "target-failed", setup: profiles, reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+t")
		s.Type("prod")
		s.Press("enter")
	}, want: []string{"aws · prod · eu-west-1 could not be opened", "no profile", "local · shop"}},
	{name: "signed-out", setup: unlistable(signedOut()), reach: func(*testing.T, *uitest.Shop) {},
		want: []string{"Not signed in to aws · prod · eu-west-1", "aws sso login --profile prod", "r try again"}},
	{name: "options", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("f4", "down")
		s.Type("[1]")
		s.Press("enter")
	}, want: []string{"Request options", "Client context", "[1]", "! "}},
	{name: "options-set", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("f4", "space", "down")
		s.Type(`{"client":{}}`)
		s.Press("down")
		s.Type("acme")
		s.Press("enter")
	}, want: []string{"● ctx", "● tenant"}},
	{name: "events", reach: func(t *testing.T, s *uitest.Shop) { s.Press("ctrl+o") }, want: []string{"Open a saved event", "orders-created"}},
	{name: "event-replace", reach: func(t *testing.T, s *uitest.Shop) { s.Press("ctrl+s", "enter") },
		want: []string{"There is an event orders-created already. Replace it?", "y replace", "n no"}},
	{name: "themes", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+p")
		s.Type("theme")
		s.Press("enter")
		s.Type("mocha")
	}, want: []string{"Choose a theme", "catppuccin-mocha"}},
	{name: "search", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("ctrl+r", "ctrl+r")
		s.Type("o-1042")
	}, want: []string{"History of this target", "o-1042", "enter open"}},
	{name: "compare", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("alt+5", "down", "down", "down", "=")
	}, want: []string{"Compare #1 ↔ #2", "version", "$LATEST → 2"}},
	{name: "compare-paths", setup: inTurn(comparedOrders...), reach: func(_ *testing.T, s *uitest.Shop) { twice(s); s.Press("=") },
		want: []string{"by path", "4 differences", "$.requestId", "varies between like runs"}},
	{name: "compare-unified", setup: inTurn(comparedOrders...), reach: func(_ *testing.T, s *uitest.Shop) { twice(s); s.Press("=", "s") },
		want: []string{"unified", `"total": 129.90`, `"total": 119.90`}},
	{name: "compare-sides", setup: inTurn(comparedOrders...), reach: func(_ *testing.T, s *uitest.Shop) { twice(s); s.Press("=", "s", "s") },
		want: []string{"side by side", `"total": 129.90`, `"total": 119.90`}},
	{name: "delete", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("alt+5", "space", "space", "d")
	}, want: []string{"Delete 2 runs with request, response and log?", "This cannot be undone.", "y delete"}},
	{name: "publish", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+p")
		s.Type("publish")
		s.Press("enter")
		s.Type("third")
	}, want: []string{"Publish a version of orders", "third"}},
	{name: "toasts", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+p")
		s.Type("publish")
		s.Press("enter", "enter")
		s.Press("alt+3", "r")
	}, want: []string{"version 3 of orders", "no result to replay"}},
}

// profiles offers targets on AWS, none of which opens.
func profiles(s *uitest.Setup) {
	s.Options.Targets = func(context.Context) ([]ui.TargetChoice, error) {
		return []ui.TargetChoice{
			{Info: invoke.TargetInfo{Kind: invoke.Local, Project: "/home/dev/shop", ProjectName: "shop"}},
			{Info: prod, Detail: "sso · 123456789012"},
			{Info: invoke.TargetInfo{Kind: invoke.AWS, Profile: "test"}, Detail: "another region", Regions: []string{"eu-west-1"}},
		}, nil
	}
	s.Options.OpenTarget = func(_ context.Context, to ui.TargetChoice) (*ui.Session, error) {
		return nil, invoke.ClientFailureOf(invoke.UnknownProfile, "the AWS configuration has no profile \""+to.Info.Profile+"\"", "", "", invoke.RanNo, nil)
	}
}

// fill fills the history with an outcome of each kind.
func fill(t *testing.T, s *uitest.Shop) {
	t.Helper()
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("f2", "down", "enter", "f5")
	s.Advance(10 * time.Minute)
	of("payments", 5*time.Minute)(t, s)
	of("throttled", time.Minute)(t, s)
	chosen(s, "slow")
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("ctrl+c")
	s.Advance(time.Minute)
	chosen(s, "orders")
}

var paneStates = []state{
	{name: "history", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("alt+5", "down", "space")
	}, want: []string{"– 14:", "! 14:", "429 thrott", "✗ 14:", "✓ 14:", "182ms orders"}},
	{name: "history-days", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Advance(10 * time.Hour)
		s.Press("alt+1", "alt+5")
	}, want: []string{"yesterday"}},
	{name: "history-open", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("alt+5", "down", "down", "enter")
	}, want: []string{"#3 of 14:", "KeyError"}},
	{name: "history-filter", reach: func(t *testing.T, s *uitest.Shop) {
		fill(t, s)
		s.Press("alt+5", "/")
		s.Type("is:error")
	}, want: []string{"/ is:error", "payments"}},
	{name: "history-off", setup: func(s *uitest.Setup) {
		s.NoStore = true
		s.Session = func(x *ui.Session) {
			x.HistoryOff = "/home/dev/.local/share/lambent/history.db is damaged: move it away to start anew"
		}
	}, reach: invokeAnd(time.Second), want: []string{"history is off", "history.db", "✓ 200"}},
	{name: "filter-functions", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("alt+1", "/")
		s.Type("pay")
	}, want: []string{"/ pay", "payments", "1 of 1"}},
	{name: "problems", setup: func(s *uitest.Setup) {
		s.Session = func(x *ui.Session) { x.Problems = []string{"template.yaml:12: Handler of orders is no text"} }
		s.Target = func(t *uitest.Target) {
			t.Add(invoke.Function{Name: "aged", Runtime: "python3.6", Timeout: 3 * time.Second, MemorySizeMB: 128,
				Problems: []string{"python3.6 is not found on PATH: install it, or ask for another runtime"}}, answers("1"))
		}
	}, reach: func(t *testing.T, s *uitest.Shop) { chosen(s, "aged") }, want: []string{"! 1 problem", "python3.6 is not found on PATH"}},
	{name: "find-payload", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("ctrl+f")
		s.Type("sku")
	}, want: []string{"find › sku"}},
	{name: "find-result", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		s.Press("alt+3", "/")
		s.Type("nowhere")
	}, want: []string{"find › nowhere", "not found"}},
	{name: "fold", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		s.Press("alt+3", "down", "down", "left")
	}, want: []string{`▸ "headers": { … 1 key }`}},
	{name: "zoom", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		s.Press("alt+3", "z")
	}, want: []string{`"etaMinutes": 35`}},
	{name: "qualified", reach: func(t *testing.T, s *uitest.Shop) {
		s.Press("f2")
		s.Type("can")
		s.Press("enter")
	}, want: []string{"canary → 1 90% · 2 10%"}},
	{name: "old-result-while-running", reach: func(t *testing.T, s *uitest.Shop) {
		invokeAnd(time.Second)(t, s)
		s.Press("f5")
		s.Advance(100 * time.Millisecond)
	}, want: []string{"running  0.1 s", `"statusCode": 201`}},
}

func TestStates(t *testing.T) {
	var known []string
	for _, group := range [][]state{resultStates, cardStates, paneStates, statisticsStates, versionsStates, wholeLogStates, jobStates} {
		for _, st := range group {
			known = append(known, st.name)
			t.Run(st.name, func(t *testing.T) {
				s := uitest.NewShop(t, 120, 36, func(setup *uitest.Setup) {
					if st.setup != nil {
						st.setup(setup)
					}
				})
				st.reach(t, s)
				s.Want(st.want...)
				golden(t, s, st.name)
			})
		}
	}
	files, err := filepath.Glob("testdata/golden/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Base(f)
		name = name[:strings.LastIndex(name, "-")]
		if !contains(known, name) {
			if *update {
				_ = os.Remove(f)
				continue
			}
			t.Errorf("%s belongs to no state", f)
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

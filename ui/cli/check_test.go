package cli

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"lambent/history"
	"lambent/invoke"
)

// answers makes the target answer with a text in which %s is the payload.
func answers(target *fakeTarget, text string) {
	target.answer = func(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		return result(fmt.Sprintf(text, req.Payload)), nil
	}
}

func TestCheckFindsWhatAnswersDifferently(t *testing.T) {
	s, target := remembers(t)
	answers(target, `{"of":%s,"at":1}`)
	for _, p := range []string{`1`, `{"a":[1,2]}`, `"x"`} {
		s.run("invoke", "orders:live", "-p", p).wantExit(t, 0)
	}
	r := s.run("replay", "is:ok", "--check")
	r.wantExit(t, 0)
	if strings.Count(r.out, "= same  #") != 3 || r.err != "3 runs replayed · 3 same\n" {
		t.Errorf("%s%s", r.out, r.err)
	}
	answers(target, `{"of":%s,"at":2}`)
	r = s.run("replay", "is:ok", "--check")
	r.wantExit(t, 8)
	if strings.Count(r.out, "≠ differs  #") != 3 || !strings.Contains(r.out, "#1 → #7  orders:live  $.at 1 → 2\n") ||
		!strings.HasSuffix(r.err, "3 runs replayed · 3 different · 0 same · 3 replays left out\n") || !strings.HasPrefix(r.err, "≠ #1 → #7") {
		t.Errorf("%s%s", r.out, r.err)
	}
	r = s.run("replay", "is:ok", "--check", "--ignore", "at", "-o", "json")
	r.wantExit(t, 0)
	if strings.Count(r.out, `"same":true`) != 3 || !strings.Contains(r.out, `"replayOf":1,"same":true`) {
		t.Errorf("%s", r.out)
	}
	r = s.run("replay", "1", "--check", "-o", "json")
	r.wantExit(t, 8)
	if !strings.Contains(r.out, `"replayOf":1,"same":false,"differences":[{"path":"$.at","change":"changed","this":1,"that":2}]}`) {
		t.Errorf("%s", r.out)
	}
}

func TestUpdateAcceptsTheNewAnswers(t *testing.T) {
	s, target := remembers(t)
	answers(target, `{"of":%s,"v":1}`)
	s.run("invoke", "orders", "-p", `1`)
	s.run("invoke", "orders", "-p", `2`)
	answers(target, `{"of":%s,"v":2}`)
	r := s.run("replay", "fn:orders", "--update")
	r.wantExit(t, 0)
	if !strings.HasSuffix(r.err, "2 runs replayed · 2 different · 2 accepted · 0 same\n") {
		t.Error(r.err)
	}
	s.run("replay", "fn:orders", "--check").wantExit(t, 0)
	answers(target, `{"of":%s,"v":1}`)
	s.run("replay", "fn:orders", "--check").wantExit(t, 8)
	if show := s.run("history", "show", "1", "-o", "json"); !strings.Contains(show.out, `"responsePayload":{"of":1,"v":1}`) {
		t.Errorf("the run itself was changed: %s", show.out)
	}
}

func TestCheckLeavesOutWhatIsKeptAsVolatile(t *testing.T) {
	s, target := remembers(t)
	n := 0
	target.answer = func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		n++
		return result(fmt.Sprintf(`{"items":[{"id":%d}],"total":5}`, n)), nil
	}
	s.run("invoke", "orders", "-p", `1`)
	s.run("invoke", "orders", "-p", `1`)
	s.run("replay", "1", "--check").wantExit(t, 8)
	r := s.run("history", "volatile", "orders", "--learn")
	r.wantExit(t, 0)
	if !strings.Contains(r.out, "$.items[*].id  proposed") {
		t.Errorf("%s%s", r.out, r.err)
	}
	s.run("replay", "1", "--check").wantExit(t, 8) // proposed is not decided
	s.run("history", "volatile", "orders", "--keep", "items[*].id").wantExit(t, 0)
	s.run("replay", "1", "--check").wantExit(t, 0)
	s.run("history", "volatile", "orders", "--forget", "$.other").wantExit(t, 6)
	s.run("history", "volatile", "orders", "--keep", "a[").wantExit(t, 2)
	s.run("history", "volatile", "orders", "--forget", "$.items[*].id", "-o", "json").wantExit(t, 0)
	s.run("replay", "1", "--check").wantExit(t, 8)
}

// Whether the order of arrays counts is remembered for a function, by every command
// that compares; a flag says otherwise for once.
func TestTheOrderOfArraysIsRememberedForAFunction(t *testing.T) {
	s, target := remembers(t)
	var n atomic.Int64 // a comparison invokes twice at the same time
	target.answer = func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		if n.Add(1)%2 == 0 {
			return result(`["a","b"]`), nil
		}
		return result(`["b","a"]`), nil
	}
	s.run("invoke", "orders", "-p", `1`)
	s.run("replay", "1", "--check").wantExit(t, 8)
	n.Store(1)
	s.run("replay", "1", "--check", "--any-order").wantExit(t, 0)
	r := s.run("history", "volatile", "orders", "--any-order")
	r.wantExit(t, 0)
	if !strings.Contains(r.err, "The order of arrays makes no difference.") {
		t.Error(r.err)
	}
	n.Store(1)
	s.run("replay", "1", "--check").wantExit(t, 0)
	n.Store(1)
	s.run("replay", "1", "--check", "--any-order=false").wantExit(t, 8)
	n.Store(0)
	s.run("compare", "orders", "--this", ":1", "--that", ":2").wantExit(t, 0)
	n.Store(0)
	s.run("compare", "orders", "--this", ":1", "--that", ":2", "--any-order=false").wantExit(t, 8)
	s.run("history", "volatile", "orders", "--any-order=false").wantExit(t, 0)
	n.Store(1)
	s.run("replay", "1", "--check").wantExit(t, 8)
}

// A check compares failures too, and a refusal that was recorded is as expected.
func TestCheckOfFailures(t *testing.T) {
	s, target := remembers(t, `"fail"`, `"throttle"`)
	r := s.run("replay", "fn:orders", "--check")
	r.wantExit(t, 0)
	if r.err != "2 runs replayed · 2 same · 1 function error · 1 refused\n" {
		t.Error(r.err)
	}
	answers(target, `%s`)
	r = s.run("replay", "1", "2", "--check")
	r.wantExit(t, 8)
	if !strings.Contains(r.out, `functionError − "Unhandled"`) || !strings.Contains(r.out, "statusCode 429 → 200 · 3 more") {
		t.Error(r.out)
	}
	target.answer = func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		return invoke.Result{}, invoke.ClientFailureOf("ConnectionRefused", "refused", "", "", invoke.RanNo, nil)
	}
	r = s.run("replay", "1", "--check")
	if r.exit == 8 || r.exit == 0 || !strings.Contains(r.out, "there is no answer") {
		t.Errorf("exit status %d: %s", r.exit, r.out)
	}
}

func TestReportAsJUnit(t *testing.T) {
	s, target := remembers(t)
	answers(target, `%s`)
	for _, p := range []string{`1`, `"<&\u001b[2J]]>"`, `2`} {
		s.run("invoke", "orders", "-p", p)
	}
	s.run("invoke", "orders", "-p", `3`)
	target.answer = func(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		switch string(req.Payload) {
		case "1":
			return result("1"), nil
		case "3":
			return invoke.Result{}, invoke.ClientFailureOf("ConnectionRefused", "refused", "", "", invoke.RanNo, nil)
		}
		return result(`"changed \ufffe\u0001"`), nil
	}
	path := filepath.Join(t.TempDir(), "junit.xml")
	s.run("replay", "fn:orders", "--check", "--report", path).wantExit(t, 8)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Cases    []struct {
			Class   string `xml:"classname,attr"`
			Name    string `xml:"name,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Error *struct{} `xml:"error"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if suite.Tests != 4 || suite.Failures != 2 || suite.Errors != 1 || len(suite.Cases) != 4 ||
		suite.Cases[0].Failure != nil || suite.Cases[1].Failure == nil || suite.Cases[3].Error == nil ||
		!strings.HasPrefix(suite.Cases[1].Name, "#2 ") || !strings.HasPrefix(suite.Cases[1].Failure.Text, `$ "<&`) {
		t.Errorf("%s", text)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside the report: %v, %v", left, err)
	}
	before := len(target.asked)
	r := s.run("replay", "fn:orders", "--check", "--report", filepath.Join(path, "no", "folder"))
	r.wantExit(t, 2)
	if len(target.asked) != before {
		t.Error("something was invoked, though the report can't be written")
	}
}

// So many run at the same time as were asked for, and never more.
func TestParallelReplay(t *testing.T) {
	s, target := remembers(t)
	answers(target, `%s`)
	for n := range 12 {
		s.run("invoke", "orders", "-p", fmt.Sprint(n))
	}
	var mu sync.Mutex
	running, most := 0, 0
	full := make(chan struct{})
	target.answer = func(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		mu.Lock()
		running++
		if most = max(most, running); most == 4 && running == 4 {
			select {
			case <-full:
			default:
				close(full)
			}
		}
		mu.Unlock()
		<-full // the first four wait for each other
		mu.Lock()
		running--
		mu.Unlock()
		return result(string(req.Payload)), nil
	}
	r := s.run("replay", "fn:orders", "--check", "--parallel", "4")
	r.wantExit(t, 0)
	if most != 4 || strings.Count(r.out, "= same") != 12 {
		t.Errorf("%d at the same time\n%s", most, r.out)
	}
}

// An interrupt starts nothing more, waits for what was begun, and says how far it came.
func TestInterruptedReplay(t *testing.T) {
	s, target := remembers(t)
	answers(target, `%s`)
	for n := range 10 {
		s.run("invoke", "orders", "-p", fmt.Sprint(n))
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s.ctx = ctx
	calls := 0
	target.answer = func(ctx context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		if calls++; calls == 3 {
			cancel(&signalError{syscall.SIGINT})
			return invoke.Result{}, invoke.ClientFailureOf("Cancelled", "cancelled", "", "", invoke.RanUnknown, context.Canceled)
		}
		return result(string(req.Payload)), nil
	}
	r := s.run("replay", "fn:orders", "--check")
	r.wantExit(t, 130)
	if calls != 3 || !strings.HasSuffix(r.err, "3 runs replayed · 2 same · 1 not compared · 1 refused of 10\n") {
		t.Errorf("%d calls; %s", calls, r.err)
	}
	if rows, err := s.store.List(context.Background(), history.Query{}, 0, 100); err != nil || len(rows) != 13 {
		t.Errorf("%d records, %v", len(rows), err)
	}
}

func TestSeveralInvocationsOnAWSNeedConsent(t *testing.T) {
	s, target := remembers(t)
	answers(target, `%s`)
	target.info = invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1"}
	s.run("invoke", "orders", "-p", "1")
	s.run("invoke", "orders", "-p", "2")
	asked := len(target.asked)
	r := s.run("replay", "fn:orders")
	r.wantExit(t, 2)
	r.wantLine(t, "this makes 2 invocations on aws · prod · eu-west-1: give --yes to make them")
	if len(target.asked) != asked {
		t.Error("they were made all the same")
	}
	s.run("replay", "fn:orders", "--yes").wantExit(t, 0)
	s.run("replay", "1").wantExit(t, 0) // one is no bulk
	if n := len(target.asked) - asked; n != 3 {
		t.Errorf("%d invocations", n)
	}
}

func TestReplayFlagsThatCannotBe(t *testing.T) {
	s, _ := remembers(t, "1")
	for _, args := range [][]string{
		{"--parallel", "0"}, {"--parallel", "9999"}, {"--rate", "-1"}, {"--ignore", "a"}, {"--any-order"}, {"--check", "--ignore", "a["},
	} {
		r := s.run(append([]string{"replay", "1"}, args...)...)
		r.wantExit(t, 2)
		if strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v: %s", args, r.err)
		}
	}
	s.run("replay", "1", "1", "--rate", "1000").wantExit(t, 0)
	if r := s.run("replay", "is:ok", "--check"); r.exit != 0 {
		t.Error(r.err)
	}
	r := s.run("replay", "3", "2", "--check") // replays, by their ids
	r.wantExit(t, 0)
	if r := s.run("replay", "replayed-nothing", "--check"); r.exit != 6 {
		t.Error(r.exit)
	}
}

// An event is followed to its end, and its outcome compared.
func TestCheckOfAnEvent(t *testing.T) {
	s, target := remembers(t)
	outcome := `"done"`
	local := &localTarget{fakeTarget: target, follow: func(context.Context, string, func(invoke.Progress)) (invoke.Result, error) {
		if outcome == "" {
			return invoke.Result{}, errors.New("lost")
		}
		return result(outcome), nil
	}}
	s.target = local
	target.answer = func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		return invoke.Result{StatusCode: 202, RequestID: "r", FunctionName: "orders", Payload: []byte(`"done"`)}, nil
	}
	s.run("invoke", "orders", "-t", "Event", "--no-wait").wantExit(t, 0)
	s.run("replay", "1", "--check").wantExit(t, 0)
	outcome = `"other"`
	s.run("replay", "1", "--check").wantExit(t, 8)
	outcome = ""
	if r := s.run("replay", "1", "--check"); !strings.Contains(r.out, "was not followed to its end: lost") {
		t.Error(r.out)
	}
}

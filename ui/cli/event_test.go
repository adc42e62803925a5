package cli

import (
	"context"
	"errors"
	"strings"
	"testing"

	"lambent/invoke"
)

// accepts answers 202; what becomes of the event is follow's to say.
func accepts(follow func(context.Context, string, func(invoke.Progress)) (invoke.Result, error)) *localTarget {
	return &localTarget{
		fakeTarget: &fakeTarget{info: invoke.TargetInfo{Kind: invoke.Local}, answer: func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
			return invoke.Result{StatusCode: 202, RequestID: "e-1", FunctionName: "orders", StartedAt: started}, nil
		}},
		follow: follow,
	}
}

func TestEventIsFollowedUntilItIsDone(t *testing.T) {
	s := newStage(t, accepts(func(_ context.Context, id string, emit func(invoke.Progress)) (invoke.Result, error) {
		if id != "e-1" {
			t.Errorf("follows %q", id)
		}
		emit(invoke.Progress{Kind: invoke.ProgressLog, Data: []byte("trying")})
		emit(invoke.Progress{Kind: invoke.ProgressAttempt, Attempt: 1, Failure: &invoke.Failure{Name: "ValueError", Message: "no"}})
		emit(invoke.Progress{Kind: invoke.ProgressLog, Data: []byte("again\n")})
		return result("ignored"), nil
	}))
	r := s.run("invoke", "orders", "-t", "event")
	r.wantExit(t, 0)
	if r.out != "" {
		t.Errorf("standard output %q: an accepted event has no response", r.out)
	}
	at := -1
	for _, want := range []string{"✓ 202 accepted  req e-1", "trying\n", "attempt 1  ValueError: no", "again\n", "✓ done  182 ms"} {
		next := strings.Index(r.err, want)
		if next <= at {
			t.Fatalf("%q is not there, or not in its place:\n%s", want, r.err)
		}
		at = next
	}
}

func TestEventThatBecomesADeadLetter(t *testing.T) {
	dead := func(context.Context, string, func(invoke.Progress)) (invoke.Result, error) {
		r := result(`{"errorType":"ValueError"}`)
		r.FunctionError = "Unhandled"
		r.Failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Message: "no", Ran: invoke.RanYes}
		return r, nil
	}
	r := newStage(t, accepts(dead)).run("invoke", "orders", "-t", "Event", "-o", "json")
	r.wantExit(t, 1)
	if !strings.Contains(r.out, `"invocationType":"Event","statusCode":202,"requestId":"e-1"`) || strings.Count(r.out, "\n") != 1 {
		t.Errorf("standard output %q", r.out)
	}
	if !strings.Contains(r.err, "✗ dead letter") || !strings.Contains(r.err, "ValueError: no") {
		t.Errorf("standard error %q", r.err)
	}
	newStage(t, accepts(dead)).run("invoke", "orders", "-t", "Event", "--exit-zero").wantExit(t, 0)
}

func TestEventThatNobodyWaitsFor(t *testing.T) {
	s := newStage(t, accepts(func(context.Context, string, func(invoke.Progress)) (invoke.Result, error) {
		t.Error("it is followed")
		return invoke.Result{}, nil
	}))
	r := s.run("invoke", "orders", "-t", "Event", "--no-wait")
	r.wantExit(t, 0)
	if r.err != "✓ 202 accepted  req e-1\n" {
		t.Errorf("standard error %q", r.err)
	}
	// A target that cannot follow answers at once, too.
	plain := newStage(t, accepts(nil).fakeTarget).run("invoke", "orders", "-t", "Event")
	plain.wantExit(t, 0)
}

func TestWaitLimitOfAnEventLeavesItQueued(t *testing.T) {
	s := newStage(t, accepts(func(ctx context.Context, _ string, _ func(invoke.Progress)) (invoke.Result, error) {
		<-ctx.Done()
		return invoke.Result{}, ctx.Err()
	}))
	r := s.run("invoke", "orders", "-t", "Event", "--timeout", "50ms")
	r.wantExit(t, 7)
	if !strings.Contains(r.err, "The event e-1 stays queued.") {
		t.Errorf("standard error %q", r.err)
	}
}

func TestFollowingThatFails(t *testing.T) {
	s := newStage(t, accepts(func(context.Context, string, func(invoke.Progress)) (invoke.Result, error) {
		return invoke.Result{}, errors.New("history.db is damaged")
	}))
	r := s.run("invoke", "orders", "-t", "Event")
	r.wantExit(t, 2)
	if !strings.HasSuffix(r.err, "lambent: history.db is damaged\n") {
		t.Errorf("standard error %q", r.err)
	}
}

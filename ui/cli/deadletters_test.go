package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// dead puts a dead letter of a project into the stage's history and returns its id.
func (s *stage) dead(requestID, project string, a invoke.Attempt, condition string, deliveries ...invoke.Delivery) string {
	s.t.Helper()
	ctx := context.Background()
	err := s.store.Enqueue(ctx, invoke.QueuedEvent{ID: requestID, Project: project, Info: invoke.TargetInfo{Kind: invoke.Local, Project: project},
		Function: "orders", AcceptedAt: started, NotBefore: started,
		Request: invoke.Request{Function: "orders", Qualifier: "live", Type: invoke.Event, Payload: []byte(`{"n":1.50}`), RecordUID: "uid-" + requestID}})
	if err == nil {
		_, _, err = s.store.Lease(ctx, project, "me", started, time.Minute)
	}
	if err == nil {
		err = s.store.Settle(ctx, requestID, "me", a, invoke.Verdict{State: invoke.EventDead, Condition: condition, Deliveries: deliveries})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	letters, err := s.store.DeadLetters(ctx, "")
	if err != nil || letters[0].RequestID != requestID {
		s.t.Fatal(letters, err)
	}
	return strconv.FormatInt(letters[0].ID, 10)
}

func failedAttempt(message string) invoke.Attempt {
	r := result(`{"errorType":"ValueError"}`)
	r.FunctionError, r.Failure = "Unhandled", &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Message: message, Ran: invoke.RanYes}
	return invoke.Attempt{Number: 1, Counts: true, Result: r}
}

// follows is a target of a project whose events end as they are told to.
func follows(project string, follow func(context.Context, string, func(invoke.Progress)) (invoke.Result, error)) *localTarget {
	t := accepts(follow)
	t.info.Project = project
	return t
}

func TestDeadLettersDoNotReachTheTerminalAsTheyCame(t *testing.T) {
	const evil = "\x1b]0;owned\a\u009b31m\u202e\nsecond line"
	s := newStage(t, nil).remembering()
	id := s.dead("e-1", "/p", failedAttempt(evil), "RetriesExhausted", invoke.Delivery{Kind: invoke.DeliveryDeadLetterQueue,
		Destination: "arn:aws:sqs:" + evil, Body: []byte(evil), Problem: evil, Attributes: []invoke.Attribute{{Name: evil, Type: "String", Value: evil}}})
	for _, args := range [][]string{{"deadletters"}, {"deadletters", "show", id}, {"history", "show", id},
		{"deadletters", "-o", "json"}, {"deadletters", "show", id, "-o", "json"}, {"history", "show", id, "-o", "json"}} {
		r := s.run(args...)
		r.wantExit(t, 0)
		if strings.ContainsAny(r.out+r.err, "\x1b\a\u009b\u202e") || !strings.Contains(r.out, "owned") {
			t.Errorf("%q: %q %q", args, r.out, r.err)
		}
		if args[len(args)-1] == "json" && (strings.Count(r.out, "\n") != 1 || !json.Valid([]byte(r.out))) {
			t.Errorf("%q is not one object on one line: %q", args, r.out)
		}
	}
}

func TestDeadLetterThatNeverRan(t *testing.T) {
	s := newStage(t, nil).remembering()
	id := s.dead("e-1", "/p", invoke.Attempt{}, "EventAgeExceeded")
	r := s.run("deadletters", "-o", "json")
	want := `{"id":` + id + `,"functionName":"orders","requestId":"e-1","attempts":0,"condition":"EventAgeExceeded","failure":{"kind":"service","name":"EventAgeExceeded",`
	if !strings.HasPrefix(r.out, want) || !strings.HasSuffix(r.out, `},"acceptedAt":"2026-11-22T14:02:11.004Z"}`+"\n") {
		t.Errorf("listed as %s", r.out)
	}
	r = s.run("deadletters", "show", id)
	if !strings.Contains(r.out, "The function did not run.") || !strings.Contains(r.out, `{"n":1.50}`) || strings.Contains(r.out, "attempt") {
		t.Errorf("shown as %s", r.out)
	}
}

func TestRedriveFollowsWhatCanBeRunHere(t *testing.T) {
	var followed []string
	s := newStage(t, follows("/p", func(_ context.Context, id string, _ func(invoke.Progress)) (invoke.Result, error) {
		followed = append(followed, id)
		r := result("null")
		if id == "e-2" {
			r = failedAttempt("still").Result
		}
		return r, nil
	})).remembering()
	var ids []string
	for _, id := range []string{"e-1", "e-2", "e-3"} {
		ids = append(ids, s.dead(id, "/p", failedAttempt("no"), "RetriesExhausted"))
	}
	ids = append(ids, s.dead("e-4", "/elsewhere", failedAttempt("no"), "RetriesExhausted"))
	r := s.run(append([]string{"deadletters", "redrive"}, ids...)...)
	r.wantExit(t, ExitFunctionError)
	if strings.Join(followed, " ") != "e-1 e-2 e-3" || r.out != "" {
		t.Errorf("followed %q, standard output %q", followed, r.out)
	}
	for _, want := range []string{"queued 4 events again\n", "✓ done", "✗ dead letter", "ValueError: still", "1 event of other projects"} {
		if !strings.Contains(r.err, want) {
			t.Errorf("%q is not in %s", want, r.err)
		}
	}
	if left, err := s.store.DeadLetters(t.Context(), ""); err != nil || len(left) != 0 {
		t.Errorf("left are %+v, %v", left, err)
	}
}

func TestRedriveWithoutWaiting(t *testing.T) {
	s := newStage(t, follows("/p", func(context.Context, string, func(invoke.Progress)) (invoke.Result, error) {
		t.Error("it was followed")
		return invoke.Result{}, errors.New("followed")
	})).remembering()
	id := s.dead("e-1", "/p", failedAttempt("no"), "RetriesExhausted")
	r := s.run("deadletters", "redrive", "#"+id, "--no-wait")
	r.wantExit(t, 0)
	if ev, err := s.store.Event(t.Context(), "e-1"); err != nil || ev.State != invoke.EventQueued || ev.RedrivenAt.IsZero() {
		t.Errorf("it is %+v, %v", ev, err)
	}
}

// An interrupted redrive leaves the event queued and says so.
func TestInterruptedRedrive(t *testing.T) {
	s := newStage(t, nil).remembering()
	ctx, cancel := context.WithCancel(t.Context())
	s.ctx = ctx
	s.target = follows("/p", func(ctx context.Context, _ string, _ func(invoke.Progress)) (invoke.Result, error) {
		cancel()
		<-ctx.Done()
		return invoke.Result{}, ctx.Err()
	})
	id := s.dead("e-1", "/p", failedAttempt("no"), "RetriesExhausted")
	r := s.run("deadletters", "redrive", id)
	if r.exit == 0 || !strings.Contains(r.err, "The event e-1 stays queued") {
		t.Errorf("exit %d, %s", r.exit, r.err)
	}
}

func TestDeadLettersThatAreNone(t *testing.T) {
	s := newStage(t, follows("/p", nil)).remembering()
	id := s.dead("e-1", "/p", failedAttempt("no"), "RetriesExhausted")
	for _, verb := range []string{"redrive", "delete"} {
		r := s.run("deadletters", verb, id, "99")
		r.wantExit(t, ExitNotFound)
		r.wantLine(t, "there is no dead letter 99")
		if _, err := s.store.DeadLetter(t.Context(), 1); err != nil {
			t.Errorf("%s of one that is not there has changed another: %v", verb, err)
		}
		s.run("deadletters", verb).wantExit(t, ExitUsage)
		s.run("deadletters", verb, "-1").wantExit(t, ExitUsage)
	}
	s.run("deadletters", "show", id, id).wantExit(t, ExitUsage)
}

func TestNothingIsRedrivenWhereNothingMayRun(t *testing.T) {
	s := newStage(t, follows("/p", nil)).remembering()
	id := s.dead("e-1", "/p", failedAttempt("x"), "RetriesExhausted")
	r := s.run("deadletters", "redrive", id, "--read-only")
	r.wantExit(t, 2)
	r.wantLine(t, "nothing is redriven: lambent is read-only")
	if letters, err := s.store.DeadLetters(t.Context(), ""); err != nil || len(letters) != 1 {
		t.Errorf("%v, %v", letters, err)
	}
}

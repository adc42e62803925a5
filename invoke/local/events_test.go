//go:build unix

package local

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// A memoryQueue is a queue as the history keeps one, for as long as the test runs.
type memoryQueue struct {
	mu     sync.Mutex
	events []*queued
	full   error // what Enqueue answers, if anything
}

type queued struct {
	invoke.QueuedEvent
	owner string
	until time.Time
}

func (q *memoryQueue) Enqueue(_ context.Context, e invoke.QueuedEvent) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.full != nil {
		return q.full
	}
	q.events = append(q.events, &queued{QueuedEvent: e})
	return nil
}

func (q *memoryQueue) Lease(_ context.Context, project, owner string, now time.Time, term time.Duration) (invoke.QueuedEvent, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.events {
		if e.Project == project && e.State == invoke.EventQueued && !e.NotBefore.After(now) && !e.until.After(now) {
			e.owner, e.until = owner, now.Add(term)
			return e.QueuedEvent, true, nil
		}
	}
	return invoke.QueuedEvent{}, false, nil
}

var errNotHeld = errors.New("another owner has it")

func (q *memoryQueue) held(id, owner string) (*queued, error) {
	for _, e := range q.events {
		if e.ID == id && e.owner == owner {
			return e, nil
		}
	}
	return nil, errNotHeld
}

func (q *memoryQueue) Extend(_ context.Context, id, owner string, until time.Time) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.held(id, owner)
	if err == nil {
		e.until = until
	}
	return err
}

func (q *memoryQueue) Settle(_ context.Context, id, owner string, a invoke.Attempt, v invoke.Verdict) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	e, err := q.held(id, owner)
	if err != nil {
		return err
	}
	e.Attempts = append(slices.Clone(e.Attempts), a)
	if a.Number == 0 {
		e.Attempts = e.Attempts[:len(e.Attempts)-1]
	}
	e.State, e.NotBefore, e.Condition, e.owner, e.until = v.State, v.NotBefore, v.Condition, "", time.Time{}
	for _, d := range v.Deliveries {
		if d.Event != nil {
			q.events = append(q.events, &queued{QueuedEvent: *d.Event})
			d.Event = nil
		}
		e.Deliveries = append(e.Deliveries, d)
	}
	return nil
}

func (q *memoryQueue) NextDue(_ context.Context, project string) (time.Time, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var due time.Time
	for _, e := range q.events {
		at := e.NotBefore
		if e.until.After(at) {
			at = e.until
		}
		if e.State == invoke.EventQueued && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	return due, !due.IsZero(), nil
}

func (q *memoryQueue) Event(_ context.Context, id string) (invoke.QueuedEvent, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.events {
		if e.ID == id {
			return e.QueuedEvent, nil
		}
	}
	return invoke.QueuedEvent{}, errors.New("no such event")
}

func event(q *invoke.Request) { q.Type = invoke.Event }

func queueing(q *memoryQueue, clock float64) option {
	return func(o *Options) { o.Queue, o.EventClock = q, clock }
}

func TestEventRunsInTheBackground(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, does("echo"), queueing(q, 1))
	accepted := f.call(`{"n":1}`, event)
	if accepted.StatusCode != 202 || len(accepted.Payload) != 0 || accepted.ExecutedVersion != "" || accepted.Log != nil {
		t.Errorf("accepted with %+v", accepted)
	}
	var attempts []int
	r, err := f.Follow(context.Background(), accepted.RequestID, func(p invoke.Progress) {
		if p.Kind == invoke.ProgressAttempt {
			attempts = append(attempts, p.Attempt)
		}
	})
	if err != nil || r.RequestID != accepted.RequestID || string(r.Payload) != `{"n":1}` || r.Failure != nil || !slices.Equal(attempts, []int{1}) {
		t.Errorf("followed to %+v, %v, attempts %v", r, err, attempts)
	}
}

func TestEventOfAFailingFunctionIsRetriedTwice(t *testing.T) {
	t.Parallel()
	q := &memoryQueue{}
	f := open(t, does("fail"), queueing(q, 3000))
	id := f.call("{}", event).RequestID
	var failures []string
	r, err := f.Follow(context.Background(), id, func(p invoke.Progress) {
		if p.Kind == invoke.ProgressAttempt {
			failures = append(failures, nameOf(p.Failure))
		}
	})
	if err != nil || nameOf(r.Failure) != "ValueError" || !slices.Equal(failures, []string{"ValueError", "ValueError", "ValueError"}) {
		t.Errorf("followed to %+v, %v, attempts %q", r, err, failures)
	}
	e, _ := q.Event(context.Background(), id)
	if e.State != invoke.EventDead || e.Condition != "RetriesExhausted" {
		t.Errorf("it is %s, %s", e.State, e.Condition)
	}
	for i, a := range e.Attempts {
		if a.Number != i+1 || a.Result.RequestID != id || !a.Counts || len(a.Result.Log) == 0 {
			t.Errorf("attempt %d is %+v", i, a)
		}
	}
}

func TestAQualifierHasAnEventConfigurationOfItsOwn(t *testing.T) {
	t.Parallel()
	q := &memoryQueue{}
	f := open(t, does("fail"), queueing(q, 3000))
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.PutAlias(t.Context(), "f", "once", "1", "", nil); err != nil {
		t.Fatal(err)
	}
	none := 0
	if _, err := f.PutEventInvokeConfig(t.Context(), "f", "once", &invoke.EventInvokeConfig{MaximumRetryAttempts: &none}); err != nil {
		t.Fatal(err)
	}
	for qualifier, attempts := range map[string]int{"once": 1, "1": 3, "": 3} {
		id := f.call("{}", event, func(r *invoke.Request) { r.Qualifier = qualifier }).RequestID
		if _, err := f.Follow(context.Background(), id, nil); err != nil {
			t.Fatal(err)
		}
		if e, _ := q.Event(context.Background(), id); len(e.Attempts) != attempts || e.State != invoke.EventDead {
			t.Errorf("by %q: %d attempts, %s", qualifier, len(e.Attempts), e.State)
		}
	}
	if _, err := f.EventInvokeConfig(t.Context(), "f", "1"); err == nil {
		t.Error("version 1 has what was said of the alias")
	}
}

func TestNothingIsAcceptedThatIsNotKept(t *testing.T) {
	q := &memoryQueue{full: errors.New("disk full")}
	f := open(t, does("echo"), queueing(q, 1))
	if r, failure := f.refusal("{}", event); failure.Ran != invoke.RanNo || r.StatusCode == 202 {
		t.Errorf("got %d, %+v", r.StatusCode, failure)
	}
	f = open(t, does("echo"))
	if _, failure := f.refusal("{}", event); failure.Ran != invoke.RanNo {
		t.Errorf("without a queue: %+v", failure)
	}
	if _, failure := f.refusal("{x}", event); failure.Name != "InvalidRequestContentException" {
		t.Errorf("JSON is not checked first: %+v", failure)
	}
}

// What another process has accepted, or had leased when it was killed, is run here.
func TestEventsLeftByOthersAreRun(t *testing.T) {
	t.Parallel()
	q := &memoryQueue{}
	f := open(t, does("echo"), queueing(q, 1))
	now := time.Now()
	for _, id := range []string{"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"} {
		_ = q.Enqueue(context.Background(), invoke.QueuedEvent{ID: id, Project: f.Info().Project, Function: "f",
			Request: invoke.Request{Function: "f", Payload: []byte("5"), Type: invoke.Event}, AcceptedAt: now, NotBefore: now, State: invoke.EventQueued})
	}
	q.events[1].owner, q.events[1].until = "killed", now.Add(200*time.Millisecond)
	f.events.start()
	for _, e := range q.events {
		r, err := f.Follow(context.Background(), e.ID, nil)
		if err != nil || string(r.Payload) != "5" {
			t.Errorf("%s: %+v, %v", e.ID, r, err)
		}
	}
}

// An attempt that is interrupted settles nothing, so that it is run again.
func TestInterruptedAttemptIsNotSettled(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, does("hang", within(time.Minute)), queueing(q, 1))
	running := make(chan struct{})
	id := f.call("{}", event).RequestID
	go func() {
		_, _ = f.Follow(context.Background(), id, func(p invoke.Progress) {
			if p.Kind == invoke.ProgressRunning {
				close(running)
			}
		})
	}()
	select {
	case <-running:
	case <-time.After(10 * time.Second):
		t.Fatal("the attempt did not begin")
	}
	f.stopped()
	e, _ := q.Event(context.Background(), id)
	if e.State != invoke.EventQueued || len(e.Attempts) != 0 {
		t.Errorf("it is %s with %d attempts", e.State, len(e.Attempts))
	}
	// The next lambent need not wait for the lease to end.
	if _, ok, _ := q.Lease(t.Context(), e.Project, "another", time.Now().Add(time.Millisecond), time.Minute); !ok {
		t.Error("the lease was not given back")
	}
}

func TestVerdicts(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	failed := invoke.Attempt{Number: 1, Counts: true, Result: invoke.Result{FunctionError: "Unhandled"}}
	throttle := invoke.Attempt{Number: 1, Refused: throttled("ConcurrentInvocationLimitExceeded")}
	gone := invoke.Attempt{Number: 1, Counts: true, Refused: invoke.FunctionNotFound("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST")}
	none, zero := 0, 0
	for _, c := range []struct {
		what    string
		change  func(*project.Function)
		clock   float64
		before  []invoke.Attempt
		last    invoke.Attempt
		elapsed time.Duration
		want    invoke.Verdict
	}{
		{"success", nil, 1, nil, invoke.Attempt{Number: 1, Counts: true}, 0, invoke.Verdict{State: invoke.EventDone}},
		{"first failure", nil, 1, nil, failed, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(time.Minute)}},
		{"second failure", nil, 1, []invoke.Attempt{failed}, failed, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(2 * time.Minute)}},
		{"third failure", nil, 1, []invoke.Attempt{failed, failed}, failed, 0, invoke.Verdict{State: invoke.EventDead, Condition: "RetriesExhausted"}},
		{"a faster clock", nil, 60, nil, failed, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(time.Second)}},
		{"no retries", events(func(c *invoke.EventInvokeConfig) { c.MaximumRetryAttempts = &none }), 1, nil, failed, 0, invoke.Verdict{State: invoke.EventDead, Condition: "RetriesExhausted"}},
		{"throttled", nil, 1, nil, throttle, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(time.Second)}},
		{"throttled again", nil, 1, []invoke.Attempt{throttle, throttle}, throttle, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(4 * time.Second)}},
		{"throttled for long", nil, 1, slices.Repeat([]invoke.Attempt{throttle}, 20), throttle, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(300 * time.Second)}},
		{"throttles use up no retry", nil, 1, []invoke.Attempt{throttle, failed, throttle}, failed, 0, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(2 * time.Minute)}},
		{"too old", events(func(c *invoke.EventInvokeConfig) { c.MaximumEventAge = time.Minute }), 1, nil, failed, time.Second, invoke.Verdict{State: invoke.EventDead, Condition: "EventAgeExceeded"}},
		{"too old on a faster clock", events(func(c *invoke.EventInvokeConfig) { c.MaximumEventAge = 2 * time.Minute }), 60, nil, failed, 2 * time.Second, invoke.Verdict{State: invoke.EventDead, Condition: "EventAgeExceeded"}},
		{"function removed", nil, 1, nil, gone, 0, invoke.Verdict{State: invoke.EventDead, Condition: "RetriesExhausted"}},
		{"redriven", nil, 1, []invoke.Attempt{failed, failed, failed}, failed, 7 * time.Hour, invoke.Verdict{State: invoke.EventQueued, NotBefore: start.Add(time.Minute)}},
		{"not run", nil, 1, nil, invoke.Attempt{}, 0, invoke.Verdict{State: invoke.EventDead, Condition: "EventAgeExceeded"}},
		{"no concurrency", func(fn *project.Function) { fn.ReservedConcurrency = &zero }, 1, nil, throttle, 0, invoke.Verdict{State: invoke.EventDead, Condition: "ZeroReservedConcurrency"}},
	} {
		var fn project.Function
		if c.change != nil {
			c.change(&fn)
		}
		rule := retryRule{clock: c.clock, retries: defaultRetries, age: defaultEventAge}
		rule.of(fn, fn.EventInvoke["$LATEST"])
		event := invoke.QueuedEvent{AcceptedAt: start.Add(-c.elapsed), Attempts: c.before}
		if c.what == "redriven" {
			event.RedrivenAt, event.Earlier = start, len(c.before)
		}
		got := rule.verdict(event, c.last, start)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}

// An attempt that is throttled goes back to the queue and uses up no retry (spec §6.1).
func TestThrottledAttemptsArePutBack(t *testing.T) {
	q := &memoryQueue{}
	none := 0
	f := open(t, []project.Function{
		function("f", "echo", events(func(c *invoke.EventInvokeConfig) { c.MaximumRetryAttempts = &none })), function("g", "hang", within(time.Minute)),
	}, queueing(q, 100), func(o *Options) { o.Concurrency = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	running := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = f.Invoke(ctx, invoke.Request{Function: "g"}, func(p invoke.Progress) {
			if p.Kind == invoke.ProgressRunning {
				close(running)
			}
		})
	}()
	select {
	case <-running:
	case <-time.After(20 * time.Second):
		t.Fatal("what takes the only place does not run")
	}
	id := f.call("7", event).RequestID
	eventually(t, "two attempts that were throttled", 20*time.Second, func() bool {
		e, _ := q.Event(t.Context(), id)
		return len(e.Attempts) >= 2
	})
	cancel()
	<-ended
	r, err := f.Follow(t.Context(), id, nil)
	if err != nil || string(r.Payload) != "7" {
		t.Fatalf("%+v, %v", r, err)
	}
	e, _ := q.Event(t.Context(), id)
	last := len(e.Attempts) - 1
	for i, a := range e.Attempts[:last] {
		if a.Counts || nameOf(a.Refused) != "TooManyRequestsException" || a.Refused.Reason != "ConcurrentInvocationLimitExceeded" {
			t.Errorf("attempt %d: %+v", i+1, a)
		}
	}
	if a := e.Attempts[last]; e.State != invoke.EventDone || !a.Counts || a.Refused != nil {
		t.Errorf("it is %s, its last attempt %+v", e.State, a)
	}
}

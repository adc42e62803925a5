package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const project = "/src/shop"

func queued(id string, at time.Time) invoke.QueuedEvent {
	return invoke.QueuedEvent{ID: id, Project: project, Info: localInfo, Function: "orders", AcceptedAt: at, NotBefore: at,
		Request: invoke.Request{Function: "orders:live", Type: invoke.Event, Payload: []byte(`{"id":"` + id + `"}`), RecordUID: "uid-" + id, Door: invoke.DoorEndpoint}}
}

func attempt(n int, response string) invoke.Attempt {
	return invoke.Attempt{Number: n, Counts: true, Result: invoke.Result{StatusCode: 200, Payload: []byte(response), Log: []byte("log of " + response),
		LogTail: []byte(response), RequestID: "r", StartedAt: time.Unix(1_800_000_000, 0), Duration: time.Duration(n) * time.Second}}
}

// An event goes through its states, and its record in the list with it.
func TestEventLife(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	t0 := time.Unix(1_800_000_000, 0)
	ev := queued("e-1", t0)
	if err := s.Enqueue(ctx, ev); err != nil {
		t.Fatal(err)
	}
	if err := s.Enqueue(ctx, ev); err == nil {
		t.Error("the same id was accepted twice")
	}
	sum := list(t, s, "is:queued")[0]
	if sum.StatusCode != 202 || sum.State != StateQueued || sum.Type != invoke.Event || sum.UID != "uid-e-1" || sum.Qualifier != "live" || sum.RequestID != "e-1" {
		t.Errorf("queued row is %+v", sum)
	}
	if _, ok, err := s.Lease(ctx, project, "a", t0.Add(-time.Second), time.Minute); ok || err != nil {
		t.Errorf("leased before it was due: %v", err)
	}
	if _, ok, err := s.Lease(ctx, "/another", "a", t0, time.Minute); ok || err != nil {
		t.Errorf("leased by another project: %v", err)
	}
	got, ok, err := s.Lease(ctx, project, "a", t0, time.Minute)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	want := ev
	want.State = invoke.EventQueued
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("leased event (-want +got):\n%s", diff)
	}
	if _, ok, _ := s.Lease(ctx, project, "b", t0, time.Minute); ok {
		t.Error("leased by two")
	}
	if at, ok, err := s.NextDue(ctx, project); err != nil || !ok || !at.Equal(t0.Add(time.Minute)) {
		t.Errorf("next due at %v, %v, %v", at, ok, err)
	}
	if err := s.Extend(ctx, "e-1", "b", t0); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("extended by another: %v", err)
	}
	if err := s.Extend(ctx, "e-1", "a", t0.Add(2*time.Minute)); err != nil {
		t.Error(err)
	}
}

// Only who holds the lease settles an event, and every attempt is kept.
func TestSettle(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	t0 := time.Unix(1_800_000_000, 0)
	if err := s.Enqueue(ctx, queued("e-1", t0)); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Lease(ctx, project, "a", t0, time.Minute); !ok {
		t.Fatal(err)
	}
	failure := &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Ran: invoke.RanYes}
	first := attempt(1, "first answer")
	first.Result.FunctionError, first.Result.Failure = "Unhandled", failure
	if err := s.Settle(ctx, "e-1", "a", first, invoke.Verdict{State: invoke.EventQueued, NotBefore: t0.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if sum := list(t, s, "is:queued")[0]; sum.FailureName != "ValueError" || sum.Attempts != 1 {
		t.Errorf("row after one attempt is %+v", sum)
	}
	if err := s.Settle(ctx, "e-1", "a", first, invoke.Verdict{State: invoke.EventDone}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("settled without a lease: %v", err)
	}
	if _, ok, _ := s.Lease(ctx, project, "a", t0.Add(time.Hour), time.Minute); !ok {
		t.Fatal("not due again")
	}
	// The lease ends without a verdict: another takes over, and the first can't settle.
	if got, ok, err := s.Lease(ctx, project, "b", t0.Add(time.Hour+time.Minute), time.Minute); err != nil || !ok || len(got.Attempts) != 1 {
		t.Fatalf("after the lease ended: %v %v %+v", ok, err, got.Attempts)
	}
	if err := s.Settle(ctx, "e-1", "a", attempt(2, "late"), invoke.Verdict{State: invoke.EventDone}); !errors.Is(err, ErrLeaseLost) {
		t.Errorf("settled by who lost the lease: %v", err)
	}
	refused := invoke.Attempt{Number: 2, Refused: &invoke.Failure{Kind: invoke.ServiceFailure, Name: "TooManyRequestsException"}}
	if err := s.Settle(ctx, "e-1", "b", refused, invoke.Verdict{State: invoke.EventDead, Condition: "EventAgeExceeded"}); err != nil {
		t.Fatal(err)
	}
	e, err := s.EntryByUID(ctx, "uid-e-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]invoke.Attempt{first, refused}, e.Attempts, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if e.State != StateDead || e.Condition != "EventAgeExceeded" || e.Failure == nil || e.Failure.Name != "TooManyRequestsException" || e.Result.StatusCode != 202 {
		t.Errorf("dead letter is %+v", e)
	}
	if got, err := s.Event(ctx, "e-1"); err != nil || got.State != invoke.EventDead || len(got.Attempts) != 2 || got.Condition != "EventAgeExceeded" {
		t.Errorf("event is %+v, %v", got, err)
	}
	if len(list(t, s, "is:dead \"first answer\"")) != 1 {
		t.Error("the first attempt's answer is not found")
	}
	if _, ok, err := s.NextDue(ctx, project); ok || err != nil {
		t.Errorf("something is due: %v", err)
	}
	if _, err := s.Event(ctx, "nothing"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// An event that is given up on without having run has no attempt.
func TestSettleWithoutAttempt(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	if err := s.Enqueue(ctx, queued("e-1", time.Unix(1, 0))); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.Lease(ctx, project, "a", time.Unix(2, 0), time.Minute); !ok {
		t.Fatal(err)
	}
	if err := s.Settle(ctx, "e-1", "a", invoke.Attempt{}, invoke.Verdict{State: invoke.EventDead, Condition: "EventAgeExceeded"}); err != nil {
		t.Fatal(err)
	}
	ev, err := s.Event(ctx, "e-1")
	if err != nil || len(ev.Attempts) != 0 || ev.State != invoke.EventDead {
		t.Errorf("%+v, %v", ev, err)
	}
	if sum := list(t, s, "is:dead")[0]; sum.Attempts != 0 {
		t.Errorf("%+v", sum)
	}
}

// Without a record's name an event runs like any other, is in no list, and is
// gone with its bytes once it was settled and the store closed.
func TestEventWithoutHistory(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ev := queued("e-1", time.Unix(1, 0))
	ev.Request.RecordUID = ""
	if err := s.Enqueue(ctx, ev); err != nil {
		t.Fatal(err)
	}
	got, ok, err := s.Lease(ctx, project, "a", time.Unix(2, 0), time.Minute)
	if err != nil || !ok || string(got.Request.Payload) != string(ev.Request.Payload) || got.Request.RecordUID != "" {
		t.Fatalf("%+v %v %v", got, ok, err)
	}
	if len(list(t, s, "")) != 0 {
		t.Error("it is in the list")
	}
	if err := s.Settle(ctx, "e-1", "a", attempt(1, "x"), invoke.Verdict{State: invoke.EventDone}); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Event(ctx, "e-1"); err != nil || got.State != invoke.EventDone || len(got.Attempts) != 1 {
		t.Errorf("who follows it does not see the end: %+v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, dir).Event(ctx, "e-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

// Deleting the record of a queued event takes it from the list, not from the queue.
func TestDeleteOfAQueuedEvent(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	if err := s.Enqueue(ctx, queued("e-1", time.Unix(1, 0))); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(ctx, list(t, s, "")[0].ID); err != nil {
		t.Fatal(err)
	}
	if len(list(t, s, "")) != 0 {
		t.Error("it is still in the list")
	}
	if got, ok, err := s.Lease(ctx, project, "a", time.Unix(2, 0), time.Minute); err != nil || !ok || len(got.Request.Payload) == 0 {
		t.Errorf("it is lost: %v %v", ok, err)
	}
}

// The recorder finds the record that Enqueue made, and makes no second one.
func TestRecorderOfAnEvent(t *testing.T) {
	s := open(t, t.TempDir())
	target := &fakeTarget{info: localInfo, answer: func(ctx context.Context, req invoke.Request) (invoke.Result, error) {
		ev := queued("e-1", time.Now())
		ev.Request = req
		return invoke.Result{StatusCode: 202, RequestID: "e-1"}, s.Enqueue(ctx, ev)
	}}
	id := invokeOne(t, s, target, invoke.Request{Function: "orders", Type: invoke.Event, Payload: []byte("{}")})
	if page := list(t, s, ""); len(page) != 1 || page[0].ID != id || page[0].State != StateQueued {
		t.Errorf("list is %+v", page)
	}
}

// A model of the queue: what it must do, written down in the simplest way.
type modelEvent struct {
	due, leased time.Time
	owner       string
	attempts    int
	state       invoke.EventState
}

// Random operations by several owners on two open stores do what the model does.
func TestQueueAgainstModel(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	stores := []*Store{open(t, dir), open(t, dir)}
	r := rand.New(rand.NewSource(3))
	model := map[string]*modelEvent{}
	now := time.Unix(1_800_000_000, 0)
	pick := func() string { return fmt.Sprintf("e-%d", r.Intn(len(model)+2)) }
	for i := range 1500 {
		s, owner := stores[r.Intn(2)], string(rune('a'+r.Intn(3)))
		now = now.Add(time.Duration(r.Intn(20)) * time.Second)
		switch r.Intn(6) {
		case 0:
			id := pick()
			err := s.Enqueue(ctx, queued(id, now))
			if (err == nil) != (model[id] == nil) {
				t.Fatalf("step %d: enqueue %s: %v", i, id, err)
			}
			if err == nil {
				model[id] = &modelEvent{due: now, state: invoke.EventQueued}
			}
		case 1, 2:
			ev, ok, err := s.Lease(ctx, project, owner, now, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			checkLease(t, i, model, ev, ok, now)
			if ok {
				m := model[ev.ID]
				m.owner, m.leased = owner, now.Add(time.Minute)
			}
		case 3:
			id := pick()
			err := s.Extend(ctx, id, owner, now.Add(time.Minute))
			m := model[id]
			mine := m != nil && m.state == invoke.EventQueued && m.owner == owner
			if (err == nil) != mine {
				t.Fatalf("step %d: extend %s by %s: %v", i, id, owner, err)
			}
			if mine {
				m.leased = now.Add(time.Minute)
			}
		case 4, 5:
			id := pick()
			v := invoke.Verdict{State: []invoke.EventState{invoke.EventQueued, invoke.EventDone, invoke.EventDead}[r.Intn(3)], NotBefore: now.Add(time.Minute)}
			m := model[id]
			mine := m != nil && m.state == invoke.EventQueued && m.owner == owner
			n := 1
			if mine {
				n = m.attempts + 1
			}
			err := s.Settle(ctx, id, owner, attempt(n, "r"), v)
			if (err == nil) != mine {
				t.Fatalf("step %d: settle %s by %s: %v", i, id, owner, err)
			}
			if mine {
				*m = modelEvent{due: v.NotBefore, attempts: n, state: v.State}
			}
		}
	}
	for id, m := range model {
		ev, err := stores[0].Event(ctx, id)
		if err != nil || ev.State != m.state || len(ev.Attempts) != m.attempts {
			t.Errorf("%s is %v with %d attempts (%v), not %v with %d", id, ev.State, len(ev.Attempts), err, m.state, m.attempts)
		}
	}
	if len(list(t, stores[1], "")) != len(model) {
		t.Error("not every event has its record")
	}
}

// checkLease says whether what was leased is what is due the longest.
func checkLease(t *testing.T, step int, model map[string]*modelEvent, ev invoke.QueuedEvent, ok bool, now time.Time) {
	t.Helper()
	var due []time.Time
	for _, m := range model {
		if m.state == invoke.EventQueued && !m.due.After(now) && !m.leased.After(now) {
			due = append(due, m.due)
		}
	}
	if ok != (len(due) > 0) {
		t.Fatalf("step %d: leased %v although %d are due", step, ok, len(due))
	}
	if !ok {
		return
	}
	m := model[ev.ID]
	if m.state != invoke.EventQueued || m.leased.After(now) || len(ev.Attempts) != m.attempts {
		t.Fatalf("step %d: leased %s, which is %+v", step, ev.ID, *m)
	}
	if oldest := slices.MinFunc(due, time.Time.Compare); !m.due.Equal(oldest) {
		t.Fatalf("step %d: leased %s due at %v before one due at %v", step, ev.ID, m.due, oldest)
	}
}

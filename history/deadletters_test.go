package history

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

// die makes an event a dead letter and returns the id of its record.
func die(t *testing.T, s *Store, ev invoke.QueuedEvent, a invoke.Attempt, condition string, deliveries ...invoke.Delivery) int64 {
	t.Helper()
	ctx := context.Background()
	if err := s.Enqueue(ctx, ev); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := s.Lease(ctx, project, "me", ev.NotBefore, time.Minute); !ok || got.ID != ev.ID {
		t.Fatal(got.ID, ok, err)
	}
	if err := s.Settle(ctx, ev.ID, "me", a, invoke.Verdict{State: invoke.EventDead, Condition: condition, Deliveries: deliveries}); err != nil {
		t.Fatal(err)
	}
	letters, err := s.DeadLetters(ctx, "")
	if err != nil || len(letters) == 0 || letters[0].RequestID != ev.ID {
		t.Fatalf("dead letters are %+v, %v", letters, err)
	}
	return letters[0].ID
}

func failed(n int, response string) invoke.Attempt {
	a := attempt(n, response)
	a.Result.FunctionError = "Unhandled"
	a.Result.Failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Message: "boom", Ran: invoke.RanYes}
	return a
}

func destined(id, body string) invoke.Delivery {
	next := queued(id, time.Unix(1_800_000_100, 0))
	next.Request = invoke.Request{Function: "audit", Type: invoke.Event, Payload: []byte(body)}
	next.Function = "audit"
	return invoke.Delivery{Kind: invoke.DeliveryFailure, Destination: "arn:aws:lambda:us-east-1:123456789012:function:audit",
		At: time.Unix(1_800_000_100, 0), Body: []byte(body), RequestID: id, Event: &next}
}

// wholeBytes compares bodies as one, not byte by byte.
var wholeBytes = cmp.Comparer(bytes.Equal)

// What an outcome sends on is kept with it, and the event that it queues is in the queue
// and in the list from the same moment on.
func TestDeliveriesAreKeptAndQueued(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir)
	letter := invoke.Delivery{Kind: invoke.DeliveryDeadLetterQueue, Destination: "arn:aws:sqs:us-east-1:123456789012:q", At: time.Unix(1_800_000_100, 0),
		Body: []byte("\xff not UTF-8"), Problem: "Nothing was sent.", Attributes: []invoke.Attribute{{Name: "ErrorMessage", Type: "String", Value: "b\xffm"}}}
	big := destined("e-2", `"`+strings.Repeat("record ", 1+maxInline/7)+`"`)
	die(t, s, queued("e-1", time.Unix(1_800_000_000, 0)), failed(1, "no"), invoke.RetriesExhausted, big, letter)
	big.Event = nil
	want := []invoke.Delivery{big, letter}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	ev, err := s.Event(ctx, "e-1")
	if diff := cmp.Diff(want, ev.Deliveries, wholeBytes); diff != "" || err != nil {
		t.Errorf("%v, deliveries of the event (-want +got):\n%s", err, diff)
	}
	e, err := s.EntryByUID(ctx, "uid-e-1")
	if diff := cmp.Diff(want, e.Deliveries, wholeBytes); diff != "" || err != nil {
		t.Errorf("%v, deliveries of the record (-want +got):\n%s", err, diff)
	}
	next, ok, err := s.Lease(ctx, project, "me", time.Unix(1_800_000_200, 0), time.Minute)
	if err != nil || !ok || next.ID != "e-2" || next.Function != "audit" || !bytes.Equal(next.Request.Payload, big.Body) || next.Request.RecordUID == "" {
		t.Errorf("the destination's event is %s, %v, %v", next.ID, ok, err)
	}
	if rows := list(t, s, "fn:audit is:queued"); len(rows) != 1 || rows[0].RequestID != "e-2" {
		t.Errorf("in the list it is %+v", rows)
	}
}

// Who has lost the lease delivers nothing.
func TestLostLeaseDeliversNothing(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	if err := s.Enqueue(ctx, queued("e-1", time.Unix(1, 0))); err != nil {
		t.Fatal(err)
	}
	err := s.Settle(ctx, "e-1", "nobody", failed(1, "no"), invoke.Verdict{State: invoke.EventDead, Deliveries: []invoke.Delivery{destined("e-2", "{}")}})
	if !errors.Is(err, ErrLeaseLost) {
		t.Errorf("settled: %v", err)
	}
	if _, err := s.Event(ctx, "e-2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("queued: %v", err)
	}
}

// What was not to be recorded sends on nothing that is.
func TestDeliveriesOfWhatIsNotRecorded(t *testing.T) {
	s := open(t, t.TempDir())
	ev := queued("e-1", time.Unix(1_800_000_000, 0))
	ev.Request.RecordUID = ""
	die(t, s, ev, failed(1, "no"), invoke.RetriesExhausted, destined("e-2", "{}"))
	if rows := list(t, s, ""); len(rows) != 0 {
		t.Errorf("the list has %+v", rows)
	}
	if next, err := s.Event(context.Background(), "e-2"); err != nil || next.Request.RecordUID != "" {
		t.Errorf("the destination's event is %+v, %v", next, err)
	}
}

func TestDeadLettersAreListed(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	if got, err := s.DeadLetters(ctx, ""); len(got) != 0 || err != nil {
		t.Errorf("in an empty store: %v, %v", got, err)
	}
	t0 := time.Unix(1_800_000_000, 0)
	first := die(t, s, queued("e-1", t0), failed(1, "first"), invoke.RetriesExhausted)
	second := die(t, s, queued("e-2", t0), invoke.Attempt{}, invoke.EventAgeExceeded)
	got, err := s.DeadLetters(ctx, project)
	if err != nil || len(got) != 2 || got[0].ID != second || got[1].ID != first {
		t.Fatalf("they are %+v, %v", got, err)
	}
	if d := got[1]; d.Function != "orders" || d.Qualifier != "live" || d.Attempts != 1 || d.Condition != "RetriesExhausted" || d.Failure.Name != "ValueError" || !d.AcceptedAt.Equal(t0) || d.Project != project {
		t.Errorf("the first is %+v", d)
	}
	if d := got[0]; d.Attempts != 0 || d.Condition != "EventAgeExceeded" || d.Failure.Name != "EventAgeExceeded" || d.Failure.Ran != invoke.RanNo {
		t.Errorf("the second is %+v", d)
	}
	if got, err := s.DeadLetters(ctx, "/another"); len(got) != 0 || err != nil {
		t.Errorf("another project has %v, %v", got, err)
	}
	// Deleting the record takes it from the list, not from the dead letters.
	if err := s.Delete(ctx, first); err != nil {
		t.Fatal(err)
	}
	d, err := s.DeadLetter(ctx, first)
	if err != nil || string(d.Event.Request.Payload) != `{"id":"e-1"}` || len(d.Event.Attempts) != 1 || d.Event.State != invoke.EventDead {
		t.Errorf("it is %+v, %v", d, err)
	}
	if _, err := s.DeadLetter(ctx, 99); !errors.Is(err, invoke.ErrNoDeadLetter) {
		t.Errorf("99: %v", err)
	}
}

func TestRedrive(t *testing.T) {
	ctx := context.Background()
	now := time.Unix(1_900_000_000, 0)
	s, err := Open(t.TempDir(), Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	t0 := time.Unix(1_800_000_000, 0)
	id := die(t, s, queued("e-1", t0), failed(1, "first"), invoke.RetriesExhausted, destined("e-2", "{}"))
	// All or none, and nothing that is no dead letter.
	if err := s.Redrive(ctx, id, 99); !errors.Is(err, invoke.ErrNoDeadLetter) || !strings.Contains(err.Error(), "99") {
		t.Errorf("with one that there is not: %v", err)
	}
	if got, _ := s.DeadLetters(ctx, ""); len(got) != 1 {
		t.Fatalf("one of two was redriven: %+v", got)
	}
	if err := s.Redrive(ctx, id, id); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.DeadLetters(ctx, ""); len(got) != 0 {
		t.Errorf("still dead: %+v", got)
	}
	if err := s.Redrive(ctx, id); !errors.Is(err, invoke.ErrNoDeadLetter) {
		t.Errorf("redriven twice: %v", err)
	}
	if rows := list(t, s, "is:queued fn:orders"); len(rows) != 1 || rows[0].Attempts != 1 {
		t.Errorf("in the list: %+v", rows)
	}
	if _, _, err := s.Lease(ctx, project, "other", t0.Add(time.Hour), 2*now.Sub(t0)); err != nil { // the destination's
		t.Fatal(err)
	}
	ev, ok, err := s.Lease(ctx, project, "me", now, time.Minute)
	if err != nil || !ok || ev.ID != "e-1" || !ev.RedrivenAt.Equal(now) || ev.Earlier != 1 || len(ev.Attempts) != 1 || len(ev.Tried()) != 0 ||
		ev.Condition != "" || !ev.AcceptedAt.Equal(t0) || !ev.Since().Equal(now) || len(ev.Deliveries) != 1 {
		t.Fatalf("redriven it is %+v, %v, %v", ev, ok, err)
	}
	if err := s.Settle(ctx, "e-1", "me", attempt(2, "second"), invoke.Verdict{State: invoke.EventDone}); err != nil {
		t.Fatal(err)
	}
	e, err := s.EntryByUID(ctx, "uid-e-1")
	if err != nil || e.State != StateDone || len(e.Attempts) != 2 || string(e.Result.Payload) != "second" || e.Failure != nil {
		t.Errorf("in the end it is %+v, %v", e, err)
	}
}

// Nothing is left of a deleted dead letter, in the database or beside it.
func TestDeleteDeadLetters(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir)
	const secret = "a-secret-that-must-go"
	ev := queued("e-1", time.Unix(1_800_000_000, 0))
	ev.Request.Payload = []byte(`"` + secret + `"`)
	big := failed(1, strings.Repeat(secret, 1+maxInline/len(secret)))
	id := die(t, s, ev, big, invoke.RetriesExhausted, invoke.Delivery{Kind: invoke.DeliveryDeadLetterQueue, Body: ev.Request.Payload})
	alive := queued("e-2", time.Unix(1_800_000_000, 0))
	if err := s.Enqueue(ctx, alive); err != nil {
		t.Fatal(err)
	}
	queuedID := list(t, s, "is:queued")[0].ID
	if err := s.DeleteDeadLetters(ctx, id, queuedID); !errors.Is(err, invoke.ErrNoDeadLetter) {
		t.Errorf("one that waits was deleted: %v", err)
	}
	if _, err := s.DeadLetter(ctx, id); err != nil {
		t.Errorf("one of two was deleted: %v", err)
	}
	if err := s.DeleteDeadLetters(ctx, id); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Event(ctx, "e-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("its event is there: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if b, _ := os.ReadFile(path); bytes.Contains(b, []byte(secret)) {
			t.Errorf("%s still has it", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Secrets are taken out of what is kept, not of what is queued to be run.
func TestDeliveriesAreRedacted(t *testing.T) {
	redact, err := invoke.NewRedactor(invoke.RedactRules{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.TempDir(), Options{Privacy: Privacy{Redact: redact}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const body = `{"password":"hunter22"}`
	die(t, s, queued("e-1", time.Unix(1_800_000_000, 0)), failed(1, "no"), invoke.RetriesExhausted, destined("e-2", body))
	ev, err := s.Event(context.Background(), "e-1")
	if err != nil || len(ev.Deliveries) != 1 || bytes.Contains(ev.Deliveries[0].Body, []byte("hunter22")) {
		t.Errorf("kept: %s, %v", ev.Deliveries[0].Body, err)
	}
	next, err := s.Event(context.Background(), "e-2")
	if err != nil || string(next.Request.Payload) != body {
		t.Errorf("queued: %s, %v", next.Request.Payload, err)
	}
}

// Events that were queued before there were deliveries go on.
func TestEventsOfTheFormatBefore(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	old, err := Open(dir, Options{steps: migrations[:2]})
	if err != nil {
		t.Fatal(err)
	}
	// This lambent writes a column that came later.
	later := func(statement string) {
		if err := old.write.do(func(t *tx) error { _, err := t.exec(statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
	later(format4 + format5)
	if err := old.Enqueue(ctx, queued("e-1", time.Unix(1, 0))); err != nil {
		t.Fatal(err)
	}
	later(`ALTER TABLE invocations DROP COLUMN event; ALTER TABLE invocations DROP COLUMN door; ALTER TABLE invocations DROP COLUMN injected`)
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	if ev, ok, err := s.Lease(ctx, project, "me", time.Unix(2, 0), time.Minute); err != nil || !ok || ev.ID != "e-1" || ev.Earlier != 0 || !ev.RedrivenAt.IsZero() {
		t.Errorf("it is %+v, %v, %v", ev, ok, err)
	}
}

package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
)

// A call on AWS is in history before it is sent, and others see that it runs.
func TestAWSCallIsRecordedBeforeItIsSent(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir), open(t, dir)
	target := ok(awsInfo, "{\"answer\":1}")
	answer := target.answer
	target.answer = func(ctx context.Context, req invoke.Request) (invoke.Result, error) {
		page := list(t, other, "is:running payload-of-it")
		if len(page) != 1 || page[0].State != StateRunning || page[0].UID != req.RecordUID {
			t.Errorf("while it runs there is %+v", page)
		}
		return answer(ctx, req)
	}
	id := invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: []byte(`"payload-of-it"`)})
	page := list(t, other, "")
	if len(page) != 1 || page[0].ID != id || page[0].State != StateDone || page[0].StatusCode != 200 || page[0].ResponseSize != 12 {
		t.Errorf("afterwards there is %+v", page)
	}
	settled(t, s)
	if len(list(t, other, "answer is:ok")) != 1 || len(list(t, other, "is:running")) != 0 {
		t.Error("the index does not know the answer")
	}
}

// A call that was refused, cancelled or broke the contract is history as well,
// and the error is the target's own.
func TestFailuresAreRecorded(t *testing.T) {
	s := open(t, t.TempDir())
	strange := errors.New("no *Failure at all")
	for _, want := range []error{
		&invoke.Failure{Kind: invoke.ServiceFailure, Name: "TooManyRequestsException", Status: 429, Ran: invoke.RanNo, Message: "Rate Exceeded."},
		&invoke.Failure{Kind: invoke.ClientFailure, Name: "Cancelled", Ran: invoke.RanUnknown, Err: context.Canceled},
		strange,
	} {
		for _, info := range []invoke.TargetInfo{localInfo, awsInfo} {
			ctx, cancel := context.WithCancel(context.Background())
			target := &fakeTarget{info: info, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
				cancel() // the person gives up while it runs
				return invoke.Result{StatusCode: 429}, want
			}}
			res, err := s.Recorder(target).Invoke(ctx, invoke.Request{Function: "orders"}, nil)
			if err != want || res.HistoryID == 0 || target.calls != 1 {
				t.Fatalf("%v: %v, %d calls, %v", want, err, target.calls, res.Notes)
			}
			e, err := s.Entry(context.Background(), res.HistoryID)
			if err != nil || e.State != StateDone || e.Failure == nil || e.Result.Failure != nil {
				t.Fatalf("%v: %+v, %v", want, e, err)
			}
			if f, ok := want.(*invoke.Failure); ok {
				if diff := cmp.Diff(f, e.Failure, sameErrors); diff != "" {
					t.Error(diff)
				}
			} else if e.Failure.Message != strange.Error() {
				t.Errorf("%+v", e.Failure)
			}
		}
	}
}

// Whatever the store does, the call is made once and its answer is the target's.
// A row says by which door a call came in and that it was made to fail, also when it was
// written before the call was sent.
func TestRowsSayWhoCalledAndWhatWasInjected(t *testing.T) {
	for _, info := range []invoke.TargetInfo{localInfo, awsInfo} {
		s := open(t, t.TempDir())
		faults := invoke.NewFaults(ok(info, "1"), invoke.FaultOptions{})
		target := s.Recorder(faults)
		for _, armed := range []bool{false, true} {
			if armed {
				faults.Arm(invoke.InjectedFault{Function: "*", Name: "ServiceException", Share: 1})
			}
			_, err := target.Invoke(t.Context(), invoke.Request{Function: "orders", Door: invoke.DoorEndpoint}, nil)
			row := list(t, s, "")[0]
			if (err != nil) != armed || row.Injected != armed || row.Door != invoke.DoorEndpoint {
				t.Errorf("%s, armed %v: %v, %+v", info.Kind, armed, err, row)
			}
		}
	}
}

func TestClosedStoreDoesNotStopCalls(t *testing.T) {
	for _, info := range []invoke.TargetInfo{localInfo, awsInfo} {
		var heard []error
		s, err := Open(t.TempDir(), Options{OnError: func(err error) { heard = append(heard, err) }})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		target := ok(info, "answer")
		res, err := s.Recorder(target).Invoke(context.Background(), invoke.Request{Function: "orders"}, nil)
		if err != nil || string(res.Payload) != "answer" || target.calls != 1 {
			t.Errorf("%v, %q, %d calls", err, res.Payload, target.calls)
		}
		if res.HistoryID != 0 || len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "not in history") || len(heard) != 1 {
			t.Errorf("said %q, heard %v", res.Notes, heard)
		}
	}
}

func TestRecorderIsTransparent(t *testing.T) {
	s := open(t, t.TempDir())
	target := ok(localInfo, "")
	r := s.Recorder(target)
	if inner, ok := invoke.As[*fakeTarget](r); !ok || inner != target {
		t.Error("it hides its target")
	}
	if r.Info() != localInfo {
		t.Error("it is another target")
	}
	for f, err := range r.Functions(context.Background()) {
		if err != nil || f.Name != "orders" {
			t.Error(f, err)
		}
	}
	if q, err := r.Qualifiers(context.Background(), "orders"); err != nil || len(q) != 1 {
		t.Error(q, err)
	}
}

// Callers that come while a commit is under way share the next one.
func TestGroupCommit(t *testing.T) {
	s := open(t, t.TempDir())
	invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"}) // the target's row is written apart
	s.index.stop()
	var commits atomic.Int32
	s.write.before = func() error { commits.Add(1); return nil }
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.write.do(func(*tx) error { close(held); <-release; return nil })
	})
	<-held
	const callers = 20
	var failed atomic.Int32
	for n := range callers {
		wg.Go(func() {
			res, _ := s.Recorder(ok(localInfo, "{}")).Invoke(context.Background(), invoke.Request{Function: fmt.Sprintf("f%d", n)}, nil)
			if res.HistoryID == 0 {
				failed.Add(1)
			}
		})
	}
	waitFor(t, "the callers", func() bool {
		s.write.mu.Lock()
		defer s.write.mu.Unlock()
		return len(s.write.waiting) == callers
	})
	close(release)
	wg.Wait()
	if n := commits.Load(); n != 2 || failed.Load() != 0 {
		t.Errorf("%d commits, %d callers without a record", n, failed.Load())
	}
	if n := len(list(t, s, "")); n != callers+1 {
		t.Errorf("%d records", n)
	}
}

// One caller's error in a shared commit is that caller's only.
func TestGroupCommitErrorIsOnes(t *testing.T) {
	s := open(t, t.TempDir())
	held, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		s.write.do(func(*tx) error { close(held); <-release; return nil })
	})
	<-held
	errs := make([]error, 10)
	for n := range errs {
		wg.Go(func() {
			errs[n] = s.write.do(func(t *tx) error {
				if _, err := t.exec(`INSERT INTO state(name, value) VALUES(?, 'x')`, fmt.Sprint(n)); err != nil {
					return err
				}
				if n == 4 {
					return errors.New("this one only")
				}
				return nil
			})
		})
	}
	waitFor(t, "the callers", func() bool {
		s.write.mu.Lock()
		defer s.write.mu.Unlock()
		return len(s.write.waiting) == len(errs)
	})
	close(release)
	wg.Wait()
	for n, err := range errs {
		v, readErr := s.State(context.Background(), fmt.Sprint(n))
		if (err != nil) != (n == 4) || (v == "x") == (n == 4) || readErr != nil {
			t.Errorf("%d: %v, %q", n, err, v)
		}
	}
}

// Two stores on one folder write at the same time without an error.
func TestTwoWriters(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 2 {
		s := open(t, dir)
		wg.Go(func() {
			for range 200 {
				if res, _ := s.Recorder(ok(localInfo, "{}")).Invoke(context.Background(), invoke.Request{Function: "orders"}, nil); res.HistoryID == 0 {
					t.Error(res.Notes)
				}
			}
		})
	}
	wg.Wait()
	if n := len(list(t, open(t, dir), "")); n != 400 {
		t.Errorf("%d of 400 records", n)
	}
}

// What is deleted is in no file any more, and its id is not given again.
func TestDeleteRemovesTheBytes(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	const canary = "canary-7f3a91c2"
	large := []byte(strings.Repeat("x", maxInline) + canary)
	kept := invokeOne(t, s, ok(localInfo, "kept-answer"), invoke.Request{Function: "orders"})
	small := invokeOne(t, s, ok(localInfo, canary), invoke.Request{Function: "orders", Payload: []byte(canary)})
	big := invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders", Payload: large})
	event := settledEvent(t, s, "e-1", invoke.Request{Function: "orders", Payload: []byte(canary)}, func() []byte { return []byte(canary) })
	settled(t, s)
	if !inFiles(t, dir, canary) {
		t.Fatal("the canary is not where it is looked for")
	}
	if err := s.Delete(context.Background(), small, big, event, 1<<40); err != nil {
		t.Fatal(err)
	}
	if inFiles(t, dir, canary) {
		t.Error("deleted bytes are still there")
	}
	if got := ids(list(t, s, "")); len(got) != 1 || got[0] != kept {
		t.Errorf("left: %v", got)
	}
	if len(list(t, s, canary)) != 0 || len(list(t, s, "kept-answer")) != 1 {
		t.Error("the index is wrong")
	}
	if _, err := s.Entry(context.Background(), small); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if next := invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"}); next != event+1 {
		t.Errorf("id %d was given again after %d", next, event)
	}
}

func inFiles(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(text)) {
			found = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestUIDsAreUniqueAndSorted(t *testing.T) {
	now := time.Date(2026, 11, 22, 14, 2, 11, 0, time.UTC)
	a, b := newUID(now), newUID(now)
	later := newUID(now.Add(time.Millisecond))
	if a == b || later <= a || later <= b || len(a) != 36 || a[14] != '7' || a[:8] != "019aabf2" && a[:8] >= "02000000" {
		t.Errorf("%s %s %s", a, b, later)
	}
}

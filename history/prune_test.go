package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// aged opens a store whose clock the test sets, and records one run a day up to now.
func aged(t *testing.T, days int, payload func(day int) []byte, o Options) (*Store, time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	clock := now
	o.Now = func() time.Time { return clock }
	o.OnError = func(err error) { t.Errorf("background: %v", err) }
	s, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	for day := days; day > 0; day-- {
		clock = now.AddDate(0, 0, -day)
		at := clock
		target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			return invoke.Result{StatusCode: 200, Payload: payload(day), StartedAt: at, Duration: 1}, nil
		}}
		invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: []byte(fmt.Sprintf(`{"day":%d}`, day))})
	}
	clock = now
	return s, now
}

func small(int) []byte { return []byte(`{"ok":true}`) }

func idsOf(t *testing.T, s *Store) []int64 {
	t.Helper()
	all, err := s.IDs(context.Background(), Query{})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPruneByAge(t *testing.T) {
	s, _ := aged(t, 10, small, Options{})
	ctx := context.Background()
	if err := s.Pin(ctx, 2, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Accept(ctx, 9, 3); err != nil { // what run 9 is compared with
		t.Fatal(err)
	}
	done, err := s.Prune(ctx, Retention{OlderThan: 5*24*time.Hour + time.Hour})
	if err != nil || done.Runs != 3 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := idsOf(t, s); !slices.Equal(got, []int64{2, 3, 6, 7, 8, 9, 10}) {
		t.Errorf("left: %v", got)
	}
}

func TestPruneKeepsTheNewest(t *testing.T) {
	s, _ := aged(t, 300, small, Options{})
	done, err := s.Prune(context.Background(), Retention{Keep: 7})
	if err != nil || done.Runs != 293 || len(idsOf(t, s)) != 7 || idsOf(t, s)[0] != 294 {
		t.Fatalf("%+v, %v, left %v", done, err, idsOf(t, s))
	}
	if done, err := s.Prune(context.Background(), Retention{Keep: 7}); err != nil || done.Runs != 0 {
		t.Errorf("again: %+v, %v", done, err)
	}
	if done, err := s.Prune(context.Background(), Retention{Keep: 1000}); err != nil || done.Runs != 0 {
		t.Errorf("more than there are: %+v, %v", done, err)
	}
}

// The oldest go until the rest fits, files of large bodies included, and their bytes
// are gone from every file.
func TestPruneBySize(t *testing.T) {
	s, _ := aged(t, 40, func(day int) []byte {
		return append([]byte(fmt.Sprintf("canary-of-day-%02d ", day)), bytes.Repeat([]byte{byte('a' + day%26), byte(day)}, 200_000)...)
	}, Options{})
	const limit = 6 << 20
	done, err := s.Prune(context.Background(), Retention{MaxSize: limit})
	if err != nil {
		t.Fatal(err)
	}
	size, err := s.size(context.Background())
	if err != nil || size > limit || size < limit/2 {
		t.Errorf("%d bytes are left of %d (%v)", size, limit, err)
	}
	if left := idsOf(t, s); len(left) != 40-done.Runs || left[len(left)-1] != 40 {
		t.Errorf("%+v, left %v", done, left)
	}
	err = filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("canary-of-day-40")) {
			t.Errorf("%s still holds a run that was pruned", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// A limit that cannot be reached deletes what may go, and ends.
	if done, err := s.Prune(context.Background(), Retention{MaxSize: 1}); err != nil || len(idsOf(t, s)) != 0 {
		t.Errorf("%+v, %v", done, err)
	}
}

// What is under way or accepted is not old, whatever its age.
func TestPruneLeavesWhatIsNotDone(t *testing.T) {
	s, now := aged(t, 3, small, Options{})
	ctx := context.Background()
	event := invoke.QueuedEvent{ID: "e-1", Project: "/src/shop", Info: localInfo, Function: "orders", AcceptedAt: now.AddDate(0, 0, -9),
		Request: invoke.Request{Function: "orders", Payload: []byte(`{}`), Type: invoke.Event, RecordUID: newUID(now)}}
	if err := s.Enqueue(ctx, event); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan struct{})
	answer := make(chan struct{})
	slow := &fakeTarget{info: awsInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		close(waiting)
		<-answer
		return invoke.Result{StatusCode: 200, StartedAt: now.AddDate(0, 0, -8)}, nil
	}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := s.Recorder(slow).Invoke(ctx, invoke.Request{Function: "orders"}, nil); err != nil {
			t.Error(err)
		}
	}()
	<-waiting
	done, err := s.Prune(ctx, Retention{OlderThan: time.Nanosecond})
	if err != nil || done.Runs != 3 || len(idsOf(t, s)) != 2 {
		t.Errorf("%+v, %v, left %v", done, err, idsOf(t, s))
	}
	close(answer)
	<-ended
	if done, err := s.Prune(ctx, Retention{OlderThan: time.Nanosecond}); err != nil || done.Runs != 1 {
		t.Errorf("when it is done: %+v, %v", done, err)
	}
}

func TestRetentionIsHonouredWhenTheStoreIsOpened(t *testing.T) {
	s, now := aged(t, 250, small, Options{})
	dir := s.dir
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o := Options{Now: func() time.Time { return now }, Retention: Retention{Keep: 5}, OnError: func(err error) { t.Error(err) }}
	reopen := func() int {
		s, err := Open(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		<-s.retainer.done
		n := len(idsOf(t, s))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := reopen(); n != 5 {
		t.Errorf("%d runs are left", n)
	}
	// Within the hour nobody looks again.
	o.Retention.Keep = 1
	now = now.Add(time.Minute)
	if n := reopen(); n != 5 {
		t.Errorf("a minute later %d runs are left", n)
	}
	now = now.Add(2 * time.Hour)
	if n := reopen(); n != 1 {
		t.Errorf("hours later %d runs are left", n)
	}
	// One that ends at once is not held up.
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNeverRecorded(t *testing.T) {
	s, err := Open(t.TempDir(), Options{Privacy: Privacy{Never: []string{"auth-*", "login"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	target := ok(localInfo, `"secret"`)
	for _, name := range []string{"auth-token", "login:live", "arn:aws:lambda:us-east-1:123456789012:function:login"} {
		res, err := s.Recorder(target).Invoke(context.Background(), invoke.Request{Function: name}, nil)
		if err != nil || res.HistoryID != 0 || string(res.Payload) != `"secret"` {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
	if invokeOne(t, s, target, invoke.Request{Function: "orders"}); len(idsOf(t, s)) != 1 || target.calls != 4 {
		t.Errorf("%v recorded, %d calls", idsOf(t, s), target.calls)
	}
	if _, err := Open(t.TempDir(), Options{Privacy: Privacy{Never: []string{"a["}}}); err == nil || !strings.Contains(err.Error(), `"a["`) {
		t.Errorf("a pattern that is none: %v", err)
	}
}

// Where it is asked for, no byte of a secret reaches any file (HS-15).
func TestRedactedBeforeWriting(t *testing.T) {
	const secret = "hunter22canary"
	redact, err := invoke.NewRedactor(invoke.RedactRules{})
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range []invoke.TargetInfo{localInfo, awsInfo} {
		s, err := Open(t.TempDir(), Options{Privacy: Privacy{Redact: redact}, OnError: func(err error) { t.Error(err) }})
		if err != nil {
			t.Fatal(err)
		}
		payload := []byte(`{"password":"` + secret + `"}`)
		large := []byte(`{"token":"` + secret + `","x":"` + strings.Repeat("x", maxInline) + `"}`)
		target := &fakeTarget{info: info, answer: func(_ context.Context, req invoke.Request) (invoke.Result, error) {
			if !bytes.Equal(req.Payload, payload) {
				t.Errorf("%s was sent", req.Payload)
			}
			return invoke.Result{StatusCode: 200, Payload: large, Log: []byte("secret=" + secret)}, nil
		}}
		res, err := s.Recorder(target).Invoke(context.Background(), invoke.Request{Function: "orders", Payload: payload}, nil)
		if err != nil || !bytes.Equal(res.Payload, large) {
			t.Errorf("the caller's answer was changed: %v", err)
		}
		e, err := s.Entry(context.Background(), res.HistoryID)
		if err != nil || string(e.Request.Payload) != `{"password":"[redacted]"}` {
			t.Errorf("%s, %v", e.Request.Payload, err)
		}
		check := func() {
			for name, b := range contentsOf(t, s.dir) {
				if bytes.Contains([]byte(b), []byte(secret)) {
					t.Errorf("%s has the secret", name)
				}
			}
		}
		check()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		check()
	}
}

func TestAcceptedAnswers(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	for _, response := range []string{"1", "2", "3"} {
		invokeOne(t, s, ok(localInfo, response), invoke.Request{Function: "orders"})
	}
	first, err := s.Entry(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	expect := func(id int64) {
		t.Helper()
		if got, err := s.Accepted(ctx, first); err != nil || got.ID != id {
			t.Errorf("%d counts (%v), not %d", got.ID, err, id)
		}
	}
	expect(1)
	for _, answer := range []int64{2, 3, 1, 3} {
		if err := s.Accept(ctx, 1, answer); err != nil {
			t.Fatal(err)
		}
		expect(answer)
	}
	if err := s.Accept(ctx, 1, 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("an answer that is not there: %v", err)
	}
	if err := s.Delete(ctx, 3); err != nil {
		t.Fatal(err)
	}
	expect(1)
}

func TestVolatilePathsAreLearned(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	n := 0
	answer := func(version, text string) *fakeTarget {
		return &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			n++
			return invoke.Result{StatusCode: 200, Payload: []byte(fmt.Sprintf(text, n)), ExecutedVersion: version}, nil
		}}
	}
	run := func(version, payload, text string) {
		invokeOne(t, s, answer(version, text), invoke.Request{Function: "orders", Payload: []byte(payload)})
	}
	for range 3 {
		run("1", `{"a":1}`, `{"id":%d,"items":[{"n":1,"at":"t%[1]d"},{"n":2,"at":"u%[1]d"}],"total":12}`)
	}
	run("2", `{"a":1}`, `{"id":%d,"items":[],"total":13}`)       // another version
	run("1", `{"a":2}`, `{"id":%d,"items":[],"total":14}`)       // another payload
	run("1", `{"a":3}`, `{"id":%d,"extra":true}`)                // runs of one payload, with
	run("1", `{"a":3}`, `{"id":%d,"other":[1],"wholly":"else"}`) // members that come and go
	k := KeyOf(localInfo, "orders")
	got, err := s.LearnVolatile(ctx, k)
	want := []VolatilePath{{"$.id", VolatileProposed, 3}, {"$.items[*].at", VolatileProposed, 2}}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := s.SetVolatile(ctx, k, "$.id", VolatileKept); err != nil {
		t.Fatal(err)
	}
	if err := s.SetVolatile(ctx, k, "$.items[*].at", VolatileRefused); err != nil {
		t.Fatal(err)
	}
	if err := s.SetVolatile(ctx, k, "$.mine", VolatileKept); err != nil {
		t.Fatal(err)
	}
	got, err = s.LearnVolatile(ctx, k)
	want = []VolatilePath{{"$.id", VolatileKept, 3}, {"$.items[*].at", VolatileRefused, 2}, {"$.mine", VolatileKept, 0}}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("what was decided: %+v, %v", got, err)
	}
	if err := s.ForgetVolatile(ctx, k, "$.mine"); err != nil {
		t.Fatal(err)
	}
	if err := s.ForgetVolatile(ctx, k, "$.mine"); !errors.Is(err, ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	if other, err := s.Volatile(ctx, KeyOf(awsInfo, "orders")); err != nil || len(other) != 0 {
		t.Errorf("another target's function: %v, %v", other, err)
	}
}

package history

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lambent/invoke"
)

// again is a replay that sends what the record says.
func again(s *Store, t invoke.Target) *Replay {
	return &Replay{Store: s, Target: s.Recorder(t), Check: true, Request: func(e Entry) invoke.Request {
		req := e.Request
		req.RecordUID, req.ReplayOf = "", e.UID
		return req
	}}
}

// A busyTarget is a fakeTarget that several invoke at the same time.
type busyTarget struct{ fakeTarget }

func (b *busyTarget) Invoke(ctx context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
	return b.answer(ctx, req)
}

// Whatever the order in which runs end, no more run than may, none starts too early,
// and each record is handed out once and in its turn.
func TestPaceKeepsToItsLimits(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		var ids, got []int64
		for range r.IntN(60) {
			ids = append(ids, r.Int64N(1000))
		}
		parallel, rate := 1+r.IntN(5), []float64{0, 0.5, 10, 1e6}[r.IntN(4)]
		p := NewPace(ids, parallel, rate)
		now := time.Unix(1_000_000, 0)
		began := now
		running := 0
		for !p.Over() {
			id, wait, ok := p.Start(now)
			switch {
			case ok:
				got = append(got, id)
				if running++; running > parallel || p.Running() != running {
					t.Fatalf("seed %d: %d run, %d by its own count, of %d", seed, running, p.Running(), parallel)
				}
				if most := rate*now.Sub(began).Seconds() + 1; rate > 0 && float64(len(got)) > most+1e-6 {
					t.Fatalf("seed %d: %d were started in %s at a rate of %g", seed, len(got), now.Sub(began), rate)
				}
			case wait > 0 && (running == 0 || r.IntN(2) == 0):
				now = now.Add(wait)
			case running > 0:
				p.End()
				running--
				now = now.Add(time.Duration(r.Int64N(int64(time.Second))))
			default:
				t.Fatalf("seed %d: nothing runs and nothing is due, with %d left", seed, p.Left())
			}
		}
		if !slices.Equal(got, ids) {
			t.Fatalf("seed %d: handed out %v of %v", seed, got, ids)
		}
	}
}

func TestPaceThatWasStoppedHandsOutNothing(t *testing.T) {
	p := NewPace([]int64{1, 2, 3}, 3, 0)
	p.Start(time.Time{})
	p.Stop()
	if _, _, ok := p.Start(time.Time{}); ok || p.Left() != 0 || p.Over() {
		t.Error("it goes on, or is over while one still runs")
	}
	if p.End(); !p.Over() {
		t.Error("it is not over")
	}
}

func TestReplayComparesWithWhatCounts(t *testing.T) {
	s, ctx := open(t, t.TempDir()), context.Background()
	var all []int64
	for _, response := range []string{`{"n":1,"at":"10:00"}`, `{"n":2,"at":"10:01"}`} {
		all = append(all, invokeOne(t, s, ok(localInfo, response), invoke.Request{Function: "orders", Payload: []byte(`{}`)}))
	}
	if err := s.SetVolatile(ctx, KeyOf(localInfo, "orders"), "$.at", VolatileKept); err != nil {
		t.Fatal(err)
	}
	replay := again(s, ok(localInfo, `{"n":1,"at":"11:11"}`))
	verdicts := func() (out []bool) {
		out = make([]bool, len(all))
		err := replay.Run(ctx, NewPace(all, 1, 0), func(r Rerun) error {
			if r.Comparison == nil || r.Result.HistoryID == 0 || r.Request.ReplayOf != r.Entry.UID {
				t.Errorf("%+v", r)
			}
			out[slices.Index(all, r.Entry.ID)] = r.Differs()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := verdicts(); !slices.Equal(got, []bool{false, true}) {
		t.Errorf("they differ: %v", got)
	}
	replay.Update = true
	verdicts()
	if got := verdicts(); !slices.Equal(got, []bool{false, false}) {
		t.Errorf("with what was accepted they differ: %v", got)
	}
}

// What runs is waited for, told and kept; nothing is sent after the end was asked for.
func TestReplayThatIsCancelledStopsCleanly(t *testing.T) {
	s := open(t, t.TempDir())
	var all []int64
	for i := range 20 {
		all = append(all, invokeOne(t, s, ok(localInfo, `1`), invoke.Request{Function: "orders", Payload: strconv.AppendInt(nil, int64(i), 10)}))
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	enough := errors.New("enough")
	var mu sync.Mutex
	sent := map[string]int{}
	target := &busyTarget{fakeTarget{info: localInfo, answer: func(ctx context.Context, req invoke.Request) (invoke.Result, error) {
		mu.Lock()
		sent[string(req.Payload)]++
		if len(sent) == 3 {
			cancel(enough)
		}
		mu.Unlock()
		<-ctx.Done()
		return invoke.Result{}, &invoke.Failure{Kind: invoke.ClientFailure, Name: invoke.Cancelled, Ran: invoke.RanYes, Err: ctx.Err()}
	}}}
	told := 0
	err := again(s, target).Run(ctx, NewPace(all, 3, 0), func(r Rerun) error {
		told++
		if r.Unchecked == "" || r.Result.HistoryID == 0 {
			t.Errorf("a run that was cancelled: %+v", r)
		}
		return nil
	})
	if !errors.Is(err, enough) || told != 3 || len(sent) != 3 {
		t.Errorf("%v; %d were sent and %d told", err, len(sent), told)
	}
	for payload, n := range sent {
		if n != 1 {
			t.Errorf("%s was sent %d times", payload, n)
		}
	}
}

// An error of who is told, or of the store, ends the replay; it does not begin others.
func TestReplayEndsWithAnError(t *testing.T) {
	s := open(t, t.TempDir())
	target := ok(localInfo, `1`)
	first := invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: []byte("0")})
	gone := invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: []byte("1")})
	if err := s.Delete(context.Background(), gone); err != nil {
		t.Fatal(err)
	}
	err := again(s, target).Run(context.Background(), NewPace([]int64{gone, first, first}, 1, 0), func(Rerun) error { return nil })
	if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "#"+strconv.FormatInt(gone, 10)) {
		t.Errorf("a run that is gone: %v", err)
	}
	full := errors.New("disk full")
	told := 0
	err = again(s, target).Run(context.Background(), NewPace([]int64{first, first, first}, 1, 0), func(Rerun) error { told++; return full })
	if !errors.Is(err, full) || told != 1 {
		t.Errorf("%v after %d", err, told)
	}
}

// As many run at the same time as may: none of them ends before all have begun.
func TestReplayRunsSomeAtTheSameTime(t *testing.T) {
	s := open(t, t.TempDir())
	var all []int64
	for range 4 {
		all = append(all, invokeOne(t, s, ok(localInfo, `1`), invoke.Request{Function: "orders", Payload: bytes.Repeat([]byte("7"), 3)}))
	}
	var began atomic.Int32
	everyone := make(chan struct{})
	target := &busyTarget{fakeTarget{info: localInfo, answer: func(ctx context.Context, _ invoke.Request) (invoke.Result, error) {
		if began.Add(1) == 4 {
			close(everyone)
		}
		select {
		case <-everyone:
		case <-time.After(20 * time.Second):
			t.Error("they wait for each other")
		}
		return invoke.Result{StatusCode: 200, Payload: []byte(`1`)}, nil
	}}}
	same := 0
	if err := again(s, target).Run(context.Background(), NewPace(all, 4, 0), func(r Rerun) error {
		if !r.Differs() {
			same++
		}
		return nil
	}); err != nil || same != 4 {
		t.Errorf("%v; %d are the same", err, same)
	}
}

func TestPlacesSortsRunsByWhereTheyWere(t *testing.T) {
	s, ctx := open(t, t.TempDir()), context.Background()
	var here, there []int64
	for range 700 { // more than one statement looks up
		here = append(here, invokeOne(t, s, ok(localInfo, `1`), invoke.Request{Function: "orders"}))
	}
	for range 2 {
		there = append(there, invokeOne(t, s, ok(awsInfo, `1`), invoke.Request{Function: "orders"}))
	}
	asked := slices.Concat(there, []int64{1 << 40}, here)
	places, err := s.Places(ctx, asked)
	if err != nil || len(places) != 2 || !slices.Equal(places[0].IDs, there) || !slices.Equal(places[1].IDs, here) ||
		places[0].Target != awsInfo || places[1].Target != localInfo {
		t.Errorf("%v, %v", err, places)
	}
	if places, err := s.Places(ctx, nil); err != nil || places != nil {
		t.Errorf("of none: %v, %v", places, err)
	}
}

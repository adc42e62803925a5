package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/settings"
)

// BenchmarkReplay is P18 of the performance goals: the time of one run, and the
// memory that is live near the end, of a checked replay of 10,000 runs over one of
// 100. Both are replayed in turns from one history.
func BenchmarkReplay(b *testing.B) {
	const few, many = 100, 10_000
	b.Setenv("HOME", b.TempDir())
	var heap uint64 // live when the last run but ten is invoked
	left := 0
	target := &quietTarget{fakeTarget: &fakeTarget{info: shop}, answer: func(req invoke.Request) invoke.Result {
		if left--; left == 10 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap = m.HeapAlloc
		}
		r := result(string(req.Payload))
		r.FunctionName = req.Function
		return r
	}}
	// Each has a history of its own, so that what is timed is the replay and not the
	// search in a larger one.
	fill := func(n int) *history.Store {
		store, err := history.Open(b.TempDir(), history.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { store.Close() })
		recorded := store.Recorder(target)
		for i := range n {
			payload := fmt.Appendf(nil, `{"order":%d,"note":"%s"}`, i, strings.Repeat("x", 200))
			if _, err := recorded.Invoke(context.Background(), invoke.Request{Function: "orders", Payload: payload}, nil); err != nil {
				b.Fatal(err)
			}
		}
		return store
	}
	replay := func(store *history.Store, n int) (time.Duration, uint64) {
		left = n
		var said bytes.Buffer
		deps := Deps{Open: func(context.Context, settings.Settings, Need) (*Session, error) {
			return &Session{Target: store.Recorder(target), Store: store}, nil
		}}
		began := time.Now()
		exit := Run(context.Background(), []string{"replay", "fn:orders", "--check"}, strings.NewReader(""), io.Discard, &said, deps)
		took := time.Since(began)
		if exit != 0 || !strings.HasPrefix(said.String(), fmt.Sprintf("%d runs replayed · %d same", n, n)) {
			b.Fatalf("exit status %d: %s", exit, said.String())
		}
		return took / time.Duration(n), heap
	}
	hundred, tenThousand := fill(few), fill(many)
	var times, memories []float64
	for b.Loop() {
		var short []time.Duration
		var small uint64
		for range 5 {
			took, live := replay(hundred, few)
			short, small = append(short, took), live
		}
		long, large := replay(tenThousand, many)
		slices.Sort(short)
		times = append(times, float64(long)/float64(short[len(short)/2]))
		memories = append(memories, float64(large)/float64(small))
	}
	slices.Sort(times)
	slices.Sort(memories)
	b.ReportMetric(times[len(times)/2], "P18-time-of-10,000/of-100")
	b.ReportMetric(memories[len(memories)/2], "P18-memory-of-10,000/of-100")
}

// A quietTarget remembers nothing of what it was asked.
type quietTarget struct {
	*fakeTarget
	answer func(invoke.Request) invoke.Result
}

func (t *quietTarget) Invoke(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
	return t.answer(req), nil
}

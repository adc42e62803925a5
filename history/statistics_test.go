package history

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

func TestStatistics(t *testing.T) {
	s := open(t, t.TempDir())
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	run := func(n int, version string, took time.Duration, cold bool, failure *invoke.Failure) {
		target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			r := invoke.Result{StatusCode: 200, ExecutedVersion: version, StartedAt: start.Add(time.Duration(n) * time.Minute), Duration: took + time.Millisecond,
				Report: &invoke.Report{Duration: took, BilledDuration: took, MemorySizeMB: 512, MaxMemoryUsedMB: 60 + n%10}, Failure: failure}
			if cold {
				r.Report.InitDuration = 40 * time.Millisecond
			}
			if failure != nil && failure.Kind != invoke.FunctionFailure {
				r.Failure, r.Report, r.ExecutedVersion = nil, nil, ""
				return r, failure
			}
			return r, nil
		}}
		invokeOne(t, s, target, invoke.Request{Function: "orders"})
	}
	for n := range 100 {
		run(n, "1", time.Duration(n+1)*time.Millisecond, n%25 == 0, nil)
	}
	for n := range 10 {
		run(100+n, "10", 100*time.Millisecond, false, nil)
	}
	run(110, "2", 5*time.Second, false, &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError"})
	run(111, "", 0, false, invoke.NewFailure("TooManyRequestsException", "Rate Exceeded."))
	invokeOne(t, s, ok(awsInfo, "1"), invoke.Request{Function: "orders"})    // another target's
	invokeOne(t, s, ok(localInfo, "1"), invoke.Request{Function: "orders2"}) // another function's

	prices := Prices{Date: "2025-08-01", PerRequest: 2e-7, PerGBs: 1e-5}
	got, err := s.Statistics(context.Background(), KeyOf(localInfo, "orders"), Query{}, prices)
	if err != nil {
		t.Fatal(err)
	}
	var versions []string
	for _, f := range got.Versions {
		versions = append(versions, f.Version)
	}
	if !slices.Equal(versions, []string{"1", "2", "10"}) || !got.Whole {
		t.Errorf("versions %v, whole %v", versions, got.Whole)
	}
	all := got.All
	if all.Runs != 111 || all.Errors != 1 || all.Refused != 1 || all.Cold != 4 {
		t.Errorf("%+v", all)
	}
	names := []NamedCount{{"TooManyRequestsException", 1}, {"ValueError", 1}}
	if diff := cmp.Diff(names, all.Names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	one := got.Versions[0]
	if one.P50 != 50*time.Millisecond || one.P90 != 90*time.Millisecond || one.P99 != 99*time.Millisecond ||
		one.Min != time.Millisecond || one.Max != 100*time.Millisecond || one.Mean != 50500*time.Microsecond {
		t.Errorf("durations %+v", one)
	}
	if one.InitP50 != 40*time.Millisecond || one.MemoryLimitMB != 512 || one.MemoryMaxMB != 69 || one.MemoryP50MB != 64 {
		t.Errorf("init and memory %+v", one)
	}
	perCall := 2e-7 + 0.0505*0.5*1e-5 // mean billed seconds, half a GB
	if math.Abs(one.CostPerCall-perCall) > 1e-15 || math.Abs(one.CostPerMillion-perCall*1e6) > 1e-9 {
		t.Errorf("a call costs %v, want %v", one.CostPerCall, perCall)
	}
	for _, f := range append(got.Versions, all) {
		bars, slots := 0, 0
		for _, b := range f.Histogram {
			bars += b.Count
		}
		for _, s := range f.OverTime {
			slots += s.Runs
		}
		if bars != f.Runs || slots != f.Runs {
			t.Errorf("version %q: %d runs in bars, %d over time, of %d", f.Version, bars, slots, f.Runs)
		}
		if diff := cmp.Diff(edges(all), edges(f)); diff != "" {
			t.Errorf("version %q is on another scale than all runs:\n%s", f.Version, diff)
		}
	}
	if last := all.Histogram[len(all.Histogram)-1]; last.To <= all.Max || all.Histogram[0].From != all.Min {
		t.Errorf("bars from %v to %v for %v to %v", all.Histogram[0].From, last.To, all.Min, all.Max)
	}
	if !one.First.Equal(start) || !one.Last.Equal(start.Add(99*time.Minute)) {
		t.Errorf("version 1 ran from %v to %v", one.First, one.Last)
	}
	failed, err := ParseQuery("is:error")
	if err != nil {
		t.Fatal(err)
	}
	some, err := s.Statistics(context.Background(), KeyOf(localInfo, "orders"), failed, prices)
	if err != nil || some.All.Runs != 1 || some.All.Errors != 1 || some.All.Refused != 0 {
		t.Errorf("of the failed ones: %+v, %v", some.All, err)
	}
	none, err := s.Statistics(context.Background(), KeyOf(localInfo, "nobody"), Query{}, prices)
	if err != nil || none.All.Runs != 0 || none.All.Histogram != nil || none.Versions != nil {
		t.Errorf("of nothing: %+v, %v", none, err)
	}
}

// edges are the limits of a histogram's bars and the beginnings of slots.
func edges(f Figures) (out []int64) {
	for _, b := range f.Histogram {
		out = append(out, int64(b.From), int64(b.To))
	}
	for _, s := range f.OverTime {
		out = append(out, s.From.UnixNano())
	}
	return out
}

// tallied is a tally of runs that took so long, a second apart.
func tallied(took ...time.Duration) *tally {
	t := &tally{}
	for i, d := range took {
		t.add(Summary{State: StateDone, ReportedDuration: d, StartedAt: time.Unix(int64(i), 0)}, Prices{})
	}
	return t
}

func TestHistogramShowsFastAndSlowRuns(t *testing.T) {
	var took []time.Duration
	for i := range 95 {
		took = append(took, 2*time.Millisecond+time.Duration(i)*10*time.Microsecond)
	}
	for range 5 {
		took = append(took, 400*time.Millisecond) // cold starts
	}
	filled := 0
	list := tallied(took...)
	f := list.figures(list.scale())
	for i, b := range f.Histogram {
		if b.Count > 0 {
			filled++
		}
		if b.To <= b.From || i > 0 && b.From != f.Histogram[i-1].To {
			t.Errorf("bar %d is from %v to %v", i, b.From, b.To)
		}
	}
	if filled < 3 {
		t.Errorf("the fast runs are in one bar: %+v", f.Histogram)
	}
}

func TestScaleOfFewAndStrangeRuns(t *testing.T) {
	for name, took := range map[string][]time.Duration{
		"one": {time.Millisecond}, "nothing measured": {0, 0, 0}, "two alike": {time.Second, time.Second},
		"from nothing to hours": {0, 1, time.Millisecond, 3 * time.Hour}, "a nanosecond apart": {5, 6},
		"backwards": {-time.Second, time.Millisecond}, "the longest there is": {1, math.MaxInt64 / 4},
	} {
		list := tallied(took...)
		f := list.figures(list.scale())
		counted, inSlots := 0, 0
		for i, b := range f.Histogram {
			counted += b.Count
			if b.To <= b.From || i > 0 && b.From != f.Histogram[i-1].To {
				t.Errorf("%s: bar %d is from %v to %v", name, i, b.From, b.To)
			}
		}
		for _, s := range f.OverTime {
			inSlots += s.Runs
		}
		if counted != len(took) || inSlots != len(took) {
			t.Errorf("%s: %d in bars and %d in slots of %d", name, counted, inSlots, len(took))
		}
	}
}

func TestPricesByArchitecture(t *testing.T) {
	table := PriceTable{Date: "2026-05-11", PerRequest: 1, PerGBsX86: 2, PerGBsARM: 3}
	for architecture, want := range map[string]float64{"x86_64": 2, "arm64": 3, "": 2} {
		if got := table.For(architecture); got.PerGBs != want || got.PerRequest != 1 || got.Date != table.Date {
			t.Errorf("%q pays %+v", architecture, got)
		}
	}
}

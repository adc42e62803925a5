package history

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"lambent/invoke"
)

const (
	bars  = 32
	slots = 32

	// wideRange is the ratio between long and short durations from which bars grow in
	// steps of one ratio: with bars of one width a function of 2 ms whose cold starts
	// take 400 ms would have a single bar.
	wideRange = 8
)

// A tally collects runs for their Figures.
type tally struct {
	version       string
	runs          []measured
	errors        int
	refused       int
	inits, billed []time.Duration
	limit         int
	used          []int
	costs         float64
	names         map[string]int
}

// A measured is a run as histogram and slots see it.
type measured struct {
	at           time.Time
	took         time.Duration
	failed, cold bool
}

// add counts a run; newest first.
func (t *tally) add(sum Summary, p Prices) {
	if sum.State != StateDone && sum.State != StateDead || sum.Type == invoke.DryRun {
		return
	}
	if sum.FailureName != "" {
		if t.names == nil {
			t.names = map[string]int{}
		}
		t.names[sum.FailureName]++
	}
	switch {
	case sum.FailureKind != "" && sum.FailureKind != invoke.FunctionFailure:
		t.refused++
		return
	case sum.Type == invoke.Event && sum.Attempts == 0:
		return // accepted by a target that does not tell what became of it
	}
	m := measured{at: sum.StartedAt, took: sum.ReportedDuration, failed: sum.FailureKind == invoke.FunctionFailure, cold: sum.Cold()}
	if m.took == 0 {
		m.took = max(sum.Duration, 0)
	}
	t.runs = append(t.runs, m)
	if m.failed {
		t.errors++
	}
	if m.cold {
		t.inits = append(t.inits, sum.InitDuration)
	}
	if t.limit == 0 {
		t.limit = sum.MemorySizeMB
	}
	if sum.MaxMemoryUsedMB > 0 {
		t.used = append(t.used, sum.MaxMemoryUsedMB)
	}
	if sum.BilledDuration > 0 {
		t.billed = append(t.billed, sum.BilledDuration)
		t.costs += p.cost(sum.BilledDuration, sum.MemorySizeMB)
	}
}

// figures works out what the runs come to, on the scale of all of them.
func (t *tally) figures(s scale) Figures {
	f := Figures{Version: t.version, Runs: len(t.runs), Errors: t.errors, Refused: t.refused, Cold: len(t.inits), MemoryLimitMB: t.limit, Billed: len(t.billed)}
	for name, n := range t.names {
		f.Names = append(f.Names, NamedCount{name, n})
	}
	slices.SortFunc(f.Names, func(a, b NamedCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	if took := t.durations(); len(took) > 0 {
		f.Min, f.Max, f.Mean = took[0], took[len(took)-1], mean(took)
		f.P50, f.P90, f.P99 = percentile(took, 50), percentile(took, 90), percentile(took, 99)
		f.First, f.Last = t.extent()
		f.Histogram, f.OverTime = s.histogram(took), s.overTime(t.runs)
	}
	if slices.Sort(t.inits); len(t.inits) > 0 {
		f.InitP50, f.InitP90, f.InitMax = percentile(t.inits, 50), percentile(t.inits, 90), t.inits[len(t.inits)-1]
	}
	if slices.Sort(t.used); len(t.used) > 0 {
		f.MemoryP50MB, f.MemoryMaxMB = t.used[(len(t.used)-1)/2], t.used[len(t.used)-1]
	}
	if n := len(t.billed); n > 0 {
		f.BilledMean = mean(t.billed)
		f.CostPerCall = t.costs / float64(n)
		f.CostPerMillion = f.CostPerCall * 1e6
	}
	return f
}

// durations are those of the runs, the shortest first.
func (t *tally) durations() []time.Duration {
	took := make([]time.Duration, len(t.runs))
	for i, r := range t.runs {
		took[i] = r.took
	}
	slices.Sort(took)
	return took
}

// extent is when the first run started, and the last.
func (t *tally) extent() (first, last time.Time) {
	first, last = t.runs[0].at, t.runs[0].at
	for _, r := range t.runs {
		if r.at.Before(first) {
			first = r.at
		}
		if r.at.After(last) {
			last = r.at
		}
	}
	return first, last
}

// A scale is what histograms and slots are cut by: the limits of the bars, and the
// beginning and the length of a slot.
type scale struct {
	limits []time.Duration // bars+1 of them, each above the one before
	first  time.Time
	width  time.Duration
}

// scale is that of the runs. The longest of a thousand share the last bar: one run
// that took a minute leaves the others their shape.
func (t *tally) scale() scale {
	took := t.durations()
	if len(took) == 0 {
		return scale{}
	}
	low, high := took[0], took[(len(took)*999-1)/1000]
	first, last := t.extent()
	s := scale{limits: make([]time.Duration, bars+1), first: first, width: last.Sub(first)/slots + 1}
	step := max((high-low)/bars+1, 1)
	ratio := 1.0
	// From the fifth percentile: a single run of no time at all says nothing about the range.
	if start := max(took[len(took)/20], 10*time.Microsecond); high >= wideRange*start {
		ratio = math.Pow(float64(high)/float64(start), 1/float64(bars-1))
		step = start
	}
	s.limits[0] = low
	for i := 1; i <= bars; i++ {
		s.limits[i] = max(low+time.Duration(i)*step, s.limits[i-1]+1)
		if ratio > 1 {
			s.limits[i] = max(time.Duration(math.Ceil(float64(step)*math.Pow(ratio, float64(i)))), s.limits[i-1]+1)
		}
	}
	s.limits[bars] = max(s.limits[bars], took[len(took)-1]+1)
	return s
}

// histogram counts the sorted durations bar by bar.
func (s scale) histogram(sorted []time.Duration) []Bar {
	out := make([]Bar, bars)
	n := 0
	for i := range out {
		out[i].From, out[i].To = s.limits[i], s.limits[i+1]
		for ; n < len(sorted) && sorted[n] < out[i].To; n++ {
			out[i].Count++
		}
	}
	return out
}

// overTime cuts the time from the first run to the last into slots; empty ones are
// left in, because a gap says something.
func (s scale) overTime(runs []measured) []Slot {
	out := make([]Slot, slots)
	took := make([][]time.Duration, slots)
	for _, r := range runs {
		n := min(int(r.at.Sub(s.first)/s.width), slots-1)
		took[n] = append(took[n], r.took)
		if r.failed {
			out[n].Errors++
		}
		if r.cold {
			out[n].Cold++
		}
	}
	for i := range out {
		slices.Sort(took[i])
		out[i].From = s.first.Add(time.Duration(i) * s.width)
		out[i].Runs, out[i].P50, out[i].P99 = len(took[i]), percentile(took[i], 50), percentile(took[i], 99)
	}
	return out
}

func mean(d []time.Duration) time.Duration {
	sum := time.Duration(0)
	for _, v := range d {
		sum += v
	}
	return sum / time.Duration(len(d))
}

// compareVersions puts numbers in their order, and what is no number after them.
func compareVersions(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

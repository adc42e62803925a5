package history

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"lambent/invoke"
)

// Prices are what Lambda charges, as a dated table of the configuration says. They
// differ by region and change: figures made from them are as good as the table.
type Prices struct {
	Date       string  // of the table, for the reader
	PerRequest float64 // for one request
	PerGBs     float64 // for one second with 1 GB (1,024 MB) of memory, of the function's architecture
}

// cost is what one call of some billed duration costs.
func (p Prices) cost(billed time.Duration, memoryMB int) float64 {
	return p.PerRequest + billed.Seconds()*float64(memoryMB)/1024*p.PerGBs
}

// StatisticsWindow is how many of the newest runs Statistics looks at.
const StatisticsWindow = 100_000

// Statistics are figures of a function's runs.
type Statistics struct {
	All      Figures
	Versions []Figures // by version that ran, numbers in their order, the newest last; $LATEST at the end
	Whole    bool      // no run is beyond StatisticsWindow
}

// Figures describe some runs. Refused calls are counted and are in nothing else:
// the function did not run.
type Figures struct {
	Version string // "" for all
	Runs    int    // that ran, function errors included
	Errors  int    // function errors among them
	Refused int
	Names   []NamedCount // failures by name, the most frequent first

	// Durations are those of the report, else as the caller saw them.
	Min, P50, P90, P99, Max, Mean time.Duration
	Histogram                     []Bar
	OverTime                      []Slot

	Cold             int // runs that started an execution environment
	InitP50, InitP90 time.Duration

	MemoryLimitMB               int // of the newest run that reported it
	MemoryP50MB, MemoryMaxMB    int // used
	BilledMean                  time.Duration
	CostPerCall, CostPerMillion float64 // 0 where nothing was billed or no price is known
	runs                        []measured
	inits, billed               []time.Duration
	used                        []int
	costs                       float64
	counts                      map[string]int
}

// A NamedCount is how often something happened.
type NamedCount struct {
	Name  string
	Count int
}

// A Bar is a bin of a histogram: durations from From, below To.
type Bar struct {
	From, To time.Duration
	Count    int
}

// A Slot is a stretch of time with the durations of the runs in it.
type Slot struct {
	From     time.Time
	Runs     int
	P50, P99 time.Duration
}

type measured struct {
	at   time.Time
	took time.Duration
}

const (
	bars  = 20
	slots = 40
)

// Statistics looks at a function's newest runs. Twenty bars and forty slots are what
// a screen shows; the last tenth of a percent shares the last bar, so that one run
// that took a minute leaves the others their shape.
func (s *Store) Statistics(ctx context.Context, k Key, p Prices) (Statistics, error) {
	all := &Figures{}
	versions := map[string]*Figures{}
	looked := 0
	err := s.walk(ctx, Query{}.InFunction(k), 0, 512, func(sum Summary) bool {
		if looked == StatisticsWindow {
			looked++
			return false
		}
		looked++
		all.add(sum, p)
		if sum.ExecutedVersion != "" {
			if versions[sum.ExecutedVersion] == nil {
				versions[sum.ExecutedVersion] = &Figures{Version: sum.ExecutedVersion}
			}
			versions[sum.ExecutedVersion].add(sum, p)
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Statistics{}, s.explain("read a function's statistics", err)
	}
	out := Statistics{All: all.settle(), Whole: looked <= StatisticsWindow}
	for _, f := range versions {
		out.Versions = append(out.Versions, f.settle())
	}
	slices.SortFunc(out.Versions, func(a, b Figures) int { return compareVersions(a.Version, b.Version) })
	return out, nil
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

// add counts a run; newest first.
func (f *Figures) add(sum Summary, p Prices) {
	if sum.FailureName != "" {
		if f.counts == nil {
			f.counts = map[string]int{}
		}
		f.counts[sum.FailureName]++
	}
	switch {
	case sum.State != StateDone && sum.State != StateDead, sum.Type == invoke.DryRun:
		return
	case sum.FailureKind != "" && sum.FailureKind != invoke.FunctionFailure:
		f.Refused++
		return
	case sum.Type == invoke.Event && sum.Attempts == 0:
		return // accepted by a target that does not tell what became of it
	}
	f.Runs++
	if sum.FailureKind == invoke.FunctionFailure {
		f.Errors++
	}
	took := sum.ReportedDuration
	if took == 0 {
		took = sum.Duration
	}
	f.runs = append(f.runs, measured{sum.StartedAt, took})
	if sum.Cold() {
		f.Cold++
		f.inits = append(f.inits, sum.InitDuration)
	}
	if sum.MemorySizeMB > 0 && f.MemoryLimitMB == 0 {
		f.MemoryLimitMB = sum.MemorySizeMB
	}
	if sum.MaxMemoryUsedMB > 0 {
		f.used = append(f.used, sum.MaxMemoryUsedMB)
	}
	if sum.BilledDuration > 0 {
		f.billed = append(f.billed, sum.BilledDuration)
		f.costs += p.cost(sum.BilledDuration, sum.MemorySizeMB)
	}
}

// settle works out the figures and lets go of what they were made from.
func (f *Figures) settle() Figures {
	for name, n := range f.counts {
		f.Names = append(f.Names, NamedCount{name, n})
	}
	slices.SortFunc(f.Names, func(a, b NamedCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	f.OverTime = overTime(f.runs)
	took := make([]time.Duration, len(f.runs))
	for i, r := range f.runs {
		took[i] = r.took
	}
	slices.Sort(took)
	if n := len(took); n > 0 {
		f.Min, f.Max, f.Mean = took[0], took[n-1], mean(took)
		f.P50, f.P90, f.P99 = percentile(took, 50), percentile(took, 90), percentile(took, 99)
		f.Histogram = histogram(took)
	}
	slices.Sort(f.inits)
	f.InitP50, f.InitP90 = percentile(f.inits, 50), percentile(f.inits, 90)
	if slices.Sort(f.used); len(f.used) > 0 {
		f.MemoryP50MB, f.MemoryMaxMB = f.used[(len(f.used)-1)/2], f.used[len(f.used)-1]
	}
	if n := len(f.billed); n > 0 {
		f.BilledMean = mean(f.billed)
		f.CostPerCall = f.costs / float64(n)
		f.CostPerMillion = f.CostPerCall * 1e6
	}
	out := *f
	out.runs, out.inits, out.billed, out.used, out.counts = nil, nil, nil, nil, nil
	return out
}

func mean(d []time.Duration) time.Duration {
	sum := time.Duration(0)
	for _, v := range d {
		sum += v
	}
	return sum / time.Duration(len(d))
}

// histogram has bars of one width, up to where 99.9 % of the sorted durations are.
func histogram(sorted []time.Duration) []Bar {
	low, high := sorted[0], sorted[(len(sorted)*999-1)/1000]
	width := max((high-low)/bars+1, 1)
	out := make([]Bar, bars)
	for i := range out {
		out[i].From, out[i].To = low+time.Duration(i)*width, low+time.Duration(i+1)*width
	}
	for _, d := range sorted {
		out[min(int((d-low)/width), bars-1)].Count++
	}
	out[bars-1].To = max(out[bars-1].To, sorted[len(sorted)-1]+1)
	return out
}

// overTime cuts the time from the first run to the last into slots; empty ones are
// left in, because a gap says something.
func overTime(runs []measured) []Slot {
	if len(runs) == 0 {
		return nil
	}
	first, last := runs[0].at, runs[0].at
	for _, r := range runs {
		if r.at.Before(first) {
			first = r.at
		}
		if r.at.After(last) {
			last = r.at
		}
	}
	width := last.Sub(first)/slots + 1
	in := make([][]time.Duration, slots)
	for _, r := range runs {
		n := min(int(r.at.Sub(first)/width), slots-1)
		in[n] = append(in[n], r.took)
	}
	out := make([]Slot, slots)
	for i, took := range in {
		slices.Sort(took)
		out[i] = Slot{From: first.Add(time.Duration(i) * width), Runs: len(took), P50: percentile(took, 50), P99: percentile(took, 99)}
	}
	return out
}

package history

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

// A PriceTable is what Lambda charges on demand, in US dollars, at some date: for
// requests and for memory over time, by architecture. Prices differ by region and
// by how much is used in a month, and change: figures made from a table are as
// good as the table, so its date is shown beside them.
type PriceTable struct {
	Date       string  // when it was true, 2006-01-02
	PerRequest float64 // for one request
	PerGBsX86  float64 // for one second with 1 GB (1,024 MB) of memory, x86_64
	PerGBsARM  float64 // the same for arm64
}

// For is the part of the table that a function of an architecture pays; any other
// than arm64 counts as x86_64, which is Lambda's default.
func (t PriceTable) For(architecture string) Prices {
	if architecture == "arm64" {
		return Prices{Date: t.Date, PerRequest: t.PerRequest, PerGBs: t.PerGBsARM}
	}
	return Prices{Date: t.Date, PerRequest: t.PerRequest, PerGBs: t.PerGBsX86}
}

// Prices are what the calls of one function cost, in US dollars.
type Prices struct {
	Date       string  // of the table, for the reader
	PerRequest float64 // for one request
	PerGBs     float64 // for one second with 1 GB (1,024 MB) of memory
}

// cost is what one call of some billed duration costs.
func (p Prices) cost(billed time.Duration, memoryMB int) float64 {
	return p.PerRequest + billed.Seconds()*float64(memoryMB)/1024*p.PerGBs
}

// StatisticsWindow is how many of the newest runs Statistics looks at.
const StatisticsWindow = 100_000

// Statistics are figures of a function's runs. The bars and slots of all their
// Figures are the same, so that two can be laid side by side.
type Statistics struct {
	All      Figures
	Versions []Figures // by version that ran, numbers in their order, the newest last; $LATEST at the end
	Whole    bool      // no run is beyond StatisticsWindow
	Prices   Prices    // that the costs were worked out with
}

// Figures describe some runs. Refused calls are counted and are in nothing else:
// the function did not run.
type Figures struct {
	Version     string // "" for all
	Runs        int    // that ran, function errors included
	Errors      int    // function errors among them
	Refused     int
	Names       []NamedCount // failures by name, the most frequent first
	First, Last time.Time    // when the oldest and the newest of the runs started

	// Durations are those of the report, else as the caller saw them.
	Min, P50, P90, P99, Max, Mean time.Duration
	Histogram                     []Bar
	OverTime                      []Slot

	Cold                      int // runs that started an execution environment
	InitP50, InitP90, InitMax time.Duration

	MemoryLimitMB            int // of the newest run that reported it
	MemoryP50MB, MemoryMaxMB int // used; 0 where no run reported it

	Billed                      int // runs with a billed duration, which the costs are worked out from
	BilledMean                  time.Duration
	CostPerCall, CostPerMillion float64 // 0 where nothing was billed or no price is known
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

// A Slot is a stretch of time, from From on, with the durations of the runs in it.
type Slot struct {
	From               time.Time
	Runs, Errors, Cold int
	P50, P99           time.Duration
}

// Statistics looks at the newest runs of a function that match the query.
func (s *Store) Statistics(ctx context.Context, k Key, q Query, p Prices) (Statistics, error) {
	all, versions := &tally{}, map[string]*tally{}
	looked := 0
	err := s.measure(ctx, q.InFunction(k), func(sum Summary) bool {
		if looked++; looked > StatisticsWindow {
			return false
		}
		all.add(sum, p)
		if v := sum.ExecutedVersion; v != "" {
			if versions[v] == nil {
				versions[v] = &tally{version: v}
			}
			versions[v].add(sum, p)
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return Statistics{}, s.explain("read a function's statistics", err)
	}
	scale := all.scale()
	out := Statistics{All: all.figures(scale), Whole: looked <= StatisticsWindow, Prices: p}
	for _, v := range versions {
		out.Versions = append(out.Versions, v.figures(scale))
	}
	slices.SortFunc(out.Versions, func(a, b Figures) int { return compareVersions(a.Version, b.Version) })
	return out, nil
}

// measure hands the matching records to yield, as walk does, with the columns that a
// tally looks at: all of a function's runs are read, so each must cost little. Those
// that were changed after they were indexed come before the older ones that were not.
func (s *Store) measure(ctx context.Context, q Query, yield func(Summary) bool) error {
	if len(q.terms) > 0 {
		return s.walk(ctx, q, 0, 512, yield)
	}
	r, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer r.Rollback()
	p, ok, err := s.plan(ctx, r, q)
	if err != nil || !ok {
		return err
	}
	type part struct {
		from, id string // id is what FTS5 can give in order, so that nothing is sorted
		args     []any
	}
	parts := []part{{"FROM invocations i WHERE i.id >= ? AND ", "i.id", []any{p.floor}}}
	if p.match != "" {
		parts = []part{
			{parts[0].from, "i.id", []any{max(p.floor, p.indexed+1)}},
			{"FROM reindex CROSS JOIN invocations i ON i.id = reindex.id WHERE reindex.id <= ? AND reindex.id >= ? AND ", "i.id", []any{p.indexed, p.floor}},
			{"FROM search CROSS JOIN invocations i ON i.id = search.rowid WHERE search.rowid <= ? AND search.rowid >= ? AND search MATCH ? " +
				"AND i.id NOT IN (SELECT id FROM reindex) AND ", "search.rowid", []any{p.indexed, p.floor, p.match}},
		}
	}
	for _, part := range parts {
		more, err := measureRows(ctx, r, `SELECT `+measuredColumns+` `+part.from+p.where+` ORDER BY `+part.id+` DESC`, append(part.args, p.args...), yield)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

const measuredColumns = `i.state, i.type, i.error_name, i.error_kind, i.attempts, i.started_at, i.duration, i.version,
	i.reported, i.billed, i.init, i.memory, i.memory_used`

// measureRows reads measuredColumns; more is false when yield wants no more.
func measureRows(ctx context.Context, r querier, query string, args []any, yield func(Summary) bool) (more bool, err error) {
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var sum Summary
		var started int64
		err := rows.Scan(&sum.State, &sum.Type, &sum.FailureName, &sum.FailureKind, &sum.Attempts, &started, &sum.Duration, &sum.ExecutedVersion,
			&sum.ReportedDuration, &sum.BilledDuration, &sum.InitDuration, &sum.MemorySizeMB, &sum.MaxMemoryUsedMB)
		if err != nil {
			return false, err
		}
		sum.StartedAt = timeOf(started)
		if !yield(sum) {
			return false, nil
		}
	}
	return true, rows.Err()
}

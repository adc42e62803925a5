package ui_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/uitest"
)

// A recordedRun is a run that history holds before a test begins.
type recordedRun struct {
	version string
	took    time.Duration
	init    time.Duration
	failure *invoke.Failure
}

// A past answers with runs of the past, one after the other.
type past struct {
	info invoke.TargetInfo
	at   time.Time
	next recordedRun
}

func (p *past) Info() invoke.TargetInfo { return p.info }
func (p *past) Functions(context.Context) iter.Seq2[invoke.Function, error] {
	return func(func(invoke.Function, error) bool) {}
}
func (p *past) Qualifiers(context.Context, string) ([]invoke.Qualifier, error) { return nil, nil }

func (p *past) Invoke(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
	r := invoke.Result{StartedAt: p.at}
	if f := p.next.failure; f != nil && f.Kind != invoke.FunctionFailure {
		return r, f
	}
	r.StatusCode, r.ExecutedVersion, r.Duration, r.Failure = 200, p.next.version, p.next.took, p.next.failure
	billed := (p.next.took + p.next.init).Round(time.Millisecond)
	r.Report = &invoke.Report{Duration: p.next.took, BilledDuration: billed, InitDuration: p.next.init, MemorySizeMB: 256, MaxMemoryUsedMB: 84}
	return r, nil
}

// ran records runs of orders at the shop, a minute apart, the last of them at noon.
func ran(t *testing.T, s *uitest.Shop, runs ...recordedRun) {
	t.Helper()
	p := &past{info: s.Target.Info(), at: uitest.Noon.Add(-time.Duration(len(runs)) * time.Minute)}
	recorder := s.Store.Recorder(p)
	for _, r := range runs {
		p.next, p.at = r, p.at.Add(time.Minute)
		if res, _ := recorder.Invoke(t.Context(), invoke.Request{Function: "orders", Payload: []byte("{}")}, nil); res.HistoryID == 0 {
			t.Fatal(res.Notes)
		}
	}
}

// twoVersions are runs of two versions, of which the second is faster and fails.
func twoVersions() []recordedRun {
	var runs []recordedRun
	for i := range 60 {
		r := recordedRun{version: "1", took: time.Duration(180+3*(i%20)) * time.Millisecond}
		if i%20 == 0 {
			r.init = 400 * time.Millisecond
		}
		runs = append(runs, r)
	}
	for i := range 40 {
		r := recordedRun{version: "2", took: time.Duration(90+2*(i%20)) * time.Millisecond}
		if i%10 == 9 {
			r.failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "StockMissing", Ran: invoke.RanYes}
		}
		runs = append(runs, r)
	}
	return append(runs, recordedRun{failure: invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")})
}

func priced(s *uitest.Setup) {
	s.Options.Prices = history.PriceTable{Date: "2026-05-11", PerRequest: 2e-7, PerGBsX86: 0.0000166667, PerGBsARM: 0.0000133334}
}

// opensStatistics opens them with the two versions in history.
func opensStatistics(t *testing.T, s *uitest.Shop) {
	ran(t, s, twoVersions()...)
	s.Press("alt+1", "S")
}

var statisticsStates = []state{
	{name: "statistics", setup: priced, reach: opensStatistics, want: []string{"Statistics  orders on local · shop", "prices of 2026-05-11"}},
	{name: "statistics-pair", setup: priced, reach: func(t *testing.T, s *uitest.Shop) {
		opensStatistics(t, s)
		s.Press("j", "space")
	}, want: []string{"1: durations", "2: durations", "▼ 48%"}},
	{name: "statistics-query", setup: priced, reach: func(t *testing.T, s *uitest.Shop) {
		opensStatistics(t, s)
		s.Press("/")
		s.Type("is:wrong")
	}, want: []string{"› is:wrong", "! is: is ok, error, refused"}},
}

func TestStatistics(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, priced)
	ran(t, s, twoVersions()...)
	s.Press("alt+1", "S")
	s.Want("Statistics  orders on local · shop", "100 runs", "p50 189 ms", "3 of 100 runs, 3%", "init p50 400 ms",
		"at most 84 of 256 MB, 32.8%", "4 function errors, 4%", "1 call refused", "StockMissing 4, 4%", "TooManyRequestsException 1, 1%",
		"per million", "prices of 2026-05-11", "durations", "over time")

	s.Press("j")
	s.Want("2 of 3", "p50 108 ms", "10%")
	s.Press("space")
	s.Want("2: durations", "1: durations", "▼ 48%", "memory at most", "= same")
	s.Press("up", "space") // on the marked one: it is taken away
	s.Without("memory at most")

	s.Press("esc")
	s.Without("Statistics")
}

func TestStatisticsByQuery(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, priced)
	ran(t, s, twoVersions()...)
	s.Press("alt+5", "S", "/")
	s.Type("is:error")
	s.Want("4 runs", "1 of 2")
	s.Type("s")
	s.Want("! is: is ok, error, refused", "4 runs") // what was read before stays
	s.Press("backspace", "enter", "j")
	s.Want("is:error", "2 of 2")
	s.Press("/")
	s.Type(" nothing")
	s.Want("no runs")
	s.Press("esc")
	s.Want("is:error", "4 runs")
	s.Press("/", "ctrl+u")
	s.Type("before:2020-01-01")
	s.Want("no runs", "Runs      none")
	s.Press("esc", "esc")
	s.Without("Statistics")
}

func TestStatisticsFollowTheStore(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, priced)
	ran(t, s, recordedRun{version: "1", took: time.Second})
	s.Press("alt+1", "S")
	s.Want("1 run ")
	ran(t, s, recordedRun{version: "1", took: 2 * time.Second})
	s.Advance(3 * time.Second)
	s.Want("2 runs")
}

func TestStatisticsOfWhatNeverRan(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("alt+1", "S")
	s.Want("no runs", "Runs      none", "all")
	s.Press("space", "j", "G", "space", "f9")
	s.Want("no runs")
	for w := range 120 {
		s.Resize(w+1, 30)
	}
}

func TestStatisticsOfRefusedCallsAndStrangeNames(t *testing.T) {
	s := uitest.NewShop(t, 80, 24, priced)
	hostile := &invoke.Failure{Kind: invoke.FunctionFailure, Name: "Bad\x1b]0;owned\a\u202eName", Ran: invoke.RanYes}
	ran(t, s, recordedRun{version: "\x1b[31m7", took: time.Hour, failure: hostile}, recordedRun{version: "8"},
		recordedRun{failure: invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")})
	s.Press("alt+1", "S", "j", "space")
	for _, row := range s.Styled() {
		if strings.Contains(row, "owned\a") || strings.Contains(row, "\x1b[31m7") || strings.Contains(row, "\u202e") {
			t.Errorf("foreign text acts: %q", row)
		}
	}
	for w := 24; w <= 210; w += 3 {
		for _, h := range []int{5, 10, 16, 24, 50} {
			s.Resize(w, h)
		}
	}
}

func TestStatisticsWithoutHistory(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.NoStore = true })
	s.Press("alt+1", "S")
	s.Want("history is off")
}

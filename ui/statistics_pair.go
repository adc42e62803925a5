package ui

import (
	"strconv"
	"time"

	"lambent/history"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A comparedFigure is one figure of two versions.
type comparedFigure struct {
	label      string
	this, that string
	// grown is that over this, where less is better and both are known; 0 where not.
	grown float64
}

// comparedFigures lays two versions side by side, figure by figure.
func comparedFigures(this, that *history.Figures) []comparedFigure {
	var rows []comparedFigure
	add := func(label string, text func(*history.Figures) string, value func(*history.Figures) float64) {
		row := comparedFigure{label: label, this: dashed(text(this)), that: dashed(text(that))}
		if value != nil {
			if x, y := value(this), value(that); x > 0 && y > 0 {
				row.grown = y / x
			}
		}
		rows = append(rows, row)
	}
	timed := func(label string, of func(*history.Figures) time.Duration) {
		add(label, func(f *history.Figures) string { return ranFor(f, of(f)) }, func(f *history.Figures) float64 { return float64(of(f)) })
	}
	add("runs", func(f *history.Figures) string { return thousands(f.Runs) }, nil)
	timed("p50", func(f *history.Figures) time.Duration { return f.P50 })
	timed("p90", func(f *history.Figures) time.Duration { return f.P90 })
	timed("p99", func(f *history.Figures) time.Duration { return f.P99 })
	add("function errors", func(f *history.Figures) string { return ofRuns(f, f.Errors) },
		func(f *history.Figures) float64 { return share(f.Errors, f.Runs) })
	add("cold starts", func(f *history.Figures) string { return ofRuns(f, f.Cold) },
		func(f *history.Figures) float64 { return share(f.Cold, f.Runs) })
	add("init p50", func(f *history.Figures) string { return ifSet(f.Cold > 0, duration(f.InitP50)) },
		func(f *history.Figures) float64 { return float64(f.InitP50) })
	add("memory at most", func(f *history.Figures) string {
		return ifSet(f.MemoryMaxMB > 0, strconv.Itoa(f.MemoryMaxMB)+" of "+strconv.Itoa(f.MemoryLimitMB)+" MB")
	}, func(f *history.Figures) float64 { return float64(f.MemoryMaxMB) })
	add("per million", func(f *history.Figures) string { return ifSet(f.Billed > 0, dollars(f.CostPerMillion)) },
		func(f *history.Figures) float64 { return f.CostPerMillion })
	return rows
}

// pair are n rows that lay two versions side by side: their histograms on one scale,
// where there is room, and their figures with what became of them.
func (s *statistics) pair(a *App, w, n int, this, that *history.Figures) []string {
	st := a.styles
	figures := comparedFigures(this, that)
	rows := s.pairCharts(a, w, n-len(figures)-1, this, that)
	label := min(max(w/5, 16), 24)
	each := min(max((w-label-12)/2, 8), 24)
	head := frame.NewRow(w)
	head.Base(st.surface)
	head.Pad("", min(label, w))
	head.AddRight(each, st.text+st.strong, versionName(this))
	head.AddRight(each, st.text+st.strong, versionName(that))
	rows = append(rows, head.String())
	for _, f := range figures {
		r := frame.NewRow(w)
		r.Base(st.surface)
		r.AddIn(label, st.subtle, safetext.FromString(f.label))
		r.AddRight(each, st.text, safetext.FromString(f.this))
		r.AddRight(each, st.text, safetext.FromString(f.that))
		if text, look := f.change(st); text != "" {
			r.Pad("", 3)
			r.AddCut(look, safetext.FromString(text))
		}
		rows = append(rows, r.String())
	}
	return rows[:min(len(rows), n)]
}

// pairCharts are the histograms of two versions, and their durations over time, on one
// scale each, in at most n rows; nothing where there is no room for them.
func (s *statistics) pairCharts(a *App, w, n int, this, that *history.Figures) []string {
	if n < leastChart+1 || w < 2*chartCells+3 || this.Runs == 0 || that.Runs == 0 {
		return nil
	}
	half, st := (w-3)/2, a.styles
	var rows []string
	draw := func(h int, left, right chart) {
		left.title, right.title = versionName(this).String()+": "+left.title, versionName(that).String()+": "+right.title
		rows = append(rows, beside(st, w, left.paint(st, half, h), right.paint(st, w-3-half, h))...)
		rows = append(rows, frame.Text(w, st.surface, safetext.Spaces(w)))
	}
	both := n >= 2*(leastChart+2)
	h := n - 1
	if both {
		h = n/2 - 1
	}
	most, longest := highestBar(this, that), longestSlot(this, that)
	draw(min(h, mostChart), histogramChart(this, most), histogramChart(that, most))
	if both {
		draw(min(h, mostChart), overTimeChart(a, this, longest), overTimeChart(a, that, longest))
	}
	return rows
}

// change says by how much a figure grew or shrank; under half a percent it did not.
func (f comparedFigure) change(st *styles) (string, frame.Style) {
	by := f.grown - 1
	switch {
	case f.grown == 0:
		return "", ""
	case by > 0.005:
		return "▲ " + growth(by), st.warning
	case by < -0.005:
		return "▼ " + growth(-by), st.success
	}
	return "= same", st.muted
}

// growth is a change in whole percent, or as a factor where it is large.
func growth(by float64) string {
	if by >= 9.995 {
		return "× " + strconv.FormatFloat(by+1, 'f', 0, 64)
	}
	return strconv.FormatFloat(max(by*100, 1), 'f', 0, 64) + "%"
}

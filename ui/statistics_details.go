package ui

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"lambent/history"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// chartCells is the least width of a chart: a cell for each bar of a histogram, and for
// each slot of time.
const chartCells = 32

// leastChart and mostChart are how many rows a chart takes, title and axis included.
const (
	leastChart = 6
	mostChart  = 16
)

// details are n rows about the version under the cursor, or about two side by side.
func (s *statistics) details(a *App, w, n int) []string {
	if !s.known {
		return nil
	}
	under := s.under()
	if laid := s.laid(); laid != nil && laid.Version != under.Version {
		this, that := laid, under
		if s.newer(this, that) {
			this, that = that, this
		}
		return s.pair(a, w, n, this, that)
	}
	facts := s.facts(a, w, under, false)
	if n-len(facts)-1 < leastChart {
		facts = s.facts(a, w, under, true)
	}
	rows := s.charts(a, w, n-len(facts)-1, under)
	if len(rows) > 0 {
		rows = append(rows, frame.Text(w, a.styles.surface, safetext.Spaces(w)))
	}
	rows = append(rows, facts...)
	return rows[:min(len(rows), n)]
}

// A chart is columns with a title above and the ends of its axis below.
type chart struct {
	title, from, to string
	marks           []chartMark
	columns         []frame.Column
}

// A chartMark is a word below a column.
type chartMark struct {
	column int
	word   string
}

// charts are histogram and time beside each other, or the histogram alone, n rows high;
// nothing where there is no room for them.
func (s *statistics) charts(a *App, w, n int, f *history.Figures) []string {
	if n < leastChart || w < chartCells || f.Runs == 0 {
		return nil
	}
	n = min(n, mostChart)
	left := histogramChart(f, highestBar(f))
	if w < 2*chartCells+3 {
		return left.paint(a.styles, w, n)
	}
	half := (w - 3) / 2
	over := overTimeChart(a, f, longestSlot(f))
	return beside(a.styles, w, left.paint(a.styles, half, n), over.paint(a.styles, w-3-half, n))
}

// beside puts two blocks into rows of w cells.
func beside(st *styles, w int, left, right []string) []string {
	gap := frame.Text(3, st.surface, safetext.Spaces(3))
	rows := make([]string, min(len(left), len(right)))
	for i := range rows {
		rows[i] = left[i] + gap + right[i]
	}
	return rows
}

func highestBar(list ...*history.Figures) float64 {
	most := 0.0
	for _, f := range list {
		for _, b := range f.Histogram {
			most = max(most, share(b.Count, f.Runs))
		}
	}
	return most
}

// histogramChart draws how the durations of the runs are spread; the highest bar of
// all that are compared has the whole height.
func histogramChart(f *history.Figures, most float64) chart {
	c := chart{title: "durations"}
	if len(f.Histogram) == 0 {
		return c
	}
	for i, b := range f.Histogram {
		c.columns = append(c.columns, frame.Column{Solid: share(b.Count, f.Runs) / most})
		for _, p := range []struct {
			word string
			at   time.Duration
		}{{"p50", f.P50}, {"p90", f.P90}, {"p99", f.P99}} {
			if p.at >= b.From && p.at < b.To {
				c.marks = append(c.marks, chartMark{i, p.word})
			}
		}
	}
	c.from, c.to = duration(f.Histogram[0].From), duration(f.Histogram[len(f.Histogram)-1].To)
	return c
}

func longestSlot(list ...*history.Figures) time.Duration {
	most := time.Duration(1)
	for _, f := range list {
		for _, slot := range f.OverTime {
			most = max(most, slot.P99)
		}
	}
	return most
}

// overTimeChart draws the median of each stretch of time, with the 99th percentile as a
// shade above it, and marks the stretches in which the function failed.
func overTimeChart(a *App, f *history.Figures, most time.Duration) chart {
	c := chart{title: "over time, p50 █ p99 ░  up to " + duration(most)}
	if len(f.OverTime) == 0 {
		return c
	}
	for i, slot := range f.OverTime {
		c.columns = append(c.columns, frame.Column{Solid: float64(slot.P50) / float64(most), Shade: float64(slot.P99) / float64(most)})
		if slot.Errors > 0 {
			c.marks = append(c.marks, chartMark{i, "✗"})
		}
	}
	layout := "15:04"
	first, last := f.OverTime[0].From.In(a.now.Location()), f.OverTime[len(f.OverTime)-1].From.In(a.now.Location())
	if !sameDay(first, last) {
		layout = "01-02 15:04"
	}
	c.from, c.to = first.Format(layout), last.Format(layout)
	return c
}

// paint is the chart in n rows of w cells: title, columns, marks, ends of the axis.
func (c chart) paint(st *styles, w, n int) []string {
	blank := frame.Text(w, st.surface, safetext.Spaces(w))
	rows := []string{onSurface(st, w, span(st.subtle, c.title))}
	rows = append(rows, frame.Columns(w, n-3, c.columns, st.accent, st.muted, st.surface)...)
	marks := frame.NewRow(w)
	marks.Base(st.surface)
	for _, m := range c.marks {
		from := m.column * w / len(c.columns)
		word := safetext.FromString(m.word)
		at := from + max(((m.column+1)*w/len(c.columns)-from-word.Width())/2, 0)
		gap := min(marks.Used(), len(m.word)/len("p99")) // between words, not between crosses
		if at = min(at, w-word.Width()); at < marks.Used()+gap {
			continue // its neighbour says it
		}
		marks.PadTo("", at)
		look := st.subtle
		if m.word == "✗" {
			look = st.err
		}
		marks.Add(look, word)
	}
	ends := frame.NewRow(w)
	ends.Base(st.surface)
	ends.Add(st.muted, safetext.FromString(c.from))
	ends.End(st.muted, safetext.FromString(c.to))
	rows = append(rows, marks.String(), ends.String())
	for len(rows) < n {
		rows = append(rows, blank)
	}
	return rows[:n]
}

// onSurface is a row of a card.
func onSurface(st *styles, w int, spans ...frame.Span) string {
	r := frame.NewRow(w)
	r.Base(st.surface)
	for _, s := range spans {
		r.AddCut(s.Style, s.Text)
	}
	return r.String()
}

// linesOf sets parts in lines of w cells, as flow does, for a row that goes on.
func linesOf(w int, separator frame.Span, parts [][]frame.Span) [][]frame.Span {
	var lines [][]frame.Span
	for _, part := range parts {
		if frame.Width(part) == 0 {
			continue
		}
		if n := len(lines); n > 0 && frame.Width(lines[n-1])+separator.Text.Width()+frame.Width(part) <= w {
			lines[n-1] = append(append(lines[n-1], separator), part...)
			continue
		}
		lines = append(lines, slices.Clone(part))
	}
	return lines
}

// factLabel is the column of labels beside facts.
const factLabel = 10

// facts are what the figures say in words. Where there is little room each is one row.
func (s *statistics) facts(a *App, w int, f *history.Figures, brief bool) []string {
	st := a.styles
	var rows []string
	dot := span(st.muted, " · ")
	add := func(label string, parts ...[]frame.Span) {
		for _, line := range linesOf(max(w-factLabel, 8), dot, parts) {
			rows = append(rows, onSurface(st, w, append([]frame.Span{
				{Style: st.subtle, Text: safetext.FromString(label)}, {Text: safetext.Spaces(factLabel - len(label))},
			}, line...)...))
			if label = ""; brief {
				break
			}
		}
	}
	say := func(text string) []frame.Span {
		if text == "" {
			return nil
		}
		return []frame.Span{span(st.text, text)}
	}
	aside := func(text string) []frame.Span { return []frame.Span{span(st.muted, text)} }
	if f.Runs == 0 {
		add("Runs", say(ifSet(f.Refused == 0, "none")), say(ifSet(f.Refused > 0, "none: Lambda refused all "+count(f.Refused, "call", "calls"))))
	} else {
		add("Duration", say("p50 "+duration(f.P50)), say("p90 "+duration(f.P90)), say("p99 "+duration(f.P99)),
			aside("mean "+duration(f.Mean)), aside(duration(f.Min)+" to "+duration(f.Max)))
		add("Cold", say(thousands(f.Cold)+" of "+count(f.Runs, "run", "runs")+ifSet(f.Cold > 0, ", "+percent(share(f.Cold, f.Runs)))),
			say(ifSet(f.Cold > 0, "init p50 "+duration(f.InitP50))), say(ifSet(f.Cold > 0, "p90 "+duration(f.InitP90))),
			say(ifSet(f.Cold > 0, "at most "+duration(f.InitMax))))
		if f.MemoryLimitMB > 0 {
			add("Memory", s.memoryParts(st, f)...)
		}
	}
	failures := [][]frame.Span{say(ifSet(f.Runs > 0 && f.Errors == 0, "no function errors"))}
	if f.Errors > 0 {
		failures = [][]frame.Span{{span(st.err, count(f.Errors, "function error", "function errors")+", "+percent(share(f.Errors, f.Runs)))}}
	}
	if f.Refused > 0 {
		failures = append(failures, []frame.Span{span(st.warning, count(f.Refused, "call", "calls")+" refused")})
	}
	for i, name := range f.Names {
		if i == maxNames {
			failures = append(failures, aside(count(len(f.Names)-i, "other name", "other names")))
			break
		}
		failures = append(failures, say(name.Name+" "+thousands(name.Count)+ifSet(len(f.Names) > 1, ", "+percent(share(name.Count, f.Runs+f.Refused)))))
	}
	add("Errors", failures...)
	if f.Billed > 0 {
		p := s.got.Prices
		add("Cost", say(dollars(f.CostPerCall)+" a call"), say(dollars(f.CostPerMillion)+" per million"),
			aside("prices of "+p.Date), aside("billed "+duration(f.BilledMean)+" on average"))
	}
	return rows
}

// maxNames bounds how many names of failures are listed.
const maxNames = 12

// memoryParts are a bar of the memory used, and its figures.
func (s *statistics) memoryParts(st *styles, f *history.Figures) [][]frame.Span {
	limit := strconv.Itoa(f.MemoryLimitMB) + " MB"
	if f.MemoryMaxMB == 0 {
		return [][]frame.Span{{span(st.muted, "not measured, of "+limit)}}
	}
	used := share(f.MemoryMaxMB, f.MemoryLimitMB)
	look := st.success
	switch {
	case used >= 0.95:
		look = st.err
	case used >= 0.8:
		look = st.warning
	}
	n := min(max(int(used*20+0.5), 1), 20)
	return [][]frame.Span{
		{
			span(look, strings.Repeat("▓", n)), span(st.muted, strings.Repeat("░", 20-n)),
			span(st.text, " at most "+strconv.Itoa(f.MemoryMaxMB)+" of "+limit+", "+percent(used)),
		},
		{span(st.text, "p50 "+strconv.Itoa(f.MemoryP50MB)+" MB")},
	}
}

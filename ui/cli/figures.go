package cli

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"lambent/history"
	"lambent/invoke"
)

// How statistics are written, as text and as JSON.

// figuresRow is a row of the table by version.
func figuresRow(version string, f history.Figures) []string {
	took := func(d time.Duration) string {
		if f.Runs == 0 {
			return "—"
		}
		return milliseconds(d)
	}
	memory, cost, init := "—", "—", "—"
	if f.MemoryMaxMB > 0 {
		memory = strconv.Itoa(f.MemoryMaxMB) + "/" + strconv.Itoa(f.MemoryLimitMB) + " MB"
	}
	if f.Billed > 0 {
		cost = dollars(f.CostPerMillion)
	}
	if f.Cold > 0 {
		init = milliseconds(f.InitP50)
	}
	return []string{version, strconv.Itoa(f.Runs), percent(fraction(f.Errors, f.Runs)), strconv.Itoa(f.Refused),
		took(f.P50), took(f.P90), took(f.P99), percent(fraction(f.Cold, f.Runs)), init, memory, cost}
}

func fraction(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// dollars is an amount with three digits that count, and cents at least.
func dollars(v float64) string {
	decimals := 2
	for limit := 1.0; v > 0 && v < limit && decimals < 12; limit /= 10 {
		decimals++
	}
	return "$" + strconv.FormatFloat(v, 'f', decimals, 64)
}

// pricedAs says which architecture's prices were taken.
func pricedAs(architecture string) string {
	if architecture == "" {
		return "x86_64, as its architecture is not known"
	}
	return architecture
}

// textBars is how many rows a histogram has as text, and barCells how long they are.
const (
	textBars = 16
	barCells = 40
)

// histogramRows are a histogram as text, without the empty bars at its ends.
func histogramRows(bars []history.Bar) []string {
	bars = joinBars(bars, textBars)
	for len(bars) > 1 && bars[0].Count == 0 {
		bars = bars[1:]
	}
	for len(bars) > 1 && bars[len(bars)-1].Count == 0 {
		bars = bars[:len(bars)-1]
	}
	most, width := 0, 0
	for _, b := range bars {
		most, width = max(most, b.Count), max(width, len(milliseconds(b.From)))
	}
	var rows []string
	for _, b := range bars {
		n := (b.Count*barCells + most - 1) / max(most, 1) // one run shows
		label := milliseconds(b.From)
		row := strings.Repeat(" ", width-len(label)+2) + label + "  " + strings.Repeat("█", n)
		if b.Count > 0 {
			row += " " + strconv.Itoa(b.Count)
		}
		rows = append(rows, strings.TrimRight(row, " "))
	}
	return rows
}

// joinBars puts neighbours together until there are no more than n.
func joinBars(bars []history.Bar, n int) []history.Bar {
	each := (len(bars) + n - 1) / n
	var out []history.Bar
	for i, b := range bars {
		if i%each == 0 {
			out = append(out, b)
			continue
		}
		last := &out[len(out)-1]
		last.To, last.Count = b.To, last.Count+b.Count
	}
	return out
}

// overTimeRow is the median over time, a cell a slot, with a blank for no runs.
func overTimeRow(slots []history.Slot) string {
	high := time.Duration(0)
	for _, s := range slots {
		high = max(high, s.P50)
	}
	var b strings.Builder
	for _, s := range slots {
		switch {
		case s.Runs == 0:
			b.WriteByte(' ')
		default:
			b.WriteRune([]rune("▁▂▃▄▅▆▇█")[min(int(s.P50*8/max(high, 1)), 7)])
		}
	}
	return "  " + b.String() + "  median up to " + milliseconds(high)
}

// statisticsObject has all of it; members whose figure does not apply are absent.
func statisticsObject(where invoke.TargetInfo, function, architecture string, st history.Statistics) []byte {
	var o, prices object
	o.text("target", string(where.Kind))
	o.text("functionName", function)
	o.text("architecture", architecture)
	o.raw("whole", strconv.AppendBool(nil, st.Whole))
	prices.text("date", st.Prices.Date)
	prices.text("currency", "USD")
	prices.raw("perRequest", amount(st.Prices.PerRequest))
	prices.raw("perGbSecond", amount(st.Prices.PerGBs))
	o.raw("prices", prices.bytes())
	o.raw("all", figuresObject(st.All))
	var versions [][]byte
	for _, f := range st.Versions {
		versions = append(versions, figuresObject(f))
	}
	o.raw("versions", array(versions))
	return o.bytes()
}

func array(values [][]byte) []byte {
	return append(append([]byte{'['}, bytes.Join(values, []byte{','})...), ']')
}

func amount(v float64) []byte { return strconv.AppendFloat(nil, v, 'f', -1, 64) }

func figuresObject(f history.Figures) []byte {
	count := func(n int) []byte { return strconv.AppendInt(nil, int64(n), 10) }
	var o object
	o.text("version", f.Version)
	o.raw("runs", count(f.Runs))
	o.raw("functionErrors", count(f.Errors))
	o.raw("refused", count(f.Refused))
	var names [][]byte
	for _, n := range f.Names {
		var name object
		name.text("name", n.Name)
		name.raw("count", count(n.Count))
		name.raw("share", amount(fraction(n.Count, f.Runs+f.Refused)))
		names = append(names, name.bytes())
	}
	o.raw("failures", array(names))
	if f.Runs == 0 {
		return o.bytes()
	}
	o.instant("firstStartedAt", f.First)
	o.instant("lastStartedAt", f.Last)
	var took, init, memory, cost object
	for _, d := range []struct {
		name string
		d    time.Duration
	}{{"min", f.Min}, {"p50", f.P50}, {"p90", f.P90}, {"p99", f.P99}, {"max", f.Max}, {"mean", f.Mean}} {
		took.milliseconds(d.name, d.d)
	}
	o.raw("durationMs", took.bytes())
	o.raw("coldStarts", count(f.Cold))
	if f.Cold > 0 {
		init.milliseconds("p50", f.InitP50)
		init.milliseconds("p90", f.InitP90)
		init.milliseconds("max", f.InitMax)
		o.raw("initDurationMs", init.bytes())
	}
	if f.MemoryLimitMB > 0 {
		memory.number("limit", int64(f.MemoryLimitMB))
		memory.number("p50", int64(f.MemoryP50MB))
		memory.number("max", int64(f.MemoryMaxMB))
		o.raw("memoryMb", memory.bytes())
	}
	if f.Billed > 0 {
		cost.raw("perCall", amount(f.CostPerCall))
		cost.raw("perMillion", amount(f.CostPerMillion))
		o.milliseconds("billedDurationMs", f.BilledMean)
		o.raw("cost", cost.bytes())
	}
	o.raw("histogram", histogramArray(f.Histogram))
	o.raw("overTime", overTimeArray(f.OverTime))
	return o.bytes()
}

// histogramArray leaves out the bars without runs.
func histogramArray(bars []history.Bar) []byte {
	var out [][]byte
	for _, b := range bars {
		if b.Count == 0 {
			continue
		}
		var o object
		o.milliseconds("fromMs", b.From)
		o.milliseconds("toMs", b.To)
		o.raw("runs", strconv.AppendInt(nil, int64(b.Count), 10))
		out = append(out, o.bytes())
	}
	return array(out)
}

// overTimeArray leaves out the stretches without runs.
func overTimeArray(slots []history.Slot) []byte {
	var out [][]byte
	for _, s := range slots {
		if s.Runs == 0 {
			continue
		}
		var o object
		o.instant("from", s.From)
		o.number("runs", int64(s.Runs))
		o.number("functionErrors", int64(s.Errors))
		o.number("coldStarts", int64(s.Cold))
		o.milliseconds("p50Ms", s.P50)
		o.milliseconds("p99Ms", s.P99)
		out = append(out, o.bytes())
	}
	return array(out)
}

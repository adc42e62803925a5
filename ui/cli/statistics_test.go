package cli

import (
	"strings"
	"testing"
	"time"

	"lambent/history"
)

func TestDollarsKeepThreeDigitsThatCount(t *testing.T) {
	for v, want := range map[float64]string{
		0: "$0.00", 12.3456: "$12.35", 1: "$1.00", 0.35555: "$0.356", 0.0204: "$0.0204", 2.0000001e-7: "$0.000000200",
	} {
		if got := dollars(v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

func TestHistogramRowsShowEveryRun(t *testing.T) {
	bars := make([]history.Bar, 32)
	for i := range bars {
		bars[i] = history.Bar{From: time.Duration(i) * time.Second, To: time.Duration(i+1) * time.Second}
	}
	bars[4].Count, bars[5].Count, bars[20].Count = 100_000, 3, 1
	rows := histogramRows(bars)
	if len(rows) != 9 { // from 4 s to 20 s, two seconds each
		t.Fatalf("%d rows:\n%s", len(rows), strings.Join(rows, "\n"))
	}
	if first := rows[0]; !strings.Contains(first, "4.0 s  "+strings.Repeat("█", barCells)+" 100003") {
		t.Errorf("the first row is %q", first)
	}
	if last := rows[8]; !strings.HasSuffix(last, "20.0 s  █ 1") {
		t.Errorf("a single run is %q", last)
	}
}

func TestFiguresRowOfWhatNeverRan(t *testing.T) {
	row := strings.Join(figuresRow("7", history.Figures{Refused: 3}), " ")
	if row != "7 0 0% 3 — — — 0% — — —" {
		t.Errorf("got %q", row)
	}
}

func TestOverTimeLeavesGaps(t *testing.T) {
	slots := []history.Slot{{Runs: 1, P50: time.Second}, {}, {Runs: 2, P50: 8 * time.Second}}
	if got := overTimeRow(slots); got != "  ▂ █  median up to 8.0 s" {
		t.Errorf("got %q", got)
	}
}

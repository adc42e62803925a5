package frame

import (
	"math"
	"strings"
	"testing"
)

func TestColumns(t *testing.T) {
	columns := []Column{{1, 1}, {0.5, 1}, {0.125, 0}, {0.001, 0.4}, {0, 0}, {math.NaN(), -1}, {7, 0}}
	got := Columns(14, 2, columns, "", "", "")
	want := []string{
		"██░░        ██",
		"████▂▂▁▁    ██",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	checkWidths(t, "columns", got, 14, 2)
}

func TestColumnsOfNothing(t *testing.T) {
	if rows := Columns(2, 3, nil, "", "", ""); len(rows) != 3 || strings.TrimSpace(strings.Join(rows, "")) != "" {
		t.Errorf("%q", rows)
	}
	if rows := Columns(1, -1, []Column{{1, 1}}, "", "", ""); len(rows) != 0 {
		t.Errorf("%q", rows)
	}
}

func TestColumnsFillTheWidth(t *testing.T) {
	columns := []Column{{1, 1}, {0.5, 0.5}, {1, 1}}
	if got := Columns(5, 1, columns, "", "", "")[0]; got != "██▄▄█" {
		t.Errorf("got %q", got)
	}
	checkWidths(t, "more columns than cells", Columns(2, 3, columns, "", "", ""), 2, 3)
}

package frame

import "lambent/ui/safetext"

// A Column is one column of a chart: Solid and Shade are shares (0 to 1) of the
// height. What Shade has above Solid is drawn as a shade, which can be told from the
// solid part without colour.
type Column struct{ Solid, Shade float64 }

// Columns is a chart of h rows of w cells, the highest row first. The columns share the
// width as evenly as cells allow; where there are more of them than cells some are left
// out. A column with any share at all shows, in eighths of a cell.
func Columns(w, h int, columns []Column, solid, shade, base Style) []string {
	rows := make([]string, max(h, 0))
	var r Row
	for y := range rows {
		r.Reset(w)
		r.Base(base)
		floor := 8 * (h - 1 - y) // eighths below this row
		for x := 0; x < w && len(columns) > 0; x++ {
			c := columns[x*len(columns)/w]
			full, light := eighths(c.Solid, h)-floor, eighths(c.Shade, h)-floor
			cell, look := safetext.Spaces(1), Style("")
			switch {
			case full > 0:
				cell, look = levels[min(full, 8)], solid
			case light > 4:
				cell, look = lightShade, shade
			}
			r.Add(look, cell)
		}
		rows[y] = r.String()
	}
	return rows
}

// eighths is a share of h cells in eighths of a cell, at least one of anything.
func eighths(share float64, h int) int {
	if !(share > 0) {
		return 0
	}
	return max(int(min(share, 1)*float64(8*h)+0.5), 1)
}

var (
	levels = [...]safetext.Line{safetext.Spaces(1), safetext.Trusted("▁"), safetext.Trusted("▂"), safetext.Trusted("▃"), safetext.Trusted("▄"),
		safetext.Trusted("▅"), safetext.Trusted("▆"), safetext.Trusted("▇"), safetext.Trusted("█")}
	lightShade = safetext.Trusted("░")
)

package frame

import "strings"

// Join makes the content of a screen of rows.
func Join(rows []string) string { return strings.Join(rows, "\n") }

// Fit is the block with exactly h rows of w cells: what is too much is left out
// at the end, what is missing is blank. The rows given must be w cells wide.
// It may reuse the slice.
func Fit(rows []string, w, h int) []string {
	if len(rows) >= h {
		return rows[:max(h, 0)]
	}
	blank := Blank(w)
	for len(rows) < h {
		rows = append(rows, blank)
	}
	return rows
}

// Beside puts blocks of equally many rows side by side. Where one has fewer
// rows than the first, its rows are missing.
func Beside(blocks ...[]string) []string {
	if len(blocks) == 0 {
		return nil
	}
	rows := make([]string, len(blocks[0]))
	var b strings.Builder
	for i := range rows {
		size := 0
		for _, block := range blocks {
			if i < len(block) {
				size += len(block[i])
			}
		}
		b.Reset()
		b.Grow(size)
		for _, block := range blocks {
			if i < len(block) {
				b.WriteString(block[i])
			}
		}
		rows[i] = b.String()
	}
	return rows
}

// Stack puts blocks of one width on top of each other.
func Stack(blocks ...[]string) []string {
	var rows []string
	for _, block := range blocks {
		rows = append(rows, block...)
	}
	return rows
}

package settings

import (
	"fmt"
	"strings"
)

// meant is " (did you mean "x"?)" for the nearest known name, or "" when none is
// near. A member that is written without its table counts as near.
func meant(name string, known []string) string {
	best, least := "", len(name)/3+2
	for _, k := range known {
		last := k[strings.LastIndex(k, ".")+1:]
		if n := min(distance(name, k), distance(name, last)+1); n < least {
			best, least = k, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// distance is how many insertions, removals and replacements of bytes make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

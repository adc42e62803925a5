package invoke

import (
	"slices"
	"strings"
)

// maxSuggestions is how many near names are worth showing.
const maxSuggestions = 3

// maxCompared is the longest name that is compared letter by letter.
const maxCompared = 256

// Suggest returns the candidates that are near enough to name to be what was meant,
// the nearest first, at most three. Letter case makes no difference.
func Suggest(name string, candidates []string) []string {
	if name == "" || len(name) > maxCompared {
		return nil
	}
	type near struct {
		name     string
		distance int
	}
	var found []near
	wanted := strings.ToLower(name)
	for _, c := range candidates {
		if c == name || c == "" || len(c) > maxCompared || slices.ContainsFunc(found, func(n near) bool { return n.name == c }) {
			continue
		}
		lower := strings.ToLower(c)
		d := distance(wanted, lower)
		allowed := 1 + min(len(wanted), len(lower))/4
		if len(wanted) >= 3 && strings.Contains(lower, wanted) {
			d, allowed = min(d, 2), 2 // a part of a name counts as near
		}
		if d <= allowed {
			found = append(found, near{c, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.distance - b.distance })
	names := make([]string, 0, maxSuggestions)
	for _, n := range found[:min(len(found), maxSuggestions)] {
		names = append(names, n.name)
	}
	return names
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to get from a to b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], before[j-2]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(y)]
}

package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// openPalette shows every command that makes sense from anywhere, the ones used
// last first. What cannot run now says why.
func (a *App) openPalette() tea.Cmd {
	rows := slices.DeleteFunc(slices.Clone(a.table.rows), func(c *command) bool { return !c.palette })
	slices.SortStableFunc(rows, func(x, y *command) int { return a.recency(x) - a.recency(y) })
	var choices []choice
	for _, c := range rows {
		choices = append(choices, choice{
			text: c.title, words: c.group + " " + c.id, right: c.keyFor(a.enhanced, a.inText()), off: c.reason(a), isKey: true,
			pick: func(a *App) tea.Cmd { return a.do(c, "") },
		})
	}
	p := newPicker("Commands", "run", choices)
	a.push(p)
	return nil
}

// recency is how long ago a command was used; one never used is after all others.
func (a *App) recency(c *command) int {
	if i := slices.Index(a.recent, c.id); i >= 0 {
		return i
	}
	return len(a.recent)
}

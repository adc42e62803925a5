package ui

import (
	tea "charm.land/bubbletea/v2"
)

func (a *App) cannotCompare() string { return "later" }
func (a *App) compare() tea.Cmd      { return nil }

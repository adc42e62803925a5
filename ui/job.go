package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/ui/safetext"
)

// A job invokes beside the one run: a twin, or a replay of many. There is one at a
// time. It goes on while its card is closed, and is looked at again with job.show.
type job interface {
	overlay
	// under says that something runs or is still to be sent.
	under() bool
	// interrupt ends the job: what ctrl+c does.
	interrupt(a *App) tea.Cmd
	// stop ends what runs at once, because the workbench is being left.
	stop()
	// beat is what happens when the clock ticks.
	beat(a *App) tea.Cmd
	// due is when the clock has to tick next; it is asked while the job is under way.
	due(now time.Time) time.Time
	// words say in the foot what it is and how far.
	words() string
}

// jobUnder says that a job is under way.
func (a *App) jobUnder() bool { return a.job != nil && a.job.under() }

// jobInTheWay is why no other job can begin, "" when one can.
func (a *App) jobInTheWay() string {
	if !a.jobUnder() {
		return ""
	}
	return "a " + a.job.words() + " is under way: " + a.keyOf("job.show") + " shows it"
}

// keyOf is a key of a command that works everywhere.
func (a *App) keyOf(id string) string { return a.table.byID[id].keyFor(a.enhanced, true) }

// jobShown says that the job's card is open.
func (a *App) jobShown() bool { return slices.Contains(a.overlays, overlay(a.job)) }

// noJob is why there is no job to show.
func (a *App) noJob() string {
	if a.job == nil {
		return "there was no twin and no replay of many yet"
	}
	return ""
}

// spinner turns while something runs.
func (a *App) spinner() safetext.Line { return spinner[a.spin/2%len(spinner)] }

// showJob opens the card of the last job, wherever it is.
func (a *App) showJob() tea.Cmd {
	a.drop(a.job)
	a.push(a.job)
	return nil
}

// begin makes a job the one that is shown and counted. It is over when ended is called.
func (a *App) begin(j job, sessions ...*Session) {
	a.job = j
	for _, s := range sessions {
		s.uses++
	}
	a.push(j)
}

// ended says that a job is over: its sessions are free, and a closed card says so.
func (a *App) ended(j job, said string, sessions ...*Session) tea.Cmd {
	cmds := []tea.Cmd{a.readHistory(), a.readStats(a.functions.chosen)}
	for _, s := range sessions {
		cmds = append(cmds, a.release(s))
	}
	if !a.jobShown() {
		a.say(safetext.FromString(said + ": " + a.keyOf("job.show") + " shows it"))
	}
	return tea.Batch(cmds...)
}

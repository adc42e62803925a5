package history

import (
	"slices"
	"time"
)

// A Pace hands out the records of a replay, in order: so many at the same time, and
// so many a second. It has no clock and starts nothing itself, so that a command line
// and a workbench, which wait in different ways, go by the same one.
type Pace struct {
	ids      []int64
	parallel int
	every    time.Duration // between two starts, 0 for none
	next     int           // index of the one that is handed out next
	running  int
	last     time.Time // of the last start
	stopped  bool
}

// catchUp is how late a start may come and the next ones still make up for it.
const catchUp = 100 * time.Millisecond

// NewPace makes the pace of a replay. Of parallel less than 1 is 1; a rate (runs a
// second) of 0 is without limit.
func NewPace(ids []int64, parallel int, rate float64) *Pace {
	p := &Pace{ids: slices.Clone(ids), parallel: max(parallel, 1)}
	if rate > 0 {
		p.every = max(time.Duration(float64(time.Second)/rate), 1)
	}
	return p
}

// Start hands out a record that is to be replayed now, and counts it as running. ok is
// false when none is: then wait is how long until one is due, 0 when that needs a run
// to end first, or when there is none left.
func (p *Pace) Start(now time.Time) (id int64, wait time.Duration, ok bool) {
	if p.stopped || p.next == len(p.ids) || p.running >= p.parallel {
		return 0, 0, false
	}
	if due := p.last.Add(p.every); p.every > 0 && p.next > 0 && now.Before(due) {
		return 0, due.Sub(now), false
	}
	// The next start counts from when this one was due, so that what is woken late
	// does not add up; a long pause is not made up for.
	if due := p.last.Add(p.every); p.next > 0 && now.Sub(due) < max(p.every, catchUp) {
		p.last = due
	} else {
		p.last = now
	}
	p.next++
	p.running++
	return p.ids[p.next-1], 0, true
}

// End says that a run that was handed out is over.
func (p *Pace) End() { p.running-- }

// Stop hands out no more.
func (p *Pace) Stop() { p.stopped = true }

// Running is how many were handed out and are not over.
func (p *Pace) Running() int { return p.running }

// Left is how many will still be handed out.
func (p *Pace) Left() int {
	if p.stopped {
		return 0
	}
	return len(p.ids) - p.next
}

// Over reports that nothing runs and nothing is left.
func (p *Pace) Over() bool { return p.running == 0 && p.Left() == 0 }

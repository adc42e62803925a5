package local

import "time"

// asleep is for how long nothing of lambent must have run to be sure that it was stopped:
// by ctrl+z in a shell, say. A machine that is busy delays it for less.
const asleep = 2 * time.Second

// An allotted time is what an invocation has. A function goes on while lambent is stopped,
// and what it answered then is read afterwards, when the time may seem to be up: the end is
// moved by as long as lambent was stopped.
type allotted struct {
	timer *time.Timer
	ends  time.Time
	seen  time.Time // when it was last looked at, every sampleInterval
}

// allot gives an invocation its time until ends. The timer may have fired for an init that
// was done at that moment; it fires at the end whatever became of it.
func allot(timer *time.Timer, ends time.Time) *allotted {
	timer.Reset(time.Until(ends))
	return &allotted{timer: timer, ends: ends, seen: time.Now()}
}

// look notices that lambent was stopped.
func (a *allotted) look() {
	now := time.Now()
	if gap := now.Sub(a.seen) - sampleInterval; gap > asleep {
		a.ends = a.ends.Add(gap)
	}
	a.seen = now
}

// up says whether the time is up now that the timer has fired. When it isn't, because the
// end has moved or the timer was early, the timer fires again.
func (a *allotted) up() bool {
	a.look()
	left := time.Until(a.ends)
	if left > 0 {
		a.timer.Reset(left)
	}
	return left <= 0
}

// of is what an answer counts for: one that came after the end is discarded (spec §3.5),
// which may be noticed later than the end.
func (a *allotted) of(given answer) answer {
	a.look()
	if given.responded && given.at.After(a.ends) {
		return answer{}
	}
	return given
}

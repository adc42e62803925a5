package local

import (
	"slices"
	"sync"
	"time"
)

// changePause is how long the code must have been left alone before its standby
// environment is started again: an editor or a build writes several files.
const changePause = 50 * time.Millisecond

// A standby is the function that a person looks at. An environment for it is started
// ahead: when it is chosen, and again when its code changes, so that an invocation
// finds it initialised and the report still tells how long that took. When another is
// chosen, it ends unless an invocation has used it. It runs the function's init without
// an invocation; Options.NoStandby is for who doesn't want that.
type standby struct {
	mu       sync.Mutex
	chosen   chosen
	watching bool
}

// A chosen function is one that a standby environment is for; its zero value is none.
type chosen struct{ function, qualifier string }

// Warm starts a standby environment for the function ahead of an invocation, unless
// there is an idle one, and for as long as no other function is warmed again whenever
// its code changes. The one for the function before is ended if nothing has used it; "" for
// the function does no more than that. It returns at once; what goes wrong shows in the
// invocation.
func (e *Executor) Warm(function, qualifier string) {
	if e.o.NoStandby || !e.admit() {
		return
	}
	c := chosen{function, qualifier}
	e.standby.mu.Lock()
	e.standby.chosen = c
	watch := !e.standby.watching && function != ""
	e.standby.watching = e.standby.watching || watch
	e.standby.mu.Unlock()
	go func() {
		defer e.running.Done()
		e.endStandbys(c)
		e.warm(c)
		if watch {
			e.keepWarm()
		}
	}()
}

func (e *Executor) warm(c chosen) {
	if c.function == "" {
		return
	}
	p, failure := e.resolve(c.function, c.qualifier)
	if failure != nil || p.unable() != nil {
		return
	}
	n, fresh, err := e.take(p, false, false)
	if err != nil {
		return
	}
	if fresh {
		n.standbyFor = c
	}
	// In the pool at once, so that an invocation takes it while it is being initialised.
	e.put(n)
	if e.standby.is() != c { // another was chosen meanwhile, and ended what it saw
		e.endStandbys(e.standby.is())
	}
}

func (s *standby) is() chosen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.chosen
}

// endStandbys ends the environments that were started ahead for other functions, and that
// no invocation has used.
func (e *Executor) endStandbys(except chosen) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return
	}
	for _, pool := range e.pools {
		pool.idle = slices.DeleteFunc(pool.idle, func(n *environment) bool {
			if n.standbyFor == (chosen{}) || n.standbyFor == except {
				return false
			}
			e.background(n.close)
			return true
		})
	}
}

// keepWarm waits for changes of code until the executor stops, which ends the waiting.
func (e *Executor) keepWarm() {
	for e.gate.wait() {
		pause := time.NewTimer(changePause)
		select {
		case <-pause.C:
		case <-e.stopping:
			pause.Stop()
			return
		}
		e.warm(e.standby.is())
	}
	e.standby.mu.Lock()
	e.standby.watching = false // nothing was watched yet: the next Warm may find something
	e.standby.mu.Unlock()
}

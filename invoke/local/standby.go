package local

import (
	"sync"
	"time"
)

// changePause is how long the code must have been left alone before its standby
// environment is started again: an editor or a build writes several files.
const changePause = 50 * time.Millisecond

// A standby is the function that a person looks at. An environment for it is started
// ahead: when it is chosen, and again when its code changes, so that an invocation
// finds it initialised and the report still tells how long that took. It runs the
// function's init without an invocation; Options.NoStandby is for who doesn't want that.
type standby struct {
	mu                  sync.Mutex
	function, qualifier string
	watching            bool
}

// Warm starts a standby environment for the function ahead of an invocation, unless
// there is an idle one, and for as long as no other function is warmed again whenever
// its code changes. It returns at once; what goes wrong shows in the invocation.
func (e *Executor) Warm(function, qualifier string) {
	if e.o.NoStandby || !e.admit() {
		return
	}
	e.standby.mu.Lock()
	e.standby.function, e.standby.qualifier = function, qualifier
	watch := !e.standby.watching
	e.standby.watching = true
	e.standby.mu.Unlock()
	go func() {
		defer e.running.Done()
		e.warm(function, qualifier)
		if watch {
			e.keepWarm()
		}
	}()
}

func (e *Executor) warm(function, qualifier string) {
	p, failure := e.resolve(function, qualifier)
	if failure != nil || p.unable() != nil {
		return
	}
	n, _, err := e.take(p, false, false)
	if err != nil {
		return
	}
	// In the pool at once, so that an invocation takes it while it is being initialised.
	e.put(n)
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
		e.standby.mu.Lock()
		function, qualifier := e.standby.function, e.standby.qualifier
		e.standby.mu.Unlock()
		e.warm(function, qualifier)
	}
	e.standby.mu.Lock()
	e.standby.watching = false // nothing was watched yet: the next Warm may find something
	e.standby.mu.Unlock()
}

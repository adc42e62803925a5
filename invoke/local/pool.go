package local

import (
	"os"
	"time"

	"lambent/invoke/local/runtimes"
)

// refillDelay is how long after a cold start the next spare supervisor is started: not
// while the invocation that waited for the cold start wants the processors, and not at
// all in a lambent that only came for one invocation.
const refillDelay = 100 * time.Millisecond

// A poolKey names what environments are interchangeable for.
type poolKey struct{ function, version string }

// A pool holds the environments of one function version that no invocation uses.
type pool struct{ idle []*environment }

// take returns an environment for the plan: an idle one, the last used first, or a new
// one. Idle ones that run older code or configuration are closed.
//
// build lets source be built for it: only an invocation is the consent to that.
func (e *Executor) take(p plan, cold, build bool) (n *environment, fresh bool, err error) {
	e.mu.Lock()
	var found *environment
	if pool := e.pools[p.key()]; pool != nil {
		kept := pool.idle[:0]
		for _, n := range pool.idle {
			if n.plan.generation != p.generation {
				e.background(n.close)
				continue
			}
			kept = append(kept, n)
		}
		pool.idle = kept
		if last := len(kept) - 1; last >= 0 && !cold {
			found = kept[last]
			pool.idle = kept[:last]
		}
	}
	e.mu.Unlock()
	if found != nil {
		found.occupy()
		return found, false, nil
	}
	launch, failure := e.o.Prepare(p.fn, p.codeDir, e.runtimeOptions(p, build))
	if failure != nil {
		return nil, false, failure
	}
	if n, err = e.newEnvironment(p, launch); err != nil {
		return nil, false, err
	}
	e.background(n.initialise)
	return n, true, nil
}

// put lets others use the environment. What runs older code is closed by the next take.
func (e *Executor) put(n *environment) {
	e.mu.Lock()
	if e.stopped {
		e.mu.Unlock()
		n.close()
		return
	}
	key := n.plan.key()
	if e.pools[key] == nil {
		e.pools[key] = new(pool)
	}
	n.rested = time.Now()
	e.pools[key].idle = append(e.pools[key].idle, n)
	e.evict()
	e.mu.Unlock()
	n.vacate()
}

// evict closes the environments that have been idle the longest when there are more than
// twice as many as can be used at once. The caller holds the mutex.
func (e *Executor) evict() {
	for {
		count := 0
		var oldest *pool
		for _, pool := range e.pools {
			count += len(pool.idle)
			if len(pool.idle) > 0 && (oldest == nil || pool.idle[0].rested.Before(oldest.idle[0].rested)) {
				oldest = pool
			}
		}
		if count <= 2*e.o.Concurrency {
			return
		}
		e.background(oldest.idle[0].close)
		oldest.idle = oldest.idle[1:]
	}
}

// whileIdle runs rest while the environment is idle and can't be taken, and closes it
// when rest doesn't want to keep it.
func (e *Executor) whileIdle(n *environment, rest func() (keep bool)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	pool := e.pools[n.plan.key()]
	if pool == nil || e.stopped {
		return
	}
	for i, other := range pool.idle {
		if other != n {
			continue
		}
		if !rest() {
			pool.idle = append(pool.idle[:i], pool.idle[i+1:]...)
			e.background(n.close)
		}
		return
	}
}

// background runs do in a goroutine that Stop waits for. The caller is such a goroutine
// itself, or holds the mutex and has seen that the executor isn't stopped.
func (e *Executor) background(do func()) {
	e.running.Add(1)
	go func() {
		defer e.running.Done()
		do()
	}()
}

// takeSupervisor returns the spare supervisor if it lives, else a new one.
func (e *Executor) takeSupervisor() (*supervisor, error) {
	root, err := e.rootDir()
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	s := e.spare
	e.spare = nil
	e.mu.Unlock()
	if s != nil {
		select {
		case <-s.ended:
		default:
			return s, nil
		}
	}
	return startSupervisor(e.o.Self, root)
}

// Prepare starts the spare supervisor, so that the next cold start doesn't have to. It
// returns at once.
func (e *Executor) Prepare() { e.refillAfter(0) }

func (e *Executor) refill() {
	if !e.o.NoSpare {
		e.refillAfter(refillDelay)
	}
}

func (e *Executor) refillAfter(d time.Duration) {
	time.AfterFunc(d, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.stopped || e.spare != nil || e.refilling {
			return
		}
		if root, err := e.makeRoot(); err == nil {
			e.refilling = true
			e.background(func() { e.startSpare(root) })
		}
	})
}

func (e *Executor) startSpare(root string) {
	s, err := startSupervisor(e.o.Self, root)
	e.mu.Lock()
	e.refilling = false
	keep := err == nil && !e.stopped && e.spare == nil
	if keep {
		e.spare = s
	}
	e.mu.Unlock()
	if err == nil && !keep {
		s.kill()
		<-s.gone
	}
}

// rootDir is the folder of all environments; it is made when it is first needed.
func (e *Executor) rootDir() (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.makeRoot()
}

func (e *Executor) makeRoot() (string, error) {
	if e.root != "" {
		return e.root, nil
	}
	root, err := os.MkdirTemp(e.o.TempDir, rootPrefix)
	if err == nil {
		e.root = root
	}
	return root, err
}

func (e *Executor) runtimeOptions(p plan, build bool) runtimes.Options {
	return runtimes.Options{Dir: e.runtimesDir(), Self: e.o.Self, Path: e.o.Path, Layers: p.layers, Build: build}
}

package local

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
	"lambent/invoke/local/versions"
)

// An Executor is the local target. It may be used by any number of goroutines.
type Executor struct {
	o         Options
	store     *versions.Store
	state     *projectState
	gate      changeGate
	standby   standby
	admission admission
	events    eventRunner
	overrides overrides

	stopping chan struct{}
	running  sync.WaitGroup // invocations and what they leave to be done

	mu        sync.Mutex
	stopped   bool
	root      string // folder of all environments, "" before the first
	code      map[string]*codeState
	sums      codeSums
	pools     map[poolKey]*pool
	spare     *supervisor
	refilling bool
}

var (
	_ invoke.Target      = (*Executor)(nil)
	_ invoke.Publisher   = (*Executor)(nil)
	_ invoke.Follower    = (*Executor)(nil)
	_ invoke.ColdStarter = (*Executor)(nil)
	_ invoke.Warmer      = (*Executor)(nil)

	_ invoke.CognitoPretender = (*Executor)(nil)
	_ invoke.Stopper          = (*Executor)(nil)
)

// Open prepares an executor. It starts no process and writes nothing.
//
// On Linux it makes this process a subreaper: orphans of any child become its own. That
// is how the processes of a supervisor that was killed are found and ended.
func Open(o Options) (*Executor, error) {
	if o.Project == nil || o.DataDir == "" {
		return nil, errNoProject
	}
	if err := o.fill(); err != nil {
		return nil, err
	}
	store, err := versions.Open(versions.Dir(o.DataDir, o.Project.Dir))
	if err != nil {
		return nil, fmt.Errorf("open versions: %w", err)
	}
	if err := becomeSubreaper(); err != nil {
		return nil, fmt.Errorf("become subreaper: %w", err)
	}
	e := &Executor{
		o: o, store: store, state: newProjectState(o.Project), stopping: make(chan struct{}),
		admission: admission{limit: o.Concurrency, of: map[string]int{}},
		code:      map[string]*codeState{}, pools: map[poolKey]*pool{},
	}
	e.events.init(e)
	if o.RunEvents {
		e.events.start()
	}
	return e, nil
}

func (o *Options) fill() error {
	setDefault(&o.Account, DefaultAccount)
	setDefault(&o.Region, DefaultRegion)
	setDefault(&o.Concurrency, DefaultConcurrency)
	setDefault(&o.FreezeDelay, 10*time.Millisecond)
	setDefault(&o.IdleTimeout, 5*time.Minute)
	setDefault(&o.InitTimeout, 10*time.Second)
	setDefault(&o.EventClock, 1)
	setDefault(&o.Paths, PathsAuto)
	setDefault(&o.TempDir, os.TempDir())
	setDefault(&o.Path, os.Getenv("PATH"))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Prepare == nil {
		o.Prepare = runtimes.Prepare
	}
	if o.Self != "" {
		return nil
	}
	if runtime.GOOS == "linux" {
		o.Self = "/proc/self/exe" // the file that go run built may be gone
		return nil
	}
	self, err := os.Executable()
	o.Self = self
	return err
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

func (e *Executor) runtimesDir() string { return filepath.Join(e.o.DataDir, "runtimes") }

// Info says which project this is.
func (e *Executor) Info() invoke.TargetInfo {
	p := e.o.Project
	info := invoke.TargetInfo{Kind: invoke.Local, Account: e.o.Account, Region: e.o.Region, Project: p.Dir, ProjectName: p.Name}
	if p.Sample {
		info.Project = "sample"
	}
	return info
}

// Project is the project as it was last read; err says why it could not be read
// again since its template has changed. Changes made since then are laid over it.
func (e *Executor) Project() (p *project.Project, err error) {
	p, err = e.state.current(e.o.Reload)
	return e.overrides.over(p), err
}

// Functions yields the project's functions in the order of the template. When the
// template has changed and can't be read, the functions as they were come before the error.
func (e *Executor) Functions(ctx context.Context) iter.Seq2[invoke.Function, error] {
	return func(yield func(invoke.Function, error) bool) {
		p, err := e.Project()
		for _, fn := range p.Functions {
			fn.ARN = e.arn(fn.Name)
			if !yield(fn.Function, nil) {
				return
			}
		}
		if err != nil {
			yield(invoke.Function{}, fmt.Errorf("read the project again: %w", err))
		}
	}
}

func (e *Executor) arn(function string) string {
	return invoke.Name{Function: function}.ARN(e.o.Region, e.o.Account)
}

// StartsCold says that Request.Cold is honoured.
func (e *Executor) StartsCold() bool { return true }

// TakesCognitoIdentity says that Request.CognitoIdentity is honoured.
func (e *Executor) TakesCognitoIdentity() bool { return true }

// StreamsResponses says that Request.Stream is honoured.
func (e *Executor) StreamsResponses() bool { return true }

// admit registers work that Stop waits for; the caller calls running.Done.
func (e *Executor) admit() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopped {
		return false
	}
	e.running.Add(1)
	return true
}

// Stop ends every invocation and every environment and returns once their processes
// are gone and their folders removed. Events that were being run are run again by the
// next lambent that has the project open. The error is ctx's.
func (e *Executor) Stop(ctx context.Context) error {
	e.mu.Lock()
	if !e.stopped {
		e.stopped = true
		close(e.stopping)
		for _, pool := range e.pools {
			for _, n := range pool.idle {
				e.background(n.close)
			}
		}
		clear(e.pools)
		if s := e.spare; s != nil {
			e.background(func() { s.kill(); <-s.gone })
		}
		e.spare = nil
	}
	root := e.root
	e.mu.Unlock()
	e.gate.close() // which ends the waiting for changes
	done := make(chan struct{})
	go func() {
		e.running.Wait()
		if root != "" {
			_ = os.RemoveAll(root)
		}
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

var errStopping = errors.New("the executor is stopping")

func stoppingFailure(ran invoke.Ran) *invoke.Failure {
	return invoke.ClientFailureOf(invoke.Stopping, "lambent is stopping", "", "", ran, errStopping)
}

func decimalInt(n int) string { return strconv.Itoa(n) }

package local

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"lambent/invoke"
	"lambent/invoke/local/runtimes"
)

const (
	// settleLimit is how long the connections of an ended process are waited for, once it
	// is known whose they are.
	settleLimit = 250 * time.Millisecond
	// lastWords is how long a runtime that has posted an init error gets to exit by itself.
	lastWords = 200 * time.Millisecond
	// goneLimit is how long the answer to an invocation whose processes are being ended
	// waits for their end.
	goneLimit = 2 * time.Second
	// standbyCheck is how long after its start a standby environment is frozen at the earliest.
	standbyCheck = 100 * time.Millisecond
)

// An environment is an execution environment: it serves one function version, one
// invocation at a time. Its folder lives as long as it does; its process may be replaced.
type environment struct {
	e      *Executor
	plan   plan
	launch runtimes.Launch
	paths  realPaths
	dir    string // its own folder
	stream string // its log stream

	between *runLog // what is written while no invocation runs; the next one's log begins with it
	gauge   memoryGauge
	storage storageGauge // the owner's
	sampler *time.Timer  // stopped unless an invocation waits

	initialised chan struct{} // closed when the first init has ended
	firstInit   initEnd       // valid then
	initTold    bool          // an invocation has reported the first init
	// standbyFor is what it was started ahead for, while no invocation has used it. It is
	// the owner's, or guarded by the executor's mutex while it is idle.
	standbyFor chosen

	mu      sync.Mutex
	session *session // nil when there is no process
	idle    *time.Timer
	rested  time.Time // when it was put into the pool; guarded by the executor's mutex
	frozen  bool
	closed  bool
}

// A session is one process of an environment with its Runtime API, and the external
// extensions beside it.
type session struct {
	api     *runtimeAPI
	sup     *supervisor
	runtime spawnOrder // started once every external extension has registered
}

// alive says whether the runtime and the extensions still run.
func (s *session) alive() bool { return !closed(s.sup.ended) && !closed(s.sup.down) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// end kills the tree. gone of the supervisor tells when it is done.
func (s *session) end() {
	s.sup.kill()
	s.api.close()
}

// newEnvironment makes the folder and prepares the first session; begin starts it.
func (e *Executor) newEnvironment(p plan, launch runtimes.Launch) (*environment, error) {
	root, err := e.rootDir()
	if err != nil {
		return nil, err
	}
	var id [16]byte
	_, _ = rand.Read(id[:])
	n := &environment{
		e: e, plan: p, launch: launch, between: new(runLog), initialised: make(chan struct{}),
		dir:    filepath.Join(root, hex.EncodeToString(id[:4])),
		stream: e.o.Now().UTC().Format("2006/01/02") + "/[" + p.version + "]" + hex.EncodeToString(id[:]),
	}
	for _, sub := range []string{n.home(), n.tmp()} {
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return nil, err
		}
	}
	var note string
	if n.paths, note = n.realPathsFor(); note != "" {
		n.launch.Notes = append(slices.Clone(n.launch.Notes), note)
	}
	n.sampler = time.NewTimer(time.Hour)
	n.sampler.Stop()
	n.idle = time.AfterFunc(time.Hour, n.rest)
	n.idle.Stop()
	return n, nil
}

func (n *environment) home() string { return filepath.Join(n.dir, "home") }
func (n *environment) tmp() string  { return filepath.Join(n.dir, "tmp") }

// begin starts a process. log takes its output.
func (n *environment) begin(log *runLog) (*session, error) {
	api, err := listenAPI()
	if err != nil {
		return nil, err
	}
	sup, err := n.e.takeSupervisor()
	if err != nil {
		api.close()
		return nil, err
	}
	s := &session{api: api, sup: sup}
	api.from = sup.fromTree
	sup.log.filter(newLevelFilter(n.plan.fn.LogFormat, n.plan.fn.ApplicationLogLevel))
	sup.log.direct(log)
	go api.serve()
	n.mu.Lock()
	n.session, n.frozen = s, false
	late := n.closed
	n.mu.Unlock()
	n.gauge.reset()
	args := make([]string, len(n.launch.Args))
	for i, arg := range n.launch.Args {
		args[i] = n.paths.where(arg)
	}
	s.runtime = spawnOrder{
		Path: n.launch.Path, Args: args, Dir: n.plan.codeDir, Env: n.surroundings(api.address), Paths: n.paths,
	}
	sup.tag.Store(logStreamVariable + "=" + n.stream)
	if err = n.startExtensions(s); err == nil && len(sup.extensions) == 0 {
		err = sup.spawn(s.runtime)
	}
	if err != nil || late {
		s.end()
	}
	return s, err
}

// An initEnd is how an attempt to initialise ended.
type initEnd struct {
	outcome  // why it failed; unused when it didn't
	ok       bool
	duration time.Duration
}

// initialise runs the first init in the background, so that a standby environment and
// one that an invocation waits for come about in the same way.
func (n *environment) initialise() {
	defer close(n.initialised)
	started := time.Now()
	n.between.write(n.platform("").initStart(n.runtimeVersion()))
	s, err := n.begin(n.between)
	if err != nil {
		n.firstInit = initEnd{outcome: cannotStart(err)}
		return
	}
	limit := time.NewTimer(n.e.o.InitTimeout)
	defer limit.Stop()
	sampler := time.NewTimer(initSample)
	defer sampler.Stop()
	n.firstInit = n.awaitReady(context.Background(), s, limit.C, sampler)
	n.firstInit.duration = time.Since(started)
	n.tellExtensions(s, n.between)
	if !n.firstInit.ok {
		if n.firstInit.ending == timedOut {
			n.firstInit.duration = n.e.o.InitTimeout
		}
		n.discard(s, n.firstInit.reason())
		n.between.write(n.initReport("init", n.firstInit))
	}
	n.e.refill()
}

func cannotStart(err error) outcome {
	return outcome{ending: initFailed, errorType: "Sandbox.StartFailure", message: err.Error()}
}

// awaitReady waits until the runtime and the extensions ask for their first event, or one
// of them fails to.
func (n *environment) awaitReady(ctx context.Context, s *session, limit <-chan time.Time, sampler *time.Timer) initEnd {
	registered := s.api.extensions.registered
	if len(s.sup.extensions) == 0 {
		registered = nil // the runtime has been started already
	}
	for {
		select {
		case <-s.api.ready:
			return initEnd{ok: true}
		case <-registered:
			registered = nil
			if err := s.sup.spawn(s.runtime); err != nil {
				return initEnd{outcome: cannotStart(err)}
			}
		case <-s.sup.down:
			return initEnd{outcome: extensionOutcome(s, initFailed)}
		case posted := <-s.api.initError:
			return initPosted(s, posted)
		case <-s.sup.ended:
			s.api.settle(settleLimit)
			select {
			case posted := <-s.api.initError: // it wins over the exit (spec §3.6)
				return initPosted(s, posted)
			default:
			}
			return initEnd{outcome: exitOutcome(s, initFailed)}
		case <-limit:
			if closed(s.api.ready) {
				return initEnd{ok: true}
			}
			return initEnd{outcome: outcome{ending: timedOut}}
		case <-ctx.Done():
			return initEnd{outcome: outcome{ending: cancelled}}
		case <-n.e.stopping:
			return initEnd{outcome: outcome{ending: cancelled}}
		case <-sampler.C:
			if n.overMemory(s) {
				return initEnd{outcome: memoryOutcome()}
			}
			sampler.Reset(initSample)
		}
	}
}

func initPosted(s *session, posted initError) initEnd {
	select {
	case <-s.sup.ended:
	case <-time.After(lastWords):
	}
	errorType := posted.errorType
	if errorType == "" {
		errorType = "Runtime.Unknown"
	}
	return initEnd{outcome: outcome{ending: initFailed, initError: posted.payload, errorType: errorType}}
}

// exitOutcome words how a runtime ended that did not want to.
func exitOutcome(s *session, e ending) outcome {
	if s.sup.failure != nil {
		errorType, message := startMessage(*s.sup.failure)
		return outcome{ending: e, errorType: errorType, message: message}
	}
	return outcome{ending: e, errorType: "Runtime.ExitError", message: exitMessage(s.sup.status)}
}

// memoryOutcome is what Lambda's own out-of-memory kill looks like (spec §3.6): the
// caller sees an exit, the report says why.
func memoryOutcome() outcome {
	return outcome{ending: outOfSpace, errorType: "Runtime.ExitError",
		message: exitMessage(exitStatus{Code: -1, Signal: "killed"})}
}

// overMemory samples and says whether the tree uses more than the function's memory.
func (n *environment) overMemory(s *session) bool {
	return n.gauge.sample(s.sup, underWay) > int64(n.plan.fn.MemorySizeMB)<<20
}

// discard ends a session's processes and waits for their end. Its connections end and
// its last log lines are where its log goes. reason is what extensions are told; without
// one they are killed like everything else.
func (n *environment) discard(s *session, reason string) {
	n.mu.Lock()
	if n.session == s {
		n.session = nil
	}
	n.mu.Unlock()
	if reason != "" {
		n.shutDown(s, reason)
	}
	s.end()
	select {
	case <-s.sup.gone:
	case <-time.After(goneLimit):
	}
}

// current returns the living session, or nil.
func (n *environment) current() *session {
	n.mu.Lock()
	s := n.session
	n.mu.Unlock()
	if s != nil && !s.alive() {
		n.discard(s, failureReason)
		return nil
	}
	return s
}

// occupy takes the environment out of its rest.
func (n *environment) occupy() {
	n.idle.Stop()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.frozen && n.session != nil {
		// The event may be written before the thaw has happened: it waits in the
		// connection.
		n.session.sup.thaw()
	}
	n.frozen = false
}

// vacate lets the environment rest until the next invocation.
func (n *environment) vacate() { n.idle.Reset(n.e.o.FreezeDelay) }

// rest freezes an idle environment, and closes one that has been frozen for long.
// One that has been taken from the pool meanwhile is left alone.
func (n *environment) rest() {
	n.e.whileIdle(n, func() (keep bool) {
		n.mu.Lock()
		defer n.mu.Unlock()
		select {
		case <-n.initialised:
		default: // a standby environment that is still being initialised
			n.idle.Reset(standbyCheck)
			return true
		}
		if n.frozen {
			return false
		}
		n.frozen = true
		if n.session != nil {
			n.session.sup.freeze()
		}
		n.idle.Reset(n.e.o.IdleTimeout)
		return true
	})
}

// close ends the environment: its processes, its Runtime API and its folder.
func (n *environment) close() {
	n.idle.Stop()
	n.mu.Lock()
	n.closed = true
	s := n.session
	n.mu.Unlock()
	if s != nil {
		n.discard(s, spindownReason)
		<-s.sup.gone
	}
	_ = os.RemoveAll(n.dir)
}

func (n *environment) platform(requestID string) platformLog {
	return platformLog{json: n.plan.fn.LogFormat == "JSON", level: n.plan.fn.SystemLogLevel, requestID: requestID, version: n.plan.version, now: n.e.o.Now}
}

// runtimeVersion names the runtime as INIT_START does: python:3.13.local and an ARN
// whose digits are of what is executed.
func (n *environment) runtimeVersion() (name, arn string) {
	name = n.plan.fn.Runtime
	if system, ok := strings.CutPrefix(name, "provided."); ok {
		name = "provided:" + system
	} else if i := strings.IndexFunc(name, unicode.IsDigit); i > 0 {
		name = name[:i] + ":" + name[i:]
	}
	sum := sha256.Sum256([]byte(strings.Join(append([]string{n.launch.Path}, n.launch.Args...), "\x00")))
	return name + ".local", "arn:aws:lambda:" + n.e.o.Region + "::runtime:" + hex.EncodeToString(sum[:])
}

func (n *environment) initReport(phase string, end initEnd) []byte {
	status, errorType := "error", end.errorType
	if end.ending == timedOut {
		status, errorType = "timeout", ""
	}
	if end.ending == outOfSpace {
		errorType = "Runtime.OutOfMemory"
	}
	return n.platform("").initReport(end.duration, phase, status, errorType)
}

// report is the REPORT line's content (spec §4).
func (n *environment) report(requestID string, o outcome) invoke.Report {
	r := invoke.Report{
		RequestID: requestID, Duration: o.duration, BilledDuration: invoke.Billed(o.duration, o.initDuration),
		MemorySizeMB: n.plan.fn.MemorySizeMB, InitDuration: o.initDuration,
		MaxMemoryUsedMB: min(n.gauge.megabytes(), n.plan.fn.MemorySizeMB),
		Status:          o.status(), ErrorType: o.reportType(),
	}
	if o.ending == outOfSpace {
		r.ErrorType, r.MaxMemoryUsedMB = "Runtime.OutOfMemory", r.MemorySizeMB
	}
	return r
}

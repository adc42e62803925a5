package local

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// openFiles is RLIMIT_NOFILE of a function (spec §1.2).
const openFiles = 1024

// becomeSupervisor makes the process the parent of every orphan below it and
// immune to the signals that a function can send to its parent by mistake.
func becomeSupervisor() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	// Caught, not ignored: an ignored signal would stay ignored in the function.
	// SIGPIPE is among them because a dead lambent must not end its supervisor.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	unix.Umask(0o077)
	closeInherited()
	return setLimits()
}

// closeInherited keeps from the function what lambent itself was started with: a shell
// may leave descriptors of a terminal or of anything else open.
func closeInherited() {
	if unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	for fd := 3; fd < 1024; fd++ { // kernels before 5.11
		unix.CloseOnExec(fd)
	}
}

// setLimits sets what a function inherits. A lower limit than Lambda's stays as it is.
// RLIMIT_NPROC counts per user, not per process tree, and is left alone.
func setLimits() error {
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return err
	}
	if files.Max < openFiles {
		return nil
	}
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: openFiles, Max: openFiles})
}

// A processTree is the runtime's process, those of external extensions, and everything
// that they started.
//
// reap guards against signalling a process that is no more: children are reaped only
// under it, and whoever signals holds it.
type processTree struct {
	reap      sync.Mutex
	pid       int                      // the runtime's, 0 before it was started and after it has ended
	started   bool                     // the runtime was started
	told      map[int]func(exitStatus) // whom the end of a process that was started here is told to
	childless chan struct{}            // closed when the supervisor has no children left, which then holds for ever
	over      bool                     // childless is closed, or will be at once
	stopped   []int                    // what freeze stopped and thaw must continue
}

// runsExtensions says that external extensions are started on this system.
const runsExtensions = true

// start executes the runtime or an extension. exited is called once, when its process has
// ended.
func (t *processTree) start(o spawnOrder, exited func(exitStatus)) (int, error) {
	if t.started {
		return 0, errors.New("the runtime has been started already")
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	attr := &syscall.ProcAttr{
		Dir:   o.Dir,
		Env:   o.Env,
		Files: []uintptr{null.Fd(), os.Stderr.Fd(), os.Stderr.Fd()},
		// A session of its own: no controlling terminal, and signals to its own group
		// don't reach the supervisor.
		Sys: &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL},
	}
	path, args := o.Path, o.Args
	if o.Paths.used() {
		path, args = "/proc/self/exe", o.Paths.placerArgs(o)
		namespace(attr.Sys)
	}
	var pid int
	for try := 0; ; try++ {
		pid, err = t.fork(o, path, args, attr, exited)
		// A build may still hold the file open for writing.
		if err != syscall.ETXTBSY || try == 20 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		return 0, &os.PathError{Op: "fork/exec", Path: o.Path, Err: err}
	}
	return pid, nil
}

// fork starts a process and has it waited for. The tree begins with the first one, and
// after the last one has ended nothing may be started any more.
func (t *processTree) fork(o spawnOrder, path string, args []string, attr *syscall.ProcAttr, exited func(exitStatus)) (int, error) {
	t.reap.Lock()
	defer t.reap.Unlock()
	if t.over {
		return 0, syscall.ESRCH
	}
	pid, err := syscall.ForkExec(path, args, attr)
	if err != nil {
		return 0, err
	}
	if t.told == nil {
		t.told, t.childless = map[int]func(exitStatus){}, make(chan struct{})
		go t.wait()
	}
	t.told[pid] = exited
	if o.Extension == "" {
		t.pid, t.started = pid, true
	}
	return pid, nil
}

// wait reaps until there is nothing left to reap. As the supervisor is a subreaper,
// having no children means that no descendant is left.
func (t *processTree) wait() {
	defer close(t.childless)
	for {
		if err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil && err != unix.EINTR && t.childlessNow() {
			return
		}
		t.reapAll()
	}
}

// childlessNow says whether there is no child, which then holds for ever.
func (t *processTree) childlessNow() bool {
	t.reap.Lock()
	defer t.reap.Unlock()
	t.over = unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil) == unix.ECHILD
	return t.over
}

// reapAll reaps what has ended and tells who waits for it.
func (t *processTree) reapAll() {
	type end struct {
		tell   func(exitStatus)
		status exitStatus
	}
	var ended []end
	t.reap.Lock()
	for {
		var status syscall.WaitStatus
		var used syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, &used)
		if err != nil || pid <= 0 {
			break
		}
		t.forget(pid)
		if pid == t.pid {
			t.pid = 0
		}
		tell := t.told[pid]
		if tell == nil {
			continue
		}
		delete(t.told, pid)
		e := end{tell, exitStatus{Code: status.ExitStatus(), Peak: int64(used.Maxrss) << 10}}
		if status.Signaled() {
			e.status.Signal = status.Signal().String()
		}
		ended = append(ended, e)
	}
	t.reap.Unlock()
	for _, e := range ended {
		e.tell(e.status)
	}
}

// signal sends a signal to the runtime.
func (t *processTree) signal(number byte) {
	t.reap.Lock()
	defer t.reap.Unlock()
	if t.pid != 0 {
		_ = syscall.Kill(t.pid, syscall.Signal(number))
	}
}

// forget drops a process that was stopped and then killed: its number may be given to another.
func (t *processTree) forget(pid int) {
	for i, p := range t.stopped {
		if p == pid {
			t.stopped = append(t.stopped[:i], t.stopped[i+1:]...)
			return
		}
	}
}

// freeze stops every process of the tree that isn't stopped already.
func (t *processTree) freeze() {
	t.reap.Lock()
	defer t.reap.Unlock()
	// A process that forks while it is being looked for is found in the next round.
	for range 8 {
		found := false
		for _, p := range descendants(os.Getpid()) {
			if state := processState(p); state == 'T' || state == 'Z' || state == 0 {
				continue
			}
			if syscall.Kill(p, syscall.SIGSTOP) == nil {
				t.stopped = append(t.stopped, p)
				found = true
			}
		}
		if !found {
			return
		}
	}
}

func (t *processTree) thaw() {
	t.reap.Lock()
	defer t.reap.Unlock()
	for _, p := range t.stopped {
		_ = syscall.Kill(p, syscall.SIGCONT)
	}
	t.stopped = t.stopped[:0]
}

// end kills every process of the tree and returns when none is left, or after limit.
func (t *processTree) end(limit time.Duration) {
	if t.childless == nil {
		return
	}
	started := time.Now()
	for pause := time.Millisecond; time.Since(started) < limit; pause = min(2*pause, 50*time.Millisecond) {
		t.reap.Lock()
		killAll(func() []int { return descendants(os.Getpid()) })
		t.reap.Unlock()
		select {
		case <-t.childless:
			return
		case <-time.After(pause):
		}
	}
}

// killAll stops first, so that what forks can't outrun the killing, and looks again
// before it kills.
func killAll(find func() []int) {
	for _, p := range find() {
		_ = syscall.Kill(p, syscall.SIGSTOP)
	}
	for _, p := range find() {
		_ = syscall.Kill(p, syscall.SIGKILL)
	}
}

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

// A processTree is the runtime's process and everything that it started.
//
// reap guards against signalling a process that is no more: children are reaped only
// under it, and whoever signals holds it.
type processTree struct {
	reap      sync.Mutex
	pid       int
	childless chan struct{} // closed when the supervisor has no children left, which then holds for ever
	stopped   []int         // what freeze stopped and thaw must continue

	ends map[int]func(exitStatus) // called when these end: the runtime and its extensions
}

// start executes the runtime. exited is called once, when its process has ended.
func (t *processTree) start(o spawnOrder, exited func(exitStatus)) (int, error) {
	if t.pid != 0 {
		return 0, errors.New("a runtime has been started already")
	}
	pid, err := t.extend(o, exited)
	t.pid = pid
	return pid, err
}

// extend executes one more process of the tree.
func (t *processTree) extend(o spawnOrder, exited func(exitStatus)) (int, error) {
	t.reap.Lock() // so that its end is not seen before it is known
	defer t.reap.Unlock()
	select {
	case <-t.childless: // a nil channel never is
		return 0, errors.New("the tree has ended")
	default:
	}
	pid, err := execute(o)
	if err != nil {
		return 0, err
	}
	if t.ends == nil {
		t.ends = map[int]func(exitStatus){}
	}
	t.ends[pid] = exited
	if t.childless == nil {
		t.childless = make(chan struct{})
		go t.wait()
	}
	return pid, nil
}

func execute(o spawnOrder) (int, error) {
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
	for try := 0; ; try++ {
		pid, err := syscall.ForkExec(path, args, attr)
		if err == nil {
			return pid, nil
		}
		// A build may still hold the file open for writing.
		if err != syscall.ETXTBSY || try == 20 {
			return 0, &os.PathError{Op: "fork/exec", Path: o.Path, Err: err}
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// wait reaps until there is nothing left to reap. As the supervisor is a subreaper,
// having no children means that no descendant is left.
func (t *processTree) wait() {
	defer close(t.childless)
	for {
		err := unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != nil && err != unix.EINTR {
			return
		}
		var ended []func()
		t.reap.Lock()
		for {
			var status syscall.WaitStatus
			var used syscall.Rusage
			pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG, &used)
			if err != nil || pid <= 0 {
				break
			}
			t.forget(pid)
			if tell := t.ends[pid]; tell != nil {
				delete(t.ends, pid)
				x := exitStatus{Code: status.ExitStatus(), Peak: int64(used.Maxrss) << 10}
				if status.Signaled() {
					x.Signal = status.Signal().String()
				}
				ended = append(ended, func() { tell(x) })
			}
		}
		t.reap.Unlock()
		for _, tell := range ended {
			tell()
		}
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

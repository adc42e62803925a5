//go:build unix && !linux

package local

import (
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

// Without a subreaper and /proc, a tree is the runtime's process group: what starts a
// session of its own escapes freezing and killing. The README says so.

const openFiles = 1024

func becomeSupervisor() error {
	// Caught, not ignored: an ignored signal would stay ignored in the function.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTERM,
		syscall.SIGPIPE, syscall.SIGALRM, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU)
	syscall.Umask(0o077)
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: openFiles, Max: openFiles})
}

// runsExtensions says that external extensions are started on this system: they would not
// be part of the tree.
const runsExtensions = false

type processTree struct {
	mu     sync.Mutex // held while signalling; the group's number is free once reaped is true
	pid    int
	reaped bool
	gone   chan struct{}
}

func (t *processTree) start(o spawnOrder, exited func(exitStatus)) (int, error) {
	if t.gone != nil {
		return 0, errors.New("a runtime has been started already")
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	pid, err := syscall.ForkExec(o.Path, o.Args, &syscall.ProcAttr{
		Dir: o.Dir, Env: o.Env, Files: []uintptr{null.Fd(), os.Stderr.Fd(), os.Stderr.Fd()},
		Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return 0, &os.PathError{Op: "fork/exec", Path: o.Path, Err: err}
	}
	t.pid, t.gone = pid, make(chan struct{})
	go t.wait(exited)
	return pid, nil
}

func (t *processTree) wait(exited func(exitStatus)) {
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(t.pid, &status, 0, nil); err != syscall.EINTR {
			break
		}
	}
	t.mu.Lock()
	// What is left of the group goes with its leader, while its number is still ours.
	_ = syscall.Kill(-t.pid, syscall.SIGKILL)
	t.reaped = true
	t.mu.Unlock()
	ended := exitStatus{Code: status.ExitStatus()}
	if status.Signaled() {
		ended.Signal = status.Signal().String()
	}
	exited(ended)
	close(t.gone)
}

// signal is for the end of a runtime that has extensions, which there are none of.
func (t *processTree) signal(byte) {}

func (t *processTree) signalAll(s syscall.Signal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone != nil && !t.reaped {
		_ = syscall.Kill(-t.pid, s)
	}
}

func (t *processTree) freeze() { t.signalAll(syscall.SIGSTOP) }
func (t *processTree) thaw()   { t.signalAll(syscall.SIGCONT) }

func (t *processTree) end(limit time.Duration) {
	if t.gone == nil {
		return
	}
	t.signalAll(syscall.SIGKILL)
	select {
	case <-t.gone:
	case <-time.After(limit):
	}
}

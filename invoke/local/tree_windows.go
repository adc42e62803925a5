package local

import (
	"errors"
	"os"
	"time"
)

// On Windows a tree is the runtime's process alone: it is not frozen, and processes
// that it started outlive it. The README says so.

func becomeSupervisor() error { return nil }

// runsExtensions says that external extensions are started on this system: they would not
// be part of the tree.
const runsExtensions = false

type processTree struct {
	process *os.Process
	gone    chan struct{}
}

func (t *processTree) start(o spawnOrder, exited func(exitStatus)) (int, error) {
	if t.process != nil {
		return 0, errors.New("a runtime has been started already")
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	p, err := os.StartProcess(o.Path, o.Args, &os.ProcAttr{
		Dir: o.Dir, Env: o.Env, Files: []*os.File{null, os.Stderr, os.Stderr},
	})
	if err != nil {
		return 0, err
	}
	t.process, t.gone = p, make(chan struct{})
	go func() {
		ended := exitStatus{Code: -1}
		if state, err := p.Wait(); err == nil {
			ended.Code = state.ExitCode()
		}
		exited(ended)
		close(t.gone)
	}()
	return p.Pid, nil
}

// signal is for the end of a runtime that has extensions, which there are none of.
func (t *processTree) signal(byte) {}

func (t *processTree) freeze() {}
func (t *processTree) thaw()   {}

func (t *processTree) end(limit time.Duration) {
	if t.process == nil {
		return
	}
	_ = t.process.Kill()
	select {
	case <-t.gone:
	case <-time.After(limit):
	}
}

package local

import (
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"time"

	"lambent/invoke/local/project"
)

// projectState is the project as it was last read.
type projectState struct {
	mu       sync.Mutex
	project  *project.Project
	path     string // of the template
	size     int64
	modified time.Time
	err      error // why the template could not be read again
}

func newProjectState(p *project.Project) *projectState {
	s := &projectState{project: p, path: templatePath(p)}
	if info, err := os.Stat(s.path); err == nil {
		s.size, s.modified = info.Size(), info.ModTime()
	}
	return s
}

func templatePath(p *project.Project) string { return filepath.Join(p.Dir, p.Template) }

// current reads the project again if its template has changed. When that fails, the
// project stays as it was and err says why.
func (s *projectState) current(reload func() (*project.Project, error)) (*project.Project, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reload == nil {
		return s.project, nil
	}
	info, err := os.Stat(s.path)
	if err != nil {
		return s.project, err
	}
	if s.err == nil && info.Size() == s.size && info.ModTime().Equal(s.modified) {
		return s.project, nil
	}
	p, err := reload()
	s.err = err
	if err == nil {
		s.project, s.path = p, templatePath(p)
		s.size, s.modified = info.Size(), info.ModTime()
	}
	return s.project, err
}

// A codeState is the code and configuration of one function's $LATEST as an
// environment was last started with.
type codeState struct {
	mu         sync.Mutex
	from       *project.Project // what fn was taken from; nil at first
	fn         project.Function
	watched    pathState
	print      string
	dir        string
	generation int // changes with the code and with the configuration
}

// latest returns the folder with the function's code and a number that differs from
// the last one when code or configuration differ.
func (e *Executor) latest(p *project.Project, fn project.Function) (dir string, generation int, err error) {
	e.mu.Lock()
	state := e.code[fn.Name]
	if state == nil {
		state = new(codeState)
		e.code[fn.Name] = state
	}
	e.mu.Unlock()
	state.mu.Lock()
	defer state.mu.Unlock()
	if state.from != p {
		if state.from == nil || !sameEnvironment(fn, state.fn) {
			state.fn, state.watched, state.print = fn, pathState{}, ""
			state.generation++
		}
		state.from = p
	}
	if state.print != "" && e.gate.quiet(&state.watched) {
		return state.dir, state.generation, nil
	}
	print := "inline" // changes with the configuration alone
	if fn.CodeURI != "" {
		e.gate.arm(fn.CodeURI, &state.watched)
		if print, err = project.Fingerprint(fn.CodeURI); err != nil {
			return "", 0, err
		}
	}
	if print != state.print {
		if state.dir, err = e.store.CodeDir(fn); err != nil {
			return "", 0, err
		}
		state.print = print
		state.generation++
	}
	return state.dir, state.generation, nil
}

// sameEnvironment says whether an environment of one may serve the other: they differ in
// nothing that a process sees.
func sameEnvironment(a, b project.Function) bool {
	for _, fn := range []*project.Function{&a, &b} {
		fn.Line, fn.Source, fn.Problems = 0, "", nil
		fn.ReservedConcurrency, fn.MaximumRetryAttempts, fn.MaximumEventAge = nil, nil, 0
		fn.DeadLetter, fn.OnSuccess, fn.OnFailure, fn.AutoPublishAlias = "", "", "", ""
	}
	return reflect.DeepEqual(a, b)
}

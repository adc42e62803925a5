package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
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
	layers     []string
	generation int // changes with the code and with the configuration
}

// latest returns the folders with the function's code and layers and a number that
// differs from the last one when any of them or the configuration differ.
func (e *Executor) latest(p *project.Project, fn project.Function) (dir string, layers []string, generation int, err error) {
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
		return state.dir, state.layers, state.generation, nil
	}
	print, err := e.fingerprint(fn, &state.watched)
	if err != nil {
		return "", nil, 0, err
	}
	if print != state.print {
		if state.dir, err = e.store.CodeDir(fn); err != nil {
			return "", nil, 0, err
		}
		if state.layers, err = e.store.LayerDirs(fn); err != nil {
			return "", nil, 0, &layerError{err}
		}
		state.print = print
		state.generation++
	}
	return state.dir, state.layers, state.generation, nil
}

// fingerprint changes with the function's code and its layers. Both are watched from
// then on.
func (e *Executor) fingerprint(fn project.Function, watched *pathState) (string, error) {
	e.gate.arm(codePaths(fn), watched)
	return codePrint(fn)
}

// codePaths are where the function's code and its layers lie.
func codePaths(fn project.Function) []string {
	var paths []string
	if fn.CodeURI != "" {
		paths = append(paths, fn.CodeURI)
	}
	return append(paths, fn.LayerPaths...)
}

// codePrint changes with the function's code and its layers.
func codePrint(fn project.Function) (string, error) {
	var prints []string
	if fn.CodeURI == "" {
		prints = []string{"inline"} // changes with the configuration alone
	}
	for i, path := range codePaths(fn) {
		print, err := project.Fingerprint(path)
		switch {
		case err != nil && (i > 0 || fn.CodeURI == ""):
			return "", &layerError{err}
		case err != nil:
			return "", err
		}
		prints = append(prints, print)
	}
	return strings.Join(prints, " "), nil
}

// A layerError says that a layer of the template can't be had.
type layerError struct{ err error }

func (e *layerError) Error() string {
	var path *fs.PathError
	if errors.As(e.err, &path) && errors.Is(e.err, fs.ErrNotExist) {
		return "there is no layer at " + path.Path
	}
	return fmt.Sprintf("its layer can't be read: %v", e.err)
}

func (e *layerError) Unwrap() error { return e.err }

// sameEnvironment says whether an environment of one may serve the other: they differ in
// nothing that a process sees.
func sameEnvironment(a, b project.Function) bool {
	for _, fn := range []*project.Function{&a, &b} {
		fn.Line, fn.Source, fn.Problems = 0, "", nil
		fn.ReservedConcurrency, fn.EventInvoke, fn.Aliases = nil, nil, nil
		fn.DeadLetter, fn.InvokeMode = "", ""
	}
	return reflect.DeepEqual(a, b)
}

package project

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// templateNames are the names a template goes by, in the order in which SAM looks for them.
var templateNames = []string{"template.yaml", "template.yml", "template.json"}

// Find returns the path of the template in dir. It looks into no other folder.
func Find(dir string) (templateFile string, ok bool) {
	for _, name := range templateNames {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return filepath.Join(dir, name), true
		}
	}
	return "", false
}

// Load reads the template in dir, with the default surroundings.
func Load(dir string) (*Project, error) { return LoadIn(dir, Surroundings{}) }

// LoadIn reads the template in dir. It depends on the folder and on s only, not
// on the environment, and writes nothing. The error is a *TemplateError when the
// template can't be read, and wraps fs.ErrNotExist when there is none.
func LoadIn(dir string, s Surroundings) (*Project, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the project folder: %w", err)
	}
	path, ok := Find(dir)
	if !ok {
		return nil, fmt.Errorf("%s has no template.yaml, template.yml or template.json: %w", dir, fs.ErrNotExist)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the project folder: %w", err)
	}
	defer root.Close()
	p := &Project{Dir: dir, Name: filepath.Base(dir), Template: filepath.Base(path)}
	if err := p.read(root, s); err != nil {
		err.File = p.Template
		return nil, err
	}
	return p, nil
}

func (p *Project) read(root *os.Root, s Surroundings) *TemplateError {
	data, modified, failure := readTemplate(root, p.Template)
	if failure != nil {
		return failure
	}
	if countNodes(data) > maxNodes {
		return &TemplateError{Text: "too large: it may hold more than 500,000 values"}
	}
	document, second, failure := parse(p.Template, data)
	if failure != nil {
		return failure
	}
	if second > 0 {
		p.Problems = append(p.Problems, Problem{File: p.Template, Line: second, Text: "only the first document of this file is read"})
	}
	return p.interpret(root, document, modified, s)
}

// interpret turns a parsed template into functions.
func (p *Project) interpret(root *os.Root, document *node, modified time.Time, s Surroundings) *TemplateError {
	if document.kind != mapNode || document.tag != "" {
		return &TemplateError{Line: document.line, Text: "not a template: its top level is " + document.what()}
	}
	resources := document.at("Resources")
	if resources == nil {
		return &TemplateError{Text: "it has no Resources, so it is not a SAM or CloudFormation template"}
	}
	if resources.kind != mapNode {
		return &TemplateError{Line: resources.line, Text: "Resources is " + resources.what() + ", not a mapping"}
	}
	r := reader{project: p, root: root, resolver: newResolver(document, s), modified: modified, taken: map[string]int{}, folders: map[string]folder{}}
	r.read(resources)
	if r.spent() {
		return &TemplateError{Text: tooMuchWork}
	}
	slices.SortStableFunc(p.Problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return nil
}

// readTemplate reads a regular file of at most maxTemplate bytes. It does not
// wait for a writer when the file is a pipe.
func readTemplate(root *os.Root, name string) (data []byte, modified time.Time, failure *TemplateError) {
	f, err := root.OpenFile(name, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, modified, unreadable(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, modified, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, modified, &TemplateError{Text: "it is not a regular file"}
	}
	if data, err = io.ReadAll(io.LimitReader(f, maxTemplate+1)); err != nil {
		return nil, modified, unreadable(err)
	}
	if len(data) > maxTemplate {
		return nil, modified, &TemplateError{Text: "larger than 4 MiB"}
	}
	return data, info.ModTime(), nil
}

// unreadable is the error for a file that the system doesn't give out.
func unreadable(err error) *TemplateError {
	return &TemplateError{Text: "it can't be read: " + cause(err), Err: err}
}

// cause is the system's own word for an error, without the path that a message
// names already.
func cause(err error) string {
	if leaves(err) {
		return "a link leaves the project folder"
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// leaves reports whether os.Root refused a path because it, or a link on its
// way, leads out of the root. The error has no name that could be compared.
func leaves(err error) bool {
	return err != nil && strings.Contains(err.Error(), "escapes from parent")
}

func parse(name string, data []byte) (root *node, second int, failure *TemplateError) {
	if strings.HasSuffix(name, ".json") {
		root, failure = parseJSON(data)
		return root, 0, failure
	}
	// A .yaml file may hold JSON, which YAML doesn't fully understand.
	if start := bytes.TrimLeft(data, " \t\r\n"); len(start) > 0 && start[0] == '{' {
		if root, failure := parseJSON(data); failure == nil {
			return root, 0, nil
		}
	}
	return parseYAML(data)
}

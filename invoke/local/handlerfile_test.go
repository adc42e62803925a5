//go:build unix

package local

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lambent/invoke/local/project"
)

func TestMissingHandlerFileIsNamed(t *testing.T) {
	t.Parallel()
	code := t.TempDir()
	put(t, filepath.Join(code, "app.py"), "import surely_not_there\n", 0o644)
	put(t, filepath.Join(code, "pkg", "inner.py"), "", 0o644)
	put(t, filepath.Join(code, "index.js"), "require('surely-not-there')\n", 0o644)
	put(t, filepath.Join(code, "namespace", "part", "x.py"), "import surely_not_there\n", 0o644)
	for _, c := range []struct {
		runtime, handler string
		file             string // "" when the catalogue's own remedy stands
		near             string
	}{
		{"python3.13", "ap.handler", "ap.py", "app.handler"},
		{"python3.13", "pkg/inne.handler", "pkg/inne.py", "pkg/inner.handler"},
		{"python3.13", "pkg.inne.handler", "pkg/inne.py", "pkg.inner.handler"},
		{"python3.13", "app.handler", "", ""},
		{"python3.13", "namespace.part.x.handler", "", ""},
		{"nodejs22.x", "inde.handler", "inde.js", "index.handler"},
		{"nodejs22.x", "index.handler", "", ""},
	} {
		program := "python3"
		if strings.HasPrefix(c.runtime, "node") {
			program = "node"
		}
		t.Run(c.runtime+" "+c.handler, func(t *testing.T) {
			needs(t, program)
			f := open(t, does(c.handler, func(fn *project.Function) {
				fn.Runtime, fn.CodeURI, fn.CodePath, fn.Source = c.runtime, code, code, "template.yaml:7"
			}), reallyPrepared)
			failure := f.call("{}").Failure
			if failure == nil || failure.Name != "Runtime.ImportModuleError" {
				t.Fatalf("failed with %+v", failure)
			}
			named := strings.Contains(failure.Remedy, "template.yaml:7")
			switch {
			case c.file == "" && named:
				t.Errorf("a file that is there is called missing: %s", failure.Remedy)
			case c.file == "":
			case !named || !strings.Contains(failure.Remedy, "Add "+c.file+",") ||
				!strings.Contains(failure.Cause, "no "+c.file+" in "+code) || !strings.Contains(failure.Cause, "Handler: "+c.handler):
				t.Errorf("cause %q, remedy %q", failure.Cause, failure.Remedy)
			case !slices.Contains(failure.Suggestions, c.near):
				t.Errorf("suggestions are %q", failure.Suggestions)
			}
		})
	}
}

// A handler that leads out of the code is looked for nowhere.
func TestHandlerOutsideTheCode(t *testing.T) {
	for _, handler := range []string{"../../etc/passwd.x", "/etc/passwd.x", ".x", "x", ""} {
		for _, runtime := range []string{"python3.13", "nodejs22.x", "provided.al2023"} {
			p := plan{codeDir: t.TempDir()}
			p.fn.Runtime, p.fn.Handler = runtime, handler
			if f, ok := p.handlerFile(); ok && !filepath.IsLocal(f.candidates[0]) {
				t.Errorf("%s %q: looked for at %q", runtime, handler, f.candidates)
			}
		}
	}
}

// What is true of every run is no note of any.
func TestOrdinaryRunHasNoNotes(t *testing.T) {
	f := open(t, does("echo"))
	if r := f.call("{}"); len(r.Notes) > 0 && measuresMemory {
		t.Errorf("notes are %q", r.Notes)
	}
}

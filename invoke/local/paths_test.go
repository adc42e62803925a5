//go:build linux

package local

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"lambent/invoke/local/project"
)

type places struct {
	CWD, Root, TMPDir string
	Task, Opt, Tmp    []string
	ReadOnly          bool `json:"read-only"`
}

// refused says that this kernel has no namespaces, and holds the executor to what it
// does then: the function runs where its code is, and the run says why.
func refused(t *testing.T) bool {
	t.Helper()
	why := namespacesRefused()
	if why == "" {
		return false
	}
	r := open(t, does("echo"), func(o *Options) { o.Paths = PathsReal }).call("{}")
	if string(r.Payload) != "{}" || !slices.ContainsFunc(r.Notes, func(note string) bool { return strings.Contains(note, why) }) {
		t.Errorf("answered %s, notes %q, want one with %q", r.Payload, r.Notes, why)
	}
	return true
}

// layersOf makes layers with a file each, one of which both have.
func layersOf(t *testing.T) func(*project.Function) {
	first, second := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{
		filepath.Join(first, "one"): "1", filepath.Join(first, "both"): "1",
		filepath.Join(second, "two"): "2", filepath.Join(second, "both"): "2",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(fn *project.Function) { fn.LayerPaths = []string{first, second} }
}

func TestRealPathsForLayers(t *testing.T) {
	if refused(t) {
		return
	}
	f := open(t, does("places", layersOf(t)))
	for range 2 {
		r := f.call("{}")
		var got places
		unmarshal(t, r.Payload, &got)
		want := places{CWD: "/var/task", Root: "/var/task", TMPDir: "/tmp", Task: []string{"bootstrap"},
			Opt: []string{"both", "one", "two"}, Tmp: []string{"mark"}, ReadOnly: true}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("it sees %+v\nwant %+v", got, want)
		}
		if !slices.ContainsFunc(r.Notes, func(note string) bool { return strings.Contains(note, "/var/task, /opt and /tmp") }) {
			t.Errorf("notes %q", r.Notes)
		}
	}
	if _, err := os.Stat("/tmp/mark"); err == nil {
		t.Error("the machine's /tmp was written to")
	}
}

func TestRealPathsWhereAsked(t *testing.T) {
	if refused(t) {
		return
	}
	var got places
	f := open(t, does("places"), func(o *Options) { o.Paths = PathsReal })
	unmarshal(t, f.call("{}").Payload, &got)
	if got.CWD != "/var/task" || got.Opt != nil || !slices.Equal(got.Tmp, []string{"mark"}) {
		t.Errorf("asked for, it sees %+v", got)
	}
	f = open(t, does("environ", layersOf(t)), func(o *Options) { o.Paths = PathsPlain })
	var environ []string
	r := f.call("{}")
	unmarshal(t, r.Payload, &environ)
	if slices.Contains(environ, "LAMBDA_TASK_ROOT=/var/task") || len(r.Notes) != 0 {
		t.Errorf("plain, it has %q, notes %q", environ, r.Notes)
	}
}

// What could not be found any more keeps a function where it is, and the run says so.
func TestRealPathsThatWouldHideTheInterpreter(t *testing.T) {
	if refused(t) {
		return
	}
	f := open(t, does("places"), func(o *Options) { o.Paths = PathsReal })
	n := &environment{e: f.Executor, plan: plan{codeDir: "/srv/code"}, dir: "/srv/env"}
	n.launch.Path = "/opt/python/bin/python3"
	if r, note := n.realPathsFor(); r.used() || !strings.Contains(note, "/opt/python/bin/python3 would not be seen") {
		t.Errorf("%+v, %q", r, note)
	}
	n.plan.codeDir = "/opt/python"
	if r, note := n.realPathsFor(); !r.used() || r.where(n.launch.Path) != "/var/task/bin/python3" {
		t.Errorf("%+v, %q", r, note)
	}
}

func TestPathsAreTranslatedAsAWhole(t *testing.T) {
	r := realPaths{Task: "/srv/code", Tmp: "/srv/env/tmp", Runtime: "/data/runtimes", Layers: []string{"/srv/code/layer"}}
	for path, want := range map[string]string{
		"/srv/code": "/var/task", "/srv/code/app.py": "/var/task/app.py", "/srv/coded": "/srv/coded",
		"/srv/code/layer/python": "/opt/python", "/data/runtimes/1/bootstrap.py": "/var/runtime/1/bootstrap.py", "/usr/bin/env": "/usr/bin/env",
	} {
		if got := r.where(path); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	if got := r.entry("PYTHONPATH=/srv/code/layer/python:/usr/lib"); got != "PYTHONPATH=/opt/python:/usr/lib" {
		t.Errorf("a list is %s", got)
	}
	if got := (realPaths{}).where("/srv/code"); got != "/srv/code" {
		t.Errorf("without any, /srv/code is %s", got)
	}
}

package samples

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
	"lambent/invoke/local/versions"
)

func open(t testing.TB, data string) *project.Project {
	t.Helper()
	p, err := Open(data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func store(t testing.TB, data string, p *project.Project) *versions.Store {
	t.Helper()
	s, err := versions.Open(versions.Dir(data, p.Dir))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The template is read by the same code as anybody's, without a complaint.
func TestTheSampleIsAnOrdinaryProject(t *testing.T) {
	data := t.TempDir()
	p := open(t, data)
	if !p.Sample || p.Name != "sample" || p.Template != "template.yaml" || !strings.HasPrefix(p.Dir, filepath.Join(data, "samples")) {
		t.Errorf("project %+v", p)
	}
	for _, problem := range p.Problems {
		t.Errorf("problem: %s", problem)
	}
	var names []string
	for _, fn := range p.Functions {
		names = append(names, fn.Name)
		event, err := os.ReadFile(filepath.Join(p.Dir, "events", fn.Name+".json"))
		if err != nil || !json.Valid(event) {
			t.Errorf("%s has no saved event: %v", fn.Name, err)
		}
	}
	want := []string{"hello", "echo", "orders", "fails", "slow", "times-out", "crashes", "eats-memory", "greet-python", "greet-node"}
	if !slices.Equal(names, want) {
		t.Errorf("functions %q, want %q", names, want)
	}
	for handler := range maps.Keys(functions) {
		if !slices.Contains(names, handler) {
			t.Errorf("no function of the template has the handler %q", handler)
		}
	}
}

// Every function on provided.al2023 starts lambent's own image as its bootstrap.
func TestTheSampleNeedsOnlyLambent(t *testing.T) {
	p := open(t, t.TempDir())
	for _, fn := range p.Functions {
		if fn.Runtime != "provided.al2023" {
			continue
		}
		launch, failure := runtimes.Prepare(fn, fn.CodeURI, runtimes.Options{Dir: t.TempDir(), Self: "/opt/lambent"})
		if failure != nil {
			t.Errorf("%s: %v", fn.Name, failure)
			continue
		}
		if launch.Path != "/opt/lambent" || !slices.Equal(launch.Args, []string{"bootstrap"}) || len(launch.Notes) != 0 {
			t.Errorf("%s starts as %+v", fn.Name, launch)
		}
	}
}

func TestSeededVersionsAndAliases(t *testing.T) {
	data := t.TempDir()
	p := open(t, data)
	fn, _ := p.Function("orders")
	s := store(t, data, p)
	published, err := s.Versions("orders")
	if err != nil || len(published) != 2 || published[0].Description != descriptions[0] || published[1].Description != descriptions[1] {
		t.Fatalf("versions %+v (%v)", published, err)
	}
	for qualifier, want := range map[string]string{"1": "opening", "2": "autumn", "live": "autumn", "$LATEST": "next season"} {
		resolved, err := s.Resolve(fn, qualifier, func() float64 { return 0.5 })
		if err != nil {
			t.Fatal(err)
		}
		if qualifier == versions.Latest {
			resolved.CodeDir = fn.CodeURI
		}
		text, err := os.ReadFile(filepath.Join(resolved.CodeDir, "rules.json"))
		if err != nil || !strings.Contains(string(text), `"name": "`+want) {
			t.Errorf("%s runs rules %q (%v)", qualifier, text, err)
		}
		launch, failure := runtimes.Prepare(resolved.Config, resolved.CodeDir, runtimes.Options{Self: "/opt/lambent"})
		if failure != nil || launch.Path != "/opt/lambent" {
			t.Errorf("%s starts as %+v: %v", qualifier, launch, failure)
		}
	}
	drawn := map[string]int{}
	for n := range 1000 {
		resolved, err := s.Resolve(fn, "canary", func() float64 { return float64(n) / 1000 })
		if err != nil {
			t.Fatal(err)
		}
		drawn[resolved.Version]++
	}
	if drawn["1"] != 900 || drawn["2"] != 100 {
		t.Errorf("canary resolves to %v of 1000", drawn)
	}
	all, err := s.Aliases(fn)
	if err != nil || len(all) != 2 || all[0].Name != "canary" || all[0].Version != "1" || all[0].Routing["2"] != 0.1 || all[1].Name != "live" || all[1].Version != "2" {
		t.Errorf("aliases %+v (%v)", all, err)
	}
}

// What a person changes stays changed.
func TestOpenAgainLeavesChangesAlone(t *testing.T) {
	data := t.TempDir()
	p := open(t, data)
	s := store(t, data, p)
	edited := filepath.Join(p.Dir, "functions", "greet-python", "app.py")
	if err := os.WriteFile(edited, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	removed := filepath.Join(p.Dir, "events", "hello.json")
	if err := os.Remove(removed); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteAlias("orders", "canary"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PutAlias("orders", versions.Alias{Name: "live", Version: "1"}); err != nil {
		t.Fatal(err)
	}

	again := open(t, data)
	if again.Dir != p.Dir {
		t.Errorf("the project moved from %s to %s", p.Dir, again.Dir)
	}
	if text, err := os.ReadFile(edited); err != nil || string(text) != "mine" {
		t.Errorf("the edited file holds %q (%v)", text, err)
	}
	if _, err := os.Stat(removed); err != nil {
		t.Errorf("the missing file did not come back: %v", err)
	}
	fn, _ := again.Function("orders")
	all, err := store(t, data, again).Aliases(fn)
	if err != nil || len(all) != 1 || all[0].Name != "live" || all[0].Version != "1" {
		t.Errorf("aliases %+v (%v)", all, err)
	}
}

// Several lambents may open a fresh data folder at the same moment.
func TestOpenAtTheSameTime(t *testing.T) {
	data := t.TempDir()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			p, err := Open(data)
			if err != nil || len(p.Functions) != 10 {
				t.Errorf("open: %v", err)
			}
		})
	}
	group.Wait()
	p := open(t, data)
	published, err := store(t, data, p).Versions("orders")
	if err != nil || len(published) != 2 {
		t.Errorf("versions %+v (%v)", published, err)
	}
	for _, dir := range []string{"samples", "projects"} {
		entries, err := os.ReadDir(filepath.Join(data, dir))
		if err != nil || len(entries) != 1 {
			t.Errorf("%s holds %v (%v)", dir, entries, err)
		}
	}
}

func TestOpenUnwritable(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(data)
	if err == nil || !strings.Contains(err.Error(), "extract the sample project: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permission bits on Windows")
	}
	p := open(t, t.TempDir())
	for file, want := range map[string]os.FileMode{"template.yaml": 0o600, "functions/orders/bootstrap": 0o700, "functions": 0o700 | os.ModeDir, ".": 0o700 | os.ModeDir} {
		info, err := os.Stat(filepath.Join(p.Dir, file))
		if err != nil || info.Mode() != want {
			t.Errorf("%s has mode %v (%v), want %v", file, info.Mode(), err, want)
		}
	}
}

package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

func TestFunctions(t *testing.T) {
	s := newStage(t, &fakeTarget{functions: []invoke.Function{
		{Name: "orders", ARN: "arn:orders", Runtime: "python3.13", Handler: "app.handler", MemorySizeMB: 256, Timeout: 3 * time.Second, Source: "template.yaml:12"},
		{Name: "image-thing", ARN: "arn:image", MemorySizeMB: 1024, Timeout: 900 * time.Second, Source: "template.yaml:30", Problems: []string{"images don't run locally"}},
	}})
	r := s.run("functions")
	r.wantExit(t, 0)
	want := `NAME         RUNTIME     HANDLER       MEMORY  TIMEOUT  SOURCE
orders       python3.13  app.handler   256 MB      3 s  template.yaml:12
image-thing  –           –            1024 MB    900 s  template.yaml:30
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if want := "! image-thing: images don't run locally\n"; r.err != want {
		t.Errorf("standard error %q", r.err)
	}
	r = s.run("functions", "-o", "json")
	want = `{"name":"orders","arn":"arn:orders","runtime":"python3.13","handler":"app.handler","memorySizeMb":256,"timeoutS":3,"source":"template.yaml:12"}
{"name":"image-thing","arn":"arn:image","memorySizeMb":1024,"timeoutS":900,"source":"template.yaml:30"}
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestQualifiers(t *testing.T) {
	s := newStage(t, &fakeTarget{qualifiers: []invoke.Qualifier{
		{Name: "$LATEST", Kind: invoke.KindLatest, Version: "$LATEST"},
		{Name: "live", Kind: invoke.KindAlias, Version: "2", Description: "what customers get"},
		{Name: "canary", Kind: invoke.KindAlias, Version: "1", Weights: map[string]float64{"1": 0.875, "2": 0.125}},
		{Name: "2", Kind: invoke.KindVersion, Version: "2", Description: "faster", PublishedAt: started},
	}})
	r := s.run("qualifiers", "orders")
	r.wantExit(t, 0)
	want := "$LATEST\nlive → 2  what customers get\ncanary → 1 87.5% · 2 12.5%\n2  2026-11-22  faster\n"
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	r = s.run("qualifiers", "orders", "-o", "json")
	want = `{"qualifier":"$LATEST","kind":"latest","version":"$LATEST"}
{"qualifier":"live","kind":"alias","version":"2","description":"what customers get"}
{"qualifier":"canary","kind":"alias","version":"1","weights":{"1":0.875,"2":0.125}}
{"qualifier":"2","kind":"version","version":"2","description":"faster","publishedAt":"2026-11-22T14:02:11.004Z"}
`
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	s.run("qualifiers", "nothing").wantExit(t, 6)
}

func TestPublishAndAlias(t *testing.T) {
	target := &localTarget{fakeTarget: &fakeTarget{}}
	s := newStage(t, target)
	check := func(want string, args ...string) {
		t.Helper()
		r := s.run(args...)
		r.wantExit(t, 0)
		if r.out != want {
			t.Errorf("%q prints %q, want %q", args, r.out, want)
		}
	}
	check("3  2026-11-22  first\n", "publish", "orders", "--description", "first")
	check(`{"qualifier":"3","kind":"version","version":"3","publishedAt":"2026-11-22T14:02:11.004Z"}`+"\n", "publish", "orders", "-o", "json")
	check("live → 2\n", "alias", "orders", "live", "2")
	check("canary → 1 90% · 2 10%\n", "alias", "orders", "canary", "1", "--route", "2=0.1")
	check("", "alias", "orders", "canary", "--delete")
	want := []string{"publish orders first", "publish orders ", "alias orders live 2 ", "alias orders canary 1 ", "delete orders canary"}
	if diff := cmp.Diff(want, target.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for _, route := range [][]string{{"2"}, {"2=x"}, {"2=NaN"}, {"=0.5"}, {"2=0.1", "2=0.2"}} {
		args := []string{"alias", "orders", "canary", "1"}
		for _, r := range route {
			args = append(args, "--route", r)
		}
		r := s.run(args...)
		r.wantExit(t, 2)
		r.wantLine(t, "--route: ")
	}
	r := newStage(t, &fakeTarget{}).run("publish", "orders")
	r.wantExit(t, 2)
	r.wantLine(t, "versions and aliases of this target are changed where it is deployed")
}

func TestErrorsListsTheWholeCatalogue(t *testing.T) {
	s := newStage(t, nil)
	text, objects := s.run("errors"), s.run("errors", "-o", "json")
	for _, e := range invoke.Catalogue() {
		if !strings.Contains(text.out, "\n"+e.Name+" ") {
			t.Errorf("the list is without %s", e.Name)
		}
	}
	lines := strings.Split(strings.TrimSuffix(objects.out, "\n"), "\n")
	if len(lines) != len(invoke.Catalogue()) {
		t.Errorf("%d objects for %d entries", len(lines), len(invoke.Catalogue()))
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) || strings.Contains(line, `\u003c`) {
			t.Errorf("object %s", line)
		}
	}
}

func TestErrorCard(t *testing.T) {
	s := newStage(t, nil)
	entry, ok := invoke.Lookup("TooManyRequestsException")
	if !ok {
		t.Fatal("no TooManyRequestsException")
	}
	r := s.run("errors", "toomanyrequestsexception")
	r.wantExit(t, 0)
	for _, want := range []string{"TooManyRequestsException HTTP 429", entry.Cause, entry.Remedy, "exit status 4"} {
		if !strings.Contains(strings.Join(strings.Fields(r.out), " "), want) {
			t.Errorf("the card is without %q:\n%s", want, r.out)
		}
	}
	alias := s.run("errors", "RequestTooLargeException", "-o", "json")
	alias.wantExit(t, 0)
	if !strings.HasPrefix(alias.out, `{"name":"RequestEntityTooLargeException"`) {
		t.Errorf("the document's name leads to %s", alias.out)
	}
}

func TestThemesList(t *testing.T) {
	s := newStage(t, nil)
	r := s.run("themes", "-o", "json")
	r.wantExit(t, 0)
	if !strings.HasPrefix(r.out, "{\"name\":\"lambent\"}\n{\"name\":\"lambent-dark\",\"dark\":true}\n{\"name\":\"lambent-light\",\"dark\":false}\n{\"name\":\"terminal\"}\n") ||
		strings.Count(r.out, "\n") != len(themes.Names()) {
		t.Errorf("themes:\n%s", r.out)
	}
	if r := s.run("themes"); strings.Contains(r.out, "\x1b") || strings.Count(r.out, "\n") != len(themes.Names()) {
		t.Errorf("into a pipe:\n%s", r.out)
	}
	dir := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "lambent", "themes")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine.toml"), []byte("name = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r = s.run("themes")
	r.wantExit(t, 2)
	r.wantLine(t, filepath.Join(dir, "mine.toml")+":1: ")
	if strings.Count(r.out, "\n") != len(themes.Names()) {
		t.Errorf("a broken theme hides others:\n%s", r.out)
	}
}

func TestKeysAndVersion(t *testing.T) {
	s := newStage(t, nil)
	for _, tt := range []struct{ line, want string }{
		{"keys", "ID      KEYS  WHERE       DOES\ninvoke  f5    everywhere  Invoke with this payload\n"},
		{"keys -o json", `{"id":"invoke","keys":["f5"],"where":"everywhere","does":"Invoke with this payload","group":"Run"}` + "\n"},
		{"--version", "lambent 1.2.3\n"},
	} {
		if r := s.run(strings.Fields(tt.line)...); r.out != tt.want || r.exit != 0 {
			t.Errorf("lambent %s prints %q, want %q", tt.line, r.out, tt.want)
		}
	}
	if r := s.run("version"); !strings.HasPrefix(r.out, "lambent 1.2.3 (go") {
		t.Errorf("version %q", r.out)
	}
	if r := s.run("version", "-o", "json"); !strings.HasPrefix(r.out, `{"version":"1.2.3","go":"go`) {
		t.Errorf("version %q", r.out)
	}
}

func TestWithoutHomeWhatNeedsNoFolderWorks(t *testing.T) {
	s := newStage(t, &fakeTarget{answer: succeeds("1")})
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, "")
	}
	for _, line := range []string{"version", "errors", "themes", "keys", "completion bash", "--help"} {
		s.run(strings.Fields(line)...).wantExit(t, 0)
	}
	r := s.run("invoke", "orders")
	r.wantExit(t, 2)
	r.wantLine(t, "HOME is not set")
	s.run("invoke", "orders", "--data-dir", t.TempDir()).wantExit(t, 0)
}

func TestCompletionScriptsAreForTheShell(t *testing.T) {
	s := newStage(t, nil)
	for _, shell := range shells {
		r := s.run("completion", shell)
		r.wantExit(t, 0)
		if !strings.Contains(r.out, "lambent") || r.err != "" {
			t.Errorf("%s: %d bytes, standard error %q", shell, len(r.out), r.err)
		}
	}
}

func TestNoCommandOpensTheWorkbench(t *testing.T) {
	s := newStage(t, nil)
	r := s.run("--theme", "nord", "--event-clock", "60", "--region", "eu-west-1")
	r.wantExit(t, 77)
	if r.settings.Theme != "nord" || r.settings.ThemeFrom != settings.FromFlag || r.settings.EventClock != 60 || r.settings.Region != "eu-west-1" {
		t.Errorf("settings %+v", r.settings)
	}
}

// Every flag that environment and configuration share is a setting.
func TestSharedFlagsAreSettings(t *testing.T) {
	s := newStage(t, nil)
	values := map[string]string{"target": "local", "project": t.TempDir(), "endpoint-url": "http://127.0.0.1:1", "output": "json", "event-clock": "2", "paths": "real", "read-only": "true", "data-dir": t.TempDir()}
	for _, f := range sharedFlags {
		value, ok := values[f.name]
		if !ok {
			value = "nord"
		}
		if _, err := settings.Load(settings.Flags{f.name: value}); err != nil {
			t.Errorf("--%s: %v", f.name, err)
		}
	}
	for _, line := range []string{"invoke", "functions", "qualifiers", "publish", "alias", "history", "history show", "history delete", "replay", "errors", "themes", "keys", "version"} {
		r := s.run(append(strings.Fields(line), "--help")...)
		r.wantExit(t, 0)
		if !strings.Contains(r.out, "--output text|json") || r.err != "" {
			t.Errorf("lambent %s --help is without --output:\n%s", line, r.out)
		}
	}
}

func TestCompletions(t *testing.T) {
	s := newStage(t, &fakeTarget{functions: []invoke.Function{{Name: "orders"}, {Name: "hello"}}})
	for line, want := range map[string]string{
		"invoke ":              "orders\nhello\n:4\n",
		"alias orders ":        ":4\n",
		"invoke orders -t ":    "RequestResponse\nEvent\nDryRun\n:4\n",
		"functions --output ":  "text\njson\n:4\n",
		"--theme ":             strings.Join(themes.Names(), "\n") + "\n:4\n",
		"history show -o ":     "text\njson\n:4\n",
		"invoke --project /x ": ":4\n",
	} {
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		if r := s.run(args...); r.out != want || r.exit != 0 {
			t.Errorf("lambent %s<tab> offers %q, want %q", line, r.out, want)
		}
	}
}

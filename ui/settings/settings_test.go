package settings

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// home gives the test an environment of its own and config.toml, if there is any text for it.
func home(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "AWS_REGION", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	for _, o := range options {
		t.Setenv(EnvironmentName(o.name), "")
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	if config != "" {
		folder := filepath.Join(dir, "config", "lambent")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "config.toml"), []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDefaults(t *testing.T) {
	dir := home(t, "")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		Target: Local, Project: here, DataDir: filepath.Join(dir, "data", "lambent"), Theme: "lambent",
		Output: Text, EventClock: 1, Paths: "auto", UI: UI{Mouse: true}, Local: LocalSettings{Standby: true},
		History:    History{Redact: Redact{Defaults: true}},
		Prices:     defaultPrices,
		Keys:       map[string][]string{},
		ConfigFile: filepath.Join(dir, "config", "lambent", "config.toml"),
		ThemesDir:  filepath.Join(dir, "config", "lambent", "themes"),
		StateDir:   filepath.Join(dir, "state", "lambent"),
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
	if _, err := os.Stat(s.DataDir); err == nil {
		t.Error("reading the settings made the data folder")
	}
}

func TestFlagOverEnvironmentOverFileOverDefault(t *testing.T) {
	home(t, "theme = \"nord\"\n")
	theme := func(flags Flags, want string, from Origin) {
		t.Helper()
		s, err := Load(flags)
		if err != nil || s.Theme != want || s.ThemeFrom != from {
			t.Errorf("theme %q from %d (%v), want %q from %d", s.Theme, s.ThemeFrom, err, want, from)
		}
	}
	theme(nil, "nord", FromConfig)
	t.Setenv("LAMBENT_THEME", "dracula")
	theme(nil, "dracula", FromEnvironment)
	theme(Flags{"theme": "terminal"}, "terminal", FromFlag)
	t.Setenv("LAMBENT_THEME", "")
	theme(nil, "nord", FromConfig)
}

func TestEveryOptionIsReadFromEveryPlace(t *testing.T) {
	project := t.TempDir()
	values := map[string]struct {
		toml, value string
		read        func(Settings) any
		want        any
	}{
		"target":       {`"aws"`, "aws", func(s Settings) any { return s.Target }, "aws"},
		"project":      {`"` + project + `"`, project, func(s Settings) any { return s.Project }, project},
		"profile":      {`"prod"`, "prod", func(s Settings) any { return s.Profile }, "prod"},
		"region":       {`"eu-west-1"`, "eu-west-1", func(s Settings) any { return s.Region }, "eu-west-1"},
		"endpoint-url": {`"http://localhost:1"`, "http://localhost:1", func(s Settings) any { return s.EndpointURL }, "http://localhost:1"},
		"data-dir":     {`"/srv/lambent"`, "/srv/lambent", func(s Settings) any { return s.DataDir }, "/srv/lambent"},
		"theme":        {`"nord"`, "nord", func(s Settings) any { return s.Theme }, "nord"},
		"output":       {`"json"`, "json", func(s Settings) any { return s.Output }, JSON},
		"read-only":    {`true`, "true", func(s Settings) any { return s.ReadOnly }, true},
		"paths":        {`"real"`, "real", func(s Settings) any { return s.Paths }, "real"},
		"event-clock":  {`60`, "60", func(s Settings) any { return s.EventClock }, 60.0},
	}
	for _, o := range options {
		v, ok := values[o.name]
		if !ok {
			t.Errorf("no test value for %s", o.name)
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			check := func(flags Flags) {
				t.Helper()
				s, err := Load(flags)
				if err != nil {
					t.Error(err)
				} else if got := v.read(s); got != v.want {
					t.Errorf("%v, want %v", got, v.want)
				}
			}
			home(t, "")
			check(Flags{o.name: v.value})
			t.Setenv(EnvironmentName(o.name), v.value)
			check(nil)
			home(t, strings.ReplaceAll(o.name, "-", "_")+" = "+v.toml+"\n")
			check(nil)
		})
	}
}

// product.md: a profile or an endpoint on the command line means AWS; anything
// else leaves the target alone.
func TestWhatMeansAWS(t *testing.T) {
	tests := []struct {
		name, config string
		env          map[string]string
		flags        Flags
		want         string
	}{
		{name: "nothing", want: Local},
		{name: "profile flag", flags: Flags{"profile": "prod"}, want: AWS},
		{name: "endpoint flag", flags: Flags{"endpoint-url": "http://127.0.0.1:3001"}, want: AWS},
		{name: "region flag", flags: Flags{"region": "eu-west-1"}, want: Local},
		{name: "profile flag and local flag", flags: Flags{"profile": "prod", "target": "local"}, want: Local},
		{name: "profile flag over a local environment", flags: Flags{"profile": "prod"}, env: map[string]string{"LAMBENT_TARGET": "local"}, want: AWS},
		{name: "profile in the environment", env: map[string]string{"LAMBENT_PROFILE": "prod", "AWS_PROFILE": "prod"}, want: Local},
		{name: "profile in the file", config: "profile = \"prod\"\n", want: Local},
		{name: "target in the file", config: "target = \"aws\"\n", want: AWS},
		{name: "local flag over the file", config: "target = \"aws\"\n", flags: Flags{"target": "local"}, want: Local},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home(t, tt.config)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			s, err := Load(tt.flags)
			if err != nil || s.Target != tt.want {
				t.Errorf("target %q (%v), want %q", s.Target, err, tt.want)
			}
		})
	}
}

func TestLocalRegion(t *testing.T) {
	home(t, "")
	if got := (Settings{}).LocalRegion(); got != "us-east-1" {
		t.Errorf("without anything: %s", got)
	}
	t.Setenv("AWS_REGION", "eu-north-1")
	if got := (Settings{}).LocalRegion(); got != "eu-north-1" {
		t.Errorf("with AWS_REGION: %s", got)
	}
	if got := (Settings{Region: "sa-east-1"}).LocalRegion(); got != "sa-east-1" {
		t.Errorf("with a region set: %s", got)
	}
}

func TestSections(t *testing.T) {
	dir := home(t, `project = "~"
data_dir = "~/kept"
[ui]
fill_background = true
mouse = false
[local]
concurrency = 4
[keys]
invoke = ["f5", "ctrl+k"]
"focus.next" = "ctrl+n"
focus.prev = "ctrl+b"
quit = []
`)
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Project != dir || s.DataDir != filepath.Join(dir, "kept") {
		t.Errorf("project %q, data folder %q", s.Project, s.DataDir)
	}
	if s.UI != (UI{FillBackground: true}) || s.Local != (LocalSettings{Concurrency: 4, Standby: true}) {
		t.Errorf("ui %+v, local %+v", s.UI, s.Local)
	}
	want := map[string][]string{"invoke": {"f5", "ctrl+k"}, "focus.next": {"ctrl+n"}, "focus.prev": {"ctrl+b"}, "quit": {}}
	if diff := cmp.Diff(want, s.Keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestErrorsNameTheirOrigin(t *testing.T) {
	file := "FILE"
	tests := []struct {
		name, config string
		env          map[string]string
		flags        Flags
		want         string
	}{
		{name: "unknown key", config: "\ntheem = \"nord\"\n", want: `FILE:2: "theem" is not a setting (did you mean "theme"?)`},
		{name: "dash for underscore", config: "data-dir = \"/x\"\n", want: `FILE:1: "data-dir" is not a setting (did you mean "data_dir"?)`},
		{name: "outside its table", config: "mouse = false\n", want: `FILE:1: "mouse" is not a setting (did you mean "ui.mouse"?)`},
		{name: "unknown key of a table", config: "[ui]\nfill_backround = true\n", want: `FILE:2: "ui.fill_backround" is not a setting (did you mean "ui.fill_background"?)`},
		{name: "far from everything", config: "[quux]\nx = 1\n", want: `FILE:1: "quux" is not a setting`},
		{name: "syntax", config: "theme = \n", want: "FILE:1: "},
		{name: "type", config: "[ui]\nmouse = \"no\"\n", want: "FILE:2: ui.mouse: "},
		{name: "value in the file", config: "\n\noutput = \"xml\"\n", want: `FILE:3: output: "xml" must be text or json`},
		{name: "value in the environment", env: map[string]string{"LAMBENT_OUTPUT": "xml"}, want: `LAMBENT_OUTPUT: "xml" must be text or json`},
		{name: "value of a flag", flags: Flags{"target": "moon"}, want: `--target: "moon" must be local or aws`},
		{name: "clock zero", flags: Flags{"event-clock": "0"}, want: `--event-clock: "0" must be a number above 0`},
		{name: "clock NaN", flags: Flags{"event-clock": "NaN"}, want: `--event-clock: "NaN" must be a number above 0`},
		{name: "clock text", flags: Flags{"event-clock": "fast"}, want: `--event-clock: "fast" must be a number above 0`},
		{name: "empty flag", flags: Flags{"profile": ""}, want: "--profile: must not be empty"},
		{name: "no project folder", flags: Flags{"project": "/nowhere/at/all"}, want: "--project: the project folder cannot be read: "},
		{name: "relative in the file", config: "data_dir = \"x/y\"\n", want: `FILE:1: data_dir: "x/y" must be an absolute path or begin with ~/`},
		{name: "concurrency", config: "[local]\nconcurrency = 0\n", want: "FILE:2: local.concurrency: 0 must be a number"},
		{name: "keys", config: "[keys]\ninvoke = 5\n", want: "FILE:2: keys.invoke must be a key"},
		{name: "empty key", config: "[keys]\na.b = [\"\"]\n", want: "FILE:2: keys.a.b must be a key"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := home(t, tt.config)
			for name, value := range tt.env {
				t.Setenv(name, value)
			}
			_, err := Load(tt.flags)
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), filepath.Join(dir, "config", "lambent", "config.toml"), file)
			if !strings.HasPrefix(got, tt.want) || strings.Contains(got, "\n") {
				t.Errorf("got  %q\nwant %q…", got, tt.want)
			}
		})
	}
}

func TestProjectThatIsAFile(t *testing.T) {
	home(t, "")
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Flags{"project": file})
	if err == nil || !strings.Contains(err.Error(), "name the folder that holds the template") {
		t.Errorf("%v", err)
	}
}

func TestWithoutHome(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows finds its folders without HOME")
	}
	home(t, "")
	for _, name := range []string{"HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, "")
	}
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CheckFolders(); err == nil || !strings.Contains(err.Error(), "--data-dir") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	dir := t.TempDir()
	s, err = Load(Flags{"data-dir": dir})
	if err != nil || s.CheckFolders() != nil || s.DataDir != dir || s.ConfigFile != "" || s.ThemesDir != "" || s.StateDir != "" {
		t.Errorf("%+v, %v", s, err)
	}
	t.Setenv("XDG_DATA_HOME", dir)
	if s, err = Load(nil); err != nil || s.DataDir != filepath.Join(dir, "lambent") {
		t.Errorf("%q, %v", s.DataDir, err)
	}
}

func TestUnreadableConfiguration(t *testing.T) {
	dir := home(t, "")
	folder := filepath.Join(dir, "config", "lambent", "config.toml")
	if err := os.MkdirAll(folder, 0o700); err != nil { // a folder where the file should be
		t.Fatal(err)
	}
	_, err := Load(nil)
	if err == nil || !strings.Contains(err.Error(), "config.toml") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
}

func FuzzConfig(f *testing.F) {
	f.Add([]byte("theme = \"nord\"\n[keys]\na.b = [\"c\"]\n"))
	f.Add([]byte("[ui]\nmouse = 3\n[ui.mouse]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &configuration{file: "config.toml"}
		if c.parse(text) != nil {
			return
		}
		var s Settings
		if err := c.apply(&s); err == nil {
		}
	})
}

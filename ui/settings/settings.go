// Package settings merges what a person has set: a flag on the command line wins
// over LAMBENT_<NAME> in the environment, that over config.toml, that over the
// default.
//
// Everything is checked when it is read, and an error names where the value came
// from: the flag, the variable, or file and line. A member that config.toml does
// not know is an error too, because a setting that is silently not applied takes
// an evening to find. There are only settings that something honours.
//
// config.toml belongs to the user: this package never writes it. What lambent
// itself remembers (a theme chosen in the picker) is kept elsewhere.
package settings

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"lambent/themes"
)

// The two targets.
const (
	Local = "local"
	AWS   = "aws"
)

// Output is the form in which commands print.
type Output string

// The two forms.
const (
	Text Output = "text"
	JSON Output = "json"
)

// An Origin says where a value came from, later ones winning over earlier ones.
type Origin int

// The origins.
const (
	FromDefault Origin = iota
	FromConfig
	FromEnvironment
	FromFlag
)

// Settings is everything that can be set, checked and made absolute.
type Settings struct {
	Target string // Local or AWS

	// Project is the absolute path of the project folder; the working folder when
	// none was given, and "" when that cannot be read (see CheckFolders).
	Project    string
	ProjectSet bool // it was given, and so is a folder

	// Sample asks for the embedded sample project whatever Project holds: a replay
	// of a run of it, wherever it is asked for.
	Sample bool

	Profile     string // as in the AWS CLI; "" leaves it to the SDK
	Region      string // "" leaves it to the SDK; see LocalRegion
	EndpointURL string // "" leaves it to the SDK

	// DataDir is where history and everything durable is, absolute. It need not
	// exist yet. It is "" when the environment does not say where (see CheckFolders).
	DataDir string

	Theme     string // a name of the themes.Library of ThemesDir; themes.Follow by default
	ThemeFrom Origin // lets a theme that was chosen in the picker win over config.toml and lose to a flag

	Output     Output
	EventClock float64 // how many times faster retry delays and ages of events run; 1 by default

	ReadOnly bool // nothing runs but DryRun

	// Protected are patterns of AWS profiles on which an invocation has to be
	// confirmed. Yes says that it has been, for all of a command.
	Protected []string
	Yes       bool

	// Paths says which functions see /var/task, /opt and /tmp: auto (those with layers,
	// the default), real (all) or plain (none).
	Paths string

	UI      UI
	Local   LocalSettings
	History History
	Prices  Prices

	// Keys are the keys of commands by command id. An empty list unbinds the command.
	Keys map[string][]string

	ConfigFile string // config.toml that was looked for; "" when there is no folder for it
	ThemesDir  string // the user's theme files; "" when there is no folder for them
	StateDir   string // logs of lambent itself; "" when there is no folder for them
}

// UI is [ui] of config.toml.
type UI struct {
	FillBackground bool // paint the theme's background instead of the terminal's own
	Mouse          bool // true by default
}

// LocalSettings is [local] of config.toml: the built-in executor.
type LocalSettings struct {
	Concurrency int // invocations at the same time, the account's limit; 0 leaves it to the executor

	// Standby lets the workbench start an environment of the chosen function ahead of
	// its invocation, and again when its code changes. True by default.
	Standby bool
}

// Flags are the values of the flags that were given on the command line, by name
// without dashes. Flags that were not given are absent.
type Flags map[string]string

// An option is a setting that flag, environment and configuration share.
type option struct {
	name string
	set  func(s *Settings, value string) error
}

// options is in the order in which they are described.
var options = []option{
	{"target", func(s *Settings, v string) error { return oneOf(&s.Target, v, Local, AWS) }},
	{"project", setProject},
	{"profile", func(s *Settings, v string) error { return word(&s.Profile, v) }},
	{"region", func(s *Settings, v string) error { return word(&s.Region, v) }},
	{"endpoint-url", func(s *Settings, v string) error { return word(&s.EndpointURL, v) }},
	{"data-dir", func(s *Settings, v string) (err error) { s.DataDir, err = folder(v); return err }},
	{"theme", func(s *Settings, v string) error { return word(&s.Theme, v) }},
	{"output", func(s *Settings, v string) error { return oneOf(&s.Output, Output(v), Text, JSON) }},
	{"event-clock", setEventClock},
	{"read-only", func(s *Settings, v string) error { return flag(&s.ReadOnly, v) }},
	{"paths", func(s *Settings, v string) error { return oneOf(&s.Paths, v, "auto", "real", "plain") }},
}

// EnvironmentName is the variable that sets the flag of this name: LAMBENT_DATA_DIR for data-dir.
func EnvironmentName(flag string) string {
	return "LAMBENT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Load merges flags, environment, config.toml and defaults. Its errors are one
// line that names the thing and says what to do.
func Load(flags Flags) (Settings, error) {
	dirs := findFolders()
	s := Settings{
		Target: Local, Theme: themes.Follow, Output: Text, EventClock: 1, Paths: "auto",
		UI:         UI{Mouse: true},
		Local:      LocalSettings{Standby: true},
		ConfigFile: join(dirs.config, "config.toml"),
		ThemesDir:  join(dirs.config, "themes"),
		StateDir:   dirs.state,
	}
	config, err := readConfig(s.ConfigFile)
	if err != nil {
		return Settings{}, err
	}
	if err := config.apply(&s); err != nil {
		return Settings{}, err
	}
	for _, o := range options {
		value, from, source := choose(o.name, flags, config)
		if from == FromDefault {
			continue
		}
		if err := o.set(&s, value); err != nil {
			return Settings{}, fmt.Errorf("%s: %w", source, err)
		}
		if o.name == "theme" {
			s.ThemeFrom = from
		}
	}
	for name := range flags {
		if !slices.ContainsFunc(options, func(o option) bool { return o.name == name }) {
			return Settings{}, fmt.Errorf("--%s is not a setting", name)
		}
	}
	_, target := flags["target"]
	_, profile := flags["profile"]
	_, endpoint := flags["endpoint-url"]
	if !target && (profile || endpoint) {
		s.Target = AWS
	}
	s.complete(dirs)
	return s, nil
}

// choose finds the value of an option where it is set with the highest precedence.
// An empty variable of the environment counts as not set, as a shell script that
// passes an unset one on means it.
func choose(name string, flags Flags, config *configuration) (value string, from Origin, source string) {
	if v, ok := flags[name]; ok {
		return v, FromFlag, "--" + name
	}
	variable := EnvironmentName(name)
	if v := os.Getenv(variable); v != "" {
		return v, FromEnvironment, variable
	}
	if v, ok := config.value(name); ok {
		return v, FromConfig, config.where(strings.ReplaceAll(name, "-", "_"))
	}
	return "", FromDefault, ""
}

// complete fills in the folders that nobody gave, as far as they are known.
func (s *Settings) complete(dirs folders) {
	if s.Project == "" {
		if dir, err := os.Getwd(); err == nil {
			s.Project = dir
		}
	}
	if s.DataDir == "" {
		s.DataDir = dirs.data
	}
}

// CheckFolders reports a folder that is not known. It is apart from Load, so that
// what opens neither a project nor a store works without them.
func (s Settings) CheckFolders() error {
	if s.DataDir == "" {
		return errors.New("HOME is not set, so there is no folder for history: set HOME or XDG_DATA_HOME, or give --data-dir DIR")
	}
	if s.Project == "" {
		return errors.New("the working folder cannot be read: change to another one, or give --project DIR")
	}
	return nil
}

// LocalRegion is the region that local functions are told they run in: the one
// that was set, else AWS_REGION, else us-east-1.
func (s Settings) LocalRegion() string {
	if s.Region != "" {
		return s.Region
	}
	if region := os.Getenv("AWS_REGION"); region != "" {
		return region
	}
	return "us-east-1"
}

// Themes are the built-in themes and the user's.
func (s Settings) Themes() themes.Library { return themes.Library{Dir: s.ThemesDir} }

func setProject(s *Settings, v string) error {
	dir, err := folder(v)
	if err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("the project folder cannot be read: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file: name the folder that holds the template", dir)
	}
	s.Project, s.ProjectSet = dir, true
	return nil
}

// maxEventClock keeps the shortest delay of an event above a microsecond.
const maxEventClock = 1e6

func setEventClock(s *Settings, v string) error {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || !(n > 0 && n <= maxEventClock) {
		return fmt.Errorf("%q must be a number above 0, at most %d: how many times faster events age", v, int(maxEventClock))
	}
	s.EventClock = n
	return nil
}

func oneOf[T ~string](to *T, v T, allowed ...T) error {
	if !slices.Contains(allowed, v) {
		words := make([]string, len(allowed))
		for i, a := range allowed {
			words[i] = string(a)
		}
		return fmt.Errorf("%q must be %s", v, strings.Join(words, " or "))
	}
	*to = v
	return nil
}

func word(to *string, v string) error {
	if strings.TrimSpace(v) == "" {
		return errors.New("must not be empty")
	}
	*to = v
	return nil
}

// folder makes a path absolute. "~" is the home folder, also where no shell has
// expanded it (in config.toml).
func folder(v string) (string, error) {
	if v == "" {
		return "", errors.New("must not be empty")
	}
	if rest, ok := strings.CutPrefix(v, "~"); ok && (rest == "" || rest[0] == '/') {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("%q: %w", v, err)
		}
		v = home + rest
	}
	abs, err := filepath.Abs(v)
	if err != nil {
		return "", fmt.Errorf("%q: the working folder cannot be read: %w", v, err)
	}
	return abs, nil
}

// Protects says whether invocations with an AWS profile have to be confirmed; "" is
// the profile default.
func (s Settings) Protects(profile string) bool {
	if profile == "" {
		profile = "default"
	}
	return !s.Yes && slices.ContainsFunc(s.Protected, func(pattern string) bool {
		matches, _ := path.Match(pattern, profile)
		return matches
	})
}

// flag reads a switch.
func flag(to *bool, v string) error {
	on, err := strconv.ParseBool(v)
	if err != nil {
		return fmt.Errorf("%q must be true or false", v)
	}
	*to = on
	return nil
}

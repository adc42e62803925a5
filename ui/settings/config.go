package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"lambent/themes"
)

// A configuration is config.toml. A member that is not in the file is nil.
type configuration struct {
	file  string
	lines themes.KeyLines

	Target      *string  `toml:"target"`
	Project     *string  `toml:"project"`
	Profile     *string  `toml:"profile"`
	Region      *string  `toml:"region"`
	EndpointURL *string  `toml:"endpoint_url"`
	DataDir     *string  `toml:"data_dir"`
	Theme       *string  `toml:"theme"`
	Output      *string  `toml:"output"`
	EventClock  *float64 `toml:"event_clock"`
	Paths       *string  `toml:"paths"`
	ReadOnly    *bool    `toml:"read_only"`

	UI struct {
		FillBackground *bool `toml:"fill_background"`
		Mouse          *bool `toml:"mouse"`
	} `toml:"ui"`
	Local struct {
		Concurrency *int  `toml:"concurrency"`
		Standby     *bool `toml:"standby"`
	} `toml:"local"`
	AWS struct {
		Protected []string `toml:"protected"`
	} `toml:"aws"`
	History historyTable   `toml:"history"`
	Prices  pricesTable    `toml:"prices"`
	Keys    map[string]any `toml:"keys"`
}

// maxConfigSize bounds config.toml; with every key remapped it has 3 KB.
const maxConfigSize = 1 << 20

// readConfig reads config.toml. A file that is not there is an empty configuration.
func readConfig(file string) (*configuration, error) {
	c := &configuration{file: file}
	if file == "" {
		return c, nil
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	if len(text) > maxConfigSize {
		return nil, fmt.Errorf("%s has %d bytes: a configuration has at most %d", file, len(text), maxConfigSize)
	}
	return c, c.parse(text)
}

func (c *configuration) parse(text []byte) error {
	decoder := toml.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(c)
	var unknown *toml.StrictMissingError
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &unknown) && len(unknown.Errors) > 0:
		first := unknown.Errors[0]
		line, _ := first.Position()
		key := strings.Join(first.Key(), ".")
		return fmt.Errorf("%s:%d: %q is not a setting%s", c.file, line, key, meant(key, members(reflect.TypeFor[configuration](), "")))
	case errors.As(err, &bad):
		line, _ := bad.Position()
		what := strings.TrimPrefix(bad.Error(), "toml: ")
		if key := strings.Join(bad.Key(), "."); key != "" {
			what = key + ": " + what
		}
		return fmt.Errorf("%s:%d: %s", c.file, line, what)
	case err != nil:
		return fmt.Errorf("%s: %w", c.file, err)
	}
	c.lines = themes.FindKeys(text)
	return nil
}

// value is what the file says about an option, as a flag would say it.
func (c *configuration) value(flag string) (string, bool) {
	text := func(p *string) (string, bool) {
		if p == nil {
			return "", false
		}
		return *p, true
	}
	switch flag {
	case "target":
		return text(c.Target)
	case "project":
		return text(c.Project)
	case "profile":
		return text(c.Profile)
	case "region":
		return text(c.Region)
	case "endpoint-url":
		return text(c.EndpointURL)
	case "data-dir":
		return text(c.DataDir)
	case "theme":
		return text(c.Theme)
	case "output":
		return text(c.Output)
	case "read-only":
		if c.ReadOnly != nil {
			return strconv.FormatBool(*c.ReadOnly), true
		}
	case "paths":
		return text(c.Paths)
	case "event-clock":
		if c.EventClock != nil {
			return strconv.FormatFloat(*c.EventClock, 'g', -1, 64), true
		}
	}
	return "", false
}

func (c *configuration) where(path ...string) string {
	return fmt.Sprintf("%s:%d: %s", c.file, c.lines.At(path...), strings.Join(path, "."))
}

// apply takes over the members that only the file has.
func (c *configuration) apply(s *Settings) error {
	for _, b := range []struct {
		from *bool
		to   *bool
	}{{c.UI.FillBackground, &s.UI.FillBackground}, {c.UI.Mouse, &s.UI.Mouse}} {
		if b.from != nil {
			*b.to = *b.from
		}
	}
	for _, pattern := range c.AWS.Protected {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return fmt.Errorf("%s: %q must be a profile or a pattern such as \"prod*\"", c.where("aws", "protected"), pattern)
		}
	}
	s.Protected = c.AWS.Protected
	if on := c.Local.Standby; on != nil {
		s.Local.Standby = *on
	}
	if n := c.Local.Concurrency; n != nil {
		if *n < 1 || *n > 1000 {
			return fmt.Errorf("%s: %d must be a number of invocations from 1 to 1000", c.where("local", "concurrency"), *n)
		}
		s.Local.Concurrency = *n
	}
	for _, dir := range []struct {
		key  string
		path *string
	}{{"project", c.Project}, {"data_dir", c.DataDir}} {
		if p := dir.path; p != nil && !filepath.IsAbs(*p) && *p != "~" && !strings.HasPrefix(*p, "~/") {
			return fmt.Errorf("%s: %q must be an absolute path or begin with ~/", c.where(dir.key), *p)
		}
	}
	if err := c.applyHistory(s); err != nil {
		return err
	}
	if err := c.applyPrices(s); err != nil {
		return err
	}
	s.Keys = map[string][]string{}
	return c.applyKeys(s, c.Keys, []string{"keys"})
}

// applyKeys reads [keys]. A command id may have dots, and TOML makes tables of an
// unquoted one: both spellings mean the same command.
func (c *configuration) applyKeys(s *Settings, table map[string]any, path []string) error {
	for name, value := range table {
		path := append(slices.Clip(path), name)
		if inner, ok := value.(map[string]any); ok {
			if err := c.applyKeys(s, inner, path); err != nil {
				return err
			}
			continue
		}
		keys, ok := keyList(value)
		if !ok {
			return fmt.Errorf(`%s must be a key such as "ctrl+r" or a list of keys`, c.where(path...))
		}
		id := strings.Join(path[1:], ".")
		s.Keys[id] = keys
	}
	return nil
}

func keyList(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		return []string{v}, v != ""
	case []any:
		keys := make([]string, len(v))
		for i, item := range v {
			key, ok := item.(string)
			if !ok || key == "" {
				return nil, false
			}
			keys[i] = key
		}
		return keys, true
	}
	return nil, false
}

// members lists the dotted names that the file may have.
func members(t reflect.Type, prefix string) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("toml")
		if tag == "" {
			continue
		}
		names = append(names, prefix+tag)
		if f.Type.Kind() == reflect.Struct {
			names = append(names, members(f.Type, prefix+tag+".")...)
		}
	}
	return names
}

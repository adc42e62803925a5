package settings

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What lambent itself remembers and writes is in the state folder, never in the
// user's configuration.

// OpenLog opens lambent's own log for appending; only the user can read it. The
// error is os.ErrNotExist where there is no folder for it.
func (s Settings) OpenLog() (*os.File, error) {
	if s.StateDir == "" {
		return nil, os.ErrNotExist
	}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
		return nil, err
	}
	return os.OpenFile(filepath.Join(s.StateDir, "lambent.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// StartTheme is the theme to start with: a choice that was kept wins over
// config.toml and loses to a flag or the environment.
func (s Settings) StartTheme() string {
	if s.ThemeFrom >= FromEnvironment || s.StateDir == "" {
		return s.Theme
	}
	chosen, err := os.ReadFile(filepath.Join(s.StateDir, "theme"))
	name := strings.TrimSpace(string(chosen))
	if err != nil || !slices.Contains(s.Themes().Names(), name) {
		return s.Theme
	}
	return name
}

// KeepTheme keeps a theme for the next start.
func (s Settings) KeepTheme(name string) error {
	if s.StateDir == "" {
		return errors.New("there is no folder to remember the theme in; set theme in config.toml")
	}
	if err := os.MkdirAll(s.StateDir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.StateDir, "theme"), []byte(name+"\n"), 0o600)
}

package settings_test

import (
	"os"
	"path/filepath"
	"testing"

	"lambent/ui/settings"
)

func TestAThemeIsKeptForTheNextStart(t *testing.T) {
	s := settings.Settings{Theme: "nord", StateDir: filepath.Join(t.TempDir(), "state")}
	if got := s.StartTheme(); got != "nord" {
		t.Errorf("starts with %q before anything was kept", got)
	}
	if err := s.KeepTheme("dracula"); err != nil {
		t.Fatal(err)
	}
	if got := s.StartTheme(); got != "dracula" {
		t.Errorf("starts with %q", got)
	}
	s.ThemeFrom = settings.FromFlag
	if got := s.StartTheme(); got != "nord" {
		t.Errorf("a flag loses to what was kept: %q", got)
	}
	s.ThemeFrom = settings.FromConfig
	if err := os.WriteFile(filepath.Join(s.StateDir, "theme"), []byte("gone\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.StartTheme(); got != "nord" {
		t.Errorf("starts with %q, which no theme is called", got)
	}
	if err := (settings.Settings{}).KeepTheme("nord"); err == nil {
		t.Error("kept without a folder")
	}
}

func TestTheLogIsTheUsersAlone(t *testing.T) {
	s := settings.Settings{StateDir: filepath.Join(t.TempDir(), "state")}
	f, err := s.OpenLog()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

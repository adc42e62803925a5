package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// configured loads settings with a config.toml of that text.
func configured(t *testing.T, text string) (Settings, error) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	if err := os.MkdirAll(filepath.Join(dir, "lambent"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lambent", "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(nil)
}

func TestHistoryIsKeptUnlessToldOtherwise(t *testing.T) {
	s, err := configured(t, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(History{Redact: Redact{Defaults: true}}, s.History); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s, err = configured(t, `
[history]
retention = "30d"
keep = 500
max_size = "1.5GiB"
never_record = ["auth-*"]
[history.redact]
before_writing = true
defaults = false
names = ["iban"]
paths = ["customer.name"]
patterns = ["x-\\d+"]
`)
	if err != nil {
		t.Fatal(err)
	}
	want := History{Retention: 30 * 24 * time.Hour, Keep: 500, MaxSize: 3 << 29, NeverRecord: []string{"auth-*"},
		Redact: Redact{BeforeWriting: true, Names: []string{"iban"}, Paths: []string{"customer.name"}, Patterns: []string{`x-\d+`}}}
	if diff := cmp.Diff(want, s.History); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHistorySettingsThatCannotBe(t *testing.T) {
	for text, want := range map[string]string{
		"[history]\nretention = \"soon\"": `config.toml:2: history.retention: "soon" must be a time such as 30d`,
		"[history]\nkeep = 0":             "config.toml:2: history.keep: 0 must be a number of runs above 0",
		"[history]\nmax_size = \"big\"":   `config.toml:2: history.max_size: "big" must be a size such as 1GiB`,
		"[history]\nretain = \"1d\"":      `config.toml:2: "history.retain" is not a setting`,
	} {
		if _, err := configured(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestSpansAndSizes(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "2w": 336 * time.Hour, "12h": 12 * time.Hour, "1.5d": 36 * time.Hour, "": 0, "d": 0, "-1d": 0, "0d": 0, "NaNd": 0, "30": 0} {
		if got, err := ParseSpan(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, want := range map[string]int64{"1GiB": 1 << 30, "500 MB": 5e8, "1024": 1024, "2k": 2048, "7b": 7, "": 0, "GiB": 0, "-1": 0, "nan": 0, "1e30gb": 0} {
		if got, err := ParseSize(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// History is [history] of config.toml.
type History struct {
	// What may go, each 0 for no limit. Everything stays by default.
	Retention time.Duration // runs older than that
	Keep      int           // runs beyond the newest so many
	MaxSize   int64         // bytes of the whole history

	NeverRecord []string // functions that are not recorded: names, or patterns with * and ?
	Redact      Redact
}

// Redact is [history.redact] of config.toml: the rules by which secrets are taken out.
type Redact struct {
	BeforeWriting bool     // apply them before anything is written, not only on export
	Defaults      bool     // the built-in rules apply too; true by default
	Names         []string // of members
	Paths         []string // in payloads and responses
	Patterns      []string // regular expressions
}

// historyTable is that table as it stands in the file.
type historyTable struct {
	Retention   *string  `toml:"retention"`
	Keep        *int     `toml:"keep"`
	MaxSize     *string  `toml:"max_size"`
	NeverRecord []string `toml:"never_record"`
	Redact      struct {
		BeforeWriting *bool    `toml:"before_writing"`
		Defaults      *bool    `toml:"defaults"`
		Names         []string `toml:"names"`
		Paths         []string `toml:"paths"`
		Patterns      []string `toml:"patterns"`
	} `toml:"redact"`
}

// applyHistory takes over [history].
func (c *configuration) applyHistory(s *Settings) error {
	t := c.History
	s.History = History{NeverRecord: t.NeverRecord, Redact: Redact{Defaults: true, Names: t.Redact.Names, Paths: t.Redact.Paths, Patterns: t.Redact.Patterns}}
	if v := t.Retention; v != nil {
		d, err := ParseSpan(*v)
		if err != nil {
			return fmt.Errorf("%s: %w", c.where("history", "retention"), err)
		}
		s.History.Retention = d
	}
	if v := t.MaxSize; v != nil {
		n, err := ParseSize(*v)
		if err != nil {
			return fmt.Errorf("%s: %w", c.where("history", "max_size"), err)
		}
		s.History.MaxSize = n
	}
	if v := t.Keep; v != nil {
		if *v < 1 {
			return fmt.Errorf("%s: %d must be a number of runs above 0; leave it out to keep all", c.where("history", "keep"), *v)
		}
		s.History.Keep = *v
	}
	if v := t.Redact.BeforeWriting; v != nil {
		s.History.Redact.BeforeWriting = *v
	}
	if v := t.Redact.Defaults; v != nil {
		s.History.Redact.Defaults = *v
	}
	return nil
}

// ParseSpan reads a stretch of time as people write it: 30d, 2w, 12h, 90m.
func ParseSpan(v string) (time.Duration, error) {
	bad := fmt.Errorf("%q must be a time such as 30d, 2w or 12h", v)
	if v == "" {
		return 0, bad
	}
	unit := map[byte]time.Duration{'d': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[v[len(v)-1]]
	if unit == 0 {
		d, err := time.ParseDuration(v)
		if err != nil || d <= 0 {
			return 0, bad
		}
		return d, nil
	}
	n, err := strconv.ParseFloat(v[:len(v)-1], 64)
	if d := n * float64(unit); err == nil && d >= 1 && d < 1<<62 {
		return time.Duration(d), nil
	}
	return 0, bad
}

// ParseSize reads a number of bytes as people write it: 1GiB, 500MB, 1048576.
func ParseSize(v string) (int64, error) {
	bad := fmt.Errorf("%q must be a size such as 1GiB or 500MB", v)
	text := strings.ToLower(strings.TrimSpace(v))
	for _, u := range []struct {
		suffix string
		size   float64
	}{
		{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
		{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
		{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"t", 1 << 40}, {"b", 1}, {"", 1},
	} {
		number, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if size := n * u.size; err == nil && size >= 1 && size < 1<<62 {
			return int64(size), nil
		}
		return 0, bad
	}
	return 0, bad
}

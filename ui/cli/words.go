package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"lambent/invoke"
	"lambent/themes"
)

// The words for outcomes are the workbench's (the same thing has one word).

// milliseconds is a duration for people: 1.9 ms, 182 ms, 3.0 s.
func milliseconds(d time.Duration) string {
	switch {
	case d >= time.Second-500*time.Microsecond:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d < 9950*time.Microsecond:
		return strconv.FormatFloat(float64(d)/1e6, 'f', 1, 64) + " ms"
	}
	return strconv.FormatFloat(float64(d)/1e6, 'f', 0, 64) + " ms"
}

// percent is a weight in percent, whole where it is.
func percent(weight float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(weight*100, 'f', 1, 64), ".0") + "%"
}

// route is where a qualifier points: "live → 2", "canary → 1 90% · 2 10%".
func route(q invoke.Qualifier) string {
	if len(q.Weights) == 0 {
		return q.Name + " → " + q.Version
	}
	versions := make([]string, 0, len(q.Weights))
	for version := range q.Weights {
		versions = append(versions, version)
	}
	sort.Slice(versions, func(i, j int) bool {
		if (versions[i] == q.Version) != (versions[j] == q.Version) {
			return versions[i] == q.Version // the primary first
		}
		return versions[i] < versions[j]
	})
	parts := make([]string, len(versions))
	for i, version := range versions {
		parts[i] = version + " " + percent(q.Weights[version])
	}
	return q.Name + " → " + strings.Join(parts, " · ")
}

// A verdict is an outcome in a glyph, a word and a colour.
type verdict struct {
	text string
	role themes.Role
}

// verdictOf names how an invocation that was answered, refused or given up on ended.
func verdictOf(v outcome) verdict {
	f := v.failure
	switch {
	case f != nil && f.Kind == invoke.FunctionFailure, f == nil && v.result.FunctionError != "":
		return verdict{"✗ function error", themes.Error}
	case f != nil && f.Kind == invoke.ServiceFailure:
		return verdict{"! Lambda refused the call", themes.Warning}
	case v.outOfTime():
		return verdict{"? no answer within the wait limit", themes.Warning}
	case v.gaveUp(context.Canceled):
		return verdict{"– cancelled", themes.Muted}
	case f != nil && f.Name == invoke.UnreadableAnswer:
		return verdict{"? not Lambda's answer", themes.Warning}
	case f != nil && f.ExitCode() == ExitNoAnswer && f.Ran == invoke.RanNo:
		return verdict{"○ cannot reach Lambda", themes.Warning}
	case f != nil && f.ExitCode() == ExitNoAnswer:
		return verdict{"? connection lost", themes.Warning}
	case f != nil:
		return verdict{"! not invoked", themes.Warning}
	}
	switch v.result.StatusCode {
	case 202:
		return verdict{"✓ 202 accepted", themes.Success}
	case 204:
		return verdict{"✓ 204 dry run", themes.Success}
	}
	return verdict{"✓ " + strconv.Itoa(v.result.StatusCode), themes.Success}
}

// facts are the figures of a run in one row.
func facts(v outcome) string {
	r := v.result
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if r.FunctionError != "" {
		add("%s", r.FunctionError)
	}
	if f := v.failure; f != nil && f.Kind != invoke.FunctionFailure {
		add("%s", f.Name)
		if f.Status != 0 {
			add("HTTP %d", f.Status)
		}
	}
	if r.Duration > 0 && r.StatusCode != 202 {
		add("%s", milliseconds(r.Duration))
	}
	if p := r.Report; p != nil {
		add("billed %s", milliseconds(p.BilledDuration))
		add("%d/%d MB", p.MaxMemoryUsedMB, p.MemorySizeMB)
		if p.InitDuration > 0 {
			add("cold %s", milliseconds(p.InitDuration))
		} else if p.Status == "" { // a process that failed to start, or was ended, may have been cold
			add("warm")
		}
	}
	if r.ExecutedVersion != "" {
		add("version %s", r.ExecutedVersion)
	}
	if r.RequestID != "" {
		add("req %s", r.RequestID)
	}
	if v.id != 0 {
		add("#%d", v.id)
	}
	return strings.Join(parts, " · ")
}

// summary writes the verdict and the figures, and what there is to know about a failure.
func (p *printer) summary(v outcome) {
	said := verdictOf(v)
	p.line(p.paint(said.role, said.text), "  ", safe(facts(v)))
	if v.failure != nil {
		p.explain(v.failure)
	}
	p.notes(v)
}

func (p *printer) notes(v outcome) {
	for _, note := range v.result.Notes {
		p.line(p.paint(themes.Muted, "note: "), safe(note))
	}
}

// explain says what happened, whether it ran and what to do, in this order.
func (p *printer) explain(f *invoke.Failure) {
	message := f.Message
	if f.Kind == invoke.FunctionFailure {
		message = f.Error()
	}
	for line := range strings.Lines(message) {
		p.line("  ", safe(strings.TrimRight(line, "\r\n")))
	}
	for _, frame := range ownFrames(f.Trace) {
		p.line("    ", safe(frame))
	}
	if said := ranWords(f); said != "" {
		p.line("  ", said)
	}
	if len(f.Suggestions) > 0 {
		p.line("  ", safe(meant(f.Suggestions)))
	}
	for _, row := range [][2]string{{"Why", f.Cause}, {"Try", f.Remedy}} {
		if row[1] != "" {
			p.line("  ", p.paint(themes.Muted, row[0]), "  ", safe(row[1]))
		}
	}
}

func ranWords(f *invoke.Failure) string {
	switch {
	case f.Kind == invoke.FunctionFailure:
		return "" // it says so itself
	case f.Ran == invoke.RanNo:
		return "The function did not run."
	case f.Ran == invoke.RanYes:
		return "The function ran."
	}
	return "The function may have run."
}

// ownFrames are the frames of the function's own code; all of them when none is
// known to be.
func ownFrames(trace []invoke.Frame) []string {
	var own, all []string
	for _, frame := range trace {
		text := frame.Text
		if text == "" {
			text = strings.TrimSpace(fmt.Sprintf("%s  %s:%d", frame.Function, frame.File, frame.Line))
		}
		text = strings.TrimSpace(text)
		all = append(all, text)
		if frame.Own {
			own = append(own, text)
		}
	}
	if own == nil {
		return all
	}
	return own
}

// meant asks whether one of the near names was meant.
func meant(names []string) string {
	if len(names) > 3 {
		names = names[:3]
	}
	return "Did you mean " + strings.Join(names, " or ") + "?"
}

// describe is a failure in one line.
func describe(f *invoke.Failure) string {
	parts := []string{f.Error()}
	if f.Status != 0 {
		parts[0] = fmt.Sprintf("%s (HTTP %d): %s", f.Name, f.Status, f.Message)
	}
	if len(f.Suggestions) > 0 {
		parts = append(parts, meant(f.Suggestions))
	} else if f.Remedy != "" {
		parts = append(parts, f.Remedy)
	}
	return strings.Join(parts, " – ")
}

// sortedKeys are a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

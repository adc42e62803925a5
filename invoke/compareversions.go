package invoke

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A VersionSide is one of two qualifiers that are laid side by side: what it stands for.
type VersionSide struct {
	Qualifier     Qualifier
	Configuration Configuration
	Aliases       []Qualifier // that point at its version, with whatever share
}

// Covers reports whether a run was one of the side, going by what was asked for and what
// was executed. An alias with two versions covers what was asked of it by name only.
func (s VersionSide) Covers(qualifier, executed string) bool {
	if qualifier == "" {
		qualifier = Latest
	}
	return qualifier == s.Qualifier.Name || len(s.Qualifier.Weights) < 2 && executed == s.Configuration.Version
}

// A VersionComparison is two qualifiers of one function side by side.
type VersionComparison struct {
	Function   string // bare name
	This, That VersionSide
	Facts      []Fact // by group, in the order in which they are read
}

// Covered says of which sides a run was. Where both stand for the same version, only the
// qualifier that was asked for tells.
func (c VersionComparison) Covered(qualifier, executed string) (this, that bool) {
	this, that = c.This.Covers(qualifier, executed), c.That.Covers(qualifier, executed)
	if this && that {
		if qualifier == "" {
			qualifier = Latest
		}
		this, that = qualifier == c.This.Qualifier.Name, qualifier == c.That.Qualifier.Name
	}
	return this, that
}

// Differences are how many facts differ that say what runs: code, configuration and
// environment. Names, dates and descriptions always do.
func (c VersionComparison) Differences() (n int) {
	for _, f := range c.Facts {
		if f.Counts() && f.Differs() {
			n++
		}
	}
	return n
}

// A FactGroup says what a fact is about.
type FactGroup string

// The groups of facts.
const (
	FactAbout         FactGroup = "about" // names, dates, descriptions
	FactCode          FactGroup = "code"
	FactConfiguration FactGroup = "configuration"
	FactEnvironment   FactGroup = "environment" // its values may be secrets
)

// A Fact is what each of two sides answers to one question.
type Fact struct {
	Group  FactGroup
	Member string // its name in JSON; of the environment the variable's
	Label  string // its name for people; of the environment the variable's
	Unit   string // of numbers "MB", "s" or "bytes"; "time" of an instant, which is in UTC

	// This and That are JSON values: a string, a number, a list of strings, or null for a
	// variable whose value could not be worked out. They are nil where there is nothing.
	This, That []byte
}

// Differs reports whether the sides answer differently.
func (f Fact) Differs() bool { return !bytes.Equal(f.This, f.That) }

// Counts reports whether the fact says what runs. The size of the code does not: its hash
// says whether it is the same, and a size can be unknown.
func (f Fact) Counts() bool { return f.Group != FactAbout && f.Member != "codeSizeB" }

// Text is a value for people: a string without its quotation marks, an instant to the
// minute in a time zone, a number with its unit, a list with commas; "" where there is nothing.
func (f Fact) Text(value []byte, zone *time.Location) string {
	var text string
	var list []string
	switch {
	case value == nil:
		return ""
	case json.Unmarshal(value, &text) == nil && value[0] == '"':
		if at, err := time.Parse(instantLayout, text); f.Unit == "time" && err == nil {
			return at.In(zone).Format("2006-01-02 15:04")
		}
		return text
	case json.Unmarshal(value, &list) == nil && value[0] == '[':
		return strings.Join(list, ", ")
	case string(value) == "null":
		return "not set here"
	case f.Unit != "":
		return grouped(string(value)) + " " + f.Unit
	}
	return string(value)
}

// HiddenTexts say of a variable of the environment that it is there, and whether both sides
// have the same value, but not which.
func (f Fact) HiddenTexts() (this, that string) {
	if f.This != nil {
		this = "set"
	}
	switch {
	case f.That == nil:
	case f.This == nil || !f.Differs():
		that = "set"
	default:
		that = "set to something else"
	}
	return this, that
}

// grouped is a number with a comma between thousands.
func grouped(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// CompareVersions asks the target about two qualifiers of a function, "" for $LATEST.
// It runs nothing. A qualifier in the function's name says nothing here. Its error is a
// *Failure for what the target refuses.
func CompareVersions(ctx context.Context, t Target, function, this, that string) (VersionComparison, error) {
	describer, ok := As[Describer](t)
	if !ok {
		return VersionComparison{}, errors.New("this target does not tell how functions are configured")
	}
	name, failure := ParseName(function)
	if failure != nil {
		return VersionComparison{}, failure
	}
	if function = name.Function; name.Account != "" {
		function = name.ARN(t.Info().Region, "")
	}
	sides := [2]VersionSide{{Qualifier: Qualifier{Name: orLatest(this)}}, {Qualifier: Qualifier{Name: orLatest(that)}}}
	var all []Qualifier
	errs := make([]error, 3)
	var asked sync.WaitGroup
	asked.Go(func() { all, errs[0] = t.Qualifiers(ctx, function) })
	for i := range sides {
		asked.Go(func() {
			sides[i].Configuration, errs[i+1] = describer.Configuration(ctx, function, sides[i].Qualifier.Name)
		})
	}
	asked.Wait()
	for _, err := range errs {
		if err != nil {
			return VersionComparison{}, err
		}
	}
	for i := range sides {
		if err := sides[i].place(function, all); err != nil {
			return VersionComparison{}, err
		}
	}
	c := VersionComparison{Function: name.Function, This: sides[0], That: sides[1]}
	c.Facts = facts(c.This, c.That)
	return c, nil
}

func orLatest(qualifier string) string {
	if qualifier == "" {
		return Latest
	}
	return qualifier
}

// place finds the side's qualifier among all of the function, and the aliases that point at
// the same version.
func (s *VersionSide) place(function string, all []Qualifier) error {
	i := slices.IndexFunc(all, func(q Qualifier) bool { return q.Name == s.Qualifier.Name })
	if i < 0 {
		return NewFailure("ResourceNotFoundException", fmt.Sprintf("Function not found: %s:%s", function, s.Qualifier.Name))
	}
	if s.Configuration.Version == "" {
		s.Configuration.Version = all[i].Version
	}
	s.Place(all)
	return nil
}

// facts asks both sides everything.
func facts(this, that VersionSide) []Fact {
	var list []Fact
	add := func(group FactGroup, member, label, unit string, of func(VersionSide) []byte) {
		f := Fact{Group: group, Member: member, Label: label, Unit: unit, This: of(this), That: of(that)}
		if f.This != nil || f.That != nil {
			list = append(list, f)
		}
	}
	text := func(group FactGroup, member, label string, of func(VersionSide) string) {
		add(group, member, label, "", func(s VersionSide) []byte { return quoted(of(s)) })
	}
	configured := func(member, label string, of func(Configuration) string) {
		text(FactConfiguration, member, label, func(s VersionSide) string { return of(s.Configuration) })
	}
	figure := func(group FactGroup, member, label, unit string, of func(Configuration) int) {
		add(group, member, label, unit, func(s VersionSide) []byte { return number(of(s.Configuration)) })
	}
	text(FactAbout, "version", "Version", func(s VersionSide) string { return s.Configuration.Version })
	add(FactAbout, "publishedAt", "Published", "time", func(s VersionSide) []byte { return instant(publishedAt(s)) })
	add(FactAbout, "lastModified", "Last modified", "time", func(s VersionSide) []byte { return instant(modifiedAt(s)) })
	text(FactAbout, "description", "Description", func(s VersionSide) string { return s.Configuration.Description })
	add(FactAbout, "aliases", "Aliases", "", func(s VersionSide) []byte { return aliasList(s) })
	text(FactAbout, "state", "State", func(s VersionSide) string { return s.Configuration.State })
	add(FactAbout, "problems", "Problems", "", func(s VersionSide) []byte { return stringList(s.Configuration.Problems) })
	text(FactCode, "codeSha256", "Code hash", func(s VersionSide) string { return s.Configuration.CodeSHA256 })
	figure(FactCode, "codeSizeB", "Code size", "bytes", func(c Configuration) int { return int(c.CodeSizeB) })
	configured("runtime", "Runtime", func(c Configuration) string { return c.Runtime })
	configured("handler", "Handler", func(c Configuration) string { return c.Handler })
	configured("architecture", "Architecture", func(c Configuration) string { return c.Architecture })
	configured("packageType", "Package", func(c Configuration) string { return c.PackageType })
	figure(FactConfiguration, "memorySizeMb", "Memory", "MB", func(c Configuration) int { return c.MemorySizeMB })
	figure(FactConfiguration, "timeoutS", "Timeout", "s", func(c Configuration) int { return int(c.Timeout.Round(time.Second) / time.Second) })
	figure(FactConfiguration, "ephemeralStorageMb", "Storage", "MB", func(c Configuration) int { return c.EphemeralStorageMB })
	add(FactConfiguration, "layers", "Layers", "", func(s VersionSide) []byte { return stringList(s.Configuration.Layers) })
	configured("role", "Role", func(c Configuration) string { return c.Role })
	configured("logFormat", "Log format", func(c Configuration) string { return c.LogFormat })
	configured("applicationLogLevel", "Application log level", func(c Configuration) string { return c.ApplicationLogLevel })
	configured("systemLogLevel", "System log level", func(c Configuration) string { return c.SystemLogLevel })
	configured("logGroup", "Log group", func(c Configuration) string { return c.LogGroup })
	configured("deadLetter", "Dead-letter target", func(c Configuration) string { return c.DeadLetter })
	x, y := variables(this.Configuration), variables(that.Configuration)
	names := slices.Sorted(maps.Keys(x))
	for name := range y {
		if _, both := x[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, Fact{Group: FactEnvironment, Member: name, Label: name, This: x[name], That: y[name]})
	}
	return list
}

// publishedAt is when the side's version was published; $LATEST never is.
func publishedAt(s VersionSide) time.Time {
	switch {
	case s.Configuration.Version == Latest:
		return time.Time{}
	case s.Qualifier.Kind == KindVersion:
		return s.Qualifier.PublishedAt
	}
	return s.Configuration.LastModified // nothing of a version is modified later
}

// modifiedAt is when $LATEST was changed.
func modifiedAt(s VersionSide) time.Time {
	if s.Configuration.Version != Latest {
		return time.Time{}
	}
	return s.Configuration.LastModified
}

// instantLayout is how instants are written, in UTC and to the millisecond.
const instantLayout = "2006-01-02T15:04:05.000Z"

// instant is a time as JSON, nil for none.
func instant(t time.Time) []byte {
	if t.IsZero() {
		return nil
	}
	return quoted(t.UTC().Format(instantLayout))
}

// aliasList names the aliases that point at the side's version, with their shares.
func aliasList(s VersionSide) []byte {
	var names []string
	for _, a := range s.Aliases {
		name := a.Name
		if len(a.Weights) > 1 {
			name += " " + strconv.FormatFloat(a.Weights[s.Configuration.Version]*100, 'f', -1, 64) + "%"
		}
		names = append(names, name)
	}
	return stringList(names)
}

func stringList(texts []string) []byte {
	if len(texts) == 0 {
		return nil
	}
	parts := make([][]byte, len(texts))
	for i, text := range texts {
		if parts[i] = quoted(text); parts[i] == nil {
			parts[i] = []byte(`""`)
		}
	}
	return slices.Concat([]byte{'['}, bytes.Join(parts, []byte{','}), []byte{']'})
}

// variables are the values of the environment as JSON, by name. An empty value is one.
func variables(c Configuration) map[string][]byte {
	values := map[string][]byte{}
	for _, v := range c.Environment {
		switch {
		case v.Unresolved != "":
			values[v.Name] = []byte("null")
		case v.Value == "":
			values[v.Name] = []byte(`""`)
		default:
			values[v.Name] = quoted(v.Value)
		}
	}
	return values
}

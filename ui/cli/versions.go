package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/themes"
	"lambent/ui/safetext"
	"lambent/ui/settings"
)

// comparedPairs is how many payloads that both sides were given are listed.
const comparedPairs = 20

func (a *app) qualifiersCompareCommand() *cobra.Command {
	values := false
	cmd := &cobra.Command{
		Use:   "compare FUNCTION THIS THAT",
		Short: "Show how two qualifiers of a function differ; invokes nothing",
		Long: `Show two qualifiers of a function side by side: configuration, code, dates, the aliases
that point there, and which variables of the environment were added, removed or changed.
Where history has runs of the same payload on both, their answers are compared too.
Nothing is invoked: lambent compare does that.

The exit status is 0 when what runs is the same, 8 when code, configuration,
environment or an answer differs.`,
		Example: `  lambent qualifiers compare orders live '$LATEST'
  lambent qualifiers compare orders 6 7 --values
  lambent qualifiers compare orders 6 7 -o json`,
		Args:              arguments("FUNCTION", "THIS", "THAT"),
		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedTarget|NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
				return a.compareQualifiers(ctx, session, args, values, s.Output)
			})
		},
	}
	share(cmd, ofTarget...)
	cmd.Flags().BoolVar(&values, "values", false, "show the values of environment variables, which may be secrets")
	return cmd
}

func (a *app) compareQualifiers(ctx context.Context, session *Session, args []string, values bool, output settings.Output) error {
	c, err := invoke.CompareVersions(ctx, session.Target, args[0], args[1], args[2])
	var failure *invoke.Failure
	if err != nil && !errors.As(err, &failure) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	where := session.Target.Info()
	pairs, more, err := session.Store.Pairs(ctx, history.KeyOf(where, c.Function), c, comparedPairs)
	if err != nil {
		return err
	}
	different := 0
	for _, p := range pairs {
		if !p.Same() {
			different++
		}
	}
	if output == settings.JSON {
		a.out.jsonLine(versionsObject(where, c, pairs, values))
	} else {
		a.sayVersions(where, c, pairs, values)
	}
	if more && output == settings.Text {
		a.err.line(a.err.paint(themes.Muted, fmt.Sprintf("Of the payloads that both were given, the newest %d are listed.", len(pairs))))
	}
	a.err.line(versionsLine(c, len(pairs), different))
	a.exit = ExitDone
	if c.Differences() > 0 || different > 0 {
		a.exit = ExitDifferent
	}
	return nil
}

// versionsLine sums a comparison of qualifiers up.
func versionsLine(c invoke.VersionComparison, pairs, different int) string {
	text := "= what runs is the same"
	if n := c.Differences(); n > 0 {
		text = "≠ " + plural(n, "difference") + " in what runs"
	}
	switch {
	case pairs == 0:
	case different == 0:
		text += "; the answers to " + plural(pairs, "payload") + " are the same"
	default:
		text += "; the answers to " + strconv.Itoa(different) + " of " + plural(pairs, "payload") + " differ"
	}
	return text
}

// sayVersions prints all facts in a table, with a mark at those that differ.
func (a *app) sayVersions(where invoke.TargetInfo, c invoke.VersionComparison, pairs []history.Pair, values bool) {
	a.out.line(safe(c.Function + " on " + place(where)))
	rows := [][]string{}
	for _, f := range c.Facts {
		this, that := factTexts(f, values)
		rows = append(rows, []string{factMark(f), f.Label, factCell(this), factCell(that)})
	}
	a.out.line()
	a.out.table([]string{" ", " ", c.This.Qualifier.Name, c.That.Qualifier.Name}, rows)
	if len(pairs) == 0 {
		return
	}
	a.out.line("\n", a.out.paint(themes.Accent, "Answers to the same payload"))
	rows = rows[:0]
	for _, p := range pairs {
		rows = append(rows, []string{pairMark(p), safetext.FromString(p.Head).Cut(headWidth).String(), runText(p.This), runText(p.That)})
	}
	a.out.table([]string{" ", "PAYLOAD", c.This.Qualifier.Name, c.That.Qualifier.Name}, rows)
}

// factWidth is how many cells of a value a row shows: all of a hash, and of an ARN mostly.
const factWidth = 100

func factCell(text string) string { return dash(safetext.FromString(text).Cut(factWidth).String()) }

// factMark says what became of a fact: + added, − removed, ≠ changed.
func factMark(f invoke.Fact) string {
	switch {
	case !f.Differs() || !f.Counts():
		return " "
	case f.This == nil:
		return "+"
	case f.That == nil:
		return "−"
	}
	return "≠"
}

// factTexts are the two values; those of the environment are hidden unless asked for.
func factTexts(f invoke.Fact, values bool) (this, that string) {
	if f.Group != invoke.FactEnvironment {
		return f.Text(f.This, time.Local), f.Text(f.That, time.Local)
	}
	if values {
		return shownVariable(f, f.This), shownVariable(f, f.That)
	}
	return f.HiddenTexts()
}

// shownVariable is a variable's value; an empty one is told apart from none.
func shownVariable(f invoke.Fact, value []byte) string {
	if string(value) == `""` {
		return `""`
	}
	return f.Text(value, time.Local)
}

func pairMark(p history.Pair) string {
	if p.Same() {
		return "="
	}
	return "≠"
}

// runText is what came of a run.
func runText(r history.PairedRun) string {
	text := "✓ " + strconv.Itoa(r.Status)
	if r.Failure != "" {
		text = "✗ " + r.Failure
	}
	return "#" + strconv.FormatInt(r.ID, 10) + " " + text + " " + milliseconds(r.Duration)
}

// versionsObject is a comparison of qualifiers as one object.
func versionsObject(where invoke.TargetInfo, c invoke.VersionComparison, pairs []history.Pair, values bool) []byte {
	var o object
	o.text("target", string(where.Kind))
	o.text("functionName", c.Function)
	o.raw("this", sideObject(c.This, c.Facts, func(f invoke.Fact) []byte { return f.This }, values))
	o.raw("that", sideObject(c.That, c.Facts, func(f invoke.Fact) []byte { return f.That }, values))
	var differences, results []string
	for _, f := range c.Facts {
		if f.Differs() && f.Counts() {
			differences = append(differences, string(factObject(f, values)))
		}
	}
	for _, p := range pairs {
		results = append(results, string(pairObject(p)))
	}
	o.raw("differences", []byte("["+strings.Join(differences, ",")+"]"))
	o.raw("results", []byte("["+strings.Join(results, ",")+"]"))
	return o.bytes()
}

// sideObject is what one qualifier stands for. Of the environment it has the names, or with
// the values an object; one that could not be worked out is null.
func sideObject(s invoke.VersionSide, facts []invoke.Fact, of func(invoke.Fact) []byte, values bool) []byte {
	var o object
	o.side(s, facts, of, values)
	return o.bytes()
}

// side adds what sideObject has.
func (o *object) side(s invoke.VersionSide, facts []invoke.Fact, of func(invoke.Fact) []byte, values bool) {
	var environment object
	var names []string
	o.text("qualifier", s.Qualifier.Name)
	o.text("kind", string(s.Qualifier.Kind))
	for _, f := range facts {
		value := of(f)
		switch {
		case value == nil:
		case f.Group == invoke.FactEnvironment:
			names = append(names, f.Member)
			environment.raw(f.Member, value)
		default:
			o.raw(f.Member, value)
		}
	}
	if values && len(names) > 0 {
		o.raw("environment", environment.bytes())
	} else {
		o.list("environment", names)
	}
}

func factObject(f invoke.Fact, values bool) []byte {
	change := jsondoc.Changed
	switch {
	case f.This == nil:
		change = jsondoc.Added
	case f.That == nil:
		change = jsondoc.Removed
	}
	var o object
	path := f.Member
	if f.Group == invoke.FactEnvironment {
		path = "environment." + path
	}
	o.text("path", path)
	o.text("change", change.String())
	if f.Group == invoke.FactEnvironment && !values {
		return o.bytes()
	}
	if f.This != nil {
		o.raw("this", f.This)
	}
	if f.That != nil {
		o.raw("that", f.That)
	}
	return o.bytes()
}

func pairObject(p history.Pair) []byte {
	side := func(r history.PairedRun) []byte {
		var o object
		o.number("id", r.ID)
		o.instant("startedAt", r.StartedAt)
		o.number("statusCode", int64(r.Status))
		o.text("executedVersion", r.Version)
		o.milliseconds("durationMs", r.Duration)
		if r.Failure != "" {
			var failure object
			failure.text("name", r.Failure)
			o.raw("failure", failure.bytes())
		}
		return o.bytes()
	}
	var o object
	o.raw("this", side(p.This))
	o.raw("that", side(p.That))
	o.raw("same", strconv.AppendBool(nil, p.Same()))
	o.number("differences", int64(p.Differences))
	return o.bytes()
}

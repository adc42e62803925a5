package cli

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/themes"
	"lambent/ui/settings"
)

// A twin is the flags of "lambent compare".
type twin struct {
	invocation
	this, that string
	ignore     []string
	anyOrder   bool
}

func (a *app) compareCommand() *cobra.Command {
	var t twin
	cmd := &cobra.Command{
		Use:   "compare FUNCTION --this TARGET[:QUALIFIER] --that TARGET[:QUALIFIER]",
		Short: "Send one payload to two places and compare the answers",
		Long: `Send one payload to two places at the same time and print how the answers differ:
path, this, that. TARGET is local, aws, aws/PROFILE or aws@REGION (aws/PROFILE@REGION),
and may be left out before :QUALIFIER. Paths of the payload begin with $, and --ignore takes them. What is kept
as volatile for the function is left out, and the order of arrays where that was said
not to count (lambent history volatile).

The exit status is 0 when the answers are the same, 8 when they differ. Where one
side gave no answer, or both were refused alike, it is what invoke would say.`,
		Example: `  lambent compare orders --this :1 --that ':$LATEST' -p @order.json
  lambent compare orders --this local --that aws:live -p '{"id": 7}' --ignore '$.at'
  lambent compare orders --this aws@eu-west-1 --that aws@us-east-1 -o json
  lambent compare orders --this aws/staging:live --that aws/prod:live -p @order.json`,
		Args:              arguments("FUNCTION"),
		ValidArgsFunction: a.completeFunctions,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.compare(cmd, args[0], t) },
	}
	share(cmd, append(ofTarget[:len(ofTarget):len(ofTarget)], "read-only")...)
	f := cmd.Flags()
	value := func(to *string, name, short, kind, help string) {
		f.VarP(&into{kind: kind, to: to}, name, short, help)
	}
	value(&t.this, "this", "", "PLACE", "where the payload goes: TARGET[/PROFILE][@REGION][:QUALIFIER]")
	value(&t.that, "that", "", "PLACE", "where it goes too")
	value(&t.payload, "payload", "p", "JSON", "a JSON text, @FILE, file://FILE, or - for standard input (default an empty body)")
	value(&t.clientContext, "client-context", "", "JSON", "a JSON object, which is encoded, or base64")
	value(&t.tenant, "tenant-id", "", "ID", "tenant of a function with tenant isolation")
	value(&t.wait, "timeout", "", "TIME", "how long to wait for the answers, such as 30s or 90")
	f.StringArrayVar(&t.ignore, "ignore", nil, "a path of the payload that may differ, such as items[*].id; repeatable")
	f.BoolVar(&t.anyOrder, "any-order", false, "the order of arrays makes no difference (default: as remembered for the function)")
	f.Bool("yes", false, "invoke on a protected AWS profile")
	f.BoolVar(&t.noHistory, "no-history", false, "keep no record of the two invocations")
	return cmd
}

// A side is one of the two places, and what came of the invocation there.
type side struct {
	name      string // this or that
	settings  settings.Settings
	qualifier string
	session   *Session
	outcome   outcome
	err       error
}

// readSide reads TARGET[/PROFILE][@REGION][:QUALIFIER].
func readSide(name, text string, base settings.Settings) (*side, error) {
	if text == "" {
		return nil, fmt.Errorf("compare needs --%s: where the payload goes, such as local:live or :2", name)
	}
	where, qualifier, _ := strings.Cut(text, ":")
	target, region, hasRegion := strings.Cut(where, "@")
	target, profile, hasProfile := strings.Cut(target, "/")
	s := &side{name: name, settings: base, qualifier: qualifier}
	switch target {
	case "":
	case settings.Local, settings.AWS:
		s.settings.Target = target
	default:
		return nil, fmt.Errorf("--%s: %q is no target: it is local or aws, and a qualifier stands after a colon (:%s)", name, target, target)
	}
	if hasProfile {
		if profile == "" || s.settings.Target != settings.AWS {
			return nil, fmt.Errorf("--%s: a profile is given as aws/staging", name)
		}
		s.settings.Profile = profile
	}
	if hasRegion {
		if region == "" || s.settings.Target != settings.AWS {
			return nil, fmt.Errorf("--%s: a region is given as aws@eu-west-1", name)
		}
		s.settings.Region = region
	}
	return s, nil
}

func (a *app) compare(cmd *cobra.Command, function string, t twin) error {
	base, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	this, err := readSide("this", t.this, base)
	if err != nil {
		return usage(err)
	}
	that, err := readSide("that", t.that, base)
	if err != nil {
		return usage(err)
	}
	req, w, err := a.request(function, t.invocation)
	if err != nil {
		return usage(err)
	}
	o := invoke.CompareOptions{AnyOrder: t.anyOrder, InOrder: cmd.Flags().Changed("any-order") && !t.anyOrder}
	if o.Ignore, err = readPaths("--ignore", t.ignore); err != nil {
		return usage(err)
	}
	need := NeedTarget | NeedHistory
	if t.noHistory {
		need = NeedTarget
	}
	do := func(ctx context.Context) error { return a.twin(ctx, this, that, req, w, o, base.Output) }
	return a.withSettings(cmd.Context(), this.settings, need, func(ctx context.Context, session *Session, _ settings.Settings) error {
		this.session, that.session = session, session
		if this.settings.Target == that.settings.Target && this.settings.Region == that.settings.Region && this.settings.Profile == that.settings.Profile {
			return do(ctx)
		}
		return a.withSettings(ctx, that.settings, need, func(ctx context.Context, session *Session, _ settings.Settings) error {
			that.session = session
			return do(ctx)
		})
	})
}

// twin invokes both at the same time and prints how the answers differ.
func (a *app) twin(ctx context.Context, this, that *side, req invoke.Request, w waiting, o invoke.CompareOptions, output settings.Output) error {
	waitCtx, stop := ctx, func() {}
	if w.limit > 0 {
		waitCtx, stop = context.WithTimeout(ctx, w.limit)
	}
	defer stop()
	var both sync.WaitGroup
	for _, s := range []*side{this, that} {
		both.Go(func() { s.invoke(waitCtx, req) })
	}
	both.Wait()
	for _, s := range []*side{this, that} {
		if s.err != nil {
			return usage(fmt.Errorf("--%s: %w", s.name, s.err))
		}
	}
	if err := signalledOr(ctx, nil); err != nil {
		return err
	}
	for _, s := range []*side{this, that} {
		var err error
		if o, err = s.leavingOut(ctx, o); err != nil {
			return err
		}
	}
	c, err := invoke.Compare(ctx, this.outcome.answer(), that.outcome.answer(), o)
	if err != nil {
		return signalledOr(ctx, err)
	}
	a.printComparison(c, output)
	for _, s := range []*side{this, that} {
		a.err.line(a.err.paint(themes.Muted, s.name+"  "), s.line())
	}
	a.err.line(comparisonLine(c))
	a.exit = twinExit(this.outcome, that.outcome, c)
	return nil
}

func (s *side) invoke(ctx context.Context, req invoke.Request) {
	if s.qualifier != "" {
		req.Qualifier = s.qualifier
		if name, bad := invoke.ParseName(req.Function); bad == nil && name.Qualifier != "" {
			name.Qualifier = "" // it would contradict the one that was asked for
			req.Function = name.String()
		}
	}
	result, err := s.session.Target.Invoke(ctx, req, nil)
	s.outcome = outcomeOf(s.session.Target, req, result, err)
	s.outcome.stopped = ctx.Err()
	if err != nil && s.outcome.failure == nil {
		s.err = err // nothing that the catalogue knows: a store, a file
	}
}

// leavingOut adds the volatile paths of the function on this side.
func (s *side) leavingOut(ctx context.Context, o invoke.CompareOptions) (invoke.CompareOptions, error) {
	if s.session.Store == nil {
		return o, nil
	}
	return s.session.Store.LeavingOut(ctx, o, history.KeyOf(s.session.Target.Info(), s.outcome.result.FunctionName))
}

// line is where a side was, and what came of it.
func (s *side) line() string {
	where := place(s.session.Target.Info())
	if s.outcome.qualifier != "" {
		where += ":" + s.outcome.qualifier
	}
	text := where + "  " + verdictOf(s.outcome).text + "  " + facts(s.outcome)
	if f := s.outcome.failure; f != nil {
		text += "  " + describe(f)
	}
	return safe(text)
}

func (v outcome) answer() invoke.Answer {
	return invoke.Answer{Result: v.result, Failure: v.failure}
}

func (a *app) printComparison(c invoke.Comparison, output settings.Output) {
	for i, d := range c.Differences {
		if output == settings.JSON {
			a.out.jsonLine(differenceObject(d))
			continue
		}
		if i == shownDifferences {
			a.out.line("… ", plural(len(c.Differences)-i, "more difference"), ": -o json lists all")
			return
		}
		role := themes.Warning
		switch d.Change {
		case jsondoc.Added:
			role = themes.DiffAdd
		case jsondoc.Removed:
			role = themes.DiffDel
		}
		a.out.line(a.out.paint(role, safe(inLine(d))))
	}
}

func comparisonLine(c invoke.Comparison) string {
	switch {
	case c.Same():
		return "= the answers are the same"
	case c.More:
		return "≠ more than " + plural(len(c.Differences), "difference")
	}
	return "≠ " + plural(len(c.Differences), "difference")
}

// twinExit is the exit status of a comparison. That both were refused alike, or that
// nothing came back, is no comparison of answers.
func twinExit(this, that outcome, c invoke.Comparison) int {
	for _, v := range []outcome{this, that} {
		if v.failure != nil && v.failure.Kind == invoke.ClientFailure {
			return exitOf(v)
		}
	}
	switch {
	case !c.Same():
		return ExitDifferent
	case this.failure != nil && this.failure.Kind == invoke.ServiceFailure:
		return exitOf(this)
	}
	return ExitDone
}

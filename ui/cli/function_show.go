package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

func (a *app) functionShowCommand() *cobra.Command {
	var qualifier string
	values := false
	cmd := &cobra.Command{
		Use:   "show FUNCTION",
		Short: "Show how a function is configured at a qualifier",
		Long: `Show how a function is configured: state, code, limits, layers, logs, concurrency, the
aliases that point there, and the names of its environment. Nothing is invoked.`,
		Example: `  lambent functions show orders
  lambent functions show orders -q live --profile prod
  lambent functions show orders --values -o json`,
		Args:              arguments("FUNCTION"),
		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedTarget, func(ctx context.Context, session *Session, s settings.Settings) error {
				return a.showFunction(ctx, session.Target, args[0], qualifier, values, s.Output)
			})
		},
	}
	share(cmd, ofTarget...)
	cmd.Flags().VarP(&into{kind: "NAME", to: &qualifier}, "qualifier", "q", "$LATEST, a version or an alias")
	cmd.Flags().BoolVar(&values, "values", false, "show the values of environment variables, which may be secrets")
	return cmd
}

func (a *app) showFunction(ctx context.Context, target invoke.Target, function, qualifier string, values bool, output settings.Output) error {
	side, err := invoke.Describe(ctx, target, function, qualifier, nil)
	var failure *invoke.Failure
	switch {
	case errors.As(err, &failure):
		return err
	case err != nil:
		return usage(err)
	}
	// Who may see a function may be kept from its aliases, which is no reason to say nothing.
	if known, err := target.Qualifiers(ctx, side.Configuration.Name); err == nil {
		side.Place(known)
	}
	facts := side.Facts()
	if output == settings.JSON {
		a.out.jsonLine(functionShown(target.Info(), side, facts, values))
		return nil
	}
	a.out.line(safe(side.Configuration.Name + " " + side.Qualifier.Name + " on " + place(target.Info())))
	var rows [][]string
	for _, f := range facts {
		text := f.Text(f.This, time.Local)
		switch {
		case f.Group == invoke.FactEnvironment && values:
			text = shownVariable(f, f.This)
		case f.Group == invoke.FactEnvironment:
			text = "••••••"
		case f.Member == "reservedConcurrency" && f.This == nil:
			text = "none"
		}
		rows = append(rows, []string{f.Label, dash(text)})
	}
	a.out.table([]string{" ", " "}, rows)
	for _, p := range side.Configuration.Problems {
		a.err.line(a.err.paint(themes.Warning, "! "), safe(p))
	}
	return nil
}

// functionShown is a function at one qualifier as one object, with the members that a
// comparison of qualifiers has of each side.
func functionShown(where invoke.TargetInfo, side invoke.VersionSide, facts []invoke.Fact, values bool) []byte {
	var o object
	o.text("target", string(where.Kind))
	o.text("functionName", side.Configuration.Name)
	o.side(side, facts, func(f invoke.Fact) []byte { return f.This }, values)
	o.list("problems", side.Configuration.Problems)
	return o.bytes()
}

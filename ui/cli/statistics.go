package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

// PriceTable is what config.toml says of prices, for whoever works out costs.
func PriceTable(s settings.Settings) history.PriceTable {
	p := s.Prices
	return history.PriceTable{Date: p.Date, PerRequest: p.PerRequest, PerGBsX86: p.PerGBSecondX86, PerGBsARM: p.PerGBSecondARM}
}

func (a *app) statisticsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "statistics FUNCTION [QUERY]",
		Short: "Show durations, cold starts, memory, errors and cost of a function's runs",
		Long: fmt.Sprintf(`Show what a function's runs in history come to, all together and by version: durations
as percentiles, as a histogram and over time, cold starts and their init, memory
against its limit, failures by name, and what a call costs.
QUERY narrows the runs, as in lambent history. The newest %d are looked at.
Costs are worked out from the prices of [prices] in config.toml, or from built-in ones
of us-east-1; their date is shown with them.`, history.StatisticsWindow),
		Example: `  lambent history statistics orders
  lambent history statistics orders since:7d cold:false
  lambent history statistics orders -o json`,
		Args: func(cmd *cobra.Command, args []string) error {
			return arguments("FUNCTION")(cmd, args[:min(len(args), 1)])
		},
		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedTarget|NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
				query, err := readQuery(args[1:])
				if err != nil {
					return usage(err)
				}
				return a.statistics(ctx, session, s, args[0], query)
			})
		},
	}
	share(cmd, ofTarget...)
	return cmd
}

func (a *app) statistics(ctx context.Context, session *Session, s settings.Settings, function string, query history.Query) error {
	if name, bad := invoke.ParseName(function); bad == nil {
		function = name.Function
	}
	where := session.Target.Info()
	architecture := architectureOf(ctx, session.Target, function)
	st, err := session.Store.Statistics(ctx, history.KeyOf(where, function), query, PriceTable(s).For(architecture))
	if err != nil {
		return err
	}
	if st.All.Runs == 0 && st.All.Refused == 0 {
		return notFound(fmt.Errorf("history has no runs of %s on %s that match: lambent history lists what there is", function, place(where)))
	}
	if s.Output == settings.JSON {
		a.out.jsonLine(statisticsObject(where, function, architecture, st))
		return nil
	}
	a.sayStatistics(where, function, architecture, st)
	return nil
}

// architectureOf is a function's architecture where that is known without asking AWS,
// "" where it is not.
func architectureOf(ctx context.Context, target invoke.Target, function string) string {
	if known, ok := invoke.As[invoke.Rememberer](target); ok {
		list, _ := known.Remembered()
		for _, f := range list {
			if f.Name == function {
				return f.Architecture
			}
		}
		return ""
	}
	for f, err := range target.Functions(ctx) {
		if err != nil {
			break
		}
		if f.Name == function {
			return f.Architecture
		}
	}
	return ""
}

// sayStatistics prints a table by version, and the histogram of all.
func (a *app) sayStatistics(where invoke.TargetInfo, function, architecture string, st history.Statistics) {
	all := st.All
	title := fmt.Sprintf("%s on %s: %s", function, place(where), plural(all.Runs, "run"))
	if all.Runs > 0 {
		title += fmt.Sprintf(", %s to %s", all.First.Local().Format("2006-01-02 15:04"), all.Last.Local().Format("2006-01-02 15:04"))
	}
	if !st.Whole {
		title += fmt.Sprintf(" (the newest %d)", history.StatisticsWindow)
	}
	a.out.line(safe(title))
	rows := [][]string{figuresRow("all", all)}
	for _, f := range st.Versions {
		rows = append(rows, figuresRow(f.Version, f))
	}
	a.out.line()
	a.out.table([]string{"VERSION", ">RUNS", ">ERRORS", ">REFUSED", ">P50", ">P90", ">P99", ">COLD", ">INIT", ">MEMORY", ">PER MILLION"}, rows)
	if all.Runs > 0 {
		a.out.line("\n", a.out.paint(themes.Accent, "Durations"))
		for _, row := range histogramRows(all.Histogram) {
			a.out.line(row)
		}
		a.out.line("\n", a.out.paint(themes.Accent, "Over time"))
		a.out.line(overTimeRow(all.OverTime))
	}
	if len(all.Names) > 0 {
		a.out.line("\n", a.out.paint(themes.Accent, "Failures"))
		rows = rows[:0]
		for _, n := range all.Names {
			rows = append(rows, []string{n.Name, strconv.Itoa(n.Count), percent(fraction(n.Count, all.Runs+all.Refused))})
		}
		a.out.table([]string{"NAME", ">RUNS", ">SHARE"}, rows)
	}
	if all.Billed > 0 {
		a.err.line(a.err.paint(themes.Muted, safe("Prices of "+st.Prices.Date+" for "+pricedAs(architecture)+": see [prices] in lambent's configuration.")))
	}
}

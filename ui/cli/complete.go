package cli

import (
	"context"

	"github.com/spf13/cobra"

	"lambent/invoke"
	"lambent/ui/settings"
)

// What a shell offers after a tab. It is asked for with every tab, so it opens no
// history and says nothing when it does not know.

// completeFunctions offers the functions of the target for the first argument.
func (a *app) completeFunctions(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	_ = a.with(cmd, NeedTarget, func(ctx context.Context, session *Session, _ settings.Settings) error {
		for f, err := range session.Target.Functions(ctx) {
			if err != nil {
				return err
			}
			names = append(names, safe(f.Name))
		}
		return nil
	}) // no names are offered where there are none to be had
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeThemes(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	s, err := a.settings(cmd)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return s.Themes().Names(), cobra.ShellCompDirectiveNoFileComp
}

// completions gives the flags of a command and of those below it what can be offered for them.
func (a *app) completions(cmd *cobra.Command) {
	offers := map[string]cobra.CompletionFunc{
		"target":          fixed(settings.Local, settings.AWS),
		"output":          fixed(string(settings.Text), string(settings.JSON)),
		"invocation-type": fixed(string(invoke.RequestResponse), string(invoke.Event), string(invoke.DryRun)),
		"log-type":        fixed(string(invoke.LogTail), string(invoke.LogNone)),
		"theme":           a.completeThemes,
	}
	for name, offer := range offers {
		if cmd.Flags().Lookup(name) == nil {
			continue
		}
		if err := cmd.RegisterFlagCompletionFunc(name, offer); err != nil {
			panic(err) // the flag is there, and nobody else completes it
		}
	}
	for _, below := range cmd.Commands() {
		a.completions(below)
	}
}

func fixed(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

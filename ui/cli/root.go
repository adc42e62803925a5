package cli

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lambent/invoke"
	"lambent/ui/settings"
)

// A shared flag is one that several commands have, and that environment and
// configuration set too.
type shared struct{ name, short, value, help string }

var sharedFlags = []shared{
	{"target", "", "local|aws", "where invocations go (default local)"},
	{"project", "", "DIR", "the folder with the template (default the working folder)"},
	{"profile", "", "NAME", "AWS profile; means --target aws"},
	{"region", "", "REGION", "AWS region"},
	{"endpoint-url", "", "URL", "endpoint of the Lambda API; means --target aws"},
	{"data-dir", "", "DIR", "the folder of history and everything durable"},
	{"theme", "", "NAME", "theme of the workbench"},
	{"output", "o", "text|json", "form of standard output (default text)"},
	{"event-clock", "", "N", "run retry delays and ages of events N times faster"},
	{"read-only", "", "", "let nothing run but DryRun, and change nothing"},
	{"paths", "", "auto|real|plain", "local functions that see /var/task, /opt and /tmp: those with layers, all, none (default auto)"},
}

// What commands share.
var (
	ofTarget  = []string{"target", "project", "profile", "region", "endpoint-url", "data-dir", "output"}
	ofHistory = []string{"data-dir", "output"}
	ofOutput  = []string{"output"}
)

// share gives the command the shared flags that it needs.
func share(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		for _, f := range sharedFlags {
			if f.name == name {
				cmd.Flags().VarP(&text{kind: f.value}, f.name, f.short, f.help)
				if f.value == "" { // a switch
					cmd.Flags().Lookup(f.name).NoOptDefVal = "true"
				}
			}
		}
	}
}

// text is the value of a flag that this package reads itself. Its kind names the
// value in the help.
type text struct {
	kind, value string
}

func (t *text) String() string     { return t.value }
func (t *text) Set(v string) error { t.value = v; return nil }
func (t *text) Type() string       { return t.kind }

// given are the shared flags that stand on the command line.
func (a *app) given(cmd *cobra.Command) settings.Flags {
	flags := settings.Flags{}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		for _, s := range sharedFlags {
			if s.name == f.Name {
				flags[f.Name] = f.Value.String()
			}
		}
	})
	return flags
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "lambent",
		Short: "A terminal workbench for AWS Lambda",
		Long: `A terminal workbench for AWS Lambda: pick a function, edit a payload, invoke,
understand, replay. Without a command it opens the workbench; every command is
for scripts and never draws.`,
		Version:           a.deps.Version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		DisableAutoGenTag: true,
		Args:              a.noSuchCommand,
	}
	root.SetVersionTemplate("lambent {{.Version}}\n")
	root.SetHelpCommand(a.helpCommand(root))
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	share(root, append(ofTarget[:len(ofTarget)-1:len(ofTarget)-1], "theme", "event-clock", "paths", "read-only")...)
	var served serving
	served.accessFlags(root.Flags(), "", "also serve the Lambda API at this address, as lambent serve does")
	root.RunE = func(cmd *cobra.Command, _ []string) error { return a.workbench(cmd, served) }
	root.AddCommand(
		a.invokeCommand(), a.functionsCommand(), a.qualifiersCommand(), a.publishCommand(), a.aliasCommand(),
		a.historyCommand(), a.deadLettersCommand(), a.replayCommand(), a.compareCommand(), a.errorsCommand(), a.themesCommand(), a.keysCommand(),
		completionCommand(), a.versionCommand(),
	)
	root.AddCommand(a.serveCommands()...)
	a.completions(root)
	return root
}

// WorkbenchOptions is what the workbench was asked for, checked.
type WorkbenchOptions struct {
	Settings settings.Settings
	// Serve is nil unless the workbench serves its target too. Its Listener is nil:
	// Listen opens the port, in the process that serves.
	Serve  *ServeOptions
	Listen func() (net.Listener, error)
}

func (a *app) workbench(cmd *cobra.Command, f serving) error {
	s, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	if err := s.CheckFolders(); err != nil {
		return usage(err)
	}
	o := WorkbenchOptions{Settings: s}
	switch {
	case f.listen != "":
		served, err := f.options(s)
		if err != nil {
			return usage(err)
		}
		o.Serve = &served
		o.Listen = func() (net.Listener, error) { return listen(f.listen, served.AllowRemote) }
	case f.allowRemote || f.token != "" || len(f.allowHosts) > 0:
		return usage(errors.New("--allow-remote, --token and --allow-host belong to --listen, which is missing"))
	}
	a.exit = a.deps.Workbench(cmd.Context(), o)
	return nil
}

// noSuchCommand refuses what stands where a command should.
func (a *app) noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	return usage(fmt.Errorf("there is no command %q%s: lambent --help lists them", args[0], near(args[0], names)))
}

// near is " (did you mean x?)" for the nearest names, or "".
func near(name string, known []string) string {
	names := invoke.Suggest(name, known)
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.ToLower(meant(names)[:1]) + meant(names)[1:] + ")"
}

// flagError says in one line what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			name = "-" + unknown.GetSpecifiedName()
		}
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		return usage(fmt.Errorf("%s has no flag %s%s: %s --help lists them", cmd.CommandPath(), name, near(name, known), cmd.CommandPath()))
	case errors.As(err, &bare):
		return usage(fmt.Errorf("--%s needs a value: %s", bare.GetFlag().Name, bare.GetFlag().Usage))
	case errors.As(err, &bad):
		return usage(fmt.Errorf("--%s: %q cannot be used: %s", bad.GetFlag().Name, bad.GetValue(), bad.GetFlag().Usage))
	}
	return usage(err)
}

// helpCommand is "lambent help COMMAND". Cobra's own prints the whole usage for
// a command that there is not, and calls it success.
func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help for a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return a.noSuchCommand(root, args)
			}
			return cmd.Help()
		},
	}
}

// arguments checks how many there are, in words: each name is what one of them is called.
// A last name that ends in "..." may come once or more often.
func arguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		many := len(names) > 0 && strings.HasSuffix(names[len(names)-1], "...")
		switch {
		case len(args) < len(names):
			return usage(fmt.Errorf("%s needs %s: %s", cmd.CommandPath(), strings.TrimSuffix(names[len(args)], "..."), cmd.UseLine()))
		case len(args) > len(names) && !many && len(names) == 0:
			return usage(fmt.Errorf("%s takes no argument, and %q is one", cmd.CommandPath(), args[0]))
		case len(args) > len(names) && !many:
			return usage(fmt.Errorf("%s takes %s, and %q is one too many", cmd.CommandPath(), strings.Join(names, " "), args[len(names)]))
		}
		return nil
	}
}

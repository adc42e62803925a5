package cli

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lambent/themes"
	"lambent/ui/settings"
)

// optional is at most one argument.
func optional(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return arguments(name)(cmd, args)
		}
		return nil
	}
}

func (a *app) themesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "themes",
		Short: "List the themes, with a sample where the terminal has the colours",
		Args:  arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return usage(err)
			}
			return a.themes(s)
		},
	}
	share(cmd, ofOutput...)
	return cmd
}

// themes lists them. A file of the user's that cannot be used is told on standard
// error, and the others are listed all the same.
func (a *app) themes(s settings.Settings) error {
	library := s.Themes()
	broken := false
	for _, name := range library.Names() {
		theme, err := library.Load(name)
		if err != nil {
			a.err.errorLine(err.Error())
			broken = true
			continue
		}
		if s.Output == settings.JSON {
			a.out.jsonLine(themeObject(name, theme))
			continue
		}
		row := fmt.Sprintf("%-16s %-9s ", safe(name), ground(name, theme)) + a.sample(theme)
		a.out.line(strings.TrimRight(row, " "))
	}
	if broken {
		return &saidError{ExitUsage}
	}
	return nil
}

// themeObject leaves dark out where the terminal decides.
func themeObject(name string, theme themes.Theme) []byte {
	var o object
	o.text("name", name)
	if name != themes.Follow && name != themes.Terminal {
		o.raw("dark", fmt.Append(nil, theme.Dark))
	}
	return o.bytes()
}

// ground is the background that a theme is made for.
func ground(name string, theme themes.Theme) string {
	switch {
	case name == themes.Follow:
		return "follows"
	case name == themes.Terminal:
		return "terminal"
	case theme.Dark:
		return "dark"
	}
	return "light"
}

// sample is a line of JSON and some outcomes in the theme's colours; with the name
// it fits 80 columns. A theme in true colour is only shown to a terminal that says
// that it has it.
func (a *app) sample(theme themes.Theme) string {
	trueColour := slices.Contains([]string{"truecolor", "24bit"}, os.Getenv("COLORTERM"))
	if !a.out.colours || theme.Name != themes.Terminal && !trueColour {
		return ""
	}
	var b strings.Builder
	piece := func(role themes.Role, text string) {
		style := theme.Style(role)
		if style.BG.IsNone() {
			style.BG = theme.Style(themes.Background).BG
		}
		if style.FG.IsNone() {
			style.FG = theme.Style(themes.Text).FG
		}
		b.WriteString("\x1b[" + sgr(style) + "m" + text + "\x1b[0m")
	}
	for _, p := range []struct {
		role themes.Role
		text string
	}{
		{themes.JSONPunct, " {"}, {themes.JSONKey, `"id"`}, {themes.JSONPunct, ": "}, {themes.JSONNumber, "42"},
		{themes.JSONPunct, ", "}, {themes.JSONKey, `"ok"`}, {themes.JSONPunct, ": "}, {themes.JSONBool, "true"}, {themes.JSONPunct, "}  "},
		{themes.Success, "✓ ok  "}, {themes.Warning, "! aws  "}, {themes.Error, "✗ error  "}, {themes.Accent, "local "},
	} {
		piece(p.role, p.text)
	}
	return b.String()
}

func (a *app) keysCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "List the keys of the workbench and the command ids that [keys] maps",
		Args:  arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return usage(err)
			}
			return a.keys(s)
		},
	}
	share(cmd, ofOutput...)
	return cmd
}

func (a *app) keys(s settings.Settings) error {
	rows, problems := a.deps.Keys(s.Keys)
	var cells [][]string
	for _, r := range rows {
		if s.Output == settings.JSON {
			var o object
			o.text("id", r.ID)
			o.list("keys", r.Keys)
			o.text("where", r.Where)
			o.text("does", r.Title)
			o.text("group", r.Group)
			a.out.jsonLine(o.bytes())
			continue
		}
		cells = append(cells, []string{r.ID, dash(strings.Join(r.Keys, ", ")), r.Where, r.Title})
	}
	if s.Output == settings.Text {
		a.out.table([]string{"ID", "KEYS", "WHERE", "DOES"}, cells)
	}
	for _, p := range problems {
		a.err.errorLine(p)
	}
	if len(problems) > 0 {
		return &saidError{ExitUsage}
	}
	return nil
}

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a completion script for bash, zsh, fish or powershell",
		Example: `  source <(lambent completion bash)
  lambent completion fish > ~/.config/fish/completions/lambent.fish`,
		ValidArgs: shells,
		Args:      arguments("SHELL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root, out := cmd.Root(), cmd.OutOrStdout()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(out, true)
			case "zsh":
				return root.GenZshCompletion(out)
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			}
			return usage(fmt.Errorf("%q is no shell that lambent completes for%s: there are %s", args[0], near(args[0], shells), strings.Join(shells, ", ")))
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return usage(err)
			}
			if s.Output == settings.JSON {
				var o object
				o.text("version", a.deps.Version)
				o.text("go", runtime.Version())
				o.text("platform", runtime.GOOS+"/"+runtime.GOARCH)
				a.out.jsonLine(o.bytes())
				return nil
			}
			a.out.line("lambent ", a.deps.Version, " (", runtime.Version(), " ", runtime.GOOS, "/", runtime.GOARCH, ")")
			return nil
		},
	}
	share(cmd, ofOutput...)
	return cmd
}

package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

func (a *app) errorsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "errors [NAME]",
		Short: "Explain every failure of an invocation",
		Long: `Without NAME, list every exception of the Invoke API, every class of function
error and every failure of lambent's own. With NAME, explain one of them.`,
		Example: `  lambent errors
  lambent errors TooManyRequestsException`,
		Args:              optional("NAME"),
		ValidArgsFunction: completeErrors,
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.settings(cmd)
			if err != nil {
				return usage(err)
			}
			if len(args) == 0 {
				return a.catalogue(s.Output)
			}
			entry, ok := invoke.Lookup(args[0])
			if !ok {
				return usage(fmt.Errorf("no failure is called %q%s: lambent errors lists them", args[0], near(args[0], errorNames())))
			}
			return a.card(entry, s.Output)
		},
	}
	share(cmd, ofOutput...)
	return cmd
}

func errorNames() []string {
	var names []string
	for _, e := range invoke.Catalogue() {
		names = append(append(names, e.Name), e.Aliases...)
	}
	return names
}

func completeErrors(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return errorNames(), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) catalogue(output settings.Output) error {
	var rows [][]string
	for _, e := range invoke.Catalogue() {
		if output == settings.JSON {
			if err := a.entryObject(e); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{e.Name, string(e.Kind), status(e), string(e.Fault), string(e.Ran), strconv.Itoa(e.Exit)})
	}
	if output == settings.Text {
		a.out.table([]string{"NAME", "KIND", "HTTP", "FAULT", "RAN", ">EXIT"}, rows)
	}
	return nil
}

func status(e invoke.CatalogueEntry) string {
	if e.Status == 0 {
		return "–"
	}
	return strconv.Itoa(e.Status)
}

func (a *app) entryObject(e invoke.CatalogueEntry) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(e); err != nil {
		return fmt.Errorf("print %s: %w", e.Name, err)
	}
	a.out.jsonLine(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
	return nil
}

// card explains one failure.
func (a *app) card(e invoke.CatalogueEntry, output settings.Output) error {
	if output == settings.JSON {
		return a.entryObject(e)
	}
	title := e.Name
	if e.Status != 0 {
		title += "  HTTP " + strconv.Itoa(e.Status)
	}
	a.out.line(a.out.paint(themes.Accent, safe(title)))
	for _, row := range [][2]string{
		{"also called", strings.Join(e.Aliases, ", ")},
		{"kind", kindWords(e.Kind)},
		{"fault", string(e.Fault)},
		{"did it run", ranAnswer(e.Ran)},
		{"why", e.Cause},
		{"try", e.Remedy},
		{"SDKs", e.SDKRetry},
		{"events", e.AsyncRetry},
		{"environment", e.Environment},
		{"report", e.Report},
		{"reasons", strings.Join(e.Reasons, ", ")},
		{"says", strings.Join(e.Messages, "\n")},
		{"exit status", strconv.Itoa(e.Exit)},
	} {
		if row[1] == "" {
			continue
		}
		label := fmt.Sprintf("%-12s", row[0])
		for line := range strings.Lines(row[1]) {
			for _, part := range wrapWords(strings.TrimRight(line, "\n"), cardWidth) {
				a.out.line("  ", a.out.paint(themes.Muted, label), " ", safe(part))
				label = strings.Repeat(" ", len(label))
			}
		}
	}
	return nil
}

// cardWidth is how long a line of a card's text is, in characters, unless a word is longer.
const cardWidth = 80

// wrapWords breaks a text between words. Texts of the catalogue are our own and ASCII.
func wrapWords(text string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines) - 1; n >= 0 && len(lines[n])+1+len(word) <= width {
			lines[n] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

func kindWords(k invoke.FailureKind) string {
	switch k {
	case invoke.ServiceFailure:
		return "service error: the Invoke API refused or failed"
	case invoke.FunctionFailure:
		return "function error: HTTP 200 with X-Amz-Function-Error"
	}
	return "client: nothing came back"
}

func ranAnswer(r invoke.Ran) string {
	if r == invoke.RanUnknown {
		return "unknown: it may have run"
	}
	return string(r)
}

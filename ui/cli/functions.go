package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

func (a *app) functionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "functions",
		Short: "List the functions of the target",
		Args:  arguments(),
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.with(cmd, NeedTarget, a.functions) },
	}
	share(cmd, ofTarget...)
	cmd.AddCommand(a.functionShowCommand())
	return cmd
}

func (a *app) functions(ctx context.Context, session *Session, s settings.Settings) error {
	var rows [][]string
	var problems []string
	for f, err := range session.Target.Functions(ctx) {
		if err != nil {
			return err
		}
		for _, p := range f.Problems {
			problems = append(problems, f.Name+": "+p)
		}
		if s.Output == settings.JSON {
			a.out.jsonLine(functionObject(f))
			continue
		}
		rows = append(rows, []string{
			f.Name, dash(f.Runtime), dash(f.Handler), strconv.Itoa(f.MemorySizeMB) + " MB",
			strconv.FormatFloat(f.Timeout.Seconds(), 'f', -1, 64) + " s", f.Source,
		})
	}
	if s.Output == settings.Text {
		a.out.table([]string{"NAME", "RUNTIME", "HANDLER", ">MEMORY", ">TIMEOUT", "SOURCE"}, rows)
	}
	for _, p := range session.Problems {
		// The template's line says where a function's problem is, too.
		problems = slices.DeleteFunc(problems, func(known string) bool { return strings.HasSuffix(p, known) })
	}
	for _, p := range append(problems, session.Problems...) {
		a.err.line(a.err.paint(themes.Warning, "! "), safe(p))
	}
	return nil
}

func functionObject(f invoke.Function) []byte {
	var o object
	o.text("name", f.Name)
	o.text("arn", f.ARN)
	o.text("runtime", f.Runtime)
	o.text("handler", f.Handler)
	o.number("memorySizeMb", int64(f.MemorySizeMB))
	o.number("timeoutS", int64(math.Round(f.Timeout.Seconds())))
	o.text("source", f.Source)
	return o.bytes()
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func (a *app) qualifiersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "qualifiers FUNCTION",
		Short: "List $LATEST, aliases and versions of a function, or compare two",
		Args:  arguments("FUNCTION"),

		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedTarget, func(ctx context.Context, session *Session, s settings.Settings) error {
				list, err := session.Target.Qualifiers(ctx, args[0])
				if err != nil {
					return err
				}
				for _, q := range list {
					a.qualifier(q, s.Output)
				}
				return nil
			})
		},
	}
	share(cmd, ofTarget...)
	cmd.AddCommand(a.qualifiersCompareCommand())
	return cmd
}

// qualifier prints one, in the words of the workbench's picker.
func (a *app) qualifier(q invoke.Qualifier, output settings.Output) {
	if output == settings.JSON {
		a.out.jsonLine(qualifierObject(q))
		return
	}
	text := q.Name
	switch {
	case q.Kind == invoke.KindAlias:
		text = route(q)
	case !q.PublishedAt.IsZero():
		text += "  " + q.PublishedAt.Format("2006-01-02")
	}
	if q.Description != "" {
		text += "  " + q.Description
	}
	a.out.line(safe(text))
}

func qualifierObject(q invoke.Qualifier) []byte {
	var o object
	o.text("qualifier", q.Name)
	o.text("kind", string(q.Kind))
	o.text("version", q.Version)
	if len(q.Weights) > 0 {
		var weights object
		for _, version := range sortedKeys(q.Weights) {
			weights.raw(version, strconv.AppendFloat(nil, q.Weights[version], 'f', -1, 64))
		}
		o.raw("weights", weights.bytes())
	}
	o.text("description", q.Description)
	o.instant("publishedAt", q.PublishedAt)
	return o.bytes()
}

// publisher is the target's, where versions and aliases can be changed.
func publisher(t invoke.Target) (invoke.Publisher, error) {
	p, ok := invoke.As[invoke.Publisher](t)
	if !ok {
		return nil, usage(errors.New("versions and aliases of this target are changed where it is deployed: lambent publishes local functions (--target local)"))
	}
	return p, nil
}

func (a *app) publishCommand() *cobra.Command {
	var description string
	cmd := &cobra.Command{
		Use:   "publish FUNCTION",
		Short: "Publish a version of a local function",
		Long: `Publish an immutable snapshot of a local function's code and configuration.
Without a change since the last version it answers that version.`,
		Args:              arguments("FUNCTION"),
		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedTarget, func(ctx context.Context, session *Session, s settings.Settings) error {
				p, err := publisher(session.Target)
				if err != nil {
					return err
				}
				version, err := p.PublishVersion(ctx, args[0], description)
				if err != nil {
					return err
				}
				a.qualifier(version, s.Output)
				return nil
			})
		},
	}
	share(cmd, append(ofTarget[:len(ofTarget):len(ofTarget)], "read-only")...)
	cmd.Flags().Var(&into{kind: "TEXT", to: &description}, "description", "what the version is")
	return cmd
}

// An aliasing is what "lambent alias" is to do.
type aliasing struct {
	description string
	described   bool // a description was given, be it empty
	routes      []string
	remove      bool
}

func (a *app) aliasCommand() *cobra.Command {
	var what aliasing
	cmd := &cobra.Command{
		Use:   "alias FUNCTION NAME [VERSION]",
		Short: "Point an alias of a local function at a version, or delete it",
		Example: `  lambent alias orders live 2
  lambent alias orders canary 1 --route 2=0.1
  lambent alias orders canary --delete`,
		Args: func(cmd *cobra.Command, args []string) error {
			if what.remove {
				return arguments("FUNCTION", "NAME")(cmd, args)
			}
			return arguments("FUNCTION", "NAME", "VERSION")(cmd, args)
		},
		ValidArgsFunction: a.completeFunctions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedTarget, func(ctx context.Context, session *Session, s settings.Settings) error {
				what.described = cmd.Flags().Changed("description")
				return a.alias(ctx, session, s, args, what)
			})
		},
	}
	share(cmd, append(ofTarget[:len(ofTarget):len(ofTarget)], "read-only")...)
	f := cmd.Flags()
	f.StringArrayVar(&what.routes, "route", nil, "a second version and its `VERSION=WEIGHT`, 0 to 1")
	f.Var(&into{kind: "TEXT", to: &what.description}, "description", "what the alias is (default what it was)")
	f.BoolVar(&what.remove, "delete", false, "delete the alias")
	return cmd
}

func (a *app) alias(ctx context.Context, session *Session, s settings.Settings, args []string, what aliasing) error {
	p, err := publisher(session.Target)
	if err != nil {
		return err
	}
	function, name := args[0], args[1]
	if what.remove {
		if len(what.routes) > 0 || what.described {
			return usage(errors.New("--delete takes neither --route nor --description"))
		}
		if err := p.DeleteAlias(ctx, function, name); err != nil {
			return err
		}
		a.err.line("deleted alias ", safe(name), " of ", safe(function))
		return nil
	}
	routing, err := readRoutes(what.routes)
	if err != nil {
		return usage(err)
	}
	if !what.described {
		if what.description, err = describes(ctx, session.Target, function, name); err != nil {
			return err
		}
	}
	alias, err := p.PutAlias(ctx, function, name, args[2], what.description, routing)
	if err != nil {
		return err
	}
	a.qualifier(alias, s.Output)
	return nil
}

// describes is the description that an alias has, which pointing it elsewhere keeps.
func describes(ctx context.Context, t invoke.Target, function, alias string) (string, error) {
	list, err := t.Qualifiers(ctx, function)
	for _, q := range list {
		if q.Kind == invoke.KindAlias && q.Name == alias {
			return q.Description, nil
		}
	}
	return "", err
}

// readRoutes reads --route. What Lambda refuses, such as a second one, the target refuses
// in its words.
func readRoutes(routes []string) (map[string]float64, error) {
	weights := map[string]float64{}
	for _, route := range routes {
		version, weight, found := strings.Cut(route, "=")
		w, err := strconv.ParseFloat(weight, 64)
		if !found || version == "" || err != nil || math.IsNaN(w) {
			return nil, fmt.Errorf("--route: %q must be VERSION=WEIGHT with a weight from 0 to 1, such as 2=0.1", route)
		}
		if _, twice := weights[version]; twice {
			return nil, fmt.Errorf("--route: version %s is given twice", version)
		}
		weights[version] = w
	}
	if len(weights) == 0 {
		return nil, nil
	}
	return weights, nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/themes"
	"lambent/ui/settings"
)

// A replayOptions is the flags of "lambent replay".
type replayOptions struct {
	qualifier, report string
	check, update     bool
	anyOrder, yes     bool
	inOrder           bool // --any-order=false
	ignore            []string
	parallel          int
	rate              float64
	ignored           []jsondoc.Path
}

func (a *app) replayCommand() *cobra.Command {
	o := replayOptions{parallel: 1}
	cmd := &cobra.Command{
		Use:   "replay ID|QUERY...",
		Short: "Invoke again exactly what history holds",
		Long: `Invoke again exactly what history holds: the same request, where it ran before
unless --target, --project, --profile, --region or --endpoint-url say otherwise.
A number is an id, anything else a query. One id prints as invoke does; several
runs print a line each and a summary.

With --check every answer is compared with the recorded one: status, function
error and payload as JSON values, without the paths that --ignore names or that
are kept as volatile for the function (lambent history volatile). The exit status
is 8 when one differs. A query then leaves out runs that are replays themselves.
--update accepts answers that differ: the next check compares with them.`,
		Example: `  lambent replay 214
  lambent replay 214 --qualifier live
  lambent replay fn:orders is:error since:1d
  lambent replay 'fn:orders is:ok' --qualifier 7 --check --parallel 8 --report junit.xml`,
		Args: arguments("ID|QUERY..."),
		RunE: func(cmd *cobra.Command, args []string) error { return a.replay(cmd, args, o) },
	}
	share(cmd, append(ofTarget, "event-clock", "paths", "read-only")...)
	f := cmd.Flags()
	f.VarP(&into{kind: "NAME", to: &o.qualifier}, "qualifier", "q", "$LATEST, a version or an alias instead of the recorded one")
	f.BoolVar(&o.check, "check", false, "compare with what was recorded; exit 8 when an answer differs")
	f.StringArrayVar(&o.ignore, "ignore", nil, "a path of the payload that may differ, such as items[*].id; repeatable")
	f.BoolVar(&o.anyOrder, "any-order", false, "the order of arrays makes no difference (default: as remembered for the function)")
	f.IntVar(&o.parallel, "parallel", 1, "runs at the same time")
	f.Float64Var(&o.rate, "rate", 0, "start at most so many runs a second (default as fast as they go)")
	f.Lookup("rate").DefValue = "0" // pflag leaves zeros unsaid
	f.VarP(&into{kind: "FILE", to: &o.report}, "report", "", "write a report as JUnit XML")
	f.BoolVar(&o.update, "update", false, "accept the answers that differ; means --check")
	f.BoolVarP(&o.yes, "yes", "y", false, "make several invocations on AWS, or any on a protected profile, without asking for this flag")
	return cmd
}

// maxParallel is more environments than a machine of today starts in reason, and
// more than an account of AWS has by default.
const maxParallel = 1000

// settle checks the flags against each other and reads the paths.
func (o *replayOptions) settle() error {
	o.check = o.check || o.update
	switch {
	case o.parallel < 1 || o.parallel > maxParallel:
		return fmt.Errorf("--parallel: %d must be from 1 to %d", o.parallel, maxParallel)
	case o.rate < 0 || o.rate > 1e6:
		return errors.New("--rate is a number of runs a second above 0")
	case !o.check && (len(o.ignore) > 0 || o.anyOrder || o.inOrder):
		return errors.New("--ignore and --any-order say how --check compares: add --check")
	}
	var err error
	o.ignored, err = readPaths("--ignore", o.ignore)
	return err
}

// readPaths reads places in a payload.
func readPaths(flag string, texts []string) ([]jsondoc.Path, error) {
	var out []jsondoc.Path
	for _, text := range texts {
		path, err := jsondoc.ParsePath(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", flag, err)
		}
		out = append(out, path)
	}
	return out, nil
}

// A selection is the records of one target that are to be replayed, by id only:
// there may be very many of them.
type selection struct {
	target invoke.TargetInfo
	ids    []int64
}

func (a *app) replay(cmd *cobra.Command, args []string, o replayOptions) error {
	o.inOrder = cmd.Flags().Changed("any-order") && !o.anyOrder
	if err := o.settle(); err != nil {
		return usage(err)
	}
	s, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	ids, words := split(args)
	r := &replaying{app: a, flags: a.given(cmd), base: s, replayOptions: o, output: s.Output}
	// The store is read and closed first, because where a record ran decides what
	// is opened to run it again.
	err = a.withSettings(cmd.Context(), s, NeedHistory, func(ctx context.Context, session *Session, _ settings.Settings) error {
		return r.choose(ctx, session.Store, ids, words)
	})
	if err != nil {
		return err
	}
	if r.total == 1 && len(words) == 0 && !o.check && o.report == "" {
		return r.alone(cmd.Context())
	}
	return r.all(cmd.Context())
}

// split parts ids from words of a query.
func split(args []string) (ids []int64, words []string) {
	for _, arg := range args {
		if id, err := strconv.ParseInt(strings.TrimPrefix(arg, "#"), 10, 64); err == nil && id > 0 {
			ids = append(ids, id)
		} else {
			words = append(words, arg)
		}
	}
	return ids, words
}

// A replaying runs records again, those of one target in one session.
type replaying struct {
	replayOptions
	app    *app
	flags  settings.Flags
	base   settings.Settings
	output settings.Output

	chosen  []*selection
	total   int
	leftOut int // replays that a query matched, which a check leaves out
	tally   tally
}

// choose finds the records: ids in the order given, then what a query matches in the
// order in which it ran.
func (r *replaying) choose(ctx context.Context, store *history.Store, ids []int64, words []string) error {
	places := map[invoke.TargetInfo]*selection{}
	at := func(t invoke.TargetInfo) *selection {
		if places[t] == nil {
			places[t] = &selection{target: t}
			r.chosen = append(r.chosen, places[t])
		}
		return places[t]
	}
	given := map[int64]bool{}
	for _, id := range ids {
		entry, err := find(ctx, store, id)
		if err != nil {
			return err
		}
		if !given[id] {
			given[id] = true
			s := at(entry.Target)
			s.ids = append(s.ids, id)
		}
	}
	if len(words) > 0 {
		if err := r.match(ctx, store, words, given, at); err != nil {
			return err
		}
	}
	for _, s := range r.chosen {
		r.total += len(s.ids)
	}
	if r.total > 0 {
		return nil
	}
	if r.leftOut > 0 {
		return notFound(fmt.Errorf("all %s that match %q are replays, and a check repeats what was invoked first: name them by id",
			plural(r.leftOut, "run"), strings.Join(words, " ")))
	}
	return notFound(fmt.Errorf("history has nothing that matches %q", strings.Join(words, " ")))
}

func (r *replaying) match(ctx context.Context, store *history.Store, words []string, given map[int64]bool, at func(invoke.TargetInfo) *selection) error {
	query, err := readQuery(words)
	if err != nil {
		return usage(err)
	}
	from := map[*selection]int{}
	for _, s := range r.chosen {
		from[s] = len(s.ids)
	}
	err = each(ctx, store, query, func(row history.Summary) bool {
		switch {
		case given[row.ID]:
		case r.check && row.Source != "":
			r.leftOut++
		default:
			s := at(row.Target)
			s.ids = append(s.ids, row.ID)
		}
		return true
	})
	for _, s := range r.chosen {
		slices.Reverse(s.ids[from[s]:]) // the list is newest first
	}
	return err
}

// settingsFor are the settings that lead to where the record ran, changed by what
// the command line says: another target, or another part of the same one. What
// environment and configuration say is for new invocations.
func (r *replaying) settingsFor(t invoke.TargetInfo) settings.Settings {
	s := r.base
	if r.says("target") || r.says("profile") || r.says("endpoint-url") {
		if s.Target != string(t.Kind) {
			return s
		}
	}
	s.Target = string(t.Kind)
	if !r.says("region") {
		s.Region = t.Region
	}
	if t.Kind == invoke.AWS {
		if !r.says("profile") {
			s.Profile = t.Profile
		}
		if !r.says("endpoint-url") {
			s.EndpointURL = t.Endpoint
		}
		return s
	}
	switch {
	case r.says("project"):
	case t.Project == sampleProject:
		s.Sample = true
	default:
		s.Project, s.ProjectSet = t.Project, true
	}
	return s
}

// says reports that the flag stands on the command line.
func (r *replaying) says(flag string) bool {
	_, given := r.flags[flag]
	return given
}

// sampleProject is what TargetInfo.Project says of the embedded project.
const sampleProject = "sample"

// request is the recorded one, every member, as a request of its own.
func (r *replaying) request(e history.Entry) invoke.Request {
	req := e.Request
	req.RecordUID, req.Door, req.ReplayOf = "", invoke.DoorCommand, e.UID
	if r.qualifier == "" {
		return req
	}
	req.Qualifier = r.qualifier
	if name, bad := invoke.ParseName(req.Function); bad == nil && name.Qualifier != "" {
		name.Qualifier = "" // in the name it would contradict the one that was asked for
		req.Function = name.String()
	}
	return req
}

// alone replays one record and prints as invoke does.
func (r *replaying) alone(ctx context.Context) error {
	only := r.chosen[0]
	return r.app.withSettings(ctx, r.settingsFor(only.target), NeedTarget|NeedHistory, func(ctx context.Context, session *Session, _ settings.Settings) error {
		e, err := find(ctx, session.Store, only.ids[0])
		if err != nil {
			return err
		}
		if r.output == settings.Text {
			r.app.err.line(r.app.err.paint(themes.Muted, "replaying #"+strconv.FormatInt(e.ID, 10)+" on "+safe(place(session.Target.Info()))))
		}
		return r.app.run(ctx, session.Target, r.request(e), r.output, waiting{})
	})
}

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
	"lambent/themes"
	"lambent/ui/settings"
)

func (a *app) replayCommand() *cobra.Command {
	var qualifier string
	cmd := &cobra.Command{
		Use:   "replay ID|QUERY...",
		Short: "Invoke again exactly what history holds",
		Long: `Invoke again exactly what history holds: the same request, where it ran before
unless --target, --project, --profile, --region or --endpoint-url say otherwise.
A number is an id, anything else a query. One id prints as invoke does; several
runs print a line each and a summary.`,
		Example: `  lambent replay 214
  lambent replay 214 --qualifier live
  lambent replay fn:orders is:error since:1d`,
		Args: arguments("ID|QUERY..."),
		RunE: func(cmd *cobra.Command, args []string) error { return a.replay(cmd, args, qualifier) },
	}
	share(cmd, append(ofTarget, "event-clock")...)
	cmd.Flags().VarP(&into{kind: "NAME", to: &qualifier}, "qualifier", "q", "$LATEST, a version or an alias instead of the recorded one")
	return cmd
}

// A rerun is one record that is to be replayed. Those of one target share what is
// known of it, because there may be many.
type rerun struct {
	id     int64
	target *invoke.TargetInfo
}

func (a *app) replay(cmd *cobra.Command, args []string, qualifier string) error {
	s, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	ids, words := split(args)
	var list []rerun
	// The store is read and closed first, because where a record ran decides what
	// is opened to run it again.
	err = a.withSettings(cmd.Context(), s, NeedHistory, func(ctx context.Context, session *Session, _ settings.Settings) error {
		list, err = selected(ctx, session.Store, ids, words)
		return err
	})
	if err != nil {
		return err
	}
	r := &replaying{app: a, flags: a.given(cmd), base: s, qualifier: qualifier}
	if len(list) == 1 && len(words) == 0 {
		return r.in(cmd.Context(), list, r.one)
	}
	return r.all(cmd.Context(), list)
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

// selected finds the records: ids in the order given, then what a query matches
// in the order in which it ran.
func selected(ctx context.Context, store *history.Store, ids []int64, words []string) ([]rerun, error) {
	var list []rerun
	seen := map[int64]bool{}
	targets := map[invoke.TargetInfo]*invoke.TargetInfo{}
	shared := func(t invoke.TargetInfo) *invoke.TargetInfo {
		if targets[t] == nil {
			targets[t] = &t
		}
		return targets[t]
	}
	add := func(r rerun) {
		if !seen[r.id] {
			seen[r.id] = true
			list = append(list, r)
		}
	}
	for _, id := range ids {
		entry, err := find(ctx, store, id)
		if err != nil {
			return nil, err
		}
		add(rerun{entry.ID, shared(entry.Target)})
	}
	if len(words) == 0 {
		return list, nil
	}
	query, err := readQuery(words)
	if err != nil {
		return nil, usage(err)
	}
	var matched []rerun
	err = each(ctx, store, query, func(row history.Summary) bool {
		matched = append(matched, rerun{row.ID, shared(row.Target)})
		return true
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(matched)
	for _, m := range matched {
		add(m)
	}
	if len(list) == 0 {
		return nil, notFound(fmt.Errorf("history has nothing that matches %q", strings.Join(words, " ")))
	}
	return list, nil
}

// A replaying runs records again, those of one target in one session.
type replaying struct {
	app       *app
	flags     settings.Flags
	base      settings.Settings
	qualifier string

	output             settings.Output
	done, failed       int
	refused, exitOfOne int
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

// in runs the records of one target.
func (r *replaying) in(ctx context.Context, list []rerun, do func(context.Context, *Session, history.Entry) error) error {
	s := r.settingsFor(*list[0].target)
	r.output = s.Output
	return r.app.withSettings(ctx, s, NeedTarget|NeedHistory, func(ctx context.Context, session *Session, _ settings.Settings) error {
		for _, record := range list {
			if err := signalledOr(ctx, nil); err != nil {
				return err
			}
			entry, err := find(ctx, session.Store, record.id)
			if err != nil {
				return err
			}
			if err := do(ctx, session, entry); err != nil {
				return err
			}
		}
		return nil
	})
}

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

// one prints as invoke does.
func (r *replaying) one(ctx context.Context, session *Session, e history.Entry) error {
	if r.output == settings.Text {
		r.app.err.line(r.app.err.paint(themes.Muted, "replaying #"+strconv.FormatInt(e.ID, 10)+" on "+safe(place(session.Target.Info()))))
	}
	return r.app.run(ctx, session.Target, r.request(e), r.output, waiting{})
}

// all prints a line for each and a summary.
func (r *replaying) all(ctx context.Context, list []rerun) error {
	for len(list) > 0 {
		// Runs of one target that follow each other share a session.
		n := 1
		for n < len(list) && list[n].target == list[0].target {
			n++
		}
		if err := r.in(ctx, list[:n], r.brief); err != nil {
			return err
		}
		list = list[n:]
	}
	if r.output == settings.Text {
		r.app.err.line(r.tally())
	}
	switch {
	case r.refused > 0:
		r.app.exit = r.exitOfOne
	case r.failed > 0:
		r.app.exit = ExitFunctionError
	}
	return nil
}

func (r *replaying) tally() string {
	parts := []string{plural(r.done, "run") + " replayed"}
	if r.failed > 0 {
		parts = append(parts, plural(r.failed, "function error"))
	}
	if r.refused > 0 {
		parts = append(parts, strconv.Itoa(r.refused)+" refused")
	}
	return strings.Join(parts, " · ")
}

// brief is one line: what was replayed, and what came of it.
func (r *replaying) brief(ctx context.Context, session *Session, e history.Entry) error {
	req := r.request(e)
	result, err := session.Target.Invoke(ctx, req, nil)
	v := outcomeOf(session.Target, req, result, err)
	v.stopped = ctx.Err()
	if err != nil && v.failure == nil {
		return usage(err)
	}
	if r.output == settings.JSON {
		var o object
		o.members(v, func() { o.payload("payload", v.result.Payload) })
		r.app.out.jsonLine(o.bytes())
	} else {
		said := verdictOf(v)
		text := safe(fmt.Sprintf("#%d → #%d  %s  %s", e.ID, v.id, req.Function, facts(v)))
		if v.failure != nil && v.failure.Kind == invoke.FunctionFailure {
			text += "  " + safe(v.failure.Name)
		}
		r.app.out.line(r.app.out.paint(said.role, said.text), "  ", text)
	}
	r.done++
	switch exit := exitOf(v); exit {
	case ExitDone:
	case ExitFunctionError:
		r.failed++
	default:
		r.refused++
		if r.exitOfOne == 0 {
			r.exitOfOne = exit // the first one's, as for a lone invocation
		}
	}
	if r.app.out.failure != nil {
		return errors.New("the replay was stopped, because standard output cannot be written")
	}
	return nil
}

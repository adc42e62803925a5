package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

// A rerun is one record that was replayed, and what is said of it.
type rerun struct {
	history.Rerun
	function string
	outcome  outcome
}

// all replays everything that was chosen: a line for each and a summary.
func (r *replaying) all(ctx context.Context) error {
	if err := r.consent(); err != nil {
		return usage(err)
	}
	var report *junit
	if r.report != "" {
		var err error
		if report, err = newJUnit(r.report); err != nil {
			return usage(err)
		}
		defer report.discard()
	}
	r.tally.began = time.Now()
	bar := newProgress(r.app.err, r.total)
	err := r.run(ctx, bar, report)
	bar.end()
	if report != nil && r.tally.done > 0 {
		if closing := report.close(time.Since(r.tally.began)); closing != nil && err == nil {
			err = usage(closing)
		}
	}
	r.summary(err)
	if err != nil {
		return err
	}
	r.app.exit = r.tally.exit(r.check)
	return nil
}

// consent asks for --yes before several invocations are made on AWS.
func (r *replaying) consent() error {
	calls, on := 0, ""
	for _, s := range r.chosen {
		if to := r.settingsFor(s.target); to.Target == settings.AWS {
			calls += len(s.ids)
			on = place(invoke.TargetInfo{Kind: invoke.AWS, Profile: to.Profile, Region: to.Region})
		}
	}
	if calls < 2 || r.yes {
		return nil
	}
	return fmt.Errorf("this makes %d invocations on %s: give --yes to make them", calls, on)
}

func (r *replaying) run(ctx context.Context, bar *progress, report *junit) error {
	for _, chosen := range r.chosen {
		err := r.app.withSettings(ctx, r.settingsFor(chosen.target), NeedTarget|NeedHistory, func(ctx context.Context, session *Session, _ settings.Settings) error {
			b := &bulk{replaying: r, session: session, bar: bar, report: report}
			return b.run(ctx, chosen.ids)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A bulk is the replay of the records of one target, some at the same time. It holds
// no more than the records that are running.
type bulk struct {
	*replaying
	session *Session
	bar     *progress
	report  *junit
}

// run replays until all are done, one cannot be done, or ctx ends. What was begun is
// waited for: it is in history, and counted.
func (b *bulk) run(ctx context.Context, ids []int64) error {
	engine := &history.Replay{
		Store: b.session.Store, Target: b.session.Target, Request: b.request,
		Check: b.check, Update: b.update, Compare: invoke.CompareOptions{Ignore: b.ignored, AnyOrder: b.anyOrder, InOrder: b.inOrder},
	}
	err := engine.Run(ctx, history.NewPace(ids, b.parallel, b.rate), func(run history.Rerun) error { return b.one(ctx, run) })
	if errors.Is(err, history.ErrNotFound) {
		err = notFound(err) // deleted while it waited for its turn
	}
	return signalledOr(ctx, err)
}

// one takes in what came of one record. Its error ends the whole replay.
func (b *bulk) one(ctx context.Context, done history.Rerun) error {
	run := rerun{Rerun: done, function: called(done.Request), outcome: outcomeOf(b.session.Target, done.Request, done.Result, done.Err)}
	run.outcome.stopped = ctx.Err()
	if run.Followed {
		run.outcome.failure, run.outcome.result.FunctionError = run.Answer.Failure, run.Answer.Result.FunctionError
	}
	b.tally.add(run)
	if b.report != nil {
		if err := b.report.add(run); err != nil {
			return usage(err)
		}
	}
	b.bar.clear()
	b.print(run)
	b.bar.step(b.tally)
	if b.app.out.failure != nil {
		return errors.New("the replay was stopped, because standard output cannot be written")
	}
	return nil
}

// called is a function as it was asked for, with its qualifier.
func called(req invoke.Request) string {
	name, bad := invoke.ParseName(req.Function)
	if req.Qualifier == "" || bad != nil || name.Qualifier != "" {
		return req.Function
	}
	return req.Function + ":" + req.Qualifier
}

// print is one line: what was replayed, what came of it, and how it differs.
func (b *bulk) print(run rerun) {
	v, out := run.outcome, b.app.out
	if b.output == settings.JSON {
		var o object
		o.members(v, func() { o.payload("payload", v.result.Payload) })
		o.number("replayOf", run.Entry.ID)
		if run.Comparison != nil {
			o.raw("same", []byte(strconv.FormatBool(run.Comparison.Same())))
			o.differences(*run.Comparison)
		}
		o.text("unchecked", run.Unchecked)
		out.jsonLine(o.bytes())
		return
	}
	said := verdictOf(v)
	text := fmt.Sprintf("#%d → #%d  %s  ", run.Entry.ID, v.id, run.function)
	switch {
	case run.Differs():
		said = verdict{"≠ differs", themes.Warning}
		text += differencesInLine(*run.Comparison)
	case run.Comparison != nil:
		said = verdict{"= same", themes.Success}
		text += facts(v)
	default:
		text += facts(v)
		if v.failure != nil && v.failure.Kind == invoke.FunctionFailure {
			text += "  " + v.failure.Name
		}
		if run.Unchecked != "" {
			text += " · " + run.Unchecked
		}
	}
	out.line(out.paint(said.role, said.text), "  ", safe(text))
}

// A tally counts runs and keeps the first of those that a summary lists.
type tally struct {
	began                      time.Time
	done, failed, refused      int
	same, different, unchecked int
	accepted                   int
	exitOfOne                  int
	changed                    []string
}

// maxChanged is how many runs that differ a summary lists.
const maxChanged = 100

func (t *tally) add(run rerun) {
	t.done++
	switch {
	case run.Differs():
		t.different++
		if len(t.changed) < maxChanged {
			t.changed = append(t.changed, fmt.Sprintf("#%d → #%d  %s  %s", run.Entry.ID, run.outcome.id, run.function, differencesInLine(*run.Comparison)))
		}
	case run.Comparison != nil:
		t.same++
	case run.Unchecked != "":
		t.unchecked++
	}
	if run.Accepted {
		t.accepted++
	}
	switch exit := exitOf(run.outcome); exit {
	case ExitDone:
	case ExitFunctionError:
		t.failed++
	default:
		t.refused++
		// Under a check, a refusal that was recorded just so is as expected.
		if t.exitOfOne == 0 && run.Comparison == nil {
			t.exitOfOne = exit // the first one's, as for a lone invocation
		}
	}
}

// exit is the exit status of the whole replay.
func (t *tally) exit(check bool) int {
	switch {
	case t.different > t.accepted:
		return ExitDifferent
	case t.exitOfOne != 0:
		return t.exitOfOne
	case t.failed > 0 && !check:
		return ExitFunctionError
	}
	return ExitDone
}

func (t *tally) line(check bool) string {
	parts := []string{plural(t.done, "run") + " replayed"}
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	if check {
		add(t.different, strconv.Itoa(t.different)+" different")
		add(t.accepted, strconv.Itoa(t.accepted)+" accepted")
		parts = append(parts, strconv.Itoa(t.same)+" same")
		add(t.unchecked, strconv.Itoa(t.unchecked)+" not compared")
	}
	add(t.failed, plural(t.failed, "function error"))
	add(t.refused, strconv.Itoa(t.refused)+" refused")
	return strings.Join(parts, " · ")
}

// summary says how it went; what differs stands first.
func (r *replaying) summary(err error) {
	p := r.app.err
	if r.tally.done == 0 || r.output == settings.JSON && !r.check {
		return
	}
	if r.check && r.output == settings.Text && r.tally.done > 1 {
		for _, line := range r.tally.changed {
			p.line(p.paint(themes.Warning, "≠ "), safe(line))
		}
		if more := r.tally.different - len(r.tally.changed); more > 0 {
			p.line("  … and ", plural(more, "more run"), " that differ")
		}
	}
	line := r.tally.line(r.check)
	if err != nil {
		line += " of " + strconv.Itoa(r.total)
	}
	if r.leftOut > 0 {
		line += " · " + plural(r.leftOut, "replay") + " left out"
	}
	p.line(line)
}

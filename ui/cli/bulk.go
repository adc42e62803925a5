package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/themes"
	"lambent/ui/settings"
)

// A rerun is one record that was replayed, and what came of it.
type rerun struct {
	entry      history.Entry
	function   string
	outcome    outcome
	comparison *invoke.Comparison // nil where nothing was to be compared
	unchecked  string             // why not, where it was asked for
	accepted   bool               // the new answer counts from now on
}

func (r rerun) differs() bool { return r.comparison != nil && !r.comparison.Same() }

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

	mu       sync.Mutex // guards everything that is written
	volatile map[history.Key][]jsondoc.Path
}

// run hands the ids out until all are done, one cannot be done, or ctx ends. What
// was begun is waited for: it is in history, and counted.
func (b *bulk) run(ctx context.Context, ids []int64) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	work := make(chan int64)
	var workers sync.WaitGroup
	for range min(b.parallel, len(ids)) {
		workers.Go(func() {
			for id := range work {
				if err := b.one(ctx, id); err != nil {
					stop(err)
				}
			}
		})
	}
	var pace <-chan time.Time
	if b.rate > 0 {
		ticker := time.NewTicker(max(time.Duration(float64(time.Second)/b.rate), 1))
		defer ticker.Stop()
		pace = ticker.C
	}
	func() {
		defer close(work)
		for i, id := range ids {
			if pace != nil && i > 0 {
				select {
				case <-pace:
				case <-ctx.Done():
					return
				}
			}
			if ctx.Err() != nil {
				return
			}
			select {
			case work <- id:
			case <-ctx.Done():
				return
			}
		}
	}()
	workers.Wait()
	return signalledOr(ctx, context.Cause(ctx))
}

// one replays one record. Its error ends the whole replay.
func (b *bulk) one(ctx context.Context, id int64) error {
	if ctx.Err() != nil {
		return nil
	}
	e, err := find(ctx, b.session.Store, id)
	if err != nil {
		return err
	}
	req := b.request(e)
	result, err := b.session.Target.Invoke(ctx, req, nil)
	run := rerun{entry: e, function: called(req), outcome: outcomeOf(b.session.Target, req, result, err)}
	run.outcome.stopped = ctx.Err()
	if err != nil && run.outcome.failure == nil {
		return usage(err)
	}
	if b.check {
		if err := b.compare(ctx, &run); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
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

// compare holds the answer against the one that counts for the record.
func (b *bulk) compare(ctx context.Context, run *rerun) error {
	kept := context.WithoutCancel(ctx) // what came of a run that was interrupted is told, too
	expected, err := b.session.Store.Accepted(kept, run.entry)
	if err != nil {
		return err
	}
	switch f := run.outcome.failure; {
	case f != nil && f.Kind == invoke.ClientFailure:
		run.unchecked = "there is no answer"
		return nil
	case expected.State != history.StateDone && expected.State != history.StateDead,
		expected.Failure != nil && expected.Failure.Kind == invoke.ClientFailure:
		run.unchecked = "no answer is recorded to compare with"
		return nil
	}
	got := invoke.Answer{Result: run.outcome.result, Failure: run.outcome.failure}
	if follower, ok := invoke.As[invoke.Follower](b.session.Target); ok && run.outcome.kind == invoke.Event && got.Failure == nil {
		result, err := follower.Follow(ctx, run.outcome.result.RequestID, nil)
		if err != nil {
			run.unchecked = "the event was not followed to its end: " + err.Error()
			return nil
		}
		result.StatusCode = run.outcome.result.StatusCode // of the call: 202
		got = invoke.Answer{Result: result, Failure: result.Failure}
		run.outcome.failure, run.outcome.result.FunctionError = result.Failure, result.FunctionError
	} else if run.outcome.kind == invoke.Event {
		expected.Result.Payload, expected.Result.FunctionError, expected.Failure = nil, "", nil
	}
	ignore, err := b.ignoredOf(kept, run.entry)
	if err != nil {
		return err
	}
	c := invoke.Compare(invoke.Answer{Result: expected.Result, Failure: expected.Failure}, got, invoke.CompareOptions{Ignore: ignore, AnyOrder: b.anyOrder})
	run.comparison = &c
	if b.update && !c.Same() && run.outcome.id != 0 {
		if err := b.session.Store.Accept(kept, run.entry.ID, run.outcome.id); err != nil {
			return err
		}
		run.accepted = true
	}
	return nil
}

// ignoredOf are the paths of --ignore and those that are kept for the function,
// where the record ran and where it runs now.
func (b *bulk) ignoredOf(ctx context.Context, e history.Entry) ([]jsondoc.Path, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := history.KeyOf(e.Target, e.Function)
	if paths, known := b.volatile[key]; known {
		return paths, nil
	}
	paths := b.ignored[:len(b.ignored):len(b.ignored)]
	keys := []history.Key{key}
	if here := history.KeyOf(b.session.Target.Info(), e.Function); here != key {
		keys = append(keys, here)
	}
	kept, err := keptPaths(ctx, b.session.Store, keys...)
	if err != nil {
		return nil, err
	}
	if b.volatile == nil {
		b.volatile = map[history.Key][]jsondoc.Path{}
	}
	b.volatile[key] = append(paths, kept...)
	return b.volatile[key], nil
}

// keptPaths are the paths that are left out of comparisons of some functions.
func keptPaths(ctx context.Context, store *history.Store, keys ...history.Key) ([]jsondoc.Path, error) {
	var out []jsondoc.Path
	for _, k := range keys {
		list, err := store.Volatile(ctx, k)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			if v.State != history.VolatileKept {
				continue
			}
			path, err := jsondoc.ParsePath(v.Path)
			if err != nil {
				return nil, fmt.Errorf("a volatile path of %s: %w", k.Function, err)
			}
			out = append(out, path)
		}
	}
	return out, nil
}

// print is one line: what was replayed, what came of it, and how it differs.
func (b *bulk) print(run rerun) {
	v, out := run.outcome, b.app.out
	if b.output == settings.JSON {
		var o object
		o.members(v, func() { o.payload("payload", v.result.Payload) })
		o.number("replayOf", run.entry.ID)
		if run.comparison != nil {
			o.raw("same", []byte(strconv.FormatBool(run.comparison.Same())))
			o.differences(*run.comparison)
		}
		o.text("unchecked", run.unchecked)
		out.jsonLine(o.bytes())
		return
	}
	said := verdictOf(v)
	text := fmt.Sprintf("#%d → #%d  %s  ", run.entry.ID, v.id, run.function)
	switch {
	case run.differs():
		said = verdict{"≠ differs", themes.Warning}
		text += differencesInLine(*run.comparison)
	case run.comparison != nil:
		said = verdict{"= same", themes.Success}
		text += facts(v)
	default:
		text += facts(v)
		if v.failure != nil && v.failure.Kind == invoke.FunctionFailure {
			text += "  " + v.failure.Name
		}
		if run.unchecked != "" {
			text += " · " + run.unchecked
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
	case run.differs():
		t.different++
		if len(t.changed) < maxChanged {
			t.changed = append(t.changed, fmt.Sprintf("#%d → #%d  %s  %s", run.entry.ID, run.outcome.id, run.function, differencesInLine(*run.comparison)))
		}
	case run.comparison != nil:
		t.same++
	case run.unchecked != "":
		t.unchecked++
	}
	if run.accepted {
		t.accepted++
	}
	switch exit := exitOf(run.outcome); exit {
	case ExitDone:
	case ExitFunctionError:
		t.failed++
	default:
		t.refused++
		// Under a check, a refusal that was recorded just so is as expected.
		if t.exitOfOne == 0 && run.comparison == nil {
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

package history

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"lambent/invoke"
)

// A Replay invokes records again, on one target, and holds the answers against what
// counts for them. It is the one engine of replays in bulk: the command line and the
// workbench both go by it. It holds no more than the records that are running.
//
// Nothing is sent twice: a record that was handed out is invoked once, whatever comes of it.
type Replay struct {
	Store  *Store
	Target invoke.Target // recorded in Store

	// Request is what is sent for a record.
	Request func(Entry) invoke.Request

	// Check compares each answer with the recorded one, or with the one that was
	// accepted for it (Store.Accepted), without the volatile paths that are kept for
	// the function where the record ran and where it runs now.
	Check   bool
	Compare invoke.CompareOptions
	// Update accepts answers that differ; it is for Check only.
	Update bool

	mu      sync.Mutex // guards leaving
	leaving map[[2]Key]invoke.CompareOptions
}

// A Rerun is one record that was replayed, and what came of it.
type Rerun struct {
	Entry   Entry          // the record
	Request invoke.Request // that was sent
	Result  invoke.Result  // of the call
	Err     error          // of the call; a *invoke.Failure when it was refused or nothing came back

	// Answer is what was compared: of an event that was followed to its end the
	// result of its last attempt, with the status of the call.
	Answer   invoke.Answer
	Followed bool

	Comparison *invoke.Comparison // nil where nothing was compared
	Against    int64              // the record whose answer it was compared with
	Unchecked  string             // why not, where it was asked for
	Accepted   bool               // the new answer counts from now on
}

// Differs reports that the answer is another one than before.
func (r *Rerun) Differs() bool { return r.Comparison != nil && !r.Comparison.Same() }

// One replays one record. An error means that the replay cannot go on: the record is
// not there (ErrNotFound), or the store or the target cannot be used at all. A call
// that was refused or cancelled is no error, but what came of the record.
func (r *Replay) One(ctx context.Context, id int64) (Rerun, error) {
	e, err := r.Store.Entry(ctx, id)
	if err != nil {
		return Rerun{}, fmt.Errorf("replay run #%d: %w", id, err)
	}
	run := Rerun{Entry: e, Request: r.Request(e)}
	run.Result, run.Err = r.Target.Invoke(ctx, run.Request, nil)
	run.Answer = invoke.Answer{Result: run.Result, Failure: run.Result.Failure}
	if run.Err != nil {
		var refused *invoke.Failure
		if !errors.As(run.Err, &refused) {
			return run, run.Err
		}
		// A call that failed has no response, whatever its environment left behind.
		run.Answer.Failure, run.Answer.Result.Payload, run.Answer.Result.FunctionError = refused, nil, ""
	}
	if !r.Check {
		return run, nil
	}
	// What came of a run that was interrupted is told, too.
	return run, r.check(ctx, context.WithoutCancel(ctx), &run)
}

// check holds the answer against the one that counts for the record. kept is for the store.
func (r *Replay) check(ctx, kept context.Context, run *Rerun) error {
	expected, err := r.Store.Accepted(kept, run.Entry)
	if err != nil {
		return err
	}
	switch f := run.Answer.Failure; {
	case f != nil && f.Kind == invoke.ClientFailure:
		run.Unchecked = "there is no answer"
		return nil
	case expected.State != StateDone && expected.State != StateDead,
		expected.Failure != nil && expected.Failure.Kind == invoke.ClientFailure:
		run.Unchecked = "no answer is recorded to compare with"
		return nil
	}
	if run.Request.Type == invoke.Event && !r.follow(ctx, run, &expected) {
		return nil
	}
	options, err := r.options(kept, run.Entry)
	if err != nil {
		return err
	}
	c, err := invoke.Compare(kept, invoke.Answer{Result: expected.Result, Failure: expected.Failure}, run.Answer, options)
	if err != nil {
		return err
	}
	run.Comparison, run.Against = &c, expected.ID
	if r.Update && !c.Same() && run.Result.HistoryID != 0 {
		if err := r.Store.Accept(kept, run.Entry.ID, run.Result.HistoryID); err != nil {
			return err
		}
		run.Accepted = true
	}
	return nil
}

// options are how answers of a function are compared, read once for each function.
func (r *Replay) options(ctx context.Context, e Entry) (invoke.CompareOptions, error) {
	keys := [2]Key{KeyOf(e.Target, e.Function), KeyOf(r.Target.Info(), e.Function)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if o, known := r.leaving[keys]; known {
		return o, nil
	}
	o, err := r.Store.LeavingOut(ctx, r.Compare, keys[:]...)
	if err != nil {
		return o, err
	}
	if r.leaving == nil {
		r.leaving = map[[2]Key]invoke.CompareOptions{}
	}
	r.leaving[keys] = o
	return o, nil
}

// follow waits for the end of an event that was accepted, where the target can; where
// it cannot, only that it was accepted is compared. false: there is nothing to compare.
func (r *Replay) follow(ctx context.Context, run *Rerun, expected *Entry) bool {
	follower, can := invoke.As[invoke.Follower](r.Target)
	if !can || run.Answer.Failure != nil {
		expected.Result.Payload, expected.Result.FunctionError, expected.Failure = nil, "", nil
		return true
	}
	result, err := follower.Follow(ctx, run.Result.RequestID, nil)
	if err != nil {
		run.Unchecked = "the event was not followed to its end: " + err.Error()
		return false
	}
	result.StatusCode = run.Result.StatusCode // of the call: 202
	run.Answer, run.Followed = invoke.Answer{Result: result, Failure: result.Failure}, true
	return true
}

// LeavingOut returns options that leave out the volatile paths that are kept for some
// functions too, and the order of arrays where it was said not to count for one of them.
func (s *Store) LeavingOut(ctx context.Context, o invoke.CompareOptions, keys ...Key) (invoke.CompareOptions, error) {
	seen := map[Key]bool{}
	for _, k := range keys {
		if seen[k] {
			continue
		}
		seen[k] = true
		paths, err := s.Volatile(ctx, k)
		if err != nil {
			return o, err
		}
		anyOrder, err := s.AnyOrder(ctx, k)
		if err != nil {
			return o, err
		}
		o.AnyOrder = o.AnyOrder || anyOrder && !o.InOrder
		for _, v := range paths {
			if v.State != VolatileKept {
				continue
			}
			if o, err = o.Ignoring(v.Path); err != nil {
				return o, fmt.Errorf("what is volatile for %s: %w", k.Function, err)
			}
		}
	}
	return o, nil
}

// Run replays records at a pace, some at the same time, until all are done, one cannot
// be, each returns an error, or ctx ends. What was begun is waited for. each is told
// of every run, one at a time; a run that ctx has ended is told too.
func (r *Replay) Run(ctx context.Context, pace *Pace, each func(Rerun) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	type ended struct {
		run Rerun
		err error
	}
	done := make(chan ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	over := ctx.Done()
	for !pace.Over() {
		id, wait, ok := pace.Start(time.Now())
		if ok {
			go func() {
				run, err := r.One(ctx, id)
				done <- ended{run, err}
			}()
			continue
		}
		var due <-chan time.Time
		if wait > 0 {
			timer.Reset(wait)
			due = timer.C
		}
		select {
		case <-due:
		case <-over:
			over = nil
			pace.Stop()
		case e := <-done:
			pace.End()
			if e.err == nil {
				e.err = each(e.run)
			}
			if e.err != nil {
				stop(e.err)
				pace.Stop()
			}
		}
	}
	return context.Cause(ctx)
}

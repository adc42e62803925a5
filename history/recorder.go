package history

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"lambent/invoke"
)

// A recorder is a Target that keeps every invocation of another.
//
// It never changes what comes of a call: the bytes, the failure and the number
// of times it is sent are the target's. When a record can't be written, the
// result says so in a note and Options.OnError hears why.
type recorder struct {
	store  *Store
	target invoke.Target
}

// Recorder is a Target that records every invocation of t, before it answers,
// durably. A call on AWS is recorded before it is sent too, so that a process
// that dies in between leaves a row that says it may have run; a local one ends
// with its process, and is written once.
func (s *Store) Recorder(t invoke.Target) invoke.Target { return &recorder{store: s, target: t} }

// Unwrap returns the target that is recorded.
func (r *recorder) Unwrap() invoke.Target { return r.target }

func (r *recorder) Info() invoke.TargetInfo { return r.target.Info() }

func (r *recorder) Functions(ctx context.Context) iter.Seq2[invoke.Function, error] {
	return r.target.Functions(ctx)
}

func (r *recorder) Qualifiers(ctx context.Context, function string) ([]invoke.Qualifier, error) {
	return r.target.Qualifiers(ctx, function)
}

// Invoke calls once and records the call. It ends when the record is durable,
// also when ctx is done: a call that was cancelled is history too.
func (r *recorder) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	s := r.store
	if s.privacy.never(req) {
		return r.target.Invoke(ctx, req, emit)
	}
	began := s.now()
	req.RecordUID = newUID(began)
	rec := &record{uid: req.RecordUID, target: r.target.Info(), request: req, started: began}

	var before error
	if rec.target.Kind != invoke.Local {
		before = s.recordSending(rec)
	}
	clock := time.Now()
	res, err := r.target.Invoke(ctx, req, emit)
	rec.duration = time.Since(clock)

	id, recErr := s.recordAnswer(rec, res, err)
	if recErr != nil {
		res.Notes = append(res.Notes, "This invocation is not in history: "+recErr.Error())
		s.onError(fmt.Errorf("record an invocation of %s: %w", req.Function, recErr))
		return res, err
	}
	if before != nil {
		s.onError(fmt.Errorf("record an invocation of %s before it was sent: %w", req.Function, before))
	}
	res.HistoryID, res.HistoryUID = id, rec.uid
	return res, err
}

// recordSending writes a call's row before it is sent.
func (s *Store) recordSending(rec *record) error {
	owner, err := s.owner.claim()
	if err != nil {
		return err
	}
	before := *rec
	before.state, before.owner, before.now = StateRunning, owner, s.now()
	p, err := s.prepare(&before)
	if err != nil {
		return err
	}
	err = s.write.do(func(t *tx) error {
		_, err := s.insert(t, p)
		return err
	})
	return s.explain("record a call before it is sent", err)
}

// recordAnswer writes what came of a call. An event that Enqueue has accepted
// has its record already, written in the transaction that accepted it.
func (s *Store) recordAnswer(rec *record, res invoke.Result, err error) (int64, error) {
	if id, accepted := s.claimAccepted(rec.uid); accepted {
		s.index.wake()
		return id, nil
	}
	rec.state, rec.result, rec.now = StateDone, res, s.now()
	rec.refusal = failureOf(err)
	if !res.StartedAt.IsZero() {
		rec.started = res.StartedAt
	}
	if res.Duration > 0 {
		rec.duration = res.Duration
	}
	p, prepErr := s.prepare(rec)
	if prepErr != nil {
		return 0, s.explain("record an invocation", prepErr)
	}
	var id int64
	write := s.insert
	if rec.target.Kind != invoke.Local {
		write = s.finish
	}
	doErr := s.write.do(func(t *tx) (err error) {
		id, err = write(t, p)
		return err
	})
	s.index.wake()
	return id, s.explain("record an invocation", doErr)
}

// failureOf is the failure in an error of Target.Invoke. One that is not a
// *invoke.Failure breaks the contract of Target, and is kept with its words.
func failureOf(err error) *invoke.Failure {
	if err == nil {
		return nil
	}
	var f *invoke.Failure
	if errors.As(err, &f) {
		return f
	}
	return &invoke.Failure{Kind: invoke.ClientFailure, Name: "Error", Message: err.Error(), Ran: invoke.RanUnknown, Err: err}
}

func (s *Store) claimAccepted(uid string) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.accepted[uid]
	delete(s.accepted, uid)
	return id, ok
}

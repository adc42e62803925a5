package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"lambent/invoke"
)

// ErrLeaseLost says that an event is another owner's now, or settled.
var ErrLeaseLost = errors.New("the event's lease is lost")

var _ invoke.Queue = (*Store)(nil)

// Enqueue makes the event durable, with its history record, before it returns.
// Without a Request.RecordUID the event has no record that anybody sees, and
// leaves no trace once it is settled and the store was closed. An id that was
// accepted before is an error.
func (s *Store) Enqueue(ctx context.Context, event invoke.QueuedEvent) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if event.ID == "" {
		return errors.New("accept an event: it has no id")
	}
	rec := s.recordOf(event)
	rec.hidden = event.Request.RecordUID == ""
	p, err := s.prepare(rec)
	if err != nil {
		return s.explain("accept an event", err)
	}
	var id int64
	err = s.write.do(func(t *tx) (err error) {
		id, err = s.insertEvent(t, event, p)
		return err
	})
	if err != nil {
		return s.explain("accept an event", err)
	}
	if !rec.hidden {
		s.mu.Lock()
		s.accepted[rec.uid] = id
		s.mu.Unlock()
	}
	return nil
}

// recordOf is the record of an event that has been accepted.
func (s *Store) recordOf(event invoke.QueuedEvent) *record {
	req := event.Request
	req.Type = invoke.Event
	rec := &record{
		uid: req.RecordUID, state: StateQueued, target: event.Info, request: req,
		result:  invoke.Result{StatusCode: 202, RequestID: event.ID, FunctionName: event.Function, StartedAt: event.AcceptedAt},
		started: event.AcceptedAt, now: s.now(),
	}
	if rec.uid == "" {
		rec.uid = newUID(rec.now)
	}
	return rec
}

// insertEvent writes an event with its record, whose id it returns.
func (s *Store) insertEvent(t *tx, event invoke.QueuedEvent, p *prepared) (int64, error) {
	id, err := s.insert(t, p)
	if err != nil {
		return 0, err
	}
	_, err = t.exec(`INSERT INTO events(request_id, invocation, project, function, accepted_at, not_before, state, condition)
		VALUES(?, ?, ?, ?, ?, ?, 'queued', '')`,
		event.ID, id, event.Project, event.Function, nanos(event.AcceptedAt), nanos(event.NotBefore))
	return id, err
}

// nanos is a time as the database keeps it; the zero time is 0.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

const dueEvent = `SELECT id FROM events WHERE state = 'queued' AND project = ? AND not_before <= ? AND lease_until <= ?
	ORDER BY not_before, id LIMIT 1`

// Lease hands out the event that has been due the longest. One whose lease has
// ended without a verdict is due again, with the attempts it has had.
func (s *Store) Lease(ctx context.Context, project, owner string, now time.Time, term time.Duration) (invoke.QueuedEvent, bool, error) {
	var none invoke.QueuedEvent
	if owner == "" {
		return none, false, errors.New("lease an event: the owner has no name")
	}
	at := now.UnixNano()
	var id int64
	// Most of the time nothing is due, and to find that takes no lock.
	err := s.read.QueryRowContext(ctx, dueEvent, project, at, at).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return none, false, nil
	}
	if err != nil {
		return none, false, s.explain("look for an event that is due", err)
	}
	err = s.write.do(func(t *tx) error {
		if err := t.row(dueEvent, project, at, at).Scan(&id); err != nil {
			return err
		}
		_, err := t.exec(`UPDATE events SET owner = ?, lease_until = ? WHERE id = ?`, owner, now.Add(term).UnixNano(), id)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) { // another process was faster
		return none, false, nil
	}
	if err != nil {
		return none, false, s.explain("lease an event", err)
	}
	event, err := s.event(ctx, "e.id = ?", id)
	if err != nil {
		return none, false, err
	}
	return event, true, nil
}

// Extend prolongs a lease. A lease that has ended is prolonged too, as long as
// nobody else has taken the event.
func (s *Store) Extend(ctx context.Context, id, owner string, until time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		res, err := t.exec(`UPDATE events SET lease_until = ? WHERE request_id = ? AND owner = ? AND state = 'queued'`,
			until.UnixNano(), id, owner)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrLeaseLost, err)
		}
		return nil
	})
	return s.explain("extend the lease of event "+id, err)
}

// Settle records one attempt and what becomes of the event, in one transaction:
// the attempt, the event's state, the outcome that its history record shows, what is
// delivered and the events that this queues.
// It fails with ErrLeaseLost, and records nothing, when another owner has the event.
// An attempt without a number is none: the event is given up on, or put back,
// without having been run.
func (s *Store) Settle(ctx context.Context, id, owner string, attempt invoke.Attempt, verdict invoke.Verdict) error {
	switch verdict.State {
	case invoke.EventQueued, invoke.EventDone, invoke.EventDead:
	default:
		return fmt.Errorf("settle event %s: %q is no verdict", id, verdict.State)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	attempt = s.privacy.attempt(attempt)
	out, err := s.storeOutcome(attempt.Result)
	if err != nil {
		return s.explain("settle event "+id, err)
	}
	blob, err := json.Marshal(details{Result: detailsOfResult(attempt.Result, attempt.Refused, out.tailOfLog)})
	if err != nil {
		return fmt.Errorf("settle event %s: %w", id, err)
	}
	deliveries, err := s.deliveriesOf(ctx, id, verdict)
	if err != nil {
		return s.explain("settle event "+id, err)
	}
	err = s.write.do(func(t *tx) error {
		var invocation int64
		err := t.row(`SELECT invocation FROM events WHERE request_id = ? AND owner = ? AND state = 'queued'`, id, owner).Scan(&invocation)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrLeaseLost
		}
		if err != nil {
			return err
		}
		if err := s.insertDeliveries(t, invocation, deliveries); err != nil {
			return err
		}
		if attempt.Number > 0 {
			if err := s.insertAttempt(t, invocation, attempt, out, blob); err != nil {
				return err
			}
			if err := showOutcome(t, invocation, attempt, out); err != nil {
				return err
			}
		}
		if _, err = t.exec(`UPDATE invocations SET state = ? WHERE id = ?`, stateOf(verdict.State), invocation); err != nil {
			return err
		}
		if err := indexAgain(t, invocation); err != nil {
			return err
		}
		_, err = t.exec(`UPDATE events SET state = ?, not_before = ?, condition = ?, owner = NULL, lease_until = 0
			WHERE request_id = ?`, string(verdict.State), nanos(verdict.NotBefore), verdict.Condition, id)
		return err
	})
	s.index.wake()
	return s.explain("settle event "+id, err)
}

// deliveriesOf prepares what a verdict delivers.
func (s *Store) deliveriesOf(ctx context.Context, id string, verdict invoke.Verdict) ([]preparedDelivery, error) {
	if len(verdict.Deliveries) == 0 {
		return nil, nil
	}
	var hidden bool
	err := s.read.QueryRowContext(ctx, `SELECT i.hidden FROM events e JOIN invocations i ON i.id = e.invocation WHERE e.request_id = ?`, id).Scan(&hidden)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // without a row the lease is lost, as will be found
		return nil, err
	}
	return s.prepareDeliveries(verdict.Deliveries, hidden)
}

func (s *Store) insertAttempt(t *tx, invocation int64, a invoke.Attempt, out outcome, details []byte) error {
	_, err := t.exec(`INSERT INTO attempts(invocation, seq, number, counts, started_at, duration, response, log, tail, details)
		VALUES(?, 1 + coalesce((SELECT max(seq) FROM attempts WHERE invocation = ?), 0), ?, ?, ?, ?, ?, ?, ?, ?)`,
		invocation, invocation, a.Number, a.Counts, nanos(a.Result.StartedAt), int64(a.Result.Duration),
		out.response.column, out.log.column, out.tail.column, details)
	if err != nil {
		return err
	}
	return s.useFiles(t, invocation, out.response, out.log, out.tail)
}

// stateOf is the state of an event's record.
func stateOf(e invoke.EventState) string {
	switch e {
	case invoke.EventDone:
		return StateDone
	case invoke.EventDead:
		return StateDead
	}
	return StateQueued
}

// showOutcome brings an event's row in the list up to date. Its status stays
// 202, which is what the call was answered.
func showOutcome(t *tx, invocation int64, a invoke.Attempt, out outcome) error {
	failure := a.Refused
	if failure == nil {
		failure = a.Result.Failure
	}
	args := []any{int64(a.Result.Duration), a.Result.ExecutedVersion, a.Result.FunctionError}
	args = append(args, failureColumns(failure)...)
	args = append(args, reportColumns(a.Result.Report)...)
	args = append(args, out.response.size, out.logSize(), invocation)
	_, err := t.exec(`UPDATE invocations SET duration = ?, version = ?, function_error = ?,
		error_name = ?, error_kind = ?, ran = ?, reported = ?, billed = ?, init = ?, memory = ?, memory_used = ?,
		response_size = ?, log_size = ?, attempts = attempts + 1 WHERE id = ?`, args...)
	return err
}

// NextDue says when the next event of the project will be due. A leased one is
// due when its lease ends.
func (s *Store) NextDue(ctx context.Context, project string) (time.Time, bool, error) {
	at := int64(math.MaxInt64)
	err := s.read.QueryRowContext(ctx, `SELECT coalesce(min(max(not_before, lease_until)), ?) FROM events
		WHERE state = 'queued' AND project = ?`, at, project).Scan(&at)
	if err != nil {
		return time.Time{}, false, s.explain("look for the next event", err)
	}
	if at == math.MaxInt64 {
		return time.Time{}, false, nil
	}
	return time.Unix(0, at), true, nil
}

// Event returns an event with its attempts so far, settled ones included;
// ErrNotFound when there is none.
func (s *Store) Event(ctx context.Context, id string) (invoke.QueuedEvent, error) {
	return s.event(ctx, "e.request_id = ?", id)
}

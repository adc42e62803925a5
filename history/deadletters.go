package history

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"lambent/invoke"
)

var _ invoke.DeadLetters = (*Store)(nil)

// Those of events that were not to be recorded, or whose records were deleted, are
// among the dead letters too: nothing that was accepted is lost.
const selectDeadLetters = `SELECT i.id, e.request_id, e.project, i.function, i.qualifier, i.attempts, e.condition, e.accepted_at,
	(SELECT details FROM attempts a WHERE a.invocation = i.id ORDER BY seq DESC LIMIT 1)
	FROM events e JOIN invocations i ON i.id = e.invocation WHERE e.state = 'dead'`

// DeadLetters lists the events of a project, or of all, that were given up on.
func (s *Store) DeadLetters(ctx context.Context, project string) ([]invoke.DeadLetter, error) {
	rows, err := s.read.QueryContext(ctx, selectDeadLetters+` AND (? = '' OR e.project = ?) ORDER BY i.id DESC`, project, project)
	if err != nil {
		return nil, s.explain("list the dead letters", err)
	}
	defer rows.Close()
	var out []invoke.DeadLetter
	for rows.Next() {
		d, err := scanDeadLetter(rows)
		if err != nil {
			return nil, s.explain("list the dead letters", err)
		}
		out = append(out, d)
	}
	return out, s.explain("list the dead letters", rows.Err())
}

func scanDeadLetter(row scanner) (invoke.DeadLetter, error) {
	var (
		d        invoke.DeadLetter
		accepted int64
		raw      []byte
		last     details
	)
	if err := row.Scan(&d.ID, &d.RequestID, &d.Project, &d.Function, &d.Qualifier, &d.Attempts, &d.Condition, &accepted, &raw); err != nil {
		return d, err
	}
	d.AcceptedAt = timeOf(accepted)
	if raw != nil {
		if err := json.Unmarshal(raw, &last); err != nil {
			return d, fmt.Errorf("read the details of an attempt: %w", err)
		}
		d.Failure = last.Result.Refusal.failure()
		if d.Failure == nil {
			d.Failure = last.Result.Failure.failure()
		}
	}
	if d.Failure == nil {
		d.Failure = invoke.GivenUp(d.Condition)
	}
	return d, nil
}

// DeadLetter returns one with everything that is known of it.
func (s *Store) DeadLetter(ctx context.Context, id int64) (invoke.DeadLetter, error) {
	d, err := scanDeadLetter(s.read.QueryRowContext(ctx, selectDeadLetters+` AND i.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return d, noDeadLetter(id)
	}
	if err != nil {
		return d, s.explain("read a dead letter", err)
	}
	d.Event, err = s.event(ctx, "e.request_id = ?", d.RequestID)
	if errors.Is(err, ErrNotFound) || err == nil && d.Event.State != invoke.EventDead {
		return d, noDeadLetter(id) // redriven or deleted meanwhile
	}
	return d, err
}

func noDeadLetter(id int64) error { return fmt.Errorf("%d: %w", id, invoke.ErrNoDeadLetter) }

// Redrive queues dead letters again, in one transaction.
func (s *Store) Redrive(ctx context.Context, ids ...int64) error {
	err := s.changeDeadLetters(ctx, ids, func(t *tx, id int64) error {
		now := s.now().UnixNano()
		_, err := t.exec(`UPDATE events SET state = 'queued', condition = '', not_before = ?, owner = NULL, lease_until = 0,
			redriven_at = ?, earlier = (SELECT count(*) FROM attempts WHERE invocation = events.invocation) WHERE invocation = ?`, now, now, id)
		if err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE invocations SET state = ? WHERE id = ?`, StateQueued, id); err != nil {
			return err
		}
		return indexAgain(t, id)
	})
	s.index.wake()
	return s.explain("redrive", err)
}

// DeleteDeadLetters removes dead letters with their records: Delete says how.
func (s *Store) DeleteDeadLetters(ctx context.Context, ids ...int64) error {
	var orphans [][]byte
	err := s.changeDeadLetters(ctx, ids, func(t *tx, id int64) error {
		if _, err := t.exec(`UPDATE events SET state = 'done' WHERE invocation = ?`, id); err != nil {
			return err
		}
		if _, err := t.exec(`UPDATE invocations SET hidden = 1, state = ? WHERE id = ?`, StateDone, id); err != nil {
			return err
		}
		files, err := remove(t, id)
		orphans = append(orphans, files...)
		return err
	})
	if err != nil {
		return s.explain("delete dead letters", err)
	}
	// A transaction that was run again has named some twice; that does no harm.
	if err := s.removeFiles(orphans); err != nil {
		return s.explain("delete bodies", err)
	}
	return s.explain("empty the write-ahead log", s.checkpoint(ctx))
}

// changeDeadLetters changes all of them or, where one is none, nothing.
func (s *Store) changeDeadLetters(ctx context.Context, ids []int64, change func(*tx, int64) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return nil
	}
	return s.write.do(func(t *tx) error {
		for _, id := range ids {
			var dead bool
			if err := t.row(`SELECT EXISTS(SELECT 1 FROM events WHERE invocation = ? AND state = 'dead')`, id).Scan(&dead); err != nil {
				return err
			}
			if !dead {
				return noDeadLetter(id)
			}
			if err := change(t, id); err != nil {
				return err
			}
		}
		return nil
	})
}

package history

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"time"
)

// Pin marks a record as one to keep, or as an ordinary one again; ErrNotFound
// when there is none.
func (s *Store) Pin(ctx context.Context, id int64, pinned bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		res, err := t.exec(`UPDATE invocations SET pinned = ? WHERE id = ? AND hidden = 0`, pinned, id)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return nil
	})
	return s.explain("pin invocation "+strconv.FormatInt(id, 10), err)
}

// Draft returns the unsent payload kept for a function; false when none is.
func (s *Store) Draft(ctx context.Context, k Key) ([]byte, bool, error) {
	var column []byte
	err := s.read.QueryRowContext(ctx, `SELECT payload FROM drafts WHERE scope = ? AND function = ?`, k.Scope, k.Function).Scan(&column)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, s.explain("read a draft", err)
	}
	payload, err := s.bodies.load(column)
	if err != nil {
		return nil, false, s.explain("read a draft", err)
	}
	return payload, true, nil
}

// SaveDraft keeps the unsent payload of a function; nil forgets it. A draft is
// in the database whatever its size: it changes too often to be a file by content.
func (s *Store) SaveDraft(ctx context.Context, k Key, payload []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		if payload == nil {
			_, err := t.exec(`DELETE FROM drafts WHERE scope = ? AND function = ?`, k.Scope, k.Function)
			return err
		}
		column := append([]byte{bodyRaw}, payload...)
		_, err := t.exec(`INSERT INTO drafts(scope, function, payload, saved_at) VALUES(?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET payload = excluded.payload, saved_at = excluded.saved_at`,
			k.Scope, k.Function, column, s.now().UnixNano())
		return err
	})
	return s.explain("keep a draft", err)
}

// Stats returns figures of a function's newest successful runs, of every door
// and qualifier.
func (s *Store) Stats(ctx context.Context, k Key) (Stats, error) {
	q := Query{}.InFunction(k)
	q.filter(kindToken("ok"), kinds["ok"])
	q.filter(statusToken(200), "i.status = ?", 200)
	var durations []time.Duration
	err := s.walk(ctx, q, 0, StatsWindow, func(sum Summary) bool {
		durations = append(durations, sum.Duration)
		return len(durations) < StatsWindow
	})
	if err != nil {
		return Stats{}, s.explain("read a function's figures", err)
	}
	slices.Sort(durations)
	return Stats{Count: len(durations), P50: percentile(durations, 50), P95: percentile(durations, 95)}, nil
}

// percentile is by nearest rank: the smallest value that is not under p percent
// of the sorted ones; 0 of none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}

// State returns a small thing that was remembered, "" when it never was.
func (s *Store) State(ctx context.Context, name string) (string, error) {
	var v string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM state WHERE name = ?`, name).Scan(&v)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return v, s.explain("recall "+name, err)
}

// SetState remembers a small thing; "" forgets it.
func (s *Store) SetState(ctx context.Context, name, value string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		if value == "" {
			_, err := t.exec(`DELETE FROM state WHERE name = ?`, name)
			return err
		}
		_, err := t.exec(`INSERT INTO state(name, value) VALUES(?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
	return s.explain("remember "+name, err)
}

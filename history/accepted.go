package history

import (
	"context"
	"database/sql"
	"errors"
)

// Accept makes the answer of one run the one that counts for another: what a
// regression check compares with from then on. Both stay as they are. An answer that
// is the run's own takes back what was accepted.
func (s *Store) Accept(ctx context.Context, run, answer int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		if run == answer {
			_, err := t.exec(`DELETE FROM accepted WHERE invocation = ?`, run)
			return err
		}
		var both int
		if err := t.row(`SELECT count(*) FROM invocations WHERE id IN (?, ?) AND hidden = 0`, run, answer).Scan(&both); err != nil {
			return err
		}
		if both != 2 {
			return ErrNotFound
		}
		_, err := t.exec(`INSERT INTO accepted(invocation, answer) VALUES(?, ?) ON CONFLICT DO UPDATE SET answer = excluded.answer`, run, answer)
		return err
	})
	return s.explain("accept an answer", err)
}

// Accepted returns the record whose answer counts for a run: the run itself, unless
// another answer was accepted for it and is still there.
func (s *Store) Accepted(ctx context.Context, run Entry) (Entry, error) {
	var answer int64
	err := s.read.QueryRowContext(ctx, `SELECT answer FROM accepted WHERE invocation = ?`, run.ID).Scan(&answer)
	if errors.Is(err, sql.ErrNoRows) {
		return run, nil
	}
	if err != nil {
		return run, s.explain("look for an accepted answer", err)
	}
	e, err := s.Entry(ctx, answer)
	if errors.Is(err, ErrNotFound) {
		return run, nil
	}
	return e, err
}

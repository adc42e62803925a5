package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"time"
)

// A Retention says what of the history may go. What is 0 sets no limit. Each limit
// holds by itself: a run goes when any of them says so.
type Retention struct {
	OlderThan time.Duration // runs that started longer ago
	Keep      int           // runs beyond the newest so many
	MaxSize   int64         // the oldest runs, until database and bodies have at most so many bytes
}

// Empty says that everything stays.
func (r Retention) Empty() bool { return r == Retention{} }

// Pruned is what Prune has done.
type Pruned struct {
	Runs          int
	Before, After int64 // bytes that records and bodies take; of the files, where they shrank
}

// pruneBatch is how many runs go in one transaction: while it is open nothing else
// is written.
const pruneBatch = 100

// Prune deletes the runs that a retention lets go, oldest first. Pinned runs stay,
// and so do calls that have no answer yet, queued events, dead letters, and answers
// that were accepted for a run that stays. When a good part of the database is empty
// afterwards the file shrinks, too, unless other processes are using it.
func (s *Store) Prune(ctx context.Context, r Retention) (Pruned, error) {
	var done Pruned
	var err error
	if done.Before, err = s.size(ctx); err != nil {
		return done, s.explain("measure the history", err)
	}
	done.Runs, err = s.prune(ctx, r)
	if err != nil {
		return done, s.explain("prune the history", err)
	}
	if done.Runs > 0 {
		if err := s.shrink(ctx); err != nil {
			return done, s.explain("make the history smaller", err)
		}
	}
	done.After, err = s.size(ctx)
	return done, s.explain("measure the history", err)
}

// prune deletes in batches until nothing more may go or ctx is done.
func (s *Store) prune(ctx context.Context, r Retention) (int, error) {
	runs := 0
	if r.OlderThan > 0 {
		n, err := s.pruneWhere(ctx, `i.started_at < ?`, s.now().Add(-r.OlderThan).UnixNano(), math.MaxInt)
		if runs += n; err != nil {
			return runs, err
		}
	}
	if r.Keep > 0 {
		var oldest int64
		err := s.read.QueryRowContext(ctx, `SELECT id FROM invocations WHERE hidden = 0 ORDER BY id DESC LIMIT 1 OFFSET ?`, r.Keep-1).Scan(&oldest)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return runs, err
		}
		n, err := s.pruneWhere(ctx, `i.id < ?`, oldest, math.MaxInt)
		if runs += n; err != nil {
			return runs, err
		}
	}
	for r.MaxSize > 0 {
		size, err := s.size(ctx)
		if err != nil || size <= r.MaxSize {
			return runs, err
		}
		var count int64
		if err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM invocations`).Scan(&count); err != nil {
			return runs, err
		}
		// As many as have the excess on average, but not so many at once that a few
		// large ones among the oldest take all the others with them.
		want := min(count*(size-r.MaxSize)/size+1, max(count/20, 1), 10*pruneBatch)
		n, err := s.pruneWhere(ctx, `i.id < ?`, int64(math.MaxInt64), int(want))
		if runs += n; err != nil || n == 0 {
			return runs, err
		}
	}
	return runs, nil
}

// A candidate is a run that a condition lets go.
type candidate struct {
	id           int64
	state, owner string
}

// pruneWhere deletes at most limit of the runs that a condition with one argument
// covers, the oldest first.
func (s *Store) pruneWhere(ctx context.Context, where string, arg int64, limit int) (int, error) {
	runs := 0
	for after := int64(0); runs < limit; {
		found, err := s.prunable(ctx, where, arg, after, min(pruneBatch, limit-runs))
		if err != nil || len(found) == 0 {
			return runs, err
		}
		after = found[len(found)-1].id
		var ids []int64
		for _, c := range found {
			if c.state == StateDone || !s.owner.lives(c.owner) {
				ids = append(ids, c.id)
			}
		}
		if err := s.drop(ids); err != nil {
			return runs, err
		}
		runs += len(ids)
	}
	return runs, nil
}

func (s *Store) prunable(ctx context.Context, where string, arg, after int64, limit int) ([]candidate, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT i.id, i.state, coalesce(i.owner, '') FROM invocations i
		WHERE i.id > ? AND i.hidden = 0 AND i.pinned = 0 AND i.state IN ('done', 'running') AND `+where+`
		AND NOT EXISTS(SELECT 1 FROM accepted a WHERE a.answer = i.id) ORDER BY i.id LIMIT ?`, after, arg, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []candidate
	for rows.Next() {
		var c candidate
		if err := rows.Scan(&c.id, &c.state, &c.owner); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// drop deletes runs that are still not pinned, without emptying the write-ahead log.
func (s *Store) drop(ids []int64) error {
	var orphans [][]byte
	err := s.write.do(func(t *tx) error {
		orphans = nil
		for _, id := range ids {
			res, err := t.exec(`UPDATE invocations SET hidden = 1 WHERE id = ? AND pinned = 0`, id)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				continue // pinned or deleted since it was looked for
			}
			files, err := remove(t, id)
			if err != nil {
				return err
			}
			orphans = append(orphans, files...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.removeFiles(orphans)
}

// size is what records and bodies take, in bytes: the pages of the database that
// hold something, and the files of large bodies.
func (s *Store) size(ctx context.Context) (int64, error) {
	var used int64
	err := s.read.QueryRowContext(ctx, `SELECT (page_count - freelist_count) * page_size
		FROM pragma_page_count, pragma_freelist_count, pragma_page_size`).Scan(&used)
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(s.bodies.dir, func(_ string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no large body yet, or one that was just removed
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err == nil {
			used += info.Size()
		}
		return nil
	})
	return used, err
}

// shrink gives empty pages back to the file system, where they are a quarter of the
// file: to write the database anew costs its size once more, for a moment.
func (s *Store) shrink(ctx context.Context) error {
	err := s.write.outside(func(c *sql.Conn) error {
		var pages, free int64
		if err := c.QueryRowContext(ctx, `SELECT page_count, freelist_count FROM pragma_page_count, pragma_freelist_count`).Scan(&pages, &free); err != nil {
			return err
		}
		if free*4 < pages {
			return nil
		}
		_, err := c.ExecContext(ctx, `VACUUM`)
		return err
	})
	if err != nil && !busy(err) {
		return err
	}
	return s.checkpoint(ctx)
}

// retainEvery is how often a retention is honoured, by whichever process comes first.
const retainEvery = time.Hour

// retainedAt is the State that says when that was last.
const retainedAt = "history.retained-at"

// retain begins to honour a retention. A process that ends before everything was
// deleted leaves the rest to the next one.
func (s *Store) retain(r Retention) *background {
	if r.Empty() {
		return nil
	}
	return inBackground(func(ctx context.Context) {
		if err := s.retainOnce(ctx, r); err != nil && ctx.Err() == nil {
			s.onError(fmt.Errorf("honour the retention of the history: %w", err))
		}
	})
}

func (s *Store) retainOnce(ctx context.Context, r Retention) error {
	last, err := s.State(ctx, retainedAt)
	if err != nil {
		return err
	}
	if at, err := time.Parse(time.RFC3339, last); err == nil && s.now().Sub(at) < retainEvery && !at.After(s.now()) {
		return nil
	}
	runs, err := s.prune(ctx, r)
	if err != nil {
		return err
	}
	if runs > 0 {
		if err := s.checkpoint(ctx); err != nil {
			return err
		}
	}
	return s.SetState(ctx, retainedAt, s.now().UTC().Format(time.RFC3339))
}

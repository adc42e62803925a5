package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Delete removes records and their bytes: rows are overwritten
// (secure_delete), body files that no other record uses are removed, and the
// write-ahead log is emptied. Ids without a record are passed over.
//
// A record whose event is still queued or is a dead letter disappears from the
// list at once; its bytes go when the event is settled or the dead letter deleted,
// because nothing that was accepted is lost.
func (s *Store) Delete(ctx context.Context, ids ...int64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(ids) == 0 {
		return nil
	}
	var orphans [][]byte
	err := s.write.do(func(t *tx) error {
		orphans = nil
		for _, id := range ids {
			if _, err := t.exec(`UPDATE invocations SET hidden = 1 WHERE id = ?`, id); err != nil {
				return err
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
		return s.explain("delete from the history", err)
	}
	if err := s.removeFiles(orphans); err != nil {
		return s.explain("delete bodies", err)
	}
	return s.explain("empty the write-ahead log", s.checkpoint(ctx))
}

// remove deletes a hidden record, unless its event is still wanted, and returns
// the hashes of the body files that it used.
func remove(t *tx, id int64) (files [][]byte, err error) {
	var wanted bool
	err = t.row(`SELECT EXISTS(SELECT 1 FROM events WHERE invocation = ? AND state <> 'done')`, id).Scan(&wanted)
	if err != nil || wanted {
		return nil, err
	}
	rows, err := t.query(`SELECT hash FROM body_files WHERE invocation = ?`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var hash []byte
		if err := rows.Scan(&hash); err != nil {
			return nil, err
		}
		files = append(files, hash)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	if _, err := t.exec(`DELETE FROM search WHERE rowid = ?`, id); err != nil {
		return nil, err
	}
	// Everything else refers to the record and goes with it.
	res, err := t.exec(`DELETE FROM invocations WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return nil, err // an id that was never given must not move next_id
	}
	_, err = t.exec(`UPDATE marks SET value = max(value, ?) WHERE name = 'next_id'`, id+1)
	return files, err
}

// removeFiles removes those body files that no record uses any more. It holds
// the write lock meanwhile, so that no process can be about to use one: see
// useFiles.
func (s *Store) removeFiles(hashes [][]byte) error {
	if len(hashes) == 0 {
		return nil
	}
	return s.write.do(func(t *tx) error {
		for _, hash := range hashes {
			var used bool
			err := t.row(`SELECT EXISTS(SELECT 1 FROM body_files WHERE hash = ?)`, hash).Scan(&used)
			if err != nil {
				return err
			}
			if used {
				continue
			}
			path := s.bodies.path(hash)
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return explain(path, fmt.Errorf("remove a body: %w", err))
			}
		}
		return nil
	})
}

// checkpoint brings the write-ahead log into the database and empties it, so
// that what was deleted is in neither. Where another process reads just now the
// log is emptied by a later checkpoint.
func (s *Store) checkpoint(ctx context.Context) error {
	return s.write.outside(func(c *sql.Conn) error {
		var blocked, frames, done int
		err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&blocked, &frames, &done)
		if busy(err) {
			return nil
		}
		return err
	})
}

// purge removes what is hidden and no longer wanted: events that were not to be
// recorded, and deleted records whose events have been settled since.
func (s *Store) purge(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, `SELECT i.id FROM invocations i INDEXED BY invocations_hidden
		JOIN events e ON e.invocation = i.id WHERE i.hidden = 1 AND e.state = 'done' LIMIT 1000`)
	if err != nil {
		return s.explain("look for settled events", err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return s.explain("look for settled events", err)
		}
		ids = append(ids, id)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return s.explain("look for settled events", err)
	}
	return s.Delete(ctx, ids...)
}

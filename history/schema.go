package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// migrations lead from one format to the next: migrations[0] makes format 1 in
// an empty file, migrations[n] makes format n+1 of format n. One that was
// released is never changed.
//
// Times are nanoseconds since 1970 in UTC, durations nanoseconds. Columns that
// hold a body hold what bodyCodec wrote.
var migrations = []string{format1, format2, format3, format4, format5}

const format1 = `
-- Where an invocation went; each written once.
CREATE TABLE targets(
	id       INTEGER PRIMARY KEY,
	scope    TEXT NOT NULL,             -- ScopeOf
	kind     TEXT NOT NULL,             -- local, aws
	account  TEXT NOT NULL,
	region   TEXT NOT NULL,
	project  TEXT NOT NULL,
	name     TEXT NOT NULL,             -- ProjectName
	profile  TEXT NOT NULL,
	endpoint TEXT NOT NULL,
	UNIQUE(kind, account, region, project, name, profile, endpoint)
) STRICT;

-- Numbers that the store keeps. next_id is no less than any id that was ever
-- given and deleted: ids are never used twice, so that one that a person wrote
-- down means the same run for ever. (AUTOINCREMENT would write a page more with
-- every record.) The search index holds all runs up to indexed_to, but for those
-- in reindex.
CREATE TABLE marks(
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT;
INSERT INTO marks(name, value) VALUES('next_id', 1), ('indexed_to', 0);

-- What a row of the list needs. A record is on the way of every invocation, so
-- it has no more indexes than it must: everything else that is looked for is in
-- the search index, which is written later.
CREATE TABLE invocations(
	id             INTEGER PRIMARY KEY,
	uid            TEXT NOT NULL UNIQUE,
	recorded_at    INTEGER NOT NULL,    -- when the row was written; never decreases with id
	state          TEXT NOT NULL CHECK(state IN ('done', 'running', 'queued', 'dead')),
	owner          TEXT,                -- the process that waits for the answer, while running
	hidden         INTEGER NOT NULL DEFAULT 0, -- not for the list: of an event that was not to be recorded, or deleted
	pinned         INTEGER NOT NULL DEFAULT 0,
	target         INTEGER NOT NULL REFERENCES targets(id),
	function       TEXT NOT NULL,       -- bare name
	qualifier      TEXT NOT NULL,
	type           TEXT NOT NULL,
	source         TEXT NOT NULL,       -- uid of the record it replays
	started_at     INTEGER NOT NULL,
	duration       INTEGER NOT NULL,
	status         INTEGER NOT NULL,
	version        TEXT NOT NULL,       -- executed
	function_error TEXT NOT NULL,
	request_id     TEXT NOT NULL,
	error_name     TEXT NOT NULL,       -- of the failure, '' on success
	error_kind     TEXT NOT NULL,
	ran            TEXT NOT NULL,
	attempts       INTEGER NOT NULL DEFAULT 0,
	reported       INTEGER NOT NULL,    -- of the report: durations and megabytes, 0 for none
	billed         INTEGER NOT NULL,
	init           INTEGER NOT NULL,
	memory         INTEGER NOT NULL,
	memory_used    INTEGER NOT NULL,
	payload_size   INTEGER NOT NULL,
	response_size  INTEGER NOT NULL,
	log_size       INTEGER NOT NULL,
	head           TEXT NOT NULL        -- of the payload, on one line
) STRICT;
CREATE INDEX invocations_hidden ON invocations(id) WHERE hidden = 1;

-- Runs that were changed after they may have been indexed.
CREATE TABLE reindex(
	id INTEGER PRIMARY KEY REFERENCES invocations(id) ON DELETE CASCADE
) STRICT;

-- What only the opened run needs.
CREATE TABLE contents(
	id       INTEGER PRIMARY KEY REFERENCES invocations(id) ON DELETE CASCADE,
	payload  BLOB,
	response BLOB,
	log      BLOB,
	tail     BLOB,                      -- LogTail where it is not the end of the log
	details  BLOB NOT NULL              -- everything else, JSON (details.go)
) STRICT;

-- An asynchronous event, from its acceptance on. Its payload is its invocation's.
CREATE TABLE events(
	id          INTEGER PRIMARY KEY,
	request_id  TEXT NOT NULL UNIQUE,
	invocation  INTEGER NOT NULL UNIQUE REFERENCES invocations(id) ON DELETE CASCADE,
	project     TEXT NOT NULL,
	function    TEXT NOT NULL,
	accepted_at INTEGER NOT NULL,
	not_before  INTEGER NOT NULL,
	state       TEXT NOT NULL CHECK(state IN ('queued', 'done', 'dead')),
	condition   TEXT NOT NULL,
	owner       TEXT,                   -- of the lease
	lease_until INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX events_due ON events(project, not_before) WHERE state = 'queued';

CREATE TABLE attempts(
	invocation INTEGER NOT NULL REFERENCES invocations(id) ON DELETE CASCADE,
	seq        INTEGER NOT NULL,        -- 1, 2, … in the order in which they ended
	number     INTEGER NOT NULL,        -- as the executor counts
	counts     INTEGER NOT NULL,
	started_at INTEGER NOT NULL,
	duration   INTEGER NOT NULL,
	response   BLOB,
	log        BLOB,
	tail       BLOB,
	details    BLOB NOT NULL,
	PRIMARY KEY(invocation, seq)
) STRICT;

-- Which records use a file under bodies/.
CREATE TABLE body_files(
	hash       BLOB NOT NULL,           -- SHA-256 of the bytes
	invocation INTEGER NOT NULL REFERENCES invocations(id) ON DELETE CASCADE,
	PRIMARY KEY(hash, invocation)
) STRICT, WITHOUT ROWID;
CREATE INDEX body_files_by_invocation ON body_files(invocation);

CREATE TABLE drafts(
	scope    TEXT NOT NULL,
	function TEXT NOT NULL,
	payload  BLOB NOT NULL,
	saved_at INTEGER NOT NULL,
	PRIMARY KEY(scope, function)
) STRICT;

CREATE TABLE state(
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;

-- The distinct grams of each run's text (grams.go): which rows have them, not
-- where; the text itself is not kept twice.
CREATE VIRTUAL TABLE search USING fts5(
	grams, content='', contentless_delete=1, detail=none, tokenize='ascii'
);
`

// migrate brings the database to the format that steps lead to, each step in a
// transaction of its own: a kill leaves the old format or the new one. Before a
// step from a format that holds data, a copy is made beside the database.
func migrate(ctx context.Context, c *sql.Conn, path string, steps []string) error {
	for {
		version, err := pragmaInt(ctx, c, "user_version")
		if err != nil {
			return err
		}
		if version > len(steps) {
			return newer(path, version, len(steps))
		}
		if version == len(steps) {
			return nil
		}
		holdsData := false
		if version > 0 {
			err := c.QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 FROM invocations) OR EXISTS(SELECT 1 FROM drafts) OR EXISTS(SELECT 1 FROM state)`).Scan(&holdsData)
			if err != nil {
				return err
			}
		}
		if holdsData {
			if err := backup(ctx, c, path, version); err != nil {
				return err
			}
		}
		if err := step(ctx, c, version, steps[version]); err != nil {
			return fmt.Errorf("bring the history from format %d to %d: %w", version, version+1, err)
		}
	}
}

// step runs one migration, unless another process has done so while this one
// waited for the lock.
func step(ctx context.Context, c *sql.Conn, from int, statements string) (err error) {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, rollbackErr := c.ExecContext(ctx, "ROLLBACK")
			if rollbackErr != nil && !busy(err) {
				err = errors.Join(err, rollbackErr)
			}
		}
	}()
	version, err := pragmaInt(ctx, c, "user_version")
	if err != nil {
		return err
	}
	if version == from {
		if from == 0 {
			statements = fmt.Sprintf("PRAGMA application_id = %d;\n", applicationID) + statements
		}
		statements += fmt.Sprintf(";\nPRAGMA user_version = %d;", from+1)
		if _, err := c.ExecContext(ctx, statements); err != nil {
			return err
		}
	}
	_, err = c.ExecContext(ctx, "COMMIT")
	return err
}

// backup copies the database of a format to history-format-N.db in its folder.
// A copy that is there already is kept: it is older, so nothing has been lost since.
func backup(ctx context.Context, c *sql.Conn, path string, version int) error {
	to := backupPath(path, version)
	if _, err := os.Lstat(to); err == nil {
		return nil
	}
	part := fmt.Sprintf("%s.%d.part", to, os.Getpid())
	// VACUUM INTO takes an empty file; made here so that nobody else can read it.
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL|openNoFollow, 0o600)
	if err != nil {
		return explain(part, fmt.Errorf("copy the history before changing its format: %w", err))
	}
	defer os.Remove(part)
	if _, err := c.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		f.Close()
		return explain(part, fmt.Errorf("copy the history before changing its format: %w", err))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return explain(part, fmt.Errorf("copy the history before changing its format: %w", err))
	}
	// Link, not rename: it fails where another process was faster.
	if err := os.Link(part, to); err != nil && !errors.Is(err, fs.ErrExist) {
		if err := os.Rename(part, to); err != nil { // a file system without hard links
			return explain(to, fmt.Errorf("copy the history before changing its format: %w", err))
		}
	}
	return syncDir(filepath.Dir(path))
}

func backupPath(path string, version int) string {
	return filepath.Join(filepath.Dir(path), fmt.Sprintf("history-format-%d.db", version))
}

func pragmaInt(ctx context.Context, c *sql.Conn, name string) (int, error) {
	var v int
	err := c.QueryRowContext(ctx, "PRAGMA "+name).Scan(&v)
	return v, err
}

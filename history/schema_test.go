package history

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"lambent/invoke"
)

// A new format is reached step by step, with a copy of the old one beside it.
func TestMigrationKeepsACopy(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, databaseName, goodHistory(t))
	steps := append(append([]string{}, migrations...), `ALTER TABLE invocations ADD COLUMN note TEXT NOT NULL DEFAULT 'x'`)
	s, err := Open(dir, Options{steps: steps})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(list(t, s, "keep")); n != 10 {
		t.Errorf("%d of 10 runs are left", n)
	}
	var note string
	if err := s.read.QueryRow(`SELECT note FROM invocations LIMIT 1`).Scan(&note); err != nil || note != "x" {
		t.Errorf("the step was not taken: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if e := openError(t, dir); e.Problem != ProblemNewer {
		t.Errorf("the older program: %v", e)
	}
	copied := backupPath(filepath.Join(dir, databaseName), len(migrations))
	info, err := os.Stat(copied)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the copy's mode is %v", info.Mode())
	}
	b, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	old := t.TempDir()
	put(t, old, databaseName, b)
	if n := len(list(t, open(t, old), "keep")); n != 10 {
		t.Errorf("the copy has %d of 10 runs", n)
	}
}

// A step that fails half-way leaves the old format, usable.
func TestFailedMigrationChangesNothing(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, databaseName, goodHistory(t))
	steps := append(append([]string{}, migrations...), `ALTER TABLE invocations ADD COLUMN note TEXT; DELETE FROM contents; SELECT nonsense;`)
	if _, err := Open(dir, Options{steps: steps}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("from format %d to %d", len(migrations), len(migrations)+1)) {
		t.Fatalf("the step: %v", err)
	}
	s := open(t, dir)
	if n := len(list(t, s, "keep")); n != 10 {
		t.Errorf("%d of 10 runs are left", n)
	}
	invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
}

func TestSQLiteIsRecentEnough(t *testing.T) {
	s := open(t, t.TempDir())
	var text string
	if err := s.read.QueryRow(`SELECT sqlite_version()`).Scan(&text); err != nil {
		t.Fatal(err)
	}
	if sqliteVersion(text) < minSQLite || sqliteVersion("3.51.2") >= minSQLite || sqliteVersion("nonsense") != 0 {
		t.Errorf("SQLite is %s", text)
	}
}

// The writer syncs every commit and overwrites what it deletes; the settings
// that make it so are asked for in the order in which they must be.
func TestPragmas(t *testing.T) {
	s := open(t, t.TempDir())
	for name, want := range map[string]int{
		"synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1,
		"busy_timeout": int(busyTimeout.Milliseconds()), "application_id": applicationID, "user_version": len(migrations),
	} {
		if got, err := pragmaInt(context.Background(), s.write.tx.conn, name); err != nil || got != want {
			t.Errorf("%s is %d (%v), not %d", name, got, err, want)
		}
	}
	var mode string
	if err := s.write.tx.conn.QueryRowContext(context.Background(), "PRAGMA journal_mode").Scan(&mode); err != nil || (mode != "wal" && networkFilesystem(s.dir) == "") {
		t.Errorf("journal_mode is %s (%v)", mode, err)
	}
	if _, err := s.read.Exec(`INSERT INTO state(name, value) VALUES('a', 'b')`); err == nil {
		t.Error("a reader can write")
	}
}

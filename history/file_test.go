package history

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lambent/invoke"
)

// openError opens a store that can't be used, and returns why. The message must
// be one line that names the file.
func openError(t *testing.T, dir string) *Error {
	t.Helper()
	s, err := Open(dir, Options{})
	if err == nil {
		s.Close()
		t.Fatal("it opened")
	}
	var known *Error
	if !errors.As(err, &known) {
		t.Fatalf("not an *Error: %v", err)
	}
	if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), known.Path) || known.Remedy == "" {
		t.Errorf("the message is %q", err)
	}
	return known
}

func put(t *testing.T, dir, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// contents are all files of a folder by name.
func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			out[e.Name()] = string(b)
		}
	}
	return out
}

func sameFiles(t *testing.T, before, after map[string]string) {
	t.Helper()
	for name, b := range after {
		if was, ok := before[name]; !ok {
			t.Errorf("%s was made", name)
		} else if was != b {
			t.Errorf("%s was changed", name)
		}
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			t.Errorf("%s was removed", name)
		}
	}
}

// A file that is no history of ours is refused with its reason, and neither it
// nor its folder is changed.
func TestHostileFilesAreRefusedAndKept(t *testing.T) {
	for name, want := range map[string]Problem{
		"future-version.db": ProblemForeign, // ours by nothing but its name
		"foreign-schema.db": ProblemForeign,
		"trigger.db":        ProblemForeign,
		"page2-garbage.db":  ProblemForeign,
		"truncated.db":      ProblemForeign,
		"header-zero.db":    ProblemNotADatabase,
		"text.db":           ProblemNotADatabase,
	} {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", "db", name))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			put(t, dir, databaseName, b)
			before := contentsOf(t, dir)
			if e := openError(t, dir); e.Problem != want || e.Path != filepath.Join(dir, databaseName) {
				t.Errorf("problem is %q of %s", e.Problem, e.Path)
			}
			sameFiles(t, before, contentsOf(t, dir))
		})
	}
}

// goodHistory makes a history of ten runs, closed, and returns its bytes.
func goodHistory(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		invokeOne(t, s, ok(localInfo, strings.Repeat("response ", 500)), invoke.Request{Function: "orders", Payload: []byte("{\"keep\":true}")})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if names := slices.Sorted(keys(contentsOf(t, dir))); !slices.Equal(names, []string{databaseName}) {
		t.Errorf("after Close there are %v", names)
	}
	b, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func keys(m map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// Our own history with a fault: the reason is told, nothing is overwritten.
func TestDamagedHistories(t *testing.T) {
	good := goodHistory(t)
	version := bytes.Clone(good)
	version[headerUserVersion+3] = 200
	trigger := withStatements(t, good, "CREATE TRIGGER x AFTER INSERT ON invocations BEGIN DELETE FROM contents; END")
	view := withStatements(t, good, "CREATE VIEW runs AS SELECT 1 AS id")
	zero := bytes.Clone(good)
	copy(zero, make([]byte, 100))
	schema := bytes.Clone(good)
	copy(schema[headerSize:4096], bytes.Repeat([]byte{0xa5}, 4096-headerSize))
	for name, c := range map[string]struct {
		file []byte
		want Problem
	}{
		"newer":          {version, ProblemNewer},
		"trigger":        {trigger, ProblemForeign},
		"view":           {view, ProblemForeign},
		"half":           {good[:len(good)/2], ProblemDamaged},
		"one page":       {good[:4096], ProblemDamaged},
		"cut header":     {good[:60], ProblemNotADatabase},
		"zeroed header":  {zero, ProblemNotADatabase},
		"schema garbage": {schema, ProblemDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, databaseName, c.file)
			before := contentsOf(t, dir)
			if e := openError(t, dir); e.Problem != c.want {
				t.Errorf("problem is %q: %v", e.Problem, e)
			}
			sameFiles(t, before, contentsOf(t, dir))
		})
	}
}

// withStatements runs SQL on a copy of a database, as a hostile program would.
func withStatements(t *testing.T, db []byte, statements string) []byte {
	t.Helper()
	dir := t.TempDir()
	put(t, dir, databaseName, db)
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.write.do(func(tx *tx) error {
		_, err := tx.conn.ExecContext(context.Background(), statements)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, databaseName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A bad page that opening does not meet is told of by whoever meets it, and the
// rest can still be read.
func TestDamageIsToldWhenItIsRead(t *testing.T) {
	good := goodHistory(t)
	told := 0
	for page := 2; page < len(good)/4096; page++ {
		dir := t.TempDir()
		bad := bytes.Clone(good)
		copy(bad[page*4096:], bytes.Repeat([]byte{0xa5}, 4096))
		put(t, dir, databaseName, bad)
		s, err := Open(dir, Options{})
		if err == nil {
			_, err = s.List(context.Background(), query(t, "keep"), 0, 100)
			s.Close()
		}
		if err == nil {
			continue // a page that this does not read
		}
		var known *Error
		if !errors.As(err, &known) || known.Problem != ProblemDamaged || strings.Contains(err.Error(), "\n") {
			t.Errorf("page %d: %v", page, err)
		}
		told++
	}
	if told == 0 {
		t.Error("no page with rows was hit")
	}
}

// A newer format that is only in the write-ahead log yet is refused too, and the
// log is not brought into the file.
func TestNewerFormatInTheLog(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	s := open(t, from)
	if err := s.write.do(func(tx *tx) error {
		_, err := tx.exec("PRAGMA user_version = 99")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for name, b := range contentsOf(t, from) {
		if !strings.HasSuffix(name, "-shm") {
			put(t, dir, name, []byte(b))
		}
	}
	before := contentsOf(t, dir)
	if e := openError(t, dir); e.Problem != ProblemNewer {
		t.Errorf("problem is %q", e.Problem)
	}
	after := contentsOf(t, dir)
	delete(after, databaseName+"-shm")
	sameFiles(t, before, after)
}

// Junk in the place of the write-ahead log is not taken for one.
func TestJunkLog(t *testing.T) {
	junk, err := os.ReadFile(filepath.Join("testdata", "db", "good.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, databaseName, goodHistory(t))
	put(t, dir, databaseName+"-wal", junk)
	s := open(t, dir)
	if n := len(list(t, s, "keep")); n != 10 {
		t.Errorf("%d of 10 runs are left", n)
	}
	invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
}

// An empty file is a new history; where bodies lie beside it, one was lost, and
// that is said.
func TestEmptyFile(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, databaseName, nil)
	if err := os.MkdirAll(filepath.Join(dir, bodiesDir, "ab"), 0o700); err != nil {
		t.Fatal(err)
	}
	var notices []string
	s, err := Open(dir, Options{OnNotice: func(text string) { notices = append(notices, text) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(notices) != 1 || !strings.Contains(notices[0], filepath.Join(dir, databaseName)) {
		t.Errorf("said: %q", notices)
	}
	invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
}

// What is in the place of the file but is no file is named and left.
func TestNotAFile(t *testing.T) {
	t.Run("folder", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, databaseName), 0o700); err != nil {
			t.Fatal(err)
		}
		if e := openError(t, dir); e.Problem != ProblemNotAFile || !strings.Contains(e.Error(), "a folder") {
			t.Error(e)
		}
	})
	t.Run("link", func(t *testing.T) {
		dir, other := t.TempDir(), t.TempDir()
		put(t, other, "target.db", goodHistory(t))
		before := contentsOf(t, other)
		if err := os.Symlink(filepath.Join(other, "target.db"), filepath.Join(dir, databaseName)); err != nil {
			cannot(t, "links can't be made here:", err)
		}
		if e := openError(t, dir); e.Problem != ProblemNotAFile || !strings.Contains(e.Error(), "a symbolic link") {
			t.Error(e)
		}
		sameFiles(t, before, contentsOf(t, other))
	})
	t.Run("dangling link", func(t *testing.T) {
		dir, other := t.TempDir(), t.TempDir()
		if err := os.Symlink(filepath.Join(other, "new.db"), filepath.Join(dir, databaseName)); err != nil {
			cannot(t, "links can't be made here:", err)
		}
		openError(t, dir)
		if exists(filepath.Join(other, "new.db")) {
			t.Error("the link was followed")
		}
	})
	t.Run("data folder is a file", func(t *testing.T) {
		dir := t.TempDir()
		put(t, dir, "file", []byte("x"))
		if e := openError(t, filepath.Join(dir, "file")); e.Problem != ProblemNotAFile || !strings.Contains(e.Error(), "not a folder") {
			t.Error(e)
		}
	})
}

// A history that is removed or replaced while it is open takes no more records,
// and says so: SQLite would go on writing into a file that nobody will find.
func TestRemovedWhileOpen(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"removed": os.Remove,
		"replaced": func(path string) error {
			return errors.Join(os.Rename(path, path+".old"), os.WriteFile(path, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var heard []error
			s, err := Open(dir, Options{OnError: func(err error) { heard = append(heard, err) }})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			s.index.stop()
			target := ok(localInfo, "answer")
			invokeOne(t, s, target, invoke.Request{Function: "orders"})
			if err := spoil(filepath.Join(dir, databaseName)); err != nil {
				cannot(t, "an open file can't be moved here:", err)
			}
			res, err := s.Recorder(target).Invoke(context.Background(), invoke.Request{Function: "orders"}, nil)
			if err != nil || string(res.Payload) != "answer" || target.calls != 2 {
				t.Errorf("the call itself suffered: %v, %d calls", err, target.calls)
			}
			if res.HistoryID != 0 || len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "removed or replaced") {
				t.Errorf("the result says %q", res.Notes)
			}
			var known *Error
			if len(heard) != 1 || !errors.As(heard[0], &known) || known.Problem != ProblemGone {
				t.Errorf("OnError heard %v", heard)
			}
			if err := s.Enqueue(context.Background(), queued("e-1", s.now())); !errors.As(err, &known) {
				t.Errorf("an event was accepted: %v", err)
			}
		})
	}
}

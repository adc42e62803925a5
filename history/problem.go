package history

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A Problem is a kind of trouble with the store's files.
type Problem string

// The problems. All of them leave the files as they were found.
const (
	ProblemNotADatabase Problem = "not a database"    // the file holds something else
	ProblemDamaged      Problem = "damaged"           // SQLite finds it malformed
	ProblemForeign      Problem = "foreign"           // a database of another program
	ProblemNewer        Problem = "newer"             // written by a newer lambent
	ProblemNotAFile     Problem = "not a file"        // a link, a folder, a pipe, a device
	ProblemUnwritable   Problem = "unwritable"        // permissions, or a read-only file system
	ProblemFull         Problem = "no space"          // disk or quota full
	ProblemBusy         Problem = "busy"              // another process held the lock too long
	ProblemGone         Problem = "gone"              // removed or replaced while it was open
	ProblemSQLite       Problem = "sqlite too old"    // the SQLite that was built in loses data
	ProblemIO           Problem = "input or output"   // the disk failed
	ProblemBody         Problem = "body file differs" // a file under bodies/ is missing or changed
)

// An Error is trouble with the store, told in one line that names the file and
// says what to do. errors.As finds it under every error of this package that a
// file caused.
type Error struct {
	Path    string
	Problem Problem
	Text    string // what is wrong, without the path
	Remedy  string // what to do
	Err     error  // what SQLite or the system said, may be nil
}

// Error is one line: the file, what is wrong with it, what to do.
func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: %s", e.Path, e.Text, e.Remedy)
}

// Unwrap returns what SQLite or the system said.
func (e *Error) Unwrap() error { return e.Err }

const remedyMoveAside = "move it (with its -wal file, if there is one) out of the way to start an empty history, " +
	"or use another folder with --data-dir; nothing was changed"

func damaged(path string, err error) *Error {
	return &Error{Path: path, Problem: ProblemDamaged, Text: "is damaged", Remedy: remedyMoveAside, Err: err}
}

// explain turns what SQLite or the system said about a file into an *Error,
// and leaves everything else as it is.
func explain(path string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		return explainSQLite(path, se, err)
	}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return full(path, err)
	case errors.Is(err, syscall.EROFS):
		return &Error{Path: path, Problem: ProblemUnwritable, Text: "is on a file system that can only be read",
			Remedy: "use another folder with --data-dir", Err: err}
	case errors.Is(err, fs.ErrPermission):
		return unwritable(path, err)
	}
	return err
}

func explainSQLite(path string, se *sqlite.Error, err error) error {
	switch se.Code() & 0xff {
	case sqlite3.SQLITE_CORRUPT:
		return damaged(path, err)
	case sqlite3.SQLITE_NOTADB:
		return notADatabase(path, err)
	case sqlite3.SQLITE_FULL:
		return full(path, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return unwritable(path, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &Error{Path: path, Problem: ProblemBusy, Text: "is locked by another process",
			Remedy: "close the program that holds it (another lambent, or a database tool) and try again", Err: err}
	case sqlite3.SQLITE_IOERR:
		// The index of the write-ahead log, beside the database, has found no space.
		if se.Code() == sqlite3.SQLITE_IOERR_SHMSIZE {
			return full(path, err)
		}
		return &Error{Path: path, Problem: ProblemIO, Text: fmt.Sprintf("could not be read or written (%v)", se),
			Remedy: "check the disk and its free space", Err: err}
	}
	return err
}

func notADatabase(path string, err error) *Error {
	return &Error{Path: path, Problem: ProblemNotADatabase, Text: "is not a database", Remedy: remedyMoveAside, Err: err}
}

func full(path string, err error) *Error {
	return &Error{Path: path, Problem: ProblemFull, Text: "could not be written: no space is left",
		Remedy: "free some space, or use a folder on another disk with --data-dir; what was kept before is intact", Err: err}
}

func unwritable(path string, err error) *Error {
	return &Error{Path: path, Problem: ProblemUnwritable, Text: "could not be opened for writing",
		Remedy: "check the permissions of the file and its folder, or use another folder with --data-dir", Err: err}
}

// busy says whether trying again can help: another process holds a lock, or is
// just recovering the log (SQLITE_BUSY_RECOVERY, which a busy timeout does not
// always cover), making the file, or changing the schema while this one looks at the
// search index (SQLITE_SCHEMA: the constructor of a virtual table is not repeated).
func busy(err error) bool {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return false
	}
	code := se.Code() & 0xff
	return code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED || code == sqlite3.SQLITE_SCHEMA
}

package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// applicationID marks our databases: "lamb" in the file's header.
const applicationID = 0x6c616d62

// Offsets in the header of a SQLite file (sqlite.org/fileformat.html §1.3).
const (
	headerSize          = 100
	headerMagic         = "SQLite format 3\x00"
	headerUserVersion   = 60
	headerApplicationID = 68
)

// makeDir makes the data folder, for its user only. One that exists keeps its
// permissions: it may be any folder that the user named, and every file in it
// that is ours is closed to others by its own mode.
func makeDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		return nil
	}
	if info, statErr := os.Stat(dir); statErr == nil && !info.IsDir() {
		return &Error{Path: dir, Problem: ProblemNotAFile, Text: "is not a folder",
			Remedy: "choose a folder for the history with --data-dir", Err: err}
	}
	if e := explain(dir, err); e != err {
		return e
	}
	return &Error{Path: dir, Problem: ProblemUnwritable, Text: "could not be made",
		Remedy: "check the folder above it, or choose another folder with --data-dir", Err: err}
}

// prepareFile sees to it that path is a file that SQLite may be let at: a new
// empty one made 0600 (so that -wal and -shm are 0600 too), or ours by its
// header. It follows no link and changes nothing in a file that exists.
// notice is what a person should know about it, "" for nothing.
func prepareFile(path string, newest int) (notice string, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL|openNoFollow, 0o600)
		if err == nil {
			return "", f.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", explain(path, fmt.Errorf("make the history: %w", err))
		}
		info, err = os.Lstat(path) // another process made it in between
		if err != nil {
			return "", explain(path, fmt.Errorf("look at the history: %w", err))
		}
	} else if err != nil {
		return "", explain(path, fmt.Errorf("look at the history: %w", err))
	}
	if !info.Mode().IsRegular() {
		return "", &Error{Path: path, Problem: ProblemNotAFile, Text: "is " + kindOfFile(info.Mode()) + ", not a file",
			Remedy: "move it out of the way, or use another folder with --data-dir"}
	}
	if err := checkHeader(path, info, newest); err != nil {
		return "", err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(path, 0o600); err == nil {
			notice = fmt.Sprintf("%s could be read by other users; now only by you", path)
		} else {
			notice = fmt.Sprintf("%s can be read by other users: chmod 600 it", path)
		}
	}
	if info.Size() == 0 && hasBodies(filepath.Dir(path)) {
		notice = fmt.Sprintf("%s is empty although bodies of earlier invocations are there: the history starts anew", path)
	}
	return notice, nil
}

// checkHeader refuses what is no database, not ours, or newer than newest,
// without letting SQLite near it: opening in WAL mode would write.
// An empty file is a history that was never written to.
func checkHeader(path string, info fs.FileInfo, newest int) error {
	// For writing, although nothing is written: SQLite would open what it may only
	// read, and the first record would be lost.
	f, err := os.OpenFile(path, os.O_RDWR|openNoFollow|openNoBlock, 0)
	if err != nil {
		return explain(path, fmt.Errorf("open the history: %w", err))
	}
	defer f.Close()
	if info.Size() == 0 {
		return nil
	}
	var header [headerSize]byte
	if _, err := io.ReadFull(f, header[:]); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return notADatabase(path, err)
		}
		return explain(path, fmt.Errorf("read the history: %w", err))
	}
	if string(header[:len(headerMagic)]) != headerMagic {
		return notADatabase(path, nil)
	}
	if binary.BigEndian.Uint32(header[headerApplicationID:]) != applicationID {
		return foreign(path)
	}
	if v := int(int32(binary.BigEndian.Uint32(header[headerUserVersion:]))); v > newest {
		return newer(path, v, newest)
	}
	return nil
}

func foreign(path string) *Error {
	return &Error{Path: path, Problem: ProblemForeign, Text: "is a database of another program", Remedy: remedyMoveAside}
}

func newer(path string, have, newest int) *Error {
	return &Error{Path: path, Problem: ProblemNewer,
		Text:   fmt.Sprintf("was written by a newer lambent (its format is %d, this one reads up to %d)", have, newest),
		Remedy: "use the newer lambent, or another folder with --data-dir; nothing was changed"}
}

func kindOfFile(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "a symbolic link"
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

func hasBodies(dir string) bool {
	entries, err := os.ReadDir(filepath.Join(dir, bodiesDir))
	return err == nil && len(entries) > 0
}

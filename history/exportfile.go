package history

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lambent/invoke"
)

// ExportFile writes records to a file that only its user can read, whole or not at
// all: lines that Import reads, or with markdown text for a bug report. redact takes
// secrets out; nil takes nothing out. Without overwrite a file that is there stays as
// it is, and the error is fs.ErrExist. Ids without a record are passed over; n is how
// many were written, and there is no file when that is 0.
func (s *Store) ExportFile(ctx context.Context, path string, overwrite bool, ids []int64, redact *invoke.Redactor, markdown bool) (n int, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".lambent-export-") // 0600
	if err != nil {
		return 0, fmt.Errorf("export to %s: %w", path, err)
	}
	defer os.Remove(f.Name()) // nothing is there under that name once it was renamed
	w := bufio.NewWriterSize(f, 1<<20)
	for _, id := range ids {
		e, err := s.Entry(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err == nil && markdown {
			_, err = w.Write(Markdown(e, redact))
		} else if err == nil {
			err = WriteEntry(w, e, redact)
		}
		if err != nil {
			f.Close()
			return 0, fmt.Errorf("export to %s: %w", path, err)
		}
		n++
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return 0, fmt.Errorf("export to %s: %w", path, err)
	}
	if n == 0 {
		return 0, fmt.Errorf("export to %s: %w", path, ErrNotFound)
	}
	return n, putInPlace(f.Name(), path, overwrite)
}

// putInPlace gives a file that is complete its name.
func putInPlace(from, path string, overwrite bool) error {
	if overwrite {
		if err := os.Rename(from, path); err != nil {
			return fmt.Errorf("export to %s: %w", path, err)
		}
		return nil
	}
	// Link, not rename: it fails where something is there, in one step.
	err := os.Link(from, path)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if _, statErr := os.Lstat(path); errors.Is(statErr, fs.ErrNotExist) { // a file system without hard links
			err = os.Rename(from, path)
		}
	}
	if err != nil {
		return fmt.Errorf("export to %s: %w", path, err)
	}
	return nil
}

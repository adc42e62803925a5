package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What a process leaves that is killed at the wrong moment: a body that was written
// and whose record was not, a body that was half written, a copy that was being made
// before a change of the format. None of them is referred to, so all that they do is
// take space. They are removed in the background.
const (
	// sweepDelay is how long a store is open before it is swept: a process that makes
	// one call does not pay for it.
	sweepDelay = 3 * time.Second
	// sweepEvery is how often that is done, by whichever process comes first.
	sweepEvery = 24 * time.Hour
	// halfWritten is how old a file must be that has not got its final name yet: it
	// may be one that another process is just writing.
	halfWritten = time.Hour

	sweptAt  = "history.swept-at" // the State that says when that was last
	partName = ".new-"            // what the name of a half-written body begins with
)

// A background is work that goes on while the store is open. nil is none.
type background struct {
	cancel context.CancelFunc
	done   chan struct{}
}

func inBackground(work func(context.Context)) *background {
	ctx, cancel := context.WithCancel(context.Background())
	b := &background{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		work(ctx)
	}()
	return b
}

func (b *background) stop() {
	if b != nil {
		b.cancel()
		<-b.done
	}
}

// sweep removes, after a while, what killed processes have left.
func (s *Store) sweep(after time.Duration) *background {
	return inBackground(func(ctx context.Context) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(after):
		}
		if err := s.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			s.onError(fmt.Errorf("remove what was left of the history: %w", err))
		}
	})
}

func (s *Store) sweepOnce(ctx context.Context) error {
	last, err := s.State(ctx, sweptAt)
	if err != nil {
		return err
	}
	if at, err := time.Parse(time.RFC3339, last); err == nil && s.now().Sub(at) < sweepEvery && !at.After(s.now()) {
		return nil
	}
	if err := s.sweepBodies(ctx); err != nil {
		return err
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "history-format-") && strings.HasSuffix(f.Name(), ".part") {
			removeHalfWritten(filepath.Join(s.dir, f.Name()))
		}
	}
	return s.SetState(ctx, sweptAt, s.now().UTC().Format(time.RFC3339))
}

// sweepBodies removes the body files that no record uses. What has another name than
// a body is not ours, and stays.
func (s *Store) sweepBodies(ctx context.Context) error {
	folders, err := os.ReadDir(s.bodies.dir)
	if err != nil {
		return nil // there never was a large body, or it can't be looked at
	}
	for _, folder := range folders {
		files, err := os.ReadDir(filepath.Join(s.bodies.dir, folder.Name()))
		if err != nil {
			continue
		}
		var unused [][]byte
		for _, f := range files {
			path := filepath.Join(s.bodies.dir, folder.Name(), f.Name())
			if err := ctx.Err(); err != nil {
				return err
			}
			if strings.HasPrefix(f.Name(), partName) {
				removeHalfWritten(path)
				continue
			}
			hash, err := hex.DecodeString(f.Name())
			if err != nil || len(hash) != sha256.Size || !f.Type().IsRegular() || s.bodies.path(hash) != path {
				continue
			}
			var used bool
			err = s.read.QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 FROM body_files WHERE hash = ?)`, hash).Scan(&used)
			if err != nil {
				return err
			}
			if !used {
				unused = append(unused, hash)
			}
		}
		// Looked at again there, under the lock: another process may be about to use one.
		if err := s.removeFiles(unused); err != nil {
			return err
		}
	}
	return nil
}

// removeHalfWritten removes a file that nobody can be writing any more.
func removeHalfWritten(path string) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode().IsRegular() && time.Since(info.ModTime()) > halfWritten {
		os.Remove(path) // one that stays is tried again the next time
	}
}

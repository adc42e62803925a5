package versions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// A Store holds the versions and aliases of one project's functions.
// Any number of goroutines and processes may use the same store at once.
type Store struct {
	dir      string // <data>/projects/<key>
	data     string // the data folder
	unpacked string // <data>/unpacked

	mu       sync.Mutex
	versions map[string]Version      // read before: a version never changes
	aliases  map[string]aliasesAt    // read before, as long as the file is the same
	archives map[string]archiveState // hashed before, as long as the file is the same
}

// Dir is the folder of a project's store within the data folder:
// <data>/projects/<Key(projectDir)>.
func Dir(dataDir, projectDir string) string {
	return filepath.Join(dataDir, "projects", Key(projectDir))
}

// Key names a project by its absolute path.
func Key(projectDir string) string {
	if abs, err := filepath.Abs(projectDir); err == nil {
		projectDir = abs
	}
	sum := sha256.Sum256([]byte(projectDir))
	return hex.EncodeToString(sum[:16])
}

// Open opens the store in dir, which is Dir(data, project); archives are
// unpacked in <data>/unpacked, which all projects share. Nothing is written
// before something is published, pointed at or unpacked.
func Open(dir string) (*Store, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the store of versions: %w", err)
	}
	if info, err := os.Stat(abs); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("opening the store of versions: %s is not a folder", abs)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("opening the store of versions: %w", err)
	}
	data := filepath.Dir(filepath.Dir(abs))
	return &Store{
		dir: abs, data: data, unpacked: filepath.Join(data, "unpacked"),
		versions: map[string]Version{}, aliases: map[string]aliasesAt{}, archives: map[string]archiveState{},
	}, nil
}

// folderName is what a function may be called here. Names of Lambda and logical
// ids are; anything else can't have been published.
var folderName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`) })

// folder is where the versions and aliases of a function are.
func (s *Store) folder(fn string) (string, error) {
	if !folderName().MatchString(fn) {
		return "", &NotFoundError{Function: fn, Qualifier: Latest}
	}
	return filepath.Join(s.dir, "functions", fn), nil
}

// partial starts the names of what is being written; a lock holder removes what
// others left half-written.
const partial = ".partial-"

// clear removes what a writer that was killed left in dir. The caller holds the
// lock of dir, so nobody is writing.
func clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking for unfinished work: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), partial) {
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("removing unfinished work: %w", err)
			}
		}
	}
	return nil
}

// exclusively runs do while holding the lock of dir, which it makes. It waits
// for the lock until the context ends.
func exclusively(ctx context.Context, dir string, do func() error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making a folder of the store: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("locking the store: %w", err)
	}
	defer f.Close() // gives the lock back
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for {
		held, err := tryLock(f)
		if err != nil {
			return fmt.Errorf("locking %s: %w", f.Name(), err)
		}
		if held {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for another lambent that works on %s: %w", dir, ctx.Err())
		case <-retry.C:
		}
	}
	if err := clear(dir); err != nil {
		return err
	}
	return do()
}

// writeJSON replaces a file as one step that survives a power loss.
func writeJSON(path string, value any) (err error) {
	data, err := json.MarshalIndent(value, "", "\t")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, partial)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("writing %s: %w", path, err)
		}
	}()
	if _, err = f.Write(append(data, '\n')); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// readJSON reads what writeJSON wrote. A file that is not there is fs.ErrNotExist.
func readJSON(path string, value any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading a version or its aliases: %w", err)
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("%s is damaged: %w", path, err)
	}
	return nil
}

// format is the version of the store's files. A store with a higher one was
// written by a newer lambent and is left alone.
const format = 1

func checkFormat(path string, got int) error {
	if got > format {
		return fmt.Errorf("%s was written by a newer lambent (format %d; this one knows %d)", path, got, format)
	}
	return nil
}

package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"lambent/invoke"

	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// ErrNotFound says that there is no such record, event or saved event.
var ErrNotFound = errors.New("not in history")

// minSQLite is the first SQLite without the fault by which two processes that
// wrote and checkpointed at the same moment could lose committed rows of a WAL
// database (3.7.0 to 3.51.2).
const minSQLite = 3_051_003

const (
	databaseName = "history.db"
	bodiesDir    = "bodies"
	ownersDir    = "owners"

	// busyTimeout is how long a statement waits for another process's lock.
	busyTimeout = 10 * time.Second
	readers     = 4

	// checkedSize is up to which size a database is read through after an end
	// that was not clean; above it, damage is found by whoever reads the page.
	checkedSize = 8 << 20
)

// Options for Open. The zero value is good.
type Options struct {
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// OnError hears of what went wrong after an answer was there (a record that
	// could not be written) or in the background (the search index). It is called
	// from any goroutine and must not block. nil means that only the note of the
	// Result tells.
	OnError func(error)
	// OnNotice hears of things a person should know once, a line each (file modes
	// that were tightened, a history that has vanished). nil drops them.
	OnNotice func(string)

	// Retention is honoured in the background once an hour, while the store is open.
	// The zero value keeps everything.
	Retention Retention
	// Privacy says what must not be written.
	Privacy Privacy

	// steps replace the migrations, in tests of upgrades.
	steps []string
}

// A Store is an open history. It is safe for concurrent use, by any number of processes.
type Store struct {
	dir, path string
	now       func() time.Time
	onError   func(error)

	opened   fs.FileInfo // of history.db, to notice that it was removed or replaced
	write    *writer
	read     *sql.DB
	watch    *sql.Conn // a reader of its own: data_version is a connection's
	watchM   sync.Mutex
	bodies   bodyFiles
	owner    *owner
	index    *indexer
	retainer *background
	sweeper  *background
	privacy  Privacy

	sample sample
	recent recent

	closing  sync.Once
	closeErr error

	mu       sync.Mutex
	targets  map[invoke.TargetInfo]int64 // committed rows of targets
	infos    map[int64]invoke.TargetInfo
	accepted map[string]int64 // record ids by UID of events that Enqueue made and no recorder has claimed
}

// Open opens or makes the history in dir. The error is an *Error, one line,
// where a file is the reason; a file that can't be used is left as it is.
func Open(dir string, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnError == nil {
		o.OnError = func(error) {}
	}
	if o.steps == nil {
		o.steps = migrations
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, databaseName)
	notice, err := prepareFile(path, len(o.steps))
	if err != nil {
		return nil, err
	}
	if notice != "" && o.OnNotice != nil {
		o.OnNotice(notice)
	}
	if err := o.Privacy.Check(); err != nil {
		return nil, fmt.Errorf("open the history: %w", err)
	}
	s := &Store{
		dir: dir, path: path, now: o.Now, onError: o.OnError, privacy: o.Privacy,
		bodies:   bodyFiles{dir: filepath.Join(dir, bodiesDir)},
		targets:  map[invoke.TargetInfo]int64{},
		infos:    map[int64]invoke.TargetInfo{},
		accepted: map[string]int64{},
	}
	if err := s.openRetrying(o.steps); err != nil {
		return nil, explain(path, err)
	}
	s.retainer = s.retain(o.Retention)
	s.sweeper = s.sweep(sweepDelay)
	return s, nil
}

// openRetrying opens the database, again and again while others are just
// recovering or making it: not every such lock is covered by the busy timeout.
func (s *Store) openRetrying(steps []string) error {
	ctx := context.Background()
	deadline := time.Now().Add(busyTimeout)
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		err := s.openDatabase(ctx, steps)
		if err == nil || !busy(err) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(wait)
	}
}

func (s *Store) openDatabase(ctx context.Context, steps []string) (err error) {
	unclean := fileSize(s.path+"-wal") > 0 || exists(s.path+"-journal")
	if err := s.setUp(ctx, steps, unclean); err != nil {
		return err
	}
	journal := "WAL"
	if networkFilesystem(s.dir) != "" {
		journal = "DELETE"
	}
	db, err := sql.Open("sqlite", s.dsn("rw", "journal_mode("+journal+")", "synchronous(FULL)",
		"secure_delete(1)", "journal_size_limit(67108864)"))
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		db.Close()
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, conn.Close(), db.Close())
		}
	}()
	if err := s.check(ctx, conn, steps, unclean); err != nil {
		return err
	}
	read, err := sql.Open("sqlite", s.dsn("ro"))
	if err != nil {
		return err
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	if s.opened, err = os.Stat(s.path); err != nil {
		return errors.Join(err, read.Close())
	}
	s.write = newWriter(db, conn, s.unchanged)
	s.read = read
	s.owner = newOwner(filepath.Join(s.dir, ownersDir))
	s.index = newIndexer(s)
	return nil
}

// setUp makes the tables in a new file, and refuses a newer one whose version
// is only in the write-ahead log yet. The application id must be in the file
// before WAL is switched on: a kill in between would leave a file that looks
// like another program's.
func (s *Store) setUp(ctx context.Context, steps []string, unclean bool) error {
	isNew := fileSize(s.path) == 0 || exists(s.path+"-journal")
	if !isNew && !unclean {
		return nil
	}
	mode := "ro" // closing a reader never writes the log back into the file
	if isNew {
		mode = "rw"
	}
	db, err := sql.Open("sqlite", s.dsn(mode))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	version, err := pragmaInt(ctx, conn, "user_version")
	if err != nil {
		return err
	}
	if version > len(steps) {
		return newer(s.path, version, len(steps))
	}
	if isNew && version == 0 {
		return step(ctx, conn, 0, steps[0])
	}
	return nil
}

// check refuses what can't be trusted to keep records, and brings what is older
// to the present format.
func (s *Store) check(ctx context.Context, c *sql.Conn, steps []string, unclean bool) error {
	var text string
	if err := c.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&text); err != nil {
		return err
	}
	if v := sqliteVersion(text); v < minSQLite {
		return &Error{Path: s.path, Problem: ProblemSQLite, Text: "needs SQLite 3.51.3 or later, this lambent has " + text,
			Remedy: "install a lambent that was built with the versions in its go.mod"}
	}
	id, err := pragmaInt(ctx, c, "application_id")
	if err != nil {
		return err
	}
	if id != applicationID {
		return foreign(s.path)
	}
	var strange string
	err = c.QueryRowContext(ctx, "SELECT type || ' ' || name FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1").Scan(&strange)
	if err == nil {
		return &Error{Path: s.path, Problem: ProblemForeign, Text: fmt.Sprintf("has a %q that lambent did not make", strange), Remedy: remedyMoveAside}
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if unclean && fileSize(s.path) <= checkedSize {
		var verdict string
		if err := c.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
			return err
		}
		if verdict != "ok" {
			return damaged(s.path, errors.New(verdict))
		}
	}
	return migrate(ctx, c, s.path, steps)
}

// dsn is the name by which the driver opens the database. busy_timeout comes
// first: the pragmas after it may have to wait.
func (s *Store) dsn(mode string, pragmas ...string) string {
	lock := "immediate" // a transaction that turned into a writer half-way could not wait for the lock
	if mode == "ro" {
		lock = "deferred"
	}
	q := []string{"mode=" + mode, "_txlock=" + lock, "_defensive=1"}
	pragmas = append([]string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())}, pragmas...)
	pragmas = append(pragmas, "foreign_keys(1)", "trusted_schema(0)", "cell_size_check(1)")
	for _, p := range pragmas {
		q = append(q, "_pragma="+url.QueryEscape(p))
	}
	path := filepath.ToSlash(s.path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive letter
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: strings.Join(q, "&")}
	return u.String()
}

// unchanged says whether history.db is still the file that was opened. SQLite
// would go on writing into a file that has no name any more.
func (s *Store) unchanged() error {
	info, err := os.Stat(s.path)
	if err == nil && os.SameFile(info, s.opened) {
		return nil
	}
	return &Error{Path: s.path, Problem: ProblemGone, Text: "was removed or replaced while it was open",
		Remedy: "put it back, or start lambent again; what happens until then is not kept", Err: err}
}

// Close waits for what is being written, brings the database into one file and
// closes it. Closing twice is closing once.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

func (s *Store) close() error {
	s.retainer.stop()
	s.sweeper.stop()
	s.index.stop()
	err := s.purge(context.Background())
	s.watchM.Lock()
	defer s.watchM.Unlock()
	if s.watch != nil {
		err = errors.Join(err, s.watch.Close())
	}
	// Readers first: the last connection to close writes the log back, and only
	// the writer may.
	err = errors.Join(err, s.read.Close(), s.write.close(), s.owner.close())
	return explain(s.path, err)
}

// Dir is the data folder.
func (s *Store) Dir() string { return s.dir }

// Version is a number that changes when any process has changed the store.
// It costs microseconds and reads no table.
func (s *Store) Version(ctx context.Context) (int64, error) {
	s.watchM.Lock()
	defer s.watchM.Unlock()
	if s.watch == nil {
		c, err := s.read.Conn(ctx)
		if err != nil {
			return 0, s.explain("watch the history", err)
		}
		s.watch = c
	}
	var v int64
	err := s.watch.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v, s.explain("watch the history", err)
}

func (s *Store) explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	if e := explain(s.path, err); e != err {
		return e
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func fileSize(path string) int64 {
	info, err := os.Lstat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// sqliteVersion turns "3.51.3" into 3_051_003.
func sqliteVersion(text string) int {
	var major, minor, patch int
	if n, err := fmt.Sscanf(text, "%d.%d.%d", &major, &minor, &patch); n != 3 || err != nil {
		return 0
	}
	return major*1_000_000 + minor*1000 + patch
}

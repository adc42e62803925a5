package history

import (
	"context"
	"errors"
	"time"

	"lambent/invoke"
)

var errUnfinished = errors.New("history: not written yet")

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
}

// A Store is an open history. It is safe for concurrent use, by any number of processes.
type Store struct{}

// Open opens or makes the history in dir. The error is an *Error, one line.
func Open(dir string, o Options) (*Store, error) { return nil, errUnfinished }

// Close waits for what is being written, brings the database into one file and closes it.
func (s *Store) Close() error { return errUnfinished }

// Recorder is a Target that records every invocation of t.
func (s *Store) Recorder(t invoke.Target) invoke.Target { return t }

// List returns the newest records that match, newest first. before is the id of
// the last row of the page before, 0 for the first page.
func (s *Store) List(ctx context.Context, q Query, before int64, limit int) ([]Summary, error) {
	return nil, errUnfinished
}

// Count returns how many records match, counting no further than limit.
func (s *Store) Count(ctx context.Context, q Query, limit int) (int, error) { return 0, errUnfinished }

// Entry returns a record with its bodies; ErrNotFound when there is none.
func (s *Store) Entry(ctx context.Context, id int64) (Entry, error) { return Entry{}, errUnfinished }

// EntryByUID is Entry by UID.
func (s *Store) EntryByUID(ctx context.Context, uid string) (Entry, error) {
	return Entry{}, errUnfinished
}

// Delete removes records and their bytes. Ids without a record are passed over.
func (s *Store) Delete(ctx context.Context, ids ...int64) error { return errUnfinished }

// ErrNotFound says that there is no such record, event or saved event.
var ErrNotFound = errors.New("not in history")

// A Query says which records to list. The zero value is all of them.
type Query struct{}

// ParseQuery reads the query language: plain words, and fn: qualifier: target:
// type: status: is:ok|error|refused error: since: before: slower: cold: has:.
// The error is a *QueryError.
func ParseQuery(text string) (Query, error) { return Query{}, errUnfinished }

// A QueryError says what is wrong with a query, and where.
type QueryError struct {
	Offset, Length int // bytes of the query's text
	Text           string
}

func (e *QueryError) Error() string { return e.Text }

// InFunction narrows the query to one function of one target.
func (q Query) InFunction(k Key) Query { return q }

// InScope narrows the query to one target (see ScopeOf).
func (q Query) InScope(scope string) Query { return q }

// Words are the plain words of the query, as folded for the comparison.
func (q Query) Words() []string { return nil }

// Draft returns the unsent payload kept for a function.
func (s *Store) Draft(ctx context.Context, k Key) ([]byte, bool, error) {
	return nil, false, errUnfinished
}

// SaveDraft keeps the unsent payload of a function; nil forgets it.
func (s *Store) SaveDraft(ctx context.Context, k Key, payload []byte) error { return errUnfinished }

// Stats returns figures of a function's newest successful runs.
func (s *Store) Stats(ctx context.Context, k Key) (Stats, error) { return Stats{}, errUnfinished }

// State returns a small thing that was remembered, "" when it never was.
func (s *Store) State(ctx context.Context, name string) (string, error) { return "", errUnfinished }

// SetState remembers a small thing; "" forgets it.
func (s *Store) SetState(ctx context.Context, name, value string) error { return errUnfinished }

// Version is a number that changes when any process has changed the store.
// It costs microseconds and reads no table.
func (s *Store) Version(ctx context.Context) (int64, error) { return 0, errUnfinished }

// A SavedEvent is a payload with a name, kept as a file.
type SavedEvent struct {
	Name     string // file name without .json
	Path     string
	Size     int64
	Modified time.Time
}

// ErrEventExists says that a saved event of that name is there already.
var ErrEventExists = errors.New("a saved event of this name exists")

// Events lists the saved events of a folder (dir/events/*.json), by name.
func Events(dir string) ([]SavedEvent, error) { return nil, errUnfinished }

// LoadEvent reads a saved event, byte for byte.
func LoadEvent(dir, name string) ([]byte, error) { return nil, errUnfinished }

// SaveEvent writes dir/events/NAME.json atomically. Without overwrite an event
// that exists already is left alone: ErrEventExists.
func SaveEvent(dir, name string, payload []byte, overwrite bool) (SavedEvent, error) {
	return SavedEvent{}, errUnfinished
}

// Enqueue implements invoke.Queue.
func (s *Store) Enqueue(ctx context.Context, event invoke.QueuedEvent) error { return errUnfinished }

// Lease implements invoke.Queue.
func (s *Store) Lease(ctx context.Context, project, owner string, now time.Time, term time.Duration) (invoke.QueuedEvent, bool, error) {
	return invoke.QueuedEvent{}, false, errUnfinished
}

// Extend implements invoke.Queue.
func (s *Store) Extend(ctx context.Context, id, owner string, until time.Time) error {
	return errUnfinished
}

// Settle implements invoke.Queue.
func (s *Store) Settle(ctx context.Context, id, owner string, attempt invoke.Attempt, verdict invoke.Verdict) error {
	return errUnfinished
}

// NextDue implements invoke.Queue.
func (s *Store) NextDue(ctx context.Context, project string) (time.Time, bool, error) {
	return time.Time{}, false, errUnfinished
}

// Event implements invoke.Queue.
func (s *Store) Event(ctx context.Context, id string) (invoke.QueuedEvent, error) {
	return invoke.QueuedEvent{}, errUnfinished
}

var _ invoke.Queue = (*Store)(nil)

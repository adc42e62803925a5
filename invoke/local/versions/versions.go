// Package versions keeps the published versions and the aliases of a
// project's functions on disk, and unpacks code archives.
package versions

import (
	"context"
	"errors"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// A Store holds the versions and aliases of one project's functions.
// Any number of processes may use the same store at once.
type Store struct {
	dir      string
	unpacked string
}

// A Version is an immutable snapshot of a function's code and configuration.
type Version struct {
	Number      int // from 1, never reused
	Description string
	PublishedAt time.Time
	CodeSHA256  string           // base64, of the code's canonical listing
	Config      project.Function // as it was when the version was published
	CodeDir     string           // the snapshot, read-only
}

// Qualifier is the version as a target lists it.
func (v Version) Qualifier() invoke.Qualifier { return invoke.Qualifier{} }

// An Alias is a name for a version, and perhaps a second one with a share of
// the invocations.
type Alias struct {
	Name        string
	Version     string // a number, or $LATEST
	Description string
	// Routing is the additional version and its share (0..1), at most one; the
	// rest goes to Version. nil for none.
	Routing map[string]float64
}

// Qualifier is the alias as a target lists it.
func (a Alias) Qualifier() invoke.Qualifier { return invoke.Qualifier{} }

// Resolved is what a qualifier stands for.
type Resolved struct {
	Version string           // "$LATEST" or a number
	Config  project.Function // of the version; zero for $LATEST, whose configuration is the template's
	CodeDir string           // the version's snapshot; "" for $LATEST, see CodeDir of the Store
}

// A NotFoundError says that a function has no such version or alias.
// The executor answers it as ResourceNotFoundException.
type NotFoundError struct{ Function, Qualifier string }

func (e *NotFoundError) Error() string {
	return "function not found: " + e.Function + ":" + e.Qualifier
}

// A RefusedError is a request that the service refuses.
type RefusedError struct {
	Name    string // ValidationException, InvalidParameterValueException, ResourceConflictException
	Message string // the service's words
}

func (e *RefusedError) Error() string { return e.Message }

// A ZipError says that an archive can't be unpacked; the executor answers it as
// InvalidZipFileException.
type ZipError struct {
	File   string // the archive's path
	Reason string // one line, safe to show
	Err    error
}

func (e *ZipError) Error() string { return e.File + ": " + e.Reason }

// Unwrap returns what went wrong underneath.
func (e *ZipError) Unwrap() error { return e.Err }

// Dir is the folder of a project's store within the data folder:
// <data>/projects/<Key(projectDir)>.
func Dir(dataDir, projectDir string) string { return "" }

// Key names a project by its absolute path.
func Key(projectDir string) string { return "" }

// Open opens the store in dir, which is Dir(data, project); archives are
// unpacked in <data>/unpacked, which all projects share. Nothing is written
// before something is published or unpacked.
func Open(dir string) (*Store, error) { return nil, errors.New("not there yet") }

// Publish snapshots codeDir and fn's configuration as the next version and moves
// fn.AutoPublishAlias to it. When neither code nor configuration have changed
// since the last version it answers that version.
func (s *Store) Publish(ctx context.Context, fn project.Function, codeDir, description string) (Version, error) {
	return Version{}, errors.New("not there yet")
}

// Versions lists the function's versions, the oldest first.
func (s *Store) Versions(fn string) ([]Version, error) { return nil, errors.New("not there yet") }

// Aliases lists the function's aliases by name, its AutoPublishAlias included:
// that one points at $LATEST until something is published.
func (s *Store) Aliases(fn project.Function) ([]Alias, error) {
	return nil, errors.New("not there yet")
}

// PutAlias creates the alias or replaces it.
func (s *Store) PutAlias(fn string, a Alias) (Alias, error) { return a, errors.New("not there yet") }

// DeleteAlias removes the alias. Removing one that isn't there is a NotFoundError.
func (s *Store) DeleteAlias(fn, name string) error { return errors.New("not there yet") }

// Resolve says what a qualifier of the function stands for: "" and $LATEST are
// $LATEST, digits are a version, anything else an alias. draw returns a number
// in [0,1) and decides for weighted aliases. Until its first publication the
// function's AutoPublishAlias stands for $LATEST.
func (s *Store) Resolve(fn project.Function, qualifier string, draw func() float64) (Resolved, error) {
	return Resolved{}, errors.New("not there yet")
}

// CodeDir returns the folder with the code of fn as it is now: the folder
// itself, the unpacked archive, or the inline code written to a file.
func (s *Store) CodeDir(fn project.Function) (string, error) { return "", errors.New("not there yet") }

// Unpack unpacks a .zip or .jar, once by content, and returns the folder.
// The error is a *ZipError when the archive is refused.
func (s *Store) Unpack(file string) (dir string, err error) { return "", errors.New("not there yet") }

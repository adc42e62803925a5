// Package versions keeps the published versions and the aliases of a
// project's functions on disk, and unpacks code archives.
//
// Decisions, with their reasons:
//
//   - A version is a true copy of the code, its layers included, beside the
//     configuration as it was. No later edit of the project reaches it: nothing is
//     shared with the source, not even by hard links, and its files are read-only.
//   - Truth is what lies on disk under its final name. Everything is written beside
//     it, synced, and renamed, so that a crash or a power loss leaves either the old
//     state or the new one. Any number of lambents may work on one store: writers
//     take a lock per function, readers need none.
//   - A version's folder is named by its number and numbers are never reused: the
//     last one given out is kept apart from the versions themselves.
//   - An archive is foreign. It is unpacked below one folder ([os.Root]), by rules
//     that refuse it whole: what isn't plain files, folders and links within, what
//     lies about its sizes, what is larger than Lambda takes.
//
// Layout, below the project's folder <data>/projects/<key>:
//
//	functions/<name>/lock          taken by writers
//	functions/<name>/aliases.json  the aliases and the last number given out
//	functions/<name>/<number>/     version.json, code/, layers/0, layers/1, …
//
// and below <data>/unpacked a folder per archive, named by the SHA-256 of its bytes.
package versions

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// Latest is the name of the version that is not published.
const Latest = "$LATEST"

// A Version is an immutable snapshot of a function's code and configuration.
type Version struct {
	Number      int // from 1, never reused
	Description string
	PublishedAt time.Time
	CodeSHA256  string           // base64, of the code's canonical listing (see Publish)
	Config      project.Function // as it was when the version was published; its paths are those of the snapshot
	CodeDir     string           // the snapshot; its files are read-only
}

// Qualifier is the version as a target lists it.
func (v Version) Qualifier() invoke.Qualifier {
	name := strconv.Itoa(v.Number)
	return invoke.Qualifier{
		Name: name, Kind: invoke.KindVersion, Version: name,
		Description: v.Description, PublishedAt: v.PublishedAt, CodeSHA256: v.CodeSHA256,
	}
}

// An Alias is a name for a version, and perhaps a second one with a share of
// the invocations (spec §7).
type Alias struct {
	Name        string `json:"name"`
	Version     string `json:"version"` // a number, or $LATEST
	Description string `json:"description,omitempty"`
	// Routing is the additional version and its share (0..1), at most one; the
	// rest goes to Version. nil for none.
	Routing map[string]float64 `json:"routing,omitempty"`
}

// Qualifier is the alias as a target lists it.
func (a Alias) Qualifier() invoke.Qualifier {
	q := invoke.Qualifier{Name: a.Name, Kind: invoke.KindAlias, Version: a.Version, Description: a.Description}
	for version, share := range a.Routing {
		q.Weights = map[string]float64{a.Version: 1 - share, version: share}
	}
	return q
}

// Resolved is what a qualifier stands for.
type Resolved struct {
	Version string           // "$LATEST" or a number
	Config  project.Function // of the version; for $LATEST the function as it was given
	CodeDir string           // the version's snapshot; "" for $LATEST, see Store.CodeDir
	// Missing is the version that the template pins the alias to, where $LATEST stands in
	// for it because it is not published here; "" otherwise.
	Missing string
}

// A NotFoundError says that a function has no such version or alias.
// The executor answers it as ResourceNotFoundException.
type NotFoundError struct{ Function, Qualifier string }

// Error names what is not there.
func (e *NotFoundError) Error() string {
	return fmt.Sprintf("function not found: %s:%s", e.Function, e.Qualifier)
}

// A RefusedError is a request that the service refuses.
type RefusedError struct {
	Name    string // ValidationException or InvalidParameterValueException
	Message string // the service's words
}

// Error is the service's message.
func (e *RefusedError) Error() string { return e.Message }

// violations are the constraints that the members of a request break, in the form of
// spec §1.7.
type violations []string

func (v *violations) add(value, member, constraint string) {
	*v = append(*v, fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint))
}

// refusal is nil when no constraint is broken.
func (v violations) refusal() error {
	switch len(v) {
	case 0:
		return nil
	case 1:
		return &RefusedError{"ValidationException", "1 validation error detected: " + v[0]}
	}
	return &RefusedError{"ValidationException", fmt.Sprintf("%d validation errors detected: %s", len(v), strings.Join(v, "; "))}
}

// invalid is a request of which one member breaks a constraint.
func invalid(value, member, constraint string) error {
	var v violations
	v.add(value, member, constraint)
	return v.refusal()
}

// A ZipError says that an archive can't be unpacked; the executor answers it as
// InvalidZipFileException.
type ZipError struct {
	File   string // the archive's path
	Entry  string // the entry that is to blame, "" when it is the archive
	Reason string // what is wrong with it, to be read after the name
	Err    error  // what went wrong underneath; may be nil
}

// Error is one line. Names out of the archive are quoted, so that no control
// character of theirs reaches whoever prints it.
func (e *ZipError) Error() string {
	if e.Entry == "" {
		return e.File + ": " + e.Reason
	}
	return e.File + ": the entry " + quoted(e.Entry) + " " + e.Reason
}

// Unwrap returns what went wrong underneath.
func (e *ZipError) Unwrap() error { return e.Err }

// quoted is a name for a message: escaped where it isn't printable, cut where it is long.
func quoted(name string) string {
	const most = 80
	q := strconv.Quote(name)
	if len(q) <= most {
		return q
	}
	cut := strings.ToValidUTF8(q[:most], "")
	if i := strings.LastIndexByte(cut, '\\'); i > most-12 {
		cut = cut[:i]
	}
	return cut + `…"`
}

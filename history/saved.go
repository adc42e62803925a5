package history

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	eventsDir = "events"
	eventExt  = ".json"

	// maxEventName is the longest name of a saved event, in bytes: with .json and
	// what the system adds while it is written it fits into every file system.
	maxEventName = 200

	// maxEventSize is the largest file that is read as a saved event. Lambda takes
	// 6 MB; more is a file that lies there for another reason.
	maxEventSize = 64 << 20
)

// A SavedEvent is a payload with a name, kept as a file.
type SavedEvent struct {
	Name     string // file name without .json
	Path     string
	Size     int64 // bytes
	Modified time.Time
}

// ErrEventExists says that a saved event of that name is there already.
var ErrEventExists = errors.New("a saved event of this name exists")

// Events lists the saved events of a folder, dir/events/*.json, by name. A
// folder without events has none. Links that lead out of dir/events are not
// followed.
func Events(dir string) ([]SavedEvent, error) {
	root, err := openEvents(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list the saved events of %s: %w", dir, err)
	}
	var out []SavedEvent
	for _, e := range entries {
		name, isEvent := strings.CutSuffix(e.Name(), eventExt)
		if !isEvent || checkEventName(name) != nil {
			continue
		}
		info, err := root.Stat(e.Name())
		if err != nil || !info.Mode().IsRegular() {
			continue // gone since, or a link that leads out
		}
		out = append(out, SavedEvent{Name: name, Path: eventPath(dir, name), Size: info.Size(), Modified: info.ModTime()})
	}
	slices.SortFunc(out, func(a, b SavedEvent) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// LoadEvent reads a saved event, byte for byte.
func LoadEvent(dir, name string) ([]byte, error) {
	if err := checkEventName(name); err != nil {
		return nil, err
	}
	path := eventPath(dir, name)
	root, err := openEvents(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("saved event %q: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.OpenFile(name+eventExt, os.O_RDONLY|openNoBlock, 0)
	if err != nil {
		return nil, fmt.Errorf("read the saved event %s: %w", path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the saved event %s: %w", path, err)
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("the saved event %s is %s, not a file", path, kindOfFile(info.Mode()))
	}
	if info.Size() > maxEventSize {
		return nil, fmt.Errorf("the saved event %s has %d MB: more than %d MB is no payload", path, info.Size()>>20, maxEventSize>>20)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxEventSize))
	if err != nil {
		return nil, fmt.Errorf("read the saved event %s: %w", path, err)
	}
	return b, nil
}

// SaveEvent writes dir/events/NAME.json, whole or not at all, and makes the
// folder where it is missing. Without overwrite an event that exists already is
// left as it is: ErrEventExists. A link in the event's place is replaced, and
// what it leads to is left alone.
func SaveEvent(dir, name string, payload []byte, overwrite bool) (SavedEvent, error) {
	var none SavedEvent
	if err := checkEventName(name); err != nil {
		return none, err
	}
	path := eventPath(dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil { // one below the data folder may not be there yet
		return none, fmt.Errorf("save the event %s: %w", path, err)
	}
	project, err := os.OpenRoot(dir)
	if err != nil {
		return none, fmt.Errorf("save the event %s: %w", path, err)
	}
	defer project.Close()
	if err := project.Mkdir(eventsDir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return none, fmt.Errorf("save the event %s: %w", path, err)
	}
	root, err := project.OpenRoot(eventsDir)
	if err != nil {
		return none, fmt.Errorf("save the event %s: %w", path, err)
	}
	defer root.Close()
	if err := replaceEvent(root, name+eventExt, payload, overwrite); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return none, fmt.Errorf("save the event %s: %w", path, ErrEventExists)
		}
		return none, fmt.Errorf("save the event %s: %w", path, err)
	}
	info, err := root.Stat(name + eventExt)
	if err != nil {
		return none, fmt.Errorf("save the event %s: %w", path, err)
	}
	return SavedEvent{Name: name, Path: path, Size: info.Size(), Modified: info.ModTime()}, nil
}

// replaceEvent writes beside the file and puts the result in its place: by a
// hard link where nothing may be there, which fails in one step when something
// is, and by a rename where it may.
func replaceEvent(root *os.Root, file string, payload []byte, overwrite bool) (err error) {
	part := "." + rand.Text() + ".part"
	f, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil || !overwrite {
			err = errors.Join(err, root.Remove(part))
		}
	}()
	_, writeErr := f.Write(payload)
	if err := errors.Join(writeErr, f.Sync(), f.Close()); err != nil {
		return err
	}
	if overwrite {
		return root.Rename(part, file)
	}
	return root.Link(part, file)
}

// openEvents opens dir/events, which must lie in dir.
func openEvents(dir string) (*os.Root, error) {
	project, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	defer project.Close()
	root, err := project.OpenRoot(eventsDir)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", filepath.Join(dir, eventsDir), err)
	}
	return root, nil
}

func eventPath(dir, name string) string { return filepath.Join(dir, eventsDir, name+eventExt) }

// checkEventName says what is wrong with the name of a saved event. A name is
// one path element on every system, and can be typed.
func checkEventName(name string) error {
	switch {
	case name == "":
		return errors.New("a saved event needs a name")
	case len(name) > maxEventName:
		return fmt.Errorf("the name of a saved event has at most %d bytes", maxEventName)
	case !utf8.ValidString(name), strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("the name %q of a saved event has characters that can't be shown", name)
	case strings.ContainsAny(name, `/\:*?"<>|`):
		return fmt.Errorf(`the name %q of a saved event has one of / \ : * ? " < > |`, name)
	case strings.HasPrefix(name, "."), strings.TrimSpace(name) != name, strings.HasSuffix(name, "."):
		return fmt.Errorf("the name %q of a saved event begins or ends with a dot or a space", name)
	case reserved(name):
		return fmt.Errorf("the name %q is a device on Windows", name)
	}
	return nil
}

func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && stem[3] >= '1' && stem[3] <= '9'
}

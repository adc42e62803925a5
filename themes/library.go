package themes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Library is the built-in themes and those in a folder of the user's, where a
// file NAME.toml is the theme NAME and hides a built-in one of the same name.
// The zero Library has only the built-in ones.
type Library struct {
	Dir string // the user's folder of theme files; "" for none, and it need not exist
}

// Names lists the themes: the built-in ones as Names does, then the user's own by alphabet.
// Files are listed, not read: one that is broken says so when it is loaded.
func (l Library) Names() []string {
	names := Names()
	var own []string
	for _, file := range l.files() {
		if name := strings.TrimSuffix(filepath.Base(file), ".toml"); !slices.Contains(names, name) {
			own = append(own, name)
		}
	}
	slices.Sort(own)
	return append(names, own...)
}

// Load reads a theme by name, the user's before the built-in one.
func (l Library) Load(name string) (Theme, error) {
	return l.load(Resolve(name, UnknownBackground))
}

// files are the user's theme files; a folder that cannot be read has none.
func (l Library) files() []string {
	if l.Dir == "" {
		return nil
	}
	entries, err := os.ReadDir(l.Dir)
	if err != nil {
		return nil
	}
	var list []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ".toml") {
			list = append(list, filepath.Join(l.Dir, e.Name()))
		}
	}
	return list
}

func (l Library) load(name string) (Theme, error) {
	doc, err := l.document(name, nil)
	if err != nil {
		return Theme{}, err
	}
	return doc.theme()
}

// maxFileSize bounds a theme file. The largest one shipped has 3 KB.
const maxFileSize = 1 << 20

// document reads the named theme with everything it inherits merged in.
// chain holds the names that led here, to find a theme that inherits itself.
func (l Library) document(name string, chain []string) (*document, error) {
	if slices.Contains(chain, name) {
		return nil, fmt.Errorf("theme %s inherits itself by way of %s", name, strings.Join(chain, ", "))
	}
	file, text, err := l.read(name)
	if err != nil {
		return nil, err
	}
	doc, err := parse(file, name, text)
	if err != nil || doc.inherits.text == "" {
		return doc, err
	}
	parent := doc.inherits.text
	if parent == Follow {
		return nil, doc.errorAt(doc.inherits.line, "inherits %q, which only stands for others: name lambent-dark or lambent-light", Follow)
	}
	base, err := l.document(parent, append(chain, name))
	if err != nil {
		return nil, fmt.Errorf("%s:%d: inherits %q: %w", doc.file, doc.inherits.line, parent, err)
	}
	doc.inherit(base)
	return doc, nil
}

func (l Library) read(name string) (file string, text []byte, err error) {
	if l.Dir != "" && name == filepath.Base(name) {
		file = filepath.Join(l.Dir, name+".toml")
		text, err = readBounded(file)
		if err == nil {
			return file, text, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return file, nil, fmt.Errorf("read theme %s: %w", name, err)
		}
	}
	text, err = files.ReadFile(name + ".toml")
	if err != nil {
		return "", nil, &UnknownError{Name: name, Known: l.Names()}
	}
	return "", text, nil
}

func readBounded(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFileSize || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no theme file: it has %d bytes, and more than %d or no ordinary file is not read", file, info.Size(), maxFileSize)
	}
	return os.ReadFile(file)
}

// An UnknownError says that there is no theme of this name.
type UnknownError struct {
	Name  string
	Known []string // every name there is
}

// Error names the theme and where the names are.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("no theme is called %q: lambent themes lists them", e.Name)
}

func loadFile(path string) (Theme, error) {
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	name, isTOML := strings.CutSuffix(base, ".toml")
	if !isTOML {
		return Theme{}, fmt.Errorf("%s is no theme file: its name does not end in .toml", path)
	}
	if _, err := os.Stat(path); err != nil {
		return Theme{}, fmt.Errorf("read theme: %w", err)
	}
	return Library{Dir: dir}.load(name)
}

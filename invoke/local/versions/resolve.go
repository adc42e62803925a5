package versions

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"lambent/invoke/local/project"
)

// Resolve says what a qualifier of the function stands for: "" and $LATEST are
// $LATEST, digits are a version, anything else is an alias (spec §7). draw
// returns a number in [0,1) and decides, independently for every invocation, for
// an alias with two versions; it is not called otherwise. An alias of the template
// stands for $LATEST until its version is published. The error is a
// *NotFoundError for what isn't there.
func (s *Store) Resolve(fn project.Function, qualifier string, draw func() float64) (Resolved, error) {
	latest := Resolved{Version: Latest, Config: fn}
	if qualifier == "" || qualifier == Latest {
		return latest, nil
	}
	version := qualifier
	if !isNumber(qualifier) {
		dir, err := s.folder(fn.Name)
		if err != nil {
			return Resolved{}, err
		}
		file, err := s.readAliases(dir)
		if err != nil {
			return Resolved{}, err
		}
		alias, ok := file.Aliases[qualifier]
		if !ok {
			made, ok := fn.Alias(qualifier)
			if !ok {
				return Resolved{}, &NotFoundError{Function: fn.Name, Qualifier: qualifier}
			}
			if alias, err = s.declared(fn.Name, made); err != nil {
				return Resolved{}, err
			}
			if alias.Version == Latest && made.Version != Latest {
				latest.Missing = made.Version
			}
		}
		if version = alias.draw(draw); version == Latest {
			return latest, nil
		}
	}
	v, err := s.version(fn.Name, version)
	if err != nil {
		return Resolved{}, err
	}
	return Resolved{Version: version, Config: v.Config, CodeDir: v.CodeDir}, nil
}

// draw picks one of the alias's versions: the additional one with its share.
func (a Alias) draw(draw func() float64) string {
	for version, share := range a.Routing {
		if draw() < share {
			return version
		}
	}
	return a.Version
}

// Versions lists the function's versions, the oldest first.
func (s *Store) Versions(fn string) ([]Version, error) {
	dir, err := s.folder(fn)
	if err != nil {
		return nil, err
	}
	numbers, err := published(dir)
	if err != nil {
		return nil, err
	}
	all := make([]Version, 0, len(numbers))
	for _, n := range numbers {
		v, err := s.version(fn, strconv.Itoa(n))
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// published lists the numbers of the versions in a function's folder.
func published(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("listing versions: %w", err)
	}
	var numbers []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil && n > 0 && e.Name() == strconv.Itoa(n) && e.IsDir() {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// versionFile is what version.json holds. Paths are not in it: the data folder
// may move.
type versionFile struct {
	Format       int              `json:"format"`
	Number       int              `json:"number"`
	Description  string           `json:"description,omitempty"`
	PublishedAt  time.Time        `json:"publishedAt"`
	CodeSHA256   string           `json:"codeSha256"`
	ConfigSHA256 string           `json:"configSha256"`
	Layers       int              `json:"layers,omitempty"` // how many folders are below layers/
	Config       project.Function `json:"config"`
}

// version reads one version, from memory where it was read before.
func (s *Store) version(fn, number string) (Version, error) {
	dir, err := s.folder(fn)
	if err != nil {
		return Version{}, err
	}
	if n, err := strconv.Atoi(number); err != nil || strconv.Itoa(n) != number {
		// 007 and what no int holds are no versions.
		return Version{}, &NotFoundError{Function: fn, Qualifier: number}
	}
	dir = filepath.Join(dir, number)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.versions[dir]; ok {
		return v, nil
	}
	file, err := readVersion(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Version{}, &NotFoundError{Function: fn, Qualifier: number}
	} else if err != nil {
		return Version{}, err
	}
	v := file.at(dir)
	s.versions[dir] = v
	return v, nil
}

func readVersion(dir string) (versionFile, error) {
	var file versionFile
	path := filepath.Join(dir, "version.json")
	if err := readJSON(path, &file); err != nil {
		return versionFile{}, err
	}
	return file, checkFormat(path, file.Format)
}

// at is the version with the paths of its folder.
func (f versionFile) at(dir string) Version {
	code := filepath.Join(dir, "code")
	config := f.Config
	config.CodeURI, config.CodePath = code, code
	config.LayerPaths = nil
	for i := range f.Layers {
		config.LayerPaths = append(config.LayerPaths, filepath.Join(dir, "layers", strconv.Itoa(i)))
	}
	return Version{
		Number: f.Number, Description: f.Description, PublishedAt: f.PublishedAt,
		CodeSHA256: f.CodeSHA256, Config: config, CodeDir: code,
	}
}

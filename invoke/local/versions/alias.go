package versions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"lambent/invoke/local/project"
)

// aliasFile is what aliases.json holds.
type aliasFile struct {
	Format  int              `json:"format"`
	Last    int              `json:"last"` // the last version number given out
	Aliases map[string]Alias `json:"aliases"`
}

// aliasesAt is an aliasFile as it was read.
type aliasesAt struct {
	info os.FileInfo
	file aliasFile
}

// lockWait is how long a change waits for another lambent's to end.
const lockWait = 30 * time.Second

// readAliases reads the aliases of a function, from memory where the file is
// still the same: every invocation through an alias asks.
func (s *Store) readAliases(dir string) (aliasFile, error) {
	path := filepath.Join(dir, "aliases.json")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return aliasFile{Format: format}, nil
	} else if err != nil {
		return aliasFile{}, fmt.Errorf("reading aliases: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// A change is a new file under the old name, so identity and time tell.
	if at, ok := s.aliases[dir]; ok && os.SameFile(at.info, info) && at.info.ModTime().Equal(info.ModTime()) && at.info.Size() == info.Size() {
		return at.file, nil
	}
	var file aliasFile
	if err := readJSON(path, &file); err != nil {
		return aliasFile{}, err
	}
	if err := checkFormat(path, file.Format); err != nil {
		return aliasFile{}, err
	}
	s.aliases[dir] = aliasesAt{info, file}
	return file, nil
}

// writeAliases replaces the aliases. The caller holds the lock.
func writeAliases(dir string, file aliasFile) error {
	file.Format = format
	return writeJSON(filepath.Join(dir, "aliases.json"), file)
}

// Aliases lists the function's aliases by name, those of its template included.
func (s *Store) Aliases(fn project.Function) ([]Alias, error) {
	dir, err := s.folder(fn.Name)
	if err != nil {
		return nil, err
	}
	file, err := s.readAliases(dir)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(maps.Values(file.Aliases))
	for _, made := range fn.Aliases {
		if _, ok := file.Aliases[made.Name]; ok {
			continue
		}
		a, err := s.declared(fn.Name, made)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b Alias) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// declared is an alias of the template that was never pointed anywhere here. Pinned to a
// version that is published here it points at that; else it stands for $LATEST.
func (s *Store) declared(fn string, made project.Alias) (Alias, error) {
	a := Alias{Name: made.Name, Version: Latest, Description: made.Description}
	if there, err := s.has(fn, made.Version); err != nil || !there {
		return a, err
	}
	a.Version = made.Version
	var err error
	a.Routing, err = s.routing(fn, made, a.Version)
	return a, err
}

// routing are the weights of an alias of the template, without a version that is not
// published here: its share goes to the primary one.
func (s *Store) routing(fn string, made project.Alias, primary string) (map[string]float64, error) {
	for version, share := range made.Routing {
		if there, err := s.has(fn, version); err != nil || !there || version == primary {
			return nil, err
		}
		return map[string]float64{version: share}, nil
	}
	return nil, nil
}

// has reports whether there is such a published version.
func (s *Store) has(fn, version string) (bool, error) {
	if !isNumber(version) {
		return false, nil
	}
	_, err := s.version(fn, version)
	var none *NotFoundError
	if errors.As(err, &none) {
		return false, nil
	}
	return err == nil, err
}

// aliasName and its pattern as the service words it (spec §1.2).
var aliasName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z0-9_-]+$`) })

const (
	aliasPattern   = `(?!^[0-9]+$)([a-zA-Z0-9-_]+)`
	versionPattern = `(\$LATEST|[0-9]+)`
)

// check refuses what the service refuses. The texts about routing are recorded
// from the service (spec §7); those of the single members follow its general form,
// which names all that fail at once (spec §1.7).
func (a Alias) check() error {
	var v violations
	switch {
	case len(a.Name) < 1:
		v.add(a.Name, "name", "Member must have length greater than or equal to 1")
	case len(a.Name) > 128:
		v.add(a.Name, "name", "Member must have length less than or equal to 128")
	case !aliasName().MatchString(a.Name) || isNumber(a.Name):
		v.add(a.Name, "name", "Member must satisfy regular expression pattern: "+aliasPattern)
	}
	if a.Version != Latest && !isNumber(a.Version) {
		v.add(a.Version, "functionVersion", "Member must satisfy regular expression pattern: "+versionPattern)
	}
	if utf8.RuneCountInString(a.Description) > maxDescription {
		v.add(a.Description, "description", "Member must have length less than or equal to 256")
	}
	for _, version := range slices.Sorted(maps.Keys(a.Routing)) {
		share := a.Routing[version]
		if version != Latest && !isNumber(version) {
			v.add(version, "routingConfig.additionalVersionWeights", "Member must satisfy regular expression pattern: [0-9]+")
		}
		if !(share >= 0 && share <= 1) {
			bound := "greater than or equal to 0.0"
			if share > 1 {
				bound = "less than or equal to 1.0"
			}
			v.add(strconv.FormatFloat(share, 'g', -1, 64), "routingConfig.additionalVersionWeights", "Member must have value "+bound)
		}
	}
	if err := v.refusal(); err != nil {
		return err
	}
	if len(a.Routing) > 1 {
		return &RefusedError{"InvalidParameterValueException", "Number of items in AdditionalVersionWeights cannot be greater than 1"}
	}
	for version := range a.Routing {
		switch version {
		case Latest:
			return &RefusedError{"InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version"}
		case a.Version:
			return &RefusedError{"InvalidParameterValueException", fmt.Sprintf("Invalid function version %s. Function version %s is already included in routing configuration.", version, version)}
		}
		if a.Version == Latest {
			return &RefusedError{"InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version"}
		}
	}
	return nil
}

// isNumber reports whether s has digits only; "" has none.
func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// PutAlias creates the alias or replaces it. The error is a *RefusedError for
// what the service refuses, and a *NotFoundError for versions that are not there.
func (s *Store) PutAlias(fn string, a Alias) (Alias, error) {
	if err := a.check(); err != nil {
		return Alias{}, err
	}
	dir, err := s.folder(fn)
	if err != nil {
		return Alias{}, err
	}
	a.Routing = maps.Clone(a.Routing)
	err = s.changeAliases(dir, func(file *aliasFile) error {
		letters, roles := map[string]bool{}, map[string]bool{}
		for _, version := range append(slices.Collect(maps.Keys(a.Routing)), a.Version) {
			if version == Latest {
				continue
			}
			v, err := s.version(fn, version)
			if err != nil {
				return err
			}
			letters[v.Config.DeadLetter], roles[v.Config.Role] = true, true
		}
		if len(letters) > 1 || len(roles) > 1 {
			// Documented (spec §7); no source records the service's words.
			return &RefusedError{"InvalidParameterValueException", "The versions of an alias must have the same execution role and the same dead-letter queue, or none."}
		}
		file.Aliases[a.Name] = a
		return nil
	})
	if err != nil {
		return Alias{}, err
	}
	return a, nil
}

// DeleteAlias removes the alias. Removing one that isn't there is a *NotFoundError.
func (s *Store) DeleteAlias(fn, name string) error {
	dir, err := s.folder(fn)
	if err != nil {
		return err
	}
	return s.changeAliases(dir, func(file *aliasFile) error {
		if _, ok := file.Aliases[name]; !ok {
			return &NotFoundError{Function: fn, Qualifier: name}
		}
		delete(file.Aliases, name)
		return nil
	})
}

// changeAliases changes the aliases on disk under the function's lock.
func (s *Store) changeAliases(dir string, change func(*aliasFile) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	return exclusively(ctx, dir, func() error {
		file, err := s.readAliases(dir)
		if err != nil {
			return err
		}
		// What was read is shared with other readers.
		if file.Aliases = maps.Clone(file.Aliases); file.Aliases == nil {
			file.Aliases = map[string]Alias{}
		}
		if err := change(&file); err != nil {
			return err
		}
		return writeAliases(dir, file)
	})
}

package versions

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"lambent/invoke/local/project"
)

// maxDescription is the limit of a version's description, in characters.
const maxDescription = 256

// Publish snapshots codeDir, the function's layers and its configuration as the
// next version and moves the aliases of the template that follow it. When neither code nor
// configuration have changed since the last version it answers that version, as
// the service does, and moves nothing. An empty description means the function's own.
//
// The code's hash is over a listing of names, kinds, run bits and contents, so it
// is the same for the same code wherever it lies; it is not the hash of an
// archive, which depends on who packed it.
//
// The error is a *RefusedError for code larger than Lambda takes and for a
// function that is broken.
func (s *Store) Publish(ctx context.Context, fn project.Function, codeDir, description string) (Version, error) {
	dir, err := s.folder(fn.Name)
	if err != nil {
		return Version{}, err
	}
	if fn.Broken != "" {
		return Version{}, &RefusedError{"InvalidParameterValueException", fn.Broken}
	}
	if description == "" {
		description = fn.Description
	}
	if len([]rune(description)) > maxDescription {
		return Version{}, invalid(description, "description", "Member must have length less than or equal to 256")
	}
	layers, err := s.LayerDirs(fn)
	if err != nil {
		return Version{}, err
	}
	var version Version
	err = exclusively(ctx, dir, func() error {
		version, err = s.publish(ctx, dir, fn, codeDir, layers, description)
		return err
	})
	return version, err
}

// Sum returns what Publish would say of the code and the layers as they are now: their
// hash, and the bytes of the code's files. It reads all of them and writes nothing.
func (s *Store) Sum(ctx context.Context, fn project.Function, codeDir string) (sha256Base64 string, bytes int64, err error) {
	layers, err := s.LayerDirs(fn)
	if err != nil {
		return "", 0, err
	}
	c := copier{ctx: ctx, within: fn.Root, skip: s.data}
	sum, err := c.snapshot(codeDir, "", layers, "")
	if err != nil {
		return "", 0, fmt.Errorf("summing the code of %s: %w", fn.Name, err)
	}
	return sum, c.code, nil
}

// publish does the work of Publish under the lock of the function's folder.
func (s *Store) publish(ctx context.Context, dir string, fn project.Function, codeDir string, layers []string, description string) (Version, error) {
	numbers, err := published(dir)
	if err != nil {
		return Version{}, err
	}
	names, err := s.readAliases(dir)
	if err != nil {
		return Version{}, err
	}
	work, err := os.MkdirTemp(dir, partial)
	if err != nil {
		return Version{}, fmt.Errorf("publishing %s: %w", fn.Name, err)
	}
	defer os.RemoveAll(work) // nothing is left to remove once it is renamed
	c := copier{ctx: ctx, within: fn.Root, skip: s.data}
	file := versionFile{
		Format: format, Description: description, PublishedAt: time.Now().UTC().Truncate(time.Millisecond),
		Layers: len(layers), Config: portable(fn), ConfigSHA256: configSum(fn),
	}
	if file.CodeSHA256, err = c.snapshot(codeDir, filepath.Join(work, "code"), layers, filepath.Join(work, "layers")); err != nil {
		return Version{}, fmt.Errorf("publishing %s: %w", fn.Name, err)
	}
	file.Config.CodeSizeB = c.code
	if len(numbers) > 0 {
		last := filepath.Join(dir, strconv.Itoa(numbers[len(numbers)-1]))
		before, err := readVersion(last)
		if err != nil {
			return Version{}, err
		}
		if before.CodeSHA256 == file.CodeSHA256 && before.ConfigSHA256 == file.ConfigSHA256 {
			if names.Last < before.Number { // whoever published it was killed before its aliases followed
				return before.at(last), s.follow(dir, names, fn, before.Number)
			}
			return before.at(last), nil
		}
		names.Last = max(names.Last, numbers[len(numbers)-1])
	}
	file.Number = names.Last + 1
	if err := writeJSON(filepath.Join(work, "version.json"), file); err != nil {
		return Version{}, err
	}
	if err := syncTree(work); err != nil {
		return Version{}, fmt.Errorf("publishing %s: %w", fn.Name, err)
	}
	final := filepath.Join(dir, strconv.Itoa(file.Number))
	err = os.Rename(work, final)
	if err == nil {
		err = syncDir(dir)
	}
	if err == nil {
		err = s.follow(dir, names, fn, file.Number)
	}
	if err != nil {
		// A number whose aliases can't follow is not given out: on a full disk all of it
		// can be done again.
		_ = os.Rename(final, work)
		return Version{}, fmt.Errorf("publishing %s: %w", fn.Name, err)
	}
	return file.at(final), nil
}

// follow writes the number that was given out, and points the aliases of the template
// that follow what is published at it.
func (s *Store) follow(dir string, names aliasFile, fn project.Function, number int) (err error) {
	names.Last = number
	if names.Aliases = maps.Clone(names.Aliases); names.Aliases == nil {
		names.Aliases = map[string]Alias{}
	}
	for _, made := range fn.Aliases {
		if made.Version != "" {
			continue
		}
		a := Alias{Name: made.Name, Version: strconv.Itoa(number), Description: names.Aliases[made.Name].Description}
		if a.Description == "" {
			a.Description = made.Description
		}
		if a.Routing, err = s.routing(fn.Name, made, a.Version); err != nil {
			return err
		}
		names.Aliases[made.Name] = a
	}
	return writeAliases(dir, names)
}

// portable is the configuration without what belongs to this place and moment:
// paths, which are those of the snapshot from now on, and text that is in a file
// of it; and without what Lambda keeps per function or per qualifier (spec §7).
func portable(fn project.Function) project.Function {
	fn.ReservedConcurrency, fn.AllowsRecursion, fn.Aliases, fn.EventInvoke, fn.InvokeMode = nil, false, nil, nil, ""
	fn.Root, fn.CodeURI, fn.CodePath, fn.LayerPaths = "", "", "", nil
	fn.InlineCode, fn.InlineFile = nil, ""
	return fn
}

// configSum is the hash of what counts as the version's configuration. Line
// numbers, times and the advice that goes with them don't.
func configSum(fn project.Function) string {
	fn = portable(fn)
	fn.LastModified, fn.Source, fn.Line, fn.Problems = time.Time{}, "", 0, nil
	data, err := json.Marshal(fn)
	if err != nil {
		// A function marshals by its definition: texts, numbers and lists of them.
		panic(err)
	}
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// CodeDir returns the folder with the code of fn as it is now: the folder
// itself, the unpacked archive, or the inline code written to a file. The error
// is a *ZipError for an archive that is refused.
func (s *Store) CodeDir(fn project.Function) (string, error) {
	switch {
	case fn.CodeURI != "" && project.IsArchive(fn.CodeURI):
		return s.Unpack(fn.CodeURI)
	case fn.CodeURI != "":
		return fn.CodeURI, nil
	case fn.InlineFile != "":
		return s.inline(fn.InlineFile, fn.InlineCode)
	}
	return "", fmt.Errorf("%s has no code on this machine", fn.Name)
}

// LayerDirs returns the folders of the function's layers, archives unpacked.
func (s *Store) LayerDirs(fn project.Function) ([]string, error) {
	var dirs []string
	for _, path := range fn.LayerPaths {
		if project.IsArchive(path) {
			dir, err := s.Unpack(path)
			if err != nil {
				return nil, err
			}
			path = dir
		}
		dirs = append(dirs, path)
	}
	return dirs, nil
}

// inline writes code of a template to a file of its own folder, named by content.
func (s *Store) inline(name string, code []byte) (string, error) {
	sum := sha256.Sum256(append([]byte(name+"\x00"), code...))
	dir := filepath.Join(s.unpacked, fmt.Sprintf("inline-%x", sum))
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("writing inline code: %w", err)
	}
	return dir, s.once(dir, func(work string) error {
		return os.WriteFile(filepath.Join(work, name), code, 0o400)
	})
}

// once makes a folder of the unpacked ones with what fill puts into it, by one
// writer at a time and complete or not at all.
func (s *Store) once(dir string, fill func(work string) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), lockWait)
	defer cancel()
	return exclusively(ctx, s.unpacked, func() error {
		if _, err := os.Stat(dir); err == nil {
			return nil
		}
		work, err := os.MkdirTemp(s.unpacked, partial)
		if err != nil {
			return fmt.Errorf("unpacking code: %w", err)
		}
		defer os.RemoveAll(work) // nothing is left to remove once it is renamed
		if err := fill(work); err != nil {
			return err
		}
		if err := syncTree(work); err != nil {
			return fmt.Errorf("unpacking code: %w", err)
		}
		if err := os.Rename(work, dir); err != nil {
			return fmt.Errorf("unpacking code: %w", err)
		}
		return syncDir(s.unpacked)
	})
}

// Package samples carries the sample project: an ordinary SAM template whose
// functions show every kind of outcome and need nothing but lambent itself.
//
// Decisions, with their reasons:
//
//   - The project is data (the folder project beside this file), read by the same
//     code as anybody's. Its provided.al2023 functions have a bootstrap file whose
//     first line is "#!lambent"; the executor then runs lambent's own image, and
//     [Bootstrap] serves the Runtime API in it.
//   - It is extracted by content hash, so that an upgrade never changes files that
//     somebody has edited, and completely or not at all (renamed into place).
//   - The published versions and aliases of orders appear in the version store in
//     one rename too, once. After that they belong to the person.
package samples

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"lambent/invoke/local/project"
	"lambent/invoke/local/versions"
)

// content is the project, and the rules of the two versions of orders that are
// published with it.
//
//go:embed project published
var content embed.FS

// name is what the sample project is called, in labels and as invoke.TargetInfo.Project.
const name = "sample"

// Open extracts the sample project to dataDir/samples/<content hash> where it isn't
// there yet, seeds the versions and aliases of orders once, and returns it. Files
// that are there already are left as they are; missing ones come back.
func Open(dataDir string) (*project.Project, error) {
	hash, err := contentHash()
	if err != nil {
		return nil, fmt.Errorf("read the sample project: %w", err)
	}
	dir := filepath.Join(dataDir, "samples", hash)
	if err := extract(dir); err != nil {
		return nil, fmt.Errorf("extract the sample project: %w", err)
	}
	p, err := project.Load(dir)
	if err != nil {
		return nil, fmt.Errorf("load the sample project: %w", err)
	}
	p.Name, p.Sample = name, true
	if err := seed(dataDir, p); err != nil {
		return nil, fmt.Errorf("publish the sample project's versions: %w", err)
	}
	return p, nil
}

// contentHash names the content: paths and bytes of every file.
func contentHash() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(content, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := content.ReadFile(file)
		fmt.Fprintf(sum, "%s %d\n%s", file, len(text), text)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:8]), err
}

// extract brings the project to dir: all of it by one rename, or what is missing there.
func extract(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return write("project", dir)
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := write("project", temp); err != nil {
		return err
	}
	err = os.Rename(temp, dir)
	if _, there := os.Stat(dir); err != nil && there == nil {
		// Another lambent was first.
		return nil
	}
	return err
}

// write writes the files below a folder of the content that are not below dir yet.
func write(folder, dir string) error {
	return fs.WalkDir(content, folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(strings.TrimPrefix(file, folder), "/")))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if _, err := os.Lstat(target); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		text, err := content.ReadFile(file)
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o600)
		if path.Base(file) == "bootstrap" {
			mode = 0o700
		}
		return writeFile(target, text, mode)
	})
}

// writeFile writes a new file. It is on disk before the folder gets its name:
// after a power loss an empty file would look like somebody's edit.
func writeFile(target string, text []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Sync(), file.Close())
}

// orders is the function with published versions.
const orders = "orders"

// descriptions are those of the published versions; their rules are in the folders
// published/1 and published/2.
var descriptions = []string{"Opening rules: one price for everyone", "Autumn rules: cheaper by the dozen"}

// aliases are what the versions are called from the start.
var aliases = []versions.Alias{
	{Name: "live", Version: "2", Description: "What customers get"},
	{Name: "canary", Version: "1", Description: "Version 1, with a tenth of the traffic on version 2", Routing: map[string]float64{"2": 0.1}},
}

// seed publishes the versions and aliases of orders, unless the project has a store
// already: what is in it then is the person's, be it less than what was seeded.
//
// The store is made beside its place and renamed, so that no lambent, this one
// after a crash included, ever meets a part of it.
func seed(dataDir string, p *project.Project) error {
	store := versions.Dir(dataDir, p.Dir)
	if _, err := os.Stat(store); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fn, ok := p.Function(orders)
	if !ok {
		// Somebody has taken it out of the template.
		return nil
	}
	parent := filepath.Dir(store)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	if err := publish(temp, fn); err != nil {
		return err
	}
	err = os.Rename(temp, store)
	if _, there := os.Stat(store); err != nil && there == nil {
		return nil
	}
	return err
}

// publish fills an empty store.
func publish(dir string, fn project.Function) error {
	s, err := versions.Open(dir)
	if err != nil {
		return err
	}
	for i, description := range descriptions {
		code, err := os.MkdirTemp(dir, ".code-*")
		if err != nil {
			return err
		}
		defer os.RemoveAll(code)
		// First the version's own rules, then what it shares with the current code.
		if err := write(fmt.Sprintf("published/%d", i+1), code); err != nil {
			return err
		}
		if err := write("project/functions/"+orders, code); err != nil {
			return err
		}
		if _, err := s.Publish(context.Background(), fn, code, description); err != nil {
			return err
		}
	}
	for _, alias := range aliases {
		if _, err := s.PutAlias(orders, alias); err != nil {
			return err
		}
	}
	return nil
}

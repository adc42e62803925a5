package versions

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// Limits of an entry's name: what file systems take, and a depth that no package has.
const (
	maxName   = 1024 // bytes
	maxPart   = 255  // bytes between slashes
	maxLevels = 100
)

// entryName is the place of an entry below the folder it is unpacked to, or what
// is wrong with its name, to be read after it. Names that mean a place elsewhere
// on any system are refused on all: a package is made on one and used on another.
func entryName(name string) (clean, reason string) {
	switch {
	case name == "":
		return "", "has no name"
	case !utf8.ValidString(name):
		return "", "has a name that is not UTF-8"
	case strings.Contains(name, "\x00"):
		return "", "has a NUL in its name"
	case strings.Contains(name, `\`):
		return "", "has a backslash in its name"
	case strings.HasPrefix(name, "/"):
		return "", "has an absolute path"
	case len(name) > 1 && name[1] == ':' && ('a' <= name[0]|0x20 && name[0]|0x20 <= 'z'):
		return "", "has a drive letter"
	case len(name) > maxName:
		return "", fmt.Sprintf("has a name longer than %d bytes", maxName)
	}
	parts := strings.Split(strings.TrimSuffix(name, "/"), "/")
	for _, part := range parts {
		if part == ".." {
			return "", "leads out of the archive"
		}
		if len(part) > maxPart {
			return "", fmt.Sprintf("has a part of its name longer than %d bytes", maxPart)
		}
	}
	if len(parts) > maxLevels {
		return "", fmt.Sprintf("lies deeper than %d folders", maxLevels)
	}
	clean = path.Clean(name)
	if !filepath.IsLocal(filepath.FromSlash(clean)) {
		return "", "has a name that means a device here"
	}
	return clean, ""
}

// target is where a link leads, which must be within the archive.
func (u *unpacker) target(f *zip.File, name string) (string, error) {
	refuse := func(reason string) (string, error) { return "", &ZipError{Entry: f.Name, Reason: reason} }
	in, err := f.Open()
	if err != nil {
		return "", damaged(f, err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxName+1))
	if err != nil {
		return "", damaged(f, err)
	}
	target := string(data)
	switch {
	case len(target) > maxName:
		return refuse("is a link to a name longer than 1024 bytes")
	case target == "" || strings.ContainsAny(target, "\\\x00") || !utf8.ValidString(target):
		return refuse("is a link to a name that is empty, not UTF-8, or has a backslash or a NUL in it")
	case strings.HasPrefix(target, "/"):
		return refuse("is a link with an absolute path")
	case !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(name), target))):
		return refuse("is a link that leads out of the archive")
	}
	return target, nil
}

// makeLinks makes the links once everything else is there, so that nothing was
// written through one. Where a chain of them leads is looked at by walking it:
// each may be harmless alone.
func (u *unpacker) makeLinks() error {
	for _, l := range u.links {
		refused := &ZipError{Entry: l.path}
		if err := u.root.MkdirAll(path.Dir(l.path), 0o700); err != nil {
			refused.Reason, refused.Err = "needs a folder where another entry is a file or a link", err
			return refused
		}
		if err := u.root.Symlink(l.target, l.path); errors.Is(err, fs.ErrExist) {
			refused.Reason, refused.Err = "is a link that stands where another entry is", err
			return refused
		} else if err != nil {
			return err
		}
	}
	for _, l := range u.links {
		if _, err := u.root.Stat(l.path); err != nil && strings.Contains(err.Error(), "escapes from parent") {
			return &ZipError{Entry: l.path, Reason: "is a link that leads out of the archive", Err: err}
		}
	}
	return nil
}

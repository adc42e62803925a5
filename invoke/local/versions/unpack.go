package versions

import (
	"archive/zip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// archiveState is an archive as it was hashed.
type archiveState struct {
	info os.FileInfo
	dir  string
}

func (a archiveState) still(info os.FileInfo) bool {
	return a.info != nil && os.SameFile(a.info, info) && a.info.Size() == info.Size() && a.info.ModTime().Equal(info.ModTime())
}

// Unpack unpacks a .zip or .jar, once by content, and returns the folder. Its
// files are read-only, their modes masked to 0755. The error is a *ZipError when
// the archive is refused; nothing is left of it then.
func (s *Store) Unpack(file string) (dir string, err error) {
	if file, err = filepath.Abs(file); err != nil {
		return "", fmt.Errorf("finding the archive: %w", err)
	}
	f, err := os.OpenFile(file, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return "", fmt.Errorf("opening the archive: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("opening the archive: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", &ZipError{File: file, Reason: "it is not a regular file"}
	}
	if info.Size() > maxCode {
		return "", &ZipError{File: file, Reason: "larger than 250 MB"}
	}
	s.mu.Lock()
	before := s.archives[file]
	s.mu.Unlock()
	if before.still(info) {
		if _, err := os.Stat(before.dir); err == nil {
			return before.dir, nil
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", fmt.Errorf("reading the archive: %w", err)
	}
	dir = filepath.Join(s.unpacked, fmt.Sprintf("%x", sum.Sum(nil)))
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		err = s.once(dir, func(work string) error {
			notes, err := unpack(f, info, work, maxCode)
			if err != nil {
				return refusal(file, err)
			}
			if after, err := f.Stat(); err != nil || !(archiveState{info: info}).still(after) {
				return fmt.Errorf("unpacking %s: it changed while it was read", file)
			}
			return os.WriteFile(filepath.Join(s.unpacked, filepath.Base(dir)+".notes"), []byte(strings.Join(notes, "\n")), 0o600)
		})
		if err != nil {
			return "", err
		}
	} else if err != nil {
		return "", fmt.Errorf("looking for the unpacked archive: %w", err)
	}
	s.mu.Lock()
	s.archives[file] = archiveState{info, dir}
	s.mu.Unlock()
	return dir, nil
}

// Notes says what a person should know about an unpacked archive, a line each:
// names that other disks would take for the same.
func (s *Store) Notes(dir string) []string {
	data, err := os.ReadFile(dir + ".notes")
	if err != nil || len(data) == 0 {
		return nil
	}
	return strings.Split(string(data), "\n")
}

// refusal names the archive in an error about it.
func refusal(file string, err error) error {
	var refused *ZipError
	if errors.As(err, &refused) {
		refused.File = file
		return refused
	}
	return fmt.Errorf("unpacking %s: %w", file, err)
}

// Limits of an archive, beside maxCode for its contents.
const (
	maxEntries   = 65_535   // what the classic format can hold
	maxDirectory = 16 << 20 // bytes of the list of entries
	maxRatio     = 1000     // to one, for entries above ratioFrom bytes
	ratioFrom    = 10 << 20
	maxNotes     = 20 // lines about names
)

// unpack unpacks an archive of at most so many bytes into an empty folder. An
// error that is the archive's fault is a *ZipError.
func unpack(f io.ReaderAt, info os.FileInfo, to string, most int64) (notes []string, err error) {
	bounded := &boundedReader{ReaderAt: f, left: maxDirectory}
	archive, err := zip.NewReader(bounded, info.Size())
	switch {
	case errors.Is(err, errDirectory):
		return nil, &ZipError{Reason: "its list of entries is larger than 16 MiB", Err: err}
	case err != nil:
		return nil, &ZipError{Reason: "it is not a zip archive, or a part of it is missing", Err: err}
	case len(archive.File) > maxEntries:
		return nil, &ZipError{Reason: fmt.Sprintf("it has more than %d entries", maxEntries)}
	}
	bounded.left = -1
	root, err := os.OpenRoot(to)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	u := unpacker{root: root, left: most, folded: map[string]string{}, made: map[string]bool{".": true}}
	for _, entry := range archive.File {
		if err := u.entry(entry); err != nil {
			return nil, err
		}
	}
	return u.notes, u.makeLinks()
}

var errDirectory = errors.New("list of entries over the limit")

// A boundedReader gives out a number of bytes only, so that an archive's list of
// entries can't fill memory; a negative number means no bound.
type boundedReader struct {
	io.ReaderAt
	left int64
}

func (b *boundedReader) ReadAt(p []byte, off int64) (int, error) {
	if b.left >= 0 {
		if b.left -= int64(len(p)); b.left < 0 {
			b.left = 0
			return 0, errDirectory
		}
	}
	return b.ReaderAt.ReadAt(p, off)
}

// An unpacker unpacks one archive below a root.
type unpacker struct {
	root   *os.Root
	left   int64 // bytes that may still be written
	links  []link
	folded map[string]string // name as a disk that ignores case sees it → name
	made   map[string]bool   // folders
	notes  []string
}

func (u *unpacker) entry(f *zip.File) error {
	refuse := func(reason string) error { return &ZipError{Entry: f.Name, Reason: reason} }
	name, reason := entryName(f.Name)
	if reason != "" {
		return refuse(reason)
	}
	if f.Flags&1 != 0 {
		return refuse("is encrypted")
	}
	if before, ok := u.folded[strings.ToLower(name)]; ok && before != name && len(u.notes) < maxNotes {
		u.notes = append(u.notes, fmt.Sprintf("%s and %s differ in case only: on some disks they are one file", quoted(before), quoted(name)))
	}
	u.folded[strings.ToLower(name)] = name
	switch mode := f.Mode(); {
	case mode.IsDir() || strings.HasSuffix(f.Name, "/"):
		return u.folder(f, name)
	case mode&fs.ModeSymlink != 0:
		target, err := u.target(f, name)
		if err != nil {
			return err
		}
		u.links = append(u.links, link{name, target})
		return nil
	case !mode.IsRegular():
		return refuse("is neither a file, a folder nor a link")
	}
	if err := u.folder(f, path.Dir(name)); err != nil {
		return err
	}
	return u.file(f, name)
}

// folder makes a folder and those above it.
func (u *unpacker) folder(f *zip.File, name string) error {
	if u.made[name] {
		return nil
	}
	if err := u.root.MkdirAll(name, 0o700); err != nil {
		if _, stat := u.root.Lstat(name); stat == nil || errors.Is(err, fs.ErrExist) {
			return &ZipError{Entry: f.Name, Reason: "needs a folder where another entry is a file", Err: err}
		}
		return err
	}
	u.made[name] = true
	return nil
}

func (u *unpacker) file(f *zip.File, name string) error {
	in, err := f.Open()
	if err != nil {
		return damaged(f, err)
	}
	defer in.Close()
	perm := f.Mode().Perm()&0o555 | 0o400
	out, err := u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) {
		// The same name again: the last one counts, as for other unpackers.
		if err := u.root.Remove(name); err != nil {
			return &ZipError{Entry: f.Name, Reason: "stands where another entry is a folder", Err: err}
		}
		out, err = u.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	}
	if err != nil {
		return err
	}
	defer out.Close()
	n, err := u.copy(out, f, in)
	if err != nil {
		return err
	}
	u.left -= n
	return out.Close()
}

// copy copies what an entry really holds. What it declares is a promise that it
// is held to.
func (u *unpacker) copy(out io.Writer, f *zip.File, in io.Reader) (int64, error) {
	limit := u.left
	if f.UncompressedSize64 < uint64(limit) {
		limit = int64(f.UncompressedSize64)
	}
	if ratio := uint64(maxRatio) * f.CompressedSize64; f.UncompressedSize64 > ratioFrom && f.UncompressedSize64 > ratio {
		return 0, &ZipError{Entry: f.Name, Reason: "is packed more than 1000 to one"}
	}
	n, err := io.Copy(out, &entryReader{r: in, f: f, left: limit + 1})
	switch {
	case n > u.left:
		return n, &ZipError{Entry: f.Name, Reason: "makes the code larger than 250 MB (262,144,000 bytes), the limit of Lambda"}
	case n > limit:
		return n, &ZipError{Entry: f.Name, Reason: "holds more than it declares"}
	case err != nil:
		return n, err
	}
	return n, nil
}

// An entryReader reads at most left bytes of an entry, and tells errors of the
// archive from errors of the disk it is unpacked to.
type entryReader struct {
	r    io.Reader
	f    *zip.File
	left int64
}

func (e *entryReader) Read(p []byte) (int, error) {
	if e.left <= 0 {
		return 0, io.EOF
	}
	if int64(len(p)) > e.left {
		p = p[:e.left]
	}
	n, err := e.r.Read(p)
	e.left -= int64(n)
	if err != nil && err != io.EOF && e.left > 0 {
		err = damaged(e.f, err)
	}
	return n, err
}

// damaged is the error for an entry that can't be read.
func damaged(f *zip.File, err error) error {
	reason := "is damaged"
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		reason = "is packed in a way that is not known here"
	case errors.Is(err, zip.ErrChecksum):
		reason = "is damaged: its checksum is wrong"
	case errors.Is(err, zip.ErrFormat):
		reason = "holds more than it declares"
	case errors.Is(err, io.ErrUnexpectedEOF):
		reason = "holds less than it declares"
	}
	return &ZipError{Entry: f.Name, Reason: reason, Err: err}
}

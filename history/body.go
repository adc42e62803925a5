package history

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

const (
	// maxInline is the largest body that is kept in the database itself, in bytes.
	// Above it a row costs more to write twice (log and database) than a file.
	maxInline = 256 << 10

	// minDeflate is the smallest body that is worth compressing. JSON of that
	// size shrinks to a fifth in the time that writing the rest would take; below
	// it the fixed cost of a compressor is more than a page's.
	minDeflate = 16 << 10
)

// A stored body begins with a byte that says how it is kept. A nil body is NULL:
// "no log" and "an empty log" are different things.
const (
	bodyRaw     = 'r' // the bytes
	bodyDeflate = 'z' // length (uvarint), then the bytes as DEFLATE
	bodyFile    = 'f' // length (uvarint), then the SHA-256 of the file under bodies/
)

// A storedBody is a body ready for its column.
type storedBody struct {
	column any    // nil or []byte
	size   int64  // of the body itself
	hash   []byte // of the file that holds it, nil when it is inline
	body   []byte // the bytes of that file
}

// bodyFiles keeps large bodies as files named by their content.
type bodyFiles struct{ dir string }

// store makes a body ready for its column. A large one is on disk, file and
// name synced, when it returns.
func (f bodyFiles) store(b []byte) (storedBody, error) {
	switch {
	case b == nil:
		return storedBody{}, nil
	case len(b) > maxInline:
		hash := sha256.Sum256(b)
		if err := f.write(hash[:], b); err != nil {
			return storedBody{}, err
		}
		column := binary.AppendUvarint([]byte{bodyFile}, uint64(len(b)))
		return storedBody{column: append(column, hash[:]...), size: int64(len(b)), hash: hash[:], body: b}, nil
	}
	return storedBody{column: inline(b), size: int64(len(b))}, nil
}

func inline(b []byte) []byte {
	if len(b) >= minDeflate {
		if z := deflated(b); len(z) < len(b)/4*3 {
			return z
		}
	}
	column := make([]byte, 0, len(b)+1)
	return append(append(column, bodyRaw), b...)
}

var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(io.Discard, flate.BestSpeed) // the level is a valid one
	return w
}}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	out.Write(binary.AppendUvarint([]byte{bodyDeflate}, uint64(len(b))))
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(&out)
	w.Write(b) // a bytes.Buffer takes everything
	w.Close()
	return out.Bytes()
}

// load gives back the body that a column holds.
func (f bodyFiles) load(column []byte) ([]byte, error) {
	if column == nil {
		return nil, nil
	}
	if len(column) == 0 {
		return nil, errors.New("a stored body has no kind")
	}
	kind, rest := column[0], column[1:]
	if kind == bodyRaw {
		return rest, nil
	}
	size, n := binary.Uvarint(rest)
	if n <= 0 {
		return nil, errors.New("a stored body has no length")
	}
	rest = rest[n:]
	switch {
	case kind == bodyDeflate && size <= maxInline:
		return inflate(rest, int(size))
	case kind == bodyFile && len(rest) == sha256.Size:
		return f.read(rest, int64(size))
	}
	return nil, fmt.Errorf("a stored body is of the unknown kind %q", kind)
}

func inflate(z []byte, size int) ([]byte, error) {
	r := flate.NewReader(bytes.NewReader(z))
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("read a compressed body: %w", err)
	}
	return b, nil
}

func (f bodyFiles) path(hash []byte) string {
	name := hex.EncodeToString(hash)
	return filepath.Join(f.dir, name[:2], name)
}

// write makes the file of a body, unless one with the same bytes is there. What
// has the final name is whole: it gets the name after it was synced. The name is
// synced even when the file was there, because who made it may not have come so far.
func (f bodyFiles) write(hash, b []byte) error {
	path := f.path(hash)
	dir := filepath.Dir(path)
	if err := f.makeDirs(dir); err != nil {
		return explain(dir, fmt.Errorf("make the folder of a body: %w", err))
	}
	if !holds(path, b) {
		if err := writeFile(path, b); err != nil {
			return explain(path, fmt.Errorf("write a body: %w", err))
		}
	}
	if err := syncDir(dir); err != nil {
		return explain(dir, fmt.Errorf("sync the folder of a body: %w", err))
	}
	return nil
}

func (f bodyFiles) makeDirs(dir string) error {
	for _, d := range []string{f.dir, dir} {
		err := os.Mkdir(d, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		if err := syncDir(filepath.Dir(d)); err != nil {
			return err
		}
	}
	return nil
}

// writeFile puts a file, readable by its user only, in its place at once and for good.
func writeFile(path string, b []byte) (err error) {
	t, err := os.CreateTemp(filepath.Dir(path), partName) // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			t.Close()
			os.Remove(t.Name())
		}
	}()
	if _, err := t.Write(b); err != nil {
		return err
	}
	if err := t.Sync(); err != nil {
		return err
	}
	if err := t.Close(); err != nil {
		return err
	}
	return os.Rename(t.Name(), path)
}

// holds says whether the regular file at path has exactly these bytes.
func holds(path string, b []byte) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != int64(len(b)) {
		return false
	}
	have, err := os.ReadFile(path)
	return err == nil && bytes.Equal(have, b)
}

func (f bodyFiles) read(hash []byte, size int64) ([]byte, error) {
	path := f.path(hash)
	wrong := &Error{Path: path, Problem: ProblemBody, Text: "is missing or is not what was recorded",
		Remedy: "put it back from a copy; the rest of the record is intact"}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != size {
		wrong.Err = err
		return nil, wrong
	}
	b, err := os.ReadFile(path)
	if err != nil {
		wrong.Err = err
		return nil, wrong
	}
	if got := sha256.Sum256(b); !bytes.Equal(got[:], hash) {
		return nil, wrong
	}
	return b, nil
}

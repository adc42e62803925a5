package versions

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

// open opens a store in a data folder of its own and returns both.
func open(t testing.TB) (store *Store, data string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	s, err := Open(Dir(data, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	return s, data
}

// tree lists what is below a folder, with modes and contents.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		info, err := e.Info()
		if err != nil {
			return err
		}
		text := info.Mode().String()
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += " " + string(content)
		case info.Mode()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			text += " -> " + target
		}
		all[filepath.ToSlash(rel)] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// The corpus of hostile archives: what is refused is refused whole, with one
// safe line, and leaves nothing anywhere.
func TestUnpackHostile(t *testing.T) {
	for _, tt := range []struct{ file, want, reason string }{
		{file: "ok.zip", want: "app.py"},
		{file: "setuid.zip", want: "tool"},
		{file: "name-esc.zip", want: "\x1b]0;OWNED\x07.py"},
		{file: "case-collide.zip", want: "App.py"},
		{file: "entries-20k.zip", want: "f2999"},
		{file: "slip-dotdot.zip", reason: `the entry "../../evil.txt" leads out of the archive`},
		{file: "slip-backslash.zip", reason: "has a backslash in its name"},
		{file: "slip-drive.zip", reason: "has a backslash in its name"},
		{file: "symlink-abs.zip", reason: `the entry "link" is a link with an absolute path`},
		{file: "name-nul.zip", reason: "has a NUL in its name"},
		{file: "deep-path.zip", reason: "has a name longer than 1024 bytes"},
		{file: "lying-size.zip", reason: `the entry "f" holds more than it declares`},
		{file: "truncated.zip", reason: "it is not a zip archive, or a part of it is missing"},
		{file: "not-a-zip.zip", reason: "it is not a zip archive, or a part of it is missing"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			s, data := open(t)
			parent := filepath.Dir(data)
			started := time.Now()
			dir, err := s.Unpack(filepath.Join("testdata", "hostile", tt.file))
			if took := time.Since(started); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if tt.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				if _, err := os.Lstat(filepath.Join(dir, tt.want)); err != nil {
					t.Errorf("not unpacked: %v", err)
				}
				return
			}
			var refused *ZipError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v, want a *ZipError", err)
			}
			if !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %q, want %q in it", err, tt.reason)
			}
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("a control character in %q", err)
			}
			if !strings.Contains(err.Error(), tt.file) {
				t.Errorf("%q does not name the archive", err)
			}
			for path := range tree(t, parent) {
				switch path {
				case ".", "data", "data/unpacked", "data/unpacked/lock":
				default:
					t.Errorf("%s is left behind", path)
				}
			}
		})
	}
}

// An entry of a made archive.
type made struct {
	name, body string
	mode       fs.FileMode
}

func archive(t testing.TB, entries ...made) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(path, zipped(t, entries...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t testing.TB, entries ...made) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name}
		if e.body != "" {
			h.Method = zip.Deflate
		}
		h.SetMode(e.mode)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(e.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A link that stays within is a link; any that leads out is refused, alone or
// as a chain of links that are harmless one by one.
func TestUnpackLinks(t *testing.T) {
	const l = fs.ModeSymlink | 0o777
	for name, tt := range map[string]struct {
		entries []made
		reason  string
	}{
		"within":      {entries: []made{{"bin/tool", "x", 0o755}, {"tool", "bin/tool", l}, {"lib/up", "../bin", l}}},
		"dangling":    {entries: []made{{"tool", "nowhere", l}}},
		"out":         {[]made{{"tool", "../x", l}}, "leads out of the archive"},
		"out below":   {[]made{{"a/b/tool", "../../../x", l}}, "leads out of the archive"},
		"chain":       {[]made{{"s/up", "..", l}, {"s/out", "up/../evil", l}}, "leads out of the archive"},
		"through":     {[]made{{"d", "/tmp", l}, {"d/f", "x", 0o644}}, "absolute path"},
		"through in":  {[]made{{"d", "e", l}, {"d/f", "x", 0o644}}, "where another entry is"},
		"over a file": {[]made{{"f", "x", 0o644}, {"f", "g", l}}, "where another entry is"},
		"backslash":   {[]made{{"f", `..\x`, l}}, "backslash"},
		"long":        {[]made{{"f", strings.Repeat("a/", 600), l}}, "longer than 1024 bytes"},
		"device":      {[]made{{"f", "", fs.ModeDevice | 0o644}}, "neither a file, a folder nor a link"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			dir, err := s.Unpack(archive(t, tt.entries...))
			if tt.reason == "" {
				if err != nil {
					t.Fatal(err)
				}
				if name == "within" {
					got, err := os.ReadFile(filepath.Join(dir, "lib/up/tool"))
					if string(got) != "x" {
						t.Errorf("through two folders and a link: %q, %v", got, err)
					}
				}
				return
			}
			var refused *ZipError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("got %v, want a *ZipError with %q", err, tt.reason)
			}
		})
	}
}

func TestUnpackNames(t *testing.T) {
	for name, reason := range map[string]string{
		"../x": "leads out", "a/../../x": "leads out", "a/../b": "leads out", "/etc/x": "absolute", "C:x": "drive letter", `a\b`: "backslash",
		"a\x00b": "NUL", "\xff": "UTF-8", "": "no name", strings.Repeat("d/", 101) + "f": "deeper than 100 folders",
		strings.Repeat("x", 256): "longer than 255 bytes",
	} {
		if _, got := entryName(name); !strings.Contains(got, reason) {
			t.Errorf("%.20q: got %q, want %q", name, got, reason)
		}
	}
	for _, name := range []string{"a", "a/b/c.py", "./a", "a/", "ünï.py", "..a", "ab:c"} {
		if _, got := entryName(name); got != "" {
			t.Errorf("%q is refused: %s", name, got)
		}
	}
}

func TestUnpackModes(t *testing.T) {
	s, _ := open(t)
	dir, err := s.Unpack(archive(t,
		made{"bootstrap", "x", 0o755 | fs.ModeSetuid | fs.ModeSetgid}, made{"data", "x", 0o666}, made{"mute", "x", 0}, made{"d/", "", fs.ModeDir | 0o777}))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"bootstrap": 0o555, "data": 0o444, "mute": 0o400, "d": fs.ModeDir | 0o700, ".": fs.ModeDir | 0o700}
	for name, mode := range want {
		info, err := os.Lstat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != mode {
			t.Errorf("%s has mode %v, want %v", name, info.Mode(), mode)
		}
	}
}

// What an archive declares doesn't matter, what it holds does.
func TestUnpackBomb(t *testing.T) {
	t.Run("ratio", func(t *testing.T) {
		s, _ := open(t)
		_, err := s.Unpack(archive(t, made{"zeros", strings.Repeat("\x00", ratioFrom+1), 0o644}))
		var refused *ZipError
		if !errors.As(err, &refused) || !strings.Contains(err.Error(), "more than 1000 to one") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("total", func(t *testing.T) {
		data := zipped(t, made{"a", strings.Repeat("a", 600), 0o644}, made{"b", strings.Repeat("b", 401), 0o644})
		for most, refused := range map[int64]bool{1000: true, 1001: false} {
			err := unpackTo(t, t.TempDir(), data, most)
			if got := err != nil; got != refused || refused && !strings.Contains(err.Error(), "262,144,000 bytes") {
				t.Errorf("1001 bytes where %d may be: %v", most, err)
			}
		}
	})
	t.Run("entries", func(t *testing.T) {
		s, _ := open(t)
		entries := make([]made, 70_000)
		for i := range entries {
			entries[i] = made{fmt.Sprint(i), "", 0o644}
		}
		_, err := s.Unpack(archive(t, entries...))
		if err == nil || !strings.Contains(err.Error(), "more than 65535 entries") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("directory", func(t *testing.T) {
		s, _ := open(t)
		long := strings.Repeat("x", 60_000)
		entries := make([]made, 300)
		for i := range entries {
			entries[i] = made{fmt.Sprint(i, long), "", 0o644}
		}
		_, err := s.Unpack(archive(t, entries...))
		if err == nil || !strings.Contains(err.Error(), "list of entries is larger than 16 MiB") {
			t.Errorf("got %v", err)
		}
	})
}

// unpackTo unpacks an archive that is in memory.
func unpackTo(t testing.TB, to string, data []byte, most int64) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "code.zip")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = unpack(f, info, to, most)
	return err
}

func TestUnpackOnceByContent(t *testing.T) {
	s, data := open(t)
	file := archive(t, made{"app.py", "one", 0o644})
	dirs := make([]string, 8)
	var wait sync.WaitGroup
	for i := range dirs {
		wait.Go(func() {
			other, err := Open(Dir(data, fmt.Sprint("project", i))) // another project, another lambent
			if err != nil {
				t.Error(err)
				return
			}
			if dirs[i], err = other.Unpack(file); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, dir := range dirs {
		if dir != dirs[0] {
			t.Errorf("unpacked to %s and %s", dir, dirs[0])
		}
	}
	first, err := s.Unpack(file)
	if err != nil || first != dirs[0] {
		t.Fatalf("again: %s, %v", first, err)
	}
	if err := os.WriteFile(file, zipped(t, made{"app.py", "two", 0o644}), 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := s.Unpack(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(filepath.Join(second, "app.py")); string(got) != "two" {
		t.Errorf("changed in place: got %q from %s", got, second)
	}
	if got, _ := os.ReadFile(filepath.Join(first, "app.py")); string(got) != "one" {
		t.Errorf("what was unpacked before is now %q", got)
	}
}

// What a killed lambent left is gone after the next unpacking.
func TestUnpackClearsWhatWasLeft(t *testing.T) {
	s, data := open(t)
	left := filepath.Join(data, "unpacked", partial+"123")
	if err := os.MkdirAll(filepath.Join(left, "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Unpack(archive(t, made{"a", "", 0o644})); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", left, err)
	}
}

func TestUnpackSaysNamesCollide(t *testing.T) {
	s, _ := open(t)
	dir, err := s.Unpack(filepath.Join("testdata", "hostile", "case-collide.zip"))
	if err != nil {
		t.Fatal(err)
	}
	notes := s.Notes(dir)
	if len(notes) != 1 || !strings.Contains(notes[0], `"App.py" and "app.py" differ in case only`) {
		t.Errorf("got %q", notes)
	}
	if dir, err = s.Unpack(archive(t, made{"a", "", 0o644})); err != nil || s.Notes(dir) != nil {
		t.Errorf("an archive without such names: %q, %v", s.Notes(dir), err)
	}
}

func TestUnpackRefusesWhatIsNoFile(t *testing.T) {
	s, _ := open(t)
	var refused *ZipError
	if _, err := s.Unpack(t.TempDir()); !errors.As(err, &refused) {
		t.Errorf("a folder: %v", err)
	}
	if _, err := s.Unpack(filepath.Join(t.TempDir(), "none.zip")); !errors.Is(err, fs.ErrNotExist) || errors.As(err, &refused) {
		t.Errorf("a missing file: %v", err)
	}
}

// FuzzZip: whatever the bytes, what is unpacked stays below its folder, and what
// is refused leaves nothing.
func FuzzZip(f *testing.F) {
	files, err := filepath.Glob(filepath.Join("testdata", "hostile", "*.zip"))
	if err != nil || len(files) == 0 {
		f.Fatal("no corpus", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 64<<10 {
			f.Add(data)
		}
	}
	f.Add(zipped(f, made{"s/up", "..", fs.ModeSymlink | 0o777}, made{"s/out", "up/../evil", fs.ModeSymlink | 0o777}))
	f.Fuzz(func(t *testing.T, data []byte) {
		base := t.TempDir()
		to := filepath.Join(base, "a", "b")
		if err := os.MkdirAll(to, 0o700); err != nil {
			t.Fatal(err)
		}
		err := unpackTo(t, to, data, 1<<20)
		if refused := (*ZipError)(nil); err != nil && !errors.As(err, &refused) && !errors.Is(err, fs.ErrExist) {
			t.Errorf("neither unpacked nor refused: %v", err)
		}
		for path, what := range tree(t, base) {
			inside := path == "." || path == "a" || path == "a/b" || strings.HasPrefix(path, "a/b/")
			if !inside {
				t.Errorf("%s was written", path)
			}
			if strings.HasPrefix(what, "u") || strings.Contains(what, "-> /") {
				t.Errorf("%s is %s", path, what)
			}
		}
	})
}

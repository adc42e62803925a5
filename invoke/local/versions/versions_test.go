package versions

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// code writes a folder of files and links ("-> target").
func code(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(body, "-> "); ok {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, []byte(body), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func orders() project.Function {
	return project.Function{
		Function:  invoke.Function{Name: "orders", Runtime: "python3.13", Handler: "app.handler", MemorySizeMB: 256, Timeout: 3 * time.Second},
		LogicalID: "Orders",
	}
}

func publish(t testing.TB, s *Store, fn project.Function, dir string) Version {
	t.Helper()
	v, err := s.Publish(context.Background(), fn, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func put(t testing.TB, s *Store, a Alias) {
	t.Helper()
	if _, err := s.PutAlias("orders", a); err != nil {
		t.Fatal(err)
	}
}

func resolve(t testing.TB, s *Store, qualifier string) Resolved {
	t.Helper()
	r, err := s.Resolve(orders(), qualifier, func() float64 { t.Error("drawn for an alias with one version"); return 0 })
	if err != nil {
		t.Fatalf("resolving %q: %v", qualifier, err)
	}
	return r
}

// A version keeps code, links, run bits and configuration whatever becomes of
// the project, and another lambent sees it.
func TestVersionIsImmutable(t *testing.T) {
	s, data := open(t)
	dir := code(t, map[string]string{
		"app.py": "one", "lib/a.py": "a", "lib/b.py": "-> a.py", "bin/run": "#!",
		".git/HEAD": "no", "__pycache__/app.pyc": "no", ".aws-sam/build/x": "no", "out": "-> /etc/hostname",
	})
	if err := os.Symlink(filepath.Join(dir, "lib"), filepath.Join(dir, "abs")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "bin/run"), 0o4755); err != nil {
		t.Fatal(err)
	}
	fn := orders()
	fn.Environment = []invoke.Variable{{Name: "STAGE", Value: "one"}}
	v := publish(t, s, fn, dir)
	if v.Number != 1 || v.CodeSHA256 == "" || time.Since(v.PublishedAt) > time.Minute {
		t.Errorf("got %+v", v)
	}
	want := map[string]string{
		".": "drwx------", "app.py": "-r--r--r-- one", "lib": "drwx------", "lib/a.py": "-r--r--r-- a", "bin": "drwx------",
		"bin/run": "-r-xr-xr-x #!", "lib/b.py": "Lrwxrwxrwx -> a.py", "abs": "Lrwxrwxrwx -> lib", "out": "Lrwxrwxrwx -> /etc/hostname",
	}
	for _, err := range []error{
		os.WriteFile(filepath.Join(dir, "app.py"), []byte("two"), 0o644),
		os.RemoveAll(filepath.Join(dir, "lib")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	other, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	r := resolve(t, other, "1")
	if r.Version != "1" || r.Config.Environment[0].Value != "one" || r.Config.Timeout != 3*time.Second || r.Config.CodeURI != r.CodeDir {
		t.Errorf("resolved %+v", r)
	}
	if got := tree(t, r.CodeDir); !maps.Equal(got, want) {
		t.Errorf("the snapshot is\n%v, want\n%v", got, want)
	}
	for path, what := range tree(t, data) {
		if strings.HasPrefix(what, "d") && !strings.HasPrefix(what, "drwx------") {
			t.Errorf("others may look into %s: %s", path, what)
		}
	}
}

// Publishing what has not changed answers the last version; numbers are never
// given out twice, even when a version is gone.
func TestPublishNumbers(t *testing.T) {
	s, _ := open(t)
	fn, dir := orders(), code(t, map[string]string{"app.py": "one"})
	number := func(want int, what string) {
		t.Helper()
		if got := publish(t, s, fn, dir).Number; got != want {
			t.Errorf("%s: version %d, want %d", what, got, want)
		}
	}
	number(1, "the first")
	number(1, "nothing changed")
	fn.Source, fn.Line, fn.LastModified, fn.CodeURI = "template.yaml:99", 99, time.Now(), "/elsewhere"
	fn.ReservedConcurrency = new(int)
	number(1, "nothing that counts changed")
	fn.MemorySizeMB = 512
	number(2, "configuration changed")
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	number(3, "code changed")
	if err := os.Chmod(filepath.Join(dir, "app.py"), 0o755); err != nil {
		t.Fatal(err)
	}
	number(4, "run bit changed")
	if err := os.Rename(filepath.Join(dir, "app.py"), filepath.Join(dir, "main.py")); err != nil {
		t.Fatal(err)
	}
	number(5, "name changed")
	if err := os.RemoveAll(filepath.Join(s.dir, "functions/orders/5")); err != nil {
		t.Fatal(err)
	}
	number(6, "after a version was removed by hand")
	fn.Description = "described"
	v, err := s.Publish(context.Background(), fn, dir, "by hand")
	if err != nil || v.Number != 7 || v.Description != "by hand" {
		t.Errorf("got %+v, %v", v, err)
	}
	all, err := s.Versions("orders")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, v := range all {
		numbers = append(numbers, v.Number)
	}
	if !slices.Equal(numbers, []int{1, 2, 3, 4, 6, 7}) {
		t.Errorf("listed %v", numbers)
	}
	if q := all[5].Qualifier(); q.Name != "7" || q.Kind != invoke.KindVersion || q.Description != "by hand" || q.PublishedAt.IsZero() {
		t.Errorf("as a qualifier: %+v", q)
	}
}

// Code that functions share through links is in the version; what lies out of the
// project is not, and links that lead in circles come to an end.
func TestPublishSharedCode(t *testing.T) {
	s, _ := open(t)
	root := code(t, map[string]string{
		"src/app.py": "one", "src/shared": "-> ../shared", "src/one.py": "-> ../shared/s.py", "src/up": "-> ..", "src/gone": "-> ../gone",
		"shared/s.py": "shared", "shared/t.py": "-> s.py", "shared/back": "-> ../src", "shared/out": "-> /etc", "shared/sly": "-> out/hostname",
		"src/sly": "-> ../shared/out/hostname",
	})
	fn := orders()
	fn.Root = root
	v := publish(t, s, fn, filepath.Join(root, "src"))
	if err := os.RemoveAll(filepath.Join(root, "shared")); err != nil {
		t.Fatal(err)
	}
	got := tree(t, v.CodeDir)
	for path, want := range map[string]string{
		"shared/s.py": "-r--r--r-- shared", "one.py": "-r--r--r-- shared", "shared/t.py": "Lrwxrwxrwx -> s.py", "shared/back": "Lrwxrwxrwx -> ../src",
		"shared/out": "Lrwxrwxrwx -> /etc", "gone": "Lrwxrwxrwx -> ../gone", "sly": "Lrwxrwxrwx -> ../shared/out/hostname", "shared/sly": "Lrwxrwxrwx -> out/hostname",
		"up/src/app.py": "-r--r--r-- one", "up/src/up": "Lrwxrwxrwx -> ..",
	} {
		if got[path] != want {
			t.Errorf("%s is %q, want %q", path, got[path], want)
		}
	}
}

func TestPublishLayers(t *testing.T) {
	s, _ := open(t)
	fn := orders()
	folder := code(t, map[string]string{"python/a.py": "a"})
	fn.LayerPaths = []string{folder, archive(t, made{"python/b.py", "b", 0o644})}
	dir := code(t, map[string]string{"app.py": "one"})
	v := publish(t, s, fn, dir)
	if err := os.WriteFile(filepath.Join(folder, "python/a.py"), []byte("changed"), 0o644); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"python/a.py", "python/b.py"} {
		got, err := os.ReadFile(filepath.Join(v.Config.LayerPaths[i], name))
		if want := string(name[7]); string(got) != want {
			t.Errorf("layer %d holds %q, want %q: %v", i, got, want, err)
		}
	}
	if again := publish(t, s, fn, dir); again.Number != 2 {
		t.Errorf("a changed layer gave version %d", again.Number)
	}
}

// The data folder may lie in the project, which may be the code.
func TestPublishLeavesOutTheDataFolder(t *testing.T) {
	dir := code(t, map[string]string{"app.py": "one"})
	s, err := Open(Dir(filepath.Join(dir, ".lambent"), dir))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		v := publish(t, s, orders(), dir)
		if got := tree(t, v.CodeDir); len(got) != 2 {
			t.Errorf("the snapshot is %v", got)
		}
		if v.Number != 1 {
			t.Errorf("publishing changed the code: version %d", v.Number)
		}
	}
}

func TestPublishRefuses(t *testing.T) {
	s, _ := open(t)
	big := t.TempDir()
	if err := os.WriteFile(filepath.Join(big, "model"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(big, "model"), maxCode+1); err != nil {
		t.Fatal(err)
	}
	small := code(t, map[string]string{"app.py": "one"})
	broken := orders()
	broken.Broken = "it has no Handler"
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, tt := range []struct {
		what, dir, description, want string
		ctx                          context.Context
		fn                           project.Function
	}{
		{"too large", big, "", "Unzipped size must be smaller than 262144000 bytes", context.Background(), orders()},
		{"broken", small, "", "it has no Handler", context.Background(), broken},
		{"description", small, strings.Repeat("x", 257), "at 'description' failed to satisfy constraint: Member must have length less than or equal to 256", context.Background(), orders()},
		{"no folder", filepath.Join(small, "none"), "", "no such file", context.Background(), orders()},
		{"cancelled", small, "", "context canceled", cancelled, orders()},
	} {
		_, err := s.Publish(tt.ctx, tt.fn, tt.dir, tt.description)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.what, err, tt.want)
		}
	}
	if numbers, err := s.Versions("orders"); err != nil || len(numbers) != 0 {
		t.Errorf("%d versions, %v", len(numbers), err)
	}
	left, _ := filepath.Glob(filepath.Join(s.dir, "functions/orders/.partial-*"))
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestCodeDir(t *testing.T) {
	s, _ := open(t)
	folder := code(t, map[string]string{"app.py": "one"})
	read := func(fn project.Function, name string) string {
		t.Helper()
		dir, err := s.CodeDir(fn)
		if err != nil {
			t.Fatal(err)
		}
		body, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if got := read(project.Function{CodeURI: folder}, "app.py"); got != "one" {
		t.Errorf("a folder: %q", got)
	}
	if got := read(project.Function{CodeURI: archive(t, made{"app.py", "zipped", 0o644})}, "app.py"); got != "zipped" {
		t.Errorf("an archive: %q", got)
	}
	for range 2 {
		if got := read(project.Function{InlineFile: "index.py", InlineCode: []byte("inline")}, "index.py"); got != "inline" {
			t.Errorf("inline: %q", got)
		}
	}
	if _, err := s.CodeDir(orders()); err == nil || !strings.Contains(err.Error(), "orders has no code") {
		t.Errorf("no code: %v", err)
	}
}

// Two lambents publish at once: no number twice, none lost, no alias lost.
func TestConcurrentPublishing(t *testing.T) {
	_, data := open(t)
	home := t.TempDir()
	const writers, each = 4, 5
	var wait sync.WaitGroup
	for w := range writers {
		dir := code(t, map[string]string{"app.py": fmt.Sprint(w)})
		wait.Go(func() {
			s, err := Open(Dir(data, home))
			if err != nil {
				t.Error(err)
				return
			}
			for i := range each {
				fn := orders()
				fn.Handler = fmt.Sprintf("app.h%d%d", w, i)
				v, err := s.Publish(context.Background(), fn, dir, "")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := s.PutAlias("orders", Alias{Name: fmt.Sprintf("w%d-%d", w, i), Version: strconv.Itoa(v.Number)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	s, err := Open(Dir(data, home))
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Versions("orders")
	if err != nil || len(all) != writers*each {
		t.Fatalf("%d versions, %v", len(all), err)
	}
	for i, v := range all {
		if v.Number != i+1 {
			t.Errorf("version %d at place %d", v.Number, i+1)
		}
	}
	for w := range writers {
		for i := range each {
			r := resolve(t, s, fmt.Sprintf("w%d-%d", w, i))
			if want := fmt.Sprintf("app.h%d%d", w, i); r.Config.Handler != want {
				t.Errorf("the alias of %s leads to %s", want, r.Config.Handler)
			}
		}
	}
}

// What a crash left half-written is no version and is cleared away; damage is
// one line with the path.
func TestDamagedStore(t *testing.T) {
	s, _ := open(t)
	dir := code(t, map[string]string{"app.py": "one"})
	publish(t, s, orders(), dir)
	put(t, s, Alias{Name: "live", Version: "1"})
	base := filepath.Join(s.dir, "functions/orders")
	if err := os.MkdirAll(filepath.Join(base, partial+"9/code"), 0o700); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Versions("orders"); err != nil || len(all) != 1 {
		t.Errorf("%d versions, %v", len(all), err)
	}
	put(t, s, Alias{Name: "live", Version: "1"})
	if _, err := os.Stat(filepath.Join(base, partial+"9")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("half a version is still there: %v", err)
	}
	for _, tt := range []struct{ file, content, want string }{
		{"1/version.json", "{", "version.json is damaged"},
		{"1/version.json", `{"format": 2}`, "version.json was written by a newer lambent"},
		{"aliases.json", "\x00", "aliases.json is damaged"},
		{"aliases.json", `{"format": 2}`, "aliases.json was written by a newer lambent"},
	} {
		path := filepath.Join(base, tt.file)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
			t.Fatal(err)
		}
		fresh, err := Open(s.dir)
		if err != nil {
			t.Fatal(err)
		}
		_, err = fresh.Resolve(orders(), "live", nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), base) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", tt.file, err, tt.want)
		}
		if got, _ := os.ReadFile(path); string(got) != tt.content {
			t.Errorf("%s was overwritten", tt.file)
		}
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpen(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := Open(dir); err == nil {
			t.Errorf("%s was opened", dir)
		}
	}
	data := filepath.Join(t.TempDir(), "none")
	s, err := Open(Dir(data, "project"))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := s.Aliases(orders()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v", all, err)
	}
	if _, err := os.Stat(data); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading wrote %s: %v", data, err)
	}
	if Key("/a") == Key("/b") || Key("/a") != Key("/a/../a") {
		t.Error("keys don't tell folders apart, or tell one from itself")
	}
}

// BenchmarkResolve is what an invocation through an alias costs here, beside its
// floor: looking whether the file of the aliases has changed.
func BenchmarkResolve(b *testing.B) {
	s, _ := open(b)
	publish(b, s, orders(), code(b, map[string]string{"app.py": "one"}))
	put(b, s, Alias{Name: "live", Version: "1"})
	fn := orders()
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			if _, err := os.Stat(filepath.Join(s.dir, "functions/orders/aliases.json")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("alias", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Resolve(fn, "live", nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

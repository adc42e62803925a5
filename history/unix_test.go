//go:build unix

package history

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lambent/invoke"
)

// limitFiles lets no file of this process grow over a size, as a full disk would not.
func limitFiles(size uint64) (was syscall.Rlimit, err error) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return was, err
	}
	limited := was
	limited.Cur = size
	return was, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited)
}

// childOnFullDisk records until no file may grow any more, then gives space and
// records again. Its standard output tells what came of it.
func childOnFullDisk(s *Store) error {
	was, err := limitFiles(400 << 10)
	if err != nil {
		return err
	}
	target := ok(localInfo, strings.Repeat("x", 8000))
	call := func(payload int) (invoke.Result, error) {
		return s.Recorder(target).Invoke(context.Background(), invoke.Request{Function: "orders", Payload: make([]byte, payload)}, nil)
	}
	recorded := 0
	for range 1000 {
		res, err := call(9000)
		if err != nil {
			return err
		}
		if res.HistoryID == 0 {
			fmt.Println("note", res.Notes[0])
			break
		}
		recorded++
	}
	if res, err := call(maxInline + 300<<10); err != nil || res.HistoryID != 0 {
		return errors.Join(err, errors.New("a body was written beyond the limit"))
	}
	event := queued("e-1", s.now())
	event.Request.Payload = make([]byte, 9000) // less might fit into what is left
	if err := s.Enqueue(context.Background(), event); err == nil {
		return errors.New("an event was accepted without space")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		return err
	}
	res, err := call(9000)
	if err != nil || res.HistoryID == 0 {
		return errors.Join(err, fmt.Errorf("with space again: %v", res.Notes))
	}
	fmt.Println("recorded", recorded+1)
	return nil
}

// On a full disk calls go on and say that they are not kept, nothing that was
// acknowledged is lost, and with space again it all goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	lines, err := startChild(t, "full", dir).wait()
	if err != nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "note ") || !strings.HasPrefix(lines[1], "recorded ") {
		t.Fatalf("%v %q", err, lines)
	}
	if !strings.Contains(lines[0], filepath.Join(dir, databaseName)) {
		t.Errorf("the note does not name the file: %s", lines[0])
	}
	var want int
	fmt.Sscanf(lines[1], "recorded %d", &want)
	page := list(t, open(t, dir), "")
	if len(page) != want || want < 5 {
		t.Errorf("%d of %d acknowledged records", len(page), want)
	}
	left, err := filepath.Glob(filepath.Join(dir, bodiesDir, "*", ".new-*"))
	if err != nil || len(left) != 0 {
		t.Errorf("half-written files stay: %v", left)
	}
}

// A history on a disk that is full already is not opened, and that is what is said.
func TestOpenOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, databaseName, goodHistory(t))
	before := contentsOf(t, dir)
	lines, err := startChild(t, "open on a full disk", dir).wait()
	if err == nil || len(lines) != 1 || !strings.Contains(lines[0], databaseName+" could not be written: no space is left: free some space") {
		t.Errorf("%v %q", err, lines)
	}
	after := contentsOf(t, dir)
	if after[databaseName] != before[databaseName] {
		t.Error("the history was changed")
	}
}

// Every file is its user's only, whatever the umask.
func TestModes(t *testing.T) {
	for _, mask := range []int{0, 0o022} {
		was := syscall.Umask(mask)
		dir := filepath.Join(t.TempDir(), "data")
		s, err := Open(dir, Options{})
		if err == nil {
			// A call that is recorded before it is sent, with a large body: every kind of file.
			target := ok(awsInfo, strings.Repeat("x", maxInline+1))
			target.answer = inspecting(t, dir, target.answer)
			invokeOne(t, s, target, invoke.Request{Function: "orders"})
			err = s.Close()
		}
		syscall.Umask(was)
		if err != nil {
			t.Fatal(err)
		}
		checkModes(t, dir)
	}
}

// inspecting looks at the modes while the store is in use.
func inspecting(t *testing.T, dir string, answer func(context.Context, invoke.Request) (invoke.Result, error)) func(context.Context, invoke.Request) (invoke.Result, error) {
	return func(ctx context.Context, req invoke.Request) (invoke.Result, error) {
		for _, name := range []string{databaseName + "-wal", databaseName + "-shm", ownersDir} {
			if !exists(filepath.Join(dir, name)) {
				t.Errorf("%s is not there", name)
			}
		}
		checkModes(t, dir)
		return answer(ctx, req)
	}
}

func checkModes(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A history that others can read is closed to them, and that is said.
func TestModeIsTightened(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, databaseName, goodHistory(t))
	if err := os.Chmod(filepath.Join(dir, databaseName), 0o644); err != nil {
		t.Fatal(err)
	}
	var said []string
	s, err := Open(dir, Options{OnNotice: func(text string) { said = append(said, text) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if info, err := os.Stat(s.path); err != nil || info.Mode().Perm() != 0o600 || len(said) != 1 {
		t.Errorf("mode %v, said %q", info.Mode(), said)
	}
}

func TestPipeInPlaceOfTheFile(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, databaseName), 0o600); err != nil {
		cannot(t, "no pipes here:", err)
	}
	if e := openError(t, dir); e.Problem != ProblemNotAFile || !strings.Contains(e.Error(), "a pipe") {
		t.Error(e)
	}
}

func TestUnwritableFolder(t *testing.T) {
	if os.Geteuid() == 0 { // whom permissions do not bind
		asNobody(t)
		return
	}
	dir := t.TempDir()
	put(t, dir, databaseName, goodHistory(t))
	before := contentsOf(t, dir)
	for _, path := range []string{filepath.Join(dir, databaseName), dir} {
		if err := os.Chmod(path, 0o500); err != nil {
			t.Fatal(err)
		}
		e := openError(t, dir)
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
		if e.Problem != ProblemUnwritable {
			t.Errorf("%s: %q: %v", path, e.Problem, e)
		}
	}
	sameFiles(t, before, contentsOf(t, dir))
}

// asNobody runs the test that calls it again in a process of a user whom permissions bind.
func asNobody(t *testing.T) {
	t.Helper()
	image, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		cannot(t, "the test can't be run as another user:", err)
	}
	dir, err := os.MkdirTemp("", "history-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "history.test")
	if err := errors.Join(os.WriteFile(binary, image, 0o755), os.Chmod(binary, 0o755), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	c := exec.Command(binary, "-test.run", "^"+t.Name()+"$", "-test.v")
	c.Dir, c.Env = dir, []string{"TMPDIR=" + dir, "HOME=" + dir, "CI=" + os.Getenv("CI")}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}

//go:build unix

package local

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// lambentLike is argv[0] of a process that plays lambent, to be killed.
const lambentLike = "lambent-like"

// functionsOfVictim is how many functions, each with a family of grandchildren, the
// killed lambent has running.
const functionsOfVictim = 5

// beLambent runs functions that leave grandchildren in sessions of their own, says
// where their environments are, and then waits to be killed in the middle of another
// invocation.
func beLambent() int {
	dir := os.Args[1]
	var functions []project.Function
	for i := range functionsOfVictim {
		fn := project.Function{Function: invoke.Function{Name: "f" + strconv.Itoa(i), Handler: "family"}}
		complete(&fn, filepath.Join(dir, "code"))
		functions = append(functions, fn)
	}
	e, err := Open(Options{
		Project: &project.Project{Dir: dir, Template: "template.yaml", Functions: functions},
		DataDir: filepath.Join(dir, "data"), TempDir: filepath.Join(dir, "temp"),
		Prepare: func(project.Function, string, runtimes.Options) (runtimes.Launch, *invoke.Failure) {
			return runtimes.Launch{Path: "/proc/self/exe", Args: []string{"bootstrap"}}, nil
		},
	})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	for _, fn := range functions {
		if r, err := e.Invoke(context.Background(), invoke.Request{Function: fn.Name}, nil); err != nil || r.FunctionError != "" {
			fmt.Println("error", err, string(r.Payload))
			return 1
		}
	}
	fmt.Println("root", e.root)
	select {}
}

func TestNothingOutlivesAKilledLambent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, sub := range []string{"code", "temp"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	victim := exec.Command("/proc/self/exe")
	victim.Args = []string{lambentLike, dir}
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	root, ok := strings.CutPrefix(strings.TrimSpace(line), "root ")
	if !ok {
		_ = victim.Process.Kill()
		t.Fatalf("it said %q", line)
	}
	// For each function: a supervisor, a runtime, three grandchildren.
	if n := len(ours(root)); n < 5*functionsOfVictim {
		t.Errorf("%d processes before the kill", n)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	eventually(t, "every process to be gone", 2*time.Second, func() bool { return len(ours(root)) == 0 })
	eventually(t, "the folder to be gone", 2*time.Second, func() bool { _, err := os.Stat(root); return err != nil })
}

func TestKilledSupervisor(t *testing.T) {
	f := open(t, does("family"))
	runtime := f.call("{}")
	session := f.pools[poolKey{"f", "$LATEST"}].idle[0].session
	if n := len(ours(f.folder())); n < 5 {
		t.Fatalf("%d processes before", n)
	}
	if err := session.sup.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its tree to be gone", 2*time.Second, func() bool {
		for _, p := range ours(f.folder()) {
			if !strings.Contains(p, supervisorName) { // the spare one
				return false
			}
		}
		return true
	})
	eventually(t, "the end to be noticed", 2*time.Second, func() bool { return !session.alive() })
	again := f.call("{}")
	if again.FunctionError != "" || string(again.Payload) == string(runtime.Payload) {
		t.Errorf("then got %s", again.Payload)
	}
}

func TestSupervisorKilledDuringAnInvocation(t *testing.T) {
	f := open(t, does("hang"))
	var once sync.Once
	r, err := f.Invoke(context.Background(), invoke.Request{Function: "f", Payload: []byte("{}")}, func(p invoke.Progress) {
		if p.Kind == invoke.ProgressRunning {
			once.Do(func() {
				for _, line := range ours(f.folder()) {
					if pid, _, _ := strings.Cut(line, " "); strings.Contains(line, supervisorName) {
						n, _ := strconv.Atoi(pid)
						_ = syscall.Kill(n, syscall.SIGKILL)
					}
				}
			})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantFailure(t, r, "Runtime.ExitError", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: killed"}`)
	if r := f.call(`"answer"`); string(r.Payload) != `"answered"` {
		t.Errorf("then got %s", r.Payload)
	}
}

// A function can stop or signal its own supervisor; neither keeps its tree alive.
func TestSupervisorThatIsStopped(t *testing.T) {
	t.Parallel()
	f := open(t, does("echo"))
	f.call("{}")
	session := f.pools[poolKey{"f", "$LATEST"}].idle[0].session
	pid := session.sup.cmd.Process.Pid
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1} {
		_ = syscall.Kill(pid, s)
	}
	if r := f.call("1"); string(r.Payload) != "1" || f.pools[poolKey{"f", "$LATEST"}].idle[0].session != session {
		t.Errorf("signals ended it: %s", r.Payload)
	}
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	// The fixture's end holds it to nothing being left.
}

func TestStartFailures(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	sub := filepath.Join(dir, "folder")
	dangling := filepath.Join(dir, "dangling")
	if err := errorOf(os.Mkdir(sub, 0o755), os.Symlink("nowhere", dangling)); err != nil {
		t.Fatal(err)
	}
	// An ELF header of 64 bits, little endian, executable, for machine 46 (H8/300).
	foreign := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x2e\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 40)
	for _, c := range []struct{ path, message string }{
		{filepath.Join(dir, "missing"), "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"},
		{dangling, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"},
		{file("plain", "#!/bin/sh\n", 0o644), "fork/exec PATH: permission denied"},
		{file("no-line", "echo\n", 0o755), "fork/exec PATH: exec format error"},
		{file("crlf", "#!/bin/sh\r\necho\r\n", 0o755), "fork/exec PATH: no such file or directory"},
		{file("other-architecture", foreign, 0o755), "fork/exec PATH: exec format error"},
		{sub, "fork/exec PATH: permission denied"},
	} {
		t.Run(filepath.Base(c.path), func(t *testing.T) {
			t.Parallel()
			f := open(t, does("echo"), func(o *Options) {
				o.Prepare = func(project.Function, string, runtimes.Options) (runtimes.Launch, *invoke.Failure) {
					return runtimes.Launch{Path: c.path, Args: []string{"bootstrap"}}, nil
				}
			})
			r := f.call("{}")
			wantFailure(t, r, "Runtime.InvalidEntrypoint", `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: `+strings.ReplaceAll(c.message, "PATH", c.path)+`"}`)
		})
	}
}

func errorOf(list ...error) error { return firstError(list...) }

func TestMessages(t *testing.T) {
	order := spawnOrder{Path: "/bin/true", Dir: "/", Args: []string{"true", "", "x=y"}, Env: []string{"A=", "B=\x01é"}}
	got, err := decodeSpawn(order.encode())
	if err != nil || fmt.Sprint(got) != fmt.Sprint(order) {
		t.Errorf("got %+v, %v", got, err)
	}
	for i := range order.encode() {
		if _, err := decodeSpawn(order.encode()[:i]); err == nil {
			t.Errorf("cut at %d it is still an order", i)
		}
	}
	var b bytes.Buffer
	if err := writeMessage(&b, orderSpawn, []byte("body")); err != nil {
		t.Fatal(err)
	}
	if kind, body, err := readMessage(&b, nil); err != nil || kind != orderSpawn || string(body) != "body" {
		t.Errorf("got %c %q %v", kind, body, err)
	}
	if _, _, err := readMessage(strings.NewReader("S\xff\xff\xff\xff"), nil); err == nil {
		t.Error("a message of 4 GiB was accepted")
	}
}

func TestIsSupervisor(t *testing.T) {
	for _, args := range [][]string{{"lambent"}, {"lambent", supervisorName}, {supervisorName}, {}} {
		if IsSupervisor(args) {
			t.Errorf("%q is taken for a supervisor", args)
		}
	}
	if !IsSupervisor([]string{supervisorName, "/tmp/" + rootPrefix + "1"}) {
		t.Error("a supervisor is not known")
	}
}

// Cold starts and ends leave no descriptor, goroutine or process behind.
func TestStartsAndEndsAddUpToNothing(t *testing.T) {
	f := open(t, does("echo"))
	f.call("{}")
	count := func() int { e, _ := os.ReadDir("/proc/self/fd"); return len(e) }
	before := count()
	for range 40 {
		f.call("{}", func(q *invoke.Request) { q.Cold = true })
	}
	f.mu.Lock()
	for _, n := range f.pools[poolKey{"f", "$LATEST"}].idle[1:] {
		f.background(n.close)
	}
	f.pools[poolKey{"f", "$LATEST"}].idle = f.pools[poolKey{"f", "$LATEST"}].idle[:1]
	f.mu.Unlock()
	eventually(t, "descriptors to be closed", 5*time.Second, func() bool { return count() <= before+6 })
}

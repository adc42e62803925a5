//go:build unix

package local

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// The test binary is its own supervisor, as lambent is, and its own function: started
// as "bootstrap" it runs the behaviour that its handler names (bootstrap_test.go). Such
// children leave by syscall.Exit: os.Exit of a race-enabled binary sleeps for a second.
func TestMain(m *testing.M) {
	switch {
	case IsSupervisor(os.Args):
		syscall.Exit(Supervise())
	case os.Args[0] == "bootstrap":
		syscall.Exit(bootstrap())
	case os.Getenv(extensionMark) != "" && strings.Contains(os.Args[0], "/extensions/"):
		syscall.Exit(beExtension())
	case os.Args[0] == relayName:
		syscall.Exit(beRelay())
	case os.Args[0] == lambentLike:
		syscall.Exit(beLambent())
	}
	flag.Parse()
	// These tests mostly wait for limits to pass, not for the processors.
	_ = flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
	os.Exit(m.Run())
}

// A fixture is an executor over functions whose handlers are behaviours.
type fixture struct {
	*Executor
	t   testing.TB
	dir string
}

type option func(*Options)

func open(t testing.TB, functions []project.Function, options ...option) *fixture {
	t.Helper()
	dir := t.TempDir()
	code := filepath.Join(dir, "code")
	if err := os.MkdirAll(code, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), []byte("#!lambent\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range functions {
		complete(&functions[i], code)
	}
	o := Options{
		Project: &project.Project{Dir: dir, Name: "test", Template: "template.yaml", Functions: functions},
		DataDir: filepath.Join(dir, "data"), TempDir: t.TempDir(), NoSpare: true,
		Prepare: func(fn project.Function, codeDir string, _ runtimes.Options) (runtimes.Launch, *invoke.Failure) {
			return runtimes.Launch{Path: "/proc/self/exe", Args: []string{"bootstrap"}}, nil
		},
	}
	for _, set := range options {
		set(&o)
	}
	e, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{Executor: e, t: t, dir: dir}
	t.Cleanup(f.stopped)
	return f
}

func complete(fn *project.Function, code string) {
	if fn.Name == "" {
		fn.Name = "f"
	}
	if fn.CodeURI == "" {
		fn.CodeURI, fn.CodePath = code, code
	}
	if fn.Timeout == 0 {
		fn.Timeout = 10 * time.Second
	}
	if fn.MemorySizeMB == 0 {
		fn.MemorySizeMB = 256
	}
	if fn.Runtime == "" {
		fn.Runtime = "provided.al2023"
	}
}

// does is a function whose handler is this behaviour.
func does(handler string, change ...func(*project.Function)) []project.Function {
	fn := project.Function{}
	fn.Handler = handler
	for _, c := range change {
		c(&fn)
	}
	return []project.Function{fn}
}

// stopped stops the executor and holds it to leaving nothing behind.
func (f *fixture) stopped() {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	if err := f.Stop(ctx); err != nil {
		f.t.Errorf("stop: %v", err)
	}
	if left := ours(f.folder()); len(left) > 0 {
		f.t.Errorf("processes left behind: %v", left)
	}
	if f.root != "" {
		if _, err := os.Stat(f.root); err == nil {
			f.t.Errorf("folder left behind: %s", f.root)
		}
	}
}

// folder is where the executor's environments are, "" before the first.
func (f *fixture) folder() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.root
}

// ours lists the living processes that were started for the environments in root: their
// temporary folder is in it, or they are its supervisors.
func ours(root string) []string {
	if root == "" {
		return nil
	}
	var found []string
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		command, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		environ, _ := os.ReadFile("/proc/" + e.Name() + "/environ")
		if strings.Contains(string(environ), root) || strings.Contains(string(command), root) {
			if s := processState(pid); s != 'Z' && s != 0 {
				found = append(found, e.Name()+" "+strings.ReplaceAll(string(command), "\x00", " "))
			}
		}
	}
	return found
}

// call invokes the function f and fails the test if it is refused.
func (f *fixture) call(payload string, change ...func(*invoke.Request)) invoke.Result {
	f.t.Helper()
	result, err := f.try(payload, change...)
	if err != nil {
		f.t.Fatalf("invoke: %v", err)
	}
	return result
}

func (f *fixture) try(payload string, change ...func(*invoke.Request)) (invoke.Result, error) {
	req := invoke.Request{Function: "f", Payload: []byte(payload), LogType: invoke.LogTail}
	for _, c := range change {
		c(&req)
	}
	return f.Invoke(context.Background(), req, nil)
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, limit time.Duration, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		if met() {
			return
		}
	}
	t.Fatalf("not within %v: %s", limit, what)
}

// needs skips a test on a machine without a program; CI has all of them.
func needs(t testing.TB, program string) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		p := filepath.Join(dir, program)
		if info, err := os.Stat(p); err == nil && info.Mode()&0o111 != 0 {
			return p
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed", program)
	}
	t.Skipf("%s is not installed", program)
	return ""
}

func unmarshal(t testing.TB, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
}

// endProcess kills a process and waits until it is no more.
func endProcess(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process to end", 2*time.Second, func() bool { s := processState(pid); return s == 0 || s == 'Z' })
}

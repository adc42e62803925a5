package runtimes

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

const deadlineForTests = 20 * time.Second

// An event is what the Runtime API of the tests answers to one /next.
type event struct {
	body    string
	headers map[string]string
}

// An outcome is what a runtime posted.
type outcome struct {
	kind    string // response, error or init
	id      string
	body    string
	headers http.Header
	trailer http.Header
}

// A run is everything that came of one process.
type run struct {
	outcomes []outcome
	log      string
	exit     int // -1 when the test ended the process
	notes    []string
}

func (r run) only(t *testing.T) outcome {
	t.Helper()
	if len(r.outcomes) != 1 {
		t.Fatalf("posted %d results, want 1: %+v\nlog:\n%s", len(r.outcomes), r.outcomes, r.log)
	}
	return r.outcomes[0]
}

// A lambda is a function under test: its files and its settings.
type lambda struct {
	runtime string
	handler string
	files   map[string]string
	env     []string
	layers  []string
	events  []event
	refuse  int // status of the answer to a response, 0 for 202
}

const requestID = "8f5b8f2a-5b0c-4f4e-9d0e-000000000000"

// idOf is the request id of the nth event, from 0.
func idOf(n int) string { return requestID[:len(requestID)-1] + string(rune('0'+n)) }

// run starts the function as the executor does and feeds it its events, one after
// the other. It returns once the process has asked for an event more than there are,
// or has ended.
func (l lambda) run(t testing.TB) run {
	t.Helper()
	return l.runIn(t, writeFiles(t, l.files), sharedDir(t))
}

func (l lambda) runIn(t testing.TB, code, dir string) run {
	t.Helper()
	fn := project.Function{Function: invoke.Function{Name: "subject", Runtime: l.runtime, Handler: l.handler}}
	launch, failure := Prepare(fn, code, Options{Dir: dir, Path: searchPath(), Layers: l.layers})
	if failure != nil {
		t.Fatalf("prepare: %v", failure)
	}
	return l.start(t, launch, code)
}

// start runs the process of a launch.
func (l lambda) start(t testing.TB, launch Launch, code string) run {
	t.Helper()
	api := newRuntimeAPI(l.events, l.refuse)
	server := &http.Server{Handler: api}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	ctx, cancel := context.WithTimeout(context.Background(), deadlineForTests)
	defer cancel()
	cmd := exec.CommandContext(ctx, launch.Path, launch.Args[1:]...)
	cmd.Dir = code
	cmd.Env = append(append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "_HANDLER=" + l.handler, "LAMBDA_TASK_ROOT=" + code,
		"AWS_LAMBDA_FUNCTION_NAME=subject", "AWS_LAMBDA_FUNCTION_VERSION=7", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/subject", "AWS_LAMBDA_LOG_STREAM_NAME=2026/11/22/[7]abc",
		"PATH=" + os.Getenv("PATH"), "LANG=en_US.UTF-8", "LC_CTYPE=C.UTF-8", "TZ=:UTC",
	}, launch.Env...), l.env...)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	exit := -1
	select {
	case err := <-ended:
		exit = status(err)
	case <-api.drained:
		_ = cmd.Process.Kill()
		<-ended
	}
	if ctx.Err() != nil {
		t.Fatalf("the runtime neither ended nor asked for more\nposted: %+v\nlog:\n%s", api.posted(), log.String())
	}
	return run{outcomes: api.posted(), log: log.String(), exit: exit, notes: launch.Notes}
}

func status(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// runtimeAPI is a Runtime API with a list of events (spec §2.1).
type runtimeAPI struct {
	mu       sync.Mutex
	events   []event
	given    int
	outcomes []outcome
	refuse   int
	drained  chan struct{}
	once     sync.Once
}

func newRuntimeAPI(events []event, refuse int) *runtimeAPI {
	return &runtimeAPI{events: events, refuse: refuse, drained: make(chan struct{})}
}

func (a *runtimeAPI) posted() []outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outcomes
}

func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route, ok := strings.CutPrefix(r.URL.Path, "/2018-06-01/runtime/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	switch {
	case r.Method == http.MethodGet && route == "invocation/next":
		a.next(w, r)
	case r.Method == http.MethodPost && route == "init/error":
		a.take(w, r, "init", "")
	case r.Method == http.MethodPost:
		parts := strings.Split(route, "/")
		if len(parts) == 3 && parts[0] == "invocation" {
			a.take(w, r, parts[2], parts[1])
			return
		}
		http.NotFound(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	n := a.given
	if n == len(a.events) {
		a.mu.Unlock()
		a.once.Do(func() { close(a.drained) })
		<-r.Context().Done()
		return
	}
	a.given++
	next := a.events[n]
	a.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", idOf(n))
	h.Set("Lambda-Runtime-Deadline-Ms", "99999999999999")
	h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:subject:live")
	h.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000")
	for name, value := range next.headers {
		h.Set(name, value)
	}
	_, _ = io.WriteString(w, next.body)
}

func (a *runtimeAPI) take(w http.ResponseWriter, r *http.Request, kind, id string) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		kind = "broken " + kind
	}
	a.mu.Lock()
	a.outcomes = append(a.outcomes, outcome{kind, id, string(body), r.Header.Clone(), r.Trailer.Clone()})
	a.mu.Unlock()
	if a.refuse != 0 && kind == "response" {
		w.WriteHeader(a.refuse)
		_, _ = io.WriteString(w, `{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}`)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, "{\"status\":\"OK\"}\n")
}

func events(bodies ...string) []event {
	var list []event
	for _, body := range bodies {
		list = append(list, event{body: body})
	}
	return list
}

func writeFiles(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var carriedDir string

// sharedDir is one folder for carried files for all tests, so that an interpreter
// is asked once.
func sharedDir(testing.TB) string { return carriedDir }

// searchPath is PATH with the folders of the real interpreters in front: a version
// manager's shim is asked again for every code folder.
var searchPath = sync.OnceValue(func() string {
	path := os.Getenv("PATH")
	for _, name := range []string{"python3.13", "nodejs22.x"} {
		fn := project.Function{Function: invoke.Function{Runtime: name}}
		if launch, failure := Prepare(fn, carriedDir, Options{Dir: carriedDir}); failure == nil {
			path = filepath.Dir(launch.Path) + string(os.PathListSeparator) + path
		}
	}
	return path
})

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lambent-runtimes-")
	if err != nil {
		panic(err)
	}
	carriedDir = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// needs skips a test whose interpreter is not there, except where everything must be.
func needs(t testing.TB, runtimeName string) {
	t.Helper()
	fn := project.Function{Function: invoke.Function{Runtime: runtimeName, Handler: "index.handler"}}
	if _, failure := Prepare(fn, t.TempDir(), Options{Dir: sharedDir(t), Path: searchPath()}); failure != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is needed: %v", runtimeName, failure)
		}
		t.Skipf("%s is not here: %v", runtimeName, failure)
	}
}

func skipOnWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("executable files have no run permission on Windows")
	}
}

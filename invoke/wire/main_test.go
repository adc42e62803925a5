package wire

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// The test binary is its own supervisor and its own function: started as "bootstrap" it
// runs the behaviour that its handler names. With a role it is a process of a benchmark.
func TestMain(m *testing.M) {
	switch {
	case local.IsSupervisor(os.Args):
		os.Exit(local.Supervise())
	case os.Args[0] == "bootstrap":
		os.Exit(bootstrap())
	case os.Getenv(roleVariable) != "":
		os.Exit(playRole(os.Getenv(roleVariable)))
	}
	os.Exit(m.Run())
}

// A stage is an executor with an endpoint in front of it, and what was invoked.
type stage struct {
	t        testing.TB
	server   *Server
	executor *local.Executor
	faults   *invoke.Faults
	seen     *witness
	address  string
	code     string // folder of all functions
	end      context.CancelFunc
	ended    chan error
}

// functions are those of every stage; a handler is a behaviour of bootstrap_test.go.
func functions() []project.Function {
	var list []project.Function
	for _, name := range []string{"echo", "fail", "log", "context", "stream", "stream-error", "prelude", "url", "null", "slow", "large", "bytes"} {
		fn := project.Function{}
		fn.Name, fn.Handler, fn.Description = name, name, "does "+name
		list = append(list, fn)
	}
	for i := range 3 {
		fn := project.Function{}
		fn.Name, fn.Handler = fmt.Sprintf("more-%d", i), "echo"
		list = append(list, fn)
	}
	late, exit := project.Function{}, project.Function{}
	late.Name, late.Handler, late.Timeout = "late", "slow", time.Second
	exit.Name, exit.Handler = "exit", "exit"
	list = append(list, late, exit)
	return list
}

type choice struct {
	wire  func(*Options)
	local func(*local.Options)
}

func open(t testing.TB, choices ...choice) *stage {
	t.Helper()
	dir := t.TempDir()
	executor := openExecutor(t, dir, functions(), choices...)
	faults := invoke.NewFaults(executor, invoke.FaultOptions{})
	seen := &witness{Target: faults}
	o := Options{Target: seen}
	for _, c := range choices {
		if c.wire != nil {
			c.wire(&o)
		}
	}
	s := serve(t, o)
	s.executor, s.faults, s.seen, s.code = executor, faults, seen, filepath.Join(dir, "code")
	return s
}

func openExecutor(t testing.TB, dir string, list []project.Function, choices ...choice) *local.Executor {
	t.Helper()
	code := filepath.Join(dir, "code")
	if err := os.MkdirAll(code, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), []byte("#!lambent\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		fn := &list[i]
		fn.CodeURI, fn.CodePath, fn.Runtime, fn.PackageType = code, code, "provided.al2023", "Zip"
		if fn.Timeout == 0 {
			fn.Timeout = 20 * time.Second
		}
		fn.MemorySizeMB = 512
	}
	o := local.Options{
		Project: &project.Project{Dir: dir, Name: "test", Template: "template.yaml", Functions: list},
		DataDir: filepath.Join(dir, "data"), TempDir: filepath.Join(dir, "tmp"), Concurrency: 100, FreezeDelay: time.Minute,
		Queue: new(acceptingQueue),
		Prepare: func(project.Function, string, runtimes.Options) (runtimes.Launch, *invoke.Failure) {
			return runtimes.Launch{Path: "/proc/self/exe", Args: []string{"bootstrap"}}, nil
		},
	}
	if err := os.MkdirAll(o.TempDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range choices {
		if c.local != nil {
			c.local(&o)
		}
	}
	e, err := local.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := e.Stop(ctx); err != nil {
			t.Errorf("stop the executor: %v", err)
		}
	})
	return e
}

// serve serves on a port that the kernel picks until the test ends.
func serve(t testing.TB, o Options) *stage {
	t.Helper()
	server, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	s := &stage{t: t, server: server, address: l.Addr().String(), end: end, ended: make(chan error, 1)}
	go func() { s.ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		end()
		server.Stop()
		if err := <-s.ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return s
}

func (s *stage) url(path string) string { return "http://" + s.address + path }

// A reply is an answer with its headers as they came over the wire.
type reply struct {
	status  int
	headers map[string]string // in the letter case of the wire
	body    string
}

// raw sends bytes and reads one answer, keeping the letter case of its headers.
func (s *stage) raw(message string) reply {
	s.t.Helper()
	r, err := exchange(s.address, message)
	if err != nil {
		s.t.Fatalf("no answer: %v", err)
	}
	return r
}

func exchange(address, message string) (reply, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return reply{}, err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(conn, message)
	return readReply(conn)
}

// readReply reads an answer with a Content-Length, or to the end of the connection.
func readReply(conn net.Conn) (reply, error) {
	var all []byte
	buf := make([]byte, 64<<10)
	for {
		if head, body, ok := bytes.Cut(all, []byte("\r\n\r\n")); ok {
			r := reply{headers: map[string]string{}}
			lines := strings.Split(string(head), "\r\n")
			_, _ = fmt.Sscanf(lines[0], "HTTP/1.1 %d", &r.status)
			length := -1
			for _, line := range lines[1:] {
				name, value, _ := strings.Cut(line, ": ")
				r.headers[name] = value
				if strings.EqualFold(name, "Content-Length") {
					_, _ = fmt.Sscan(value, &length)
				}
			}
			if r.status == 204 {
				length = 0
			}
			if length >= 0 && len(body) >= length {
				r.body = string(body[:length])
				return r, nil
			}
			if length < 0 {
				rest, err := io.ReadAll(conn)
				r.body = string(body) + string(rest)
				return r, err
			}
		}
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			return reply{}, fmt.Errorf("after %q: %w", clip(string(all), 300), err)
		}
	}
}

// post is an Invoke request in raw form.
func (s *stage) post(function, payload string, headers ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "POST /2015-03-31/functions/%s/invocations HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", function, s.address, len(payload))
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	return b.String() + "\r\n" + payload
}

// A witness remembers what reached the target.
type witness struct {
	invoke.Target
	mu   sync.Mutex
	runs []invoke.Request
	done int
	// outcome is called when an invocation has ended; may be nil.
	outcome func(invoke.Result, error)
}

func (w *witness) Unwrap() invoke.Target { return w.Target }

func (w *witness) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	w.mu.Lock()
	w.runs = append(w.runs, req)
	w.mu.Unlock()
	r, err := w.Target.Invoke(ctx, req, emit)
	w.mu.Lock()
	w.done++
	outcome := w.outcome
	w.mu.Unlock()
	if outcome != nil {
		outcome(r, err)
	}
	return r, err
}

func (w *witness) count() (begun, done int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.runs), w.done
}

// An acceptingQueue accepts events and never gives them out.
type acceptingQueue struct {
	invoke.Queue
	mu     sync.Mutex
	events []invoke.QueuedEvent
}

func (q *acceptingQueue) Enqueue(_ context.Context, e invoke.QueuedEvent) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, e)
	return nil
}

func (q *acceptingQueue) Lease(context.Context, string, string, time.Time, time.Duration) (invoke.QueuedEvent, bool, error) {
	return invoke.QueuedEvent{}, false, nil
}

func (q *acceptingQueue) NextDue(context.Context, string) (time.Time, bool, error) {
	return time.Time{}, false, nil
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

// needs skips a test on a machine without a program; where CI=true nothing may be missing.
func needs(t testing.TB, program, install string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %s", program, install)
	}
	t.Skipf("%s is not installed: %s", program, install)
	return ""
}

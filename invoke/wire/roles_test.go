package wire

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"lambent/invoke/local/project"
)

// A benchmark's processes are this test binary with a role: an endpoint over an
// executor, as lambent serve is, or the relay that is its floor.
const (
	roleVariable = "LAMBENT_TEST_ROLE"
	dirVariable  = "LAMBENT_TEST_DIR"
	roleEndpoint = "endpoint"
	roleRelay    = "relay"
	benchWorkers = 8
)

func playRole(role string) int {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	if role == roleEndpoint {
		return playEndpoint(l)
	}
	return playRelay(l)
}

// playEndpoint serves the function echo until standard input ends.
func playEndpoint(l net.Listener) int {
	os.Unsetenv(roleVariable)
	status := 0
	t := &outsideTest{}
	defer t.cleanUp()
	fn := project.Function{}
	fn.Name, fn.Handler = "echo", "echo"
	executor := openExecutor(t, os.Getenv(dirVariable), []project.Function{fn})
	server, err := New(Options{Target: &gate{executor, make(chan struct{}, benchWorkers)}})
	if err != nil {
		return 1
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println(l.Addr())
	if server.Serve(ctx, l) != nil {
		status = 1
	}
	return status
}

// An outsideTest lets helpers of tests be used in a process that is none.
type outsideTest struct {
	testing.TB
	ends []func()
}

func (o *outsideTest) Helper()          {}
func (o *outsideTest) Cleanup(f func()) { o.ends = append(o.ends, f) }
func (o *outsideTest) Fatal(args ...any) {
	fmt.Fprintln(os.Stderr, args...)
	os.Exit(1)
}
func (o *outsideTest) Errorf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
func (o *outsideTest) cleanUp() {
	for i := len(o.ends) - 1; i >= 0; i-- {
		o.ends[i]()
	}
}

// playRelay is the floor F2: an Invoke request's bytes go to a worker that waits on next,
// and its bytes come back, on net/http and without any check.
func playRelay(l net.Listener) int {
	r := &relay{waiting: make(chan *job), jobs: map[string]*job{}}
	go func() { _ = http.Serve(l, r) }()
	for range benchWorkers { // they end with the relay, whose connections they wait on
		worker := exec.Command("/proc/self/exe")
		worker.Args = []string{"bootstrap"}
		worker.Env = []string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String(), "_HANDLER=echo"}
		if worker.Start() != nil {
			return 1
		}
		defer worker.Wait()
		defer worker.Process.Kill()
	}
	fmt.Println(l.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

type job struct {
	id   string
	body []byte
	done chan []byte
}

type relay struct {
	waiting chan *job
	mu      sync.Mutex
	last    int
	jobs    map[string]*job
}

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	switch path := req.URL.Path; {
	case strings.HasSuffix(path, "/invocations"):
		j := &job{body: readAll(req), done: make(chan []byte, 1)}
		r.mu.Lock()
		r.last++
		j.id = strconv.Itoa(r.last)
		r.jobs[j.id] = j
		r.mu.Unlock()
		r.waiting <- j
		body := <-j.done
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	case strings.HasSuffix(path, "/next"):
		select {
		case j := <-r.waiting:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", j.id)
			w.Header().Set("Content-Length", strconv.Itoa(len(j.body)))
			_, _ = w.Write(j.body)
		case <-req.Context().Done():
		}
	default:
		id := filepath.Base(filepath.Dir(path))
		body := readAll(req)
		r.mu.Lock()
		j := r.jobs[id]
		delete(r.jobs, id)
		r.mu.Unlock()
		if j != nil {
			j.done <- body
		}
		w.WriteHeader(http.StatusAccepted)
	}
}

// readAll is how anybody reads a body on net/http.
func readAll(r *http.Request) []byte {
	b, _ := io.ReadAll(r.Body)
	return b
}

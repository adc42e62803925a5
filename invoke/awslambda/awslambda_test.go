package awslambda

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
)

// Canaries: no test may find one of them where people or files could see it.
const (
	canaryKey    = "AKIACANARYCANARY0001"
	canarySecret = "cAnArYs3cretcAnArYs3cretcAnArYs3cret0001"
	canaryToken  = "cAnArYt0kencAnArYt0kencAnArYt0kencAnArYt0kencAnArYt0ken0001"
)

// isolate gives the test a home of its own, without anything of the AWS of whoever runs it.
func isolate(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "AWS_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			t.Setenv(name, "") // so that it is put back
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	// The SDK looks for the home folder once a process.
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials"))
	return home
}

// withKeys is isolate with canary keys in the environment.
func withKeys(t *testing.T) {
	t.Helper()
	isolate(t)
	t.Setenv("AWS_ACCESS_KEY_ID", canaryKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", canarySecret)
	t.Setenv("AWS_SESSION_TOKEN", canaryToken)
}

// configFile writes ~/.aws/config.
func configFile(t *testing.T, home, text string) {
	t.Helper()
	writeFile(t, filepath.Join(home, ".aws", "config"), text)
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// open opens a target at the endpoint.
func open(t *testing.T, o Options) *Target {
	t.Helper()
	if o.Region == "" {
		o.Region = "eu-central-1"
	}
	target, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = target.Stop(context.Background()) })
	return target
}

// A seen request.
type seen struct {
	method, path, query string
	header              http.Header
	body                []byte
}

// A fakeLambda answers as it is told and remembers what it was asked.
type fakeLambda struct {
	*httptest.Server
	mu       sync.Mutex
	requests []seen
}

// serve starts a server on loopback that hands every request to answer.
func serve(t *testing.T, answer http.HandlerFunc) *fakeLambda {
	t.Helper()
	s := new(fakeLambda)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Clone(), body})
		s.mu.Unlock()
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *fakeLambda) seen() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.requests...)
}

// A rawServer answers every connection's first request with fixed bytes, or as a function likes.
type rawServer struct {
	net.Listener
	mu    sync.Mutex
	count int
}

// serveRaw starts a server that reads a request and then does with the connection
// what is said; the connection is closed afterwards.
func serveRaw(t *testing.T, with func(net.Conn)) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{Listener: l}
	var busy sync.WaitGroup
	busy.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			busy.Go(func() {
				defer c.Close()
				if readRequest(c) {
					s.mu.Lock()
					s.count++
					s.mu.Unlock()
				}
				with(c)
			})
		}
	})
	t.Cleanup(func() { l.Close(); busy.Wait() })
	return s
}

func (s *rawServer) url() string { return "http://" + s.Addr().String() }

func (s *rawServer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// readRequest reads one whole request with a Content-Length.
func readRequest(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	var got []byte
	buffer := make([]byte, 32<<10)
	for {
		n, err := c.Read(buffer)
		got = append(got, buffer[:n]...)
		if head, body, ok := bytes.Cut(got, []byte("\r\n\r\n")); ok {
			length := 0
			for line := range strings.SplitSeq(string(head), "\r\n") {
				if value, ok := strings.CutPrefix(strings.ToLower(line), "content-length: "); ok {
					for _, digit := range value {
						length = length*10 + int(digit-'0')
					}
				}
			}
			if len(body) >= length {
				return true
			}
		}
		if err != nil {
			return false
		}
	}
}

// failureOf is the failure that an error has to be.
func failureOf(t *testing.T, err error) *invoke.Failure {
	t.Helper()
	var f *invoke.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %T (%v), want a failure", err, err)
	}
	return f
}

// logTo returns a logger and what it has written.
func logTo() (*slog.Logger, *bytes.Buffer) {
	var b bytes.Buffer
	return slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug})), &b
}

// noCanary fails when a text holds a credential.
func noCanary(t *testing.T, where, text string) {
	t.Helper()
	for _, canary := range []string{canaryKey, canarySecret, canaryToken, "AWS4-HMAC-SHA256"} {
		if strings.Contains(text, canary) {
			t.Errorf("%s holds a credential: %s", where, text)
		}
	}
}

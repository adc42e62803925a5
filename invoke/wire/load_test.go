package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"lambent/invoke"
)

// A gate lets so many invocations through at a time, as many as there are environments.
type gate struct {
	invoke.Target
	places chan struct{}
}

func (g *gate) Unwrap() invoke.Target { return g.Target }

func (g *gate) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	g.places <- struct{}{}
	defer func() { <-g.places }()
	return g.Target.Invoke(ctx, req, emit)
}

func TestManyCallersGetTheirOwnAnswers(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) { o.Target = &gate{o.Target, make(chan struct{}, 8)} }})
	client := s.sdk(once)
	const callers, each = 64, 10
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				payload := fmt.Sprintf(`{"caller":%d,"call":%d,"pad":"%s"}`, c, i, strings.Repeat("p", c*40))
				out, err := client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("echo"), Payload: []byte(payload)})
				if err != nil || string(out.Payload) != payload {
					t.Errorf("caller %d, call %d: %v", c, i, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestSlowClientsHoldUpNobody(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) { o.MaxConnections = 40 }})
	before := runtime.NumGoroutine()
	var slow []net.Conn
	for i := range 120 { // three times as many as there may be
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		slow = append(slow, conn)
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "POST /2015-03-31/functions/echo/invocations HT")
		} else {
			_, _ = io.WriteString(conn, "POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: "+s.address+"\r\nContent-Length: 100\r\n\r\n{")
		}
	}
	for range 20 {
		if r := s.raw(s.post("echo", "1")); r.status != 200 {
			t.Fatalf("beside slow clients: %d %s", r.status, r.body)
		}
	}
	for _, c := range slow {
		c.Close()
	}
	if begun, _ := s.seen.count(); begun != 20 {
		t.Errorf("%d invocations, want the 20 whose payload arrived", begun)
	}
	eventually(t, "the connections to be gone", 5*time.Second, func() bool {
		s.server.conns.mu.Lock()
		defer s.server.conns.mu.Unlock()
		return len(s.server.conns.open) <= 1 && runtime.NumGoroutine() < before+30
	})
}

func TestSlowHeadAndBodyEnd(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) { o.HeaderTimeout, o.BodyTimeout = 100*time.Millisecond, 100*time.Millisecond }})
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "POST / HT")
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("a head that doesn't end keeps its connection: %v", err)
	}
	r := s.raw("POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: " + s.address + "\r\nContent-Length: 9\r\n\r\n{")
	if r.status != 408 || r.headers["Connection"] != "close" {
		t.Errorf("a body that doesn't end: %d %v", r.status, r.headers)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	s := open(t)
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	var all strings.Builder
	for i := range 30 {
		all.WriteString(s.post("echo", fmt.Sprintf("%03d1", i+100)))
	}
	go io.WriteString(conn, all.String())
	got := make([]byte, 0, 64<<10)
	buf := make([]byte, 4096)
	for strings.Count(string(got), "HTTP/1.1 200 OK") < 30 || !strings.HasSuffix(string(got), "1291") {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("after %d answers: %v", strings.Count(string(got), "HTTP/1.1 200 OK"), err)
		}
		got = append(got, buf[:n]...)
	}
	at := 0
	for i := range 30 {
		next := strings.Index(string(got[at:]), fmt.Sprintf("\r\n\r\n%03d1", i+100))
		if next < 0 {
			t.Fatalf("answer %d is not in its place", i)
		}
		at += next
	}
}

func TestHalfClosedConnectionGetsItsAnswer(t *testing.T) {
	s := open(t)
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, s.post("slow", `"50ms"`))
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if r, err := readReply(conn); err != nil || r.body != `"50ms"` {
		t.Errorf("got %d %s, %v", r.status, r.body, err)
	}
}

// As on Lambda, a function goes on when its caller goes away, and its outcome is recorded.
func TestCallerThatGoesAway(t *testing.T) {
	s := open(t)
	outcomes := make(chan error, 1)
	s.seen.outcome = func(r invoke.Result, err error) {
		if err == nil && string(r.Payload) != `"200ms"` {
			err = fmt.Errorf("response %q", r.Payload)
		}
		outcomes <- err
	}
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, s.post("slow", `"200ms"`))
	eventually(t, "the invocation to begin", 5*time.Second, func() bool { begun, _ := s.seen.count(); return begun == 1 })
	conn.Close()
	select {
	case err := <-outcomes:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the invocation did not end")
	}
}

func TestShutdownDrains(t *testing.T) {
	s := open(t)
	answers := make(chan reply, 10)
	for range 10 {
		go func() {
			r, err := exchange(s.address, s.post("slow", `"300ms"`))
			if err != nil {
				r.body = err.Error()
			}
			answers <- r
		}()
	}
	eventually(t, "the calls to begin", 10*time.Second, func() bool { begun, _ := s.seen.count(); return begun == 10 })
	s.end()
	for range 10 {
		if r := <-answers; r.status != 200 || r.body != `"300ms"` {
			t.Errorf("in flight when it was asked to end: %d %s", r.status, r.body)
		}
	}
	err := <-s.ended
	s.ended <- err // for the end of the test
	if err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.address); err == nil {
		t.Error("it still listens")
	}
}

func TestStopCutsTheDrainShort(t *testing.T) {
	s := open(t)
	lost := make(chan reply, 1)
	go func() {
		r, err := exchange(s.address, s.post("slow", `"15s"`))
		if err != nil {
			r.status = 0
		}
		lost <- r
	}()
	eventually(t, "the call to begin", 10*time.Second, func() bool { begun, _ := s.seen.count(); return begun == 1 })
	s.end()
	s.server.Stop()
	// Whether the refusal of the cancelled invocation still gets out is a matter of luck.
	if r := <-lost; r.status != 0 && r.status < 500 {
		t.Errorf("a call that was cut off was answered %d %s", r.status, r.body)
	}
	eventually(t, "the invocation to be cancelled", 10*time.Second, func() bool { _, done := s.seen.count(); return done == 1 })
}

type panicking struct{ invoke.Target }

func (panicking) Invoke(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
	panic(errors.New("a bug"))
}

func TestPanicIsOneCallsAlone(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) { o.Target = panicking{o.Target} }})
	for _, path := range []string{"2015-03-31/functions/echo/invocations", "2021-11-15/functions/echo/response-streaming-invocations"} {
		r := s.raw("POST /" + path + " HTTP/1.1\r\nHost: " + s.address + "\r\nContent-Length: 0\r\n\r\n")
		if r.status != 500 || r.headers["x-amzn-ErrorType"] != "ServiceException" || strings.Contains(r.body, "bug") {
			t.Errorf("%s: %d %s", path, r.status, r.body)
		}
	}
}

func TestRecordedAnswersFromWhatWas(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) {
		o.Target = &Recorded{Describes: o.Target, Lookup: func(_ context.Context, function, qualifier string, payload []byte) (invoke.Result, *invoke.Failure, bool, error) {
			switch function + ":" + qualifier + string(payload) {
			case "echo:live1":
				return invoke.Result{StatusCode: 200, Payload: []byte("one"), ExecutedVersion: "3", RequestID: "8f2c1d0e-0000-4000-8000-000000000001"}, nil, true, nil
			case "echo:2":
				f := invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")
				f.Reason = "CallerRateLimitExceeded"
				return invoke.Result{}, f, true, nil
			}
			return invoke.Result{}, nil, false, nil
		}}
	}})
	if r := s.raw(s.post("echo:live", "1")); r.status != 200 || r.body != "one" || r.headers["X-Amz-Executed-Version"] != "3" {
		t.Errorf("got %d %s %v", r.status, r.body, r.headers)
	}
	if r := s.raw(s.post("echo", "2")); r.status != 429 || !strings.Contains(r.body, "CallerRateLimitExceeded") {
		t.Errorf("a refusal: %d %s", r.status, r.body)
	}
	if r := s.raw(s.post("echo", "3")); r.status != 404 || !strings.Contains(r.body, "Nothing recorded for this payload: echo") {
		t.Errorf("what was never recorded: %d %s", r.status, r.body)
	}
	if begun, _ := s.seen.count(); begun != 0 {
		t.Error("a function was run")
	}
}

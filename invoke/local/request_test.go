//go:build unix

package local

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

func FuzzRequestHead(f *testing.F) {
	for _, s := range []string{
		"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nExpect: 100-continue\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n",
		"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
		"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", "GET / HTTP/1.1\nHost: x\n\n", "\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHead(b)
		if err != nil {
			return
		}
		// What is accepted must mean the same to Go's own server.
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
		if err != nil {
			if _, _, ok := bytes.Cut(h.path, []byte("%")); ok {
				return // Go also looks at the escapes
			}
			t.Fatalf("accepted %q, Go says %v", b, err)
		}
		if r.Method != string(h.method) || r.RequestURI != string(h.path) || r.Host != string(h.host) {
			t.Fatalf("%q is %q %q %q, Go says %q %q %q", b, h.method, h.path, h.host, r.Method, r.RequestURI, r.Host)
		}
		if length := max(h.length, 0); !h.chunked && r.ContentLength != length || h.chunked != (len(r.TransferEncoding) > 0) {
			t.Fatalf("%q: length %d chunked %v, Go says %d %v", b, h.length, h.chunked, r.ContentLength, r.TransferEncoding)
		}
	})
}

// pipePeer is a peer that receives these bytes and then the end.
func pipePeer(input io.Reader) *peer {
	ours, theirs := net.Pipe()
	go func() {
		_, _ = io.Copy(theirs, input)
		theirs.Close()
	}()
	return newPeer(ours)
}

func FuzzChunks(f *testing.F) {
	for _, s := range []string{"5\r\nhello\r\n0\r\n\r\n", "1;x=y\r\na\r\n0\r\nA: b\r\n\r\n", "ffffffffff\r\n", "-1\r\n", "0\r\n\r\n", "3\r\nab"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p := pipePeer(bytes.NewReader(b))
		defer p.conn.Close()
		got, _, err := p.chunks(1000, nil)
		if len(got) > 1000 {
			t.Fatalf("%d bytes, over the limit", len(got))
		}
		if err != nil {
			return
		}
		r, goErr := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), bytes.NewReader(b))))
		if goErr != nil {
			t.Fatal(goErr)
		}
		if want, goErr := io.ReadAll(r.Body); goErr == nil && !bytes.Equal(got, want) {
			t.Fatalf("%q is %q, Go says %q", b, got, want)
		}
	})
}

func TestHeadsAndBodiesAcrossReads(t *testing.T) {
	request := "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nX-Long: " + strings.Repeat("y", 9000) + "\r\n\r\n0123456789"
	one := func(r io.Reader) io.Reader { return iotestOneByte{r} }
	for _, wrap := range []func(io.Reader) io.Reader{func(r io.Reader) io.Reader { return r }, one} {
		p := pipePeer(wrap(strings.NewReader(strings.Repeat(request, 3))))
		for i := range 3 {
			h, err := p.head()
			if err != nil || string(h.path) != "/x" || h.length != 10 {
				t.Fatalf("request %d: %+v, %v", i, h, err)
			}
			if body, _, err := p.body(h.length, h.chunked, 100, nil); err != nil || string(body) != "0123456789" {
				t.Fatalf("request %d: body %q, %v", i, body, err)
			}
		}
	}
	p := pipePeer(strings.NewReader("GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 2<<20)))
	if _, err := p.head(); err != errTooLarge {
		t.Errorf("a head of 2 MiB: %v", err)
	}
	p = pipePeer(strings.NewReader("0123"))
	if body, _, err := p.body(10, false, 100, nil); err != errTruncated || string(body) != "0123" {
		t.Errorf("a body cut short: %q, %v", body, err)
	}
}

type iotestOneByte struct{ io.Reader }

func (r iotestOneByte) Read(b []byte) (int, error) { return r.Reader.Read(b[:min(1, len(b))]) }

// serveAPI is a Runtime API without a process behind it.
func serveAPI(t *testing.T) *runtimeAPI {
	t.Helper()
	a, err := listenAPI()
	if err != nil {
		t.Fatal(err)
	}
	go a.serve()
	t.Cleanup(a.close)
	return a
}

// ask sends raw bytes and returns the status line and body of the answer.
func ask(t *testing.T, a *runtimeAPI, request string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprint(conn, strings.ReplaceAll(request, "HOST", a.address))
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err.Error()
	}
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(body)
}

func TestRuntimeAPIRefusesOthers(t *testing.T) {
	a := serveAPI(t)
	next := "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"
	for what, c := range map[string]struct {
		request string
		status  int
	}{
		"ping":                {"GET /2018-06-01/ping HTTP/1.1\r\nHost: HOST\r\n\r\n", 200},
		"ping by localhost":   {"GET /2018-06-01/ping HTTP/1.1\r\nHost: LocalHost:" + a.port + "\r\n\r\n", 200},
		"rebound name":        {next + "Host: evil.example:" + a.port + "\r\n\r\n", 403},
		"no port":             {next + "Host: 127.0.0.1\r\n\r\n", 403},
		"other port":          {next + "Host: 127.0.0.1:1\r\n\r\n", 403},
		"origin":              {next + "Host: HOST\r\nOrigin: http://HOST\r\n\r\n", 403},
		"null origin":         {next + "Host: HOST\r\nOrigin: null\r\n\r\n", 403},
		"cross-site":          {next + "Host: HOST\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403},
		"no host":             {next + "\r\n", 400},
		"two hosts":           {next + "Host: HOST\r\nHost: HOST\r\n\r\n", 400},
		"absolute URI":        {"GET http://x/2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: HOST\r\n\r\n", 400},
		"two lengths":         {"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
		"length and chunks":   {"POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
		"HTTP/2 preface":      {"PRI * HTTP/2.0\r\n\r\n", 400},
		"wrong method":        {"POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n", 405},
		"restore is not here": {"GET /2018-06-01/runtime/restore/next HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
		"nameless extension":  {"POST /2020-01-01/extension/register HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}", 403},
		"other extension API": {"GET /2020-01-01/extension/other HTTP/1.1\r\nHost: HOST\r\n\r\n", 404},
		"no event yet":        {"POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}", 400},
	} {
		if status, body := ask(t, a, c.request); status != c.status {
			t.Errorf("%s: %d %s, want %d", what, status, body, c.status)
		}
	}
	if a.state != stateStarted {
		t.Errorf("one of them moved the runtime to %s", a.state)
	}
}

// A client that asks again because its first connection broke gets the event again; the
// answer counts once.
func TestEventIsGivenAgain(t *testing.T) {
	a := serveAPI(t)
	get := "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: HOST\r\n\r\n"
	event := &apiEvent{id: "id-1", payload: []byte("1"), done: make(chan struct{}, 1), head: eventHead{requestID: "id-1", deadline: time.Unix(0, 0)}.encode()}
	a.deliver(event)
	for range 2 {
		if status, body := ask(t, a, get); status != 200 || body != "1" {
			t.Fatalf("got %d %q", status, body)
		}
	}
	respond := "POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nHost: HOST\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n2"
	conn, err := net.Dial("tcp", a.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, strings.ReplaceAll(respond, "HOST", a.address))
	reader := bufio.NewReader(conn)
	for _, want := range []int{100, 202} {
		r, err := http.ReadResponse(reader, nil)
		if err != nil || r.StatusCode != want {
			t.Fatalf("got %v, %v, want %d", r, err, want)
		}
	}
	if status, body := ask(t, a, strings.Replace(respond, "Expect: 100-continue\r\n", "", 1)); status != 403 {
		t.Errorf("the second answer: %d %s", status, body)
	}
	if string(event.answer.payload) != "2" || len(event.done) != 0 {
		t.Errorf("answer %q, done %d", event.answer.payload, len(event.done))
	}
}

func TestErrorCauseIsNotPassedOn(t *testing.T) {
	for body, want := range map[string]string{
		`{"errorMessage":"m <b>","errorType":"T","stackTrace":["a"],"errorCause":{"x":1}}`: `{"errorMessage":"m <b>","errorType":"T","stackTrace":["a"]}`,
		`not JSON`: `not JSON`,
	} {
		if got := string(withoutCause([]byte(body))); got != want {
			t.Errorf("%s became %s", body, got)
		}
	}
}

func TestErrorTypes(t *testing.T) {
	for given, want := range map[string]string{
		"": "", "Runtime.ImportModuleError": "Runtime.ImportModuleError", "Function.MyError": "Function.MyError", "Function.x": "Function.Unknown", "ValueError": "Runtime.Unknown",
	} {
		if got := errorTypeOf([]byte(given)); got != want {
			t.Errorf("%q is %q, want %q", given, got, want)
		}
	}
}

func TestRingKeepsTheEnd(t *testing.T) {
	t.Parallel()
	var l runLog
	var all []byte
	l.write([]byte("before\n"))
	l.begin([]byte("START\n"))
	all = append(all, "before\nSTART\n"...)
	for i := 0; len(all) < 3*MaxLog; i++ {
		piece := []byte(strings.Repeat(strconv.Itoa(i%10), 70_000+i))
		l.write(piece)
		all = append(all, piece...)
		got, own, dropped := l.bytes()
		kept := all[max(0, len(all)-MaxLog):]
		if !bytes.Equal(got, kept) || dropped != int64(len(all)-len(kept)) || !bytes.HasSuffix(got, own) {
			t.Fatalf("after %d bytes: %d kept, %d dropped", len(all), len(got), dropped)
		}
	}
	if tail := invoke.Tail(all); !bytes.HasSuffix(all, tail) {
		t.Error("tail is not the end")
	}
}

func TestQuotedSandboxPayload(t *testing.T) {
	got := string(sandboxPayload("id", "Runtime.ExitError", "a\"b"))
	if got != `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: id Error: a\"b"}` {
		t.Error(got)
	}
}

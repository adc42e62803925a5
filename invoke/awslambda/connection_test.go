package awslambda

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lambent/invoke"
)

// A connection that is cut at each of the phases that a call goes through: one request
// at most, and only what had wholly left may have run.
func TestConnectionCutAtEachPhase(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Amzn-Requestid: " + anID + "\r\n"
	for phase, answer := range map[string]string{
		"before the answer": "",
		"in the headers":    head,
		"after the headers": head + "Content-Length: 9\r\n\r\n",
		"in the body":       head + "Content-Length: 9\r\n\r\n{\"a\"",
		"in a chunk":        head + "Transfer-Encoding: chunked\r\n\r\n9\r\n{\"a\"",
		"between chunks":    head + "Transfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n",
	} {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, reset %v", phase, reset), func(t *testing.T) {
				withKeys(t)
				server := serveRaw(t, func(c net.Conn) {
					_, _ = c.Write([]byte(answer))
					if reset {
						_ = c.(*net.TCPConn).SetLinger(0)
					}
				})
				got, err := open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders", Payload: []byte("{}")}, nil)
				f := failureOf(t, err)
				if f.Name != invoke.ConnectionLost || f.Ran != invoke.RanUnknown || f.ExitCode() != 7 {
					t.Errorf("%s (ran %s, exit %d): %s", f.Name, f.Ran, f.ExitCode(), f.Message)
				}
				if n := server.requests(); n != 1 {
					t.Errorf("%d requests", n)
				}
				if strings.HasSuffix(answer, `{"a"`) && !reset && string(got.Payload) != `{"a"` {
					t.Errorf("the part that came is lost: %q", got.Payload)
				}
			})
		}
	}
}

// A request that could not be sent to its end has not run, whatever its size.
func TestRequestCutWhileItIsSent(t *testing.T) {
	withKeys(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var connections atomic.Int32
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_, _ = c.Read(make([]byte, 1024)) // the head, and no more
			_ = c.(*net.TCPConn).SetLinger(0)
			c.Close()
		}
	}()
	_, err = open(t, Options{EndpointURL: "http://" + l.Addr().String()}).Invoke(t.Context(), invoke.Request{
		Function: "orders", Payload: bytes.Repeat([]byte("1"), 64<<20), // more than the kernel keeps
	}, nil)
	f := failureOf(t, err)
	if f.Name != invoke.ConnectionLost || f.Ran == invoke.RanYes || f.ExitCode() != 7 {
		t.Errorf("%s (ran %s): %s", f.Name, f.Ran, f.Message)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

func TestRefusedConnectionHasSentNothing(t *testing.T) {
	withKeys(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, err = open(t, Options{EndpointURL: "http://" + address}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.ConnectionRefused || f.Ran != invoke.RanNo || f.ExitCode() != 7 {
		t.Errorf("%+v", f)
	}
}

func TestNameThatDoesNotResolve(t *testing.T) {
	withKeys(t)
	_, err := open(t, Options{EndpointURL: "http://nothing.invalid"}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.Offline || f.Ran != invoke.RanNo || f.ExitCode() != 7 {
		t.Errorf("%+v", f)
	}
}

// hang starts a server whose answer doesn't come. The request has been read when
// the returned channel says so.
func hang(t *testing.T) (*rawServer, <-chan struct{}) {
	t.Helper()
	read, end := make(chan struct{}, 8), make(chan struct{})
	server := serveRaw(t, func(net.Conn) {
		read <- struct{}{}
		<-end
	})
	t.Cleanup(func() { close(end) })
	return server, read
}

func TestCancelSaysThatTheFunctionMayGoOn(t *testing.T) {
	withKeys(t)
	server, read := hang(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-read
		cancel()
	}()
	_, err := open(t, Options{EndpointURL: server.url()}).Invoke(ctx, invoke.Request{Function: "orders"}, nil)
	f := failureOf(t, err)
	if f.Name != invoke.Cancelled || f.Ran != invoke.RanUnknown || f.ExitCode() != 130 || server.requests() != 1 {
		t.Errorf("%+v, %d requests", f, server.requests())
	}
}

func TestCancelBeforeAnythingIsSent(t *testing.T) {
	withKeys(t)
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := open(t, Options{EndpointURL: server.URL}).Invoke(ctx, invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.Cancelled || f.Ran != invoke.RanNo || len(server.seen()) != 0 {
		t.Errorf("%+v, %d requests", f, len(server.seen()))
	}
}

func TestWaitLimit(t *testing.T) {
	withKeys(t)
	server, _ := hang(t)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := open(t, Options{EndpointURL: server.url()}).Invoke(ctx, invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.WaitLimitReached || f.Ran != invoke.RanUnknown || f.ExitCode() != 7 {
		t.Errorf("%+v", f)
	}
}

// The only limit of lambent's own is longer than any function may run, and it ends a read
// that hangs in the middle as well.
func TestSilence(t *testing.T) {
	if defaultSilence < 15*time.Minute+30*time.Second {
		t.Errorf("an invocation may be silent for %s; functions run for 15 minutes", defaultSilence)
	}
	for what, answer := range map[string]string{
		"no answer": "", "hung in the body": "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\"",
	} {
		t.Run(what, func(t *testing.T) {
			withKeys(t)
			end := make(chan struct{})
			server := serveRaw(t, func(c net.Conn) {
				_, _ = c.Write([]byte(answer))
				<-end
			})
			t.Cleanup(func() { close(end) })
			got, err := open(t, Options{EndpointURL: server.url(), silence: 100 * time.Millisecond}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
			f := failureOf(t, err)
			if f.Name != invoke.WaitLimitReached || f.Ran != invoke.RanUnknown || server.requests() != 1 {
				t.Errorf("%+v, %d requests", f, server.requests())
			}
			if answer != "" && string(got.Payload) != `{"a"` {
				t.Errorf("the part that came is lost: %q", got.Payload)
			}
		})
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		withKeys(t)
		elsewhere := serve(t, func(http.ResponseWriter, *http.Request) {})
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL+"/latest/meta-data/")
			w.WriteHeader(status)
		})
		_, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
		if f := failureOf(t, err); f.Name != invoke.UnreadableAnswer || f.Status != status {
			t.Errorf("%d: %+v", status, f)
		}
		if len(elsewhere.seen()) != 0 || len(server.seen()) != 1 {
			t.Errorf("%d: %d requests elsewhere, %d here", status, len(elsewhere.seen()), len(server.seen()))
		}
	}
}

func TestCertificates(t *testing.T) {
	withKeys(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("1"))
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.UntrustedCertificate || f.Ran != invoke.RanNo || f.ExitCode() != 7 {
		t.Errorf("unknown authority: %+v", f)
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, bundle, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if got, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil); err != nil || string(got.Payload) != "1" {
		t.Errorf("with AWS_CA_BUNDLE: %v", err)
	}
	wrong := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	_, err = open(t, Options{EndpointURL: wrong}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.UntrustedCertificate || f.Ran != invoke.RanNo {
		t.Errorf("wrong name: %+v", f)
	}
}

func TestEndpointWithoutTLSGetsNoPlainRequest(t *testing.T) {
	withKeys(t)
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	_, err := open(t, Options{EndpointURL: strings.Replace(server.URL, "http:", "https:", 1)}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.UnreadableAnswer || f.Ran != invoke.RanNo || len(server.seen()) != 0 {
		t.Errorf("%+v", f)
	}
}

func TestBrokenTLS(t *testing.T) {
	withKeys(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Read(make([]byte, 1024))
			c.Close()
		}
	}()
	_, err = open(t, Options{EndpointURL: "https://" + l.Addr().String()}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Ran != invoke.RanNo || f.ExitCode() != 7 {
		t.Errorf("%+v", f)
	}
}

func TestProxyThatRefuses(t *testing.T) {
	withKeys(t)
	proxy := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	})
	target := open(t, Options{EndpointURL: "https://lambda.invalid"})
	through(t, target, proxy.URL)
	_, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	f := failureOf(t, err)
	if f.Name != invoke.Offline || f.Ran != invoke.RanNo || !strings.Contains(f.Message, "407") {
		t.Errorf("%+v", f)
	}
	if strings.Contains(fmt.Sprintf("%+v", *f), "pr0xypassword") {
		t.Errorf("the proxy's password is shown: %+v", f)
	}
	for _, r := range proxy.seen() {
		noCanary(t, "what the proxy saw", fmt.Sprint(r.header))
	}
}

func TestProxyThatIsNotThere(t *testing.T) {
	withKeys(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	target := open(t, Options{EndpointURL: "https://lambda.invalid"})
	through(t, target, "http://"+address)
	_, err = target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.Name != invoke.Offline || f.Ran != invoke.RanNo || !strings.Contains(f.Cause, "proxy") {
		t.Errorf("%+v", f)
	}
}

// through sends the target's requests through a proxy. The environment can't say so in
// a test: net/http reads it once a process and never uses a proxy for loopback.
func through(t *testing.T, target *Target, proxy string) {
	t.Helper()
	u, err := url.Parse(strings.Replace(proxy, "http://", "http://user:pr0xypassword@", 1))
	if err != nil {
		t.Fatal(err)
	}
	target.client.Transport.(*http.Transport).Proxy = http.ProxyURL(u)
}

func TestTransportKeepsLongCallsAlive(t *testing.T) {
	withKeys(t)
	tr := open(t, Options{EndpointURL: "http://127.0.0.1:1"}).client.Transport.(*http.Transport)
	var d net.Dialer
	dialer(&d)
	if !d.KeepAliveConfig.Enable || d.KeepAliveConfig.Idle > 5*time.Minute {
		t.Errorf("keep-alive: %+v; NAT gateways drop a connection after 350 s", d.KeepAliveConfig)
	}
	if tr.ResponseHeaderTimeout != 0 || !tr.DisableCompression {
		t.Errorf("limit of headers %s, compression off %v", tr.ResponseHeaderTimeout, tr.DisableCompression)
	}
	if tr.TLSClientConfig == nil || tr.TLSClientConfig.MinVersion < tls.VersionTLS12 || tr.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("TLS: %+v", tr.TLSClientConfig)
	}
}

package awslambda

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"lambent/invoke"
)

// What a network puts in Lambda's place, and what no Lambda says: one request each, and
// never a result.
func TestAnswersThatAreNotLambdas(t *testing.T) {
	const html, good = "Content-Type: text/html; charset=utf-8\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n"
	for what, c := range map[string]struct {
		answer string
		stream bool
		ran    invoke.Ran
	}{
		"sign-in page":              {good + html + "\r\n<html>Welcome", false, invoke.RanUnknown},
		"sign-in page as XHTML":     {good + "Content-Type: application/xhtml+xml\r\n\r\n<html/>", false, invoke.RanUnknown},
		"sign-in page for a stream": {good + html + "\r\n<html>Welcome", true, invoke.RanUnknown},
		"no sign-in page":           {"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", false, invoke.RanUnknown},
		"nothing":                   {good + "Content-Length: 0\r\n\r\n", false, invoke.RanUnknown},
		"nothing, of no length":     {good + "\r\n", false, invoke.RanUnknown},
		"nothing for a stream":      {good + "Content-Length: 0\r\n\r\n", true, invoke.RanUnknown},
		"accepted for a response":   {"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", false, invoke.RanUnknown},
		"gateway's page":            {"HTTP/1.1 502 Bad Gateway\r\n" + html + "Connection: close\r\n\r\n<html>Bad Gateway", false, invoke.RanUnknown},
		"proxy's refusal":           {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nwho are you", false, invoke.RanNo},
		"JSON instead of a stream":  {good + "Content-Type: application/json\r\nX-Amzn-Requestid: " + anID + "\r\n\r\n{}", true, invoke.RanUnknown},
		"not HTTP":                  {"SSH-2.0-OpenSSH_9.9\r\n", false, invoke.RanUnknown},
		"two lengths":               {good + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}", false, invoke.RanUnknown},
	} {
		t.Run(what, func(t *testing.T) {
			withKeys(t)
			server := serveRaw(t, func(conn net.Conn) { _, _ = io.WriteString(conn, c.answer) })
			got, err := open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders", Payload: []byte("{}"), Stream: c.stream}, nil)
			f := failureOf(t, err)
			if f.Name != invoke.UnreadableAnswer || f.Ran != c.ran || f.ExitCode() != 7 || server.requests() != 1 || len(got.Payload) != 0 {
				t.Errorf("%s (ran %s, exit %d): %s; %d requests, payload %q", f.Name, f.Ran, f.ExitCode(), f.Message, server.requests(), got.Payload)
			}
			if f.Cause == "" || f.Remedy == "" {
				t.Errorf("the card lacks something: %+v", f)
			}
		})
	}
}

// What Lambda and its emulators do say, with few headers, is taken for what it is.
func TestSparseAnswersAreAnswers(t *testing.T) {
	for what, c := range map[string]struct {
		answer  string
		kind    invoke.InvocationType
		payload string
	}{
		"an emulator's response":     {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\nnull", invoke.RequestResponse, "null"},
		"a response without a type":  {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", invoke.RequestResponse, "{}"},
		"nothing, but Lambda's":      {"HTTP/1.1 200 OK\r\nX-Amzn-Requestid: " + anID + "\r\nContent-Length: 0\r\n\r\n", invoke.RequestResponse, ""},
		"an emulator's acceptance":   {"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", invoke.Event, ""},
		"an emulator's dry run":      {"HTTP/1.1 204 No Content\r\n\r\n", invoke.DryRun, ""},
		"an acceptance as a success": {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", invoke.Event, ""},
	} {
		t.Run(what, func(t *testing.T) {
			withKeys(t)
			server := serveRaw(t, func(conn net.Conn) { _, _ = io.WriteString(conn, c.answer) })
			got, err := open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders", Payload: []byte("{}"), Type: c.kind}, nil)
			if err != nil || string(got.Payload) != c.payload || server.requests() != 1 {
				t.Errorf("%+v, %v; %d requests", got, err, server.requests())
			}
		})
	}
}

// A server that stays silent is given up on wherever it does so, and only what has wholly
// left may have run.
func TestSilenceWhereverItIs(t *testing.T) {
	begun := append([]byte(streamHead), chunk(t, "begun")...)
	for what, c := range map[string]struct {
		read, stream bool // the server reads the request; the answer is a stream
		answer       []byte
		scheme       string
		ran          invoke.Ran
		payload      string
	}{
		"in the TLS handshake":         {scheme: "https", ran: invoke.RanNo},
		"in the headers":               {read: true, answer: []byte("HTTP/1.1 200 OK\r\nX-Amzn-"), ran: invoke.RanUnknown},
		"before the first part":        {read: true, stream: true, answer: []byte(streamHead), ran: invoke.RanUnknown},
		"after a part of a stream":     {read: true, stream: true, answer: begun, ran: invoke.RanYes, payload: "begun"},
		"in the middle of a part":      {read: true, stream: true, answer: begun[:len(begun)-3], ran: invoke.RanUnknown},
		"between the parts of a chunk": {read: true, answer: []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\""), ran: invoke.RanUnknown, payload: `{"a"`},
	} {
		t.Run(what, func(t *testing.T) {
			withKeys(t)
			end := make(chan struct{})
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { close(end); l.Close() })
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				if c.read {
					readRequest(conn)
				}
				_, _ = conn.Write(c.answer)
				<-end
			}()
			scheme := "http"
			if c.scheme != "" {
				scheme = c.scheme
			}
			got, err := open(t, Options{EndpointURL: scheme + "://" + l.Addr().String(), silence: 150 * time.Millisecond}).Invoke(t.Context(),
				invoke.Request{Function: "orders", Payload: []byte("{}"), Stream: c.stream}, nil)
			f := failureOf(t, err)
			if f.Name != invoke.WaitLimitReached || f.Ran != c.ran || f.ExitCode() != 7 {
				t.Errorf("%s (ran %s, exit %d): %s", f.Name, f.Ran, f.ExitCode(), f.Message)
			}
			if string(got.Payload) != c.payload {
				t.Errorf("payload %q, want %q", got.Payload, c.payload)
			}
		})
	}
}

// A certificate that is out of date is not trusted, whoever has signed it.
func TestExpiredCertificate(t *testing.T) {
	withKeys(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "lambda"}, NotBefore: time.Now().AddDate(-2, 0, 0), NotAfter: time.Now().AddDate(-1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	answered := false
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered = true }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, bundle, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	_, err = open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders", Payload: []byte("{}")}, nil)
	if f := failureOf(t, err); f.Name != invoke.UntrustedCertificate || f.Ran != invoke.RanNo || f.ExitCode() != 7 || answered || f.Remedy == "" {
		t.Errorf("%+v; answered %v", f, answered)
	}
}

// Answers to what only reads are held to the same: what a network puts in their place is
// said to be that, and has run nothing.
func TestListsThatAreNotLambdas(t *testing.T) {
	for what, c := range map[string]struct {
		status     int
		kind, body string
		exit       int
	}{
		"sign-in page":   {200, "text/html", "<html>Welcome", 7},
		"nothing":        {200, "application/json", "", 0},
		"half a page":    {200, "application/json", `{"Functions":[{"FunctionName":"orders"`, 7},
		"another's JSON": {200, "application/json", `{"hello":"world"}`, 0},
		"a refusal":      {403, "application/json", `{"__type":"AccessDeniedException","Message":"no"}`, 5},
		"a redirect":     {302, "text/html", "", 7},
	} {
		t.Run(what, func(t *testing.T) {
			withKeys(t)
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			n := 0
			for f, err := range open(t, Options{EndpointURL: server.URL}).Functions(t.Context()) {
				if n++; err == nil {
					t.Errorf("a function came: %+v", f)
					continue
				}
				if f := failureOf(t, err); f.Ran != invoke.RanNo || f.ExitCode() != c.exit {
					t.Errorf("%s (ran %s, exit %d): %s", f.Name, f.Ran, f.ExitCode(), f.Message)
				}
			}
			if (n == 0) != (c.exit == 0) {
				t.Errorf("%d came", n)
			}
		})
	}
}

// A payload as large as there can be leaves whole or is known not to have run.
func TestTheLargestPayloadIsOneRequest(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Requestid", anID)
		_, _ = w.Write([]byte("1"))
	})
	payload := append(append([]byte{'"'}, bytes.Repeat([]byte("x"), invoke.MaxSyncPayload-2)...), '"')
	if _, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders", Payload: payload}, nil); err != nil {
		t.Fatal(err)
	}
	if seen := server.seen(); len(seen) != 1 || !bytes.Equal(seen[0].body, payload) {
		t.Errorf("%d requests", len(seen))
	}
}

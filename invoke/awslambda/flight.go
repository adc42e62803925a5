package awslambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"lambent/invoke"
)

// A flight is one call on its way: how far the request got, and what came back. It
// travels in the context through the SDK to the sender, and holds what the SDK's
// error would no longer tell.
type flight struct {
	invocation bool          // at most one request; a good answer's body is kept from the SDK
	responds   bool          // an invocation that a response comes back from
	stream     bool          // a good answer's body is passed on as it comes
	payload    []byte        // of an invocation, as it is sent
	limit      int64         // bytes of body that are read
	silence    time.Duration // without a byte

	mu         sync.Mutex
	requests   int
	connected  bool // there was a connection to write to: from then on the request may have left
	incomplete bool // the request was given up before all of it had left: nobody can have run it
	answering  bool // a byte came back

	silent atomic.Bool // the silence was too long

	status  int
	reason  string // of the status line
	header  http.Header
	at      time.Time // when the head of the answer was here
	length  int64     // as announced, -1 if it was not
	body    []byte    // at most limit bytes
	cut     error     // why the body ended early
	tooLong bool      // the body is, or says it is, longer than limit
}

type flightKey struct{}

func (f *flight) aboard(ctx context.Context) context.Context {
	return context.WithValue(ctx, flightKey{}, f)
}

var (
	errSecondRequest = errors.New("an invocation is one request, and there has been one")
	errSilence       = errors.New("nothing came for too long")
)

// A sender sends the requests of the SDK's clients.
type sender struct{ t *Target }

func (t *Target) sender() *sender { return &sender{t} }

// Do sends a request and takes the answer's body in. aws.HTTPClient.
func (s *sender) Do(req *http.Request) (*http.Response, error) {
	f, ok := req.Context().Value(flightKey{}).(*flight)
	if !ok {
		return nil, errors.New("a request without a flight") // every call of this package has one
	}
	if !f.begin() {
		return nil, errSecondRequest
	}
	ctx, stop := context.WithCancelCause(req.Context())
	watch := time.AfterFunc(f.silence, func() {
		f.silent.Store(true)
		stop(errSilence)
	})
	begun := s.t.o.Now()
	req = req.WithContext(httptrace.WithClientTrace(ctx, f.trace()))
	if f.invocation && len(f.payload) > 0 {
		// The SDK closes its body as soon as there is an answer. The connection may not have
		// seen its end by then, and takes the close for an error that breaks it, while the
		// parts of the response are still to come.
		req.Body = io.NopCloser(bytes.NewReader(f.payload))
	}
	answer, err := s.t.client.Do(req)
	s.log(req, answer, err, begun)
	if err != nil {
		watch.Stop()
		stop(nil)
		return nil, err
	}
	f.status, f.reason, f.header, f.at = answer.StatusCode, answer.Status, answer.Header, s.t.o.Now()
	f.length = answer.ContentLength
	body := &watched{ReadCloser: answer.Body, watch: watch, silence: f.silence, stop: stop}
	if f.stream && f.good() && f.status != http.StatusNoContent && f.isLambdas() {
		answer.Body = body
		return answer, nil
	}
	f.take(body)
	body.Close()
	answer.Body = f.forSDK()
	return answer, nil
}

// log writes the one record of a request: nothing of its headers, body or query.
func (s *sender) log(req *http.Request, answer *http.Response, err error, begun time.Time) {
	attributes := []any{"method", req.Method, "host", req.URL.Host, "path", req.URL.Path, "took", s.t.o.Now().Sub(begun)}
	if err != nil {
		s.t.o.Log.Info("aws", append(attributes, "error", scrub(err.Error()))...)
		return
	}
	s.t.o.Log.Info("aws", append(attributes, "status", answer.StatusCode, "requestId", scrub(answer.Header.Get("X-Amzn-Requestid")))...)
}

// begin counts a request, and forgets the one before: calls that only read may be repeated.
func (f *flight) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	if f.requests > 1 && f.invocation {
		return false
	}
	f.connected, f.incomplete, f.answering = false, false, false
	f.status, f.header, f.body, f.cut, f.tooLong = 0, nil, nil, nil, false
	return true
}

// trace follows the request. Names are looked up, connections made and certificates
// checked before GotConn, and the request is written by another goroutine after it: the
// news that the head was written can come too late to be a proof. WroteRequest with an
// error proves that the last bytes never were handed to the kernel; without one it
// proves nothing, as some may still be in a buffer.
func (f *flight) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.connected, f.incomplete = true, false
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.incomplete = info.Err != nil
		},
		GotFirstResponseByte: func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.answering = true
		},
	}
}

// ran says whether the function may have run, going by the request alone. Lambda starts
// a function when it has the whole request, whose length its head announces.
func (f *flight) ran() invoke.Ran {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.connected || f.incomplete {
		return invoke.RanNo
	}
	return invoke.RanUnknown
}

// heard reports whether anything came back, be it an answer or not.
func (f *flight) heard() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.answering
}

// tried reports whether a request was made at all.
func (f *flight) tried() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests > 0
}

// good reports whether the answer's status is one of success.
func (f *flight) good() bool { return f.status >= 200 && f.status < 300 }

// take reads the body as far as it may be read. It never fails: what went wrong is in cut.
func (f *flight) take(body io.Reader) {
	if f.length > f.limit {
		f.tooLong = true
		return
	}
	var b bytes.Buffer
	if f.length > 0 {
		b.Grow(int(f.length) + bytes.MinRead) // ReadFrom wants this much room to see the end
	}
	_, f.cut = b.ReadFrom(io.LimitReader(body, f.limit+1))
	f.body = b.Bytes()
	if int64(len(f.body)) > f.limit {
		f.body, f.tooLong = f.body[:f.limit], true
	}
}

// forSDK is the body that the SDK reads: nothing of a good answer to an invocation, whose
// payload it would copy once more.
func (f *flight) forSDK() io.ReadCloser {
	switch {
	case f.invocation && f.good():
		return http.NoBody
	case f.tooLong:
		return io.NopCloser(io.MultiReader(bytes.NewReader(f.body), failing{fmt.Errorf("the answer is longer than %d bytes", f.limit)}))
	case f.cut != nil:
		return io.NopCloser(io.MultiReader(bytes.NewReader(f.body), failing{f.cut}))
	}
	return io.NopCloser(bytes.NewReader(f.body))
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A watched body ends when nothing comes for too long.
type watched struct {
	io.ReadCloser
	watch   *time.Timer
	silence time.Duration
	stop    context.CancelCauseFunc
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if n > 0 && w.watch.Stop() {
		w.watch.Reset(w.silence)
	}
	return n, err
}

func (w *watched) Close() error {
	w.watch.Stop()
	err := w.ReadCloser.Close()
	w.stop(nil)
	return err
}

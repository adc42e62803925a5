package local

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"time"

	"lambent/invoke"
)

// The states of a runtime, as the error replies name them (spec §2.3).
type apiState string

const (
	stateStarted       apiState = "Started"
	stateInitError     apiState = "InitError"
	stateReady         apiState = "Ready"
	stateRunning       apiState = "Running"
	stateResponse      apiState = "InvocationResponse"
	stateErrorResponse apiState = "InvocationErrorResponse"
	stateResponded     apiState = "RuntimeResponseSentState"
)

// maxPeers bounds the connections to one Runtime API.
const maxPeers = 256

// A runtimeAPI serves one runtime process. It knows nothing of processes: whoever
// holds it delivers events and is told what the runtime posts.
type runtimeAPI struct {
	listener net.Listener
	address  string // host:port, the value of AWS_LAMBDA_RUNTIME_API
	port     string

	// from says who holds the other end of a connection; nil takes all for the environment's.
	from func(net.Conn) origin

	// ready is closed when the runtime and every extension have asked for their first event.
	ready     chan struct{}
	initError chan initError // at most one

	mu    sync.Mutex
	state apiState
	id    string // of the current event, or of the last one
	event *apiEvent
	asked bool // the runtime has asked for its first event
	// finishing is an event that the runtime is done with and extensions are not.
	finishing  *apiEvent
	extensions extensionSet
	parked     []*peer // waiting for an event, the last one asked last
	peers      map[*peer]struct{}
	closed     bool
	// emptied is closed when the last connection ends; nil unless somebody waits for it.
	emptied chan struct{}
	// unknown counts the connections of which it isn't known yet whose they are; identified
	// is closed when there are none. It is nil unless somebody waits for it.
	unknown    int
	identified chan struct{}
	mark       string        // the own address of the connection that settle made, "" when there is none
	passed     chan struct{} // closed when that one has been accepted
}

// An initError is what a runtime posted to init/error.
type initError struct {
	payload   []byte
	errorType string
}

// An apiEvent is one event and what the runtime makes of it.
type apiEvent struct {
	id      string
	about   eventHead
	head    []byte // about, encoded: the reply's head, without the empty line
	payload []byte
	chunk   func([]byte) // takes parts of a streamed response; may be nil
	// streamed is the limit of a streamed response; any other has MaxSyncResponse.
	streamed int64
	// done gets one value when the runtime asks for the next event after it has
	// responded, and every extension that was told of this one has asked for its next.
	// Before that, answer belongs to the API.
	done   chan struct{}
	answer answer
}

// An answer is what a runtime made of an event.
type answer struct {
	responded bool
	at        time.Time // when it was complete
	payload   []byte
	failed    bool   // posted to error, or failed while responding
	errorType string // what the runtime named in a header, as far as it is well-formed
	// trailer is the error of a streamed response that began well (spec §2.2).
	trailer []byte
	partial int64 // bytes of a response that was cut short and not accepted
	whole   int64 // the length it had announced, -1 when none
}

// listen opens a Runtime API on a loopback port of its own.
func listenAPI() (*runtimeAPI, error) {
	// Without keep-alive probes: both ends are on this machine.
	config := net.ListenConfig{KeepAlive: -1}
	l, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return &runtimeAPI{
		listener: l, address: l.Addr().String(), port: port,
		ready: make(chan struct{}), initError: make(chan initError, 1),
		state: stateStarted, peers: map[*peer]struct{}{},
	}, nil
}

// serve accepts connections until close.
func (a *runtimeAPI) serve() {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			time.Sleep(5 * time.Millisecond) // out of file descriptors: others may close some
			continue
		}
		p := newPeer(conn)
		a.mu.Lock()
		if a.mark != "" && conn.RemoteAddr().String() == a.mark {
			a.mark = ""
			close(a.passed)
			a.mu.Unlock()
			conn.Close()
			continue
		}
		refuse := a.closed || len(a.peers) >= maxPeers
		if !refuse {
			a.peers[p] = struct{}{}
			a.unknown++
		}
		a.mu.Unlock()
		if refuse {
			conn.Close()
			continue
		}
		go a.attend(p)
	}
}

// close ends every connection. What is being received is dropped.
func (a *runtimeAPI) close() {
	a.listener.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	for p := range a.peers {
		p.conn.Close()
	}
}

// attend serves one connection.
func (a *runtimeAPI) attend(p *peer) {
	defer a.dismiss(p)
	a.identify(p)
	if p.from == stranger {
		return
	}
	for {
		h, err := p.head()
		a.mu.Lock()
		waiting := p.parked
		a.mu.Unlock()
		if waiting {
			return // it spoke before the answer that it waits for, or it is gone
		}
		if err != nil {
			if err == errBadRequest || err == errTooLarge {
				p.reply("400 Bad Request", "text/plain; charset=utf-8", "400 Bad Request", true)
				p.linger()
			}
			return
		}
		if !a.handle(p, h) {
			p.linger()
			return
		}
	}
}

func (a *runtimeAPI) dismiss(p *peer) {
	p.conn.Close()
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.peers, p)
	a.unpark(p)
	if a.emptied != nil && len(a.peers) == 0 {
		close(a.emptied)
		a.emptied = nil
	}
}

// unpark takes a connection from those that wait. The caller holds the mutex.
func (a *runtimeAPI) unpark(p *peer) {
	p.parked = false
	for _, x := range a.extensions.of {
		if x.waiting == p {
			x.waiting = nil
		}
	}
	for i, q := range a.parked {
		if q == p {
			a.parked = append(a.parked[:i], a.parked[i+1:]...)
			return
		}
	}
}

const (
	apiRoot    = "/2018-06-01/"
	eventsRoot = apiRoot + "runtime/invocation/"
)

// handle answers one request and says whether the connection can be used again.
func (a *runtimeAPI) handle(p *peer, h requestHead) (keep bool) {
	keep = !h.close
	if h.foreign || !a.hostIs(h.host) {
		p.reply("403 Forbidden", "text/plain; charset=utf-8", "only the function's own runtime is served here", true)
		return false
	}
	path, _, _ := bytes.Cut(h.path, []byte("?"))
	rest, ofEvent := bytes.CutPrefix(path, []byte(eventsRoot))
	switch {
	case p.from == nobody && (!ofEvent || string(rest) == "next"):
		return false // only a request id proves where it is from
	case ofEvent && string(rest) == "next":
		return p.only(h, "GET", func() bool { return a.next(p) }) && keep
	case ofEvent && bytes.HasSuffix(rest, []byte("/response")):
		id := unescape(bytes.TrimSuffix(rest, []byte("/response")))
		return p.only(h, "POST", func() bool { return a.respond(p, h, id, stateResponse) }) && keep
	case ofEvent && bytes.HasSuffix(rest, []byte("/error")):
		id := unescape(bytes.TrimSuffix(rest, []byte("/error")))
		return p.only(h, "POST", func() bool { return a.respond(p, h, id, stateErrorResponse) }) && keep
	case string(path) == apiRoot+"runtime/init/error":
		return p.only(h, "POST", func() bool { return a.failInit(p, h) }) && keep
	case string(path) == apiRoot+"ping":
		return p.only(h, "GET", func() bool {
			return p.skip(h) && p.reply("200 OK", "text/plain; charset=utf-8", "pong", false)
		}) && keep
	}
	if rest, ok := bytes.CutPrefix(path, []byte(extensionsRoot)); ok {
		return a.extensionRequest(p, h, string(rest)) && keep
	}
	if name, ok := telemetryOf(path); ok {
		return p.only(h, "PUT", func() bool { return p.skip(h) && p.unsupported(name) }) && keep
	}
	return p.skip(h) && p.reply("404 Not Found", "text/plain; charset=utf-8", "404 page not found\n", false) && keep
}

// telemetryOf is the name of the API that streams logs to extensions, if the path is its.
func telemetryOf(path []byte) (name string, ok bool) {
	switch string(bytes.TrimSuffix(path, []byte("/"))) {
	case "/2022-07-01/telemetry":
		return "Telemetry", true
	case "/2020-08-15/logs":
		return "Logs", true
	}
	return "", false
}

// unsupported answers a subscription as the emulator does, where there is no telemetry
// either (rapi/handler/runtimelogs_stub.go): accepted, and nothing comes. Extensions are
// made to run with that.
func (p *peer) unsupported(name string) bool {
	return p.refuse("202 Accepted", name+".NotSupported", name+" API is not supported")
}

// next gives the event that is running again, or lets the connection wait for the next one.
func (a *runtimeAPI) next(p *peer) bool {
	a.mu.Lock()
	switch a.state {
	case stateStarted:
		a.asked, a.extensions.closed = true, true
		a.progress()
	case stateReady:
	case stateRunning:
		event := a.event
		a.mu.Unlock()
		return p.deliver(event) == nil
	case stateResponded:
		a.finishing, a.event = a.event, nil
		a.progress()
	default:
		state := a.state
		a.mu.Unlock()
		return p.refuseState(state, stateReady)
	}
	a.state = stateReady
	p.parked = true
	a.parked = append(a.parked, p)
	a.mu.Unlock()
	return true
}

// progress ends the init, or an invocation, when the runtime and the extensions are done
// with it. The caller holds the mutex.
func (a *runtimeAPI) progress() {
	select {
	case <-a.ready:
	default:
		if a.asked && a.extensions.initialised() {
			close(a.ready)
		}
	}
	if a.finishing != nil && len(a.extensions.busy()) == 0 {
		a.finishing.done <- struct{}{}
		a.finishing = nil
	}
}

// deliver hands an event to the extensions that want it and to the runtime: to the
// connection that asked last, or, if none of those that asked is alive, to the next that asks.
func (a *runtimeAPI) deliver(event *apiEvent) {
	if len(a.extensions.of) > 0 {
		a.announce(invokeEvent, false, event.about.invokeNotice)
	}
	a.mu.Lock()
	a.event, a.id, a.state = event, event.id, stateRunning
	for len(a.parked) > 0 {
		p := a.parked[len(a.parked)-1]
		a.parked = a.parked[:len(a.parked)-1]
		p.parked = false
		a.mu.Unlock()
		if p.deliver(event) == nil {
			return
		}
		p.conn.Close()
		a.mu.Lock()
	}
	a.mu.Unlock()
}

// respond takes what a runtime posts to response or error.
func (a *runtimeAPI) respond(p *peer, h requestHead, id string, to apiState) bool {
	a.mu.Lock()
	state, event := a.state, a.event
	known := id != "" && id == a.id
	if known && state == stateRunning {
		a.state = to
	}
	a.mu.Unlock()
	switch {
	case !known:
		return p.skip(h) && p.refuse("400 Bad Request", "InvalidRequestID", "Invalid request ID")
	case state != stateRunning:
		return p.skip(h) && p.refuseState(state, to)
	}
	mode, contentType, errorType := string(h.responseMode), string(h.contentType), errorTypeOf(h.errorType)
	if to == stateResponse && mode != "" && mode != "streaming" {
		a.responded(event, answer{responded: true, failed: true, errorType: "Runtime.InvalidResponseModeHeader"})
		return p.skip(h) && p.refuse("400 Bad Request", "InvalidFunctionResponseMode",
			"Invalid function response mode: "+mode)
	}
	streaming := to == stateResponse && mode == "streaming"
	chunk := event.chunk
	limit := event.streamed
	switch {
	case !streaming:
		chunk, limit = nil, invoke.MaxSyncResponse
	case limit > invoke.MaxSyncResponse: // the caller takes it as a stream
		chunk = paced(chunk)
	}
	p.proceed(h)
	body, trailers, err := p.body(h.length, h.chunked, limit, chunk)
	result := answer{responded: true, payload: body, failed: to == stateErrorResponse, errorType: errorType}
	switch {
	case err == errTooLarge:
		a.responded(event, answer{responded: true, failed: true, payload: tooLargePayload(), errorType: "Function.ResponseSizeTooLarge"})
		return p.refuse("413 Request Entity Too Large", "RequestEntityTooLarge",
			"Exceeded maximum allowed payload size ("+strconv.Itoa(invoke.MaxSyncResponse)+" bytes).")
	case err != nil && streaming:
		result.failed, result.errorType = true, "Runtime.TruncatedResponse"
		a.responded(event, result)
		return p.refuse("400 Bad Request", "TruncatedHTTPRequest", "HTTP request detected as truncated") && false
	case err != nil:
		a.cut(event, int64(len(body)), h.length)
		return p.refuse("400 Bad Request", "TruncatedHTTPRequest", "HTTP request detected as truncated") && false
	}
	if result.failed && is([]byte(contentType), "application/vnd.aws.lambda.error.cause+json") {
		result.payload = withoutCause(body)
	}
	if to == stateResponse {
		result.takeTrailers(trailers) // the Go client sends them without the streaming mode's header
	}
	a.responded(event, result)
	return p.accept()
}

// responded keeps the runtime's answer.
func (a *runtimeAPI) responded(event *apiEvent, result answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	event.answer = result
	event.answer.at = time.Now()
	a.state = stateResponded
}

// cut puts the runtime back to where it can respond again, or exit, after a body that
// ended before its end (inference: the emulator does not say what follows its 400).
func (a *runtimeAPI) cut(event *apiEvent, got, announced int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	event.answer.partial, event.answer.whole = got, announced
	a.state = stateRunning
}

// abandon takes the event back and returns what the runtime has made of it so far.
// Whatever it posts from now on is refused.
func (a *runtimeAPI) abandon(event *apiEvent) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.event == event || a.finishing == event {
		a.event, a.finishing, a.id, a.state = nil, nil, "", stateReady
	}
	return event.answer
}

// failInit takes what a runtime posts to init/error.
func (a *runtimeAPI) failInit(p *peer, h requestHead) bool {
	a.mu.Lock()
	state := a.state
	if state == stateStarted {
		a.state = stateInitError
	}
	a.mu.Unlock()
	if state != stateStarted {
		return p.skip(h) && p.refuseState(state, stateInitError)
	}
	contentType, errorType := string(h.contentType), errorTypeOf(h.errorType)
	p.proceed(h)
	body, _, err := p.body(h.length, h.chunked, invoke.MaxSyncResponse, nil)
	switch {
	case err == errTooLarge:
		body = tooLargePayload()
	case err != nil:
		a.mu.Lock()
		a.state = stateStarted
		a.mu.Unlock()
		return p.refuse("400 Bad Request", "TruncatedHTTPRequest", "HTTP request detected as truncated") && false
	}
	if is([]byte(contentType), "application/vnd.aws.lambda.error.cause+json") {
		body = withoutCause(body)
	}
	// Before the reply, so that it is known when the runtime exits on account of it.
	a.initError <- initError{payload: body, errorType: errorType}
	return p.accept()
}

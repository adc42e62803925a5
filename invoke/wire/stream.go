package wire

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"

	"lambent/invoke"
)

// streamPart is the most of a response that goes into one message, in bytes. SDKs have
// limits of megabytes; smaller parts reach the caller sooner.
const streamPart = 128 << 10

// stream is the InvokeWithResponseStream operation (spec §1.11).
func (c *call) stream() {
	req := c.request()
	req.Stream = true
	var ok bool
	if req.Payload, ok = c.payload(req.Type); !ok {
		return
	}
	if req.Type == invoke.Event {
		c.refuse(violated(string(req.Type), "invocationType", "Member must satisfy enum value set: [RequestResponse, DryRun]"))
		return
	}
	if failure := c.requestIDIsNone(); failure != nil {
		c.refuse(failure)
		return
	}
	f := c.follow(req)
	var out []byte
	streamed := 0
	for part := range f.parts {
		c.beginStream(f.head())
		out = appendChunk(out[:0], part)
		streamed += len(part)
		c.write(out)
	}
	result, err := f.result, f.err
	switch {
	case err != nil && !c.answered:
		c.failed(result, err)
		return
	case err != nil:
		failure := onTheWire(failureOf(err))
		c.write(appendException(out[:0], failure.Name, errorBody(failure)))
		return
	case result.StatusCode == http.StatusNoContent:
		c.respond(result)
		return
	}
	c.beginStream(streamHead{result.RequestID, result.ExecutedVersion})
	out = out[:0]
	if streamed == 0 && result.FunctionError == "" {
		// A function that doesn't stream: its response as a whole, in parts.
		for rest := result.Payload; len(rest) > 0; {
			n := min(len(rest), streamPart)
			c.write(appendChunk(out[:0], rest[:n]))
			rest = rest[n:]
		}
	}
	log := ""
	if result.LogTail != nil {
		log = base64.StdEncoding.EncodeToString(invoke.Tail(result.LogTail))
	}
	c.write(appendComplete(out[:0], result.FunctionError, errorDetails(result, streamed > 0), log))
}

// errorDetails is the error of a function that failed: what it posted, or, after it had
// streamed, what is known of the error that followed (inference, spec §1.11).
func errorDetails(r invoke.Result, streamed bool) string {
	switch {
	case r.FunctionError == "":
		return ""
	case !streamed:
		return string(r.Payload)
	case r.Failure == nil:
		return ""
	}
	b, _ := json.Marshal(struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{r.Failure.Name, r.Failure.Message})
	return string(b)
}

// A streamHead is what the head of a stream says about the invocation.
type streamHead struct{ requestID, version string }

// beginStream sends the head, once.
func (c *call) beginStream(h streamHead) {
	if c.answered {
		return
	}
	c.identify(h.requestID)
	c.set(headerExecutedVersion, h.version)
	c.set("Content-Type", contentEventStream)
	c.answered = true
	c.w.WriteHeader(http.StatusOK)
}

// write sends a part of a stream at once. A caller that is gone is told nothing.
func (c *call) write(b []byte) {
	c.writeBy(c.s.o.WriteTimeout)
	if _, err := c.w.Write(b); err == nil {
		_ = http.NewResponseController(c.w).Flush()
	}
}

// A following is an invocation whose response is taken in parts, as they come. parts
// is closed when it has ended; result and err are valid then.
type following struct {
	parts  chan []byte
	result invoke.Result
	err    error

	mu      sync.Mutex
	first   streamHead
	waiting [][]byte
	more    chan struct{} // something is waiting, or it has ended; of capacity 1
	ended   bool
}

// follow starts an invocation. The target is never held up by a slow caller: what
// the caller has not taken yet waits here, at most a whole response.
func (c *call) follow(req invoke.Request) *following {
	f := &following{parts: make(chan []byte), more: make(chan struct{}, 1)}
	go f.pass()
	go func() {
		defer f.end()
		defer func() {
			if p := recover(); p != nil {
				c.s.o.Log.Error("an invocation failed", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				f.err = invoke.NewFailure("ServiceException", "The request failed inside lambent; its log says why.")
			}
		}()
		f.result, f.err = c.run(req, f.take)
	}()
	return f
}

// take is told how the invocation goes. It never blocks.
func (f *following) take(p invoke.Progress) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch p.Kind {
	case invoke.ProgressRunning:
		f.first = streamHead{p.RequestID, p.ExecutedVersion}
	case invoke.ProgressChunk:
		if len(p.Data) > 0 {
			f.waiting = append(f.waiting, p.Data)
			f.signal()
		}
	}
}

func (f *following) signal() {
	select {
	case f.more <- struct{}{}:
	default:
	}
}

func (f *following) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	f.signal()
}

func (f *following) head() streamHead {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// pass hands the parts on. Whoever ranges over them takes all of them.
func (f *following) pass() {
	defer close(f.parts)
	for range f.more {
		f.mu.Lock()
		parts, ended := f.waiting, f.ended
		f.waiting = nil
		f.mu.Unlock()
		for _, p := range parts {
			for len(p) > 0 {
				n := min(len(p), streamPart)
				f.parts <- p[:n]
				p = p[n:]
			}
		}
		if ended {
			return
		}
	}
}

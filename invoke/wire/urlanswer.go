package wire

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"

	"lambent/invoke"
)

const (
	// preludeEnd follows the prelude of a streamed HTTP response: eight NUL bytes (spec §1.11).
	preludeEnd = "\x00\x00\x00\x00\x00\x00\x00\x00"
	// maxPrelude is how far it is looked for, in bytes.
	maxPrelude = 64 << 10
)

// answerURL makes an HTTP answer of what the function does. One that streams may begin
// with a prelude that says status, headers and cookies; one that doesn't answers an
// object with statusCode, or anything else as JSON.
func (c *call) answerURL(f *following) {
	var head []byte // of a stream that may still turn out to begin with a prelude
	for part := range f.parts {
		if c.answered {
			c.write(part)
			continue
		}
		head = append(head, part...)
		if i := bytes.Index(head, []byte(preludeEnd)); i >= 0 || !mayBePrelude(head) {
			c.beginURL(f.head().requestID, head, i)
			head = nil
		}
	}
	switch {
	case f.err != nil:
		c.failURL(f.result, f.err)
	case c.answered:
		if f.result.FunctionError != "" {
			c.cut() // what was sent isn't whole
		}
	case f.result.FunctionError != "":
		c.identify(f.result.RequestID)
		c.send(http.StatusBadGateway, contentJSON, []byte("Internal Server Error"))
	case head != nil:
		c.beginURL(f.result.RequestID, head, bytes.Index(head, []byte(preludeEnd)))
	default:
		c.bufferedURL(f.result)
	}
}

func mayBePrelude(head []byte) bool { return head[0] == '{' && len(head) < maxPrelude }

// beginURL sends the head of a streamed answer, and what of its body is there. end is
// where the prelude ends, negative if there is none.
func (c *call) beginURL(requestID string, head []byte, end int) {
	c.identify(requestID)
	status, body := http.StatusOK, head
	var prelude urlResponse
	if end >= 0 && json.Unmarshal(head[:end], &prelude) == nil {
		status, body = prelude.apply(c.w.Header()), head[end+len(preludeEnd):]
	} else {
		c.set("Content-Type", "application/octet-stream")
	}
	c.answered = true
	c.w.WriteHeader(status)
	c.write(body)
}

// bufferedURL answers with a response that came as a whole.
func (c *call) bufferedURL(r invoke.Result) {
	c.identify(r.RequestID)
	c.set(headerTraceID, r.TraceID)
	var shaped struct {
		urlResponse
		Status *json.RawMessage `json:"statusCode"`
	}
	if json.Unmarshal(r.Payload, &shaped) != nil || shaped.Status == nil ||
		json.Unmarshal(*shaped.Status, &shaped.StatusCode) != nil {
		c.send(http.StatusOK, contentJSON, r.Payload)
		return
	}
	body := []byte(shaped.Body)
	if shaped.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(shaped.Body)
		if err != nil {
			c.send(http.StatusBadGateway, contentJSON, []byte("Internal Server Error"))
			return
		}
		body = decoded
	}
	status := shaped.apply(c.w.Header())
	if status == http.StatusNoContent || status == http.StatusNotModified {
		body = nil
	}
	c.send(status, c.w.Header().Get("Content-Type"), body)
}

// failURL answers for an invocation that was refused. What Lambda answers for a host that
// is no function's isn't recorded; here it is the API's answer, which says what is wrong.
func (c *call) failURL(r invoke.Result, err error) {
	var f *invoke.Failure
	lost := errors.As(err, &f) && f.Kind == invoke.ClientFailure && f.Name == invoke.ConnectionLost
	if c.answered || lost {
		c.cut()
	}
	f = onTheWire(failureOf(err))
	c.identify(r.RequestID)
	c.set(headerErrorType, f.Name)
	switch {
	case f.Status >= 500:
		c.send(http.StatusBadGateway, contentJSON, []byte("Internal Server Error"))
	default:
		c.send(f.Status, contentJSON, errorBody(f))
	}
}

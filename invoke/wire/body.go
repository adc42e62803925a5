package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"lambent/invoke"
)

const (
	// maxDrained is how much of a body that was refused is still received and dropped, so
	// that a client that writes before it reads gets to the answer.
	maxDrained = 64 << 20
	drainLimit = 5 * time.Second
	// maxSmallBody is the limit of the bodies of other operations than Invoke.
	maxSmallBody = 64 << 10
	firstBuffer  = 4 << 10
)

// payload receives the body of an invocation as a whole. When it says false, the
// request has been answered.
func (c *call) payload(t invoke.InvocationType) ([]byte, bool) {
	if n := c.r.ContentLength; n > 0 {
		if failure := invoke.CheckSize(int(min(n, 1<<40)), t); failure != nil {
			c.tooLarge(failure)
			return nil, false
		}
	}
	body, err := c.receive(invoke.MaxSyncPayload)
	switch {
	case err == nil:
		serving(c.r.Context())
		return body, true
	case errors.Is(err, errTooLong):
		c.tooLarge(invoke.CheckSize(invoke.MaxSyncPayload+1, t))
	default:
		c.incomplete(err)
	}
	return nil, false
}

var errTooLong = errors.New("body over the limit")

// receive reads the body into one buffer, of Content-Length where there is one.
func (c *call) receive(limit int) ([]byte, error) {
	n := c.r.ContentLength
	if n == 0 || c.r.Body == http.NoBody {
		return nil, nil
	}
	if n > int64(limit) {
		return nil, errTooLong
	}
	control := http.NewResponseController(c.w)
	_ = control.SetReadDeadline(time.Now().Add(c.s.o.BodyTimeout))
	defer control.SetReadDeadline(time.Time{})
	if n > 0 {
		body := make([]byte, n)
		if _, err := io.ReadFull(c.r.Body, body); err != nil {
			return nil, err
		}
		return body, nil
	}
	var b bytes.Buffer
	b.Grow(firstBuffer)
	m, err := io.Copy(&b, io.LimitReader(c.r.Body, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case m > int64(limit):
		return nil, errTooLong
	}
	return b.Bytes(), nil
}

// tooLarge answers before the rest of the body is there, then receives and drops it
// within bounds.
func (c *call) tooLarge(f *invoke.Failure) {
	c.set("Connection", "close")
	c.refuse(f)
	control := http.NewResponseController(c.w)
	if control.Flush() != nil {
		return
	}
	_ = control.SetReadDeadline(time.Now().Add(min(drainLimit, c.s.o.BodyTimeout)))
	_, _ = io.CopyN(io.Discard, c.r.Body, maxDrained)
}

// incomplete answers a body that didn't arrive or makes no sense as HTTP. The names are the
// front end's of AWS services; what Lambda's answers isn't recorded.
func (c *call) incomplete(err error) {
	c.set("Connection", "close")
	f := &invoke.Failure{Kind: invoke.ServiceFailure, Name: "MalformedRequestException", Status: http.StatusBadRequest,
		Message: "The request body could not be read: " + err.Error()}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, os.ErrDeadlineExceeded) {
		f.Name, f.Status = "RequestTimeoutException", http.StatusRequestTimeout
		f.Message = "The request body did not arrive in time."
	}
	c.refuse(f)
}

// read decodes the JSON body of an operation; an empty one is an empty object. When it
// says false, the request has been answered.
func (c *call) read(into any) bool {
	body, err := c.receive(maxSmallBody)
	switch {
	case errors.Is(err, errTooLong):
		c.tooLarge(invoke.NewFailure("RequestEntityTooLargeException", "Request must be smaller than 65536 bytes for this operation"))
		return false
	case err != nil:
		c.incomplete(err)
		return false
	}
	serving(c.r.Context())
	if len(body) == 0 {
		return true
	}
	if err := json.Unmarshal(body, into); err != nil {
		c.refuse(invoke.NewFailure("InvalidRequestContentException", "Could not parse request body into json: "+err.Error()))
		return false
	}
	return true
}

package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"lambent/invoke"
)

// Headers in the letter case in which the service sends them (spec §1.5).
const (
	headerRequestID       = "x-amzn-RequestId"
	headerRemappedLength  = "x-amzn-Remapped-Content-Length"
	headerErrorType       = "x-amzn-ErrorType"
	headerExecutedVersion = "X-Amz-Executed-Version"
	headerFunctionError   = "X-Amz-Function-Error"
	headerLogResult       = "X-Amz-Log-Result"
	headerTraceID         = "X-Amzn-Trace-Id"
	headerDurableARN      = "X-Amz-Durable-Execution-Arn"
)

const contentJSON = "application/json"

// set sets a header whose letter case is a fact.
func (c *call) set(name, value string) {
	if value != "" {
		c.w.Header()[name] = []string{value}
	}
}

// send writes an answer as a whole.
func (c *call) send(status int, contentType string, body []byte) {
	c.set("Content-Type", contentType)
	if status != http.StatusNoContent {
		c.set("Content-Length", strconv.Itoa(len(body)))
	}
	if c.w.Header()["Connection"] == nil {
		c.set("Connection", "keep-alive")
	}
	c.answered = true
	c.writeBy(c.s.o.WriteTimeout)
	c.w.WriteHeader(status)
	if len(body) > 0 {
		_, _ = c.w.Write(body) // a caller that is gone is told nothing
	}
}

// writeBy bounds how long the caller may take to receive what is written next.
func (c *call) writeBy(d time.Duration) {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(d))
}

// identify sets the request id, which every answer has.
func (c *call) identify(id string) {
	if c.identified {
		return
	}
	c.identified = true
	if id == "" {
		id = invoke.NewRequestID()
	}
	c.set(headerRequestID, id)
}

// answer sends the JSON answer of an operation other than Invoke.
func (c *call) answer(status int, body any) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		c.refuse(invoke.NewFailure("ServiceException", "The answer could not be written as JSON: "+err.Error()))
		return
	}
	c.identify("")
	c.send(status, contentJSON, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// nothing answers 204.
func (c *call) nothing() {
	c.identify("")
	c.send(http.StatusNoContent, "", nil)
}

// refuse answers with the failure as the service would.
func (c *call) refuse(f *invoke.Failure) {
	f = onTheWire(f)
	c.identify("")
	c.set(headerErrorType, f.Name)
	if f.RetryAfter > 0 {
		c.set("Retry-After", strconv.Itoa(int((f.RetryAfter+time.Second-1)/time.Second)))
	}
	c.send(f.Status, contentJSON, errorBody(f))
}

// refuseWith answers with whatever an error of the target is.
func (c *call) refuseWith(err error) { c.refuse(failureOf(err)) }

func failureOf(err error) *invoke.Failure {
	var f *invoke.Failure
	if errors.As(err, &f) {
		return f
	}
	return invoke.NewFailure("ServiceException", err.Error())
}

// onTheWire is the service failure that stands for a failure. What went wrong on this side of
// the API has no name there. A function that can't run here is in the state Failed, for which
// the service's answer is a conflict that SDKs don't retry (spec §1.7; the use is an
// inference), and what may not be done here is denied, which SDKs don't retry either;
// anything else is the service's fault.
func onTheWire(f *invoke.Failure) *invoke.Failure {
	if f.Kind == invoke.ServiceFailure && f.Status >= 300 {
		return f
	}
	name := "ServiceException"
	switch f.Name {
	case invoke.InvalidProject, invoke.BuildFailed, invoke.UnsupportedPackageType:
		name = "ResourceConflictException"
	case invoke.InvalidUsage: // what lambent was told not to let through (invoke.Gate)
		name = "AccessDeniedException"
	}
	return invoke.NewFailure(name, firstOf(f.Message, f.Name))
}

// errorBody writes the members that the catalogue lists, in the wire's order. A failure
// that the catalogue doesn't know has the two that most have.
func errorBody(f *invoke.Failure) []byte {
	members := []string{"Message"}
	if e, ok := invoke.Lookup(f.Name); ok && len(e.Members) > 0 {
		members = e.Members
	} else if f.Type != "" {
		members = []string{"Message", "Type"}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for _, m := range members {
		value := f.Reason // Reason, EC2ErrorCode: the one that says more than the name
		switch m {
		case "Message", "message":
			value = f.Message
		case "Type":
			value = f.Type
		default:
			if value == "" {
				continue
			}
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quote(m))
		b.WriteByte(':')
		if value == "" {
			b.WriteString("null")
			continue
		}
		b.WriteString(quote(value))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// quote is a JSON string, without the escapes that only HTML needs.
func quote(s string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(s) // a string can always be written
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// cut ends the connection without an answer.
func (c *call) cut() {
	panic(http.ErrAbortHandler)
}

// recover answers for a handler that panicked. What has been begun is cut off, so that
// nobody takes it for whole.
func (c *call) recover() {
	switch p := recover(); {
	case p == nil:
	case p == http.ErrAbortHandler || c.answered:
		if p != http.ErrAbortHandler {
			c.s.o.Log.Error("a request failed", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		}
		panic(http.ErrAbortHandler)
	default:
		c.s.o.Log.Error("a request failed", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
		c.refuse(invoke.NewFailure("ServiceException", "The request failed inside lambent; its log says why."))
	}
}

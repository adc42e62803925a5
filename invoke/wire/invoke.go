package wire

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"lambent/invoke"
)

// request is the Invoke request that the head describes (spec §1.1). A Cognito identity is
// not part of one: the service takes it from the credentials, which nobody checks here.
func (c *call) request() invoke.Request {
	h := c.r.Header
	return invoke.Request{
		Function:      c.function,
		Qualifier:     c.query("Qualifier"),
		Type:          invoke.InvocationType(h.Get("X-Amz-Invocation-Type")),
		LogType:       invoke.LogType(h.Get("X-Amz-Log-Type")),
		ClientContext: h.Get("X-Amz-Client-Context"),
		TenantID:      h.Get("X-Amz-Tenant-Id"),
		TraceID:       h.Get("X-Amzn-Trace-Id"),
		Door:          invoke.DoorEndpoint,
	}
}

// requestIDIsNone refuses a request id of the caller's that is no UUID: documented for
// InvalidRequestContentException (spec §1.5), the words are ours. One that is a UUID
// has no effect that anybody has seen.
func (c *call) requestIDIsNone() *invoke.Failure {
	if id := c.r.Header.Get("X-Amzn-Requestid"); id != "" && !invoke.IsUUID(id) {
		return invoke.NewFailure("InvalidRequestContentException", "The x-amzn-RequestId header is not a valid UUID string.")
	}
	return nil
}

// invoke is the Invoke operation.
func (c *call) invoke() {
	req := c.request()
	req.DurableName = c.r.Header.Get("X-Amz-Durable-Execution-Name")
	var ok bool
	if req.Payload, ok = c.payload(req.Type); !ok {
		return
	}
	if failure := c.requestIDIsNone(); failure != nil {
		c.refuse(failure)
		return
	}
	result, err := c.run(req, nil)
	if err != nil {
		c.failed(result, err)
		return
	}
	c.respond(result)
}

// run invokes, for as long as it takes: a caller that goes away changes nothing.
func (c *call) run(req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	c.s.running.Add(1)
	defer c.s.running.Done()
	ctx, cancel := context.WithCancel(context.WithoutCancel(c.r.Context()))
	defer cancel()
	defer context.AfterFunc(c.s.lasting, cancel)()
	result, err := c.s.o.Target.Invoke(ctx, req, emit)
	if c.s.o.Ran != nil {
		c.s.o.Ran(req, result, err)
	}
	return result, err
}

// respond sends what an accepted invocation answers (spec §1.5).
func (c *call) respond(r invoke.Result) {
	c.identify(r.RequestID)
	c.set(headerRemappedLength, "0")
	c.set(headerTraceID, r.TraceID)
	c.set(headerDurableARN, r.DurableARN)
	switch r.StatusCode {
	case http.StatusAccepted, http.StatusNoContent:
		c.send(r.StatusCode, "", nil)
		return
	}
	c.set(headerExecutedVersion, r.ExecutedVersion)
	c.set(headerFunctionError, r.FunctionError)
	if r.LogTail != nil {
		c.set(headerLogResult, base64.StdEncoding.EncodeToString(invoke.Tail(r.LogTail)))
	}
	c.send(http.StatusOK, contentJSON, r.Payload)
}

// failed answers for a call that the target refused or that came to nothing. A
// connection that was lost on the way is lost to the caller as well.
func (c *call) failed(r invoke.Result, err error) {
	var f *invoke.Failure
	if errors.As(err, &f) && f.Kind == invoke.ClientFailure && f.Name == invoke.ConnectionLost {
		c.cut()
	}
	c.identify(r.RequestID)
	c.refuseWith(err)
}

// invokeAsync is the legacy InvokeAsync: an Event without any of Invoke's options, whose
// answer has the status as a member of nothing (spec §1.10).
func (c *call) invokeAsync() {
	req := invoke.Request{
		Function: c.function, Type: invoke.Event, TraceID: c.r.Header.Get("X-Amzn-Trace-Id"), Door: invoke.DoorEndpoint,
	}
	const limit = 256 << 10
	if c.r.ContentLength > limit {
		c.tooLarge(invoke.NewFailure("RequestEntityTooLargeException", "Request must be smaller than 262144 bytes for the InvokeAsync operation"))
		return
	}
	body, err := c.receive(limit)
	switch {
	case errors.Is(err, errTooLong):
		c.tooLarge(invoke.NewFailure("RequestEntityTooLargeException", "Request must be smaller than 262144 bytes for the InvokeAsync operation"))
		return
	case err != nil:
		c.incomplete(err)
		return
	}
	serving(c.r.Context())
	req.Payload = body
	result, err := c.run(req, nil)
	if err != nil {
		c.failed(result, err)
		return
	}
	c.identify(result.RequestID)
	c.send(http.StatusAccepted, "", nil)
}

package local

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// oneWrite is up to which size head and payload are copied together; above it they
	// are written by one writev.
	oneWrite = 32 << 10
	// lingerTime is how long a refused client is listened to, so that it gets to read why.
	lingerTime = time.Second
)

// reply writes an answer and says whether that worked.
func (p *peer) reply(status, contentType, body string, closing bool) bool {
	return p.replyWith(status, contentType, "", body, closing)
}

// replyWith also writes other header fields, each with its line end.
func (p *peer) replyWith(status, contentType, fields, body string, closing bool) bool {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.out = append(p.out[:0], "HTTP/1.1 "...)
	p.out = append(p.out, status...)
	p.out = append(p.out, "\r\nContent-Type: "...)
	p.out = append(p.out, contentType...)
	p.out = append(p.out, "\r\n"...)
	p.out = append(p.out, fields...)
	if closing {
		p.out = append(p.out, "Connection: close\r\n"...)
	}
	p.out = append(p.out, "Content-Length: "...)
	p.out = strconv.AppendInt(p.out, int64(len(body)), 10)
	p.out = append(p.out, "\r\n\r\n"...)
	p.out = append(p.out, body...)
	_, err := p.conn.Write(p.out)
	return err == nil
}

// refuse answers with an error as the Runtime API words it (spec §2.3).
func (p *peer) refuse(status, errorType, message string) bool {
	body, _ := json.Marshal(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{message, errorType})
	return p.reply(status, "application/json", string(body)+"\n", false)
}

func (p *peer) refuseState(from, to apiState) bool {
	return p.refuse("403 Forbidden", "InvalidStateTransition", "State transition from "+string(from)+" to "+string(to)+
		" failed for runtime. Error: State transition is not allowed")
}

var accepted = []byte("HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{\"status\":\"OK\"}\n")

func (p *peer) accept() bool {
	_, err := p.conn.Write(accepted)
	return err == nil
}

// only runs do for the method that a path takes.
func (p *peer) only(h requestHead, method string, do func() bool) bool {
	if string(h.method) == method {
		return do()
	}
	return p.skip(h) && p.reply("405 Method Not Allowed", "text/plain; charset=utf-8", "", false)
}

// skip receives and drops a body.
func (p *peer) skip(h requestHead) bool {
	p.proceed(h)
	_, _, err := p.body(h.length, h.chunked, -1, nil)
	return err == nil || err == errTooLarge
}

// proceed tells a client that waits with its body to send it.
func (p *peer) proceed(h requestHead) {
	if h.expects && (h.chunked || h.length > 0) {
		_, _ = p.conn.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	}
}

// linger ends a connection so that the client reads the last answer: closing with
// unread bytes would reset it.
func (p *peer) linger() {
	if c, ok := p.conn.(*net.TCPConn); ok {
		_ = c.CloseWrite()
		_ = c.SetReadDeadline(time.Now().Add(lingerTime))
		for {
			if _, err := c.Read(p.buf); err != nil {
				return
			}
		}
	}
}

// deliver writes an event.
func (p *peer) deliver(e *apiEvent) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	p.out = append(p.out[:0], e.head...)
	p.out = append(p.out, "Content-Length: "...)
	p.out = strconv.AppendInt(p.out, int64(len(e.payload)), 10)
	p.out = append(p.out, "\r\n\r\n"...)
	if len(e.payload) <= oneWrite {
		p.out = append(p.out, e.payload...)
		_, err := p.conn.Write(p.out)
		return err
	}
	message := net.Buffers{p.out, e.payload}
	_, err := message.WriteTo(p.conn)
	return err
}

// An eventHead is the headers of an event (spec §2.1). Those that are empty are left out.
type eventHead struct {
	requestID, functionARN, traceID, tenantID string
	deadline                                  time.Time
	clientContext, cognitoIdentity            []byte // JSON
}

func (h eventHead) encode() []byte {
	b := make([]byte, 0, 512)
	b = append(b, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"...)
	b = appendHeader(b, "Lambda-Runtime-Aws-Request-Id", h.requestID)
	b = appendHeader(b, "Lambda-Runtime-Deadline-Ms", strconv.FormatInt(h.deadline.UnixMilli(), 10))
	b = appendHeader(b, "Lambda-Runtime-Invoked-Function-Arn", h.functionARN)
	b = appendHeader(b, "Lambda-Runtime-Trace-Id", h.traceID)
	b = appendHeader(b, "Lambda-Runtime-Client-Context", string(h.clientContext))
	b = appendHeader(b, "Lambda-Runtime-Cognito-Identity", string(h.cognitoIdentity))
	b = appendHeader(b, "Lambda-Runtime-Aws-Tenant-Id", h.tenantID)
	return b
}

// appendHeader writes one field. Line ends become spaces, which in JSON they may.
func appendHeader(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(b, name...), ": "...)
	for i := range len(value) {
		c := value[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		b = append(b, c)
	}
	return append(b, "\r\n"...)
}

// wellFormedType is what an error type must contain to be taken as it is (spec §2.2).
var wellFormedType = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(Runtime|Function)\.[A-Z][a-zA-Z]+`)
})

// errorTypeOf is the error type for the REPORT line; "" when the runtime gave none.
func errorTypeOf(header []byte) string {
	switch {
	case len(header) == 0:
		return ""
	case wellFormedType().Match(header):
		return string(header)
	case bytes.HasPrefix(header, []byte("Function.")):
		return "Function.Unknown"
	}
	return "Runtime.Unknown"
}

// withoutCause drops the X-Ray error cause from an error body of the content type that
// carries one (spec §2.2). A body that isn't such an object is passed on as it is.
func withoutCause(body []byte) []byte {
	var full struct {
		Message string          `json:"errorMessage"`
		Type    string          `json:"errorType"`
		Stack   []string        `json:"stackTrace,omitempty"`
		Cause   json.RawMessage `json:"errorCause,omitempty"`
	}
	if json.Unmarshal(body, &full) != nil {
		return body
	}
	full.Cause = nil
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(full) != nil {
		return body
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// takeTrailers reads the error that a response ended with. The bytes already
// sent stand (spec §2.2).
func (x *answer) takeTrailers(list []trailer) {
	for _, t := range list {
		switch t.name {
		case "lambda-runtime-function-error-type":
			if t.value != "" {
				x.failed, x.errorType = true, t.value
			}
		case "lambda-runtime-function-error-body":
			if body, err := base64.StdEncoding.DecodeString(strings.TrimSpace(t.value)); err == nil {
				x.trailer = body
			}
		}
	}
}

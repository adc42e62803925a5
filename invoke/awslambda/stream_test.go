package awslambda

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"lambent/invoke"
)

// frame encodes one message of an event stream (spec §1.11).
func frame(t *testing.T, payload string, headers ...string) []byte {
	t.Helper()
	m := eventstream.Message{Payload: []byte(payload)}
	for i := 0; i < len(headers); i += 2 {
		m.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func chunk(t *testing.T, payload string) []byte {
	t.Helper()
	return frame(t, payload, ":message-type", "event", ":event-type", "PayloadChunk", ":content-type", "application/octet-stream")
}

func complete(t *testing.T, document string) []byte {
	t.Helper()
	return frame(t, document, ":message-type", "event", ":event-type", "InvokeComplete", ":content-type", "application/json")
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nX-Amzn-Requestid: " + anID +
	"\r\nX-Amz-Executed-Version: 7\r\nConnection: close\r\n\r\n"

// stream answers a streaming invocation with these frames, and with the end of the connection.
func stream(t *testing.T, frames ...[]byte) (got invoke.Result, chunks []string, requests int, err error) {
	t.Helper()
	withKeys(t)
	server := serveRaw(t, func(c net.Conn) { _, _ = c.Write(append([]byte(streamHead), bytes.Join(frames, nil)...)) })
	got, err = open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders", Stream: true, LogType: invoke.LogTail, Payload: []byte("{}")},
		func(p invoke.Progress) {
			if p.Kind == invoke.ProgressChunk {
				chunks = append(chunks, string(p.Data))
			}
		})
	return got, chunks, server.requests(), err
}

func TestStreamedResponse(t *testing.T) {
	tail := base64.StdEncoding.EncodeToString([]byte("REPORT RequestId: " + anID + "\tDuration: 3.00 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t\n"))
	got, chunks, requests, err := stream(t, chunk(t, `{"a":`), chunk(t, "\xff1}"), complete(t, `{"LogResult":"`+tail+`"}`))
	if err != nil || string(got.Payload) != "{\"a\":\xff1}" || requests != 1 {
		t.Fatalf("%+v, %v, %d requests", got, err, requests)
	}
	if len(chunks) != 2 || chunks[0] != `{"a":` || got.ExecutedVersion != "7" || got.RequestID != anID || got.Report == nil || got.Report.MaxMemoryUsedMB != 40 {
		t.Errorf("chunks %q, %+v", chunks, got)
	}
}

func TestChunksAreReportedWhileTheFunctionRuns(t *testing.T) {
	withKeys(t)
	heard := make(chan struct{})
	first, rest := chunk(t, "1"), append(chunk(t, "2"), complete(t, `{}`)...)
	server := serveRaw(t, func(c net.Conn) {
		_, _ = c.Write(append([]byte(streamHead), first...))
		<-heard // a target that waits for the end never comes this far
		_, _ = c.Write(rest)
	})
	ended := false
	got, err := open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders", Stream: true}, func(p invoke.Progress) {
		if p.Kind == invoke.ProgressChunk && !ended {
			ended = true
			close(heard)
		}
	})
	if err != nil || string(got.Payload) != "12" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestStreamedFunctionErrors(t *testing.T) {
	got, _, _, err := stream(t, chunk(t, "begun"), complete(t, `{"ErrorCode":"Unhandled","ErrorDetails":"{\"errorType\":\"ValueError\",\"errorMessage\":\"boom\"}"}`))
	if err != nil || got.FunctionError != "Unhandled" || got.Failure == nil || got.Failure.Name != "ValueError" || string(got.Payload) != "begun" {
		t.Errorf("after a part: %+v, %v", got, err)
	}
	got, _, _, err = stream(t, complete(t, `{"ErrorCode":"Unhandled","ErrorDetails":"{\"errorType\":\"ValueError\"}"}`))
	if err != nil || got.Failure == nil || string(got.Payload) != `{"errorType":"ValueError"}` {
		t.Errorf("without a part: %+v, %v", got, err)
	}
}

// A stream that breaks: one request, what came is kept and marked, and a function that
// has sent something has run.
func TestBrokenStreams(t *testing.T) {
	half := chunk(t, "never whole")
	damaged := chunk(t, "damaged")
	damaged[len(damaged)-6] ^= 1
	for what, c := range map[string]struct {
		frames [][]byte
		name   string
		ran    invoke.Ran
		exit   int
	}{
		"nothing came":          {nil, invoke.ConnectionLost, invoke.RanUnknown, 7},
		"ends between frames":   {[][]byte{chunk(t, "begun")}, invoke.ConnectionLost, invoke.RanYes, 7},
		"cut in a frame":        {[][]byte{chunk(t, "begun"), half[:len(half)-5]}, invoke.ConnectionLost, invoke.RanYes, 7},
		"cut in a frame's head": {[][]byte{chunk(t, "begun"), half[:6]}, invoke.ConnectionLost, invoke.RanYes, 7},
		"damaged":               {[][]byte{chunk(t, "begun"), damaged}, invoke.UnreadableAnswer, invoke.RanYes, 7},
		"not a stream":          {[][]byte{[]byte("<html>\x1b[31m, long enough to be a frame</html>")}, invoke.UnreadableAnswer, invoke.RanUnknown, 7},
		"exception": {[][]byte{chunk(t, "begun"), frame(t, `{"Message":"sorry"}`, ":message-type", "exception", ":exception-type", "ServiceException", ":content-type", "application/json")},
			"ServiceException", invoke.RanYes, 3},
		"error": {[][]byte{frame(t, "", ":message-type", "error", ":error-code", "InternalFailure", ":error-message", "sorry")},
			"InternalFailure", invoke.RanUnknown, 3},
	} {
		t.Run(what, func(t *testing.T) {
			got, _, requests, err := stream(t, c.frames...)
			f := failureOf(t, err)
			if f.Name != c.name || f.Ran != c.ran || f.ExitCode() != c.exit || requests != 1 || got.StatusCode != 200 || got.RequestID != anID {
				t.Errorf("%s (ran %s, exit %d): %s; %d requests", f.Name, f.Ran, f.ExitCode(), f.Message, requests)
			}
			if begun := len(c.frames) > 0 && bytes.Equal(c.frames[0], chunk(t, "begun")); begun && (string(got.Payload) != "begun" || len(got.Notes) != 1) {
				t.Errorf("payload %q, notes %q", got.Payload, got.Notes)
			}
		})
	}
}

func TestStreamingIsRefusedAndPlainAnswersAreToldApart(t *testing.T) {
	withKeys(t)
	for status, name := range map[int]string{404: "ResourceNotFoundException", 200: invoke.UnreadableAnswer} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.URL.Path, "/2021-11-15/functions/orders/response-streaming-invocations") {
				t.Errorf("asked for %s", r.URL.Path)
			}
			w.Header().Set("Content-Type", "application/json")
			if status == 404 {
				w.Header().Set("X-Amzn-Errortype", name)
			}
			w.WriteHeader(status)
			fmt.Fprint(w, `{"Message":"no"}`)
		})
		_, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders", Stream: true}, nil)
		if f := failureOf(t, err); f.Name != name || f.Status != status || len(server.seen()) != 1 {
			t.Errorf("%d: %+v, %d requests", status, f, len(server.seen()))
		}
	}
}

//go:build unix

package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// A lambdaService is an HTTP server that answers as Lambda does, and keeps what it was asked.
type lambdaService struct {
	*httptest.Server
	mu    sync.Mutex
	asked []serviceCall
	// next lets a stream go on to its second part.
	next chan struct{}
}

type serviceCall struct {
	url    string
	header http.Header
	body   string
}

// exact is a response that anything but a copy would change.
const exact = "{\"a\":1, \"a\":1.0,\n\"big\":12345678901234567890,\"text\":\"\\u00e9 <&>\"} "

func newLambdaService(t *testing.T) *lambdaService {
	s := &lambdaService{next: make(chan struct{})}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *lambdaService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.asked = append(s.asked, serviceCall{r.URL.EscapedPath() + "?" + r.URL.RawQuery, r.Header.Clone(), string(body)})
	s.mu.Unlock()
	h := w.Header()
	h["x-amzn-RequestId"] = []string{"8f2c1d0e-0000-4000-8000-000000000001"}
	function := strings.Split(r.URL.Path, "/")[3]
	switch function {
	case "exact", "fails":
		h.Set("Content-Type", "application/json")
		h.Set("X-Amz-Executed-Version", "7")
		h.Set("X-Amz-Log-Result", "U1RBUlQ=")
		h.Set("X-Amz-Durable-Execution-Arn", "arn:aws:lambda:us-east-1:1:function:exact:7/durable-execution/once/1")
		if function == "fails" {
			h.Set("X-Amz-Function-Error", "Unhandled")
		}
		_, _ = io.WriteString(w, exact)
	case "throttled":
		h.Set("Content-Type", "application/json")
		h.Set("x-amzn-ErrorType", "TooManyRequestsException")
		h.Set("Retry-After", "3")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}`)
	case "broken":
		h.Set("x-amzn-ErrorType", "ServiceException")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"Message":"It failed.","Type":"Server"}`)
	case "streams", "cut":
		s.stream(w, function == "cut")
	default: // the connection is lost before there is an answer
		panic(http.ErrAbortHandler)
	}
}

// stream answers in two parts, or loses the connection after the first.
func (s *lambdaService) stream(w http.ResponseWriter, cut bool) {
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	w.Header().Set("X-Amz-Executed-Version", "7")
	send := func(event, body string) {
		m := eventstream.Message{Payload: []byte(body)}
		m.Headers.Set(":message-type", eventstream.StringValue("event"))
		m.Headers.Set(":event-type", eventstream.StringValue(event))
		_ = eventstream.NewEncoder().Encode(w, m)
		_ = http.NewResponseController(w).Flush()
	}
	send("PayloadChunk", "first ")
	<-s.next
	if cut {
		panic(http.ErrAbortHandler)
	}
	send("PayloadChunk", "second")
	send("InvokeComplete", `{"LogResult":"U1RBUlQ="}`)
}

func (s *lambdaService) calls() []serviceCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.asked
	s.asked = nil
	return calls
}

// passingOn is the real binary in front of the service.
func passingOn(t *testing.T, s *lambdaService) (address string, command func(args ...string) *exec.Cmd) {
	t.Helper()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	bare := inFolder(binary, t.TempDir())
	command = func(args ...string) *exec.Cmd {
		cmd := bare(args...)
		cmd.Env = append(cmd.Env, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_EC2_METADATA_DISABLED=true")
		return cmd
	}
	return endpoint(t, command, "--upstream", "aws", "--endpoint-url", s.URL, "--region", "us-east-1"), command
}

// Every call is passed on once, as it came, and its answer comes back as it is. Nothing
// is tried again, whatever the answer: that is the caller's to decide.
func TestUpstreamIsAskedOnceAndAnswersUnchanged(t *testing.T) {
	s := newLambdaService(t)
	address, command := passingOn(t, s)
	for _, c := range []struct {
		function      string
		status        int
		header, value string
		body          string
	}{
		{"exact", 200, "X-Amz-Executed-Version", "7", exact},
		{"exact", 200, "X-Amz-Durable-Execution-Arn", "arn:aws:lambda:us-east-1:1:function:exact:7/durable-execution/once/1", exact},
		{"fails", 200, "X-Amz-Function-Error", "Unhandled", exact},
		{"throttled", 429, "Retry-After", "3", `{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}`},
		{"broken", 500, "X-Amzn-Errortype", "ServiceException", `{"Message":"It failed.","Type":"Server"}`},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/2015-03-31/functions/"+c.function+"/invocations?Qualifier=live", strings.NewReader(exact))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Log-Type", "Tail")
		r.Header.Set("X-Amz-Client-Context", "eyJhIjoxfQ==")
		r.Header.Set("X-Amz-Tenant-Id", "acme")
		r.Header.Set("X-Amz-Durable-Execution-Name", "once")
		r.Header.Set("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != c.status || string(body) != c.body || answer.Header.Get(c.header) != c.value || answer.Header.Get("X-Amzn-Requestid") != "8f2c1d0e-0000-4000-8000-000000000001" {
			t.Errorf("%s: %s %v %q, %v", c.function, answer.Status, answer.Header, body, err)
		}
		calls := s.calls()
		if len(calls) != 1 || calls[0].body != exact || calls[0].url != "/2015-03-31/functions/"+c.function+"/invocations?Qualifier=live" ||
			calls[0].header.Get("X-Amz-Client-Context") != "eyJhIjoxfQ==" || calls[0].header.Get("X-Amz-Tenant-Id") != "acme" || calls[0].header.Get("X-Amz-Log-Type") != "Tail" ||
			calls[0].header.Get("X-Amz-Durable-Execution-Name") != "once" || calls[0].header.Get("X-Amzn-Trace-Id") != "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1" {
			t.Errorf("%s: the service was asked %+v", c.function, calls)
		}
	}
	// A connection that is lost on the way is lost to the caller, who alone may try again.
	if answer, err := http.Post(address+"/2015-03-31/functions/lost/invocations", "", strings.NewReader("{}")); err == nil {
		t.Errorf("a lost connection is answered %s", answer.Status)
		answer.Body.Close()
	}
	if calls := s.calls(); len(calls) != 1 {
		t.Errorf("after a lost connection the service was asked %d times", len(calls))
	}
	listed, err := command("history", "-o", "json").Output()
	if err != nil || strings.Count(string(listed), `"target":"aws"`) != 6 || strings.Count(string(listed), `"door":"endpoint"`) != 6 {
		t.Errorf("history: %v\n%s", err, listed)
	}
	shown, err := command("history", "show", "1", "-o", "json").Output()
	var kept struct{ RequestPayload, ResponsePayload json.RawMessage }
	if err != nil || json.Unmarshal(shown, &kept) != nil || !bytes.Contains(kept.ResponsePayload, []byte("12345678901234567890")) {
		t.Errorf("history show: %v\n%s", err, shown)
	}
}

// Parts of a stream are passed on as they come, and one that is cut in its middle doesn't
// end as if it were whole.
func TestUpstreamStreams(t *testing.T) {
	s := newLambdaService(t)
	address, command := passingOn(t, s)
	for _, function := range []string{"streams", "cut"} {
		answer, err := http.Post(address+"/2021-11-15/functions/"+function+"/response-streaming-invocations", "", strings.NewReader(exact))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != 200 || answer.Header.Get("X-Amz-Executed-Version") != "7" || answer.Header.Get("Content-Type") != "application/vnd.amazon.eventstream" {
			t.Errorf("%s: %s %v", function, answer.Status, answer.Header)
		}
		first, err := event(answer.Body)
		if err != nil || first != "event PayloadChunk first " {
			t.Fatalf("%s: the first part is %q, %v", function, first, err)
		}
		select { // only now does the service send the rest
		case s.next <- struct{}{}:
		case <-time.After(20 * time.Second):
			t.Fatal("the service waits no longer")
		}
		var rest []string
		for {
			e, err := event(answer.Body)
			if err != nil {
				if function == "streams" && !errors.Is(err, io.EOF) {
					t.Errorf("the stream ends with %v", err)
				}
				break
			}
			rest = append(rest, e)
		}
		text := strings.Join(rest, "; ")
		if function == "streams" && text != `event PayloadChunk second; event InvokeComplete {"LogResult":"U1RBUlQ="}` {
			t.Errorf("the rest of the stream is %q", text)
		}
		if function == "cut" && strings.Contains(text, "InvokeComplete") {
			t.Errorf("a stream that was cut ends as if it were whole: %q", text)
		}
		if calls := s.calls(); len(calls) != 1 || calls[0].body != exact {
			t.Errorf("%s: the service was asked %+v", function, calls)
		}
	}
	shown, err := command("history", "show", "2", "-o", "json").Output()
	if err != nil || !strings.Contains(string(shown), `"first "`) || !strings.Contains(string(shown), `"failure":{`) {
		t.Errorf("what came of the stream that was cut is not in history: %v\n%s", err, shown)
	}
}

// event is the next message of a stream in words.
func event(r io.Reader) (string, error) {
	m, err := eventstream.NewDecoder().Decode(r, nil)
	if err != nil {
		return "", err
	}
	kind := m.Headers.Get(":message-type").String()
	for _, name := range []string{":event-type", ":exception-type", ":error-code"} {
		if v := m.Headers.Get(name); v != nil {
			kind += " " + v.String()
		}
	}
	return kind + " " + string(m.Payload), nil
}

// Package trial holds what the AWS target promises against whatever answers as Lambda
// does. One table of calls is run against a server of this package's users that plays
// Lambda, and against lambent's own endpoint: so the two are known to agree, and
// lambent's AWS side is known to work with lambent's own endpoint.
//
// Every call goes through a proxy that counts HTTP requests: an invocation is exactly one,
// whatever is answered.
package trial

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"lambent/invoke"
)

// A Lambda is what is called. It has these functions:
//
//   - echo responds with its payload, after writing to its log;
//   - fail ends with the error ValueError, boom;
//   - stream streams "first ", "second " and "third";
//   - stream-error streams "begun " and ends with the error Function.Late, too late.
type Lambda interface {
	// URL is the endpoint.
	URL() string
	// Refuse answers invocations of echo with an exception, until it is taken back.
	Refuse(t testing.TB, exception, reason string) (takeBack func())
	// Cut ends the connection of the next invocation of echo without an answer.
	Cut(t testing.TB)
}

// A calling is a Lambda with the target that calls it, and a count of requests.
type calling struct {
	Lambda
	target   invoke.Target
	requests *atomic.Int32
}

// Run makes all calls. open opens the AWS target at an endpoint.
func Run(t *testing.T, l Lambda, open func(endpoint string) invoke.Target) {
	t.Helper()
	at, err := url.Parse(l.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := calling{Lambda: l, requests: new(atomic.Int32)}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1, // parts of a stream pass as they come
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(at) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			panic(http.ErrAbortHandler) // what was cut behind the proxy is cut before it
		},
	}
	counting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.requests.Add(1)
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(counting.Close)
	c.target = open(counting.URL)
	t.Run("answers", c.answers)
	t.Run("function errors", c.functionErrors)
	t.Run("streams", c.streams)
	t.Run("refusals", c.refusals)
	t.Run("exceptions", c.exceptions)
	t.Run("lost connection", c.lost)
	t.Run("lists", c.lists)
}

// invoke makes one invocation, which is one request.
func (c calling) invoke(t *testing.T, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, *invoke.Failure) {
	t.Helper()
	before := c.requests.Load()
	r, err := c.target.Invoke(t.Context(), req, emit)
	if n := c.requests.Load() - before; n != 1 {
		t.Errorf("%s took %d requests, want 1", req.Function, n)
	}
	var failure *invoke.Failure
	if err != nil && !errors.As(err, &failure) {
		t.Fatalf("the error is %T (%v), want a failure", err, err)
	}
	return r, failure
}

func (c calling) answers(t *testing.T) {
	payload := ` {"id": 12345678901234567890, "text": "é\u00e9 <&>", "a":1,"a":2}` + "\n"
	r, failure := c.invoke(t, invoke.Request{Function: "echo", Payload: []byte(payload), LogType: invoke.LogTail}, nil)
	if failure != nil || string(r.Payload) != payload || r.StatusCode != 200 || r.ExecutedVersion != invoke.Latest || r.RequestID == "" || r.FunctionError != "" {
		t.Errorf("%+v, %v", r, failure)
	}
	if r.Report == nil || r.Report.BilledDuration == 0 || !strings.Contains(string(r.LogTail), "REPORT RequestId: "+r.RequestID) || len(r.Notes) != 0 {
		t.Errorf("tail %q, report %+v, notes %q", r.LogTail, r.Report, r.Notes)
	}
	if r, failure = c.invoke(t, invoke.Request{Function: "echo:$LATEST", Payload: []byte("1")}, nil); failure != nil || r.LogTail != nil || string(r.Payload) != "1" {
		t.Errorf("without a tail: %+v, %v", r, failure)
	}
	for kind, status := range map[invoke.InvocationType]int{invoke.Event: 202, invoke.DryRun: 204} {
		r, failure = c.invoke(t, invoke.Request{Function: "echo", Payload: []byte("{}"), Type: kind, LogType: invoke.LogTail}, nil)
		if failure != nil || r.StatusCode != status || len(r.Payload) != 0 || r.RequestID == "" {
			t.Errorf("%s: %+v, %v", kind, r, failure)
		}
	}
}

func (c calling) functionErrors(t *testing.T) {
	r, failure := c.invoke(t, invoke.Request{Function: "fail", Payload: []byte("{}"), LogType: invoke.LogTail}, nil)
	if failure != nil || r.StatusCode != 200 || r.FunctionError != "Unhandled" || r.Failure == nil {
		t.Fatalf("%+v, %v", r, failure)
	}
	if f := r.Failure; f.Name != "ValueError" || f.Message != "boom" || f.Kind != invoke.FunctionFailure || f.Ran != invoke.RanYes || f.ExitCode() != 1 {
		t.Errorf("classified as %+v", f)
	}
}

func (c calling) streams(t *testing.T) {
	var parts []string
	r, failure := c.invoke(t, invoke.Request{Function: "stream", Payload: []byte("{}"), Stream: true, LogType: invoke.LogTail}, func(p invoke.Progress) {
		if p.Kind == invoke.ProgressChunk {
			parts = append(parts, string(p.Data))
		}
	})
	if failure != nil || string(r.Payload) != "first second third" || strings.Join(parts, "") != string(r.Payload) || r.RequestID == "" || r.Report == nil {
		t.Errorf("%+v, %v; parts %q", r, failure, parts)
	}
	r, failure = c.invoke(t, invoke.Request{Function: "stream-error", Payload: []byte("{}"), Stream: true}, nil)
	if failure != nil || string(r.Payload) != "begun " || r.FunctionError != "Unhandled" || r.Failure == nil || r.Failure.Name != "Function.Late" || r.Failure.ExitCode() != 1 {
		t.Errorf("%+v, %v", r, failure)
	}
}

func (c calling) refusals(t *testing.T) {
	for what, refused := range map[string]struct {
		req    invoke.Request
		name   string
		status int
		exit   int
	}{
		"no such function":  {invoke.Request{Function: "nothing", Payload: []byte("{}")}, "ResourceNotFoundException", 404, 6},
		"no such qualifier": {invoke.Request{Function: "echo", Qualifier: "99", Payload: []byte("{}")}, "ResourceNotFoundException", 404, 6},
		"streamed":          {invoke.Request{Function: "nothing", Payload: []byte("{}"), Stream: true}, "ResourceNotFoundException", 404, 6},
		"no JSON":           {invoke.Request{Function: "echo", Payload: []byte("{nope")}, "InvalidRequestContentException", 400, 3},
		"too large":         {invoke.Request{Function: "echo", Payload: []byte(`"` + strings.Repeat("x", invoke.MaxSyncPayload) + `"`)}, "RequestEntityTooLargeException", 413, 3},
	} {
		t.Run(what, func(t *testing.T) {
			r, failure := c.invoke(t, refused.req, nil)
			if failure == nil {
				t.Fatalf("%+v", r)
			}
			if failure.Name != refused.name || failure.Status != refused.status || failure.Ran != invoke.RanNo || failure.ExitCode() != refused.exit || r.StatusCode != refused.status {
				t.Errorf("%s (status %d, ran %s, exit %d)", failure.Name, failure.Status, failure.Ran, failure.ExitCode())
			}
			explained(t, failure)
		})
	}
}

// explained checks that a person is told what happened and what to do.
func explained(t *testing.T, f *invoke.Failure) {
	t.Helper()
	if f.Message == "" || f.Cause == "" || f.Remedy == "" || f.Fault == "" {
		t.Errorf("the card lacks something: message %q, cause %q, remedy %q, fault %q", f.Message, f.Cause, f.Remedy, f.Fault)
	}
}

// exceptions asks for every exception that the API can answer, with each of its reasons.
func (c calling) exceptions(t *testing.T) {
	count := 0
	for _, e := range invoke.Catalogue() {
		if e.Kind != invoke.ServiceFailure || e.Status == 0 {
			continue
		}
		onWire, _ := invoke.Lookup(e.Name)
		for _, reason := range append(slices.Clone(e.Reasons), "") {
			count++
			takeBack := c.Refuse(t, e.Name, reason)
			r, failure := c.invoke(t, invoke.Request{Function: "echo", Payload: []byte("{}"), LogType: invoke.LogTail}, nil)
			takeBack()
			if failure == nil {
				t.Errorf("%s: %+v", e.Name, r)
				continue
			}
			if failure.Name != onWire.Name || failure.Status != onWire.Status || failure.Ran != onWire.Ran || failure.ExitCode() != onWire.Exit || failure.Fault != onWire.Fault {
				t.Errorf("%s is seen as %s (status %d, ran %s, exit %d, fault %s)", e.Name, failure.Name, failure.Status, failure.Ran, failure.ExitCode(), failure.Fault)
			}
			if reason != "" && failure.Reason != reason {
				t.Errorf("%s with the reason %s has %q", e.Name, reason, failure.Reason)
			}
			if r.StatusCode != onWire.Status || r.RequestID == "" || len(r.Payload) != 0 {
				t.Errorf("%s: beside it %+v", e.Name, r)
			}
			explained(t, failure)
		}
	}
	if count < 40 {
		t.Errorf("only %d cases: the catalogue has not been read", count)
	}
}

func (c calling) lost(t *testing.T) {
	c.Cut(t)
	_, failure := c.invoke(t, invoke.Request{Function: "echo", Payload: []byte("{}")}, nil)
	if failure == nil || failure.Name != invoke.ConnectionLost || failure.Ran != invoke.RanUnknown || failure.ExitCode() != 7 {
		t.Fatalf("%+v", failure)
	}
	explained(t, failure)
}

func (c calling) lists(t *testing.T) {
	var names []string
	for f, err := range c.target.Functions(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, f.Name)
	}
	for _, want := range []string{"echo", "fail", "stream", "stream-error"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not among %q", want, names)
		}
	}
	qualifiers, err := c.target.Qualifiers(t.Context(), "echo")
	if err != nil || len(qualifiers) == 0 || qualifiers[0].Name != invoke.Latest || qualifiers[0].Kind != invoke.KindLatest {
		t.Errorf("%+v, %v", qualifiers, err)
	}
	describer, ok := invoke.As[invoke.Describer](c.target)
	if !ok {
		t.Fatal("the target describes nothing")
	}
	configuration, err := describer.Configuration(context.Background(), "echo", "")
	if err != nil || configuration.Name != "echo" || configuration.Version != invoke.Latest || configuration.MemorySizeMB == 0 || configuration.CodeSHA256 == "" {
		t.Errorf("%+v, %v", configuration, err)
	}
	var failure *invoke.Failure
	if _, err = describer.Configuration(context.Background(), "nothing", ""); !errors.As(err, &failure) || failure.ExitCode() != 6 {
		t.Errorf("%v", err)
	}
}

package awslambda

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

const anID = "8f507cfc-1a2b-4697-b07a-ac58fc914c95"

func TestInvokeSendsTheRequestAsItIsAndKeepsTheBytes(t *testing.T) {
	withKeys(t)
	log := "START RequestId: " + anID + " Version: 2\nhello\nEND RequestId: " + anID + "\nREPORT RequestId: " + anID +
		"\tDuration: 1.87 ms\tBilled Duration: 2 ms\tMemory Size: 256 MB\tMax Memory Used: 84 MB\t\n"
	response := []byte("{ \"n\": 1.0E+2,\r\n\"n\": \"\xff\"}\n")
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-Requestid", anID)
		w.Header().Set("X-Amz-Executed-Version", "2")
		w.Header().Set("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0")
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(log)))
		_, _ = w.Write(response)
	})
	payload := []byte("{\"a\" : 1.00,\t\"a\":\"\xc3\x28\"}\r\n")
	var news []invoke.ProgressKind
	got, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{
		Function: "arn:aws:lambda:eu-central-1:210987654321:function:orders", Qualifier: "live", Payload: payload,
		Type: invoke.RequestResponse, LogType: invoke.LogTail, ClientContext: "e30=", TenantID: "blue", TraceID: "Root=1-67891233-abcdef012345678912345678",
	}, func(p invoke.Progress) { news = append(news, p.Kind) })
	if err != nil {
		t.Fatal(err)
	}
	requests := server.seen()
	if len(requests) != 1 {
		t.Fatalf("%d requests, want 1", len(requests))
	}
	r := requests[0]
	if want := "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-central-1%3A210987654321%3Afunction%3Aorders/invocations"; r.path != want || r.query != "Qualifier=live" {
		t.Errorf("asked for %s?%s", r.path, r.query)
	}
	if !bytes.Equal(r.body, payload) {
		t.Errorf("sent %q", r.body)
	}
	for name, want := range map[string]string{
		"X-Amz-Invocation-Type": "RequestResponse", "X-Amz-Log-Type": "Tail", "X-Amz-Client-Context": "e30=",
		"X-Amz-Tenant-Id": "blue", "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678", "Accept-Encoding": "",
	} {
		if have := r.header.Get(name); have != want {
			t.Errorf("%s: %q, want %q", name, have, want)
		}
	}
	if !bytes.Equal(got.Payload, response) || string(got.LogTail) != log || got.ExecutedVersion != "2" || got.RequestID != anID || got.StatusCode != 200 {
		t.Errorf("result: %+v", got)
	}
	if got.Report == nil || got.Report.MaxMemoryUsedMB != 84 || got.Report.Duration != 1870*time.Microsecond {
		t.Errorf("report: %+v", got.Report)
	}
	if got.FunctionName != "orders" || got.FunctionARN != "arn:aws:lambda:eu-central-1:210987654321:function:orders" || got.TraceID == "" {
		t.Errorf("names: %+v", got)
	}
	if want := []invoke.ProgressKind{invoke.ProgressRunning}; !slices.Equal(news, want) {
		t.Errorf("news: %v", news)
	}
}

func TestEventAndDryRunAreAnsweredWithoutPayload(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Amzn-Requestid", anID)
		w.WriteHeader(map[string]int{"Event": 202, "DryRun": 204}[r.Header.Get("X-Amz-Invocation-Type")])
	})
	target := open(t, Options{EndpointURL: server.URL})
	for kind, status := range map[invoke.InvocationType]int{invoke.Event: 202, invoke.DryRun: 204} {
		queued := false
		got, err := target.Invoke(t.Context(), invoke.Request{Function: "orders", Type: kind, LogType: invoke.LogTail}, func(p invoke.Progress) {
			queued = queued || p.Kind == invoke.ProgressQueued && p.RequestID == anID
		})
		if err != nil || got.StatusCode != status || len(got.Payload) != 0 || got.RequestID != anID || len(got.Notes) != 0 {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
		if queued != (kind == invoke.Event) {
			t.Errorf("%s: queued is %v", kind, queued)
		}
	}
}

// The answers of the hostile collection, byte for byte: one request each, and the
// outcome that its manifest asks for.
func TestHostileAnswers(t *testing.T) {
	type want struct {
		failure string // "" for a result
		status  int
		ran     invoke.Ran
		exit    int
		message string // a part of it
	}
	for file, want := range map[string]want{
		"ok.resp":              {status: 200},
		"function-error.resp":  {status: 200},
		"log-result-bad.resp":  {status: 200},
		"500.resp":             {"ServiceException", 500, invoke.RanUnknown, 3, ""},
		"503-html.resp":        {"UnreadableAnswer", 503, invoke.RanUnknown, 7, "not Lambda's"},
		"429.resp":             {"TooManyRequestsException", 429, invoke.RanNo, 4, ""},
		"403-skew.resp":        {"InvalidSignatureException", 403, invoke.RanNo, 5, "Signature expired"},
		"404-function.resp":    {"ResourceNotFoundException", 404, invoke.RanNo, 6, "Function not found: "},
		"truncated.resp":       {"ConnectionLost", 200, invoke.RanUnknown, 7, "5 of 100 bytes"},
		"no-status.resp":       {"UnreadableAnswer", 0, invoke.RanUnknown, 7, "not HTTP"},
		"endless-header.resp":  {"UnreadableAnswer", 0, invoke.RanUnknown, 7, "headers exceeded"},
		"huge-body-claim.resp": {"UnreadableAnswer", 200, invoke.RanUnknown, 7, "9999999999 bytes"},
		"redirect.resp":        {"UnreadableAnswer", 307, invoke.RanUnknown, 7, "not followed"},
	} {
		t.Run(file, func(t *testing.T) {
			withKeys(t)
			t.Setenv("AWS_MAX_ATTEMPTS", "5") // must not matter
			answer, err := os.ReadFile(filepath.Join("testdata", "answers", file))
			if err != nil {
				t.Fatal(err)
			}
			server := serveRaw(t, func(c net.Conn) { _, _ = c.Write(answer) })
			log, logged := logTo()
			now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
			target := open(t, Options{EndpointURL: server.url(), Log: log, Now: func() time.Time { return now }})
			got, err := target.Invoke(t.Context(), invoke.Request{Function: "orders", LogType: invoke.LogTail, Payload: []byte(`{}`)}, nil)
			if n := server.requests(); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
			noCanary(t, "the log", logged.String())
			if got.StatusCode != want.status {
				t.Errorf("status %d, want %d", got.StatusCode, want.status)
			}
			if want.failure == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			f := failureOf(t, err)
			noCanary(t, "the failure", fmt.Sprintf("%+v", *f))
			if f.Name != want.failure || f.Ran != want.ran || f.ExitCode() != want.exit || f.Status != want.status || !strings.Contains(f.Message, want.message) {
				t.Errorf("got %s (status %d, ran %s, exit %d): %s", f.Name, f.Status, f.Ran, f.ExitCode(), f.Message)
			}
			if f.Cause == "" || f.Remedy == "" {
				t.Errorf("no cause or remedy: %+v", f)
			}
			switch file {
			case "truncated.resp":
				if string(got.Payload) != `{"a":` || len(got.Notes) != 1 {
					t.Errorf("what came is not kept and marked: %q, %v", got.Payload, got.Notes)
				}
			case "403-skew.resp":
				if !strings.Contains(f.Cause, "3653 days behind") {
					t.Errorf("the cause doesn't say how much the clock differs: %s", f.Cause)
				}
			case "429.resp":
				if f.Reason != "ConcurrentInvocationLimitExceeded" || !strings.Contains(f.Remedy, "wait 1 s") {
					t.Errorf("reason %q, remedy %q", f.Reason, f.Remedy)
				}
			}
		})
	}
}

func TestFunctionErrorsAreResults(t *testing.T) {
	withKeys(t)
	answer, err := os.ReadFile("testdata/answers/function-error.resp")
	if err != nil {
		t.Fatal(err)
	}
	server := serveRaw(t, func(c net.Conn) { _, _ = c.Write(answer) })
	got, err := open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if err != nil || got.FunctionError != "Unhandled" || got.Failure == nil {
		t.Fatalf("%+v, %v", got, err)
	}
	if got.Failure.Name != "Error" || got.Failure.Message != "boom" || got.Failure.Ran != invoke.RanYes || got.Failure.ExitCode() != 1 {
		t.Errorf("failure: %+v", got.Failure)
	}
}

func TestABadLogTailCostsNothingElse(t *testing.T) {
	withKeys(t)
	answer, err := os.ReadFile("testdata/answers/log-result-bad.resp")
	if err != nil {
		t.Fatal(err)
	}
	server := serveRaw(t, func(c net.Conn) { _, _ = c.Write(answer) })
	got, err := open(t, Options{EndpointURL: server.url()}).Invoke(t.Context(), invoke.Request{Function: "orders", LogType: invoke.LogTail}, nil)
	if err != nil || string(got.Payload) != "{}" || got.LogTail != nil {
		t.Errorf("%+v, %v", got, err)
	}
	if want := []string{"The log tail that came is not base64 and can't be shown."}; !cmp.Equal(got.Notes, want) {
		t.Errorf("notes: %q", got.Notes)
	}
}

// Every exception of the catalogue, with the message in either letter case and the
// name in the header or in the body.
func TestEveryExceptionOfTheCatalogue(t *testing.T) {
	withKeys(t)
	var answer atomic.Pointer[http.HandlerFunc]
	server := serve(t, func(w http.ResponseWriter, r *http.Request) { (*answer.Load())(w, r) })
	target := open(t, Options{EndpointURL: server.URL})
	count := 0
	for _, e := range invoke.Catalogue() {
		if e.Kind != invoke.ServiceFailure || e.Status == 0 {
			continue
		}
		for _, member := range []string{"message", "Message"} {
			for _, inHeader := range []bool{true, false} {
				count++
				handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-Amzn-Requestid", anID)
					name := ""
					if inHeader {
						w.Header().Set("X-Amzn-Errortype", e.Name+":http://internal.amazon.com/coral/")
					} else {
						name = fmt.Sprintf(`"__type":"com.amazonaws.lambda#%s",`, e.Name)
					}
					w.WriteHeader(e.Status)
					fmt.Fprintf(w, `{%s"Type":"User","%s":%q}`, name, member, "the service's words for ")
				})
				answer.Store(&handler)
				before := len(server.seen())
				got, err := target.Invoke(t.Context(), invoke.Request{Function: "orders", Payload: []byte("{}")}, nil)
				f := failureOf(t, err)
				if n := len(server.seen()) - before; n != 1 {
					t.Errorf("%s: %d requests", e.Name, n)
				}
				if f.Name != e.Name || f.Status != e.Status || f.Ran != e.Ran || f.ExitCode() != e.Exit || f.Fault != e.Fault || f.Type != "User" || f.Message != "the service's words for " {
					t.Errorf("%s by %s, in header %v: %+v", e.Name, member, inHeader, f)
				}
				if got.RequestID != anID || got.StatusCode != e.Status {
					t.Errorf("%s: the result beside it: %+v", e.Name, got)
				}
			}
		}
	}
	if count < 200 {
		t.Errorf("only %d cases: the catalogue has not been read", count)
	}
}

func TestAnswersWithoutAName(t *testing.T) {
	withKeys(t)
	for what, c := range map[string]struct {
		status     int
		kind, body string
		name       string
		ran        invoke.Ran
		exit       int
	}{
		"empty 503":                {503, "", "", "UnknownError", invoke.RanUnknown, 3},
		"JSON without a name":      {500, "application/json", `{"message":"Internal server error"}`, "UnknownError", invoke.RanUnknown, 3},
		"a newer exception":        {409, "application/json", `{"__type":"BrandNewException","message":"x"}`, "BrandNewException", invoke.RanNo, 3},
		"proxy's page":             {403, "text/html", "<html>Blocked by policy", "UnreadableAnswer", invoke.RanNo, 7},
		"sign-in page of a hotel":  {200, "text/html", "<html>Welcome", "UnreadableAnswer", invoke.RanUnknown, 7},
		"throttled by the gateway": {429, "", "", "UnknownError", invoke.RanNo, 4},
	} {
		t.Run(what, func(t *testing.T) {
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = []string{c.kind}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			})
			got, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
			f := failureOf(t, err)
			if f.Name != c.name || f.Ran != c.ran || f.ExitCode() != c.exit || f.Status != c.status {
				t.Errorf("got %s (status %d, ran %s, exit %d): %s", f.Name, f.Status, f.Ran, f.ExitCode(), f.Message)
			}
			if len(server.seen()) != 1 || len(got.Payload) != 0 {
				t.Errorf("%d requests, payload %q", len(server.seen()), got.Payload)
			}
		})
	}
}

func TestAResponseLongerThanLambdaSendsIsCut(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := bytes.Repeat([]byte("a"), 1<<20)
		for range 8 { // chunked: nothing announces how long it is
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	got, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	f := failureOf(t, err)
	if f.Name != invoke.UnreadableAnswer || len(got.Payload) != invoke.MaxSyncResponse {
		t.Errorf("%v, %d bytes kept", f, len(got.Payload))
	}
}

func TestTheLargestResponseComesWhole(t *testing.T) {
	withKeys(t)
	want := bytes.Repeat([]byte("x"), invoke.MaxSyncResponse)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(want)
	})
	got, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if err != nil || !bytes.Equal(got.Payload, want) {
		t.Errorf("%v, %d bytes", err, len(got.Payload))
	}
}

func TestRefusedLogTailSaysSoAndIsNotRepeated(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", "InvalidParameterValueException")
		w.WriteHeader(400)
		_, _ = w.Write([]byte(`{"Type":"User","message":"LogType Tail is not supported for functions with capacity provider configuration"}`))
	})
	_, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders", LogType: invoke.LogTail}, nil)
	if f := failureOf(t, err); !strings.Contains(f.Remedy, "without the log tail") || len(server.seen()) != 1 {
		t.Errorf("%+v, %d requests", f, len(server.seen()))
	}
}

func TestNothingIsSentForWhatCannotBeCalled(t *testing.T) {
	withKeys(t)
	server := serve(t, func(http.ResponseWriter, *http.Request) {})
	target := open(t, Options{EndpointURL: server.URL})
	for _, req := range []invoke.Request{
		{},
		{Function: "orders", Type: invoke.Event, Stream: true},
		{Function: "orders", ClientContext: "a\r\nX-Injected: 1"},
	} {
		_, err := target.Invoke(t.Context(), req, nil)
		if f := failureOf(t, err); f.Ran != invoke.RanNo || f.Kind != invoke.ClientFailure {
			t.Errorf("%+v: %+v", req, f)
		}
	}
	for _, r := range server.seen() {
		t.Errorf("sent %+v", r)
	}
}

package wire

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"lambent/invoke"
)

const namePattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`

// What was recorded from the service (V in spec §1) is answered byte for byte.
func TestRecordedAnswers(t *testing.T) {
	s := open(t)
	arn := "arn:aws:lambda:us-east-1:123456789012:function:"
	ctrl := "\x99"
	for _, c := range []struct {
		what, function, payload string
		headers                 []string
		status                  int
		code, body              string
	}{
		{what: "unknown function", function: "nothing", status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Function not found: ` + arn + `nothing:$LATEST","Type":"User"}`},
		{what: "unknown alias", function: "echo?Qualifier=non-existent-alias", status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Function not found: ` + arn + `echo:non-existent-alias","Type":"User"}`},
		{what: "unknown version", function: "echo:42", status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Function not found: ` + arn + `echo:42","Type":"User"}`},
		{what: "a qualifier's letter case counts", function: "echo?Qualifier=$latest", status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Function not found: ` + arn + `echo:$latest","Type":"User"}`},
		{what: "an ARN without a name is a function named function", function: url.PathEscape("arn:aws:lambda:us-east-1:123456789012:function"), status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Function not found: ` + arn + `function:$LATEST","Type":"User"}`},
		{what: "a name of 65 characters", function: strings.Repeat("a", 65), status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Function not found: ` + arn + strings.Repeat("a", 65) + `:$LATEST","Type":"User"}`},
		{what: "another region", function: url.PathEscape("arn:aws:lambda:eu-west-1:123456789012:function:echo"), status: 404, code: "ResourceNotFoundException",
			body: `{"Message":"Functions from 'eu-west-1' are not reachable in this region ('us-east-1')","Type":"User"}`},
		{what: "another account", function: url.PathEscape("arn:aws:lambda:us-east-1:999999999999:function:echo"), status: 403, code: "AccessDeniedException", body: `{"Message":null}`},
		{what: "a name against the pattern", function: "my-function:1:2", status: 400, code: "ValidationException",
			body: `{"message":"1 validation error detected: Value 'my-function:1:2' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + namePattern + `"}`},
		{what: "all members in one", function: "a:b:c?Qualifier=no!", status: 400, code: "ValidationException",
			body: `{"message":"2 validation errors detected: Value 'a:b:c' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + namePattern +
				`; Value 'no!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"}`},
		{what: "two qualifiers", function: "echo:one?Qualifier=two", status: 400, code: "InvalidParameterValueException",
			body: `{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}`},
		{what: "a control character", function: "echo", payload: ctrl, status: 400, code: "InvalidRequestContentException",
			body: `{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: REDACTED (` + "`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION`" + ` disabled); line: 1, column: 1]"}`},
		{what: "a byte that begins no character", function: "echo", payload: "\"\x87\"", status: 400, code: "InvalidRequestContentException",
			body: `{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n at [Source: REDACTED (` + "`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION`" + ` disabled); line: 1, column: 3]"}`},
		{what: "a client context that isn't base64", function: "echo", payload: "{}", headers: []string{"X-Amz-Client-Context: ~"}, status: 400, code: "InvalidRequestContentException",
			body: `{"Type":null,"message":"Client context must be a valid Base64-encoded JSON object."}`},
		{what: "an Event over its limit", function: "echo", payload: quote(strings.Repeat("x", 1<<20)), headers: []string{"X-Amz-Invocation-Type: Event"}, status: 413, code: "RequestEntityTooLargeException",
			body: `{"Message":"1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)"}`},
	} {
		t.Run(c.what, func(t *testing.T) {
			function, query, has := strings.Cut(c.function, "?")
			path := function + "/invocations"
			if has {
				path += "?" + query
			}
			message := fmt.Sprintf("POST /2015-03-31/functions/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", path, s.address, len(c.payload))
			for _, h := range c.headers {
				message += h + "\r\n"
			}
			r := s.raw(message + "\r\n" + c.payload)
			if r.status != c.status || r.body != c.body || r.headers["x-amzn-ErrorType"] != c.code || r.headers["Content-Type"] != "application/json" {
				t.Errorf("got  %d %s %s\nwant %d %s %s", r.status, r.headers["x-amzn-ErrorType"], r.body, c.status, c.code, c.body)
			}
			if !invoke.IsUUID(r.headers["x-amzn-RequestId"]) {
				t.Errorf("x-amzn-RequestId is %q", r.headers["x-amzn-RequestId"])
			}
		})
	}
}

// A throttle by the function's own concurrency, as recorded.
func TestRecordedThrottle(t *testing.T) {
	s := open(t)
	none := 0
	if err := s.executor.PutReservedConcurrency(t.Context(), "echo", &none); err != nil {
		t.Fatal(err)
	}
	r := s.raw(s.post("echo", "{}"))
	want := `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`
	if r.status != 429 || r.body != want || r.headers["Retry-After"] != "" {
		t.Errorf("got %d %s %v, want 429 %s", r.status, r.body, r.headers, want)
	}
}

// Headers of answers, in the letter case of the recordings (spec §1.5).
func TestHeadersAreThoseOfTheService(t *testing.T) {
	s := open(t)
	common := []string{"Content-Length", "Connection", "Date", "x-amzn-RequestId", "x-amzn-Remapped-Content-Length", "X-Amzn-Trace-Id", "X-Content-Type-Options"}
	for _, c := range []struct {
		what, function string
		headers        []string
		status         int
		also           []string
	}{
		{"RequestResponse", "echo", nil, 200, []string{"Content-Type", "X-Amz-Executed-Version"}},
		{"with the log", "log", []string{"X-Amz-Log-Type: Tail"}, 200, []string{"Content-Type", "X-Amz-Executed-Version", "X-Amz-Log-Result"}},
		{"function error", "fail", nil, 200, []string{"Content-Type", "X-Amz-Executed-Version", "X-Amz-Function-Error"}},
		{"Event", "echo", []string{"X-Amz-Invocation-Type: Event"}, 202, nil},
		{"DryRun", "echo", []string{"X-Amz-Invocation-Type: DryRun"}, 204, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			r := s.raw(s.post(c.function, "{}", c.headers...))
			want := map[string]bool{}
			for _, name := range append(append([]string(nil), common...), c.also...) {
				want[name] = c.status != 204 || name != "Content-Length"
			}
			for name := range r.headers {
				if !want[name] {
					t.Errorf("the answer has %s: %s", name, r.headers[name])
				}
				delete(want, name)
			}
			for name, must := range want {
				if must {
					t.Errorf("the answer has no %s", name)
				}
			}
			if r.status != c.status || r.headers["x-amzn-Remapped-Content-Length"] != "0" || r.headers["Connection"] != "keep-alive" {
				t.Errorf("status %d, headers %v", r.status, r.headers)
			}
		})
	}
}

func TestLogTailIsTheLast4096BytesAndHasTheRequestID(t *testing.T) {
	s := open(t)
	r := s.raw(s.post("log", "{}", "X-Amz-Log-Type: Tail"))
	log, err := base64.StdEncoding.DecodeString(r.headers["X-Amz-Log-Result"])
	if err != nil {
		t.Fatal(err)
	}
	id := r.headers["x-amzn-RequestId"]
	if len(log) != 4096 || !strings.Contains(string(log), "a line of "+id+"\n") || !strings.Contains(string(log), "\nEND RequestId: "+id+"\nREPORT RequestId: "+id+"\tDuration: ") {
		t.Errorf("%d bytes for %s: …%s", len(log), id, log[max(0, len(log)-400):])
	}
	if ok, _ := regexp.MatchString(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0`, r.headers["X-Amzn-Trace-Id"]); !ok {
		t.Errorf("trace id %q", r.headers["X-Amzn-Trace-Id"])
	}
}

func TestSizesAreTheServices(t *testing.T) {
	s := open(t)
	largest := quote(strings.Repeat("x", invoke.MaxSyncPayload-2))
	if r := s.raw(s.post("null", largest)); r.status != 200 || r.body != "null" {
		t.Errorf("%d bytes: %d %s", len(largest), r.status, r.body)
	}
	tooLarge := `{"Message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`
	before, _ := s.seen.count()
	if r := s.raw(s.post("null", largest+" ")); r.status != 413 || r.body != tooLarge || r.headers["x-amzn-ErrorType"] != "RequestEntityTooLargeException" {
		t.Errorf("one byte more: %d %s", r.status, r.body)
	}
	chunked := fmt.Sprintf("POST /2015-03-31/functions/null/invocations HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", s.address, len(largest)+1, largest+" ")
	if r := s.raw(chunked); r.status != 413 || r.body != tooLarge {
		t.Errorf("one byte more in a chunk: %d %s", r.status, r.body)
	}
	if now, _ := s.seen.count(); now != before {
		t.Error("a payload over the limit reached the target")
	}
	if r := s.raw(s.post("large", fmt.Sprint(invoke.MaxSyncResponse))); r.status != 200 || len(r.body) != invoke.MaxSyncResponse || r.headers["X-Amz-Function-Error"] != "" {
		t.Errorf("the largest response: %d, %d bytes", r.status, len(r.body))
	}
	want := `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`
	if r := s.raw(s.post("large", fmt.Sprint(invoke.MaxSyncResponse+1))); r.status != 200 || r.body != want || r.headers["X-Amz-Function-Error"] != "Unhandled" {
		t.Errorf("a response over the limit: %d %s", r.status, clip(r.body, 300))
	}
}

func TestFormContentTypeOfCurlIsFine(t *testing.T) {
	s := open(t)
	r := s.raw(s.post("echo", `{"a":1}`, "Content-Type: application/x-www-form-urlencoded", "User-Agent: curl/8.5.0", "Accept: */*"))
	if r.status != 200 || r.body != `{"a":1}` {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

func TestUnknownOperation(t *testing.T) {
	s := open(t)
	for _, path := range []string{"/", "/2015-03-31/functions/echo/policy", "/2015-03-31/event-source-mappings/", "/2015-03-31/functions/a/b/invocations", "/2015-03-31/functions//invocations"} {
		r := s.raw("GET " + path + " HTTP/1.1\r\nHost: " + s.address + "\r\n\r\n")
		if r.status != 404 || r.headers["x-amzn-ErrorType"] != "UnknownOperationException" || !strings.HasPrefix(r.body, `{"Message":"lambent does not serve GET `) {
			t.Errorf("%s: %d %v %s", path, r.status, r.headers, r.body)
		}
	}
	if r := s.raw(s.post("echo", "1", "x-amzn-RequestId: seven")); r.status != 400 || r.headers["x-amzn-ErrorType"] != "InvalidRequestContentException" {
		t.Errorf("a request id that is no UUID: %d %s", r.status, r.body)
	}
}

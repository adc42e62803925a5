package invoke

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"lambent/invoke/jsondoc"
)

func TestValidateNamesAllFailingMembersAtOnce(t *testing.T) {
	f := Validate(Request{Function: "a b", Qualifier: "!", Type: "Later", LogType: "All", TenantID: "é", DurableName: "a.b"})
	want := "6 validation errors detected: " +
		"Value 'a b' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: " + recordedPattern + "; " +
		`Value '!' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+; ` +
		"Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]; " +
		"Value 'All' at 'logType' failed to satisfy constraint: Member must satisfy enum value set: [None, Tail]; " +
		`Value 'é' at 'tenantId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9\._:\/=+\-@ ]+; ` +
		`Value 'a.b' at 'durableExecutionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+`
	if f == nil || f.Name != "ValidationException" || f.Message != want {
		t.Errorf("got %v\nwant %s", f, want)
	}
	f = Validate(Request{Function: "f", Qualifier: strings.Repeat("q", 129)})
	if f == nil || f.Message != "1 validation error detected: Value '"+strings.Repeat("q", 129)+"' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128" {
		t.Errorf("long qualifier: %v", f)
	}
}

func TestValidateAcceptsWhatLambdaAccepts(t *testing.T) {
	for _, req := range []Request{
		{Function: "f"},
		{Function: "f", Qualifier: "$LATEST", Type: DryRun, LogType: LogTail},
		{Function: "f:live", Qualifier: "live", Type: Event},
		{Function: "f", Qualifier: "$latest"}, // well formed, and found by nobody
		{Function: "f", TenantID: "a b/c@d", ClientContext: base64.StdEncoding.EncodeToString([]byte(`{"custom":{}}`))},
		{Function: "f", Payload: make([]byte, MaxSyncPayload)},
		{Function: "f", Payload: make([]byte, MaxAsyncPayload), Type: Event},
	} {
		if f := Validate(req); f != nil {
			t.Errorf("%s %s: %v", req.Function, req.Qualifier, f)
		}
	}
}

func TestQualifierGivenTwiceMustAgree(t *testing.T) {
	f := Validate(Request{Function: "orders:live", Qualifier: "2"})
	if f == nil || f.Name != "InvalidParameterValueException" || f.Status != 400 || f.Type != "User" ||
		f.Message != "The derived qualifier from the function name does not match the specified qualifier." {
		t.Errorf("%+v", f)
	}
	if n, f := (Request{Function: "orders", Qualifier: "2"}).Name(); f != nil || n.String() != "orders:2" {
		t.Errorf("%v %v", n, f)
	}
	if n, f := (Request{Function: "orders:live"}).Name(); f != nil || n.String() != "orders:live" {
		t.Errorf("%v %v", n, f)
	}
}

func TestPayloadSizes(t *testing.T) {
	for _, c := range []struct {
		size    int
		kind    InvocationType
		message string
	}{
		{MaxSyncPayload, RequestResponse, ""},
		{MaxSyncPayload + 1, RequestResponse, "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{MaxSyncPayload + 1, "", "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{MaxSyncPayload + 1, Event, "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{MaxSyncPayload, DryRun, ""},
		{MaxAsyncPayload, Event, ""},
		{2_236_568, Event, "2236568 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
	} {
		payload := bytes.Repeat([]byte{' '}, c.size)
		copy(payload, "{}")
		f := CheckPayload(payload, c.kind)
		if c.message == "" {
			if f != nil {
				t.Errorf("%d bytes %s: %v", c.size, c.kind, f)
			}
			continue
		}
		if f == nil || f.Name != "RequestEntityTooLargeException" || f.Status != 413 || f.Type != "" || f.Message != c.message || f.ExitCode() != 3 {
			t.Errorf("%d bytes %s: %+v", c.size, c.kind, f)
		} else if !strings.Contains(f.Cause, "bytes; the limit") {
			t.Errorf("the cause lacks the figures: %s", f.Cause)
		}
	}
}

func TestPayloadMustBeJSON(t *testing.T) {
	for _, good := range []string{"", "null", "0", `"x"`, "[]", " {} ", `"\ud800"`, `{"id":12345678901234567890}`} {
		if f := CheckPayload([]byte(good), RequestResponse); f != nil {
			t.Errorf("%q: %v", good, f)
		}
	}
	// As recorded (spec §1.7).
	f := CheckPayload([]byte("n\x87r\x9e"), RequestResponse)
	if f == nil || f.Name != "InvalidRequestContentException" || f.Status != 400 || f.Type != "User" || f.Ran != RanNo || f.ExitCode() != 3 ||
		f.Message != "Could not parse request body into json: Could not parse payload into json: Invalid UTF-8 start byte 0x87\n"+
			" at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 3]" {
		t.Errorf("%+v", f)
	}
	f = CheckPayload([]byte("{\n \"a\": 1\n \"b\": 2\n}"), Event)
	if f == nil || f.Cause != "The payload is not JSON: line 2, column 8: expected a comma after this value." {
		t.Fatalf("%+v", f)
	}
	var syntax *jsondoc.SyntaxError
	if !errors.As(f, &syntax) || syntax.Line != 2 {
		t.Errorf("the place is lost: %v", f.Err)
	}
}

func TestClientContext(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	got, f := ClientContextJSON(encode([]byte(`{"custom":{"k":"é"}}`)))
	if f != nil || string(got) != `{"custom":{"k":"é"}}` {
		t.Errorf("%s %v", got, f)
	}
	for _, bad := range []string{"not base64!", encode([]byte(`[1]`)), encode([]byte(`{"a":`)), encode([]byte(`"x"`)), encode([]byte("{\"a\":\"\xff\"}")), "e30", "{}"} {
		_, f := ClientContextJSON(bad)
		if f == nil || f.Name != "InvalidRequestContentException" || f.Type != "" ||
			f.Message != "Client context must be a valid Base64-encoded JSON object." {
			t.Errorf("%q: %+v", bad, f)
		}
	}
	object := `{"k":"` + strings.Repeat("x", 2679) + `"}`
	fits := encode([]byte(object)) // 3,584: base64 has multiples of four
	if _, f := ClientContextJSON(fits); len(fits) != MaxClientContext+1 || f == nil || !strings.Contains(f.Message, "3583 bytes") {
		t.Errorf("%d bytes: %v", len(fits), f)
	}
	if _, f := ClientContextJSON(encode([]byte(`{"k":"` + strings.Repeat("x", 2670) + `"}`))); f != nil {
		t.Error(f)
	}
	if f := Validate(Request{Function: "f", ClientContext: "?"}); f == nil {
		t.Error("Validate lets a bad client context pass")
	}
	for _, in := range []string{` {"a": 1}`, encode([]byte(` {"a": 1}`))} {
		got, f := EncodeClientContext(in)
		if f != nil || got != encode([]byte(` {"a": 1}`)) {
			t.Errorf("%s: %s %v", in, got, f)
		}
	}
}

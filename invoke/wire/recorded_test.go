package wire

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"lambent/invoke"
)

// What follows is the rest of what was recorded from the service (V in the
// specification), by section, beside TestRecordedAnswers for Invoke.

// An asked is one request and the answer that was recorded for it. <id> in it is the
// request id of the answer.
type asked struct {
	what, method, path, payload string
	status                      int
	code, body                  string
}

func (s *stage) ask(t *testing.T, c asked) reply {
	t.Helper()
	r := s.raw(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n%s", c.method, c.path, s.address, len(c.payload), c.payload))
	want := strings.ReplaceAll(c.body, "<id>", r.headers["x-amzn-RequestId"])
	if r.status != c.status || r.body != want || r.headers["x-amzn-ErrorType"] != c.code {
		t.Errorf("%s:\ngot  %d %s %s\nwant %d %s %s", c.what, r.status, r.headers["x-amzn-ErrorType"], r.body, c.status, c.code, want)
	}
	return r
}

// Names that the pattern refuses (spec §1.3), by Invoke and by what only reads.
func TestRecordedNamesAgainstThePattern(t *testing.T) {
	s := open(t)
	for _, name := range []string{
		"my-function:1:2", "my-function:$LATES", "arn:aws:lambda::123456789012:function:echo", "arn:aws:lambda:us-east-1::function:echo",
		"arn:aws:lambda:useast1:123456789012:function:echo", "arn:aws:sqs:us-east-1:123456789012:function:echo",
	} {
		body := `{"message":"1 validation error detected: Value '` + name + `' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ` + namePattern + `"}`
		for _, c := range []asked{
			{method: "POST", path: "/2015-03-31/functions/" + url.PathEscape(name) + "/invocations"},
			{method: "GET", path: "/2015-03-31/functions/" + url.PathEscape(name)},
			{method: "GET", path: "/2015-03-31/functions/" + url.PathEscape(name) + "/configuration"},
		} {
			c.what, c.status, c.code, c.body = c.method+" "+name, 400, "ValidationException", body
			s.ask(t, c)
		}
	}
}

// Operations around Invoke (spec §1.3, §1.7, §6.3 and §7).
func TestRecordedAnswersAroundInvoke(t *testing.T) {
	s := open(t)
	ctx := context.Background()
	publish := func() {
		if _, err := s.executor.PublishVersion(ctx, "echo", ""); err != nil {
			t.Fatal(err)
		}
	}
	publish()
	if err := os.WriteFile(filepath.Join(s.code, "changed"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	publish()
	const (
		functions = "/2015-03-31/functions/"
		events    = "/2019-09-25/functions/"
		arn       = "arn:aws:lambda:us-east-1:123456789012:function:echo"
		invalid   = "InvalidParameterValueException"
		validates = "ValidationException"
		detected  = `{"message":"1 validation error detected: Value `
		long      = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		mismatch  = `{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}`
	)
	for _, c := range []asked{
		{"two qualifiers", "GET", functions + "echo:1?Qualifier=2", "", 400, invalid, mismatch},
		{"two qualifiers", "GET", events + "echo:1/event-invoke-config?Qualifier=2", "", 400, invalid, mismatch},
		{"another region", "GET", functions + url.PathEscape("arn:aws:lambda:eu-west-1:123456789012:function:echo"), "", 404, "ResourceNotFoundException",
			`{"Message":"Functions from 'eu-west-1' are not reachable in this region ('us-east-1')","Type":"User"}`},
		{"another account", "GET", functions + url.PathEscape("arn:aws:lambda:us-east-1:999999999999:function:echo"), "", 403, "AccessDeniedException", `{"Message":null}`},
		{"an unknown function", "GET", functions + "nothing", "", 404, "ResourceNotFoundException",
			`{"Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:nothing:$LATEST","Type":"User"}`},
		{"a qualifier of 129", "POST", functions + "echo/invocations?Qualifier=" + long, "", 400, validates,
			detected + `'` + long + `' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128"}`},
		{"an enumeration", "GET", functions + "?FunctionVersion=SOME", "", 400, validates,
			detected + `'SOME' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]"}`},
		{"too low", "GET", functions + "?MaxItems=0", "", 400, validates,
			detected + `'0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1"}`},
		{"too high", "GET", functions + "?MaxItems=10001", "", 400, validates,
			detected + `'10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000"}`},
		{"nothing", "PUT", "/2017-10-31/functions/echo/concurrency", "{}", 400, validates,
			detected + `null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null"}`},
		{"an alias of nothing", "POST", functions + "echo/aliases", `{"Name":"live"}`, 400, validates,
			detected + `null at 'functionVersion' failed to satisfy constraint: Member must not be null"}`},
		{"an alias without a name", "POST", functions + "echo/aliases", `{"FunctionVersion":"1"}`, 400, validates,
			detected + `null at 'name' failed to satisfy constraint: Member must not be null"}`},
		{"an alias of nothing at all", "POST", functions + "echo/aliases", `{}`, 400, validates,
			`{"message":"2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be null; Value null at 'functionVersion' failed to satisfy constraint: Member must not be null"}`},
		{"an alias of three versions", "POST", functions + "echo/aliases", `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.1,"2":0.1}}}`, 400, invalid,
			`{"Type":"User","message":"Number of items in AdditionalVersionWeights cannot be greater than 1"}`},
		{"a weighted alias of $LATEST", "POST", functions + "echo/aliases", `{"Name":"a","FunctionVersion":"$LATEST","RoutingConfig":{"AdditionalVersionWeights":{"1":0.1}}}`, 400, invalid,
			`{"Type":"User","message":"$LATEST is not supported for an alias pointing to more than 1 version"}`},
		{"a version twice", "POST", functions + "echo/aliases", `{"Name":"a","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"1":0.1}}}`, 400, invalid,
			`{"Type":"User","message":"Invalid function version 1. Function version 1 is already included in routing configuration."}`},
		{"itself as a destination", "PUT", events + "echo/event-invoke-config", `{"DestinationConfig":{"OnFailure":{"Destination":"` + arn + `"}}}`, 400, invalid,
			`{"Type":"User","message":"You can't specify the function as a destination for itself."}`},
	} {
		s.ask(t, c)
	}
	r := s.raw(fmt.Sprintf("PUT %secho/event-invoke-config HTTP/1.1\r\nHost: %s\r\nContent-Length: 27\r\n\r\n{\"MaximumRetryAttempts\": 1}", events, s.address))
	if r.status != 200 || !strings.Contains(r.body, `"FunctionArn":"`+arn+`:$LATEST"`) {
		t.Errorf("the ARN of an event-invoke configuration: %d %s", r.status, r.body)
	}
}

// Recorded texts of what can't happen to a function of this machine are had by a fault.
func TestRecordedTextsOnDemand(t *testing.T) {
	s := open(t)
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:echo"
	for _, c := range []struct {
		fault, code, body string
		status            int
	}{
		{"ResourceConflictException=The operation cannot be performed at this time. An update is in progress for resource: <arn>", "ResourceConflictException",
			`{"Type":"User","message":"The operation cannot be performed at this time. An update is in progress for resource: ` + arn + `"}`, 409},
		{"RequestEntityTooLargeException=Request must be smaller than 70167211 bytes for the CreateFunction operation", "RequestEntityTooLargeException",
			`{"Message":"Request must be smaller than 70167211 bytes for the CreateFunction operation"}`, 413},
		{"AccessDeniedException", "AccessDeniedException", `{"Message":"User: arn:aws:iam::123456789012:user/caller is not authorized to perform: lambda:InvokeFunction on resource: ` + arn +
			` because no identity-based policy allows the lambda:InvokeFunction action"}`, 403},
		{"ResourceConflictException", "ResourceConflictException",
			`{"Type":"User","message":"The operation cannot be performed at this time. The function is currently in the following state: Pending"}`, 409},
		{"CodeArtifactUserPendingException", "CodeArtifactUserPendingException",
			`{"Type":"User","message":"Lambda is initializing your function. It will be ready to invoke shortly."}`, 409},
		{"TooManyRequestsException:ConcurrentInvocationLimitExceeded", "TooManyRequestsException",
			`{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`, 429},
		{"TooManyRequestsException:CallerRateLimitExceeded", "TooManyRequestsException",
			`{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}`, 429},
	} {
		s.arm(t, "echo="+c.fault)
		s.ask(t, asked{c.fault, "POST", "/2015-03-31/functions/echo/invocations", "{}", c.status, c.code, c.body})
	}
}

// What becomes of a function that fails in ways that Lambda itself notices (spec §1.5,
// §3.5, §3.6), and of bytes that are no JSON of a runtime's content type.
func TestRecordedOutcomes(t *testing.T) {
	s := open(t)
	const failed = `{"errorType":"%s","errorMessage":"RequestId: <id> Error: %s"}`
	for _, c := range []struct {
		what, function, payload, body string
		failed                        bool
	}{
		{"a timeout", "late", `"5s"`, fmt.Sprintf(failed, "Sandbox.Timedout", "Task timed out after 1.00 seconds"), true},
		{"an exit", "exit", "0", fmt.Sprintf(failed, "Runtime.ExitError", "Runtime exited without providing a reason"), true},
		{"an exit with a status", "exit", "1", fmt.Sprintf(failed, "Runtime.ExitError", "Runtime exited with error: exit status 1"), true},
		{"a wrapper that is not there", "exit", "127", fmt.Sprintf(failed, "Runtime.ExitError", "Runtime exited with error: exit status 127"), true},
		{"a kill", "exit", "-9", fmt.Sprintf(failed, "Runtime.ExitError", "Runtime exited with error: signal: killed"), true},
		{"bytes of another content type", "bytes", "{}", `"HelloWorld!"`, false},
		{"nothing returned", "null", "{}", "null", false},
	} {
		r := s.ask(t, asked{c.what, "POST", "/2015-03-31/functions/" + c.function + "/invocations", c.payload, 200, "", c.body})
		want := ""
		if c.failed {
			want = "Unhandled"
		}
		if r.headers["X-Amz-Function-Error"] != want || r.headers["Content-Type"] != "application/json" || r.headers["X-Amz-Executed-Version"] != "$LATEST" {
			t.Errorf("%s: %v", c.what, r.headers)
		}
	}
}

// The lines of the platform in the log tail (spec §4): a cold and a warm run.
func TestRecordedLogLines(t *testing.T) {
	s := open(t)
	const common = `START RequestId: ID Version: \$LATEST\nEND RequestId: ID\nREPORT RequestId: ID\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB\tMax Memory Used: \d+ MB\t`
	for _, end := range []string{`Init Duration: \d+\.\d\d ms\t\n$`, `\n$`} {
		r := s.raw(s.post("echo", "{}", "X-Amz-Log-Type: Tail"))
		log, err := base64.StdEncoding.DecodeString(r.headers["X-Amz-Log-Result"])
		id := r.headers["x-amzn-RequestId"]
		if err != nil || !invoke.IsUUID(id) || !regexp.MustCompile(strings.ReplaceAll(common, "ID", id)+end).Match(log) {
			t.Errorf("%q, %v", log, err)
		}
	}
}

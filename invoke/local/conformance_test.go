//go:build unix

package local

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// The functions of the conformance test do the same in each language: what the member
// "do" of the event names. They keep a count in the process and one in /tmp.
const pythonSubject = `
import json, os, time
seen = 0
def handler(event, context):
    global seen
    seen += 1
    do = event.get("do")
    if do == "fail": raise ValueError("no such order")
    if do == "exit": os._exit(7)
    if do == "sleep": time.sleep(60)
    if do == "log": print("a line")
    if do == "big": return "x" * 6291556
    if do == "context": return [context.aws_request_id, context.invoked_function_arn, context.client_context.client.app_title if context.client_context else None, context.get_remaining_time_in_millis() > 500]
    if do == "tenant": return context.tenant_id
    if do == "environ": return [os.environ[n] for n in ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_REGION", "TZ", "LANG")]
    if do == "identity": return [context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id]
    path = os.path.join(os.environ["TMPDIR"], "seen")
    open(path, "a").write("x")
    if do == "count": return [seen, len(open(path).read())]
    return event
`

const nodeSubject = `
const fs = require("fs");
let seen = 0;
exports.handler = async (event, context) => {
	seen++;
	switch (event.do) {
	case "fail": throw new TypeError("no such order");
	case "exit": process.exit(7);
	case "sleep": await new Promise((r) => setTimeout(r, 60000));
	case "log": console.log("a line"); break;
	case "big": return "x".repeat(6291556);
	case "context": return [context.awsRequestId, context.invokedFunctionArn, context.clientContext ? context.clientContext.client.app_title : null, context.getRemainingTimeInMillis() > 500];
	case "tenant": return context.tenantId;
	case "environ": return ["AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_REGION", "TZ", "LANG"].map((n) => process.env[n]);
	case "identity": return [context.identity.cognitoIdentityId, context.identity.cognitoIdentityPoolId];
	}
	const path = process.env.TMPDIR + "/seen";
	fs.appendFileSync(path, "x");
	if (event.do === "count") return [seen, fs.readFileSync(path).length];
	return event;
};
`

const shellSubject = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
seen=0
while :; do
	event=$(curl -sS -D "$TMPDIR/head" "$api/invocation/next") || exit 1
	field() { sed -n "s/^$1: //Ip" "$TMPDIR/head" | tr -d '\r'; }
	id=$(field Lambda-Runtime-Aws-Request-Id)
	seen=$((seen + 1))
	case $event in
	*'"fail"'*)
		curl -sS -o /dev/null -d '{"errorMessage":"no such order","errorType":"Shop.Error"}' "$api/invocation/$id/error"
		continue ;;
	*'"exit"'*) exit 7 ;;
	*'"sleep"'*) sleep 60 ;;
	*'"log"'*) echo "a line" ;;
	*'"big"'*)
		head -c 6291557 /dev/zero | tr '\0' x >"$TMPDIR/big"
		curl -sS -o /dev/null --data-binary "@$TMPDIR/big" "$api/invocation/$id/response"
		continue ;;
	*'"context"'*)
		title=$(field Lambda-Runtime-Client-Context | sed 's/.*"app_title":"\([^"]*\)".*/\1/')
		answer="[\"$id\",\"$(field Lambda-Runtime-Invoked-Function-Arn)\",\"$title\",true]"
		curl -sS -o /dev/null -d "$answer" "$api/invocation/$id/response"
		continue ;;
	*'"tenant"'*)
		curl -sS -o /dev/null -d "\"$(field Lambda-Runtime-Aws-Tenant-Id)\"" "$api/invocation/$id/response"
		continue ;;
	*'"environ"'*)
		answer="[\"$AWS_LAMBDA_FUNCTION_NAME\",\"$AWS_LAMBDA_FUNCTION_VERSION\",\"$AWS_LAMBDA_FUNCTION_MEMORY_SIZE\",\"$AWS_REGION\",\"$TZ\",\"$LANG\"]"
		curl -sS -o /dev/null -d "$answer" "$api/invocation/$id/response"
		continue ;;
	*'"identity"'*)
		curl -sS -o /dev/null -d "$(field Lambda-Runtime-Cognito-Identity)" "$api/invocation/$id/response"
		continue ;;
	esac
	printf x >>"$TMPDIR/seen"
	case $event in
	*'"count"'*) event="[$seen,$(wc -c <"$TMPDIR/seen" | tr -d ' ')]" ;;
	esac
	curl -sS -o /dev/null --data-binary "$event" "$api/invocation/$id/response"
done
`

// A tongue is a language of the conformance test.
type tongue struct {
	name, needs, runtime, file, source string
	// client is the variable that names a folder with the official runtime interface client,
	// which the function's code then has; "" for the client that lambent carries.
	client string
}

// Go's is the official client in the test binary itself (official_test.go). The folder of
// Node.js is one in which npm has installed aws-lambda-ric, and CI makes it; that of Python
// is one that pip install --target awslambdaric has filled, which no registry that CI
// reaches serves.
var tongues = []tongue{
	{"python", "python3", "python3.13", "app.py", pythonSubject, ""},
	{"node", "node", "nodejs22.x", "app.js", nodeSubject, ""},
	{"shell", "curl", "provided.al2023", "bootstrap", shellSubject, ""},
	{"go", "", "", "", "", ""},
	{"python", "python3", "python3.13", "app.py", pythonSubject, "LAMBENT_TEST_PYTHON_RIC"},
	{"node", "node", "nodejs22.x", "app.js", nodeSubject, "LAMBENT_TEST_NODE_RIC"},
}

func (l tongue) title() string {
	if l.client == "" {
		return l.name
	}
	return l.name + " with the official client"
}

// clientDir is the folder with the language's official client, "" when there is none.
func (l tongue) clientDir() string {
	dir, _, _ := strings.Cut(os.Getenv(l.client), string(filepath.ListSeparator))
	return dir
}

// absent says that a test with the official client can't be made, in the way that is due.
func (l tongue) absent(t *testing.T) bool {
	if l.client == "" || l.clientDir() != "" {
		return false
	}
	why := fmt.Sprintf("%s names no folder", l.client)
	switch {
	case os.Getenv("CI") != "true":
		t.Run(l.title(), func(t *testing.T) { t.Skip(why) })
	case l.name == "python":
		t.Log(why)
	default:
		t.Error(why)
	}
	return true
}

// bring puts what is in the client's folder into the code.
func (l tongue) bring(t *testing.T, code string) {
	t.Helper()
	if l.client == "" {
		return
	}
	entries, err := os.ReadDir(l.clientDir())
	if err != nil || len(entries) == 0 {
		t.Fatalf("%s has nothing: %v", l.client, err)
	}
	for _, entry := range entries {
		if err := os.Symlink(filepath.Join(l.clientDir(), entry.Name()), filepath.Join(code, entry.Name())); err != nil {
			t.Fatal(err)
		}
	}
}

func (l tongue) open(t *testing.T, limit time.Duration) *fixture {
	t.Helper()
	if l.name == "go" {
		return open(t, does("official:plain", within(limit)))
	}
	needs(t, l.needs)
	code := t.TempDir()
	if err := os.WriteFile(filepath.Join(code, l.file), []byte(l.source), 0o755); err != nil {
		t.Fatal(err)
	}
	l.bring(t, code)
	return open(t, does("app.handler", within(limit), func(fn *project.Function) {
		fn.Runtime, fn.CodeURI, fn.CodePath = l.runtime, code, code
	}), reallyPrepared)
}

// A rule is one row of the conformance test: what the spec says of an invocation. In the
// texts ID stands for the request id, and ARN for the function's.
type rule struct {
	section string
	do      string // what the event asks for
	change  func(*invoke.Request)
	payload map[string]string // by language; "" is that of all others
	failure map[string]string // name; absent: the invocation succeeds
	log     []string          // what the log holds, in this order
	status  string            // of the REPORT line; "any" where it depends on what the runtime does next
	limit   time.Duration     // the function's timeout, 0 for 10 s
}

func fixed(text string) map[string]string { return map[string]string{"": text} }

var rules = []rule{
	{section: "1.5", do: "echo", payload: map[string]string{
		"": `{"do": "echo", "id": 12345678901234567890}`, "node": `{"do":"echo","id":12345678901234567000}`, "go": `{"do":"echo","id":12345678901234567890}`,
	}, log: []string{"INIT_START ", "START RequestId: ID Version: $LATEST\n", "END RequestId: ID\n", "REPORT RequestId: ID\tDuration: ", "\tInit Duration: "}},
	{section: "2.1", do: "context", change: func(r *invoke.Request) {
		r.ClientContext, r.Qualifier = "eyJjbGllbnQiOnsiYXBwX3RpdGxlIjoic2hvcCJ9fQ==", "$LATEST"
	}, payload: map[string]string{
		"": `["ID","ARN:$LATEST","shop",true]`, "python": `["ID", "ARN:$LATEST", "shop", true]`,
	}},
	{section: "2.1", do: "identity", change: func(r *invoke.Request) {
		r.CognitoIdentity = `{"cognitoIdentityId":"us-east-1:a","cognitoIdentityPoolId":"us-east-1:p"}`
	}, payload: map[string]string{
		"": `["us-east-1:a","us-east-1:p"]`, "python": `["us-east-1:a", "us-east-1:p"]`, "shell": `{"cognitoIdentityId":"us-east-1:a","cognitoIdentityPoolId":"us-east-1:p"}`,
	}},
	{section: "2.1", do: "tenant", change: func(r *invoke.Request) { r.TenantID = "blue" }, payload: fixed(`"blue"`)},
	{section: "3.1", do: "environ", payload: map[string]string{
		"": `["f","$LATEST","256","us-east-1",":UTC","en_US.UTF-8"]`, "python": `["f", "$LATEST", "256", "us-east-1", ":UTC", "en_US.UTF-8"]`,
	}},
	{section: "4", do: "log", payload: map[string]string{
		"": `{"do": "log", "id": 12345678901234567890}`, "node": `{"do":"log","id":12345678901234567000}`, "go": `{"do":"log","id":12345678901234567890}`,
	}, log: []string{"START RequestId: ID", "a line\n", "END RequestId: ID\n"}},
	{section: "5.1–5.3", do: "fail", payload: map[string]string{
		"python": `{"errorMessage": "no such order", "errorType": "ValueError", "requestId": "ID", "stackTrace": [`,
		"node":   `{"errorType":"TypeError","errorMessage":"no such order","trace":["TypeError: no such order",`,
		"go":     `{"errorMessage":"no such order","errorType":"errorString"}`,
		"shell":  `{"errorMessage":"no such order","errorType":"Shop.Error"}`,
	}, failure: map[string]string{"python": "ValueError", "node": "TypeError", "go": "errorString", "shell": "Shop.Error"}},
	{section: "3.6", do: "exit", payload: fixed(`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 7"}`),
		failure: fixed("Runtime.ExitError"), log: []string{"START RequestId: ID", "END RequestId: ID\n", "\tStatus: error\tError Type: Runtime.ExitError\n"}, status: "error"},
	{section: "3.5", do: "sleep", limit: 700 * time.Millisecond,
		payload: fixed(`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 0.70 seconds"}`),
		failure: fixed("Sandbox.Timedout"), log: []string{"\tDuration: 700.00 ms\t", "\tStatus: timeout\n"}, status: "timeout"},
	{section: "1.2", do: "big", payload: fixed(`{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`),
		failure: fixed("Function.ResponseSizeTooLarge"), status: "any"},
}

func of(texts map[string]string, language string) string {
	if text, ok := texts[language]; ok {
		return text
	}
	return texts[""]
}

func TestConformance(t *testing.T) {
	for _, l := range tongues {
		if l.absent(t) {
			continue
		}
		for _, r := range rules {
			t.Run(l.title()+"/"+r.do, func(t *testing.T) {
				t.Parallel()
				limit := 10 * time.Second
				if r.limit > 0 {
					limit = r.limit
				}
				r.check(t, l, l.open(t, limit))
			})
		}
		t.Run(l.title()+"/reuse", func(t *testing.T) {
			t.Parallel()
			checkReuse(t, l.open(t, 10*time.Second))
		})
	}
}

func (r rule) check(t *testing.T, l tongue, f *fixture) {
	language := l.name
	change := r.change
	if change == nil {
		change = func(*invoke.Request) {}
	}
	got := f.call(`{"do": "`+r.do+`", "id": 12345678901234567890}`, change)
	fill := strings.NewReplacer("ID", got.RequestID, "ARN", got.FunctionARN).Replace
	want := fill(of(r.payload, language))
	if !strings.HasPrefix(string(got.Payload), want) || strings.HasSuffix(want, "}") && len(got.Payload) != len(want) {
		t.Errorf("spec §%s: payload %.300s\nwant %s", r.section, got.Payload, want)
	}
	if name := of(r.failure, language); nameOf(got.Failure) != name || (got.FunctionError == "Unhandled") != (name != "") {
		t.Errorf("spec §%s: failure %q (%s), want %q", r.section, nameOf(got.Failure), got.FunctionError, name)
	}
	rest := string(got.Log)
	for _, part := range r.log {
		_, after, found := strings.Cut(rest, fill(part))
		if !found {
			t.Errorf("spec §%s: the log lacks %q in its place:\n%s", r.section, fill(part), got.Log)
			break
		}
		rest = after
	}
	if l.client != "" && strings.Contains(strings.Join(got.Notes, "\n"), "lambent's runtime client") {
		t.Errorf("it did not run with the official client: %q", got.Notes)
	}
	if got.StatusCode != 200 || got.ExecutedVersion != "$LATEST" || got.Report == nil || r.status != "any" && got.Report.Status != r.status {
		t.Errorf("spec §1.5, §4: status %d, version %s, report %+v", got.StatusCode, got.ExecutedVersion, got.Report)
	}
}

// checkReuse holds an environment to spec §3.4: it stays after a handler's error, and
// after an exit the process is a new one whose /tmp is the old one.
func checkReuse(t *testing.T, f *fixture) {
	count := func(process, environment int) {
		t.Helper()
		got := strings.ReplaceAll(string(f.call(`{"do": "count"}`).Payload), " ", "")
		if want := fmt.Sprintf("[%d,%d]", process, environment); got != want {
			t.Errorf("spec §3.4: counted %s, want %s", got, want)
		}
	}
	count(1, 1)
	count(2, 2)
	f.call(`{"do": "fail"}`)
	count(4, 3)
	f.call(`{"do": "exit"}`)
	count(1, 4)
}

package runtimes

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const python = "python3.13"

// inTask puts the code folder's real path where a test writes /var/task.
func inTask(text, code string) string { return strings.ReplaceAll(text, "/var/task", code) }

func TestPythonResults(t *testing.T) {
	needs(t, python)
	tests := []struct {
		name, runtime, body, event, want, contentType string
	}{
		{"dict keeps order and separators", python, "return {'b': 1, 'a': [1, 2.5, None, True]}", "{}", `{"b": 1, "a": [1, 2.5, null, true]}`, "application/json"},
		{"event comes back", python, "return event", `{"id": 12345678901234567890, "f": 1.0, "s": "é"}`, `{"id": 12345678901234567890, "f": 1.0, "s": "é"}`, "application/json"},
		{"none", python, "return None", "{}", "null", "application/json"},
		{"string", python, "return 'x\"y'", "{}", `"x\"y"`, "application/json"},
		{"raw text from 3.12", "python3.12", "return 'grüße 🎉'", "{}", `"grüße 🎉"`, "application/json"},
		{"escapes before 3.12", "python3.11", "return 'grüße 🎉'", "{}", `"gr\u00fc\u00dfe \ud83c\udf89"`, "application/json"},
		{"not a number", python, "return [float('nan'), float('inf'), -float('inf')]", "{}", "[NaN, Infinity, -Infinity]", "application/json"},
		{"bytes as they are", python, "return b'\\x00\\xffraw'", "{}", "\x00\xffraw", "application/unknown"},
		{"decimals as numbers", python, "from decimal import Decimal as D\n return {'a': D('1.10'), 'b': [D('12345678901234567890.5'), D('NaN'), '\"']}", "{}", `{"a": 1.10, "b": [12345678901234567890.5, NaN, "\""]}`, "application/json"},
		{"white space around the event", python, "return event", " \n\t[1]\r\n", "[1]", "application/json"},
		{"non-string keys", python, "return {1: 'a', None: 'b', True: 'c'}", "{}", `{"1": "c", "null": "b"}`, "application/json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := lambda{
				runtime: tt.runtime, handler: "app.handler",
				files:  map[string]string{"app.py": "def handler(event, context):\n " + tt.body + "\n"},
				events: events(tt.event),
			}.run(t).only(t)
			if got.kind != "response" || got.id != idOf(0) || got.body != tt.want {
				t.Errorf("got %s of %s: %s\nwant response: %s", got.kind, got.id, got.body, tt.want)
			}
			if ct := got.headers.Get("Content-Type"); ct != tt.contentType {
				t.Errorf("content type %q, want %q", ct, tt.contentType)
			}
		})
	}
}

func TestPythonFindsHandlers(t *testing.T) {
	needs(t, python)
	const handler = "def handler(event, context):\n    return __name__\n"
	for setting, file := range map[string]string{
		"app.handler":          "app.py",
		"pkg/app.handler":      "pkg/app.py",
		"pkg.deep.app.handler": "pkg/deep/app.py",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			got := lambda{runtime: python, handler: setting, files: map[string]string{file: handler}, events: events("{}")}.run(t).only(t)
			want := `"` + strings.ReplaceAll(strings.TrimSuffix(setting, ".handler"), "/", ".") + `"`
			if got.body != want {
				t.Errorf("module is %s, want %s", got.body, want)
			}
		})
	}
}

// The payload's bytes are those of spec §5.1: keys, order, separators, frames.
func TestPythonHandlerError(t *testing.T) {
	needs(t, python)
	code := writeFiles(t, map[string]string{"app.py": "def inner():\n    raise ValueError('boom é')\n\ndef handler(event, context):\n    inner()\n"})
	run := lambda{runtime: python, handler: "app.handler", events: events("{}", "{}")}.runIn(t, code, sharedDir(t))
	if len(run.outcomes) != 2 {
		t.Fatalf("the environment was not used again: %+v", run)
	}
	for i, got := range run.outcomes {
		want := inTask(`{"errorMessage": "boom é", "errorType": "ValueError", "requestId": "`+idOf(i)+`", "stackTrace": [`+
			`"  File \"/var/task/app.py\", line 5, in handler\n    inner()\n", `+
			`"  File \"/var/task/app.py\", line 2, in inner\n    raise ValueError('boom é')\n"]}`, code)
		if got.kind != "error" || got.body != want {
			t.Errorf("got %s: %s\nwant error: %s", got.kind, got.body, want)
		}
		if got.headers.Get("Lambda-Runtime-Function-Error-Type") != "" {
			t.Error("the error type header is sent for init errors only (spec §2.2)")
		}
	}
	record := inTask("[ERROR] ValueError: boom é\nTraceback (most recent call last):\n"+
		"  File \"/var/task/app.py\", line 5, in handler\n    inner()\n"+
		"  File \"/var/task/app.py\", line 2, in inner\n    raise ValueError('boom é')\n", code)
	record = strings.ReplaceAll(record, "\n    ", "\n\u00a0\u00a0\u00a0\u00a0")
	record = strings.ReplaceAll(record, "\n  F", "\n\u00a0\u00a0F")
	if run.log != record+record {
		t.Errorf("log %q\nwant twice %q", run.log, record)
	}
}

func TestPythonInvocationFaults(t *testing.T) {
	needs(t, python)
	tests := []struct {
		name, body string
		event      event
		kind, want string
	}{
		{"unserialisable result", "return {1, 2}", event{body: "{}"}, "Runtime.MarshalError", "Unable to marshal response: Object of type set is not JSON serializable"},
		{"circular result", "a = []\n a.append(a)\n return a", event{body: "{}"}, "Runtime.MarshalError", "Unable to marshal response: Circular reference detected"},
		{"lone surrogate", "return '\\ud800'", event{body: "{}"}, "Runtime.MarshalError", "Unable to marshal response: 'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed"},
		{"event that is no JSON", "return 1", event{body: `{"a": }`}, "Runtime.UnmarshalError", "Unable to unmarshal input: Expecting value: line 1 column 7 (char 6)"},
		{"event with a tail", "return 1", event{body: "{} x"}, "Runtime.UnmarshalError", "Unable to unmarshal input: Extra data: line 1 column 4 (char 3)"},
		{"empty event", "return 1", event{}, "Runtime.UnmarshalError", "Unable to unmarshal input: Expecting value: line 1 column 1 (char 0)"},
		{"client context", "return 1", event{body: "{}", headers: map[string]string{"Lambda-Runtime-Client-Context": "{x"}}, "Runtime.LambdaContextUnmarshalError", "Unable to parse Client Context JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"identity", "return 1", event{body: "{}", headers: map[string]string{"Lambda-Runtime-Cognito-Identity": "nope"}}, "Runtime.LambdaContextUnmarshalError", "Unable to parse Cognito Identity JSON: Expecting value: line 1 column 1 (char 0)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := lambda{
				runtime: python, handler: "app.handler",
				files:  map[string]string{"app.py": "def handler(event, context):\n " + tt.body + "\n"},
				events: []event{tt.event},
			}.run(t).only(t)
			want := fmt.Sprintf(`{"errorMessage": %s, "errorType": "%s", "requestId": "%s", "stackTrace": []}`, quote(tt.want), tt.kind, idOf(0))
			if got.kind != "error" || got.body != want {
				t.Errorf("got %s: %s\nwant error: %s", got.kind, got.body, want)
			}
		})
	}
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}

func TestPythonInitFailures(t *testing.T) {
	needs(t, python)
	tests := []struct {
		name, handler, source string
		kind, message, trace  string
	}{
		{"no module", "nope.handler", "", "Runtime.ImportModuleError", "Unable to import module 'nope': No module named 'nope'", "[]"},
		{"missing dependency", "app.handler", "import surely_not_there\n", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'surely_not_there'", "[]"},
		{"no such function", "app.other", "x = 1\n", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'app'", "[]"},
		{"no dot", "app", "x = 1\n", "Runtime.MalformedHandlerName", "Bad handler 'app': not enough values to unpack (expected 2, got 1)", "[]"},
		{"built-in module", "sys.exit", "", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module", "[]"},
		{"syntax error", "app.handler", "def handler(event, context):\n    return ]\n", "Runtime.UserCodeSyntaxError", "", `["  File \"/var/task/app.py\" Line 2\n    `},
		{"error with a name that is no header", "app.handler", "raise type('Grüße\\r\\nX-Evil: 1', (Exception,), {})('x')\n", "Grüße\r\nX-Evil: 1", "x", "line 1, in <module>"},
		{"module body raises", "app.handler", "raise KeyError('config')\n", "KeyError", "'config'", `File \"/var/task/app.py\", line 1, in <module>\n    raise KeyError('config')\n"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code := writeFiles(t, map[string]string{"app.py": tt.source})
			run := lambda{runtime: python, handler: tt.handler}.runIn(t, code, sharedDir(t))
			got := run.only(t)
			if got.kind != "init" || run.exit != 1 || got.headers.Get("Lambda-Runtime-Function-Error-Type") != printable(tt.kind) || got.headers.Get("X-Evil") != "" {
				t.Errorf("got %s with %q and exit status %d", got.kind, got.headers.Get("Lambda-Runtime-Function-Error-Type"), run.exit)
			}
			var payload struct {
				ErrorMessage, ErrorType, RequestID string
			}
			if err := json.Unmarshal([]byte(got.body), &payload); err != nil {
				t.Fatal(err)
			}
			if payload.ErrorType != tt.kind || tt.message != "" && payload.ErrorMessage != tt.message || payload.RequestID != "" {
				t.Errorf("payload %s", got.body)
			}
			if tt.kind == "Runtime.UserCodeSyntaxError" && !strings.HasPrefix(payload.ErrorMessage, "Syntax error in module 'app': ") {
				t.Errorf("message %q", payload.ErrorMessage)
			}
			if !strings.Contains(got.body, `"requestId": "", "stackTrace": `) || !strings.Contains(got.body, inTask(tt.trace, code)) {
				t.Errorf("stack trace of %s\nwant %s", got.body, tt.trace)
			}
			warning := regexp.MustCompile(`^\[WARNING\]\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t\tLAMBDA_WARNING: Unhandled exception\. `)
			if !warning.MatchString(run.log) || !strings.Contains(run.log, "\n[ERROR] "+tt.kind+": ") {
				t.Errorf("log %q", run.log)
			}
			if strings.Contains(got.body, "bootstrap.py") {
				t.Errorf("frames of the bootstrap show: %s", got.body)
			}
		})
	}
}

// printable is a name as a header can carry it.
func printable(name string) string {
	return regexp.MustCompile(`[^ -~]`).ReplaceAllString(name, "?")
}

func TestPythonContext(t *testing.T) {
	needs(t, python)
	source := `
import os
def handler(event, context):
    c = context
    assert 0 < c.get_remaining_time_in_millis() <= 99999999999999
    c.log("a line by context.log\n")
    return [c.function_name, c.function_version, c.memory_limit_in_mb, c.log_group_name, c.log_stream_name,
        c.aws_request_id, c.invoked_function_arn, c.tenant_id, os.environ.get("_X_AMZN_TRACE_ID"),
        c.client_context and [c.client_context.custom, c.client_context.env, c.client_context.client.app_title],
        c.identity.cognito_identity_id, c.identity.cognito_identity_pool_id]
`
	run := lambda{
		runtime: python, handler: "app.handler", files: map[string]string{"app.py": source},
		events: []event{{body: "{}", headers: map[string]string{
			"Lambda-Runtime-Client-Context":   `{"custom":{"k":"ü"},"env":{"make":"x"},"client":{"app_title":"shop"}}`,
			"Lambda-Runtime-Cognito-Identity": `{"cognitoIdentityId":"id","cognitoIdentityPoolId":"pool"}`,
			"Lambda-Runtime-Aws-Tenant-Id":    "acme",
		}}, {body: "{}", headers: map[string]string{"Lambda-Runtime-Trace-Id": ""}}},
	}.run(t)
	if len(run.outcomes) != 2 {
		t.Fatalf("%+v", run)
	}
	head := `["subject", "7", "256", "/aws/lambda/subject", "2026/11/22/[7]abc", "%s", "arn:aws:lambda:us-east-1:123456789012:function:subject:live", `
	want := fmt.Sprintf(head, idOf(0)) + `"acme", "Root=1-00000000-000000000000000000000000", [{"k": "ü"}, {"make": "x"}, "shop"], "id", "pool"]`
	if got := run.outcomes[0].body; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want = fmt.Sprintf(head, idOf(1)) + `null, null, null, null, null]`
	if got := run.outcomes[1].body; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if run.log != "a line by context.log\na line by context.log\n" {
		t.Errorf("log %q", run.log)
	}
}

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z`)

func TestPythonLogging(t *testing.T) {
	needs(t, python)
	source := `
import logging, sys
logging.basicConfig(level=logging.DEBUG, format="ignored")
logging.info("not at the default level")
logging.warning("during init")
def handler(event, context):
    print("printed é")
    logging.getLogger("shop").error("%d items", 3, extra={"order": 7})
    sys.stderr.write("to stderr\n")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("caught")
    print("after")
`
	id := idOf(0)
	text := lambda{runtime: python, handler: "app.handler", files: map[string]string{"app.py": source}, events: events("{}")}.run(t)
	want := "[WARNING]\tTIME\t\tduring init\nprinted é\n[ERROR]\tTIME\t" + id + "\t3 items\nto stderr\n[ERROR]\tTIME\t" + id + "\tcaught\nTraceback (most recent call last):\n"
	got := times.ReplaceAllString(text.log, "TIME")
	if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "ZeroDivisionError: division by zeroafter\n") {
		t.Errorf("log %q\nwant %q…", got, want)
	}

	asJSON := lambda{runtime: python, handler: "app.handler", files: map[string]string{"app.py": source}, events: events("{}"),
		env: []string{"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=WARN"}}.run(t)
	lines := strings.Split(times.ReplaceAllString(asJSON.log, "TIME"), "\n")
	wants := []string{
		`{"timestamp": "TIME", "level": "WARNING", "message": "during init", "logger": "root"}`,
		"printed é",
		`{"timestamp": "TIME", "level": "ERROR", "message": "3 items", "logger": "shop", "requestId": "` + id + `", "order": 7}`,
		"to stderr",
		`{"timestamp": "TIME", "level": "ERROR", "message": "caught", "logger": "root", "requestId": "` + id + `", "location": `,
	}
	if len(lines) < len(wants) {
		t.Fatalf("log %q", asJSON.log)
	}
	for i, want := range wants {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: %s\nwant %s", i+1, lines[i], want)
		}
	}
	if !strings.HasSuffix(lines[4], `"errorType": "ZeroDivisionError", "errorMessage": "division by zero"}`) {
		t.Errorf("line 5: %s", lines[4])
	}
}

func TestPythonErrorRecordAsJSON(t *testing.T) {
	needs(t, python)
	run := lambda{runtime: python, handler: "app.handler", events: events("{}"), env: []string{"AWS_LAMBDA_LOG_FORMAT=JSON"},
		files: map[string]string{"app.py": "def handler(event, context):\n    raise RuntimeError('x')\n"}}.run(t)
	want := `{"timestamp": "TIME", "log_level": "ERROR", "errorMessage": "x", "errorType": "RuntimeError", "requestId": "` + idOf(0) + `", "stackTrace": [`
	if got := times.ReplaceAllString(run.log, "TIME"); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("log %q\nwant %q…", got, want)
	}
}

func TestPythonProcessEnds(t *testing.T) {
	needs(t, python)
	tests := []struct {
		name, source string
		refuse, exit int
		log          string
	}{
		{"handler exits", "import sys\ndef handler(e, c):\n    print('bye')\n    sys.exit(3)\n", 0, 3, "bye\n"},
		{"module exits", "import sys\nsys.exit(0)\n", 0, 0, ""},
		{"response refused", "def handler(e, c): return 1\n", 413, 1, "Failed to post handler success response. Http response code: 413. {\"errorMessage\":\"Exceeded maximum allowed payload size (6291556 bytes).\",\"errorType\":\"RequestEntityTooLarge\"}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run := lambda{runtime: python, handler: "app.handler", files: map[string]string{"app.py": tt.source}, events: events("{}"), refuse: tt.refuse}.run(t)
			if run.exit != tt.exit || run.log != tt.log {
				t.Errorf("exit status %d, log %q; want %d, %q", run.exit, run.log, tt.exit, tt.log)
			}
		})
	}
}

func TestPythonLeavesTheCodeFolderAlone(t *testing.T) {
	needs(t, python)
	code := writeFiles(t, map[string]string{"app.py": "import helper\ndef handler(e, c): return helper.x\n", "helper.py": "x = 1\n"})
	lambda{runtime: python, handler: "app.handler", events: events("{}")}.runIn(t, code, sharedDir(t)).only(t)
	entries, err := os.ReadDir(code)
	if err != nil || len(entries) != 2 {
		t.Errorf("the code folder holds %v (%v)", entries, err)
	}
}

func TestPythonLayers(t *testing.T) {
	needs(t, python)
	first := writeFiles(t, map[string]string{"python/shared.py": "x = 'first'\n", "python/base.py": "y = 'base'\n"})
	second := writeFiles(t, map[string]string{"python/shared.py": "x = 'second'\n"})
	got := lambda{runtime: python, handler: "app.handler", layers: []string{first, second, filepath.Join(first, "gone")}, events: events("{}"),
		files: map[string]string{"app.py": "import shared, base\ndef handler(e, c): return [shared.x, base.y]\n"}}.run(t).only(t)
	if got.body != `["second", "base"]` {
		t.Errorf("got %s: a later layer hides an earlier one", got.body)
	}
}

// A function that has used up what it may open still has its error told.
func TestPythonOutOfFiles(t *testing.T) {
	needs(t, python)
	skipOnWindows(t)
	source := `import os, resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
def handler(event, context):
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
`
	run := lambda{runtime: python, handler: "app.handler", files: map[string]string{"app.py": source}, events: events("{}", "{}")}.run(t)
	if len(run.outcomes) != 2 || run.outcomes[1].kind != "error" || !strings.HasPrefix(run.outcomes[1].body, `{"errorMessage": "[Errno 24] Too many open files: '/dev/null'", "errorType": "OSError", `) {
		t.Errorf("got %+v", run)
	}
}

// Where byte code can't be made, the source serves.
func TestPythonFromSource(t *testing.T) {
	needs(t, python)
	dir := t.TempDir()
	program, err := carry(dir, pythonClient)
	if err != nil {
		t.Fatal(err)
	}
	code := writeFiles(t, map[string]string{"app.py": "import logging\ndef handler(e, c):\n    logging.error('logged')\n    return e\n"})
	fn := function(python)
	launch, failure := Prepare(fn, code, Options{Dir: dir, Path: searchPath()})
	if failure != nil {
		t.Fatal(failure)
	}
	if filepath.Ext(launch.Args[len(launch.Args)-1]) != ".pyc" {
		t.Errorf("the byte code was not made: %q", launch.Args)
	}
	launch.Args[len(launch.Args)-1] = program
	run := lambda{runtime: python, handler: "app.handler", events: events("[1]")}.start(t, launch, code)
	if got := run.only(t); got.body != "[1]" || !strings.HasSuffix(run.log, "\tlogged\n") {
		t.Errorf("got %s, log %q", got.body, run.log)
	}
}

// Megabytes pass whole, both ways.
func TestPythonBigPayload(t *testing.T) {
	needs(t, python)
	big := `"` + strings.Repeat("x", 6<<20-10) + `"`
	got := lambda{runtime: python, handler: "app.handler", files: map[string]string{"app.py": "def handler(e, c): return e\n"}, events: events(big)}.run(t).only(t)
	if got.body != big {
		t.Errorf("got %d bytes, want %d", len(got.body), len(big))
	}
}

// What sam init writes for Python, in its own layout.
func TestPythonQuickStart(t *testing.T) {
	needs(t, python)
	got := lambda{runtime: "python3.12", handler: "app.lambda_handler", events: events(`{"httpMethod": "GET", "path": "/hello"}`), files: map[string]string{
		"__init__.py":      "",
		"requirements.txt": "requests\n",
		"app.py":           "import json\n\n\ndef lambda_handler(event, context):\n    \"\"\"Sample pure Lambda function\"\"\"\n    return {\n        \"statusCode\": 200,\n        \"body\": json.dumps({\n            \"message\": \"hello world\",\n        }),\n    }\n",
	}}.run(t).only(t)
	if got.body != `{"statusCode": 200, "body": "{\"message\": \"hello world\"}"}` {
		t.Errorf("got %s", got.body)
	}
}

package runtimes

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

const (
	node22 = "nodejs22.x"
	node24 = "nodejs24.x"
)

func TestNodeResults(t *testing.T) {
	needs(t, node22)
	tests := []struct {
		name, runtime, file, source, event, want string
	}{
		{"async", node22, "index.mjs", "export const handler = async (event) => ({ got: event })", `{"a":[1,"é"]}`, `{"got":{"a":[1,"é"]}}`},
		{"CommonJS", node22, "index.js", "exports.handler = async () => 'x'", "{}", `"x"`},
		{"cjs", node22, "index.cjs", "module.exports.handler = async () => 1.5", "{}", "1.5"},
		{"module package", node22, "index.js", "import path from 'node:path'\nexport const handler = async () => path.basename(import.meta.url)", "{}", `"index.js"`},
		{"top-level await", node22, "index.mjs", "const x = await Promise.resolve(7)\nexport const handler = async () => x", "{}", "7"},
		{"undefined is null", node22, "index.mjs", "export const handler = async () => {}", "{}", "null"},
		{"callback", node22, "index.mjs", "export const handler = (event, context, callback) => setTimeout(() => callback(null, 'late'), 5)", "{}", `"late"`},
		{"callback waits for the loop", node22, "index.mjs", "let n = 0\nexport const handler = (event, context, callback) => { const r = { get n () { return n } }; callback(null, r); setTimeout(() => { n = 9 }, 20) }", "{}", `{"n":9}`},
		{"callback that does not wait", node22, "index.mjs", "let n = 0\nexport const handler = (event, context, callback) => { context.callbackWaitsForEmptyEventLoop = false; callback(null, n); setTimeout(() => { n = 9 }, 60000) }", "{}", "0"},
		{"context.done", node22, "index.mjs", "export const handler = (event, context) => context.done(null, 'done')", "{}", `"done"`},
		{"context.succeed", node22, "index.mjs", "export const handler = (event, context) => { context.succeed('first'); context.succeed('second') }", "{}", `"first"`},
		{"nothing comes of it", node22, "index.mjs", "export const handler = () => 'ignored by Lambda'", "{}", "null"},
		{"plain value from 24", node24, "index.mjs", "export const handler = (event, context) => [typeof context.done, 'used']", "{}", `["undefined","used"]`},
		{"not JSON", node22, "index.mjs", "export const handler = async () => () => 1", "{}", "null"},
		{"dotted handler", node22, "index.mjs", "export const handler = { deep: { er: async () => 'deep' } }", "{}", `"deep"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{tt.file: tt.source}
			if strings.HasPrefix(tt.source, "import ") {
				files["package.json"] = `{"type": "module"}`
			}
			handler := "index.handler"
			if tt.name == "dotted handler" {
				handler = "index.handler.deep.er"
			}
			run := lambda{runtime: tt.runtime, handler: handler, files: files, events: events(tt.event)}.run(t)
			got := run.only(t)
			if got.kind != "response" || got.id != idOf(0) || got.body != tt.want {
				t.Errorf("got %s of %s: %s\nwant response: %s\nlog: %s", got.kind, got.id, got.body, tt.want, run.log)
			}
		})
	}
}

func TestNodeFindsHandlers(t *testing.T) {
	needs(t, node22)
	tests := []struct{ name, setting, file string }{
		{"folder", "src/app.handler", "src/app.js"},
		{"package", "shop/orders.handler", "node_modules/shop/orders.js"},
		{".js before .mjs", "app.handler", "app.js"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := lambda{runtime: node22, handler: tt.setting, events: events("{}"), files: map[string]string{
				tt.file: "exports.handler = async () => 'found'", "app.mjs": "export const handler = async () => 'wrong'",
			}}.run(t).only(t)
			want := `"found"`
			if tt.name == "package" {
				// The folder of the setting is a place in the code, not a package.
				want = "Cannot find module 'orders'"
			}
			if !strings.Contains(got.body, want) {
				t.Errorf("got %s, want %s", got.body, want)
			}
		})
	}
}

type nodeError struct {
	ErrorType    string   `json:"errorType"`
	ErrorMessage string   `json:"errorMessage"`
	Trace        []string `json:"trace"`
}

func TestNodeHandlerErrors(t *testing.T) {
	needs(t, node22)
	tests := []struct {
		name, runtime, body string
		kind, message       string
		firstOfTrace        string
	}{
		{"throws", node22, "throw new TypeError('boom')", "TypeError", "boom", "TypeError: boom"},
		{"rejects", node22, "return Promise.reject(new Error('later'))", "Error", "later", "Error: later"},
		{"named", node22, "const e = new Error('m'); e.name = 'OrderError'; throw e", "OrderError", "m", ""},
		{"DEL", node22, "throw new Error('a\\x7fb')", "Error", "a%7Fb", "Error: a%7Fb"},
		{"string", node22, "throw 'just text'", "string", "just text", ""},
		{"object", node22, "throw { code: 1 }", "object", "[object Object]", ""},
		{"nothing that has a text", node22, "throw Object.create(null)", "handled", "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack", ""},
		{"undefined", node22, "return Promise.reject(undefined)", "undefined", "undefined", ""},
		{"callback", node22, "callback(new RangeError('cb'))", "RangeError", "cb", "RangeError: cb"},
		{"context.fail", node22, "context.fail('why')", "string", "why", ""},
		{"circular result", node22, "const a = {}; a.a = a; return Promise.resolve(a)", "Error", "Unable to stringify response body", "Error: Unable to stringify response body"},
		{"circular result from 24", node24, "const a = {}; a.a = a; return Promise.resolve(a)", "Runtime.JSONStringifyError", "Unable to stringify response body", "Runtime.JSONStringifyError: Unable to stringify response body"},
		{"never settles", node22, "return new Promise(() => {})", "Runtime.NodeJsExit", "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes", ""},
		{"breaks while it is described", node22, "const e = new Error('x'); Object.defineProperty(e, 'message', { get () { throw 1 } }); throw e", "handled", "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parameters := "(event, context, callback)"
			if tt.runtime == node24 {
				parameters = "(event)"
			}
			run := lambda{runtime: tt.runtime, handler: "index.handler", events: events("{}", "{}"),
				files: map[string]string{"index.mjs": "export const handler = " + parameters + " => {\n" + tt.body + "\n}\n"}}.run(t)
			if len(run.outcomes) != 2 {
				t.Fatalf("the environment was not used again: %+v", run)
			}
			for i, got := range run.outcomes {
				var e nodeError
				if err := json.Unmarshal([]byte(got.body), &e); err != nil {
					t.Fatal(err)
				}
				if got.kind != "error" || got.id != idOf(i) || e.ErrorType != tt.kind || e.ErrorMessage != tt.message {
					t.Errorf("got %s: %s", got.kind, got.body)
				}
				if tt.firstOfTrace != "" && (len(e.Trace) < 2 || e.Trace[0] != tt.firstOfTrace) {
					t.Errorf("trace %q", e.Trace)
				}
			}
			if !strings.Contains(run.log, "\t"+idOf(1)+"\tERROR\tInvoke Error \t{\"errorType\":") {
				t.Errorf("log %q", run.log)
			}
		})
	}
}

// The payload is compact JSON with these keys in this order (spec §5.2).
func TestNodeErrorBytes(t *testing.T) {
	needs(t, node22)
	run := lambda{runtime: node22, handler: "index.handler", events: events("{}"),
		files: map[string]string{"index.mjs": "export const handler = async () => { const e = new Error('é'); e.stack = 'Error: é\\n    at x'; e.code = 'E1'; throw e }\n"}}.run(t)
	if got, want := run.only(t).body, `{"errorType":"Error","errorMessage":"é","trace":["Error: é","    at x"]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	want := "TIME\t" + idOf(0) + "\tERROR\tInvoke Error \t{\"errorType\":\"Error\",\"errorMessage\":\"é\",\"code\":\"E1\",\"stack\":[\"Error: é\",\"    at x\"]}\n"
	if got := times.ReplaceAllString(run.log, "TIME"); got != want {
		t.Errorf("log  %q\nwant %q", got, want)
	}
}

func TestNodeInitFailures(t *testing.T) {
	needs(t, node22)
	tests := []struct {
		name, runtime, handler string
		files                  map[string]string
		kind, message          string
		exit                   int
	}{
		{"no module", node22, "nope.handler", nil, "Runtime.ImportModuleError", "Error: Cannot find module 'nope'\nRequire stack:\n- ", 129},
		{"missing dependency", node22, "index.handler", map[string]string{"index.js": "require('surely-not-there')"}, "Runtime.ImportModuleError", "Error: Cannot find module 'surely-not-there'\nRequire stack:\n- /var/task/index.js", 129},
		{"missing package of a module", node22, "index.handler", map[string]string{"index.mjs": "import 'surely-not-there'"}, "Error", "Cannot find package 'surely-not-there' imported from /var/task/index.mjs", 129},
		{"not exported", node22, "index.other", map[string]string{"index.mjs": "export const handler = 1"}, "Runtime.HandlerNotFound", "index.other is undefined or not exported", 129},
		{"not a function", node22, "index.handler", map[string]string{"index.mjs": "export const handler = 1"}, "Runtime.HandlerNotFound", "index.handler is not a function", 129},
		{"no dot", node22, "index", nil, "Runtime.MalformedHandlerName", "Bad handler", 129},
		{"two dots", node22, "../index.handler", nil, "Runtime.MalformedHandlerName", "'../index.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.", 129},
		{"syntax error", node22, "index.handler", map[string]string{"index.js": "exports.handler = ]"}, "Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected token ']'", 129},
		{"module body throws", node22, "index.handler", map[string]string{"index.mjs": "throw new RangeError('at load')"}, "RangeError", "at load", 129},
		{"callback from 24", node24, "index.handler", map[string]string{"index.mjs": "export const handler = async (event, context, callback) => 1"}, "Runtime.CallbackHandlerDeprecated", "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code := writeFiles(t, tt.files)
			run := lambda{runtime: tt.runtime, handler: tt.handler}.runIn(t, code, sharedDir(t))
			got := run.only(t)
			var e nodeError
			if err := json.Unmarshal([]byte(got.body), &e); err != nil {
				t.Fatal(err)
			}
			if got.kind != "init" || run.exit != tt.exit || got.headers.Get("Lambda-Runtime-Function-Error-Type") != tt.kind {
				t.Errorf("got %s with %q and exit status %d\n%s", got.kind, got.headers.Get("Lambda-Runtime-Function-Error-Type"), run.exit, got.body)
			}
			if e.ErrorType != tt.kind || !strings.HasPrefix(e.ErrorMessage, inTask(tt.message, code)) {
				t.Errorf("payload %s\nwant %s", got.body, tt.message)
			}
			if strings.HasPrefix(tt.kind, "Runtime.") && tt.kind != "Runtime.UserCodeSyntaxError" && !strings.HasPrefix(strings.Join(e.Trace, "\n"), e.ErrorType+": "+e.ErrorMessage) {
				t.Errorf("trace %q", e.Trace)
			}
			what := "Uncaught Exception"
			if tt.runtime == node24 {
				what = "Init Error"
			}
			if !strings.Contains(run.log, "\tundefined\tERROR\t"+what+" \t{\"errorType\":\""+tt.kind) {
				t.Errorf("log %q", run.log)
			}
		})
	}
}

// Up to Node.js 22 Lambda's client posts what nobody has caught; from 24 on the
// process just ends (spec §5.2).
func TestNodeUncaught(t *testing.T) {
	needs(t, node22)
	tests := []struct {
		name, runtime, body string
		kind, message       string
		exit                int
		log                 string
	}{
		{"exception", node22, "setTimeout(() => { throw new Error('loose') }, 1); return new Promise((r) => setTimeout(r, 5000))", "Error", "loose", 129, "ERROR\tUncaught Exception \t{"},
		{"rejection", node22, "Promise.reject(new Error('loose')); return new Promise((r) => setTimeout(r, 5000))", "Runtime.UnhandledPromiseRejection", "Error: loose", 128, "ERROR\tUnhandled Promise Rejection \t{"},
		{"exception from 24", node24, "setTimeout(() => { throw new Error('loose') }, 1); return new Promise((r) => setTimeout(r, 5000))", "", "", 1, "Error: loose\n    at "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run := lambda{runtime: tt.runtime, handler: "index.handler", events: events("{}"),
				files: map[string]string{"index.mjs": "export const handler = () => {\n" + tt.body + "\n}\n"}}.run(t)
			if run.exit != tt.exit || !strings.Contains(run.log, tt.log) {
				t.Errorf("exit status %d, log %q", run.exit, run.log)
			}
			if tt.kind == "" {
				if len(run.outcomes) != 0 {
					t.Errorf("posted %+v", run.outcomes)
				}
				return
			}
			var e nodeError
			got := run.only(t)
			if err := json.Unmarshal([]byte(got.body), &e); err != nil {
				t.Fatal(err)
			}
			if got.kind != "error" || e.ErrorType != tt.kind || e.ErrorMessage != tt.message {
				t.Errorf("got %s: %s", got.kind, got.body)
			}
		})
	}
}

func TestNodeContext(t *testing.T) {
	needs(t, node22)
	source := `export const handler = async (event, c) => [c.functionName, c.functionVersion, c.memoryLimitInMB, c.logGroupName,
  c.logStreamName, c.awsRequestId, c.invokedFunctionArn, c.tenantId, c.clientContext, c.identity,
  c.callbackWaitsForEmptyEventLoop, c.getRemainingTimeInMillis() > 0, process.env._X_AMZN_TRACE_ID]`
	got := lambda{runtime: node22, handler: "index.handler", files: map[string]string{"index.mjs": source},
		events: []event{{body: "{}", headers: map[string]string{
			"Lambda-Runtime-Client-Context":   `{"custom":{"k":"ü"}}`,
			"Lambda-Runtime-Cognito-Identity": `{"cognitoIdentityId":"id"}`,
			"Lambda-Runtime-Aws-Tenant-Id":    "acme",
		}}}}.run(t).only(t)
	want := fmt.Sprintf(`["subject","7","256","/aws/lambda/subject","2026/11/22/[7]abc","%s",`+
		`"arn:aws:lambda:us-east-1:123456789012:function:subject:live","acme",{"custom":{"k":"ü"}},{"cognitoIdentityId":"id"},true,true,`+
		`"Root=1-00000000-000000000000000000000000"]`, idOf(0))
	if got.body != want {
		t.Errorf("got  %s\nwant %s", got.body, want)
	}
}

func TestNodeConsole(t *testing.T) {
	needs(t, node22)
	source := `console.log('at load')
export const handler = async () => {
  console.log('one', { a: 1 }, 'two\nlines')
  console.warn('w'); console.error(new TypeError('e').message); console.debug('d'); console.trace('t'); console.info('%d%%', 5)
  process.stdout.write('raw\n')
  console.log({ order: 7 })
  console.error('with', new TypeError('inside'))
}`
	id := idOf(0)
	text := lambda{runtime: node22, handler: "index.handler", files: map[string]string{"index.mjs": source}, events: events("{}")}.run(t)
	want := "TIME\tundefined\tINFO\tat load\n" +
		"TIME\tID\tINFO\tone { a: 1 } two\nlines\nTIME\tID\tWARN\tw\nTIME\tID\tERROR\te\nTIME\tID\tDEBUG\td\nTIME\tID\tTRACE\tt\nTIME\tID\tINFO\t5%\n" +
		"raw\nTIME\tID\tINFO\t{ order: 7 }\nTIME\tID\tERROR\twith TypeError: inside\n"
	if got := strings.ReplaceAll(times.ReplaceAllString(text.log, "TIME"), id, "ID"); !strings.HasPrefix(got, want) {
		t.Errorf("log  %q\nwant %q", got, want)
	}

	asJSON := lambda{runtime: node22, handler: "index.handler", files: map[string]string{"index.mjs": source}, events: events("{}"),
		env: []string{"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=INFO"}}.run(t)
	wants := []string{
		`{"timestamp":"TIME","level":"INFO","message":"at load"}`,
		`{"timestamp":"TIME","level":"INFO","requestId":"ID","message":"one { a: 1 } two\nlines"}`,
		`{"timestamp":"TIME","level":"WARN","requestId":"ID","message":"w"}`,
		`{"timestamp":"TIME","level":"ERROR","requestId":"ID","message":"e"}`,
		`{"timestamp":"TIME","level":"INFO","requestId":"ID","message":"5%"}`,
		"raw",
		`{"timestamp":"TIME","level":"INFO","requestId":"ID","message":{"order":7}}`,
		`{"timestamp":"TIME","level":"ERROR","requestId":"ID","message":"with TypeError: inside`,
	}
	lines := strings.Split(strings.ReplaceAll(times.ReplaceAllString(asJSON.log, "TIME"), id, "ID"), "\n")
	if len(lines) < len(wants) {
		t.Fatalf("log %q", asJSON.log)
	}
	for i, want := range wants {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d: %s\nwant %s", i+1, lines[i], want)
		}
	}
	if !strings.Contains(lines[7], `"errorType":"TypeError","errorMessage":"inside","stackTrace":["TypeError: inside"`) {
		t.Errorf("line 8: %s", lines[7])
	}
}

func TestNodeStreaming(t *testing.T) {
	needs(t, node22)
	tests := []struct {
		name, body, kind, want, contentType string
		trailer                             string // error type
	}{
		{"parts", "stream.write('a'); stream.write(Buffer.from([0, 255])); stream.end('c')", "response", "a\x00\xffc", "application/octet-stream", ""},
		{"content type", "stream.setContentType('text/plain'); stream.end('x')", "response", "x", "text/plain", ""},
		{"nothing", "stream.end()", "response", "", "application/octet-stream", ""},
		{"HTTP prelude", "stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201 }); stream.write('body'); stream.end()", "response", `{"statusCode":201}` + strings.Repeat("\x00", 8) + "body", "application/vnd.awslambda.http-integration-response", ""},
		{"fails before the first byte", "throw new TypeError('early')", "error", "", "application/json", ""},
		{"fails in the middle", "stream.write('half'); await new Promise((r) => setTimeout(r, 5)); throw new TypeError('midway')", "response", "half", "application/octet-stream", "TypeError"},
		{"content type too late", "stream.write('half'); stream.setContentType('x/y')", "response", "half", "application/octet-stream", "Runtime.InvalidStreamingOperation"},
		{"never ends", "stream.write('half')", "response", "half", "application/octet-stream", "Runtime.NodeJsExit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			run := lambda{runtime: node22, handler: "index.handler", events: events("{}", "{}"), files: map[string]string{
				"index.mjs": "export const handler = awslambda.streamifyResponse(async (event, stream, context) => {\n" + tt.body + "\n})\n"}}.run(t)
			if len(run.outcomes) != 2 {
				t.Fatalf("the environment was not used again: %+v", run)
			}
			got := run.outcomes[1]
			if got.kind != tt.kind || got.headers.Get("Content-Type") != tt.contentType {
				t.Errorf("got %s as %s: %q", got.kind, got.headers.Get("Content-Type"), got.body)
			}
			if tt.kind == "error" {
				if !strings.HasPrefix(got.body, `{"errorType":"TypeError","errorMessage":"early","trace":["TypeError: early"`) {
					t.Errorf("got %s", got.body)
				}
				return
			}
			if got.body != tt.want || got.headers.Get("Lambda-Runtime-Function-Response-Mode") != "streaming" {
				t.Errorf("got %q, mode %q; want %q", got.body, got.headers.Get("Lambda-Runtime-Function-Response-Mode"), tt.want)
			}
			if kind := got.trailer.Get("Lambda-Runtime-Function-Error-Type"); kind != tt.trailer {
				t.Errorf("trailer names %q, want %q", kind, tt.trailer)
			}
			document, err := base64.StdEncoding.DecodeString(got.trailer.Get("Lambda-Runtime-Function-Error-Body"))
			if err != nil || tt.trailer != "" && !strings.HasPrefix(string(document), `{"errorType":"`+tt.trailer+`"`) {
				t.Errorf("trailer holds %q (%v)", document, err)
			}
		})
	}
}

func TestNodeLayers(t *testing.T) {
	needs(t, node22)
	layer := writeFiles(t, map[string]string{"nodejs/node_modules/shared/index.js": "module.exports = 'from the layer'"})
	got := lambda{runtime: node22, handler: "index.handler", layers: []string{layer}, events: events("{}"),
		files: map[string]string{"index.js": "const shared = require('shared')\nexports.handler = async () => shared"}}.run(t).only(t)
	if got.body != `"from the layer"` {
		t.Errorf("got %s", got.body)
	}
}

func TestNodeBigPayload(t *testing.T) {
	needs(t, node22)
	big := `"` + strings.Repeat("é", 3<<20-10) + `"`
	got := lambda{runtime: node22, handler: "index.handler", files: map[string]string{"index.mjs": "export const handler = async (e) => e"}, events: events(big)}.run(t).only(t)
	if got.body != big {
		t.Errorf("got %d bytes, want %d", len(got.body), len(big))
	}
}

func TestNodeResponseRefused(t *testing.T) {
	needs(t, node22)
	run := lambda{runtime: node22, handler: "index.handler", refuse: 413, events: events("{}"), files: map[string]string{"index.mjs": "export const handler = async (e) => e"}}.run(t)
	if run.exit != 1 || !strings.HasPrefix(run.log, "Failed to post handler success response. Http response code: 413. {") {
		t.Errorf("exit status %d, log %q", run.exit, run.log)
	}
}

// What sam init writes for Node.js, in its own layout.
func TestNodeQuickStart(t *testing.T) {
	needs(t, node22)
	got := lambda{runtime: node22, handler: "app.lambdaHandler", events: events(`{"httpMethod":"GET"}`), files: map[string]string{
		"package.json": `{"name": "hello_world", "version": "1.0.0", "main": "app.js", "type": "module", "scripts": {"test": "mocha tests/unit/"}}`,
		"app.mjs":      "export const lambdaHandler = async (event, context) => {\n    const response = {\n      statusCode: 200,\n      body: JSON.stringify({\n        message: 'hello world',\n      })\n    };\n\n    return response;\n  };\n",
	}}.run(t).only(t)
	if got.body != `{"statusCode":200,"body":"{\"message\":\"hello world\"}"}` {
		t.Errorf("got %s", got.body)
	}
}

func TestNodeOwnClient(t *testing.T) {
	needs(t, node22)
	files := map[string]string{
		"node_modules/aws-lambda-ric/package.json":  `{"bin": {"aws-lambda-ric": "bin/index.mjs"}}`,
		"node_modules/aws-lambda-ric/bin/index.mjs": "",
	}
	code := writeFiles(t, files)
	p := preparation{codeDir: code}
	if got := p.ownNodeClient(); got != "" || len(p.notes) != 1 {
		t.Errorf("an unbuilt client is used: %q, notes %q", got, p.notes)
	}
	files["node_modules/aws-lambda-ric/rapid-client.node"] = "native"
	code = writeFiles(t, files)
	p = preparation{codeDir: code}
	if got, want := p.ownNodeClient(), filepath.Join(code, "node_modules", "aws-lambda-ric", "bin", "index.mjs"); got != want || len(p.notes) != 0 {
		t.Errorf("got %q, want %q; notes %q", got, want, p.notes)
	}
	files["node_modules/aws-lambda-ric/package.json"] = `{"bin": "../../../evil.mjs"}`
	p = preparation{codeDir: writeFiles(t, files)}
	if got := p.ownNodeClient(); got != "" {
		t.Errorf("a program outside the package is used: %q", got)
	}
}

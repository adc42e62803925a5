package invoke

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// What runtimes post (spec §3, §5).
func TestClassifyFunctionError(t *testing.T) {
	for _, c := range []struct {
		name, payload string
		report        *Report
		want          Failure // Name, Message and the beginning of Cause
	}{
		{"timeout", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 698aba69 Error: Task timed out after 1.00 seconds"}`, nil,
			Failure{Name: "Sandbox.Timedout", Message: "RequestId: 698aba69 Error: Task timed out after 1.00 seconds", Cause: "The function had not answered when its timeout of 1 s ran out"}},
		{"timeout before 2025", `{"errorMessage":"2023-06-04T12:04:07Z 698aba69-0 Task timed out after 3.50 seconds"}`, nil,
			Failure{Name: "Sandbox.Timedout", Message: "2023-06-04T12:04:07Z 698aba69-0 Task timed out after 3.50 seconds", Cause: "The function had not answered when its timeout of 3.5 s ran out"}},
		{"timeout of the emulator", `Task timed out after 3.00 seconds`, nil,
			Failure{Name: "Sandbox.Timedout", Message: "Task timed out after 3.00 seconds", Cause: "The function had not answered when its timeout of 3 s"}},
		{"exit", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: u Error: Runtime exited with error: exit status 1"}`, nil,
			Failure{Name: "Runtime.ExitError", Message: "RequestId: u Error: Runtime exited with error: exit status 1", Cause: "The function's process ended"}},
		{"out of memory", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: u Error: Runtime exited with error: signal: killed"}`,
			&Report{ErrorType: "Runtime.OutOfMemory", MemorySizeMB: 128, Status: "error"},
			Failure{Name: "Runtime.ExitError", Message: "RequestId: u Error: Runtime exited with error: signal: killed", Cause: "The function used more memory than the 128 MB it has"}},
		{"exit, old", `{"errorMessage":"RequestId: u Process exited before completing request"}`, nil,
			Failure{Name: "Runtime.ExitError", Message: "RequestId: u Process exited before completing request", Cause: "The function's process ended"}},
		{"oversized", `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`, nil,
			Failure{Name: "Function.ResponseSizeTooLarge", Message: "Response payload size exceeded maximum allowed payload size (6291556 bytes).", Cause: "The response was larger than the 6,291,556 bytes"}},
		{"no bootstrap", `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: u Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}`, nil,
			Failure{Name: "Runtime.InvalidEntrypoint", Message: "RequestId: u Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", Cause: "There is no bootstrap"}},
		{"python import", `{"errorMessage": "Unable to import module 'app': No module named 'requests'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`, nil,
			Failure{Name: "Runtime.ImportModuleError", Message: "Unable to import module 'app': No module named 'requests'", Cause: "The handler's module"}},
		{"python", `{"errorMessage": "boom", "errorType": "ValueError", "requestId": "u", "stackTrace": []}`, nil,
			Failure{Name: "ValueError", Message: "boom", Cause: "The handler, or the module as it was imported"}},
		{"node", `{"errorType":"TypeError","errorMessage":"x is not a function","trace":[]}`, nil,
			Failure{Name: "TypeError", Message: "x is not a function", Cause: "The handler threw, or its promise"}},
		{"go", `{"errorMessage":"no such order","errorType":"errorString"}`, nil,
			Failure{Name: "errorString", Message: "no such order", Cause: "The handler returned an error, or panicked"}},
		{"ruby", `{"errorMessage":"boom","errorType":"Function<RuntimeError>","stackTrace":[]}`, nil,
			Failure{Name: "Function<RuntimeError>", Message: "boom", Cause: "The handler, or the file as it was loaded"}},
		{"rust", `{"errorType":"&alloc::boxed::Box<dyn core::error::Error>","errorMessage":"boom"}`, nil,
			Failure{Name: "&alloc::boxed::Box<dyn core::error::Error>", Message: "boom", Cause: "The function reported a failure"}},
		{"a service's name from a handler", `{"errorType":"ThrottlingException","errorMessage":"Rate exceeded","trace":["ThrottlingException: Rate exceeded"]}`, nil,
			Failure{Name: "ThrottlingException", Message: "Rate exceeded", Cause: "The handler threw"}},
		{"not JSON", "it broke", nil, Failure{Name: "Unhandled", Message: "it broke", Cause: "The function reported a failure"}},
		{"a string", `"it broke"`, nil, Failure{Name: "Unhandled", Message: "it broke", Cause: "The function reported a failure"}},
		{"a number", `42`, nil, Failure{Name: "Unhandled", Message: "42", Cause: "The function reported a failure"}},
		{"nothing", ``, nil, Failure{Name: "Unhandled", Cause: "The function reported a failure"}},
		{"other types", `{"errorType":1,"errorMessage":{"a":["b"]},"stackTrace":{"x":1},"trace":"no"}`, nil, Failure{Name: "Unhandled", Cause: "The function reported a failure"}},
		{"no UTF-8", "\xff\xfeboom", nil, Failure{Name: "Unhandled", Message: "\ufffdboom", Cause: "The function reported a failure"}},
	} {
		f := ClassifyFunctionError([]byte(c.payload), "Unhandled", c.report)
		if f.Kind != FunctionFailure || f.Ran != RanYes || f.Status != 200 || f.ExitCode() != 1 || f.Remedy == "" || f.Retry == "" || len(f.Trace) > 0 {
			t.Errorf("%s: %+v", c.name, f)
		}
		if f.Name != c.want.Name || f.Message != c.want.Message || !strings.HasPrefix(f.Cause, c.want.Cause) {
			t.Errorf("%s: %s, %q, %q", c.name, f.Name, f.Message, f.Cause)
		}
	}
}

func TestTraces(t *testing.T) {
	for _, c := range []struct {
		name, payload string
		want          []Frame // without Text
	}{
		{"python, innermost last", `{"errorMessage":"boom","errorType":"ValueError","requestId":"u","stackTrace":[` +
			`"  File \"/var/lang/lib/python3.13/importlib/__init__.py\", line 88, in import_module\n    return x\n",` +
			`"  File \"<frozen importlib._bootstrap>\", line 1387, in _gcd_import\n",` +
			`"  File \"/home/me/orders/app.py\", line 2, in handler\n    raise ValueError(\"boom\")\n"]}`,
			[]Frame{{Function: "handler", File: "/home/me/orders/app.py", Line: 2, Own: true},
				{Function: "_gcd_import", File: "<frozen importlib._bootstrap>", Line: 1387},
				{Function: "import_module", File: "/var/lang/lib/python3.13/importlib/__init__.py", Line: 88}}},
		{"python syntax error", `{"errorMessage":"m","errorType":"Runtime.UserCodeSyntaxError","requestId":"","stackTrace":["  File \"/var/task/app.py\" Line 3\n    def x(\n"]}`,
			[]Frame{{File: "/var/task/app.py", Line: 3, Own: true}}},
		{"node", `{"errorType":"Error","errorMessage":"boom\nagain","trace":["Error: boom","again",` +
			`"    at handler (/var/task/src/index.js:3:9)","    at async Runtime.handleOnce (file:///var/runtime/index.mjs:1173:29)",` +
			`"    at /var/task/node_modules/x/y.js:1:2","    at node:internal/process/task_queues:95:5","    at new Promise (<anonymous>)","    at C:\\app\\index.mjs:7:1"]}`,
			[]Frame{{Function: "handler", File: "/var/task/src/index.js", Line: 3, Column: 9, Own: true},
				{Function: "Runtime.handleOnce", File: "/var/runtime/index.mjs", Line: 1173, Column: 29},
				{File: "/var/task/node_modules/x/y.js", Line: 1, Column: 2},
				{File: "node:internal/process/task_queues", Line: 95, Column: 5},
				{Function: "new Promise", File: "<anonymous>"},
				{File: `C:\app\index.mjs`, Line: 7, Column: 1, Own: true}}},
		{"go panic", `{"errorMessage":"m","errorType":"boundsError","stackTrace":[{"path":"runtime/panic.go","line":115,"label":"goPanicIndex"},` +
			`{"path":"github.com/me/app/main.go","line":17,"label":"handler"},{"path":"github.com/aws/aws-lambda-go@v1.55.1/lambda/handler.go","line":3,"label":"x"}]}`,
			[]Frame{{Function: "goPanicIndex", File: "runtime/panic.go", Line: 115}, {Function: "handler", File: "github.com/me/app/main.go", Line: 17, Own: true},
				{Function: "x", File: "github.com/aws/aws-lambda-go@v1.55.1/lambda/handler.go", Line: 3}}},
		{"java with a cause", `{"errorMessage":"m","errorType":"java.lang.RuntimeException","stackTrace":["example.Handler.handle(Handler.java:12)",` +
			`"java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(Unknown Source)"],"cause":{"errorMessage":"inner","errorType":"java.io.IOException","stackTrace":["example.Db.read(Db.java:7)"]}}`,
			[]Frame{{Function: "example.Handler.handle", File: "Handler.java", Line: 12, Own: true},
				{Function: "java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke", File: "Unknown Source"},
				{}, {Function: "example.Db.read", File: "Db.java", Line: 7, Own: true}}},
		{"ruby", `{"errorMessage":"m","errorType":"Function<RuntimeError>","stackTrace":["/var/task/f.rb:2:in ` + "`" + `handler'","/var/runtime/gems/aws_lambda_ric-3.0.0/lib/x.rb:9:in 'call'"]}`,
			[]Frame{{Function: "handler", File: "/var/task/f.rb", Line: 2, Own: true}, {Function: "call", File: "/var/runtime/gems/aws_lambda_ric-3.0.0/lib/x.rb", Line: 9}}},
		{".NET", `{"errorType":"InvalidOperationException","errorMessage":"m","stackTrace":["at Orders.Function.Handler(String input) in /src/Function.cs:line 12",` +
			`"at System.Threading.Tasks.Task.Run()","at lambda_method(Closure , Stream )"]}`,
			[]Frame{{Function: "Orders.Function.Handler(String input)", File: "/src/Function.cs", Line: 12, Own: true}, {Function: "System.Threading.Tasks.Task.Run()"}, {}}},
		{"lambent's own bootstrap", `{"errorType":"Error","errorMessage":"m","trace":["    at h (/home/me/.local/share/lambent/runtimes/ab12/bootstrap.cjs:30:5)"]}`,
			[]Frame{{Function: "h", File: "/home/me/.local/share/lambent/runtimes/ab12/bootstrap.cjs", Line: 30, Column: 5}}},
		{"custom", `{"errorType":"E","errorMessage":"m","stackTrace":["somewhere","else"]}`, []Frame{{}, {}}},
	} {
		f := ClassifyFunctionError([]byte(c.payload), "Unhandled", nil)
		got := append([]Frame(nil), f.Trace...)
		for i := range got {
			if got[i].Text == "" {
				t.Errorf("%s: frame %d has no text", c.name, i)
			}
			got[i].Text = ""
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestHostileErrorPayloadsAreBounded(t *testing.T) {
	var frames strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&frames, `"  File \"/var/task/a.py\", line %d, in f\n",`, i)
	}
	cause := strings.Repeat(`{"errorType":"x","cause":`, 50_000) + "{}" + strings.Repeat("}", 50_000)
	for name, payload := range map[string]string{
		"huge message": `{"errorType":"E","errorMessage":"` + strings.Repeat(`é\u00e9\\`, 1<<20) + `"}`,
		"huge type":    `{"errorType":"` + strings.Repeat("T", 1<<20) + `","errorMessage":"m"}`,
		"many frames":  `{"errorType":"E","errorMessage":"m","stackTrace":[` + frames.String() + `"x"]}`,
		"one frame":    `{"errorType":"E","errorMessage":"m","stackTrace":["` + strings.Repeat("x", 1<<20) + `"]}`,
		"one string":   `{"errorType":"E","errorMessage":"m","stackTrace":"` + strings.Repeat(`at A.b(C.java:1)\n`, 1<<16) + `"}`,
		"causes":       cause,
		"deep":         `{"errorType":"E","errorMessage":"m","x":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"deep frames":  `{"errorType":"E","errorMessage":"m","stackTrace":[` + strings.Repeat(`{"path":[`, 50_000) + strings.Repeat(`]}`, 50_000) + `]}`,
		"no JSON":      strings.Repeat("\xff", 1<<22),
		"cut":          `{"errorType":"E","errorMessage":"` + strings.Repeat("x", 1<<20),
	} {
		f := ClassifyFunctionError([]byte(payload), "Unhandled", nil)
		size := len(f.Name) + len(f.Message)
		for _, frame := range f.Trace {
			size += len(frame.Text) + len(frame.File) + len(frame.Function)
		}
		if len(f.Name) > maxErrorType || len(f.Message) > maxErrorMessage || len(f.Trace) > maxFrames+maxCauses || size > 4<<20 {
			t.Errorf("%s: %d bytes of name, %d of message, %d frames, %d in all", name, len(f.Name), len(f.Message), len(f.Trace), size)
		}
		if !utf8.ValidString(f.Message) || !utf8.ValidString(f.Name) {
			t.Errorf("%s: cut inside a character", name)
		}
	}
}

func FuzzClassifyFunctionError(f *testing.F) {
	f.Add([]byte(`{"errorMessage": "boom", "errorType": "ValueError", "requestId": "u", "stackTrace": ["  File \"a.py\", line 2, in h\n"]}`))
	f.Add([]byte(`{"errorType":"Error","errorMessage":"m","trace":["Error: m","    at h (a.js:1:2)"],"cause":{"stackTrace":[{"path":"a","line":1e9,"label":"\ud800"}]}}`))
	f.Add([]byte(`{"errorType":"E","stackTrace":"a:1:in b\n   at A.b() in c:line 9"}`))
	f.Add([]byte("Task timed out after 3.00 seconds"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		before := bytes.Clone(payload)
		got := ClassifyFunctionError(payload, "Unhandled", &Report{ErrorType: "Runtime.OutOfMemory"})
		if got.Name == "" || got.Kind != FunctionFailure || got.Cause == "" || !utf8.ValidString(got.Message) || !bytes.Equal(before, payload) {
			t.Fatalf("%q: %+v", payload, got)
		}
	})
}

package cli

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
	"lambent/ui/settings"
)

func TestStandardOutputIsTheResponseAndNothingElse(t *testing.T) {
	for name, payload := range map[string]string{
		"json":       `{"id": 12345678901234567890, "x": 1.0}`,
		"spaces":     " \r\n[1 ,2]\t\n",
		"no json":    "plain \x1b[31mtext",
		"not UTF-8":  "\xff\x00\xfe",
		"no newline": "null",
		"nothing":    "",
		"megabytes":  `"` + strings.Repeat("é", 3<<20-8) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, &fakeTarget{answer: succeeds(payload)})
			r := s.run("invoke", "orders")
			r.wantExit(t, 0)
			if r.out != payload {
				t.Errorf("%d bytes came out of %d", len(r.out), len(payload))
			}
			if want := "✓ 200  182 ms · billed 183 ms · 84/256 MB · cold 41 ms · version 2 · req 8f2c1d0e-0000-4000-8000-000000000001\n"; r.err != want {
				t.Errorf("standard error %q, want %q", r.err, want)
			}
		})
	}
}

func TestJSONObject(t *testing.T) {
	target := &fakeTarget{
		info: invoke.TargetInfo{Kind: invoke.Local},
		answer: func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
			r := result(`{"errorType":"Sandbox.Timedout","n":12345678901234567890}`)
			r.HistoryID = 214
			r.FunctionError = "Unhandled"
			r.LogTail = []byte("START RequestId: …\x1b[0m\n")
			r.Failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "Sandbox.Timedout", Status: 200,
				Message: "Task timed out", Fault: "function", Ran: invoke.RanYes, Retry: "no", Cause: "c", Remedy: "r"}
			return r, nil
		},
	}
	r := newStage(t, target).run("invoke", "orders:live", "-o", "json")
	r.wantExit(t, 1)
	want := `{"id":214,"target":"local","functionName":"orders","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:orders",` +
		`"qualifier":"live","invocationType":"RequestResponse","statusCode":200,"executedVersion":"2","requestId":"8f2c1d0e-0000-4000-8000-000000000001",` +
		`"functionError":"Unhandled","durationMs":182.4,"startedAt":"2026-11-22T14:02:11.004Z",` +
		`"payload":{"errorType":"Sandbox.Timedout","n":12345678901234567890},"log":"START RequestId: …\u001b[0m\n",` +
		`"report":{"durationMs":182,"billedDurationMs":183,"memorySizeMb":256,"maxMemoryUsedMb":84,"initDurationMs":41.2},` +
		`"failure":{"kind":"function","name":"Sandbox.Timedout","statusCode":200,"message":"Task timed out","fault":"function","ran":"yes","retry":"no","cause":"c","remedy":"r"}}` + "\n"
	if diff := cmp.Diff(want, r.out); diff != "" {
		t.Errorf("object (-want +got):\n%s", diff)
	}
	if r.err != "" {
		t.Errorf("standard error %q", r.err)
	}
}

// A payload is the JSON value it is, on one line; else a string; else base64.
func TestJSONPayload(t *testing.T) {
	tests := []struct{ name, payload, want string }{
		{"number", "12345678901234567890", `"payload":12345678901234567890`},
		{"spelling of numbers", `[1.0,1e400,-0]`, `"payload":[1.0,1e400,-0]`},
		{"key order and duplicates", `{"b":1,"a":2,"b":3}`, `"payload":{"b":1,"a":2,"b":3}`},
		{"white space", `{"a" : 1}`, `"payload":{"a" : 1}`},
		{"line feeds", "{\n  \"a\": [1.0,\r\n 2]\n}\n", `"payload":{"a":[1.0,2]}`},
		{"no json", "hello", `"payload":"hello"`},
		{"two values", "1 2", `"payload":"1 2"`},
		{"not UTF-8", "\xff\xfe", `"payloadBase64":"//4="`},
		{"json that is not UTF-8", "\"\xff\"", `"payloadBase64":"Iv8i"`},
		{"escapes", "a\u009bb\u202e\x7f", `"payload":"a\u009bb\u202e\u007f"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newStage(t, &fakeTarget{answer: succeeds(tt.payload)}).run("invoke", "orders", "-o", "json")
			if !strings.Contains(r.out, ","+tt.want+",") {
				t.Errorf("%s\nis without %s", r.out, tt.want)
			}
			if strings.Count(r.out, "\n") != 1 || !json.Valid([]byte(r.out)) {
				t.Errorf("not one object on one line: %q", r.out)
			}
		})
	}
	r := newStage(t, &fakeTarget{answer: succeeds("")}).run("invoke", "orders", "-o", "json")
	if strings.Contains(r.out, "payload") {
		t.Errorf("an empty response has a payload: %s", r.out)
	}
}

func TestRequestIsWhatWasAskedFor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "event.json")
	if err := os.WriteFile(file, []byte("{\"from\": \"file\"}\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain := invoke.Request{Function: "orders", Type: invoke.RequestResponse, LogType: invoke.LogTail, Door: invoke.DoorCommand, Payload: []byte{}}
	tests := []struct {
		name   string
		args   []string
		stdin  string
		change func(*invoke.Request)
	}{
		{name: "nothing", change: func(*invoke.Request) {}},
		{name: "payload", args: []string{"-p", ` {"a": 1.0}`}, change: func(r *invoke.Request) { r.Payload = []byte(` {"a": 1.0}`) }},
		{name: "payload that is no JSON", args: []string{"--payload={"}, change: func(r *invoke.Request) { r.Payload = []byte("{") }},
		{name: "at file", args: []string{"-p", "@" + file}, change: func(r *invoke.Request) { r.Payload = []byte("{\"from\": \"file\"}\r\n") }},
		{name: "file url", args: []string{"-p", "file://" + file}, change: func(r *invoke.Request) { r.Payload = []byte("{\"from\": \"file\"}\r\n") }},
		{name: "fileb url", args: []string{"-p", "fileb://" + file}, change: func(r *invoke.Request) { r.Payload = []byte("{\"from\": \"file\"}\r\n") }},
		{name: "standard input", args: []string{"-p", "-"}, stdin: "\xff\x00\n", change: func(r *invoke.Request) { r.Payload = []byte("\xff\x00\n") }},
		{name: "standard input unasked", stdin: "not read", change: func(*invoke.Request) {}},
		{name: "qualifier", args: []string{"-q", "live"}, change: func(r *invoke.Request) { r.Qualifier = "live" }},
		{name: "type", args: []string{"-t", "dryrun"}, change: func(r *invoke.Request) { r.Type = invoke.DryRun }},
		{name: "type in capitals", args: []string{"--invocation-type", "REQUESTRESPONSE"}, change: func(*invoke.Request) {}},
		{name: "log type", args: []string{"--log-type", "none"}, change: func(r *invoke.Request) { r.LogType = invoke.LogNone }},
		{name: "context object", args: []string{"--client-context", `{"custom": {"é": 1.0}}`}, change: func(r *invoke.Request) {
			r.ClientContext = base64.StdEncoding.EncodeToString([]byte(`{"custom": {"é": 1.0}}`))
		}},
		{name: "context in base64", args: []string{"--client-context", "e30="}, change: func(r *invoke.Request) { r.ClientContext = "e30=" }},
		{name: "tenant", args: []string{"--tenant-id", "blue"}, change: func(r *invoke.Request) { r.TenantID = "blue" }},
		{name: "durable", args: []string{"--durable-execution-name", "order-7"}, change: func(r *invoke.Request) { r.DurableName = "order-7" }},
		{name: "identity", args: []string{"--cognito-identity", "id=a,pool=b"}, change: func(r *invoke.Request) {
			r.CognitoIdentity = `{"cognitoIdentityId":"a","cognitoIdentityPoolId":"b"}`
		}},
		{name: "cold", args: []string{"--cold"}, change: func(r *invoke.Request) { r.Cold = true }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := &localTarget{fakeTarget: &fakeTarget{answer: succeeds("1")}}
			s := newStage(t, target)
			s.stdin = tt.stdin
			s.run(append([]string{"invoke", "orders"}, tt.args...)...).wantExit(t, 0)
			want := plain
			tt.change(&want)
			if diff := cmp.Diff(want, target.last(t)); diff != "" {
				t.Errorf("request (-want +got):\n%s", diff)
			}
		})
	}
}

// What is wrong on the command line is one line, exit 2, and nothing is opened.
func TestUsageErrors(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"invok", "orders"}, `there is no command "invok" (did you mean invoke?): lambent --help lists them`},
		{[]string{"qqqqqqq"}, `there is no command "qqqqqqq": lambent --help`},
		{[]string{"help", "invok"}, `there is no command "invok" (did you mean invoke?)`},
		{[]string{"invoke"}, "lambent invoke needs FUNCTION: lambent invoke FUNCTION"},
		{[]string{"invoke", "a", "b"}, `lambent invoke takes FUNCTION, and "b" is one too many`},
		{[]string{"functions", "x"}, `lambent functions takes no argument, and "x" is one`},
		{[]string{"invoke", "a", "--paylod", "1"}, "lambent invoke has no flag --paylod (did you mean --payload?): lambent invoke --help lists them"},
		{[]string{"invoke", "a", "-x"}, "lambent invoke has no flag -x"},
		{[]string{"invoke", "a", "-p"}, "--payload needs a value: a JSON text, @FILE"},
		{[]string{"invoke", "a", "--cold=maybe"}, `--cold: "maybe" cannot be used: run in a fresh`},
		{[]string{"invoke", "a", "-t", "async"}, `--invocation-type: "async" must be RequestResponse, Event or DryRun`},
		{[]string{"invoke", "a", "--log-type", "all"}, `--log-type: "all" must be Tail or None`},
		{[]string{"invoke", "a", "--timeout", "soon"}, `--timeout: "soon" must be a time to wait such as 30s or 90`},
		{[]string{"invoke", "a", "--timeout", "0"}, "--timeout must be more than nothing"},
		{[]string{"invoke", "a", "--timeout", "-5s"}, "--timeout must be more than nothing"},
		{[]string{"invoke", "a", "--timeout", "1e300"}, `--timeout: "1e300" must be a time`},
		{[]string{"invoke", "a", "-p", "@/nowhere/event.json"}, `--payload: "/nowhere/event.json" cannot be read: no such file or directory`},
		{[]string{"invoke", "a", "--client-context", `{"a":}`}, "--client-context is no JSON object: line 1, column 5: "},
		{[]string{"invoke", "a", "--cognito-identity", "{}"}, `--cognito-identity: a Cognito identity is {"cognitoIdentityId": "…"`},
		{[]string{"invoke", "a", "--cognito-identity", "id=a,pool=b", "-t", "event"}, "an Event carries no Cognito identity"},
		{[]string{"invoke", "a", "-o", "xml"}, `--output: "xml" must be text or json`},
		{[]string{"invoke", "a", "-t", "Event", "--no-history"}, "an event is queued in history"},
		{[]string{"alias", "orders", "live"}, "lambent alias needs VERSION: "},
		{[]string{"history", "show"}, "lambent history show needs ID"},
		{[]string{"history", "show", "x"}, `"x" is no history id`},
		{[]string{"history", "delete", "-1"}, "lambent history delete has no flag -1"},
		{[]string{"history", "delete", "0"}, `"0" is no history id`},
		{[]string{"errors", "TooManyRequest"}, `no failure is called "TooManyRequest" (did you mean TooManyRequestsException`},
		{[]string{"errors", "a", "b"}, `lambent errors takes NAME, and "b" is one too many`},
		{[]string{"completion", "bahs"}, `"bahs" is no shell that lambent completes for (did you mean bash?)`},
		{[]string{"themes", "--target", "aws"}, "lambent themes has no flag --target"},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.args, " "), func(t *testing.T) {
			r := newStage(t, &fakeTarget{answer: succeeds("1")}).run(tt.args...)
			r.wantExit(t, 2)
			r.wantLine(t, tt.want)
			if r.out != "" || r.opened != nil {
				t.Errorf("standard output %q, opened %v", r.out, r.opened)
			}
		})
	}
}

func TestWhatOnlyALocalTargetCanDo(t *testing.T) {
	for _, flag := range []string{"--cold", "--cognito-identity=id=a,pool=b"} {
		target := &fakeTarget{answer: succeeds("1")}
		r := newStage(t, target).run("invoke", "orders", flag)
		r.wantExit(t, 2)
		name, _, _ := strings.Cut(flag, "=")
		r.wantLine(t, name+": ")
		if len(target.asked) > 0 {
			t.Errorf("%s: it was invoked all the same", flag)
		}
	}
}

func TestExitStatus(t *testing.T) {
	refused := func(name string) error {
		f := invoke.NewFailure(name, "the message")
		if f == nil {
			t.Fatalf("the catalogue has no %s", name)
		}
		return f
	}
	functionError := result(`{"errorType":"ValueError"}`)
	functionError.FunctionError = "Unhandled"
	functionError.Failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Status: 200, Ran: invoke.RanYes}
	tests := []struct {
		name   string
		result invoke.Result
		err    error
		args   []string
		want   int
	}{
		{name: "success", result: result("1"), want: 0},
		{name: "function error", result: functionError, want: 1},
		{name: "function error allowed", result: functionError, args: []string{"--exit-zero"}, want: 0},
		{name: "invalid JSON", err: refused("InvalidRequestContentException"), want: 3},
		{name: "service error with --exit-zero", err: refused("InvalidRequestContentException"), args: []string{"--exit-zero"}, want: 3},
		{name: "throttled", err: refused("TooManyRequestsException"), want: 4},
		{name: "not allowed", err: refused("AccessDeniedException"), want: 5},
		{name: "not found", err: refused("ResourceNotFoundException"), want: 6},
		{name: "function's role", err: refused("KMSAccessDeniedException"), want: 3},
		{name: "request timeout", err: refused("EFSMountTimeoutException"), want: 3},
		{name: "too large", err: refused("RequestEntityTooLargeException"), want: 3},
		{name: "lost", err: invoke.ClientFailureOf(invoke.ConnectionLost, "m", "c", "r", invoke.RanUnknown, nil), want: 7},
		{name: "refused connection", err: invoke.ClientFailureOf(invoke.ConnectionRefused, "m", "c", "r", invoke.RanNo, nil), want: 7},
		{name: "no failure but an error", err: errors.New("history: disk full"), want: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, output := range []string{"text", "json"} {
				s := newStage(t, &fakeTarget{answer: func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
					return tt.result, tt.err
				}})
				r := s.run(append([]string{"invoke", "orders", "-o", output}, tt.args...)...)
				r.wantExit(t, tt.want)
				if r.err == "" && (output == "text" || tt.err != nil) {
					t.Error("nothing is said on standard error")
				}
				var failure *invoke.Failure
				if errors.As(tt.err, &failure) && output == "json" && !strings.Contains(r.out, `"failure":{"kind":"`+string(failure.Kind)+`","name":"`+failure.Name+`"`) {
					t.Errorf("the object does not hold the refusal: %s", r.out)
				}
			}
		})
	}
}

func TestRefusalIsExplained(t *testing.T) {
	failure := invoke.NewFailure("ResourceNotFoundException", "Function not found: arn:x:helo")
	failure.Suggestions = []string{"hello"}
	s := newStage(t, &fakeTarget{answer: func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		return invoke.Result{StatusCode: 404, RequestID: "r-1"}, failure
	}})
	r := s.run("invoke", "helo")
	r.wantExit(t, 6)
	for _, want := range []string{"! Lambda refused the call  ResourceNotFoundException · HTTP 404", "Function not found: arn:x:helo", "The function did not run.", "Did you mean hello?", failure.Remedy} {
		if !strings.Contains(r.err, want) {
			t.Errorf("standard error is without %q:\n%s", want, r.err)
		}
	}
	r = s.run("invoke", "helo", "-o", "json")
	for _, want := range []string{`"functionName":"helo"`, `"statusCode":404`, `"requestId":"r-1"`, `"suggestions":["hello"]`} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the object is without %s: %s", want, r.out)
		}
	}
	if strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, "Did you mean hello?") {
		t.Errorf("standard error %q", r.err)
	}
}

// Nothing that a function or a service says reaches standard error as it came.
func TestForeignTextIsMadeVisible(t *testing.T) {
	const evil = "\x1b]0;title\x07\u009b31m\u202e\xff\r"
	failure := &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E" + evil, Message: evil + "\n" + evil, Ran: invoke.RanYes,
		Trace: []invoke.Frame{{Text: evil, Own: true}}}
	target := &localTarget{fakeTarget: &fakeTarget{
		functions:  []invoke.Function{{Name: evil, Runtime: evil, Handler: evil, Problems: []string{evil}}},
		qualifiers: []invoke.Qualifier{{Name: evil, Kind: invoke.KindAlias, Version: evil, Description: evil}},
		answer: func(_ context.Context, _ invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
			if emit != nil {
				emit(invoke.Progress{Kind: invoke.ProgressLog, Data: []byte(evil + "\n" + evil)})
			}
			r := result("1")
			r.RequestID, r.ExecutedVersion, r.FunctionError = evil, evil, evil
			r.LogTail, r.Failure, r.Notes = []byte(evil), failure, []string{evil}
			return r, nil
		},
	}}
	s := newStage(t, target)
	for _, args := range [][]string{
		{"invoke", "orders"}, {"invoke", "orders", "--log-type", "none"}, {"functions"}, {"qualifiers", "orders"},
		{"qualifiers", evil}, {evil}, {"invoke", "x", "--" + evil}, {"errors", evil}, {"alias", evil, evil, "--delete"},
	} {
		r := s.run(args...)
		for _, stream := range []string{r.err, r.out} {
			if i := strings.IndexFunc(stream, acts); i >= 0 {
				t.Errorf("%q: something that acts at byte %d of %q", args, i, stream)
			}
		}
		if r.err+r.out == "" {
			t.Errorf("%q said nothing", args)
		}
	}
}

// acts reports a character that a terminal may obey or that deceives a reader.
func acts(r rune) bool {
	return r < ' ' && r != '\n' || r >= 0x7f && r <= 0x9f || r == 0x202e || r == 0xfffd
}

func TestLogIsShownAsItIsWritten(t *testing.T) {
	seen := make(chan struct{})
	target := &fakeTarget{answer: func(_ context.Context, _ invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
		emit(invoke.Progress{Kind: invoke.ProgressLog, Data: []byte("first ")})
		emit(invoke.Progress{Kind: invoke.ProgressLog, Data: []byte("line\nsec")})
		<-seen
		emit(invoke.Progress{Kind: invoke.ProgressLog, Data: []byte("ond")})
		r := result("1")
		r.LogTail = []byte("first line\nsecond")
		return r, nil
	}}
	s := newStage(t, target)
	var out bytes.Buffer
	errs := &waitingWriter{want: "first line\n", found: seen}
	exit := Run(t.Context(), []string{"invoke", "orders"}, strings.NewReader(""), &out, errs, Deps{
		Open: func(context.Context, settings.Settings, Need) (*Session, error) {
			return &Session{Target: s.target}, nil
		},
	})
	if exit != 0 || !strings.HasPrefix(errs.String(), "first line\nsecond\n✓ 200") {
		t.Errorf("exit %d, standard error %q", exit, errs.String())
	}
}

// A waitingWriter says when it has been given a text.
type waitingWriter struct {
	bytes.Buffer
	want  string
	found chan struct{}
}

func (w *waitingWriter) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if w.want != "" && strings.Contains(w.String(), w.want) {
		w.want = ""
		close(w.found)
	}
	return n, err
}

func TestLogTailWhereNothingWasStreamed(t *testing.T) {
	target := &fakeTarget{answer: func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		r := result("1")
		r.LogTail = []byte("START\nEND\n")
		return r, nil
	}}
	if r := newStage(t, target).run("invoke", "orders"); !strings.HasPrefix(r.err, "START\nEND\n✓ 200") {
		t.Errorf("standard error %q", r.err)
	}
}

func TestWaitLimit(t *testing.T) {
	target := &fakeTarget{answer: func(ctx context.Context, _ invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		<-ctx.Done()
		return invoke.Result{}, invoke.ClientFailureOf(invoke.Cancelled, "cancelled", "", "", invoke.RanUnknown, ctx.Err())
	}}
	begin := time.Now()
	r := newStage(t, target).run("invoke", "orders", "--timeout", "0.05")
	r.wantExit(t, 7)
	if !strings.Contains(r.err, "? no answer within the wait limit") || time.Since(begin) > 5*time.Second {
		t.Errorf("after %v: %s", time.Since(begin), r.err)
	}
}

func TestAnswerThatCannotBeWritten(t *testing.T) {
	s := newStage(t, &fakeTarget{answer: succeeds(`{"big": "answer"}`)})
	var errs bytes.Buffer
	exit := Run(t.Context(), []string{"invoke", "orders"}, strings.NewReader(""), &brokenWriter{}, &errs, Deps{
		Open: func(context.Context, settings.Settings, Need) (*Session, error) {
			return &Session{Target: s.target}, nil
		},
	})
	if exit != 2 || !strings.HasSuffix(errs.String(), "lambent: standard output: no space left on device\n") {
		t.Errorf("exit %d, standard error %q", exit, errs.String())
	}
}

func TestOpenErrors(t *testing.T) {
	s := newStage(t, nil)
	s.fails = errors.New("the data folder /x cannot be written")
	r := s.run("invoke", "orders")
	r.wantExit(t, 2)
	r.wantLine(t, "the data folder /x cannot be written")
	s.fails = invoke.ClientFailureOf(invoke.ExpiredCredentials, "the session has expired", "", "aws sso login", invoke.RanNo, nil)
	r = s.run("functions")
	r.wantExit(t, 5)
}

func TestNeeds(t *testing.T) {
	target := &localTarget{fakeTarget: &fakeTarget{qualifiers: []invoke.Qualifier{{Name: "$LATEST"}}, answer: succeeds("1")}}
	for line, want := range map[string][]Need{
		"invoke orders":              {NeedTarget | NeedHistory},
		"invoke orders --no-history": {NeedTarget},
		"functions":                  {NeedTarget},
		"qualifiers orders":          {NeedTarget},
		"publish orders":             {NeedTarget},
		"alias orders live 1":        {NeedTarget},
		"errors":                     nil,
		"themes":                     nil,
		"keys":                       nil,
		"version":                    nil,
		"completion bash":            nil,
		"--help":                     nil,
		"invoke --help":              nil,
	} {
		r := newStage(t, target).run(strings.Fields(line)...)
		r.wantExit(t, 0)
		if diff := cmp.Diff(want, r.opened); diff != "" {
			t.Errorf("%s opens (-want +got):\n%s", line, diff)
		}
	}
}

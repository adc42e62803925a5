//go:build unix

package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

func within(limit time.Duration) func(*project.Function) {
	return func(fn *project.Function) { fn.Timeout = limit }
}

func memory(mb int) func(*project.Function) {
	return func(fn *project.Function) { fn.MemorySizeMB = mb }
}

// wantFailure holds a result to a function error with this payload, in which ID is the request id.
func wantFailure(t *testing.T, r invoke.Result, name, payload string) {
	t.Helper()
	payload = strings.ReplaceAll(payload, "ID", r.RequestID)
	if r.StatusCode != 200 || r.FunctionError != "Unhandled" || string(r.Payload) != payload {
		t.Errorf("got %d %q %s, want %s", r.StatusCode, r.FunctionError, r.Payload, payload)
	}
	if r.Failure == nil || r.Failure.Name != name || r.Failure.Kind != invoke.FunctionFailure {
		t.Errorf("classified as %+v, want %s", r.Failure, name)
	}
}

func TestHandlerErrorKeepsTheEnvironment(t *testing.T) {
	f := open(t, does("fail"))
	first, second := f.call("{}"), f.call("{}")
	wantFailure(t, first, "ValueError", `{"errorMessage": "boom", "errorType": "ValueError", "requestId": "", "stackTrace": []}`)
	if first.Report.InitDuration == 0 || second.Report.InitDuration != 0 || second.Report.Status != "" {
		t.Errorf("reports are %+v and %+v", first.Report, second.Report)
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	f := open(t, does("hang", within(time.Second)))
	r := f.call("{}")
	wantFailure(t, r, "Sandbox.Timedout", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds"}`)
	if r.Duration > 5*time.Second { // the function would hang for a minute
		t.Errorf("answered after %v", r.Duration)
	}
	if log := string(r.Log); !strings.Contains(log, "\tDuration: 1000.00 ms\t") || !strings.HasSuffix(log, "Status: timeout\n") {
		t.Errorf("log is %q", log)
	}
	if next := f.call(`"answer"`); string(next.Payload) != `"answered"` || next.Report.InitDuration != 0 {
		t.Errorf("the next invocation gave %s, init %v", next.Payload, next.Report.InitDuration)
	}
}

func TestExits(t *testing.T) {
	for arg, message := range map[string]string{
		"0": "Runtime exited without providing a reason", "3": "Runtime exited with error: exit status 3", "segv": "Runtime exited with error: signal: killed",
	} {
		t.Run(arg, func(t *testing.T) {
			t.Parallel()
			f := open(t, does("exit:"+arg))
			r := f.call("{}")
			wantFailure(t, r, "Runtime.ExitError", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: `+message+`"}`)
			if !strings.HasSuffix(string(r.Log), "Status: error\tError Type: Runtime.ExitError\n") || r.Report.MaxMemoryUsedMB == 0 {
				t.Errorf("log is %q", r.Log)
			}
			if next := f.call(`"stay"`); string(next.Payload) != `"stayed"` || next.Report.InitDuration != 0 {
				t.Errorf("the next invocation gave %s and init %v", next.Payload, next.Report.InitDuration)
			}
		})
	}
}

func TestResetKeepsTheFolder(t *testing.T) {
	t.Parallel()
	f := open(t, does("count"))
	var first, second, third struct{ Process, Environment, PID int }
	unmarshal(t, f.call("{}").Payload, &first)
	unmarshal(t, f.call("{}").Payload, &second)
	if second.Process != 2 || second.PID != first.PID {
		t.Fatalf("not reused: %+v after %+v", second, first)
	}
	idle := f.pools[poolKey{"f", "$LATEST"}].idle[0]
	endProcess(t, second.PID)
	eventually(t, "the end to be noticed", 2*time.Second, func() bool { return !idle.session.alive() })
	unmarshal(t, f.call("{}").Payload, &third)
	if third.Process != 1 || third.Environment != 3 {
		t.Errorf("after a crash: %+v", third)
	}
	var cold struct{ Process, Environment int }
	unmarshal(t, f.call("{}", func(q *invoke.Request) { q.Cold = true }).Payload, &cold)
	if cold.Environment != 1 {
		t.Errorf("a cold start found the folder of another environment: %+v", cold)
	}
}

func TestResponseStandsWhateverFollows(t *testing.T) {
	f := open(t, does("respond-exit"))
	r := f.call("{}")
	if string(r.Payload) != `"last words"` || r.FunctionError != "" || r.Report.Status != "error" {
		t.Errorf("got %s %q %+v", r.Payload, r.FunctionError, r.Report)
	}
}

// It may close its connection before anybody has looked who is at the other end.
func TestResponseOfAConnectionThatIsClosedCounts(t *testing.T) {
	t.Parallel()
	f := open(t, does("unread", within(5*time.Second)))
	for i := range 10 {
		if r := f.call(strconv.Itoa(i)); string(r.Payload) != strconv.Itoa(i) {
			t.Fatalf("call %d: %s", i, r.Payload)
		}
	}
}

func TestInvocationEndsWithTheNextRequest(t *testing.T) {
	t.Parallel()
	f := open(t, does("slow-next:300ms"))
	r := f.call("{}")
	if r.Report.Duration < 300*time.Millisecond || !strings.Contains(string(r.Log), "after the response\nEND ") {
		t.Errorf("took %v, log %q", r.Report.Duration, r.Log)
	}
}

func TestResponseStandsAtTheDeadline(t *testing.T) {
	t.Parallel()
	f := open(t, does("slow-next:1m", within(time.Second)))
	r := f.call("{}")
	if string(r.Payload) != `"done"` || r.FunctionError != "" || r.Report.Status != "timeout" {
		t.Errorf("got %s %q %+v", r.Payload, r.FunctionError, r.Report)
	}
}

func TestInitErrorIsReturnedAsPosted(t *testing.T) {
	f := open(t, does("init-error"))
	r := f.call("{}")
	wantFailure(t, r, "Runtime.ImportModuleError", `{"errorMessage": "no module", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`)
	shape := skeleton(string(r.Log))
	want := "INIT_START\ncannot import\nINIT_REPORT init error Runtime.ImportModuleError\ncannot import\nINIT_REPORT invoke error Runtime.ImportModuleError\nSTART\nEND\nREPORT error Runtime.ImportModuleError\n"
	if shape != want {
		t.Errorf("log is\n%s", r.Log)
	}
	if r.Report.InitDuration != 0 || string(r.LogTail) != string(invoke.Tail(r.Log)) {
		t.Errorf("init %v, tail %q", r.Report.InitDuration, r.LogTail)
	}
}

// skeleton reduces platform lines to what doesn't vary.
func skeleton(log string) string {
	var b strings.Builder
	for line := range strings.Lines(log) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "START", "END", "INIT_START":
			line = word + "\n"
		case "INIT_REPORT", "REPORT":
			line = word
			for part := range strings.SplitSeq(rest, "\t") {
				for _, label := range []string{"Phase: ", "Status: ", "Error Type: "} {
					if v, ok := strings.CutPrefix(part, label); ok {
						line += " " + v
					}
				}
			}
			line += "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestInitExits(t *testing.T) {
	f := open(t, does("init-exit:0"))
	r := f.call("{}")
	wantFailure(t, r, "Runtime.ExitError", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}`)
	if strings.Count(string(r.Log), "last line\n") != 2 {
		t.Errorf("log is %q", r.Log)
	}
}

func TestInitIsTriedAgainInsideTheInvocation(t *testing.T) {
	f := open(t, does("init-once"))
	r := f.call(`"x"`)
	if string(r.Payload) != `"x"` || r.Report.InitDuration != 0 || skeleton(string(r.Log)) != "INIT_START\nINIT_REPORT init error Runtime.ExitError\nSTART\nEND\nREPORT\n" {
		t.Errorf("got %s, log %s", r.Payload, r.Log)
	}
}

func TestInitTimeLimit(t *testing.T) {
	t.Parallel()
	f := open(t, does("init-hang", within(time.Second)), func(o *Options) { o.InitTimeout = 200 * time.Millisecond })
	r := f.call("{}")
	wantFailure(t, r, "Sandbox.Timedout", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds"}`)
	if shape := skeleton(string(r.Log)); shape != "INIT_START\nINIT_REPORT init timeout\nINIT_REPORT invoke timeout\nSTART\nEND\nREPORT timeout\n" {
		t.Errorf("log is %s", r.Log)
	}
}

func TestOverMemory(t *testing.T) {
	t.Parallel()
	f := open(t, does("eat:300", memory(128)))
	r := f.call("{}")
	if string(r.Payload) != `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: `+r.RequestID+` Error: Runtime exited with error: signal: killed"}` {
		t.Errorf("payload is %s", r.Payload)
	}
	if r.Report.ErrorType != "Runtime.OutOfMemory" || r.Report.MaxMemoryUsedMB != 128 || r.Failure == nil || !strings.Contains(r.Failure.Cause, "more memory than the 128 MB") {
		t.Errorf("report %+v, failure %+v", r.Report, r.Failure)
	}
}

func TestPeakMemory(t *testing.T) {
	t.Parallel()
	f := open(t, does("eat:100", memory(1024)))
	r := f.call("{}")
	if r.Report.MaxMemoryUsedMB < 100 || r.Report.MaxMemoryUsedMB > 500 {
		t.Errorf("max memory used is %d MB after using 100", r.Report.MaxMemoryUsedMB)
	}
}

func TestResponseTooLarge(t *testing.T) {
	t.Parallel()
	f := open(t, does(fmt.Sprintf("large:%d", invoke.MaxSyncResponse+1)))
	r := f.call("{}")
	wantFailure(t, r, "Function.ResponseSizeTooLarge", `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`)
	if !strings.Contains(string(r.Log), `413 {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}`) {
		t.Errorf("log is %q", r.Log)
	}
	f = open(t, does(fmt.Sprintf("large:%d", invoke.MaxSyncResponse)))
	if r := f.call("{}"); len(r.Payload) != invoke.MaxSyncResponse || r.FunctionError != "" {
		t.Errorf("the largest response: %d bytes, %q", len(r.Payload), r.FunctionError)
	}
}

func TestStreamedResponses(t *testing.T) {
	for arg, name := range map[string]string{"whole": "", "error": "E", "cut": "Runtime.TruncatedResponse"} {
		t.Run(arg, func(t *testing.T) {
			t.Parallel()
			f := open(t, does("stream:"+arg))
			var chunks []string
			r, err := f.Invoke(context.Background(), invoke.Request{Function: "f"}, func(p invoke.Progress) {
				if p.Kind == invoke.ProgressChunk {
					chunks = append(chunks, string(p.Data))
				}
			})
			if err != nil || string(r.Payload) != "hello world" || strings.Join(chunks, "|") != "hello| world" {
				t.Errorf("got %s in %q, %v", r.Payload, chunks, err)
			}
			if got := nameOf(r.Failure); got != name || (r.FunctionError != "") != (name != "") {
				t.Errorf("classified as %q (%s)", got, r.FunctionError)
			}
		})
	}
}

func nameOf(f *invoke.Failure) string {
	if f == nil {
		return ""
	}
	return f.Name
}

func TestRefusedRuntimeRequests(t *testing.T) {
	f := open(t, does("misuse"))
	r := f.call("{}")
	if r.Failure == nil || r.Failure.Name != "Runtime.InvalidResponseModeHeader" {
		t.Errorf("failure is %+v", r.Failure)
	}
	refused := func(from, to string) string {
		return `403 {"errorMessage":"State transition from ` + from + ` to ` + to + ` failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}`
	}
	want := []string{
		`400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`,
		refused("Running", "InitError"),
		`400 {"errorMessage":"Invalid function response mode: sideways","errorType":"InvalidFunctionResponseMode"}`,
		refused("RuntimeResponseSentState", "InvocationResponse"),
		refused("RuntimeResponseSentState", "InvocationErrorResponse"),
		"404 404 page not found",
	}
	if !strings.Contains(string(r.Log), strings.Join(want, "\n")+"\n") {
		t.Errorf("the runtime was told\n%s", r.Log)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	f := open(t, does("hang", within(time.Minute)))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := f.Invoke(ctx, invoke.Request{Function: "f", Payload: []byte("{}")}, func(p invoke.Progress) {
		if p.Kind == invoke.ProgressRunning {
			cancel()
		}
	})
	var failure *invoke.Failure
	if !errors.As(err, &failure) || failure.Name != invoke.Cancelled || failure.Ran != invoke.RanYes || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %+v, %v", r, err)
	}
	eventually(t, "the process tree to be gone", 2*time.Second, func() bool {
		for _, p := range ours(f.folder()) {
			if !strings.Contains(p, supervisorName) {
				return false
			}
		}
		return true
	})
}

func TestWaitLimit(t *testing.T) {
	t.Parallel()
	f := open(t, does("hang", within(time.Minute)))
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	_, err := f.Invoke(ctx, invoke.Request{Function: "f", Payload: []byte("{}")}, nil)
	var failure *invoke.Failure
	if !errors.As(err, &failure) || failure.Name != invoke.WaitLimitReached {
		t.Fatalf("got %v", err)
	}
}

// What an init writes is shown while it runs, once, and is in the log once.
func TestLiveLog(t *testing.T) {
	f := open(t, does("log"))
	for range 2 {
		var live []byte
		var kinds []invoke.ProgressKind
		r, err := f.Invoke(context.Background(), invoke.Request{Function: "f"}, func(p invoke.Progress) {
			live = append(live, p.Data...)
			if p.Kind != invoke.ProgressLog {
				kinds = append(kinds, p.Kind)
			}
		})
		if err != nil || string(live) != string(r.Log) {
			t.Errorf("shown %q of %q, %v", live, r.Log, err)
		}
		if last := kinds[len(kinds)-1]; last != invoke.ProgressRunning {
			t.Errorf("progress was %v", kinds)
		}
	}
}

func TestJSONLog(t *testing.T) {
	f := open(t, does("echo", func(fn *project.Function) { fn.LogFormat = "JSON" }))
	r := f.call("{}")
	lines := strings.Split(strings.TrimSpace(string(r.Log)), "\n")
	var kinds []string
	for _, line := range lines {
		var record struct {
			Time, Type string
			Record     struct {
				RequestID string
				Status    string
				Metrics   struct{ DurationMs, InitDurationMs float64 }
			}
		}
		unmarshal(t, []byte(line), &record)
		kinds = append(kinds, record.Type)
		if record.Type == "platform.report" && (record.Record.RequestID != r.RequestID || record.Record.Status != "success" || record.Record.Metrics.InitDurationMs <= 0) {
			t.Errorf("report is %s", line)
		}
	}
	if got := strings.Join(kinds, " "); got != "platform.initStart platform.start platform.report" {
		t.Errorf("records are %s", got)
	}
	if parsed, ok := invoke.ParseReport(r.Log); !ok || parsed.RequestID != r.RequestID {
		t.Errorf("parsed as %+v", parsed)
	}
}

func TestLevelOfSystemRecords(t *testing.T) { // spec §4.1
	t.Parallel()
	for _, c := range []struct{ level, does, want string }{
		{"DEBUG", "echo", "platform.initStart platform.start platform.runtimeDone platform.report"},
		{"INFO", "fail", "platform.initStart platform.start platform.report"},
		{"INFO", "exit:1", "platform.initStart platform.start platform.runtimeDone platform.report"},
		{"WARN", "echo", ""},
		{"WARN", "exit:1", "platform.runtimeDone"},
	} {
		f := open(t, does(c.does, func(fn *project.Function) { fn.LogFormat, fn.SystemLogLevel = "JSON", c.level }))
		r := f.call("{}")
		var kinds []string
		for line := range strings.Lines(string(r.Log)) {
			var record struct{ Type string }
			unmarshal(t, []byte(line), &record)
			kinds = append(kinds, record.Type)
		}
		if got := strings.Join(kinds, " "); got != c.want || r.Report == nil {
			t.Errorf("%s, %s: %s, want %s", c.level, c.does, got, c.want)
		}
	}
}

func TestIdleEnvironmentsAreBounded(t *testing.T) {
	f := open(t, does("echo"), func(o *Options) { o.Concurrency = 2 })
	for range 8 {
		f.call("1", func(q *invoke.Request) { q.Cold = true })
	}
	if n := len(f.pools[poolKey{"f", "$LATEST"}].idle); n != 4 {
		t.Errorf("%d idle environments", n)
	}
}

func TestFrozenBetweenInvocations(t *testing.T) {
	t.Parallel()
	f := open(t, does("tick"), func(o *Options) { o.FreezeDelay = time.Millisecond })
	f.call("{}")
	eventually(t, "the environment to be frozen", 5*time.Second, func() bool { return allStopped(f) })
	before := ticks(t, f.call("{}"))
	eventually(t, "the environment to be frozen again", 5*time.Second, func() bool { return allStopped(f) })
	pause := time.NewTimer(800 * time.Millisecond) // time in which a thread that runs would tick as often
	<-pause.C
	if !allStopped(f) {
		t.Error("it runs")
	}
	// What it counts before it is frozen and after it is thawed takes longer on a busy machine.
	if after := ticks(t, f.call("{}")); after < before || after > before+500 {
		t.Errorf("a background thread counted from %d to %d while frozen", before, after)
	}
}

func ticks(t *testing.T, r invoke.Result) int {
	t.Helper()
	n, err := strconv.Atoi(string(r.Payload))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// allStopped says whether every runtime process is stopped.
func allStopped(f *fixture) bool {
	stopped := 0
	for _, p := range ours(f.folder()) {
		pid, _, _ := strings.Cut(p, " ")
		n, _ := strconv.Atoi(pid)
		if strings.Contains(p, supervisorName) {
			continue
		}
		if processState(n) != 'T' {
			return false
		}
		stopped++
	}
	return stopped > 0
}

func TestIdleEnvironmentsAreReaped(t *testing.T) {
	t.Parallel()
	f := open(t, does("echo"), func(o *Options) { o.FreezeDelay, o.IdleTimeout = time.Millisecond, 20*time.Millisecond })
	f.call("{}")
	eventually(t, "the environment to be gone", 5*time.Second, func() bool {
		for _, p := range ours(f.folder()) {
			if !strings.Contains(p, supervisorName) {
				return false
			}
		}
		return true
	})
	if r := f.call("1"); string(r.Payload) != "1" || r.Report.InitDuration == 0 {
		t.Errorf("then got %s, init %v", r.Payload, r.Report.InitDuration)
	}
}

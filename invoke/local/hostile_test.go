//go:build unix

package local

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// badRuntime is an executor over testdata/bad_runtime.py in one of its modes.
func badRuntime(t *testing.T, mode string, change ...func(*project.Function)) *fixture {
	t.Helper()
	python := interpreter(t)
	script, err := filepath.Abs("testdata/bad_runtime.py")
	if err != nil {
		t.Fatal(err)
	}
	initLimit := 10 * time.Second
	if mode == "never-next" {
		initLimit = 500 * time.Millisecond
	}
	return open(t, does(mode, change...), func(o *Options) {
		o.InitTimeout = initLimit
		o.Prepare = func(project.Function, string, runtimes.Options) (runtimes.Launch, *invoke.Failure) {
			return runtimes.Launch{Path: python, Args: []string{"python3", script, mode}}, nil
		}
	})
}

// interpreter is python3 itself, not a wrapper of a version manager.
func interpreter(t *testing.T) string {
	t.Helper()
	needs(t, "python3")
	path, err := pythonItself()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var pythonItself = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	return strings.TrimSpace(string(out)), err
})

// The fixture's end holds every mode to leaving no process and no folder behind.
func TestBadRuntimes(t *testing.T) {
	timeout := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 0.40 seconds"}`
	exit := func(how string) string {
		return `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited ` + how + `"}`
	}
	for _, c := range []struct {
		mode, payload string // what every call answers, ID for the request id
		log           string // what the log of the first call must hold
		calls         int
	}{
		{"ok-echo", `{"n":1}`, "", 3},
		{"exit-before-next", exit("without providing a reason"), "", 2},
		{"exit-1-before-next", exit("with error: exit status 1"), "ImportError: no module\n", 1},
		{"never-next", timeout, "INIT_REPORT Init Duration: 500.00 ms\tPhase: init\tStatus: timeout\n", 1},
		{"init-error", `{"errorMessage": "bad \u001b]0;OWNED\u0007", "errorType": "Init.X", "stackTrace": ["\u009b2J", "\u009b2J", "\u009b2J"]}`, "", 1},
		{"exit-mid", exit("with error: exit status 3"), "", 2},
		{"segv-mid", exit("with error: signal: segmentation fault (core dumped)"), "", 1},
		{"kill9-mid", exit("with error: signal: killed"), "", 1},
		{"hang-mid", timeout, "", 1},
		{"spin-mid", timeout, "", 1},
		{"stop-mid", timeout, "", 1},
		{"ignore-term", timeout, "", 1},
		{"double-response", `{"n":1}`, "", 3},
		{"unknown-id", `{"n":1}`, "", 2},
		{"response-and-error", `{"n":1}`, "", 2},
		{"concurrent-next", `{"n":1}`, "", 3},
		{"late-response", timeout, "", 1},
		{"big-response", `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`, "", 2},
		{"not-json", "{'a':\xff\x1b[2J", "", 2},
		{"cut-response", exit("with error: exit status 9"), "", 1},
		{"drip-response", timeout, "", 1},
		{"error-trailer", "hello", "", 1},
		{"long-line", `{"n":1}`, "", 1},
		{"split-utf8", `{"n":1}`, "漢字👩‍👩‍👧‍👦\u009b6n\n", 1},
		{"rm-cwd", `{"n":1}`, "", 2},
		{"no-newline", `{"n":1}`, "last words without newlineEND ", 1},
		{"log-escapes", `{"n":1}`, "a\x1b]52;c;aGk=\x07\xc2\x9b6n\xc2\x9d0;OWNED\xc2\x9c\x1b[?1049l\x9b2J\xff\r\x08\x00b\n", 1},
		{"close-stdio", `{"n":1}`, "", 2},
		{"write-tty", `"no tty: No such device or address"`, "", 1},
		{"daemon-holds-pipe", `{"n":1}`, "", 2},
		{"double-fork", `{"n":1}`, "", 2},
		{"children-300", `{"n":1}`, "", 1},
		{"fork-churn", timeout, "", 1},
		{"mem-1g", exit("with error: signal: killed"), "Error Type: Runtime.OutOfMemory\n", 1},
		{"kill-parent", `{"n":1}`, "", 2},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			limit := 400 * time.Millisecond
			if c.payload != timeout { // what answers may take longer on a busy machine
				limit = 30 * time.Second
			}
			f := badRuntime(t, c.mode, within(limit))
			for i := range c.calls {
				r := f.call(`{"n":1}`)
				if want := strings.ReplaceAll(c.payload, "ID", r.RequestID); string(r.Payload) != want {
					t.Errorf("call %d: %.300q, want %q", i, r.Payload, want)
				}
				if i == 0 && !strings.Contains(string(r.Log), c.log) {
					t.Errorf("log is %.2000q, without %q", r.Log, c.log)
				}
			}
		})
	}
}

// It responds and then never asks for the next event, with 200 children that nobody waits for.
func TestZombies(t *testing.T) {
	t.Parallel()
	r := badRuntime(t, "zombies", within(5*time.Second)).call("{}")
	if string(r.Payload) != "{}" || r.Report.Status != "timeout" {
		t.Errorf("got %s, %+v", r.Payload, r.Report)
	}
}

func TestBadRuntimeSeesNothingOfLambent(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "canary")
	t.Setenv("LAMBENT_DATA_DIR", "canary")
	r := badRuntime(t, "read-env").call("{}")
	var names []string
	unmarshal(t, r.Payload, &names)
	for _, name := range names {
		if strings.HasPrefix(name, "LAMBENT") || name == "AWS_SECRET_ACCESS_KEY" || name == "AWS_ACCESS_KEY_ID" {
			t.Errorf("sees %s", name)
		}
	}
	var files map[string]string
	unmarshal(t, badRuntime(t, "read-fds").call("{}").Payload, &files)
	for fd, path := range files {
		own := fd == "0" && path == "/dev/null" || (fd == "1" || fd == "2") && strings.HasPrefix(path, "pipe:") ||
			strings.HasPrefix(path, "socket:") || strings.HasPrefix(path, "/proc/")
		if !own {
			t.Errorf("inherits %s: %s", fd, path)
		}
	}
}

func TestFileLimit(t *testing.T) {
	t.Parallel()
	r := badRuntime(t, "fds-5000").call("{}")
	if r.Failure == nil || !strings.Contains(string(r.Log), "Too many open files") {
		t.Errorf("got %s", r.Payload)
	}
}

func TestAnotherFunctionsRuntimeAPI(t *testing.T) {
	t.Parallel()
	victim := open(t, does("echo"))
	victim.call("{}")
	port := victim.pools[poolKey{"f", "$LATEST"}].idle[0].session.api.port
	thief := badRuntime(t, "call-other-api", func(fn *project.Function) {
		fn.Environment = []invoke.Variable{{Name: "OTHER_PORTS", Value: port}}
		fn.Timeout = 8 * time.Second
	})
	r := thief.call("{}")
	var got map[string]any
	if err := json.Unmarshal(r.Payload, &got); err != nil {
		t.Fatalf("%s: %v", r.Payload, err)
	}
	if status, ok := got[port].(float64); ok && status == 200 {
		t.Errorf("it was given another function's event: %s", r.Payload)
	}
	if r := victim.call("7"); string(r.Payload) != "7" {
		t.Errorf("the other function then answers %s", r.Payload)
	}
}

func TestFloodOfOutput(t *testing.T) { // not parallel: it measures memory
	f := badRuntime(t, "flood-stdout", within(time.Second))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := f.call("{}")
	runtime.ReadMemStats(&after)
	if r.Report.Status != "timeout" || len(r.Log) > MaxLog || r.LogDropped == 0 || len(r.LogTail) != invoke.TailSize {
		t.Errorf("status %q, %d bytes kept, %d dropped, tail %d", r.Report.Status, len(r.Log), r.LogDropped, len(r.LogTail))
	}
	if !strings.Contains(string(r.LogTail), "REPORT RequestId: "+r.RequestID) {
		t.Error("the tail lacks the REPORT line")
	}
	if grown := int64(after.HeapInuse) - int64(before.HeapInuse); grown > 50<<20 {
		t.Errorf("the heap grew by %d MB", grown>>20)
	}
}

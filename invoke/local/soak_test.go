//go:build linux

package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// soakVariable says how many invocations TestEveryFaultIsAnswered makes: 10000 is what a
// release is held to.
const soakVariable = "LAMBENT_TEST_FAULTS"

const soakByDefault = 80

// soakInit is the limit of an init: long enough for every runtime that does initialise on
// a busy machine.
const soakInit = 6 * time.Second

// Invocations of a random mix of all faults, ten at a time, some of them cold: every one
// is answered as its fault must be, memory stays as it is, and no process, socket, file
// descriptor, goroutine or file is left of them.
func TestEveryFaultIsAnswered(t *testing.T) {
	if os.Getenv(soakProcess) == "" {
		t.Parallel()
		out, err := soakAlone(t)
		if t.Log(out); err != nil {
			t.Errorf("the process of its own ends with %v", err)
		}
		return
	}
	n := soakByDefault
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	if api, err := listenAPI(); err == nil { // with what Go keeps open for all sockets
		api.close()
	}
	before := leftovers(t)
	s := newSoak(t, temp)
	began := time.Now()
	s.run(min(n, len(s.faults)+n/5)) // every fault at least once, and the pools are full
	settled := s.memory()
	s.run(n - int(s.made.Load()))
	after := s.memory()
	t.Logf("%d invocations of %d faults in %s, %d cold\n%s", s.made.Load(), len(s.faults), time.Since(began).Round(time.Millisecond), s.cold.Load(), s.answers())
	t.Logf("heap %.1f MB after %d invocations, %.1f MB after %d; resident %.1f and %.1f MB",
		megabytes(settled.heap), settled.made, megabytes(after.heap), after.made, megabytes(settled.resident), megabytes(after.resident))
	if grown := after.heap - settled.heap; grown > 16<<20 {
		t.Errorf("the heap has grown by %.1f MB from the %dth invocation to the %dth", megabytes(grown), settled.made, after.made)
	}
	if grown := after.resident - settled.resident; grown > 32<<20 {
		t.Errorf("the process has grown by %.1f MB", megabytes(grown))
	}
	s.stopped()
	eventually(t, fmt.Sprintf("no more is left than %+v", before), 10*time.Second, func() bool { return leftovers(t).within(before) })
	if found, _ := filepath.Glob(filepath.Join(temp, "*")); len(found) > 0 {
		t.Errorf("files left behind: %q", found)
	}
}

// soakProcess marks the process that makes the invocations: one of its own, because what it
// has afterwards is counted.
const soakProcess = "LAMBENT_TEST_FAULTS_PROCESS"

func soakAlone(t *testing.T) (string, error) {
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run", "^TestEveryFaultIsAnswered$", "-test.v", "-test.timeout", "30m")
	cmd.Env = append(os.Environ(), soakProcess+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// A fault is something that goes wrong with a function, and what the spec says comes of it.
type fault struct {
	does  string        // the behaviour of the test's own runtime (bootstrap_test.go)
	code  func(string)  // instead: makes this of the code folder, and the real Prepare starts it
	limit time.Duration // of the function; a minute when an answer is due
	// often is how many times as often as the rarest it happens; what takes seconds or
	// gigabytes is rare.
	often int

	name      string // of the failure, "" for a success
	payload   string // in which ID stands for the request id
	status    string // of the REPORT line
	errorType string // likewise
	log       string // which the log holds
	note      string // which a note begins with
	endless   bool   // it writes a line that never ends, of which the end is kept
}

const soakLimit = 300 * time.Millisecond

// Outcomes that several faults have.
func (f fault) answered(payload string) fault { f.payload = payload; return f }

func (f fault) timesOut() fault {
	f.limit = cmp.Or(f.limit, soakLimit)
	f.name, f.status = "Sandbox.Timedout", "timeout"
	f.payload = `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: ` + timeoutMessage(f.limit) + `"}`
	return f
}

func (f fault) exits(how string) fault {
	f.name, f.status, f.errorType = "Runtime.ExitError", "error", cmp.Or(f.errorType, "Runtime.ExitError")
	f.payload = `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited ` + how + `"}`
	return f
}

func (f fault) notExecuted(why string) fault {
	f.name, f.status, f.errorType = "Runtime.InvalidEntrypoint", "error", "Runtime.InvalidEntrypoint"
	f.payload = `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ID Error: ` + why + `"}`
	return f
}

func (f fault) tooLarge() fault {
	f.name, f.payload = "Function.ResponseSizeTooLarge", string(tooLargePayload())
	f.log = `413 {"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).","errorType":"RequestEntityTooLarge"}` + "\n"
	return f
}

const soakEvent = `{"n":1}`

// behaves is a fault that is not rare.
func behaves(as string) fault { return fault{does: as, often: 8} }

// soaked are the faults, beside functions that work.
func soaked() []fault {
	size := "gigabyte"
	if os.Getenv(soakVariable) == "" {
		size = "some" // receiving and dropping a gigabyte takes a second of processor time
	}
	const noBootstrap = "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
	rare := func(f fault) fault { f.often = 1; return f }
	says := func(f fault, log string) fault { f.log = log; return f }
	file := func(make func(path string) error) fault {
		return fault{often: 8, code: func(dir string) {
			if err := make(filepath.Join(dir, "bootstrap")); err != nil {
				panic(err)
			}
		}}
	}
	return []fault{
		behaves("echo").answered(soakEvent),
		says(behaves("log").answered("null"), "to stdout\nto stderr\nunfinishedEND RequestId: "),
		{does: "fail", often: 8, name: "ValueError", payload: `{"errorMessage": "boom", "errorType": "ValueError", "requestId": "", "stackTrace": []}`},

		// It never asks for an event, or for no other.
		rare(says(behaves("init-hang").timesOut(), "INIT_REPORT Init Duration: ")),
		rare(fault{does: "silent", limit: 6 * time.Second, payload: soakEvent, status: "timeout", note: lateNextNote}),
		says(behaves("init-exit:1").exits("with error: exit status 1"), "last line\n"),
		{does: "init-error", often: 8, name: "Runtime.ImportModuleError", status: "error", errorType: "Runtime.ImportModuleError",
			payload: `{"errorMessage": "no module", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`},
		behaves("init-once").answered(soakEvent),
		// It asks twice, answers what it wasn't asked, or when nobody waits any more.
		behaves("asks-twice").answered(soakEvent),
		behaves("wrong-id").answered(soakEvent),
		behaves("wrong-id:never-right").timesOut(),
		behaves("stale").answered(soakEvent),
		behaves("late").timesOut(),
		behaves("hang").timesOut(),
		says(behaves("slow-next:20ms").answered(`"done"`), "after the response\n"),
		{does: "misuse", often: 8, name: "Runtime.InvalidResponseModeHeader", log: "400 {\"errorMessage\":\"Invalid function response mode: sideways\"",
			payload: `{"errorType":"Runtime.InvalidResponseModeHeader","errorMessage":"RequestId: ID Error: Invalid function response mode"}`},
		// It answers too much, or not to the end.
		behaves("large:6291557").tooLarge(),
		rare(behaves("huge:" + size).tooLarge()),
		rare(behaves("huge:" + size + ":streamed").tooLarge()),
		behaves("stream:whole").answered("hello world"),
		{does: "stream:error", often: 8, name: "E", payload: "hello world"},
		{does: "stream:cut", often: 8, name: "Runtime.TruncatedResponse", payload: "hello world"}, // what has come stands
		// It closes the socket.
		behaves("hangs-up").answered(soakEvent),
		{does: "unread", often: 8, payload: soakEvent, status: "error", errorType: "Runtime.ExitError"}, // it ends, too
		fault{does: "half-way", often: 8, note: "A response was cut short after 10 of 1000 bytes and not accepted."}.exits("without providing a reason"),
		// It ends.
		behaves("exit:0").exits("without providing a reason"),
		behaves("exit:3").exits("with error: exit status 3"),
		{does: "respond-exit", often: 8, payload: `"last words"`, status: "error", errorType: "Runtime.ExitError"},
		behaves("signalled:stop").timesOut(),
		behaves("signalled:terminate").exits("with error: signal: terminated"),
		behaves("signalled:kill").exits("with error: signal: killed"),
		behaves("ignores-term").timesOut(),
		behaves("closed-pipe").exits("with error: signal: broken pipe"),
		behaves("replaced").answered(soakEvent),
		// It takes what there is.
		rare(behaves("hundred-children").answered(soakEvent)),
		behaves("family"),
		rare(fault{does: "babbles", limit: 2 * time.Second, endless: true}.timesOut()),
		rare(fault{does: "eat:400", errorType: "Runtime.OutOfMemory"}.exits("with error: signal: killed")),
		// It can't be started.
		file(func(path string) error { return os.Mkdir(path, 0o700) }).notExecuted(noBootstrap),
		file(func(path string) error { return os.Symlink("nowhere", path) }).notExecuted(noBootstrap),
		file(func(path string) error { return os.WriteFile(path, []byte("echo hello\n"), 0o700) }).
			notExecuted("fork/exec /var/task/bootstrap: exec format error"),
		file(func(path string) error { return os.WriteFile(path, foreignProgram(), 0o700) }).
			notExecuted("fork/exec /var/task/bootstrap: exec format error"),
	}
}

// foreignProgram is the head of an ELF program for a machine that nobody runs this on.
func foreignProgram() []byte {
	const executable, s390 = 2, 22
	head := make([]byte, 64)
	copy(head, "\x7fELF\x02\x01\x01")
	head[16], head[18] = executable, s390
	return head
}

// A soak is an executor whose functions are the faults.
type soak struct {
	*fixture
	faults     []fault
	draw       *rand.Rand // guarded by mu
	mu         sync.Mutex
	lots       []int // indices of faults, each as often as it is drawn
	got        map[string]int
	made, cold atomic.Int64
}

func newSoak(t *testing.T, temp string) *soak {
	s := &soak{faults: soaked(), draw: rand.New(rand.NewPCG(1, 2)), got: map[string]int{}}
	var functions []project.Function
	for i, x := range s.faults {
		fn := does(x.does, within(cmp.Or(x.limit, time.Minute)))[0]
		fn.Name = functionOf(i)
		if x.code != nil {
			fn.CodePath = t.TempDir()
			fn.CodeURI = fn.CodePath
			x.code(fn.CodePath)
		}
		functions = append(functions, fn)
		s.lots = append(s.lots, slices.Repeat([]int{i}, x.often)...)
	}
	s.fixture = open(t, functions, func(o *Options) {
		o.InitTimeout, o.TempDir, o.NoSpare = soakInit, temp, false
		test := o.Prepare
		o.Prepare = func(fn project.Function, dir string, options runtimes.Options) (runtimes.Launch, *invoke.Failure) {
			if fn.Handler == "" {
				return runtimes.Prepare(fn, dir, options)
			}
			return test(fn, dir, options)
		}
	})
	return s
}

func functionOf(fault int) string { return "f" + strconv.Itoa(fault) }

// run makes n invocations: first every fault that there hasn't been yet, then at random.
func (s *soak) run(n int) {
	var wg sync.WaitGroup
	todo := atomic.Int64{}
	todo.Store(int64(n))
	for range DefaultConcurrency {
		wg.Go(func() {
			for todo.Add(-1) >= 0 {
				s.once()
			}
		})
	}
	wg.Wait()
}

func (s *soak) once() {
	s.mu.Lock()
	i := int(s.made.Add(1)) - 1
	if i >= len(s.faults) {
		i = s.lots[s.draw.IntN(len(s.lots))]
	}
	cold := s.draw.IntN(20) == 0
	s.mu.Unlock()
	if cold {
		s.cold.Add(1)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	r, err := s.Invoke(ctx, invoke.Request{Function: functionOf(i), Payload: []byte(soakEvent), LogType: invoke.LogTail, Cold: cold}, nil)
	name := nameOf(r.Failure)
	if err != nil {
		name = err.Error()
	} else if wrong := s.faults[i].wrong(r); wrong != "" {
		s.t.Errorf("%s: %s", s.faults[i].title(i), wrong)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got[cmp.Or(name, "answered")]++
	var failure *invoke.Failure
	if errors.As(err, &failure) {
		s.t.Errorf("%s: refused with %s: %s", s.faults[i].title(i), failure.Name, failure.Message)
	}
}

func (f fault) title(i int) string { return cmp.Or(f.does, "bootstrap of "+functionOf(i)) }

// wrong says what of an outcome is not as it must be.
func (f fault) wrong(r invoke.Result) string {
	payload := strings.ReplaceAll(f.payload, "ID", r.RequestID)
	log := string(r.Log)
	switch {
	case r.StatusCode != 200 || nameOf(r.Failure) != f.name:
		return fmt.Sprintf("%d %q after %s, want %q: %.300s", r.StatusCode, nameOf(r.Failure), r.Duration, f.name, r.Payload)
	case (r.FunctionError == "Unhandled") != (f.name != ""):
		return fmt.Sprintf("function error %q", r.FunctionError)
	case payload != "" && string(r.Payload) != payload:
		return fmt.Sprintf("answered %.300s, want %s", r.Payload, payload)
	case r.Report == nil || r.Report.Status != f.status || r.Report.ErrorType != f.errorType:
		return fmt.Sprintf("reported %+v, want %q %q", r.Report, f.status, f.errorType)
	case !strings.Contains(log, f.log) || !strings.Contains(log, "REPORT RequestId: "+r.RequestID):
		return fmt.Sprintf("logged %.500q, want %q and a report", log, f.log)
	case f.endless && len(log)-strings.Count(log, "\n")*200 < 64<<10, len(log) > MaxLog, r.LogDropped > 0 && !f.endless:
		return fmt.Sprintf("%d bytes in %d lines of log kept, %d dropped", len(log), strings.Count(log, "\n"), r.LogDropped)
	case !slices.ContainsFunc(append(r.Notes, ""), func(note string) bool { return strings.HasPrefix(note, f.note) }):
		return fmt.Sprintf("notes %q, want %q", r.Notes, f.note)
	}
	return ""
}

func (s *soak) answers() string {
	var lines []string
	for name, count := range s.got {
		lines = append(lines, fmt.Sprintf("%6d %s", count, name))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A footprint is the memory of this process after so many invocations.
type footprint struct {
	made           int64
	heap, resident int64
}

func (s *soak) memory() footprint {
	debug.FreeOSMemory() // what Go would give back later says nothing about the executor
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return footprint{s.made.Load(), int64(m.HeapAlloc), residentSet(os.Getpid())}
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }

// A leftover is what an executor could leave in this process or below it.
type leftover struct{ children, sockets, files, goroutines int }

func (l leftover) within(before leftover) bool {
	return l.children <= before.children && l.sockets <= before.sockets && l.files <= before.files && l.goroutines <= before.goroutines
}

func leftovers(t *testing.T) leftover {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	l := leftover{children: len(descendants(os.Getpid())), files: len(entries), goroutines: runtime.NumGoroutine()}
	for _, e := range entries {
		if what, _ := os.Readlink("/proc/self/fd/" + e.Name()); strings.HasPrefix(what, "socket:") {
			l.sockets++
		}
	}
	return l
}

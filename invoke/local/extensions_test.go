//go:build linux

package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// plain keeps the test binary and what it notes where its extensions find them.
func plain(o *Options) { o.Paths = PathsPlain }

// extended is a function with external extensions of these names.
func extended(t *testing.T, handler string, names []string, change ...func(*project.Function)) (functions []project.Function, notes string) {
	t.Helper()
	layer, notes := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file := filepath.Join(layer, "extensions", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, file); err != nil {
			t.Fatal(err)
		}
	}
	change = append([]func(*project.Function){func(fn *project.Function) {
		fn.LayerPaths = []string{layer}
		fn.Environment = []invoke.Variable{{Name: "NOTES", Value: notes}, {Name: extensionMark, Value: "1"}}
	}}, change...)
	return does(handler, change...), notes
}

func noted(t *testing.T, dir, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func TestExternalExtensionLivesWithItsEnvironment(t *testing.T) {
	functions, notes := extended(t, "echo", []string{"watcher"})
	f := open(t, functions, plain)
	first, second := f.call("{}"), f.call("{}")
	if string(second.Payload) != "{}" {
		t.Fatalf("answered %s", second.Payload)
	}
	if want := "EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"; !strings.Contains(string(first.Log), want) {
		t.Errorf("log %q lacks %q", first.Log, want)
	}
	f.stopped()
	arn := "arn:aws:lambda:us-east-1:123456789012:function:f"
	want := []string{
		`registered {"functionName":"f","functionVersion":"$LATEST","handler":"echo","accountId":"123456789012"}`,
		"INVOKE " + first.RequestID + " " + arn + " X-Amzn-Trace-Id",
		"INVOKE " + second.RequestID + " " + arn + " X-Amzn-Trace-Id",
		"SHUTDOWN spindown",
	}
	if got := noted(t, notes, "watcher"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the extension noted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The invocation ends with the last of its extensions, and is billed until then.
func TestInvocationWaitsForExtensions(t *testing.T) {
	functions, _ := extended(t, "echo", []string{"slow", "watcher"})
	f := open(t, functions, plain)
	f.call("{}")
	r := f.call("{}")
	if r.Report.Duration < 150*time.Millisecond || r.Report.BilledDuration < 150*time.Millisecond {
		t.Errorf("reported %v, billed %v: the extension takes 150 ms", r.Report.Duration, r.Report.BilledDuration)
	}
}

// An extension that is not done when the time is up doesn't change the response.
func TestExtensionThatHangs(t *testing.T) {
	t.Parallel()
	functions, _ := extended(t, "echo", []string{"hangs"}, func(fn *project.Function) { fn.Timeout = time.Second })
	r := open(t, functions, plain).call("{}")
	if r.FunctionError != "" || string(r.Payload) != "{}" || r.Report.Status != "timeout" {
		t.Errorf("got %q %s, status %q", r.FunctionError, r.Payload, r.Report.Status)
	}
	if all := strings.Join(r.Notes, "\n"); !strings.Contains(all, "extensions were done with the invocation (hangs)") {
		t.Errorf("notes %q", all)
	}
}

func TestExtensionsThatFail(t *testing.T) {
	t.Parallel()
	limit := func(o *Options) { o.InitTimeout = 700 * time.Millisecond }
	second := func(fn *project.Function) { fn.Timeout = time.Second }
	for _, c := range []struct{ name, errorType, message, line string }{
		{"dies-first", "Extension.Crash", "exit code 0", "State: Started\tEvents: []\n"},
		{"fails-init", "Extension.InitError", "exit code 0", "State: InitError\tEvents: [INVOKE, SHUTDOWN]\tError Type: Extension.NoKey\n"},
		{"dies-later", "Extension.Crash", "exit status 3", "State: Ready\tEvents: [INVOKE, SHUTDOWN]\n"},
		{"never-ready", "Sandbox.Timedout", "Task timed out after 1.00 seconds", "State: Registered\tEvents: [INVOKE, SHUTDOWN]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			functions, _ := extended(t, "hang", []string{c.name}, second)
			r := open(t, functions, plain, limit).call("{}")
			want := `{"errorType":"` + c.errorType + `","errorMessage":"RequestId: ` + r.RequestID + ` Error: ` + c.message + `"}`
			if string(r.Payload) != want || r.FunctionError != "Unhandled" {
				t.Errorf("answered %q %s\nwant %s", r.FunctionError, r.Payload, want)
			}
			if want := "EXTENSION\tName: " + c.name + "\t" + c.line; !strings.Contains(string(r.Log), want) {
				t.Errorf("log %q\nlacks %q", r.Log, want)
			}
		})
	}
}

// A file that can't be executed stops the init, as on Lambda.
func TestExtensionThatCannotStart(t *testing.T) {
	functions, _ := extended(t, "echo", nil)
	put(t, filepath.Join(functions[0].LayerPaths[0], "extensions", "notes.txt"), "no program", 0o644)
	r := open(t, functions, plain).call("{}")
	want := `{"errorType":"Extension.LaunchError","errorMessage":"RequestId: ` + r.RequestID + ` Error: fork/exec /opt/extensions/notes.txt: permission denied"}`
	if string(r.Payload) != want {
		t.Errorf("answered %s\nwant %s", r.Payload, want)
	}
	if want := "EXTENSION\tName: notes.txt\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n"; !strings.Contains(string(r.Log), want) {
		t.Errorf("log %q\nlacks %q", r.Log, want)
	}
}

func TestEleventhExtension(t *testing.T) {
	functions, _ := extended(t, "echo", strings.Split("a b c d e f g h i j k", " "))
	r := open(t, functions, plain).call("{}")
	if !strings.Contains(string(r.Payload), `"Extension.LaunchError"`) || !strings.Contains(string(r.Payload), "Extension limit (10) reached") {
		t.Errorf("answered %s", r.Payload)
	}
}

// An extension that dies between invocations takes its process tree along: the next
// invocation has a new one, in the same environment.
func TestExtensionThatDiesIdle(t *testing.T) {
	functions, _ := extended(t, "count", []string{"watcher"})
	f := open(t, functions, plain, func(o *Options) { o.FreezeDelay = time.Hour })
	before := f.call("{}")
	victim := 0
	for _, pid := range descendants(os.Getpid()) {
		if name, _ := os.ReadFile("/proc/" + decimalInt(pid) + "/cmdline"); strings.HasPrefix(string(name), functions[0].LayerPaths[0]) {
			victim = pid
		}
	}
	if victim == 0 {
		t.Fatal("the extension does not run")
	}
	environment := f.pools[poolKey{"f", "$LATEST"}].idle[0]
	endProcess(t, victim)
	<-environment.session.sup.down
	var was, is struct{ Process, Environment, PID int }
	unmarshal(t, before.Payload, &was)
	after := f.call("{}")
	unmarshal(t, after.Payload, &is)
	if is.PID == was.PID || is.Process != 1 || is.Environment != 2 {
		t.Errorf("before %+v, afterwards %+v", was, is)
	}
}

// A function that is killed at its time limit has its extensions told so.
func TestExtensionIsToldOfATimeout(t *testing.T) {
	t.Parallel()
	functions, notes := extended(t, "hang", []string{"watcher"}, func(fn *project.Function) { fn.Timeout = time.Second })
	r := open(t, functions, plain).call("{}")
	if r.Report.Status != "timeout" {
		t.Fatalf("status %q", r.Report.Status)
	}
	if got := noted(t, notes, "watcher"); got[len(got)-1] != "SHUTDOWN timeout" {
		t.Errorf("noted %q", got)
	}
}

// One that does not end by itself has two seconds.
func TestExtensionThatStays(t *testing.T) {
	t.Parallel()
	functions, notes := extended(t, "echo", []string{"stays"})
	f := open(t, functions, plain)
	f.call("{}")
	began := time.Now()
	f.stopped()
	if took := time.Since(began); took < externalShutdown {
		t.Errorf("it was ended after %v", took)
	}
	if got := noted(t, notes, "stays"); got[len(got)-1] != "SHUTDOWN spindown" {
		t.Errorf("noted %q", got)
	}
}

// The runtime may have extensions within itself; they register for INVOKE and nothing else.
func TestInternalExtension(t *testing.T) {
	r := open(t, does("internal-extension")).call("{}")
	var told map[string]string
	unmarshal(t, r.Payload, &told)
	for what, want := range map[string]string{
		"shutdown":  `403 {"errorMessage":"SHUTDOWN: ShutdownEventNotSupportedForInternalExtension","errorType":"Extension.InvalidEventType"}`,
		"unknown":   `403 {"errorMessage":"TICK: ErrorInvalidEventType","errorType":"Extension.InvalidEventType"}`,
		"nameless":  `403 {"errorMessage":"Empty extension name","errorType":"Extension.InvalidExtensionName"}`,
		"no body":   `403 {"errorMessage":"unexpected end of JSON input","errorType":"InvalidRequestFormat"}`,
		"no id":     `403 {"errorMessage":"Missing Lambda-Extension-Identifier header","errorType":"Extension.MissingExtensionIdentifier"}`,
		"bad id":    `403 {"errorMessage":"Invalid Lambda-Extension-Identifier","errorType":"Extension.InvalidExtensionIdentifier"}`,
		"wrong id":  `403 {"errorMessage":"Unknown extension 00000000-0000-0000-0000-000000000000","errorType":"Extension.UnknownExtensionIdentifier"}`,
		"again":     `403 {"errorMessage":"Extension with this name already registered","errorType":"Extension.InvalidExtensionState"}`,
		"no type":   `403 {"errorMessage":"Lambda-Extension-Function-Error-Type not found","errorType":"Extension.MissingHeader"}`,
		"late":      `403 {"errorMessage":"Extension registration closed already","errorType":"Extension.RegistrationClosed"}`,
		"telemetry": `202 {"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}`,
		"logs":      `202 {"errorMessage":"Logs API is not supported","errorType":"Logs.NotSupported"}`,
	} {
		if told[what] != want {
			t.Errorf("%s: %s\nwant %s", what, told[what], want)
		}
	}
	if !strings.HasPrefix(told["event"], "INVOKE "+r.RequestID) {
		t.Errorf("the internal extension was given %q", told["event"])
	}
}

// Where the kernel allows it, extensions are at Lambda's place.
func TestExtensionAtItsRealPath(t *testing.T) {
	t.Parallel()
	if refused(t) {
		return
	}
	functions, _ := extended(t, "echo", nil)
	functions[0].Environment = functions[0].Environment[1:]
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(functions[0].LayerPaths[0], "extensions", "watcher"), string(self), 0o755)
	r := open(t, functions).call("{}")
	if string(r.Payload) != "{}" || !strings.Contains(string(r.Log), "/opt/extensions/watcher: INVOKE "+r.RequestID) {
		t.Errorf("answered %s\n%s", r.Payload, r.Log)
	}
}

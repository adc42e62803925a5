//go:build linux

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

// An extension of the tests is a script that executes the test binary, which behaves as
// the script's argument says.
func layerWithExtension(t *testing.T, name, behaviour string) func(*project.Function) {
	t.Helper()
	layer := t.TempDir()
	if err := os.MkdirAll(filepath.Join(layer, "extensions"), 0o755); err != nil {
		t.Fatal(err)
	}
	image, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/bash\nexport LAMBENT_TEST_EXTENSION=" + behaviour + "\nexec -a bootstrap " + image + "\n"
	if err := os.WriteFile(filepath.Join(layer, "extensions", name), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return func(fn *project.Function) { fn.LayerPaths = append(fn.LayerPaths, layer) }
}

// plain keeps the test binary where the script finds it.
func plain(o *Options) { o.Paths = PathsPlain }

func mark(file string) func(*project.Function) {
	return func(fn *project.Function) {
		fn.Environment = append(fn.Environment, invoke.Variable{Name: "MARK", Value: file})
	}
}

func TestAnExtensionLivesBesideTheRuntime(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mark")
	f := open(t, does("echo", layerWithExtension(t, "watcher", "good"), mark(file)), plain)
	for i := range 2 {
		r := f.call(`{"n":1}`)
		if string(r.Payload) != `{"n":1}` || r.FunctionError != "" {
			t.Fatalf("answered %s %s", r.Payload, r.Log)
		}
		want := []string{"extension saw INVOKE " + r.RequestID}
		if i == 0 {
			want = append(want, `registered 200 {"functionName":"f","functionVersion":"$LATEST","handler":"echo","accountId":"123456789012"}`,
				"EXTENSION\tName: watcher\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n")
		}
		for _, part := range want {
			if !strings.Contains(string(r.Log), part) {
				t.Errorf("call %d: the log lacks %q:\n%s", i, part, r.Log)
			}
		}
	}
	f.stopped()
	if reason, err := os.ReadFile(file); string(reason) != "spindown" {
		t.Errorf("told of the end: %q, %v", reason, err)
	}
}

func TestAnInvocationLastsUntilItsExtensionsAreDone(t *testing.T) {
	f := open(t, does("echo", layerWithExtension(t, "watcher", "slow")), plain)
	if r := f.call("{}"); r.Report.Duration < 150*time.Millisecond || string(r.Payload) != "{}" {
		t.Errorf("took %s, answered %s", r.Report.Duration, r.Payload)
	}
	file := filepath.Join(t.TempDir(), "mark")
	f = open(t, does("hang", within(400*time.Millisecond), layerWithExtension(t, "watcher", "good"), mark(file)), plain)
	if r := f.call("{}"); nameOf(r.Failure) != "Sandbox.Timedout" {
		t.Errorf("a timeout: %s", r.Payload)
	}
	if reason, err := os.ReadFile(file); string(reason) != "timeout" {
		t.Errorf("told of the timeout: %q, %v", reason, err)
	}
	f = open(t, does("echo", within(400*time.Millisecond), layerWithExtension(t, "watcher", "hangs")), plain)
	if r := f.call("{}"); r.Report.Status != "timeout" {
		t.Errorf("an extension that never asks for the next event: %+v", r.Report)
	}
}

func TestAnExtensionThatFails(t *testing.T) {
	for behaviour, want := range map[string]string{
		"dies":       `{"errorType":"Extension.Crash","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 5"}`,
		"init-error": `{"errorType":"Extension.InitError","errorMessage":"RequestId: ID Error: extension watcher reported Extension.NoLicence"}`,
	} {
		f := open(t, does("echo", layerWithExtension(t, "watcher", behaviour)), plain)
		r := f.call("{}")
		if got := strings.ReplaceAll(string(r.Payload), r.RequestID, "ID"); got != want || r.FunctionError != "Unhandled" {
			t.Errorf("%s: answered %s, want %s\n%s", behaviour, got, want, r.Log)
		}
	}
}

// The response that the runtime has given stands, whatever becomes of the extension.
func TestAnExtensionThatCrashesInAnInvocation(t *testing.T) {
	f := open(t, does("count", layerWithExtension(t, "watcher", "crashes")), plain)
	for range 2 {
		if r := f.call("{}"); r.FunctionError != "" || r.Report.ErrorType != "Extension.Crash" || !strings.Contains(string(r.Payload), `"process":1,`) {
			t.Errorf("answered %s, %+v", r.Payload, r.Report)
		}
	}
}

// A program that can't be executed, and one without run permission, which is none.
func TestAFileThatIsNoExtension(t *testing.T) {
	layer := layerWithExtension(t, "watcher", "good")
	var fn project.Function
	layer(&fn)
	dir := filepath.Join(fn.LayerPaths[0], "extensions")
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("read me"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := open(t, does("echo", layer), plain).call("{}"); string(r.Payload) != "{}" {
		t.Errorf("beside a text: %s", r.Payload)
	}
	if err := os.WriteFile(filepath.Join(dir, "broken"), []byte("\x7fELF nothing"), 0o755); err != nil {
		t.Fatal(err)
	}
	if r := open(t, does("echo", layer), plain).call("{}"); nameOf(r.Failure) != "Extension.LaunchError" {
		t.Errorf("beside a broken program: %s", r.Payload)
	}
}

func TestAnInternalExtension(t *testing.T) {
	a := serveAPI(t)
	register := func(body string, headers string) string {
		_, text := ask(t, a, "POST /2020-01-01/extension/register HTTP/1.1\r\nHost: HOST\r\n"+headers+fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))+body)
		return text
	}
	for want, text := range map[string]string{
		"InvalidExtensionName": register(`{"events":["INVOKE"]}`, ""),
		"InvalidEventType":     register(`{"events":["SHUTDOWN"]}`, "Lambda-Extension-Name: mine\r\n"),
		"InvalidRequestFormat": register(`{`, "Lambda-Extension-Name: mine\r\n"),
		`"functionName"`:       register(`{"events":["INVOKE"]}`, "Lambda-Extension-Name: mine\r\n"),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("answered %s, want %s", text, want)
		}
	}
	for i := range maxExtensions {
		text := register(`{"events":["INVOKE"]}`, fmt.Sprintf("Lambda-Extension-Name: other%d\r\n", i))
		if last := i == maxExtensions-1; last != strings.Contains(text, "Extension limit (10) reached") {
			t.Errorf("%d: %s", i, text)
		}
	}
	a.closeRegistration(platformLog{})
	if text := register(`{"events":["INVOKE"]}`, "Lambda-Extension-Name: late\r\n"); !strings.Contains(text, "Extension registration closed already") {
		t.Errorf("after init: %s", text)
	}
	for path, want := range map[string]string{
		"GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: HOST\r\n\r\n":                                   "MissingExtensionIdentifier",
		"GET /2020-01-01/extension/event/next HTTP/1.1\r\nHost: HOST\r\nLambda-Extension-Identifier: x\r\n\r\n": "UnknownExtensionIdentifier",
		"PUT /2022-07-01/telemetry HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\n{}":                       "Telemetry.NotSupported",
		"POST /2020-01-01/extension/exit/error HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n":             "MissingExtensionIdentifier",
		"DELETE /2020-01-01/extension/register HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n":             "",
	} {
		if _, text := ask(t, a, path); !strings.Contains(text, want) {
			t.Errorf("%s: %s", path, text)
		}
	}
}

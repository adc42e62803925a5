package runtimes

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

func function(runtimeName string) project.Function {
	return project.Function{Function: invoke.Function{Name: "subject", Runtime: runtimeName, Handler: "app.handler"}}
}

// place writes a file with a mode.
func place(t testing.TB, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

// elfHead is the beginning of a little-endian 64-bit program for a machine.
func elfHead(machine elf.Machine) string {
	head := make([]byte, 64)
	copy(head, elf.ELFMAG)
	head[elf.EI_CLASS], head[elf.EI_DATA], head[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1
	binary.LittleEndian.PutUint16(head[16:], uint16(elf.ET_EXEC))
	binary.LittleEndian.PutUint16(head[18:], uint16(machine))
	return string(head)
}

func TestProvided(t *testing.T) {
	skipOnWindows(t)
	code := t.TempDir()
	file := place(t, code, "bootstrap", "#!/bin/sh\nexit\n", 0o700)
	launch, failure := Prepare(function("provided.al2023"), code, Options{})
	if failure != nil || launch.Path != file || !slices.Equal(launch.Args, []string{file}) || launch.Env != nil {
		t.Errorf("got %+v, %v", launch, failure)
	}
}

func TestProvidedFromALayer(t *testing.T) {
	skipOnWindows(t)
	first, second := t.TempDir(), t.TempDir()
	place(t, first, "bootstrap", "#!/bin/sh\n", 0o700)
	want := place(t, second, "bootstrap", "#!/bin/sh\n", 0o700)
	fn := function("provided.al2")
	fn.LayerPaths = []string{first, second}
	launch, failure := Prepare(fn, t.TempDir(), Options{})
	if failure != nil || launch.Path != want {
		t.Errorf("got %+v, %v; a later layer's files lie over an earlier one's", launch, failure)
	}
}

// A folder and a link to nowhere are no bootstrap for Lambda; the cause says what is there.
func TestBootstrapThatIsNoFile(t *testing.T) {
	skipOnWindows(t)
	folder, link := t.TempDir(), t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(folder, "bootstrap"), 0o700), os.Symlink("../nowhere", filepath.Join(link, "bootstrap"))); err != nil {
		t.Fatal(err)
	}
	for dir, cause := range map[string]string{folder: " is a folder.", link: " is a link to ../nowhere, which is not a file here."} {
		_, f := Prepare(function("provided.al2023"), dir, Options{})
		if f == nil || f.Message != "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]" || f.Cause != filepath.Join(dir, "bootstrap")+cause {
			t.Errorf("failed with %+v", f)
		}
	}
}

// The messages are Lambda's, with Lambda's folders (spec §3.6); cause and remedy
// name what is wrong here.
func TestBootstrapThatCannotRun(t *testing.T) {
	skipOnWindows(t)
	foreign := elf.EM_S390
	linux := func(message string) string {
		if runtime.GOOS != "linux" {
			return ""
		}
		return message
	}
	type test struct {
		name, content string
		mode          os.FileMode
		message       string
		cause, remedy string
		err           error
	}
	tests := []test{
		{"missing", "", 0, "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", "There is no file named bootstrap in ", "Put an executable file named bootstrap into ", nil},
		{"no run bit", "#!/bin/sh\n", 0o600, "fork/exec /var/task/bootstrap: permission denied", "It has no run permission.", "Run chmod +x ", syscall.EACCES},
		{"CR LF", "#!/bin/sh\r\nexit\r\n", 0o700, "fork/exec /var/task/bootstrap: no such file or directory", "end with CR LF", "LF line ends", syscall.ENOENT},
		{"CR LF with env", "#!/usr/bin/env python3\r\n", 0o700, "fork/exec /var/task/bootstrap: no such file or directory", "end with CR LF", "LF line ends", syscall.ENOENT},
		{"no such interpreter", "#!/no/such/\x1b[31mshell -e\n", 0o700, "fork/exec /var/task/bootstrap: no such file or directory", `Its interpreter "/no/such/\x1b[31mshell" is not on this machine.`, "Install it", syscall.ENOENT},
		{"no interpreter named", "#!  \necho\n", 0o700, "fork/exec /var/task/bootstrap: exec format error", "names no interpreter", "#!/bin/sh", syscall.ENOEXEC},
		{"neither program nor script", "echo hello\n", 0o700, linux("fork/exec /var/task/bootstrap: exec format error"), "neither a program nor a script", "#!/bin/sh", syscall.ENOEXEC},
		{"empty", "", 0o700, linux("fork/exec /var/task/bootstrap: exec format error"), "neither a program nor a script", "#!/bin/sh", syscall.ENOEXEC},
		{"another machine", elfHead(foreign), 0o700, "fork/exec /var/task/bootstrap: exec format error", "It is built for ", "Build it for ", syscall.ENOEXEC},
	}
	if runtime.GOARCH != "arm64" {
		tests = append(tests, test{"a cloud's machine", elfHead(elf.EM_AARCH64), 0o700, "fork/exec /var/task/bootstrap: exec format error",
			"It is built for arm64 and this machine is " + runtime.GOARCH + ".", "Build it for linux/" + runtime.GOARCH, syscall.ENOEXEC})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.message == "" {
				t.Skip("only Linux is known to refuse it")
			}
			code := t.TempDir()
			if tt.mode != 0 {
				place(t, code, "bootstrap", tt.content, tt.mode)
			}
			launch, f := Prepare(function("provided.al2023"), code, Options{})
			if f == nil {
				t.Fatalf("starts as %+v", launch)
			}
			if f.Kind != invoke.FunctionFailure || f.Name != "Runtime.InvalidEntrypoint" || f.Status != 200 || f.Ran != invoke.RanNo || f.Message != tt.message {
				t.Errorf("failure %s %s %d ran %s: %q, want %q", f.Kind, f.Name, f.Status, f.Ran, f.Message, tt.message)
			}
			if !strings.Contains(f.Cause, tt.cause) || !strings.Contains(f.Cause, code) || !strings.Contains(f.Remedy, tt.remedy) {
				t.Errorf("cause %q, remedy %q", f.Cause, f.Remedy)
			}
			if !errors.Is(f, tt.err) && tt.err != nil {
				t.Errorf("underneath is %v, want %v", f.Err, tt.err)
			}
		})
	}
}

// What Prepare lets pass and the system refuses comes out in the same form.
func TestEntrypointFailure(t *testing.T) {
	err := &os.PathError{Op: "fork/exec", Path: "/home/me/fn/bootstrap", Err: syscall.ENOEXEC}
	f := EntrypointFailure("/home/me/fn/bootstrap", err)
	if f.Kind != invoke.FunctionFailure || f.Message != "fork/exec /var/task/bootstrap: "+syscall.ENOEXEC.Error() || !errors.Is(f, syscall.ENOEXEC) {
		t.Errorf("got %+v", f)
	}
}

func TestBuildRemedy(t *testing.T) {
	for file, want := range map[string]string{"main.go": "go build -o bootstrap", "Cargo.toml": "cargo lambda build", "Makefile": "run make in "} {
		code := t.TempDir()
		place(t, code, file, "", 0o600)
		_, f := Prepare(function("provided.al2023"), code, Options{})
		if f == nil || !strings.Contains(f.Remedy, want) {
			t.Errorf("%s: remedy of %+v lacks %q", file, f, want)
		}
	}
}

func TestCarriedLine(t *testing.T) {
	skipOnWindows(t)
	code := t.TempDir()
	place(t, code, "bootstrap", "#!lambent\nmore\n", 0o700)
	launch, f := Prepare(function("provided.al2023"), code, Options{Self: "/proc/self/exe"})
	if f != nil || launch.Path != "/proc/self/exe" || !slices.Equal(launch.Args, []string{"bootstrap"}) {
		t.Errorf("got %+v, %v", launch, f)
	}
	if _, f = Prepare(function("provided.al2023"), code, Options{}); f == nil || f.Name != "Runtime.InvalidEntrypoint" {
		t.Errorf("without an image it starts: %v", f)
	}
}

func TestRuntimesThatDoNotRunHere(t *testing.T) {
	for name, want := range map[string]string{
		"go1.x":         "The runtime go1.x is gone from Lambda and does not run on this machine.",
		"python2.7":     "The runtime python2.7 is not known.",
		"pyton3.13":     "The runtime pyton3.13 is not known.",
		"../python3.13": "The runtime ../python3.13 is not known.",
		"":              "The function has no runtime.",
	} {
		_, f := Prepare(function(name), t.TempDir(), Options{})
		if f == nil {
			t.Errorf("%s runs", name)
			continue
		}
		if f.Name != "InvalidRuntimeException" || f.Status != 502 || f.Kind != invoke.ServiceFailure || f.Message != want || f.Remedy == "" {
			t.Errorf("%q: %s %d %s: %q, remedy %q", name, f.Name, f.Status, f.Kind, f.Message, f.Remedy)
		}
		if name == "pyton3.13" && !slices.Contains(f.Suggestions, "python3.13") {
			t.Errorf("suggestions %q", f.Suggestions)
		}
	}
}

func TestMissingInterpreter(t *testing.T) {
	for name, want := range map[string]string{
		"python3.13": "The runtime python3.13 needs Python, and none that works is on PATH.",
		"nodejs22.x": "The runtime nodejs22.x needs Node.js, and none that works is on PATH.",
		"ruby3.4":    "The runtime ruby3.4 needs Ruby, and none that works is on PATH.",
		"java21":     "The runtime java21 needs Java, and none that works is on PATH.",
		"dotnet8":    "The runtime dotnet8 needs .NET, and none that works is on PATH.",
	} {
		_, f := Prepare(function(name), t.TempDir(), Options{Dir: t.TempDir(), Path: t.TempDir()})
		if f == nil || f.Name != "InvalidRuntimeException" || f.Message != want || !strings.HasPrefix(f.Remedy, "Install ") {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// fake writes an interpreter that answers with a version, or fails without one.
func fake(t testing.TB, dir, name, version string) string {
	t.Helper()
	script := "#!/bin/sh\nexit 127\n"
	if version != "" {
		script = "#!/bin/sh\necho " + version + "\necho \"$0\"\n"
	}
	return place(t, dir, name, script, 0o700)
}

func TestInterpreterChoice(t *testing.T) {
	skipOnWindows(t)
	tests := []struct {
		name, runtime string
		fakes         map[string]string // file → version
		want          string            // file
		note, refusal string
	}{
		{"the version asked for", "python3.13", map[string]string{"a/python3": "3.9.1", "b/python3.13": "3.13.0"}, "b/python3.13", "", ""},
		{"another version", "python3.13", map[string]string{"a/python3": "3.11.7"}, "a/python3", "python3.13 was asked for; this machine runs it with Python 3.11.7 (", ""},
		{"a prefix is not a version", "python3.1", map[string]string{"a/python3": "3.11.7"}, "a/python3", "python3.1 was asked for; ", ""},
		{"a shim that does not work", "python3.12", map[string]string{"a/python3.12": "", "a/python3": "3.12.4"}, "a/python3", "", ""},
		{"the next on the path", "python3.12", map[string]string{"a/python3.12": "", "b/python3.12": "3.12.9"}, "b/python3.12", "", ""},
		{"too old", "python3.9", map[string]string{"a/python3": "3.7.17"}, "", "", "The runtime python3.9 needs Python 3.8 or later; "},
		{"an old one hides nothing", "python3.13", map[string]string{"a/python3": "3.7.17", "b/python3.12": "3.12.1"}, "b/python3.12", "python3.13 was asked for; this machine runs it with Python 3.12.1 (", ""},
		{"node", "nodejs22.x", map[string]string{"a/node": "22.3.0"}, "a/node", "", ""},
		{"another node", "nodejs22.x", map[string]string{"a/nodejs": "20.1.0"}, "a/nodejs", "nodejs22.x was asked for; this machine runs it with Node.js 20.1.0 (", ""},
		{"old node", "nodejs18.x", map[string]string{"a/node": "14.21.3"}, "", "", "The runtime nodejs18.x needs Node.js 16.0 or later; "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for file, version := range tt.fakes {
				fake(t, root, file, version)
			}
			path := filepath.Join(root, "a") + string(os.PathListSeparator) + "relative" + string(os.PathListSeparator) + filepath.Join(root, "b")
			launch, f := Prepare(function(tt.runtime), t.TempDir(), Options{Dir: t.TempDir(), Path: path})
			if tt.refusal != "" {
				if f == nil || f.Name != "InvalidRuntimeException" || !strings.HasPrefix(f.Message, tt.refusal) {
					t.Errorf("got %+v, %v", launch, f)
				}
				return
			}
			if f != nil {
				t.Fatal(f)
			}
			if launch.Path != filepath.Join(root, tt.want) || launch.Args[0] != launch.Path {
				t.Errorf("starts %q", launch.Args)
			}
			if notes := strings.Join(launch.Notes, "\n"); !strings.HasPrefix(notes, tt.note) || tt.note == "" && notes != "" {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
			if !slices.Contains(launch.Env, "AWS_EXECUTION_ENV=AWS_Lambda_"+tt.runtime) {
				t.Errorf("environment %q", launch.Env)
			}
		})
	}
}

// A version manager's shim is asked once in a while and then passed by.
func TestShimsArePassedBy(t *testing.T) {
	skipOnWindows(t)
	root := t.TempDir()
	real := filepath.Join(root, "versions", "3.13.0", "bin", "python3")
	place(t, root, "shims/python3.13", "#!/bin/sh\necho asked >> \""+root+"/count\"\necho 3.13.0\necho \""+real+"\"\n", 0o700)
	clock := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	defer func(before *memory) { answers = before }(answers)
	answers = &memory{now: func() time.Time { return clock }, kept: map[string]interpreter{}, expire: map[string]time.Time{}}
	code, o := t.TempDir(), Options{Dir: t.TempDir(), Path: filepath.Join(root, "shims")}
	asked := func() int {
		launch, f := Prepare(function("python3.13"), code, o)
		if f != nil || launch.Path != real {
			t.Fatalf("starts %+v, %v", launch, f)
		}
		count, err := os.ReadFile(filepath.Join(root, "count"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(count), "asked")
	}
	if first, second := asked(), asked(); first != 1 || second != 1 {
		t.Errorf("asked %d times, then %d", first, second)
	}
	clock = clock.Add(shortWhile + time.Second)
	if third := asked(); third != 2 {
		t.Errorf("asked %d times after a while", third)
	}
}

// What a program that is not a script has answered is remembered across processes,
// until the program changes.
func TestAnswersAreKeptOnDisk(t *testing.T) {
	skipOnWindows(t)
	defer func(before *memory) { answers = before }(answers)
	dir, bin := t.TempDir(), t.TempDir()
	file := place(t, bin, "python3", elfHead(elf.EM_NONE), 0o700)
	p := &preparation{codeDir: t.TempDir(), o: Options{Dir: dir, Path: bin}}
	l := language{names: []string{"python3"}}
	note := filepath.Join(dir, "interpreters", shortHash(identity(file)))
	place(t, filepath.Dir(note), filepath.Base(note), "3.12.1\n"+file+"\n", 0o600)
	answers = &memory{now: time.Now, kept: map[string]interpreter{}, expire: map[string]time.Time{}}
	if found, ok := p.ask(l, file); !ok || found.version != "3.12.1" || found.path != file {
		t.Errorf("found %+v, %v", found, ok)
	}
	place(t, bin, "python3", elfHead(elf.EM_NONE)+"x", 0o700)
	if found, ok := p.ask(l, file); ok {
		t.Errorf("a note about another program is believed: %+v", found)
	}
}

func TestCarriedFilesAreWhole(t *testing.T) {
	dir := t.TempDir()
	program, err := carry(dir, nodeClient)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		for path, want := range map[string]os.FileMode{program: 0o600, filepath.Dir(program): 0o700 | os.ModeDir} {
			if info, err := os.Stat(path); err != nil || info.Mode() != want {
				t.Errorf("%s has mode %v (%v), want %v", path, info.Mode(), err, want)
			}
		}
	}
	damaged, missing := program, filepath.Join(filepath.Dir(program), "streaming.cjs")
	if err := os.Truncate(damaged, 100); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(missing); err != nil {
		t.Fatal(err)
	}
	if again, err := carry(dir, nodeClient); err != nil || again != program {
		t.Fatalf("got %q, %v", again, err)
	}
	entries, err := os.ReadDir(filepath.Dir(program))
	if err != nil || len(entries) != len(nodeClient) {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
	for _, file := range []string{damaged, missing} {
		want, err := carried.ReadFile("carried/" + filepath.Base(file))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != string(want) {
			t.Errorf("%s is not mended: %d bytes, %v", file, len(text), err)
		}
	}
}

func TestUnwritableDir(t *testing.T) {
	skipOnWindows(t)
	root := t.TempDir()
	fake(t, root, "python3", "3.13.0")
	inTheWay := place(t, root, "data", "", 0o600)
	_, f := Prepare(function("python3.13"), t.TempDir(), Options{Dir: inTheWay, Path: root})
	if f == nil || f.Kind != invoke.ClientFailure || f.Ran != invoke.RanNo || !strings.Contains(f.Message, inTheWay) || !strings.Contains(f.Remedy, "--data-dir") {
		t.Errorf("got %+v", f)
	}
}

func TestOwnPythonClient(t *testing.T) {
	skipOnWindows(t)
	root := t.TempDir()
	fake(t, root, "python3", "3.13.2")
	for native, used := range map[string]bool{
		"runtime_client.cpython-313-" + cpython() + "-gnu.so": true,
		"runtime_client.abi3.so":                              true,
		"runtime_client.cpython-312-" + cpython() + "-gnu.so": false,
		"runtime_client.cpython-313-sparc-linux-gnu.so":       false,
		"": false,
	} {
		code := t.TempDir()
		place(t, code, "awslambdaric/__main__.py", "", 0o600)
		if native != "" {
			place(t, code, native, "", 0o600)
		}
		launch, f := Prepare(function("python3.13"), code, Options{Dir: t.TempDir(), Path: root})
		if f != nil {
			t.Fatal(f)
		}
		own := slices.Equal(launch.Args[len(launch.Args)-3:], []string{"-m", "awslambdaric", "app.handler"})
		if own != used || used == (len(launch.Notes) == 1) {
			t.Errorf("%q: starts %q, notes %q", native, launch.Args, launch.Notes)
		}
	}
}

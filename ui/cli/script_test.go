package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/script run the real binary: real processes, a real
// store, real exit statuses. "exit N lambent …" runs it and checks the status.
func TestScripts(t *testing.T) {
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exit": exitCommand,
			"same": sameCommand,
			"big":  bigCommand,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			// A folder without a template, so that the sample project is opened.
			env.Cd = filepath.Join(env.WorkDir, "here")
			return os.MkdirAll(env.Cd, 0o700)
		},
	})
}

// build makes the binary once, in a folder that TestMain removes.
var build = sync.OnceValues(func() (string, error) {
	binary := filepath.Join(scratch, "lambent")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	out, err := exec.Command("go", "build", "-o", binary, "lambent").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build lambent: %w\n%s", err, out)
	}
	return binary, nil
})

var scratch string

// TestMain runs the tests; started as the bootstrap of a function it is that function.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "bootstrap" {
		witness()
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lambent-cli-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	scratch = dir
	return m.Run()
}

// condition knows interpreters that a script needs. Where everything has to be
// tested (CI=true) one that is missing is an error.
func condition(name string) (bool, error) {
	switch name {
	case "python3", "node":
		_, err := exec.LookPath(name)
		if err != nil && os.Getenv("CI") == "true" {
			return false, fmt.Errorf("%s is not installed, and CI=true skips nothing", name)
		}
		return err == nil, nil
	case "root":
		return os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// exitCommand is "exit STATUS PROGRAM ARG...".
func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit STATUS PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("run %s: %v", args[1], err)
		}
		got = ended.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// sameCommand is "same FILE": standard output has exactly the file's bytes. The
// last line feed of the file is the archive's and does not count, unlike with cmp.
func sameCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: same FILE")
	}
	want := strings.TrimSuffix(ts.ReadFile(args[0]), "\n")
	if got := ts.ReadFile("stdout"); got != want {
		ts.Fatalf("standard output is %q, want %q", got, want)
	}
}

// bigCommand is "big FILE BYTES": the file is a JSON string of so many bytes.
func bigCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: big FILE BYTES")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := append(append([]byte{'"'}, bytes.Repeat([]byte{'x'}, n-2)...), '"')
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), text, 0o600))
}

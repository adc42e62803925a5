//go:build linux

package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// Nothing keeps a function from filling its folder, and the run says what Lambda would do.
func TestMoreThanEphemeralStorageIsTold(t *testing.T) {
	t.Parallel()
	f := open(t, does("fill", func(fn *project.Function) { fn.EphemeralStorageMB = 1 }))
	told := func(r invoke.Result) bool {
		return slices.ContainsFunc(r.Notes, func(note string) bool {
			return strings.HasPrefix(note, "The function's temporary folder holds more than 1 MB.")
		})
	}
	for _, c := range []struct {
		payload string // bytes that it writes, or leaves out
		told    bool
	}{{"500000", false}, {"1500000", true}, {"500000", true}, {"0", true}, {"-1", false}} {
		r := f.call(c.payload)
		if r.Failure != nil || told(r) != c.told {
			t.Errorf("%s: %s, %v, notes %q", c.payload, r.Payload, r.Failure, r.Notes)
		}
	}
}

// A full disk is the function's own affair: it gets ENOSPC, and what comes after works.
func TestFullTemporaryFolder(t *testing.T) {
	t.Parallel()
	python := interpreter(t)
	if namespacesRefused() != "" {
		t.Skip("the kernel refuses namespaces: " + namespacesRefused())
	}
	disk := t.TempDir()
	if err := unix.Mount("tmpfs", disk, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("no disk of 8 MB can be made here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Errorf("something is left on the full disk: %v", err)
			_ = unix.Unmount(disk, unix.MNT_DETACH)
		}
	})
	script, err := os.ReadFile("testdata/bad_runtime.py")
	if err != nil {
		t.Fatal(err)
	}
	functions := append(does("fill-tmp"), does("ok-echo")...)
	functions[1].Name = "other"
	f := open(t, functions, func(o *Options) {
		o.TempDir, o.Paths = disk, PathsReal
		o.Prepare = func(fn project.Function, dir string, _ runtimes.Options) (runtimes.Launch, *invoke.Failure) {
			return runtimes.Launch{Path: python, Args: []string{"python3", filepath.Join(dir, "bad_runtime.py"), fn.Handler}}, nil
		}
	})
	if err := os.WriteFile(filepath.Join(f.dir, "code", "bad_runtime.py"), script, 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // its folder stays, and stays full
		r := f.call("{}")
		wantFailure(t, r, "Runtime.ExitError", `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 1"}`)
		if !strings.Contains(string(r.Log), "No space left on device") {
			t.Errorf("logged %q", r.Log)
		}
	}
	if r := f.call("7", named("other")); string(r.Payload) != "7" {
		t.Errorf("another function then answers %s", r.Payload)
	}
	f.stopped()
}

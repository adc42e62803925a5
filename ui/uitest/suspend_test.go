//go:build linux

package uitest_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Suspending to the shell gives the terminal back and doesn't end what runs: a function goes
// on, and its answer is there when the workbench is in the foreground again.
func TestSuspendedWhileAFunctionRuns(t *testing.T) {
	t.Parallel()
	s := openUnder(t, 120, 36, `echo stopped; stty -a >stopped; read line; fg;`)
	s.waitFor(`valid JSON`)
	s.keys("C-g")
	s.waitFor(`Choose a function`)
	s.types("slow")
	s.keys("Enter")
	s.waitFor(`"seconds"`)
	s.keys("C-a")
	s.types(`{"seconds": 8}`) // long enough to be suspended meanwhile, on a busy machine too
	s.keys("F5")
	s.waitFor(`step 1 of`)
	s.keys("M-5") // in the payload ctrl+z takes back what was typed
	s.keys("C-z")
	s.waitFor(`(?m)^stopped`)
	before, err := os.ReadFile(filepath.Join(s.home, "before"))
	if err != nil {
		t.Fatal(err)
	}
	stopped := filepath.Join(s.home, "folder", "stopped")
	s.until(func() bool { now, _ := os.ReadFile(stopped); return bytes.Equal(now, before) }, "the shell's terminal is not as it was")
	if text := s.text(); strings.ContainsAny(text, "╭│╰") {
		t.Errorf("the workbench is still on the screen:\n%s", text)
	}
	if !s.runsFunctions() {
		t.Error("the function is gone")
	}
	s.keys("Enter")
	s.waitFor(`✓ 200`)
	s.waitFor(`step 32 of 32`)
	s.waitFor(`"workedMs"`)
	s.keys("C-q")
	s.leftWith(0)
}

// runsFunctions says whether a function's process is there that nobody has stopped.
func (s *screen) runsFunctions() bool {
	for _, pid := range s.processes() {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if bytes.HasPrefix(line, []byte("bootstrap")) && !bytes.Contains(stat, []byte(") T ")) {
			return true
		}
	}
	return false
}

//go:build unix

package uitest_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a condition may take on a machine that is busy with other tests.
const patience = 30 * time.Second

// A screen is the real program in a terminal of its own, driven by tmux.
type screen struct {
	t      *testing.T
	socket string
	home   string
}

// open builds the program and starts it under a shell in an empty folder with an
// empty home, so that what the shell says afterwards shows how it left the terminal.
func open(t *testing.T, w, h int) *screen {
	t.Helper()
	return openUnder(t, w, h, "")
}

// openUnder is open with what the shell does once the program has stopped or ended.
func openUnder(t *testing.T, w, h int, then string) *screen {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the real program")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tmux is not installed")
		}
		t.Skip("tmux is not installed")
	}
	s := &screen{t: t, home: t.TempDir()}
	s.socket = filepath.Join(s.home, "tmux")
	binary := program(t, s.home)
	folder := filepath.Join(s.home, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	shell := fmt.Sprintf("stty -a >%[1]s/before; %[2]s; %[3]s echo left with $?; stty -a >%[1]s/after; echo done; cat", s.home, binary, then)
	if then != "" {
		shell = "set -m; " + shell // job control
	}
	t.Cleanup(func() { _ = s.tmux("kill-server").Run() })
	start := s.tmux("-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h), shell)
	start.Dir = folder
	if out, err := start.CombinedOutput(); err != nil {
		t.Fatalf("tmux: %v\n%s", err, out)
	}
	return s
}

func (s *screen) tmux(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-S", s.socket}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+s.home, "TERM=xterm-256color", "LANG=C.UTF-8",
		"XDG_DATA_HOME="+s.home+"/data", "XDG_STATE_HOME="+s.home+"/state", "XDG_CONFIG_HOME="+s.home+"/config", "TMUX=")
	return cmd
}

func (s *screen) text() string {
	out, err := s.tmux("capture-pane", "-p").Output()
	if err != nil {
		s.t.Fatalf("tmux capture-pane: %v", err)
	}
	return string(out)
}

// waitFor waits until the screen shows what the pattern says.
func (s *screen) waitFor(pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(pattern)
	s.until(func() bool { return re.MatchString(s.text()) }, "the screen does not show "+pattern)
}

func (s *screen) until(holds func() bool, otherwise string) {
	s.t.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for deadline := time.Now().Add(patience); !holds(); <-poll.C {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s:\n%s", otherwise, s.text())
		}
	}
}

func (s *screen) keys(keys ...string) {
	s.t.Helper()
	if out, err := s.tmux(append([]string{"send-keys"}, keys...)...).CombinedOutput(); err != nil {
		s.t.Fatalf("tmux send-keys: %v\n%s", err, out)
	}
}

func (s *screen) types(text string) { s.keys("-l", text) }

// leftWith waits until the program has ended and checks its exit status, the
// terminal's settings, and that no process of it is left.
func (s *screen) leftWith(status int) {
	s.t.Helper()
	s.waitFor(fmt.Sprintf(`left with %d\n(.*\n)*done`, status))
	before, _ := os.ReadFile(filepath.Join(s.home, "before"))
	after, _ := os.ReadFile(filepath.Join(s.home, "after"))
	if len(before) == 0 || !bytes.Equal(before, after) {
		s.t.Errorf("the terminal was left changed: before\n%s\nafter\n%s", before, after)
	}
	if text := s.text(); strings.ContainsAny(text, "╭│╰") {
		s.t.Errorf("the workbench is still on the screen:\n%s", text)
	}
	s.until(func() bool { return len(s.processes()) == 0 }, "processes are left")
}

// processes are the processes of the program under test: their image is its binary.
func (s *screen) processes() (pids []int) {
	images, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, image := range images {
		target, err := os.Readlink(image)
		if err != nil || !strings.HasPrefix(target, filepath.Join(s.home, "lambent")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(image))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// workbench is the process that draws: the guard's child.
func (s *screen) workbench() int {
	s.t.Helper()
	for _, pid := range s.processes() {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if strings.HasPrefix(string(line), "lambent:workbench") {
			return pid
		}
	}
	s.t.Fatal("no process draws the workbench")
	return 0
}

// TestMainJob does what a person does first, in the real program and a real terminal.
func TestMainJob(t *testing.T) {
	for _, size := range [][2]int{{120, 36}, {80, 24}, {200, 50}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			s := open(t, size[0], size[1])
			s.waitFor(`valid JSON`)
			s.keys("F5")
			s.waitFor(`✓ 200`)
			s.waitFor(`Hello, Ada`)

			s.keys("C-g")
			s.waitFor(`Choose a function`)
			s.types("orders")
			s.keys("Enter")
			s.waitFor(`12345678901234567890`)
			s.keys("F2")
			s.waitFor(`canary  ?→ 1 90% · 2 10%`)
			s.types("live")
			s.keys("Enter")
			s.waitFor(`live → 2`)
			s.keys("F5")
			s.waitFor(`version 2 · cold`)

			s.keys("C-r")
			s.waitFor(`History of this function`)
			s.keys("Enter")
			s.waitFor(`#2`)
			s.keys("M-3")
			s.keys("r")
			s.waitFor(`version 2 · warm`)
			s.keys("C-q")
			s.leftWith(0)
		})
	}
}

func TestFailuresAreExplained(t *testing.T) {
	t.Parallel()
	s := open(t, 120, 36)
	s.waitFor(`valid JSON`)
	s.keys("C-g")
	s.waitFor(`Choose a function`)
	s.types("fails")
	s.keys("Enter")
	s.waitFor(`4929 0341`)
	s.keys("F5")
	s.waitFor(`✗ function error`)
	s.waitFor(`PaymentDeclined`)

	s.types("{")
	s.waitFor(`✗ line 1, column`)
	s.keys("F5")
	s.waitFor(`! the payload is not JSON`)
	s.keys("F5")
	s.waitFor(`! Lambda refused the call`)
	s.waitFor(`InvalidRequestContentException`)
	s.keys("C-q")
	s.leftWith(0)
}

// TestEventsAreFollowed invokes with an Event and watches its attempts. A run that
// is cancelled beside it is told from one that failed.
func TestEventsAreFollowed(t *testing.T) {
	t.Parallel()
	s := open(t, 120, 36)
	s.waitFor(`valid JSON`)
	s.keys("F3", "F5")
	s.waitFor(`✓ 202 accepted`)
	s.waitFor(`✓ succeeded with attempt 1`)
	s.keys("C-g")
	s.waitFor(`Choose a function`)
	s.types("fails")
	s.keys("Enter")
	s.waitFor(`4929 0341`)
	s.keys("F5")
	s.waitFor(`✗ attempt 1`)
	s.waitFor(`waiting 0:\d\d, then attempt 2`)
	s.keys("C-g")
	s.waitFor(`Choose a function`)
	s.types("slow")
	s.keys("Enter")
	s.waitFor(`"seconds"`)
	s.keys("F3", "F3", "F5")
	s.waitFor(`limit 15 s`)
	s.keys("C-c")
	s.waitFor(`– cancelled  after`)
	s.waitFor(`▌ – \d\d:\d\d`)
	s.keys("C-q")
	s.leftWith(0)
}

// TestTypingAhead types before the program can have opened anything.
func TestTypingAhead(t *testing.T) {
	t.Parallel()
	s := open(t, 120, 36)
	s.waitFor(`λ`)
	s.keys("C-a")
	s.types(`{"name": "Typed"}`)
	s.keys("F5")
	s.waitFor(`Hello, Typed`)
	s.keys("C-q")
	s.leftWith(0)
}

// TestEndsLeaveNothingBehind ends the workbench in hard ways while a function runs.
func TestEndsLeaveNothingBehind(t *testing.T) {
	for _, end := range []struct {
		name   string
		signal syscall.Signal
		status int
	}{
		{"killed", syscall.SIGKILL, 137}, {"terminated", syscall.SIGTERM, 143}, {"hung up", syscall.SIGHUP, 129}, {"aborted", syscall.SIGABRT, 2},
	} {
		t.Run(end.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 80, 24)
			s.waitFor(`valid JSON`)
			s.keys("C-g")
			s.waitFor(`Choose a function`)
			s.types("slow")
			s.keys("Enter")
			s.waitFor(`"seconds"`)
			s.keys("F5")
			s.waitFor(`limit 15 s`)
			if err := syscall.Kill(s.workbench(), end.signal); err != nil {
				t.Fatal(err)
			}
			s.leftWith(end.status)
		})
	}
}

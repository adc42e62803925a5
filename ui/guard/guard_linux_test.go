package guard

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary play the guard and the guarded workbench: a
// program that switches to raw mode and the alternate screen and then ends in
// the way that the environment variable names.
func TestMain(m *testing.M) {
	switch {
	case IsChild(os.Args):
		os.Exit(workbench(os.Getenv("ENDING")))
	case os.Getenv("ENDING") != "":
		log, err := os.OpenFile(os.Getenv("LOG"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			panic(err)
		}
		os.Exit(Run("/proc/self/exe", os.Args[1:], log))
	}
	os.Exit(m.Run())
}

const alternateScreen = "\x1b[?1049h\x1b[?25l\x1b[?1002h"

func workbench(ending string) int {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	old, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil {
		return 90
	}
	raw := *old
	raw.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG
	raw.Iflag &^= unix.ICRNL
	if err := unix.IoctlSetTermios(0, unix.TCSETS, &raw); err != nil {
		return 91
	}
	fmt.Print(alternateScreen, "drawn:", os.Getpid(), ";")
	switch name, arg, _ := strings.Cut(ending, ":"); name {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "panic":
		go func() { panic("a goroutine that nobody watches") }()
	case "overflow":
		debug.SetMaxStack(1 << 20)
		var f func(int) int
		f = func(n int) int { return f(n+1) + n }
		return f(0)
	case "clean":
		_ = unix.IoctlSetTermios(0, unix.TCSETS, old)
		Clean()
		code, _ := strconv.Atoi(arg)
		return code
	case "refused":
		_ = unix.IoctlSetTermios(0, unix.TCSETS, old)
		Say("lambent: " + arg + strings.Repeat(" and why", 1000))
		Clean()
		return 2
	case "signal":
		s := <-signals
		_ = unix.IoctlSetTermios(0, unix.TCSETS, old)
		Clean()
		return 128 + int(s.(syscall.Signal))
	case "deaf":
		signal.Reset(syscall.SIGHUP)
		signal.Ignore(syscall.SIGTERM)
	}
	select {}
}

// terminal is a pseudo-terminal with a guard running on it.
type terminal struct {
	cmd    *exec.Cmd
	output chan []byte // everything that was written, once the terminal is closed
	seen   chan string // what was written so far, whenever it grew
	slave  *os.File
	before unix.Termios
	log    string
}

func start(t *testing.T, ending string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("no pseudo-terminals here: %v", err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	tm := &terminal{output: make(chan []byte, 1), seen: make(chan string, 1000), slave: slave, before: *before}
	tm.log = filepath.Join(t.TempDir(), "lambent.log")
	tm.cmd = exec.Command("/proc/self/exe")
	tm.cmd.Env = append(os.Environ(), "ENDING="+ending, "LOG="+tm.log)
	tm.cmd.Stdin, tm.cmd.Stdout, tm.cmd.Stderr = slave, slave, slave
	tm.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := tm.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		var all bytes.Buffer
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			all.Write(b[:n])
			select {
			case tm.seen <- all.String():
			default:
			}
			if err != nil {
				tm.output <- all.Bytes()
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = tm.cmd.Process.Kill()
		slave.Close()
		master.Close()
	})
	return tm
}

// drawn waits until the workbench has drawn and returns its process id.
func (tm *terminal) drawn(t *testing.T) int {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for {
		select {
		case s := <-tm.seen:
			_, rest, ok := strings.Cut(s, "drawn:")
			id, _, done := strings.Cut(rest, ";")
			if pid, err := strconv.Atoi(id); ok && done && err == nil {
				return pid
			}
		case <-deadline:
			t.Fatal("the workbench drew nothing within 10 s")
		}
	}
}

// ended waits for the guard and returns its status and all that was written.
func (tm *terminal) ended(t *testing.T) (int, string) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- tm.cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(15 * time.Second):
		t.Fatal("the guard did not end within 15 s")
	}
	after, err := unix.IoctlGetTermios(int(tm.slave.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	if *after != tm.before {
		t.Errorf("terminal settings are %+v, were %+v", *after, tm.before)
	}
	tm.slave.Close()
	out := <-tm.output
	return tm.cmd.ProcessState.ExitCode(), string(out)
}

func TestTerminalIsRestored(t *testing.T) {
	for _, c := range []struct {
		ending string
		status int
	}{
		{"kill", 137}, {"panic", 2}, {"overflow", 2},
	} {
		t.Run(c.ending, func(t *testing.T) {
			status, out := start(t, c.ending).ended(t)
			if status != c.status {
				t.Errorf("exit status %d, want %d", status, c.status)
			}
			if _, after, ok := strings.Cut(out, "drawn:"); !ok || !strings.Contains(after, "\x1b[?1049l") || !strings.Contains(after, "\x1b[?25h") {
				t.Errorf("the alternate screen and the cursor were not restored: %q", out)
			}
			if !strings.Contains(out, "lambent: the workbench stopped") {
				t.Errorf("nothing says what happened: %q", out)
			}
			if strings.Contains(out, "goroutine ") {
				t.Errorf("a stack trace reached the terminal: %q", out)
			}
		})
	}
}

func TestCleanEndIsLeftAlone(t *testing.T) {
	for ending, want := range map[string]int{"clean:0": 0, "clean:2": 2, "clean:130": 130} {
		status, out := start(t, ending).ended(t)
		if status != want {
			t.Errorf("%s: exit status %d, want %d", ending, status, want)
		}
		if _, after, _ := strings.Cut(out, "drawn:"); strings.Contains(after, "\x1b") {
			t.Errorf("%s: the guard wrote over a terminal that was restored: %q", ending, out)
		}
	}
}

// What the workbench has to say as it ends is said once and on the terminal, not in the log.
func TestLastWordsAreOnTheTerminal(t *testing.T) {
	status, out := start(t, "refused:the address is used").ended(t)
	if _, after, _ := strings.Cut(out, "drawn:"); status != 2 || strings.Count(after, "lambent: the address is used and why") != 1 ||
		strings.Contains(after, "\x1b") || len(after) > 600 || !strings.HasSuffix(after, "\n") {
		t.Errorf("exit status %d, %q", status, out)
	}
}

func TestSignalsReachTheWorkbench(t *testing.T) {
	for s, want := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		tm := start(t, "signal")
		tm.drawn(t)
		_ = tm.cmd.Process.Signal(s)
		if status, out := tm.ended(t); status != want {
			t.Errorf("%v: exit status %d, want %d; output %q", s, status, want, out)
		}
	}
}

func TestDeafWorkbenchIsKilled(t *testing.T) {
	tm := start(t, "deaf")
	tm.drawn(t)
	_ = tm.cmd.Process.Signal(syscall.SIGTERM)
	if status, _ := tm.ended(t); status != 137 {
		t.Errorf("exit status %d, want 137", status)
	}
}

func TestKilledGuardTakesTheWorkbenchAlong(t *testing.T) {
	tm := start(t, "signal")
	pid := tm.drawn(t)
	_ = tm.cmd.Process.Kill()
	_ = tm.cmd.Wait()
	deadline := time.Now().Add(10 * time.Second)
	for alive(pid) {
		if time.Now().After(deadline) {
			t.Fatal("the workbench outlived its guard by 10 s")
		}
		time.Sleep(time.Millisecond)
	}
}

// alive says whether the process runs; a zombie that nobody reaps does not.
func alive(pid int) bool {
	f, err := os.Open(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	defer f.Close()
	b, _ := io.ReadAll(f)
	i := bytes.LastIndexByte(b, ')')
	return i > 0 && i+2 < len(b) && b[i+2] != 'Z'
}

//go:build unix

package guard

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Available says whether a guard exists on this system.
const Available = true

// grace is how long the workbench may take to end after it was told to. Two
// seconds: saving a draft and ending local functions take a few milliseconds.
const grace = 2 * time.Second

// Run starts image with args as the guarded workbench on this process's
// terminal and returns the exit status for the shell. logFile receives the
// child's standard error; it may be nil.
func Run(image string, args []string, logFile *os.File) int {
	// Pdeathsig follows the thread that forked, so that thread has to stay.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	saved, savedErr := unix.IoctlGetTermios(int(os.Stdin.Fd()), getTermios)
	said, say, err := os.Pipe()
	if err != nil {
		fmt.Fprintf(os.Stderr, "lambent: cannot start the workbench: %v\n", err)
		return 2
	}
	defer said.Close()

	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT)

	child := exec.Command(image, args...)
	child.Args[0] = childName
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	if logFile != nil {
		child.Stderr = logFile
	}
	child.ExtraFiles = []*os.File{say}
	child.SysProcAttr = dieWithParent()
	if err := child.Start(); err != nil {
		say.Close()
		fmt.Fprintf(os.Stderr, "lambent: cannot start the workbench: %v\n", err)
		return 2
	}
	say.Close()

	go forward(signals, child.Process)
	err = child.Wait()
	clean, words := lastWord(said)
	if !clean {
		if savedErr == nil {
			_ = unix.IoctlSetTermios(int(os.Stdin.Fd()), setTermiosFlush, saved)
		}
		_, _ = io.WriteString(os.Stdout, reset)
		fmt.Fprintf(os.Stderr, "lambent: the workbench stopped (%s)%s\n", how(child.ProcessState, err), where(logFile))
	} else if words != "" {
		fmt.Fprintln(os.Stderr, words)
	}
	return status(child.ProcessState)
}

// forward hands signals to the child, and ends it when it does not follow.
func forward(signals <-chan os.Signal, child *os.Process) {
	var kill <-chan time.Time
	for {
		select {
		case s := <-signals:
			_ = child.Signal(s)
			if kill == nil && s != syscall.SIGINT {
				kill = time.After(grace)
			}
		case <-kill:
			_ = child.Kill()
			return
		}
	}
}

// lastWord reads whether the child ended cleanly, and what it had to say. The write end is closed by then, so the
// read ends at once; a process that the child left behind could hold it open,
// which is why the read does not wait.
func lastWord(said *os.File) (clean bool, words string) {
	if err := unix.SetNonblock(int(said.Fd()), true); err != nil {
		return false, ""
	}
	var b [1 + maxWords]byte
	n, _ := unix.Read(int(said.Fd()), b[:])
	if n < 1 {
		return false, ""
	}
	return true, string(b[1:n])
}

func how(state *os.ProcessState, err error) string {
	if state != nil {
		return state.String()
	}
	return err.Error()
}

func where(logFile *os.File) string {
	if logFile == nil {
		return ""
	}
	return "; the report is in " + logFile.Name()
}

// status turns the child's end into an exit status, signals as a shell does.
func status(state *os.ProcessState) int {
	if state == nil {
		return 2
	}
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return state.ExitCode()
}

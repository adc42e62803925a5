//go:build unix

package cli

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"lambent/invoke"
)

// A signal cancels the invocation, waits for its record, and is the exit status.
func TestSignals(t *testing.T) {
	for number, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(number.String(), func(t *testing.T) {
			if signal.Ignored(number) { // by nohup: the commands then ignore it, too
				signal.Reset(number)
			}
			recorded := false
			target := &fakeTarget{answer: func(ctx context.Context, _ invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
				if err := syscall.Kill(syscall.Getpid(), number); err != nil {
					t.Error(err)
				}
				<-ctx.Done()
				recorded = true
				return invoke.Result{}, invoke.ClientFailureOf(invoke.Cancelled, "cancelled", "", "", invoke.RanUnknown, ctx.Err())
			}}
			r := newStage(t, target).run("invoke", "orders")
			r.wantExit(t, want)
			if !recorded || !strings.Contains(r.err, "– cancelled") || !strings.Contains(r.err, "The function may have run.") {
				t.Errorf("recorded %v, standard error %q", recorded, r.err)
			}
		})
	}
}

func TestSignalWhileAnEventIsFollowed(t *testing.T) {
	s := newStage(t, accepts(func(ctx context.Context, _ string, _ func(invoke.Progress)) (invoke.Result, error) {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		return invoke.Result{}, ctx.Err()
	}))
	r := s.run("invoke", "orders", "-t", "Event")
	r.wantExit(t, 130)
	if !strings.Contains(r.err, "The event e-1 stays queued.") {
		t.Errorf("standard error %q", r.err)
	}
}

// The real binary: a signal ends the function's processes, and the run is in history.
func TestSignalEndsTheRealThing(t *testing.T) {
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := inFolder(binary, t.TempDir())
	cmd := command("invoke", "slow", "-p", `{"seconds": 14}`)
	var out bytes.Buffer
	cmd.Stdout = &out
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer deadline.Stop()
	var said strings.Builder
	for lines := bufio.NewScanner(errs); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "step 1 ") {
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd.Wait()
	if got := cmd.ProcessState.ExitCode(); got != 143 {
		t.Errorf("exit status %d, want 143", got)
	}
	if !strings.Contains(said.String(), "– cancelled") || out.Len() > 0 {
		t.Errorf("standard output %q, standard error:\n%s", out.String(), said.String())
	}
	listed, err := command("history", "-o", "json").Output()
	if err != nil || !strings.Contains(string(listed), `"functionName":"slow"`) || !strings.Contains(string(listed), `"failure":{"name":"Cancelled"}`) {
		t.Errorf("history: %v\n%s", err, listed)
	}
}

// A reader that has had enough does not lose the record of the run.
func TestReaderThatGoesAway(t *testing.T) {
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := inFolder(binary, t.TempDir())
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	read.Close()
	cmd := command("invoke", "hello")
	cmd.Stdout, cmd.Stderr = write, write
	err = cmd.Run()
	write.Close()
	if cmd.ProcessState.ExitCode() != 2 {
		t.Errorf("it ends with %v, want exit status 2", err)
	}
	listed, err := command("history", "-o", "json").Output()
	if err != nil || !strings.Contains(string(listed), `"statusCode":200`) {
		t.Errorf("history: %v\n%s", err, listed)
	}
}

// inFolder makes commands that run in a folder that is their home, too.
func inFolder(binary, dir string) func(args ...string) *exec.Cmd {
	return func(args ...string) *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Dir = dir
		cmd.Env = []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}
		return cmd
	}
}

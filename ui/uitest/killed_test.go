//go:build unix

package uitest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// An accepted event outlives the lambent that accepted it, which is killed while the
// event runs, and is run to its end by another one on the same data folder.
func TestAnEventOutlivesAKilledLambent(t *testing.T) {
	t.Parallel() // it waits until the lease of the one that was killed ends
	home := t.TempDir()
	binary := program(t, t.TempDir())
	lambent := func(args ...string) *exec.Cmd {
		c := exec.Command(binary, args...)
		c.Dir = home
		c.Env = append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home)
		return c
	}
	invoke := lambent("invoke", "slow", "-t", "Event", "-p", "{}")
	said, err := invoke.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := invoke.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(said)
	var heard []string
	for running := false; !running; { // its first line of log
		if !lines.Scan() {
			t.Fatalf("the event never ran: %q", heard)
		}
		heard = append(heard, lines.Text())
		running = strings.Contains(lines.Text(), "START RequestId")
	}
	if err := invoke.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = invoke.Wait()

	serve := lambent("serve", "--listen", "127.0.0.1:0", "--event-clock", "100")
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
	}()
	type attempt struct {
		State, RequestID string
		StatusCode       int
		Report           *struct{ DurationMs float64 }
	}
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		out, err := lambent("history", "show", "1", "-o", "json").Output()
		var got attempt
		if err == nil && json.Unmarshal(bytes.TrimSpace(out), &got) == nil && got.Report != nil {
			return // it has run to its end
		}
		if time.Now().After(deadline) {
			t.Fatalf("the event was not run again: %s, %v", out, err)
		}
	}
}

//go:build unix

package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// endpoint starts the real binary as an endpoint and returns its address. Its end,
// by SIGTERM, is checked when the test ends.
func endpoint(t *testing.T, command func(args ...string) *exec.Cmd, flags ...string) string {
	t.Helper()
	cmd := command(append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
		if status := cmd.ProcessState.ExitCode(); !deadline.Stop() || status != 143 {
			t.Errorf("serve ended with %d, want 143", status)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	address, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("first line %q, %v", line, err)
	}
	return address
}

// call invokes a function as curl would.
func call(t *testing.T, address, function, payload string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, address+"/2015-03-31/functions/"+function+"/invocations", strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// What the real endpoint is asked is answered, is in history when the answer is
// there, and can be had again from history alone.
func TestEndpointOfTheRealThing(t *testing.T) {
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := inFolder(binary, t.TempDir())
	address := endpoint(t, command, "--fault", "fails=TooManyRequestsException:ConcurrentInvocationLimitExceeded")

	answer, body := call(t, address, "orders%3Alive", `{"id": 12345678901234567890}`)
	if answer.StatusCode != 200 || answer.Header.Get("X-Amz-Executed-Version") != "2" || !strings.Contains(body, `"id":12345678901234567890`) {
		t.Errorf("%s, %v\n%s", answer.Status, answer.Header, body)
	}
	listed, err := command("history", "-o", "json").Output()
	var row struct{ FunctionName, Qualifier string }
	if err != nil || json.Unmarshal(listed, &row) != nil || row.FunctionName != "orders" || row.Qualifier != "live" {
		t.Errorf("history: %v\n%s", err, listed)
	}
	refused, body := call(t, address, "fails", `{}`)
	if refused.StatusCode != 429 || body != `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}` {
		t.Errorf("%s %s", refused.Status, body)
	}

	recorded := endpoint(t, command, "--upstream", "recorded")
	again, body := call(t, recorded, "orders%3Alive", `{"id": 12345678901234567890}`)
	if again.StatusCode != 200 || again.Header.Get("X-Amz-Executed-Version") != "2" || !strings.Contains(body, `"id":12345678901234567890`) {
		t.Errorf("recorded: %s, %v\n%s", again.Status, again.Header, body)
	}
	if never, body := call(t, recorded, "orders%3Alive", `{"id": 1}`); never.StatusCode != 404 {
		t.Errorf("never recorded: %s %s", never.Status, body)
	}
}

// The AWS target works on the endpoint as on AWS.
func TestAWSTargetOnTheRealEndpoint(t *testing.T) {
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	command := inFolder(binary, t.TempDir())
	address := endpoint(t, command)
	out, err := command("invoke", "orders", "-q", "live", "-p", `{"id": 12345678901234567890}`, "--endpoint-url", address, "-o", "json").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{`"target":"aws"`, `"executedVersion":"2"`, `"id":12345678901234567890`, `"log":"START RequestId: `} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not in\n%s", want, out)
		}
	}
	missing := command("invoke", "ordrs", "--endpoint-url", address)
	if _, err := missing.Output(); missing.ProcessState.ExitCode() != 6 {
		t.Errorf("an unknown function exits %d (%v), want 6", missing.ProcessState.ExitCode(), err)
	}
}

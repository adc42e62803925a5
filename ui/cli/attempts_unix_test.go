//go:build unix

package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// The lambent that accepted an event is killed while the event waits for its retry. The
// next one on that data folder goes on with it: no attempt is left out, none made twice.
func TestKilledWhileAnEventWaits(t *testing.T) {
	t.Parallel()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	w := witnessedProject(t)
	command := inFolder(binary, w.dir)
	// A minute of waiting takes two seconds: long enough to be killed in it.
	first := command("invoke", "witness", "-t", "Event", "-p", `{"fail":1}`, "--event-clock", "30")
	said, err := first.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	lines, heard := bufio.NewScanner(said), ""
	for !strings.Contains(heard, "attempt 2 follows in 2 s") && lines.Scan() {
		heard += lines.Text() + "\n"
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	if of, all := w.attempts(); all != 1 || len(of) != 1 {
		t.Fatalf("%d attempts before the kill, want 1; it said\n%s", all, heard)
	}
	endpoint(t, command, "--event-clock", "30")
	letters := func() (list []struct{ Attempts int }) {
		out, err := command("deadletters", "-o", "json").Output()
		if err != nil {
			t.Fatalf("deadletters: %v", err)
		}
		for line := range strings.Lines(string(out)) {
			var letter struct{ Attempts int }
			if err := json.Unmarshal([]byte(line), &letter); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			list = append(list, letter)
		}
		return list
	}
	w.until("the third attempt", func() bool { _, all := w.attempts(); return all >= 3 })
	w.until("the dead letter", func() bool { return len(letters()) > 0 })
	if of, all := w.attempts(); all != 3 || len(of) != 1 || letters()[0].Attempts != 3 {
		t.Errorf("%d attempts of %d events, history knows %v: want 3 of 1", all, len(of), letters())
	}
}

// Two lambents on one data folder share the events: each attempt is made by one of them.
func TestTwoProcessesShareTheEvents(t *testing.T) {
	t.Parallel()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	w := witnessedProject(t)
	command := inFolder(binary, w.dir)
	// Retries are due within a tenth of a second, so that both are always after the same events.
	addresses := []string{endpoint(t, command, "--event-clock", "600"), endpoint(t, command, "--event-clock", "600")}
	const events, failing = 60, 15
	want := map[string]int{} // attempts by request id
	var mu sync.Mutex
	var posting sync.WaitGroup
	for n := range events {
		posting.Go(func() {
			payload, attempts := fmt.Sprintf(`{"n":%d}`, n), 1
			if n < failing {
				payload, attempts = fmt.Sprintf(`{"fail":%d}`, n), 3
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, addresses[n%2]+"/2015-03-31/functions/witness/invocations", strings.NewReader(payload))
			if err != nil {
				t.Error(err)
				return
			}
			r.Header.Set("X-Amz-Invocation-Type", "Event")
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
			if answer.StatusCode != 202 {
				t.Errorf("event %d: %s", n, answer.Status)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			want[answer.Header.Get("X-Amzn-Requestid")] = attempts
		})
	}
	posting.Wait()
	settled := func(query string) int {
		out, err := command("history", query, "-o", "json").Output()
		if err != nil && len(out) > 0 {
			t.Fatalf("history %s: %v", query, err)
		}
		return strings.Count(string(out), "\n")
	}
	w.until("all attempts", func() bool { _, all := w.attempts(); return all >= events+2*failing })
	w.until("all events to be settled", func() bool {
		return settled("is:ok type:event") == events-failing && settled("is:error type:event") == failing
	})
	of, all := w.attempts()
	for id, n := range want {
		if of[id] != n {
			t.Errorf("event %s was run %d times, want %d", id, of[id], n)
		}
	}
	if len(want) != events || len(of) != events || all != events+2*failing {
		t.Errorf("%d accepted, %d run, %d attempts; want %d, %d, %d", len(want), len(of), all, events, events, events+2*failing)
	}
}

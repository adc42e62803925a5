//go:build linux

package local

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// soakVariable says how many invocations TestEveryFaultIsAnswered makes: 10000 is what a
// release is held to.
const soakVariable = "LAMBENT_TEST_FAULTS"

const soakByDefault = 300

// Faults of functions, and what each is answered with.
var soaked = map[string]string{ // behaviour: failure, "" for a success
	"echo": "", "replaced": "", "count": "", "log": "", "fail": "ValueError",
	"exit:3": "Runtime.ExitError", "exit:0": "Runtime.ExitError", "exit:segv": "Runtime.ExitError",
	"respond-exit": "", "unread": "", "hang": "Sandbox.Timedout", "init-error": "Runtime.ImportModuleError", "init-exit:1": "Runtime.ExitError",
	"init-hang": "Sandbox.Timedout", "init-once": "", "slow-next:20ms": "", "family": "", "stream:whole": "", "stream:error": "E",
	"stream:cut": "Runtime.TruncatedResponse", "misuse": "Runtime.InvalidResponseModeHeader", "eat:400": "Runtime.ExitError", "large:6291557": "Function.ResponseSizeTooLarge",
}

// Invocations of a random mix of all faults, ten at a time: every one is answered as it
// must be, and nothing is left of them. With soakVariable there are as many as it says.
func TestEveryFaultIsAnswered(t *testing.T) {
	n := soakByDefault
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	var functions []project.Function
	var names []string
	for behaviour := range soaked {
		fn := does(behaviour, within(400*time.Millisecond))[0]
		fn.Name = fmt.Sprintf("f%d", len(names))
		if behaviour == "eat:400" {
			fn.Timeout = 8 * time.Second
		}
		functions, names = append(functions, fn), append(names, behaviour)
	}
	f := open(t, functions, func(o *Options) { o.InitTimeout = 200 * time.Millisecond })
	before, files := memoryInUse(), openFilesOf(t)
	began := time.Now()
	answers := soak(t, f, names, n)
	t.Logf("%d invocations in %s: %v", n, time.Since(began).Round(time.Millisecond), answers)
	f.stopped()
	eventually(t, "goroutines and files end", 10*time.Second, func() bool { return openFilesOf(t) <= files+2 })
	if grown := memoryInUse() - before; grown > 32<<20 {
		t.Errorf("the heap has grown by %d bytes over %d invocations", grown, n)
	}
}

// soak makes n invocations and counts what they were answered.
func soak(t *testing.T, f *fixture, names []string, n int) map[string]int {
	var mu sync.Mutex
	answers, next := map[string]int{}, 0
	draw := rand.New(rand.NewPCG(1, 2))
	var wg sync.WaitGroup
	for range DefaultConcurrency {
		wg.Go(func() {
			for {
				mu.Lock()
				i, done := draw.IntN(len(names)), next >= n
				next++
				mu.Unlock()
				if done {
					return
				}
				got, want := f.fate(fmt.Sprintf("f%d", i)), soaked[names[i]]
				mu.Lock()
				answers[got]++
				mu.Unlock()
				// A machine that is busy enough makes a timeout of anything. When it is the
				// first init that is cut short, init-once fails in the second.
				busy := got == "Sandbox.Timedout" || names[i] == "init-once" && got == "Runtime.ExitError"
				if got != want && !busy {
					t.Errorf("%s: answered %q, want %q", names[i], got, want)
				}
			}
		})
	}
	wg.Wait()
	return answers
}

// fate is the name of the failure that an invocation ends with, "" when it succeeds.
func (f *fixture) fate(function string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r, err := f.Invoke(ctx, invoke.Request{Function: function, Payload: []byte(`{"n":1}`), LogType: invoke.LogTail}, nil)
	var failure *invoke.Failure
	if errors.As(err, &failure) {
		return failure.Name
	}
	return nameOf(r.Failure)
}

func memoryInUse() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func openFilesOf(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

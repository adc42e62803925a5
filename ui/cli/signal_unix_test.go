//go:build unix

package cli

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"lambent/invoke"
)

// A signal cancels the invocation, waits for its record, and is the exit status.
func TestSignals(t *testing.T) {
	for number, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129} {
		t.Run(number.String(), func(t *testing.T) {
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

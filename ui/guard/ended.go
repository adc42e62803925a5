package guard

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// EndedBy is the cause of a context that a signal ended.
type EndedBy struct{ Signal syscall.Signal }

// Error names the signal.
func (e *EndedBy) Error() string { return e.Signal.String() }

// ExitStatus is the one of a process that the signal ended, as shells have it.
func (e *EndedBy) ExitStatus() int { return 128 + int(e.Signal) }

// UntilEnded ends ctx when the system or the terminal asks the workbench to end; the cause is
// an *EndedBy then. The function that it returns must be called.
func UntilEnded(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		select {
		case s := <-signals:
			cancel(&EndedBy{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

package cli

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses that are not a failure's own (see invoke.Failure.ExitCode).
const (
	ExitDone          = 0
	ExitFunctionError = 1
	ExitUsage         = 2 // usage, configuration, a store that cannot be read
	ExitNotFound      = 6
	ExitNoAnswer      = 7
	ExitDifferent     = 8 // a check or a comparison found a difference
)

// A usageError is told in one line, and nothing more.
type usageError struct {
	err  error
	exit int // 0 means ExitUsage
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(err error) error { return &usageError{err: err} }

func notFound(err error) error { return &usageError{err: err, exit: ExitNotFound} }

// A saidError ends the command with a status whose reason is on the screen already.
type saidError struct{ exit int }

func (e *saidError) Error() string { return "" }

// errClosedPipe is what a write to a reader that is gone answers.
var errClosedPipe error = syscall.EPIPE

// A signalError is the cause of a context that a signal has ended.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string { return e.signal.String() }

// status is 128 and the signal's number, as shells report it.
func (e *signalError) status() int { return 128 + int(e.signal) }

// untilSignalled is a context that SIGINT, SIGTERM and SIGHUP end. After the first
// of them the next one has its ordinary effect, so that nobody is locked in.
// A SIGHUP that is ignored (nohup) stays ignored.
//
// SIGPIPE is taken off the process while it lasts, so that an answer that nobody
// reads does not kill an invocation that has yet to be recorded: the write fails
// instead. It is taken by Notify, not by Ignore, which children would inherit.
func untilSignalled(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	received := make(chan os.Signal, 1)
	signals := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	signal.Notify(received, signals...)
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-received:
			signal.Stop(received)
			if number, ok := s.(syscall.Signal); ok {
				cancel(&signalError{number})
			}
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(received)
		signal.Stop(pipe)
		close(done)
		cancel(nil)
	}
}

// signalledOr is the signal that ended the context, or else err.
func signalledOr(ctx context.Context, err error) error {
	var signalled *signalError
	if errors.As(context.Cause(ctx), &signalled) {
		return signalled
	}
	return err
}

// exitOf is the exit status that an outcome means.
func exitOf(v outcome) int {
	switch {
	case v.outOfTime():
		return ExitNoAnswer
	case v.failure != nil:
		return v.failure.ExitCode()
	case v.result.FunctionError != "":
		return ExitFunctionError
	}
	return ExitDone
}

package ui

import (
	"context"
	"time"
)

// A Clock is the workbench's only source of time. Everything of the workbench
// that waits, waits in Sleep, so that a test that owns the clock owns time.
type Clock interface {
	Now() time.Time

	// Sleep returns true after d, and false as soon as ctx ends.
	Sleep(ctx context.Context, d time.Duration) bool

	// WithTimeout is context.WithTimeout by this clock.
	WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

// systemClock is the clock of the machine.
type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) Sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (systemClock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, d)
}

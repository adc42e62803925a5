package uitest

import (
	"context"
	"sync"
	"time"
)

// A Clock is time that moves only when the driver moves it. Who sleeps by it is
// known, which is how the driver knows that all other work is done.
type Clock struct {
	mu       sync.Mutex
	changed  sync.Cond // something slept, woke or ended
	now      time.Time
	sleepers []*sleeper
	limits   []*limited
}

// A sleeper is one call of Sleep that has not returned.
type sleeper struct {
	due  time.Time
	ctx  context.Context
	wake chan struct{}
}

// NewClock makes a clock that stands at a time.
func NewClock(now time.Time) *Clock {
	c := &Clock{now: now}
	c.changed.L = &c.mu
	return c
}

// Now implements ui.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep implements ui.Clock.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) bool {
	c.mu.Lock()
	s := &sleeper{due: c.now.Add(d), ctx: ctx, wake: make(chan struct{})}
	c.sleepers = append(c.sleepers, s)
	c.changed.Broadcast()
	c.mu.Unlock()
	select {
	case <-s.wake:
		return true
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		c.remove(s)
		return false
	}
}

func (c *Clock) remove(s *sleeper) {
	for i, x := range c.sleepers {
		if x == s {
			c.sleepers = append(c.sleepers[:i:i], c.sleepers[i+1:]...)
			c.changed.Broadcast()
			return
		}
	}
}

// asleep counts who sleeps and will go on sleeping until the clock moves. The lock is held.
func (c *Clock) asleep() int {
	n := 0
	for _, s := range c.sleepers {
		if s.ctx.Err() == nil {
			n++
		}
	}
	return n
}

// next moves the clock to the next sleeper or limit that is due by end, and
// wakes it. It is false when there is none.
func (c *Clock) next(end time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first *sleeper
	for _, s := range c.sleepers {
		if s.ctx.Err() == nil && !s.due.After(end) && (first == nil || s.due.Before(first.due)) {
			first = s
		}
	}
	var limit *limited
	for _, l := range c.limits {
		if l.Err() == nil && !l.due.After(end) && (limit == nil || l.due.Before(limit.due)) {
			limit = l
		}
	}
	if limit != nil && (first == nil || !limit.due.After(first.due)) {
		c.now = maxTime(c.now, limit.due)
		limit.end(context.DeadlineExceeded)
		return true
	}
	if first == nil {
		c.now = end
		return false
	}
	c.now = maxTime(c.now, first.due)
	c.remove(first)
	close(first.wake)
	return true
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// A limited is a context with a deadline by the clock.
type limited struct {
	context.Context
	due  time.Time
	done chan struct{}
	mu   sync.Mutex
	err  error
}

// WithTimeout implements ui.Clock.
func (c *Clock) WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &limited{Context: ctx, due: c.now.Add(d), done: make(chan struct{})}
	c.limits = append(c.limits, l)
	context.AfterFunc(ctx, func() { l.end(ctx.Err()) })
	return l, func() { l.end(context.Canceled) }
}

func (l *limited) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		close(l.done)
	}
}

func (l *limited) Deadline() (time.Time, bool) { return l.due, true }
func (l *limited) Done() <-chan struct{}       { return l.done }

func (l *limited) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		return l.Context.Err()
	}
	return l.err
}

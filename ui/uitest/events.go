package uitest

import (
	"context"
	"errors"
	"time"

	"lambent/invoke"
)

// maxAttempts is how often an event is tried (spec §6.1).
const maxAttempts = 3

// accept puts an event into the queue, due at once.
func (t *Target) accept(ctx context.Context, c *Call) error {
	if t.Queue == nil {
		return nil
	}
	return t.Queue.Enqueue(ctx, invoke.QueuedEvent{
		ID: c.ID, Project: t.info.Project, Info: t.info, Function: c.function.Name, Request: c.Request,
		AcceptedAt: t.clock.Now(), NotBefore: t.clock.Now(),
	})
}

// Follow implements invoke.Follower. It makes the attempts too, one and two
// minutes apart.
func (t *Target) Follow(ctx context.Context, id string, emit func(invoke.Progress)) (invoke.Result, error) {
	for told := 0; ; {
		event, err := t.Queue.Event(ctx, id)
		if err != nil {
			return invoke.Result{}, err
		}
		for ; told < len(event.Attempts); told++ {
			a := event.Attempts[told]
			f := a.Refused
			if f == nil {
				f = a.Result.Failure
			}
			emit(invoke.Progress{Kind: invoke.ProgressAttempt, RequestID: id, Attempt: a.Number, Failure: f})
		}
		if event.State != invoke.EventQueued {
			return event.Attempts[len(event.Attempts)-1].Result, nil
		}
		if wait := event.NotBefore.Sub(t.clock.Now()); wait > 0 {
			if !t.clock.Sleep(ctx, wait) {
				return invoke.Result{}, ctx.Err()
			}
			continue
		}
		if err := t.attempt(ctx, event, emit); err != nil {
			return invoke.Result{}, err
		}
	}
}

// attempt runs the event once and says what becomes of it.
func (t *Target) attempt(ctx context.Context, event invoke.QueuedEvent, emit func(invoke.Progress)) error {
	const owner = "uitest"
	now := t.clock.Now()
	leased, ok, err := t.Queue.Lease(ctx, event.Project, owner, now, time.Hour)
	if err != nil {
		return err
	}
	if !ok || leased.ID != event.ID {
		return errors.New("another event is due")
	}
	c := &Call{Request: event.Request, ID: event.ID, ctx: context.WithoutCancel(ctx), target: t, emit: emit, began: now, Version: "$LATEST"}
	for _, f := range t.functions {
		if f.Name == event.Function {
			c.function = f
		}
	}
	attempt := invoke.Attempt{Number: len(event.Attempts) + 1, Counts: true}
	attempt.Result, err = t.does[event.Function](c)
	attempt.Result.StartedAt = now
	if errors.As(err, &attempt.Refused) {
		attempt.Counts = false
	}
	verdict := invoke.Verdict{State: invoke.EventDone}
	if attempt.Refused != nil || attempt.Result.FunctionError != "" {
		verdict = invoke.Verdict{State: invoke.EventQueued, NotBefore: t.clock.Now().Add(time.Duration(attempt.Number) * time.Minute)}
		if attempt.Number == maxAttempts {
			verdict = invoke.Verdict{State: invoke.EventDead, Condition: "RetriesExhausted"}
		}
	}
	return t.Queue.Settle(c.ctx, event.ID, owner, attempt, verdict)
}

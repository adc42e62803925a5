package local

import (
	"context"
	"slices"
	"time"

	"lambent/invoke"
)

// followPoll is how often an event that another process may be running is looked at.
const followPoll = 500 * time.Millisecond

// A follower waits for one event.
type follower struct {
	emit    func(invoke.Progress)
	settled chan struct{}
}

// Follow reports the attempts of the event with this request id until it is settled and
// returns its last attempt's result, whichever process ran it. While an attempt runs
// here, its log is reported too. A dead letter is a result with a Failure.
func (e *Executor) Follow(ctx context.Context, requestID string, emit func(invoke.Progress)) (invoke.Result, error) {
	emit = oneAtATime(emit)
	if e.o.Queue == nil {
		return invoke.Result{RequestID: requestID}, invoke.ClientFailureOf(invoke.NotRecorded, "there is no store here that keeps asynchronous events", "", "", invoke.RanUnknown, nil)
	}
	told := 0
	f := &follower{settled: make(chan struct{}, 1)}
	f.emit = func(p invoke.Progress) {
		if p.Kind != invoke.ProgressAttempt { // those are told from the queue, in order and once
			emit(p)
		}
	}
	e.events.follow(requestID, f)
	defer e.events.unfollow(requestID, f)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return invoke.Result{RequestID: requestID}, ctx.Err()
		case <-e.stopping:
			return invoke.Result{RequestID: requestID}, stoppingFailure(invoke.RanUnknown)
		case <-f.settled:
		case <-timer.C:
		}
		event, err := e.o.Queue.Event(ctx, requestID)
		if err != nil {
			return invoke.Result{RequestID: requestID}, err
		}
		for ; told < len(event.Attempts); told++ {
			a := event.Attempts[told]
			emit(invoke.Progress{Kind: invoke.ProgressAttempt, At: a.Result.StartedAt.Add(a.Result.Duration),
				RequestID: requestID, Attempt: a.Number, Failure: failureOf(a)})
		}
		if event.State != invoke.EventQueued {
			return lastResult(event), nil
		}
		timer.Reset(followPoll)
	}
}

// lastResult is what came of an event in the end.
func lastResult(event invoke.QueuedEvent) invoke.Result {
	if len(event.Attempts) == 0 {
		return invoke.Result{RequestID: event.ID, FunctionName: event.Function, StartedAt: event.AcceptedAt}
	}
	last := event.Attempts[len(event.Attempts)-1]
	result := last.Result
	if event.State == invoke.EventDead && result.Failure == nil {
		result.Failure = failureOf(last)
	}
	return result
}

func failureOf(a invoke.Attempt) *invoke.Failure {
	if a.Refused != nil {
		return a.Refused
	}
	return a.Result.Failure
}

func (r *eventRunner) follow(id string, f *follower) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.followers[id] = append(r.followers[id], f)
}

func (r *eventRunner) unfollow(id string, f *follower) {
	r.mu.Lock()
	defer r.mu.Unlock()
	left := slices.DeleteFunc(r.followers[id], func(other *follower) bool { return other == f })
	if len(left) == 0 {
		delete(r.followers, id)
		return
	}
	r.followers[id] = left
}

func (r *eventRunner) of(id string) []*follower {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.followers[id])
}

// tell passes news of a running attempt to those who follow it.
func (r *eventRunner) tell(id string, p invoke.Progress) {
	for _, f := range r.of(id) {
		f.emit(p)
	}
}

// settled makes the followers look at the queue.
func (r *eventRunner) settled(id string) {
	for _, f := range r.of(id) {
		select {
		case f.settled <- struct{}{}:
		default:
		}
	}
}

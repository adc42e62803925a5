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
// here, its log is reported too. A dead letter is a result with a Failure. Functions that
// the outcome invokes are followed through their first attempt, with progress of their own
// request ids.
func (e *Executor) Follow(ctx context.Context, requestID string, emit func(invoke.Progress)) (invoke.Result, error) {
	emit = oneAtATime(emit)
	if e.o.Queue == nil {
		return invoke.Result{RequestID: requestID}, invoke.ClientFailureOf(invoke.NotRecorded, "there is no store here that keeps asynchronous events", "", "", invoke.RanUnknown, nil)
	}
	e.events.start() // whoever queued it may be gone
	e.events.nudge()
	event, err := e.follow(ctx, requestID, emit, func(event invoke.QueuedEvent) bool { return event.State != invoke.EventQueued })
	if err != nil {
		return invoke.Result{RequestID: requestID}, err
	}
	e.followOn(ctx, event, emit)
	return lastResult(event), nil
}

// maxFollowed bounds how many events are followed from one destination to the next: a
// function that is allowed to recurse may do so for ever.
const maxFollowed = 2 * maxPasses

// followOn waits until the functions that an event's outcome has invoked have been run
// once. What comes of them after that is theirs: a retry is not waited for.
func (e *Executor) followOn(ctx context.Context, event invoke.QueuedEvent, emit func(invoke.Progress)) {
	waiting := event.Deliveries
	for followed := 0; len(waiting) > 0 && followed < maxFollowed; {
		d := waiting[0]
		waiting = waiting[1:]
		if d.RequestID == "" {
			continue
		}
		followed++
		next, err := e.follow(ctx, d.RequestID, emit, func(event invoke.QueuedEvent) bool {
			return event.State != invoke.EventQueued || len(event.Attempts) > 0
		})
		if err != nil {
			return // the event that was asked about is settled all the same
		}
		waiting = append(waiting, next.Deliveries...)
	}
}

// follow reports an event's attempts until enough has become of it.
func (e *Executor) follow(ctx context.Context, requestID string, emit func(invoke.Progress), enough func(invoke.QueuedEvent) bool) (invoke.QueuedEvent, error) {
	told := 0
	f := &follower{emit: emit, settled: make(chan struct{}, 1)}
	e.events.follow(requestID, f)
	defer e.events.unfollow(requestID, f)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return invoke.QueuedEvent{}, ctx.Err()
		case <-e.stopping:
			return invoke.QueuedEvent{}, stoppingFailure(invoke.RanUnknown)
		case <-f.settled:
		case <-timer.C:
		}
		event, err := e.o.Queue.Event(ctx, requestID)
		if err != nil {
			return event, err
		}
		for ; told < len(event.Attempts); told++ {
			a := event.Attempts[told]
			ended := invoke.Progress{Kind: invoke.ProgressAttempt, At: a.Result.StartedAt.Add(a.Result.Duration),
				RequestID: requestID, Attempt: a.Number, Failure: a.Failure()}
			if event.State == invoke.EventQueued && told == len(event.Attempts)-1 {
				ended.Next = event.NotBefore
			}
			emit(ended)
		}
		if enough(event) {
			return event, nil
		}
		timer.Reset(followPoll)
	}
}

// lastResult is what came of an event in the end.
func lastResult(event invoke.QueuedEvent) invoke.Result {
	result := invoke.Result{RequestID: event.ID, FunctionName: event.Function, StartedAt: event.AcceptedAt}
	if n := len(event.Attempts); n > 0 {
		result = event.Attempts[n-1].Result
		if event.State == invoke.EventDead && result.Failure == nil {
			result.Failure = event.Attempts[n-1].Refused
		}
	}
	if event.State == invoke.EventDead && result.Failure == nil {
		result.Failure = invoke.GivenUp(event.Condition)
	}
	for _, d := range event.Deliveries {
		result.Notes = append(result.Notes, noteOf(d))
	}
	return result
}

// noteOf says what became of a delivery.
func noteOf(d invoke.Delivery) string {
	what := map[invoke.DeliveryKind]string{
		invoke.DeliverySuccess: "success destination", invoke.DeliveryFailure: "failure destination",
		invoke.DeliveryDeadLetterQueue: "dead-letter queue",
	}[d.Kind]
	if d.RequestID != "" {
		return "The " + what + " " + d.Destination + " was invoked, request " + d.RequestID + "."
	}
	return "What the " + what + " " + d.Destination + " would get is kept with the event. " + d.Problem
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
	p.RequestID = id
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

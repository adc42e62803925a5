package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"lambent/invoke"
)

const (
	leaseTerm = 15 * time.Second
	// leaseRenewal leaves two more chances before a lease ends.
	leaseRenewal = 5 * time.Second
	// eventPoll is how often events that other processes have queued, or left behind, are
	// looked for.
	eventPoll = 2 * time.Second
)

// accept makes an event durable and answers 202. Client context doesn't reach
// asynchronous invocations (spec §1.10).
func (e *Executor) accept(ctx context.Context, p plan, req invoke.Request, emit func(invoke.Progress), result invoke.Result) (invoke.Result, *invoke.Failure) {
	if e.o.Queue == nil {
		return result, invoke.ClientFailureOf(invoke.NotRecorded, "there is no store here that keeps asynchronous events", "", "", invoke.RanNo, nil)
	}
	now := e.o.Now()
	req.TraceID = result.TraceID
	err := e.o.Queue.Enqueue(ctx, invoke.QueuedEvent{
		ID: result.RequestID, Project: e.Info().Project, Info: e.Info(), Function: p.fn.Name, Request: req,
		AcceptedAt: now, NotBefore: now, State: invoke.EventQueued,
	})
	if err != nil {
		return result, invoke.ClientFailureOf(invoke.NotRecorded, "the event could not be queued: "+err.Error(), "", "", invoke.RanNo, err)
	}
	emit(invoke.Progress{Kind: invoke.ProgressQueued, At: now, RequestID: result.RequestID})
	e.events.start()
	e.events.nudge()
	result.StatusCode = 202
	if note := e.configuredElsewhere(p); note != "" {
		result.Notes = append(result.Notes, note)
	}
	return result, nil
}

// An eventRunner runs the queued events of the project, as one of any number of
// processes that do.
type eventRunner struct {
	e     *Executor
	owner string
	wake  chan struct{}
	slots chan struct{} // one for each event that may run at the same time

	mu        sync.Mutex
	started   bool
	followers map[string][]*follower // by request id
}

func (r *eventRunner) init(e *Executor) {
	r.e = e
	r.owner = fmt.Sprintf("%d-%s", os.Getpid(), newRequestID())
	r.wake = make(chan struct{}, 1)
	r.slots = make(chan struct{}, e.o.Concurrency)
	r.followers = map[string][]*follower{}
}

// start begins to run events, once.
func (r *eventRunner) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started || r.e.o.Queue == nil || !r.e.admit() {
		return
	}
	r.started = true
	go func() {
		defer r.e.running.Done()
		r.loop()
	}()
}

// nudge makes the runner look at once.
func (r *eventRunner) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *eventRunner) loop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for {
		select {
		case r.slots <- struct{}{}:
		case <-r.e.stopping:
			return
		}
		event, ok, err := r.e.o.Queue.Lease(ctx, r.e.Info().Project, r.owner, r.e.o.Now(), leaseTerm)
		if err != nil && r.e.o.Log != nil {
			r.e.o.Log.Warn("lease an event", "error", err)
		}
		if ok {
			r.e.background(func() {
				defer func() { <-r.slots; r.nudge() }()
				r.attempt(ctx, event)
			})
			continue
		}
		<-r.slots
		if !r.pause(ctx) {
			return
		}
	}
}

// pause waits until the next event may be due; it says false when the executor stops.
func (r *eventRunner) pause(ctx context.Context) bool {
	wait := eventPoll
	if due, ok, err := r.e.o.Queue.NextDue(ctx, r.e.Info().Project); err == nil && ok {
		wait = min(wait, max(due.Sub(r.e.o.Now()), 10*time.Millisecond))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.wake:
	case <-r.e.stopping:
		return false
	}
	return true
}

// attempt runs an event once and settles what becomes of it. An attempt that is
// interrupted settles nothing: its lease is given back, and the event is run again. So it
// is when its lease has ended, where lambent was killed.
func (r *eventRunner) attempt(ctx context.Context, event invoke.QueuedEvent) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.e.background(func() { r.renew(ctx, cancel, event.ID) })
	o := r.e.runEvent(ctx, event, func(p invoke.Progress) { r.tell(event.ID, p) })
	attempt := o.attempt
	now := r.e.o.Now()
	if ctx.Err() != nil || attempt.Refused != nil && errors.Is(attempt.Refused, errStopping) {
		// Another owner's lease isn't touched by this.
		_ = r.e.o.Queue.Extend(context.WithoutCancel(ctx), event.ID, r.owner, now)
		return
	}
	o.verdict = o.rule.verdict(event, attempt, now)
	if o.verdict.State != invoke.EventQueued {
		o.verdict.Deliveries = r.e.deliveries(event, o, now)
	}
	err := r.e.o.Queue.Settle(ctx, event.ID, r.owner, attempt, o.verdict)
	if err != nil {
		if r.e.o.Log != nil {
			r.e.o.Log.Warn("settle an event", "id", event.ID, "error", err)
		}
		return
	}
	r.settled(event.ID)
}

// renew keeps the lease while the attempt runs. Whoever has lost it must stop: another
// process may be running the event.
func (r *eventRunner) renew(ctx context.Context, lost context.CancelFunc, id string) {
	ticker := time.NewTicker(leaseRenewal)
	defer ticker.Stop()
	held := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := r.e.o.Queue.Extend(ctx, id, r.owner, r.e.o.Now().Add(leaseTerm))
		switch {
		case err == nil:
			held = time.Now()
		case time.Since(held) > leaseTerm-leaseRenewal:
			lost()
			return
		}
	}
}

// An eventOutcome is what came of an event's turn.
type eventOutcome struct {
	attempt invoke.Attempt // without a number when the event was given up without having been run
	rule    retryRule
	verdict invoke.Verdict
}

// tried are the attempts in which the function ran.
func (o eventOutcome) tried(event invoke.QueuedEvent) []invoke.Attempt {
	var ran []invoke.Attempt
	for _, a := range append(event.Tried(), o.attempt) {
		if a.Number > 0 && a.Refused == nil {
			ran = append(ran, a)
		}
	}
	return ran
}

// failure is why a dead letter is one.
func (o eventOutcome) failure(event invoke.QueuedEvent) *invoke.Failure {
	if f := o.attempt.Failure(); f != nil {
		return f
	}
	if before := event.Tried(); len(before) > 0 {
		if f := before[len(before)-1].Failure(); f != nil {
			return f
		}
	}
	return invoke.GivenUp(o.verdict.Condition)
}

// runEvent runs one attempt of an event on what its function is now. An event that is
// too old by the time of its turn isn't run, nor one of a function that nothing may run.
func (e *Executor) runEvent(ctx context.Context, event invoke.QueuedEvent, emit func(invoke.Progress)) eventOutcome {
	o := eventOutcome{
		attempt: invoke.Attempt{Number: len(event.Attempts) + 1, Counts: true},
		rule:    retryRule{clock: e.o.EventClock, retries: defaultRetries, age: defaultEventAge},
	}
	began := time.Now()
	req := event.Request
	result := invoke.Result{RequestID: event.ID, TraceID: req.TraceID, StartedAt: e.o.Now(), FunctionName: event.Function}
	p, failure := e.resolve(req.Function, req.Qualifier)
	if failure == nil {
		o.rule.of(p.fn, p.events)
		result.FunctionARN = p.arn
		failure = p.unable()
	}
	switch {
	case o.rule.closed, failure == nil && o.rule.elapsed(event, result.StartedAt) > o.rule.age:
		o.attempt = invoke.Attempt{}
		return o
	case failure != nil:
	case passesOf(req.TraceID, p.arn) > maxPasses && !p.fn.AllowsRecursion && event.RedrivenAt.IsZero():
		// Who redrives an event wants it run in spite of what was counted.
		failure = recursion()
	default:
		result, failure = e.execute(ctx, p, req, nil, emit, result)
	}
	result.Duration = time.Since(began)
	if failure != nil {
		result.StatusCode = failure.Status
		o.attempt.Refused, o.attempt.Counts = failure, !requeues(failure)
	}
	o.attempt.Result = result
	return o
}

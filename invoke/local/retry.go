package local

import (
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

const (
	defaultRetries  = 2
	defaultEventAge = 6 * time.Hour
	retryStep       = time.Minute
	maxThrottleWait = 300 * time.Second
)

// A retryRule is what a function's configuration says about its events.
type retryRule struct {
	clock   float64 // how many times faster waits and ages run
	retries int
	age     time.Duration
	closed  bool // the function has a reserved concurrency of zero

	onSuccess, onFailure, deadLetter string // ARNs
}

func (r *retryRule) of(fn project.Function, events invoke.EventInvokeConfig) {
	if events.MaximumRetryAttempts != nil {
		r.retries = *events.MaximumRetryAttempts
	}
	if events.MaximumEventAge > 0 {
		r.age = events.MaximumEventAge
	}
	r.closed = fn.ReservedConcurrency != nil && *fn.ReservedConcurrency == 0
	r.onSuccess, r.onFailure, r.deadLetter = events.OnSuccess, events.OnFailure, fn.DeadLetter
}

// elapsed is how old an event is, by the clock of events.
func (r retryRule) elapsed(event invoke.QueuedEvent, now time.Time) time.Duration {
	// A clock may run fast enough for an age that no duration holds.
	return time.Duration(min(float64(now.Sub(event.Since()))*r.clock, float64(1<<62)))
}

// verdict decides what becomes of an event after an attempt (spec §6.1): function errors
// use up retries, after about one and two minutes; throttles and system errors wait
// exponentially longer and use up none; an event that would be too old by then is given
// up. The looking ahead and the exact waits are an emulator's model, not measured.
func (r retryRule) verdict(event invoke.QueuedEvent, attempt invoke.Attempt, now time.Time) invoke.Verdict {
	if r.closed {
		return invoke.Verdict{State: invoke.EventDead, Condition: invoke.ZeroReservedConcurrency}
	}
	if attempt.Number == 0 {
		return invoke.Verdict{State: invoke.EventDead, Condition: invoke.EventAgeExceeded}
	}
	if attempt.Refused == nil && attempt.Result.FunctionError == "" {
		return invoke.Verdict{State: invoke.EventDone}
	}
	counted, throttles := 0, 0
	for _, a := range append(event.Tried(), attempt) {
		if a.Counts {
			counted, throttles = counted+1, 0
		} else {
			throttles++
		}
	}
	var wait time.Duration
	switch {
	case !attempt.Counts:
		wait = min(time.Second<<min(throttles-1, 10), maxThrottleWait)
	case counted > r.retries, attempt.Refused != nil:
		// What was refused for a reason that waiting doesn't mend isn't tried again.
		return invoke.Verdict{State: invoke.EventDead, Condition: invoke.RetriesExhausted}
	default:
		wait = time.Duration(counted) * retryStep
	}
	if r.elapsed(event, now)+wait > r.age {
		return invoke.Verdict{State: invoke.EventDead, Condition: invoke.EventAgeExceeded}
	}
	return invoke.Verdict{State: invoke.EventQueued, NotBefore: now.Add(time.Duration(float64(wait) / r.clock))}
}

// requeues says whether a refusal is one that puts the event back without using up a
// retry. The catalogue says which those are; one that only a person can mend, such as
// a missing interpreter, is none of them here, or its event would wait for hours.
func requeues(f *invoke.Failure) bool {
	entry, ok := invoke.Lookup(f.Name)
	return ok && entry.Async == invoke.AsyncRequeue && entry.WorthRetrying
}

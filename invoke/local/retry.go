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

// The conditions of dead letters (spec §6.3).
const (
	retriesExhausted        = "RetriesExhausted"
	eventAgeExceeded        = "EventAgeExceeded"
	zeroReservedConcurrency = "ZeroReservedConcurrency"
)

// A retryRule is what a function's configuration says about its events.
type retryRule struct {
	clock   float64 // how many times faster waits and ages run
	retries int
	age     time.Duration
	closed  bool // the function has a reserved concurrency of zero
}

func (r *retryRule) of(fn project.Function) {
	if fn.MaximumRetryAttempts != nil {
		r.retries = *fn.MaximumRetryAttempts
	}
	if fn.MaximumEventAge > 0 {
		r.age = fn.MaximumEventAge
	}
	r.closed = fn.ReservedConcurrency != nil && *fn.ReservedConcurrency == 0
}

// verdict decides what becomes of an event after an attempt (spec §6.1): function errors
// use up retries, after about one and two minutes; throttles and system errors wait
// exponentially longer and use up none; an event that would be too old by then is given
// up. The looking ahead and the exact waits are an emulator's model, not measured.
func (r retryRule) verdict(event invoke.QueuedEvent, attempt invoke.Attempt, now time.Time) invoke.Verdict {
	if r.closed {
		return invoke.Verdict{State: invoke.EventDead, Condition: zeroReservedConcurrency}
	}
	if attempt.Refused == nil && attempt.Result.FunctionError == "" {
		return invoke.Verdict{State: invoke.EventDone}
	}
	counted, throttles := 0, 0
	for _, a := range append(event.Attempts[:len(event.Attempts):len(event.Attempts)], attempt) {
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
		return invoke.Verdict{State: invoke.EventDead, Condition: retriesExhausted}
	default:
		wait = time.Duration(counted) * retryStep
	}
	elapsed := time.Duration(float64(now.Sub(event.AcceptedAt)) * r.clock)
	if elapsed+wait > r.age {
		return invoke.Verdict{State: invoke.EventDead, Condition: eventAgeExceeded}
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

package local

import (
	"sync"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// An admission counts the invocations that run, per function and in all (spec §3.8).
// Reserved concurrency is both a function's limit and kept free for it: the others share
// what is left of the account's limit, and at least one.
type admission struct {
	limit int

	mu     sync.Mutex
	of     map[string]int // invocations of functions with reserved concurrency
	shared int            // invocations of all others
}

// enter admits one invocation of fn, or says why not. The caller leaves later.
func (a *admission) enter(fn project.Function, all []project.Function) *invoke.Failure {
	a.mu.Lock()
	defer a.mu.Unlock()
	if fn.ReservedConcurrency != nil {
		if a.of[fn.Name] >= *fn.ReservedConcurrency {
			return throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
		}
		a.of[fn.Name]++
		return nil
	}
	left := a.limit
	for i := range all {
		if r := all[i].ReservedConcurrency; r != nil {
			left -= *r
		}
	}
	if a.shared >= max(left, 1) {
		return throttled("ConcurrentInvocationLimitExceeded")
	}
	a.shared++
	return nil
}

func (a *admission) leave(fn project.Function) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if fn.ReservedConcurrency != nil {
		a.of[fn.Name]--
	} else {
		a.shared--
	}
}

func throttled(reason string) *invoke.Failure {
	f := invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")
	f.Reason = reason
	return f
}

package invoke

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"sync"
	"time"
)

// AnyFunction is the name that stands for every function in an InjectedFault.
const AnyFunction = "*"

// A Drop is where a connection is cut although the call was accepted.
type Drop string

// The places.
const (
	DropBefore Drop = "before" // the function is not run
	DropAfter  Drop = "after"  // the function has run, and its response is lost
)

// An InjectedFault is what is to go wrong with a share of a function's invocations, so
// that a caller's retries and error handling can be tried out. It is one of three things:
// an exception, a delay or a connection that is cut.
type InjectedFault struct {
	Function string // bare name, or AnyFunction
	// Name is the exception as the wire names it, "" for the other two. Reason is its
	// Reason, or the EC2ErrorCode of EC2UnexpectedException; "" for none.
	Name, Reason string
	// Message is what the exception says, where <name>, <arn> and the other parts in angle
	// brackets of the catalogue's texts stand for the function's own; "" for the
	// catalogue's first text.
	Message string
	Latency time.Duration // added before the call is passed on
	Drop    Drop          // "" for the other two
	Share   float64       // of the invocations, above 0 and at most 1
	Times   int           // how often it happens at most; 0 for no limit
}

// An ArmedFault is a fault that is switched on.
type ArmedFault struct {
	ID int
	InjectedFault
	Happened int // how often so far
}

// FaultOptions are what tests replace.
type FaultOptions struct {
	Rand func() float64 // in [0,1); default math/rand/v2
	// Wait waits for d or until ctx ends, and returns ctx's error then. Default: a timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Faults is a Target around a Target with faults that are armed and disarmed while it is
// used. A fault stands for the service: the target isn't asked, and whoever records
// the invocation sees what its caller sees. A request that the service would refuse by
// its form alone is passed on and refused as ever, and so is one for a function that no fault names.
//
// Attempts of events that were accepted are the target's own affair: faults
// come up where the API is called.
type Faults struct {
	target Target
	o      FaultOptions

	mu    sync.Mutex
	last  int
	armed []*ArmedFault
}

// NewFaults returns a target without faults yet.
func NewFaults(t Target, o FaultOptions) *Faults {
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Faults{target: t, o: o}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Arm switches a fault on and returns the id to switch it off with.
func (f *Faults) Arm(fault InjectedFault) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	f.armed = append(f.armed, &ArmedFault{ID: f.last, InjectedFault: fault})
	return f.last
}

// Disarm switches a fault off; one that isn't there is off already.
func (f *Faults) Disarm(id int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := f.armed[:0:0]
	for _, a := range f.armed {
		if a.ID != id {
			kept = append(kept, a)
		}
	}
	f.armed = kept
}

// DisarmAll switches every fault off.
func (f *Faults) DisarmAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = nil
}

// Armed lists the faults that can still happen, in the order in which they were armed.
func (f *Faults) Armed() []ArmedFault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]ArmedFault, len(f.armed))
	for i, a := range f.armed {
		list[i] = *a
	}
	return list
}

// Unwrap returns the target without faults.
func (f *Faults) Unwrap() Target { return f.target }

// Info is the target's.
func (f *Faults) Info() TargetInfo { return f.target.Info() }

// Functions are the target's.
func (f *Faults) Functions(ctx context.Context) iter.Seq2[Function, error] {
	return f.target.Functions(ctx)
}

// Qualifiers are the target's.
func (f *Faults) Qualifiers(ctx context.Context, function string) ([]Qualifier, error) {
	return f.target.Qualifiers(ctx, function)
}

// Invoke lets the faults that are due happen, and passes the call on unless one of them
// answers it.
func (f *Faults) Invoke(ctx context.Context, req Request, emit func(Progress)) (Result, error) {
	name, failure := req.Name()
	if failure != nil || Validate(req) != nil {
		return f.target.Invoke(ctx, req, emit)
	}
	latency, fault, notes := f.draw(name.Function)
	began := time.Now()
	own := Result{RequestID: NewRequestID(), FunctionName: name.Function, StartedAt: began, Notes: notes}
	if latency > 0 {
		if err := f.o.Wait(ctx, latency); err != nil {
			own.Duration = time.Since(began)
			return own, ClientFailureOf(Cancelled, "the invocation was given up during an injected delay", "", "", RanNo, err)
		}
	}
	var result Result
	switch {
	case fault == nil:
		var err error
		result, err = f.target.Invoke(ctx, req, emit)
		result.Notes = append(result.Notes, notes...)
		return result, err
	case fault.Drop == DropAfter:
		return f.dropAfter(ctx, req, emit, notes)
	case fault.Drop == DropBefore:
		failure = ClientFailureOf(ConnectionLost, "the connection was cut by an injected fault before the function ran", "", "", RanNo, nil)
	default:
		failure = fault.failure(name, f.Info())
	}
	own.StatusCode, own.Duration = failure.Status, time.Since(began)
	return own, failure
}

// dropAfter runs the function and loses what came of it. The facts beside the
// failure stay, for history; a refusal has nothing that could be lost but is lost too.
func (f *Faults) dropAfter(ctx context.Context, req Request, emit func(Progress), notes []string) (Result, error) {
	req.Stream = false // what had been streamed would not be lost
	result, err := f.target.Invoke(ctx, req, withoutChunks(emit))
	ran := RanYes
	if err != nil || req.Type == Event || req.Type == DryRun {
		ran = RanUnknown
	}
	result.Notes = append(result.Notes, notes...)
	result.StatusCode = 0
	return result, ClientFailureOf(ConnectionLost, "the connection was cut by an injected fault after the function ran", "", "", ran, err)
}

func withoutChunks(emit func(Progress)) func(Progress) {
	if emit == nil {
		return nil
	}
	return func(p Progress) {
		if p.Kind != ProgressChunk {
			emit(p)
		}
	}
}

// draw decides which faults happen to an invocation of the function. Delays add up; of
// the others the first that is drawn happens alone.
func (f *Faults) draw(function string) (latency time.Duration, fault *InjectedFault, notes []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	kept := f.armed[:0:0]
	for _, a := range f.armed {
		applies := a.Function == AnyFunction || a.Function == function
		if applies && (a.Latency > 0 || fault == nil) && (a.Share >= 1 || f.o.Rand() < a.Share) {
			a.Happened++
			notes = append(notes, injectedNote+a.InjectedFault.String())
			latency += a.Latency
			if a.Latency == 0 {
				drawn := a.InjectedFault
				fault = &drawn
			}
		}
		if a.Times == 0 || a.Happened < a.Times {
			kept = append(kept, a)
		}
	}
	f.armed = kept
	return latency, fault, notes
}

// String is the fault in the form in which it is written on the command line.
func (x InjectedFault) String() string {
	what := x.Name
	switch {
	case x.Drop != "":
		what = string(x.Drop)
	case x.Latency > 0:
		what = x.Latency.String()
	case x.Reason != "":
		what += ":" + x.Reason
	}
	if x.Share < 1 {
		what += fmt.Sprintf("@%g", x.Share)
	}
	if x.Message != "" {
		what += "=" + x.Message
	}
	return x.Function + "=" + what
}

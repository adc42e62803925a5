package local

import (
	"context"
	"time"

	"lambent/invoke"
)

// bigPayload is from which size on an event is written in the background: the runtime
// may read slowly, or never, and its time must still run out.
const bigPayload = 16 << 10

// A run is one invocation inside an environment.
type run struct {
	requestID string
	traceID   string
	tenantID  string
	cold      bool   // the environment was started for it
	streaming bool   // the caller takes the response in parts
	context   []byte // client context, JSON
	payload   []byte // never empty
	log       *runLog
	emit      func(invoke.Progress) // never nil
}

// run serves one invocation. The caller owns the environment.
func (n *environment) run(ctx context.Context, r *run) outcome {
	limit := n.plan.fn.Timeout
	n.between.show(r.emit)
	select {
	case <-n.initialised:
	case <-ctx.Done():
		return outcome{ending: cancelled}
	}
	s := n.current()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	started, ends := time.Now(), n.e.o.Now().Add(limit)
	if s == nil {
		// A failed or ended process is initialised inside the invocation, on the
		// function's own time (spec §3.3).
		n.initTold = true
		r.log.adopt(n.between)
		var o outcome
		if s, o = n.reinitialise(ctx, r, deadline.C); s == nil {
			o.duration = min(time.Since(started), limit)
			return o
		}
	} else {
		s.sup.log.handOver(n.between, r.log)
	}
	var initDuration time.Duration
	if !n.initTold {
		n.initTold, initDuration = true, n.firstInit.duration
	}
	r.log.begin(n.platform(r.requestID).start())
	r.emit(invoke.Progress{Kind: invoke.ProgressRunning, At: n.e.o.Now(), RequestID: r.requestID, Limit: limit, Cold: r.cold, ExecutedVersion: n.plan.version})
	event := n.event(r, ends)
	s.api.tellExtensions(r, n.invokedARN(), ends)
	if len(event.payload) > bigPayload {
		go s.api.deliver(event)
	} else {
		s.api.deliver(event)
	}
	o := n.await(ctx, s, event, deadline.C)
	o.duration = min(time.Since(started), limit)
	o.initDuration, o.delivered = initDuration, true
	return n.conclude(s, r.log, o)
}

// invokedARN is the function as the caller named it.
func (n *environment) invokedARN() string {
	if n.plan.qualifier != "" {
		return n.plan.arn + ":" + n.plan.qualifier
	}
	return n.plan.arn
}

// reasonOf is what extensions are told of the end after an outcome.
func reasonOf(o outcome) string {
	if o.ending == timedOut {
		return afterTimeout
	}
	return afterAFailure
}

func (n *environment) event(r *run, ends time.Time) *apiEvent {
	head := eventHead{
		requestID: r.requestID, functionARN: n.invokedARN(), traceID: r.traceID, tenantID: r.tenantID,
		deadline: ends, clientContext: r.context,
	}
	emit, now := r.emit, n.e.o.Now
	streamed := int64(invoke.MaxSyncResponse)
	if r.streaming {
		streamed = invoke.MaxStreamedResponse
	}
	return &apiEvent{
		id: r.requestID, head: head.encode(), payload: r.payload, done: make(chan struct{}, 1), streamed: streamed,
		chunk: func(b []byte) {
			emit(invoke.Progress{Kind: invoke.ProgressChunk, At: now(), RequestID: r.requestID, Data: append([]byte(nil), b...)})
		},
	}
}

// await waits for the end of an invocation whose event has been delivered.
func (n *environment) await(ctx context.Context, s *session, event *apiEvent, deadline <-chan time.Time) outcome {
	n.sampler.Reset(firstSample)
	defer n.sampler.Stop()
	done := event.done
	for {
		// The invocation is over when the runtime and every extension ask for the next event.
		all, failed := s.api.extensionsAre(idle)
		switch {
		case failed != nil:
			o := *failed
			o.ending, o.answer = exited, s.api.abandon(event)
			return o
		case done == nil && all:
			return outcome{ending: completed, answer: event.answer}
		}
		select {
		case <-done:
			done = nil
		case <-s.api.extensions.changed:
		case <-s.sup.ended:
			s.api.settle(settleLimit)
			if len(event.done) > 0 { // it ended after the invocation
				return outcome{ending: completed, answer: event.answer}
			}
			o := exitOutcome(s, exited)
			o.answer = s.api.abandon(event)
			return o
		case <-deadline:
			return outcome{ending: timedOut, errorType: "Sandbox.Timedout",
				message: timeoutMessage(n.plan.fn.Timeout), answer: s.api.abandon(event)}
		case <-ctx.Done():
			return outcome{ending: cancelled, answer: s.api.abandon(event)}
		case <-n.e.stopping:
			return outcome{ending: cancelled, answer: s.api.abandon(event)}
		case <-n.sampler.C:
			if n.overMemory(s) {
				o := memoryOutcome()
				if o.answer = s.api.abandon(event); o.responded {
					o.answer = answer{} // conclude says why
				}
				return o
			}
			n.sampler.Reset(sampleInterval)
		}
	}
}

// conclude measures and completes the log. A process that can't go on is ended. What has
// used too much between two samples is over its memory all the same: on Lambda it would
// not have come to its response.
func (n *environment) conclude(s *session, log *runLog, o outcome) outcome {
	if s.alive() {
		if n.gauge.settle(s.sup, o.duration) > int64(n.plan.fn.MemorySizeMB)<<20 && o.ending == completed {
			over := memoryOutcome()
			o.ending, o.errorType, o.message, o.answer = over.ending, over.errorType, over.message, answer{}
		}
	} else {
		n.gauge.atLeast(s.sup.status.Peak)
	}
	if !o.resets() {
		s.sup.log.direct(n.between)
		return o
	}
	s.sup.log.direct(log)
	n.discard(s, reasonOf(o))
	s.sup.log.direct(nil)
	return o
}

// reinitialise starts a process inside an invocation. When that fails too, the outcome
// is the invocation's.
func (n *environment) reinitialise(ctx context.Context, r *run, deadline <-chan time.Time) (*session, outcome) {
	started := time.Now()
	s, err := n.begin(r.log)
	if err != nil {
		r.log.begin(n.platform(r.requestID).start())
		return nil, cannotStart(err)
	}
	n.sampler.Reset(initSample)
	end := n.awaitReady(ctx, s, deadline, n.sampler)
	n.sampler.Stop()
	if end.ok {
		return s, outcome{}
	}
	end.duration = time.Since(started)
	end.outcome = n.conclude(s, r.log, end.outcome)
	r.log.write(n.initReport("invoke", end))
	r.log.begin(n.platform(r.requestID).start())
	if end.ending == timedOut {
		end.errorType, end.message = "Sandbox.Timedout", timeoutMessage(n.plan.fn.Timeout)
	}
	return nil, end.outcome
}

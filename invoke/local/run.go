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
	arn       string // of the function, with the qualifier as the caller gave it
	traceID   string
	tenantID  string
	cold      bool   // the environment was started for it
	streaming bool   // the caller takes the response in parts
	context   []byte // client context, JSON
	identity  []byte // Cognito identity, JSON
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
	if len(event.payload) > bigPayload {
		go s.api.deliver(event)
	} else {
		s.api.deliver(event)
	}
	o := n.await(ctx, s, event, allot(deadline, started.Add(limit)))
	o.duration = min(time.Since(started), limit)
	o.initDuration, o.delivered = initDuration, true
	return n.conclude(s, r.log, o)
}

func (n *environment) event(r *run, ends time.Time) *apiEvent {
	head := eventHead{
		requestID: r.requestID, functionARN: r.arn, traceID: r.traceID, tenantID: r.tenantID,
		deadline: ends, clientContext: r.context, cognitoIdentity: r.identity,
	}
	emit, now := r.emit, n.e.o.Now
	streamed := int64(invoke.MaxSyncResponse)
	if r.streaming {
		streamed = invoke.MaxStreamedResponse
	}
	return &apiEvent{
		id: r.requestID, about: head, head: head.encode(), payload: r.payload, done: make(chan struct{}, 1), streamed: streamed,
		chunk: func(b []byte) {
			emit(invoke.Progress{Kind: invoke.ProgressChunk, At: now(), RequestID: r.requestID, Data: append([]byte(nil), b...)})
		},
	}
}

// await waits for the end of an invocation whose event has been delivered.
func (n *environment) await(ctx context.Context, s *session, event *apiEvent, given *allotted) outcome {
	n.sampler.Reset(firstSample)
	defer n.sampler.Stop()
	for {
		select {
		case <-event.done:
			return n.completed(s, event, given)
		case <-s.sup.ended:
			s.api.settle(settleLimit)
			if len(event.done) > 0 { // it ended after the invocation
				return n.completed(s, event, given)
			}
			o := exitOutcome(s, exited)
			o.answer = given.of(s.api.abandon(event))
			return o
		case <-s.sup.down:
			if len(event.done) > 0 {
				return n.completed(s, event, given)
			}
			o := extensionOutcome(s, exited)
			o.answer = given.of(s.api.abandon(event))
			return o
		case <-given.timer.C:
			if given.up() {
				return n.late(s, event, given)
			}
		case <-ctx.Done():
			return outcome{ending: cancelled, answer: s.api.abandon(event)}
		case <-n.e.stopping:
			return outcome{ending: cancelled, answer: s.api.abandon(event)}
		case <-n.sampler.C:
			given.look()
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

// completed is the outcome of an invocation that the runtime has ended, in time or not.
func (n *environment) completed(s *session, event *apiEvent, given *allotted) outcome {
	if answer := given.of(event.answer); answer.responded {
		return outcome{ending: completed, answer: answer}
	}
	return n.late(s, event, given)
}

func (n *environment) late(s *session, event *apiEvent, given *allotted) outcome {
	return outcome{ending: timedOut, errorType: "Sandbox.Timedout", message: timeoutMessage(n.plan.fn.Timeout),
		working: s.api.working(), answer: given.of(s.api.abandon(event))}
}

// conclude measures and completes the log. A process that can't go on is ended. What has
// used too much between two samples is over its memory all the same: on Lambda it would
// not have come to its response.
func (n *environment) conclude(s *session, log *runLog, o outcome) outcome {
	if !closed(s.sup.ended) {
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
	n.discard(s, o.reason())
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
	n.tellExtensions(s, r.log)
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

package local

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"lambent/invoke"
)

// Invoke calls a function once.
//
// Checks come in the order of spec §1.4: names and types, the function and its
// qualifier, the client context, the payload, admission. When ctx ends first, the
// processes of the invocation are ended, and the failure says whether the function had
// been given the event.
func (e *Executor) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	emit = oneAtATime(emit)
	began := time.Now()
	result := invoke.Result{RequestID: newRequestID(), StartedAt: e.o.Now()}
	result, failure := e.invoke(ctx, req, emit, result)
	result.Duration = time.Since(began)
	if failure != nil {
		result.StatusCode = failure.Status
		return result, failure
	}
	return result, nil
}

func (e *Executor) invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress), result invoke.Result) (invoke.Result, *invoke.Failure) {
	if !e.admit() {
		return result, stoppingFailure(invoke.RanNo)
	}
	defer e.running.Done()
	if req.Type == "" {
		req.Type = invoke.RequestResponse
	}
	if failure := invoke.Validate(req); failure != nil {
		return result, failure
	}
	p, failure := e.resolve(req.Function, req.Qualifier)
	if failure != nil {
		return result, failure
	}
	result.FunctionName, result.FunctionARN = p.fn.Name, p.arn
	if failure := p.unable(); failure != nil {
		return result, failure
	}
	clientContext, failure := contextOf(req)
	if failure != nil {
		return result, failure
	}
	if failure := invoke.CheckPayload(req.Payload, req.Type); failure != nil {
		return result, failure
	}
	var passes int
	result.TraceID, passes = traceID(req.TraceID, p.arn, e.o.Now())
	switch req.Type {
	case invoke.DryRun:
		result.StatusCode = 204
		return result, nil
	case invoke.Event:
		return e.accept(ctx, p, req, emit, result)
	}
	if passes > maxPasses && !p.fn.AllowsRecursion {
		return result, recursion()
	}
	return e.execute(ctx, p, req, clientContext, emit, result)
}

// recursion refuses a call that the chain of calls has made too often (spec §6.4). No
// source has the service's text.
func recursion() *invoke.Failure {
	return invoke.NewFailure("RecursiveInvocationException",
		fmt.Sprintf("The function was stopped because it is in a recursive loop: this chain of invocations has passed through it %d times.", maxPasses))
}

// oneAtATime lets a receiver do without a lock: log lines come from another goroutine
// than the rest.
func oneAtATime(emit func(invoke.Progress)) func(invoke.Progress) {
	if emit == nil {
		return func(invoke.Progress) {}
	}
	var mu sync.Mutex
	return func(p invoke.Progress) {
		mu.Lock()
		defer mu.Unlock()
		emit(p)
	}
}

func contextOf(req invoke.Request) ([]byte, *invoke.Failure) {
	if req.ClientContext == "" {
		return nil, nil
	}
	return invoke.ClientContextJSON(req.ClientContext)
}

// execute runs an invocation that has been checked. It is the way of synchronous
// invocations and of every attempt of an asynchronous one.
func (e *Executor) execute(ctx context.Context, p plan, req invoke.Request, clientContext []byte,
	emit func(invoke.Progress), result invoke.Result) (invoke.Result, *invoke.Failure) {
	if failure := e.admission.enter(p.fn, p.project.Functions); failure != nil {
		return result, failure
	}
	defer e.admission.leave(p.fn)
	r := &run{
		requestID: result.RequestID, arn: p.invokedARN(), traceID: result.TraceID, tenantID: req.TenantID, context: clientContext,
		identity: []byte(req.CognitoIdentity), payload: req.Payload, streaming: req.Stream, log: &runLog{emit: emit}, emit: emit,
	}
	if req.Type == invoke.Event {
		r.identity = nil
	}
	if len(r.payload) == 0 {
		r.payload = []byte("{}") // inference, spec §9.3: clients of runtimes die of an empty event
	}
	result.Notes = append(result.Notes, p.notes...)
	if req.DurableName != "" {
		result.Notes = append(result.Notes, "The durable execution name "+req.DurableName+" has no effect here: nothing is checkpointed, and the function runs each time.")
	}
	n, fresh, err := e.take(p, req.Cold, true)
	if err != nil {
		return e.notStarted(err, p, r, req.LogType, result)
	}
	n.standbyFor = chosen{}
	if r.cold = fresh; fresh {
		emit(invoke.Progress{Kind: invoke.ProgressStarting, At: e.o.Now(), RequestID: r.requestID, Cold: true})
	}
	o := n.run(ctx, r)
	n.describe(r, o, req.LogType, &result)
	if o.ending == cancelled {
		// Not put back: whoever cancels wants its processes gone.
		n.close()
		if !o.responded {
			// Nothing came back: what describes the end of the process is no answer.
			result.Payload, result.FunctionError, result.Failure, result.StatusCode = nil, "", nil, 0
			return result, e.cancelledFailure(ctx, o)
		}
		return result, nil
	}
	e.put(n)
	return result, nil
}

// notStarted answers an invocation for which no process could be prepared. A runtime
// that can't be had refuses it; a bootstrap that can't be executed is its outcome.
func (e *Executor) notStarted(err error, p plan, r *run, logType invoke.LogType, result invoke.Result) (invoke.Result, *invoke.Failure) {
	var failure *invoke.Failure
	if !errors.As(err, &failure) {
		failure = invoke.NewFailure("ServiceException", "The execution environment could not be started: "+err.Error())
		failure.Err, failure.Ran = err, invoke.RanNo
	}
	if failure.Kind != invoke.FunctionFailure {
		return result, failure
	}
	n := &environment{e: e, plan: p}
	o := outcome{ending: initFailed, errorType: failure.Name, message: failure.Message}
	r.log.begin(n.platform(r.requestID).start())
	n.describe(r, o, logType, &result)
	result.Failure = failure
	return result, nil
}

const (
	noMemoryNote = "Max memory used is not measured on this system."
	lateNextNote = "The runtime had not asked for the next event when its time was up; its response stands."
)

// describe makes the result of an outcome and completes the log.
func (n *environment) describe(r *run, o outcome, logType invoke.LogType, result *invoke.Result) {
	report := n.report(r.requestID, o)
	r.log.write(n.platform(r.requestID).end(report))
	all, own, dropped := r.log.bytes()
	if o.ending == initFailed {
		own = all // the log of the init is what there is to see (spec §1.9)
	}
	result.StatusCode, result.ExecutedVersion = 200, n.plan.version
	result.Log, result.LogDropped, result.Report = all, dropped, &report
	if logType == invoke.LogTail {
		result.LogTail = invoke.Tail(own)
	}
	payload, classify, failed := o.function(r.requestID)
	result.Payload = payload
	if failed {
		result.FunctionError = "Unhandled" // always (spec §1.8)
		result.Failure = invoke.ClassifyFunctionError(classify, result.FunctionError, &report)
		n.plan.explainImport(result.Failure)
	}
	result.Notes = append(result.Notes, n.notes(o)...)
	if note := leftOutNote(r.log.leftOut(), n.plan.fn.ApplicationLogLevel); note != "" {
		result.Notes = append(result.Notes, note)
	}
}

func (n *environment) notes(o outcome) []string {
	notes := append([]string(nil), n.launch.Notes...)
	if o.partial > 0 {
		whole := ""
		if o.whole > 0 {
			whole = " of " + strconv.FormatInt(o.whole, 10)
		}
		notes = append(notes, fmt.Sprintf("A response was cut short after %d%s bytes and not accepted.", o.partial, whole))
	}
	switch late := o.responded && o.ending == timedOut; {
	case late && len(o.working) > 0:
		notes = append(notes, "The time was up before the function's extensions were done with the invocation ("+
			strings.Join(o.working, ", ")+"); its response stands.")
	case late:
		notes = append(notes, lateNextNote)
	}
	if o.errorType == "Runtime.InvalidEntrypoint" && n.launch.Path != "" {
		notes = append(notes, "Executed on this machine: "+n.launch.Path)
	}
	if !runsExtensions && len(n.plan.extensionFiles()) > 0 {
		notes = append(notes, noExtensionsNote)
	}
	if note := n.storageNote(o.duration); note != "" {
		notes = append(notes, note)
	}
	if !measuresMemory {
		notes = append(notes, noMemoryNote)
	}
	return notes
}

// cancelledFailure says why an invocation was given up and whether it had begun.
func (e *Executor) cancelledFailure(ctx context.Context, o outcome) *invoke.Failure {
	ran := invoke.RanNo
	if o.delivered {
		ran = invoke.RanYes
	}
	switch {
	case ctx.Err() == nil:
		return stoppingFailure(ran)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return invoke.ClientFailureOf(invoke.WaitLimitReached, "the function had not answered when the waiting time was up", "", "", ran, ctx.Err())
	}
	return invoke.ClientFailureOf(invoke.Cancelled, "the invocation was cancelled and its processes ended", "", "", ran, ctx.Err())
}

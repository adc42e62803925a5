package uitest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"lambent/invoke"
)

// Account and Region are those of a Target's ARNs.
const (
	Account = "123456789012"
	Region  = "us-east-1"
)

// A Behaviour is what a function does when it is invoked.
type Behaviour func(c *Call) (invoke.Result, error)

// A Target stands for the local executor: it checks requests as Lambda does,
// reports progress, writes START, END and REPORT lines, and honours its context.
// Time passes by the driver's clock.
type Target struct {
	clock *Clock

	mu         sync.Mutex
	info       invoke.TargetInfo
	functions  []invoke.Function
	qualifiers map[string][]invoke.Qualifier
	does       map[string]Behaviour
	configured map[string][]func(*invoke.Configuration) // by function:version
	calls      int

	// Requests are the requests that were sent, in order.
	Requests []invoke.Request
	// Queue keeps events; nil: they are accepted and forgotten. Attempts are made
	// while somebody follows the event.
	Queue invoke.Queue
	// Who is the caller that the target sees, nil when it does not know.
	Who *invoke.Identity
	// Kept is the list of functions of an earlier start, KeptTakes how long it is read.
	Kept      []invoke.Function
	KeptTakes time.Duration
	// Slow is how long listing functions takes to begin, and PageTakes each page of
	// PageSize after the first.
	Slow, PageTakes time.Duration
	PageSize        int
	// SlowDescribing is how long it takes to tell how a function is configured.
	SlowDescribing time.Duration
	// Fails is what describing a function ends with, nil for what there is.
	Fails error
	// Broken is what listing functions ends with, nil for its end.
	Broken error
}

// NewTarget makes a local target of a project without functions.
func NewTarget(clock *Clock, project string) *Target {
	return &Target{
		clock:      clock,
		info:       invoke.TargetInfo{Kind: invoke.Local, Account: Account, Region: Region, Project: "/home/dev/" + project, ProjectName: project},
		qualifiers: map[string][]invoke.Qualifier{},
		does:       map[string]Behaviour{},
	}
}

// Add adds a function and what it does.
func (t *Target) Add(f invoke.Function, does Behaviour) {
	f.ARN = "arn:aws:lambda:" + Region + ":" + Account + ":function:" + f.Name
	t.functions = append(t.functions, f)
	t.does[f.Name] = does
	t.qualifiers[f.Name] = []invoke.Qualifier{{Name: "$LATEST", Kind: invoke.KindLatest, Version: "$LATEST"}}
}

// Clear takes all functions away.
func (t *Target) Clear() { t.functions = nil }

// Qualify adds an alias or a version to a function.
func (t *Target) Qualify(function string, q invoke.Qualifier) {
	t.qualifiers[function] = append(t.qualifiers[function], q)
}

// Label changes what the target is called.
func (t *Target) Label(info invoke.TargetInfo) { t.info = info }

// Info implements invoke.Target.
func (t *Target) Info() invoke.TargetInfo { return t.info }

// Functions implements invoke.Target.
func (t *Target) Functions(ctx context.Context) iter.Seq2[invoke.Function, error] {
	return func(yield func(invoke.Function, error) bool) {
		if t.Slow > 0 && !t.clock.Sleep(ctx, t.Slow) {
			return
		}
		for i, f := range t.functions {
			if t.PageSize > 0 && i > 0 && i%t.PageSize == 0 && !t.clock.Sleep(ctx, t.PageTakes) {
				return
			}
			if !yield(f, nil) {
				return
			}
		}
		if t.Broken != nil {
			yield(invoke.Function{}, t.Broken)
		}
	}
}

// Remembered implements invoke.Rememberer.
func (t *Target) Remembered() ([]invoke.Function, time.Time) {
	if t.KeptTakes > 0 {
		t.clock.Sleep(context.Background(), t.KeptTakes)
	}
	return t.Kept, t.clock.Now()
}

// Identity implements invoke.Identifier.
func (t *Target) Identity(context.Context) (invoke.Identity, error) {
	if t.Who == nil {
		return invoke.Identity{}, errors.New("nobody knows")
	}
	return *t.Who, nil
}

// Qualifiers implements invoke.Target.
func (t *Target) Qualifiers(_ context.Context, function string) ([]invoke.Qualifier, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list, ok := t.qualifiers[function]
	if !ok {
		return nil, invoke.FunctionNotFound("arn:aws:lambda:" + Region + ":" + Account + ":function:" + function)
	}
	return slices.Clone(list), nil
}

// QualifierPages implements invoke.QualifierPager.
func (t *Target) QualifierPages(ctx context.Context, function string) iter.Seq2[[]invoke.Qualifier, error] {
	return func(yield func([]invoke.Qualifier, error) bool) {
		list, err := t.Qualifiers(ctx, function)
		if err != nil {
			yield(nil, err)
			return
		}
		size := t.PageSize
		if size == 0 {
			size = max(len(list), 1)
		}
		for page := range slices.Chunk(list, size) {
			if !yield(page, nil) || t.PageSize > 0 && !t.clock.Sleep(ctx, t.PageTakes) {
				return
			}
		}
		if t.Broken != nil {
			yield(nil, t.Broken)
		}
	}
}

// StreamsResponses implements invoke.Streamer.
func (t *Target) StreamsResponses() bool { return true }

// StartsCold implements invoke.ColdStarter.
func (t *Target) StartsCold() bool { return true }

// PublishVersion implements invoke.Publisher.
func (t *Target) PublishVersion(_ context.Context, function, description string) (invoke.Qualifier, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 1
	for _, q := range t.qualifiers[function] {
		if q.Kind == invoke.KindVersion {
			n++
		}
	}
	q := invoke.Qualifier{
		Name: strconv.Itoa(n), Version: strconv.Itoa(n), Kind: invoke.KindVersion, Description: description, PublishedAt: t.clock.Now(),
	}
	t.qualifiers[function] = append(t.qualifiers[function], q)
	return q, nil
}

// PutAlias implements invoke.Publisher.
func (t *Target) PutAlias(_ context.Context, function, alias, version, description string, routing map[string]float64) (invoke.Qualifier, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.qualifiers[function]
	if !slices.ContainsFunc(list, func(q invoke.Qualifier) bool { return q.Kind == invoke.KindVersion && q.Name == version }) {
		return invoke.Qualifier{}, invoke.NewFailure("ResourceNotFoundException", "Function version not found: "+version)
	}
	q := invoke.Qualifier{Name: alias, Kind: invoke.KindAlias, Version: version, Description: description}
	for other, share := range routing {
		q.Weights = map[string]float64{version: 1 - share, other: share}
	}
	list = slices.DeleteFunc(list, func(q invoke.Qualifier) bool { return q.Name == alias })
	t.qualifiers[function] = slices.Insert(list, 1, q)
	return q, nil
}

// DeleteAlias implements invoke.Publisher.
func (t *Target) DeleteAlias(_ context.Context, function, alias string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.qualifiers[function] = slices.DeleteFunc(t.qualifiers[function], func(q invoke.Qualifier) bool { return q.Name == alias })
	return nil
}

// A Call is one invocation while a Behaviour handles it.
type Call struct {
	Request invoke.Request
	Version string // that is executed
	ID      string // request id

	ctx      context.Context
	target   *Target
	function invoke.Function
	emit     func(invoke.Progress)
	log      []byte
	began    time.Time
	cold     time.Duration
}

// Invoke implements invoke.Target.
func (t *Target) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	t.mu.Lock()
	t.calls++
	id := fmt.Sprintf("8f2c1d%02x-0000-4000-8000-%012d", t.calls, t.calls)
	t.Requests = append(t.Requests, req)
	t.mu.Unlock()
	if emit == nil {
		emit = func(invoke.Progress) {}
	}
	if f := invoke.Validate(req); f != nil {
		return t.refused(id, f)
	}
	name, _ := invoke.ParseName(req.Function)
	i := slices.IndexFunc(t.functions, func(f invoke.Function) bool { return f.Name == name.Function })
	if i < 0 {
		return t.refused(id, invoke.FunctionNotFound(name.ARN(Region, Account)))
	}
	if f := invoke.CheckPayload(req.Payload, req.Type); f != nil {
		return t.refused(id, f)
	}
	c := &Call{Request: req, ID: id, ctx: ctx, target: t, function: t.functions[i], emit: emit, began: t.clock.Now()}
	c.Version = t.version(c.function.Name, req.Qualifier)
	switch req.Type {
	case invoke.DryRun:
		return invoke.Result{StatusCode: 204, RequestID: id, FunctionName: c.function.Name, FunctionARN: c.function.ARN}, nil
	case invoke.Event:
		if err := t.accept(ctx, c); err != nil {
			return t.refused(id, invoke.NewFailure("ServiceException", err.Error()))
		}
		emit(invoke.Progress{Kind: invoke.ProgressQueued, RequestID: id})
		return invoke.Result{StatusCode: 202, RequestID: id, FunctionName: c.function.Name, FunctionARN: c.function.ARN}, nil
	}
	return t.does[c.function.Name](c)
}

// version is what a qualifier points at.
func (t *Target) version(function, qualifier string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, q := range t.qualifiers[function] {
		if q.Name == qualifier {
			return q.Version
		}
	}
	return "$LATEST"
}

func (t *Target) refused(id string, f *invoke.Failure) (invoke.Result, error) {
	return invoke.Result{StatusCode: f.Status, RequestID: id, StartedAt: t.clock.Now()}, f
}

// Cold starts the environment, which takes d.
func (c *Call) Cold(d time.Duration) error {
	c.cold = d
	c.emit(invoke.Progress{Kind: invoke.ProgressStarting, At: c.target.clock.Now()})
	return c.Wait(d)
}

// Running hands the event to the function.
func (c *Call) Running() {
	c.began = c.target.clock.Now()
	c.emit(invoke.Progress{
		Kind: invoke.ProgressRunning, At: c.target.clock.Now(), RequestID: c.ID, Limit: c.function.Timeout, Cold: c.cold > 0,
	})
	c.Log("START RequestId: " + c.ID + " Version: " + c.Version + "\n")
}

// Log writes to the log.
func (c *Call) Log(text string) {
	c.log = append(c.log, text...)
	c.emit(invoke.Progress{Kind: invoke.ProgressLog, At: c.target.clock.Now(), RequestID: c.ID, Data: []byte(text)})
}

// Part streams a part of the response.
func (c *Call) Part(text string) {
	c.emit(invoke.Progress{Kind: invoke.ProgressChunk, At: c.target.clock.Now(), RequestID: c.ID, Data: []byte(text)})
}

// errStopped ends a Behaviour whose invocation was cancelled.
var errStopped = errors.New("stopped")

// Wait lets time pass. The error, when the invocation was cancelled, is for Stopped.
func (c *Call) Wait(d time.Duration) error {
	if !c.target.clock.Sleep(c.ctx, d) {
		return errStopped
	}
	return nil
}

// Stopped is the answer of an invocation that was cancelled: a failure of the
// call, beside the result of a function that was killed.
func (c *Call) Stopped() (invoke.Result, error) {
	name, message := invoke.Cancelled, "the invocation was cancelled and its processes ended"
	if errors.Is(c.ctx.Err(), context.DeadlineExceeded) {
		name, message = invoke.WaitLimitReached, "the function had not answered when the waiting time was up"
	}
	r := c.result(nil)
	r.FunctionError = "Unhandled"
	return r, invoke.ClientFailureOf(name, message, "", "", invoke.RanYes, c.ctx.Err())
}

// Answer is a response.
func (c *Call) Answer(payload string) (invoke.Result, error) { return c.result([]byte(payload)), nil }

// Fail is a function error with the payload that the runtime posted.
func (c *Call) Fail(payload string) (invoke.Result, error) {
	r := c.result([]byte(payload))
	r.FunctionError = "Unhandled"
	r.Failure = invoke.ClassifyFunctionError(r.Payload, r.FunctionError, r.Report)
	return r, nil
}

// Refuse is a service error, or a failure on this side.
func (c *Call) Refuse(f *invoke.Failure) (invoke.Result, error) {
	r := c.result(nil)
	r.StatusCode, r.Report, r.Log, r.LogTail, r.ExecutedVersion = f.Status, nil, nil, nil, ""
	if f.Kind == invoke.ClientFailure {
		r.RequestID = ""
	}
	return r, f
}

// result ends the log and puts the result together.
func (c *Call) result(payload []byte) invoke.Result {
	took := c.target.clock.Now().Sub(c.began)
	report := &invoke.Report{
		RequestID: c.ID, Duration: took, BilledDuration: invoke.Billed(took, c.cold),
		MemorySizeMB: c.function.MemorySizeMB, MaxMemoryUsedMB: 84, InitDuration: c.cold,
	}
	c.log = append(append(c.log, "END RequestId: "+c.ID+"\n"...), report.Line()...)
	r := invoke.Result{
		StatusCode: 200, Payload: payload, ExecutedVersion: c.Version, RequestID: c.ID, FunctionName: c.function.Name,
		FunctionARN: c.function.ARN, Log: c.log, Report: report, StartedAt: c.began, Duration: took,
	}
	if c.Request.LogType == invoke.LogTail {
		r.LogTail = invoke.Tail(c.log)
	}
	return r
}

// Linger lets time pass whether or not the invocation was cancelled.
func (c *Call) Linger(d time.Duration) { c.target.clock.Sleep(context.WithoutCancel(c.ctx), d) }

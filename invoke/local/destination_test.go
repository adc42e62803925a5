//go:build unix

package local

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"

	"github.com/google/go-cmp/cmp"
)

const (
	queueARN = "arn:aws:sqs:us-east-1:123456789012:letters"
	topicARN = "arn:aws:sns:us-east-1:123456789012:news"
	lambda   = "arn:aws:lambda:us-east-1:123456789012:function:"
)

// function is one that is called something, with its behaviour.
func function(name, handler string, change ...func(*project.Function)) project.Function {
	fn := does(handler, change...)[0]
	fn.Name = name
	return fn
}

func onSuccess(arn string) func(*project.Function) {
	return events(func(c *invoke.EventInvokeConfig) { c.OnSuccess = arn })
}

// events changes what is said about the events of a function's $LATEST and version 1.
func events(change func(*invoke.EventInvokeConfig)) func(*project.Function) {
	return func(fn *project.Function) {
		c := fn.EventInvoke["$LATEST"]
		change(&c)
		fn.EventInvoke = map[string]invoke.EventInvokeConfig{"$LATEST": c, "1": c}
	}
}

// retriesNone gives up after the first attempt, and both kinds of destination hear of it.
func retriesNone(fn *project.Function) {
	none := 0
	events(func(c *invoke.EventInvokeConfig) { c.MaximumRetryAttempts, c.OnFailure = &none, topicARN })(fn)
	fn.DeadLetter = queueARN
}

// settle sends an event and follows it to its end.
func (f *fixture) settle(q *memoryQueue, payload string, change ...func(*invoke.Request)) (invoke.QueuedEvent, invoke.Result) {
	f.t.Helper()
	id := f.call(payload, append([]func(*invoke.Request){event}, change...)...).RequestID
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := f.Follow(ctx, id, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	e, _ := q.Event(ctx, id)
	return e, r
}

func wantBody(t *testing.T, d invoke.Delivery, want string) {
	t.Helper()
	form := strings.ReplaceAll(regexp.QuoteMeta(want), "TIME", `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)
	if ok, err := regexp.Match("^"+form+"$", d.Body); !ok || err != nil {
		t.Errorf("the record is\n%s\nwant\n%s", d.Body, want)
	}
}

// Spec §6.3, members in the order as recorded, payloads byte for byte.
func TestSuccessInvokesTheFunctionThatIsItsDestination(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, []project.Function{function("f", "echo", onSuccess(lambda+"g:$LATEST")), function("g", "echo")}, queueing(q, 1))
	e, r := f.settle(q, `{"b": 1.50,"a":"<é>"}`)
	if e.State != invoke.EventDone || len(e.Deliveries) != 1 {
		t.Fatalf("it is %s, delivered %+v", e.State, e.Deliveries)
	}
	d := e.Deliveries[0]
	wantBody(t, d, `{"version":"1.0","timestamp":"TIME","requestContext":{"requestId":"`+e.ID+`","functionArn":"`+lambda+`f:$LATEST","condition":"Success","approximateInvokeCount":1},`+
		`"requestPayload":{"b": 1.50,"a":"<é>"},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"b": 1.50,"a":"<é>"}}`)
	if d.Kind != invoke.DeliverySuccess || d.Problem != "" || d.Destination != lambda+"g:$LATEST" {
		t.Errorf("delivery is %+v", d)
	}
	// It has run by the time that following ends.
	next, err := q.Event(t.Context(), d.RequestID)
	if err != nil || next.State != invoke.EventDone || string(next.Attempts[0].Result.Payload) != string(d.Body) || next.Function != "g" {
		t.Errorf("the destination's event is %+v, %v", next, err)
	}
	root, _, _ := strings.Cut(e.Request.TraceID, ";")
	if want := "Lineage=1:" + functionHash(lambda+"f") + ":0|1:" + functionHash(lambda+"g") + ":0"; !strings.HasPrefix(next.Request.TraceID, root) ||
		!strings.HasSuffix(next.Request.TraceID, want) {
		t.Errorf("its trace is %s, of %s", next.Request.TraceID, e.Request.TraceID)
	}
	if len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "was invoked, request "+d.RequestID) {
		t.Errorf("notes are %q", r.Notes)
	}
}

func TestFailureReachesItsDestinationAndItsDeadLetterQueue(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, []project.Function{function("f", "fail", retriesNone)}, queueing(q, 1))
	e, _ := f.settle(q, "")
	if e.State != invoke.EventDead || len(e.Deliveries) != 2 {
		t.Fatalf("it is %s, delivered %+v", e.State, e.Deliveries)
	}
	wantBody(t, e.Deliveries[0], `{"version":"1.0","timestamp":"TIME","requestContext":{"requestId":"`+e.ID+`","functionArn":"`+lambda+`f:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":1},`+
		`"requestPayload":{},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},"responsePayload":`+string(e.Attempts[0].Result.Payload)+`}`)
	if d := e.Deliveries[0]; d.Kind != invoke.DeliveryFailure || d.Destination != topicARN || !strings.Contains(d.Problem, "Nothing was sent") || d.RequestID != "" {
		t.Errorf("delivery is %+v", d)
	}
	want := []invoke.Attribute{{Name: "RequestID", Type: "String", Value: e.ID}, {Name: "ErrorCode", Type: "Number", Value: "200"},
		{Name: "ErrorMessage", Type: "String", Value: e.Attempts[0].Result.Failure.Message}}
	letter := e.Deliveries[1]
	if diff := cmp.Diff(want, letter.Attributes); diff != "" || len(letter.Body) != 0 || letter.Destination != queueARN || letter.Kind != invoke.DeliveryDeadLetterQueue {
		t.Errorf("letter is %+v, attributes (-want +got):\n%s", letter, diff)
	}
}

// The qualifier of the call is the one of the record; a response that is no JSON is a string in it.
func TestRecordOfAQualifiedCallAndOfText(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, []project.Function{function("f", "stream:whole", onSuccess(topicARN))}, queueing(q, 1))
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	e, _ := f.settle(q, "1", qualified("1"))
	wantBody(t, e.Deliveries[0], `{"version":"1.0","timestamp":"TIME","requestContext":{"requestId":"`+e.ID+`","functionArn":"`+lambda+`f:1","condition":"Success","approximateInvokeCount":1},`+
		`"requestPayload":1,"responseContext":{"statusCode":200,"executedVersion":"1"},"responsePayload":"hello world"}`)
}

// Spec §6.3: no response, and a count of 0.
func TestZeroReservedConcurrency(t *testing.T) {
	q, zero := &memoryQueue{}, 0
	f := open(t, []project.Function{function("f", "echo", retriesNone, func(fn *project.Function) { fn.ReservedConcurrency = &zero })}, queueing(q, 1))
	e, r := f.settle(q, `[]`)
	if e.Condition != "ZeroReservedConcurrency" || len(e.Attempts) != 0 || nameOf(r.Failure) != "ZeroReservedConcurrency" || r.Failure.Ran != invoke.RanNo {
		t.Errorf("it is %s with %d attempts, %+v", e.Condition, len(e.Attempts), r.Failure)
	}
	wantBody(t, e.Deliveries[0], `{"version":"1.0","timestamp":"TIME","requestContext":{"requestId":"`+e.ID+`","functionArn":"`+lambda+`f:$LATEST","condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":[]}`)
	if a := e.Deliveries[1].Attributes; len(a) != 3 || a[1].Value != "429" {
		t.Errorf("attributes are %+v", a)
	}
	if f.folder() != "" {
		t.Error("an environment was made")
	}
}

// What is too old when its turn comes is not run, and says so.
func TestEventTooOldIsNotRun(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, []project.Function{function("f", "echo", retriesNone)}, queueing(q, 60))
	old := time.Now().Add(-6*time.Minute - time.Second) // six hours by the clock of events
	_ = q.Enqueue(t.Context(), invoke.QueuedEvent{ID: "old", Project: f.Info().Project, Function: "f",
		Request: invoke.Request{Function: "f", Payload: []byte("5"), Type: invoke.Event}, AcceptedAt: old, NotBefore: old, State: invoke.EventQueued})
	_ = q.Enqueue(t.Context(), invoke.QueuedEvent{ID: "redriven", Project: f.Info().Project, Function: "f",
		Request: invoke.Request{Function: "f", Payload: []byte("5"), Type: invoke.Event}, AcceptedAt: old, NotBefore: old, State: invoke.EventQueued, RedrivenAt: time.Now()})
	f.events.start()
	r, err := f.Follow(t.Context(), "old", nil)
	e, _ := q.Event(t.Context(), "old")
	if err != nil || nameOf(r.Failure) != "EventAgeExceeded" || e.Condition != "EventAgeExceeded" || len(e.Attempts) != 0 {
		t.Errorf("it is %+v, %+v, %v", e, r.Failure, err)
	}
	if len(e.Deliveries) != 2 || strings.Contains(string(e.Deliveries[0].Body), "responseContext") || !strings.Contains(string(e.Deliveries[0].Body), `"condition":"EventAgeExceeded","approximateInvokeCount":0`) {
		t.Errorf("delivered %+v", e.Deliveries)
	}
	if r, err := f.Follow(t.Context(), "redriven", nil); err != nil || r.Failure != nil || string(r.Payload) != "5" {
		t.Errorf("the redriven one: %+v, %v", r, err)
	}
}

func TestDestinationsThatCanNotBeInvoked(t *testing.T) {
	t.Parallel()
	big := `"` + strings.Repeat("x", invoke.MaxAsyncPayload-2) + `"`
	for _, c := range []struct{ what, payload, arn, problem string }{
		{"unknown", "1", lambda + "nobody", "The function was not invoked: Function not found: " + lambda + "nobody:$LATEST"},
		{"elsewhere", "1", "arn:aws:lambda:eu-west-1:123456789012:function:f", "The function was not invoked: Functions from 'eu-west-1'"},
		{"too large", big, lambda + "g", "The function was not invoked: the record has 2097"},
		{"not an ARN", "1", "g", "Nothing was sent"},
	} {
		q := &memoryQueue{}
		f := open(t, []project.Function{function("f", "echo", onSuccess(c.arn)), function("g", "echo")}, queueing(q, 1))
		e, r := f.settle(q, c.payload)
		if len(e.Deliveries) != 1 || !strings.HasPrefix(e.Deliveries[0].Problem, c.problem) || e.State != invoke.EventDone {
			t.Errorf("%s: %s, problem %q", c.what, e.State, e.Deliveries[0].Problem)
		}
		if len(q.events) != 1 || len(r.Notes) == 0 || !strings.Contains(r.Notes[0], "is kept with the event") {
			t.Errorf("%s: %d events, notes %q", c.what, len(q.events), r.Notes)
		}
	}
}

// Two functions that are each other's destination are stopped after 16 passes (spec §6.4).
func TestLoopOfDestinationsIsStopped(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, []project.Function{function("f", "log", onSuccess(lambda+"g"), retriesNone), function("g", "log", onSuccess(lambda+"f"))}, queueing(q, 1))
	id := f.call("{}", event).RequestID
	if _, err := f.Follow(t.Context(), id, nil); err != nil {
		t.Fatal(err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	ran := map[string]int{}
	for _, e := range q.events {
		if e.State == invoke.EventDone {
			ran[e.Function]++
		}
	}
	last := q.events[len(q.events)-1]
	if ran["f"] != maxPasses || ran["g"] != maxPasses || last.State != invoke.EventDead || nameOf(last.Attempts[0].Refused) != "RecursiveInvocationException" {
		t.Fatalf("ran %v, the last is %s, %+v", ran, last.State, last.Attempts)
	}
	if len(last.Deliveries) != 2 || last.Condition != "RetriesExhausted" {
		t.Errorf("%s, delivered %+v", last.Condition, last.Deliveries)
	}
}

func TestRecursiveCallIsRefused(t *testing.T) {
	allowed := false
	fn := function("f", "headers")
	f := open(t, []project.Function{fn, function("g", "headers", func(fn *project.Function) { fn.AllowsRecursion = true })})
	trace := "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1"
	passing := func(r *invoke.Request) {
		r.TraceID = trace
		if allowed {
			r.Function = "g"
		}
	}
	for range maxPasses {
		trace = f.call("{}", passing).TraceID
	}
	if want := fmt.Sprintf("Lineage=1:%s:%d", functionHash(lambda+"f"), maxPasses-1); !strings.HasSuffix(trace, want) {
		t.Errorf("after %d passes the trace is %s", maxPasses, trace)
	}
	r, failure := f.refusal("{}", passing)
	if failure.Name != "RecursiveInvocationException" || failure.Status != 400 || failure.Ran != invoke.RanNo || r.TraceID == "" {
		t.Errorf("refused with %+v", failure)
	}
	allowed = true
	for range maxPasses + 2 {
		trace = f.call("{}", passing).TraceID
	}
}

// Whatever a caller sends as a trace header is passed on, once counted.
func TestTraceIDs(t *testing.T) {
	now := time.Unix(0x5bef4de7, 0)
	hash := functionHash("arn")
	for given, want := range map[string]string{
		"Root=1-a":                                                "Root=1-a;Lineage=1:" + hash + ":0",
		"Root=1-a;Lineage=" + hash + ":3":                         "Root=1-a;Lineage=" + hash + ":4",
		"Root=1-a;Lineage=1:" + hash + ":15":                      "Root=1-a;Lineage=1:" + hash + ":16",
		"Lineage=1:dead:7|1:" + hash + ":1;Root=1-a;Parent=b;X=y": "Root=1-a;Parent=b;X=y;Lineage=1:dead:7|1:" + hash + ":2",
		"Root=1-a;Lineage=" + hash + ":-4":                        "Root=1-a;Lineage=" + hash + ":-4|1:" + hash + ":0",
		"Root=1-a;Lineage=||:;;":                                  "Root=1-a;Lineage=:|1:" + hash + ":0",
	} {
		got, passes := traceID(given, "arn", now)
		if got != want || passes != passesOf(got, "arn") {
			t.Errorf("%s became %s, %d passes, want %s", given, got, passes, want)
		}
	}
	made, passes := traceID("nonsense", "arn", now)
	if ok, _ := regexp.MatchString(`^Root=1-5bef4de7-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=1:`+hash+`:0$`, made); !ok || passes != 1 {
		t.Errorf("a new one is %s", made)
	}
}

// A dead-letter queue is told at most 1 KB of the message, whole characters.
func TestLongErrorMessage(t *testing.T) {
	for _, message := range []string{strings.Repeat("é", 3000), "a" + strings.Repeat("é", 3000), strings.Repeat("x", 1024), "\xff\xfe"} {
		o := eventOutcome{attempt: invoke.Attempt{Number: 1, Result: invoke.Result{Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Message: message}}}}
		got := deadLetterAttributes(invoke.QueuedEvent{ID: "x"}, o)[2].Value
		if len(got) > 1024 || len(message) >= 1024 && len(got) < 1023 || strings.Contains(got, "\ufffd") != (message[0] == 0xff) {
			t.Errorf("%d bytes of %d: %q", len(got), len(message), got[max(0, len(got)-8):])
		}
	}
}

// An event bus gets the record as the detail of an event (spec §6.3).
func TestRecordOnAnEventBus(t *testing.T) {
	q := &memoryQueue{}
	const bus = "arn:aws:events:us-east-1:123456789012:event-bus/news"
	f := open(t, []project.Function{function("f", "echo", onSuccess(bus))}, queueing(q, 1))
	e, _ := f.settle(q, `{"a":1}`)
	if len(e.Deliveries) != 1 {
		t.Fatalf("delivered %+v", e.Deliveries)
	}
	wantBody(t, e.Deliveries[0], `{"source":"lambda","detail-type":"Lambda Function Invocation Result - Success","resources":["`+bus+`","`+lambda+`f:$LATEST"],`+
		`"detail":{"version":"1.0","timestamp":"TIME","requestContext":{"requestId":"`+e.ID+`","functionArn":"`+lambda+`f:$LATEST","condition":"Success","approximateInvokeCount":1},`+
		`"requestPayload":{"a":1},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":{"a":1}}}`)
}

// Who follows an event can tell its log from that of what its outcome invokes.
func TestNewsOfADestinationHasItsOwnRequestID(t *testing.T) {
	q := &memoryQueue{}
	f := open(t, []project.Function{function("f", "echo", onSuccess(lambda+"g")), function("g", "echo")}, queueing(q, 1))
	id := f.call("1", event).RequestID
	logs, other := map[string]string{}, ""
	if _, err := f.Follow(t.Context(), id, func(p invoke.Progress) { logs[p.RequestID] += string(p.Data) }); err != nil {
		t.Fatal(err)
	}
	if e, _ := q.Event(t.Context(), id); len(e.Deliveries) == 1 {
		other = e.Deliveries[0].RequestID
	}
	if !strings.Contains(logs[id], "REPORT RequestId: "+id) || strings.Contains(logs[id], other) || !strings.Contains(logs[other], "REPORT RequestId: "+other) || len(logs) != 2 {
		t.Errorf("logs by request id: %q", logs)
	}
}

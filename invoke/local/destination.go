package local

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lambent/invoke"
)

// maxErrorMessage is how much of an error message a dead-letter queue is told, in bytes
// (spec §6.2).
const maxErrorMessage = 1024

// deliveries are what the outcome of an event sends to its function's destinations and
// dead-letter queue. An on-failure destination and a dead-letter queue both get it: an
// emulator's model, not measured (spec §6.3).
func (e *Executor) deliveries(event invoke.QueuedEvent, o eventOutcome, now time.Time) []invoke.Delivery {
	var list []invoke.Delivery
	destination, kind := o.rule.onSuccess, invoke.DeliverySuccess
	if o.verdict.State == invoke.EventDead {
		destination, kind = o.rule.onFailure, invoke.DeliveryFailure
	}
	if destination != "" {
		d := invoke.Delivery{Kind: kind, Destination: destination, At: now, Body: e.destinationRecord(event, o, now)}
		if strings.Contains(destination, ":event-bus/") {
			d.Body = e.busEvent(d, event)
		}
		e.deliver(&d, event, now)
		list = append(list, d)
	}
	if queue := o.rule.deadLetter; queue != "" && o.verdict.State == invoke.EventDead {
		list = append(list, invoke.Delivery{
			Kind: invoke.DeliveryDeadLetterQueue, Destination: queue, At: now,
			Body: event.Request.Payload, Attributes: deadLetterAttributes(event, o), Problem: notReached,
		})
	}
	return list
}

const notReached = "Nothing was sent: on the local target only functions of the project are destinations that are reached."

// deliver turns a record for a function of the project into an event of that function.
func (e *Executor) deliver(d *invoke.Delivery, event invoke.QueuedEvent, now time.Time) {
	fields := strings.SplitN(d.Destination, ":", 4)
	if len(fields) < 4 || fields[2] != "lambda" {
		d.Problem = notReached
		return
	}
	if len(d.Body) > invoke.MaxAsyncPayload {
		d.Problem = fmt.Sprintf("The function was not invoked: the record has %d bytes, and an event at most %d.", len(d.Body), invoke.MaxAsyncPayload)
		return
	}
	p, failure := e.resolve(d.Destination, "")
	if failure == nil {
		failure = p.unable()
	}
	if failure != nil {
		d.Problem = "The function was not invoked: " + failure.Message
		return
	}
	trace, _ := traceID(event.Request.TraceID, p.arn, now)
	d.RequestID = newRequestID()
	d.Event = &invoke.QueuedEvent{
		ID: d.RequestID, Project: event.Project, Info: e.Info(), Function: p.fn.Name,
		Request: invoke.Request{
			Function: d.Destination, Payload: d.Body, Type: invoke.Event, TraceID: trace, Door: event.Request.Door,
		},
		AcceptedAt: now, NotBefore: now, State: invoke.EventQueued,
	}
}

// destinationRecord is what a destination gets: the members of spec §6.3 in their order.
// Payloads are in it byte for byte. A response that is no JSON can't be; it is a string
// there, and none at all is null: both inferred.
func (e *Executor) destinationRecord(event invoke.QueuedEvent, o eventOutcome, now time.Time) []byte {
	condition := o.verdict.Condition
	if o.verdict.State == invoke.EventDone {
		condition = invoke.ConditionSuccess
	}
	tried := o.tried(event)
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"version":"1.0","timestamp":%s,"requestContext":{"requestId":%s,"functionArn":%s,"condition":%s,"approximateInvokeCount":%d},"requestPayload":`,
		quote(now.UTC().Format("2006-01-02T15:04:05.000Z")), quote(event.ID), quote(e.qualifiedARN(event)), quote(condition), len(tried))
	writeValue(&b, event.Request.Payload, "{}") // what an empty event is delivered as
	if len(tried) > 0 {
		last := tried[len(tried)-1].Result
		fmt.Fprintf(&b, `,"responseContext":{"statusCode":%d,"executedVersion":%s`, last.StatusCode, quote(last.ExecutedVersion))
		if last.FunctionError != "" {
			b.WriteString(`,"functionError":` + quote(last.FunctionError))
		}
		b.WriteString(`},"responsePayload":`)
		writeValue(&b, last.Payload, "null")
	}
	b.WriteByte('}')
	return b.Bytes()
}

// busEvent is a record as an event bus gets it (spec §6.3).
func (e *Executor) busEvent(d invoke.Delivery, event invoke.QueuedEvent) []byte {
	outcome := "Success"
	if d.Kind == invoke.DeliveryFailure {
		outcome = "Failure"
	}
	return fmt.Appendf(nil, `{"source":"lambda","detail-type":%s,"resources":[%s,%s],"detail":%s}`,
		quote("Lambda Function Invocation Result - "+outcome), quote(d.Destination), quote(e.qualifiedARN(event)), d.Body)
}

func writeValue(b *bytes.Buffer, value []byte, empty string) {
	switch {
	case len(value) == 0:
		b.WriteString(empty)
	case invoke.CheckPayload(value, invoke.RequestResponse) == nil: // JSON, of any depth
		b.Write(value)
	default:
		b.WriteString(quote(string(value)))
	}
}

// qualifiedARN is the ARN of the function that an event was for, always with a qualifier.
func (e *Executor) qualifiedARN(event invoke.QueuedEvent) string {
	qualifier := event.Request.Qualifier
	if name, failure := invoke.ParseName(event.Request.Function); failure == nil && name.Qualifier != "" {
		qualifier = name.Qualifier
	}
	if qualifier == "" {
		qualifier = "$LATEST"
	}
	return e.arn(event.Function) + ":" + qualifier
}

// deadLetterAttributes are the attributes of the message (spec §6.2). An event that
// never ran has no error of its own; then it is what kept it from running (inferred).
func deadLetterAttributes(event invoke.QueuedEvent, o eventOutcome) []invoke.Attribute {
	list := []invoke.Attribute{{Name: "RequestID", Type: "String", Value: event.ID}}
	failure := o.failure(event)
	code := 200 // of function errors
	if failure.Kind != invoke.FunctionFailure {
		code = failure.Status
	}
	if code > 0 {
		list = append(list, invoke.Attribute{Name: "ErrorCode", Type: "Number", Value: strconv.Itoa(code)})
	}
	// Queues take no empty value, and no text that is cut within a character.
	message := strings.ToValidUTF8(failure.Message, "\ufffd")
	for cut := maxErrorMessage; len(message) > maxErrorMessage; cut-- {
		if utf8.RuneStart(message[cut]) {
			message = message[:cut]
		}
	}
	if message != "" {
		list = append(list, invoke.Attribute{Name: "ErrorMessage", Type: "String", Value: message})
	}
	return list
}

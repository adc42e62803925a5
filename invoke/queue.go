package invoke

import (
	"context"
	"time"
)

// A Queue keeps asynchronous events from the moment they are accepted until they
// are settled. What Enqueue has returned from survives kill -9 and power loss.
// Any number of processes may share one queue; an event is leased by one of them at a time.
type Queue interface {
	// Enqueue makes the event and its history record (Request.RecordUID) durable in
	// one transaction before it returns.
	Enqueue(ctx context.Context, event QueuedEvent) error

	// Lease hands out the next event of the project that is due at now, until the
	// lease ends. ok is false when none is due.
	Lease(ctx context.Context, project, owner string, now time.Time, term time.Duration) (event QueuedEvent, ok bool, err error)

	// Extend prolongs a lease that the owner holds. It fails when another owner has it now.
	Extend(ctx context.Context, id, owner string, until time.Time) error

	// Settle records one attempt and what becomes of the event, in one transaction; what
	// is delivered then is kept in it too, and the events that it invokes are queued. An
	// attempt without a number is none: the event is given up without having been run.
	Settle(ctx context.Context, id, owner string, attempt Attempt, verdict Verdict) error

	// NextDue says when the next event of the project will be due; ok is false when none waits.
	NextDue(ctx context.Context, project string) (at time.Time, ok bool, err error)

	// Event returns an event with its attempts so far, settled ones included.
	Event(ctx context.Context, id string) (QueuedEvent, error)
}

// A QueuedEvent is an accepted asynchronous invocation.
type QueuedEvent struct {
	ID         string // the request id, the same for all attempts
	Project    string // TargetInfo.Project of the target that accepted it
	Info       TargetInfo
	Function   string // bare name
	Request    Request
	AcceptedAt time.Time
	NotBefore  time.Time
	Attempts   []Attempt
	State      EventState
	Condition  string // why it was given up on, one of the conditions of dead letters; "" otherwise

	// RedrivenAt is when the event was last taken back from the dead letters, zero if
	// it never was. Its age counts from then, and of its attempts only those after the
	// first Earlier ones use up retries.
	RedrivenAt time.Time
	Earlier    int

	// Deliveries are what its outcomes have sent on, the oldest first.
	Deliveries []Delivery
}

// Since is when the age of the event begins to count.
func (e QueuedEvent) Since() time.Time {
	if e.RedrivenAt.IsZero() {
		return e.AcceptedAt
	}
	return e.RedrivenAt
}

// Tried are the attempts that count for what becomes of the event: those since it was
// accepted, or redriven.
func (e QueuedEvent) Tried() []Attempt {
	from := min(max(e.Earlier, 0), len(e.Attempts))
	return e.Attempts[from:len(e.Attempts):len(e.Attempts)]
}

// EventState is where an event stands.
type EventState string

// The states of an event.
const (
	EventQueued EventState = "queued" // waiting, or leased
	EventDone   EventState = "done"
	EventDead   EventState = "dead" // a dead letter
)

// An Attempt is one execution of an asynchronous event.
type Attempt struct {
	Number int // 1-based
	Result Result
	// Refused is the service error that kept the attempt from running (a throttle), nil otherwise.
	Refused *Failure
	// Counts is false for attempts that use up no retry (throttles and system errors).
	Counts bool
}

// Failure is what went wrong with the attempt: what refused it, or what its function
// failed with; nil when it succeeded.
func (a Attempt) Failure() *Failure {
	if a.Refused != nil {
		return a.Refused
	}
	return a.Result.Failure
}

// A Verdict is what becomes of an event after an attempt.
type Verdict struct {
	State     EventState // EventQueued to try again, EventDone or EventDead
	NotBefore time.Time  // when to try again
	Condition string     // for EventDead

	Deliveries []Delivery // for EventDone and EventDead
}

// DeliveryKind says why something is sent on.
type DeliveryKind string

// The kinds of deliveries (spec §6.2, §6.3).
const (
	DeliverySuccess         DeliveryKind = "onSuccess"
	DeliveryFailure         DeliveryKind = "onFailure"
	DeliveryDeadLetterQueue DeliveryKind = "deadLetterQueue"
)

// A Delivery is what the outcome of an asynchronous event sends to a destination or to
// a dead-letter queue. It is kept with the event, whatever the destination is.
type Delivery struct {
	Kind        DeliveryKind
	Destination string // ARN
	At          time.Time
	Body        []byte      // the record, or the event itself for a dead-letter queue
	Attributes  []Attribute // of the message to a dead-letter queue
	RequestID   string      // of the event that it queued for a function, "" when it queued none
	Problem     string      // why nothing but the copy here has got it, a sentence; "" otherwise

	// Event is the invocation that it is, for Settle to queue; nil in what has been settled.
	Event *QueuedEvent
}

// An Attribute is an attribute of a message to a queue or topic.
type Attribute struct{ Name, Type, Value string }

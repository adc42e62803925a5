package invoke

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// The conditions of dead letters and of destination records (spec §6.3).
const (
	ConditionSuccess        = "Success" // of records only
	RetriesExhausted        = "RetriesExhausted"
	EventAgeExceeded        = "EventAgeExceeded"
	ZeroReservedConcurrency = "ZeroReservedConcurrency"
)

// ErrNoDeadLetter says that there is no dead letter with an id.
var ErrNoDeadLetter = errors.New("no dead letter")

// DeadLetters are the asynchronous events that were given up on. They stay until
// somebody redrives or deletes them, and any process may.
type DeadLetters interface {
	// DeadLetters lists those of a project, of all projects if it is "", the newest first,
	// without bodies.
	DeadLetters(ctx context.Context, project string) ([]DeadLetter, error)

	// DeadLetter returns one with its event: its payload, attempts and deliveries.
	DeadLetter(ctx context.Context, id int64) (DeadLetter, error)

	// Redrive queues events again, due at once, under the request ids that they had. The
	// attempts that they have had stay; retries and age count anew. Either all are
	// queued or, with ErrNoDeadLetter, none.
	Redrive(ctx context.Context, ids ...int64) error

	// DeleteDeadLetters removes events with their records and bytes, all or none as Redrive.
	DeleteDeadLetters(ctx context.Context, ids ...int64) error
}

// A DeadLetter is an asynchronous event that was given up on.
type DeadLetter struct {
	ID         int64 // of its record in history
	RequestID  string
	Project    string
	Function   string // bare name
	Qualifier  string // as it was given, "" for none
	Attempts   int
	Condition  string
	Failure    *Failure // of the last attempt, or why there was none
	AcceptedAt time.Time

	// Event is the whole of it; its zero value in lists.
	Event QueuedEvent
}

// GivenUp is the failure of an event that was given up without an attempt that has one
// of its own. The texts are ours: the service tells nobody but the destination.
func GivenUp(condition string) *Failure {
	f := &Failure{Kind: ServiceFailure, Name: condition, Fault: CallerFault, Ran: RanNo}
	switch condition {
	case EventAgeExceeded:
		f.Message = "The event had become too old before it could be run."
		f.Cause = "It waited longer than its function's maximum event age: no lambent had the project open, or the function was throttled."
		f.Remedy = "Redrive it, or raise MaximumEventAgeInSeconds."
	case ZeroReservedConcurrency:
		f.Status = http.StatusTooManyRequests // as the call itself would be answered
		f.Message = "The function has a reserved concurrency of 0, which lets nothing run."
		f.Remedy = "Raise ReservedConcurrentExecutions, then redrive the event."
	default:
		f.Message = "The event was given up without having been run."
		f.Remedy = "Redrive it."
	}
	return f
}

package invoke

import (
	"context"
	"time"
)

// MaxStreamedResponse is the limit of a streamed response, in bytes (spec §1.11: 200 MB,
// taken as MiB like the other limits, which is an inference).
const MaxStreamedResponse = 200 << 20

// A Configuration is a function as one of its qualifiers stands for it: $LATEST as it is
// now, a version as it was when it was published.
type Configuration struct {
	Function                      // its ARN is unqualified
	Version                string // "$LATEST" or a number
	EphemeralStorageMB     int
	LogGroup               string // "" means /aws/lambda/<name>
	ApplicationLogLevel    string // JSON logs only; "" means INFO
	SystemLogLevel         string // JSON logs only; "" means INFO
	DeadLetter             string // ARN, "" for none
	State                  string // "Active", "Pending", "Inactive", "Failed", …; "" where there is no such thing
	StateReason            string // why it isn't active, in the service's words
	LastUpdate             string // "Successful", "InProgress", "Failed"; "" where there is no such thing
	LastUpdateReason       string // why the last update failed, or is under way, in the service's words
	ReservedConcurrency    *int   // of the function, whatever the qualifier; nil when none is reserved
	ConcurrencyUnknown     string // why ReservedConcurrency is not known, "" when it is
	UnavailableHereBecause string // why the function can't be invoked at all, "" when it can
}

// An EventInvokeConfig says what becomes of a function's asynchronous events (spec §6.1).
type EventInvokeConfig struct {
	MaximumRetryAttempts *int          // 0 to 2; nil means 2
	MaximumEventAge      time.Duration // 60 s to 6 h; 0 means 6 h
	OnSuccess, OnFailure string        // ARNs, "" for none
	LastModified         time.Time
}

// AccountSettings are the limits of an account and what it uses of them.
type AccountSettings struct {
	ConcurrentExecutions           int // invocations at the same time
	UnreservedConcurrentExecutions int // of those, what no function has reserved
	FunctionCount                  int
	CodeSize                       int64 // bytes of all code; 0 where it is not known
}

// A Configurer shows and changes how functions are invoked. Its errors are *Failure for
// what the service refuses. Functions are named in any form of the API.
type Configurer interface {
	Describer

	// PutReservedConcurrency reserves concurrency for a function; nil gives it back.
	PutReservedConcurrency(ctx context.Context, function string, limit *int) error

	// EventInvokeConfig answers ResourceNotFoundException where nothing is configured.
	EventInvokeConfig(ctx context.Context, function, qualifier string) (EventInvokeConfig, error)
	// PutEventInvokeConfig replaces the configuration as a whole; nil takes it away.
	PutEventInvokeConfig(ctx context.Context, function, qualifier string, config *EventInvokeConfig) (EventInvokeConfig, error)

	AccountSettings(ctx context.Context) (AccountSettings, error)
}

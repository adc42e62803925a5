// Package invoke is the domain of lambent: what an invocation is, what can come
// of it, and what a person should know about it.
//
// One request goes one way: Request → Target → Result or Failure. Every door
// (workbench, command line, endpoint) hands the same Request to the same kind
// of Target, and every adapter (local executor, AWS) answers with the same
// Result and Failure, so nothing outside this package needs to know who asked or
// who answered.
//
// The package imports only the standard library and invoke/jsondoc. Adapters
// import it; it imports none of them.
package invoke

import (
	"context"
	"iter"
	"time"
)

// InvocationType says how Lambda is to treat the call
// (header X-Amz-Invocation-Type; spec §1.1).
type InvocationType string

// The three invocation types of the Invoke API.
const (
	RequestResponse InvocationType = "RequestResponse" // wait for the function and return its response
	Event           InvocationType = "Event"           // queue the event and answer 202
	DryRun          InvocationType = "DryRun"          // check the parameters and run nothing, 204
)

// InvocationTypes lists the types in the order in which a person cycles through them.
var InvocationTypes = []InvocationType{RequestResponse, Event, DryRun}

// LogType says whether the log tail comes back with the response
// (header X-Amz-Log-Type; spec §1.1). It has no effect on Event.
type LogType string

// The two log types of the Invoke API.
const (
	LogNone LogType = "None"
	LogTail LogType = "Tail"
)

// A Door is the way an invocation came in.
type Door string

// The three doors. All of them share one path to the Target.
const (
	DoorWorkbench Door = "workbench"
	DoorCommand   Door = "command"
	DoorEndpoint  Door = "endpoint"
)

// A Request is one call of the Invoke API. Its payload is never changed:
// what a Target sends is these bytes.
type Request struct {
	Function      string         // any name form of the API: name, name:qualifier, partial or full ARN
	Qualifier     string         // "" when none was given (a qualifier in Function counts as given)
	Payload       []byte         // exact bytes; empty means an empty body
	Type          InvocationType // "" means RequestResponse
	LogType       LogType        // "" means None
	ClientContext string         // base64 as on the wire, "" for none
	TenantID      string         // "" for none
	TraceID       string         // value of X-Amzn-Trace-Id, "" for none
	DurableName   string         // of the execution of a durable function, "" for none; buffered calls only

	// CognitoIdentity is the JSON object with which a runtime learns of a caller that has
	// signed in with Amazon Cognito (spec §2.1), "" for none. The Invoke API has no field
	// for it: the service takes it from the caller's credentials, so that only a
	// CognitoPretender honours it, and synchronous calls only (inference: as with the client context).
	CognitoIdentity string

	Cold bool // run in a fresh execution environment (ColdStarter targets only)

	// Stream asks for the response in parts as they come (ProgressChunk): the call is
	// InvokeWithResponseStream, which knows no Event, and MaxStreamedResponse its limit
	// for functions that stream. The Result is the same as that of Invoke.
	Stream bool

	// RecordUID names the history record of this call. The recorder sets it
	// before the Target sees the request, so that a durably queued event and its
	// record change in one transaction. Callers leave it empty.
	RecordUID string
	Door      Door

	// SavedEvent is the name of the saved event whose bytes the payload is, "" for
	// none. It is for people who look through history, and sent nowhere.
	SavedEvent string
	ReplayOf   string // UID of the record that this call repeats, "" when it is new
}

// A Result is what came back from one call that the API accepted.
// A function that ran and failed is a Result too: its FunctionError is set, its
// Payload holds the error the runtime posted, and Failure classifies it.
type Result struct {
	StatusCode      int    // 200, 202 or 204; the refusal's status beside a *Failure error, 0 if nothing came back
	Payload         []byte // exactly the bytes of the response
	ExecutedVersion string // "$LATEST" or a number; "" for Event and DryRun
	FunctionError   string // "Unhandled" (or the historical "Handled"); "" on success
	RequestID       string // equals the function's aws_request_id
	TraceID         string
	DurableARN      string // of the execution of a durable function, "" for any other
	FunctionName    string // bare name
	FunctionARN     string // unqualified
	LogTail         []byte // the last TailSize bytes of the log as they were; nil when not asked for or not available
	Log             []byte // the whole log where the target has it (local); bounded, see LogDropped
	LogDropped      int64  // bytes of the log that were not kept
	Report          *Report
	Failure         *Failure // classification of FunctionError; nil on success
	Notes           []string // facts about this run that a person should know (another interpreter version, a variable that is not set, …)
	StartedAt       time.Time
	Duration        time.Duration // as the caller saw it, from sending to the whole answer

	HistoryID  int64  // id of the history record, 0 when it was not recorded
	HistoryUID string // UID of the history record, "" when it was not recorded
}

// A Target is somewhere an invocation can go.
type Target interface {
	// Info says what the target is, for labels; it is constant and never blocks.
	Info() TargetInfo

	// Functions yields the functions of the target, as they arrive. An error ends
	// the sequence; what was yielded before it stands.
	Functions(ctx context.Context) iter.Seq2[Function, error]

	// Qualifiers lists $LATEST, the aliases and the versions of a function, in this order.
	Qualifiers(ctx context.Context, function string) ([]Qualifier, error)

	// Invoke calls once and never retries by itself. It reports progress to emit,
	// which never blocks and may be nil. A function that ran and failed is a Result
	// with a Failure, not an error; the error is a *Failure when the call itself
	// failed, and the Result beside it then still carries what is known
	// (StatusCode, RequestID, names, times, HistoryID).
	Invoke(ctx context.Context, req Request, emit func(Progress)) (Result, error)
}

// TargetKind is "local" or "aws".
type TargetKind string

// The two kinds of target.
const (
	Local TargetKind = "local"
	AWS   TargetKind = "aws"
)

// TargetInfo names a target for people and for history.
type TargetInfo struct {
	Kind    TargetKind
	Account string // 123456789012 on local
	Region  string

	// Local only.
	Project     string // absolute path of the project folder; "sample" for the embedded project
	ProjectName string // its short name, for the badge

	// AWS only.
	Profile  string
	Endpoint string // the endpoint URL, when one was set
}

// ProgressKind says what a Progress is about.
type ProgressKind int

// The kinds of progress, in the order in which they can come.
const (
	ProgressQueued   ProgressKind = iota // an Event was accepted; RequestID is set
	ProgressStarting                     // an execution environment is being started (cold)
	ProgressRunning                      // the event was handed to the function; RequestID, Limit, Cold and ExecutedVersion are set
	ProgressLog                          // Data holds log bytes as they were written, any cut
	ProgressChunk                        // Data holds a part of a streamed response
	ProgressAttempt                      // an asynchronous attempt ended; Attempt and Failure (if any) are set
)

// Progress is one piece of news about a running invocation.
type Progress struct {
	Kind      ProgressKind
	At        time.Time
	RequestID string
	Limit     time.Duration // the function's timeout
	Cold      bool
	Data      []byte // owned by the receiver

	ExecutedVersion string // "$LATEST" or a number; "" where it is not known yet

	Attempt int // 1-based, asynchronous events only
	Failure *Failure
	Next    time.Time // when the event is tried again, zero when it is not
}

// What only some targets can do.
type (
	// A Publisher has versions and aliases that can be changed.
	Publisher interface {
		// PublishVersion snapshots code and configuration. When neither has changed
		// since the last version it answers that version.
		PublishVersion(ctx context.Context, function, description string) (Qualifier, error)
		// PutAlias creates the alias or replaces all that it was, its description and
		// weights too. routing holds at most one additional version with its share
		// (0..1); nil for none.
		PutAlias(ctx context.Context, function, alias, version, description string, routing map[string]float64) (Qualifier, error)
		DeleteAlias(ctx context.Context, function, alias string) error
	}

	// A Follower can wait for asynchronous events that it accepted.
	Follower interface {
		// Follow reports the attempts of the event with this request id until it is
		// settled, and returns its last attempt's result. A dead letter is a Result with a Failure.
		Follow(ctx context.Context, requestID string, emit func(Progress)) (Result, error)
	}

	// A ColdStarter honours Request.Cold.
	ColdStarter interface{ StartsCold() bool }

	// A CognitoPretender honours Request.CognitoIdentity.
	CognitoPretender interface{ TakesCognitoIdentity() bool }

	// A Warmer can start a standby environment ahead of an invocation. It keeps one, for
	// the function that was named last; "" ends it.
	Warmer interface {
		Warm(function, qualifier string)
	}

	// A Stopper owns processes or connections. Stop returns once they are gone.
	Stopper interface {
		Stop(ctx context.Context) error
	}

	// A Wrapper is a Target around a Target.
	Wrapper interface{ Unwrap() Target }
)

// As finds the first target in the chain of wrappers that is a T.
func As[T any](t Target) (T, bool) {
	for t != nil {
		if v, ok := t.(T); ok {
			return v, true
		}
		w, ok := t.(Wrapper)
		if !ok {
			break
		}
		t = w.Unwrap()
	}
	var zero T
	return zero, false
}

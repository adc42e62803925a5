package invoke

import (
	"fmt"
	"time"
)

// Ran says whether the function may have had effects.
type Ran string

// The three answers to "did it run?".
const (
	RanYes     Ran = "yes"
	RanNo      Ran = "no"
	RanUnknown Ran = "unknown"
)

// Fault says whose fault a failure is, or which part it lies in.
type Fault string

// The faults.
const (
	CallerFault        Fault = "caller"
	FunctionFault      Fault = "function"
	ConfigurationFault Fault = "configuration"
	NetworkFault       Fault = "network"
	FilesystemFault    Fault = "filesystem"
	EncryptionFault    Fault = "encryption"
	CapacityFault      Fault = "capacity"
	SnapStartFault     Fault = "snapstart"
	ServiceFault       Fault = "service"
	ClientFault        Fault = "client"
)

// FailureKind says at which point the call failed.
type FailureKind string

// The kinds of failure.
const (
	ServiceFailure  FailureKind = "service"  // the Invoke API refused or failed
	FunctionFailure FailureKind = "function" // HTTP 200 with X-Amz-Function-Error
	ClientFailure   FailureKind = "client"   // nothing came back: offline, cancelled, no credentials, refused before sending
)

// A Failure is a service error, a function error or a local one, classified for a person.
type Failure struct {
	Kind    FailureKind
	Name    string // TooManyRequestsException, Sandbox.Timedout, ValueError, …: what the wire or the runtime says
	Status  int    // HTTP status of the API's answer, 0 if there was none
	Reason  string // TooManyRequestsException and its like: the Reason member
	Type    string // the Type member of the error body: "User", "Server" or ""
	Fault   Fault
	Ran     Ran
	Retry   string // what SDKs do with it, and what asynchronous invocation does, in a sentence
	Message string // the service's or the function's own words
	Cause   string // why it happens, from the catalogue
	Remedy  string // what to do, from the catalogue
	// Command is the command line that mends it, for a shell; "" when none does. It is one
	// line of printable text, and Remedy speaks of it.
	Command string
	Trace   []Frame
	// RetryAfter is what the answer's Retry-After header says; 0 when it has none.
	RetryAfter time.Duration
	// Suggestions are near names of what was not found.
	Suggestions []string
	// Err is what went wrong underneath, for errors.Is; may be nil.
	Err error
}

// A Frame is one frame of a function's stack trace.
type Frame struct {
	Function string
	File     string
	Line     int
	Column   int
	Text     string // the frame as the runtime wrote it
	Own      bool   // code of the function itself, as opposed to runtime and libraries
}

// Error is the one line that names the failure.
func (f *Failure) Error() string {
	if f.Message == "" {
		return f.Name
	}
	return fmt.Sprintf("%s: %s", f.Name, f.Message)
}

// Unwrap returns what went wrong underneath.
func (f *Failure) Unwrap() error { return f.Err }

// OfCredentials reports whether there are no credentials, or the service does not take
// them: they have expired, or are nobody's. What their owner may not do is another thing.
func (f *Failure) OfCredentials() bool {
	return f.Kind != FunctionFailure && f.ExitCode() == exitNotAllowed && f.Name != accessDenied
}

package history

import (
	"time"

	"lambent/invoke"
)

// The states of a record.
const (
	StateDone       = "done"         // an answer came back, or the call failed
	StateRunning    = "running"      // sent, no answer yet
	StateMayHaveRun = "may-have-run" // sent by a lambent that ended before the answer came
	StateQueued     = "queued"       // an accepted event that is not settled yet
	StateDead       = "dead"         // an accepted event that was given up on: a dead letter
)

// An Entry is one invocation as history holds it, bodies included.
type Entry struct {
	ID        int64
	UID       string
	StartedAt time.Time
	Target    invoke.TargetInfo
	Function  string // bare name
	Qualifier string // as given, in Request.Qualifier or in Request.Function; "" for none

	// Request is what was asked, every member, so that a replay asks the same.
	Request invoke.Request

	// Result is what came back. For an event it is the outcome of the last
	// attempt beside the StatusCode (202) of its acceptance.
	Result invoke.Result

	// Failure is the refusal or the function error, nil on success.
	Failure *invoke.Failure

	Attempts   []invoke.Attempt  // events only
	Deliveries []invoke.Delivery // what the outcomes of an event have sent on
	Condition  string            // dead letters only: why it was given up on
	State      string            // one of the State constants
	Source     string            // UID of the record that this one replayed, "" for none
	Pinned     bool
}

// A Summary is what a row of the list needs, without bodies. Its strings are
// foreign text: they must pass the terminal's filter before they are shown.
type Summary struct {
	ID        int64
	UID       string
	StartedAt time.Time
	Duration  time.Duration // as the caller saw it; of the last attempt for an event

	Target    invoke.TargetInfo
	Function  string // bare name
	Qualifier string
	Type      invoke.InvocationType

	StatusCode      int // 0 when nothing came back
	ExecutedVersion string
	FunctionError   string
	RequestID       string
	FailureName     string // "" on success
	FailureKind     invoke.FailureKind
	Ran             invoke.Ran // of the failure

	State    string // one of the State constants
	Attempts int
	Pinned   bool
	Source   string // UID of the record that this one replayed

	ReportedDuration time.Duration // of the REPORT line, 0 without one
	BilledDuration   time.Duration
	InitDuration     time.Duration // cold starts only
	MemorySizeMB     int
	MaxMemoryUsedMB  int

	PayloadSize, ResponseSize, LogSize int64 // bytes

	// Head is the beginning of the payload on one line: at most headSize bytes,
	// runs of white space squeezed to one space.
	Head string
	// SavedEvent is the name of the saved event that the payload is, "" for none.
	SavedEvent string

	Door     invoke.Door // "" for runs from before it was kept here
	Injected bool        // an injected fault happened to it

	// Matches say where the words of the query were found, one for each word.
	Matches []Match
}

// Cold says whether the run started an execution environment.
func (s Summary) Cold() bool { return s.InitDuration > 0 }

// A Match is one place where a word of a query was found.
type Match struct {
	Word  string // as folded for the comparison
	Field Field
	// Text is the bytes around the place, cut at character boundaries.
	Text []byte
	// Text[Start:End] is the word, or what Similar found in its place.
	Start, End int
	// Pieces are those parts of Text[Start:End] that the word is made of, each from
	// one offset of Text to another. They are nil where it is the word itself.
	Pieces [][2]int
}

// A Field is a part of a record in which words are looked for.
type Field string

// The searched parts, in the order in which they are looked at.
const (
	FieldFunction  Field = "function"
	FieldQualifier Field = "qualifier"
	FieldError     Field = "error"
	FieldEvent     Field = "saved event"
	FieldPayload   Field = "payload"
	FieldResponse  Field = "response"
	FieldLog       Field = "log"
)

// A Key names a function together with where it lives, so that two projects'
// functions of one name share neither drafts nor statistics.
type Key struct {
	Scope    string // ScopeOf the target
	Function string // bare name
}

// ScopeOf says where a target's functions live: the project's folder for the
// local target, and profile, region and endpoint for AWS.
func ScopeOf(t invoke.TargetInfo) string {
	if t.Kind == invoke.Local {
		return "local:" + t.Project
	}
	return "aws:" + t.Profile + "/" + t.Region + "/" + t.Endpoint
}

// KeyOf is the key of a function of a target.
func KeyOf(t invoke.TargetInfo, function string) Key {
	return Key{Scope: ScopeOf(t), Function: function}
}

// Stats are figures of a function's newest successful runs.
type Stats struct {
	Count    int // runs that the figures are made from, at most StatsWindow
	P50, P95 time.Duration
}

// StatsWindow is how many of the newest successful runs Stats looks at.
const StatsWindow = 500

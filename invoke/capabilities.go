package invoke

import (
	"context"
	"iter"
	"time"
)

// What only some targets can do. As finds them through wrappers.
type (
	// A Streamer honours Request.Stream: it reports the parts of the response as
	// ProgressChunk while the function still runs (spec §1.11).
	Streamer interface{ StreamsResponses() bool }

	// A Describer knows more about one function than its list says: its state, and
	// the configuration that a version has kept.
	Describer interface {
		// Configuration is the function as a qualifier stands for it, "" for $LATEST. Of a
		// weighted alias it is the version that the alias points at first. A function is named
		// in any form of the API. Its error is a *Failure for what the service refuses.
		Configuration(ctx context.Context, function, qualifier string) (Configuration, error)
	}

	// A QualifierPager gives the qualifiers of a function as they arrive: a function can
	// have thousands of versions.
	QualifierPager interface {
		// QualifierPages yields them in the order in which the target has them, which
		// SortQualifiers puts right. An error ends the sequence; what was yielded before
		// it stands.
		QualifierPages(ctx context.Context, function string) iter.Seq2[[]Qualifier, error]
	}

	// A Rememberer has kept the list of functions of an earlier run, so that there is
	// something to show before the target has answered.
	Rememberer interface {
		// Remembered returns the last complete list without the values of
		// environment variables, and when it was taken. It asks nobody; the list is
		// empty when there is none.
		Remembered() (functions []Function, at time.Time)
	}

	// An Identifier knows as whom it calls.
	Identifier interface {
		Identity(ctx context.Context) (Identity, error)
	}

	// A LogReader can read the whole log of an invocation that has been made.
	LogReader interface {
		// ReadLog yields the log of one invocation in order and goes on, waiting for
		// what has not been delivered yet, until its report has come. It says what it
		// waits for. An error ends the sequence; what was yielded before it stands.
		ReadLog(ctx context.Context, q LogQuery) iter.Seq2[LogEvent, error]
	}
)

// An Identity is the caller that a target sees.
type Identity struct {
	Account string // 12 digits
	ARN     string // of the user, or of the session of the role
	UserID  string
}

// A LogQuery names the invocation whose log is wanted.
type LogQuery struct {
	Function  string    // any form of its name
	Qualifier string    // "" for $LATEST; versions can have another log group
	RequestID string    // of the answer
	Around    time.Time // when it was invoked: where to begin to look
}

// A LogEvent is one piece of a log as it was delivered.
type LogEvent struct {
	At   time.Time
	Text []byte // as it was written; a line break at its end belongs to it, but may be missing
	Last bool   // the report: nothing follows

	// Waiting says what is waited for, where nothing has come for now. Such an event is
	// no part of the log and has nothing else.
	Waiting string
}

package local

import (
	"errors"
	"log/slog"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// Options say what an executor runs and with what.
// The zero value of a member is the default named there.
type Options struct {
	// Project is the project whose functions are run. Required.
	Project *project.Project
	// DataDir is lambent's data folder: versions, unpacked archives, carried runtimes. Required.
	DataDir string
	// Reload reads the project again. It is called when the template file has changed
	// and again for as long as it fails; nil keeps the project as it is.
	Reload func() (*project.Project, error)
	// Queue keeps asynchronous events. Without one, Event invocations are refused.
	Queue invoke.Queue
	// RunEvents makes the executor run queued events of the project from the start,
	// whoever queued them. Otherwise it starts doing so with the first Event
	// that it accepts.
	RunEvents bool
	// EventClock makes the waits between attempts and the age of events run that many
	// times faster. Default 1.
	EventClock float64

	Account string // default 123456789012
	Region  string // default us-east-1

	// Concurrency is the account's limit of invocations at the same time. Default 10.
	Concurrency int
	// FreezeDelay is how long an environment must be idle before it is frozen. Default 10 ms.
	FreezeDelay time.Duration
	// IdleTimeout is how long an environment is kept without an invocation. Default 5 min.
	IdleTimeout time.Duration
	// InitTimeout is the limit of the init phase (spec §3.3). Default 10 s.
	InitTimeout time.Duration

	// Paths says who sees /var/task, /opt and /tmp. Default PathsAuto.
	Paths Paths

	// NoStandby makes Warm do nothing: code runs when it is invoked, and not before.
	NoStandby bool

	// NoSpare keeps no supervisor ready for the next cold start: for a process that
	// comes for one invocation. Executor.Prepare starts one all the same.
	NoSpare bool

	// Self is the image that is executed as supervisor and as the samples' bootstrap.
	// Default /proc/self/exe on Linux, else os.Executable.
	Self string
	// Path is the list of folders in which interpreters are looked for. Default $PATH.
	Path string
	// TempDir is where the environments' folders are made. Default os.TempDir().
	TempDir string
	// Credentials are the AWS variables (AWS_ACCESS_KEY_ID=…) granted to the functions
	// named; nobody gets any by default.
	Credentials map[string][]string

	// Prepare says how a function is started. Default runtimes.Prepare.
	Prepare func(project.Function, string, runtimes.Options) (runtimes.Launch, *invoke.Failure)

	Now  func() time.Time // default time.Now
	Rand func() float64   // in [0,1), draws the version of a weighted alias; default math/rand/v2
	// Log takes what lambent itself has to say, never payloads. Default: nothing.
	Log *slog.Logger
}

// Limits and defaults of the executor.
const (
	DefaultAccount     = "123456789012"
	DefaultRegion      = "us-east-1"
	DefaultConcurrency = 10
	// MaxLog is how much of one invocation's log is kept, in bytes: its end.
	MaxLog = 8 << 20
)

var errNoProject = errors.New("open executor: no project and data folder given")

package invoke

import "time"

// A Report is what the REPORT line of an invocation says (spec §4).
// Members that the line does not have are zero.
type Report struct {
	RequestID       string
	Duration        time.Duration
	BilledDuration  time.Duration // whole milliseconds
	MemorySizeMB    int
	MaxMemoryUsedMB int
	InitDuration    time.Duration // cold starts only
	RestoreDuration time.Duration // SnapStart only
	BilledRestore   time.Duration // SnapStart only
	Status          string        // "timeout", "error", "failure"; "" when the line has none
	ErrorType       string        // e.g. Runtime.OutOfMemory
	TraceID         string        // of an XRAY line that follows
}

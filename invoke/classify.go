package invoke

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Words that the sandbox itself puts into payloads (spec §3.5, §3.6). Until about
// 2025 a timeout had no errorType and began with a time and the request id; the
// runtime interface emulator answers the bare text.
var (
	timeoutRE = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:RequestId: \S+ Error: |\S+ \S+ )?Task timed out after (\d+\.\d+) seconds$`)
	})
	exitRE = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^RequestId: \S+ (?:Error: Runtime exited |Process exited before completing request)`)
	})
)

// maxSandboxMessage is longer than anything that the sandbox itself says.
const maxSandboxMessage = 512

// ClassifyFunctionError explains a function error: the payload that came back, the
// value of X-Amz-Function-Error ("Unhandled"), and the report where there is one, which
// alone tells a function that ran out of memory from one that was killed. Name is the
// runtime's errorType. It reads the payloads of all runtimes and takes anything else
// for a message.
func ClassifyFunctionError(payload []byte, functionError string, report *Report) *Failure {
	p := readErrorPayload(payload)
	name := p.errorType
	var seconds string
	if len(p.message) <= maxSandboxMessage && (name == "" || name == timedOut) {
		switch m := timeoutRE().FindStringSubmatch(strings.TrimSpace(p.message)); {
		case m != nil:
			name, seconds = timedOut, m[1]
		case name == "" && exitRE().MatchString(p.message):
			name = exitError
		}
	}
	frames, runtime := p.frames()
	e, ok := functionEntry(name)
	if !ok {
		e = handlerEntry(runtime)
	}
	f := e.failure()
	f.Kind, f.Name, f.Message, f.Trace = FunctionFailure, name, p.message, frames
	if name == "" {
		f.Name = functionError
	}
	if f.Name == "" {
		f.Name = "Unhandled"
	}
	if seconds != "" {
		if n, err := strconv.ParseFloat(seconds, 64); err == nil {
			f.Cause = fmt.Sprintf("The function had not answered when its timeout of %s s ran out, and was stopped.", strconv.FormatFloat(n, 'f', -1, 64))
		}
	}
	// A process that was killed looks the same for many reasons; the report may know better.
	if report != nil && name == exitError && report.ErrorType != name {
		if known, ok := functionEntry(report.ErrorType); ok {
			f.Cause, f.Remedy = known.Cause, known.Remedy
			if known.Name == outOfMemory && report.MemorySizeMB > 0 {
				f.Cause = fmt.Sprintf("The function used more memory than the %d MB it has, and was killed.", report.MemorySizeMB)
			}
		}
	}
	return f
}

// outOfMemory is an error type of reports only (spec §3.6).
const outOfMemory = "Runtime.OutOfMemory"

// functionEntry finds the class of function errors with exactly this name. Letter case
// counts and other kinds don't: a handler may well throw a service's exception.
func functionEntry(name string) (CatalogueEntry, bool) {
	e, ok := Lookup(name)
	if !ok || e.Kind != FunctionFailure || e.Name != name && !slices.Contains(e.Aliases, name) {
		return CatalogueEntry{}, false
	}
	return e, true
}

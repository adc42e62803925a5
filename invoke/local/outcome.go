package local

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"lambent/invoke"
)

// An outcome is how an invocation ended, before anything is made of it for the caller.
type outcome struct {
	answer
	ending       ending
	errorType    string   // of the REPORT line and of a payload that the sandbox writes
	message      string   // what follows "Error: " in such a payload
	initError    []byte   // what the runtime posted to init/error, when that is how it ended
	delivered    bool     // the event had been handed to the function
	working      []string // extensions that were not done when the time was up
	duration     time.Duration
	initDuration time.Duration // of an init that this invocation is the first to use
}

// An ending is why an invocation ended.
type ending int

const (
	completed  ending = iota // the runtime responded and asked for the next event
	exited                   // its process ended
	timedOut                 // its time was up
	outOfSpace               // its processes used more memory than configured
	cancelled                // the caller gave up
	initFailed               // it could not be initialised
)

// resets says whether the environment needs a new process before the next event.
func (o outcome) resets() bool {
	return o.ending != completed
}

// reason is what extensions are told about the end of the environment's processes.
func (o outcome) reason() string {
	switch o.ending {
	case timedOut:
		return timeoutReason
	case cancelled:
		return "" // whoever gives up wants the processes gone
	}
	return failureReason
}

// status is the Status of the REPORT line; "" when it has none (spec §4).
func (o outcome) status() string {
	switch o.ending {
	case timedOut:
		return "timeout"
	case exited, outOfSpace, initFailed:
		return "error"
	}
	return ""
}

// reportType is the Error Type of the REPORT line, which only errors have.
func (o outcome) reportType() string {
	if o.ending == completed || o.ending == timedOut {
		return ""
	}
	return o.errorType
}

// function says what the caller gets of a function error: its payload, and what
// to classify it by, which differs after a streamed response. failed is false when the
// function succeeded.
func (o outcome) function(requestID string) (payload, classify []byte, failed bool) {
	switch {
	case o.responded && !o.failed:
		// What happens after a response doesn't alter it (spec §2.4).
		return o.payload, nil, false
	case o.responded && o.trailer != nil:
		return o.payload, o.trailer, true
	case o.responded && o.answer.errorType == "Runtime.TruncatedResponse":
		return o.payload, sandboxPayload(requestID, o.answer.errorType, "Response was cut short"), true
	case o.responded && o.answer.errorType == "Runtime.InvalidResponseModeHeader":
		p := sandboxPayload(requestID, o.answer.errorType, "Invalid function response mode")
		return p, p, true
	case o.responded:
		return o.payload, o.payload, true
	case o.initError != nil:
		return o.initError, o.initError, true
	}
	p := sandboxPayload(requestID, o.errorType, o.message)
	return p, p, true
}

// sandboxPayload is the payload of a fault that the sandbox detects: compact, with
// errorType first (spec §1.8).
func sandboxPayload(requestID, errorType, message string) []byte {
	return []byte(`{"errorType":` + quote(errorType) + `,"errorMessage":` + quote("RequestId: "+requestID+" Error: "+message) + `}`)
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// tooLargePayload is what the caller gets for a response over the limit (spec §3.7).
func tooLargePayload() []byte {
	return []byte(`{"errorMessage":"Response payload size exceeded maximum allowed payload size (` +
		strconv.Itoa(invoke.MaxSyncResponse) + ` bytes).","errorType":"Function.ResponseSizeTooLarge"}`)
}

func timeoutMessage(limit time.Duration) string {
	return fmt.Sprintf("Task timed out after %.2f seconds", limit.Seconds())
}

// exitMessage words the end of a process as Lambda does (spec §3.6).
func exitMessage(x exitStatus) string {
	switch {
	case x.Signal == "segmentation fault":
		// Recorded with this suffix, although no core is written here.
		return "Runtime exited with error: signal: segmentation fault (core dumped)"
	case x.Signal != "":
		return "Runtime exited with error: signal: " + x.Signal
	case x.Code == 0:
		return "Runtime exited without providing a reason"
	}
	return "Runtime exited with error: exit status " + strconv.Itoa(x.Code)
}

// startMessage words a runtime that could not be executed (spec §3.6). The path of the
// text is Lambda's; a note of the result names the one here.
func startMessage(e startError) (errorType, message string) {
	switch {
	case e.BadDir:
		return "Runtime.InvalidWorkingDir", e.Text
	case e.Missing:
		return "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
	}
	return "Runtime.InvalidEntrypoint", e.Text
}

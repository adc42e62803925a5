package invoke

import (
	"slices"
	"strings"
	"time"
)

// failure is the exception as the service would answer it. Where no text is recorded or
// documented the words are the catalogue's: its cause.
func (x InjectedFault) failure(name Name, info TargetInfo) *Failure {
	e, _ := Lookup(x.Name)
	f := NewFailure(e.Name, "").WithReason(x.Reason)
	f.Message = fillIn(e.words(x), name, info)
	if slices.Contains(e.Headers, "Retry-After") {
		f.RetryAfter = time.Second
	}
	return f
}

// words are what an injected exception says: what was asked for, else what its reason
// says, else the first text that is known.
func (e CatalogueEntry) words(x InjectedFault) string {
	if x.Message != "" {
		return x.Message
	}
	for _, r := range e.ReasonDetails {
		if r.Name == x.Reason && r.Message != "" {
			return r.Message
		}
	}
	if e.Message != "" {
		return e.Message
	}
	return e.Cause
}

// fillIn puts into a text of the catalogue what its parts in angle brackets stand for: the
// function's own names, and examples where nothing here has any.
func fillIn(message string, name Name, info TargetInfo) string {
	if !strings.Contains(message, "<") {
		return message
	}
	qualifier := name.Qualifier
	if qualifier == "" {
		qualifier = Latest
	}
	partition := "arn:" + partitionOf(info.Region)
	return strings.NewReplacer(
		"<region>", info.Region, "<account>", info.Account, "<name>", name.Function,
		"<qualifier>", qualifier, "<arn>", name.ARN(info.Region, info.Account),
		"<principal arn>", partition+":iam::"+info.Account+":user/caller",
		"<access point>", partition+":elasticfilesystem:"+info.Region+":"+info.Account+":access-point/fsap-0123456789abcdef0",
		"<region of the ARN>", "eu-west-1", "<code>", "AccessDeniedException",
		"<text>\n", "Unexpected character ('c' (code 99)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n",
		"<text>", "The ciphertext refers to a key that does not exist, does not exist in this region, or that the function's role may not use.",
		"line: <n>", "line: 1", "column: <n>", "column: 1",
		"<n>", "8000000",
		"<v>", name.Function, "<member>", "functionName", "<constraint>", "Member must satisfy regular expression pattern: "+functionNamePattern,
	).Replace(message)
}

// injectedNote begins the note of a result to which an injected fault happened. Notes
// are kept with it, and nothing else writes one that begins so.
const injectedNote = "Injected fault: "

// Injected says whether an injected fault happened to the call.
func (r Result) Injected() bool { return len(r.InjectedFaults()) > 0 }

// InjectedFaults are the injected faults that happened to the call, as they are written.
func (r Result) InjectedFaults() []string {
	var list []string
	for _, note := range r.Notes {
		if fault, ok := strings.CutPrefix(note, injectedNote); ok {
			list = append(list, fault)
		}
	}
	return list
}

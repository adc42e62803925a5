package invoke

import (
	"net/http"
	"strings"
)

// Names of the failures that lambent itself makes. All of them are in the catalogue.
const (
	validation     = "ValidationException"
	badParameter   = "InvalidParameterValueException"
	badContent     = "InvalidRequestContentException"
	tooLarge       = "RequestEntityTooLargeException"
	notFound       = "ResourceNotFoundException"
	accessDenied   = "AccessDeniedException"
	timedOut       = "Sandbox.Timedout"
	exitError      = "Runtime.ExitError"
	anyRuntime     = "any" // the handler key of runtimes that nothing else covers
	unknownService = "UnknownError"
)

// Names of client failures: nothing came back from the target, or nothing was sent.
const (
	Cancelled              = "Cancelled"
	ConnectionRefused      = "ConnectionRefused"
	ConnectionLost         = "ConnectionLost"
	WaitLimitReached       = "WaitLimitReached"
	Offline                = "Offline"
	MissingCredentials     = "MissingCredentials"
	ExpiredCredentials     = "ExpiredCredentials"
	MissingRegion          = "MissingRegion"
	UnknownProfile         = "UnknownProfile"
	InvalidEndpoint        = "InvalidEndpoint"
	UntrustedCertificate   = "UntrustedCertificate"
	UnreadableAnswer       = "UnreadableAnswer"
	UnsupportedPackageType = "UnsupportedPackageType"
	InvalidProject         = "InvalidProject"
	BuildFailed            = "BuildFailed"
	NotRecorded            = "NotRecorded"
	InvalidUsage           = "InvalidUsage"
	Stopping               = "Stopping"
	ClientError            = "ClientError" // anything else on this side
)

// NewFailure returns a failure filled from the catalogue. The name keeps the
// catalogue's spelling of what was given, an alias included: Name is what the wire
// says. An empty message becomes the first one known, if it needs nothing filled in.
// A name that isn't in the catalogue gives a service failure without a status.
func NewFailure(name, message string) *Failure {
	e, ok := Lookup(name)
	if !ok {
		return &Failure{Kind: ServiceFailure, Name: name, Message: message, Fault: ServiceFault, Ran: RanUnknown}
	}
	f := e.failure()
	f.Name = spelling(e, name)
	if f.Message = message; message == "" && !strings.Contains(e.Message, "<") {
		f.Message = e.Message
	}
	return f
}

// spelling is the catalogue's spelling of a name that has led to e.
func spelling(e CatalogueEntry, name string) string {
	for _, alias := range e.Aliases {
		if strings.EqualFold(alias, name) {
			return alias
		}
	}
	return e.Name
}

func (e CatalogueEntry) failure() *Failure {
	return &Failure{
		Kind: e.Kind, Name: e.Name, Status: e.Status, Type: e.Type, Fault: e.Fault, Ran: e.Ran,
		Retry: e.Retry(), Cause: e.Cause, Remedy: e.Remedy,
	}
}

// ServiceFailureOf returns the failure for an error answer with this name, status and
// message. For a name that isn't in the catalogue the status speaks: a 4xx was refused
// before anything ran, of anything else nothing is known.
func ServiceFailureOf(name string, status int, message string) *Failure {
	if e, ok := Lookup(name); ok && e.Kind == ServiceFailure {
		f := NewFailure(name, message)
		f.Message = message // what came, even if it is empty
		if status != 0 {
			f.Status = status
		}
		return f
	}
	generic, _ := Lookup(unknownService)
	f := generic.failure()
	f.Status, f.Message = status, message
	f.Cause = "The service answered with an error that lambent doesn't know."
	f.Remedy = "Read the message; look the name up in the AWS documentation."
	if name != "" {
		f.Name = name
	}
	if status >= 400 && status < 500 {
		f.Fault, f.Ran = CallerFault, RanNo
	}
	return f
}

// ClientFailureOf returns a failure on this side of the wire. Where cause, remedy or
// ran are empty the catalogue's are taken; err, which may be nil, is what went wrong underneath.
func ClientFailureOf(name, message, cause, remedy string, ran Ran, err error) *Failure {
	e, ok := Lookup(name)
	if !ok || e.Kind != ClientFailure {
		e, _ = Lookup(ClientError)
	}
	f := e.failure()
	f.Name, f.Message, f.Err = name, message, err
	if cause != "" {
		f.Cause = cause
	}
	if remedy != "" {
		f.Remedy = remedy
	}
	if ran != "" {
		f.Ran = ran
	}
	if message == "" && err != nil {
		f.Message = err.Error()
	}
	return f
}

// WithReason sets the failure's Reason, with the cause and remedy that the catalogue has for it.
func (f *Failure) WithReason(reason string) *Failure {
	f.Reason = reason
	e, _ := Lookup(f.Name)
	for _, r := range e.ReasonDetails {
		if r.Name == reason {
			f.Cause, f.Remedy = r.Cause, r.Remedy
		}
	}
	return f
}

// FunctionNotFound says that there is no such function, version or alias. Since 2025
// the service names the ARN with its qualifier, ":$LATEST" when none was given (spec §1.7).
func FunctionNotFound(arnWithQualifier string) *Failure {
	return NewFailure(notFound, "Function not found: "+arnWithQualifier)
}

// FunctionElsewhere says that an ARN names another region than the one that was asked (spec §1.3).
func FunctionElsewhere(arnRegion, region string) *Failure {
	return NewFailure(notFound, "Functions from '"+arnRegion+"' are not reachable in this region ('"+region+"')")
}

// Exit statuses of the command line.
const (
	exitFunctionError = 1
	exitUsage         = 2
	exitService       = 3
	exitThrottled     = 4
	exitNotAllowed    = 5
	exitNotFound      = 6
	exitNoAnswer      = 7
)

// ExitCode is the exit status that the command line gives for the failure; 0 for nil.
func (f *Failure) ExitCode() int {
	if f == nil {
		return 0
	}
	if f.Kind == FunctionFailure {
		return exitFunctionError
	}
	// An error without a name has an entry too, but only its status says anything.
	if e, ok := Lookup(f.Name); ok && e.Kind == f.Kind && e.Name != unknownService {
		return e.Exit
	}
	if f.Kind == ClientFailure {
		if f.Ran == RanNo {
			return exitUsage
		}
		return exitNoAnswer
	}
	switch f.Status {
	case http.StatusTooManyRequests:
		return exitThrottled
	case http.StatusUnauthorized, http.StatusForbidden:
		return exitNotAllowed // an unlisted 403 can only be about the caller
	case http.StatusNotFound:
		return exitNotFound
	}
	return exitService
}

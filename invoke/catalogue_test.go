package invoke

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// documented are the 30 exceptions that the document of the Invoke API lists.
var documented = strings.Fields(`
	EC2AccessDeniedException EC2ThrottledException EC2UnexpectedException EFSIOException EFSMountConnectivityException
	EFSMountFailureException EFSMountTimeoutException ENILimitReachedException InvalidParameterValueException
	InvalidRequestContentException InvalidRuntimeException InvalidSecurityGroupIDException InvalidSubnetIDException
	InvalidZipFileException KMSAccessDeniedException KMSDisabledException KMSInvalidStateException KMSNotFoundException
	RecursiveInvocationException RequestTooLargeException ResourceConflictException ResourceNotFoundException
	ResourceNotReadyException ServiceException SnapStartException SnapStartNotReadyException SnapStartTimeoutException
	SubnetIPAddressLimitReachedException TooManyRequestsException UnsupportedMediaTypeException`)

func TestCatalogueIsWhole(t *testing.T) {
	var model, wire, function, client int
	var document []string
	seen := map[string]bool{}
	for _, e := range Catalogue() {
		if seen[e.Name] {
			t.Errorf("%s is there twice", e.Name)
		}
		seen[e.Name] = true
		switch {
		case e.Kind == ServiceFailure && e.Origin == "model":
			model++
		case e.Kind == ServiceFailure && e.Origin == "wire":
			wire++
		case e.Kind == FunctionFailure:
			function++
		case e.Kind == ClientFailure && e.Origin == "lambent":
			client++
		default:
			t.Errorf("%s: kind %q of origin %q", e.Name, e.Kind, e.Origin)
		}
		if e.InDocument {
			document = append(document, e.Name)
		}
	}
	// 56 modelled; 8 unmodelled and the missing token; 51 classes of function errors and three
	// for the handlers of runtimes that have no class of their own.
	if model != 56 || wire != 9 || function != 54 || client < 15 {
		t.Errorf("%d modelled, %d unmodelled, %d function errors, %d client failures", model, wire, function, client)
	}
	slices.Sort(document)
	slices.Sort(documented)
	if !slices.Equal(document, documented) {
		t.Errorf("the document's: %v", document)
	}
}

func TestEveryEntryTellsAPersonWhatToDo(t *testing.T) {
	sentence := func(s string) bool {
		return strings.HasSuffix(s, ".") && !strings.Contains(s, "!") && strings.TrimSpace(s) == s && !strings.Contains(s, "  ")
	}
	for _, e := range Catalogue() {
		if !sentence(e.Cause) || !sentence(e.Remedy) {
			t.Errorf("%s: cause %q, remedy %q", e.Name, e.Cause, e.Remedy)
		}
		if e.Note != "" && !sentence(strings.TrimSuffix(e.Note, ".")+".") {
			t.Errorf("%s: note %q", e.Name, e.Note)
		}
		if !slices.Contains([]Fault{CallerFault, FunctionFault, ConfigurationFault, NetworkFault, FilesystemFault, EncryptionFault,
			CapacityFault, SnapStartFault, ServiceFault, ClientFault}, e.Fault) {
			t.Errorf("%s: fault %q", e.Name, e.Fault)
		}
		if e.Kind != ClientFailure && e.SDKRetry == "" {
			t.Errorf("%s: nothing about SDKs", e.Name)
		}
		if (e.Async == "") != (e.AsyncRetry == "") {
			t.Errorf("%s: asynchronous rule %q, %q", e.Name, e.Async, e.AsyncRetry)
		}
		if e.Operation == "Invoke" && e.Async == "" {
			t.Errorf("%s: nothing about asynchronous invocation", e.Name)
		}
		if e.Kind == FunctionFailure && (e.Status != 200 || e.Exit != 1 || e.Ran != RanYes || e.Environment == "") {
			t.Errorf("%s: %d, exit %d, ran %s, %q", e.Name, e.Status, e.Exit, e.Ran, e.Environment)
		}
	}
}

func TestWireFormOfExceptions(t *testing.T) {
	lower := strings.Fields(`InvalidParameterValueException InvalidRequestContentException RequestTooLargeException
		SerializedRequestEntityTooLargeException ResourceConflictException ResourceNotReadyException TooManyRequestsException
		UnsupportedMediaTypeException ModeNotSupportedException CodeArtifactUserDeletedException CodeArtifactUserFailedException
		CodeArtifactUserPendingException AliasLimitExceededException CodeStorageExceededException PolicyLengthExceededException
		PreconditionFailedException ProvisionedConcurrencyConfigNotFoundException CapacityProviderLimitExceededException
		FunctionVersionsPerCapacityProviderLimitExceededException`) // spec §1.7
	for _, e := range Catalogue() {
		if e.Origin != "model" {
			continue
		}
		want := "Message"
		if slices.Contains(lower, e.Name) {
			want = "message"
		}
		if e.MessageMember != want || !slices.Contains(e.Members, want) || !slices.IsSorted(e.Members) {
			t.Errorf("%s: message member %q of %v", e.Name, e.MessageMember, e.Members)
		}
		if wantType := map[bool]string{true: "Server", false: "User"}[e.Status >= 500]; e.Type != wantType {
			t.Errorf("%s: Type %q", e.Name, e.Type)
		}
	}
	throttle, _ := Lookup("TooManyRequestsException")
	if len(throttle.Reasons) != 6 || !slices.Equal(throttle.Members, []string{"Reason", "Type", "message"}) || throttle.Message != "Rate Exceeded." {
		t.Errorf("%+v", throttle)
	}
}

func TestReasonSaysWhatTheNameDoesNot(t *testing.T) {
	plain := NewFailure("TooManyRequestsException", "")
	f := NewFailure("TooManyRequestsException", "").WithReason("ReservedFunctionConcurrentInvocationLimitExceeded")
	if f.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" || !strings.Contains(f.Remedy, "reserved concurrency") || f.Cause == plain.Cause {
		t.Errorf("%+v", f)
	}
	if f := NewFailure("TooManyRequestsException", "").WithReason("Unheard"); f.Reason != "Unheard" || f.Cause != plain.Cause {
		t.Errorf("%+v", f)
	}
	throttle, _ := Lookup("TooManyRequestsException")
	for _, r := range throttle.ReasonDetails {
		if !strings.HasSuffix(r.Cause, ".") || !strings.HasSuffix(r.Remedy, ".") {
			t.Errorf("%+v", r)
		}
	}
}

func TestRanIsHonest(t *testing.T) {
	for _, e := range Catalogue() {
		want := RanNo
		switch {
		case e.Kind == ClientFailure:
			continue // depends on when it happened
		case e.Kind == FunctionFailure || e.Name == "EFSIOException":
			want = RanYes
		case e.Status == 500 || e.Status == 0:
			want = RanUnknown
		}
		if e.Ran != want {
			t.Errorf("%s (%d): ran %s, want %s", e.Name, e.Status, e.Ran, want)
		}
	}
}

func TestLookup(t *testing.T) {
	for in, want := range map[string]string{
		"TooManyRequestsException": "TooManyRequestsException",
		"toomanyrequestsexception": "TooManyRequestsException",
		"toomanyrequests":          "TooManyRequestsException",
		"RequestTooLargeException": "RequestEntityTooLargeException",
		"requesttoolarge":          "RequestEntityTooLargeException",
		"Throttling":               "ThrottlingException",
		"sandbox.timedout":         "Sandbox.Timedout",
		"canceled":                 "Cancelled",
	} {
		e, ok := Lookup(in)
		if !ok || e.Name != want {
			t.Errorf("%s: %s %v", in, e.Name, ok)
		}
	}
	for _, none := range []string{"", "NoSuchException", "exception"} {
		if e, ok := Lookup(none); ok {
			t.Errorf("%q: %s", none, e.Name)
		}
	}
	names := CatalogueNames()
	for _, e := range Catalogue() {
		for _, name := range append([]string{e.Name}, e.Aliases...) {
			if _, ok := Lookup(name); !ok {
				t.Errorf("%s is not found", name)
			}
			if !slices.Contains(names, name) {
				t.Errorf("%s is not among the names", name)
			}
		}
	}
}

func TestNewFailureKeepsTheWiresName(t *testing.T) {
	f := NewFailure("requesttoolargeexception", "x")
	if f.Name != "RequestTooLargeException" || f.Status != 413 || f.Message != "x" || f.Cause == "" {
		t.Errorf("%+v", f)
	}
	if f := NewFailure("TooManyRequestsException", ""); f.Message != "Rate Exceeded." || f.Type != "User" || f.Retry == "" {
		t.Errorf("%+v", f)
	}
	if f := NewFailure("ResourceNotFoundException", ""); f.Message != "" {
		t.Errorf("a message with holes in it: %q", f.Message)
	}
	if f := FunctionNotFound("arn:aws:lambda:us-east-1:123456789012:function:x:$LATEST"); f.Status != 404 || f.Type != "User" ||
		f.Message != "Function not found: arn:aws:lambda:us-east-1:123456789012:function:x:$LATEST" {
		t.Errorf("%+v", f)
	}
	if f := FunctionElsewhere("eu-west-1", "us-east-1"); f.Message != "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')" {
		t.Errorf("%+v", f)
	}
}

func TestServiceFailureOfUnlistedNames(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		ran    Ran
		exit   int
	}{
		{"BrandNewException", 400, RanNo, 3},
		{"BrandNewException", 404, RanNo, 6},
		{"BrandNewException", 429, RanNo, 4},
		{"BrandNewException", 403, RanNo, 5},
		{"BrandNewException", 502, RanUnknown, 3},
		{"BrandNewException", 503, RanUnknown, 3},
		{"", 503, RanUnknown, 3},
		{"Sandbox.Timedout", 400, RanNo, 3}, // not a name that the service uses
	} {
		f := ServiceFailureOf(c.name, c.status, "words")
		if f.Kind != ServiceFailure || f.Status != c.status || f.Ran != c.ran || f.ExitCode() != c.exit || f.Message != "words" || f.Name == "" {
			t.Errorf("%s %d: %+v, exit %d", c.name, c.status, f, f.ExitCode())
		}
	}
	if f := ServiceFailureOf("AccessDeniedException", 403, ""); f.Message != "" || f.ExitCode() != 5 {
		t.Errorf("%+v", f)
	}
}

// The exit table of the command line.
func TestExitCodes(t *testing.T) {
	for name, want := range map[string]int{
		"TooManyRequestsException": 4, "ThrottlingException": 4, "Throttling": 4, "RequestLimitExceeded": 4, "EC2ThrottledException": 3,
		"AccessDeniedException": 5, "UnrecognizedClientException": 5, "InvalidSignatureException": 5, "ExpiredTokenException": 5,
		"MissingAuthenticationToken": 5, "EFSMountFailureException": 3, "KMSAccessDeniedException": 3, "EC2AccessDeniedException": 3,
		"ResourceNotFoundException": 6, "EFSMountTimeoutException": 3, "SnapStartTimeoutException": 3, "ServiceException": 3,
		"RequestEntityTooLargeException": 3, "ValidationException": 3, "ResourceConflictException": 3,
		"Sandbox.Timedout": 1, "Runtime.ExitError": 1,
	} {
		if got := NewFailure(name, "").ExitCode(); got != want {
			t.Errorf("%s: exit %d, want %d", name, got, want)
		}
	}
	for name, want := range map[string]int{
		Cancelled: 130, ConnectionRefused: 7, ConnectionLost: 7, WaitLimitReached: 7, Offline: 7, MissingCredentials: 5, ExpiredCredentials: 5,
		MissingRegion: 2, UnknownProfile: 2, InvalidEndpoint: 2, UntrustedCertificate: 7, UnreadableAnswer: 7, UnsupportedPackageType: 2,
		InvalidProject: 2, BuildFailed: 2, NotRecorded: 2, InvalidUsage: 2, Stopping: 7, ClientError: 2,
	} {
		e, ok := Lookup(name)
		f := ClientFailureOf(name, "words", "", "", "", nil)
		if !ok || e.Name != name || f.ExitCode() != want || f.Kind != ClientFailure || f.Cause == "" || f.Remedy == "" || f.Status != 0 {
			t.Errorf("%s: %v, exit %d, want %d, %+v", name, ok, f.ExitCode(), want, f)
		}
	}
	for _, lost := range []string{Cancelled, ConnectionLost, WaitLimitReached, UnreadableAnswer} {
		if f := ClientFailureOf(lost, "", "", "", "", nil); f.Ran != RanUnknown {
			t.Errorf("%s: ran %s", lost, f.Ran)
		}
	}
	if (*Failure)(nil).ExitCode() != 0 {
		t.Error("no failure is exit 0")
	}
	// A handler may throw an error with the name of a service's.
	if got := ClassifyFunctionError([]byte(`{"errorType":"ResourceNotFoundException","errorMessage":"no such table","trace":["x"]}`), "Unhandled", nil).ExitCode(); got != 1 {
		t.Errorf("a function error with a service's name: exit %d", got)
	}
}

func TestClientFailureCarriesWhatWentWrong(t *testing.T) {
	under := errors.New("dial tcp 127.0.0.1:1: connect: connection refused")
	f := ClientFailureOf(ConnectionRefused, "", "", "Start it.", RanUnknown, under)
	if !errors.Is(f, under) || f.Message != under.Error() || f.Remedy != "Start it." || f.Ran != RanUnknown || f.Cause == "" {
		t.Errorf("%+v", f)
	}
}

func TestSuggest(t *testing.T) {
	candidates := []string{"orders", "orders-v2", "invoices", "Payments", "echo", "orders"}
	for in, want := range map[string]string{
		"order": "orders orders-v2", "ordres": "orders", "ORDERS": "orders orders-v2", "payment": "Payments", "ecoh": "echo", "zzz": "", "": "", "voice": "invoices",
	} {
		if got := strings.Join(Suggest(in, candidates), " "); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Suggest("TooManyRequestException", CatalogueNames()); len(got) == 0 || got[0] != "TooManyRequestsException" {
		t.Errorf("%v", got)
	}
	if got := Suggest(strings.Repeat("a", 1<<20), candidates); got != nil {
		t.Errorf("%v", got)
	}
}

func TestCatalogueIsPrintable(t *testing.T) {
	for _, e := range Catalogue() {
		b, err := json.Marshal(e)
		if err != nil || !strings.HasPrefix(string(b), `{"name":`) {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

package invoke

import "time"

// Published signatures; bodies follow.

type Name struct{ Partition, Region, Account, Function, Qualifier string }

func ParseName(s string) (Name, *Failure)                 { return Name{}, nil }
func (n Name) String() string                             { return "" }
func (n Name) ARN(region, account string) string          { return "" } // unqualified; what the name lacks is filled in
func (n Name) QualifiedARN(region, account string) string { return "" } // ends :$LATEST when there is no qualifier
func Validate(req Request) *Failure                       { return nil }
func CheckPayload(p []byte, t InvocationType) *Failure    { return nil }
func ClientContextJSON(b64 string) ([]byte, *Failure)     { return nil, nil }

const (
	MaxSyncPayload   = 6291456
	MaxSyncResponse  = 6291556
	MaxAsyncPayload  = 1048576
	TailSize         = 4096
	MaxClientContext = 3583
)

func Tail(log []byte) []byte                            { return nil }
func TailText(tail []byte) []byte                       { return nil }      // drops the rest of a character cut at the head
func DecodeTail(logResult string) ([]byte, error)       { return nil, nil } // X-Amz-Log-Result
func ParseReport(log []byte) (Report, bool)             { return Report{}, false }
func (r Report) Line() string                           { return "" } // REPORT line, with "\n"
func Billed(duration, init time.Duration) time.Duration { return 0 }
func ClassifyFunctionError(payload []byte, functionError string, report *Report) *Failure {
	return nil
}

type CatalogueEntry struct {
	Name          string      `json:"name"`
	Kind          FailureKind `json:"kind"`
	Status        int         `json:"statusCode,omitempty"`
	Fault         Fault       `json:"fault"`
	Ran           Ran         `json:"ran"`
	Type          string      `json:"type,omitempty"`          // the Type member: "User", "Server", ""
	MessageMember string      `json:"messageMember,omitempty"` // "message" or "Message"
	Members       []string    `json:"members,omitempty"`       // body members in the wire's order
	Headers       []string    `json:"headers,omitempty"`
	Reasons       []string    `json:"reasons,omitempty"`
	Message       string      `json:"-"` // the first of Messages
	Messages      []string    `json:"messages,omitempty"`
	SDKRetry      string      `json:"sdkRetry,omitempty"`
	AsyncRetry    string      `json:"asyncRetry,omitempty"`
	Async         AsyncRule   `json:"async,omitempty"`
	Cause         string      `json:"cause"`
	Remedy        string      `json:"remedy"`
	Environment   string      `json:"environmentAfter,omitempty"`
	Report        string      `json:"reportStatus,omitempty"`
	Aliases       []string    `json:"aliases,omitempty"`
	InDocument    bool        `json:"inDocument,omitempty"`
	Exit          int         `json:"exit"`
}

type AsyncRule string

func Catalogue() []CatalogueEntry                                                      { return nil }
func Lookup(name string) (CatalogueEntry, bool)                                        { return CatalogueEntry{}, false }
func NewFailure(name, message string) *Failure                                         { return nil }
func ClientFailureOf(name, message, cause, remedy string, ran Ran, err error) *Failure { return nil }
func (f *Failure) ExitCode() int                                                       { return 0 }
func Suggest(name string, candidates []string) []string                                { return nil }
func FunctionNotFound(arnWithQualifier string) *Failure                                { return nil }

// Names of client failures, all in the catalogue.
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
	NotRecorded            = "NotRecorded"
	InvalidUsage           = "InvalidUsage"
	Stopping               = "Stopping"
)

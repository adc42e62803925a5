package invoke

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
)

// catalogueJSON holds every failure that lambent knows: the 56 exceptions of
// Lambda's model, those that the service sends without modelling them, the classes
// of function errors of all runtimes, and what can go wrong on this side. It is the
// one place with such knowledge: the screen, the command line, the endpoint and
// fault injection read it, and nobody compares names.
//
// Facts about Lambda are those of spec §1.7, §3 and §5; cause and remedy are lambent's own
// words. The Type of exceptions with a 5xx status is an inference ("Server" or
// "Service", never recorded).
//
//go:embed catalogue.json
var catalogueJSON []byte

// A CatalogueEntry is what is known about one failure.
type CatalogueEntry struct {
	Name       string      `json:"name"`
	Kind       FailureKind `json:"kind"`
	Origin     string      `json:"origin"`               // "model", "wire" (sent but not modelled), a runtime, "sandbox", "lambent", …
	Status     int         `json:"statusCode,omitempty"` // HTTP status; 0 when nothing came back
	Fault      Fault       `json:"fault"`
	Ran        Ran         `json:"ran"`
	InDocument bool        `json:"inDocument,omitempty"` // one of the 30 that the document of the Invoke API lists
	Operation  string      `json:"operation,omitempty"`  // modelled ones: "Invoke", or "other" for what only other operations answer
	Exit       int         `json:"exit"`                 // exit status of the command line
	Aliases    []string    `json:"aliases,omitempty"`    // other names for the same, documented or of other services

	// The answer on the wire.
	Type          string   `json:"type,omitempty"`          // the body's Type member: "User", "Server", or "" when it has none
	MessageMember string   `json:"messageMember,omitempty"` // "message" or "Message": the letter case is a fact for each exception
	Members       []string `json:"members,omitempty"`       // all members of the body, in the wire's order
	Headers       []string `json:"headers,omitempty"`       // headers that belong to it
	Reasons       []string `json:"reasons,omitempty"`       // values of the Reason member: the names in ReasonDetails
	ReasonDetails []Reason `json:"reasonDetails,omitempty"`
	Messages      []string `json:"messages,omitempty"` // texts that were recorded or documented, <…> for what varies
	Message       string   `json:"-"`                  // the first of Messages, "" if none is known

	// What becomes of the call.
	SDKRetry      string    `json:"sdkRetry,omitempty"`
	AsyncRetry    string    `json:"asyncRetry,omitempty"`
	Async         AsyncRule `json:"async,omitempty"`
	WorthRetrying bool      `json:"worthRetrying,omitempty"` // the same call may well succeed a little later

	// What a person should know.
	Cause       string `json:"cause"`
	Remedy      string `json:"remedy"`
	Note        string `json:"note,omitempty"`
	Environment string `json:"environmentAfter,omitempty"` // function errors: what becomes of the execution environment
	Report      string `json:"reportStatus,omitempty"`     // function errors: Status in the REPORT line
	Handler     string `json:"handler,omitempty"`          // the runtime whose handler exceptions this entry covers, whatever their names
	Never       bool   `json:"never,omitempty"`            // Lambda itself never answers it; it is here to be recognised
}

// A Reason is one value of an exception's Reason member, which says more than its name.
type Reason struct {
	Name    string `json:"name"`
	Message string `json:"message,omitempty"` // where it has words of its own
	Cause   string `json:"cause"`
	Remedy  string `json:"remedy"`
}

// AsyncRule is what asynchronous invocation does with a failure (spec §6.1).
type AsyncRule string

// The rules.
const (
	AsyncRefused      AsyncRule = "refused"      // the call fails before anything is queued
	AsyncRequeue      AsyncRule = "requeue"      // tried again until the event is too old; uses up no retry
	AsyncRetry        AsyncRule = "retry"        // uses up one of at most two retries
	AsyncGiveUp       AsyncRule = "give-up"      // dead-letter queue or on-failure destination at once
	AsyncUndocumented AsyncRule = "undocumented" // comes up when the event is run; what follows is not documented
)

type catalogue struct {
	entries  []CatalogueEntry
	byName   map[string]int // lower case; an alias wins over an entry of that name
	aliases  map[string]string
	handlers map[string]int
}

// loaded reads the table when it is first needed: a start of the program that meets
// no failure doesn't pay for it.
var loaded = sync.OnceValue(func() *catalogue {
	c := &catalogue{byName: map[string]int{}, aliases: map[string]string{}, handlers: map[string]int{}}
	if err := json.Unmarshal(catalogueJSON, &c.entries); err != nil {
		panic("the embedded catalogue is damaged: " + err.Error()) // a test reads all of it
	}
	for i := range c.entries {
		e := &c.entries[i]
		c.byName[strings.ToLower(e.Name)] = i
		if len(e.Messages) > 0 {
			e.Message = e.Messages[0]
		}
		for _, r := range e.ReasonDetails {
			e.Reasons = append(e.Reasons, r.Name)
		}
		if e.Handler != "" {
			c.handlers[e.Handler] = i
		}
	}
	for i, e := range c.entries {
		for _, alias := range e.Aliases {
			c.byName[strings.ToLower(alias)] = i
			c.aliases[strings.ToLower(alias)] = alias
		}
	}
	return c
})

// Catalogue returns every entry: first the 30 exceptions of the document, then the
// others of the model, the unmodelled ones, function errors and client failures.
// The slice is the caller's, what it holds is shared and not to be changed.
func Catalogue() []CatalogueEntry {
	return append([]CatalogueEntry(nil), loaded().entries...)
}

// Lookup finds an entry by its name or an alias, in any letter case, with or
// without "Exception" at its end. RequestTooLargeException, the document's name, is
// an alias of RequestEntityTooLargeException, the wire's.
func Lookup(name string) (CatalogueEntry, bool) {
	c := loaded()
	key := strings.ToLower(name)
	i, ok := c.byName[key]
	if !ok {
		i, ok = c.byName[key+"exception"]
	}
	if !ok {
		return CatalogueEntry{}, false
	}
	return c.entries[i], true
}

// handlerEntry returns the entry for whatever a handler of this runtime may throw.
func handlerEntry(runtime string) CatalogueEntry {
	c := loaded()
	i, ok := c.handlers[runtime]
	if !ok {
		i = c.handlers[anyRuntime]
	}
	return c.entries[i]
}

// CatalogueNames returns all names and aliases, for Suggest and for completion.
func CatalogueNames() []string {
	c := loaded()
	names := make([]string, 0, len(c.byName))
	for _, e := range c.entries {
		names = append(names, e.Name)
	}
	for _, e := range c.entries {
		for _, alias := range e.Aliases {
			if i := c.byName[strings.ToLower(alias)]; c.entries[i].Name == e.Name {
				names = append(names, alias)
			}
		}
	}
	return names
}

// Retry says in a sentence or two what SDKs and asynchronous invocation do with it.
func (e CatalogueEntry) Retry() string {
	return strings.TrimSpace(e.SDKRetry + " " + e.AsyncRetry)
}

package local

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

const (
	// maxExtensions is how many extensions an environment may have (spec §2.5).
	maxExtensions = 10
	// maxRegistration bounds the bodies of extensions' requests, in bytes.
	maxRegistration = 64 << 10

	extensionsRoot = "/2020-01-01/extension/"
	invokeEvent    = "INVOKE"
	shutdownEvent  = "SHUTDOWN"
)

// The states of an extension, as error replies and the EXTENSION line name them (from the
// emulator's core/agent_state_names.go; V spec §2.5 for the error types).
type extensionState string

const (
	extensionStarted    extensionState = "Started"
	extensionRegistered extensionState = "Registered"
	extensionReady      extensionState = "Ready"
	extensionRunning    extensionState = "Running"
	extensionInitError  extensionState = "InitError"
	extensionExitError  extensionState = "ExitError"
	extensionLaunch     extensionState = "LaunchError"
)

// An extension is one party of the Extensions API. An external one is a process of its
// own and known before it registers; an internal one is part of the runtime's process.
type extension struct {
	name, id  string
	external  bool
	state     extensionState
	events    []string // it asked for, in its order
	errorType string   // of the error that it reported
	waiting   *peer    // its connection that waits for an event
	pending   []byte   // an event that it could not be given yet
}

func (x *extension) wants(event string) bool {
	for _, e := range x.events {
		if e == event {
			return true
		}
	}
	return false
}

// An extensionSet is the extensions of one runtime's API, guarded by the API's mutex.
type extensionSet struct {
	of     []*extension
	about  extensionAbout
	closed bool   // the runtime is ready: no other may register
	fatal  string // the error type of the first error that one reported

	awaited    int           // external ones that have not registered
	registered chan struct{} // closed once all external ones have registered
}

// extensionAbout is what an extension is told of the function when it registers.
type extensionAbout struct {
	FunctionName    string `json:"functionName"`
	FunctionVersion string `json:"functionVersion"`
	Handler         string `json:"handler"`
	AccountID       string `json:"accountId,omitempty"` // only when asked for
}

// expect makes external extensions known before they are started.
func (s *extensionSet) expect(names []string, about extensionAbout) {
	s.about, s.registered = about, make(chan struct{})
	for _, name := range names {
		s.of = append(s.of, &extension{name: name, id: newRequestID(), external: true, state: extensionStarted})
	}
	if s.awaited = len(names); s.awaited == 0 {
		close(s.registered)
	}
}

func (s *extensionSet) named(name string) *extension {
	for _, x := range s.of {
		if x.name == name {
			return x
		}
	}
	return nil
}

func (s *extensionSet) identified(id string) *extension {
	for _, x := range s.of {
		if x.state != extensionStarted && strings.EqualFold(x.id, id) {
			return x
		}
	}
	return nil
}

// initialised says whether every extension has asked for its first event.
func (s *extensionSet) initialised() bool {
	for _, x := range s.of {
		if x.state != extensionReady && x.state != extensionRunning {
			return false
		}
	}
	return true
}

// busy are the names of those that still work on an invocation.
func (s *extensionSet) busy() []string {
	var names []string
	for _, x := range s.of {
		if x.wants(invokeEvent) && (x.state == extensionRunning || x.pending != nil) {
			names = append(names, x.name)
		}
	}
	return names
}

// An extensionStatus is what the EXTENSION line says of one.
type extensionStatus struct {
	name      string
	state     extensionState
	events    []string
	errorType string
}

// statuses are those of all extensions; launch says which could not be started and why.
func (a *runtimeAPI) statuses(launch map[string]string) []extensionStatus {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []extensionStatus
	for _, x := range a.extensions.of {
		status := extensionStatus{x.name, x.state, x.events, x.errorType}
		if why, ok := launch[x.name]; ok {
			status.state, status.errorType = extensionLaunch, why
		}
		list = append(list, status)
	}
	return list
}

// attended says whether there are extensions, and whether there are external ones: the
// end of the environment is announced to them.
func (a *runtimeAPI) attended() (any, external bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, x := range a.extensions.of {
		any, external = true, external || x.external
	}
	return any, external
}

// fatalExtension is the type of the error that an extension reported, or Extension.Crash
// for one that ended without a word.
func (a *runtimeAPI) fatalExtension() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.extensions.fatal != "" {
		return a.extensions.fatal
	}
	return "Extension.Crash"
}

// working are the extensions that an invocation still waits for.
func (a *runtimeAPI) working() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.extensions.busy()
}

// announce gives an event to the extensions that want events of its kind, or only to the
// external ones of them. One that does not wait gets it when it asks.
func (a *runtimeAPI) announce(kind string, external bool, body func() []byte) {
	a.mu.Lock()
	type post struct {
		to *extension
		by *peer
	}
	var posts []post
	var event []byte
	for _, x := range a.extensions.of {
		if !x.wants(kind) || external && !x.external {
			continue
		}
		if event == nil {
			event = body()
		}
		if x.waiting == nil {
			x.pending = event
			continue
		}
		posts = append(posts, post{x, x.waiting})
		x.state, x.waiting.parked, x.waiting = extensionRunning, false, nil
	}
	a.mu.Unlock()
	for _, p := range posts {
		if p.by.giveEvent(event) {
			continue
		}
		p.by.conn.Close()
		a.mu.Lock()
		p.to.state, p.to.pending = extensionReady, event
		a.mu.Unlock()
	}
}

func (p *peer) giveEvent(event []byte) bool {
	return p.replyWith("200 OK", "application/json", "Lambda-Extension-Event-Identifier: "+newRequestID()+"\r\n", string(event), false)
}

// invokeNotice is the INVOKE event of an extension (spec §2.5).
func (h eventHead) invokeNotice() []byte {
	type tracing struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	b, _ := json.Marshal(struct {
		Type     string  `json:"eventType"`
		Deadline int64   `json:"deadlineMs"`
		ID       string  `json:"requestId"`
		ARN      string  `json:"invokedFunctionArn"`
		Tracing  tracing `json:"tracing"`
	}{invokeEvent, h.deadline.UnixMilli(), h.requestID, h.functionARN, tracing{"X-Amzn-Trace-Id", h.traceID}})
	return b
}

// shutdownNotice is the SHUTDOWN event of an extension (spec §2.5).
func shutdownNotice(reason string, deadline time.Time) []byte {
	b, _ := json.Marshal(struct {
		Type     string `json:"eventType"`
		Reason   string `json:"shutdownReason"`
		Deadline int64  `json:"deadlineMs"`
	}{shutdownEvent, reason, deadline.UnixMilli()})
	return b
}

// extensionRequest answers a request of the Extensions API; path is what follows its root.
func (a *runtimeAPI) extensionRequest(p *peer, h requestHead, path string) bool {
	switch path {
	case "register":
		return p.only(h, "POST", func() bool { return a.register(p, h) })
	case "event/next":
		return p.only(h, "GET", func() bool { return a.known(p, h, a.nextOfExtension) })
	case "init/error":
		return p.only(h, "POST", func() bool { return a.failing(p, h, extensionInitError) })
	case "exit/error":
		return p.only(h, "POST", func() bool { return a.failing(p, h, extensionExitError) })
	}
	return p.skip(h) && p.reply("404 Not Found", "text/plain; charset=utf-8", "404 page not found\n", false)
}

// known finds the extension that a request says it comes from.
func (a *runtimeAPI) known(p *peer, h requestHead, do func(*peer, *extension) bool) bool {
	id := string(h.extensionID)
	if !p.skip(h) {
		return false
	}
	switch {
	case id == "":
		return p.forbid("Extension.MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
	case !isUUID(id):
		return p.forbid("Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
	}
	a.mu.Lock()
	x := a.extensions.identified(id)
	a.mu.Unlock()
	if x == nil {
		return p.forbid("Extension.UnknownExtensionIdentifier", "Unknown extension "+id)
	}
	return do(p, x)
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f') {
				return false
			}
		}
	}
	return true
}

func (p *peer) forbid(errorType, message string) bool {
	return p.refuse("403 Forbidden", errorType, message)
}

func (p *peer) refuseExtension(from, to extensionState, who string) bool {
	return p.forbid("Extension.InvalidExtensionState", "State transition from "+string(from)+" to "+string(to)+
		" failed for extension "+who+". Error: State transition is not allowed")
}

// register takes an extension in (spec §2.5; the texts are the emulator's agentregister.go).
func (a *runtimeAPI) register(p *peer, h requestHead) bool {
	name, accountID := string(h.extensionName), false
	for feature := range strings.SplitSeq(string(h.extensionFeatures), ",") {
		accountID = accountID || strings.TrimSpace(feature) == "accountId"
	}
	p.proceed(h)
	body, _, err := p.body(h.length, h.chunked, maxRegistration, nil)
	if err != nil && err != errTooLarge {
		return false
	}
	var wanted struct{ Events []string }
	if err == nil {
		err = json.Unmarshal(body, &wanted)
	}
	switch {
	case name == "":
		return p.forbid("Extension.InvalidExtensionName", "Empty extension name")
	case err != nil:
		return p.forbid("InvalidRequestFormat", err.Error())
	}
	a.mu.Lock()
	x, errorType, message := a.extensions.admit(name, wanted.Events)
	about := a.extensions.about
	a.mu.Unlock()
	if errorType != "" {
		return p.forbid(errorType, message)
	}
	if !accountID {
		about.AccountID = ""
	}
	answer, _ := json.Marshal(about)
	return p.replyWith("200 OK", "application/json", "Lambda-Extension-Identifier: "+x.id+"\r\n", string(answer)+"\n", false)
}

// admit registers an extension, or says why not.
func (s *extensionSet) admit(name string, events []string) (x *extension, errorType, message string) {
	x = s.named(name)
	external := x != nil && x.external
	for _, e := range events {
		switch {
		case e == shutdownEvent && !external:
			return nil, "Extension.InvalidEventType", e + ": ShutdownEventNotSupportedForInternalExtension"
		case e != invokeEvent && e != shutdownEvent:
			return nil, "Extension.InvalidEventType", e + ": ErrorInvalidEventType"
		}
	}
	switch {
	case external && x.state != extensionStarted:
		return nil, "Extension.InvalidExtensionState", "State transition from " + string(x.state) + " to " + string(extensionRegistered) +
			" failed for extension " + name + ". Error: State transition is not allowed"
	case external:
		x.state, x.events = extensionRegistered, events
		if s.awaited--; s.awaited == 0 {
			close(s.registered)
		}
		return x, "", ""
	case s.closed:
		return nil, "Extension.RegistrationClosed", "Extension registration closed already"
	case len(s.of) >= maxExtensions:
		return nil, "Extension.TooManyExtensions", "Extension limit (" + strconv.Itoa(maxExtensions) + ") reached"
	case x != nil:
		return nil, "Extension.InvalidExtensionState", "Extension with this name already registered"
	}
	x = &extension{name: name, id: newRequestID(), state: extensionRegistered, events: events}
	s.of = append(s.of, x)
	return x, "", ""
}

// nextOfExtension lets an extension wait for its next event. That it asks says that it is
// done with the one before, or with its init.
func (a *runtimeAPI) nextOfExtension(p *peer, x *extension) bool {
	a.mu.Lock()
	from, event := x.state, x.pending
	asks := from == extensionRegistered || from == extensionRunning || from == extensionReady && x.waiting == nil
	switch {
	case asks && event != nil:
		x.pending, x.state = nil, extensionRunning
	case asks:
		x.state, x.waiting, p.parked = extensionReady, p, true
		a.progress()
	}
	a.mu.Unlock()
	switch {
	case !asks:
		return p.refuseExtension(from, extensionReady, x.id)
	case event != nil:
		return p.giveEvent(event)
	}
	return true
}

// failing takes the error that an extension reports before it ends. What comes of it is
// decided when it ends (as in the emulator, which waits for the process).
func (a *runtimeAPI) failing(p *peer, h requestHead, to extensionState) bool {
	errorType := string(h.extensionError) // the head is gone once the body is received
	return a.known(p, h, func(p *peer, x *extension) bool { return a.extensionFails(p, x, errorType, to) })
}

func (a *runtimeAPI) extensionFails(p *peer, x *extension, errorType string, to extensionState) bool {
	if errorType == "" {
		return p.forbid("Extension.MissingHeader", "Lambda-Extension-Function-Error-Type not found")
	}
	a.mu.Lock()
	from := x.state
	allowed := from == extensionRegistered || from == to || to == extensionExitError && (from == extensionReady || from == extensionRunning)
	if allowed && from != to {
		x.state, x.errorType = to, errorType
		if a.extensions.fatal == "" {
			a.extensions.fatal = "Extension." + string(to)
		}
	}
	a.mu.Unlock()
	if !allowed {
		return p.refuseExtension(from, to, x.id)
	}
	return p.accept()
}

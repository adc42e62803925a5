package local

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	extensionRoot = "/2020-01-01/extension/"
	telemetryPath = "/2022-07-01/telemetry"
	logsPath      = "/2020-08-15/logs"

	// maxExtensions is how many may register (spec §2.5).
	maxExtensions = 10
	// shutdownLimit is what external extensions have for SHUTDOWN (AWS documentation,
	// "Lambda execution environment lifecycle").
	shutdownLimit = 2 * time.Second
)

// The reasons of a SHUTDOWN event.
const (
	spindown       = "spindown"
	afterTimeout   = "timeout"
	afterAFailure  = "failure"
	invokeEvent    = "INVOKE"
	shutdownEvent  = "SHUTDOWN"
	maxRegisterLen = 64 << 10
)

// An extension is one that has registered, or an external one that is expected to.
type extension struct {
	name     string
	external bool // a program of its own, from the folder extensions of a layer
	id       string
	events   []string

	ready   bool   // it has asked for its first event
	busy    bool   // it has been given an event and has not asked for the next one
	gone    bool   // its process has ended
	parked  *peer  // waits for an event
	pending []byte // an event that it has not asked for yet
}

func (x *extension) wants(event string) bool { return slices.Contains(x.events, event) }

// extensions is the Extensions API of one session (spec §2.5). The fields are guarded by
// the mutex of the Runtime API that it is served with.
type extensions struct {
	about  extensionAbout
	list   []*extension
	closed bool // registration is over: init has ended

	failed   *outcome // of the first extension that has failed
	stopping bool     // SHUTDOWN has been sent: an end is no failure any more
	changed  chan struct{}
}

// An extensionAbout is what an extension is told when it registers.
type extensionAbout struct {
	Function string `json:"functionName"`
	Version  string `json:"functionVersion"`
	Handler  string `json:"handler"`
	Account  string `json:"accountId,omitempty"`
}

func newExtensions(about extensionAbout, external []string) *extensions {
	x := &extensions{about: about, changed: make(chan struct{}, 1)}
	for _, name := range external {
		x.list = append(x.list, &extension{name: name, external: true})
	}
	return x
}

// notice tells whoever waits that something has changed.
func (x *extensions) notice() {
	select {
	case x.changed <- struct{}{}:
	default:
	}
}

func (x *extensions) find(ok func(*extension) bool) *extension {
	if i := slices.IndexFunc(x.list, ok); i >= 0 {
		return x.list[i]
	}
	return nil
}

// fail keeps the first failure. Those after SHUTDOWN are nobody's business.
func (x *extensions) fail(errorType, message string) {
	if x.failed == nil && !x.stopping {
		x.failed = &outcome{ending: initFailed, errorType: errorType, message: message}
	}
	x.notice()
}

// extension answers a request to the Extensions API.
func (a *runtimeAPI) extension(p *peer, h requestHead, path string) bool {
	switch path {
	case "register":
		return p.only(h, "POST", func() bool { return a.register(p, h) })
	case "event/next":
		return p.only(h, "GET", func() bool { return a.nextExtension(p, h) })
	case "init/error", "exit/error":
		return p.only(h, "POST", func() bool { return a.failExtension(p, h, path) })
	}
	return p.skip(h) && p.reply("404 Not Found", "text/plain; charset=utf-8", "404 page not found\n", false)
}

func (p *peer) forbid(errorType, message string) bool {
	return p.refuse("403 Forbidden", "Extension."+errorType, message)
}

// register takes an extension. A name that no layer has is an internal extension's: a
// part of the runtime's own process, which can't be told of the end.
func (a *runtimeAPI) register(p *peer, h requestHead) bool {
	name := string(h.extensionName)
	features := string(h.extensionFeatures)
	p.proceed(h)
	body, _, err := p.body(h.length, h.chunked, maxRegisterLen, nil)
	var in struct {
		Events []string `json:"events"`
	}
	if err != nil || json.Unmarshal(body, &in) != nil {
		return p.refuse("400 Bad Request", "InvalidRequestFormat", "The register request is no JSON with events.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.extensions
	known := x.find(func(e *extension) bool { return e.name == name })
	switch {
	case name == "":
		return p.forbid("InvalidExtensionName", "Empty extension name")
	case x.closed:
		return p.forbid("RegistrationClosed", "Extension registration closed already")
	case known != nil && known.id != "":
		return p.forbid("InvalidExtensionState", "Extension "+name+" has registered already")
	case known == nil && len(x.list) >= maxExtensions:
		return p.forbid("TooManyExtensions", "Extension limit ("+strconv.Itoa(maxExtensions)+") reached")
	}
	for _, event := range in.Events {
		if event != invokeEvent && (event != shutdownEvent || known == nil) {
			return p.forbid("InvalidEventType", "Invalid event type: "+event)
		}
	}
	if known == nil {
		known = &extension{name: name}
		x.list = append(x.list, known)
	}
	known.id, known.events = newRequestID(), in.Events
	x.notice()
	about := x.about
	if !strings.Contains(features, "accountId") {
		about.Account = ""
	}
	text, _ := json.Marshal(about)
	return p.replyWith("Lambda-Extension-Identifier", known.id, text)
}

// identify finds the extension that a request is from.
func (a *runtimeAPI) identify(p *peer, h requestHead) (*extension, bool) {
	id := string(h.extensionID)
	if id == "" {
		return nil, p.forbid("MissingExtensionIdentifier", "Missing Lambda-Extension-Identifier header")
	}
	e := a.extensions.find(func(e *extension) bool { return e.id == id })
	if e == nil {
		return nil, p.forbid("UnknownExtensionIdentifier", "Unknown extension "+id)
	}
	return e, true
}

// nextExtension gives an extension its next event, or lets the connection wait for it.
func (a *runtimeAPI) nextExtension(p *peer, h requestHead) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.identify(p, h)
	if e == nil {
		return ok
	}
	e.ready, e.busy = true, false
	defer a.extensions.notice()
	if event := e.pending; event != nil {
		e.pending, e.busy = nil, true
		return p.replyWith("Lambda-Extension-Event-Identifier", newRequestID(), event)
	}
	e.parked, p.parked = p, true
	return true
}

// failExtension takes what an extension says of its own failure.
func (a *runtimeAPI) failExtension(p *peer, h requestHead, path string) bool {
	errorType := string(h.extensionError)
	p.proceed(h)
	if _, _, err := p.body(h.length, h.chunked, maxRegisterLen, nil); err != nil {
		return p.refuse("400 Bad Request", "InvalidRequestFormat", "The error can't be read.")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	e, ok := a.identify(p, h)
	if e == nil {
		return ok
	}
	if errorType == "" {
		return p.forbid("MissingHeader", "Missing Lambda-Extension-Function-Error-Type header")
	}
	kind := "Extension.ExitError"
	if path == "init/error" {
		kind = "Extension.InitError"
	}
	a.extensions.fail(kind, "extension "+e.name+" reported "+errorType)
	return p.accept()
}

// telemetry answers a subscription to logs or telemetry: as Lambda's own emulator, it
// is accepted and nothing is sent (inference from its sources).
func (p *peer) telemetry(h requestHead) bool {
	return p.skip(h) && p.refuse("202 Accepted", "Telemetry.NotSupported", "Telemetry API is not supported")
}

// give hands an event to every extension that subscribed to it. The caller holds the mutex.
func (a *runtimeAPI) give(kind string, event []byte) {
	for _, e := range a.extensions.list {
		if !e.wants(kind) || e.gone || e.id == "" {
			continue
		}
		p := e.parked
		if p == nil {
			e.pending, e.busy = event, true
			continue
		}
		e.parked, p.parked, e.busy = nil, false, true
		_ = p.replyWith("Lambda-Extension-Event-Identifier", newRequestID(), event)
	}
}

// tellExtensions gives INVOKE before the runtime is given its event.
func (a *runtimeAPI) tellExtensions(r *run, arn string, ends time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.extensions.list) == 0 {
		return
	}
	event, _ := json.Marshal(struct {
		Type     string            `json:"eventType"`
		Deadline int64             `json:"deadlineMs"`
		ID       string            `json:"requestId"`
		ARN      string            `json:"invokedFunctionArn"`
		Tracing  map[string]string `json:"tracing"`
	}{invokeEvent, ends.UnixMilli(), r.requestID, arn, map[string]string{"type": "X-Amzn-Trace-Id", "value": r.traceID}})
	a.give(invokeEvent, event)
}

// extensionsAre reports whether all extensions have come so far, and the failure of the
// one that never will.
func (a *runtimeAPI) extensionsAre(far func(*extension) bool) (bool, *outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.extensions.list {
		if !far(e) {
			return false, a.extensions.failed
		}
	}
	return true, a.extensions.failed
}

func registered(e *extension) bool  { return e.id != "" }
func initialised(e *extension) bool { return e.ready }
func idle(e *extension) bool        { return !e.busy }

// closeRegistration ends the time in which extensions register, and returns the lines
// of the log that say which there are.
func (a *runtimeAPI) closeRegistration(log platformLog) []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.extensions.closed = true
	var lines []byte
	for _, e := range a.extensions.list {
		lines = append(lines, log.extension(e.name, "Ready", e.events)...)
	}
	return lines
}

// extensionEnded says that the process of an external extension is no more. Before
// SHUTDOWN that is a crash (texts are ours).
func (a *runtimeAPI) extensionEnded(name string, status exitStatus, failure string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	e := a.extensions.find(func(e *extension) bool { return e.external && e.name == name })
	if e == nil {
		return
	}
	e.gone, e.busy = true, false
	if failure != "" {
		a.extensions.fail("Extension.LaunchError", failure)
		return
	}
	a.extensions.fail("Extension.Crash", exitMessage(status))
}

// shutDown tells external extensions of the end and waits until they have ended
// themselves, for as long as Lambda would.
func (s *session) shutDown(reason string, now func() time.Time) {
	external := func() (left bool) {
		s.api.mu.Lock()
		defer s.api.mu.Unlock()
		return s.api.extensions.find(func(e *extension) bool { return e.external && !e.gone && e.wants(shutdownEvent) }) != nil
	}
	s.api.mu.Lock()
	s.api.extensions.stopping = true
	s.api.mu.Unlock()
	if !external() {
		return
	}
	s.sup.thaw()
	event, _ := json.Marshal(struct {
		Type     string `json:"eventType"`
		Reason   string `json:"shutdownReason"`
		Deadline int64  `json:"deadlineMs"`
	}{shutdownEvent, reason, now().Add(shutdownLimit).UnixMilli()})
	s.api.mu.Lock()
	s.api.give(shutdownEvent, event)
	s.api.mu.Unlock()
	limit := time.NewTimer(shutdownLimit)
	defer limit.Stop()
	for external() {
		select {
		case <-s.api.extensions.changed:
		case <-s.sup.gone:
			return
		case <-limit.C:
			return
		}
	}
}

// externalExtensions are the programs in the folder extensions of the layers, by name;
// a later layer's hides an earlier one's.
func (p plan) externalExtensions() (names []string, paths map[string]string) {
	paths = map[string]string{}
	for _, layer := range p.layers {
		dir := filepath.Join(layer, "extensions")
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			info, err := os.Stat(filepath.Join(dir, entry.Name()))
			if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
				continue
			}
			if paths[entry.Name()] == "" {
				names = append(names, entry.Name())
			}
			paths[entry.Name()] = filepath.Join(dir, entry.Name())
		}
	}
	slices.Sort(names)
	return names, paths
}

// beginExtensions starts the external extensions of a session and waits until they have
// registered: the runtime is started after that (AWS documentation, "Extensions API").
func (n *environment) beginExtensions(s *session) {
	names, paths := n.plan.externalExtensions()
	s.api.mu.Lock()
	s.api.extensions = newExtensions(extensionAbout{n.plan.fn.Name, n.plan.version, n.plan.fn.Handler, n.e.o.Account}, names)
	s.api.mu.Unlock()
	if len(names) == 0 {
		return
	}
	s.sup.extensionEnded = s.api.extensionEnded
	env := slices.DeleteFunc(n.surroundings(s.api.address), func(v string) bool {
		return strings.HasPrefix(v, "_HANDLER=") // what only the runtime is told
	})
	for _, name := range names {
		path := paths[name]
		_ = s.sup.extend(name, spawnOrder{Path: path, Args: []string{n.paths.where(path)}, Dir: n.plan.codeDir, Env: env, Paths: n.paths},
			logStreamVariable+"="+n.stream)
	}
	limit := time.NewTimer(n.e.o.InitTimeout)
	defer limit.Stop()
	for {
		if all, failed := s.api.extensionsAre(registered); all || failed != nil {
			return
		}
		select {
		case <-s.api.extensions.changed:
		case <-s.sup.gone:
			return
		case <-n.e.stopping:
			return
		case <-limit.C:
			return
		}
	}
}

// replyWith writes an answer in JSON with one header more.
func (p *peer) replyWith(name, value string, body []byte) bool {
	p.writing.Lock()
	defer p.writing.Unlock()
	b := append(p.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"...)
	b = appendHeader(b, name, value)
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	p.out = append(append(b, "\r\n\r\n"...), body...)
	_, err := p.conn.Write(p.out)
	return err == nil
}

// extension is the line that tells of an extension at the end of init (spec §4).
func (p platformLog) extension(name, state string, events []string) []byte {
	if p.json {
		return p.info("platform.extension", struct {
			Name   string   `json:"name"`
			State  string   `json:"state"`
			Events []string `json:"events"`
		}{name, state, events})
	}
	var b bytes.Buffer
	b.WriteString("EXTENSION\tName: " + name + "\tState: " + state + "\tEvents: [" + strings.Join(events, ", ") + "]\n")
	return b.Bytes()
}

package local

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Why an environment's processes are ended, as SHUTDOWN events say it (spec §2.5).
const (
	spindownReason = "spindown"
	timeoutReason  = "timeout"
	failureReason  = "failure"
)

// How long an environment with extensions may take to end, and which share of it the
// runtime has after SIGTERM (spec §3.4). One without extensions is killed at once.
const (
	internalShutdown = 500 * time.Millisecond
	externalShutdown = 2 * time.Second
	runtimeShare     = 3 // tenths
)

// extensionFiles are the external extensions in the plan's layers: every file in their
// folder extensions, in the order of names. A later layer's file hides an earlier one's
// of the same name, as it overwrites it in /opt.
func (p plan) extensionFiles() []string {
	found := map[string]string{}
	for _, layer := range p.layers {
		dir := filepath.Join(layer, "extensions")
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if info, err := os.Stat(path); err == nil && !info.IsDir() {
				found[entry.Name()] = path
			}
		}
	}
	var files []string
	for _, path := range found {
		files = append(files, path)
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	return files
}

const noExtensionsNote = "The function's external extensions are not started: only Linux has what that takes."

// startExtensions starts the external extensions. The runtime is started when they have
// registered.
func (n *environment) startExtensions(s *session) error {
	files := n.plan.extensionFiles()
	if !runsExtensions {
		files = nil
	}
	names := make([]string, len(files))
	s.sup.extensions = map[string]*extensionProcess{}
	for i, file := range files {
		names[i] = filepath.Base(file)
		s.sup.extensions[names[i]] = &extensionProcess{name: names[i], ended: make(chan struct{}),
			status: exitStatus{Code: -1, Signal: syscall.SIGKILL.String()}}
	}
	s.api.mu.Lock()
	s.api.extensions.expect(names, extensionAbout{
		FunctionName: n.plan.fn.Name, FunctionVersion: n.plan.version, Handler: n.plan.fn.Handler, AccountID: n.e.o.Account,
	})
	s.api.mu.Unlock()
	env := extensionEnvironment(s.runtime.Env)
	for i, file := range files {
		if i == maxExtensions {
			s.sup.extensionEnded(names[i], exitStatus{}, &startError{Text: tooManyExtensions})
			break
		}
		if info, err := os.Stat(file); err == nil && info.Mode()&0o111 == 0 {
			// The step to real paths could not tell this from a program that fails.
			s.sup.extensionEnded(names[i], exitStatus{}, &startError{Text: syscall.EACCES.Error()})
			break
		}
		order := spawnOrder{Path: file, Args: []string{n.paths.where(file)}, Dir: "/", Extension: names[i], Env: env, Paths: n.paths}
		if err := s.sup.spawn(order); err != nil {
			return err
		}
	}
	return nil
}

// notOfExtensions are the variables that only the runtime has (AWS, "Extensions API",
// environment variables). Of those it names the log stream's stays: by it a process is known
// to belong to the environment should its supervisor be killed.
var notOfExtensions = []string{
	"AWS_EXECUTION_ENV", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_XRAY_CONTEXT_MISSING", "AWS_XRAY_DAEMON_ADDRESS",
	"LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "_AWS_XRAY_DAEMON_ADDRESS", "_AWS_XRAY_DAEMON_PORT", "_HANDLER",
}

func extensionEnvironment(runtime []string) []string {
	return slices.DeleteFunc(slices.Clone(runtime), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(notOfExtensions, name)
	})
}

// extensionOutcome words the end of an external extension (Extension.Crash: P spec §2.5;
// the message of the others as public samples of the service have it).
func extensionOutcome(s *session, e ending) outcome {
	x := s.sup.downed
	s.api.settle(settleLimit)
	if x.failure != nil {
		return outcome{ending: e, errorType: "Extension.LaunchError", message: launchMessage(x)}
	}
	message := "exit code 0"
	switch {
	case x.status.Signal != "":
		message = "signal: " + x.status.Signal
	case x.status.Code != 0:
		message = "exit status " + decimalInt(x.status.Code)
	}
	return outcome{ending: e, errorType: s.api.fatalExtension(), message: message}
}

// launchMessage names the place that the extension has on Lambda.
func launchMessage(x *extensionProcess) string {
	reason := x.failure.Text
	if i := strings.LastIndex(reason, ": "); i >= 0 {
		reason = reason[i+2:]
	}
	if reason == tooManyExtensions {
		return "Extension limit (" + decimalInt(maxExtensions) + ") reached"
	}
	return "fork/exec /opt/extensions/" + x.name + ": " + reason
}

const tooManyExtensions = "TooManyExtensions"

// launchErrors are the error types of extensions that could not be started, by name, as
// the EXTENSION line has them (from the emulator's core/registrations.go).
func (s *supervisor) launchErrors() map[string]string {
	types := map[string]string{}
	for name, x := range s.extensions {
		if !closed(x.ended) {
			continue
		}
		switch {
		case x.failure == nil:
		case x.failure.Text == tooManyExtensions:
			types[name] = tooManyExtensions
		case strings.HasSuffix(x.failure.Text, syscall.EACCES.Error()):
			types[name] = "PermissionDenied"
		default:
			types[name] = "UnknownError"
		}
	}
	return types
}

// tellExtensions writes the EXTENSION lines of an init that has ended, after what was
// written during it.
func (n *environment) tellExtensions(s *session, log *runLog) {
	if attended, _ := s.api.attended(); !attended {
		return
	}
	s.sup.log.direct(log)
	for _, x := range s.api.statuses(s.sup.launchErrors()) {
		log.write(n.platform("").extension(x))
	}
}

// shutDown lets a session with extensions end in the way of Lambda's shutdown phase: the
// runtime is asked to end, then the external extensions are told why. It returns when they
// have ended or their time is up; whoever calls it kills what is left.
func (n *environment) shutDown(s *session, reason string) {
	attended, external := s.api.attended()
	if !attended {
		return
	}
	budget := internalShutdown
	if external {
		budget = externalShutdown
	}
	s.sup.thaw()
	ends, deadline := time.Now().Add(budget), n.e.o.Now().Add(budget)
	if s.sup.runtime.Load() != 0 && !closed(s.sup.ended) {
		s.sup.signal(byte(syscall.SIGTERM))
		waitFor(budget*runtimeShare/10, s.sup.ended)
		s.sup.signal(byte(syscall.SIGKILL))
	}
	s.api.announce(shutdownEvent, true, func() []byte { return shutdownNotice(reason, deadline) })
	for _, name := range s.api.toldOfEnd() {
		waitFor(time.Until(ends), s.sup.extensions[name].ended)
	}
}

// toldOfEnd are the external extensions that wanted to know of the end.
func (a *runtimeAPI) toldOfEnd() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var names []string
	for _, x := range a.extensions.of {
		if x.external && x.wants(shutdownEvent) {
			names = append(names, x.name)
		}
	}
	return names
}

func waitFor(limit time.Duration, done <-chan struct{}) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

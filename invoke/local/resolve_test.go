//go:build unix

package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// refusal fails the test unless the call was refused, and returns why.
func (f *fixture) refusal(payload string, change ...func(*invoke.Request)) (invoke.Result, *invoke.Failure) {
	f.t.Helper()
	r, err := f.try(payload, change...)
	var failure *invoke.Failure
	if !errors.As(err, &failure) {
		f.t.Fatalf("not refused: %+v, %v", r, err)
	}
	return r, failure
}

func named(name string) func(*invoke.Request) {
	return func(q *invoke.Request) { q.Function = name }
}

func qualified(q string) func(*invoke.Request) {
	return func(r *invoke.Request) { r.Qualifier = q }
}

func TestNothingRunsWhenRefused(t *testing.T) {
	f := open(t, does("echo"))
	for _, c := range []struct {
		what, payload, name string
		status              int
		message             string
		change              func(*invoke.Request)
	}{
		{"unknown function", "{}", "ResourceNotFoundException", 404, "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST", named("g")},
		{"unknown alias", "{}", "ResourceNotFoundException", 404, "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:live", qualified("live")},
		{"unknown version", "{}", "ResourceNotFoundException", 404, "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:42", named("f:42")},
		{"letter case", "{}", "ResourceNotFoundException", 404, "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f:$latest", qualified("$latest")},
		{"other region", "{}", "ResourceNotFoundException", 404, "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')", named("arn:aws:lambda:eu-west-1:123456789012:function:f")},
		{"other account", "{}", "AccessDeniedException", 403, "", named("arn:aws:lambda:us-east-1:999999999999:function:f")},
		{"two qualifiers", "{}", "InvalidParameterValueException", 400, "The derived qualifier from the function name does not match the specified qualifier.", func(q *invoke.Request) { q.Function, q.Qualifier = "f:1", "2" }},
		{"bad name", "{}", "ValidationException", 400, "", named("no spaces")},
		{"bad JSON", "{a}", "InvalidRequestContentException", 400, "", named("f")},
		{"too large", strings.Repeat(" ", invoke.MaxSyncPayload) + "1", "RequestEntityTooLargeException", 413, "Request must be smaller than 6291456 bytes for the InvokeFunction operation", named("f")},
		{"bad client context", "{}", "InvalidRequestContentException", 400, "Client context must be a valid Base64-encoded JSON object.", func(q *invoke.Request) { q.ClientContext = "e30" }},
	} {
		r, failure := f.refusal(c.payload, c.change)
		if failure.Name != c.name || failure.Status != c.status || r.StatusCode != c.status || c.message != "" && failure.Message != c.message || failure.Ran != invoke.RanNo {
			t.Errorf("%s: %d %+v", c.what, r.StatusCode, failure)
		}
		if r.RequestID == "" {
			t.Errorf("%s: no request id", c.what)
		}
	}
	if f.root != "" {
		t.Error("an environment was made")
	}
}

func TestNearNames(t *testing.T) {
	f := open(t, []project.Function{{Function: invoke.Function{Name: "orders"}}, {Function: invoke.Function{Name: "customers"}}})
	_, failure := f.refusal("{}", named("ordesr"))
	if !slices.Contains(failure.Suggestions, "orders") {
		t.Errorf("suggestions are %q", failure.Suggestions)
	}
}

func TestDryRunRunsNothing(t *testing.T) {
	f := open(t, does("echo"))
	r := f.call("{}", func(q *invoke.Request) { q.Type = invoke.DryRun })
	if r.StatusCode != 204 || r.ExecutedVersion != "" || r.Log != nil || f.root != "" {
		t.Errorf("got %+v", r)
	}
}

func TestWhatCannotRunHere(t *testing.T) {
	fns := does("echo", func(fn *project.Function) { fn.PackageType = "Image" })
	f := open(t, append(fns, project.Function{Function: invoke.Function{Name: "broken"}, Broken: "CodeUri leaves the project"}))
	if _, failure := f.refusal("{}"); failure.Name != invoke.UnsupportedPackageType || failure.ExitCode() != 2 {
		t.Errorf("an image: %+v", failure)
	}
	if _, failure := f.refusal("{}", named("broken")); failure.Name != invoke.InvalidProject || !strings.Contains(failure.Message, "CodeUri leaves the project") {
		t.Errorf("a broken function: %+v", failure)
	}
}

func TestConcurrencyLimits(t *testing.T) {
	one, none := 1, 0
	f := open(t, []project.Function{
		{Function: invoke.Function{Name: "f", Handler: "hang"}},
		{Function: invoke.Function{Name: "reserved", Handler: "hang"}, ReservedConcurrency: &one},
		{Function: invoke.Function{Name: "closed", Handler: "echo"}, ReservedConcurrency: &none},
	}, func(o *Options) { o.Concurrency = 3 })
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	running := make(chan string, 8)
	hold := func(name string) {
		wg.Go(func() {
			_, _ = f.Invoke(ctx, invoke.Request{Function: name, Payload: []byte("{}")}, func(p invoke.Progress) {
				if p.Kind == invoke.ProgressRunning {
					running <- name
				}
			})
		})
	}
	defer wg.Wait()
	defer cancel()
	hold("f")
	hold("f") // the third of the account's is reserved
	hold("reserved")
	for range 3 {
		<-running
	}
	for name, reason := range map[string]string{
		"f": "ConcurrentInvocationLimitExceeded", "reserved": "ReservedFunctionConcurrentInvocationLimitExceeded", "closed": "ReservedFunctionConcurrentInvocationLimitExceeded",
	} {
		r, failure := f.refusal("{}", named(name))
		if failure.Name != "TooManyRequestsException" || failure.Reason != reason || failure.Message != "Rate Exceeded." || r.StatusCode != 429 {
			t.Errorf("%s: %+v", name, failure)
		}
	}
}

func TestConcurrentInvocationsHaveEnvironmentsOfTheirOwn(t *testing.T) {
	t.Parallel()
	f := open(t, does("count"))
	var wg sync.WaitGroup
	var wrong atomic.Int32
	for c := range 4 {
		wg.Go(func() {
			for i := range 25 {
				payload := strconv.Itoa(c*100 + i)
				r, err := f.try(payload)
				if err != nil || r.FunctionError != "" || !strings.HasPrefix(string(r.Payload), `{"process":`) {
					wrong.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if wrong.Load() != 0 {
		t.Errorf("%d of 100 went wrong", wrong.Load())
	}
	if n := len(f.pools[poolKey{"f", "$LATEST"}].idle); n < 1 || n > 4 {
		t.Errorf("%d environments for 4 callers", n)
	}
}

func TestSequentialInvocationsShareOneEnvironment(t *testing.T) {
	f := open(t, does("echo"))
	for i := range 50 {
		f.call(strconv.Itoa(i))
	}
	if n := len(f.pools[poolKey{"f", "$LATEST"}].idle); n != 1 {
		t.Errorf("%d environments", n)
	}
}

func TestEditedCodeIsPickedUp(t *testing.T) {
	t.Parallel()
	f := open(t, does("count"))
	pid := func() int {
		var got struct{ PID int }
		unmarshal(t, f.call("{}").Payload, &got)
		return got.PID
	}
	first := pid()
	if pid() != first {
		t.Fatal("not reused without an edit")
	}
	file := filepath.Join(f.dir, "code", "sub", "handler.py")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	last := pid()
	for i := range 3 {
		if err := os.WriteFile(file, []byte(strings.Repeat("#", i+1)), 0o644); err != nil {
			t.Fatal(err)
		}
		now := pid()
		if now == last {
			t.Fatalf("edit %d was not picked up", i)
		}
		last = now
	}
	if pid() != last {
		t.Error("a new environment without an edit")
	}
	eventually(t, "the environments of older code to end", 5*time.Second, func() bool { return !alive(first) })
}

func alive(pid int) bool { s := processState(pid); return s != 0 && s != 'Z' }

func TestTemplateIsReadAgain(t *testing.T) {
	t.Parallel()
	var template string
	var broken atomic.Bool
	var p *project.Project
	f := open(t, does("echo"), func(o *Options) {
		p = o.Project
		template = filepath.Join(p.Dir, p.Template)
		if err := os.WriteFile(template, []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
		o.Reload = func() (*project.Project, error) {
			if broken.Load() {
				return nil, errors.New("template.yaml:3: a colon is missing")
			}
			changed := *p
			changed.Functions = slices.Clone(p.Functions)
			changed.Functions[0].Handler = "fail"
			return &changed, nil
		}
	})
	if r := f.call("1"); r.FunctionError != "" {
		t.Fatalf("got %s", r.Payload)
	}
	broken.Store(true)
	write := func(s string) {
		if err := os.WriteFile(template, []byte(s), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("22")
	if r := f.call("1"); r.FunctionError != "" || !strings.Contains(strings.Join(r.Notes, "\n"), "template.yaml:3: a colon is missing") {
		t.Errorf("with a broken template: %s, notes %q", r.Payload, r.Notes)
	}
	broken.Store(false)
	if r := f.call("1"); r.FunctionError == "" {
		t.Errorf("the handler of the mended template did not run: %s", r.Payload)
	}
}

func TestVersionsAndAliases(t *testing.T) {
	t.Parallel()
	draw := 0.5
	f := open(t, does("echo", func(fn *project.Function) { fn.Aliases = []project.Alias{{Name: "live"}} }), func(o *Options) {
		o.Rand = func() float64 { return draw }
	})
	ctx := context.Background()
	ran := func(q string) string { return f.call("{}", qualified(q)).ExecutedVersion }
	if got := ran("live"); got != "$LATEST" {
		t.Errorf("before the first publication live is %s", got)
	}
	publish := func() string {
		q, err := f.PublishVersion(ctx, "f", "")
		if err != nil {
			t.Fatal(err)
		}
		return q.Version
	}
	if v := publish(); v != "1" || ran("live") != "1" || ran("1") != "1" {
		t.Errorf("published %s, live runs %s", v, ran("live"))
	}
	if v := publish(); v != "1" {
		t.Errorf("unchanged code became version %s", v)
	}
	if err := os.WriteFile(filepath.Join(f.dir, "code", "more"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if v := publish(); v != "2" || ran("live") != "2" || ran("") != "$LATEST" {
		t.Errorf("published %s, live runs %s", v, ran("live"))
	}
	if _, err := f.PutAlias(ctx, "f", "canary", "1", "", map[string]float64{"2": 0.25}); err != nil {
		t.Fatal(err)
	}
	draw = 0.9
	one := ran("canary")
	draw = 0.1
	if two := ran("canary"); one == two {
		t.Errorf("weights are not drawn: %s and %s", one, two)
	}
	list, err := f.Qualifiers(ctx, "f")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, q := range list {
		names = append(names, q.Name)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "$LATEST canary live ") {
		t.Errorf("qualifiers are %s", got)
	}
	if err := f.DeleteAlias(ctx, "f", "canary"); err != nil {
		t.Fatal(err)
	}
	var failure *invoke.Failure
	if err := f.DeleteAlias(ctx, "f", "canary"); !errors.As(err, &failure) || failure.Status != 404 {
		t.Errorf("deleting it again: %v", err)
	}
}

func TestStandbyEnvironment(t *testing.T) {
	f := open(t, does("tick"))
	f.Warm("f", "")
	eventually(t, "a standby environment to be initialised and frozen", 5*time.Second, func() bool { return allStopped(f) })
	r := f.call("{}")
	if r.Report.InitDuration == 0 {
		t.Error("the report does not tell the init")
	}
	if again := f.call("{}"); again.Report.InitDuration != 0 {
		t.Error("the init is told twice")
	}
}

func TestStoppedExecutorRefuses(t *testing.T) {
	f := open(t, does("hang", within(time.Minute)))
	running := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := f.Invoke(context.Background(), invoke.Request{Function: "f", Payload: []byte("{}")}, func(p invoke.Progress) {
			if p.Kind == invoke.ProgressRunning {
				close(running)
			}
		})
		done <- err
	}()
	<-running
	f.stopped()
	var failure *invoke.Failure
	if err := <-done; !errors.As(err, &failure) || failure.Name != invoke.Stopping || failure.Ran != invoke.RanYes {
		t.Errorf("the running invocation ended with %v", err)
	}
	if _, failure := f.refusal("{}"); failure.Name != invoke.Stopping || failure.Ran != invoke.RanNo {
		t.Errorf("then refused with %+v", failure)
	}
}

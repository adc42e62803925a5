package cli

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/settings"
)

// A fakeTarget answers as it is told and remembers what it was asked.
type fakeTarget struct {
	info       invoke.TargetInfo
	functions  []invoke.Function
	qualifiers []invoke.Qualifier
	answer     func(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error)

	mu    sync.Mutex
	asked []invoke.Request
}

func (t *fakeTarget) Info() invoke.TargetInfo { return t.info }

func (t *fakeTarget) Functions(context.Context) iter.Seq2[invoke.Function, error] {
	return func(yield func(invoke.Function, error) bool) {
		for _, f := range t.functions {
			if !yield(f, nil) {
				return
			}
		}
	}
}

func (t *fakeTarget) Qualifiers(_ context.Context, function string) ([]invoke.Qualifier, error) {
	if function != "orders" {
		return nil, invoke.FunctionNotFound("arn:aws:lambda:us-east-1:123456789012:function:" + function + ":$LATEST")
	}
	return t.qualifiers, nil
}

func (t *fakeTarget) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	t.mu.Lock()
	t.asked = append(t.asked, req)
	t.mu.Unlock()
	return t.answer(ctx, req, emit)
}

func (t *fakeTarget) last(tb testing.TB) invoke.Request {
	tb.Helper()
	if len(t.asked) == 0 {
		tb.Fatal("the target was not asked")
	}
	return t.asked[len(t.asked)-1]
}

// A localTarget is a fakeTarget that also follows events, publishes and starts cold.
type localTarget struct {
	*fakeTarget
	follow func(ctx context.Context, id string, emit func(invoke.Progress)) (invoke.Result, error)
	calls  []string
}

func (t *localTarget) StartsCold() bool { return true }

func (t *localTarget) TakesCognitoIdentity() bool { return true }

func (t *localTarget) Follow(ctx context.Context, id string, emit func(invoke.Progress)) (invoke.Result, error) {
	return t.follow(ctx, id, emit)
}

func (t *localTarget) PublishVersion(_ context.Context, function, description string) (invoke.Qualifier, error) {
	t.calls = append(t.calls, "publish "+function+" "+description)
	return invoke.Qualifier{Name: "3", Kind: invoke.KindVersion, Version: "3", Description: description, PublishedAt: started}, nil
}

func (t *localTarget) PutAlias(_ context.Context, function, alias, version, description string, routing map[string]float64) (invoke.Qualifier, error) {
	t.calls = append(t.calls, "alias "+function+" "+alias+" "+version+" "+description)
	q := invoke.Qualifier{Name: alias, Kind: invoke.KindAlias, Version: version, Description: description}
	for other, weight := range routing {
		q.Weights = map[string]float64{version: 1 - weight, other: weight}
	}
	return q, nil
}

func (t *localTarget) DeleteAlias(_ context.Context, function, alias string) error {
	t.calls = append(t.calls, "delete "+function+" "+alias)
	return nil
}

var started = time.Date(2026, 11, 22, 14, 2, 11, 4e6, time.UTC)

// succeeds is a plain answer.
func succeeds(payload string) func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
	return func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		return result(payload), nil
	}
}

func result(payload string) invoke.Result {
	return invoke.Result{
		StatusCode: 200, Payload: []byte(payload), ExecutedVersion: "2", RequestID: "8f2c1d0e-0000-4000-8000-000000000001",
		FunctionName: "orders", FunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:orders",
		StartedAt: started, Duration: 182400 * time.Microsecond,
		Report: &invoke.Report{
			Duration: 182 * time.Millisecond, BilledDuration: 183 * time.Millisecond,
			MemorySizeMB: 256, MaxMemoryUsedMB: 84, InitDuration: 41200 * time.Microsecond,
		},
	}
}

// A trial is one run of the command line.
type trial struct {
	out, err string
	exit     int
	opened   []Need
	settings settings.Settings
	// what the workbench was opened with
	workbench WorkbenchOptions
}

// A stage is what the command line under test works with.
type stage struct {
	t      *testing.T
	target invoke.Target
	store  *history.Store
	fails  error // what Open answers
	stdin  string
	ctx    context.Context

	opening func(settings.Settings) // hears of every session, nil for nobody
}

func newStage(t *testing.T, target invoke.Target) *stage {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	for _, name := range []string{"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		t.Setenv(name, filepath.Join(dir, name))
	}
	for _, f := range sharedFlags {
		t.Setenv(settings.EnvironmentName(f.name), "")
	}
	return &stage{t: t, target: target, ctx: t.Context()}
}

// with gives the stage a history.
func (s *stage) remembering() *stage {
	s.t.Helper()
	store, err := history.Open(s.t.TempDir(), history.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.store = store
	return s
}

func (s *stage) run(args ...string) trial {
	s.t.Helper()
	var out, err bytes.Buffer
	var r trial
	r.exit = Run(s.ctx, args, strings.NewReader(s.stdin), &out, &err, s.depsFor(&r))
	r.out, r.err = out.String(), err.String()
	return r
}

func (s *stage) deps() Deps { return s.depsFor(new(trial)) }

// depsFor lets a trial see what is opened.
func (s *stage) depsFor(r *trial) Deps {
	return Deps{
		Version: "1.2.3",
		Open: func(_ context.Context, set settings.Settings, need Need) (*Session, error) {
			r.opened, r.settings = append(r.opened, need), set
			if s.opening != nil {
				s.opening(set)
			}
			if s.fails != nil {
				return nil, s.fails
			}
			session := &Session{Target: s.target}
			if need&NeedHistory != 0 && s.store != nil {
				session.Store = s.store
				if need&NeedTarget != 0 {
					session.Target = s.store.Recorder(s.target)
				}
			}
			return session, nil
		},
		Workbench: func(_ context.Context, o WorkbenchOptions) int { r.settings, r.workbench = o.Settings, o; return 77 },
		Keys: func(map[string][]string) ([]KeyRow, []string) {
			return []KeyRow{{ID: "invoke", Group: "Run", Title: "Invoke with this payload", Keys: []string{"f5"}, Where: "everywhere"}}, nil
		},
	}
}

// wantLine checks that standard error is one line that begins with "lambent: " and text.
func (r trial) wantLine(t *testing.T, text string) {
	t.Helper()
	if !strings.HasPrefix(r.err, "lambent: "+text) || strings.Count(r.err, "\n") != 1 {
		t.Errorf("standard error is %q, want one line: lambent: %s…", r.err, text)
	}
}

func (r trial) wantExit(t *testing.T, exit int) {
	t.Helper()
	if r.exit != exit {
		t.Errorf("exit status %d, want %d; standard error: %s", r.exit, exit, r.err)
	}
}

var errDisk = errors.New("no space left on device")

// A brokenWriter takes n bytes and then fails.
type brokenWriter struct{ n int }

func (w *brokenWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

func (t *localTarget) StreamsResponses() bool { return true }

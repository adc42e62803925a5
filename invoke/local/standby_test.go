//go:build linux

package local

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// idle is the environment that is ready for the function, nil when there is none.
func (f *fixture) idle() *environment {
	f.mu.Lock()
	defer f.mu.Unlock()
	for key, pool := range f.pools {
		if key.function == "f" && len(pool.idle) == 1 {
			return pool.idle[0]
		}
	}
	return nil
}

func (f *fixture) until(what string, true func() bool) {
	f.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !true(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatal("never: " + what)
		}
	}
}

func TestAStandbyIsStartedAheadAndAgainAfterAChange(t *testing.T) {
	t.Parallel()
	f := open(t, does("count"))
	f.Warm("f", "")
	f.until("a standby", func() bool { return f.idle() != nil })
	first := f.idle()
	r := f.call("{}")
	if r.Report == nil || r.Report.InitDuration == 0 || r.Failure != nil {
		t.Errorf("the report does not tell the init: %+v, %v", r.Report, r.Failure)
	}
	f.until("the same environment is idle again", func() bool { return f.idle() == first })

	if err := os.WriteFile(filepath.Join(f.dir, "code", "lib.txt"), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.until("a standby of the new code", func() bool { n := f.idle(); return n != nil && n != first })
	second := f.idle()
	if r := f.call("{}"); string(r.Payload) == "" || r.Report.InitDuration == 0 {
		t.Errorf("after the change: %s, %+v", r.Payload, r.Report)
	}
	f.until("it was the standby that ran", func() bool { return f.idle() == second })
}

func TestAStandbyEndsWhenAnotherFunctionIsChosen(t *testing.T) {
	t.Parallel()
	two := append(does("count"), does("count")...)
	two[1].Name = "g"
	f := open(t, two)
	ready := func(name string) *environment {
		f.mu.Lock()
		defer f.mu.Unlock()
		if pool := f.pools[poolKey{name, "$LATEST"}]; pool != nil && len(pool.idle) == 1 {
			return pool.idle[0]
		}
		return nil
	}
	gone := func(n *environment) func() bool {
		return func() bool { _, err := os.Stat(n.dir); return err != nil }
	}
	f.Warm("f", "")
	f.until("a standby of f", func() bool { return ready("f") != nil })
	first := ready("f")
	f.Warm("g", "")
	f.until("a standby of g", func() bool { return ready("g") != nil })
	f.until("the standby of f ends", gone(first))
	used := ready("g")
	if r := f.call("{}", named("g")); r.Failure != nil || r.Report.InitDuration == 0 {
		t.Fatalf("%+v", r)
	}
	f.Warm("f", "")
	f.until("another standby of f", func() bool { return ready("f") != nil })
	second := ready("f")
	f.Warm("", "") // a function that nothing is started ahead for
	f.until("it ends too", gone(second))
	if ready("g") != used {
		t.Error("an environment that had been used was ended")
	}
}

func TestNoStandbyWhereNobodyWantsOne(t *testing.T) {
	f := open(t, does("count"), func(o *Options) { o.NoStandby = true })
	f.Warm("f", "")
	if f.idle() != nil || f.folder() != "" {
		t.Error("code was started without an invocation")
	}
}

// BenchmarkStandby is the first invocation 250 ms after an edit over a warm one (P21).
func BenchmarkStandby(b *testing.B) {
	f := open(b, does("echo"))
	f.Warm("f", "")
	f.until("a standby", func() bool { return f.idle() != nil })
	f.call("{}")
	var first, warm time.Duration
	rounds := 0
	for b.Loop() {
		if err := os.WriteFile(filepath.Join(f.dir, "code", "lib.txt"), []byte(time.Now().String()), 0o600); err != nil {
			b.Fatal(err)
		}
		time.Sleep(250 * time.Millisecond) // what a person does between saving and invoking
		at := time.Now()
		f.call("{}")
		first += time.Since(at)
		time.Sleep(250 * time.Millisecond) // as frozen as the standby was
		at = time.Now()
		f.call("{}")
		warm += time.Since(at)
		rounds++
	}
	b.ReportMetric(float64(first)/float64(warm), "x-warm")
	b.ReportMetric(float64(first.Microseconds())/float64(rounds)/1000, "ms/first")
}

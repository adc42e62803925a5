//go:build unix

package local

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/runtimes"
)

// starts starts a command that ends with the benchmark.
func starts(b *testing.B, c *exec.Cmd) {
	b.Helper()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

func medianOf(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

const (
	rounds      = 9
	warmBlock   = 400
	largeBlocks = 20
)

// P4: an invocation in process over F1, the raw relay of two hops with the same worker,
// interleaved in one run; a/a is the executor over itself and should be near 1.
func BenchmarkWarm(b *testing.B) {
	for _, size := range []struct {
		name  string
		bytes int
		block int
	}{{"100B", 100, warmBlock}, {"1MB", 1 << 20, largeBlocks}, {"6MB", 6 << 20, largeBlocks}} {
		b.Run(size.name, func(b *testing.B) {
			payload := []byte(`"` + string(bytes.Repeat([]byte("x"), size.bytes-2)) + `"`)
			f := open(b, does("raw", memory(1024)))
			floor := startFloor(b)
			req := invoke.Request{Function: "f", Payload: payload}
			invokeOnce := func() {
				if r, err := f.Invoke(context.Background(), req, nil); err != nil || !bytes.Equal(r.Payload, payload) {
					b.Fatalf("%v, %d bytes", err, len(r.Payload))
				}
			}
			relayOnce := func() { floor.call(b, payload) }
			block := func(do func()) time.Duration {
				times := make([]time.Duration, size.block)
				for i := range times {
					began := time.Now()
					do()
					times[i] = time.Since(began)
				}
				return median(times)
			}
			block(invokeOnce)
			block(relayOnce)
			var ratios, same []float64
			var ours, theirs []time.Duration
			for b.Loop() {
				for range rounds {
					first, relay, second := block(invokeOnce), block(relayOnce), block(invokeOnce)
					ours, theirs = append(ours, first, second), append(theirs, relay)
					ratios = append(ratios, float64(first+second)/2/float64(relay))
					same = append(same, float64(first)/float64(second))
				}
			}
			b.ReportMetric(float64(median(ours).Microseconds()), "µs/invoke")
			b.ReportMetric(float64(median(theirs).Microseconds()), "µs/F1")
			b.ReportMetric(medianOf(ratios), "x/F1")
			b.ReportMetric(medianOf(same), "a/a")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// P4, throughput: eight callers on eight environments over eight raw relays.
func BenchmarkThroughput(b *testing.B) {
	const callers = 8
	payload := []byte(`"` + string(bytes.Repeat([]byte("x"), 98)) + `"`)
	f := open(b, does("raw", memory(1024)))
	floors := make([]*floor, callers)
	for i := range floors {
		floors[i] = startFloor(b)
	}
	rate := func(do func(caller int)) float64 {
		began := time.Now()
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				for range warmBlock {
					do(i)
				}
			})
		}
		wg.Wait()
		return callers * warmBlock / time.Since(began).Seconds()
	}
	ours := func(int) {
		if r, err := f.Invoke(context.Background(), invoke.Request{Function: "f", Payload: payload}, nil); err != nil || !bytes.Equal(r.Payload, payload) {
			b.Errorf("%v, %d bytes", err, len(r.Payload))
		}
	}
	theirs := func(i int) { floors[i].call(b, payload) }
	rate(ours)
	rate(theirs)
	var ratios, same []float64
	for b.Loop() {
		for range rounds {
			first, relay, second := rate(ours), rate(theirs), rate(ours)
			ratios, same = append(ratios, (first+second)/2/relay), append(same, first/second)
		}
	}
	b.ReportMetric(medianOf(ratios), "rate-x/F1")
	b.ReportMetric(medianOf(same), "a/a")
	b.ReportMetric(0, "ns/op")
}

// P6: a cold start, from the call to the end of the init, over F3: the same process with
// the same environment started by nobody in particular, until its first next.
func BenchmarkCold(b *testing.B) {
	code := b.TempDir()
	for name, text := range map[string]string{
		"app.py":   "def handler(event, context):\n    return event\n",
		"index.js": "exports.handler = async (event) => event;\n",
	} {
		if err := os.WriteFile(filepath.Join(code, name), []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, c := range []struct{ name, runtime, handler, program string }{
		{"go", "provided.al2023", "raw", ""}, {"python", "python3.13", "app.handler", "python3"}, {"node", "nodejs22.x", "index.handler", "node"},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.program != "" {
				needs(b, c.program)
			}
			prepare := runtimes.Prepare
			if c.program == "" {
				prepare = func(project.Function, string, runtimes.Options) (runtimes.Launch, *invoke.Failure) {
					return runtimes.Launch{Path: "/proc/self/exe", Args: []string{"bootstrap"}}, nil
				}
			}
			fn := does(c.handler, memory(1024), func(fn *project.Function) { fn.Runtime, fn.CodeURI, fn.CodePath = c.runtime, code, code })
			f := open(b, fn, func(o *Options) { o.Prepare = prepare })
			cold := invoke.Request{Function: "f", Payload: []byte("1"), Cold: true}
			var ours, theirs []time.Duration
			start := func() time.Duration {
				f.Prepare()
				waitForSpare(b, f)
				began := time.Now()
				r, err := f.Invoke(context.Background(), cold, nil)
				took := time.Since(began) - r.Report.Duration
				if err != nil || string(r.Payload) != "1" {
					b.Fatalf("%v: %s %s", err, r.Payload, r.Log)
				}
				return took
			}
			start()
			n := f.pools[poolKey{"f", "$LATEST"}].idle[0]
			for b.Loop() {
				for range rounds {
					ours = append(ours, start())
					theirs = append(theirs, bareStart(b, n))
				}
			}
			b.ReportMetric(float64(median(ours).Microseconds())/1000, "ms/cold")
			b.ReportMetric(float64(median(theirs).Microseconds())/1000, "ms/F3")
			b.ReportMetric(float64(median(ours))/float64(median(theirs)), "x/F3")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// waitForSpare waits until the spare supervisor has started and waits for orders, as it
// has in practice: it is there long before it is needed.
func waitForSpare(b *testing.B, f *fixture) {
	b.Helper()
	waiting := 0
	eventually(b, "a spare supervisor", 5*time.Second, func() bool {
		f.mu.Lock()
		s := f.spare
		f.mu.Unlock()
		if s == nil || processState(s.cmd.Process.Pid) != 'S' {
			waiting = 0
			return false
		}
		waiting++
		return waiting > 10
	})
}

// bareStart starts what the environment starts, and waits for its first request.
func bareStart(b *testing.B, n *environment) time.Duration {
	b.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	c := &exec.Cmd{Path: n.launch.Path, Args: n.launch.Args, Env: n.surroundings(l.Addr().String()), Dir: n.plan.codeDir}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 4096)); err != nil {
		b.Fatal(err)
	}
	took := time.Since(began)
	_ = c.Process.Kill()
	_ = c.Wait()
	conn.Close()
	return took
}

package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A peer is a process that answers Invoke requests.
type peer struct {
	address string
	pid     int
}

func start(b *testing.B, role string) *peer {
	b.Helper()
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+b.TempDir())
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		_ = c.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("%s: %v", role, err)
	}
	return &peer{strings.TrimSpace(line), c.Process.Pid}
}

// A caller has one connection and writes and reads by hand, so that its own cost is small
// and the same for everybody.
type caller struct {
	conn net.Conn
	r    *bufio.Reader
	out  []byte
	in   []byte
}

func dial(b *testing.B, p *peer) *caller {
	b.Helper()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &caller{conn: conn, r: bufio.NewReaderSize(conn, 64<<10)}
}

func (c *caller) call(p *peer, payload []byte) error {
	c.out = append(c.out[:0], "POST /2015-03-31/functions/echo/invocations HTTP/1.1\r\nHost: "...)
	c.out = append(append(c.out, p.address...), "\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(payload)), 10)
	c.out = append(append(c.out, "\r\n\r\n"...), payload...)
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	length := 0
	status := ""
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		text := strings.TrimRight(string(line), "\r\n")
		if status == "" {
			status = text
		}
		if digits, ok := strings.CutPrefix(text, "Content-Length: "); ok {
			length, _ = strconv.Atoi(digits)
		}
		if text == "" {
			break
		}
	}
	c.in = slices.Grow(c.in[:0], length)[:length]
	if _, err := io.ReadFull(c.r, c.in); err != nil {
		return err
	}
	if !strings.Contains(status, " 200 ") || !bytes.Equal(c.in, payload) {
		return fmt.Errorf("wrong answer: %s, %d bytes", status, length)
	}
	return nil
}

func payloadOf(size int) []byte {
	return []byte(`{"pad":"` + strings.Repeat("x", size-len(`{"pad":""}`)) + `"}`)
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// block makes n calls by each of the callers and returns the median time of one, and
// the calls per second of all.
func block(b *testing.B, p *peer, callers []*caller, n int, payload []byte) (p50, rate float64) {
	b.Helper()
	times := make([]float64, len(callers)*n)
	began := time.Now()
	var wg sync.WaitGroup
	for i, c := range callers {
		wg.Go(func() {
			for k := range n {
				at := time.Now()
				if err := c.call(p, payload); err != nil {
					b.Error(err)
					return
				}
				times[i*n+k] = float64(time.Since(at))
			}
		})
	}
	wg.Wait()
	return median(times), float64(len(times)) / time.Since(began).Seconds()
}

// BenchmarkEndpoint holds the endpoint with a function behind it to the floor F2 with the
// same function, both alive at once, in alternating blocks (P1, P2 and P3). x-F2 is the
// ratio of the medians of one call, rate-x-F2 that of the throughputs; A-A compares the
// floor with itself, and a run in which it is far from 1 says nothing.
func BenchmarkEndpoint(b *testing.B) {
	for _, s := range []struct {
		name          string
		size, callers int
		block, rounds int
	}{
		{"100B/1", 100, 1, 300, 9}, {"10KB/1", 10 << 10, 1, 200, 9}, {"1MB/1", 1 << 20, 1, 20, 9}, {"6MB/1", 6_200_000, 1, 4, 9},
		{"100B/8", 100, 8, 100, 9}, {"10KB/8", 10 << 10, 8, 60, 9}, {"1MB/8", 1 << 20, 8, 5, 7}, {"100B/64", 100, 64, 20, 7},
	} {
		b.Run(s.name, func(b *testing.B) {
			endpoint, floor := start(b, roleEndpoint), start(b, roleRelay)
			payload := payloadOf(s.size)
			mine, theirs := make([]*caller, s.callers), make([]*caller, s.callers)
			for i := range s.callers {
				mine[i], theirs[i] = dial(b, endpoint), dial(b, floor)
			}
			block(b, endpoint, mine, s.block, payload)
			block(b, floor, theirs, s.block, payload)
			var ratios, rates, same, own []float64
			for b.Loop() {
				for range s.rounds {
					a, rateA := block(b, floor, theirs, s.block, payload)
					m, rateM := block(b, endpoint, mine, s.block, payload)
					z, rateZ := block(b, floor, theirs, s.block, payload)
					ratios, rates = append(ratios, 2*m/(a+z)), append(rates, 2*rateM/(rateA+rateZ))
					same, own = append(same, a/z), append(own, m)
				}
			}
			b.ReportMetric(median(ratios), "x-F2")
			b.ReportMetric(median(rates), "rate-x-F2")
			b.ReportMetric(median(same), "A-A")
			b.ReportMetric(median(own)/1e6, "ms/call")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkMemory is P7: what the endpoint's process holds at most while 8 callers have 6
// MB each in flight, over those bytes: a request and a response each.
func BenchmarkMemory(b *testing.B) {
	endpoint := start(b, roleEndpoint)
	payload := payloadOf(6_200_000)
	callers := make([]*caller, 8)
	for i := range callers {
		callers[i] = dial(b, endpoint)
	}
	block(b, endpoint, callers, 1, payloadOf(100))
	idle := statusMB(b, endpoint.pid, "VmRSS")
	for b.Loop() {
		block(b, endpoint, callers, 10, payload)
	}
	peak := statusMB(b, endpoint.pid, "VmHWM")
	inFlight := float64(8*2*len(payload)) / (1 << 20)
	b.ReportMetric((peak-idle)/inFlight, "x-in-flight")
	b.ReportMetric(peak, "peak-MB")
	b.ReportMetric(0, "ns/op")
}

func statusMB(b *testing.B, pid int, field string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, field+":"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1024
		}
	}
	b.Fatalf("no %s", field)
	return 0
}

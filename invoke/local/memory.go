package local

import (
	"sync"
	"time"
)

const (
	firstSample    = 5 * time.Millisecond
	sampleInterval = 25 * time.Millisecond
	initSample     = 50 * time.Millisecond // while a runtime starts, its memory always grows
	// noticeable is by how much the resident sets must have grown for another exact sample.
	noticeable = 1 << 20
	// An invocation shorter than worthSampling can't have used much more memory than the
	// sample before it shows, if that is not older than sampleAge.
	worthSampling = 2 * time.Millisecond
	sampleAge     = 250 * time.Millisecond
)

// A memoryGauge is what an environment's processes have used, in bytes.
type memoryGauge struct {
	mu       sync.Mutex
	peak     int64     // proportional set size
	resident int64     // the largest sum of resident sets seen
	at       time.Time // of the last exact sample
}

// reset begins anew with a new process. The peak stays: the environment is the same.
func (g *memoryGauge) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resident, g.at = 0, time.Time{}
}

// settle takes the sample at the end of an invocation that took d.
func (g *memoryGauge) settle(s *supervisor, d time.Duration) {
	g.mu.Lock()
	fresh := !g.at.IsZero() && time.Since(g.at) < sampleAge
	g.mu.Unlock()
	if d >= worthSampling || !fresh {
		g.sample(s, true)
	}
}

// atLeast is for a process that ended before any sample. Its resident set counts shared
// pages whole, so it is not used where there is a sample.
func (g *memoryGauge) atLeast(peak int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.peak == 0 {
		g.peak = peak
	}
}

func (g *memoryGauge) megabytes() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int((g.peak + 1<<20 - 1) >> 20)
}

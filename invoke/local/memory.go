package local

import (
	"sync"
	"time"
)

const (
	firstSample    = 5 * time.Millisecond
	sampleInterval = 25 * time.Millisecond
	initSample     = 50 * time.Millisecond // while a runtime starts, its memory always grows
	// noticeable is by how much the resident sets, or the runtime's high-water mark, must
	// have grown for another exact sample: the report counts in whole megabytes.
	noticeable = 1 << 20
	// An invocation shorter than worthSampling can't have used much more memory than the
	// sample before it shows, if that is not older than sampleAge.
	worthSampling = 2 * time.Millisecond
	sampleAge     = 250 * time.Millisecond
)

// A sampling says when a sample is exact.
type sampling int

const (
	underWay sampling = iota // when the resident sets have grown
	atTheEnd                 // also when what was given back since shows in the high-water mark
	exactly                  // always
)

// A memoryGauge is what an environment's processes have used, in bytes.
type memoryGauge struct {
	mu       sync.Mutex
	peak     int64     // proportional set size
	resident int64     // the largest sum of resident sets seen
	mark     int64     // the runtime's high-water mark at the last exact sample
	at       time.Time // of the last sample
}

// reset begins anew with a new process. The peak stays: the environment is the same.
func (g *memoryGauge) reset() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.resident, g.mark, g.at = 0, 0, time.Time{}
}

// settle takes the sample at the end of an invocation that took d, and returns what was
// used at most since the process began; 0 when no sample was needed.
func (g *memoryGauge) settle(s *supervisor, d time.Duration) int64 {
	g.mu.Lock()
	fresh, mark := !g.at.IsZero() && time.Since(g.at) < sampleAge, g.mark
	g.mu.Unlock()
	switch {
	case fresh && d < worthSampling:
	case fresh && d < firstSample && highWaterMark(int(s.runtime.Load())) < mark+noticeable:
		// Too short for processes of its own to have grown: the runtime's says enough.
	default:
		return g.sample(s, atTheEnd)
	}
	return 0
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

package local

import (
	"time"
)

// The bandwidth of a streamed response (spec §1.11): so much at once, then so much a second.
const (
	streamBurst = 6 << 20
	streamRate  = 2 << 20
)

// A pace holds a streamed response back to Lambda's bandwidth. The reader of the
// runtime's connection waits, and the runtime feels it when it writes.
type pace struct {
	began time.Time // when the burst was used up
	over  int64     // bytes since then
	burst int64     // bytes of it that are left
}

func newPace() *pace { return &pace{burst: streamBurst} }

// after is how long to wait once n more bytes have come at now.
func (p *pace) after(n int, now time.Time) time.Duration {
	part := min(int64(n), p.burst)
	p.burst -= part
	rest := int64(n) - part
	if rest == 0 {
		return 0
	}
	if p.began.IsZero() {
		p.began = now
	}
	p.over += rest
	due := p.began.Add(time.Duration(p.over) * time.Second / streamRate)
	return max(due.Sub(now), 0)
}

// paced is chunk at Lambda's pace.
func paced(chunk func([]byte)) func([]byte) {
	p := newPace()
	return func(b []byte) {
		if chunk != nil {
			chunk(b)
		}
		if wait := p.after(len(b), time.Now()); wait > 0 {
			time.Sleep(wait)
		}
	}
}

package cli

import (
	"strconv"
	"strings"
	"time"

	"lambent/themes"
)

// A progress is a line at the foot of a terminal that says how far a replay is. It is
// for people only: where standard error is no terminal nothing is written. Lines of
// standard output come above it where both are the same terminal, because the line is
// taken away before each.
type progress struct {
	p     *printer // nil when nobody looks
	total int
	shown bool
	last  time.Time
}

// progressPause is the least time between two drawings of the line.
const progressPause = 100 * time.Millisecond

func newProgress(stderr *printer, total int) *progress {
	b := &progress{total: total}
	if stderr.terminal && total > 1 {
		b.p = stderr
	}
	return b
}

// clear takes the line away.
func (b *progress) clear() {
	if b.p != nil && b.shown {
		b.p.raw([]byte("\r\x1b[K"))
		b.shown = false
	}
}

// step draws the line anew, unless it has just been drawn.
func (b *progress) step(t tally) {
	now := time.Now()
	if b.p == nil || now.Sub(b.last) < progressPause || t.done == b.total {
		return
	}
	b.last, b.shown = now, true
	b.p.raw([]byte(b.p.paint(themes.Muted, progressLine(t, b.total, now.Sub(t.began)))))
}

func (b *progress) end() { b.clear() }

// progressWidth is how many cells the bar has.
const progressWidth = 24

// progressLine is a bar, the runs done, their rate and how long it will go on.
func progressLine(t tally, total int, took time.Duration) string {
	full := progressWidth * t.done / max(total, 1)
	parts := []string{
		strings.Repeat("█", full) + strings.Repeat("░", progressWidth-full),
		strconv.Itoa(t.done) + "/" + strconv.Itoa(total),
	}
	if rate := float64(t.done) / took.Seconds(); took > 0 && rate > 0 {
		left := time.Duration(float64(total-t.done) / rate * float64(time.Second))
		parts = append(parts, strconv.FormatFloat(rate, 'f', 1, 64)+"/s", milliseconds(left)+" left")
	}
	if t.different > 0 {
		parts = append(parts, strconv.Itoa(t.different)+" different")
	}
	if bad := t.failed + t.refused; bad > 0 {
		parts = append(parts, strconv.Itoa(bad)+" failed")
	}
	return strings.Join(parts, "  ")
}

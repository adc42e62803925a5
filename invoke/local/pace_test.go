package local

import (
	"testing"
	"time"
)

func TestAStreamIsHeldBackAfterItsBurst(t *testing.T) {
	p, now := newPace(), time.Unix(1_000_000, 0)
	if wait := p.after(6<<20, now); wait != 0 {
		t.Errorf("the burst waits %s", wait)
	}
	var waited time.Duration
	for range 64 { // 4 MiB more
		wait := p.after(64<<10, now)
		waited, now = waited+wait, now.Add(wait)
	}
	if waited != 2*time.Second {
		t.Errorf("4 MiB after the burst take %s, want 2 s", waited)
	}
	if wait := p.after(64<<10, now.Add(time.Minute)); wait != 0 {
		t.Errorf("a slow runtime is made to wait %s", wait)
	}
	p = newPace()
	if wait := p.after(8<<20, now); wait != time.Second {
		t.Errorf("2 MiB over the burst in one piece wait %s, want 1 s", wait)
	}
}

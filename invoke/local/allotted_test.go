package local

import (
	"testing"
	"time"
)

func TestAllottedTime(t *testing.T) {
	now := time.Now()
	at := func(d time.Duration) answer { return answer{responded: true, at: now.Add(d)} }
	for what, c := range map[string]struct {
		ends, seen time.Duration // from now
		answer     time.Duration
		counts, up bool
	}{
		"in time":                           {time.Hour, 0, -time.Second, true, false},
		"in time, and noticed late":         {-time.Millisecond, 0, -time.Second, true, true},
		"too late":                          {-time.Second, 0, -time.Millisecond, false, true},
		"while lambent was stopped":         {-time.Minute, -2 * time.Minute, 0, true, false},
		"too late, after lambent was there": {-time.Minute, -time.Second, 0, false, true},
	} {
		a := &allotted{timer: time.NewTimer(time.Hour), ends: now.Add(c.ends), seen: now.Add(c.seen)}
		if got := a.of(at(c.answer)); got.responded != c.counts {
			t.Errorf("%s: it counts: %v", what, got.responded)
		}
		if a.up() != c.up {
			t.Errorf("%s: up is %v", what, !c.up)
		}
	}
}

// However early a timer fires, and whoever has taken its tick before, it fires at the end.
func TestAllottedTimeEnds(t *testing.T) {
	for _, early := range []bool{false, true} {
		timer := time.NewTimer(0)
		<-timer.C // by an init, say
		a := allot(timer, time.Now().Add(20*time.Millisecond))
		if early {
			timer.Reset(time.Microsecond)
		}
		limit := time.After(10 * time.Second)
		for up := false; !up; {
			select {
			case <-timer.C:
				up = a.up()
			case <-limit:
				t.Fatalf("early %v: the time is never up", early)
			}
		}
		if time.Now().Before(a.ends) {
			t.Errorf("early %v: up before the end", early)
		}
	}
}

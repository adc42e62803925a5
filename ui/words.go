package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// duration writes a time span as people read it: 182 ms, 3.0 s, 2 min 5 s.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < 10*time.Millisecond && d%time.Millisecond != 0:
		return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < time.Minute:
		return strconv.FormatFloat(float64(d.Milliseconds()/100)/10, 'f', 1, 64) + " s"
	}
	d = d.Truncate(time.Second)
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}

// elapsed is a running time: always with one decimal, so that it does not jump.
func elapsed(d time.Duration) string {
	if d >= time.Minute {
		return duration(d)
	}
	return strconv.FormatFloat(float64(max(d, 0).Milliseconds()/100)/10, 'f', 1, 64) + " s"
}

// limit is a configured time: 3 s, 15 min.
func limit(d time.Duration) string {
	switch {
	case d%time.Minute == 0 && d > 0:
		return strconv.Itoa(int(d.Minutes())) + " min"
	case d%time.Second == 0:
		return strconv.Itoa(int(d.Seconds())) + " s"
	}
	return duration(d)
}

// size writes a number of bytes: 331 B, 4.1 KB, 6.3 MB.
func size(n int64) string {
	switch {
	case n < 1000:
		return strconv.FormatInt(n, 10) + " B"
	case n < 1000*1000:
		return strconv.FormatFloat(float64(n)/1000, 'f', 1, 64) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1000*1000), 'f', 1, 64) + " MB"
}

// count writes a number of things: 1 line, 13 lines, 1,204 lines.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a number with its thousands set apart.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// percent is a share in whole percent, with one decimal where it needs one.
func percent(share float64) string {
	p := share * 100
	s := strconv.FormatFloat(p, 'f', 1, 64)
	return strings.TrimSuffix(s, ".0") + "%"
}

// shortID is the part of a request id that a person recognises.
func shortID(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}

// day says on which day something was, seen from now.
func day(t, now time.Time) string {
	t = t.In(now.Location())
	if sameDay(t, now) {
		return "today"
	}
	if sameDay(t, now.AddDate(0, 0, -1)) {
		return "yesterday"
	}
	return t.Format("2006-01-02")
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

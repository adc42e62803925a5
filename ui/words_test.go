package ui

import (
	"testing"
	"time"
)

func TestDurationsReadAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                     "0 ms",
		1400 * time.Microsecond:               "1.4 ms",
		182 * time.Millisecond:                "182 ms",
		999*time.Millisecond + 999999:         "999 ms",
		3 * time.Second:                       "3.0 s",
		59*time.Second + 990*time.Millisecond: "59.9 s",
		125 * time.Second:                     "2 min 5 s",
	} {
		if got := duration(d); got != want {
			t.Errorf("duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range [][2]string{
		{limit(3 * time.Second), "3 s"},
		{limit(15 * time.Minute), "15 min"},
		{limit(2500 * time.Millisecond), "2.5 s"},
		{size(331), "331 B"},
		{size(6291456), "6.3 MB"},
		{count(1, "line", "lines"), "1 line"},
		{count(12345, "line", "lines"), "12,345 lines"},
		{percent(0.9), "90%"},
		{percent(0.125), "12.5%"},
		{shortID("8f2c1d0e-1111"), "8f2c1d0e"},
	} {
		if c[0] != c[1] {
			t.Errorf("got %q, want %q", c[0], c[1])
		}
	}
}

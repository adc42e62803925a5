package invoke

import (
	"bytes"
	"regexp"
	"sync"

	"lambent/invoke/jsondoc"
)

// A LogChange says where a line of two logs is.
type LogChange uint8

// The kinds of lines.
const (
	LogSame    LogChange = iota // in both, but for what varies
	LogRemoved                  // only in this
	LogAdded                    // only in that
)

// A LogLine is one line of two logs laid over each other.
type LogLine struct {
	Change LogChange
	This   int    // number of the line in this, from 1; 0 when it is not there
	That   int    // the same in that
	Text   []byte // without its end; that of this where both have it
}

// CompareLogs lays two logs over each other, line by line. What varies from run to
// run does not part lines: request and trace ids, times of day, durations, and the
// memory that was used. The lines share the memory of the logs.
func CompareLogs(this, that []byte) []LogLine {
	x, y := logLines(this), logLines(that)
	pairs := jsondoc.Align(steady(x), steady(y))
	out := make([]LogLine, 0, len(x)+len(y)-len(pairs))
	i, j := 0, 0
	until := func(endX, endY int) {
		for ; i < endX; i++ {
			out = append(out, LogLine{Change: LogRemoved, This: i + 1, Text: x[i]})
		}
		for ; j < endY; j++ {
			out = append(out, LogLine{Change: LogAdded, That: j + 1, Text: y[j]})
		}
	}
	for _, p := range pairs {
		until(p[0], p[1])
		out = append(out, LogLine{Change: LogSame, This: i + 1, That: j + 1, Text: x[i]})
		i, j = i+1, j+1
	}
	until(len(x), len(y))
	return out
}

func logLines(log []byte) [][]byte {
	var out [][]byte
	for line := range bytes.Lines(log) {
		out = append(out, bytes.TrimRight(line, "\r\n"))
	}
	return out
}

// varying is what differs between the logs of two equal runs. Each alternative is
// what one writer of logs writes: ids of requests and of X-Ray, times as ISO 8601
// and as milliseconds since 1970, times of day, durations, the REPORT line's memory.
var varying = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}` +
		`|\b1-[0-9a-f]{8}-[0-9a-f]{24}\b|\bParent=[0-9a-f]{16}\b|\b(?:SegmentId|Segment Id): [0-9a-f]{16}\b` +
		`|\b\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:Z|[+-]\d{2}:?\d{2})?` +
		`|\b\d{2}:\d{2}:\d{2}(?:[.,]\d+)?\b|\b1[5-9]\d{8}(?:\d{3}|\.\d+)\b` +
		`|\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s)\b|\bMax Memory Used: \d+ MB` +
		`|"(?:durationMs|billedDurationMs|maxMemoryUsedMB|initDurationMs)":[\d.]+`)
})

// steady are lines without what varies, for comparison.
func steady(lines [][]byte) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = string(varying().ReplaceAll(line, []byte("\x00")))
	}
	return out
}

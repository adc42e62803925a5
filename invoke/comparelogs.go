package invoke

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"sync"

	"lambent/invoke/jsondoc"
)

// A LogChange says where a line of two logs is.
type LogChange uint8

// The kinds of lines.
const (
	LogSame     LogChange = iota // in both, but for what varies
	LogRemoved                   // only in this
	LogAdded                     // only in that
	LogPlatform                  // a line of Lambda's own that only one has, and that says nothing of what the function did
)

// A LogLine is one line of two logs laid over each other.
type LogLine struct {
	Change LogChange
	This   int    // number of the line in this, from 1; 0 when it is not there
	That   int    // the same in that
	Text   []byte // without its end; that of this where both have it
	Other  []byte // that of that, where both have it
}

// CompareLogs lays two logs over each other, line by line. What varies from run to
// run does not part lines: request and trace ids, times of day, durations, and the
// memory that was used. Of the lines that Lambda writes (START, REPORT, …) only how the
// run ended counts: their figures are Measures, and that one run was a cold start, with
// an INIT_START, is no difference. The lines share the memory of the logs. The error is
// the context's.
func CompareLogs(ctx context.Context, this, that []byte) ([]LogLine, error) {
	x, y := logLines(this), logLines(that)
	steadyX, err := steady(ctx, x)
	if err != nil {
		return nil, err
	}
	steadyY, err := steady(ctx, y)
	if err != nil {
		return nil, err
	}
	pairs := jsondoc.Align(steadyX, steadyY)
	out := make([]LogLine, 0, len(x)+len(y)-len(pairs))
	change := func(c LogChange, steady string) LogChange {
		if strings.HasPrefix(steady, platformMark) && !strings.Contains(steady[1:], platformMark) {
			return LogPlatform
		}
		return c
	}
	i, j := 0, 0
	until := func(endX, endY int) {
		for ; i < endX; i++ {
			out = append(out, LogLine{Change: change(LogRemoved, steadyX[i]), This: i + 1, Text: x[i]})
		}
		for ; j < endY; j++ {
			out = append(out, LogLine{Change: change(LogAdded, steadyY[j]), That: j + 1, Text: y[j]})
		}
	}
	for _, p := range pairs {
		until(p[0], p[1])
		out = append(out, LogLine{Change: LogSame, This: i + 1, That: j + 1, Text: x[i], Other: y[j]})
		i, j = i+1, j+1
	}
	until(len(x), len(y))
	return out, nil
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

// platformMark begins what a line of Lambda's own is reduced to, and stands before what
// is left of it: how the run ended, when it did not end well.
const platformMark = "\x01"

var (
	// platformLine is a line that Lambda writes itself, in its text format and in its
	// JSON format (spec §4).
	platformLine = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:(START|END|REPORT|RESTORE_REPORT) RequestId: |(INIT_START|RESTORE_START) Runtime Version: ` +
			`|(INIT_REPORT) Init Duration: |(XRAY) TraceId: |(?:EXTENSION|TELEMETRY)\tName: |\{.*"type":"platform\.(\w+)")`)
	})
	// platformEnd is how a run ended, in such a line.
	platformEnd = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(?:Status|Error Type): [^\t]+|"(?:status|errorType)":"(?:[^"\\]|\\.)*"`)
	})
)

// steady are lines without what varies, for comparison.
func steady(ctx context.Context, lines [][]byte) ([]string, error) {
	out := make([]string, len(lines))
	for i, line := range lines {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if kind := platformLine().FindSubmatch(line); kind != nil {
			out[i] = platformMark + string(bytes.Join(kind[1:], nil))
			for _, end := range platformEnd().FindAll(line, -1) {
				if string(end) != `"status":"success"` && string(end) != "Status: success" {
					out[i] += platformMark + string(end)
				}
			}
			continue
		}
		out[i] = string(varying().ReplaceAll(line, []byte("\x00")))
	}
	return out, nil
}

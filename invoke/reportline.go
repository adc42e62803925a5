package invoke

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// reportPrefix begins the REPORT line of the Text log format (spec §4).
const reportPrefix = "REPORT RequestId: "

// Bounds of what is read from a log: its lines are a function's to write, too.
const (
	maxReportLine  = 64 << 10
	maxReportTries = 16
)

// ParseReport finds the report of an invocation in its log or log tail: the REPORT
// line of either style, or the platform.report record of the JSON format (spec §4,
// 4.1). The last one counts, because the platform writes after the function. ok is
// false when there is none.
func ParseReport(log []byte) (r Report, ok bool) {
	textAt, text, textOK := lastReport(log, []byte(reportPrefix), parseReportLine)
	jsonAt, record, jsonOK := lastReport(log, []byte(`"platform.report"`), parseReportRecord)
	switch {
	case jsonOK && (!textOK || jsonAt > textAt):
		return record, true
	case textOK:
		if at := bytes.Index(log[textAt:], []byte("XRAY TraceId: ")); at >= 0 {
			id, _, _ := bytes.Cut(line(log, textAt+at), []byte{'\t'})
			text.TraceID = string(bytes.TrimPrefix(id, []byte("XRAY TraceId: ")))
		}
		return text, true
	}
	return Report{}, false
}

// lastReport parses at the last occurrence of mark at which there is something to parse.
func lastReport(log, mark []byte, parse func(log []byte, at int) (Report, bool)) (int, Report, bool) {
	end := len(log)
	for range maxReportTries {
		at := bytes.LastIndex(log[:end], mark)
		if at < 0 {
			break
		}
		if r, ok := parse(log, at); ok {
			return at, r, true
		}
		end = at
	}
	return 0, Report{}, false
}

// line returns the line from at on, without its end.
func line(log []byte, at int) []byte {
	l, _, _ := bytes.Cut(log[at:min(len(log), at+maxReportLine)], []byte{'\n'})
	return bytes.TrimRight(l, "\r")
}

// parseReportLine reads the REPORT line at at, which need not begin a line: what the
// function wrote last may have had no newline.
func parseReportLine(log []byte, at int) (Report, bool) {
	fields := strings.Split(string(line(log, at)), "\t")
	r := Report{RequestID: strings.TrimPrefix(fields[0], reportPrefix)}
	seen := false
	for _, field := range fields[1:] {
		key, value, _ := strings.Cut(strings.TrimSpace(field), ": ")
		switch key {
		case "Duration":
			r.Duration, seen = milliseconds(value)
		case "Billed Duration":
			r.BilledDuration, _ = milliseconds(value)
		case "Memory Size":
			r.MemorySizeMB = megabytes(value)
		case "Max Memory Used":
			r.MaxMemoryUsedMB = megabytes(value)
		case "Init Duration":
			r.InitDuration, _ = milliseconds(value)
		case "Restore Duration":
			r.RestoreDuration, _ = milliseconds(value)
		case "Billed Restore Duration":
			r.BilledRestore, _ = milliseconds(value)
		case "Status":
			r.Status = value
		case "Error Type":
			r.ErrorType = value
		}
	}
	return r, seen && r.RequestID != ""
}

// milliseconds reads "3.01 ms".
func milliseconds(s string) (time.Duration, bool) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, " ms"), 64)
	if err != nil {
		return 0, false
	}
	return fromMilliseconds(n)
}

// fromMilliseconds refuses what no invocation can have taken.
func fromMilliseconds(ms float64) (time.Duration, bool) {
	if !(ms >= 0 && ms < 1e10) {
		return 0, false
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond))), true
}

// megabytes reads "128 MB".
func megabytes(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(s, " MB"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// reportRecord is a platform.report record.
type reportRecord struct {
	Type   string `json:"type"`
	Record struct {
		RequestID string `json:"requestId"`
		Status    string `json:"status"`
		ErrorType string `json:"errorType"`
		Metrics   struct {
			Duration   *float64 `json:"durationMs"`
			Billed     float64  `json:"billedDurationMs"`
			MemorySize float64  `json:"memorySizeMB"`
			MaxMemory  float64  `json:"maxMemoryUsedMB"`
			Init       float64  `json:"initDurationMs,omitempty"`
			Restore    float64  `json:"restoreDurationMs,omitempty"`
			BilledRest float64  `json:"billedRestoreDurationMs,omitempty"`
		} `json:"metrics"`
		Tracing struct {
			Value string `json:"value"`
		} `json:"tracing"`
	} `json:"record"`
}

// parseReportRecord reads the JSON record around at. A record that the function left
// without a newline may stand before it on the line.
func parseReportRecord(log []byte, at int) (Report, bool) {
	start := max(0, at-maxReportLine)
	start += bytes.LastIndexByte(log[start:at], '\n') + 1
	l := line(log, start)
	var raw reportRecord
	for open := bytes.IndexByte(l, '{'); ; {
		if open < 0 || start+open > at {
			return Report{}, false
		}
		if json.Unmarshal(l[open:], &raw) == nil && raw.Type == "platform.report" {
			break
		}
		// Every record of the platform begins this way.
		next := bytes.Index(l[open+1:], []byte(`{"time"`))
		if next < 0 {
			return Report{}, false
		}
		open += 1 + next
	}
	m := raw.Record.Metrics
	if m.Duration == nil || raw.Record.RequestID == "" {
		return Report{}, false
	}
	r := Report{RequestID: raw.Record.RequestID, Status: raw.Record.Status, ErrorType: raw.Record.ErrorType}
	if r.Status == "success" {
		r.Status = ""
	}
	r.Duration, _ = fromMilliseconds(*m.Duration)
	r.BilledDuration, _ = fromMilliseconds(m.Billed)
	r.InitDuration, _ = fromMilliseconds(m.Init)
	r.RestoreDuration, _ = fromMilliseconds(m.Restore)
	r.BilledRestore, _ = fromMilliseconds(m.BilledRest)
	r.MemorySizeMB, r.MaxMemoryUsedMB = int(clampMB(m.MemorySize)), int(clampMB(m.MaxMemory))
	for part := range strings.SplitSeq(raw.Record.Tracing.Value, ";") {
		if root, ok := strings.CutPrefix(part, "Root="); ok {
			r.TraceID = root
		}
	}
	return r, true
}

func clampMB(n float64) float64 {
	if !(n > 0) {
		return 0
	}
	return math.Min(n, math.MaxInt32)
}

// Line returns the REPORT line as the Text log format has it, with its newline. The
// order of the fields and the trailing tab are those of recordings (spec §4); a line
// with a status ends with it.
func (r Report) Line() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s\tDuration: %s ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		reportPrefix, r.RequestID, inMilliseconds(r.Duration), r.BilledDuration.Milliseconds(), r.MemorySizeMB, r.MaxMemoryUsedMB)
	if r.InitDuration > 0 {
		fmt.Fprintf(&b, "Init Duration: %s ms\t", inMilliseconds(r.InitDuration))
	}
	if r.RestoreDuration > 0 {
		fmt.Fprintf(&b, "Restore Duration: %s ms\tBilled Restore Duration: %d ms\t", inMilliseconds(r.RestoreDuration), r.BilledRestore.Milliseconds())
	}
	if r.Status != "" {
		b.WriteString("Status: " + r.Status)
		if r.ErrorType != "" {
			b.WriteString("\tError Type: " + r.ErrorType)
		}
	}
	b.WriteByte('\n')
	return b.String()
}

func inMilliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}

// Billed returns the billed duration by the rule since August 2025: the init of a
// cold start counts, and the sum is rounded up to the millisecond, at least one (spec §4).
func Billed(duration, init time.Duration) time.Duration {
	whole := (duration + init + time.Millisecond - 1).Truncate(time.Millisecond)
	return max(whole, time.Millisecond)
}

package ui

import (
	"bytes"
	"slices"
	"strconv"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// The bounds of a log on the screen. The whole log is in history.
const (
	maxLogLine = 16 << 10 // bytes of a line that are one row; the rest goes on in the next
	maxLiveLog = 16 << 20 // bytes kept of a log while it is being written
)

// A logText is a log as bytes with an index of its lines.
type logText struct {
	data    []byte
	starts  []int // where lines begin; the first is 0 when there is any text
	dropped int64 // bytes that were not kept, before what is here or inside it
}

// set replaces the log. The bytes are not changed and must not be either.
func (t *logText) set(data []byte, dropped int64) {
	*t = logText{data: data[:len(data):len(data)], dropped: dropped}
	t.index(0)
}

// append adds what has been written since.
func (t *logText) append(data []byte) {
	if len(t.data)+len(data) > maxLiveLog {
		t.dropped += int64(len(data))
		return
	}
	from := len(t.data)
	t.data = append(t.data, data...)
	t.index(from)
}

// index finds the lines in what has been added at from.
func (t *logText) index(from int) {
	start := 0
	if n := len(t.starts); n > 0 {
		start = t.starts[n-1]
	} else if len(t.data) > 0 {
		t.starts = append(t.starts, 0)
	}
	for at := from; at < len(t.data); {
		end := bytes.IndexByte(t.data[at:], '\n')
		if end >= 0 && at+end-start <= maxLogLine {
			start = at + end + 1
		} else if len(t.data)-start > maxLogLine {
			cut := safetext.Boundary(t.data[start:], maxLogLine)
			if cut == 0 {
				cut = maxLogLine
			}
			start += cut
		} else {
			break
		}
		at = start
		t.starts = append(t.starts, start)
	}
}

// lines is the number of lines. A line feed at the end begins no further line.
func (t *logText) lines() int {
	n := len(t.starts)
	if n > 0 && t.starts[n-1] == len(t.data) {
		n--
	}
	return n
}

// line is the bytes of a line without its line feed and a carriage return before it.
func (t *logText) line(i int) []byte {
	end := len(t.data)
	if i+1 < len(t.starts) {
		end = t.starts[i+1]
	}
	line := t.data[t.starts[i]:end]
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// size is how many bytes have come, kept or not.
func (t *logText) size() int64 { return int64(len(t.data)) + t.dropped }

// lastRows is the end of the text, wrapped, in no more than h rows of w cells.
func (t *logText) lastRows(look frame.Style, w, h int) []string {
	var rows []string
	for i := t.lines() - 1; i >= 0 && len(rows) < h; i-- {
		pieces := safetext.FromBytes(t.line(i)).Wrap(max(w, 1))
		for n := len(pieces) - 1; n >= 0 && len(rows) < h; n-- {
			rows = append(rows, frame.Text(w, look, pieces[n]))
		}
	}
	slices.Reverse(rows)
	return rows
}

// lineAt is the line that a byte is in.
func (t *logText) lineAt(offset int) int {
	lo, hi := 0, len(t.starts)
	for lo < hi {
		if mid := (lo + hi) / 2; t.starts[mid] <= offset {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return max(lo-1, 0)
}

// condense leaves out of a line what every line of one run repeats, so that a
// narrow pane has room for what it says: the day and the request id of the lines
// that the runtimes write, and the names of the report's fields. It is for lines
// that are cut; wrapped ones are shown whole, and copying takes the bytes.
func condense(line []byte, id string) []byte {
	if id == "" || !bytes.Contains(line, []byte(id)) {
		return line
	}
	if bytes.HasPrefix(line, reportPrefix) {
		if r, ok := invoke.ParseReport(line); ok {
			return reportWords(&r)
		}
	}
	stamp, rest, ok := bytes.Cut(line, []byte("\t"+id+"\t"))
	if ok && len(stamp) == len("2006-01-02T15:04:05.000Z") && stamp[10] == 'T' {
		return slices.Concat(stamp[11:len(stamp)-1], []byte("  "), bytes.Replace(rest, []byte("\t"), []byte("  "), 1))
	}
	return bytes.ReplaceAll(line, []byte(id), []byte(shortID(id)+"…"))
}

var reportPrefix = []byte("REPORT RequestId:")

// reportWords is a report in one short line.
func reportWords(r *invoke.Report) []byte {
	text := "REPORT " + duration(r.Duration) + " · billed " + duration(r.BilledDuration)
	if r.MemorySizeMB > 0 {
		text += " · " + strconv.Itoa(r.MaxMemoryUsedMB) + "/" + strconv.Itoa(r.MemorySizeMB) + " MB"
	}
	if r.InitDuration > 0 {
		text += " · init " + duration(r.InitDuration)
	}
	if r.Status != "" {
		text += " · " + r.Status
	}
	return []byte(text)
}

// logLook is the look of a line by the level that it names.
func logLook(s *styles, line []byte) frame.Style {
	for _, p := range platformLines {
		if bytes.HasPrefix(line, p) {
			return s.logPlatform
		}
	}
	head := line[:min(len(line), 400)]
	for _, l := range levels {
		if containsWord(head, l.word) {
			return l.look(s)
		}
	}
	return s.logInfo
}

var platformLines = [][]byte{
	[]byte("START RequestId:"), []byte("END RequestId:"), []byte("REPORT RequestId:"), []byte("INIT_START "),
	[]byte("INIT_REPORT "), []byte("XRAY TraceId:"), []byte(`{"time":`),
}

// levels are the words by which runtimes and loggers name a level, the worst first.
var levels = []struct {
	word string
	look func(*styles) frame.Style
}{
	{"FATAL", func(s *styles) frame.Style { return s.logError }},
	{"ERROR", func(s *styles) frame.Style { return s.logError }},
	{"WARN", func(s *styles) frame.Style { return s.logWarn }},
	{"WARNING", func(s *styles) frame.Style { return s.logWarn }},
	{"DEBUG", func(s *styles) frame.Style { return s.logDebug }},
	{"TRACE", func(s *styles) frame.Style { return s.logDebug }},
}

// containsWord looks for a word in capitals that stands alone.
func containsWord(line []byte, word string) bool {
	for at := 0; ; {
		i := bytes.Index(line[at:], []byte(word))
		if i < 0 {
			return false
		}
		from, to := at+i, at+i+len(word)
		if (from == 0 || !isLetter(line[from-1])) && (to == len(line) || !isLetter(line[to])) {
			return true
		}
		at = from + 1
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

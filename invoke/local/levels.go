package local

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"lambent/invoke/jsondoc"
)

// applicationLevels are the levels of application logs, the most detailed first. The names
// after them are what loggers write for the same (inference: the service says only that
// it takes the common conventions).
var (
	applicationLevels = []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}
	levelAliases      = map[string]string{"WARNING": "WARN", "CRITICAL": "FATAL"}
)

const levelInfo = 2 // of applicationLevels

// maxRecord is how long a record may be whose level is looked for; the end of a longer one
// is not waited for, and it stays.
const maxRecord = 64 << 10

// A levelFilter leaves the application records below a level out of a log of the JSON
// format, whatever wrote them (D, spec §4.1): objects of a line each with a level, and
// those without a valid one count as INFO. Managed runtimes have filtered their own loggers
// before. Lines that are no object stay: the documents speak of records only (inference).
// Extensions write into the same pipe, and their records are held to the level as well.
//
// It holds a record back until its line ends; everything else passes at once. It belongs to
// a log pipe and is guarded by its mutex. A nil filter lets all pass.
type levelFilter struct {
	lowest  int    // index of applicationLevels
	partial []byte // the beginning of a record
	inside  bool   // of a line that passes
}

// newLevelFilter is the filter of a function's application log, nil for one that has none.
func newLevelFilter(format, level string) *levelFilter {
	if format != "JSON" {
		return nil
	}
	lowest := slices.Index(applicationLevels, level)
	if lowest < 0 {
		lowest = levelInfo
	}
	if lowest == 0 {
		return nil
	}
	return &levelFilter{lowest: lowest}
}

// filter sets what lets records through, before there are any.
func (p *logPipe) filter(f *levelFilter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.levels = f
}

// write passes on to a log what is not below the level.
func (f *levelFilter) write(to *runLog, b []byte) {
	if f == nil {
		to.write(b)
		return
	}
	for len(b) > 0 {
		n := len(b)
		end := bytes.IndexByte(b, '\n')
		if end >= 0 {
			n = end + 1
		}
		piece := b[:n]
		b = b[n:]
		switch {
		case f.inside || len(f.partial) == 0 && piece[0] != '{':
			to.write(piece)
			f.inside = end < 0
			continue
		case end < 0 || len(f.partial) > 0:
			f.partial = append(f.partial, piece...)
			piece = f.partial
		}
		switch {
		case end >= 0:
			f.partial = f.partial[:0]
			if len(piece) <= maxRecord && f.below(piece) {
				to.leaveOut()
			} else {
				to.write(piece)
			}
		case len(f.partial) > maxRecord:
			f.flush(to)
			f.inside = true
		}
	}
}

// flush passes on the beginning of a record, whose rest will belong to another log.
func (f *levelFilter) flush(to *runLog) {
	if f == nil || len(f.partial) == 0 {
		return
	}
	if to != nil {
		to.write(f.partial)
	}
	f.partial, f.inside = f.partial[:0], true
}

// below says whether a line is a record whose level is below the lowest.
func (f *levelFilter) below(line []byte) bool {
	line = bytes.TrimSpace(line)
	if !jsondoc.Valid(line) {
		return false
	}
	return levelOf(line) < f.lowest
}

// levelNames and timeNames are the members that can be a record's level and time. The
// second level is that of the Python client's error records (spec §4.1); that the service
// takes these names of times is an inference.
var (
	levelNames = []string{"level", "log_level"}
	timeNames  = []string{"timestamp", "time", "@timestamp", "ts"}
)

// levelOf is the index of a record's level; INFO when it has no valid one, or no valid time.
func levelOf(record []byte) int {
	name := strings.ToUpper(textOf(record, levelNames))
	if known, ok := levelAliases[name]; ok {
		name = known
	}
	level := slices.Index(applicationLevels, name)
	if _, err := time.Parse(time.RFC3339Nano, textOf(record, timeNames)); err != nil || level < 0 {
		return levelInfo
	}
	return level
}

// textOf is the text of the first of the members that is there.
func textOf(record []byte, names []string) (text string) {
	for _, name := range names {
		value, ok := jsondoc.Find(record, jsondoc.Path{{Kind: jsondoc.Member, Name: name}})
		if ok && json.Unmarshal(value, &text) == nil {
			return text
		}
	}
	return ""
}

// leftOutNote says that a log is not all that the function wrote.
func leftOutNote(records int, level string) string {
	level = cmp.Or(level, applicationLevels[levelInfo])
	switch records {
	case 0:
		return ""
	case 1:
		return "A log record below " + level + " was left out, as ApplicationLogLevel says."
	}
	return strconv.Itoa(records) + " log records below " + level + " were left out, as ApplicationLogLevel says."
}

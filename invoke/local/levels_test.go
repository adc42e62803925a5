//go:build unix

package local

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"lambent/invoke/local/project"
)

const aTime = `"timestamp":"2026-11-02T16:51:31.587199Z"`

func TestApplicationLogLevel(t *testing.T) { // spec §4.1
	for _, c := range []struct {
		lowest, line string
		kept         bool
	}{
		{"INFO", `{"level":"debug",` + aTime + `,"msg":"m"}`, false},
		{"INFO", `{"level":"INFO",` + aTime + `}`, true},
		{"", `{"level":"TRACE",` + aTime + `}`, false}, // INFO when nothing else is said
		{"DEBUG", `{"level":"DEBUG","time":"2026-11-02T16:51:31Z"}`, true},
		{"TRACE", `{"level":"TRACE",` + aTime + `}`, true},
		{"WARN", `{"level":"INFO",` + aTime + `}`, false},
		{"WARN", `{"level":"WARNING",` + aTime + `}`, true},
		{"FATAL", `{"level":"ERROR",` + aTime + `}`, false},
		{"FATAL", `{"level":"CRITICAL",` + aTime + `}`, true},
		{"ERROR", `{"log_level":"ERROR",` + aTime + `}`, true}, // the Python client's own
		{"WARN", `{"level":"ERROR"}`, false},                   // without a time it counts as INFO
		{"WARN", `{"level":"ERROR","timestamp":"yesterday"}`, false},
		{"WARN", `{"msg":"no level"}`, false},
		{"INFO", `{"msg":"no level"}`, true},
		{"WARN", `{"level":7,` + aTime + `}`, false},
		{"ERROR", `{"a":{"level":"ERROR"},` + aTime + `}`, false}, // not its own level
		{"ERROR", "plain text", true},
		{"ERROR", `{not JSON`, true},
		{"ERROR", `["level","DEBUG"]`, true},
		{"ERROR", `{"level":"DEBUG",` + aTime + `} and more`, true},
	} {
		for _, end := range []string{"\n", "\r\n"} {
			var log runLog
			newLevelFilter("JSON", c.lowest).write(&log, []byte(c.line+end))
			all, _, _ := log.bytes()
			if (string(all) == c.line+end) != c.kept || (log.leftOut() == 0) != c.kept {
				t.Errorf("%s, %s: kept %q, left out %d", c.lowest, c.line, all, log.leftOut())
			}
		}
	}
	if newLevelFilter("Text", "ERROR") != nil {
		t.Error("a text log is filtered")
	}
}

// However output is cut into reads, the log is the same; a record that never ends stays.
func TestLevelsOfPieces(t *testing.T) {
	debug, info := `{"level":"DEBUG",`+aTime+`}`+"\n", `{"level":"INFO",`+aTime+`}`+"\n"
	long := `{"level":"DEBUG","msg":"` + strings.Repeat("x", 2*maxRecord) + `",` + aTime + "}\n"
	text := "a line\n" + debug + info + "no end " + debug + "{\n" + debug + long + info + debug + `{"level":"DEB`
	want := "a line\n" + info + "no end " + debug + "{\n" + long + info + `{"level":"DEB`
	for _, size := range []int{1, 2, 3, 7, 64, 1000, len(text)} {
		var log runLog
		f := newLevelFilter("JSON", "INFO")
		for piece := range slices.Chunk([]byte(text), size) {
			f.write(&log, piece)
		}
		f.flush(&log)
		f.write(&log, []byte("UG\"}\n"+debug+info))
		all, _, _ := log.bytes()
		if string(all) != want+"UG\"}\n"+info || log.leftOut() != 4 {
			t.Errorf("in pieces of %d: %d left out, %.2000q", size, log.leftOut(), all)
		}
	}
}

func TestRecordsBelowTheLevelAreLeftOut(t *testing.T) {
	t.Parallel()
	debug, warn := `{"level":"debug",`+aTime+`}`+"\n", `{"level":"warn",`+aTime+`}`+"\n"
	say, _ := json.Marshal(debug + warn + debug + "text without an end")
	f := open(t, does("say", func(fn *project.Function) { fn.LogFormat, fn.ApplicationLogLevel = "JSON", "WARN" }))
	r := f.call(string(say))
	log := string(r.Log)
	if strings.Contains(log, debug) || !strings.Contains(log, warn+`text without an end{"time":`) {
		t.Errorf("logged %s", log)
	}
	if want := "2 log records below WARN were left out, as ApplicationLogLevel says."; !slices.Contains(r.Notes, want) {
		t.Errorf("notes %q", r.Notes)
	}
	if r := f.call(`""`); slices.ContainsFunc(r.Notes, func(n string) bool { return strings.Contains(n, "left out") }) {
		t.Errorf("the next one's notes are %q", r.Notes)
	}
	var list []string
	unmarshal(t, open(t, does("environ", func(fn *project.Function) { fn.LogFormat = "JSON" })).call("{}").Payload, &list)
	if !slices.Contains(list, "AWS_LAMBDA_LOG_LEVEL=INFO") || !slices.Contains(list, "AWS_LAMBDA_LOG_FORMAT=JSON") {
		t.Errorf("sees %q", list)
	}
}

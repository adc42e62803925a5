package local

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"lambent/invoke"
)

// platformLog writes the lines that the platform adds to a log, in the function's log
// format (spec §4 and §4.1).
type platformLog struct {
	json      bool
	level     string // SystemLogLevel of the JSON format: DEBUG, INFO, WARN; "" is INFO
	requestID string
	version   string
	now       func() time.Time
}

func (p platformLog) start() []byte {
	if p.json {
		return p.info("platform.start", struct {
			RequestID string `json:"requestId"`
			Version   string `json:"version"`
		}{p.requestID, p.version})
	}
	return []byte("START RequestId: " + p.requestID + " Version: " + p.version + "\n")
}

// end is the END and the REPORT line. The JSON format has no record for the first.
func (p platformLog) end(r invoke.Report) []byte {
	if !p.json {
		return append([]byte("END RequestId: "+p.requestID+"\n"), r.Line()...)
	}
	type metrics struct {
		Duration  float64  `json:"durationMs"`
		Billed    int64    `json:"billedDurationMs"`
		Size      int      `json:"memorySizeMB"`
		MaxMemory int      `json:"maxMemoryUsedMB"`
		Init      *float64 `json:"initDurationMs,omitempty"`
	}
	m := metrics{milliseconds(r.Duration), r.BilledDuration.Milliseconds(), r.MemorySizeMB, r.MaxMemoryUsedMB, nil}
	if r.InitDuration > 0 {
		m.Init = new(milliseconds(r.InitDuration))
	}
	status := r.Status
	if status == "" {
		status = "success"
	}
	return append(p.runtimeDone(r, status), p.info("platform.report", struct {
		RequestID string  `json:"requestId"`
		Metrics   metrics `json:"metrics"`
		Status    string  `json:"status"`
		ErrorType string  `json:"errorType,omitempty"`
	}{p.requestID, m, status, r.ErrorType})...)
}

// runtimeDone is the record of DEBUG about a success, and of every level about what was
// none (spec §4.1).
func (p platformLog) runtimeDone(r invoke.Report, status string) []byte {
	if status == "success" && p.level != "DEBUG" {
		return nil
	}
	type metrics struct {
		Duration float64 `json:"durationMs"`
	}
	return p.record("platform.runtimeDone", struct {
		RequestID string  `json:"requestId"`
		Status    string  `json:"status"`
		Metrics   metrics `json:"metrics"`
		ErrorType string  `json:"errorType,omitempty"`
	}{p.requestID, status, metrics{milliseconds(r.Duration)}, r.ErrorType})
}

// info is a record of the level INFO.
func (p platformLog) info(kind string, record any) []byte {
	if p.level == "WARN" {
		return nil
	}
	return p.record(kind, record)
}

// initStart is the line with which an environment's log begins. Lambda names its runtime's
// build there; here it is the runtime with "local", and a digest of what is executed.
func (p platformLog) initStart(runtime, arn string) []byte {
	if p.json {
		return p.info("platform.initStart", struct {
			Type    string `json:"initializationType"`
			Phase   string `json:"phase"`
			Runtime string `json:"runtimeVersion"`
			ARN     string `json:"runtimeVersionArn"`
			Version string `json:"functionVersion"`
		}{"on-demand", "init", runtime, arn, p.version})
	}
	return []byte("INIT_START Runtime Version: " + runtime + "\tRuntime Version ARN: " + arn + "\n")
}

// initReport is the line of an init that failed; a good one has none.
// phase is "init", or "invoke" for one inside an invocation.
func (p platformLog) initReport(d time.Duration, phase, status, errorType string) []byte {
	if p.json {
		type metrics struct {
			Duration float64 `json:"durationMs"`
		}
		return p.record("platform.initReport", struct {
			Type      string  `json:"initializationType"`
			Phase     string  `json:"phase"`
			Status    string  `json:"status"`
			Metrics   metrics `json:"metrics"`
			ErrorType string  `json:"errorType,omitempty"`
		}{"on-demand", phase, status, metrics{milliseconds(d)}, errorType})
	}
	line := "INIT_REPORT Init Duration: " + decimal(d) + " ms\tPhase: " + phase + "\tStatus: " + status
	if errorType != "" {
		line += "\tError Type: " + errorType
	}
	return []byte(line + "\n")
}

// extension is the line of an extension once the init has ended (D spec §4).
func (p platformLog) extension(x extensionStatus) []byte {
	if p.json {
		if x.errorType == "" && p.level == "WARN" {
			return nil
		}
		return p.record("platform.extension", struct {
			Name      string   `json:"name"`
			State     string   `json:"state"`
			Events    []string `json:"events"`
			ErrorType string   `json:"errorType,omitempty"`
		}{x.name, string(x.state), append([]string{}, x.events...), x.errorType})
	}
	line := "EXTENSION\tName: " + x.name + "\tState: " + string(x.state) + "\tEvents: [" + strings.Join(x.events, ", ") + "]"
	if x.errorType != "" {
		line += "\tError Type: " + x.errorType
	}
	return []byte(line + "\n")
}

func (p platformLog) record(kind string, record any) []byte {
	b, _ := json.Marshal(struct {
		Time   string `json:"time"`
		Type   string `json:"type"`
		Record any    `json:"record"`
	}{p.now().UTC().Format("2006-01-02T15:04:05.000Z"), kind, record})
	return append(b, '\n')
}

// milliseconds has the three decimals of the JSON format's samples.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

func decimal(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}

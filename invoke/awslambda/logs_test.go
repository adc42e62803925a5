package awslambda

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
)

// A fakeLog answers as CloudWatch Logs does. A page becomes visible each time the log's end is read.
type fakeLog struct {
	mu    sync.Mutex
	group string
	pages [][]string // lines of the stream; the first page is there from the start
	shown int
	found int      // how often the group is searched in vain
	early []string // lines of other streams that have the request id, too

	waited []string // what was said to be waited for
}

func (l *fakeLog) answer(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Method == http.MethodGet {
		fmt.Fprintf(w, aConfiguration, "")
		return
	}
	var q struct{ LogGroupName, LogStreamName, FilterPattern, NextToken string }
	_ = json.NewDecoder(r.Body).Decode(&q)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	switch {
	case q.LogGroupName != l.group:
		w.WriteHeader(400)
		fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}`)
	case operation == "FilterLogEvents" && (l.found > 0 || q.FilterPattern != `"`+anID+`"`):
		l.found--
		fmt.Fprint(w, `{"events":[]}`)
	case operation == "FilterLogEvents" && q.NextToken == "":
		fmt.Fprint(w, `{"events":[],"nextToken":"more"}`)
	case operation == "FilterLogEvents":
		events := []map[string]any{}
		for _, line := range append(slices.Clone(l.early), "START RequestId: "+anID) {
			stream := "2026/11/22/[7]ab"
			if line != "START RequestId: "+anID {
				stream = "2026/11/22/[1]other"
			}
			events = append(events, map[string]any{"logStreamName": stream, "timestamp": 1795356131004, "message": line})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"events": events})
	case q.LogStreamName != "2026/11/22/[7]ab":
		fmt.Fprintf(w, `{"events":[{"timestamp":1,"message":"of %s"}]}`, q.LogStreamName)
	default:
		var events []map[string]any
		if l.shown < len(l.pages) {
			for _, line := range l.pages[l.shown] {
				events = append(events, map[string]any{"timestamp": 1795356131004, "message": line})
			}
			l.shown++
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"events": events, "nextForwardToken": fmt.Sprintf("f/%d", l.shown)})
	}
}

// readLog reads the whole log and returns it with the error that ended it.
func readLog(t *testing.T, l *fakeLog, id string) (text string, last bool, err error) {
	t.Helper()
	withKeys(t)
	server := serve(t, l.answer)
	target := open(t, Options{EndpointURL: server.URL, poll: time.Millisecond, patience: 20 * time.Millisecond})
	for e, err := range target.ReadLog(t.Context(), invoke.LogQuery{Function: "orders:live", RequestID: id, Around: time.UnixMilli(1795356131000)}) {
		if err != nil {
			return text, last, err
		}
		if e.Waiting != "" {
			l.waited = append(l.waited, e.Waiting)
		}
		text, last = text+string(e.Text), e.Last
	}
	return text, last, nil
}

func TestWholeLogIsFollowedToItsReport(t *testing.T) {
	const other = "11111111-2222-3333-4444-555555555555"
	start, report := "START RequestId: "+anID+" Version: 7\n", "REPORT RequestId: "+anID+"\tDuration: 1 ms\n"
	for what, c := range map[string]struct {
		pages [][]string
		want  string
	}{
		"text": {[][]string{{"END RequestId: " + other + "\n", start}, {"a line without an id\n", "\x1b[31mraw\n"}, {"END RequestId: " + anID + "\n", report, "START RequestId: " + other + "\n"}},
			start + "a line without an id\n\x1b[31mraw\nEND RequestId: " + anID + "\n" + report},
		"json": {[][]string{{`{"time":"t","type":"platform.start","record":{"requestId":"` + anID + `"}}`}, {`{"level":"INFO","message":"x"}`, `{"type":"platform.report","record":{"requestId":"` + anID + `"}}`, "more"}},
			`{"time":"t","type":"platform.start","record":{"requestId":"` + anID + `"}}{"level":"INFO","message":"x"}{"type":"platform.report","record":{"requestId":"` + anID + `"}}`},
	} {
		t.Run(what, func(t *testing.T) {
			// Another function of the log group, which invoked this one, has written its request id before.
			log := &fakeLog{group: "/shop/orders", pages: c.pages, found: 2, early: []string{"invoked " + anID}}
			got, last, err := readLog(t, log, anID)
			if err != nil || got != c.want || !last {
				t.Errorf("%q, last %v, %v", got, last, err)
			}
			if len(log.waited) == 0 || !strings.Contains(log.waited[0], "CloudWatch Logs") {
				t.Errorf("it does not say what it waits for: %q", log.waited)
			}
		})
	}
}

// An endpoint of Lambda's API only says that it knows nothing of logs.
func TestAnEndpointWithoutLogsSaysSo(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, "UnknownOperationException", 404, map[string]string{"Message": "not served"})
	})
	for _, err := range open(t, Options{EndpointURL: server.URL}).ReadLog(t.Context(), invoke.LogQuery{Function: "orders", RequestID: anID, Around: time.UnixMilli(1795356131000)}) {
		if f := failureOf(t, err); !strings.Contains(f.Cause, "CloudWatch Logs") || f.Remedy == "" || f.Ran != invoke.RanNo {
			t.Errorf("%+v", f)
		}
		return
	}
	t.Error("nothing was said")
}

func TestLogWithoutReportEndsWhereTheNextInvocationBegins(t *testing.T) {
	got, last, err := readLog(t, &fakeLog{group: "/shop/orders", pages: [][]string{{"START RequestId: " + anID + "\n", "x\n", "START RequestId: 11111111-2222-3333-4444-555555555555\n"}}}, anID)
	if err != nil || last || got != "START RequestId: "+anID+"\nx\n" {
		t.Errorf("%q, last %v, %v", got, last, err)
	}
}

func TestLogsThatDoNotCome(t *testing.T) {
	for what, c := range map[string]struct {
		log  *fakeLog
		id   string
		name string
		text string
	}{
		"never found":    {&fakeLog{group: "/shop/orders", found: 1 << 30}, anID, invoke.WaitLimitReached, ""},
		"never finished": {&fakeLog{group: "/shop/orders", pages: [][]string{{"START RequestId: " + anID + "\n"}}}, anID, invoke.WaitLimitReached, "START RequestId: " + anID + "\n"},
		"no such group":  {&fakeLog{group: "/elsewhere"}, anID, "ResourceNotFoundException", ""},
		"not an id":      {&fakeLog{group: "/shop/orders"}, `x" || "`, invoke.InvalidUsage, ""},
	} {
		t.Run(what, func(t *testing.T) {
			got, _, err := readLog(t, c.log, c.id)
			if f := failureOf(t, err); f.Name != c.name || f.Ran != invoke.RanNo || got != c.text {
				t.Errorf("%+v after %q", f, got)
			}
		})
	}
}

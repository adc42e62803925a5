package ui_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// A reader is a target whose whole logs can be read, as they come from events. It ends with err.
type reader struct {
	invoke.Target
	query   invoke.LogQuery
	events  chan invoke.LogEvent
	clock   *uitest.Clock
	err     error
	stopped bool // the reading was given up
}

func (r *reader) Unwrap() invoke.Target { return r.Target }

func (r *reader) ReadLog(ctx context.Context, q invoke.LogQuery) iter.Seq2[invoke.LogEvent, error] {
	r.query = q
	return func(yield func(invoke.LogEvent, error) bool) {
		for {
			select {
			case e, more := <-r.events:
				if !more {
					if r.err != nil {
						yield(invoke.LogEvent{}, r.err)
					}
					return
				}
				if !yield(e, nil) {
					return
				}
			default:
				if !r.clock.Sleep(ctx, 10*time.Millisecond) {
					r.stopped = true
					return
				}
			}
		}
	}
}

// wholeLogStates are a log that is not there yet, and one of which a part has come.
var wholeLogStates = []state{
	{name: "log-awaited", setup: logComes(invoke.LogEvent{Waiting: "not in CloudWatch Logs yet"}), reach: readsWholeLog,
		want: []string{"order received", "not in CloudWatch Logs yet"}},
	{name: "log-coming", setup: logComes(invoke.LogEvent{Text: []byte("START RequestId: 8f2c1d01-0000-4000-8000-000000000001 Version: $LATEST\n")},
		invoke.LogEvent{Text: []byte("the first line\n")}, invoke.LogEvent{Waiting: "waiting for the report"}), reach: readsWholeLog,
		want: []string{"waiting for the report", "the first line"}},
}

// logComes sets a shop up on AWS, of whose logs so much has come.
func logComes(events ...invoke.LogEvent) func(*uitest.Setup) {
	return func(s *uitest.Setup) {
		info := invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1"}
		s.Options.Info = info
		s.Target = func(x *uitest.Target) { x.Label(info) }
		s.Clock = uitest.NewClock(uitest.Noon)
		clock := s.Clock
		s.Session = func(x *ui.Session) {
			r := &reader{Target: x.Target, events: make(chan invoke.LogEvent, 16), clock: clock}
			for _, e := range events {
				r.events <- e
			}
			x.Target = r
		}
	}
}

func readsWholeLog(_ *testing.T, s *uitest.Shop) {
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "L")
	s.Advance(200 * time.Millisecond)
}

// readsLogs is a shop on AWS that has a result, whose whole log comes through the reader.
func readsLogs(t *testing.T) (*uitest.Shop, *reader) {
	t.Helper()
	r := &reader{events: make(chan invoke.LogEvent, 16)}
	s := awsShop(t, invoke.GateRules{}, func(x *ui.Session) {
		r.Target = x.Target
		x.Target = r
	})
	r.clock = s.Clock
	s.Press("f5")
	s.Advance(time.Second)
	return s, r
}

func TestTheWholeLogIsRead(t *testing.T) {
	s, r := readsLogs(t)
	r.events <- invoke.LogEvent{Text: []byte("the very first line\n")}
	r.events <- invoke.LogEvent{Text: []byte(strings.Repeat("more\n", 40))}
	r.events <- invoke.LogEvent{Text: []byte("REPORT RequestId: x\n"), Last: true}
	close(r.events)
	s.Press("alt+3", "L")
	s.Advance(100 * time.Millisecond)
	s.Want("42 lines", "REPORT RequestId: x")
	s.Press("g")
	s.Want("the very first line")
	if r.query.Function != "orders" || r.query.RequestID == "" || r.query.Around.IsZero() {
		t.Errorf("asked for %+v", r.query)
	}
	s = uitest.NewShop(t, 120, 36)
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "L")
	s.Want("the whole log is shown already")
}

// What has not been delivered is waited for, and that is said; the tail stays meanwhile.
func TestTheWholeLogIsWaitedFor(t *testing.T) {
	s, r := readsLogs(t)
	r.events <- invoke.LogEvent{Waiting: "not in CloudWatch Logs yet"}
	s.Press("alt+3", "L")
	s.Advance(100 * time.Millisecond)
	s.Want("order received", "not in CloudWatch Logs yet", "ctrl+c stops")

	// JSON events need not end in a line break. They are lines all the same.
	r.events <- invoke.LogEvent{Text: []byte(`{"type":"platform.start"}`)}
	r.events <- invoke.LogEvent{Text: []byte("{\"message\":\"\x1b]0;owned\a\"}")}
	r.events <- invoke.LogEvent{Waiting: "waiting for the report"}
	s.Advance(100 * time.Millisecond)
	s.Want("2 lines", "waiting for the report", `{"type":"platform.start"}`)
	s.Without("order received")
	r.events <- invoke.LogEvent{Text: []byte(`{"type":"platform.report"}`), Last: true}
	close(r.events)
	s.Advance(100 * time.Millisecond)
	s.Want("3 lines", `{"type":"platform.report"}`)
	s.Without("waiting", "ctrl+c stops")
	if strings.Contains(strings.Join(s.Styled(), ""), "owned\a") {
		t.Error("the log acts on the terminal")
	}
}

func TestReadingTheWholeLogIsCancelled(t *testing.T) {
	s, r := readsLogs(t)
	r.events <- invoke.LogEvent{Waiting: "not in CloudWatch Logs yet"}
	s.Press("alt+3", "L")
	s.Advance(100 * time.Millisecond)
	s.Press("ctrl+c")
	s.Advance(100 * time.Millisecond)
	s.Want("no longer reading the log", "order received")
	s.Without("not in CloudWatch")
	if !r.stopped || s.Quit {
		t.Errorf("the reading was given up: %v; lambent quits: %v", r.stopped, s.Quit)
	}
	s.Press("L") // once more
	s.Advance(100 * time.Millisecond)
	s.Want("looking for the whole log")
	s.Press("alt+3", "r") // the next run has a log of its own
	s.Advance(time.Second)
	s.Without("looking for the whole log")
	s.Press("ctrl+c")
	if !s.Quit {
		t.Error("ctrl+c does not quit where nothing runs")
	}
}

func TestTheWholeLogCannotBeRead(t *testing.T) {
	s, r := readsLogs(t)
	r.err = &invoke.Failure{Kind: invoke.ServiceFailure, Name: "AccessDeniedException", Status: 403, Message: "not authorized", Remedy: "Allow logs:FilterLogEvents."}
	close(r.events)
	s.Press("alt+3", "L")
	s.Advance(100 * time.Millisecond)
	s.Want("The whole log could not be read", "not authorized", "Allow logs:FilterLogEvents.")
	s.Press("esc")
	s.Want("order received") // the tail is still there
}

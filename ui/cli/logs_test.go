package cli

import (
	"context"
	"iter"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/ui/settings"
)

// A loggingTarget has the whole logs of its invocations.
type loggingTarget struct {
	*fakeTarget
	query  invoke.LogQuery
	events []invoke.LogEvent
	fails  error
}

func (l *loggingTarget) ReadLog(_ context.Context, q invoke.LogQuery) iter.Seq2[invoke.LogEvent, error] {
	l.query = q
	return func(yield func(invoke.LogEvent, error) bool) {
		for _, e := range l.events {
			if !yield(e, nil) {
				return
			}
		}
		if l.fails != nil {
			yield(invoke.LogEvent{}, l.fails)
		}
	}
}

// onAWS is a stage with one run on AWS.
func onAWS(t *testing.T) (*stage, *loggingTarget) {
	t.Helper()
	target := &loggingTarget{fakeTarget: &fakeTarget{
		info:   invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1", Endpoint: "http://127.0.0.1:1"},
		answer: succeeds(`{}`),
	}}
	s := newStage(t, target).remembering()
	s.run("invoke", "orders", "-q", "live", "-p", "{}").wantExit(t, 0)
	return s, target
}

func TestTheWholeLogIsPrintedAsItComes(t *testing.T) {
	s, target := onAWS(t)
	target.events = []invoke.LogEvent{
		{Waiting: "not in CloudWatch Logs yet"}, {At: started, Text: []byte("START\n")}, {At: started, Text: []byte("{\"no\":\"line break\x1b\"}")}, {At: started, Text: []byte("REPORT\n"), Last: true},
	}
	r := s.run("history", "log", "1")
	r.wantExit(t, 0)
	if r.out != "START\n{\"no\":\"line break\x1b\"}\nREPORT\n" || r.err != "not in CloudWatch Logs yet…\n" {
		t.Errorf("printed %q and %q", r.out, r.err)
	}
	if r.settings.Target != settings.AWS || r.settings.Profile != "prod" || r.settings.Region != "eu-west-1" || r.settings.EndpointURL != "http://127.0.0.1:1" {
		t.Errorf("read from %+v: not where the run was", r.settings)
	}
	if target.query.Function != "orders" || target.query.Qualifier != "live" || target.query.RequestID == "" || target.query.Around.IsZero() {
		t.Errorf("asked for %+v", target.query)
	}
	r = s.run("history", "log", "1", "-o", "json")
	if want := `{"timestamp":"2026-11-22T14:02:11.004Z","message":"START"}` + "\n"; !strings.HasPrefix(r.out, want) || strings.Count(r.out, "\n") != 3 {
		t.Errorf("as JSON: %s", r.out)
	}
	target.fails = &invoke.Failure{Kind: invoke.ServiceFailure, Name: "AccessDeniedException", Status: 403, Message: "no", Remedy: "Allow it."}
	r = s.run("history", "log", "1")
	r.wantExit(t, 5)
	if !strings.HasPrefix(r.out, "START\n") || !strings.Contains(r.err, "AccessDeniedException") {
		t.Errorf("printed %q and %q", r.out, r.err)
	}
	s.run("history", "log", "9").wantExit(t, ExitNotFound)
}

func TestTheLogOfALocalRunIsWhatHistoryHolds(t *testing.T) {
	s, target := remembers(t)
	target.answer = func(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
		r := result(`{}`)
		r.Log = []byte("START\nhello\nREPORT\n")
		return r, nil
	}
	s.run("invoke", "orders", "-p", "{}").wantExit(t, 0)
	r := s.run("history", "log", "1")
	r.wantExit(t, 0)
	if r.out != "START\nhello\nREPORT\n" || r.err != "" || len(r.opened) != 1 || r.opened[0] != NeedHistory {
		t.Errorf("printed %q and %q, opened %v", r.out, r.err, r.opened)
	}
	if r = s.run("history", "log", "1", "-o", "json"); r.out != `{"message":"START"}`+"\n"+`{"message":"hello"}`+"\n"+`{"message":"REPORT"}`+"\n" {
		t.Errorf("as JSON: %s", r.out)
	}
}

// A replay says what it repeats, and where that was.
func TestAReplayKeepsWhereItCameFrom(t *testing.T) {
	s, target := onAWS(t)
	target.info = shop // what is replayed runs here
	s.run("replay", "1", "--target", "local").wantExit(t, 0)
	if r := s.run("history", "show", "2"); !strings.Contains(r.out, "\nReplay of #1 on aws · prod · eu-west-1, live\n") {
		t.Errorf("shown: %s", r.out)
	}
	r := s.run("history", "show", "2", "-o", "json")
	uid := uidOf(t, s, 1)
	if want := `"replayOf":{"id":1,"uid":"` + uid + `","target":"aws","profile":"prod","region":"eu-west-1","endpointUrl":"http://127.0.0.1:1","qualifier":"live"}`; !strings.Contains(r.out, want) {
		t.Errorf("there is no %s in\n%s", want, r.out)
	}
	if r = s.run("history", "-o", "json"); strings.Count(r.out, `"replayOf":{"uid":"`+uid+`"}`) != 1 {
		t.Errorf("listed: %s", r.out)
	}
	if r = s.run("history"); strings.Count(r.out, "orders:live ↻") != 1 {
		t.Errorf("listed: %s", r.out)
	}
	s.run("history", "delete", "1").wantExit(t, 0)
	if r = s.run("history", "show", "2"); !strings.Contains(r.out, "Replay of a run that history does not hold.") {
		t.Errorf("shown: %s", r.out)
	}
}

func uidOf(t *testing.T, s *stage, id int64) string {
	t.Helper()
	e, err := s.store.Entry(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return e.UID
}

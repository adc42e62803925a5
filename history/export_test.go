package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

// export writes the whole history.
func export(t *testing.T, s *Store, redact *invoke.Redactor) []byte {
	t.Helper()
	var b bytes.Buffer
	err := s.Export(context.Background(), Query{}, func(e Entry) error { return WriteEntry(&b, e, redact) })
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func importInto(t *testing.T, s *Store, lines []byte) Imported {
	t.Helper()
	done, err := s.Import(context.Background(), bytes.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// entries are all records by uid, without what belongs to one store only.
func entries(t *testing.T, s *Store) map[string]Entry {
	t.Helper()
	out := map[string]Entry{}
	err := s.Export(context.Background(), Query{}, func(e Entry) error {
		e.ID, e.Result.HistoryID = 0, 0
		out[e.UID] = e
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// bodies are what must come back byte for byte.
var oddBodies = []string{
	"", "null", "{}", `{"a":1}`, `{ "a" : 1.0, "a": 12345678901234567890 }`, "{\n  \"pretty\": [\n 1 ]\r\n}\n", " 1 ", `"text"`, "text", "\"\xff\"", "\xff\xfe\x00",
	`"\u2028 \u003c&>"`, "\"\u2028<&>\"", "[1,", `"` + strings.Repeat("long ", 100_000) + `"`, strings.Repeat("\x00\xff", 200_000),
}

func TestImportBringsBackWhatWasExported(t *testing.T) {
	s := open(t, t.TempDir())
	r := rand.New(rand.NewSource(4))
	for _, payload := range oddBodies {
		response, log := oddBodies[r.Intn(len(oddBodies))], oddBodies[r.Intn(len(oddBodies))]
		target := &fakeTarget{info: []invoke.TargetInfo{localInfo, awsInfo}[r.Intn(2)], answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			return invoke.Result{StatusCode: 200, Payload: []byte(response), Log: []byte(log), LogTail: invoke.Tail([]byte(log)), RequestID: "r-\xff",
				StartedAt: time.Unix(1_700_000_000, 123456789), Duration: 182345 * time.Microsecond, FunctionError: "Unhandled",
				Report:  &invoke.Report{Duration: 1, BilledDuration: 2, MemorySizeMB: 3, MaxMemoryUsedMB: 4, InitDuration: 5},
				Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E", Message: "m\xff", Trace: []invoke.Frame{{Text: "t", Own: true}}}, Notes: []string{"n"}}, nil
		}}
		id := invokeOne(t, s, target, invoke.Request{Function: "orders:live", Payload: []byte(payload), TenantID: "x", ReplayOf: "u-1", Type: invoke.RequestResponse})
		if r.Intn(3) == 0 {
			if err := s.Pin(context.Background(), id, true); err != nil {
				t.Fatal(err)
			}
		}
	}
	refusing := &fakeTarget{info: awsInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		return invoke.Result{RequestID: "r"}, invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")
	}}
	invokeOne(t, s, refusing, invoke.Request{Function: "orders", Payload: []byte(`{}`)})
	lines := export(t, s, nil)
	if n := bytes.Count(lines, []byte("\n")); n != len(oddBodies)+1 {
		t.Fatalf("%d lines", n)
	}
	other := open(t, t.TempDir())
	invokeOne(t, other, ok(localInfo, `"here before"`), invoke.Request{Function: "orders"})
	if done := importInto(t, other, lines); done != (Imported{Added: len(oddBodies) + 1}) {
		t.Errorf("%+v", done)
	}
	want := entries(t, s)
	got := entries(t, other)
	for uid := range got {
		if _, known := want[uid]; !known {
			delete(got, uid)
		}
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("(-exported +imported):\n%.4000s", diff)
	}
	if done := importInto(t, other, append(lines, lines...)); done != (Imported{Present: 2*len(oddBodies) + 2}) {
		t.Errorf("the second time: %+v", done)
	}
	if q, _ := ParseQuery("pretty"); len(find(t, other, q)) == 0 {
		t.Error("what was imported is not found")
	}
	for line := range bytes.Lines(lines) {
		if !json.Valid(line) {
			t.Errorf("no JSON: %.200q", line)
		}
	}
}

func find(t *testing.T, s *Store, q Query) []Summary {
	t.Helper()
	page, err := s.List(context.Background(), q, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// An event comes with its attempts, and is on no queue afterwards.
func TestImportedEvents(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	followUp := invoke.QueuedEvent{ID: "event-9", Project: "/src/other", Info: localInfo, Function: "sink", State: invoke.EventQueued,
		Request: invoke.Request{Function: "sink", Type: invoke.Event}, AcceptedAt: time.Unix(1_700_000_001, 0)}
	sent := map[invoke.EventState][]invoke.Delivery{invoke.EventDead: {
		{Kind: invoke.DeliveryFailure, Destination: "arn:aws:lambda:x", At: time.Unix(1_700_000_001, 5), Body: []byte(`{ "version":"1.0" }`), RequestID: "event-9", Event: &followUp},
		{Kind: invoke.DeliveryDeadLetterQueue, Destination: "arn:aws:sqs:x", At: time.Unix(1_700_000_001, 6), Body: []byte("\xff"), Problem: "Nothing was sent.",
			Attributes: []invoke.Attribute{{Name: "ErrorCode", Type: "Number", Value: "200"}}},
	}}
	for n, state := range []invoke.EventState{invoke.EventDead, invoke.EventQueued} {
		id := fmt.Sprintf("event-%d", n)
		at := time.Unix(1_700_000_000, 0)
		event := invoke.QueuedEvent{ID: id, Project: "/src/shop", Info: localInfo, Function: "orders", AcceptedAt: at, NotBefore: at,
			Request: invoke.Request{Function: "orders", Payload: []byte(`{"n":1}`), Type: invoke.Event, RecordUID: newUID(at)}}
		if err := s.Enqueue(ctx, event); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Lease(ctx, "/src/shop", "me", at, time.Minute); err != nil {
			t.Fatal(err)
		}
		attempt := invoke.Attempt{Number: 1, Counts: true, Result: invoke.Result{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte(`{"errorType":"E"}`),
			StartedAt: at, Duration: 5, Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E", Message: "no"}}}
		if err := s.Settle(ctx, id, "me", attempt, invoke.Verdict{State: state, NotBefore: at.Add(time.Hour), Condition: "RetriesExhausted", Deliveries: sent[state]}); err != nil {
			t.Fatal(err)
		}
	}
	other := open(t, t.TempDir())
	importInto(t, other, export(t, s, nil))
	q, err := ParseQuery("fn:orders")
	if err != nil {
		t.Fatal(err)
	}
	page := find(t, other, q)
	if len(page) != 2 || page[1].State != StateDead || page[0].State != StateMayHaveRun {
		t.Fatalf("%+v", page)
	}
	e, err := other.Entry(ctx, page[1].ID)
	if err != nil || len(e.Attempts) != 1 || string(e.Attempts[0].Result.Payload) != `{"errorType":"E"}` || e.Result.StatusCode != 202 || e.Failure == nil || e.Failure.Name != "E" {
		t.Errorf("%+v, %v", e, err)
	}
	want := sent[invoke.EventDead]
	for i := range want {
		want[i].Event = nil
	}
	if diff := cmp.Diff(want, e.Deliveries); diff != "" {
		t.Errorf("deliveries differ (-want +got):\n%s", diff)
	}
	if _, ok, err := other.Lease(ctx, "/src/shop", "me", time.Now(), time.Minute); ok || err != nil {
		t.Errorf("an imported event would be run: %v %v", ok, err)
	}
}

func TestImportRefusesWhatIsNoExport(t *testing.T) {
	s := open(t, t.TempDir())
	source := open(t, t.TempDir())
	invokeOne(t, source, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
	good := string(export(t, source, nil))
	for name, c := range map[string]struct{ lines, want string }{
		"text":         {"hello\n", "line 1"},
		"JSON":         {good + "{}\n", "line 2: is no record"},
		"half a line":  {good[:len(good)/2], "line 1"},
		"newer":        {strings.Replace(good, `"lambent":1`, `"lambent":2`, 1), "newer lambent (format 2)"},
		"no uid":       {strings.Replace(good, `"uid":"`, `"uid":"../`, 1), "line 1: is no record"},
		"a bad state":  {strings.Replace(good, `"state":"done"`, `"state":"mad"`, 1), `its state is "mad"`},
		"a bad target": {strings.Replace(good, `"kind":"local"`, `"kind":"moon"`, 1), `its target is "moon"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.Import(context.Background(), strings.NewReader(c.lines))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	if n := len(find(t, s, Query{})); n != 1 {
		t.Errorf("%d records: the good line before a bad one is to be added", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Import(ctx, strings.NewReader(good)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// By the default rules no secret leaves, wherever it is in a record.
func TestExportWithoutSecrets(t *testing.T) {
	const secret = "hunter22canary"
	s := open(t, t.TempDir())
	leaky := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		return invoke.Result{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte(`{"headers":{"Set-Cookie":"sid=` + secret + `"}}`),
			Log: []byte("password=" + secret + "\n"), LogTail: []byte("password=" + secret + "\n"), Notes: []string{"token: " + secret},
			Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E", Message: "cannot open postgres://shop:" + secret + "@db/x"}}, nil
	}}
	context64, bad := invoke.EncodeClientContext(`{"custom":{"secret":"` + secret + `"}}`)
	if bad != nil {
		t.Fatal(bad)
	}
	id := invokeOne(t, s, leaky, invoke.Request{Function: "orders", Payload: []byte(`{"body":"{\"password\":\"` + secret + `\"}"}`), ClientContext: context64})
	redact, err := invoke.NewRedactor(invoke.RedactRules{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Entry(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"export": export(t, s, redact), "Markdown": Markdown(e, redact)} {
		if bytes.Contains(text, []byte(secret)) || !bytes.Contains(text, []byte(invoke.Redacted)) {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	if !bytes.Contains(export(t, s, nil), []byte(secret)) {
		t.Error("without rules something is taken out")
	}
	if again, _ := s.Entry(context.Background(), id); !bytes.Contains(again.Request.Payload, []byte(secret)) {
		t.Error("the record itself was changed")
	}
	other := open(t, t.TempDir())
	importInto(t, other, export(t, s, redact))

	e.Deliveries = []invoke.Delivery{{Kind: invoke.DeliveryFailure, Body: []byte(`{"requestPayload":{"password":"` + secret + `"}}`),
		Attributes: []invoke.Attribute{{Name: "ErrorMessage", Type: "String", Value: "password=" + secret}}}}
	var line bytes.Buffer
	if err := WriteEntry(&line, e, redact); err != nil || bytes.Contains(line.Bytes(), []byte(secret)) || bytes.Contains(Markdown(e, redact), []byte(secret)) {
		t.Errorf("what was sent on holds the secret: %s, %v", line.Bytes(), err)
	}
}

func TestMarkdownIsSafeToPaste(t *testing.T) {
	e := Entry{ID: 1, Function: "or`ders", Target: localInfo, StartedAt: time.Unix(1_700_000_000, 0),
		Request: invoke.Request{Payload: []byte("{\"a\":\"```\"}"), Type: invoke.RequestResponse},
		Result:  invoke.Result{StatusCode: 200, Payload: []byte("\x1b[2J\xff\u202e"), Log: []byte("x\r\n\x07")}}
	got := string(Markdown(e, nil))
	for _, want := range []string{"# Invocation of ``or`ders``", "````json\n{\n  \"a\": \"```\"\n}\n````", "<U+001B>[2J\\xff<U+202E>", "<U+0007>"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.ContainsAny(got, "\x1b\x07\r\u202e") || !utf8.ValidString(got) {
		t.Errorf("controls are left: %q", got)
	}
	e.Result.Payload = bytes.Repeat([]byte("x"), 2<<20)
	if got := Markdown(e, nil); len(got) > 8*maxMarkdown || !bytes.Contains(got, []byte("more bytes are left out")) {
		t.Errorf("%d bytes", len(got))
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(`{"lambent":1,"uid":"01a20c8d-eaf1-78c8-8873-9fc970843541","startedAt":"2026-01-01T00:00:00Z","state":"done","target":{"kind":"local"}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		rec, err := decodeEntry(line)
		if err == nil && !slices.Contains([]string{StateDone, StateDead, StateRunning}, rec.record.state) {
			t.Fatalf("state %q", rec.record.state)
		}
	})
}

// A report of an event has every attempt with its log, and what was sent on.
func TestMarkdownOfAnEvent(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	failed := func(n int, log string) invoke.Attempt {
		return invoke.Attempt{Number: n, Counts: true, Result: invoke.Result{StartedAt: at, Duration: time.Millisecond, Log: []byte(log), Payload: []byte(`{"n":1}`),
			Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E", Message: "no"}}}
	}
	e := Entry{ID: 1, Function: "orders", Target: localInfo, StartedAt: at, Condition: "RetriesExhausted", State: StateDead,
		Request: invoke.Request{Payload: []byte(`{}`), Type: invoke.Event}, Result: invoke.Result{StatusCode: 202, Log: []byte("second\n")},
		Attempts: []invoke.Attempt{failed(1, "first\n"), failed(2, "second\n"), {Number: 3, Refused: invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")}},
		Deliveries: []invoke.Delivery{{Kind: invoke.DeliveryDeadLetterQueue, Destination: "arn:x`", Body: []byte("\x1b{}"), Problem: "Nothing was sent.",
			Attributes: []invoke.Attribute{{Name: "ErrorMessage", Type: "String", Value: "\x1bno\n# heading"}}}}}
	got := string(Markdown(e, nil))
	for _, want := range []string{"- Given up: `RetriesExhausted`\n- Attempts: 3", "## Attempt 1\n\n- Started: 2023-11-14T22:13:20Z\n- Took: 1.0 ms\n- Failure: `E", "### Log\n\n```text\nfirst\n```",
		"## Attempt 2", "## Attempt 3", "Rate Exceeded.", "- Uses up no retry", "## Dead-letter queue\n\n- Destination: `` arn:x` ``\n- Not sent: `Nothing was sent.`",
		"- `ErrorMessage` (`String`): `<U+001B>no # heading`", "<U+001B>{}"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Count(got, "second") != 1 {
		t.Errorf("the last log is there twice:\n%s", got)
	}
}

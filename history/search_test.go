package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
)

// naive says whether a record has a word, by looking at all of it.
func naive(e Entry, word string) bool {
	all := []string{e.Function, e.Qualifier, string(e.Request.Payload)}
	results := []invoke.Result{e.Result}
	failures := []*invoke.Failure{e.Failure}
	for _, a := range e.Attempts {
		results = append(results, a.Result)
		failures = append(failures, a.Refused, a.Result.Failure)
	}
	for _, r := range results {
		all = append(all, string(r.Payload), string(r.Log), string(r.LogTail))
	}
	for _, f := range failures {
		if f != nil {
			all = append(all, f.Message)
		}
	}
	if e.Failure != nil {
		all = append(all, e.Failure.Name)
	}
	return slices.ContainsFunc(all, func(s string) bool { return strings.Contains(foldString(s), foldString(word)) })
}

// A search finds exactly the records that have all its words, whether they are
// in the index, not yet, not any more as they are, or too varied for it.
func TestSearchFindsWhatIsThere(t *testing.T) {
	s := open(t, t.TempDir())
	r := rand.New(rand.NewSource(7))
	pieces := []string{"order", "ORDER", "Überfall", "über", "x", "é", "É", "\xff\xfe", "\x00", "a\"b", "日本語", "o-10", "İ", "ß", "  ", "{}", "kiok", "ÿ", "k"}
	text := func() []byte {
		var b bytes.Buffer
		for range 1 + r.Intn(4) {
			b.WriteString(pieces[r.Intn(len(pieces))])
		}
		return b.Bytes()
	}
	var all []int64
	add := func() {
		req := invoke.Request{Function: []string{"orders", "Payments"}[r.Intn(2)], Payload: text()}
		if r.Intn(60) == 0 {
			req.Payload = append(bytes.Repeat([]byte("filler "), maxInline/6), req.Payload...)
		}
		target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			res := invoke.Result{StatusCode: 200, Payload: text(), Log: text()}
			if r.Intn(4) == 0 {
				return invoke.Result{StatusCode: 429}, &invoke.Failure{Kind: invoke.ServiceFailure, Name: "TooManyRequestsException", Message: string(text())}
			}
			return res, nil
		}}
		if r.Intn(5) == 0 {
			all = append(all, settledEvent(t, s, fmt.Sprintf("e%d", len(all)), req, text))
			return
		}
		all = append(all, invokeOne(t, s, target, req))
	}
	for range 150 {
		add()
	}
	varied := make([]byte, 150<<10)
	r.Read(varied)
	all = append(all, invokeOne(t, s, ok(localInfo, string(varied)+"needle"), invoke.Request{Function: "noise"}))
	settled(t, s)
	for range 30 {
		add()
	}
	var entries []Entry
	for _, id := range slices.Backward(all) {
		e, err := s.Entry(context.Background(), id)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return int(b.ID - a.ID) })
	words := append(slices.Clone(pieces), "needle", "rder", "derx", "verfall", "toomany", "nothing at all", "r", "or", "8", "pay", "k", "本")
	for range 100 {
		var asked []string
		for range 1 + r.Intn(2) {
			if w := words[r.Intn(len(words))]; strings.TrimSpace(w) != "" {
				asked = append(asked, w)
			}
		}
		want := []int64{}
		for _, e := range entries {
			if !slices.ContainsFunc(asked, func(w string) bool { return !naive(e, w) }) {
				want = append(want, e.ID)
			}
		}
		var quoted []string
		for _, w := range asked {
			quoted = append(quoted, `"`+strings.ReplaceAll(w, `"`, `\"`)+`"`)
		}
		got := ids(list(t, s, strings.Join(quoted, " ")))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", asked, diff)
		}
	}
}

// settledEvent is an event that failed once and then succeeded.
func settledEvent(t testing.TB, s *Store, id string, req invoke.Request, text func() []byte) int64 {
	t.Helper()
	ctx := context.Background()
	target := &fakeTarget{info: localInfo, answer: func(ctx context.Context, req invoke.Request) (invoke.Result, error) {
		err := s.Enqueue(ctx, invoke.QueuedEvent{ID: id, Project: "p", Info: localInfo, Function: req.Function, Request: req, AcceptedAt: time.Now()})
		return invoke.Result{StatusCode: 202, RequestID: id}, err
	}}
	record := invokeOne(t, s, target, req)
	for n, state := range []invoke.EventState{invoke.EventQueued, invoke.EventDone} {
		ev, ok, err := s.Lease(ctx, "p", "me", time.Now(), time.Minute)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		a := invoke.Attempt{Number: n + 1, Counts: true, Result: invoke.Result{StatusCode: 200, Payload: text(), Log: text()}}
		if err := s.Settle(ctx, ev.ID, "me", a, invoke.Verdict{State: state}); err != nil {
			t.Fatal(err)
		}
	}
	return record
}

// fieldRuns makes one run for each thing that a query can tell apart, and
// returns their names. The oldest is written first, as an import would.
func fieldRuns(t *testing.T, s *Store, now time.Time) map[int64]string {
	t.Helper()
	answer := func(res invoke.Result, err error) *fakeTarget {
		return &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			if res.StartedAt.IsZero() {
				res.StartedAt = now
			}
			return res, err
		}}
	}
	fine := invoke.Result{StatusCode: 200, Payload: []byte("{}"), Duration: 10 * time.Millisecond}
	old, slow, cold, logged := fine, fine, fine, fine
	old.StartedAt = now.Add(-72 * time.Hour)
	slow.Duration = 1500 * time.Millisecond
	cold.Report = &invoke.Report{InitDuration: time.Millisecond, BilledDuration: 1}
	logged.Log = []byte("hello")
	failed := invoke.Result{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte("{}"), Duration: 1,
		Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "Sandbox.Timedout", Message: "Task timed out", Ran: invoke.RanYes}}
	name := map[int64]string{}
	for _, run := range []struct {
		name   string
		target *fakeTarget
		req    invoke.Request
	}{
		{"old", answer(old, nil), invoke.Request{Function: "orders"}},
		{"slow", answer(slow, nil), invoke.Request{Function: "orders", Payload: []byte("{\"a\": 1}")}},
		{"cold", answer(cold, nil), invoke.Request{Function: "orders:live"}},
		{"logged", answer(logged, nil), invoke.Request{Function: "payments", Qualifier: "2"}},
		{"failed", answer(failed, nil), invoke.Request{Function: "orders", Qualifier: "12"}},
		{"throttled", answer(invoke.Result{StatusCode: 429, Duration: 1}, &invoke.Failure{Kind: invoke.ServiceFailure, Name: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded."}), invoke.Request{Function: "orders"}},
		{"toolarge", answer(invoke.Result{StatusCode: 413, Duration: 1}, &invoke.Failure{Kind: invoke.ServiceFailure, Name: "RequestEntityTooLargeException"}), invoke.Request{Function: "orders"}},
		{"offline", answer(invoke.Result{Duration: 1}, &invoke.Failure{Kind: invoke.ClientFailure, Name: "Offline"}), invoke.Request{Function: "orders"}},
		{"dry", answer(invoke.Result{StatusCode: 204, Duration: 1}, nil), invoke.Request{Function: "orders", Type: invoke.DryRun}},
		{"aws", ok(awsInfo, "{}"), invoke.Request{Function: "orders"}},
	} {
		if run.name == "aws" {
			run.target.answer = answer(fine, nil).answer
		}
		name[invokeOne(t, s, run.target, run.req)] = run.name
	}
	return name
}

// fieldCases are queries and the names of the runs that they find.
var fieldCases = map[string]string{
	"": "aws dry offline toolarge throttled failed logged cold slow old", "fn:ORD": "aws dry offline toolarge throttled failed cold slow old",
	"fn:payments": "logged", "fn:=PAYMENTS": "logged", "fn:=payment": "", "qualifier:2": "logged", "qualifier:live": "cold", "qualifier:liv": "", "target:aws": "aws", "target:prod": "aws", "target:SHOP is:error": "failed",
	"target:none": "", "type:dryrun": "dry", "type:Event": "", "status:429": "throttled", "status:2XX fn:payments": "logged", "status:4xx": "toolarge throttled",
	"is:ok fn:orders": "aws dry cold slow old", "is:error": "failed", "is:refused": "offline toolarge throttled", "is:dead": "", "is:pinned": "",
	"error:timedout": "failed", "error:timed": "failed", "error:exceeded": "throttled", "error:RequestTooLargeException": "toolarge", "requesttoolargeexception": "toolarge",
	"since:2d fn:orders is:ok": "aws dry cold slow", "before:2d": "old", "since:today": "aws dry offline toolarge throttled failed logged cold slow",
	"before:2026-11-20": "old", "since:2026-11-22T13:00 slower:1": "slow", "slower:1s": "slow", "slower:1500ms": "slow", "slower:2s": "",
	"cold:true": "cold", "cold:false fn:payments": "logged", "has:log": "logged", "has:payload": "slow", "has:error": "offline toolarge throttled failed",
	"has:report": "cold", "has:attempts": "", "has:response fn:payments": "logged", `"a\": 1"`: "slow", `{"a":`: "slow", "hello payments": "logged", "hello orders": "",
}

// Every field of the query language narrows the list, before and after the
// index has the rows.
func TestQueryFields(t *testing.T) {
	s := open(t, t.TempDir())
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.Local)
	s.now = func() time.Time { return now }
	name := fieldRuns(t, s, now)
	check := func(when string) {
		for text, want := range fieldCases {
			var got []string
			for _, sum := range list(t, s, text) {
				got = append(got, name[sum.ID])
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %q gives %q, not %q", when, text, got, want)
			}
			if n, err := s.Count(context.Background(), query(t, text), 1000); err != nil || n != len(got) {
				t.Errorf("%s: %q counts %d (%v), not %d", when, text, n, err, len(got))
			}
		}
	}
	s.index.stop()
	check("not indexed")
	for n := 1; n > 0; {
		var err error
		if n, err = s.index.batch(3); err != nil {
			t.Fatal(err)
		}
	}
	check("indexed")
	if got := list(t, s, ""); len(got) != len(name) {
		t.Errorf("%d rows", len(got))
	}
	inFunction, err := s.List(context.Background(), query(t, "is:ok").InFunction(KeyOf(awsInfo, "orders")), 0, 10)
	if err != nil || len(inFunction) != 1 || name[inFunction[0].ID] != "aws" {
		t.Errorf("in function: %v %v", inFunction, err)
	}
	inScope, err := s.List(context.Background(), Query{}.InScope(ScopeOf(awsInfo)), 0, 10)
	if err != nil || len(inScope) != 1 {
		t.Errorf("in scope: %v %v", inScope, err)
	}
}

// A match says where the word is, in the record's own spelling.
func TestMatches(t *testing.T) {
	s := open(t, t.TempDir())
	payload := strings.Repeat("é", 40) + `"Customer":"Ärger & Söhne"` + strings.Repeat("日", 40)
	invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders", Payload: []byte(payload)})
	m := list(t, s, "ärger ORD")[0].Matches
	if len(m) != 2 || m[0].Field != FieldPayload || string(m[0].Text[m[0].Start:m[0].End]) != "Ärger" {
		t.Fatalf("matches are %+v", m)
	}
	if !strings.Contains(payload, string(m[0].Text)) || !strings.Contains(string(m[0].Text), "Söhne") {
		t.Errorf("excerpt is %q", m[0].Text)
	}
	if m[1].Field != FieldFunction || string(m[1].Text[m[1].Start:m[1].End]) != "ord" {
		t.Errorf("second match is %+v", m[1])
	}
}

func TestQueryErrorsPointAtTheWord(t *testing.T) {
	for text, want := range map[string]string{
		"x status:abc": "status:abc", "is:": "is:", "is:weird y": "is:weird", "since:soon": "since:soon", "slower:fast": "slower:fast",
		"cold:maybe": "cold:maybe", "has:x": "has:x", "type:\"a b\" z": "type:\"a b\"", "status:99": "status:99", "since:-2d": "since:-2d", "since:99999999d": "since:99999999d",
		"since:0000-01-01": "since:0000-01-01",
	} {
		_, err := ParseQuery(text)
		var bad *QueryError
		if !errors.As(err, &bad) || text[bad.Offset:bad.Offset+bad.Length] != want || strings.Contains(bad.Text, "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"http://x:80", "orderId:o-1", "12:30", ":", "a:", `"open`, "unknown:field"} {
		q, err := ParseQuery(text)
		if err != nil || len(q.Words()) != 1 {
			t.Errorf("%q is no plain word: %v %v", text, q.Words(), err)
		}
	}
}

// No query makes SQL or FTS5 stumble, and none finds what does not have its words.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{"", "fn:orders is:error since:2d", `"a b" c`, "status:4xx \xff", `fn:"x`, "kiok", "a*", `"" OR "x`, "é日", "since:1w before:today", "target:'--"} {
		f.Add(seed)
	}
	s := open(f, f.TempDir())
	invokeOne(f, s, ok(localInfo, "{\"ok\":true}"), invoke.Request{Function: "orders", Payload: []byte("a * OR \"x\" é日\xff")})
	settled(f, s)
	invokeOne(f, s, ok(awsInfo, ""), invoke.Request{Function: "payments"})
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text)
		if err != nil {
			var bad *QueryError
			if !errors.As(err, &bad) || bad.Offset < 0 || bad.Length < 0 || bad.Offset+bad.Length > len(text) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		page, err := s.List(context.Background(), q, 0, 10)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, sum := range page {
			e, err := s.Entry(context.Background(), sum.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range q.Words() {
				if !naive(e, w) {
					t.Errorf("%q found a record without %q", text, w)
				}
			}
		}
	})
}

// What begins a token of the index begins no gram, whatever a text has.
func TestNoByteIsATokenMark(t *testing.T) {
	for c, symbol := range symbols {
		if symbol == tokenMark[0] {
			t.Errorf("byte %#x is taken for one", c)
		}
	}
}

// Places in a folded text are places in the text.
func TestFoldKeepsPlaces(t *testing.T) {
	for text, want := range map[string]string{
		"ÄÖÜ ÉÈ Абв": "äöü éè абв", "İstanbul": "İstanbul", "\xff\xc3É\xe2\x82": "\xff\xc3é\xe2\x82", "ẞ K": "ẞ k", "": "",
	} {
		if got := foldString(text); got != want || len(got) != len(text) {
			t.Errorf("%q is folded to %q", text, got)
		}
	}
}

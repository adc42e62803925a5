package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMain(m *testing.M) {
	if run := os.Getenv("HISTORY_TEST_CHILD"); run != "" {
		os.Exit(childMain(run))
	}
	os.Exit(m.Run())
}

// cannot ends a test that this machine can't run; in CI there is no such test.
func cannot(t testing.TB, why ...any) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why...)
	}
	t.Skip(why...)
}

// open opens a store in dir that ends with the test. Errors in the background
// are errors of the test.
func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir, Options{OnError: func(err error) { t.Errorf("background: %v", err) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// A fakeTarget answers with what answer returns.
type fakeTarget struct {
	info   invoke.TargetInfo
	calls  int
	answer func(ctx context.Context, req invoke.Request) (invoke.Result, error)
}

func (f *fakeTarget) Info() invoke.TargetInfo { return f.info }
func (f *fakeTarget) Functions(context.Context) iter.Seq2[invoke.Function, error] {
	return func(yield func(invoke.Function, error) bool) { yield(invoke.Function{Name: "orders"}, nil) }
}
func (f *fakeTarget) Qualifiers(context.Context, string) ([]invoke.Qualifier, error) {
	return []invoke.Qualifier{{Name: "$LATEST", Kind: invoke.KindLatest}}, nil
}
func (f *fakeTarget) Invoke(ctx context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
	f.calls++
	return f.answer(ctx, req)
}

var (
	localInfo = invoke.TargetInfo{Kind: invoke.Local, Account: "123456789012", Region: "us-east-1", Project: "/src/shop", ProjectName: "shop"}
	awsInfo   = invoke.TargetInfo{Kind: invoke.AWS, Account: "210987654321", Region: "eu-west-1", Profile: "prod"}
)

// ok is a target that answers 200 with a response.
func ok(info invoke.TargetInfo, response string) *fakeTarget {
	return &fakeTarget{info: info, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		return invoke.Result{StatusCode: 200, Payload: []byte(response), ExecutedVersion: "$LATEST", RequestID: "r-1",
			StartedAt: time.Unix(1_700_000_000, 0), Duration: 182 * time.Millisecond}, nil
	}}
}

// record invokes through the recorder and returns the record's id.
func invokeOne(t testing.TB, s *Store, target invoke.Target, req invoke.Request) int64 {
	t.Helper()
	res, _ := s.Recorder(target).Invoke(context.Background(), req, nil)
	if res.HistoryID == 0 || res.HistoryUID == "" {
		t.Fatalf("not recorded: %v", res.Notes)
	}
	return res.HistoryID
}

func query(t testing.TB, text string) Query {
	t.Helper()
	q, err := ParseQuery(text)
	if err != nil {
		t.Fatalf("ParseQuery(%q): %v", text, err)
	}
	return q
}

func list(t testing.TB, s *Store, text string) []Summary {
	t.Helper()
	page, err := s.List(context.Background(), query(t, text), 0, 1000)
	if err != nil {
		t.Fatalf("List(%q): %v", text, err)
	}
	return page
}

func ids(page []Summary) []int64 {
	out := []int64{}
	for _, sum := range page {
		out = append(out, sum.ID)
	}
	return out
}

// settled waits until every row is in the search index.
func settled(t testing.TB, s *Store) {
	t.Helper()
	s.index.wake()
	waitFor(t, "the index", func() bool {
		var left int
		if err := s.read.QueryRow(`SELECT (SELECT count(*) FROM invocations WHERE id > value) + (SELECT count(*) FROM reindex)
			FROM marks WHERE name = 'indexed_to'`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		return left == 0
	})
}

func waitFor(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
		time.Sleep(time.Millisecond) // the condition is another goroutine's or process's
	}
}

// fullResult is a result with every member set, text that is not UTF-8 included.
func fullResult() invoke.Result {
	return invoke.Result{
		StatusCode: 200, Payload: []byte("{\"errorType\":\"ValueError\",\"bytes\":\"\xff\x00\"}"), ExecutedVersion: "7",
		FunctionError: "Unhandled", RequestID: "8f2c1d0e", TraceID: "Root=1-\x80;Sampled=1", FunctionName: "orders",
		DurableARN: "arn:once", FunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:orders",
		LogTail: []byte("END\n"), Log: []byte("START\nhello \xfe\nEND\n"), LogDropped: 12,
		Report: &invoke.Report{RequestID: "8f2c1d0e", Duration: 44 * time.Millisecond, BilledDuration: 45 * time.Millisecond,
			MemorySizeMB: 256, MaxMemoryUsedMB: 71, InitDuration: 41200 * time.Microsecond, RestoreDuration: 1, BilledRestore: 2,
			Status: "error", ErrorType: "Runtime.Unknown", TraceID: "t"},
		Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Status: 200, Reason: "because", Type: "User",
			Fault: "function", Ran: invoke.RanYes, Retry: "none", Message: "bad \xc3( value\x1b[31m", Cause: "c", Remedy: "r",
			Trace:       []invoke.Frame{{Function: "handler", File: "app.py", Line: 3, Column: 7, Text: " File app.py\xff", Own: true}},
			Suggestions: []string{"order"}, Err: errors.New("underneath \xff")},
		Notes:     []string{"python3.13 was asked for, 3.11 ran", "\xff"},
		StartedAt: time.Unix(1_700_000_000, 123456789), Duration: 44*time.Millisecond + 1,
	}
}

var sameErrors = cmp.Comparer(func(a, b error) bool {
	return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error())
})

// Everything that was asked and answered comes back, byte for byte and member
// for member, from another process's view.
func TestEntryHasEverything(t *testing.T) {
	dir := t.TempDir()
	req := invoke.Request{
		Function: "orders:live", Qualifier: "live", Payload: []byte("\xef\xbb\xbf{\"id\": 12345678901234567890,\r\n\t\"id\": -0}"),
		LogType: invoke.LogTail, ClientContext: "e30=", TenantID: "t\xff", CognitoIdentity: `{"cognitoIdentityId":"\xff"}`, TraceID: "Root=1", DurableName: "once", Cold: true,
		Door: invoke.DoorCommand, ReplayOf: "0190-earlier",
	}
	want := fullResult()
	first := open(t, dir)
	target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) { return want, nil }}
	res, err := first.Recorder(target).Invoke(context.Background(), req, nil)
	if err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	e, err := second.EntryByUID(context.Background(), res.HistoryUID)
	if err != nil {
		t.Fatal(err)
	}
	want.HistoryID, want.HistoryUID = res.HistoryID, res.HistoryUID
	wantReq := req
	wantReq.RecordUID = res.HistoryUID
	wantEntry := Entry{ID: res.HistoryID, UID: res.HistoryUID, StartedAt: want.StartedAt, Target: localInfo, Function: "orders",
		Qualifier: "live", Request: wantReq, Result: want, Failure: want.Failure, State: StateDone, Source: "0190-earlier"}
	if diff := cmp.Diff(wantEntry, e, sameErrors, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("entry differs (-want +got):\n%s", diff)
	}
	sum := list(t, second, "")[0]
	if sum.Head != "\ufeff{\"id\": 12345678901234567890, \"id\": -0}" {
		t.Errorf("head is %q", sum.Head)
	}
	if sum.FailureName != "ValueError" || !sum.Cold() || sum.MaxMemoryUsedMB != 71 || sum.Duration != want.Duration || sum.ExecutedVersion != "7" {
		t.Errorf("summary lacks something: %+v", sum)
	}
}

// Bodies come back as they were, whatever their size and content, and whether
// there was one at all.
func TestBodiesAreExact(t *testing.T) {
	s := open(t, t.TempDir())
	s.index.stop() // there is no search here, and grams of megabytes take their time
	random := make([]byte, 300<<10)
	for i, n := 0, uint32(1); i < len(random); i++ {
		n = n*1664525 + 1013904223
		random[i] = byte(n >> 24)
	}
	bodies := map[string][]byte{
		"nil": nil, "empty": {}, "nul": {0}, "text": []byte("{}"), "compressible": bytes.Repeat([]byte("{\"a\":0},"), 4<<10),
		"incompressible": random[:100<<10], "largest inline": random[:maxInline], "first file": random[:maxInline+1],
		"6 MB": bytes.Repeat([]byte("0123456789abcdef"), 6<<16),
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
				return invoke.Result{StatusCode: 200, Payload: body, Log: body, LogTail: body}, nil
			}}
			e, err := s.Entry(context.Background(), invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: body}))
			if err != nil {
				t.Fatal(err)
			}
			for what, got := range map[string][]byte{"request": e.Request.Payload, "response": e.Result.Payload, "log": e.Result.Log, "tail": e.Result.LogTail} {
				if !bytes.Equal(got, body) || (got == nil) != (body == nil) {
					t.Errorf("%s came back as %d bytes (nil: %v), was %d (nil: %v)", what, len(got), got == nil, len(body), body == nil)
				}
			}
		})
	}
}

// A log tail that is not the end of the log is kept too.
func TestTailWithoutLog(t *testing.T) {
	s := open(t, t.TempDir())
	for _, log := range [][]byte{nil, []byte("another")} {
		target := &fakeTarget{info: awsInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			return invoke.Result{StatusCode: 200, Log: log, LogTail: []byte("REPORT \xe2\x82")}, nil
		}}
		e, err := s.Entry(context.Background(), invokeOne(t, s, target, invoke.Request{Function: "orders"}))
		if err != nil {
			t.Fatal(err)
		}
		if string(e.Result.LogTail) != "REPORT \xe2\x82" || !bytes.Equal(e.Result.Log, log) {
			t.Errorf("log %q and tail %q", e.Result.Log, e.Result.LogTail)
		}
	}
}

// Large bodies are files named by their content, once each, readable by their
// user only, and checked when they are read.
func TestLargeBodiesAreFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	big := bytes.Repeat([]byte("payload "), maxInline/4)
	target := ok(localInfo, string(big))
	first := invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: big})
	second := invokeOne(t, s, target, invoke.Request{Function: "orders", Payload: big})
	files := bodyFilesIn(t, dir)
	if len(files) != 1 {
		t.Fatalf("four times the same body made %d files", len(files))
	}
	if err := s.Delete(context.Background(), first); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Entry(context.Background(), second); err != nil || !bytes.Equal(e.Request.Payload, big) {
		t.Fatalf("deleting one record took the other's body: %v", err)
	}
	if err := os.WriteFile(files[0], bytes.Repeat([]byte("another "), maxInline/4), 0o600); err != nil {
		t.Fatal(err)
	}
	var known *Error
	if _, err := s.Entry(context.Background(), second); !errors.As(err, &known) || known.Problem != ProblemBody || known.Path != files[0] {
		t.Errorf("a body file that was changed: %v", err)
	}
	if err := s.Delete(context.Background(), second); err != nil {
		t.Fatal(err)
	}
	if files := bodyFilesIn(t, dir); len(files) != 0 {
		t.Errorf("files without a record stay: %v", files)
	}
}

func bodyFilesIn(t testing.TB, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, bodiesDir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// A folder of any name works: the database's name is a URI to SQLite.
func TestFolderNames(t *testing.T) {
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "100%41", "ä&_pragma=x", "'\";"} {
		dir := filepath.Join(t.TempDir(), name)
		s := open(t, dir)
		invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
		if fileSize(filepath.Join(dir, databaseName)) == 0 {
			t.Errorf("%q: the database is somewhere else", name)
		}
	}
}

// Pages follow each other without a gap or a repetition, newest first.
func TestPages(t *testing.T) {
	s := open(t, t.TempDir())
	var want []int64
	for i := range 105 {
		id := invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: fmt.Sprintf("f%d", i%3)})
		want = append([]int64{id}, want...)
	}
	for _, text := range []string{"", "fn:f", "is:ok", "target:local"} {
		var got []int64
		for before := int64(0); ; {
			page, err := s.List(context.Background(), query(t, text), before, 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got = append(got, ids(page)...)
			before = page[len(page)-1].ID
			settledSome(t, s, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// settledSome indexes some rows between pages: they move from one half of the
// search to the other.
func settledSome(t *testing.T, s *Store, text string) {
	t.Helper()
	if text == "" {
		return
	}
	if _, err := s.index.batch(3); err != nil {
		t.Fatal(err)
	}
}

package invoke_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

func answer(status int, payload string) invoke.Answer {
	return invoke.Answer{Result: invoke.Result{StatusCode: status, Payload: []byte(payload), RequestID: "id-1"}}
}

func failed(id, message string) invoke.Answer {
	payload := fmt.Sprintf(`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: %s Error: %s"}`, id, message)
	f := invoke.ClassifyFunctionError([]byte(payload), "Unhandled", nil)
	return invoke.Answer{Result: invoke.Result{StatusCode: 200, FunctionError: "Unhandled", Payload: []byte(payload), RequestID: id, Failure: f}, Failure: f}
}

func refused(name, message string) invoke.Answer {
	f := invoke.NewFailure(name, message)
	return invoke.Answer{Failure: f}
}

func compare(t *testing.T, this, that invoke.Answer, o invoke.CompareOptions) invoke.Comparison {
	t.Helper()
	c, err := invoke.Compare(t.Context(), this, that, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compareLogs(t *testing.T, this, that string) []invoke.LogLine {
	t.Helper()
	lines, err := invoke.CompareLogs(t.Context(), []byte(this), []byte(that))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestCompareAnswers(t *testing.T) {
	for _, c := range []struct {
		name       string
		this, that invoke.Answer
		ignore     []string
		anyOrder   bool
		want       []string
	}{
		{"the same value in other words", answer(200, `{"a":1.0,"b":2}`), answer(200, `{"b": 2, "a": 1}`), nil, false, nil},
		{"changed, added and removed", answer(200, `{"a":1,"b":2}`), answer(200, `{"a":3,"c":4}`), nil, false,
			[]string{"$.a changed 1 3", "$.b removed 2 ", "$.c added  4"}},
		{"a member of the payload is no member of the answer", answer(200, `{"statusCode":200}`), answer(200, `{"statusCode":500}`), nil, false,
			[]string{"$.statusCode changed 200 500"}},
		{"ignored", answer(200, `{"statusCode":200,"at":1}`), answer(200, `{"statusCode":500,"at":2}`), []string{"$.statusCode", "at"}, false, nil},
		{"status", answer(200, `1`), answer(202, ``), nil, false, []string{"statusCode changed 200 202", "$ removed 1 "}},
		{"refused", answer(200, `1`), refused("TooManyRequestsException", "Rate Exceeded."), nil, false,
			[]string{"statusCode changed 200 429", `failure.name added  "TooManyRequestsException"`, `failure.message added  "Rate Exceeded."`, "$ removed 1 "}},
		{"function error", answer(200, `1`), failed("id-2", "exit status 1"), nil, false,
			[]string{`functionError added  "Unhandled"`, `$ changed 1 {"errorType":"Runtime.ExitError","errorMessage":"RequestId: id-2 Error: exit status 1"}`}},
		{"the same error of another request", failed("id-1", "exit status 1"), failed("id-2", "exit status 1"), nil, false, nil},
		{"another error", failed("id-1", "exit status 1"), failed("id-2", "exit status 2"), nil, false,
			[]string{`$.errorMessage changed "RequestId: id-1 Error: exit status 1" "RequestId: id-2 Error: exit status 2"`}},
		{"a request id in an answer is a difference", answer(200, `"id-1"`), invoke.Answer{Result: invoke.Result{StatusCode: 200, Payload: []byte(`"id-2"`), RequestID: "id-2"}}, nil, false,
			[]string{`$ changed "id-1" "id-2"`}},
		{"order", answer(200, `[1,2]`), answer(200, `[2,1]`), nil, false, []string{"$[0] moved to $[1] 1"}},
		{"any order", answer(200, `[1,2]`), answer(200, `[2,1]`), nil, true, nil},
		{"no JSON", answer(200, `<a>`), answer(200, `<b>`), nil, false, []string{"$ changed <a> <b>"}},
		{"no JSON, the same", answer(200, `<a>`), answer(200, `<a>`), nil, false, nil},
		{"no JSON, all ignored", answer(200, `<a>`), answer(200, `<b>`), []string{"$"}, false, nil},
		{"an odd name", answer(200, `{"a b":{"$":1}}`), answer(200, `{"a b":{"$":2}}`), nil, false, []string{`$["a b"]["$"] changed 1 2`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := invoke.CompareOptions{AnyOrder: c.anyOrder}
			for _, text := range c.ignore {
				p, err := jsondoc.ParsePath(text)
				if err != nil {
					t.Fatal(err)
				}
				o.Ignore = append(o.Ignore, p)
			}
			got := compare(t, c.this, c.that, o)
			var lines []string
			for _, d := range got.Differences {
				line := fmt.Sprintf("%s %s %s %s", d.Path, d.Change, d.This, d.That)
				if d.To != "" {
					line = fmt.Sprintf("%s moved to %s %s", d.Path, d.To, d.This)
				}
				lines = append(lines, line)
				if strings.HasPrefix(d.Path, "$") {
					p, err := jsondoc.ParsePath(d.Path)
					if err != nil || invoke.PayloadPath(p) != d.Path {
						t.Errorf("%s is read as %s, %v", d.Path, p, err)
					}
				}
			}
			if diff := cmp.Diff(c.want, lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Same() != (len(c.want) == 0) {
				t.Error("same:", got.Same())
			}
		})
	}
}

// What was printed as a difference can be ignored by its path.
func TestEveryPayloadDifferenceCanBeIgnored(t *testing.T) {
	this, that := answer(200, `{"a":[{"x y":1}],"b":{"":[2]},"c":3}`), answer(200, `{"a":[{"x y":2}],"b":{"":[3]},"d":3}`)
	found := compare(t, this, that, invoke.CompareOptions{})
	var ignore []jsondoc.Path
	for _, d := range found.Differences {
		p, err := jsondoc.ParsePath(d.Path)
		if err != nil {
			t.Fatal(err)
		}
		ignore = append(ignore, p)
	}
	if again := compare(t, this, that, invoke.CompareOptions{Ignore: ignore}); len(found.Differences) != 4 || !again.Same() {
		t.Errorf("%v, then %v", found.Differences, again.Differences)
	}
}

func TestMeasures(t *testing.T) {
	r := invoke.Result{ExecutedVersion: "2", Duration: 190 * time.Millisecond, Report: &invoke.Report{
		Duration: 182 * time.Millisecond, BilledDuration: 183 * time.Millisecond, InitDuration: 41 * time.Millisecond, MaxMemoryUsedMB: 84, MemorySizeMB: 256}}
	want := invoke.Measures{Version: "2", Duration: 182 * time.Millisecond, Billed: 183 * time.Millisecond, Init: 41 * time.Millisecond, MaxMemoryMB: 84, MemoryMB: 256}
	if got := invoke.MeasuresOf(r); got != want {
		t.Errorf("%+v", got)
	}
	if got := invoke.MeasuresOf(invoke.Result{Duration: time.Second}); got.Duration != time.Second {
		t.Errorf("%+v", got)
	}
}

func TestCompareLogs(t *testing.T) {
	this := "START RequestId: 8f2c1d0e-0000-4000-8000-000000000001 Version: $LATEST\n" +
		"2026-11-22T14:02:11.006Z\tINFO order o-1 took 12.5 ms\nold line\nEND RequestId: 8f2c1d0e-0000-4000-8000-000000000001\n" +
		"REPORT RequestId: 8f2c1d0e-0000-4000-8000-000000000001\tDuration: 182.00 ms\tBilled Duration: 183 ms\tMemory Size: 256 MB\tMax Memory Used: 84 MB\t\n"
	that := "START RequestId: 8f2c1d0e-0000-4000-8000-0000000000ff Version: $LATEST\r\n" +
		"2026-11-23T09:00:00.100Z\tINFO order o-1 took 9 ms\nnew line\nanother\nEND RequestId: 8f2c1d0e-0000-4000-8000-0000000000ff\n" +
		"REPORT RequestId: 8f2c1d0e-0000-4000-8000-0000000000ff\tDuration: 9.00 ms\tBilled Duration: 10 ms\tMemory Size: 256 MB\tMax Memory Used: 90 MB\t\n"
	var got []string
	for _, l := range compareLogs(t, this, that) {
		if l.Change != invoke.LogSame {
			got = append(got, fmt.Sprintf("%d %d %d %s", l.Change, l.This, l.That, l.Text))
		}
	}
	want := []string{"1 3 0 old line", "2 0 3 new line", "2 0 4 another"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(compareLogs(t, "", "a\nb")); n != 2 {
		t.Errorf("%d lines", n)
	}
	if l := compareLogs(t, "Memory Size: 128 MB\n", "Memory Size: 256 MB\n"); len(l) != 2 {
		t.Errorf("another memory size is no difference: %v", l)
	}
}

// How a run went is told by figures. That one was a cold start, with another version,
// another limit of memory, traced or not, is no line of its own.
func TestCompareLogsOfThePlatform(t *testing.T) {
	const warm = "START RequestId: 8f2c1d0e-0000-4000-8000-000000000001 Version: $LATEST\nwork\nEND RequestId: 8f2c1d0e-0000-4000-8000-000000000001\n" +
		"REPORT RequestId: 8f2c1d0e-0000-4000-8000-000000000001\tDuration: 1.87 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 84 MB\t\n"
	const cold = "INIT_START Runtime Version: nodejs:22.v1\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:00\n" +
		"EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE]\n" +
		"START RequestId: 8f2c1d0e-0000-4000-8000-0000000000ff Version: 7\nwork\nEND RequestId: 8f2c1d0e-0000-4000-8000-0000000000ff\n" +
		"REPORT RequestId: 8f2c1d0e-0000-4000-8000-0000000000ff\tDuration: 9 ms\tBilled Duration: 200 ms\tMemory Size: 256 MB\tMax Memory Used: 85 MB\tInit Duration: 190 ms\t\n" +
		"XRAY TraceId: 1-5e1b4151-5ac6c58f3375aa3c7f2ac0de\tSegmentId: 0123456789abcdef\tSampled: true\n"
	const timedOut = "START RequestId: 8f2c1d0e-0000-4000-8000-000000000001 Version: $LATEST\nwork\nEND RequestId: 8f2c1d0e-0000-4000-8000-000000000001\n" +
		"REPORT RequestId: 8f2c1d0e-0000-4000-8000-000000000001\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 84 MB\tStatus: timeout\n"
	const structured = `{"time":"2026-10-08T14:02:11.004Z","type":"platform.start","record":{"requestId":"a","version":"$LATEST"}}` + "\n" +
		`{"time":"2026-10-08T14:02:11.006Z","type":"platform.report","record":{"requestId":"a","metrics":{"durationMs":1.8,"memorySizeMB":128},"status":"STATUS"}}` + "\n"
	for _, c := range []struct {
		name, this, that string
		want             []string
	}{
		{"cold and warm", warm, cold, []string{"platform INIT_START", "platform EXTENSION", "platform XRAY"}},
		{"warm and cold", cold, warm, []string{"platform INIT_START", "platform EXTENSION", "platform XRAY"}},
		{"timed out", warm, timedOut, []string{"platform REPORT", "added REPORT"}},
		{"as JSON", strings.Replace(structured, "STATUS", "success", 1), strings.NewReplacer("STATUS", "success", "1.8", "7", "128", "256", `"a"`, `"b"`).Replace(structured), nil},
		{"as JSON, timed out", strings.Replace(structured, "STATUS", "success", 1), strings.Replace(structured, "STATUS", "timeout", 1),
			[]string{`platform {"time":"2026-10-08T14:02:11.006Z","type":"platform.report"`, `added {"time":"2026-10-08T14:02:11.006Z","type":"platform.report"`}},
		{"what only begins like one", "STARTing\nREPORT of sales: 3\n", "STARTed\nREPORT of sales: 4\n",
			[]string{"removed STARTing", "removed REPORT of sales: 3", "added STARTed", "added REPORT of sales: 4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, l := range compareLogs(t, c.this, c.that) {
				if l.Change != invoke.LogSame {
					got = append(got, [...]string{"", "removed", "added", "platform"}[l.Change]+" "+string(l.Text))
				}
			}
			if len(got) != len(c.want) {
				t.Fatalf("want %q, got %q", c.want, got)
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("want %s, got %s", want, got[i])
				}
			}
		})
	}
}

// A comparison that nobody waits for any more ends.
func TestCompareEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := invoke.Compare(ctx, answer(200, `{"a":1}`), answer(200, `{"a":2}`), invoke.CompareOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("compared: %v", err)
	}
	if _, err := invoke.CompareLogs(ctx, []byte("a\n"), []byte("b\n")); !errors.Is(err, context.Canceled) {
		t.Errorf("compared logs: %v", err)
	}
}

// The outline says nothing else than the differences do: a request id in an error's
// message is none.
func TestCompareOutline(t *testing.T) {
	c := compare(t, failed("id-1", "exit status 1"), failed("id-2", "exit status 1"), invoke.CompareOptions{Outline: true})
	if !c.Same() || c.Outline == nil {
		t.Fatalf("%v %v", c.Differences, c.Outline)
	}
	for _, r := range c.Outline.Rows {
		if r.Kind > jsondoc.OutlineClose {
			t.Errorf("%s → %s is a difference", r.This, r.That)
		}
	}
	if c := compare(t, answer(200, `{"a":1}`), answer(200, `{"a":2}`), invoke.CompareOptions{Outline: true}); len(c.Differences) != 1 || len(c.Outline.Rows) != 3 {
		t.Errorf("%v", c.Outline)
	}
}

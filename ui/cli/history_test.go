package cli

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
	"lambent/ui/settings"
)

var shop = invoke.TargetInfo{Kind: invoke.Local, Account: "123456789012", Region: "us-east-1", Project: "/src/shop", ProjectName: "shop"}

// remembers runs every payload once, on a target that answers the payload, and
// fails where the payload says so.
func remembers(t *testing.T, payloads ...string) (*stage, *fakeTarget) {
	t.Helper()
	target := &fakeTarget{info: shop, answer: func(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		r := result(string(req.Payload))
		switch string(req.Payload) {
		case `"fail"`:
			r.FunctionError = "Unhandled"
			r.Failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Message: "no", Ran: invoke.RanYes}
		case `"throttle"`:
			return invoke.Result{StatusCode: 429}, invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")
		}
		return r, nil
	}}
	s := newStage(t, target).remembering()
	for _, p := range payloads {
		if r := s.run("invoke", "orders:live", "-p", p); r.exit == 2 {
			t.Fatal(r.err)
		}
	}
	return s, target
}

func TestHistoryList(t *testing.T) {
	s, _ := remembers(t, `{"n": 1}`, `"fail"`, `"throttle"`)
	r := s.run("history", "-o", "json")
	r.wantExit(t, 0)
	want := `{"id":3,"uid":"U","startedAt":"T","target":"local","functionName":"orders","qualifier":"live","invocationType":"RequestResponse","statusCode":429,"durationMs":D,"failure":{"name":"TooManyRequestsException"},"door":"command"}
{"id":2,"uid":"U","startedAt":"T","target":"local","functionName":"orders","qualifier":"live","invocationType":"RequestResponse","statusCode":200,"executedVersion":"2","durationMs":D,"failure":{"name":"ValueError"},"door":"command"}
{"id":1,"uid":"U","startedAt":"T","target":"local","functionName":"orders","qualifier":"live","invocationType":"RequestResponse","statusCode":200,"executedVersion":"2","durationMs":D,"door":"command"}
`
	got := r.out
	for pattern, with := range map[string]string{`"uid":"[^"]+"`: `"uid":"U"`, `"startedAt":"[^"]+Z"`: `"startedAt":"T"`, `"durationMs":[0-9.]+`: `"durationMs":D`} {
		got = regexp.MustCompile(pattern).ReplaceAllString(got, with)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	text := s.run("history")
	for _, want := range []string{"orders:live", "✗ ValueError", "! TooManyRequestsException", "✓ 200", "local · shop", `{"n": 1}`} {
		if !strings.Contains(text.out, want) {
			t.Errorf("the list is without %q:\n%s", want, text.out)
		}
	}
	if r := s.run("history", "is:error", "-o", "json"); strings.Count(r.out, "\n") != 1 || !strings.Contains(r.out, `"id":2,`) {
		t.Errorf("is:error: %s", r.out)
	}
	if r := s.run("history", "--limit", "2"); strings.Count(r.out, "\n") != 3 || !strings.Contains(r.err, "--limit 0") {
		t.Errorf("limit: %s%s", r.out, r.err)
	}
	if r := s.run("history", "nothing-like-this"); r.exit != 0 || r.out != "" || r.err != "Nothing in history.\n" {
		t.Errorf("no match: exit %d, %q, %q", r.exit, r.out, r.err)
	}
	bad := s.run("history", "since:yesterdayish")
	bad.wantExit(t, 2)
	bad.wantLine(t, `query "since:yesterdayish", at character `)
}

func TestHistoryListsMoreThanAPage(t *testing.T) {
	s, target := remembers(t)
	recorded := s.store.Recorder(target)
	for i := range pageSize + 5 {
		if _, err := recorded.Invoke(t.Context(), invoke.Request{Function: "orders", Payload: fmt.Append(nil, i)}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if r := s.run("history", "-o", "json"); strings.Count(r.out, "\n") != pageSize+5 {
		t.Errorf("%d rows", strings.Count(r.out, "\n"))
	}
	if r := s.run("history"); strings.Count(r.out, "\n") != 1+listedAsText {
		t.Errorf("%d rows as text", strings.Count(r.out, "\n"))
	}
}

func TestHistoryShow(t *testing.T) {
	s, _ := remembers(t, "{\"n\": 12345678901234567890}", `"fail"`)
	r := s.run("history", "show", "1", "-o", "json")
	r.wantExit(t, 0)
	for _, want := range []string{`{"id":1,"target":"local","functionName":"orders"`, `"qualifier":"live"`, `"requestPayload":{"n": 12345678901234567890},"responsePayload":{"n": 12345678901234567890}`} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the object is without %s: %s", want, r.out)
		}
	}
	r = s.run("history", "show", "#2")
	r.wantExit(t, 0)
	for _, want := range []string{"#2  orders:live  RequestResponse  local · shop", "✗ function error", "ValueError: no", "Request\n\"fail\"\n", "Response\n\"fail\"\n"} {
		if !strings.Contains(r.out, want) {
			t.Errorf("the text is without %q:\n%s", want, r.out)
		}
	}
	r = s.run("history", "show", "99")
	r.wantExit(t, 6)
	r.wantLine(t, "history has no invocation 99")
}

func TestHistoryDelete(t *testing.T) {
	s, _ := remembers(t, "1", "2", "3")
	r := s.run("history", "delete", "1", "99")
	r.wantExit(t, 6)
	if strings.Count(s.run("history", "-o", "json").out, "\n") != 3 {
		t.Error("something was deleted beside a mistyped id")
	}
	s.run("history", "delete", "1", "3").wantExit(t, 0)
	if out := s.run("history", "-o", "json").out; strings.Count(out, "\n") != 1 || !strings.Contains(out, `"id":2,`) {
		t.Errorf("left: %s", out)
	}
}

func TestReplayOfOneIsTheSameRequest(t *testing.T) {
	s, target := remembers(t)
	s.run("invoke", "orders:live", "-p", ` {"n": 1.0}`, "--client-context", `{"a":1}`, "--tenant-id", "blue", "--log-type", "none")
	first := target.last(t)
	r := s.run("replay", "1")
	r.wantExit(t, 0)
	if r.out != ` {"n": 1.0}` || !strings.HasPrefix(r.err, "replaying #1 on local · shop\n") {
		t.Errorf("standard output %q, standard error %q", r.out, r.err)
	}
	again := target.last(t)
	if again.ReplayOf == "" || again.RecordUID == first.RecordUID {
		t.Errorf("replay of %q, record %q", again.ReplayOf, again.RecordUID)
	}
	again.ReplayOf, again.RecordUID, first.RecordUID = "", "", ""
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("request (-first +again):\n%s", diff)
	}
	if r := s.run("replay", "1", "-q", "2", "-o", "json"); !strings.Contains(r.out, `"id":3,`) || !strings.Contains(r.out, `"qualifier":"2"`) {
		t.Errorf("object %s", r.out)
	}
	if got := target.last(t); got.Function != "orders" || got.Qualifier != "2" {
		t.Errorf("function %q, qualifier %q", got.Function, got.Qualifier)
	}
}

func TestReplayOfSeveral(t *testing.T) {
	s, target := remembers(t, "1", `"fail"`, "3")
	r := s.run("replay", "3", "2", "3")
	r.wantExit(t, 1)
	if strings.Count(r.out, "\n") != 2 || r.err != "2 runs replayed · 1 function error\n" {
		t.Errorf("%s%s", r.out, r.err)
	}
	if !strings.HasPrefix(r.out, "✓ 200  #3 → #4  orders:live") || !strings.Contains(r.out, "✗ function error  #2 → #5  orders:live") {
		t.Errorf("lines:\n%s", r.out)
	}
	before := len(target.asked)
	r = s.run("replay", "fn:orders", "is:ok", "-o", "json")
	r.wantExit(t, 0)
	if strings.Count(r.out, "\n") != 3 || r.err != "" {
		t.Errorf("%s%s", r.out, r.err)
	}
	var order []string
	for _, req := range target.asked[before:] {
		order = append(order, string(req.Payload))
	}
	if diff := cmp.Diff([]string{"1", "3", "3"}, order); diff != "" {
		t.Errorf("a query is not replayed in the order in which it ran (-want +got):\n%s", diff)
	}
	s.run("invoke", "orders", "-p", `"throttle"`)
	s.run("replay", "fn:orders").wantExit(t, 4)
	r = s.run("replay", "fn:nothing")
	r.wantExit(t, 6)
	r.wantLine(t, `history has nothing that matches "fn:nothing"`)
	s.run("replay", "999").wantExit(t, 6)
}

// A replay goes where the record ran, unless the command line says otherwise.
func TestReplayGoesWhereItRan(t *testing.T) {
	aws := invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1", Endpoint: "https://example.test"}
	sample := invoke.TargetInfo{Kind: invoke.Local, Project: "sample", ProjectName: "sample", Region: "eu-north-1"}
	here := t.TempDir()
	for name, tt := range map[string]struct {
		info  invoke.TargetInfo
		flags []string
		check func(settings.Settings) bool
	}{
		"project":                 {shop, nil, func(s settings.Settings) bool { return s.Target == "local" && s.Project == "/src/shop" && !s.Sample }},
		"sample":                  {sample, nil, func(s settings.Settings) bool { return s.Target == "local" && s.Sample && s.Region == "eu-north-1" }},
		"sample, another region":  {sample, []string{"--region", "us-west-2"}, func(s settings.Settings) bool { return s.Sample && s.Region == "us-west-2" }},
		"sample, another project": {sample, []string{"--project", here}, func(s settings.Settings) bool { return !s.Sample && s.Project == here }},
		"local, said again":       {shop, []string{"--target", "local"}, func(s settings.Settings) bool { return s.Project == "/src/shop" }},
		"local on aws":            {shop, []string{"--profile", "dev"}, func(s settings.Settings) bool { return s.Target == "aws" && s.Profile == "dev" && s.Region == "" }},
		"aws": {aws, nil, func(s settings.Settings) bool {
			return s.Target == "aws" && s.Profile == "prod" && s.Region == "eu-west-1" && s.EndpointURL == "https://example.test"
		}},
		"aws, another profile": {aws, []string{"--profile", "dev"}, func(s settings.Settings) bool {
			return s.Profile == "dev" && s.Region == "eu-west-1" && s.EndpointURL == "https://example.test"
		}},
		"aws on local": {aws, []string{"--target", "local"}, func(s settings.Settings) bool { return s.Target == "local" && s.Profile == "" && !s.Sample }},
	} {
		t.Run(name, func(t *testing.T) {
			s, target := remembers(t)
			target.info = tt.info
			s.run("invoke", "orders", "-p", "1")
			r := s.run(append([]string{"replay", "1"}, tt.flags...)...)
			r.wantExit(t, 0)
			if !tt.check(r.settings) {
				t.Errorf("settings %+v", r.settings)
			}
		})
	}
}

func TestHistoryShowsTheMatch(t *testing.T) {
	s, _ := remembers(t, `{"pad": "`+strings.Repeat("x", 300)+`", "marker": "needle \u001b[31m"}`, `"fail"`)
	r := s.run("history", "needle")
	r.wantExit(t, 0)
	if !strings.Contains(r.out, "MATCH") || !strings.Contains(r.out, `payload: `) || !strings.Contains(r.out, `"marker": "needle `) {
		t.Errorf("the place is not shown:\n%s", r.out)
	}
	if strings.Contains(r.out, "\x1b") {
		t.Errorf("the terminal is driven by data: %q", r.out)
	}
	// What is only similar is listed for a person, and not for a script.
	r = s.run("history", "vluerr")
	r.wantExit(t, 0)
	if !strings.Contains(r.out, "ValueError") || !strings.Contains(r.err, "Nothing in history has just that; these are similar.") {
		t.Errorf("similar runs: %s%s", r.out, r.err)
	}
	if r = s.run("history", "vluerr", "-o", "json"); r.out != "" || r.exit != 0 {
		t.Errorf("a script gets %d, %q", r.exit, r.out)
	}
	if r = s.run("history", "xyzzy"); r.out != "" || !strings.Contains(r.err, "Nothing in history.") {
		t.Errorf("nothing: %s%s", r.out, r.err)
	}
}

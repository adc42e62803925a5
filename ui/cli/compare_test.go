package cli

import (
	"context"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/ui/settings"
)

// twins answers by qualifier, and only when both calls have come.
func twins(t *testing.T, byQualifier map[string]string) (*stage, *fakeTarget) {
	t.Helper()
	s, target := remembers(t)
	meet := make(chan struct{})
	target.answer = func(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		select { // one after the other would wait for ever
		case meet <- struct{}{}:
		case <-meet:
		}
		switch answer := byQualifier[req.Qualifier]; answer {
		case "refuse":
			return invoke.Result{}, invoke.NewFailure("TooManyRequestsException", "Rate Exceeded.")
		case "lose":
			return invoke.Result{}, invoke.ClientFailureOf("ConnectionLost", "lost", "", "", invoke.RanUnknown, nil)
		case "fail":
			r := result(`{"errorType":"E"}`)
			r.FunctionError, r.Failure = "Unhandled", &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E", Ran: invoke.RanYes}
			return r, nil
		default:
			return result(answer), nil
		}
	}
	return s, target
}

func TestCompareTwoQualifiers(t *testing.T) {
	answers := map[string]string{"1": `{"total":12,"tags":["a","b"],"at":1}`, "2": `{"total":13,"tags":["b","a"],"at":2}`, "": `{"total":12,"tags":["a","b"],"at":9}`,
		"r": "refuse", "l": "lose", "f": "fail"}
	for _, tt := range []struct {
		name string
		args []string
		exit int
		out  string
		err  string
	}{
		{"differ", []string{"--this", ":1", "--that", "local:2"}, 8,
			"$.total 12 → 13\n$.tags[0] moved to $.tags[1] \"a\"\n$.at 1 → 2\n", "≠ 3 differences\n"},
		{"json", []string{"--this", "local:1", "--that", "local", "-o", "json"}, 8, `{"path":"$.at","change":"changed","this":1,"that":9}` + "\n", "≠ 1 difference\n"},
		{"ignored", []string{"--this", ":1", "--that", ":2", "--ignore", "$.at", "--ignore", "total", "--any-order"}, 0, "", "= the answers are the same\n"},
		{"one refused", []string{"--this", ":1", "--that", ":r"}, 8, "", "≠ 4 differences\n"},
		{"both refused", []string{"--this", ":r", "--that", ":r"}, 4, "", "= the answers are the same\n"},
		{"one lost", []string{"--this", ":1", "--that", ":l"}, 7, "", ""},
		{"both failed alike", []string{"--this", ":f", "--that", ":f"}, 0, "", "= the answers are the same\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := twins(t, answers)
			r := s.run(append([]string{"compare", "orders:live", "-p", "{}"}, tt.args...)...)
			r.wantExit(t, tt.exit)
			if tt.out != "" && r.out != tt.out {
				t.Errorf("%s", r.out)
			}
			if !strings.HasSuffix(r.err, tt.err) || !strings.Contains(r.err, "this  local · shop") || !strings.Contains(r.err, "that  local · shop") {
				t.Errorf("%s", r.err)
			}
		})
	}
}

func TestCompareSendsTheSameToBoth(t *testing.T) {
	s, target := twins(t, map[string]string{"1": "1", "2": "1"})
	s.run("compare", "orders", "--this", ":1", "--that", ":2", "-p", ` {"a": 1.0}`).wantExit(t, 0)
	if len(target.asked) != 2 || string(target.asked[0].Payload) != ` {"a": 1.0}` || string(target.asked[1].Payload) != ` {"a": 1.0}` {
		t.Errorf("%+v", target.asked)
	}
	if list := s.run("history", "-o", "json"); strings.Count(list.out, "\n") != 2 {
		t.Errorf("both are history:\n%s", list.out)
	}
}

// Each place is opened with its own settings; one session serves both where they are the same.
func TestComparePlaces(t *testing.T) {
	for args, want := range map[string]string{
		"--this local --that aws:live":                           "local/,aws/",
		"--this aws@eu-west-1:1 --that aws@us-east-1:1":          "aws/eu-west-1,aws/us-east-1",
		"--this :1 --that :2 --region eu-west-3":                 "local/eu-west-3",
		"--this :1 --that :2 --target aws":                       "aws/",
		"--this aws/staging:live --that aws/prod@eu-west-1:live": "aws/staging/,aws/prod/eu-west-1",
		"--this :1 --that aws/prod --target aws --profile dev":   "aws/dev/,aws/prod/",
	} {
		s, _ := twins(t, nil)
		var opened []string
		s.opening = func(set settings.Settings) {
			opened = append(opened, strings.Join(strings.Fields(set.Target+" "+set.Profile), "/")+"/"+set.Region)
		}
		s.run(append([]string{"compare", "orders"}, strings.Fields(args)...)...).wantExit(t, 0)
		if got := strings.Join(opened, ","); got != want {
			t.Errorf("%s opened %s", args, got)
		}
	}
	s, _ := remembers(t)
	for _, args := range [][]string{{"--this", ":1"}, {"--this", "live", "--that", ":1"}, {"--this", "local@x", "--that", ":1"}, {"--this", "aws@", "--that", ":1"},
		{"--this", "aws/", "--that", ":1"}, {"--this", "local/prod", "--that", ":1"},
		{"--this", ":1", "--that", ":2", "--ignore", "["}} {
		r := s.run(append([]string{"compare", "orders"}, args...)...)
		r.wantExit(t, 2)
		if strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v: %s", args, r.err)
		}
	}
}

package cli

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// A describedTarget tells what its qualifiers stand for.
type describedTarget struct{ *fakeTarget }

func (d *describedTarget) Qualifiers(context.Context, string) ([]invoke.Qualifier, error) {
	return []invoke.Qualifier{
		{Name: invoke.Latest, Kind: invoke.KindLatest, Version: invoke.Latest},
		{Name: "live", Kind: invoke.KindAlias, Version: "1"},
		{Name: "1", Kind: invoke.KindVersion, Version: "1", PublishedAt: started},
	}, nil
}

func (d *describedTarget) Configuration(_ context.Context, function, qualifier string) (invoke.Configuration, error) {
	c := invoke.Configuration{Function: invoke.Function{
		Name: function, Runtime: "python3.13", Handler: "app.handler", MemorySizeMB: 128, Timeout: 3 * time.Second, CodeSHA256: "AAAA",
		Environment: []invoke.Variable{{Name: "KEY", Value: "s3cret-one"}, {Name: "OLD", Value: "gone"}, {Name: "TITLE", Value: "\x1b]0;x\x07"}},
	}, Version: "1"}
	switch qualifier {
	case "1", "live":
		return c, nil
	case invoke.Latest:
		c.Version, c.MemorySizeMB, c.CodeSHA256 = invoke.Latest, 2048, "BBBB"
		c.Environment = []invoke.Variable{{Name: "KEY", Value: "s3cret-two"}, {Name: "NEW", Value: ""}, {Name: "TITLE", Value: "\x1b]0;x\x07"}}
		return c, nil
	}
	return invoke.Configuration{}, invoke.FunctionNotFound("orders:" + qualifier)
}

func described(t *testing.T) *stage {
	t.Helper()
	target := &describedTarget{&fakeTarget{info: invoke.TargetInfo{Kind: invoke.Local, Project: "/p", ProjectName: "p"}}}
	target.answer = func(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
		r := result(`{"by":"` + req.Qualifier + `"}`)
		if r.ExecutedVersion = req.Qualifier; req.Qualifier == "" {
			r.ExecutedVersion = invoke.Latest
		}
		return r, nil
	}
	return newStage(t, target).remembering()
}

func TestQualifiersAreLaidSideBySide(t *testing.T) {
	s := described(t)
	r := s.run("qualifiers", "compare", "orders", "1", "$LATEST")
	r.wantExit(t, ExitDifferent)
	for _, row := range []string{
		"orders on local · p\n", "   Version    1              $LATEST\n", "   Aliases    live           –\n", "≠  Code hash  AAAA           BBBB\n",
		"   Runtime    python3.13     python3.13\n", "≠  Memory     128 MB         2,048 MB\n",
		"≠  KEY        set            set to something else\n", "+  NEW        –              set\n", "−  OLD        set            –\n",
	} {
		if !strings.Contains(spaced(r.out), spaced(row)) {
			t.Errorf("there is no row %q in\n%s", row, r.out)
		}
	}
	if strings.Contains(r.out, "s3cret") || strings.Contains(r.out, "Answers") {
		t.Errorf("values are shown unasked, or answers that are not there:\n%s", r.out)
	}
	if want := "≠ 5 differences in what runs\n"; r.err != want {
		t.Errorf("said %q, want %q", r.err, want)
	}
	r = s.run("qualifiers", "compare", "orders", "1", "$LATEST", "--values")
	if !strings.Contains(r.out, "s3cret-one") || !strings.Contains(r.out, "s3cret-two") || strings.ContainsAny(r.out, "\x1b\x07") {
		t.Errorf("with --values:\n%q", r.out)
	}
}

// spaced squeezes columns, so that a test does not depend on how wide they are.
func spaced(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

func TestQualifiersCompareTheAnswersInHistory(t *testing.T) {
	s := described(t)
	for _, q := range []string{"1", "$LATEST"} {
		s.run("invoke", "orders", "-q", q, "-p", `{"id":7}`).wantExit(t, 0)
	}
	r := s.run("qualifiers", "compare", "orders", "1", "$LATEST", "-o", "json")
	r.wantExit(t, ExitDifferent)
	var got struct {
		This, That struct {
			Qualifier, Version, CodeSha256 string
			MemorySizeMb                   int
			Environment                    []string
			Aliases                        []string
		}
		Differences []struct {
			Path, Change string
			This, That   any
		}
		Results []struct {
			This, That  struct{ ID, StatusCode int }
			Same        bool
			Differences int
		}
	}
	if err := json.Unmarshal([]byte(r.out), &got); err != nil {
		t.Fatalf("%v: %s", err, r.out)
	}
	if got.This.Version != "1" || got.That.MemorySizeMb != 2048 || len(got.This.Environment) != 3 || got.This.Aliases[0] != "live" {
		t.Errorf("the sides: %+v", got)
	}
	changes := map[string]string{}
	for _, d := range got.Differences {
		changes[d.Path] = d.Change
		if strings.HasPrefix(d.Path, "environment.") && (d.This != nil || d.That != nil) {
			t.Errorf("a value is told unasked: %+v", d)
		}
	}
	for path, change := range map[string]string{"codeSha256": "changed", "memorySizeMb": "changed", "environment.KEY": "changed", "environment.NEW": "added", "environment.OLD": "removed"} {
		if changes[path] != change {
			t.Errorf("%s: %q, want %s", path, changes[path], change)
		}
	}
	if len(got.Results) != 1 || got.Results[0].Same || got.Results[0].Differences != 1 || got.Results[0].This.ID != 1 || got.Results[0].That.ID != 2 {
		t.Errorf("results: %+v", got.Results)
	}
	if !strings.Contains(s.run("qualifiers", "compare", "orders", "1", "$LATEST", "-o", "json", "--values").out, `"environment":{"KEY":"s3cret-one"`) {
		t.Error("--values gives no values")
	}
	text := s.run("qualifiers", "compare", "orders", "1", "$LATEST")
	if !strings.Contains(text.out, `≠  {"id":7}  #1 ✓ 200 182 ms  #2 ✓ 200 182 ms`) || !strings.HasSuffix(text.err, "; the answers to 1 of 1 payload differ\n") {
		t.Errorf("%s%s", text.out, text.err)
	}
}

func TestQualifiersThatAreTheSame(t *testing.T) {
	s := described(t)
	r := s.run("qualifiers", "compare", "orders", "live", "1")
	r.wantExit(t, ExitDone)
	if r.err != "= what runs is the same\n" {
		t.Errorf("said %q", r.err)
	}
	s.run("qualifiers", "compare", "orders", "1", "9").wantExit(t, ExitNotFound)
	s.run("qualifiers", "compare", "orders", "1").wantExit(t, ExitUsage)
	s = newStage(t, &fakeTarget{}).remembering()
	s.run("qualifiers", "compare", "orders", "1", "2").wantExit(t, ExitUsage)
	s.fails = errors.New("no such profile")
	s.run("qualifiers", "compare", "orders", "1", "2").wantExit(t, ExitUsage)
}

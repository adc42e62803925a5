package invoke_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lambent/invoke"
)

// A describedTarget tells what its qualifiers stand for.
type describedTarget struct {
	plainTarget
	qualifiers []invoke.Qualifier
	configured map[string]invoke.Configuration // by qualifier
}

func (d *describedTarget) Qualifiers(context.Context, string) ([]invoke.Qualifier, error) {
	return d.qualifiers, nil
}

func (d *describedTarget) Configuration(_ context.Context, function, qualifier string) (invoke.Configuration, error) {
	c, ok := d.configured[qualifier]
	if !ok || function != "orders" {
		return c, invoke.NewFailure("ResourceNotFoundException", "Function not found: "+function+":"+qualifier)
	}
	return c, nil
}

func twoVersions() *describedTarget {
	day := time.Date(2026, 11, 22, 14, 2, 11, 0, time.UTC)
	one := invoke.Configuration{
		Function: invoke.Function{
			Name: "orders", Runtime: "python3.12", Handler: "app.handler", MemorySizeMB: 1024, Timeout: 3 * time.Second, Description: "the first",
			CodeSHA256: "AAAA", CodeSizeB: 1234567, LastModified: day,
			Environment: []invoke.Variable{{Name: "KEY", Value: "s3cret"}, {Name: "GONE", Value: ""}, {Name: "SAME", Value: "x"}},
		},
		Version: "1",
	}
	latest := one
	latest.Version, latest.Runtime, latest.CodeSHA256, latest.CodeSizeB = invoke.Latest, "python3.13", "BBBB", 1234568
	latest.Layers = []string{"arn:a", "arn:b"}
	latest.Problems = []string{"the environment can't be read"}
	latest.Environment = []invoke.Variable{{Name: "NEW", Unresolved: "no value here"}, {Name: "KEY", Value: "other"}, {Name: "SAME", Value: "x"}}
	return &describedTarget{
		qualifiers: []invoke.Qualifier{
			{Name: invoke.Latest, Kind: invoke.KindLatest, Version: invoke.Latest},
			{Name: "live", Kind: invoke.KindAlias, Version: "1"},
			{Name: "canary", Kind: invoke.KindAlias, Version: "2", Weights: map[string]float64{"2": 0.9, "1": 0.1}},
			{Name: "1", Kind: invoke.KindVersion, Version: "1", PublishedAt: day},
		},
		configured: map[string]invoke.Configuration{"1": one, "live": one, invoke.Latest: latest},
	}
}

func TestVersionsAreComparedFactByFact(t *testing.T) {
	c, err := invoke.CompareVersions(t.Context(), twoVersions(), "orders:live", "1", "") // which of the two is not for the name to say
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range c.Facts {
		line := string(f.Group) + " " + f.Label + ": " + f.Text(f.This, time.UTC) + " | " + f.Text(f.That, time.UTC)
		if f.Differs() {
			line += " ≠"
		}
		got = append(got, line)
	}
	want := []string{
		"about Version: 1 | $LATEST ≠",
		"about Published: 2026-11-22 14:02 |  ≠",
		"about Last modified:  | 2026-11-22 14:02 ≠",
		"about Description: the first | the first",
		"about Aliases: live, canary 10% |  ≠",
		"about Problems:  | the environment can't be read ≠",
		"code Code hash: AAAA | BBBB ≠",
		"code Code size: 1,234,567 bytes | 1,234,568 bytes ≠",
		"configuration Runtime: python3.12 | python3.13 ≠",
		"configuration Handler: app.handler | app.handler",
		"configuration Memory: 1,024 MB | 1,024 MB",
		"configuration Timeout: 3 s | 3 s",
		"configuration Layers:  | arn:a, arn:b ≠",
		"environment GONE:  |  ≠", // an empty value is not the lack of one
		"environment KEY: s3cret | other ≠",
		"environment NEW:  | not set here ≠",
		"environment SAME: x | x",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := c.Differences(); n != 6 {
		t.Errorf("%d differences, want 6: names, sizes and dates don't count", n)
	}
}

func TestWhichRunsBelongToAVersion(t *testing.T) {
	target := twoVersions()
	c, err := invoke.CompareVersions(t.Context(), target, "orders", "1", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct {
		qualifier, executed string
		this, that          bool
	}{
		{"1", "1", true, false}, {"live", "1", true, false}, {"", invoke.Latest, false, true},
		{invoke.Latest, invoke.Latest, false, true}, {"canary", "2", false, false}, {"canary", "1", true, false},
	} {
		if this, that := c.Covered(r.qualifier, r.executed); this != r.this || that != r.that {
			t.Errorf("%q, which executed %s: %v and %v", r.qualifier, r.executed, this, that)
		}
	}
	// Where both stand for one version, the name that was asked for tells.
	if c, err = invoke.CompareVersions(t.Context(), target, "orders", "1", "live"); err != nil || c.Differences() != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	if this, that := c.Covered("live", "1"); this || !that {
		t.Errorf("%v and %v", this, that)
	}
}

func TestVersionsThatCannotBeCompared(t *testing.T) {
	var failure *invoke.Failure
	_, err := invoke.CompareVersions(t.Context(), twoVersions(), "orders", "1", "9")
	if !errors.As(err, &failure) || failure.ExitCode() != 6 {
		t.Errorf("an unknown version: %v", err)
	}
	if _, err = invoke.CompareVersions(t.Context(), &plainTarget{}, "orders", "1", "2"); err == nil {
		t.Error("a target that tells nothing is compared")
	}
}

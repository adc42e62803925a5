package invoke_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// A tellingTarget tells how its one function is configured.
type tellingTarget struct {
	invoke.Target
	configuration invoke.Configuration
	asked         []string
}

func (d *tellingTarget) Info() invoke.TargetInfo {
	return invoke.TargetInfo{Kind: invoke.AWS, Region: "eu-west-1"}
}
func (d *tellingTarget) Functions(context.Context) iter.Seq2[invoke.Function, error] { return nil }
func (d *tellingTarget) Configuration(_ context.Context, function, qualifier string) (invoke.Configuration, error) {
	d.asked = append(d.asked, function+" "+qualifier)
	return d.configuration, nil
}

// A silentTarget tells nothing of its functions.
type silentTarget struct{ invoke.Target }

func TestDescribe(t *testing.T) {
	none := 0
	d := &tellingTarget{configuration: invoke.Configuration{
		Function: invoke.Function{Name: "orders", ARN: "arn:aws:lambda:eu-west-1:123456789012:function:orders", Runtime: "nodejs22.x", Timeout: 3 * time.Second, Source: "aws",
			Environment: []invoke.Variable{{Name: "EMPTY"}, {Name: "TABLE", Value: "orders"}, {Name: "UNKNOWN", Unresolved: "a reference"}}},
		Version: "2", State: "Inactive", StateReason: "The function is idle.", LastUpdate: "Failed", LastUpdateReason: "no such image", ReservedConcurrency: &none,
	}}
	known := []invoke.Qualifier{
		{Name: "live", Kind: invoke.KindAlias, Version: "2"}, {Name: "old", Kind: invoke.KindAlias, Version: "1"},
		{Name: "canary", Kind: invoke.KindAlias, Version: "1", Weights: map[string]float64{"1": 0.9, "2": 0.1}},
	}
	got, err := invoke.Describe(t.Context(), d, "123456789012:function:orders:live", "", known)
	if err != nil || got.Qualifier.Kind != invoke.KindAlias || strings.Join(d.asked, "|") != "arn:aws:lambda:eu-west-1:123456789012:function:orders live" {
		t.Fatalf("%+v, %v, asked for %q", got.Qualifier, err, d.asked)
	}
	var said []string
	for _, f := range got.Facts() {
		if f.That != nil {
			t.Errorf("%s has two sides", f.Member)
		}
		said = append(said, f.Member+"="+string(f.This))
	}
	want := []string{`version="2"`, `aliases=["live","canary 10%"]`, `state="Inactive"`, `stateReason="The function is idle."`,
		`lastUpdate="Failed"`, `lastUpdateReason="no such image"`, `arn="arn:aws:lambda:eu-west-1:123456789012:function:orders"`,
		`runtime="nodejs22.x"`, `timeoutS=3`, `reservedConcurrency=0`, `EMPTY=""`, `TABLE="orders"`, `UNKNOWN=null`}
	if strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
	}

	d.asked = nil
	if _, err := invoke.Describe(t.Context(), d, "orders:live", "2", nil); err == nil || d.asked != nil {
		t.Errorf("%v, asked for %q", err, d.asked)
	}
	if _, err := invoke.Describe(t.Context(), silentTarget{}, "orders", "", nil); err == nil {
		t.Error("a target that tells nothing has told something")
	}
}

func TestSortQualifiers(t *testing.T) {
	list := []invoke.Qualifier{
		{Name: "9", Kind: invoke.KindVersion}, {Name: "live", Kind: invoke.KindAlias}, {Name: "10", Kind: invoke.KindVersion},
		{Name: "$LATEST", Kind: invoke.KindLatest}, {Name: "beta", Kind: invoke.KindAlias}, {Name: "100", Kind: invoke.KindVersion},
	}
	invoke.SortQualifiers(list)
	var names []string
	for _, q := range list {
		names = append(names, q.Name)
	}
	if got := strings.Join(names, " "); got != "$LATEST live beta 100 10 9" {
		t.Error(got)
	}
}

//go:build unix

package local

import (
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// What SAM says with a function that has an alias is the alias's alone (spec §7), before
// and after the alias points at a version.
func TestEventsAreTreatedAsTheirQualifierSays(t *testing.T) {
	q := &memoryQueue{}
	none := 0
	fn := function("f", "fail", func(fn *project.Function) {
		fn.Aliases = []project.Alias{{Name: "live"}}
		fn.EventInvoke = map[string]invoke.EventInvokeConfig{"live": {MaximumRetryAttempts: &none, OnFailure: topicARN}}
	})
	f := open(t, []project.Function{fn}, queueing(q, 3000))
	look := func(qualifier string, attempts, deliveries int, note string) {
		t.Helper()
		accepted := f.call("{}", event, qualified(qualifier))
		if notes := strings.Join(accepted.Notes, "\n"); notes != note {
			t.Errorf("by %q: notes %q, want %q", qualifier, notes, note)
		}
		if _, err := f.Follow(t.Context(), accepted.RequestID, nil); err != nil {
			t.Fatal(err)
		}
		e, _ := q.Event(t.Context(), accepted.RequestID)
		if len(e.Attempts) != attempts || len(e.Deliveries) != deliveries || e.State != invoke.EventDead {
			t.Errorf("by %q: %d attempts, %d deliveries, %s", qualifier, len(e.Attempts), len(e.Deliveries), e.State)
		}
	}
	other := func(q string) string {
		return "The template's EventInvokeConfig is for f:live and not for f:" + q + ": two retries, six hours and no destinations apply."
	}
	look("live", 1, 1, "")
	look("", 3, 0, other("$LATEST"))
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	look("live", 1, 1, "")
	look("1", 3, 0, other("1"))
	c, err := f.EventInvokeConfig(t.Context(), "f", "live")
	if err != nil || c.OnFailure != topicARN {
		t.Errorf("of live: %+v, %v", c, err)
	}
}

// An alias of the template can be pointed elsewhere by hand and taken back, not away.
func TestDeletingAnAliasOfTheTemplate(t *testing.T) {
	f := open(t, []project.Function{function("f", "echo", func(fn *project.Function) {
		fn.Source, fn.Aliases = "template.yaml:3", []project.Alias{{Name: "edge", Version: "$LATEST"}}
	})})
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.PutAlias(t.Context(), "f", "edge", "1", "", nil); err != nil {
		t.Fatal(err)
	}
	if got := f.call("{}", qualified("edge")).ExecutedVersion; got != "1" {
		t.Errorf("pointed at 1 it is %s", got)
	}
	if err := f.DeleteAlias(t.Context(), "f", "edge"); err != nil {
		t.Fatal(err)
	}
	if got := f.call("{}", qualified("edge")).ExecutedVersion; got != "$LATEST" {
		t.Errorf("taken back it is %s", got)
	}
	if err := f.DeleteAlias(t.Context(), "f", "edge"); err == nil || err.Error() != "the alias edge comes from template.yaml:3: take it out there" {
		t.Errorf("taken away: %v", err)
	}
}

// The ARN in the context repeats the qualifier exactly as it was given, none for none; the
// version is what it stands for (spec §3.2).
func TestContextNamesTheQualifierAsGiven(t *testing.T) {
	f := open(t, []project.Function{function("f", "headers", func(fn *project.Function) { fn.Aliases = []project.Alias{{Name: "live"}} })})
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	for qualifier, want := range map[string]struct{ arn, version string }{
		"": {lambda + "f", "$LATEST"}, "$LATEST": {lambda + "f:$LATEST", "$LATEST"}, "1": {lambda + "f:1", "1"}, "live": {lambda + "f:live", "1"},
	} {
		r := f.call("{}", qualified(qualifier))
		var headers map[string][]string
		unmarshal(t, r.Payload, &headers)
		if got := headers["Lambda-Runtime-Invoked-Function-Arn"]; len(got) != 1 || got[0] != want.arn || r.ExecutedVersion != want.version {
			t.Errorf("by %q: %s is version %s, want %s, %s", qualifier, got, r.ExecutedVersion, want.arn, want.version)
		}
	}
}

// An alias that the template pins to a version that is not here runs $LATEST, and says so.
func TestPinnedAliasBeforeItsVersionIsPublished(t *testing.T) {
	f := open(t, []project.Function{function("f", "echo", func(fn *project.Function) {
		fn.Aliases = []project.Alias{{Name: "old", Version: "1"}, {Name: "edge", Version: "$LATEST"}}
	})})
	r := f.call("{}", qualified("old"))
	if notes := strings.Join(r.Notes, "\n"); r.ExecutedVersion != "$LATEST" ||
		notes != "The template pins the alias old to version 1, which is not published here: $LATEST stands in for it." {
		t.Errorf("version %s, notes %q", r.ExecutedVersion, notes)
	}
	if r := f.call("{}", qualified("edge")); len(r.Notes) != 0 {
		t.Errorf("edge is where it belongs, notes %q", r.Notes)
	}
	if _, err := f.PublishVersion(t.Context(), "f", ""); err != nil {
		t.Fatal(err)
	}
	if r := f.call("{}", qualified("old")); r.ExecutedVersion != "1" || len(r.Notes) != 0 {
		t.Errorf("published: version %s, notes %q", r.ExecutedVersion, r.Notes)
	}
}

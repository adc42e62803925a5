package versions

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

func TestResolve(t *testing.T) {
	s, _ := open(t)
	dir := code(t, map[string]string{"app.py": "one"})
	for _, q := range []string{"", "$LATEST"} {
		if r := resolve(t, s, q); r.Version != "$LATEST" || r.CodeDir != "" || r.Config.Name != "orders" {
			t.Errorf("%q is %+v", q, r)
		}
	}
	missing := func(qualifiers ...string) {
		t.Helper()
		for _, q := range qualifiers {
			_, err := s.Resolve(orders(), q, nil)
			var none *NotFoundError
			if !errors.As(err, &none) || none.Qualifier != q || none.Function != "orders" {
				t.Errorf("%q: got %v", q, err)
			}
		}
	}
	missing("1", "live", "0", "01", "99999999999999999999", "..", "../../x", "$latest")
	publish(t, s, orders(), dir)
	missing("2", "01", "live")
	put(t, s, Alias{Name: "live", Version: "1"})
	put(t, s, Alias{Name: "edge", Version: "$LATEST"})
	for q, want := range map[string]string{"1": "1", "live": "1", "edge": "$LATEST"} {
		if r := resolve(t, s, q); r.Version != want {
			t.Errorf("%s is version %s, want %s", q, r.Version, want)
		}
	}
	missing("LIVE")
	if err := s.DeleteAlias("orders", "live"); err != nil {
		t.Fatal(err)
	}
	missing("live")
	var none *NotFoundError
	if err := s.DeleteAlias("orders", "live"); !errors.As(err, &none) {
		t.Errorf("deleted twice: %v", err)
	}
}

// Every invocation draws anew: the additional version gets its share, the rest
// goes to the primary one.
func TestWeightedAlias(t *testing.T) {
	s, _ := open(t)
	dir := code(t, map[string]string{"app.py": "one"})
	publish(t, s, orders(), dir)
	if err := os.WriteFile(filepath.Join(dir, "app.py"), []byte("two"), 0o644); err != nil {
		t.Fatal(err)
	}
	publish(t, s, orders(), dir)
	put(t, s, Alias{Name: "canary", Version: "2", Description: "all"})
	put(t, s, Alias{Name: "canary", Version: "1", Routing: map[string]float64{"2": 0.25}, Description: "a quarter"})
	for drawn, want := range map[float64]string{0: "2", 0.2499: "2", 0.25: "1", 0.9999: "1"} {
		r, err := s.Resolve(orders(), "canary", func() float64 { return drawn })
		if err != nil || r.Version != want {
			t.Errorf("drew %v: version %s, want %s, %v", drawn, r.Version, want, err)
		}
	}
	all, err := s.Aliases(orders())
	if err != nil || len(all) != 1 {
		t.Fatalf("got %v, %v", all, err)
	}
	q := all[0].Qualifier()
	if q.Kind != invoke.KindAlias || q.Version != "1" || q.Description != "a quarter" || !maps.Equal(q.Weights, map[string]float64{"1": 0.75, "2": 0.25}) {
		t.Errorf("as a qualifier: %+v", q)
	}
}

func TestAliasRefusals(t *testing.T) {
	s, _ := open(t)
	publish(t, s, orders(), code(t, map[string]string{"app.py": "one"}))
	type routing = map[string]float64
	for _, tt := range []struct {
		alias      Alias
		name, want string
	}{
		{Alias{Name: "a", Version: "1", Routing: routing{"2": 0.1, "3": 0.1}}, "InvalidParameterValueException", "Number of items in AdditionalVersionWeights cannot be greater than 1"},
		{Alias{Name: "a", Version: "$LATEST", Routing: routing{"1": 0.1}}, "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version"},
		{Alias{Name: "a", Version: "1", Routing: routing{"$LATEST": 0.1}}, "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version"},
		{Alias{Name: "a", Version: "1", Routing: routing{"1": 0.1}}, "InvalidParameterValueException", "Invalid function version 1. Function version 1 is already included in routing configuration."},
		{Alias{Name: "12", Version: "1"}, "ValidationException", "1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"},
		{Alias{Name: "a.b", Version: "1"}, "ValidationException", "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"},
		{Alias{Name: "", Version: "1"}, "ValidationException", "Member must have length greater than or equal to 1"},
		{Alias{Name: strings.Repeat("a", 129), Version: "1"}, "ValidationException", "Member must have length less than or equal to 128"},
		{Alias{Name: "a", Version: "live"}, "ValidationException", `Value 'live' at 'functionVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: (\$LATEST|[0-9]+)`},
		{Alias{Name: "a", Version: "1", Routing: routing{"2": 1.5}}, "ValidationException", "Member must have value less than or equal to 1.0"},
		{Alias{Name: "1", Version: "live", Routing: routing{"2": 2}}, "ValidationException", "3 validation errors detected: Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+); Value 'live' at 'functionVersion'"},
		{Alias{Name: "a", Version: "1", Description: strings.Repeat("é", 257)}, "ValidationException", "at 'description' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{Alias{Name: "a", Version: "1", Routing: routing{"2": -1}}, "ValidationException", "Member must have value greater than or equal to 0.0"},
	} {
		_, err := s.PutAlias("orders", tt.alias)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Name != tt.name || !strings.Contains(refused.Message, tt.want) {
			t.Errorf("%+v: got %v, want %s: %s", tt.alias, err, tt.name, tt.want)
		}
	}
	for _, a := range []Alias{{Name: "a", Version: "9"}, {Name: "a", Version: "1", Routing: routing{"9": 0.5}}} {
		var none *NotFoundError
		if _, err := s.PutAlias("orders", a); !errors.As(err, &none) || none.Qualifier != "9" {
			t.Errorf("%+v: got %v", a, err)
		}
	}
	other := orders()
	other.DeadLetter = "arn:aws:sqs:us-east-1:123456789012:letters"
	publish(t, s, other, code(t, map[string]string{"app.py": "one"}))
	var refused *RefusedError
	if _, err := s.PutAlias("orders", Alias{Name: "a", Version: "1", Routing: routing{"2": 0.5}}); !errors.As(err, &refused) || !strings.Contains(refused.Message, "the same dead-letter queue") {
		t.Errorf("versions of two dead-letter queues: %v", err)
	}
	if all, err := s.Aliases(orders()); err != nil || len(all) != 0 {
		t.Errorf("a refused alias is there: %v, %v", all, err)
	}
}

// An alias that follows stands for $LATEST until something is published, and
// follows what is published from then on.
func TestAliasThatFollows(t *testing.T) {
	s, _ := open(t)
	fn, dir := orders(), code(t, map[string]string{"app.py": "one"})
	fn.Aliases = []project.Alias{{Name: "live"}}
	points := func(want string) {
		t.Helper()
		r, err := s.Resolve(fn, "live", nil)
		if err != nil || r.Version != want {
			t.Errorf("live is %s, want %s: %v", r.Version, want, err)
		}
		all, err := s.Aliases(fn)
		if err != nil || len(all) != 1 || all[0].Name != "live" || all[0].Version != want {
			t.Errorf("listed %v, want live at %s: %v", all, want, err)
		}
	}
	points("$LATEST")
	publish(t, s, fn, dir)
	points("1")
	fn.MemorySizeMB = 1024
	publish(t, s, fn, dir)
	points("2")
	put(t, s, Alias{Name: "live", Version: "1"})
	publish(t, s, fn, dir)
	points("1") // nothing was published, so nothing moves
}

// An alias that the template pins to a version is there from the moment that the
// version is; what is said by hand wins until it is taken back.
func TestAliasOfTheTemplateThatIsPinned(t *testing.T) {
	s, _ := open(t)
	fn, dir := orders(), code(t, map[string]string{"app.py": "one"})
	fn.Aliases = []project.Alias{{Name: "old", Version: "2", Description: "the second", Routing: map[string]float64{"1": 0.5}},
		{Name: "new", Routing: map[string]float64{"1": 0.25, "9": 0.5}}, {Name: "edge", Version: "$LATEST"}}
	delete(fn.Aliases[1].Routing, "9")
	points := func(alias string, drawn float64, want string) {
		t.Helper()
		r, err := s.Resolve(fn, alias, func() float64 { return drawn })
		if err != nil || r.Version != want {
			t.Errorf("%s is %s, want %s: %v", alias, r.Version, want, err)
		}
	}
	points("old", 0, "$LATEST")
	publish(t, s, fn, dir)
	points("old", 0, "$LATEST")
	points("new", 0, "1") // its other version is itself
	fn.MemorySizeMB = 1024
	publish(t, s, fn, dir)
	points("old", 0.4, "1")
	points("old", 0.6, "2")
	points("new", 0.2, "1")
	points("new", 0.3, "2")
	points("edge", 0, "$LATEST")
	put(t, s, Alias{Name: "old", Version: "1"})
	points("old", 0.6, "1")
	if err := s.DeleteAlias("orders", "old"); err != nil {
		t.Fatal(err)
	}
	points("old", 0.6, "2")
	all, err := s.Aliases(fn)
	if err != nil || len(all) != 3 || all[2].Name != "old" || all[2].Description != "the second" || all[2].Routing["1"] != 0.5 {
		t.Errorf("listed %+v, %v", all, err)
	}
}

// A number is given out with the aliases that follow it or not at all; a publication
// that was killed between the two is completed by the next one.
func TestPublishingIsWholeWithItsAliases(t *testing.T) {
	s, _ := open(t)
	fn, dir := orders(), code(t, map[string]string{"app.py": "one"})
	fn.Aliases = []project.Alias{{Name: "live"}}
	publish(t, s, fn, dir)
	fn.MemorySizeMB = 1024
	publish(t, s, fn, dir)
	folder, err := s.folder("orders")
	if err != nil {
		t.Fatal(err)
	}

	if err := os.Remove(filepath.Join(folder, "aliases.json")); err != nil {
		t.Fatal(err)
	}
	if v := publish(t, s, fn, dir); v.Number != 2 {
		t.Errorf("nothing has changed, and it became version %d", v.Number)
	}
	if r, err := s.Resolve(fn, "live", nil); err != nil || r.Version != "2" {
		t.Errorf("after the publication that was completed live is %s, %v", r.Version, err)
	}

	if err := os.Remove(filepath.Join(folder, "1", "version.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "1", "version.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	fn.MemorySizeMB, fn.Aliases[0].Routing = 2048, map[string]float64{"1": 0.5}
	fresh, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := fresh.Publish(t.Context(), fn, dir, ""); err == nil {
		t.Errorf("published version %d although its alias can't follow", v.Number)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".partial*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	fn.Aliases[0].Routing = nil
	if v := publish(t, s, fn, dir); v.Number != 3 {
		t.Errorf("the number that was not given out is %d's, want 3", v.Number)
	}
}

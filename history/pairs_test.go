package history

import (
	"context"
	"strings"
	"testing"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
)

// runOn records a run of a payload: what was asked for and what was executed.
func runOn(t *testing.T, s *Store, qualifier, executed, payload string) int64 {
	t.Helper()
	target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		return invoke.Result{StatusCode: 200, ExecutedVersion: executed, Payload: []byte(executed)}, nil
	}}
	return invokeOne(t, s, target, invoke.Request{Function: "orders", Qualifier: qualifier, Payload: []byte(payload)})
}

func sidesOf(this, that string) invoke.VersionComparison {
	side := func(name string) invoke.VersionSide {
		kind := invoke.KindVersion
		if name == invoke.Latest {
			kind = invoke.KindLatest
		}
		return invoke.VersionSide{
			Qualifier:     invoke.Qualifier{Name: name, Kind: kind, Version: name},
			Configuration: invoke.Configuration{Version: name},
		}
	}
	return invoke.VersionComparison{Function: "orders", This: side(this), That: side(that)}
}

func pairs(t *testing.T, s *Store, c invoke.VersionComparison) (ids [][2]int64, more bool) {
	t.Helper()
	list, more, err := s.Pairs(t.Context(), KeyOf(localInfo, "orders"), c, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		ids = append(ids, [2]int64{p.This.ID, p.That.ID})
	}
	return ids, more
}

func TestPairsAreTheNewestRunsOfOnePayloadOnBothSides(t *testing.T) {
	s := open(t, t.TempDir())
	runOn(t, s, "1", "1", `{"n":1}`)
	oneOld := runOn(t, s, "live", "1", `{"n":1}`) // an alias that pointed at it
	runOn(t, s, "2", "2", `{"n":1}`)
	two := runOn(t, s, "2", "2", `{"n":1}`)
	runOn(t, s, "2", "2", `{"n":2}`) // on one side only
	runOn(t, s, "", invoke.Latest, `{"n":3}`)
	if got, more := pairs(t, s, sidesOf("1", "2")); !cmp.Equal(got, [][2]int64{{oneOld, two}}) || more {
		t.Errorf("got %v, more %v; want %d and %d", got, more, oneOld, two)
	}
	if got, _ := pairs(t, s, sidesOf(invoke.Latest, "2")); len(got) != 0 {
		t.Errorf("$LATEST was never given a payload that 2 was: %v", got)
	}
	// Payloads that begin alike and are of one size are told apart by their bytes.
	long := strings.Repeat("x", 4096)
	first := runOn(t, s, "1", "1", `"`+long+`a"`)
	second := runOn(t, s, "2", "2", `"`+long+`a"`)
	runOn(t, s, "2", "2", `"`+long+`b"`)
	if got, _ := pairs(t, s, sidesOf("1", "2")); len(got) != 2 || got[0] != [2]int64{first, second} {
		t.Errorf("got %v, want %d and %d first", got, first, second)
	}
	if err := s.Delete(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if got, _ := pairs(t, s, sidesOf("1", "2")); !cmp.Equal(got, [][2]int64{{oneOld, two}}) {
		t.Errorf("after a deletion: %v", got)
	}
}

func TestPairsLeaveOutWhatNoFunctionAnswered(t *testing.T) {
	s := open(t, t.TempDir())
	runOn(t, s, "1", "1", `{}`)
	refused := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		return invoke.Result{StatusCode: 429}, invoke.NewFailure("TooManyRequestsException", "")
	}}
	if _, err := s.Recorder(refused).Invoke(t.Context(), invoke.Request{Function: "orders", Qualifier: "2", Payload: []byte(`{}`)}, nil); err == nil {
		t.Fatal("it was to be refused")
	}
	if got, _ := pairs(t, s, sidesOf("1", "2")); len(got) != 0 {
		t.Errorf("a refusal is paired: %v", got)
	}
}

func TestPairsEndWhenEnoughHaveCome(t *testing.T) {
	s := open(t, t.TempDir())
	for _, payload := range []string{"1", "2", "3", "4"} {
		runOn(t, s, "1", "1", payload)
		runOn(t, s, "2", "2", payload)
	}
	if got, more := pairs(t, s, sidesOf("1", "2")); len(got) != 3 || !more {
		t.Errorf("got %v, more %v", got, more)
	}
}

func TestPairsSayWhetherTheAnswersDiffer(t *testing.T) {
	s := open(t, t.TempDir())
	runOn(t, s, "1", "1", `{"a":1}`)
	runOn(t, s, "2", "2", `{"a":1}`) // it answers with its number
	list, _, err := s.Pairs(t.Context(), KeyOf(localInfo, "orders"), sidesOf("1", "2"), 9)
	if err != nil || len(list) != 1 || list[0].Same() || list[0].Differences != 1 || list[0].Head != `{"a":1}` || list[0].That.Version != "2" || list[0].This.Status != 200 {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := s.SetVolatile(t.Context(), KeyOf(localInfo, "orders"), "$", VolatileKept); err != nil {
		t.Fatal(err)
	}
	if list, _, err = s.Pairs(t.Context(), KeyOf(localInfo, "orders"), sidesOf("1", "2"), 9); err != nil || !list[0].Same() {
		t.Errorf("what is kept as volatile counts: %+v, %v", list, err)
	}
}

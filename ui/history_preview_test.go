package ui_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// A oneAnswer is the shop's target with one answer to everything.
type oneAnswer struct {
	*uitest.Target
	result invoke.Result
}

func (a oneAnswer) Invoke(context.Context, invoke.Request, func(invoke.Progress)) (invoke.Result, error) {
	return a.result, nil
}

func answerOf(payload string) invoke.Result {
	return invoke.Result{StatusCode: 200, Payload: []byte(payload), ExecutedVersion: "$LATEST"}
}

// recordRun puts a run of orders into the shop's history.
func recordRun(t *testing.T, s *uitest.Shop, payload string, result invoke.Result) {
	t.Helper()
	r, err := s.Store.Recorder(oneAnswer{s.Target, result}).Invoke(context.Background(), invoke.Request{Function: "orders", Payload: []byte(payload)}, nil)
	if err != nil || r.HistoryID == 0 {
		t.Fatal(err, r.Notes)
	}
}

// The preview has request and result of the run under the cursor with the words of
// the query marked, and says what became different since the run before it.
func TestSearchPreview(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	for n, answer := range []string{`{"state":"new","n":1}`, `{"state":"old","n":1}`} {
		recordRun(t, s, fmt.Sprintf(`{"try":%d,"marker":"needle"}`, n), answerOf(answer))
	}
	s.Press("ctrl+r")
	s.Type("needle")
	s.Want("1 of 2", "Request", `{"try":1,"marker":"needle"}`, "Result  ✓ 200", `{"state":"old","n":1}`,
		"1 difference", "the payloads differ", `$.state  "new" → "old"`)
	s.Press("down")
	s.Want("2 of 2", `{"try":0,"marker":"needle"}`)
	if strings.Contains(s.Screen(), `$.state  "new" → "old"`) {
		t.Error("the difference of another run is shown")
	}
	for _, size := range sizes {
		s.Resize(size[0], size[1])
		s.Want("Request", "Result  ✓ 200", "Since #")
	}
}

// What is searched for far inside a large body is what the preview shows of it.
func TestSearchPreviewShowsThePlace(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	big := `["` + strings.Repeat("x", 3<<20) + `needle in it"]`
	recordRun(t, s, big, answerOf(`{}`))
	s.Press("ctrl+r")
	s.Type("needle in")
	s.Want("from byte 3,14", "needle in it", "the first run of this function")
	recordRun(t, s, `{}`, invoke.Result{StatusCode: 200, Payload: []byte(`{}`), Log: []byte("a\nthe straw in the log\nb\n")})
	s.Press("ctrl+u")
	s.Type("straw")
	s.Want("1 of 1", "Log  ", "the straw in the log")
}

// A word that is half remembered finds what is similar, after what is exactly so.
func TestSearchFindsSimilarRuns(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	s.Press("ctrl+r", "ctrl+r")
	s.Type("pymnts")
	s.Want("≈ ", "similar", "payments")
	s.Press("enter")
	s.Want("payments  $LATEST")
}

// The name of the event that was sent stands with the run, until the payload is changed.
func TestRunsHaveTheNameOfTheirEvent(t *testing.T) {
	s := uitest.NewShop(t, 200, 50)
	s.Press("ctrl+o", "enter", "f5")
	s.Advance(time.Second)
	s.Press("alt+2", "ctrl+a")
	s.Type("[7]")
	s.Press("f5")
	s.Advance(time.Second)
	runs := summaries(t, s, "")
	if runs[0].SavedEvent != "" || runs[1].SavedEvent != "orders-created" {
		t.Fatalf("the newest are of %q and %q", runs[0].SavedEvent, runs[1].SavedEvent)
	}
	s.Want("182 ms orders-c…", "182 ms orders ")
	s.Press("ctrl+r")
	s.Type("orders-created")
	s.Want("1 of 1", "orders-created")
}

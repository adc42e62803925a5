package ui_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"lambent/ui/uitest"
)

func TestMarkedRunsArePinned(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	s.Press("alt+5", "space", "space", "p")
	s.Want("2 runs pinned, kept when history is pruned", "⚑ ")
	if n := len(summaries(t, s, "is:pinned")); n != 2 {
		t.Fatalf("%d runs are pinned", n)
	}
}

func TestThePayloadOfARunIsSavedAsAnEvent(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	run := summaries(t, s, "")[0]
	e, err := s.Store.Entry(context.Background(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := e.Request.Payload
	s.Press("alt+5", "g", "e")
	s.Want("Save the payload of run #", "name, in ")
	s.Press("enter")
	s.Want("saved ")
	files, err := filepath.Glob(filepath.Join(s.Dir, "events", run.Function+"-*.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	got, err := os.ReadFile(files[0])
	if err != nil || string(got) != string(want) {
		t.Errorf("%q, %v; want the payload of the run %q", got, err, want)
	}
	s.Press("e", "enter")
	s.Want("Replace it?")
}

package ui_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lambent/ui"
	"lambent/ui/uitest"
)

// writeEventFile puts a saved event into a folder.
func writeEventFile(t *testing.T, dir, name, payload string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "events"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "events", name+".json"), []byte(payload), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Events of the chosen function stand first, those of the project and the shared ones;
// both are plain files that are read and written as they are.
func TestEventsAreMatchedToFunctions(t *testing.T) {
	shared := filepath.Join(t.TempDir(), "data") // not there yet
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Session = func(s *ui.Session) { s.SharedEventsDir = shared }
	})
	writeEventFile(t, s.Dir, "a-ping", `"ping"`)
	writeEventFile(t, s.Dir, "PaymentsFunction", `"whole"`)
	writeEventFile(t, s.Dir, "refused_payments", `"part"`)
	writeEventFile(t, shared, "payments-refund", `{"shared":1.0}`)
	writeEventFile(t, shared, "\x1b[31mevil", `{}`)

	chosen(s, "payments")
	s.Want(`"whole"`, "PaymentsFunction") // the event that a new function begins with
	s.Press("ctrl+o")
	screen := s.Screen()
	at := -1
	for _, want := range []string{"PaymentsFunction", "shared/payments-refund", "refused_payments", "a-ping", "orders-created"} {
		i := strings.Index(screen, want+" ")
		if i < at || i < 0 {
			t.Errorf("%s is not in its place:\n%s", want, screen)
		}
		at = i
	}
	s.Want(" B · fits")
	s.Type("refund")
	s.Press("enter")
	s.Want(`{"shared":1.0}`, "shared/payments-refund")

	// It is saved where it came from, or wherever its name says.
	s.Press("ctrl+a")
	s.Type(`{"shared":2.0}`)
	s.Press("ctrl+s", "enter")
	s.Want("There is an event shared/payments-refund already.", "Replace it?")
	s.Press("y")
	s.Want("saved ")
	wantFile := func(path, want string) {
		t.Helper()
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", path, got, err)
		}
	}
	wantFile(filepath.Join(shared, "events", "payments-refund.json"), `{"shared":2.0}`)
	s.Press("ctrl+s", "ctrl+u")
	s.Type("payments-mine")
	s.Press("enter")
	wantFile(filepath.Join(s.Dir, "events", "payments-mine.json"), `{"shared":2.0}`)
	s.Press("ctrl+s", "ctrl+u")
	s.Type("shared/../../escape")
	s.Press("enter")
	s.Want("save the event: ")
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(shared), "escape*")); len(files) > 0 {
		t.Errorf("written outside: %v", files)
	}
}

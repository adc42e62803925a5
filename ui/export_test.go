package ui_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lambent/history"
	"lambent/ui/uitest"
)

const secretPayload = `{"password":"hunter2-correct-horse","mail":"ada@example.com","n":1.0}`

// Marked runs go to one file that import reads; secrets stay here unless they are asked for.
func TestMarkedRunsAreExported(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	recordRun(t, s, secretPayload, answerOf(`{"ok":true}`))
	recordRun(t, s, "\xff\xfe", answerOf("\x1b]0;evil\a"))
	dir := t.TempDir()
	clean, exact := filepath.Join(dir, "clean.jsonl"), filepath.Join(dir, "exact.jsonl")
	s.Press("alt+5", "f9", "g", "space", "space", "x")
	s.Want("Export 2 runs", "JSON Lines, without secrets", "of one run only")
	s.Press("enter", "ctrl+u")
	s.Type(clean)
	s.Press("enter")
	s.Want("2 runs exported to ", "secrets taken out")
	text, err := os.ReadFile(clean)
	if err != nil || strings.Contains(string(text), "hunter2") || strings.Contains(string(text), "ada@example.com") {
		t.Errorf("%v, %s", err, text)
	}
	if info, err := os.Stat(clean); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	export := func() {
		s.Press("x")
		s.Type("exactly")
		s.Press("enter", "ctrl+u")
		s.Type(exact)
		s.Press("enter")
	}
	export()
	s.Want("secrets included")
	other, err := history.Open(t.TempDir(), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	f, err := os.Open(exact)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if done, err := other.Import(context.Background(), f); err != nil || done.Added != 2 {
		t.Fatalf("imported %+v, %v", done, err)
	}
	for id, want := range map[int64]string{1: secretPayload, 2: "\xff\xfe"} {
		if e, err := other.Entry(context.Background(), id); err != nil || string(e.Request.Payload) != want {
			t.Errorf("%d is %q, %v", id, e.Request.Payload, err)
		}
	}
	// What is there already is replaced only when that is asked for.
	if err := os.WriteFile(exact, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	export()
	s.Want("is there already.")
	s.Press("n")
	if text, err := os.ReadFile(exact); err != nil || string(text) != "mine" {
		t.Errorf("replaced by %q, %v", text, err)
	}
}

// One run is copied as Markdown, without secrets.
func TestARunIsCopiedAsMarkdown(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	recordRun(t, s, secretPayload, answerOf("``` \x1b[31m ```"))
	s.Press("alt+5", "f9", "g", "x")
	s.Want("Export run #1")
	s.Type("clipboard")
	s.Press("enter")
	s.Want("Markdown without secrets copied")
	if !strings.Contains(s.Clipboard, "# Invocation of `orders`") || strings.ContainsAny(s.Clipboard, "\x1b") ||
		strings.Contains(s.Clipboard, "hunter2") || !strings.Contains(s.Clipboard, `"n": 1.0`) {
		t.Errorf("copied %s", s.Clipboard)
	}
}

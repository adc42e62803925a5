package history

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
)

func TestDrafts(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s := open(t, dir)
	here, there := KeyOf(localInfo, "orders"), KeyOf(awsInfo, "orders")
	if _, ok, err := s.Draft(ctx, here); ok || err != nil {
		t.Error(ok, err)
	}
	for _, draft := range [][]byte{[]byte("{\"a\":\xff"), {}, bytes.Repeat([]byte("x"), 1<<20)} {
		if err := s.SaveDraft(ctx, here, draft); err != nil {
			t.Fatal(err)
		}
		got, ok, err := open(t, dir).Draft(ctx, here)
		if err != nil || !ok || !bytes.Equal(got, draft) || got == nil {
			t.Errorf("%d bytes came back as %d (%v, %v)", len(draft), len(got), ok, err)
		}
	}
	if _, ok, _ := s.Draft(ctx, there); ok {
		t.Error("two targets share a draft")
	}
	if err := s.SaveDraft(ctx, here, nil); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := s.Draft(ctx, here); ok {
		t.Error("it was not forgotten")
	}
}

func TestPin(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	id := invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
	invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
	if err := s.Pin(ctx, id, true); err != nil {
		t.Fatal(err)
	}
	if page := list(t, s, "is:pinned"); len(page) != 1 || page[0].ID != id || !page[0].Pinned {
		t.Errorf("%+v", page)
	}
	if err := s.Pin(ctx, id, false); err != nil || len(list(t, s, "is:pinned")) != 0 {
		t.Error(err)
	}
	if err := s.Pin(ctx, 99, true); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestState(t *testing.T) {
	ctx := context.Background()
	s := open(t, t.TempDir())
	for _, v := range []string{"", "catppuccin-mocha", "nord", "\xff", ""} {
		if err := s.SetState(ctx, "theme", v); err != nil {
			t.Fatal(err)
		}
		if got, err := s.State(ctx, "theme"); err != nil || got != v {
			t.Errorf("%q came back as %q, %v", v, got, err)
		}
	}
}

// The figures are of the function's own successful runs, before the index has
// them and after.
func TestStats(t *testing.T) {
	s := open(t, t.TempDir())
	run := func(info invoke.TargetInfo, function string, d time.Duration, failure *invoke.Failure) {
		invokeOne(t, s, &fakeTarget{info: info, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
			return invoke.Result{StatusCode: 200, Duration: d, Failure: failure}, nil
		}}, invoke.Request{Function: function})
	}
	for n := range 100 {
		run(localInfo, "orders", time.Duration(n+1)*time.Millisecond, nil)
	}
	run(localInfo, "orders", time.Hour, &invoke.Failure{Kind: invoke.FunctionFailure, Name: "X"})
	run(localInfo, "payments", time.Hour, nil)
	run(awsInfo, "orders", time.Hour, nil)
	want := Stats{Count: 100, P50: 50 * time.Millisecond, P95: 95 * time.Millisecond}
	for range 2 {
		got, err := s.Stats(context.Background(), KeyOf(localInfo, "orders"))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
		settled(t, s)
	}
	if got, err := s.Stats(context.Background(), KeyOf(localInfo, "nothing")); err != nil || got != (Stats{}) {
		t.Error(got, err)
	}
}

// Version changes with every change, whoever makes it, and with nothing else.
func TestVersion(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	s, other := open(t, dir), open(t, dir)
	version := func() int64 {
		v, err := s.Version(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	list(t, s, "")
	if version() != before {
		t.Error("reading changed it")
	}
	for _, who := range []*Store{s, other} {
		before := version()
		if err := who.SetState(ctx, "a", time.Now().String()); err != nil {
			t.Fatal(err)
		}
		if version() == before {
			t.Error("a change was not noticed")
		}
	}
}

func TestSavedEvents(t *testing.T) {
	dir := t.TempDir()
	if events, err := Events(dir); err != nil || len(events) != 0 {
		t.Error(events, err)
	}
	payload := []byte("\xef\xbb\xbf{\r\n\t\"id\": 12345678901234567890, \"\xff\": -0}")
	saved, err := SaveEvent(dir, "order created (ü)", payload, false)
	if err != nil || saved.Path != filepath.Join(dir, "events", "order created (ü).json") {
		t.Fatal(saved, err)
	}
	if got, err := LoadEvent(dir, saved.Name); err != nil || !bytes.Equal(got, payload) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := SaveEvent(dir, saved.Name, []byte("other"), false); !errors.Is(err, ErrEventExists) {
		t.Errorf("an event was overwritten: %v", err)
	}
	if got, _ := LoadEvent(dir, saved.Name); !bytes.Equal(got, payload) {
		t.Error("an event was changed")
	}
	if _, err := SaveEvent(dir, saved.Name, []byte("other"), true); err != nil {
		t.Error(err)
	}
	if got, _ := LoadEvent(dir, saved.Name); string(got) != "other" {
		t.Errorf("%q", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "events", "note.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "events", "folder.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := SaveEvent(dir, "a", nil, false); err != nil {
		t.Fatal(err)
	}
	events, err := Events(dir)
	if err != nil || len(events) != 2 || events[0].Name != "a" || events[1].Name != saved.Name || events[1].Size != 5 {
		t.Errorf("%+v, %v", events, err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "events", ".*"))
	if err != nil || len(names) != 0 {
		t.Errorf("left over: %v", names)
	}
	if _, err := LoadEvent(dir, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := LoadEvent(t.TempDir(), "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// No name and no link leads out of events/.
func TestSavedEventsStayInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	for _, name := range []string{"", ".", "..", "../x", "a/b", `a\b`, "a\x00", "a\x1b[31m", "\xff", " a", "a.", ".hidden", "c:x", "NUL", "com1.x", strings.Repeat("x", 300), "a\u202eb"} {
		if _, err := SaveEvent(dir, name, nil, true); err == nil {
			t.Errorf("%q was saved", name)
		} else if strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: the message is %q", name, err)
		}
		if _, err := LoadEvent(dir, name); err == nil {
			t.Errorf("%q was read", name)
		}
	}
	secret := filepath.Join(outside, "secret.json")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := SaveEvent(dir, "x", nil, false); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(dir, "events", "link.json")); err != nil {
		cannot(t, "links can't be made here:", err)
	}
	if b, err := LoadEvent(dir, "link"); err == nil {
		t.Errorf("read %q through a link", b)
	}
	if events, err := Events(dir); err != nil || len(events) != 1 {
		t.Errorf("%v, %v", events, err)
	}
	if _, err := SaveEvent(dir, "link", []byte("mine"), true); err != nil {
		t.Error(err)
	}
	if b, _ := os.ReadFile(secret); string(b) != "secret" {
		t.Errorf("written through a link: %q", b)
	}
	linked := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(linked, "events")); err != nil {
		t.Fatal(err)
	}
	if _, err := SaveEvent(linked, "x", nil, true); err == nil || exists(filepath.Join(outside, "x.json")) {
		t.Errorf("written through a linked folder: %v", err)
	}
}

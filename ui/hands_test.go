package ui_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"lambent/ui/uitest"
)

func TestEditOutside(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.Options.Environ = []string{"EDITOR=ed --wait"} })
	var file string
	s.Program = func(cmd *exec.Cmd) error {
		file = cmd.Args[len(cmd.Args)-1]
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v, %v", info.Mode(), err)
		}
		text, _ := os.ReadFile(file)
		if string(text) != uitest.OrderEvent {
			t.Errorf("the editor got %q", text)
		}
		return os.WriteFile(file, []byte("{\r\n\"from\":\"outside\"}"), 0o600)
	}
	s.Press("ctrl+e")
	s.Want(`"from":"outside"`)
	if got := s.Programs[0]; got[0] != "ed" || got[1] != "--wait" {
		t.Errorf("ran %q", got)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary file is left: %v", err)
	}
	s.Press("ctrl+z")
	s.Want("OrderCreated")

	s.Program = func(cmd *exec.Cmd) error {
		_ = os.WriteFile(cmd.Args[len(cmd.Args)-1], []byte("lost"), 0o600)
		return errors.New("exit status 1")
	}
	s.Press("ctrl+e")
	s.Want("the editor ended with an error, the payload is as it was", "OrderCreated")
}

func TestPagerGetsWhatIsSafeToShow(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, behaves(answers("\x1b]0;owned\a{\"a\":\"\u009b6n\"}")))
	of("special", time.Second)(t, s)
	read := ""
	s.Program = func(cmd *exec.Cmd) error {
		text, err := os.ReadFile(cmd.Args[len(cmd.Args)-1])
		read = string(text)
		return err
	}
	s.Press("alt+3", "o")
	if !strings.Contains(read, "␛]0;owned␇") || !strings.Contains(read, "<U+009B>6n") || strings.ContainsAny(read, "\x1b\a\u009b") {
		t.Errorf("the pager got %q", read)
	}
}

func TestCopy(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "Y")
	if s.Clipboard != uitest.OrderAnswer {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Press("down", "down", "y")
	if s.Clipboard != `{"content-type":"application/json"}` {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Press("alt+4", "g", "j", "y")
	if !strings.Contains(s.Clipboard, "\tINFO\torder received") || strings.HasSuffix(s.Clipboard, "\n") {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Press("alt+5", "y")
	if s.Clipboard != uitest.OrderEvent {
		t.Errorf("copied %q", s.Clipboard)
	}
}

func TestPaste(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+a")
	s.Paste("{\"a\":\r1,\r\n\t\"b\": 2}")
	s.Press("f5")
	s.Advance(time.Second)
	if got := string(last(t, s).Payload); got != "{\"a\":\n1,\n\t\"b\": 2}" {
		t.Errorf("sent %q", got)
	}
	answer := `[3]`
	s.TerminalClipboard = &answer
	s.Press("ctrl+a", "ctrl+v")
	s.Want("[3]", "valid JSON · 1 line · 3 B")
	s.TerminalClipboard = nil // a terminal that does not answer: what was copied here is pasted
	s.Press("ctrl+a", "ctrl+x", "ctrl+v", "ctrl+v")
	s.Advance(time.Second)
	s.Want("[3]", "1 line")
}

func TestAMegabyteIsPasted(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	big := `["` + strings.Repeat("x", 3<<20) + `"]`
	s.Press("ctrl+a")
	s.Paste(big)
	s.Want("valid JSON · 1 line · 3.1 MB")
	s.Press("f5")
	s.Advance(time.Second)
	if got := last(t, s).Payload; string(got) != big {
		t.Errorf("sent %d bytes, want %d", len(got), len(big))
	}
}

func TestSavedEvents(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+a")
	s.Type(`{"saved":1}`)
	s.Want("orders-created ●")
	s.Press("ctrl+s", "ctrl+u")
	s.Type("mine")
	s.Press("enter")
	s.Want(" mine ", "saved ")
	file := filepath.Join(s.Dir, "events", "mine.json")
	if text, err := os.ReadFile(file); err != nil || string(text) != `{"saved":1}` {
		t.Errorf("saved %q, %v", text, err)
	}
	s.Press("ctrl+o")
	s.Type("created")
	s.Press("enter")
	s.Want("OrderCreated")
	s.Press("ctrl+s", "ctrl+u")
	s.Type("mine")
	s.Press("enter")
	s.Want("Replace it?")
	s.Press("n")
	if text, _ := os.ReadFile(file); string(text) != `{"saved":1}` {
		t.Errorf("a file was replaced without consent: %q", text)
	}
	s.Press("ctrl+s", "ctrl+u")
	s.Type("mine")
	s.Press("enter", "y")
	if text, _ := os.ReadFile(file); string(text) != uitest.OrderEvent {
		t.Errorf("saved %q", text)
	}
	s.Press("ctrl+s", "ctrl+u")
	s.Type("../../outside")
	s.Press("enter")
	if _, err := os.Stat(filepath.Join(s.Dir, "..", "outside.json")); err == nil {
		t.Error("an event was saved outside its folder")
	}
}

func TestSaveTheResponse(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f5")
	s.Advance(time.Second)
	file := filepath.Join(t.TempDir(), "out.json")
	save := func() {
		s.Press("alt+3", "s", "ctrl+u")
		s.Type(file)
		s.Press("enter")
	}
	save()
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("saved %v, %v", info, err)
	}
	if text, _ := os.ReadFile(file); string(text) != uitest.OrderAnswer {
		t.Errorf("saved %q", text)
	}
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	save()
	s.Want("Replace it?")
	s.Press("esc")
	if text, _ := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("a file was replaced without consent: %q", text)
	}
}

func TestMouse(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	fill(t, s)
	s.ClickOn("payments") // the function
	s.Want("▌ payments", "payments  $LATEST")
	s.ClickOn("timeout")
	s.Want("timeout  $LATEST")

	x, y := 4, 15 // the newest run
	s.Click(x, y)
	s.Want("› – 14:18")
	s.Advance(time.Second)
	s.Click(x, y)
	s.Without("#5 of") // two slow clicks are no double click
	s.Advance(time.Second)
	s.Click(x, y)
	s.Click(x, y)
	s.Want("#5 of 14:18", "– cancelled", "slow  $LATEST")

	s.ClickOn("Report")
	s.Want("Request id")
	s.ClickOn("Error")
	s.Want("Your function was running")

	before := s.Screen()
	s.Wheel(60, 5, 1) // over the payload, which does not get the focus
	if got := s.Screen(); strings.Contains(got, "┏━ Payload") != strings.Contains(before, "┏━ Payload") {
		t.Error("the wheel has moved the focus")
	}
	s.Press("ctrl+p")
	s.Click(2, 30) // beside the card
	s.Without("Commands ━")
}

func TestMouseInTheEditor(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("alt+1")
	s.ClickOn(`"source"`)
	s.Type("X")
	s.Want(`X"source"`)
	s.Send(tea.MouseClickMsg{X: 34, Y: 2, Button: tea.MouseLeft})
	s.Send(tea.MouseMotionMsg{X: 35, Y: 3, Button: tea.MouseLeft})
	s.Send(tea.MouseReleaseMsg{X: 35, Y: 3, Button: tea.MouseLeft})
	s.Press("ctrl+c")
	if !strings.HasPrefix(s.Clipboard, "{\n") {
		t.Errorf("dragging selected %q", s.Clipboard)
	}
}

func TestThemes(t *testing.T) {
	kept := ""
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Options.Profile = colorprofile.TrueColor
		s.Options.Theme = "lambent-dark"
		s.Options.KeepTheme = func(name string) error { kept = name; return nil }
	})
	dark := s.Styled()[0]
	s.Press("ctrl+p")
	s.Type("theme")
	s.Press("enter")
	s.Type("latte")
	preview := s.Styled()[0]
	if preview == dark {
		t.Error("moving to a theme does not show it")
	}
	s.Press("esc")
	if s.Styled()[0] != dark {
		t.Error("esc does not bring the theme back")
	}
	s.Press("ctrl+p", "enter") // the command used last is the first
	s.Type("latte")
	s.Press("enter")
	if s.Styled()[0] != preview || kept != "catppuccin-latte" {
		t.Errorf("kept %q", kept)
	}
}

func TestTheThemeFollowsTheBackground(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) { s.Options.Profile = colorprofile.TrueColor })
	unknown := s.Styled()[0]
	s.Send(tea.BackgroundColorMsg{Color: white{}})
	light := s.Styled()[0]
	s.Send(tea.BackgroundColorMsg{Color: black{}})
	dark := s.Styled()[0]
	if unknown == light || light == dark || unknown == dark {
		t.Error("the theme does not follow")
	}
}

type (
	white struct{}
	black struct{}
)

func (white) RGBA() (r, g, b, a uint32) { return 0xffff, 0xffff, 0xffff, 0xffff }
func (black) RGBA() (r, g, b, a uint32) { return 0, 0, 0, 0xffff }

func TestSuspend(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+z") // in the payload it is undo
	if s.Suspended {
		t.Fatal("undo has suspended")
	}
	s.Press("alt+3", "ctrl+z")
	if !s.Suspended {
		t.Error("ctrl+z outside the payload does not suspend")
	}
}

func TestFindInTheResult(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f5")
	s.Advance(time.Second)
	s.Press("alt+3", "z", "/")
	s.Type("sku")
	s.Press("enter", "n")
	s.Want("body.lines[1].sku")
	s.Press("n")
	s.Want("wrapped", "body.lines[0].sku")
	s.Press("N")
	s.Want("wrapped", "body.lines[1].sku")
	s.Press("esc")
	s.Without("sku  n next")
}

func TestFindInThePayload(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("ctrl+f")
	s.Type("qty")
	s.Press("down", "down")
	s.Want("wrapped")
	s.Press("enter")
	s.Type("Q") // the match is selected: typing replaces it
	s.Want(`"Q": 2`)
}

func TestHelpFiltersAsOneTypes(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	s.Press("f1")
	s.Want("Edit in $EDITOR", "ctrl+e")
	s.Type("undo")
	s.Want("ctrl+z", "Undo")
	s.Without("Edit in $EDITOR")
	s.Press("esc")
	s.Without("Help · ")
}

package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lambent/invoke"
	"lambent/ui/settings"
)

// A screen is a terminal that the test holds the other end of.
type screen struct {
	file *os.File
	text chan string
}

func newScreen(t *testing.T) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatalf("no pseudo-terminals here: %v", err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{file: file, text: make(chan string, 1)}
	go func() {
		b, _ := io.ReadAll(master) // ends with EIO when the terminal is closed
		s.text <- strings.ReplaceAll(string(b), "\r\n", "\n")
		master.Close()
	}()
	return s
}

// shown closes the terminal and returns what was written to it.
func (s *screen) shown(t *testing.T) string {
	t.Helper()
	s.file.Close()
	select {
	case text := <-s.text:
		return text
	case <-time.After(10 * time.Second):
		t.Fatal("the terminal does not end")
		return ""
	}
}

// onTerminal runs a command with both streams on terminals.
func onTerminal(t *testing.T, target invoke.Target, args ...string) (stdout, stderr string) {
	t.Helper()
	newStage(t, target)
	out, errs := newScreen(t), newScreen(t)
	Run(t.Context(), args, strings.NewReader(""), out.file, errs.file, Deps{
		Open: func(context.Context, settings.Settings, Need) (*Session, error) { return &Session{Target: target}, nil },
	})
	return out.shown(t), errs.shown(t)
}

func TestResponseOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("NO_COLOR", "")
	for payload, want := range map[string]string{
		`{"a":1}`:                      "{\"a\":1}\n",
		"two\nlines\n":                 "two\nlines\n",
		"\x1b]0;title\x07\u009b5m\xff": "␛]0;title␇<U+009B>5m\\xff\n",
		"":                             "",
	} {
		if out, _ := onTerminal(t, &fakeTarget{answer: succeeds(payload)}, "invoke", "orders"); out != want {
			t.Errorf("%q is shown as %q, want %q", payload, out, want)
		}
	}
	out, _ := onTerminal(t, &fakeTarget{answer: succeeds("\"\u009b5m\"")}, "invoke", "orders", "-o", "json")
	if !strings.Contains(out, `"payload":"<U+009B>5m"`) {
		t.Errorf("the object is shown as %q", out)
	}
}

func TestColoursAreOnlyForTerminalsThatWantThem(t *testing.T) {
	for _, tt := range []struct {
		term, noColor string
		want          bool
	}{{"xterm-256color", "", true}, {"xterm-256color", "1", false}, {"dumb", "", false}} {
		t.Setenv("TERM", tt.term)
		t.Setenv("NO_COLOR", tt.noColor)
		_, errs := onTerminal(t, &fakeTarget{answer: succeeds("1")}, "invoke", "orders")
		if got := strings.HasPrefix(errs, "\x1b[32m✓ 200\x1b[0m  182 ms"); got != tt.want {
			t.Errorf("TERM=%s NO_COLOR=%s: %q", tt.term, tt.noColor, errs)
		}
		if strings.Contains(errs, "\x1b") != tt.want {
			t.Errorf("TERM=%s NO_COLOR=%s: %q", tt.term, tt.noColor, errs)
		}
	}
}

// A question to the terminal would be answered into the next program.
func TestNothingIsAskedOfTheTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("COLORTERM", "truecolor")
	target := &fakeTarget{answer: succeeds("1"), functions: []invoke.Function{{Name: "orders"}}}
	for _, args := range [][]string{{"invoke", "orders"}, {"functions"}, {"themes"}, {"errors"}, {"version"}, {"--help"}, {"nonsense"}} {
		out, errs := onTerminal(t, target, args...)
		for _, text := range []string{out, errs} {
			rest := text
			for {
				i := strings.IndexByte(rest, 0x1b)
				if i < 0 {
					break
				}
				rest = rest[i+1:]
				end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r != '[' })
				if !strings.HasPrefix(rest, "[") || end < 0 || rest[end] != 'm' {
					t.Fatalf("%q writes a control sequence that is no colour: %q", args, text)
				}
			}
		}
	}
}

func TestThemesShowASample(t *testing.T) {
	t.Setenv("TERM", "xterm-256color")
	t.Setenv("NO_COLOR", "")
	for _, colorterm := range []string{"truecolor", ""} {
		t.Setenv("COLORTERM", colorterm)
		out, _ := onTerminal(t, nil, "themes")
		if got := strings.Contains(out, "\x1b[38;2;"); got != (colorterm == "truecolor") {
			t.Errorf("COLORTERM=%q: true colour %v", colorterm, got)
		}
	}
}

// A full disk is no success.
func TestFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	target := &fakeTarget{answer: succeeds("1")}
	newStage(t, target)
	var errs bytes.Buffer
	exit := Run(t.Context(), []string{"invoke", "orders"}, strings.NewReader(""), full, &errs, Deps{
		Open: func(context.Context, settings.Settings, Need) (*Session, error) { return &Session{Target: target}, nil },
	})
	if exit != 2 || !strings.HasSuffix(errs.String(), "lambent: standard output: no space left on device\n") {
		t.Errorf("exit %d, standard error %q", exit, errs.String())
	}
}

func TestAStreamedResponseOnATerminal(t *testing.T) {
	screen := newScreen(t)
	s := newStage(t, &localTarget{fakeTarget: &fakeTarget{answer: speaks(nil, "on", "e\x1b[2", "J \xe2\x82", "\xac\nt", "wo")}})
	var stderr bytes.Buffer
	Run(s.ctx, []string{"invoke", "orders", "--stream", "--no-history"}, strings.NewReader(""), screen.file, &stderr, s.deps())
	if got, want := screen.shown(t), "one␛[2J €\ntwo\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// A log that colours a word, hides another and asks for more than colours.
const colourful = "one \x1b[31mred\x1b[0m two \x1b[30;40mhidden\x1b[0m \x1b[8mconcealed\x1b[m \x1b[2Jthree \x1b[1;38;5;208mlong \x1b[32m" + "\nnext line"

func colourfulShop(t *testing.T) *uitest.Shop {
	return uitest.NewShop(t, 200, 50, func(s *uitest.Setup) {
		s.Options.Profile, s.Options.Theme = colorprofile.TrueColor, "lambent-dark"
		s.Target = func(target *uitest.Target) {
			target.Add(invoke.Function{Name: "colours", Runtime: "python3.12", Timeout: time.Second}, func(c *uitest.Call) (invoke.Result, error) {
				c.Running()
				c.Log(colourful)
				return c.Answer(`{}`)
			})
		}
	})
}

func TestTheColoursOfALog(t *testing.T) {
	s := colourfulShop(t)
	s.Press("ctrl+g")
	s.Type("colours")
	s.Press("enter", "f5")
	s.Advance(time.Second)
	s.Press("alt+4", "down")
	s.Want("one ␛[31mred␛[0m two")
	if strings.Contains(strings.Join(s.Styled(), ""), "\x1b[31mred") {
		t.Error("a log is coloured without being asked for")
	}

	s.Press("C")
	s.Want("one red two hidden concealed ␛[2Jthree long", "next line")
	styled := strings.Join(s.Styled(), "\n")
	for _, want := range []string{"\x1b[31mred", "\x1b[1;38;5;208mlong"} {
		if !strings.Contains(styled, want) {
			t.Errorf("there is no %q on the screen", want)
		}
	}
	for _, never := range []string{"\x1b[30;40m", "\x1b[8m", "\x1b[32m\x1b[m", "\x1b[32mnext", "\x1b[2J"} {
		if strings.Contains(styled, never) {
			t.Errorf("%q is on the screen", never)
		}
	}
	s.Press("home", "down", "y")
	if !strings.Contains(s.Clipboard, "\x1b[31mred") {
		t.Errorf("what is copied is not the log's bytes: %q", s.Clipboard)
	}

	s.Press("w", "/")
	s.Type("two")
	s.Press("enter")
	s.Want("one red two hidden")
	s.Press("C")
	s.Want("one ␛[31mred")
}

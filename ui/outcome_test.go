package ui_test

import (
	"testing"
	"time"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// The row of history shows the sign of the result.
func TestTheRowHasTheSignOfTheResult(t *testing.T) {
	for sign, setup := range map[string]func(*uitest.Setup){
		"✓": behaves(answers("1")),
		"✗": behaves(func(c *uitest.Call) (invoke.Result, error) {
			c.Running()
			return c.Fail(`{"errorType":"E","errorMessage":"m"}`)
		}),
		"○": fails(invoke.Offline, "no such host", invoke.RanNo),
		"?": fails(invoke.ConnectionLost, "reset", invoke.RanUnknown),
		"!": fails("TooManyRequestsException", "Rate exceeded", ""),
		"–": behaves(stubborn),
	} {
		t.Run(sign, func(t *testing.T) {
			s := uitest.NewShop(t, 120, 36, setup)
			of("special", time.Second)(t, s)
			if sign == "–" {
				s.Press("ctrl+c")
				s.Advance(10 * time.Second)
			}
			s.Want("│ "+sign+" ", "│ ▌ "+sign+" 14:02")
			s.Press("alt+5", "enter")
			s.Want("┃ "+sign+" ", "#1 of")
		})
	}
}

func TestACancelledRunSaysWhatHasBecomeOfIt(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	of("slow", 2400*time.Millisecond)(t, s)
	s.Press("ctrl+c")
	s.Want("– cancelled  after 2.4 s  ", "Its processes were ended.", "invocation starts in a fresh")
	s.Without("2.4 s · 2.4 s", "HTTP 200", "still be running")

	remote := func(s *uitest.Setup) {
		s.Target = func(t *uitest.Target) {
			t.Label(invoke.TargetInfo{Kind: invoke.AWS, Profile: "prod", Region: "eu-west-1"})
		}
	}
	s = uitest.NewShop(t, 120, 36, remote)
	of("slow", 2400*time.Millisecond)(t, s)
	s.Press("ctrl+c")
	s.Want("it may still finish in AWS", "still be running.")
	s.Without("processes were ended.")
}

func TestTheCommandThatMendsCredentialsIsCopied(t *testing.T) {
	for _, want := range []string{"aws sso login --profile prod", `eval "$(aws configure export-credentials --format env --profile p)"`, ""} {
		s := uitest.NewShop(t, 120, 36, behaves(func(c *uitest.Call) (invoke.Result, error) {
			f := invoke.ClientFailureOf(invoke.ExpiredCredentials, "it has expired", "", "Run "+want+" at once.", invoke.RanNo, nil)
			f.Command = want
			return c.Refuse(f)
		}))
		of("special", time.Second)(t, s)
		s.Press("alt+3", "Y")
		all := s.Clipboard
		if len(all) < 40 {
			t.Errorf("Y copied %q", all)
		}
		s.Press("y")
		if want == "" {
			want = all
			s.Without("the command")
		} else {
			s.Want("y copy the command  Y copy all")
		}
		if s.Clipboard != want {
			t.Errorf("copied %q, want %q", s.Clipboard, want)
		}
	}
}

func TestMemoryIsSampledHereOnly(t *testing.T) {
	for kind, want := range map[invoke.TargetKind]string{invoke.Local: "84 of 256 MB, sampled", invoke.AWS: "84 of 256 MB  "} {
		s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
			s.Target = func(t *uitest.Target) {
				info := t.Info()
				info.Kind = kind
				t.Label(info)
			}
		})
		s.Press("f5")
		s.Advance(time.Second)
		s.Press("alt+3", "]")
		s.Want(want)
	}
}

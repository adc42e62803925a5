package ui_test

import (
	"fmt"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/ui/uitest"
)

// signedOut is what listing ends with when the sign-in of a profile has expired.
func signedOut() *invoke.Failure {
	f := invoke.ClientFailureOf(invoke.ExpiredCredentials, `profile "prod": the sign-in of the profile has expired`, "",
		"Run aws sso login --profile prod, and then try again.", invoke.RanNo, nil)
	f.Command = "aws sso login --profile prod"
	return f
}

// onProd makes the shop's target one of AWS.
func onProd(s *uitest.Setup) {
	s.Target = func(t *uitest.Target) { t.Label(prod) }
}

// unlistable is a target whose functions cannot be listed.
func unlistable(f *invoke.Failure) func(*uitest.Setup) {
	return func(s *uitest.Setup) {
		onProd(s)
		label := s.Target
		s.Target = func(t *uitest.Target) {
			label(t)
			t.Clear()
			t.Broken = f
		}
	}
}

func TestSignedOutAtTheStart(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, unlistable(signedOut()))
	s.Want("Not signed in to aws · prod · eu-west-1", "Run      aws sso login --profile prod", "y copy the command  r try again", "○ not signed in")
	s.Without("offline", "Try ")
	s.Press("y")
	if s.Clipboard != "aws sso login --profile prod" {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Press("Y")
	if !strings.Contains(s.Clipboard, "has expired") || !strings.Contains(s.Clipboard, "Why") {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Press("r") // still signed out
	if n := strings.Count(s.Screen(), "r try again"); n != 1 {
		t.Errorf("%d cards", n)
	}
	s.Target.Broken = nil
	s.Target.Add(invoke.Function{Name: "deployed", Runtime: "nodejs22.x"}, answers("1"))
	s.Press("r")
	s.Want("● online", "▌ deployed", "No result yet for deployed")
	s.Without("signed in", "try again")
}

// The card can be closed: what it says stays to be read, and f9 asks again from anywhere.
func TestSignedOutIsSaidWhereTheResultWouldBe(t *testing.T) {
	s := uitest.NewShop(t, 80, 24, unlistable(signedOut()))
	s.Press("esc")
	s.Want("! Not signed in to aws · prod · eu-west-1", "Run      aws sso login --profile prod")
	s.Press("tab", "y")
	if s.Clipboard != "aws sso login --profile prod" {
		t.Errorf("copied %q", s.Clipboard)
	}
	s.Target.Broken = nil
	s.Target.Add(invoke.Function{Name: "deployed", Runtime: "nodejs22.x"}, answers("1"))
	s.Press("f9")
	s.Want("deployed", "valid JSON")
	s.Without("signed in")
}

// Over an older list, which can be worked with, no card comes between the person and what
// is being typed.
func TestSignedOutWithAnOlderList(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, unlistable(signedOut()), func(s *uitest.Setup) {
		label := s.Target
		s.Target = func(t *uitest.Target) {
			label(t)
			t.Kept = []invoke.Function{{Name: "kept", Runtime: "nodejs22.x"}}
		}
	})
	s.Want("▌ kept", "the functions are those that were listed before", "! Not signed in to aws", "aws sso login --profile prod", "○ not signed in")
	s.Without("try again")
	s.Press("ctrl+a")
	s.Type("[1]")
	s.Want("1  [1]")
}

// What is wrong is said below the list, and hides none of it.
func TestTheChosenFunctionIsInViewWhenListingHasFailed(t *testing.T) {
	s := uitest.NewShop(t, 120, 36, unlistable(signedOut()), func(s *uitest.Setup) {
		label := s.Target
		s.Target = func(t *uitest.Target) {
			label(t)
			for i := range 40 {
				t.Kept = append(t.Kept, invoke.Function{Name: fmt.Sprintf("kept-%02d", i)})
			}
		}
	})
	s.Press("alt+1", "end", "enter")
	s.Want("▌ kept-39", "! ExpiredCred")
}

// What the caller may not do is no matter of signing in, and the target was reached.
func TestListingThatIsDenied(t *testing.T) {
	denied := invoke.ServiceFailureOf("AccessDeniedException", 403, "User: arn:aws:iam::1:user/ann is not authorized to perform: lambda:ListFunctions")
	s := uitest.NewShop(t, 120, 36, unlistable(denied))
	s.Want("The functions of aws · prod · eu-west-1 could not be read", "AccessDeniedException · HTTP 403", "lambda:ListFunctions", "● online", "y copy  r try again")
	s.Without("offline", "not signed in")
	for _, f := range []*invoke.Failure{
		invoke.ServiceFailureOf("ExpiredTokenException", 403, "it has expired"),
		invoke.ServiceFailureOf("UnrecognizedClientException", 403, "whose is this?"),
		invoke.NewFailure(invoke.MissingCredentials, "none"),
	} {
		s = uitest.NewShop(t, 120, 36, unlistable(f))
		s.Want("Not signed in to aws", "○ not signed in")
	}
	s = uitest.NewShop(t, 120, 36, unlistable(invoke.NewFailure(invoke.Offline, "no such host")))
	s.Want("Cannot reach aws · prod · eu-west-1", "no such host", "○ offline")
}

// The target is always on screen, whatever the window, and the function has a part of its row.
func TestTheTargetIsInTheHeaderOfEveryWindow(t *testing.T) {
	far := prod
	far.Endpoint = "https://an-emulator-with-a-long-name.example.com:4566"
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Target = func(t *uitest.Target) { t.Label(far) }
	})
	for w := 24; w <= 210; w++ {
		for _, h := range []int{5, 24, 50} {
			s.Resize(w, h)
			if head := s.Rows()[0]; !strings.Contains(head, "aws") || !strings.Contains(head, "prod") || !strings.Contains(head, " o") {
				t.Fatalf("%dx%d: %q", w, h, head)
			}
		}
	}
}

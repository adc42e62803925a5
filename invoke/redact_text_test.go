package invoke_test

import (
	"strings"
	"testing"

	"lambent/invoke"
)

// Logs have members as programs print them: their values go like those in payloads.
func TestMembersInTextAreTakenOut(t *testing.T) {
	defaults := redactor(t, invoke.RedactRules{})
	own := redactor(t, invoke.RedactRules{Names: []string{"iban", "order ref"}})
	only := redactor(t, invoke.RedactRules{NoDefaults: true, Names: []string{"iban"}})
	for _, c := range []struct {
		r          *invoke.Redactor
		text, want string
	}{
		{defaults, `{'Cookie': 'session=abc123; other=1', 'n': 1}`, `{'Cookie': '[redacted]', 'n': 1}`},
		{defaults, `{'set-cookie': ['sid=zzz; Path=/', 'b'], 'n': 1}`, `{'set-cookie': [redacted], 'n': 1}`},
		{defaults, `"credentials": {"user": "x", "n": 1}, "n": 1`, `"credentials": [redacted], "n": 1`},
		{defaults, `{ "otp": 123456, "cvv":789}`, `{ "otp": [redacted], "cvv":[redacted]}`},
		{defaults, `got {\"clientSecret\":\"a b\",\"n\":1}`, `got {\"clientSecret\":\"[redacted]\",\"n\":1}`},
		{defaults, `'jwt': "it\"s long", 'n'`, `'jwt': "[redacted]", 'n'`},
		{defaults, `the cookie of the day, 'cookies' and more`, `the cookie of the day, 'cookies' and more`},
		{defaults, `'jwt': '', 'n'`, `'jwt': '', 'n'`},
		{defaults, `iban=DE001`, `iban=DE001`},
		{own, `iban=DE001 'IBAN': 'DE002' iban: DE003, order_ref = 7`, `iban=[redacted] 'IBAN': '[redacted]' iban: [redacted], order_ref = [redacted]`},
		{own, `ibans=DE001 urban: x`, `ibans=DE001 urban: x`},
		{only, `'iban': 'DE1', 'cookie': 'a=1'`, `'iban': '[redacted]', 'cookie': 'a=1'`},
	} {
		if got := string(c.r.Text([]byte(c.text))); got != c.want {
			t.Errorf("%s\nbecame %s\n  want %s", c.text, got, c.want)
		}
		if again := string(c.r.Text([]byte(c.want))); again != c.want {
			t.Errorf("%s, once more, became %s", c.want, again)
		}
	}
	none := redactor(t, invoke.RedactRules{NoDefaults: true})
	if text := `'cookie': 'a'`; string(none.Text([]byte(text))) != text {
		t.Error("without rules something is taken out")
	}
	long := `'cookie': '` + strings.Repeat("x", 1<<20)
	if got := defaults.Text([]byte(long)); len(got) > len(long)+len(invoke.Redacted) {
		t.Errorf("%d bytes became %d", len(long), len(got))
	}
}

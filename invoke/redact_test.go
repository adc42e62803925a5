package invoke_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

func redactor(t *testing.T, rules invoke.RedactRules) *invoke.Redactor {
	t.Helper()
	r, err := invoke.NewRedactor(rules)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What each pattern must find, and what of it must be gone.
var secrets = map[string][]struct{ text, secret string }{
	"private key":          {{"key: -----BEGIN RSA PRIVATE KEY-----\nMIIEow0123\nab+/=\n-----END RSA PRIVATE KEY-----\nrest", "MIIEow0123"}, {`-----BEGIN PRIVATE KEY-----\nMIIEvQ99\n`, "MIIEvQ99"}},
	"JSON web token":       {{"got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3 back", "eyJzdWIiOiIxMjM0In0"}},
	"authorization header": {{"Authorization: Bearer abcdef123456.xyz", "abcdef123456"}, {"basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNz"}, {"AWS4-HMAC-SHA256 Credential=AKID/x, Signature=fe5f80", "fe5f80"}},
	"AWS access key id":    {{"id AKIAIOSFODNN7EXAMPLE used", "AKIAIOSFODNN7EXAMPLE"}, {"ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"}},
	"signature in a URL":   {{"https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=deadbeef01&x=2", "deadbeef01"}},
	"password in a URL":    {{"postgres://shop:hunter22@db:5432/shop", "hunter22"}},
	"GitHub token":         {{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_0123456789"}, {"github_pat_11ABCDEFG0123456789_abc", "11ABCDEFG"}},
	"GitLab token":         {{"glpat-0123456789abcdefXYZ", "0123456789abcdef"}},
	"Slack token":          {{"xoxb-1234567890-abcdef", "1234567890-abcdef"}},
	"Stripe key":           {{"sk_live_0123456789abcdef", "0123456789abcdef"}},
	"Google API key":       {{"AIzaSyA0123456789abcdefghijklmnopqrstuv", "AIzaSyA0123"}},
	"npm token":            {{"npm_0123456789abcdefghijABCDEFGHIJ012345", "npm_0123"}},
	"cookie header":        {{"Cookie: session=s3cr3t; theme=dark\nnext", "s3cr3t"}, {"Set-Cookie: sid=abc123; HttpOnly", "abc123"}},
	"secret by name":       {{"DB_PASSWORD=hunter22 started", "hunter22"}, {`{'api_key': 'k-778899'}`, "k-778899"}, {"client_secret: s-1234", "s-1234"}},
	"e-mail address":       {{"mail to ada.lovelace+x@mail.example.org now", "ada.lovelace"}},
}

func TestEachPatternFindsItsSecret(t *testing.T) {
	for _, p := range invoke.SecretPatterns() {
		cases := secrets[p.Name]
		if len(cases) == 0 {
			t.Errorf("pattern %q has no test of its own", p.Name)
		}
		for _, c := range cases {
			alone := string(redactor(t, invoke.RedactRules{}).Text([]byte(c.text)))
			if strings.Contains(alone, c.secret) {
				t.Errorf("%s: among all patterns %q became %q", p.Name, c.text, alone)
			}
			upper := p.TakeOut([]byte(strings.ToUpper(c.text)))
			if all := redactor(t, invoke.RedactRules{}).Text([]byte(strings.ToUpper(c.text))); strings.Count(string(all), invoke.Redacted) < strings.Count(string(upper), invoke.Redacted) {
				t.Errorf("%s: what the pattern finds in %q is not looked for", p.Name, strings.ToUpper(c.text))
			}
			if got := string(p.TakeOut([]byte(c.text))); strings.Contains(got, c.secret) || !strings.Contains(got, invoke.Redacted) {
				t.Errorf("%s: %q became %q", p.Name, c.text, got)
			}
		}
	}
	if len(secrets) != len(invoke.SecretPatterns()) {
		t.Error("a test is for no pattern")
	}
}

func TestNoSecretIsLeftAlone(t *testing.T) {
	r := redactor(t, invoke.RedactRules{})
	for _, text := range []string{
		`{"orderId":"o-1042","total":12.50,"secretary":"Ada","tokens":3,"note":"reset at 10:00"}`,
		"START RequestId: 8f2c1d0e-0000-4000-8000-000000000001 Version: 2\nREPORT Duration: 182.00 ms\n",
		"arn:aws:lambda:us-east-1:123456789012:function:orders", "https://example.org/a?b=c", "a@b", "user@host",
	} {
		if got := r.Payload([]byte(text)); string(got) != text {
			t.Errorf("%s became %s", text, got)
		}
		if got := r.Text([]byte(text)); string(got) != text {
			t.Errorf("text %s became %s", text, got)
		}
	}
}

func TestRedactedJSONStaysJSON(t *testing.T) {
	r := redactor(t, invoke.RedactRules{Names: []string{"iban"}, Paths: []string{"customer.name", "lines[*].sku"}, Patterns: []string{`card (\d+)`, `x-\d+`}})
	for _, c := range []struct{ in, want string }{
		{`{ "Authorization" : "abc", "n":1.0 }`, `{ "Authorization" : "[redacted]", "n":1.0 }`},
		{`{"API_KEY":[1,{"a":2}],"x":[]}`, `{"API_KEY":"[redacted]","x":[]}`},
		{`{"password":null,"Set-Cookie":12}`, `{"password":null,"Set-Cookie":"[redacted]"}`},
		{`{"IBAN":"DE1"}`, `{"IBAN":"[redacted]"}`},
		{`{"customer":{"name":"Ada","id":7},"name":"x"}`, `{"customer":{"name":"[redacted]","id":7},"name":"x"}`},
		{`{"lines":[{"sku":"a","q":1},{"sku":"b"}]}`, `{"lines":[{"sku":"[redacted]","q":1},{"sku":"[redacted]"}]}`},
		{`["paid by card 4711 today","x-12"]`, `["paid by card [redacted] today","[redacted]"]`},
		{`{"ada@example.org":1}`, `{"[redacted]":1}`},
		{`{"body":"{\"password\":\"p\",\"n\":1.50}"}`, `{"body":"{\"password\":\"[redacted]\",\"n\":1.50}"}`},
		{"no JSON, card 12", "no JSON, card [redacted]"},
		{`"\ud800"`, `"\ud800"`},
		{"\xff\xfe x-1", "\xff\xfe [redacted]"},
	} {
		in := []byte(c.in)
		got := r.Payload(in)
		if string(got) != c.want {
			t.Errorf("%s became %s, want %s", c.in, got, c.want)
		}
		if string(in) != c.in {
			t.Errorf("%s was changed in place", c.in)
		}
		if jsondoc.Valid(in) && !jsondoc.Valid(got) {
			t.Errorf("%s became %s, which is no JSON", c.in, got)
		}
		if again := r.Payload(got); !bytes.Equal(again, got) {
			t.Errorf("twice: %s became %s", got, again)
		}
	}
}

func TestRedactRequestAndResult(t *testing.T) {
	r := redactor(t, invoke.RedactRules{})
	context, bad := invoke.EncodeClientContext(`{"custom":{"token":"t-1"},"env":{}}`)
	if bad != nil {
		t.Fatal(bad)
	}
	req := r.Request(invoke.Request{Payload: []byte(`{"secret":1}`), ClientContext: context})
	decoded, bad := invoke.ClientContextJSON(req.ClientContext)
	if bad != nil || string(decoded) != `{"custom":{"token":"[redacted]"},"env":{}}` || string(req.Payload) != `{"secret":"[redacted]"}` {
		t.Errorf("%s %s %v", decoded, req.Payload, bad)
	}
	log := []byte("user ada@example.org\nEND\n")
	was := invoke.Result{
		Payload: []byte(`{"token":"x"}`), Log: log, LogTail: log, Notes: []string{"for ada@example.org"},
		Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "E", Message: "no user ada@example.org", Trace: []invoke.Frame{{Text: "f(password=abcd)"}}},
	}
	res := r.Result(was)
	for _, text := range []string{string(res.Payload), string(res.Log), string(res.LogTail), res.Notes[0], res.Failure.Message, res.Failure.Trace[0].Text} {
		if !strings.Contains(text, invoke.Redacted) || strings.Contains(text, "ada@") || strings.Contains(text, "abcd") {
			t.Errorf("%q", text)
		}
	}
	if was.Notes[0] != "for ada@example.org" || was.Failure.Trace[0].Text != "f(password=abcd)" {
		t.Error("the given result was changed")
	}
	var none *invoke.Redactor
	if got := none.Result(was); !bytes.Equal(got.Log, log) {
		t.Error("no redactor took something out")
	}
}

func TestRedactRulesThatCannotBeRead(t *testing.T) {
	for _, rules := range []invoke.RedactRules{{Paths: []string{"a[x"}}, {Patterns: []string{"("}}, {Patterns: []string{"x*"}}} {
		if _, err := invoke.NewRedactor(rules); err == nil {
			t.Errorf("%v was taken", rules)
		}
	}
	r := redactor(t, invoke.RedactRules{NoDefaults: true})
	if got := r.Payload([]byte(`{"password":"x"}`)); string(got) != `{"password":"x"}` {
		t.Errorf("without defaults: %s", got)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add([]byte(`{"password":"x","b":["ada@example.org"]}`))
	f.Add([]byte("Cookie: a=b\n\xff"))
	r, err := invoke.NewRedactor(invoke.RedactRules{Paths: []string{"a[*].b"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		out := r.Payload(bytes.Clone(b))
		if jsondoc.Valid(b) && !jsondoc.Valid(out) {
			t.Fatalf("%q became %q, which is no JSON", b, out)
		}
	})
}

// The floor is reading the document once.
func BenchmarkRedact(b *testing.B) {
	var doc bytes.Buffer
	doc.WriteByte('[')
	for i := 0; doc.Len() < 6_000_000; i++ {
		if i > 0 {
			doc.WriteByte(',')
		}
		fmt.Fprintf(&doc, `{"id":%d,"name":"customer %d","email":"c%d@example.com","note":"a long text of words about order %d"}`, i, i, i, i)
	}
	doc.WriteByte(']')
	r, err := invoke.NewRedactor(invoke.RedactRules{})
	if err != nil {
		b.Fatal(err)
	}
	for name, run := range map[string]func(){"floor": func() { jsondoc.Check(doc.Bytes()) }, "redact": func() { r.Payload(doc.Bytes()) }} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(doc.Len()))
			for b.Loop() {
				run()
			}
		})
	}
}

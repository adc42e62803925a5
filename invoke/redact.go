package invoke

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"lambent/invoke/jsondoc"
)

// Redacted stands where something was taken out.
const Redacted = "[redacted]"

// RedactRules say what a Redactor takes out.
type RedactRules struct {
	NoDefaults bool     // leave out SecretNames and SecretPatterns
	Names      []string // of members, compared without case, dashes and underscores
	Paths      []string // in payloads and responses (jsondoc.ParsePath)
	Patterns   []string // regular expressions (RE2); a group, if there is one, is what is taken out
}

// A SecretPattern is one of the patterns that a Redactor knows by itself.
type SecretPattern struct {
	Name string // for people
	expr *regexp.Regexp

	// Every text that the expression matches has one of these, letters compared
	// without case; nil says nothing. To look for them costs a hundredth of the
	// expression, and most texts have none.
	any []string
}

// SecretNames are the members whose values a Redactor takes out by itself: what
// HTTP, OAuth, AWS and databases call their secrets. A member counts when its name
// is one of them, without regard to case, dashes and underscores.
var SecretNames = []string{
	"authorization", "proxy-authorization", "cookie", "cookies", "set-cookie", "x-api-key", "api-key", "apikey",
	"password", "passwd", "pwd", "passphrase", "secret", "client-secret", "secret-key", "private-key", "secret-string",
	"token", "access-token", "refresh-token", "id-token", "auth-token", "session-token", "security-token", "csrf-token", "xsrf-token",
	"x-amz-security-token", "x-csrf-token", "x-auth-token", "secret-access-key", "aws-secret-access-key", "aws-session-token",
	"access-key", "access-key-id", "aws-access-key-id", "connection-string", "credentials", "jwt", "otp", "cvv", "card-number",
	"email", "email-address", "e-mail",
}

// secretPatterns find secrets by their own form, in any text. They are compiled
// when the first text is searched: every process of lambent's pays for what is
// worked out before main.
var secretPatterns = sync.OnceValue(func() []SecretPattern {
	return []SecretPattern{
		{"private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\s\\rn]*(?:-----END [A-Z ]*PRIVATE KEY-----)?`), []string{"private key"}},
		{"JSON web token", regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*`), []string{"eyj"}},
		{"authorization header", regexp.MustCompile(`(?i)\b(?:Bearer|Basic|AWS4-HMAC-SHA256)\s+([A-Za-z0-9+/=_.~,:-][A-Za-z0-9+/=_.~,: -]{7,})`), []string{"bearer", "basic", "aws4-hmac-sha256"}},
		{"AWS access key id", regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`), []string{"akia", "asia"}},
		{"signature in a URL", regexp.MustCompile(`(?i)[?&](?:X-Amz-Signature|X-Amz-Security-Token|X-Amz-Credential|sig|signature|access_token|api_key|token)=([^&\s"'<>]+)`), []string{"sig=", "signature=", "credential=", "token=", "api_key="}},
		{"password in a URL", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^\s/:@"']*:([^\s/@"']+)@`), []string{"://"}},
		{"GitHub token", regexp.MustCompile(`\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})`), []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}},
		{"GitLab token", regexp.MustCompile(`\bglpat-[A-Za-z0-9_-]{16,}`), []string{"glpat-"}},
		{"Slack token", regexp.MustCompile(`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`), []string{"xox"}},
		{"Stripe key", regexp.MustCompile(`\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}`), []string{"k_live_", "k_test_"}},
		{"Google API key", regexp.MustCompile(`\bAIza[A-Za-z0-9_-]{35}`), []string{"aiza"}},
		{"npm token", regexp.MustCompile(`\bnpm_[A-Za-z0-9]{30,}`), []string{"npm_"}},
		{"cookie header", regexp.MustCompile(`(?i)\b(?:Set-)?Cookie:[ \t]*([^\r\n]+)`), []string{"cookie:"}},
		{"secret by name", regexp.MustCompile(`(?i)\b(?:[a-z0-9]+[_-])*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]id)?)["']?\s*[:=]\s*["']?([^\s"',;&)}\]]+)`), []string{"passw", "secret", "token", "api", "access"}},
		{"e-mail address", regexp.MustCompile(`\b[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b`), []string{"@"}},
	}
})

// SecretPatterns are the patterns that a Redactor knows by itself.
func SecretPatterns() []SecretPattern { return slices.Clone(secretPatterns()) }

// A Redactor takes secrets out of payloads, responses, logs and messages. What it
// is given is never changed: where there is something to take out, it makes a copy.
// It is safe for concurrent use. A nil Redactor takes nothing out.
//
// What is JSON stays JSON: the value of a member with a secret name, or at a path of
// the rules, becomes the string "[redacted]", and in strings and names only what a
// pattern finds is replaced. A string that holds a JSON document itself, as the body
// of an HTTP event does, is treated like one. In other texts, such as logs, a member
// with a secret name is found as programs print them: 'cookie': 'a=1', "otp"=123.
type Redactor struct {
	names    map[string]bool
	paths    []jsondoc.Path
	patterns []SecretPattern
	members  func() SecretPattern // in texts, by their names
}

// NewRedactor reads the rules. The error names the rule that can't be read.
func NewRedactor(rules RedactRules) (*Redactor, error) {
	r := &Redactor{names: map[string]bool{}}
	names := rules.Names
	if !rules.NoDefaults {
		names = append(append([]string(nil), SecretNames...), names...)
		r.patterns = SecretPatterns()
	}
	for _, name := range names {
		r.names[bareName(name)] = true
	}
	r.members = sync.OnceValue(func() SecretPattern { return membersInText(names, rules.Names) })
	for _, text := range rules.Paths {
		path, err := jsondoc.ParsePath(text)
		if err != nil {
			return nil, err
		}
		r.paths = append(r.paths, path)
	}
	for _, text := range rules.Patterns {
		expr, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", text, err)
		}
		if expr.MatchString("") {
			return nil, fmt.Errorf("pattern %q matches nothing at all, and so everywhere", text)
		}
		r.patterns = append(r.patterns, SecretPattern{Name: text, expr: expr})
	}
	return r, nil
}

// bareName is a name as it is compared.
func bareName(name string) string {
	return strings.ToLower(separators.Replace(name))
}

var separators = strings.NewReplacer("-", "", "_", "", " ", "")

// nestedDocuments is how deep documents in strings of documents are followed.
const nestedDocuments = 4

// Payload redacts a payload or a response: JSON, or any text.
func (r *Redactor) Payload(b []byte) []byte {
	if r == nil || len(b) == 0 {
		return b
	}
	return r.document(b, r.paths, nestedDocuments)
}

// Text redacts a log or a message.
func (r *Redactor) Text(b []byte) []byte {
	if r == nil || len(b) == 0 {
		return b
	}
	var room [512]byte
	lower := lowered(room[:0], b)
	for _, p := range r.patterns {
		if p.possible(lower) {
			b = p.TakeOut(b)
		}
	}
	// Few texts have a sign between a name and a value; not to look for names spares most of the time.
	if bytes.IndexByte(lower, ':') >= 0 || bytes.IndexByte(lower, '=') >= 0 {
		if p := r.members(); p.possible(lower) {
			b = p.TakeOut(b)
		}
	}
	return b
}

// membersInText finds the values of members as programs print them in logs: those of
// names where the name stands in quotation marks, those of bare without any, too.
func membersInText(names, bare []string) SecretPattern {
	p := SecretPattern{Name: "member with a secret name", any: []string{}}
	spelled := func(names []string) string {
		var all []string
		for _, name := range names {
			words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return strings.ContainsRune("-_ ", r) })
			if len(words) == 0 {
				continue
			}
			p.any = append(p.any, words[0])
			for i := range words {
				words[i] = regexp.QuoteMeta(words[i])
			}
			all = append(all, strings.Join(words, "[-_ ]?"))
		}
		slices.Sort(all)
		return strings.Join(slices.Compact(all), "|")
	}
	either := spelled(names)
	if either == "" {
		return p // which is possible nowhere
	}
	name := `["'](?:` + either + `)\\?["']` // with a backslash in a document that is in a string
	if alone := spelled(bare); alone != "" {
		name = `(?:` + name + `|\b(?:` + alone + `)\b)`
	}
	slices.Sort(p.any)
	p.any = slices.Compact(p.any)
	p.expr = regexp.MustCompile(`(?i)` + name + `\s*[:=]\s*(?:\\"([^"\\\n]*)\\"|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|(\[[^\]\n]*\]|\{[^}\n]*\})|([^\s"',;)}\]]+))`)
	return p
}

// possible says whether the pattern may match a text, by its ASCII letters in lower case.
func (p SecretPattern) possible(lower []byte) bool {
	for _, literal := range p.any {
		if bytes.Contains(lower, []byte(literal)) {
			return true
		}
	}
	return p.any == nil
}

func lowered(dst, b []byte) []byte {
	for _, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst
}

// TakeOut replaces what the pattern finds, or its group: the first that took part.
func (p SecretPattern) TakeOut(b []byte) []byte {
	places := p.expr.FindAllSubmatchIndex(b, -1)
	if places == nil {
		return b
	}
	out := make([]byte, 0, len(b))
	done := 0
	for _, m := range places {
		start, end := m[0], m[1]
		for group := 2; group < len(m); group += 2 {
			if m[group] >= 0 {
				start, end = m[group], m[group+1]
				break
			}
		}
		if start == end || strings.HasPrefix(Redacted, string(b[start:end])) {
			continue // taken out before, by another pattern
		}
		out = append(append(out, b[done:start]...), Redacted...)
		done = end
	}
	return append(out, b[done:]...)
}

func (r *Redactor) document(b []byte, paths []jsondoc.Path, nested int) []byte {
	out, err := jsondoc.Rewrite(b, func(n jsondoc.Node) []byte {
		if n.Kind == jsondoc.Key {
			return r.inString(n.Raw, 0)
		}
		if r.names[bareName(n.Name())] && n.Kind != jsondoc.Null || r.covered(paths, n) {
			return quoted(Redacted)
		}
		if n.Kind == jsondoc.String {
			return r.inString(n.Raw, nested)
		}
		return nil
	})
	if err != nil {
		return r.Text(b)
	}
	return out
}

func (r *Redactor) covered(paths []jsondoc.Path, n jsondoc.Node) bool {
	if len(paths) == 0 {
		return false
	}
	at := n.Path()
	for _, p := range paths {
		if p.Matches(at) {
			return true
		}
	}
	return false
}

// inString redacts the text of a string token; nil leaves it.
func (r *Redactor) inString(raw []byte, nested int) []byte {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		text, _ = jsondoc.Unquote(raw) // the scanner has read it
	}
	var clean []byte
	if trimmed := bytes.TrimSpace(text); nested > 0 && len(trimmed) > 1 && (trimmed[0] == '{' || trimmed[0] == '[') {
		clean = r.document(text, nil, nested-1)
	} else {
		clean = r.Text(text)
	}
	if bytes.Equal(clean, text) {
		return nil
	}
	return quoted(string(clean))
}

// Request redacts what a request carries: its payload and its client context.
func (r *Redactor) Request(req Request) Request {
	if r == nil {
		return req
	}
	req.Payload = r.Payload(req.Payload)
	if context, bad := ClientContextJSON(req.ClientContext); bad == nil && len(context) > 0 {
		if clean := r.Payload(context); !bytes.Equal(clean, context) {
			req.ClientContext, _ = EncodeClientContext(string(clean)) // a JSON object always encodes
		}
	}
	return req
}

// Result redacts what a result carries: response, log, messages and notes.
func (r *Redactor) Result(res Result) Result {
	if r == nil {
		return res
	}
	res.Payload = r.Payload(res.Payload)
	isTail := res.Log != nil && res.LogTail != nil && bytes.HasSuffix(res.Log, res.LogTail)
	if isTail {
		// Redacted as a part of the log: a cut could leave half of a secret in it.
		before := r.Text(res.Log)
		if !bytes.Equal(before, res.Log) {
			res.Log, res.LogTail = before, Tail(before)
		}
	} else {
		res.Log, res.LogTail = r.Text(res.Log), r.Text(res.LogTail)
	}
	res.Failure = r.Failure(res.Failure)
	for i, note := range res.Notes {
		if clean := r.text(note); clean != note {
			res.Notes = append([]string(nil), res.Notes...)
			res.Notes[i] = clean
		}
	}
	return res
}

// Failure redacts the words of a failure.
func (r *Redactor) Failure(f *Failure) *Failure {
	if r == nil || f == nil {
		return f
	}
	clean := *f
	clean.Message, clean.Err = r.text(f.Message), nil
	if f.Err != nil {
		if words := r.text(f.Err.Error()); words == f.Err.Error() {
			clean.Err = f.Err
		}
	}
	clean.Trace = append([]Frame(nil), f.Trace...)
	for i := range clean.Trace {
		clean.Trace[i].Text = r.text(clean.Trace[i].Text)
	}
	return &clean
}

func (r *Redactor) text(s string) string { return string(r.Text([]byte(s))) }

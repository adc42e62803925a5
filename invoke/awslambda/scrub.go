package awslambda

import (
	"regexp"
	"strings"
	"sync"
)

// maxText is how much of a foreign text goes into a failure, in bytes.
const maxText = 2 << 10

// hidden stands for what could be a credential.
const hidden = "[hidden]"

// What a credential looks like: the members of credential documents, in JSON, in
// files and in the environment; authorisation headers; user and password in a URL; key ids; long runs
// of base64, which secrets and tokens are.
var (
	members = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?i)((?:secret_?access_?key|session_?token|security-?token|access_?token|refresh_?token|client_?secret|authorization|password|signature)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"?|'[^']*'?|AWS4-[^\r\n]*|[^\s,;}&]+)`)
	})
	userInfo   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`://[^/\s@"']+@`) })
	keyIDs     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{8,}`) })
	longTokens = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[A-Za-z0-9+/=_-]{40,}`) })
)

// scrub makes a text of someone else's fit to be shown, logged and kept: what could be
// a credential is hidden, and what is too long is cut. It is for texts about
// configuration, credentials and connections; a function's and the service's own words
// about an invocation stay as they are.
func scrub(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + " …"
	}
	text = members().ReplaceAllString(text, "${1}"+hidden)
	text = userInfo().ReplaceAllString(text, "://"+hidden+"@")
	text = keyIDs().ReplaceAllString(text, hidden)
	return longTokens().ReplaceAllStringFunc(text, func(run string) string {
		// A path or an ARN's resource is long as well; a secret has digits and both cases.
		if strings.ContainsAny(run, "0123456789") && strings.ToLower(run) != run && strings.ToUpper(run) != run {
			return hidden
		}
		return run
	})
}

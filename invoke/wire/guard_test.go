package wire

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"lambent/invoke"
)

func TestHostsAreAnExactList(t *testing.T) {
	local := netip.MustParseAddrPort("127.0.0.1:3001")
	lan := netip.MustParseAddrPort("192.168.1.5:3001")
	allowed := []string{"box.local", "proxy.local:80"}
	for _, c := range []struct {
		host  string
		at    netip.AddrPort
		wants bool
	}{
		{"127.0.0.1:3001", local, true}, {"localhost:3001", local, true}, {"LOCALHOST:3001", local, true}, {"[::1]:3001", local, true},
		{"box.local:3001", local, true}, {"BOX.local:3001", local, true}, {"proxy.local:80", local, true}, {"box.local", local, true},
		{"192.168.1.5:3001", lan, true}, {"127.0.0.1:3001", lan, true},
		{"192.168.1.5:3001", local, false}, {"192.168.1.6:3001", lan, false}, {"127.0.0.1:3002", local, false}, {"127.0.0.1", local, false}, {"", local, false}, {":3001", local, false},
		{"127.1:3001", local, false}, {"2130706433:3001", local, false}, {"0177.0.0.1:3001", local, false}, {"0.0.0.0:3001", local, false}, {"[::]:3001", local, false},
		{"localhost.:3001", local, false}, {"localhost6:3001", local, false}, {"127.0.0.1.evil.example:3001", local, false}, {"evil.localhost:3001", local, false},
		{"[::1%25lo]:3001", local, false}, {"[::1%lo]:3001", local, false}, {"[::ffff:127.0.0.1]:3001", local, false}, {"box.local.:3001", local, false}, {"proxy.local:3001", local, false},
	} {
		if got := hostAllowed(c.host, c.at, allowed); got != c.wants {
			t.Errorf("%q at %s: %t, want %t", c.host, c.at, got, c.wants)
		}
	}
}

// The decision equals a slow reference: the host is one of a finite set of spellings.
func FuzzHost(f *testing.F) {
	for _, h := range []string{"127.0.0.1:3001", "localhost:3001", "[::1]:3001", "[::1%25lo]:3001", "a:b:c", "[", "]:3001", "\x00:3001"} {
		f.Add(h)
	}
	local := netip.MustParseAddrPort("127.0.0.1:3001")
	f.Fuzz(func(t *testing.T, host string) {
		got := hostAllowed(host, local, nil)
		name, isOurs := strings.CutSuffix(host, ":3001")
		literal := strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
		want := isOurs && (name == "127.0.0.1" || name == "[127.0.0.1]" || strings.EqualFold(name, "localhost") || strings.EqualFold(name, "[localhost]"))
		if a, err := netip.ParseAddr(literal); err == nil && isOurs && name == "["+literal+"]" {
			want = want || a == netip.IPv6Loopback()
		}
		if got != want {
			t.Errorf("%q: %t, want %t", host, got, want)
		}
	})
}

func FuzzRoute(f *testing.F) {
	for _, p := range []string{"/2015-03-31/functions/echo/invocations", "/2015-03-31/functions/%24/aliases/x", "//", "/2015-03-31/functions/", "/lambda-url/a/b"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		for _, r := range routes {
			c := &call{r: &http.Request{URL: u}}
			rest, ok := strings.CutPrefix(u.EscapedPath(), "/"+r.version+"/")
			if !ok || !c.matches(r.pattern, rest) {
				continue
			}
			if strings.Contains(r.pattern, "{function}") && c.function == "" || strings.Count(rest, "/") != strings.Count(r.pattern, "/") {
				t.Errorf("%q matches %q with %q", path, r.pattern, c.function)
			}
		}
	})
}

func TestTokenIsAskedFor(t *testing.T) {
	const token = "a-token/with-a-slash"
	s := open(t, choice{wire: func(o *Options) { o.Token, o.AllowRemote = token, true }})
	signature := func(key string) string {
		return "Authorization: AWS4-HMAC-SHA256 Credential=" + key + "/20261124/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=00"
	}
	for _, c := range []struct {
		header string
		status int
		code   string
	}{
		{"Accept: */*", 403, "MissingAuthenticationTokenException"},
		{signature("AKIDEXAMPLE"), 403, "UnrecognizedClientException"},
		{signature(token + "x"), 403, "UnrecognizedClientException"},
		{"Authorization: Bearer nothing", 403, "UnrecognizedClientException"},
		{"Authorization: Basic " + token, 403, "MissingAuthenticationTokenException"},
		{signature(token), 200, ""},
		{"Authorization: Bearer " + token, 200, ""},
	} {
		r := s.raw(s.post("echo", "1", c.header))
		if r.status != c.status || r.headers["x-amzn-ErrorType"] != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.header, r.status, r.headers["x-amzn-ErrorType"], c.status, c.code)
		}
	}
}

func TestOnlyLoopbackWithoutAToken(t *testing.T) {
	if _, err := New(Options{Target: invoke.NewFaults(nil, invoke.FaultOptions{}), AllowRemote: true}); err == nil {
		t.Error("other machines are served without a token")
	}
	s := open(t)
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.server.Serve(t.Context(), l); err == nil || !strings.Contains(err.Error(), "needs a token") {
		t.Errorf("serving %s: %v", l.Addr(), err)
	}
	if _, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", l.Addr().(*net.TCPAddr).Port)); err == nil {
		t.Error("the listener is still open")
	}
}

package wire

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"lambent/invoke"
)

// foreign says why a request doesn't come from a program on this machine, as far as its
// head tells; "" when nothing speaks against it. A page in a browser can't leave out
// what is looked for here, and SDKs and command lines send none of it.
func (s *Server) foreign(r *http.Request) string {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok || !hostAllowed(r.Host, addrPort(local), s.o.AllowHosts) {
		return "the Host header does not name this endpoint"
	}
	h := r.Header
	site := h["Sec-Fetch-Site"]
	switch {
	case len(h["Origin"]) > 0:
		return "the request comes from a web page (it has an Origin)"
	case len(h["Referer"]) > 0:
		return "the request comes from a web page (it has a Referer)"
	case len(site) > 1 || len(site) == 1 && site[0] != "none":
		return "the request comes from a web page (Sec-Fetch-Site)"
	}
	return ""
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		p := t.AddrPort()
		return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
	}
	return netip.AddrPort{}
}

// hostAllowed decides on a Host header by an exact list: the names of this machine's
// loopback with the listener's port, the address that the connection was made to, and
// what the user allowed. Anything cleverer has been got round (an address in decimal, a
// trailing dot, a name that ends in localhost).
func hostAllowed(host string, local netip.AddrPort, allowed []string) bool {
	name, port, err := net.SplitHostPort(host)
	ownPort := strconv.Itoa(int(local.Port()))
	if err != nil || name == "" {
		// Without a port it means port 80, which is ours only when allowed by name.
		return host != "" && contains(allowed, host)
	}
	if contains(allowed, host) {
		return true
	}
	if port != ownPort {
		return false
	}
	if strings.EqualFold(name, "localhost") || contains(allowed, name) {
		return true
	}
	a, err := netip.ParseAddr(name)
	if err != nil || a.Zone() != "" {
		return false
	}
	return a == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || a == netip.IPv6Loopback() ||
		a == local.Addr() && !a.IsUnspecified()
}

func contains(list []string, host string) bool {
	for _, h := range list {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// refuseForeign answers without saying anything about what is served here, and without
// any header by which a page could read the answer.
func refuseForeign(w http.ResponseWriter, r *http.Request, reason string) {
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	if r.ContentLength != 0 {
		h["Connection"] = []string{"close"} // its body is not read
	}
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte("lambent serves SDKs and command lines only: " + reason + ".\n"))
}

// unauthorized asks for the token, where there is one.
func (s *Server) unauthorized(r *http.Request) *invoke.Failure {
	if s.o.Token == "" {
		return nil
	}
	given := tokenOf(r)
	switch {
	case given == "":
		return invoke.NewFailure("MissingAuthenticationTokenException", "")
	case subtle.ConstantTimeCompare([]byte(given), []byte(s.o.Token)) != 1:
		return invoke.NewFailure("UnrecognizedClientException", "The security token included in the request is invalid.")
	}
	return nil
}

// tokenOf is the access key id of a signature, in the header or in the query of a
// presigned request, or a bearer token.
func tokenOf(r *http.Request) string {
	value := r.Header.Get("Authorization")
	if token, ok := strings.CutPrefix(value, "Bearer "); ok {
		return strings.TrimSpace(token)
	}
	credential := ""
	if _, rest, ok := strings.Cut(value, "Credential="); ok && strings.HasPrefix(value, "AWS4-") {
		credential, _, _ = strings.Cut(rest, ",")
	} else if value == "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	// The scope that follows has four parts; the key itself may hold a slash.
	parts := strings.Split(strings.TrimSpace(credential), "/")
	if len(parts) < 5 {
		return ""
	}
	return strings.Join(parts[:len(parts)-4], "/")
}

package wire

import (
	"fmt"
	"strings"
	"testing"

	"lambent/invoke"
)

func TestAReadOnlyEndpointDeniesWhatWouldRunOrChange(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) { o.Target = invoke.NewGate(o.Target, invoke.GateRules{ReadOnly: true}) }})
	for _, c := range []struct {
		method, path, kind, body string
		status                   int
	}{
		{"POST", "/2015-03-31/functions/echo/invocations", "RequestResponse", "{}", 403},
		{"POST", "/2015-03-31/functions/echo/invocations", "Event", "{}", 403},
		{"POST", "/2015-03-31/functions/echo/invocations", "DryRun", "{}", 204},
		{"PUT", "/2017-10-31/functions/echo/concurrency", "", `{"ReservedConcurrentExecutions":0}`, 403},
		{"GET", "/2015-03-31/functions/echo/configuration", "", "", 200},
	} {
		kind := ""
		if c.kind != "" {
			kind = "X-Amz-Invocation-Type: " + c.kind + "\r\n"
		}
		r := s.raw(fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %d\r\n\r\n%s", c.method, c.path, s.address, kind, len(c.body), c.body))
		if r.status != c.status || c.status == 403 && (r.headers["x-amzn-ErrorType"] != "AccessDeniedException" || !strings.Contains(r.body, "read-only")) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.kind, r.status, r.body)
		}
	}
}

func TestAProtectedProfileIsNotServedUnconfirmed(t *testing.T) {
	target := invoke.NewGate(invoke.NewFaults(openExecutor(t, t.TempDir(), functions()), invoke.FaultOptions{}), invoke.GateRules{Protected: true})
	if _, err := New(Options{Target: target}); err == nil || !strings.Contains(err.Error(), "give --yes") {
		t.Errorf("served: %v", err)
	}
}

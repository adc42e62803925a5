package wire

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a web page, a broken client or an attacker sends is answered with a status of
// testdata/http/expect.json, runs nothing unless that is 200, and leaves the endpoint alive.
func TestHostileRequests(t *testing.T) {
	s := open(t, choice{wire: func(o *Options) { o.BodyTimeout = 300 * time.Millisecond }})
	var expected []struct{ File, What, Expect string }
	b, err := os.ReadFile(filepath.Join("testdata", "http", "expect.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	for _, e := range expected {
		t.Run(strings.TrimSuffix(e.File, ".req"), func(t *testing.T) {
			message := hostile(t, e.File, s.address)
			before, _ := s.seen.count()
			r, err := exchange(s.address, message)
			if !answers(e.Expect, r.status, err) {
				t.Errorf("%s: status %d (%v), want %s\n%s", e.What, r.status, err, e.Expect, clip(r.body, 300))
			}
			if runs, _ := s.seen.count(); runs != before && r.status == 403 {
				t.Errorf("%s: a request that was refused by the guard reached the target", e.What)
			}
			for name := range r.headers {
				if strings.HasPrefix(strings.ToLower(name), "access-control-") {
					t.Errorf("%s: the answer has %s, which lets a page read it", e.What, name)
				}
			}
			if alive := s.raw(s.post("echo", "1")); alive.status != 200 || alive.body != "1" {
				t.Fatalf("after %s the endpoint answers %d %s", e.What, alive.status, alive.body)
			}
		})
	}
}

// hostile is a recorded request with our port in the place of the recorded one.
func hostile(t *testing.T, file, address string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "http", file))
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), ":9001", ":"+port)
}

// answers says whether a status is one of those that expect names.
func answers(expect string, status int, err error) bool {
	if err != nil {
		return strings.Contains(expect, "close")
	}
	if strings.Contains(expect, "empty-body answer") && status == 200 {
		return true
	}
	return slices.ContainsFunc(strings.FieldsFunc(expect, func(r rune) bool { return r < '0' || r > '9' }), func(word string) bool {
		return word == fmt.Sprint(status)
	})
}

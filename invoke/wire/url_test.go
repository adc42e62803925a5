package wire

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestFunctionURL(t *testing.T) {
	s := open(t)
	t.Run("the event is payload format 2.0", func(t *testing.T) {
		body := "\x00\xff"
		r := s.raw(fmt.Sprintf("PUT /lambda-url/url/a%%20b/c?x=1&x=2&y=%%26 HTTP/1.1\r\nHost: %s\r\nCookie: k=v; l=w\r\nX-Many: one\r\nX-Many: two\r\nUser-Agent: test\r\nContent-Length: %d\r\n\r\n%s", s.address, len(body), body))
		var e urlEvent
		if err := json.Unmarshal([]byte(r.body), &e); err != nil {
			t.Fatalf("%v: %s", err, r.body)
		}
		if e.Version != "2.0" || e.RawPath != "/a b/c" || e.RawQueryString != "x=1&x=2&y=%26" || e.QueryParameters["x"] != "1,2" || e.QueryParameters["y"] != "&" ||
			strings.Join(e.Cookies, "|") != "k=v|l=w" || e.Headers["x-many"] != "one,two" || e.Headers["cookie"] != "" || !e.IsBase64Encoded || e.Body != "AP8=" ||
			e.RequestContext.HTTP.Method != "PUT" || e.RequestContext.HTTP.SourceIP != "127.0.0.1" || e.RequestContext.Stage != "$default" || e.RequestContext.TimeEpoch == 0 {
			t.Errorf("%s", r.body)
		}
		if r.status != 200 || r.headers["Content-Type"] != "application/json" {
			t.Errorf("an answer without statusCode: %d %v", r.status, r.headers)
		}
	})
	for _, c := range []struct {
		path   string
		status int
		header string
		value  string
		body   string
	}{
		{"/lambda-url/url/shaped", 201, "X-Shape", "round", "made"},
		{"/lambda-url/url/shaped", 201, "Set-Cookie", "c=3", "made"},
		{"/lambda-url/url/binary", 200, "Content-Type", "image/png", "\x00\x01\x02\xff"},
		{"/lambda-url/prelude/", 207, "X-Number", "7", "a,b\n1,2\n"},
		{"/lambda-url/prelude/", 207, "Content-Type", "text/csv", "a,b\n1,2\n"},
		{"/lambda-url/stream/", 200, "Content-Type", "application/octet-stream", "first second third"},
		{"/lambda-url/fail/", 502, "Content-Type", "application/json", "Internal Server Error"},
		{"/lambda-url/nothing/", 404, "X-Amzn-Errortype", "ResourceNotFoundException", `{"Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:nothing:$LATEST","Type":"User"}`},
	} {
		r, err := http.Get(s.url(c.path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || r.StatusCode != c.status || r.Header.Get(c.header) != c.value || string(b) != c.body {
			t.Errorf("%s: %d %s=%q %q (%v), want %d %q %q", c.path, r.StatusCode, c.header, r.Header.Get(c.header), b, err, c.status, c.value, c.body)
		}
	}
	r, err := http.Get(s.url("/lambda-url/stream-error/"))
	if err == nil {
		_, err = io.ReadAll(r.Body)
		r.Body.Close()
	}
	if err == nil {
		t.Error("a response that was cut short by an error looks whole")
	}
}

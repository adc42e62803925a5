package wire

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"lambent/invoke"
)

// A urlEvent is the event of a function URL, payload format 2.0 (AWS documentation,
// "Invoking Lambda function URLs").
type urlEvent struct {
	Version         string            `json:"version"`
	RouteKey        string            `json:"routeKey"`
	RawPath         string            `json:"rawPath"`
	RawQueryString  string            `json:"rawQueryString"`
	Cookies         []string          `json:"cookies,omitempty"`
	Headers         map[string]string `json:"headers"`
	QueryParameters map[string]string `json:"queryStringParameters,omitempty"`
	RequestContext  urlContext        `json:"requestContext"`
	Body            string            `json:"body,omitempty"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

type urlContext struct {
	AccountID    string  `json:"accountId"`
	APIID        string  `json:"apiId"`
	DomainName   string  `json:"domainName"`
	DomainPrefix string  `json:"domainPrefix"`
	HTTP         urlHTTP `json:"http"`
	RequestID    string  `json:"requestId"`
	RouteKey     string  `json:"routeKey"`
	Stage        string  `json:"stage"`
	Time         string  `json:"time"`
	TimeEpoch    int64   `json:"timeEpoch"`
}

type urlHTTP struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// functionURL serves /lambda-url/{name}/… as the URL of the function, or of one of its
// aliases with name:alias. Lambda has a host for each instead of a path.
func (c *call) functionURL(rest string) {
	segment, path, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(segment)
	if err != nil || name == "" {
		c.unknownOperation()
		return
	}
	body, ok := c.payload(invoke.RequestResponse)
	if !ok {
		return
	}
	event, err := json.Marshal(c.urlEvent(name, "/"+path, body))
	if err != nil {
		c.refuseWith(err)
		return
	}
	if failure := invoke.CheckSize(len(event), invoke.RequestResponse); failure != nil {
		c.refuse(failure)
		return
	}
	f := c.follow(invoke.Request{
		Function: name, Payload: event, TraceID: c.r.Header.Get("X-Amzn-Trace-Id"), Stream: true, Door: invoke.DoorEndpoint,
	})
	c.answerURL(f)
}

func (c *call) urlEvent(name, path string, body []byte) urlEvent {
	r, now := c.r, c.s.o.Now().UTC()
	decoded, err := url.PathUnescape(path)
	if err != nil {
		decoded = path
	}
	id := urlID(c.s.o.Account, name)
	e := urlEvent{
		Version: "2.0", RouteKey: "$default", RawPath: decoded, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{}, QueryParameters: joined(r.URL.Query()),
		RequestContext: urlContext{
			AccountID: "anonymous", APIID: id, DomainName: id + ".lambda-url." + c.s.o.Region + ".on.aws", DomainPrefix: id,
			HTTP:      urlHTTP{Method: r.Method, Path: decoded, Protocol: r.Proto, SourceIP: clientIP(r.RemoteAddr), UserAgent: r.UserAgent()},
			RequestID: invoke.NewRequestID(), RouteKey: "$default", Stage: "$default",
			Time: now.Format("02/Jan/2006:15:04:05 +0000"), TimeEpoch: now.UnixMilli(),
		},
	}
	for name, values := range r.Header {
		if name == "Cookie" {
			for _, v := range values {
				for cookie := range strings.SplitSeq(v, ";") {
					e.Cookies = append(e.Cookies, strings.TrimSpace(cookie))
				}
			}
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	e.Headers["host"] = r.Host
	if len(body) > 0 {
		e.Body = string(body)
		if !isText(r.Header.Get("Content-Type")) || !utf8.Valid(body) {
			e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return e
}

// isText says whether a body of this content type is handed over as text. That anything
// else is base64 is documented; the list is not, and this one is an inference.
func isText(contentType string) bool {
	media, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	media = strings.TrimSpace(media)
	switch media {
	case "application/json", "application/javascript", "application/xml", "application/x-www-form-urlencoded":
		return media != "application/x-www-form-urlencoded"
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}

// joined are parameters as the event has them: those of one name joined by commas.
func joined(values url.Values) map[string]string {
	if len(values) == 0 {
		return nil
	}
	m := make(map[string]string, len(values))
	for name, list := range values {
		m[name] = strings.Join(list, ",")
	}
	return m
}

func clientIP(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

// urlID stands for the random id of a function URL's host: the same for the same function.
func urlID(account, name string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz234567"
	sum := sha256.Sum256([]byte(account + ":" + name))
	id := make([]byte, 32)
	for i := range id {
		id[i] = letters[sum[i]&31]
	}
	return string(id)
}

// A urlResponse is what a function may answer to shape the HTTP answer.
type urlResponse struct {
	StatusCode      int                        `json:"statusCode"`
	Headers         map[string]json.RawMessage `json:"headers"`
	Cookies         []string                   `json:"cookies"`
	Body            string                     `json:"body"`
	IsBase64Encoded bool                       `json:"isBase64Encoded"`
}

// apply sets the headers of an answer and says its status.
func (u urlResponse) apply(h http.Header) int {
	for name, raw := range u.Headers {
		var value string
		if json.Unmarshal(raw, &value) != nil {
			value = string(raw) // a number or a boolean, as it is written
		}
		switch http.CanonicalHeaderKey(name) {
		case "Content-Length", "Transfer-Encoding", "Connection", headerRequestID:
			continue // the message's own
		}
		h.Set(name, value)
	}
	for _, cookie := range u.Cookies {
		h.Add("Set-Cookie", cookie)
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", contentJSON)
	}
	if u.StatusCode < 200 || u.StatusCode > 599 {
		return http.StatusOK
	}
	return u.StatusCode
}

package wire

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"lambent/invoke"
)

// A call is one request that the guard has let through.
type call struct {
	s *Server
	w http.ResponseWriter
	r *http.Request
	// function, name are the parts of the path that are names, decoded.
	function, name string
	answered       bool // the head of the answer is on its way
	identified     bool // the request id is set
}

// An operation is what a method does at a path.
type operation struct {
	method string
	do     func(*call)
}

// A route is a path of the API. In its pattern {function} and {name} stand for one segment each.
type route struct {
	version    string // the first segment
	pattern    string
	operations []operation
}

// routes are the operations that are served. The dates are those of the API (botocore's
// and the Go SDK's models).
var routes = []route{
	{"2015-03-31", "functions/{function}/invocations", []operation{{"POST", (*call).invoke}}},
	{"2021-11-15", "functions/{function}/response-streaming-invocations", []operation{{"POST", (*call).stream}}},
	{"2014-11-13", "functions/{function}/invoke-async", []operation{{"POST", (*call).invokeAsync}}},
	{"2015-03-31", "functions", []operation{{"GET", (*call).listFunctions}}},
	{"2015-03-31", "functions/{function}", []operation{{"GET", (*call).getFunction}}},
	{"2015-03-31", "functions/{function}/configuration", []operation{{"GET", (*call).getConfiguration}}},
	{"2015-03-31", "functions/{function}/versions", []operation{{"GET", (*call).listVersions}, {"POST", (*call).publishVersion}}},
	{"2015-03-31", "functions/{function}/aliases", []operation{{"GET", (*call).listAliases}, {"POST", (*call).createAlias}}},
	{"2015-03-31", "functions/{function}/aliases/{name}", []operation{
		{"GET", (*call).getAlias}, {"PUT", (*call).updateAlias}, {"DELETE", (*call).deleteAlias}}},
	{"2019-09-30", "functions/{function}/concurrency", []operation{{"GET", (*call).getConcurrency}}},
	{"2017-10-31", "functions/{function}/concurrency", []operation{{"PUT", (*call).putConcurrency}, {"DELETE", (*call).deleteConcurrency}}},
	{"2019-09-25", "functions/{function}/event-invoke-config", []operation{
		{"GET", (*call).getEventConfig}, {"PUT", (*call).putEventConfig}, {"POST", (*call).updateEventConfig}, {"DELETE", (*call).deleteEventConfig}}},
	{"2019-09-25", "functions/{function}/event-invoke-config/list", []operation{{"GET", (*call).listEventConfigs}}},
	{"2016-08-19", "account-settings", []operation{{"GET", (*call).accountSettings}}},
}

// urlRoot is where the functions' URLs are; Lambda has a host for each instead.
const urlRoot = "lambda-url"

// route finds the operation. A trailing slash is tolerated, as by the service for some
// operations (spec §1.10).
func (c *call) route() {
	path := strings.TrimPrefix(c.r.URL.EscapedPath(), "/")
	first, rest, _ := strings.Cut(path, "/")
	if first == urlRoot {
		c.functionURL(rest)
		return
	}
	rest = strings.TrimSuffix(rest, "/")
	for i := range routes {
		if routes[i].version != first || !c.matches(routes[i].pattern, rest) {
			continue
		}
		var allowed []string
		for _, o := range routes[i].operations {
			if o.method == c.r.Method {
				o.do(c)
				return
			}
			allowed = append(allowed, o.method)
		}
		c.wrongMethod(allowed)
		return
	}
	c.unknownOperation()
}

// matches compares a path with a pattern, segment by segment, and keeps the names.
func (c *call) matches(pattern, path string) bool {
	for pattern != "" {
		var want, have string
		want, pattern, _ = strings.Cut(pattern, "/")
		var more bool
		have, path, more = strings.Cut(path, "/")
		if more != (pattern != "") {
			return false
		}
		switch want {
		case "{function}", "{name}":
			value, err := url.PathUnescape(have)
			if err != nil || have == "" {
				return false
			}
			if want == "{name}" {
				c.name = value
			} else {
				c.function = value
			}
		case have:
		default:
			return false
		}
	}
	return path == ""
}

// wrongMethod refuses a method that a known path doesn't have. The service's answer
// isn't recorded; what counts is that nothing runs.
func (c *call) wrongMethod(allowed []string) {
	c.w.Header()["Allow"] = []string{strings.Join(allowed, ", ")}
	c.refuse(&invoke.Failure{
		Kind: invoke.ServiceFailure, Name: unknownOperation, Status: http.StatusMethodNotAllowed,
		Message: c.r.Method + " is no operation at this path; " + strings.Join(allowed, " and ") + " is.",
	})
}

// unknownOperation is what a service of AWS answers to an operation that it doesn't
// have (the name is the framework's; the message is ours).
const unknownOperation = "UnknownOperationException"

func (c *call) unknownOperation() {
	c.refuse(&invoke.Failure{
		Kind: invoke.ServiceFailure, Name: unknownOperation, Status: http.StatusNotFound,
		Message: "lambent does not serve " + c.r.Method + " " + clip(c.r.URL.Path, 200) + ".",
	})
}

func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// query is a parameter of the query string, "" when it isn't there.
func (c *call) query(name string) string {
	if c.r.URL.RawQuery == "" {
		return ""
	}
	return c.r.URL.Query().Get(name)
}

// A page is what a list operation was asked for.
type page struct {
	after string // the last name of the page before
	most  int
}

const maxItems = 10_000 // of MaxItems in the API's model

// page reads Marker and MaxItems. The service gives at most limit in one page.
func (c *call) page(limit int) (page, *invoke.Failure) {
	p := page{most: limit}
	if text := c.query("MaxItems"); text != "" {
		n, err := strconv.Atoi(text)
		switch {
		case err != nil:
			return p, violated(text, "maxItems", "Member must be a number")
		case n < 1:
			return p, violated(text, "maxItems", "Member must have value greater than or equal to 1")
		case n > maxItems:
			return p, violated(text, "maxItems", "Member must have value less than or equal to "+strconv.Itoa(maxItems))
		}
		p.most = min(n, limit)
	}
	var ok bool
	if p.after, ok = decodeMarker(c.query("Marker")); !ok {
		return p, invoke.NewFailure("InvalidParameterValueException", "Invalid marker: it must be the NextMarker of the page before.")
	}
	return p, nil
}

// violated is the service's refusal of one member (spec §1.7).
func violated(value, member, constraint string) *invoke.Failure {
	return invoke.NewFailure("ValidationException", "1 validation error detected: Value '"+clip(value, 256)+"' at '"+member+
		"' failed to satisfy constraint: "+constraint)
}

// A member is one that an operation can't do without.
type member struct {
	name  string
	given bool
}

// given is the service's refusal of the members that are missing, nil when none is (spec §1.7).
func given(members ...member) *invoke.Failure {
	var missing []string
	for _, m := range members {
		if !m.given {
			missing = append(missing, "Value null at '"+m.name+"' failed to satisfy constraint: Member must not be null")
		}
	}
	switch n := len(missing); n {
	case 0:
		return nil
	case 1:
		return invoke.NewFailure("ValidationException", "1 validation error detected: "+missing[0])
	default:
		return invoke.NewFailure("ValidationException", strconv.Itoa(n)+" validation errors detected: "+strings.Join(missing, "; "))
	}
}

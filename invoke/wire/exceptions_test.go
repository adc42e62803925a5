package wire

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lambent/invoke"
)

// An apiException is what the API's model and recordings say of one exception, apart
// from the catalogue that the endpoint answers from.
type apiException struct {
	Name       string
	Status     int
	Document   bool     // listed in the document of the Invoke API
	Members    []string // of the body, in their letter case
	RetryAfter bool     // has the header of that name
	Reasons    []string
	Messages   []string // <…> and the like for what varies
}

func apiExceptions(t *testing.T) []apiException {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "exceptions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []apiException
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Every exception is answered as the model has it: status, header, members of the
// body in their letter case, each of its reasons.
func TestEveryExceptionOnDemand(t *testing.T) {
	s := open(t)
	documented, answered := 0, 0
	for _, x := range apiExceptions(t) {
		if x.Document {
			documented++
		}
		if x.Status == 0 { // what SDKs call an answer without a name
			if _, err := invoke.ParseFault("echo=" + x.Name); err == nil {
				t.Errorf("%s has no status and can be had", x.Name)
			}
			continue
		}
		for _, reason := range append([]string{""}, x.Reasons...) {
			s.exception(t, x, reason)
			answered++
		}
	}
	if documented != 30 || answered != 69 {
		t.Errorf("%d exceptions of the document, %d answers: the table is not whole", documented, answered)
	}
}

func (s *stage) exception(t *testing.T, x apiException, reason string) {
	t.Helper()
	spec := "echo=" + x.Name
	if reason != "" {
		spec += ":" + reason
	}
	s.arm(t, spec)
	name, members := x.Name, slices.Clone(x.Members)
	if name == "RequestTooLargeException" { // the document's name is not the wire's (spec §1.6)
		name, members = "RequestEntityTooLargeException", []string{"Message"}
	}
	if reason == "" {
		// What says more than the name is absent when there is nothing more to say.
		members = slices.DeleteFunc(members, func(m string) bool { return m == "Reason" || m == "EC2ErrorCode" })
	}
	r := s.raw(s.post("echo", "{}"))
	if r.status != x.Status || r.headers["x-amzn-ErrorType"] != name || r.headers["Content-Type"] != "application/json" || !invoke.IsUUID(r.headers["x-amzn-RequestId"]) {
		t.Errorf("%s: %d %v", spec, r.status, r.headers)
	}
	if _, has := r.headers["Retry-After"]; has != x.RetryAfter {
		t.Errorf("%s: Retry-After is %q", spec, r.headers["Retry-After"])
	}
	var body map[string]any
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Errorf("%s: %s: %v", spec, r.body, err)
	}
	if got := slices.Sorted(maps.Keys(body)); !slices.Equal(got, slices.Sorted(slices.Values(members))) {
		t.Errorf("%s has the members %q, want %q", spec, got, members)
	}
	if slices.Contains(members, "Reason") && body["Reason"] != reason {
		t.Errorf("%s: the reason is %v", spec, body["Reason"])
	}
	if kind := body["Type"]; slices.Contains(members, "Type") && kind != "User" == (x.Status < 500) {
		t.Errorf("%s: Type is %v", spec, kind)
	}
	message, _ := body["message"].(string)
	if text, ok := body["Message"].(string); ok {
		message = text
	}
	if len(x.Messages) > 0 && reason == "" && !asWritten(x.Messages[0], message) || message == "" {
		t.Errorf("%s says %q, want %q", spec, message, x.Messages)
	}
}

// arm replaces what is armed.
func (s *stage) arm(t *testing.T, spec string) {
	t.Helper()
	x, err := invoke.ParseFault(spec)
	if err != nil {
		t.Fatal(err)
	}
	s.faults.DisarmAll()
	s.faults.Arm(x)
}

var varies = regexp.MustCompile(`\{?<[^<>]*>\}?|arn:aws:lambda:R:A:function:NAME:QUALIFIER|line: L|column: C`)

// asWritten says whether a message is a text in which some parts vary.
func asWritten(text, message string) bool {
	var pattern strings.Builder
	at := 0
	for _, part := range varies.FindAllStringIndex(text, -1) {
		pattern.WriteString(regexp.QuoteMeta(text[at:part[0]]) + "(?s:.+)")
		at = part[1]
	}
	return regexp.MustCompile("^" + pattern.String() + regexp.QuoteMeta(text[at:]) + "$").MatchString(message)
}

// Every other text that is known of an exception can be had too, as it is written.
func TestEveryKnownMessageOnDemand(t *testing.T) {
	s := open(t)
	for _, x := range apiExceptions(t) {
		for _, text := range x.Messages {
			s.arm(t, "echo="+x.Name+"="+text)
			r := s.raw(s.post("echo", "{}"))
			var body struct{ Message string } // in either letter case
			if err := json.Unmarshal([]byte(r.body), &body); err != nil || r.status != x.Status || !asWritten(text, body.Message) {
				t.Errorf("%s: %d %s, want %s", x.Name, r.status, r.body, text)
			}
		}
	}
}

package awslambda

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"lambent/invoke"
	"lambent/invoke/awslambda/trial"
)

// A playedLambda answers as Lambda is documented to, with nothing of lambent in it: it is what
// the suite is held to, before lambent's own endpoint is.
type playedLambda struct {
	t      *testing.T
	server *fakeLambda

	mu      sync.Mutex
	refuses *invoke.CatalogueEntry
	reason  string
	cuts    bool
}

func (l *playedLambda) URL() string { return l.server.URL }

func (l *playedLambda) Refuse(t testing.TB, exception, reason string) func() {
	e, ok := invoke.Lookup(exception)
	if !ok {
		t.Fatalf("%s is not in the catalogue", exception)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuses, l.reason = &e, reason
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.refuses = nil
	}
}

func (l *playedLambda) Cut(testing.TB) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cuts = true
}

// refuse answers with an exception.
func refuse(w http.ResponseWriter, name string, status int, members map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Requestid", anID)
	w.Header().Set("X-Amzn-Errortype", name)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(members)
}

func notThere(w http.ResponseWriter, name string) {
	refuse(w, "ResourceNotFoundException", 404, map[string]string{"Type": "User", "Message": "Function not found: arn:aws:lambda:eu-central-1:210987654321:function:" + name})
}

func (l *playedLambda) serve(w http.ResponseWriter, r *http.Request) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // 2015-03-31/functions/NAME/…
	if len(path) == 2 {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"Functions":[{"FunctionName":"echo"},{"FunctionName":"fail"},{"FunctionName":"stream"},{"FunctionName":"stream-error"}],"NextMarker":null}`)
		return
	}
	name, qualifier, _ := strings.Cut(path[2], ":")
	if q := r.URL.Query().Get("Qualifier"); q != "" {
		qualifier = q
	}
	if name == "nothing" || qualifier != "" && qualifier != invoke.Latest {
		notThere(w, name)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	switch path[len(path)-1] {
	case "invocations":
		l.invoke(w, r, name)
	case "response-streaming-invocations":
		l.stream(w, name)
	case "versions":
		fmt.Fprint(w, `{"Versions":[{"Version":"$LATEST"}]}`)
	case "aliases":
		fmt.Fprint(w, `{"Aliases":[]}`)
	case "configuration":
		fmt.Fprintf(w, `{"FunctionName":%q,"Version":"$LATEST","MemorySize":128,"CodeSha256":"AAAA"}`, name)
	default:
		refuse(w, "AccessDeniedException", 403, map[string]string{"Message": "no"})
	}
}

const aTail = "START RequestId: " + anID + " Version: $LATEST\nEND RequestId: " + anID + "\nREPORT RequestId: " + anID +
	"\tDuration: 1.87 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t\n"

func (l *playedLambda) invoke(w http.ResponseWriter, r *http.Request, name string) {
	l.mu.Lock()
	refuses, reason, cuts := l.refuses, l.reason, l.cuts
	l.cuts = false
	l.mu.Unlock()
	seen := l.server.seen()
	payload := seen[len(seen)-1].body
	switch {
	case cuts:
		panic(http.ErrAbortHandler)
	case refuses != nil:
		members := map[string]string{"Type": "User", "Message": "the service's words"}
		if reason != "" && refuses.Name == "EC2UnexpectedException" {
			members["EC2ErrorCode"] = reason
		} else if reason != "" {
			members["Reason"] = reason
		}
		refuse(w, refuses.Name, refuses.Status, members)
		return
	case len(payload) > invoke.MaxSyncPayload:
		refuse(w, "RequestEntityTooLargeException", 413, map[string]string{"Message": "too large"})
		return
	case !json.Valid(payload):
		refuse(w, "InvalidRequestContentException", 400, map[string]string{"Type": "User", "message": "Could not parse request body into json"})
		return
	}
	w.Header().Set("X-Amzn-Requestid", anID)
	switch r.Header.Get("X-Amz-Invocation-Type") {
	case "Event":
		w.WriteHeader(202)
		return
	case "DryRun":
		w.WriteHeader(204)
		return
	}
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	if r.Header.Get("X-Amz-Log-Type") == "Tail" {
		w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(aTail)))
	}
	if name == "fail" {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		payload = []byte(`{"errorMessage":"boom","errorType":"ValueError"}`)
	}
	_, _ = w.Write(payload)
}

func (l *playedLambda) stream(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	w.Header().Set("X-Amzn-Requestid", anID)
	parts, end := []string{"first ", "second ", "third"}, `{"LogResult":"`+base64.StdEncoding.EncodeToString([]byte(aTail))+`"}`
	if name == "stream-error" {
		parts, end = []string{"begun "}, `{"ErrorCode":"Unhandled","ErrorDetails":"{\"errorType\":\"Function.Late\",\"errorMessage\":\"too late\"}"}`
	}
	for _, part := range parts {
		_, _ = w.Write(chunk(l.t, part))
	}
	_, _ = w.Write(complete(l.t, end))
}

// The same suite is run against lambent's own endpoint, in invoke/wire.
func TestTrialAgainstAPlayedLambda(t *testing.T) {
	withKeys(t)
	l := &playedLambda{t: t}
	l.server = serve(t, l.serve)
	trial.Run(t, l, func(endpoint string) invoke.Target { return open(t, Options{EndpointURL: endpoint}) })
}

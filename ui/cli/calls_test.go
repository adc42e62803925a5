package cli

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// Each call is a line on standard error, in visible characters; --quiet leaves them out.
func TestServeListsItsCalls(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		newStage(t, nil)
		var out, err bytes.Buffer
		args := []string{"serve", "--listen", "127.0.0.1:0"}
		if quiet {
			args = append(args, "--quiet")
		}
		Run(t.Context(), args, strings.NewReader(""), &out, &err, Deps{Serve: func(_ context.Context, o ServeOptions) error {
			o.Ready()
			if (o.Ran == nil) != quiet {
				t.Errorf("quiet is %v", quiet)
			}
			if o.Ran != nil {
				o.Ran(invoke.Request{Function: "orders", Qualifier: "live"}, invoke.Result{StatusCode: 200, Duration: 12 * time.Millisecond, HistoryID: 7}, nil)
				failed := invoke.Result{StatusCode: 200, FunctionError: "Unhandled", Duration: time.Second, HistoryID: 8, Failure: &invoke.Failure{Kind: invoke.FunctionFailure, Name: "Value\x1b[2JError"}}
				o.Ran(invoke.Request{Function: "a\nb"}, failed, nil)
				o.Ran(invoke.Request{Function: "orders"}, invoke.Result{StatusCode: 429, HistoryID: 9, Notes: []string{"Injected fault: *=TooManyRequestsException"}}, invoke.NewFailure("TooManyRequestsException", ""))
			}
			return o.Listener.Close()
		}})
		want := ""
		if !quiet {
			want = `\d\d:\d\d:\d\d  ✓ 200  orders:live · 12 ms · #7\n` +
				`\d\d:\d\d:\d\d  ✗ Value[^\x00-\x1f]*Error  a[^\x00-\x1f]*b · 1.0 s · #8\n` +
				`\d\d:\d\d:\d\d  ! TooManyRequestsException · injected  orders · HTTP 429 · 0.0 ms · #9\n`
		}
		if !regexp.MustCompile("^" + want + "$").MatchString(err.String()) {
			t.Errorf("standard error is %q", err.String())
		}
	}
}

// A standard error that nobody reads holds up no call, and what was left out is counted.
func TestCallsWaitForNobody(t *testing.T) {
	var all bytes.Buffer
	w := &held{w: &all, free: make(chan struct{})}
	p := &printer{w: w}
	l := newCallLog(p)
	for range 3 * callsWaiting {
		l.add(p, time.Now(), invoke.Request{Function: "orders"}, invoke.Result{StatusCode: 200}, nil)
	}
	close(w.free)
	l.close()
	listed := strings.Count(all.String(), "orders")
	if listed < callsWaiting || listed > callsWaiting+1 || !regexp.MustCompile(`… (19|20)\d\d more, which lambent history has\n`).MatchString(all.String()) {
		t.Errorf("%d calls are listed: %.300s", listed, all.String())
	}
}

// A held writer writes nothing before it is freed.
type held struct {
	w    *bytes.Buffer
	free chan struct{}
}

func (h *held) Write(b []byte) (int, error) {
	<-h.free
	return h.w.Write(b)
}

package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// witness is a function that puts every attempt on the record, outside of lambent: a line
// with the request id and the event. It never returns. Events with "fail" in them fail.
func witness() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		r, err := http.Get(api + "next")
		if err != nil {
			os.Exit(1)
		}
		event, _ := io.ReadAll(r.Body)
		r.Body.Close()
		id := r.Header.Get("Lambda-Runtime-Aws-Request-Id")
		out, err := os.OpenFile(os.Getenv("WITNESS"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = fmt.Fprintf(out, "%s %s\n", id, event) // one write, which O_APPEND keeps whole
			out.Close()
		}
		path, answer := "/response", event
		if err != nil || bytes.Contains(event, []byte("fail")) {
			path, answer = "/error", []byte(`{"errorMessage":"as asked","errorType":"Failed"}`)
		}
		posted, err := http.Post(api+id+path, "application/json", bytes.NewReader(answer))
		if err != nil {
			os.Exit(1)
		}
		posted.Body.Close()
	}
}

// A witnessed project has one function, whose attempts are counted by what it writes.
type witnessed struct {
	t         *testing.T
	dir, file string
}

func witnessedProject(t *testing.T) *witnessed {
	t.Helper()
	w := &witnessed{t: t, dir: t.TempDir()}
	w.file = filepath.Join(w.dir, "attempts")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(w.dir, "code"), 0o755); err != nil {
		t.Fatal(err)
	}
	bootstrap := filepath.Join(w.dir, "code", "bootstrap")
	if err := os.Link(self, bootstrap); err != nil { // another file system
		image, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(bootstrap, image, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	template := `Transform: AWS::Serverless-2016-10-31
Resources:
  Witness:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: witness
      Runtime: provided.al2023
      Handler: witness
      CodeUri: code
      Timeout: 30
      Environment: {Variables: {WITNESS: '` + w.file + `'}}
`
	if err := os.WriteFile(filepath.Join(w.dir, "template.yaml"), []byte(template), 0o644); err != nil {
		t.Fatal(err)
	}
	return w
}

// attempts is how often each event was run, by request id, and all of them together.
func (w *witnessed) attempts() (of map[string]int, all int) {
	w.t.Helper()
	text, err := os.ReadFile(w.file)
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	of = map[string]int{}
	for line := range strings.Lines(string(text)) {
		id, _, _ := strings.Cut(line, " ")
		of[id]++
		all++
	}
	return of, all
}

// until waits for a condition.
func (w *witnessed) until(what string, met func() bool) {
	w.t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !met(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			_, all := w.attempts()
			w.t.Fatalf("not in time: %s; %d attempts so far", what, all)
		}
	}
}

//go:build unix

package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	client "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"lambent/invoke"
	"lambent/invoke/local/project"
)

// The official Go client, unchanged, is the runtime of these functions: the test binary
// as a bootstrap hands itself over to it.

// A goEvent asks an official handler for what it has been told.
type goEvent struct {
	Do string      `json:"do"`
	ID json.Number `json:"id"`
}

var officiallySeen int // events that this process has counted

// A goCustom is an error with a type of its own.
type goCustom struct{ reason string }

func (e *goCustom) Error() string { return e.reason }

// official runs a handler by the official client; it returns only when there is none.
func official(name string) int {
	switch name {
	case "plain":
		client.Start(func(ctx context.Context, e goEvent) (any, error) { return officially(ctx, e) })
	case "stream":
		client.Start(func(context.Context) (io.Reader, error) {
			return io.MultiReader(strings.NewReader("first, "), strings.NewReader("second")), nil
		})
	case "stream-fails":
		client.Start(func(context.Context) (io.Reader, error) {
			return io.MultiReader(strings.NewReader("begun"), failingReader{}), nil
		})
	}
	return 1
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, errors.New("half-way") }

func officially(ctx context.Context, e goEvent) (any, error) {
	if e.Do == "fail" {
		officiallySeen++
	}
	about, _ := lambdacontext.FromContext(ctx)
	switch e.Do {
	case "fail":
		return nil, errors.New("no such order")
	case "wrap":
		return nil, fmt.Errorf("while working: %w", errors.New("inner"))
	case "custom":
		return nil, &goCustom{"mine"}
	case "panic":
		panic("out of paper")
	case "wait":
		<-ctx.Done()
		return nil, ctx.Err()
	case "sleep":
		time.Sleep(time.Minute)
	case "exit":
		os.Exit(7)
	case "big":
		return strings.Repeat("x", invoke.MaxSyncResponse), nil
	case "log":
		fmt.Println("a line")
	case "context":
		return []any{about.AwsRequestID, about.InvokedFunctionArn, about.ClientContext.Client.AppTitle, true}, nil
	case "tenant":
		return about.TenantID, nil
	case "environ":
		var list []string
		for _, name := range []string{"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_REGION", "TZ", "LANG"} {
			list = append(list, os.Getenv(name))
		}
		return list, nil
	case "identity":
		return []string{about.Identity.CognitoIdentityID, about.Identity.CognitoIdentityPoolID}, nil
	case "count":
		officiallySeen++
		path := os.TempDir() + "/seen"
		before, _ := os.ReadFile(path)
		_ = os.WriteFile(path, append(before, 'x'), 0o600)
		return []int{officiallySeen, len(before) + 1}, nil
	}
	if e.Do != "" {
		return e, nil
	}
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"request": about.AwsRequestID, "arn": about.InvokedFunctionArn, "app": about.ClientContext.Client.AppTitle,
		"tenant": about.TenantID, "left": time.Until(deadline) > time.Second, "id": e.ID,
		"function": lambdacontext.FunctionName, "memory": lambdacontext.MemoryLimitInMB,
	}, nil
}

func TestTheOfficialGoClient(t *testing.T) {
	t.Parallel()
	f := open(t, does("official:plain"))
	r := f.call(`{"id": 12345678901234567890}`, func(q *invoke.Request) {
		q.Qualifier, q.TenantID = "$LATEST", "blue"
		q.ClientContext = "eyJjbGllbnQiOnsiYXBwX3RpdGxlIjoic2hvcCJ9fQ=="
	})
	want := fmt.Sprintf(`{"app":"shop","arn":%q,"function":"f","id":12345678901234567890,"left":true,"memory":256,"request":%q,"tenant":"blue"}`,
		r.FunctionARN+":$LATEST", r.RequestID)
	if string(r.Payload) != want || r.FunctionError != "" {
		t.Errorf("answered %s %s\nwant %s", r.FunctionError, r.Payload, want)
	}
	for _, tt := range []struct{ do, payload, name string }{ // spec §5.3
		{"fail", `{"errorMessage":"no such order","errorType":"errorString"}`, "errorString"},
		{"wrap", `{"errorMessage":"while working: inner","errorType":"wrapError"}`, "wrapError"},
		{"custom", `{"errorMessage":"mine","errorType":"goCustom"}`, "goCustom"},
	} {
		r := f.call(`{"do":"` + tt.do + `"}`)
		if string(r.Payload) != tt.payload || r.FunctionError != "Unhandled" || nameOf(r.Failure) != tt.name {
			t.Errorf("%s: %s %s, %s", tt.do, r.FunctionError, r.Payload, nameOf(r.Failure))
		}
	}
	if r := f.call(`{"do":"log"}`); !strings.Contains(string(r.Log), "a line\nEND RequestId") {
		t.Errorf("log %s", r.Log)
	}
	r = f.call(`{"do":"panic"}`)
	if !strings.HasPrefix(string(r.Payload), `{"errorMessage":"out of paper","errorType":"string","stackTrace":[{`) || nameOf(r.Failure) != "string" {
		t.Errorf("a panic: %s", r.Payload)
	}
	if r := f.call(`{}`); r.FunctionError != "" { // it has ended itself after the panic
		t.Errorf("after a panic: %s %s", r.FunctionError, r.Payload)
	}
}

func TestTheOfficialGoClientSeesItsDeadline(t *testing.T) {
	t.Parallel()
	f := open(t, does("official:plain", func(fn *project.Function) { fn.Timeout = time.Second }))
	r := f.call(`{"do":"wait"}`)
	if nameOf(r.Failure) != "deadlineExceededError" && nameOf(r.Failure) != "Sandbox.Timedout" {
		t.Errorf("%s: %s", nameOf(r.Failure), r.Payload)
	}
}

func TestTheOfficialGoClientStreams(t *testing.T) {
	t.Parallel()
	f := open(t, does("official:stream"))
	if r := f.call("{}"); string(r.Payload) != "first, second" || r.FunctionError != "" {
		t.Errorf("streamed %q, %s", r.Payload, r.FunctionError)
	}
	f = open(t, does("official:stream-fails"))
	r := f.call("{}", func(q *invoke.Request) { q.Stream = true })
	if r.FunctionError == "" || nameOf(r.Failure) != "errorString" {
		t.Errorf("a stream that breaks: %q %s, %+v", r.Payload, r.FunctionError, r.Failure)
	}
}

package wire

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"lambent/invoke"
)

// sdk is the AWS SDK for Go with nothing changed but the endpoint.
func (s *stage) sdk(change ...func(*lambda.Options)) *lambda.Client {
	return lambda.New(lambda.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(s.url("")),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	}, change...)
}

func once(o *lambda.Options) { o.Retryer = aws.NopRetryer{} }

func TestSDKInvokes(t *testing.T) {
	s := open(t)
	ctx, client := context.Background(), s.sdk()
	t.Run("bytes in, bytes out", func(t *testing.T) {
		payload := []byte(` {"id": 12345678901234567890, "text": "é\u00e9 <&>", "a":1,"a":2}` + "\n")
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("echo"), Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Payload, payload) || out.StatusCode != 200 || aws.ToString(out.ExecutedVersion) != "$LATEST" || out.FunctionError != nil || out.LogResult != nil {
			t.Errorf("got %d %q version %q error %v log %v", out.StatusCode, out.Payload, aws.ToString(out.ExecutedVersion), out.FunctionError, out.LogResult)
		}
	})
	t.Run("function error and log", func(t *testing.T) {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("fail"), LogType: types.LogTypeTail})
		if err != nil {
			t.Fatal(err)
		}
		log, err := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
		if err != nil {
			t.Fatal(err)
		}
		if out.StatusCode != 200 || aws.ToString(out.FunctionError) != "Unhandled" || !strings.HasPrefix(string(out.Payload), `{"errorMessage": "boom", "errorType": "ValueError"`) ||
			!strings.HasPrefix(string(log), "START RequestId: ") || !strings.Contains(string(log), "\nREPORT RequestId: ") {
			t.Errorf("got %d %v %s\n%s", out.StatusCode, aws.ToString(out.FunctionError), out.Payload, log)
		}
	})
	t.Run("event", func(t *testing.T) {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("echo"), InvocationType: types.InvocationTypeEvent, Payload: []byte("{}")})
		if err != nil || out.StatusCode != 202 || len(out.Payload) != 0 || out.ExecutedVersion != nil {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("dry run", func(t *testing.T) {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("echo"), InvocationType: types.InvocationTypeDryRun})
		if err != nil || out.StatusCode != 204 || len(out.Payload) != 0 || out.ExecutedVersion != nil {
			t.Errorf("got %+v, %v", out, err)
		}
	})
	t.Run("options reach the function", func(t *testing.T) {
		out, err := client.Invoke(ctx, &lambda.InvokeInput{
			FunctionName: aws.String("arn:aws:lambda:us-east-1:123456789012:function:context"), Qualifier: aws.String("$LATEST"),
			ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"custom":{"k":"v"}}`))), TenantId: aws.String("tenant 1"),
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{`"arn":"arn:aws:lambda:us-east-1:123456789012:function:context:$LATEST"`, `"client":"{\"custom\":{\"k\":\"v\"}}"`, `"tenant":"tenant 1"`, `"trace":"Root=1-`} {
			if !strings.Contains(string(out.Payload), want) {
				t.Errorf("the function was not told %s: %s", want, out.Payload)
			}
		}
	})
	t.Run("legacy asynchronous", func(t *testing.T) {
		//lint:ignore SA1019 the endpoint answers the deprecated operation too
		out, err := client.InvokeAsync(ctx, &lambda.InvokeAsyncInput{FunctionName: aws.String("echo"), InvokeArgs: strings.NewReader("{}")})
		if err != nil || out.Status != 202 {
			t.Errorf("got %+v, %v", out, err)
		}
	})
}

func TestSDKStreams(t *testing.T) {
	s := open(t)
	ctx, client := context.Background(), s.sdk()
	read := func(t *testing.T, function, payload string) (chunks []string, complete types.InvokeWithResponseStreamCompleteEvent, version string) {
		t.Helper()
		out, err := client.InvokeWithResponseStream(ctx, &lambda.InvokeWithResponseStreamInput{
			FunctionName: aws.String(function), Payload: []byte(payload), LogType: types.LogTypeTail})
		if err != nil {
			t.Fatal(err)
		}
		defer out.GetStream().Close()
		for e := range out.GetStream().Events() {
			switch e := e.(type) {
			case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
				chunks = append(chunks, string(e.Value.Payload))
			case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
				complete = e.Value
			}
		}
		if err := out.GetStream().Err(); err != nil {
			t.Fatal(err)
		}
		return chunks, complete, aws.ToString(out.ExecutedVersion)
	}
	t.Run("parts come as they are written", func(t *testing.T) {
		gate := filepath.Join(t.TempDir(), "gate")
		out, err := client.InvokeWithResponseStream(ctx, &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("stream"), Payload: []byte(quote(gate))})
		if err != nil {
			t.Fatal(err)
		}
		defer out.GetStream().Close()
		want := []string{"first ", "second ", "third"}
		for e := range out.GetStream().Events() {
			chunk, ok := e.(*types.InvokeWithResponseStreamResponseEventMemberPayloadChunk)
			if !ok {
				break
			}
			if len(want) == 0 || string(chunk.Value.Payload) != want[0] {
				t.Fatalf("part %q, want %q", chunk.Value.Payload, want)
			}
			want = want[1:]
			if len(want) > 0 { // only now may the function write the next part
				if err := os.WriteFile(gate+"."+string(rune('0'+3-len(want))), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if len(want) > 0 {
			t.Errorf("these parts did not come: %q", want)
		}
	})
	t.Run("ends with the log", func(t *testing.T) {
		chunks, complete, version := read(t, "stream", "{}")
		log, _ := base64.StdEncoding.DecodeString(aws.ToString(complete.LogResult))
		if strings.Join(chunks, "") != "first second third" || version != "$LATEST" || complete.ErrorCode != nil || !strings.Contains(string(log), "REPORT RequestId") {
			t.Errorf("chunks %q version %q complete %+v log %s", chunks, version, complete, log)
		}
	})
	t.Run("a function that does not stream", func(t *testing.T) {
		big := quote(strings.Repeat("b", 300<<10))
		chunks, complete, _ := read(t, "echo", big)
		if strings.Join(chunks, "") != big || complete.ErrorCode != nil {
			t.Errorf("%d chunks, %+v", len(chunks), complete)
		}
	})
	t.Run("a function that fails", func(t *testing.T) {
		chunks, complete, _ := read(t, "fail", "{}")
		if len(chunks) != 0 || aws.ToString(complete.ErrorCode) != "Unhandled" || !strings.Contains(aws.ToString(complete.ErrorDetails), `"errorMessage": "boom"`) {
			t.Errorf("chunks %q, %q %q", chunks, aws.ToString(complete.ErrorCode), aws.ToString(complete.ErrorDetails))
		}
	})
	t.Run("a function that fails late", func(t *testing.T) {
		chunks, complete, _ := read(t, "stream-error", "{}")
		if strings.Join(chunks, "") != "begun " || aws.ToString(complete.ErrorCode) != "Unhandled" || !strings.Contains(aws.ToString(complete.ErrorDetails), "too late") {
			t.Errorf("chunks %q, %q %q", chunks, aws.ToString(complete.ErrorCode), aws.ToString(complete.ErrorDetails))
		}
	})
	t.Run("a refusal is an error and no stream", func(t *testing.T) {
		_, err := client.InvokeWithResponseStream(ctx, &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("nothing")})
		var missing *types.ResourceNotFoundException
		if !errors.As(err, &missing) {
			t.Errorf("got %v", err)
		}
	})
}

// Every exception of the catalogue, asked for by a fault, reaches the SDK with its code,
// message, status and members, and as the SDK's own class where it has one.
func TestSDKMapsEveryException(t *testing.T) {
	s := open(t)
	client := s.sdk(once)
	for _, e := range invoke.Catalogue() {
		if e.Kind != invoke.ServiceFailure || e.Status == 0 {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			fault := "echo=" + e.Name
			if len(e.Reasons) > 0 {
				fault += ":" + e.Reasons[len(e.Reasons)-1]
			}
			x, err := invoke.ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			id := s.faults.Arm(x)
			defer s.faults.Disarm(id)
			_, err = client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("echo"), Payload: []byte("{}")})
			var api smithy.APIError
			var response interface{ HTTPStatusCode() int }
			if !errors.As(err, &api) || !errors.As(err, &response) {
				t.Fatalf("got %v", err)
			}
			wire, _ := invoke.Lookup(e.Name)
			if api.ErrorCode() != wire.Name || api.ErrorMessage() == "" || response.HTTPStatusCode() != wire.Status {
				t.Errorf("the SDK sees %s %q status %d, want %s status %d", api.ErrorCode(), api.ErrorMessage(), response.HTTPStatusCode(), wire.Name, wire.Status)
			}
			if _, generic := api.(*smithy.GenericAPIError); generic && e.InDocument && e.Name != "RequestTooLargeException" {
				t.Errorf("the SDK has no class for %s", api.ErrorCode())
			}
		})
	}
}

func TestSDKSeesTheMembersOfAThrottle(t *testing.T) {
	s := open(t)
	x, err := invoke.ParseFault("*=TooManyRequestsException:ReservedFunctionConcurrentInvocationLimitExceeded")
	if err != nil {
		t.Fatal(err)
	}
	s.faults.Arm(x)
	_, err = s.sdk(once).Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("echo")})
	var throttle *types.TooManyRequestsException
	if !errors.As(err, &throttle) || throttle.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded ||
		throttle.ErrorMessage() != "Rate Exceeded." || aws.ToString(throttle.Type) != "User" || aws.ToString(throttle.RetryAfterSeconds) != "1" {
		t.Errorf("got %+v (%v)", throttle, err)
	}
}

func TestSDKRetriesAThrottleAndSucceeds(t *testing.T) {
	s := open(t)
	s.faults.Arm(invoke.InjectedFault{Function: "echo", Name: "TooManyRequestsException", Share: 1, Times: 2})
	s.faults.Arm(invoke.InjectedFault{Function: "fail", Drop: invoke.DropBefore, Share: 1, Times: 1})
	var waits int // between its attempts, which are the SDK's own; only their length isn't
	client := s.sdk(func(o *lambda.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { waits++; return time.Millisecond, nil })
		})
	})
	out, err := client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("echo"), Payload: []byte("7")})
	if err != nil || string(out.Payload) != "7" || waits != 2 {
		t.Fatalf("after two throttles and %d waits: %v", waits, err)
	}
	if begun, _ := s.seen.count(); begun != 3 {
		t.Errorf("%d calls were recorded, want the two that were throttled and the one that ran", begun)
	}
	out, err = client.Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("fail"), Payload: []byte("7")})
	if err != nil || aws.ToString(out.FunctionError) == "" {
		t.Errorf("after a connection that was cut: %v", err)
	}
	if armed := s.faults.Armed(); len(armed) != 0 {
		t.Errorf("still armed: %v", armed)
	}
}

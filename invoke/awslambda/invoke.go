package awslambda

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"lambent/invoke"
)

// Invoke calls the function with exactly one HTTP request. Names, payload and client
// context go out as they are: what is wrong with them is the service's to say.
// Cancelling ctx ends the waiting only; Lambda goes on.
func (t *Target) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	if emit == nil {
		emit = func(invoke.Progress) {}
	}
	result := invoke.Result{StartedAt: t.o.Now()}
	t.name(&result, req)
	failure := t.call(ctx, req, &result, emit)
	result.Duration = t.o.Now().Sub(result.StartedAt)
	if req.CognitoIdentity != "" { // a local run replayed here
		result.Notes = append(result.Notes, "The Cognito identity was not sent: Lambda takes it from the caller's credentials.")
	}
	if failure != nil {
		return result, failure
	}
	return result, nil
}

// name fills in which function the request means, as far as that can be known.
func (t *Target) name(result *invoke.Result, req invoke.Request) {
	name, failure := invoke.ParseName(req.Function)
	if failure != nil {
		return
	}
	result.FunctionName = name.Function
	switch known, account := t.account.of(name.Function); {
	case name.Account == "" && known.arn != "":
		result.FunctionARN = known.arn
	case name.Account != "" || account != "":
		result.FunctionARN = name.ARN(t.info.Region, account)
	}
}

func (t *Target) call(ctx context.Context, req invoke.Request, result *invoke.Result, emit func(invoke.Progress)) *invoke.Failure {
	if req.Function == "" {
		return invoke.ClientFailureOf(invoke.InvalidUsage, "no function was named", "", "Name a function.", invoke.RanNo, nil)
	}
	if req.Stream && req.Type == invoke.Event {
		return invoke.ClientFailureOf(invoke.InvalidUsage, "an Event has no response that could be streamed", "", "Leave out the streaming, or choose RequestResponse.", invoke.RanNo, nil)
	}
	if failure := t.signIn(ctx); failure != nil {
		return failure
	}
	known, _ := t.account.of(result.FunctionName)
	result.StartedAt = t.o.Now() // without the time that credentials took
	emit(invoke.Progress{Kind: invoke.ProgressRunning, At: result.StartedAt, Limit: known.timeout})
	if req.Stream {
		return t.callStreaming(ctx, req, result, emit)
	}
	f := &flight{invocation: true, responds: responds(req), payload: req.Payload, limit: invoke.MaxSyncResponse, silence: t.o.silence}
	_, err := t.lambda.Invoke(f.aboard(ctx), &lambda.InvokeInput{
		FunctionName:   aws.String(req.Function),
		Qualifier:      optional(req.Qualifier),
		InvocationType: types.InvocationType(req.Type),
		LogType:        types.LogType(req.LogType),
		ClientContext:  optional(req.ClientContext),
		TenantId:       optional(req.TenantID),
		Payload:        req.Payload,

		DurableExecutionName: optional(req.DurableName),
	}, once(req))
	t.receive(f, result)
	if !f.good() || f.cut != nil || f.tooLong || !f.isLambdas() {
		return t.explainInvocation(ctx, err, f, req)
	}
	t.settle(req, result, f.header, emit)
	return nil
}

// responds says that the call brings the function's response.
func responds(req invoke.Request) bool { return req.Type == "" || req.Type == invoke.RequestResponse }

// once turns the SDK's retries off and adds the header that it has no member for.
func once(req invoke.Request) func(*lambda.Options) {
	return func(o *lambda.Options) {
		o.Retryer = aws.NopRetryer{}
		if req.TraceID != "" {
			o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("X-Amzn-Trace-Id", req.TraceID))
		}
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// receive takes what the answer says, whatever it is.
func (t *Target) receive(f *flight, result *invoke.Result) {
	result.StatusCode = f.status
	if f.status == 0 {
		return
	}
	result.RequestID = f.header.Get("X-Amzn-Requestid")
	result.TraceID = f.header.Get("X-Amzn-Trace-Id")
	if !f.good() || !f.isLambdas() {
		return // the body is a failure's
	}
	result.Payload = f.body
	result.ExecutedVersion = f.header.Get("X-Amz-Executed-Version")
	result.DurableARN = f.header.Get("X-Amz-Durable-Execution-Arn")
	if f.cut != nil && len(f.body) > 0 {
		result.Notes = append(result.Notes, "The response is not complete: "+f.extent()+".")
	}
}

// settle reads the headers of a good answer to a buffered invocation.
func (t *Target) settle(req invoke.Request, result *invoke.Result, header http.Header, emit func(invoke.Progress)) {
	if req.Type == invoke.Event {
		emit(invoke.Progress{Kind: invoke.ProgressQueued, At: t.o.Now(), RequestID: result.RequestID})
	}
	result.FunctionError = header.Get("X-Amz-Function-Error")
	t.readTail(req, result, header.Get("X-Amz-Log-Result"))
	if result.FunctionError != "" {
		result.Failure = invoke.ClassifyFunctionError(result.Payload, result.FunctionError, result.Report)
	}
}

// readTail decodes the log tail and reads the report in it. A tail that can't be read
// costs nothing but itself.
func (t *Target) readTail(req invoke.Request, result *invoke.Result, encoded string) {
	if encoded == "" {
		if req.LogType == invoke.LogTail && result.StatusCode == http.StatusOK {
			result.Notes = append(result.Notes, "No log tail came with the response, though one was asked for.")
		}
		return
	}
	tail, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		result.Notes = append(result.Notes, "The log tail that came is not base64 and can't be shown.")
		return
	}
	result.LogTail = tail
	if report, ok := invoke.ParseReport(tail); ok {
		result.Report = &report
	}
}

// explainInvocation is explain, with what only invocations can be refused for.
func (t *Target) explainInvocation(ctx context.Context, err error, f *flight, req invoke.Request) *invoke.Failure {
	failure := t.explain(ctx, err, f)
	// The wording is not recorded anywhere (spec §1.9): that such a refusal names what it
	// is about is an inference. The request is never repeated without the tail by itself.
	if words := strings.ToLower(failure.Message); req.LogType == invoke.LogTail && failure.Status == http.StatusBadRequest &&
		(strings.Contains(words, "logtype") || strings.Contains(words, "log type") || strings.Contains(words, "log tail")) {
		failure.Remedy = fmt.Sprintf("Invoke again without the log tail (log type %s): this function gives none.", invoke.LogNone)
	}
	return failure
}

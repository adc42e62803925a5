package awslambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"lambent/invoke"
)

// maxStreamed is the most that a function may stream, in bytes (spec §1.11); it is the
// most that is kept.
const maxStreamed = 200 << 20

// eventStream is the content type of a streamed answer on the wire (spec §1.11).
const eventStream = "application/vnd.amazon.eventstream"

// callStreaming invokes with InvokeWithResponseStream: one request, whose answer is
// reported part by part.
func (t *Target) callStreaming(ctx context.Context, req invoke.Request, result *invoke.Result, emit func(invoke.Progress)) *invoke.Failure {
	f := &flight{invocation: true, stream: true, responds: responds(req), payload: req.Payload, limit: invoke.MaxSyncResponse, silence: t.o.silence}
	out, err := t.lambda.InvokeWithResponseStream(f.aboard(ctx), &lambda.InvokeWithResponseStreamInput{
		FunctionName:   aws.String(req.Function),
		Qualifier:      optional(req.Qualifier),
		InvocationType: types.ResponseStreamingInvocationType(req.Type),
		LogType:        types.LogType(req.LogType),
		ClientContext:  optional(req.ClientContext),
		TenantId:       optional(req.TenantID),
		Payload:        req.Payload,
	}, once(req))
	var stream *lambda.InvokeWithResponseStreamEventStream
	if err == nil {
		stream = out.GetStream()
		defer stream.Close()
	}
	t.receive(f, result)
	if !f.good() || f.cut != nil || f.tooLong || !f.isLambdas() {
		return t.explainInvocation(ctx, err, f, req)
	}
	if f.status == http.StatusNoContent {
		return nil // a DryRun
	}
	kind, _, _ := mime.ParseMediaType(f.header.Get("Content-Type"))
	if err != nil || kind != eventStream {
		return t.notStreamed(err, f)
	}
	return t.listen(ctx, stream, f, req, result, emit)
}

// notStreamed explains an answer of success that is no event stream.
func (t *Target) notStreamed(err error, f *flight) *invoke.Failure {
	message := fmt.Sprintf("the answer is %s, not a stream of events", contentType(f.header))
	if err != nil {
		message += ": " + scrub(plain(err))
	}
	failure := invoke.ClientFailureOf(invoke.UnreadableAnswer, message, "",
		"The function may have run. Invoke without streaming if the endpoint doesn't know it.", "", nil)
	failure.Status = f.status
	return failure
}

// listen collects the parts until the stream is complete.
func (t *Target) listen(ctx context.Context, stream *lambda.InvokeWithResponseStreamEventStream, f *flight, req invoke.Request, result *invoke.Result, emit func(invoke.Progress)) *invoke.Failure {
	// The head has come: whoever passes the parts on needs what it says before the first one.
	emit(invoke.Progress{Kind: invoke.ProgressRunning, At: result.StartedAt, RequestID: result.RequestID, ExecutedVersion: result.ExecutedVersion})
	var complete *types.InvokeWithResponseStreamCompleteEvent
	for event := range stream.Events() {
		switch e := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			if len(result.Payload)+len(e.Value.Payload) > maxStreamed {
				return t.broken(f, result, invoke.ClientFailureOf(invoke.UnreadableAnswer,
					fmt.Sprintf("the response has more than %d bytes, the most that a function may stream", maxStreamed), "", "", invoke.RanYes, nil))
			}
			result.Payload = append(result.Payload, e.Value.Payload...)
			emit(invoke.Progress{Kind: invoke.ProgressChunk, At: t.o.Now(), RequestID: result.RequestID, Data: bytes.Clone(e.Value.Payload)})
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			complete = &e.Value
		}
	}
	if err := stream.Err(); complete == nil {
		return t.broken(f, result, t.explainStream(ctx, err, f, len(result.Payload) > 0))
	}
	result.FunctionError = aws.ToString(complete.ErrorCode)
	t.readTail(req, result, aws.ToString(complete.LogResult))
	if result.FunctionError != "" {
		details := []byte(aws.ToString(complete.ErrorDetails))
		result.Failure = invoke.ClassifyFunctionError(details, result.FunctionError, result.Report)
		if len(result.Payload) == 0 {
			result.Payload = details // as a buffered invocation has it
		}
	}
	return nil
}

// broken marks a response that did not come to its end.
func (t *Target) broken(f *flight, result *invoke.Result, failure *invoke.Failure) *invoke.Failure {
	if failure.Status == 0 {
		failure.Status = f.status
	}
	if n := len(result.Payload); n > 0 {
		result.Notes = append(result.Notes, fmt.Sprintf("The response is not complete: %d bytes came.", n))
	}
	return failure
}

// explainStream says why a stream ended before it was complete. What a function has
// sent a part of has run.
func (t *Target) explainStream(ctx context.Context, err error, f *flight, begun bool) *invoke.Failure {
	var failure *invoke.Failure
	var api smithy.APIError
	switch {
	case ctx.Err() != nil:
		failure = cancelled(ctx, f)
	case f.silent.Load():
		failure = tooSilent(f)
	case errors.As(err, &api):
		failure = invoke.ServiceFailureOf(api.ErrorCode(), 0, api.ErrorMessage())
	case err != nil && !isCut(err):
		failure = invoke.ClientFailureOf(invoke.UnreadableAnswer, "the stream of events is damaged: "+scrub(plain(err)), "", "", "", nil)
	default:
		failure = invoke.ClientFailureOf(invoke.ConnectionLost, "the connection broke before the response was complete", "", "", "", err)
	}
	if begun {
		failure.Ran = invoke.RanYes
	}
	return failure
}

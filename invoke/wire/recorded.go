package wire

import (
	"context"
	"iter"
	"time"

	"lambent/invoke"
)

// A Lookup finds what was recorded for a function, a qualifier and a payload: the newest
// answer whose payload is the same. qualifier is "" where the caller gave none. found is
// false when there is no such record.
type Lookup func(ctx context.Context, function, qualifier string, payload []byte) (result invoke.Result, refusal *invoke.Failure, found bool, err error)

// Recorded is a Target that answers from what was recorded and runs nothing.
type Recorded struct {
	// Describes is the target whose functions were recorded: what it lists is listed. Required.
	Describes invoke.Target
	// Lookup is asked for each invocation. Required.
	Lookup Lookup
}

var _ invoke.Target = (*Recorded)(nil)

// Info is that of the target that was recorded.
func (r *Recorded) Info() invoke.TargetInfo { return r.Describes.Info() }

// Functions are those of the target that was recorded.
func (r *Recorded) Functions(ctx context.Context) iter.Seq2[invoke.Function, error] {
	return r.Describes.Functions(ctx)
}

// Qualifiers are those of the target that was recorded.
func (r *Recorded) Qualifiers(ctx context.Context, function string) ([]invoke.Qualifier, error) {
	return r.Describes.Qualifiers(ctx, function)
}

// Invoke answers what was answered before, refusals and function errors included. What
// was never recorded is refused as not found, and the message says which it was.
// A DryRun is answered without looking, and an Event is accepted and comes to nothing.
func (r *Recorded) Invoke(ctx context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
	began := time.Now()
	own := invoke.Result{RequestID: invoke.NewRequestID(), StartedAt: began}
	refuse := func(f *invoke.Failure) (invoke.Result, error) {
		own.StatusCode, own.Duration = f.Status, time.Since(began)
		return own, f
	}
	if failure := invoke.Validate(req); failure != nil {
		return refuse(failure)
	}
	name, failure := req.Name()
	if failure != nil {
		return refuse(failure)
	}
	own.FunctionName = name.Function
	if failure := invoke.CheckPayload(req.Payload, req.Type); failure != nil {
		return refuse(failure)
	}
	switch req.Type {
	case invoke.DryRun:
		own.StatusCode = 204
		return own, nil
	case invoke.Event:
		own.StatusCode = 202
		return own, nil
	}
	result, refusal, found, err := r.Lookup(ctx, name.Function, name.Qualifier, req.Payload)
	switch {
	case err != nil:
		return refuse(invoke.NewFailure("ServiceException", "History could not be read: "+err.Error()))
	case !found:
		info := r.Info()
		failure := invoke.FunctionNotFound(name.QualifiedARN(info.Region, info.Account))
		failure.Message = "Nothing recorded for this payload: " + name.String()
		return refuse(failure)
	case refusal != nil:
		return refuse(refusal)
	}
	result.Notes = append(result.Notes[:len(result.Notes):len(result.Notes)], "Answered from history.")
	result.StartedAt, result.Duration = began, time.Since(began)
	if req.LogType != invoke.LogTail {
		result.LogTail = nil
	} else if result.LogTail == nil {
		result.LogTail = invoke.Tail(result.Log)
	}
	return result, nil
}

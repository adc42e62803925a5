package awslambda

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"lambent/invoke"
)

// How a log is waited for. CloudWatch Logs usually has it within seconds.
const (
	logPoll     = 2 * time.Second
	logPatience = 2 * time.Minute
	// logMargin is how much before the invocation is looked, for clocks that differ.
	logMargin = 5 * time.Minute
)

var requestID = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
})

// ReadLog yields the log of one invocation from CloudWatch Logs. It looks for the request id
// in the log group of the function, and then reads that log stream on from there: an
// environment runs one invocation at a time, so that what stands between its START and
// its REPORT is the invocation's, with the request id in it or without. It goes on until
// the report has come, another invocation begins, or nothing has come for two minutes.
func (t *Target) ReadLog(ctx context.Context, q invoke.LogQuery) iter.Seq2[invoke.LogEvent, error] {
	return func(yield func(invoke.LogEvent, error) bool) {
		r := &logReading{t: t, id: q.RequestID, from: q.Around.Add(-logMargin)}
		err := r.read(ctx, q, func(e invoke.LogEvent) bool { return yield(e, nil) })
		if err != nil {
			yield(invoke.LogEvent{}, err)
		}
	}
}

// A logReading is the reading of one invocation's log.
type logReading struct {
	t             *Target
	id            string
	group, stream string
	from          time.Time // where to begin
	token         *string   // of the page that comes next
	begun         bool      // the invocation's first line has been seen
	said          string    // what was last said to be waited for
}

func (r *logReading) read(ctx context.Context, q invoke.LogQuery, yield func(invoke.LogEvent) bool) error {
	if !requestID().MatchString(r.id) {
		return invoke.ClientFailureOf(invoke.InvalidUsage, fmt.Sprintf("%.64q is not a request id", r.id), "",
			"Only invocations that Lambda has answered have a log.", invoke.RanNo, nil)
	}
	r.group = r.t.logGroup(ctx, q)
	for waited := time.Duration(0); ; waited += r.t.o.poll {
		came, done, err := r.step(ctx, yield)
		if err != nil {
			return r.explain(err)
		}
		if done {
			return nil
		}
		if came {
			waited = 0
			continue
		}
		if !r.sayWaiting(yield) {
			return nil
		}
		if waited >= r.t.o.patience {
			return invoke.ClientFailureOf(invoke.WaitLimitReached, fmt.Sprintf("the log group %s brought nothing of this invocation for %s", r.group, seconds(r.t.o.patience)),
				"The log is late, or the function may not write it.", "Check that its role has AWSLambdaBasicExecutionRole, and ask again.", invoke.RanNo, nil)
		}
		if err := wait(ctx, r.t.o.poll); err != nil {
			return err
		}
	}
}

// sayWaiting tells what is waited for, once. It reports whether anybody still listens.
func (r *logReading) sayWaiting(yield func(invoke.LogEvent) bool) bool {
	waiting := "not in CloudWatch Logs yet"
	if r.stream != "" {
		waiting = "waiting for the report"
	}
	if waiting == r.said {
		return true
	}
	r.said = waiting
	return yield(invoke.LogEvent{Waiting: waiting})
}

// step finds the stream, or reads one page of it.
func (r *logReading) step(ctx context.Context, yield func(invoke.LogEvent) bool) (came, done bool, err error) {
	if r.stream == "" {
		return r.find(ctx)
	}
	return r.page(ctx, yield)
}

// explain says of a refusal what it means for logs: the catalogue speaks of invocations.
func (r *logReading) explain(err error) error {
	var failure *invoke.Failure
	if !errors.As(err, &failure) {
		return err
	}
	_, known := invoke.Lookup(failure.Name)
	switch {
	case r.t.info.Endpoint != "" && failure.Kind == invoke.ServiceFailure && !known:
		failure.Cause = "The endpoint does not answer as CloudWatch Logs does."
		failure.Remedy = "Read the log where the endpoint keeps it: lambent serve keeps all of it in its own history."
	case failure.Name == "AccessDeniedException":
		failure.Cause = "Reading logs takes other permissions than invoking does."
		failure.Remedy = "Allow logs:FilterLogEvents and logs:GetLogEvents on the log group " + r.group + ", or read with another profile."
	case failure.Name == "ResourceNotFoundException":
		failure.Cause = "There is no log group " + r.group + ": nothing was ever written to it, or the function's role may not create it."
		failure.Remedy = "Check that the function's role has AWSLambdaBasicExecutionRole."
	}
	return failure
}

// logGroup is the group of the function's configuration, or else the one that Lambda makes.
func (t *Target) logGroup(ctx context.Context, q invoke.LogQuery) string {
	name := q.Function
	if parsed, failure := invoke.ParseName(q.Function); failure == nil {
		name = parsed.Function
		q.Qualifier = cmp.Or(q.Qualifier, parsed.Qualifier)
	}
	if f, err := t.described(ctx, name, q.Qualifier); err == nil && f.LogGroup != "" {
		return f.LogGroup
	}
	return "/aws/lambda/" + name
}

// find looks for the stream that has the request id, one sweep over all pages. Where
// functions share a log group, others may write the id too, such as whoever invoked this one:
// the stream with the first line of the invocation is meant. Not every function's
// log level lets that line through, so the first one with the id has to do otherwise.
func (r *logReading) find(ctx context.Context) (found, done bool, err error) {
	const what = "looking for the log"
	pattern := `"` + r.id + `"`
	var name string
	var from time.Time
	err = pages(what, func(token *string) (*string, bool, error) {
		var out *cloudwatchlogs.FilterLogEventsOutput
		err := r.t.ask(ctx, what, func(ctx context.Context) (err error) {
			out, err = r.t.logs().FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{
				LogGroupName: &r.group, FilterPattern: &pattern, StartTime: aws.Int64(r.from.UnixMilli()), NextToken: token,
			})
			return err
		})
		if err != nil {
			return nil, false, err
		}
		for _, e := range out.Events {
			first := begins([]byte(aws.ToString(e.Message)))
			if stream := aws.ToString(e.LogStreamName); stream != "" && (first || !found) {
				name, found, from = stream, true, time.UnixMilli(aws.ToInt64(e.Timestamp))
			}
			if first && found {
				return nil, false, nil
			}
		}
		return out.NextToken, true, nil
	})
	if found && err == nil {
		r.stream, r.from = name, from
	}
	return found, false, err
}

// page reads one page of the stream.
func (r *logReading) page(ctx context.Context, yield func(invoke.LogEvent) bool) (came, done bool, err error) {
	var out *cloudwatchlogs.GetLogEventsOutput
	err = r.t.ask(ctx, "reading the log", func(ctx context.Context) (err error) {
		out, err = r.t.logs().GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: &r.group, LogStreamName: &r.stream, StartFromHead: aws.Bool(true),
			StartTime: aws.Int64(r.from.UnixMilli()), NextToken: r.token,
		})
		return err
	})
	if err != nil {
		return false, false, err
	}
	// The service repeats the token at the end of the stream, where more may come. It also
	// gives empty pages before the end; each of them costs one wait.
	came, r.token = len(out.Events) > 0, out.NextForwardToken
	for _, e := range out.Events {
		event := invoke.LogEvent{At: time.UnixMilli(aws.ToInt64(e.Timestamp)), Text: []byte(aws.ToString(e.Message))}
		mine := bytes.Contains(event.Text, []byte(r.id))
		if !r.begun && !mine {
			continue // of the invocation before
		}
		if r.begun && !mine && begins(event.Text) {
			return came, true, nil // the report has been left out or lost
		}
		r.begun = true
		event.Last = mine && ends(event.Text)
		if !yield(event) || event.Last {
			return came, true, nil
		}
	}
	return came, false, nil
}

// begins reports whether a line is the first of an invocation, in either log format (spec §4).
func begins(line []byte) bool {
	return bytes.HasPrefix(line, []byte("START RequestId: ")) || isPlatform(line, "platform.start")
}

// ends reports whether a line is the last of an invocation.
func ends(line []byte) bool {
	return bytes.HasPrefix(line, []byte("REPORT RequestId: ")) || isPlatform(line, "platform.report")
}

// isPlatform reports whether a line is a platform event of the JSON format. The service
// writes it compactly; that it might come with spaces is an inference.
func isPlatform(line []byte, kind string) bool {
	return bytes.HasPrefix(line, []byte("{")) &&
		(bytes.Contains(line, []byte(`"type":"`+kind+`"`)) || bytes.Contains(line, []byte(`"type": "`+kind+`"`)))
}

// wait waits, unless the caller gives up.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return cancelled(ctx, new(flight))
	}
}

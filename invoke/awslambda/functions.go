package awslambda

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"lambent/invoke"
)

// Limits of listings.
const (
	// maxPage is the longest page of a listing that is read, in bytes: 50 functions with
	// the largest configurations there can be are far less.
	maxPage = 16 << 20
	// maxPages ends a listing that doesn't end: 200,000 functions, versions or aliases.
	maxPages = 4000
)

// ask makes a call that runs no function. The SDK may repeat it.
func (t *Target) ask(ctx context.Context, what string, do func(context.Context) error) error {
	if failure := t.signIn(ctx); failure != nil {
		return failure
	}
	f := &flight{limit: maxPage, silence: t.o.askSilence}
	err := do(f.aboard(ctx))
	if err == nil {
		return nil
	}
	failure := t.explain(ctx, err, f)
	failure.Ran = invoke.RanNo
	if failure.Kind == invoke.ClientFailure {
		failure.Message = what + ": " + failure.Message
		switch failure.Name {
		case invoke.ConnectionLost, invoke.WaitLimitReached, invoke.UnreadableAnswer, invoke.Cancelled:
			// The catalogue speaks of invocations.
			failure.Cause, failure.Remedy = "", "Check the network and the endpoint, and ask again."
		}
	}
	return failure
}

// pages asks for page after page until there is no marker. A marker that comes again,
// or too many pages, end it with an error.
func pages(what string, page func(marker *string) (next *string, more bool, err error)) error {
	var marker *string
	seen := map[string]bool{}
	for range maxPages {
		next, more, err := page(marker)
		if err != nil || !more || aws.ToString(next) == "" {
			return err
		}
		if seen[*next] {
			return listingFailure(what, "the service gives the same page again and again")
		}
		seen[*next] = true
		marker = next
	}
	return listingFailure(what, fmt.Sprintf("there are more than %d pages", maxPages))
}

func listingFailure(what, message string) *invoke.Failure {
	return invoke.ClientFailureOf(invoke.UnreadableAnswer, what+": "+message, "The list that the endpoint gives does not end.",
		"What came so far is shown. Check the endpoint.", invoke.RanNo, nil)
}

// Functions yields the functions of the account in the region, page by page as they
// arrive (50 each). A complete list is remembered.
func (t *Target) Functions(ctx context.Context) iter.Seq2[invoke.Function, error] {
	return func(yield func(invoke.Function, error) bool) {
		const what = "listing the functions"
		var all []invoke.Function
		stopped := false
		err := pages(what, func(marker *string) (*string, bool, error) {
			var out *lambda.ListFunctionsOutput
			err := t.ask(ctx, what, func(ctx context.Context) (err error) {
				out, err = t.lambda.ListFunctions(ctx, &lambda.ListFunctionsInput{Marker: marker})
				return err
			})
			if err != nil {
				return nil, false, err
			}
			for _, c := range out.Functions {
				if aws.ToString(c.FunctionName) == "" {
					continue // nothing that could be chosen
				}
				f := function(c)
				t.account.remember(f)
				all = append(all, f)
				if !yield(f, nil) {
					stopped = true
					return nil, false, nil
				}
			}
			return out.NextMarker, true, nil
		})
		switch {
		case stopped:
		case err != nil:
			yield(invoke.Function{}, err)
		default:
			if err := t.cache.keep(all, t.o.Now()); err != nil {
				t.o.Log.Warn("aws", "remembering the functions", err)
			}
		}
	}
}

// Remembered returns the last complete list for this profile, region and endpoint.
func (t *Target) Remembered() ([]invoke.Function, time.Time) {
	functions, at := t.cache.load()
	for _, f := range functions {
		t.account.remember(f)
	}
	return functions, at
}

// function is the domain's view of a configuration.
func function(c types.FunctionConfiguration) invoke.Function {
	f := invoke.Function{
		Name:         aws.ToString(c.FunctionName),
		ARN:          unqualified(aws.ToString(c.FunctionArn)),
		Runtime:      string(c.Runtime),
		Handler:      aws.ToString(c.Handler),
		Description:  aws.ToString(c.Description),
		MemorySizeMB: int(aws.ToInt32(c.MemorySize)),
		Timeout:      time.Duration(aws.ToInt32(c.Timeout)) * time.Second,
		PackageType:  string(c.PackageType),
		LastModified: serviceTime(c.LastModified),
		Source:       "aws",
		CodeSHA256:   aws.ToString(c.CodeSha256),
		CodeSizeB:    c.CodeSize,
		Role:         aws.ToString(c.Role),
	}
	if len(c.Architectures) > 0 {
		f.Architecture = string(c.Architectures[0])
	}
	if c.LoggingConfig != nil {
		f.LogFormat = string(c.LoggingConfig.LogFormat)
	}
	for _, layer := range c.Layers {
		f.Layers = append(f.Layers, aws.ToString(layer.Arn))
	}
	if e := c.Environment; e != nil {
		for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
			f.Environment = append(f.Environment, invoke.Variable{Name: name, Value: e.Variables[name]})
		}
	}
	f.Problems = problems(c)
	return f
}

// problems says what keeps the function from running.
func problems(c types.FunctionConfiguration) (lines []string) {
	if c.State != "" && c.State != types.StateActive {
		lines = append(lines, fmt.Sprintf("The function is %s: %s", c.State, cmp.Or(aws.ToString(c.StateReason), "no reason is given")))
	}
	if c.LastUpdateStatus == types.LastUpdateStatusFailed {
		lines = append(lines, "The last update failed: "+cmp.Or(aws.ToString(c.LastUpdateStatusReason), "no reason is given"))
	}
	if e := c.Environment; e != nil && e.Error != nil {
		lines = append(lines, fmt.Sprintf("The environment variables can't be read: %s: %s", aws.ToString(e.Error.ErrorCode), aws.ToString(e.Error.Message)))
	}
	return lines
}

// unqualified is the ARN without the qualifier that configurations of versions have in theirs.
func unqualified(arn string) string {
	name, failure := invoke.ParseName(arn)
	if failure != nil || name.Account == "" || name.Region == "" {
		return arn
	}
	return name.ARN(name.Region, name.Account)
}

// serviceTime reads a time as the Lambda API writes it: 2026-11-22T14:02:11.004+0000.
// What can't be read is no time.
func serviceTime(s *string) time.Time {
	at, err := time.Parse("2006-01-02T15:04:05.999-0700", aws.ToString(s))
	if err != nil {
		return time.Time{}
	}
	return at
}

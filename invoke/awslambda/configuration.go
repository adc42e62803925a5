package awslambda

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"lambent/invoke"
)

// Configuration asks for the configuration at a qualifier, with the state of the function and,
// where the caller may know them, the reserved concurrency and the mode of the function's URL.
func (t *Target) Configuration(ctx context.Context, name, qualifier string) (invoke.Configuration, error) {
	c, err := t.described(ctx, name, qualifier)
	if err != nil {
		return c, err
	}
	var both sync.WaitGroup
	both.Go(func() { c.ReservedConcurrency, c.ConcurrencyUnknown = t.reserved(ctx, c.Name) })
	both.Go(func() { c.InvokeMode = t.invokeMode(ctx, c.Name, qualifier) })
	both.Wait()
	return c, nil
}

// described is Configuration without what other questions answer.
func (t *Target) described(ctx context.Context, name, qualifier string) (invoke.Configuration, error) {
	var out *lambda.GetFunctionConfigurationOutput
	err := t.ask(ctx, "asking for the configuration", func(ctx context.Context) (err error) {
		out, err = t.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name, Qualifier: optional(qualifier)})
		return err
	})
	if err != nil {
		return invoke.Configuration{}, err
	}
	c := configuration(types.FunctionConfiguration{
		Architectures: out.Architectures, CodeSha256: out.CodeSha256, CodeSize: out.CodeSize, DeadLetterConfig: out.DeadLetterConfig,
		Description: out.Description, Environment: out.Environment, EphemeralStorage: out.EphemeralStorage,
		FunctionArn: out.FunctionArn, FunctionName: out.FunctionName, Handler: out.Handler,
		LastModified: out.LastModified, LastUpdateStatus: out.LastUpdateStatus, LastUpdateStatusReason: out.LastUpdateStatusReason,
		Layers: out.Layers, LoggingConfig: out.LoggingConfig, MemorySize: out.MemorySize, PackageType: out.PackageType,
		Role: out.Role, Runtime: out.Runtime, State: out.State, StateReason: out.StateReason, Timeout: out.Timeout, Version: out.Version,
	})
	t.account.remember(c.Function)
	return c, nil
}

// invokeMode is the mode of a function's URL, "" for none. Only $LATEST and aliases have
// URLs (API reference, CreateFunctionUrlConfig). It takes another permission as well.
func (t *Target) invokeMode(ctx context.Context, name, qualifier string) string {
	if qualifier == invoke.Latest {
		qualifier = ""
	}
	if qualifier != "" && strings.Trim(qualifier, "0123456789") == "" {
		return ""
	}
	var out *lambda.GetFunctionUrlConfigOutput
	err := t.ask(ctx, "asking for the function's URL", func(ctx context.Context) (err error) {
		out, err = t.lambda.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: &name, Qualifier: optional(qualifier)})
		return err
	})
	if err != nil {
		return ""
	}
	return string(out.InvokeMode)
}

// reserved is the concurrency that is kept for a function. It takes another permission
// than the rest of the configuration, which is no reason to show nothing.
func (t *Target) reserved(ctx context.Context, name string) (reserved *int, unknown string) {
	var out *lambda.GetFunctionConcurrencyOutput
	err := t.ask(ctx, "asking for the concurrency", func(ctx context.Context) (err error) {
		out, err = t.lambda.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name})
		return err
	})
	var failure *invoke.Failure
	switch {
	case errors.As(err, &failure):
		return nil, failure.Name
	case err != nil:
		return nil, err.Error()
	case out.ReservedConcurrentExecutions == nil:
		return nil, ""
	}
	n := int(*out.ReservedConcurrentExecutions)
	return &n, ""
}

// configuration is the domain's view of all that the service says of one function.
func configuration(c types.FunctionConfiguration) invoke.Configuration {
	known := invoke.Configuration{
		Function: function(c), Version: aws.ToString(c.Version),
		State: string(c.State), StateReason: aws.ToString(c.StateReason),
		LastUpdate: string(c.LastUpdateStatus), LastUpdateReason: aws.ToString(c.LastUpdateStatusReason),
	}
	if s := c.EphemeralStorage; s != nil {
		known.EphemeralStorageMB = int(aws.ToInt32(s.Size))
	}
	if l := c.LoggingConfig; l != nil {
		known.LogGroup = aws.ToString(l.LogGroup)
		known.ApplicationLogLevel, known.SystemLogLevel = string(l.ApplicationLogLevel), string(l.SystemLogLevel)
	}
	if d := c.DeadLetterConfig; d != nil {
		known.DeadLetter = aws.ToString(d.TargetArn)
	}
	return known
}

package wire

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
)

func TestSDKPagesThroughFunctions(t *testing.T) {
	s := open(t)
	pages := lambda.NewListFunctionsPaginator(s.sdk(), &lambda.ListFunctionsInput{MaxItems: aws.Int32(4)})
	var names []string
	count := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Functions) > 4 {
			t.Errorf("a page of %d, asked for 4", len(page.Functions))
		}
		count++
		for _, f := range page.Functions {
			names = append(names, aws.ToString(f.FunctionName))
			if aws.ToString(f.FunctionArn) != "arn:aws:lambda:us-east-1:123456789012:function:"+aws.ToString(f.FunctionName) || aws.ToInt32(f.MemorySize) != 512 || aws.ToInt32(f.Timeout) != 20 && aws.ToString(f.FunctionName) != "late" {
				t.Errorf("%+v", f)
			}
		}
	}
	var want []string
	for _, f := range functions() {
		want = append(want, f.Name)
	}
	slices.Sort(want)
	if !slices.Equal(names, want) || count != 5 {
		t.Errorf("%d pages with %v, want 5 with %v", count, names, want)
	}
	for _, bad := range []*lambda.ListFunctionsInput{{Marker: aws.String("!")}, {MaxItems: aws.Int32(0)}, {MaxItems: aws.Int32(10001)}} {
		if _, err := s.sdk(once).ListFunctions(context.Background(), bad); err == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

func TestSDKPublishesAndPointsAliases(t *testing.T) {
	s := open(t)
	ctx, client := context.Background(), s.sdk(once)
	echo := aws.String("echo")
	got, err := client.GetFunction(ctx, &lambda.GetFunctionInput{FunctionName: echo})
	if err != nil {
		t.Fatal(err)
	}
	// A listing gives the same as a look at one, and tools find what they expect.
	var listed types.FunctionConfiguration
	if l, err := client.ListFunctions(ctx, &lambda.ListFunctionsInput{}); err != nil {
		t.Fatal(err)
	} else if i := slices.IndexFunc(l.Functions, func(f types.FunctionConfiguration) bool { return aws.ToString(f.FunctionName) == "echo" }); i >= 0 {
		listed = l.Functions[i]
	}
	if c := got.Configuration; aws.ToString(c.Role) != "arn:aws:iam::123456789012:role/echo" || len(aws.ToString(c.CodeSha256)) != 44 || c.CodeSize != int64(len("#!lambent\n")) ||
		aws.ToString(listed.CodeSha256) != aws.ToString(c.CodeSha256) || listed.CodeSize != c.CodeSize || aws.ToString(listed.RevisionId) != aws.ToString(c.RevisionId) {
		t.Errorf("role %s, code %s of %d bytes; listed %+v", aws.ToString(c.Role), aws.ToString(c.CodeSha256), c.CodeSize, listed)
	}
	if _, err = client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: echo, CodeSha256: aws.String("another")}); !is[*types.InvalidParameterValueException](err) {
		t.Errorf("another hash of the code: %v", err)
	}
	if c := got.Configuration; c.State != types.StateActive || aws.ToString(c.Version) != "$LATEST" || aws.ToString(c.Handler) != "echo" || !strings.HasPrefix(aws.ToString(got.Code.Location), "file:///") {
		t.Errorf("GetFunction: %+v %+v", c, got.Code)
	}
	if _, err = client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: echo, RevisionId: aws.String("another")}); !is[*types.PreconditionFailedException](err) {
		t.Errorf("another revision: %v", err)
	}
	published, err := client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: echo, Description: aws.String("first"), RevisionId: got.Configuration.RevisionId, CodeSha256: got.Configuration.CodeSha256})
	if err != nil {
		t.Fatal(err)
	}
	if aws.ToString(published.Version) != "1" || aws.ToString(published.CodeSha256) != aws.ToString(got.Configuration.CodeSha256) || published.CodeSize != got.Configuration.CodeSize || !strings.HasSuffix(aws.ToString(published.FunctionArn), ":function:echo:1") {
		t.Errorf("PublishVersion: version %s of %s", aws.ToString(published.Version), aws.ToString(published.FunctionArn))
	}
	versions, err := client.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: echo})
	if err != nil || len(versions.Versions) != 2 || aws.ToString(versions.Versions[0].Version) != "$LATEST" || aws.ToString(versions.Versions[1].Description) != "first" {
		t.Errorf("ListVersionsByFunction: %+v, %v", versions, err)
	}
	alias, err := client.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: echo, Name: aws.String("live"), FunctionVersion: aws.String("1"), Description: aws.String("for all")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = client.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: echo, Name: aws.String("live"), FunctionVersion: aws.String("1")}); !is[*types.ResourceConflictException](err) {
		t.Errorf("an alias twice: %v", err)
	}
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: echo, Qualifier: aws.String("live"), Payload: []byte("1")})
	if err != nil || aws.ToString(out.ExecutedVersion) != "1" {
		t.Errorf("invoke by the alias: version %q, %v", aws.ToString(out.ExecutedVersion), err)
	}
	configuration, err := client.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: echo, Qualifier: aws.String("live")})
	if err != nil || aws.ToString(configuration.Version) != "1" || !strings.HasSuffix(aws.ToString(configuration.FunctionArn), ":live") {
		t.Errorf("GetFunctionConfiguration of the alias: %+v, %v", configuration, err)
	}
	if _, err = client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: echo, Name: aws.String("live"), RevisionId: aws.String("another")}); !is[*types.PreconditionFailedException](err) {
		t.Errorf("another revision of the alias: %v", err)
	}
	updated, err := client.UpdateAlias(ctx, &lambda.UpdateAliasInput{FunctionName: echo, Name: aws.String("live"), FunctionVersion: aws.String("$LATEST"), RevisionId: alias.RevisionId})
	if err != nil || aws.ToString(updated.FunctionVersion) != "$LATEST" || aws.ToString(updated.Description) != "for all" {
		t.Errorf("UpdateAlias: %+v, %v", updated, err)
	}
	list, err := client.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: echo})
	if err != nil || len(list.Aliases) != 1 || aws.ToString(list.Aliases[0].Name) != "live" {
		t.Errorf("ListAliases: %+v, %v", list, err)
	}
	if _, err = client.DeleteAlias(ctx, &lambda.DeleteAliasInput{FunctionName: echo, Name: aws.String("live")}); err != nil {
		t.Errorf("DeleteAlias: %v", err)
	}
	if _, err = client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: echo, Name: aws.String("live")}); !is[*types.ResourceNotFoundException](err) {
		t.Errorf("GetAlias after its deletion: %v", err)
	}
}

func TestSDKChangesSettings(t *testing.T) {
	s := open(t)
	ctx, client := context.Background(), s.sdk(once)
	echo := aws.String("echo")
	if _, err := client.GetFunctionEventInvokeConfig(ctx, &lambda.GetFunctionEventInvokeConfigInput{FunctionName: echo}); !is[*types.ResourceNotFoundException](err) {
		t.Errorf("nothing is configured: %v", err)
	}
	put, err := client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: echo, MaximumRetryAttempts: aws.Int32(0),
		DestinationConfig: &types.DestinationConfig{OnFailure: &types.OnFailure{Destination: aws.String("arn:aws:sqs:us-east-1:123456789012:q")}}})
	if err != nil || !strings.HasSuffix(aws.ToString(put.FunctionArn), ":echo:$LATEST") || put.LastModified == nil {
		t.Fatalf("PutFunctionEventInvokeConfig: %+v, %v", put, err)
	}
	updated, err := client.UpdateFunctionEventInvokeConfig(ctx, &lambda.UpdateFunctionEventInvokeConfigInput{FunctionName: echo, MaximumEventAgeInSeconds: aws.Int32(60)})
	if err != nil || aws.ToInt32(updated.MaximumEventAgeInSeconds) != 60 || updated.MaximumRetryAttempts == nil || aws.ToString(updated.DestinationConfig.OnFailure.Destination) == "" {
		t.Errorf("UpdateFunctionEventInvokeConfig: %+v, %v", updated, err)
	}
	itself := &types.DestinationConfig{OnSuccess: &types.OnSuccess{Destination: aws.String("arn:aws:lambda:us-east-1:123456789012:function:echo")}}
	if _, err = client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: echo, DestinationConfig: itself}); !is[*types.InvalidParameterValueException](err) ||
		!strings.Contains(err.Error(), "You can't specify the function as a destination for itself.") {
		t.Errorf("itself as destination: %v", err)
	}
	if _, err = client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: echo, MaximumRetryAttempts: aws.Int32(3)}); code(err) != "ValidationException" {
		t.Errorf("three retries: %v", err)
	}
	if _, err = client.DeleteFunctionEventInvokeConfig(ctx, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: echo}); err != nil {
		t.Error(err)
	}
	if _, err = client.PublishVersion(ctx, &lambda.PublishVersionInput{FunctionName: echo}); err != nil {
		t.Fatal(err)
	}
	if _, err = client.CreateAlias(ctx, &lambda.CreateAliasInput{FunctionName: echo, Name: aws.String("eager"), FunctionVersion: aws.String("1")}); err != nil {
		t.Fatal(err)
	}
	put, err = client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: echo, Qualifier: aws.String("eager"), MaximumRetryAttempts: aws.Int32(1)})
	if err != nil || !strings.HasSuffix(aws.ToString(put.FunctionArn), ":echo:eager") {
		t.Errorf("of an alias: %+v, %v", put, err)
	}
	if _, err = client.PutFunctionEventInvokeConfig(ctx, &lambda.PutFunctionEventInvokeConfigInput{FunctionName: echo, Qualifier: aws.String("nowhere")}); !is[*types.ResourceNotFoundException](err) {
		t.Errorf("of an alias that is not there: %v", err)
	}
	if l, err := client.ListFunctionEventInvokeConfigs(ctx, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: echo}); err != nil || len(l.FunctionEventInvokeConfigs) != 1 {
		t.Errorf("listed %+v, %v", l, err)
	}
	if _, err = client.DeleteFunctionEventInvokeConfig(ctx, &lambda.DeleteFunctionEventInvokeConfigInput{FunctionName: echo, Qualifier: aws.String("eager")}); err != nil {
		t.Error(err)
	}
	list, err := client.ListFunctionEventInvokeConfigs(ctx, &lambda.ListFunctionEventInvokeConfigsInput{FunctionName: echo})
	if err != nil || len(list.FunctionEventInvokeConfigs) != 0 {
		t.Errorf("after its deletion: %+v, %v", list, err)
	}

	if _, err = client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: echo, ReservedConcurrentExecutions: aws.Int32(0)}); err != nil {
		t.Fatal(err)
	}
	if _, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: echo}); !is[*types.TooManyRequestsException](err) {
		t.Errorf("with a reserved concurrency of 0: %v", err)
	}
	if got, err := client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: echo}); err != nil || got.ReservedConcurrentExecutions == nil {
		t.Errorf("GetFunctionConcurrency: %+v, %v", got, err)
	}
	if _, err = client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String("fail"), ReservedConcurrentExecutions: aws.Int32(95)}); !is[*types.InvalidParameterValueException](err) {
		t.Errorf("nearly everything reserved: %v", err)
	}
	if _, err = client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: aws.String("fail"), ReservedConcurrentExecutions: aws.Int32(30)}); err != nil {
		t.Error(err)
	}
	settings, err := client.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
	if err != nil || settings.AccountLimit.ConcurrentExecutions != 100 || aws.ToInt32(settings.AccountLimit.UnreservedConcurrentExecutions) != 70 || int(settings.AccountUsage.FunctionCount) != len(functions()) ||
		settings.AccountUsage.TotalCodeSize != int64(len("#!lambent\n")*(len(functions())+1)) { // of all functions, and of the version

		t.Errorf("GetAccountSettings: %+v, %v", settings, err)
	}
	if _, err = client.DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: echo}); err != nil {
		t.Error(err)
	}
	if _, err = client.Invoke(ctx, &lambda.InvokeInput{FunctionName: echo}); err != nil {
		t.Errorf("after the reservation was given back: %v", err)
	}
	if _, err = client.GetPolicy(ctx, &lambda.GetPolicyInput{FunctionName: echo}); code(err) != "UnknownOperationException" {
		t.Errorf("an operation that isn't served: %v", err)
	}
}

func is[T error](err error) bool {
	var as T
	return errors.As(err, &as)
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

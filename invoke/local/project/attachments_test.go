package project

import (
	"strings"
	"testing"
	"time"

	"lambent/invoke"

	"github.com/google/go-cmp/cmp"
)

func TestAliasResources(t *testing.T) {
	p := load(t, `Resources:
  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}}
  A: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !GetAtt F.Arn, Name: live, Description: the one, FunctionVersion: !GetAtt V.Version, RoutingConfig: {AdditionalVersionWeights: []}}}
  B: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: beta, FunctionVersion: !GetAtt V.Version, RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '2', FunctionWeight: 0.1}]}}}
  C: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: old, FunctionVersion: '3', RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: !GetAtt V.Version, FunctionWeight: 0.1}]}}}
  D: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: edge, FunctionVersion: $LATEST, RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '1', FunctionWeight: 0.1}]}}}
  E: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: self, FunctionVersion: '1', RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '1', FunctionWeight: 0.1}]}}}
  G: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: much, FunctionVersion: '1', RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '2', FunctionWeight: 7}]}}}
  H: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: many, FunctionVersion: '1', RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: '2', FunctionWeight: 0.1}, {FunctionVersion: '3', FunctionWeight: 0.1}]}}}
  I: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: live, FunctionVersion: '1'}}
  J: {Type: AWS::Lambda::Alias, Properties: {FunctionName: F, Name: odd, FunctionVersion: live}}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F, ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 1}}}
`)
	f := one(t, p, "F")
	want := []Alias{{Name: "live", Description: "the one"}, {Name: "beta", Routing: map[string]float64{"2": 0.1}}, {Name: "old", Version: "3"},
		{Name: "edge", Version: "$LATEST"}, {Name: "self", Version: "1"}, {Name: "much", Version: "1"}, {Name: "many", Version: "1"}}
	if diff := cmp.Diff(want, f.Aliases); diff != "" || f.Broken != "" {
		t.Errorf("aliases differ (-want +got), broken %q:\n%s", f.Broken, diff)
	}
	for _, want := range []string{
		"the weights of the alias old are for a version that gets its number when it is deployed: set them with lambent alias --route",
		"the alias edge has no weights here: $LATEST is not supported for an alias pointing to more than 1 version",
		"the alias self has no weights here: Invalid function version 1. Function version 1 is already included in routing configuration.",
		`the alias much has no weights here: FunctionWeight is "7"; Lambda takes 0.0 to 1.0`,
		"the alias many has no weights here: Number of items in AdditionalVersionWeights cannot be greater than 1",
		"the alias live is there twice, and the first one counts",
		`the alias odd is not made here: its FunctionVersion "live" must be $LATEST or a number`,
		"ProvisionedConcurrencyConfig has no effect here",
	} {
		if got := strings.Join(f.Problems, "\n"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What is said about asynchronous events belongs to one qualifier, in whichever way that is named.
func TestEventInvokeConfigOfAQualifier(t *testing.T) {
	p := load(t, `Resources:
  F: {Type: AWS::Lambda::Function, Properties: {Code: src, Handler: a.b, Runtime: python3.13}}
  Live: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref F, Name: live, FunctionVersion: !GetAtt V.Version}}
  Loop: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref Loop, Name: x, FunctionVersion: '1'}}
  V: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  A: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, MaximumRetryAttempts: 0, Qualifier: !Select [7, !Split [':', !Ref Live]], DestinationConfig: {OnFailure: {Destination: !Ref Other}}}}
  B: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, MaximumEventAgeInSeconds: 60, Qualifier: $LATEST}}
  C: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, MaximumRetryAttempts: 1, Qualifier: '2'}}
  D: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, MaximumRetryAttempts: 1, Qualifier: !GetAtt V.Version}}
  E: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: G, MaximumRetryAttempts: 1}}
  G: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}}
  Other: {Type: AWS::Lambda::Alias, Properties: {FunctionName: !Ref G, Name: live, FunctionVersion: '1'}}
`)
	none, once := 0, 1
	f, g := one(t, p, "F"), one(t, p, "G")
	at := f.LastModified
	want := map[string]invoke.EventInvokeConfig{
		"live":    {MaximumRetryAttempts: &none, OnFailure: "arn:aws:lambda:us-east-1:123456789012:function:G:live", LastModified: at},
		"$LATEST": {MaximumEventAge: time.Minute, LastModified: at},
		"2":       {MaximumRetryAttempts: &once, LastModified: at},
	}
	if diff := cmp.Diff(want, f.EventInvoke); diff != "" {
		t.Errorf("configurations differ (-want +got):\n%s", diff)
	}
	if c := g.EventInvoke["$LATEST"]; c.MaximumRetryAttempts == nil || len(g.EventInvoke) != 1 {
		t.Errorf("without a qualifier: %+v", g.EventInvoke)
	}
	for _, want := range []string{
		`F: its EventInvokeConfig is for a qualifier that can't be worked out here, so it has no effect: "V.Version" gets its value when it is deployed`,
		"G: its EventInvokeConfig has no Qualifier, which Lambda wants: it is taken for $LATEST",
		`"Loop" is about a function that this template does not have`,
	} {
		if got := problems(p); !strings.Contains(got, want) {
			t.Errorf("got %s, want %q", got, want)
		}
	}
}

func TestURLsAndManagedRuntimes(t *testing.T) {
	p := load(t, `Resources:
  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13, FunctionUrlConfig: {AuthType: NONE, InvokeMode: RESPONSE_STREAM}, RuntimeManagementConfig: {UpdateRuntimeOn: Auto}}}
  G: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13, FunctionUrlConfig: {AuthType: AWS_IAM, Cors: {AllowOrigins: ['*']}}, RuntimeManagementConfig: {UpdateRuntimeOn: FunctionUpdate}}}
  H: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}}
  U: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !GetAtt H.Arn, AuthType: AWS_IAM}}
`)
	if got := one(t, p, "F").Problems; len(got) != 0 {
		t.Errorf("nothing of F is different here: %q", got)
	}
	for name, mode := range map[string]string{"F": "RESPONSE_STREAM", "G": "BUFFERED", "H": "BUFFERED"} {
		if f := one(t, p, name); f.InvokeMode != mode {
			t.Errorf("the URL of %s is %s, want %s", name, f.InvokeMode, mode)
		}
	}
	want := "its URL asks nobody for a signature here, although AuthType is AWS_IAM"
	if got := strings.Join(one(t, p, "H").Problems, "\n"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, want := range []string{want, "Cors of its URL has no effect here", "RuntimeManagementConfig has no effect here"} {
		if got := strings.Join(one(t, p, "G").Problems, "\n"); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

package wire

import (
	"context"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/invoke/awslambda"
	"lambent/invoke/awslambda/trial"
)

// A served is the endpoint as the suite of the AWS target calls it.
type served struct{ *stage }

func (s served) URL() string { return s.url("") }

func (s served) Refuse(t testing.TB, exception, reason string) func() {
	spec := "echo=" + exception
	if reason != "" {
		spec += ":" + reason
	}
	x, err := invoke.ParseFault(spec)
	if err != nil {
		t.Fatal(err)
	}
	id := s.faults.Arm(x)
	return func() { s.faults.Disarm(id) }
}

func (s served) Cut(testing.TB) {
	s.faults.Arm(invoke.InjectedFault{Function: "echo", Drop: invoke.DropAfter, Share: 1, Times: 1})
}

// What the AWS target promises of Lambda it promises of this endpoint: one request each,
// the same results, the same failures.
func TestTrialOfTheAWSTargetAgainstTheEndpoint(t *testing.T) {
	for name, value := range map[string]string{
		"HOME": t.TempDir(), "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "",
		"AWS_ENDPOINT_URL_LAMBDA": "", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	s := open(t)
	trial.Run(t, served{s}, func(endpoint string) invoke.Target {
		target, err := awslambda.Open(t.Context(), awslambda.Options{EndpointURL: strings.TrimSuffix(endpoint, "/"), Region: "us-east-1"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = target.Stop(context.Background()) })
		return target
	})
}

package wire

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"lambent/invoke"
)

// An expected is an exception that a client is to see as a class of its own.
type expected struct {
	Name, Reason string
	Status       int
	RetryAfter   bool
}

// clientStage is what the scripts under testdata/clients expect: more-0 refuses, more-1
// throttles twice, more-2 loses one connection, and null answers one exception after the
// other, as the file lists them.
func clientStage(t *testing.T) (s *stage, exceptions string) {
	t.Helper()
	s = open(t)
	var list []expected
	for _, x := range apiExceptions(t) {
		if x.Status == 0 {
			continue
		}
		for _, reason := range append([]string{""}, x.Reasons...) {
			fault := "null=" + x.Name
			if reason != "" {
				fault += ":" + reason
			}
			parsed, err := invoke.ParseFault(fault)
			if err != nil {
				t.Fatal(err)
			}
			parsed.Times = 2 // once as an answer, once in the place of a stream
			s.faults.Arm(parsed)
			list = append(list, expected{parsed.Name, reason, x.Status, x.RetryAfter})
		}
	}
	b, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	exceptions = filepath.Join(t.TempDir(), "exceptions.json")
	if err := os.WriteFile(exceptions, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s.faults.Arm(invoke.InjectedFault{Function: "more-0", Name: "KMSDisabledException", Share: 1})
	s.faults.Arm(invoke.InjectedFault{Function: "more-1", Name: "TooManyRequestsException", Reason: "CallerRateLimitExceeded", Share: 1, Times: 2})
	s.faults.Arm(invoke.InjectedFault{Function: "more-2", Drop: invoke.DropBefore, Share: 1, Times: 1})
	return s, exceptions
}

// outside is the environment of a client: nothing of this machine's AWS configuration.
func outside(t *testing.T, more ...string) []string {
	none := filepath.Join(t.TempDir(), "none")
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(strings.ToLower(v), "http") {
			env = append(env, v)
		}
	}
	return append(env, append([]string{"AWS_CONFIG_FILE=" + none, "AWS_SHARED_CREDENTIALS_FILE=" + none, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=secret", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER="}, more...)...)
}

// absent skips a test whose client isn't there; where CI=true nothing may be missing.
func absent(t *testing.T, what, install string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: %s", what, install)
	}
	t.Skipf("%s is not installed: %s", what, install)
}

func TestBoto3(t *testing.T) {
	t.Parallel() // it mostly waits for another program to start
	python := needs(t, "python3", "apt-get install python3 python3-boto3")
	if err := exec.Command(python, "-c", "import boto3").Run(); err != nil {
		absent(t, "boto3", "apt-get install python3-boto3")
	}
	s, exceptions := clientStage(t)
	c := exec.Command(python, filepath.Join("testdata", "clients", "boto.py"), s.url(""), strconv.Itoa(len(functions())), exceptions)
	c.Env = outside(t)
	if out, err := c.CombinedOutput(); err != nil || string(out) != "done\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

// nodeModules is the folder whose node_modules holds the JavaScript SDK.
const nodeModules = "LAMBENT_TEST_NODE_MODULES"

func TestJavaScriptSDK(t *testing.T) {
	t.Parallel() // it mostly waits for another program to start
	node := needs(t, "node", "apt-get install nodejs")
	dir := os.Getenv(nodeModules)
	if dir == "" {
		absent(t, "@aws-sdk/client-lambda", "npm install --prefix DIR @aws-sdk/client-lambda, and set "+nodeModules+"=DIR")
	}
	s, exceptions := clientStage(t)
	c := exec.Command(node, filepath.Join("testdata", "clients", "javascript.mjs"), s.url(""), strconv.Itoa(len(functions())), filepath.Join(dir, "node_modules", "none.js"), exceptions)
	c.Env = outside(t)
	var warnings strings.Builder // of the SDK, about Node's version
	c.Stderr = &warnings
	if out, err := c.Output(); err != nil || string(out) != "done\n" {
		t.Errorf("%v\n%s%s", err, out, warnings.String())
	}
}

func TestAWSCommandLine(t *testing.T) {
	t.Parallel() // it mostly waits for another program to start
	aws := needs(t, "aws", "apt-get install awscli")
	s, _ := clientStage(t)
	file := filepath.Join(t.TempDir(), "response")
	run := func(args ...string) (string, error) {
		c := exec.Command(aws, append([]string{"lambda"}, args...)...)
		c.Env = outside(t, "AWS_ENDPOINT_URL_LAMBDA="+s.url(""), "AWS_MAX_ATTEMPTS=1")
		c.Args = append(c.Args, "--endpoint-url", s.url(""), "--output", "text")
		out, err := c.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	payload := filepath.Join(t.TempDir(), "payload")
	if err := os.WriteFile(payload, []byte(`{"id": 12345678901234567890}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run("invoke", "--function-name", "echo", "--payload", "fileb://"+payload, "--query", "[StatusCode,ExecutedVersion]", file)
	got, _ := os.ReadFile(file)
	if err != nil || out != "200\t$LATEST" || string(got) != `{"id": 12345678901234567890}` {
		t.Errorf("invoke: %q, %s, %v", out, got, err)
	}
	if out, err = run("invoke", "--function-name", "nothing", file); err == nil || !strings.Contains(out, "(ResourceNotFoundException) when calling the Invoke operation: Function not found: arn:aws:lambda:us-east-1:123456789012:function:nothing:$LATEST") {
		t.Errorf("unknown function: %q, %v", out, err)
	}
	if out, err = run("list-functions", "--page-size", "3", "--query", "length(Functions)"); err != nil || out == "" {
		t.Errorf("list-functions: %q, %v", out, err)
	}
}

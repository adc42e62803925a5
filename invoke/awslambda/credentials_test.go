package awslambda

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// answering is a server whose functions all succeed.
func answering(t *testing.T) *fakeLambda {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("1"))
	})
}

func TestConfigurationThatCannotBeUsed(t *testing.T) {
	for what, c := range map[string]struct {
		config  string
		o       Options
		name    string
		exit    int
		message string
		remedy  string
	}{
		"unknown profile": {"[profile staging]\nregion = eu-west-1\n", Options{Profile: "stagign"}, invoke.UnknownProfile, 2, `no profile "stagign"`, "list-profiles"},
		"no region":       {"[default]\n", Options{}, invoke.MissingRegion, 2, "no AWS region", "--region"},
		"not an endpoint": {"[default]\n", Options{EndpointURL: "localhost:3001"}, invoke.InvalidEndpoint, 2, "localhost:3001", "http://"},
		"endpoint of the files": {"[default]\nregion = eu-west-1\nservices = mine\n[services mine]\nlambda =\n  endpoint_url = nonsense\n",
			Options{}, invoke.InvalidEndpoint, 2, "nonsense", "http://"},
		"MFA": {"[profile mfa]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/admin\nmfa_serial = arn:aws:iam::123456789012:mfa/me\nsource_profile = keys\n[profile keys]\naws_access_key_id = " + canaryKey + "\naws_secret_access_key = " + canarySecret + "\n",
			Options{Profile: "mfa"}, invoke.MissingCredentials, 5, "MFA code", "--profile mfa"},
		"source profile that isn't there": {"[profile a]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = nobody\n",
			Options{Profile: "a"}, invoke.UnknownProfile, 2, `"nobody"`, "source_profile"},
	} {
		t.Run(what, func(t *testing.T) {
			configFile(t, isolate(t), c.config)
			_, err := Open(t.Context(), c.o)
			f := failureOf(t, err)
			if f.Name != c.name || f.ExitCode() != c.exit || f.Ran != invoke.RanNo || !strings.Contains(f.Message, c.message) || !strings.Contains(f.Remedy, c.remedy) {
				t.Errorf("%s (exit %d): %s / %s", f.Name, f.ExitCode(), f.Message, f.Remedy)
			}
			noCanary(t, "the failure", fmt.Sprintf("%+v", *f))
			if what == "unknown profile" && (len(f.Suggestions) != 1 || f.Suggestions[0] != "staging") {
				t.Errorf("suggestions: %q", f.Suggestions)
			}
		})
	}
}

func TestMissingAndExpiredCredentials(t *testing.T) {
	sso := "[profile work]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n" +
		"[sso-session corp]\nsso_start_url = https://corp.invalid/start\nsso_region = eu-west-1\n"
	for what, c := range map[string]struct {
		config, profile string
		name            string
		command         string
	}{
		"none":             {"[default]\nregion = eu-west-1\n", "", invoke.MissingCredentials, "aws configure"},
		"none for it":      {"[profile bare]\nregion = eu-west-1\n", "bare", invoke.MissingCredentials, "aws configure --profile bare"},
		"a process":        {"[profile process]\nregion = eu-west-1\ncredential_process = false --user ann\n", "process", invoke.MissingCredentials, "false --user ann"},
		"signed out":       {sso, "work", invoke.ExpiredCredentials, "aws sso login --profile work"},
		"signed out below": {sso + "[profile role]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/admin\nsource_profile = work\n", "role", invoke.ExpiredCredentials, "aws sso login --profile work"},
		"login":            {"[profile me]\nregion = eu-west-1\nlogin_session = arn:aws:iam::123456789012:user/me\n", "me", invoke.ExpiredCredentials, "aws login --profile me"},
	} {
		t.Run(what, func(t *testing.T) {
			configFile(t, isolate(t), c.config)
			target := open(t, Options{Profile: c.profile})
			_, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
			f := failureOf(t, err)
			if f.Name != c.name || f.ExitCode() != 5 || f.Ran != invoke.RanNo || f.Command != c.command || !f.OfCredentials() {
				t.Errorf("%s (exit %d): %s / %s / %q", f.Name, f.ExitCode(), f.Message, f.Remedy, f.Command)
			}
			if strings.Contains(f.Message, "IMDS") {
				t.Errorf("what the SDK tried last is told: %s", f.Message)
			}
			if c.profile != "" && !strings.Contains(f.Message, c.profile) {
				t.Errorf("the message doesn't name the profile: %s", f.Message)
			}
		})
	}
}

// A token of the sign-in that has expired is found in its cache.
func TestExpiredSignIn(t *testing.T) {
	home := isolate(t)
	configFile(t, home, "[profile legacy]\nregion = eu-west-1\nsso_start_url = https://corp.invalid/start\nsso_region = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = dev\n")
	token, err := json.Marshal(map[string]string{"accessToken": canaryToken, "expiresAt": "2020-01-01T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	// The cache's name is the SHA-1 of the start URL.
	writeFile(t, filepath.Join(home, ".aws", "sso", "cache", "9a83b0fb63ba1a6d4b0ddbc2a07b8a0d0d9e2ba0.json"), string(token))
	_, err = open(t, Options{Profile: "legacy"}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	f := failureOf(t, err)
	if f.Name != invoke.ExpiredCredentials || !strings.Contains(f.Remedy, "aws sso login --profile legacy") {
		t.Errorf("%+v", f)
	}
	noCanary(t, "the failure", fmt.Sprintf("%+v", *f))
}

func TestExpiredTokenNamesWhatMendsIt(t *testing.T) {
	withKeys(t)
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", "ExpiredTokenException")
		w.WriteHeader(403)
		_, _ = w.Write([]byte(`{"message":"The security token included in the request is expired"}`))
	})
	_, err := open(t, Options{EndpointURL: server.URL}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	if f := failureOf(t, err); f.ExitCode() != 5 || !strings.Contains(f.Remedy, "AWS_SESSION_TOKEN") {
		t.Errorf("%+v", f)
	}
}

// process writes a profile whose credentials come from a shell command.
func process(t *testing.T, command string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are for sh")
	}
	home := isolate(t)
	script := filepath.Join(home, "credentials.sh")
	writeFile(t, script, command)
	configFile(t, home, "[profile p]\nregion = eu-west-1\ncredential_process = sh "+script+"\n")
}

func credentialDocument() string {
	return fmt.Sprintf(`{"Version":1,"AccessKeyId":%q,"SecretAccessKey":%q,"SessionToken":%q}`, canaryKey, canarySecret, canaryToken)
}

func TestCredentialProcess(t *testing.T) {
	process(t, "echo 'a line for the terminal' >&2; cat; echo '"+credentialDocument()+"'")
	server := answering(t)
	log, logged := logTo()
	target := open(t, Options{Profile: "p", EndpointURL: server.URL, Log: log})
	for range 2 {
		if _, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range server.seen() {
		if !strings.Contains(r.header.Get("Authorization"), canaryKey) {
			t.Errorf("not signed with the key of the process: %q", r.header.Get("Authorization"))
		}
	}
	noCanary(t, "the log", logged.String())
}

func TestCredentialProcessThatFails(t *testing.T) {
	for what, c := range map[string]struct{ command, message string }{
		"complains": {"echo 'vault is sealed; SecretAccessKey: " + canarySecret + "' >&2; exit 3", "vault is sealed"},
		"nonsense":  {"echo '" + canarySecret + "'", "not the JSON of credentials"},
		"half":      {`echo '{"Version":1,"AccessKeyId":"` + canaryKey + `"}'`, "no SecretAccessKey"},
		"version":   {`echo '{"Version":2}'`, "version 2"},
		"floods":    {"exec cat /dev/zero", "more than credentials"},
	} {
		t.Run(what, func(t *testing.T) {
			process(t, c.command)
			_, err := open(t, Options{Profile: "p"}).Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
			f := failureOf(t, err)
			if f.Name != invoke.MissingCredentials || f.ExitCode() != 5 || !strings.Contains(f.Message, c.message) || !strings.Contains(f.Message, `"p"`) {
				t.Errorf("%+v", f)
			}
			noCanary(t, "the failure", fmt.Sprintf("%+v", *f))
		})
	}
}

func TestCredentialProcessThatHangs(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "pid")
	// The shell's child keeps the pipe open.
	process(t, "sleep 600 & echo $! >"+mark+"; wait")
	target := open(t, Options{Profile: "p", credentials: 300 * time.Millisecond})
	_, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil)
	f := failureOf(t, err)
	if f.Name != invoke.MissingCredentials || !strings.Contains(f.Message, "within 0.3 s") || f.Ran != invoke.RanNo {
		t.Errorf("%+v", f)
	}
	pid, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the process's child has ended", func() bool {
		stat, err := os.ReadFile("/proc/" + strings.TrimSpace(string(pid)) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	})
}

// until waits for a condition.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 10 s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAnEmulatorNeedsNoCredentials(t *testing.T) {
	isolate(t)
	os.Unsetenv("AWS_EC2_METADATA_DISABLED")
	server := answering(t)
	target, err := Open(t.Context(), Options{EndpointURL: server.URL}) // and no region
	if err != nil {
		t.Fatal(err)
	}
	defer target.Stop(context.Background())
	if _, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil); err != nil {
		t.Fatal(err)
	}
	if a := server.seen()[0].header.Get("Authorization"); !strings.Contains(a, "Credential=lambent/") || !strings.Contains(a, "/us-east-1/lambda/") {
		t.Errorf("signed as %q", a)
	}
}

func TestOpeningAsksNobody(t *testing.T) {
	home := isolate(t)
	os.Unsetenv("AWS_EC2_METADATA_DISABLED")
	server := answering(t)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.URL)
	configFile(t, home, "[default]\nregion = eu-west-1\ndefaults_mode = auto\nendpoint_url = "+server.URL+"\n")
	target := open(t, Options{})
	if info := target.Info(); info.Endpoint != server.URL || info.Region != "eu-central-1" || info.Kind != invoke.AWS {
		t.Errorf("%+v", info)
	}
	if n := len(server.seen()); n != 0 {
		t.Errorf("%d requests while opening", n)
	}
}

func TestEnvironmentNamesTheEndpoint(t *testing.T) {
	withKeys(t)
	server := answering(t)
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
	t.Setenv("AWS_REGION", "eu-north-1")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	target, err := Open(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer target.Stop(context.Background())
	if info := target.Info(); info.Endpoint != server.URL || info.Region != "eu-north-1" {
		t.Errorf("%+v", info)
	}
	if _, err := target.Invoke(t.Context(), invoke.Request{Function: "orders"}, nil); err != nil || len(server.seen()) != 1 {
		t.Errorf("%v, %d requests", err, len(server.seen()))
	}
}

func TestScrub(t *testing.T) {
	for _, text := range []string{
		"aws_secret_access_key = " + canarySecret,
		`{"SecretAccessKey":"` + canarySecret + `","SessionToken":"` + canaryToken + `"}`,
		"Authorization: AWS4-HMAC-SHA256 Credential=" + canaryKey + "/20261122/eu-west-1/lambda/aws4_request, Signature=abc",
		"X-Amz-Security-Token: " + canaryToken,
		canaryKey, canarySecret, "?X-Amz-Security-Token=" + canaryToken + "&x=1",
	} {
		noCanary(t, "scrubbed", scrub(text))
	}
	for text, want := range map[string]string{
		"dial tcp: lookup lambda.eu-central-1.amazonaws.com: no such host": "dial tcp: lookup lambda.eu-central-1.amazonaws.com: no such host",
		`parse "http://me:hunter2@proxy:8080"`:                             `parse "http://[hidden]@proxy:8080"`,
	} {
		if got := scrub(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	if n := len(scrub(strings.Repeat("é", 1<<20))); n > maxText+10 {
		t.Errorf("%d bytes are left", n)
	}
}

func TestProfiles(t *testing.T) {
	home := isolate(t)
	configFile(t, home, `# comment
[profile work]
region = eu-west-1
sso_session = corp
sso_account_id = 111122223333
[sso-session corp]
region = nowhere
[default]
region=us-east-2
s3 =
  region = nested
[ profile  "with space" ]
credential_process = /bin/true
[profile admin]
role_arn = arn:aws:iam::444455556666:role/admin
source_profile = work
[services x]
[broken
[not a profile]
`)
	writeFile(t, filepath.Join(home, ".aws", "credentials"), "[default]\naws_access_key_id = "+canaryKey+"\naws_secret_access_key = "+canarySecret+"\n[old]\naws_access_key_id = x\n")
	want := []Profile{
		{Name: "default", Region: "us-east-2", SignIn: "keys"},
		{Name: "admin", Account: "444455556666", SignIn: "role", Source: "work"},
		{Name: "old", SignIn: "keys"},
		{Name: "with space", SignIn: "process"},
		{Name: "work", Region: "eu-west-1", Account: "111122223333", SignIn: "sso"},
	}
	got := Profiles()
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	noCanary(t, "the list", fmt.Sprintf("%+v", got))
}

func TestProfilesWithoutFiles(t *testing.T) {
	isolate(t)
	if got := Profiles(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

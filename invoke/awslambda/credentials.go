package awslambda

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"lambent/invoke"
)

// placeholder is what requests to an emulator on this machine are signed with when
// there are no credentials: emulators want a signature and check none.
const placeholder = "lambent"

// signIn sees to it that there are credentials before a request is made. What goes
// wrong here has sent nothing.
func (t *Target) signIn(ctx context.Context) *invoke.Failure {
	limited, done := context.WithTimeoutCause(ctx, t.o.credentials, errSlowCredentials)
	defer done()
	_, err := t.cfg.Credentials.Retrieve(limited)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return cancelled(ctx, new(flight))
	case context.Cause(limited) == errSlowCredentials, errors.Is(err, context.DeadlineExceeded): // a process has the same limit
		failure := t.noCredentials(fmt.Sprintf("no credentials came within %s", seconds(t.o.credentials)),
			"The credential process, or the service that gives out credentials, does not answer.",
			"Run the command that the profile names by hand, or choose another profile.", errSlowCredentials)
		failure.Command = t.processCommand()
		return failure
	}
	return t.credentialFailure(err)
}

var errSlowCredentials = errors.New("credentials took too long")

// credentialFailure says why there are no credentials, and which command mends it.
func (t *Target) credentialFailure(err error) *invoke.Failure {
	var (
		signedOut *ssocreds.InvalidTokenError
		process   *processError
		answer    smithy.APIError
	)
	base := t.innermost()
	switch {
	case errors.As(err, &process):
		failure := t.noCredentials(scrub(process.Error()),
			"The profile's credential_process gave no credentials.",
			"Run the command of credential_process by hand, and mend what it complains of.", nil)
		failure.Command = t.processCommand()
		return failure
	case errors.As(err, &signedOut), usesSSO(base) && !errors.As(err, &answer) && !isNetwork(err):
		return t.expired("the sign-in of the profile has expired, or there was none")
	case errors.As(err, &answer):
		return t.refusedCredentials(answer, base)
	case isNetwork(err):
		failure := noAnswer(err, new(flight))
		failure.Message = "getting credentials: " + failure.Message
		return failure
	case base.LoginSession != "":
		return t.expired("the sign-in of the profile has expired, or there was none")
	}
	return t.unconfigured(err)
}

// unconfigured says that nobody has said how to sign in. Last of all the SDK asks the
// machine for a role of its own, and complains of that alone; nobody is looking for it.
func (t *Target) unconfigured(err error) *invoke.Failure {
	message, profile := scrub(err.Error()), t.info.Profile
	if strings.Contains(message, "IMDS") {
		message = "there are no credentials, and this machine has no role"
	}
	command := "aws configure" + profileFlag(profile)
	failure := t.noCredentials(message, "", "Choose a profile (--profile), or set one up: run "+command+" for keys, or aws configure sso"+profileFlag(profile)+" to sign in.", nil)
	failure.Command = printable(command)
	return failure
}

// processCommand is the credential_process of the profile, to be run by hand; "" where
// there is none, or it holds what looks like a secret.
func (t *Target) processCommand() string {
	command := t.innermost().CredentialProcess
	if scrub(command) != command {
		return ""
	}
	return printable(command)
}

// printable is a command line, or "" where a shell would take a part of it for more than that.
func printable(command string) string {
	if strings.ContainsFunc(command, unicode.IsControl) {
		return ""
	}
	return command
}

// refusedCredentials is the refusal of STS or of the sign-in service.
func (t *Target) refusedCredentials(answer smithy.APIError, base config.SharedConfig) *invoke.Failure {
	e, _ := invoke.Lookup(answer.ErrorCode())
	if usesSSO(base) && t.shared.RoleARN == "" || e.Name == expiredToken {
		return t.expired(answer.ErrorCode() + ": " + scrub(answer.ErrorMessage()))
	}
	failure := invoke.ServiceFailureOf(answer.ErrorCode(), e.Status, scrub(answer.ErrorMessage()))
	failure.Ran = invoke.RanNo
	if t.shared.RoleARN != "" {
		failure.Cause = fmt.Sprintf("The role %s, which the profile asks for, could not be assumed.", t.shared.RoleARN)
		failure.Remedy = "Check role_arn and source_profile in the AWS configuration, and the role's trust policy."
	}
	return failure
}

// expiredToken is the catalogue's name for it.
const expiredToken = "ExpiredTokenException"

func (t *Target) noCredentials(message, cause, remedy string, err error) *invoke.Failure {
	if p := t.info.Profile; p != "" {
		message = fmt.Sprintf("profile %q: %s", p, message)
	}
	return invoke.ClientFailureOf(invoke.MissingCredentials, message, cause, remedy, invoke.RanNo, err)
}

func (t *Target) expired(message string) *invoke.Failure {
	if p := t.info.Profile; p != "" {
		message = fmt.Sprintf("profile %q: %s", p, message)
	}
	remedy, command := t.mend()
	failure := invoke.ClientFailureOf(invoke.ExpiredCredentials, message, "", remedy, invoke.RanNo, nil)
	failure.Command = command
	return failure
}

// mend is what brings credentials back, and the command that does; "" leaves it to the catalogue.
func (t *Target) mend() (remedy, command string) {
	base := t.innermost()
	switch {
	case t.usesEnvironment():
		return "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN anew and start lambent again, or unset them and choose a profile.", ""
	case usesSSO(base):
		return signIn("aws sso login" + profileFlag(base.Profile))
	case base.LoginSession != "":
		return signIn("aws login" + profileFlag(base.Profile))
	case base.Credentials.HasKeys() && base.Credentials.SessionToken != "":
		return fmt.Sprintf("Put new keys and their session token into the profile %q, or choose another.", base.Profile), ""
	case base.CredentialProcess != "":
		return "Run the command of credential_process by hand, and mend what it complains of.", t.processCommand()
	}
	return "", ""
}

func signIn(command string) (remedy, shown string) {
	return "Run " + command + ", and then try again.", printable(command)
}

// innermost is the profile that the chain of source_profile ends in: whose sign-in counts.
func (t *Target) innermost() config.SharedConfig {
	shared := t.shared
	for shared.Source != nil {
		shared = *shared.Source
	}
	return shared
}

func usesSSO(s config.SharedConfig) bool { return s.SSOSession != nil || s.SSOStartURL != "" }

// usesEnvironment reports whether the keys of the environment win, as the SDK has it:
// over everything but a profile that was asked for by name.
func (t *Target) usesEnvironment() bool {
	for _, source := range t.cfg.ConfigSources {
		if env, ok := source.(config.EnvConfig); ok && t.o.Profile == "" {
			return env.Credentials.HasKeys()
		}
	}
	return false
}

// useOwnProcesses replaces the SDK's way of running a credential_process, which lets
// it write to the terminal, read as much as it cares to send, and hang for as
// long as a grandchild holds the pipe. For an emulator on this machine it adds
// placeholder credentials where there are none.
func (t *Target) useOwnProcesses() {
	base := t.innermost()
	fromProcess := base.CredentialProcess != "" && !base.Credentials.HasKeys() && base.CredentialSource == "" &&
		base.WebIdentityTokenFile == "" && !usesSSO(base) && base.LoginSession == ""
	if fromProcess && !t.usesEnvironment() && (t.o.Profile != "" || os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") == "") {
		t.cfg.Credentials = t.processChain(&credentialProcess{command: base.CredentialProcess, limit: t.o.credentials})
	}
	if isLoopback(t.o.EndpointURL) && t.o.Profile == "" {
		t.cfg.Credentials = aws.NewCredentialsCache(orPlaceholder{t.cfg.Credentials})
	}
}

// processChain assumes the roles from the innermost profile outwards, as the SDK does.
func (t *Target) processChain(process aws.CredentialsProvider) aws.CredentialsProvider {
	var chain []config.SharedConfig
	for s := &t.shared; s != nil; s = s.Source {
		chain = append(chain, *s)
	}
	provider := aws.CredentialsProvider(aws.NewCredentialsCache(process))
	for _, s := range slices.Backward(chain) {
		if s.RoleARN == "" {
			continue
		}
		cfg := t.cfg.Copy()
		cfg.Credentials = provider
		provider = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), s.RoleARN, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = s.RoleSessionName
			if s.RoleDurationSeconds != nil && *s.RoleDurationSeconds > stscreds.DefaultDuration {
				o.Duration = *s.RoleDurationSeconds
			}
			if s.ExternalID != "" {
				o.ExternalID = aws.String(s.ExternalID)
			}
		}))
	}
	return provider
}

// orPlaceholder takes placeholder credentials where a provider has none.
type orPlaceholder struct{ provider aws.CredentialsProvider }

func (p orPlaceholder) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := p.provider.Retrieve(ctx)
	if err != nil && ctx.Err() == nil {
		return credentials.NewStaticCredentialsProvider(placeholder, placeholder, "").Retrieve(ctx)
	}
	return c, err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3g s", d.Seconds()) }

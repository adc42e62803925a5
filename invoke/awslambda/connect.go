package awslambda

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"lambent/invoke"
)

// Limits of connections.
const (
	dialLimit = 10 * time.Second
	// keepAlive is well below the 350 s after which NAT gateways drop a silent
	// connection without telling anyone; a function may be silent for 900 s.
	keepAlive = 30 * time.Second
	// maxHeader is many times what Lambda sends: a log tail of 4 KB is 5.5 KB of base64.
	maxHeader = 64 << 10
)

// emulatorRegion is where an endpoint is taken to be that was given without a region.
const emulatorRegion = "us-east-1"

// configure reads environment and files and makes the clients.
func (t *Target) configure(ctx context.Context) *invoke.Failure {
	if failure := checkEndpoint(t.o.EndpointURL); failure != nil {
		return failure
	}
	web := awshttp.NewBuildableClient().WithDialerOptions(dialer).WithTransportOptions(transport)
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(web),
		// "auto", which a profile may ask for, would question the instance metadata
		// service here and now. What the modes change is set by this package anyway.
		config.WithDefaultsMode(aws.DefaultsModeStandard),
	}
	if t.o.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(t.o.Profile))
	}
	if t.o.Region != "" {
		options = append(options, config.WithRegion(t.o.Region))
	}
	if isLoopback(t.o.EndpointURL) {
		// An emulator needs nobody's credentials: don't wait for a metadata service.
		options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return t.configurationFailure(err)
	}
	t.cfg = cfg
	for _, source := range cfg.ConfigSources {
		if shared, ok := source.(config.SharedConfig); ok {
			t.shared = shared
		}
	}
	if t.cfg.Region == "" {
		if t.o.EndpointURL == "" {
			return invoke.ClientFailureOf(invoke.MissingRegion, "no AWS region is set", "", "", invoke.RanNo, nil)
		}
		t.cfg.Region = emulatorRegion
	}
	t.useOwnProcesses()
	t.client = &http.Client{
		Transport:     buildable(cfg.HTTPClient, web).GetTransport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	t.clients()
	endpoint := aws.ToString(t.lambda.Options().BaseEndpoint) // as the environment and the files have it, too
	if failure := checkEndpoint(endpoint); failure != nil {
		return failure
	}
	t.info = invoke.TargetInfo{Kind: invoke.AWS, Profile: t.profile(), Region: t.cfg.Region, Endpoint: endpoint}
	return nil
}

// buildable is the client after the configuration has had its say: it may have
// added certificates (AWS_CA_BUNDLE).
func buildable(after aws.HTTPClient, before *awshttp.BuildableClient) *awshttp.BuildableClient {
	if b, ok := after.(*awshttp.BuildableClient); ok {
		return b
	}
	return before
}

func dialer(d *net.Dialer) {
	d.Timeout = dialLimit
	d.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: keepAlive, Interval: keepAlive, Count: 4}
}

func transport(tr *http.Transport) {
	tr.ForceAttemptHTTP2 = false
	tr.Protocols = new(http.Protocols)
	tr.Protocols.SetHTTP1(true)
	tr.DisableCompression = true // a response's bytes are the function's
	tr.MaxResponseHeaderBytes = maxHeader
	tr.OnProxyConnectResponse = func(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
		if answer.StatusCode == http.StatusOK {
			return nil
		}
		return &proxyRefusal{host: proxy.Host, status: answer.Status}
	}
}

// A proxyRefusal is a proxy's answer other than "connected".
type proxyRefusal struct{ host, status string }

func (p *proxyRefusal) Error() string {
	return fmt.Sprintf("the proxy %s refused to connect: %s", p.host, p.status)
}

// profile is the profile in use, as far as someone has chosen one.
func (t *Target) profile() string {
	if t.o.Profile != "" {
		return t.o.Profile
	}
	if p := os.Getenv("AWS_PROFILE"); p != "" {
		return p
	}
	return os.Getenv("AWS_DEFAULT_PROFILE")
}

// checkEndpoint refuses what is not the URL of a server; "" is fine.
func checkEndpoint(endpoint string) *invoke.Failure {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.RawQuery == "" {
		return nil
	}
	return invoke.ClientFailureOf(invoke.InvalidEndpoint, fmt.Sprintf("the endpoint %q is not a URL of a server", scrub(endpoint)), "", "", invoke.RanNo, nil)
}

// isLoopback reports whether the endpoint is on this machine.
func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(u.Hostname())
	return err == nil && a.IsLoopback()
}

// configurationFailure says what is wrong with the profile or the files.
func (t *Target) configurationFailure(err error) *invoke.Failure {
	var (
		missing config.SharedConfigProfileNotExistError
		broken  config.SharedConfigLoadError
		role    config.SharedConfigAssumeRoleError
		noToken config.AssumeRoleTokenProviderNotSetError
	)
	profile := t.profile()
	switch {
	case errors.As(err, &role):
		return invoke.ClientFailureOf(invoke.UnknownProfile,
			fmt.Sprintf("the profile %q takes its role's credentials from the profile %q, which has none", profile, role.Profile),
			"The AWS configuration names a source profile that doesn't exist or holds no credentials.",
			"Correct source_profile in the AWS configuration.", invoke.RanNo, nil)
	case errors.As(err, &missing):
		failure := invoke.ClientFailureOf(invoke.UnknownProfile, fmt.Sprintf("the AWS configuration has no profile %q", missing.Profile), "", "", invoke.RanNo, nil)
		failure.Command = "aws configure list-profiles"
		failure.Suggestions = invoke.Suggest(missing.Profile, profileNames(Profiles()))
		return failure
	case errors.As(err, &noToken):
		command := "eval \"$(aws configure export-credentials --format env" + profileFlag(profile) + ")\""
		failure := invoke.ClientFailureOf(invoke.MissingCredentials,
			fmt.Sprintf("the profile %q asks for an MFA code", profile),
			"The profile assumes a role with mfa_serial, and lambent asks nobody for codes.",
			"Run "+command+" in a shell, and start lambent there without a profile.",
			invoke.RanNo, nil)
		failure.Command = printable(command)
		return failure
	case errors.As(err, &broken):
		return invoke.ClientFailureOf(invoke.ClientError, scrub(fmt.Sprintf("reading the AWS configuration file %s: %v", broken.Filename, broken.Err)),
			"The AWS configuration can't be read.", "Correct the file that the message names.", invoke.RanNo, nil)
	}
	return invoke.ClientFailureOf(invoke.ClientError, scrub("reading the AWS configuration: "+err.Error()),
		"The AWS configuration can't be used.", "Correct what the message names, in the environment or in the files of the AWS CLI.", invoke.RanNo, nil)
}

// profileFlag is the flag of the AWS CLI for a profile, quoted for a shell where it has to be.
func profileFlag(profile string) string {
	if profile == "" || profile == "default" {
		return ""
	}
	if strings.Trim(profile, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./@") != "" {
		profile = "'" + strings.ReplaceAll(profile, "'", `'\''`) + "'"
	}
	return " --profile " + profile
}

// Package awslambda is the target on AWS, or at anything that answers as AWS does:
// it lists, describes and invokes what is deployed.
//
// Decisions that shape it:
//
//   - One invocation is one HTTP request. The SDK's retries are off for it, redirects
//     are never followed, HTTP/2 (whose client repeats requests that a server gave
//     back) is off, and a second request of the same invocation is refused inside
//     this package, whoever should ask for it. Whether the function may have run is
//     read from how far the request got, see flight.
//   - The answer is read here, not by the SDK: its status, headers and bytes are the
//     result. So a cut, oversized or foreign answer is told apart, the bytes that came
//     are kept, and no exception can be too new to be shown. The SDK does what it is
//     best at: configuration, credentials, endpoints, signatures and event streams.
//   - Opening reads the configuration files and asks nobody. Credentials are fetched
//     by the first call, before its request is made, so that what goes wrong there
//     can be told apart and is known to have run nothing.
//   - Nothing that could hold a credential is logged or put into a failure: headers
//     never are, and texts of the SDK and of credential processes are scrubbed.
package awslambda

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"lambent/invoke"
)

// Limits of time.
const (
	// defaultSilence is how long an invocation may bring no byte: the longest timeout
	// of a function (15 min, spec §1.2) and a margin.
	defaultSilence = 15*time.Minute + 30*time.Second
	// askSilence is the same for calls that run no function.
	askSilence = 30 * time.Second
	// credentialLimit is how long credentials may take: a process or a sign-in
	// service that hangs must not hang lambent.
	credentialLimit = 30 * time.Second
)

// Options say which AWS is meant. Empty members leave it to the environment and the
// shared configuration files, as the AWS CLI does.
type Options struct {
	Profile     string
	Region      string
	EndpointURL string // of every service asked; empty means AWS, or what AWS_ENDPOINT_URL_LAMBDA and its like say

	// CacheDir is the folder where lists of functions are remembered; "" remembers nothing.
	CacheDir string

	Log *slog.Logger     // one record a request, without headers and bodies; nil discards
	Now func() time.Time // nil means time.Now

	silence     time.Duration // of an invocation; 0 means defaultSilence
	askSilence  time.Duration // of other calls; 0 means askSilence
	credentials time.Duration // 0 means credentialLimit
	poll        time.Duration // between looks at a log; 0 means logPoll
	patience    time.Duration // for a log that doesn't come; 0 means logPatience
}

// A Target is one account's Lambda in one region, seen with one profile.
// It is safe for concurrent use.
type Target struct {
	o       Options
	info    invoke.TargetInfo
	cfg     aws.Config
	shared  config.SharedConfig // of the profile; zero when there is none
	client  *http.Client
	lambda  *lambda.Client
	logs    func() *cloudwatchlogs.Client
	sts     func() *sts.Client
	cache   cache
	account account
}

// The capabilities of an AWS target. It publishes nothing and points no alias
// elsewhere: what is deployed is other tools' to change.
var (
	_ invoke.Target     = (*Target)(nil)
	_ invoke.Streamer   = (*Target)(nil)
	_ invoke.Describer  = (*Target)(nil)
	_ invoke.Rememberer = (*Target)(nil)
	_ invoke.Identifier = (*Target)(nil)
	_ invoke.LogReader  = (*Target)(nil)
	_ invoke.Stopper    = (*Target)(nil)
)

// Open reads the configuration and makes no request. Its error is a *invoke.Failure:
// an unknown profile, files that can't be read, no region, an endpoint that is not a URL.
func Open(ctx context.Context, o Options) (*Target, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for limit, fallback := range map[*time.Duration]time.Duration{
		&o.silence: defaultSilence, &o.askSilence: askSilence, &o.credentials: credentialLimit,
		&o.poll: logPoll, &o.patience: logPatience,
	} {
		if *limit == 0 {
			*limit = fallback
		}
	}
	t := &Target{o: o}
	if failure := t.configure(ctx); failure != nil {
		return nil, failure
	}
	t.cache = newCache(o.CacheDir, t.info)
	t.account.known = map[string]known{}
	return t, nil
}

// clients makes the clients of the services; none of them asks anything yet.
func (t *Target) clients() {
	var endpoint *string
	if t.o.EndpointURL != "" {
		endpoint = &t.o.EndpointURL
	}
	t.lambda = lambda.NewFromConfig(t.cfg, func(o *lambda.Options) {
		o.HTTPClient, o.Retryer = t.sender(), patient()
		if endpoint != nil {
			o.BaseEndpoint = endpoint
		}
	})
	t.logs = sync.OnceValue(func() *cloudwatchlogs.Client {
		return cloudwatchlogs.NewFromConfig(t.cfg, func(o *cloudwatchlogs.Options) {
			o.HTTPClient, o.Retryer = t.sender(), patient()
			if endpoint != nil {
				o.BaseEndpoint = endpoint
			}
		})
	})
	t.sts = sync.OnceValue(func() *sts.Client {
		return sts.NewFromConfig(t.cfg, func(o *sts.Options) {
			o.HTTPClient, o.Retryer = t.sender(), patient()
			if endpoint != nil {
				o.BaseEndpoint = endpoint
			}
		})
	})
}

// patient retries what only reads: twice, soon.
func patient() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff = 3, 2*time.Second
	})
}

// Info names the profile and the region. The account is not in it: only AWS knows it,
// see Identity.
func (t *Target) Info() invoke.TargetInfo { return t.info }

// StreamsResponses reports that Request.Stream is honoured.
func (t *Target) StreamsResponses() bool { return true }

// Identity asks STS as whom the target calls.
func (t *Target) Identity(ctx context.Context) (invoke.Identity, error) {
	var out *sts.GetCallerIdentityOutput
	err := t.ask(ctx, "asking for the identity", func(ctx context.Context) (err error) {
		out, err = t.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		return err
	})
	if err != nil {
		return invoke.Identity{}, err
	}
	id := invoke.Identity{Account: aws.ToString(out.Account), ARN: aws.ToString(out.Arn), UserID: aws.ToString(out.UserId)}
	t.account.learn(id.Account)
	return id, nil
}

// Stop closes the connections that are kept for the next call.
func (t *Target) Stop(context.Context) error {
	t.client.CloseIdleConnections()
	return nil
}

// account is what has been learned on the way: it spares questions, nothing depends on it.
type account struct {
	mu    sync.Mutex
	id    string
	known map[string]known // by bare name
}

type known struct {
	arn     string
	timeout time.Duration
}

func (a *account) learn(id string) {
	if id == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.id = id
}

// remember keeps what a call needs of a function.
func (a *account) remember(f invoke.Function) {
	name, failure := invoke.ParseName(f.ARN)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[f.Name] = known{f.ARN, f.Timeout}
	if failure == nil && name.Account != "" {
		a.id = name.Account
	}
}

// of returns what is known of a function, and the account it is in.
func (a *account) of(name string) (known, string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[name], a.id
}

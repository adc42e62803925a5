package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lambent/invoke"
	"lambent/ui/settings"
)

// The upstreams of serve beside the local executor.
const (
	UpstreamAWS      = "aws"      // every call is passed on once
	UpstreamRecorded = "recorded" // history answers
)

// DefaultListen is where serve listens unless it is told otherwise.
const DefaultListen = "127.0.0.1:3001"

// ServeOptions is what serve was asked for, checked.
type ServeOptions struct {
	Settings settings.Settings
	// Upstream is "" for the executor, UpstreamAWS (Settings.Target is aws then) or
	// UpstreamRecorded.
	Upstream string
	// Listener is open. Whoever serves closes it.
	Listener net.Listener
	// AllowRemote says that the listener may be reached from other machines; Token is not "" then.
	AllowRemote bool
	Token       string
	AllowHosts  []string
	Faults      []invoke.InjectedFault // to arm before the first call, in this order
	// Ran is told of every call that has ended, before it is answered; it never blocks, and
	// may be nil.
	Ran func(invoke.Request, invoke.Result, error)
	// Ready is called once calls are answered. It prints the address.
	Ready func()
}

// A serving is the flags of serve.
type serving struct {
	listen, upstream, token string
	allowRemote, quiet      bool
	faults, latency, drop   []string
	allowHosts              []string
}

// minToken is the length of the shortest token: who can reach the port can try.
const minToken = 16

// serveCommands are the commands of the endpoint, where there is one.
func (a *app) serveCommands() []*cobra.Command {
	if a.deps.Serve == nil {
		return nil
	}
	var f serving
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the Lambda API to SDKs",
		Long: `Serve the Lambda API on loopback, so that an application invokes local functions
through any AWS SDK: set AWS_ENDPOINT_URL_LAMBDA to the address that is printed.
Every invocation is in history before it is answered. Signatures are not verified.

Faults are written FUNCTION=EXCEPTION[:REASON][@SHARE][=MESSAGE], with * for every function:
  lambent serve --fault 'orders=TooManyRequestsException:ConcurrentInvocationLimitExceeded@0.2'
An exception says what lambent errors NAME lists first, unless a message is given.`,
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serve(cmd, f) },
	}
	flags := cmd.Flags()
	f.accessFlags(flags, DefaultListen, "address to listen on; port 0 takes a free one")
	flags.Bool("yes", false, "pass calls on to a protected AWS profile")
	flags.BoolVar(&f.quiet, "quiet", false, "do not list the calls on standard error")
	flags.StringVar(&f.upstream, "upstream", "", "what answers instead of local functions: aws passes calls on, recorded answers from history")
	flags.StringArrayVar(&f.faults, "fault", nil, "FUNCTION=EXCEPTION[:REASON][@SHARE][=MESSAGE] to answer with (repeatable)")
	flags.StringArrayVar(&f.latency, "latency", nil, "[FUNCTION=]DURATION[@SHARE] to wait before each call (repeatable)")
	flags.StringArrayVar(&f.drop, "drop", nil, "[FUNCTION=]before|after[@SHARE]: cut the connection before or after the function ran (repeatable)")
	share(cmd, "project", "profile", "region", "endpoint-url", "data-dir", "event-clock", "paths", "read-only")
	return []*cobra.Command{cmd}
}

// accessFlags are those of who may call, and where.
func (f *serving) accessFlags(flags *pflag.FlagSet, address, help string) {
	flags.StringVar(&f.listen, "listen", address, help)
	flags.BoolVar(&f.allowRemote, "allow-remote", false, "let other machines connect; needs --token")
	flags.StringVar(&f.token, "token", "", "ask for this token, which SDKs send as their access key id")
	flags.StringArrayVar(&f.allowHosts, "allow-host", nil, "NAME of this machine to serve beside localhost (repeatable)")
}

func (a *app) serve(cmd *cobra.Command, f serving) error {
	s, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	o, err := f.options(s)
	if err != nil {
		return usage(err)
	}
	if err := o.Settings.CheckFolders(); err != nil {
		return usage(err)
	}
	if o.Listener, err = listen(f.listen, o.AllowRemote); err != nil {
		return usage(err)
	}
	o.Ready = func() {
		a.out.line("listening on http://", o.Listener.Addr().String())
		a.warn(o)
	}
	ctx, stop := untilSignalled(cmd.Context())
	defer stop()
	if !f.quiet {
		calls := newCallLog(a.err)
		defer calls.close()
		o.Ran = func(req invoke.Request, r invoke.Result, err error) { calls.add(a.err, time.Now(), req, r, err) }
	}
	if err := a.deps.Serve(ctx, o); err != nil {
		return signalledOr(ctx, usage(err))
	}
	return signalledOr(ctx, nil)
}

// warn says on standard error what is unusual about this endpoint.
func (a *app) warn(o ServeOptions) {
	if address, ok := o.Listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() {
		a.err.line("Other machines can reach this endpoint and run functions here with the token.")
	}
	for _, host := range o.AllowHosts {
		a.err.line("Also served as ", safe(host), ".")
	}
	for _, x := range o.Faults {
		a.err.line("Fault: ", safe(x.String()))
	}
}

// options checks the flags. The settings decide for AWS too, as everywhere.
func (f serving) options(s settings.Settings) (ServeOptions, error) {
	o := ServeOptions{AllowRemote: f.allowRemote, Token: f.token, AllowHosts: f.allowHosts, Upstream: f.upstream}
	switch f.upstream {
	case "":
		if s.Target == settings.AWS {
			o.Upstream = UpstreamAWS
		}
	case UpstreamAWS:
		s.Target = settings.AWS
	case UpstreamRecorded:
	default:
		return o, fmt.Errorf("--upstream: %q must be %s or %s", f.upstream, UpstreamAWS, UpstreamRecorded)
	}
	o.Settings = s
	if o.Token == "" {
		o.Token = os.Getenv(settings.EnvironmentName("token")) // where ps doesn't show it
	}
	if err := checkToken(o); err != nil {
		return o, err
	}
	for _, host := range f.allowHosts {
		if strings.ContainsAny(host, "/ *") || host == "" {
			return o, fmt.Errorf("--allow-host: %q must be one name, or name:port", host)
		}
	}
	for _, kind := range []struct {
		flag  string
		given []string
		parse func(string) (invoke.InjectedFault, error)
	}{
		{"latency", f.latency, invoke.ParseLatency}, {"fault", f.faults, invoke.ParseFault}, {"drop", f.drop, invoke.ParseDrop},
	} {
		for _, text := range kind.given {
			x, err := kind.parse(text)
			if err != nil {
				return o, fmt.Errorf("--%s: %w", kind.flag, err)
			}
			o.Faults = append(o.Faults, x)
		}
	}
	return o, nil
}

func checkToken(o ServeOptions) error {
	switch {
	case o.Token == "" && o.AllowRemote:
		return errors.New("--allow-remote needs --token, or LAMBENT_TOKEN: whoever can reach the port could run functions here")
	case o.Token == "":
		return nil
	case len(o.Token) < minToken:
		return fmt.Errorf("--token: a token has at least %d characters", minToken)
	case strings.ContainsFunc(o.Token, func(r rune) bool { return r <= ' ' || r > '~' || r == ',' }):
		return errors.New("--token: a token has only visible ASCII characters and no comma, because SDKs send it in a header")
	}
	return nil
}

// listen opens the port. What other machines can reach is refused before it is open. The
// port alone is enough; an address of nothing is a mistake, such as an empty variable.
func listen(given string, remote bool) (net.Listener, error) {
	address := given
	if !strings.Contains(address, ":") && address != "" {
		address = "127.0.0.1:" + address
	}
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil || address == "" || strings.HasSuffix(address, ":") {
		return nil, fmt.Errorf("--listen: %q is no address: write HOST:PORT, such as %s", given, DefaultListen)
	}
	if !remote && !a.IP.IsLoopback() {
		return nil, fmt.Errorf("--listen: %s can be reached from other machines: give --allow-remote and --token, or listen on 127.0.0.1", given)
	}
	config := net.ListenConfig{KeepAlive: -1} // both ends are on this machine, and every wait has a limit
	if remote {
		config.KeepAlive = 0
	}
	l, err := config.Listen(context.Background(), "tcp", a.String())
	if err != nil {
		return nil, fmt.Errorf("--listen: %s cannot be listened on: %s; give another --listen, or port 0 for a free one", given, reasonOfListening(err))
	}
	return l, nil
}

func reasonOfListening(err error) string {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err.Error()
	}
	return err.Error()
}

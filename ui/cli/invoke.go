package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/settings"
)

// An invocation is the flags of "lambent invoke".
type invocation struct {
	qualifier, payload, kind, logType, clientContext, tenant, durable, identity, wait string
	noHistory, exitZero, cold, noFollow, stream                                       bool
}

func (a *app) invokeCommand() *cobra.Command {
	var i invocation
	cmd := &cobra.Command{
		Use:   "invoke FUNCTION",
		Short: "Invoke a function once",
		Long: `Invoke a function once. FUNCTION is a name, name:qualifier, or a partial or
full ARN. Standard output carries the response's bytes and nothing else; log,
summary and failure go to standard error.

The exit status is 0 when it is done, 1 for a function error, 3 for a service
error, 4 throttled, 5 not allowed, 6 not found, 7 no answer, 2 for usage.`,
		Example: `  lambent invoke hello -p '{"name": "Ada"}'
  lambent invoke orders:live -p @order.json -o json
  echo '{"n": 1}' | lambent invoke echo -p -`,
		Args:              arguments("FUNCTION"),
		ValidArgsFunction: a.completeFunctions,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.invoke(cmd, args[0], i) },
	}
	share(cmd, append(ofTarget, "event-clock", "paths", "read-only")...)
	f := cmd.Flags()
	value := func(to *string, name, short, kind, help string) {
		f.VarP(&into{kind: kind, to: to}, name, short, help)
	}
	value(&i.qualifier, "qualifier", "q", "NAME", "$LATEST, a version or an alias")
	value(&i.payload, "payload", "p", "JSON", "a JSON text, @FILE, file://FILE, or - for standard input (default an empty body)")
	value(&i.kind, "invocation-type", "t", "TYPE", "RequestResponse, Event or DryRun (default RequestResponse)")
	value(&i.logType, "log-type", "", "TYPE", "Tail or None (default Tail)")
	value(&i.clientContext, "client-context", "", "JSON", "a JSON object, which is encoded, or base64")
	value(&i.tenant, "tenant-id", "", "ID", "tenant of a function with tenant isolation")
	value(&i.durable, "durable-execution-name", "", "NAME", "name of the execution of a durable function")
	value(&i.identity, "cognito-identity", "", "JSON", "Cognito identity of the caller, JSON or id=ID,pool=POOL (local target)")
	value(&i.wait, "timeout", "", "TIME", "how long to wait for the answer, such as 30s or 90")
	f.BoolVar(&i.noHistory, "no-history", false, "keep no record of it")
	f.BoolVar(&i.exitZero, "exit-zero", false, "a function error exits 0")
	f.Bool("yes", false, "invoke on a protected AWS profile")
	f.BoolVar(&i.cold, "cold", false, "run in a fresh execution environment")
	f.BoolVar(&i.stream, "stream", false, "write the parts of a streamed response as they come")
	f.BoolVar(&i.noFollow, "no-wait", false, "do not wait for an event that was accepted")
	return cmd
}

// into is a flag's value that goes into a string.
type into struct {
	kind string
	to   *string
}

func (v *into) String() string     { return "" } // no default to show
func (v *into) Set(s string) error { *v.to = s; return nil }
func (v *into) Type() string       { return v.kind }

func (a *app) invoke(cmd *cobra.Command, function string, i invocation) error {
	req, w, err := a.request(function, i)
	if err != nil {
		return usage(err)
	}
	s, err := a.settings(cmd)
	if err != nil {
		return usage(err)
	}
	need := NeedTarget | NeedHistory
	if i.noHistory {
		if req.Type == invoke.Event && s.Target == settings.Local {
			return usage(errors.New("an event is queued in history: leave out --no-history or --invocation-type Event"))
		}
		need = NeedTarget
	}
	req.SavedEvent = savedEvent(i.payload, s)
	err = a.withSettings(cmd.Context(), s, need, func(ctx context.Context, session *Session, s settings.Settings) error {
		if i.cold {
			if c, ok := invoke.As[invoke.ColdStarter](session.Target); !ok || !c.StartsCold() {
				return usage(errors.New("--cold: this target chooses its execution environments itself, leave it out"))
			}
		}
		if req.CognitoIdentity != "" {
			if c, ok := invoke.As[invoke.CognitoPretender](session.Target); !ok || !c.TakesCognitoIdentity() {
				return usage(errors.New("--cognito-identity: Lambda takes it from the caller's Cognito credentials, leave it out"))
			}
		}
		if i.stream {
			if st, ok := invoke.As[invoke.Streamer](session.Target); !ok || !st.StreamsResponses() {
				return usage(errors.New("--stream: this target gives the response whole, leave it out"))
			}
		}
		return a.run(ctx, session.Target, req, s.Output, w)
	})
	if bad := (*history.Error)(nil); errors.As(err, &bad) && req.Type != invoke.Event {
		return usage(fmt.Errorf("%w; --no-history invokes without a record", err))
	}
	return err
}

// request reads the flags. Names, sizes and the payload's JSON are judged by the
// target, with the service's own words.
func (a *app) request(function string, i invocation) (req invoke.Request, w waiting, err error) {
	req = invoke.Request{
		Function: function, Qualifier: i.qualifier, TenantID: i.tenant, DurableName: i.durable,
		Type: invoke.RequestResponse, LogType: invoke.LogTail,
		Cold: i.cold, Stream: i.stream, Door: invoke.DoorCommand,
	}
	w = waiting{noFollow: i.noFollow, exitZero: i.exitZero}
	if i.kind != "" {
		if req.Type, err = readType(i.kind); err != nil {
			return req, w, err
		}
	}
	if i.stream && req.Type == invoke.Event {
		return req, w, errors.New("an Event has no response that could be streamed: leave out --stream")
	}
	if i.identity != "" && req.Type == invoke.Event {
		return req, w, errors.New("an Event carries no Cognito identity: leave out --cognito-identity")
	}
	if req.CognitoIdentity, err = invoke.ReadCognitoIdentity(i.identity); err != nil {
		return req, w, fmt.Errorf("--cognito-identity: %w", err)
	}
	if i.logType != "" {
		if req.LogType, err = readLogType(i.logType); err != nil {
			return req, w, err
		}
	}
	if w.limit, err = readWait(i.wait); err != nil {
		return req, w, err
	}
	if req.ClientContext, err = readClientContext(i.clientContext); err != nil {
		return req, w, err
	}
	req.Payload, err = a.readPayload(i.payload)
	return req, w, err
}

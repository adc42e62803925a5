package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

func (a *app) deadLettersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "deadletters",
		Short: "List the asynchronous events that were given up on",
		Long: `List the asynchronous events that were given up on, of all projects of the data
folder, newest first. They stay until they are redriven or deleted.`,
		Example: `  lambent deadletters
  lambent deadletters show 214 -o json
  lambent deadletters redrive 214 217`,
		Args: noSubcommand,
		RunE: a.listDeadLetters,
	}
	list := &cobra.Command{Use: "list", Short: "List them, newest first", Args: arguments(), RunE: a.listDeadLetters}
	show := &cobra.Command{
		Use: "show ID", Short: "Show one with its event, its attempts and what was sent on", Args: arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDeadLetters(cmd, args, NeedHistory, func(_ context.Context, _ *Session, s settings.Settings, letters []invoke.DeadLetter) error {
				a.showDeadLetter(letters[0], s.Output)
				return nil
			})
		},
	}
	noFollow := false
	redrive := &cobra.Command{
		Use: "redrive ID...", Short: "Queue them again, under the request ids they had",
		Long: `Queue dead letters again, under the request ids they had. Those of the project that is
open are run and followed to their end; the others wait for a lambent that has theirs open.
Retries and age count anew.`,
		Args: arguments("ID..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDeadLetters(cmd, args, NeedHistory|NeedTarget, func(ctx context.Context, session *Session, s settings.Settings, letters []invoke.DeadLetter) error {
				if s.ReadOnly {
					return usage(errors.New("nothing is redriven: lambent is read-only"))
				}
				return a.redrive(ctx, session, letters, noFollow)
			})
		},
	}
	redrive.Flags().BoolVar(&noFollow, "no-wait", false, "do not run and follow them")
	remove := &cobra.Command{
		Use: "delete ID...", Short: "Delete them, with their records in history", Args: arguments("ID..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withDeadLetters(cmd, args, NeedHistory, a.deleteDeadLetters)
		},
	}
	for _, c := range []*cobra.Command{cmd, list, show, remove} {
		share(c, ofHistory...)
	}
	share(redrive, append([]string{"project", "region", "event-clock", "read-only"}, ofHistory...)...)
	cmd.AddCommand(list, show, redrive, remove)
	return cmd
}

// noSubcommand refuses what stands where a subcommand should.
func noSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	return usage(fmt.Errorf("%s has no command %q%s: %s --help lists them", cmd.CommandPath(), args[0], near(args[0], names), cmd.CommandPath()))
}

func (a *app) listDeadLetters(cmd *cobra.Command, _ []string) error {
	return a.with(cmd, NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
		letters, err := session.Store.DeadLetters(ctx, "")
		if err != nil {
			return err
		}
		var rows [][]string
		for _, d := range letters {
			if s.Output == settings.JSON {
				a.out.jsonLine(deadLetterObject(d))
				continue
			}
			rows = append(rows, []string{
				strconv.FormatInt(d.ID, 10), d.AcceptedAt.Local().Format("2006-01-02 15:04:05"), named(d),
				strconv.Itoa(d.Attempts), d.Condition, d.Failure.Error(),
			})
		}
		switch {
		case len(rows) > 0:
			a.out.table([]string{">ID", "ACCEPTED", "FUNCTION", ">ATTEMPTS", "CONDITION", "FAILURE"}, rows)
		case s.Output == settings.Text:
			a.err.line(a.err.paint(themes.Muted, "No dead letters."))
		}
		return nil
	})
}

func named(d invoke.DeadLetter) string {
	if d.Qualifier == "" {
		return d.Function
	}
	return d.Function + ":" + d.Qualifier
}

func deadLetterObject(d invoke.DeadLetter) []byte {
	var o object
	o.number("id", d.ID)
	o.text("functionName", d.Function)
	o.text("requestId", d.RequestID)
	o.raw("attempts", strconv.AppendInt(nil, int64(d.Attempts), 10))
	o.text("condition", d.Condition)
	o.raw("failure", failureObject(d.Failure))
	o.instant("acceptedAt", d.AcceptedAt)
	return o.bytes()
}

// withDeadLetters reads ids and finds their dead letters. Each is looked up before
// anything is done: a mistyped id changes nothing.
func (a *app) withDeadLetters(cmd *cobra.Command, args []string, need Need,
	do func(context.Context, *Session, settings.Settings, []invoke.DeadLetter) error) error {
	ids := make([]int64, len(args))
	for i, arg := range args {
		id, err := strconv.ParseInt(strings.TrimPrefix(arg, "#"), 10, 64)
		if err != nil || id < 1 {
			return usage(fmt.Errorf("%q is no id of a dead letter: it is a number, and lambent deadletters lists them", arg))
		}
		ids[i] = id
	}
	return a.with(cmd, need, func(ctx context.Context, session *Session, s settings.Settings) error {
		letters := make([]invoke.DeadLetter, len(ids))
		for i, id := range ids {
			var err error
			if letters[i], err = session.Store.DeadLetter(ctx, id); err != nil {
				return noLetter(err, id)
			}
		}
		return do(ctx, session, s, letters)
	})
}

// noLetter makes "not found" of what is no dead letter, or no more.
func noLetter(err error, id int64) error {
	if errors.Is(err, invoke.ErrNoDeadLetter) {
		return notFound(fmt.Errorf("there is no dead letter %d: lambent deadletters lists them", id))
	}
	return err
}

// overtaken says that letters were changed since they were looked up.
func overtaken(err error) error {
	if errors.Is(err, invoke.ErrNoDeadLetter) {
		return notFound(fmt.Errorf("nothing was changed, because another lambent was faster: %w", err))
	}
	return err
}

func idsOf(letters []invoke.DeadLetter) []int64 {
	ids := make([]int64, len(letters))
	for i, d := range letters {
		ids[i] = d.ID
	}
	return ids
}

func (a *app) deleteDeadLetters(ctx context.Context, session *Session, _ settings.Settings, letters []invoke.DeadLetter) error {
	if err := session.Store.DeleteDeadLetters(ctx, idsOf(letters)...); err != nil {
		return overtaken(err)
	}
	a.err.line("deleted ", plural(len(letters), "dead letter"))
	return nil
}

// redrive queues dead letters again and follows those that can be run here.
func (a *app) redrive(ctx context.Context, session *Session, letters []invoke.DeadLetter, noFollow bool) error {
	if err := session.Store.Redrive(ctx, idsOf(letters)...); err != nil {
		return overtaken(err)
	}
	a.err.line("queued ", plural(len(letters), "event"), " again")
	follower, ok := invoke.As[invoke.Follower](session.Target)
	if noFollow || !ok {
		return nil
	}
	exit, elsewhere := ExitDone, 0
	for _, d := range letters {
		if d.Project != session.Target.Info().Project {
			elsewhere++
			continue
		}
		v := outcome{id: d.ID, target: invoke.Local, qualifier: d.Qualifier, kind: invoke.Event,
			result: invoke.Result{RequestID: d.RequestID, FunctionName: d.Function}}
		if err := a.follow(ctx, follower, v, waiting{}); err != nil {
			return err
		}
		exit = max(exit, a.exit)
	}
	a.exit = exit
	if elsewhere > 0 {
		a.err.line(plural(elsewhere, "event"), " of other projects: a lambent that has theirs open goes on with them")
	}
	return nil
}

// lastOf is what a dead letter's last attempt came to, as an outcome.
func lastOf(d invoke.DeadLetter) outcome {
	v := outcome{id: d.ID, target: invoke.Local, qualifier: d.Qualifier, kind: invoke.Event, failure: d.Failure,
		result: invoke.Result{StartedAt: d.AcceptedAt}}
	if n := len(d.Event.Attempts); n > 0 {
		v.result = d.Event.Attempts[n-1].Result
		v.log = v.result.Log
	}
	v.result.StatusCode, v.result.RequestID, v.result.FunctionName = 202, d.RequestID, d.Function
	return v
}

func (a *app) showDeadLetter(d invoke.DeadLetter, output settings.Output) {
	v := lastOf(d)
	if output == settings.JSON {
		var o object
		o.members(v, func() {
			o.payload("requestPayload", d.Event.Request.Payload)
			o.payload("responsePayload", v.result.Payload)
		})
		o.raw("attempts", strconv.AppendInt(nil, int64(d.Attempts), 10))
		o.text("condition", d.Condition)
		o.instant("acceptedAt", d.AcceptedAt)
		o.attempts(d.Event.Attempts)
		o.deliveries(d.Event.Deliveries)
		a.out.jsonLine(o.bytes())
		return
	}
	a.out.line(safe(fmt.Sprintf("#%d  %s  %s  accepted %s", d.ID, named(d), d.Condition, d.AcceptedAt.Local().Format("2006-01-02 15:04:05.000"))))
	a.out.settled(v)
	a.out.attempts(d.Event.Attempts)
	a.out.part("Request", d.Event.Request.Payload)
	a.out.part("Response", v.result.Payload)
	a.out.logs(v.log, d.Event.Attempts)
	a.out.deliveries(d.Event.Deliveries)
}

// deliveries adds what the outcomes of an event have sent on.
func (o *object) deliveries(list []invoke.Delivery) {
	if len(list) == 0 {
		return
	}
	all := []byte{'['}
	for i, d := range list {
		if i > 0 {
			all = append(all, ',')
		}
		var one object
		one.text("kind", string(d.Kind))
		one.text("destination", d.Destination)
		one.instant("at", d.At)
		one.text("requestId", d.RequestID)
		one.payload("body", d.Body)
		if len(d.Attributes) > 0 {
			var attributes object
			for _, attribute := range d.Attributes {
				var value object
				value.text("DataType", attribute.Type)
				value.text("StringValue", attribute.Value)
				attributes.raw(attribute.Name, value.bytes())
			}
			one.raw("messageAttributes", attributes.bytes())
		}
		one.text("problem", d.Problem)
		all = append(all, one.bytes()...)
	}
	o.raw("deliveries", append(all, ']'))
}

// deliveries shows what the outcomes of an event have sent on.
func (p *printer) deliveries(list []invoke.Delivery) {
	for _, d := range list {
		title := map[invoke.DeliveryKind]string{invoke.DeliverySuccess: "On success", invoke.DeliveryFailure: "On failure",
			invoke.DeliveryDeadLetterQueue: "Dead-letter queue"}[d.Kind]
		p.line("\n", p.paint(themes.Accent, title), "  ", safe(d.Destination))
		if d.RequestID != "" {
			p.line("invoked, req ", safe(d.RequestID))
		}
		if d.Problem != "" {
			p.line(safe(d.Problem))
		}
		for _, attribute := range d.Attributes {
			p.line(safe(attribute.Name + " (" + attribute.Type + "): " + attribute.Value))
		}
		p.foreign(d.Body)
	}
}

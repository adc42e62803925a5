package cli

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/settings"
)

func (a *app) historyLogCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "log ID",
		Short: "Print the whole log of an invocation",
		Long: `Print the whole log of an invocation. Of one on AWS it is read from CloudWatch Logs, and
waited for until its report has come; of a local one it is what history holds.
With -o json each event is one object a line: timestamp, message.`,
		Example: `  lambent history log 214
  lambent history log 214 -o json`,
		Args: arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			var entry history.Entry
			var base settings.Settings
			err := a.withIDs(cmd, args, func(ctx context.Context, session *Session, s settings.Settings, ids []int64) (err error) {
				entry, err = find(ctx, session.Store, ids[0])
				base = s
				return err
			})
			if err != nil {
				return err
			}
			if entry.Target.Kind != invoke.AWS {
				return a.keptLog(entry, base.Output)
			}
			// The store is closed by now: where the run was decides what is opened.
			r := &replaying{flags: a.given(cmd), base: base}
			return a.withSettings(cmd.Context(), r.settingsFor(entry.Target), NeedTarget, func(ctx context.Context, session *Session, s settings.Settings) error {
				return a.readLog(ctx, session.Target, entry, s.Output)
			})
		},
	}
	share(cmd, append(ofHistory[:len(ofHistory):len(ofHistory)], "profile", "region", "endpoint-url")...)
	return cmd
}

// keptLog prints the log that history holds.
func (a *app) keptLog(e history.Entry, output settings.Output) error {
	log := e.Result.Log
	if log == nil {
		log = invoke.TailText(e.Result.LogTail)
	}
	if output == settings.Text {
		a.out.payload(log)
	} else {
		for line := range bytes.Lines(log) {
			a.logEvent(invoke.LogEvent{Text: line}, output)
		}
	}
	if len(log) == 0 {
		a.err.line(a.err.paint(themes.Muted, "History has no log of this invocation."))
	}
	return nil
}

// readLog prints the log as it comes, and says on standard error what is waited for.
func (a *app) readLog(ctx context.Context, target invoke.Target, e history.Entry, output settings.Output) error {
	reader, ok := invoke.As[invoke.LogReader](target)
	if !ok || e.Result.RequestID == "" {
		return notFound(fmt.Errorf("invocation %d has no log: Lambda did not answer it with a request id", e.ID))
	}
	query := invoke.LogQuery{Function: e.Request.Function, Qualifier: e.Request.Qualifier, RequestID: e.Result.RequestID, Around: e.StartedAt}
	for event, err := range reader.ReadLog(ctx, query) {
		if err != nil {
			return err
		}
		if event.Waiting != "" {
			a.err.line(a.err.paint(themes.Muted, safe(event.Waiting)+"…"))
			continue
		}
		if a.logEvent(event, output); a.out.failure != nil {
			return nil
		}
	}
	return nil
}

// logEvent prints one event: a line of its own, whether it ends in a line break or not.
func (a *app) logEvent(e invoke.LogEvent, output settings.Output) {
	text := bytes.TrimSuffix(e.Text, []byte("\n"))
	if output == settings.Text {
		a.out.payload(append(bytes.Clone(text), '\n'))
		return
	}
	var o object
	o.instant("timestamp", e.At)
	o.raw("message", quote(string(text)))
	a.out.jsonLine(o.bytes())
}

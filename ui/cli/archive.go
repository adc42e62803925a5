package cli

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/settings"
)

// HistoryOptions are what config.toml says of the history, for whoever opens it. The
// error names the rule that can't be used.
func HistoryOptions(s settings.Settings) (history.Options, error) {
	h := s.History
	o := history.Options{
		Retention: history.Retention{OlderThan: h.Retention, Keep: h.Keep, MaxSize: h.MaxSize},
		Privacy:   history.Privacy{Never: h.NeverRecord},
	}
	if err := o.Privacy.Check(); err != nil {
		return o, fmt.Errorf("%s: history.never_record: %w", s.ConfigFile, err)
	}
	redactor, err := Redactor(s)
	if err != nil {
		return o, err
	}
	if h.Redact.BeforeWriting {
		o.Privacy.Redact = redactor
	}
	return o, nil
}

// Redactor is what takes secrets out of exports, by the rules of config.toml. The error
// names the rule that can't be used.
func Redactor(s settings.Settings) (*invoke.Redactor, error) {
	rules := s.History.Redact
	r, err := invoke.NewRedactor(invoke.RedactRules{NoDefaults: !rules.Defaults, Names: rules.Names, Paths: rules.Paths, Patterns: rules.Patterns})
	if err != nil {
		return nil, fmt.Errorf("%s: history.redact: %w", s.ConfigFile, err)
	}
	return r, nil
}

// archiveCommands are those below "lambent history" that move, keep and drop runs.
func (a *app) archiveCommands() []*cobra.Command {
	var pinned []*cobra.Command
	for _, c := range []struct {
		use, short, said string
		pin              bool
	}{
		{"pin", "Keep invocations, whatever prune and a retention say", "pinned ", true},
		{"unpin", "Treat invocations like all others again", "unpinned ", false},
	} {
		cmd := &cobra.Command{
			Use: c.use + " ID...", Short: c.short, Args: arguments("ID..."),
			RunE: func(cmd *cobra.Command, args []string) error {
				return a.withIDs(cmd, args, func(ctx context.Context, session *Session, _ settings.Settings, ids []int64) error {
					return a.pin(ctx, session, ids, c.pin, c.said)
				})
			},
		}
		share(cmd, ofHistory...)
		pinned = append(pinned, cmd)
	}
	return append(pinned, a.exportCommand(), a.importCommand(), a.pruneCommand(), a.volatileCommand(), a.statisticsCommand())
}

func (a *app) pin(ctx context.Context, session *Session, ids []int64, pin bool, said string) error {
	for _, id := range ids { // all or none: a mistyped id must not pass
		if _, err := find(ctx, session.Store, id); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := session.Store.Pin(ctx, id, pin); err != nil {
			return err
		}
	}
	a.err.line(said, plural(len(ids), "invocation"))
	return nil
}

// An exporting is the flags of "lambent history export".
type exporting struct {
	file            string
	markdown, exact bool
}

func (a *app) exportCommand() *cobra.Command {
	var e exporting
	cmd := &cobra.Command{
		Use:   "export [ID|QUERY...]",
		Short: "Write invocations as JSON Lines, or one as Markdown",
		Long: `Write invocations, oldest first, as JSON Lines: one self-contained record a line,
with request, response, log, report, failure, attempts and what was sent on, which lambent history
import reads. A number is an id, anything else a query; without one all are written.

Tokens, keys, cookies, passwords and e-mail addresses are taken out, and what the
rules of [history.redact] in config.toml say. --exact writes everything, byte for
byte. --markdown writes one invocation as text for a bug report.`,
		Example: `  lambent history export --file orders.jsonl fn:orders since:7d
  lambent history export 214 --markdown
  lambent history export --exact | gzip > backup.jsonl.gz`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
				return a.export(ctx, session.Store, s, args, e)
			})
		},
	}
	share(cmd, ofHistory...)
	cmd.Flags().VarP(&into{kind: "FILE", to: &e.file}, "file", "f", "write to a file that only you can read (default standard output)")
	cmd.Flags().BoolVar(&e.markdown, "markdown", false, "write one invocation as Markdown")
	cmd.Flags().BoolVar(&e.exact, "exact", false, "take nothing out")
	return cmd
}

func (a *app) export(ctx context.Context, store *history.Store, s settings.Settings, args []string, e exporting) error {
	var redact *invoke.Redactor
	if !e.exact {
		var err error
		if redact, err = Redactor(s); err != nil {
			return usage(err)
		}
	}
	ids, words := split(args)
	if e.markdown && (len(ids) != 1 || len(words) > 0) {
		return usage(errors.New("--markdown writes one invocation: give its id"))
	}
	if e.file == "" {
		n, err := a.exportTo(ctx, writerOf(a.out), store, redact, ids, words, e.markdown)
		if err == nil && n == 0 {
			err = notFound(errors.New("history has nothing to export"))
		}
		return err
	}
	var n int
	err := writeWhole(e.file, func(w io.Writer) (err error) {
		n, err = a.exportTo(ctx, w, store, redact, ids, words, e.markdown)
		if err == nil && n == 0 {
			err = notFound(errors.New("history has nothing to export"))
		}
		return err
	})
	if err != nil {
		return err
	}
	a.err.line("exported ", plural(n, "invocation"), " to ", safe(e.file))
	return nil
}

// writerOf writes to a printer's stream as it is: exports are our own JSON, whose
// strings escape what a terminal could obey, but for payloads, so a terminal gets
// them line by line through the door.
func writerOf(p *printer) io.Writer { return printerWriter{p} }

type printerWriter struct{ p *printer }

func (w printerWriter) Write(b []byte) (int, error) {
	if w.p.terminal {
		w.p.foreign(bytes.TrimSuffix(b, []byte("\n")))
	} else {
		w.p.raw(b)
	}
	return len(b), w.p.failure
}

func (a *app) exportTo(ctx context.Context, w io.Writer, store *history.Store, redact *invoke.Redactor, ids []int64, words []string, markdown bool) (int, error) {
	n := 0
	write := func(e history.Entry) error {
		n++
		if markdown {
			_, err := w.Write(history.Markdown(e, redact))
			return err
		}
		return history.WriteEntry(w, e, redact)
	}
	for _, id := range ids {
		e, err := find(ctx, store, id)
		if err != nil {
			return n, err
		}
		if err := write(e); err != nil {
			return n, a.unwritten(err)
		}
	}
	if len(ids) > 0 && len(words) == 0 {
		return n, nil
	}
	query, err := readQuery(words)
	if err != nil {
		return n, usage(err)
	}
	return n, a.unwritten(store.Export(ctx, query, write))
}

// unwritten leaves it to status to tell of a standard output that failed.
func (a *app) unwritten(err error) error {
	if a.out.failure != nil {
		return nil
	}
	return err
}

// writeWhole puts a file in its place when it is complete. Only its user can read it.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".lambent-export-") // 0600
	if err != nil {
		return usage(fmt.Errorf("%q cannot be written: %s", path, reason(err)))
	}
	defer os.Remove(f.Name()) // nothing is there under that name once it was renamed
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		f.Close()
		return err
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return usage(fmt.Errorf("%q cannot be written: %s", path, reason(err)))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return usage(fmt.Errorf("%q cannot be written: %s", path, reason(err)))
	}
	return nil
}

func (a *app) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add invocations that history export has written",
		Long: `Add the invocations of a file that lambent history export has written, or of
standard input (-). They get new ids. What is in history already is passed over, so
an import can be made twice. Nothing is invoked.`,
		Args: arguments("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedHistory, func(ctx context.Context, session *Session, _ settings.Settings) error {
				return a.importFile(ctx, session.Store, args[0])
			})
		},
	}
	share(cmd, ofHistory...)
	return cmd
}

func (a *app) importFile(ctx context.Context, store *history.Store, name string) error {
	from := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usage(fmt.Errorf("%q cannot be read: %s", name, reason(err)))
		}
		defer f.Close()
		from = f
	}
	done, err := store.Import(ctx, from)
	said := "imported " + plural(done.Added, "invocation")
	if done.Present > 0 {
		said += " · " + strconv.Itoa(done.Present) + " already in history"
	}
	if err == nil || done.Added > 0 {
		a.err.line(said)
	}
	return err
}

func (a *app) pruneCommand() *cobra.Command {
	var older, size string
	keep := 0
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Delete old invocations from history",
		Long: `Delete the oldest invocations: those older than --older-than, those beyond the
newest --keep, and as many as --max-size asks for. Without a flag the limits are those
of [history] in config.toml. Pinned invocations, queued events and dead letters stay.`,
		Example: `  lambent history prune --older-than 30d
  lambent history prune --max-size 1GiB`,
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, err := readRetention(older, size, keep, cmd.Flags().Changed("keep"))
			if err != nil {
				return usage(err)
			}
			return a.with(cmd, NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
				return a.prune(ctx, session.Store, s, r)
			})
		},
	}
	share(cmd, ofHistory...)
	f := cmd.Flags()
	f.VarP(&into{kind: "TIME", to: &older}, "older-than", "", "delete what started longer ago, such as 30d or 12h")
	f.IntVar(&keep, "keep", 0, "keep the newest so many")
	f.Lookup("keep").DefValue = "0" // pflag leaves zeros unsaid
	f.VarP(&into{kind: "SIZE", to: &size}, "max-size", "", "delete the oldest until the history has at most so much, such as 1GiB")
	return cmd
}

func readRetention(older, size string, keep int, keepGiven bool) (history.Retention, error) {
	var r history.Retention
	var err error
	if older != "" {
		if r.OlderThan, err = settings.ParseSpan(older); err != nil {
			return r, fmt.Errorf("--older-than: %w", err)
		}
	}
	if size != "" {
		if r.MaxSize, err = settings.ParseSize(size); err != nil {
			return r, fmt.Errorf("--max-size: %w", err)
		}
	}
	if keepGiven && keep < 1 {
		return r, fmt.Errorf("--keep: %d must be above 0", keep)
	}
	r.Keep = keep
	return r, nil
}

func (a *app) prune(ctx context.Context, store *history.Store, s settings.Settings, r history.Retention) error {
	if r.Empty() {
		r = history.Retention{OlderThan: s.History.Retention, Keep: s.History.Keep, MaxSize: s.History.MaxSize}
	}
	if r.Empty() {
		return usage(errors.New("history prune needs --older-than, --keep or --max-size, or a limit in [history] of config.toml"))
	}
	done, err := store.Prune(ctx, r)
	if err != nil {
		return err
	}
	a.err.line("deleted ", plural(done.Runs, "invocation"), " · ", megabytes(done.Before), " → ", megabytes(done.After))
	return nil
}

// megabytes is a size for people.
func megabytes(n int64) string {
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MiB"
}

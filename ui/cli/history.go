package cli

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"lambent/history"
	"lambent/invoke"
	"lambent/themes"
	"lambent/ui/safetext"
	"lambent/ui/settings"
)

// listedAsText is how many rows "lambent history" shows a person unasked. A script
// (-o json) gets all.
const listedAsText = 50

// headWidth is how many cells of a payload's beginning a row shows.
const headWidth = 60

// pageSize is how many rows are read from the store at a time.
const pageSize = 200

func (a *app) historyCommand() *cobra.Command {
	limit := -1
	cmd := &cobra.Command{
		Use:   "history [QUERY]",
		Short: "List past invocations, newest first",
		Long: `List past invocations, newest first. QUERY is plain words, which are looked for in
names, payloads, responses and logs, and fn: qualifier: target: type: status:
is:ok|error|refused error: since: before: slower: cold: has:. fn:orders is every
function whose name has that, fn:=orders this one only.`,
		Example: `  lambent history
  lambent history fn:orders is:error since:2d
  lambent history show 214 -o json`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
				query, err := readQuery(args)
				if err != nil {
					return usage(err)
				}
				return a.history(ctx, session.Store, query, s.Output, limit)
			})
		},
	}
	share(cmd, ofHistory...)
	cmd.Flags().IntVar(&limit, "limit", -1, "rows to list, 0 for all (default 50 as text, all as json)")
	cmd.Flags().Lookup("limit").DefValue = "0" // pflag leaves zeros unsaid
	show := &cobra.Command{
		Use:   "show ID",
		Short: "Show one invocation with its request, response and log",
		Args:  arguments("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withIDs(cmd, args, func(ctx context.Context, session *Session, s settings.Settings, ids []int64) error {
				entry, err := find(ctx, session.Store, ids[0])
				if err != nil {
					return err
				}
				a.show(entry, replayed(ctx, session.Store, entry), s.Output)
				return nil
			})
		},
	}
	remove := &cobra.Command{
		Use:   "delete ID...",
		Short: "Delete invocations from history",
		Args:  arguments("ID..."),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withIDs(cmd, args, a.delete)
		},
	}
	for _, c := range []*cobra.Command{show, remove} {
		share(c, ofHistory...)
		cmd.AddCommand(c)
	}
	cmd.AddCommand(a.historyLogCommand())
	cmd.AddCommand(a.archiveCommands()...)
	return cmd
}

// withIDs reads history ids and opens the store.
func (a *app) withIDs(cmd *cobra.Command, args []string, do func(context.Context, *Session, settings.Settings, []int64) error) error {
	ids := make([]int64, len(args))
	for i, arg := range args {
		id, err := strconv.ParseInt(strings.TrimPrefix(arg, "#"), 10, 64)
		if err != nil || id < 1 {
			return usage(fmt.Errorf("%q is no history id: it is a number, and lambent history lists them", arg))
		}
		ids[i] = id
	}
	return a.with(cmd, NeedHistory, func(ctx context.Context, session *Session, s settings.Settings) error {
		return do(ctx, session, s, ids)
	})
}

func readQuery(args []string) (history.Query, error) {
	text := strings.Join(args, " ")
	query, err := history.ParseQuery(text)
	var bad *history.QueryError
	if errors.As(err, &bad) {
		return query, fmt.Errorf("query %q, at character %d: %s", text, bad.Offset+1, bad.Text)
	}
	return query, err
}

// find reads a record; that there is none is "not found".
func find(ctx context.Context, store *history.Store, id int64) (history.Entry, error) {
	entry, err := store.Entry(ctx, id)
	if errors.Is(err, history.ErrNotFound) {
		return entry, notFound(fmt.Errorf("history has no invocation %d: lambent history lists them", id))
	}
	return entry, err
}

// each hands out the matching rows, newest first, until do wants no more.
func each(ctx context.Context, store *history.Store, query history.Query, do func(history.Summary) (more bool)) error {
	for before := int64(0); ; {
		page, err := store.List(ctx, query, before, pageSize)
		if err != nil {
			return err
		}
		for _, row := range page {
			if !do(row) {
				return nil
			}
			before = row.ID
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

func (a *app) history(ctx context.Context, store *history.Store, query history.Query, output settings.Output, limit int) error {
	if limit < 0 && output == settings.Text {
		limit = listedAsText
	}
	var rows []history.Summary
	listed, more := 0, false
	err := each(ctx, store, query, func(row history.Summary) bool {
		if limit > 0 && listed == limit {
			more = true
			return false
		}
		listed++
		if output == settings.JSON {
			a.out.jsonLine(summaryObject(row))
		} else {
			rows = append(rows, row)
		}
		return a.out.failure == nil
	})
	if err != nil {
		return err
	}
	similar := false
	if output == settings.Text && listed == 0 { // a script gets what it asked for, and nothing else
		if rows, err = store.Similar(ctx, query, nil, limitOf(limit)); err != nil {
			return err
		}
		similar = len(rows) > 0
	}
	a.summaries(rows)
	switch {
	case similar:
		a.err.line(a.err.paint(themes.Muted, "Nothing in history has just that; these are similar."))
	case more:
		a.err.line(a.err.paint(themes.Muted, "There are more: --limit 0 lists all."))
	case listed == 0 && output == settings.Text:
		a.err.line(a.err.paint(themes.Muted, "Nothing in history."))
	}
	return nil
}

// limitOf is a limit as a number of rows.
func limitOf(limit int) int {
	if limit <= 0 {
		return math.MaxInt32
	}
	return limit
}

// summaries are the rows of the list; each ends with the places that were searched
// for, or with the beginning of the payload.
func (a *app) summaries(list []history.Summary) {
	if len(list) == 0 {
		return
	}
	header, ending := []string{">ID", "STARTED", "TARGET", "FUNCTION", "OUTCOME", ">TIME", "PAYLOAD"}, "PAYLOAD"
	var rows [][]string
	for _, row := range list {
		rows = append(rows, summaryRow(row))
		if len(row.Matches) > 0 {
			ending = "MATCH"
		}
	}
	header[len(header)-1] = ending
	a.out.tableEnding(header, rows, func(i int) string { return a.matches(list[i]) })
}

func summaryRow(row history.Summary) []string {
	function := row.Function
	if row.Qualifier != "" {
		function += ":" + row.Qualifier
	}
	if row.Source != "" {
		function += " ↻"
	}
	took := ""
	if row.Duration > 0 {
		took = milliseconds(row.Duration)
	}
	return []string{
		strconv.FormatInt(row.ID, 10), row.StartedAt.Local().Format("2006-01-02 15:04:05"),
		place(row.Target), function, rowOutcome(row) + rowMarks(row), took,
	}
}

// matches are the places in a run that were searched for, each with the part that it
// is in. Those in the function's name are in another column already.
func (a *app) matches(row history.Summary) string {
	var out []string
	last := ""
	for _, m := range row.Matches {
		if text := string(m.Field) + string(m.Text); m.Field != history.FieldFunction && m.Field != history.FieldQualifier && text != last {
			last = text
			out = append(out, a.out.paint(themes.Muted, string(m.Field)+": ")+a.match(m))
		}
	}
	if out == nil {
		return safetext.FromString(row.Head).Cut(headWidth).String()
	}
	return strings.Join(out, " · ")
}

// match is a match with its word marked, at most headWidth cells.
func (a *app) match(m history.Match) string {
	pieces := m.Pieces
	if pieces == nil {
		pieces = [][2]int{{m.Start, m.End}}
	}
	var b strings.Builder
	from, left := 0, headWidth
	add := func(to int, marked bool) {
		line := safetext.FromBytes(m.Text[from:to]).Cut(left)
		from, left = to, left-line.Width()
		if marked {
			b.WriteString(a.out.paint(themes.Match, line.String()))
		} else {
			b.WriteString(line.String())
		}
	}
	for _, p := range pieces {
		add(p[0], false)
		add(p[1], true)
	}
	add(len(m.Text), false)
	return b.String()
}

// place is a target in a word, as the workbench's badge has it.
func place(t invoke.TargetInfo) string {
	parts := []string{string(t.Kind)}
	for _, part := range []string{t.ProjectName, t.Profile} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if t.Kind == invoke.AWS && t.Region != "" {
		parts = append(parts, t.Region)
	}
	return strings.Join(parts, " · ")
}

// rowOutcome is how a run ended, or where it stands.
func rowOutcome(row history.Summary) string {
	switch row.State {
	case history.StateMayHaveRun:
		return "? may have run"
	case history.StateRunning:
		return "⠹ running"
	case history.StateQueued:
		return "✓ 202 queued"
	case history.StateDead:
		return "✗ dead letter " + row.FailureName
	}
	switch {
	case row.FunctionError != "" || row.FailureKind == invoke.FunctionFailure:
		return strings.TrimSpace("✗ " + row.FailureName)
	case row.FailureName != "":
		return "! " + row.FailureName
	}
	return "✓ " + strconv.Itoa(row.StatusCode)
}

// rowMarks say what is unusual about a run: who called, and that it was made to fail.
func rowMarks(row history.Summary) string {
	marks := ""
	if row.Injected {
		marks += " · injected"
	}
	if row.Door == invoke.DoorEndpoint {
		marks += " · serve"
	}
	return marks
}

func summaryObject(row history.Summary) []byte {
	var o object
	o.number("id", row.ID)
	o.text("uid", row.UID)
	o.instant("startedAt", row.StartedAt)
	o.text("target", string(row.Target.Kind))
	o.text("functionName", row.Function)
	o.text("qualifier", row.Qualifier)
	o.text("invocationType", string(row.Type))
	o.number("statusCode", int64(row.StatusCode))
	o.text("executedVersion", row.ExecutedVersion)
	if row.Source != "" {
		o.raw("replayOf", originObject(&history.Entry{UID: row.Source}))
	}
	if row.Duration > 0 {
		o.milliseconds("durationMs", row.Duration)
	}
	if row.FailureName != "" {
		var failure object
		failure.text("name", row.FailureName)
		o.raw("failure", failure.bytes())
	}
	o.text("door", string(row.Door))
	if row.Injected {
		o.raw("injected", []byte("true"))
	}
	return o.bytes()
}

// recorded is what history holds of an invocation, as an outcome.
func recorded(e history.Entry) outcome {
	v := outcome{
		id: e.ID, target: e.Target.Kind, qualifier: e.Qualifier, kind: e.Request.Type,
		result: e.Result, failure: e.Failure, log: e.Result.Log,
	}
	if v.log == nil && e.Result.LogTail != nil {
		v.log = invoke.TailText(e.Result.LogTail)
	}
	if v.kind == "" {
		v.kind = invoke.RequestResponse
	}
	if v.result.FunctionName == "" {
		v.result.FunctionName = e.Function
	}
	if v.result.StartedAt.IsZero() {
		v.result.StartedAt = e.StartedAt
	}
	return v
}

// replayed is the record that e repeats. It is nil where e repeats none; only its UID is
// known where it was deleted, or was never kept here.
func replayed(ctx context.Context, store *history.Store, e history.Entry) *history.Entry {
	if e.Source == "" {
		return nil
	}
	source, err := store.EntryByUID(ctx, e.Source)
	if err != nil {
		return &history.Entry{UID: e.Source}
	}
	return &source
}

// originObject is what a replay repeats.
func originObject(source *history.Entry) []byte {
	var o object
	o.number("id", source.ID)
	o.text("uid", source.UID)
	if source.ID != 0 { // else nothing is known of it
		o.place(source.Target)
		o.text("qualifier", source.Qualifier)
	}
	return o.bytes()
}

// originLine says what a replay repeats.
func originLine(source *history.Entry) string {
	if source.ID == 0 {
		return "Replay of a run that history does not hold."
	}
	text := fmt.Sprintf("Replay of #%d on %s", source.ID, place(source.Target))
	if source.Qualifier != "" {
		text += ", " + source.Qualifier
	}
	return text
}

func (a *app) show(e history.Entry, source *history.Entry, output settings.Output) {
	v := recorded(e)
	if output == settings.JSON {
		var o object
		o.members(v, func() {
			o.payload("requestPayload", e.Request.Payload)
			o.payload("responsePayload", e.Result.Payload)
		})
		o.placeBeside(e.Target)
		if source != nil {
			o.raw("replayOf", originObject(source))
		}
		o.attempts(e.Attempts)
		for _, p := range e.Request.Parameters() {
			if p.JSON {
				o.payload(p.Member, p.Value)
			} else {
				o.text(p.Member, string(p.Value))
			}
		}
		o.text("door", string(e.Request.Door))
		if e.Result.Injected() {
			o.raw("injected", []byte("true"))
		}
		o.deliveries(e.Deliveries)
		a.out.jsonLine(o.bytes())
		return
	}
	function := e.Function
	if e.Qualifier != "" {
		function += ":" + e.Qualifier
	}
	a.out.line(safe(fmt.Sprintf("#%d  %s  %s  %s  %s%s", e.ID, function, v.kind, place(e.Target), e.StartedAt.Local().Format("2006-01-02 15:04:05.000"),
		rowMarks(history.Summary{Door: e.Request.Door, Injected: e.Result.Injected()}))))
	if source != nil {
		a.out.line(safe(originLine(source)))
	}
	switch e.State {
	case history.StateMayHaveRun, history.StateRunning, history.StateQueued:
		a.out.line(rowOutcome(history.Summary{State: e.State}))
	case history.StateDead:
		a.out.settled(v)
	default:
		a.out.summary(v)
	}
	a.out.attempts(e.Attempts)
	for _, p := range e.Request.Parameters() {
		a.out.part(p.Label, p.Value)
	}
	a.out.part("Request", e.Request.Payload)
	a.out.part("Response", e.Result.Payload)
	a.out.logs(v.log, e.Attempts)
	a.out.deliveries(e.Deliveries)
}

func (a *app) delete(ctx context.Context, session *Session, _ settings.Settings, ids []int64) error {
	// Each is looked up first: a mistyped id must not pass for a deleted one.
	for _, id := range ids {
		if _, err := find(ctx, session.Store, id); err != nil {
			return err
		}
	}
	if err := session.Store.Delete(ctx, ids...); err != nil {
		return err
	}
	a.err.line("deleted ", plural(len(ids), "invocation"))
	return nil
}

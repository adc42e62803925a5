package ui

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/edit"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A sheet is text to read in rows of spans: an error explained, a report.
type sheet [][]frame.Span

// rows are h rows of w cells from row top on.
func (t sheet) rows(_ *styles, w, top, h int) []string {
	var rows []string
	for i := top; i < len(t) && len(rows) < h; i++ {
		rows = append(rows, frame.Spans(w, t[i]...))
	}
	return frame.Fit(rows, w, h)
}

// A sheetWriter puts a sheet together in rows of w cells.
type sheetWriter struct {
	s     *styles
	w     int
	lines sheet
}

func (t *sheetWriter) add(spans ...frame.Span) { t.lines = append(t.lines, spans) }

// blank adds an empty row, unless there is one already or nothing before it.
func (t *sheetWriter) blank() {
	if n := len(t.lines); n > 0 && t.lines[n-1] != nil {
		t.add()
	}
}

// maxSheetText bounds a text on a sheet; more is in the body and in history.
const maxSheetText = 16 << 10

// text adds a foreign text, line by line, broken between words.
func (t *sheetWriter) text(look frame.Style, text string) {
	if len(text) > maxSheetText {
		text = strings.ToValidUTF8(text[:maxSheetText], "") + "…"
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		for _, l := range breakWords(safetext.FromString(line), t.w) {
			t.add(frame.Span{Style: look, Text: l})
		}
	}
}

// labelWidth is the column of labels on a sheet.
const labelWidth = 9

// labelled adds a text with a word before its first line.
func (t *sheetWriter) labelled(label safetext.Line, look frame.Style, text string) {
	if text == "" {
		return
	}
	width := max(labelWidth, label.Width()+2)
	lead := safetext.Concat(label, safetext.Spaces(width-label.Width()))
	for _, l := range breakWords(safetext.FromString(text), max(t.w-width, 8)) {
		t.add(frame.Span{Style: t.s.subtle, Text: lead}, frame.Span{Style: look, Text: l})
		lead = safetext.Spaces(width)
	}
}

var (
	labelTry     = safetext.Trusted("Try")
	labelRun     = safetext.Trusted("Run")
	labelWhy     = safetext.Trusted("Why")
	labelRequest = safetext.Trusted("Request")
	labelNear    = safetext.Trusted("Near")
	labelFault   = safetext.Trusted("Fault")
	labelNote    = safetext.Trusted("Note")
)

// errorSheet explains a failure: what happened, whether the function ran, what to do.
func errorSheet(a *App, o *outcome, w int, expand bool) sheet {
	f := o.failure
	t := &sheetWriter{s: a.styles, w: w}
	if f == nil {
		return nil
	}
	if !o.refused || o.state == history.StateDead { // another refusal's name is in the status already
		t.text(t.s.err+t.s.strong, f.Name)
	}
	if f.Message != "" {
		t.text(t.s.text, f.Message)
	}
	for _, fault := range o.result.InjectedFaults() {
		t.labelled(labelFault, t.s.warning, fault)
	}
	t.blank()
	t.trace(f.Trace, expand)
	t.text(t.s.strong, ranText(o))
	t.labelled(labelNear, t.s.accent, strings.Join(f.Suggestions, ", "))
	t.remedy(remedy(o), f.Command)
	t.labelled(labelWhy, t.s.subtle, f.Cause)
	var request []string
	if o.result.RequestID != "" {
		request = append(request, o.result.RequestID)
	}
	if o.answered() {
		request = append(request, "HTTP "+strconv.Itoa(o.result.StatusCode))
	}
	if o.refused {
		request = append(request, "one try")
	}
	t.labelled(labelRequest, t.s.subtle, strings.Join(request, " · "))
	if f.Retry != "" {
		t.labelled(labelNote, t.s.muted, f.Retry)
	}
	t.blank()
	t.add(errorKeys(a, f)...)
	return t.lines
}

// remedy says what to do: a command for a shell has a row of its own, which is copied.
func (t *sheetWriter) remedy(text, command string) {
	if command == "" || !strings.Contains(text, command) {
		t.labelled(labelTry, t.s.text, text)
	}
	t.labelled(labelRun, t.s.accent, command)
}

// ranText says whether the function ran.
func ranText(o *outcome) string {
	switch o.failure.Ran {
	case invoke.RanNo:
		return "Your function did not run. The payload is kept."
	case invoke.RanUnknown:
		if o.failure.Name == invoke.UnreadableAnswer {
			return "Your function may have run. lambent never sends by itself."
		}
		return "Your function may have run: nothing came back. lambent never sends by itself."
	}
	if o.verdict() != verdictCancelled {
		return "Your function ran, or began to."
	}
	text := "Your function was running when you cancelled."
	if o.failure.Name == invoke.WaitLimitReached {
		text = "Your function was running when the wait limit came."
	}
	if o.target.Kind == invoke.Local {
		text += " Its processes were ended."
	}
	return text
}

// remedy is what to do. A run that was given up here has left nothing running.
func remedy(o *outcome) string {
	if o.verdict() != verdictCancelled || o.target.Kind != invoke.Local {
		return o.failure.Remedy
	}
	if o.failure.Name == invoke.WaitLimitReached {
		return "Set the wait limit above the function's timeout, or leave it out."
	}
	return "The next invocation starts in a fresh environment."
}

// errorKeys are the keys that help here.
func errorKeys(a *App, f *invoke.Failure) []frame.Span {
	s := a.styles
	spans := []frame.Span{span(s.key, "r"), span(s.muted, " replay  "), span(s.key, "y"), span(s.muted, " copy")}
	if f.Command != "" {
		spans = append(spans, span(s.muted, " the command  "), span(s.key, "Y"), span(s.muted, " copy all"))
	}
	if slices.ContainsFunc(f.Trace, func(f invoke.Frame) bool { return !f.Own }) {
		spans = append(spans, span(s.muted, "  "), span(s.key, "enter"), span(s.muted, " other frames"))
	}
	return spans
}

// trace adds the function's own frames, and says how many others there are.
func (t *sheetWriter) trace(trace []invoke.Frame, expand bool) {
	if len(trace) == 0 {
		return
	}
	width := 8
	for _, f := range trace {
		if f.Own || expand {
			width = min(max(width, safetext.FromString(f.Function).Width()), 24)
		}
	}
	others := 0
	for _, f := range trace {
		if !f.Own && !expand {
			others++
			continue
		}
		look := t.s.text
		if !f.Own {
			look = t.s.muted
		}
		t.frame(f, look, width)
	}
	if others > 0 {
		t.add(span(t.s.muted, "  + "+count(others, "frame", "frames")+" of runtime and libraries"))
	}
	t.blank()
}

// frame adds one frame: function and place.
func (t *sheetWriter) frame(f invoke.Frame, look frame.Style, width int) {
	if f.File == "" {
		t.add(span("", "  "), frame.Span{Style: look, Text: safetext.FromString(strings.TrimSpace(f.Text)).Cut(max(t.w-2, 1))})
		return
	}
	where := f.File
	if f.Line > 0 {
		where += ":" + strconv.Itoa(f.Line)
	}
	if f.Column > 0 {
		where += ":" + strconv.Itoa(f.Column)
	}
	name := safetext.FromString(f.Function).Cut(width)
	t.add(span("", "  "), frame.Span{Style: look, Text: name}, frame.Span{Text: safetext.Spaces(width - name.Width() + 2)},
		frame.Span{Style: t.s.subtle, Text: safetext.FromString(where).CutLeft(max(t.w-width-4, 8))})
}

// reportSheet says everything that is known about a run.
func reportSheet(a *App, o *outcome, w int) sheet {
	t := &sheetWriter{s: a.styles, w: w}
	row := func(label, text string) {
		if text != "" {
			l := safetext.FromString(label)
			value := safetext.FromString(text)
			lead := safetext.Concat(l, safetext.Spaces(18-l.Width()))
			for _, piece := range breakWords(value, max(w-18, 8)) {
				t.add(frame.Span{Style: t.s.subtle, Text: lead}, frame.Span{Style: t.s.text, Text: piece})
				lead = safetext.Spaces(18)
			}
		}
	}
	if r := o.result.Report; r != nil {
		row("Duration", duration(r.Duration))
		row("Billed", ifSet(r.BilledDuration > 0, duration(r.BilledDuration)))
		row("Init", ifSet(r.InitDuration > 0, duration(r.InitDuration)))
		row("Restore", ifSet(r.RestoreDuration > 0, duration(r.RestoreDuration)))
		row("Memory", memory(o))
		row("Status", strings.TrimSpace(r.Status+" "+r.ErrorType))
	}
	row("Round trip", duration(max(o.result.Duration, 0)))
	for _, n := range o.result.Notes {
		row("Note", n)
	}
	t.blank()
	row("Function", o.result.FunctionARN)
	if o.result.FunctionARN == "" {
		row("Function", o.function)
	}
	_, qualifier := functionOf(o.request)
	row("Qualifier", qualifier)
	row("Version", o.result.ExecutedVersion)
	row("Type", string(o.request.Type))
	for _, p := range o.request.Parameters() {
		row(p.Label, string(p.Value))
	}
	row("Called", callers[o.request.Door])
	row("Request id", o.result.RequestID)
	row("Trace id", o.result.TraceID)
	row("Started", o.at.In(a.now.Location()).Format("2006-01-02 15:04:05.000"))
	row("History", ifSet(o.result.HistoryID > 0, "#"+strconv.FormatInt(o.result.HistoryID, 10)))
	row("State", o.state)
	row("Given up", o.condition)
	row("Attempts", ifSet(len(o.attempts) > 0, strconv.Itoa(len(o.attempts))))
	row("Replay of", ifSet(o.replayed, cmp.Or(o.source, "an earlier run")))
	t.blank()
	row("Payload", size(int64(len(o.request.Payload))))
	row("Response", size(int64(len(o.result.Payload)))+ifSet(o.request.Stream, ", streamed"))
	return t.lines
}

// callers say by which door a call came in that the workbench did not make.
var callers = map[invoke.Door]string{
	invoke.DoorCommand: "from the command line", invoke.DoorEndpoint: "through lambent serve",
}

// memory says how much was used. On this machine that is sampled, or not known at
// all: for runs that ended before a sample, and on systems that do not tell.
func memory(o *outcome) string {
	r := o.result.Report
	figure := strconv.Itoa(r.MaxMemoryUsedMB) + " of " + strconv.Itoa(r.MemorySizeMB) + " MB"
	switch {
	case r.MemorySizeMB == 0:
		return ""
	case o.target.Kind != invoke.Local:
		return figure
	case r.MaxMemoryUsedMB == 0:
		return "not measured, of " + strconv.Itoa(r.MemorySizeMB) + " MB"
	}
	return figure + ", sampled"
}

func ifSet(ok bool, text string) string {
	if !ok {
		return ""
	}
	return text
}

// refusalSheet says why the payload was not sent, and how it is sent all the same.
func refusalSheet(a *App, v *edit.Verdict, w int) sheet {
	t := &sheetWriter{s: a.styles, w: w}
	t.text(t.s.text, faultText(*v))
	t.blank()
	t.text(t.s.text, "Nothing was sent. The payload is kept.")
	key := a.table.byID["invoke"].keyFor(a.enhanced, true)
	t.labelled(labelTry, t.s.text, "mend the payload, or "+key+" once more: it is sent as it is, which is how one sees what Lambda answers")
	return t.lines
}

// head are the rows that begin every result: what came of it, then what ran.
// They are one row where both fit.
func (o *outcome) head(s *styles, w int) []string {
	v := o.verdict()
	first := o.remarks(s, v)
	if v != verdictCancelled { // the remark says how long it took
		first = append(first, o.figures(s)...)
	}
	second := o.origin(s)
	word := []frame.Span{{Style: v.look(s) + s.strong, Text: verdictWords[v]}}
	if all := append(append([][]frame.Span{}, first...), second...); verdictWords[v].Width()+2+partsIn(all) <= w {
		return headRows(w, word, all, s)
	}
	return append(headRows(w, word, first, s), flow(w, span(s.muted, " · "), second...)...)
}

// headRows are a word and its parts, from the word's row on. A word that has
// room for no part stands alone.
func headRows(w int, word []frame.Span, parts [][]frame.Span, s *styles) []string {
	dot := span(s.muted, " · ")
	r := frame.NewRow(w)
	r.AddSpans(word...)
	n := 0
	for ; n < len(parts); n++ {
		gap := frame.Span{Text: safetext.Spaces(2)}
		if n > 0 {
			gap = dot
		}
		if gap.Text.Width()+frame.Width(parts[n]) > r.Left() {
			break
		}
		r.AddSpans(gap)
		r.AddSpans(parts[n]...)
	}
	return append([]string{r.String()}, flow(w, dot, parts[n:]...)...)
}

// partsIn is the width of parts in one row.
func partsIn(parts [][]frame.Span) int {
	n := 0
	for i, p := range parts {
		if i > 0 {
			n += 3
		}
		n += frame.Width(p)
	}
	return n
}

// remarks are what a verdict needs said beside it.
func (o *outcome) remarks(s *styles, v verdict) [][]frame.Span {
	var parts [][]frame.Span
	add := func(text string) {
		if text != "" {
			parts = append(parts, []frame.Span{span(s.text, text)})
		}
	}
	switch v {
	case verdictFunctionError:
		add(o.result.FunctionError)
	case verdictRefused, verdictLocal:
		add(o.failure.Name)
	case verdictUnreachable:
		add(o.target.Endpoint)
	case verdictCancelled:
		after := "after " + elapsed(o.elapsed)
		if o.failure.Name == invoke.WaitLimitReached {
			after += ": the wait limit"
		}
		add(after)
		if o.target.Kind == invoke.AWS {
			add("it may still finish in AWS")
		}
	case verdictLost, verdictUnreadable:
		if o.failure.Ran == invoke.RanUnknown {
			add("it may have run")
		}
	case verdictMayHaveRun:
		add("lambent ended before the answer came")
	case verdictDead:
		add(o.condition)
	}
	return parts
}

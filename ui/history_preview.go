package ui

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"lambent/history"
	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A preview is what the search shows of the run under the cursor: request, result,
// and what differs from the run of the same function before it.
type preview struct {
	run      int64
	words    []string // of the query, marked in the texts
	request  excerpted
	result   excerpted
	title    string // of what result is
	failure  string // in a line
	verdict  verdict
	took     string
	compared *comparedRuns // nil where note says why
	note     string
}

// An excerpted is the part of a body that a preview shows.
type excerpted struct {
	text []byte
	from int // offset of text in the body
	size int // of the body
}

// maxPreview bounds the bytes of a body that a preview shows.
const maxPreview = 8 << 10

// A previewing reads previews, one at a time: a cursor that moves on while one is
// read leaves no queue behind.
type previewing struct {
	preview
	wanted  int64 // the run under the cursor, 0 for none
	stale   bool  // what was read is of another query
	reading bool
}

// previewCame brings what the run under the cursor is like.
type previewCame struct {
	search *historySearch
	read   preview
	err    error
}

// look reads the run under the cursor, for the preview.
func (h *historySearch) look(a *App) tea.Cmd {
	p := &h.preview
	r := h.under()
	if r == nil || h.previewHeight(a) == 0 {
		p.wanted = 0
		return nil
	}
	p.wanted = r.ID
	if p.reading || p.run == r.ID && !p.stale {
		return nil
	}
	p.reading, p.stale = true, false
	store, ctx, id, words := a.store(), a.ctx, r.ID, h.asking.Words()
	return func() tea.Msg {
		read, err := readPreview(ctx, store, id, words)
		return previewCame{h, read, err}
	}
}

func (m previewCame) apply(a *App) tea.Cmd {
	p := &m.search.preview
	p.reading = false
	p.preview = m.read
	if m.err != nil {
		p.note = m.err.Error()
	}
	return m.search.look(a) // the cursor, or the query, may have moved on since
}

// readPreview reads a run and the one before it, and compares them. It takes as long
// as the bodies are large, so it runs outside the event loop.
func readPreview(ctx context.Context, store *history.Store, id int64, words []string) (preview, error) {
	p := preview{run: id, words: words}
	e, err := store.Entry(ctx, id)
	if err != nil {
		return p, err
	}
	p.request, p.result, p.title = excerptOf(e.Request.Payload, words), excerptOf(e.Result.Payload, words), "Result"
	// A word that only the log has is shown there.
	if log := logOf(e.Result); firstOf(log, words) >= 0 && firstOf(e.Request.Payload, words) < 0 && firstOf(e.Result.Payload, words) < 0 {
		p.result, p.title = excerptOf(log, words), "Log"
	}
	o := outcomeOf(e)
	p.verdict = o.verdict()
	if e.Result.Duration > 0 {
		p.took = duration(invoke.MeasuresOf(e.Result).Duration)
	}
	if f := e.Failure; f != nil {
		p.failure = f.Name + ": " + head([]byte(f.Message))
	}
	first, err := before(ctx, store, e)
	if errors.Is(err, errNoEarlierRun) {
		p.note = "the first run of this function"
		return p, nil
	}
	if err != nil {
		return p, err
	}
	earlier, err := store.Entry(ctx, first)
	if err != nil {
		return p, err
	}
	if p.compared, err = readComparison(ctx, store, earlier, e, false); err == nil {
		p.compared.this, p.compared.that = history.Entry{ID: earlier.ID}, history.Entry{ID: e.ID} // their bodies may be large
	}
	return p, err
}

// firstOf is where the first of some words is in a body, -1 for nowhere.
func firstOf(body []byte, words []string) int {
	first := -1
	for _, w := range words {
		if at, _, ok := safetext.NewFinder(w).Next(body, 0); ok && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// beforePlace is how many bytes stand before the first word of an excerpt, at most.
const beforePlace = 60

// excerptOf is the beginning of a body, or what is around the first of some words.
func excerptOf(body []byte, words []string) excerpted {
	from := 0
	if at := firstOf(body, words); at > maxPreview/4 {
		from = safetext.Boundary(body, at-beforePlace)
	}
	return excerpted{text: bytes.Clone(body[from:min(len(body), from+maxPreview)]), from: from, size: len(body)}
}

// heading says what an excerpt is of.
func (e excerpted) heading(s *styles, name string) []frame.Span {
	spans := []frame.Span{span(s.strong, name)}
	switch {
	case e.size == 0:
		return append(spans, span(s.muted, "  empty"))
	case e.from > 0:
		return append(spans, span(s.muted, "  "+size(int64(e.size))+", from byte "+thousands(e.from)))
	}
	return append(spans, span(s.muted, "  "+size(int64(e.size))))
}

// previewHeight is how many rows the preview takes, 0 where the card is too low.
func (h *historySearch) previewHeight(a *App) int {
	_, height := card{at: h.at(a)}.inside()
	if height < 14 {
		return 0
	}
	return height * 2 / 5
}

// wideParts is the width from which the three parts of a preview stand beside each other.
const wideParts = 96

// previewRows are the run under the cursor: request, result and difference.
func (h *historySearch) previewRows(a *App, w int) []string {
	n := h.previewHeight(a)
	if n == 0 {
		return nil
	}
	s, p := a.styles, &h.preview.preview
	rows := []string{frame.Rule(w, s.surface+s.border)}
	if p.run == 0 || p.run != h.preview.wanted {
		return rows
	}
	n--
	if w >= wideParts {
		each := (w - 4) / 3
		return append(rows, abreast(s, n, p.requestRows(s, each, n), p.resultRows(s, each, n), p.differenceRows(s, w-4-2*each, n))...)
	}
	each, top := (w-2)/2, n
	if n >= 6 {
		top = n / 2
	}
	rows = append(rows, abreast(s, top, p.requestRows(s, each, top), p.resultRows(s, w-2-each, top))...)
	if top < n {
		rows = append(rows, p.differenceRows(s, w, n-top)...)
	}
	return rows
}

// abreast puts columns of n rows next to each other.
func abreast(s *styles, n int, columns ...[]string) []string {
	gap := frame.Text(2, s.surface, safetext.Spaces(2))
	rows := make([]string, n)
	for i := range rows {
		for c, column := range columns {
			if c > 0 {
				rows[i] += gap
			}
			rows[i] += column[i]
		}
	}
	return rows
}

// A column collects rows of one width.
type column struct {
	s    *styles
	w, n int
	rows []string
}

func (c *column) full() bool { return len(c.rows) >= c.n }

func (c *column) add(spans ...frame.Span) {
	if c.full() {
		return
	}
	r := frame.NewRow(c.w)
	r.Base(c.s.surface)
	for _, sp := range spans {
		r.AddCut(sp.Style, sp.Text)
	}
	c.rows = append(c.rows, r.String())
}

// filled is the rows, and empty ones up to n.
func (c *column) filled() []string {
	for !c.full() {
		c.add()
	}
	return c.rows
}

// text adds an excerpt, its lines broken where the column ends, its words marked.
func (c *column) text(e excerpted, words []string) {
	for line := range bytes.SplitSeq(e.text, []byte("\n")) {
		if c.full() {
			return
		}
		shown := safetext.Show(bytes.TrimSuffix(line, []byte("\r")), 0)
		marks := marksOf(line, shown, words)
		for from := 0; from == 0 || from < shown.Width(); from += c.w {
			c.add(c.marked(shown.Line, marks, from, min(from+c.w, shown.Width()))...)
		}
	}
}

// marked are the cells of a line from one to another, with the marks in them.
func (c *column) marked(line safetext.Line, marks []cells, from, to int) []frame.Span {
	var spans []frame.Span
	for _, m := range marks {
		if m.to <= from || m.from >= to {
			continue
		}
		spans = append(spans, frame.Span{Style: c.s.text, Text: line.Slice(from, m.from)})
		spans = append(spans, frame.Span{Style: c.s.match, Text: line.Slice(max(from, m.from), min(to, m.to))})
		from = min(to, m.to)
	}
	return append(spans, frame.Span{Style: c.s.text, Text: line.Slice(from, to)})
}

// marksOf are the places of words in a line, in order and apart from each other.
func marksOf(line []byte, shown safetext.Shown, words []string) []cells {
	var all []cells
	for _, w := range words {
		found := search{finder: safetext.NewFinder(w)}
		all = append(all, found.marks(line, shown)...)
	}
	slices.SortFunc(all, func(a, b cells) int { return cmp.Or(a.from-b.from, b.to-a.to) })
	var apart []cells
	for _, m := range all {
		if n := len(apart); n > 0 && m.from < apart[n-1].to {
			apart[n-1].to = max(apart[n-1].to, m.to)
			continue
		}
		apart = append(apart, m)
	}
	return apart
}

func (p *preview) requestRows(s *styles, w, n int) []string {
	c := column{s: s, w: w, n: n}
	c.add(p.request.heading(s, "Request")...)
	c.text(p.request, p.words)
	return c.filled()
}

func (p *preview) resultRows(s *styles, w, n int) []string {
	c := column{s: s, w: w, n: n}
	spans := p.result.heading(s, p.title)
	if p.title == "Result" {
		spans = []frame.Span{spans[0], span(p.verdict.look(s), "  "+p.verdict.word()), span(s.muted, "  "+p.took), spans[1]}
	}
	c.add(spans...)
	if p.failure != "" {
		for _, line := range breakWords(safetext.FromString(p.failure), w) {
			c.add(frame.Span{Style: s.err, Text: line})
		}
	}
	c.text(p.result, p.words)
	return c.filled()
}

// differenceRows say what became different since the run before.
func (p *preview) differenceRows(s *styles, w, n int) []string {
	c := column{s: s, w: w, n: n}
	if p.compared == nil {
		c.add(span(s.strong, "Difference"))
		for _, line := range breakWords(safetext.FromString(p.note), w) {
			c.add(frame.Span{Style: s.muted, Text: line})
		}
		return c.filled()
	}
	d := p.compared
	since := span(s.strong, "Since #"+strconv.FormatInt(d.this.ID, 10))
	if d.differences == 0 {
		c.add(since, span(s.success, "  ✓ the same answer"))
	} else {
		c.add(since, span(s.warning, "  "+count(d.differences, "difference", "differences")))
	}
	if d.note != "" {
		c.add(span(s.muted, d.note))
	}
	for i := range d.rows {
		c.difference(&d.rows[i])
	}
	return c.filled()
}

// difference adds one: in a row where it fits, else the path and below it both values.
func (c *column) difference(d *comparedRow) {
	s := c.s
	if d.kind == rowLeftOut || c.full() {
		return
	}
	if d.kind == rowLog {
		if d.that == "" {
			c.add(frame.Span{Style: s.diffDel, Text: safetext.Trusted("− ")}, span(s.diffDel, d.this))
		} else {
			c.add(frame.Span{Style: s.diffAdd, Text: safetext.Trusted("+ ")}, span(s.diffAdd, d.that))
		}
		return
	}
	path, look := span(s.text, d.path), s.text
	old, now := safetext.FromString(d.this), safetext.FromString(d.that)
	if d.this == "" {
		old = nothingThere
	}
	if d.that == "" {
		now = nothingThere
	}
	if d.kind != rowDifference {
		look = s.muted
	}
	path.Style = look
	arrow := frame.Span{Style: s.muted, Text: safetext.Trusted(" → ")}
	if path.Text.Width()+2+old.Width()+3+now.Width() <= c.w {
		c.add(path, span("", "  "), frame.Span{Style: s.diffDel, Text: old}, arrow, frame.Span{Style: s.diffAdd, Text: now})
		return
	}
	c.add(frame.Span{Style: look, Text: path.Text.CutLeft(c.w)})
	each := max((c.w-5)/2, 1)
	c.add(span("", "  "), frame.Span{Style: s.diffDel, Text: old.Cut(each)}, arrow, frame.Span{Style: s.diffAdd, Text: now})
}

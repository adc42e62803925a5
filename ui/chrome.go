package ui

import (
	"strconv"
	"strings"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// box is the outline that every pane begins with.
func (a *App) box(p pane) frame.Box {
	s := a.styles
	b := frame.Box{Line: s.border, Pad: 1, ThumbStyle: s.subtle}
	title := s.subtle
	if a.focus == p && len(a.overlays) == 0 || a.lay.home(a.focus) == p && len(a.overlays) == 0 {
		b.Line, b.Heavy = s.borderFocus, s.heavy
		title = s.borderFocus + s.strong
	}
	b.Title = []frame.Span{span(title, p.String())}
	return b
}

// footText is a plain text on a pane's bottom edge.
func (a *App) footText(text string) []frame.Span {
	if text == "" {
		return nil
	}
	return []frame.Span{span(a.styles.muted, text)}
}

// A part is a piece of the header. The parts with the highest rank are left out
// first when there is no room.
type part struct {
	spans []frame.Span
	rank  int
}

// header is the first row: what will be invoked at the left, the target at the right.
func (a *App) header(w int) string {
	target := a.targetBadge(w)
	left := a.requestParts(w)
	room := w - 2 - frame.Width(target) - 2
	for partsWidth(left) > room && len(left) > 0 {
		drop := 0
		for i := range left {
			if left[i].rank >= left[drop].rank {
				drop = i
			}
		}
		if left[drop].rank == 0 {
			break
		}
		left = append(left[:drop:drop], left[drop+1:]...)
	}
	r := frame.NewRow(w)
	r.Pad("", 1)
	for i, p := range left {
		if i > 0 {
			r.Pad("", 2)
		}
		for _, s := range p.spans {
			r.Add(s.Style, s.Text.Cut(max(min(room+1-r.Used(), r.Left()), 0)))
		}
	}
	r.PadTo("", w-1-frame.Width(target))
	for _, s := range target {
		r.AddCut(s.Style, s.Text)
	}
	return r.String()
}

func partsWidth(parts []part) int {
	n := 0
	for i, p := range parts {
		if i > 0 {
			n += 2
		}
		n += frame.Width(p.spans)
	}
	return n
}

// requestParts are the header's left side.
func (a *App) requestParts(w int) []part {
	s := a.styles
	var parts []part
	add := func(rank int, spans ...frame.Span) { parts = append(parts, part{spans, rank}) }
	logo := span(s.accent+s.strong, "λ ")
	if w >= wideWidth {
		add(8, span(s.accent+s.strong, "λ lambent"))
		logo = frame.Span{}
	}
	f := a.chosenFunction()
	if f == nil {
		text := "no function"
		if a.functions.loading {
			text = "opening…"
		}
		add(0, logo, span(s.muted, text))
		return parts
	}
	add(0, logo, span(s.text+s.strong, f.Name))
	add(2, span(s.info, a.qualifierLabel()))
	if w >= wideWidth || a.request.typ != invoke.RequestResponse {
		look := s.subtle
		if a.request.typ != invoke.RequestResponse {
			look = s.warning
		}
		add(3, span(look, string(a.request.typ)))
	}
	if a.request.context != "" {
		add(4, span(s.warning, "●"), span(s.subtle, " ctx"))
	}
	if a.request.tenant != "" {
		add(4, span(s.warning, "●"), span(s.subtle, " tenant"))
	}
	if a.streamed() && a.request.typ == invoke.RequestResponse {
		add(4, span(s.info, "●"), span(s.subtle, " stream"))
	}
	parts = append(parts, a.surroundingParts(w)...)
	if w >= wideWidth && f.Runtime != "" {
		add(5, span(s.muted, f.Runtime))
	}
	if w >= roomyWidth {
		if f.MemorySizeMB > 0 {
			add(6, span(s.muted, strconv.Itoa(f.MemorySizeMB)+" MB"))
		}
		if f.Timeout > 0 {
			add(7, span(s.muted, "timeout "+limit(f.Timeout)))
		}
	}
	return parts
}

// targetBadge is the header's right side. It is the last thing to go.
func (a *App) targetBadge(w int) []frame.Span {
	s, t := a.styles, a.info()
	if a.switching != nil {
		t = a.switching.choice.Info
	}
	var words []string
	look := s.accent
	if t.Kind == invoke.AWS {
		look = s.warning
		words = []string{"aws", t.Profile, t.Region}
		if t.Endpoint != "" {
			words = append(words, onNarrow(w, t.Endpoint))
		}
	} else {
		words = []string{"local", t.ProjectName}
	}
	between := " · "
	if w < wideWidth {
		between = "·"
	}
	text := strings.Join(nonEmpty(words), between)
	room := w - 8
	if w < wideWidth { // the function keeps a part of the row
		room = w*2/3 - 3
	}
	spans := []frame.Span{{Style: look, Text: safetext.FromString(text).Cut(max(room, 1))}}
	switch {
	case a.switching != nil:
		spans = append(spans, span(s.muted, "  opening…"))
	case a.unlisted() != nil && a.unlisted().OfCredentials():
		spans = append(spans, span("", "  "), span(s.warning, "○"), span(s.subtle, onWide(w, " not signed in")))
	case a.openErr != nil || a.unlisted() != nil && a.unlisted().Status == 0 || a.result.unreachable():
		spans = append(spans, span("", "  "), span(s.warning, "○"), span(s.subtle, onWide(w, " offline")))
	case a.session != nil:
		spans = append(spans, span("", "  "), span(s.success, "●"), span(s.subtle, onWide(w, " online")))
	}
	return spans
}

// onNarrow is an endpoint without what nobody needs to be told in a narrow window.
func onNarrow(w int, endpoint string) string {
	if w >= wideWidth {
		return endpoint
	}
	_, host, found := strings.Cut(endpoint, "://")
	if !found {
		return endpoint
	}
	return host
}

func onWide(w int, text string) string {
	if w < wideWidth {
		return ""
	}
	return text
}

func nonEmpty(words []string) []string {
	var list []string
	for _, w := range words {
		if w != "" {
			list = append(list, w)
		}
	}
	return list
}

// footerHints are the ids of what the footer teaches in each pane, the most useful first.
func (a *App) footerHints() []string {
	if a.run != nil {
		return []string{"cancel", "focus.next", "palette", "zoom"}
	}
	switch {
	case len(a.overlays) > 0:
		return []string{"back"}
	case a.openField() != nil:
		return nil
	case a.focus == panePayload:
		return []string{"invoke", "focus.next", "palette", "history.search", "qualifier.pick", "editor.external"}
	case a.focus == paneFunctions:
		return []string{"open", "list.filter", "function.show", "invoke", "focus.next", "palette"}
	case a.focus == paneHistory:
		return []string{"open", "replay", "mark", "compare", "list.filter", "history.search", "palette"}
	case a.onLogs():
		return []string{"find", "wrap", "follow", "result.tab", "invoke", "palette"}
	}
	return []string{"replay", "result.tab", "find", "copy", "invoke", "palette"}
}

// maxHints is how many hints the footer shows beside help.
const maxHints = 5

// footer is the last row: hints at the left, what happened last at the right.
func (a *App) footer(w int) string {
	s := a.styles
	r := frame.NewRow(w)
	event, eventLook := safetext.FromString(a.event), s.muted
	switch {
	case a.jobUnder() && !a.jobShown():
		event, eventLook = safetext.Concat(a.spinner(), safetext.FromString(" "+a.job.words())), s.info
	case a.event == "" && a.history.off != "":
		event, eventLook = safetext.Trusted("history is off"), s.warning
	case w < wideWidth:
		event = safetext.Line{}
	}
	room := w - 1
	if n := event.Width(); n > 0 {
		room -= n + 2
	}
	help := a.hint("help")
	if len(a.overlays) > 0 {
		help = nil
	}
	r.Pad("", 1)
	shown := 0
	for _, id := range a.footerHints() {
		spans := a.hint(id)
		n := frame.Width(spans)
		if shown == maxHints || n == 0 {
			continue
		}
		if r.Used()+n+2+frame.Width(help) > room {
			break
		}
		r.AddSpans(spans...)
		r.Pad("", 2)
		shown++
	}
	if a.openField() != nil {
		does := " keep"
		if a.focus == paneFunctions {
			does = " choose"
		}
		r.AddSpans(span(s.key, "enter"), span(s.muted, does), span("", "  "), span(s.key, "esc"), span(s.muted, " clear"), span("", "  "))
	}
	if frame.Width(help) <= r.Left() {
		r.AddSpans(help...)
	}
	r.End(eventLook, safetext.Concat(event, safetext.Spaces(1)))
	return r.String()
}

// hint is a command's key and its word, nothing when it cannot run or has no
// key that works here.
func (a *App) hint(id string) []frame.Span {
	c := a.table.byID[id]
	if c.reason(a) != "" {
		return nil
	}
	key := c.keyFor(a.enhanced, a.inText())
	if key == "" {
		return nil
	}
	if c.variants != nil && len(c.keys) > 1 {
		key = c.keys[0] + " " + c.keys[1]
	}
	return []frame.Span{span(a.styles.key, key), span(a.styles.muted, " "+c.hint)}
}

package ui

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// A failureCard explains why something other than an invocation failed: what happened,
// what mends it, and why. A command that mends it can be copied from there.
type failureCard struct {
	title   string
	failure *invoke.Failure
	again   func(*App) tea.Cmd // does it once more; nil where that makes no sense
	top     int
}

// explained is an error as a failure. One that is none has its words only.
func explained(err error) *invoke.Failure {
	var f *invoke.Failure
	if errors.As(err, &f) {
		return f
	}
	return &invoke.Failure{Kind: invoke.ClientFailure, Message: err.Error(), Ran: invoke.RanNo, Err: err}
}

// newFailureCard makes a card of an error.
func newFailureCard(title string, err error, again func(*App) tea.Cmd) *failureCard {
	return &failureCard{title: title, failure: explained(err), again: again}
}

// failureSheet explains a failure in rows of w cells: its message, what to do, why.
func failureSheet(s *styles, w int, f *invoke.Failure) sheet {
	t := &sheetWriter{s: s, w: w}
	if f.Kind == invoke.ServiceFailure || f.Message == "" {
		t.text(s.text+s.strong, strings.Join(nonEmpty([]string{f.Name, ifSet(f.Status != 0, "HTTP "+strconv.Itoa(f.Status))}), " · "))
	}
	if f.Message != "" {
		t.text(s.text, f.Message)
	}
	t.blank()
	t.labelled(labelNear, s.accent, strings.Join(f.Suggestions, ", "))
	t.remedy(f.Remedy, f.Command)
	t.labelled(labelWhy, s.subtle, f.Cause)
	return t.lines
}

// cardWidth is how wide a card of text is: the length of a line that reads well.
const cardWidth = 84

// at is as high as what there is to say needs, which the window decides with its width.
func (c *failureCard) at(a *App) rect {
	w, _ := card{at: a.cardAt(cardWidth, 0)}.inside()
	return a.cardAt(cardWidth, len(failureSheet(a.styles, w, c.failure))+4)
}

func (c *failureCard) card(a *App) card {
	k := card{at: c.at(a), title: safetext.FromString(c.title), badge: "esc close"}
	w, h := k.inside()
	s := a.styles
	rows := failureSheet(s, w, c.failure)
	page := max(h-2, 0)
	top := min(c.top, max(len(rows)-page, 0))
	for i := range page {
		r := frame.NewRow(w)
		r.Base(s.surface)
		if top+i < len(rows) {
			r.AddSpans(rows[top+i]...)
		}
		k.body = append(k.body, r.String())
	}
	k.body = append(padTo(s, k.body, w, h-1), foot(s, w, strings.Join(c.hints(), "  "), ""))
	k.thumb = frame.Thumb{First: top, Seen: page, All: len(rows)}
	return k
}

// hints are what the keys of the card do.
func (c *failureCard) hints() []string {
	hints := []string{"y copy"}
	if c.failure.Command != "" {
		hints = []string{"y copy the command"}
	}
	if c.again != nil {
		hints = append(hints, "r try again")
	}
	return hints
}

func (c *failureCard) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	_, h := card{at: c.at(a)}.inside()
	key := keyName(k)
	switch {
	case key == "y", key == "Y":
		return true, a.copyFailure(c.failure, key == "Y")
	case key == "r" && c.again != nil:
		a.drop(c)
		return true, c.again(a)
	case key == "enter":
		return true, a.closeOverlay()
	case slices.Contains(a.table.byID["target.pick"].keys, key) && a.cannotPickTarget() == "":
		a.drop(c)
		return true, a.pickTarget()
	}
	l := list{top: c.top}
	w, _ := card{at: c.at(a)}.inside()
	l.moveTop(key, len(failureSheet(a.styles, w, c.failure)), h-2)
	used := l.top != c.top
	c.top = l.top
	return used, nil
}

// copyFailure copies the command that mends a failure, or all that is said of it.
func (a *App) copyFailure(f *invoke.Failure, all bool) tea.Cmd {
	if f.Command != "" && !all {
		return a.copyText([]byte(f.Command), "the command")
	}
	return a.copyText([]byte(failureSheet(a.styles, 200, f).plain()), "details")
}

func (c *failureCard) wheel(a *App, lines int) tea.Cmd {
	w, h := card{at: c.at(a)}.inside()
	c.top = min(max(c.top+lines, 0), max(len(failureSheet(a.styles, w, c.failure))-(h-2), 0))
	return nil
}

func (c *failureCard) insert(*App, string) tea.Cmd   { return nil }
func (c *failureCard) point(*App, int, bool) tea.Cmd { return nil }
func (c *failureCard) closed(*App)                   {}

// unlisted is why the functions of the target could not be read, nil when they were.
func (a *App) unlisted() *invoke.Failure {
	if a.functions.err == nil {
		return nil
	}
	return explained(a.functions.err)
}

// sayUnlisted tells that the functions could not be read: on a card where there are none
// and so nothing else that could be done, else in the pane of the result and a line.
func (a *App) sayUnlisted() {
	f := a.unlisted()
	a.overlays = slices.DeleteFunc(a.overlays, func(o overlay) bool { // what is said now takes its place
		c, ok := o.(*failureCard)
		return ok && c.title == a.unlistedTitle(f)
	})
	if len(a.functions.all) > 0 {
		a.warn(safetext.FromString("the functions are those that were listed before: " + f.Error()))
		return
	}
	a.push(newFailureCard(a.unlistedTitle(f), f, (*App).readFunctions))
}

func (a *App) unlistedTitle(f *invoke.Failure) string {
	where := (&TargetChoice{Info: a.info()}).name()
	switch {
	case f.OfCredentials():
		return "Not signed in to " + where
	case refusal(f.Kind, f.Name, f.Ran) == verdictUnreachable:
		return "Cannot reach " + where
	}
	return "The functions of " + where + " could not be read"
}

// unlistedRows explain in the pane of the result why there are no functions, or only old ones.
func (a *App) unlistedRows(w int) []string {
	f, s := a.unlisted(), a.styles
	t := &sheetWriter{s: s, w: w}
	t.text(s.warning+s.strong, "! "+a.unlistedTitle(f))
	t.blank()
	t.lines = append(t.lines, failureSheet(s, w, f)...)
	t.blank()
	keys := []frame.Span{span(s.key, "y"), span(s.muted, " copy")}
	if f.Command != "" {
		keys = []frame.Span{span(s.key, "y"), span(s.muted, " copy the command")}
	}
	t.add(append(keys, span(s.muted, "  "), span(s.key, a.table.byID["refresh"].keyFor(a.enhanced, true)), span(s.muted, " read the list again"))...)
	return t.lines.rows(s, w, 0, len(t.lines))
}

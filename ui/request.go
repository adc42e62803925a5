package ui

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// requestOptions are what a request has beside function and payload.
type requestOptions struct {
	qualifier  string            // "" for none
	byFunction map[string]string // the qualifier chosen for each function
	qualifiers []invoke.Qualifier
	known      string // the function whose qualifiers are known
	typ        invoke.InvocationType
	logType    invoke.LogType
	context    string // client context, a JSON object as typed; "" for none
	tenant     string
	response   responseMode
	urlModes   map[functionAt]string // of functions' URLs, as far as they were asked for
	wait       time.Duration         // how long to wait, 0 without limit
}

func defaultRequest() requestOptions {
	return requestOptions{typ: invoke.RequestResponse, logType: invoke.LogTail, byFunction: map[string]string{}}
}

// build is the request for a function and a payload; see App.ask.
func (o *requestOptions) build(function string, payload []byte) invoke.Request {
	req := invoke.Request{
		Function: function, Qualifier: o.qualifier, Payload: payload,
		Type: o.typ, LogType: o.logType, TenantID: o.tenant, Door: invoke.DoorWorkbench,
	}
	if o.context != "" {
		req.ClientContext = base64.StdEncoding.EncodeToString([]byte(o.context))
	}
	return req
}

// nextType goes on to the next invocation type.
func (a *App) nextType() tea.Cmd {
	i := slices.Index(invoke.InvocationTypes, a.request.typ)
	a.request.typ = invoke.InvocationTypes[(i+1)%len(invoke.InvocationTypes)]
	a.note("invocation type " + string(a.request.typ))
	return nil
}

// setQualifier chooses the qualifier for this function.
func (a *App) setQualifier(q invoke.Qualifier) tea.Cmd {
	a.request.qualifier = q.Name
	if q.Kind == invoke.KindLatest {
		a.request.qualifier = ""
	}
	a.request.byFunction[a.functions.chosen] = a.request.qualifier
	return tea.Batch(a.warm(), a.readURLMode())
}

// weights says where an alias points: "2", or "2 90% · 3 10%", the primary first.
func weights(q invoke.Qualifier) string {
	if len(q.Weights) < 2 {
		return q.Version
	}
	versions := make([]string, 0, len(q.Weights))
	for v := range q.Weights {
		versions = append(versions, v)
	}
	slices.SortFunc(versions, func(x, y string) int {
		switch {
		case x == q.Version:
			return -1
		case y == q.Version:
			return 1
		}
		return strings.Compare(x, y)
	})
	var parts []string
	for _, v := range versions {
		parts = append(parts, v+" "+percent(q.Weights[v]))
	}
	return strings.Join(parts, " · ")
}

// qualifierLabel is the qualifier with where it points: "live → 2".
func (a *App) qualifierLabel() string {
	name := qualifierName(a.request.qualifier)
	for _, q := range a.request.qualifiers {
		if q.Name == name && q.Kind == invoke.KindAlias && a.request.known == a.functions.chosen {
			return name + " → " + weights(q)
		}
	}
	return name
}

// parseWait reads how long to wait: "30s", "2m", a bare number is seconds, "" is no limit.
func parseWait(text string) (time.Duration, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, nil
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		text = strconv.FormatFloat(n, 'f', -1, 64) + "s"
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("a wait limit is a time such as 30s or 2m")
	}
	return d, nil
}

// A requestForm is the card in which request options are set.
type requestForm struct {
	options requestOptions
	row     int
	fields  [formRows]field
	wrong   string
	at      int // the row that is wrong
}

// The rows of the form.
const (
	rowLogType = iota
	rowContext
	rowTenant
	rowWait
	rowStream
	formRows
)

var formLabels = [formRows]safetext.Line{
	safetext.Trusted("Log type"), safetext.Trusted("Client context"), safetext.Trusted("Tenant id"), safetext.Trusted("Wait limit"), safetext.Trusted("Response"),
}

var formHints = [formRows]safetext.Line{
	safetext.Trusted("space changes it"), safetext.Trusted("a JSON object"), safetext.Trusted("empty for none"), safetext.Trusted("30s, 2m; empty: no limit"),
	safetext.Trusted("space changes it; by itself: streamed where its URL streams"),
}

func (a *App) openRequestOptions() tea.Cmd {
	f := &requestForm{options: a.request}
	f.fields[rowContext].set(a.request.context)
	f.fields[rowTenant].set(a.request.tenant)
	if a.request.wait > 0 {
		f.fields[rowWait].set(a.request.wait.String())
	}
	a.push(f)
	return nil
}

func (f *requestForm) press(a *App, k tea.KeyPressMsg) (bool, tea.Cmd) {
	key := k.Keystroke()
	switch key {
	case "up", "shift+tab":
		f.row = (f.row + formRows - 1) % formRows
		return true, nil
	case "down", "tab":
		f.row = (f.row + 1) % formRows
		return true, nil
	case "enter":
		return true, f.accept(a)
	}
	if isChoice(f.row) {
		switch key {
		case "space", "left", "right":
			f.turn(a)
			return true, nil
		}
		return k.Text != "", nil
	}
	return f.fields[f.row].press(k), nil
}

// isChoice says that a row is turned, not typed.
func isChoice(row int) bool { return row == rowLogType || row == rowStream }

// turn changes what the row says to the other thing it can say.
func (f *requestForm) turn(a *App) {
	switch {
	case f.row == rowLogType && f.options.logType == invoke.LogTail:
		f.options.logType = invoke.LogNone
	case f.row == rowLogType:
		f.options.logType = invoke.LogTail
	case !a.streams():
		f.at, f.wrong = rowStream, "this target gives the response whole"
	default:
		f.options.response = (f.options.response + 1) % responseModes
	}
}

// choiceText is what a row that is turned says.
func (f *requestForm) choiceText(a *App, row int) string {
	switch {
	case row == rowLogType:
		return string(f.options.logType)
	case f.options.response == responseStreamed:
		return "streamed"
	case f.options.response == responseWhole, !a.streams():
		return "whole"
	case a.urlMode() == urlStreams:
		return "by itself: streamed"
	}
	return "by itself: whole"
}

// accept takes the options over when all of them are right.
func (f *requestForm) accept(a *App) tea.Cmd {
	o := a.request
	o.logType, o.response = f.options.logType, f.options.response
	o.context = strings.TrimSpace(f.fields[rowContext].String())
	o.tenant = strings.TrimSpace(f.fields[rowTenant].String())
	if o.context != "" {
		encoded := base64.StdEncoding.EncodeToString([]byte(o.context))
		if _, failure := invoke.ClientContextJSON(encoded); failure != nil {
			f.row, f.at, f.wrong = rowContext, rowContext, failure.Message
			return nil
		}
	}
	wait, err := parseWait(f.fields[rowWait].String())
	if err != nil {
		f.row, f.at, f.wrong = rowWait, rowWait, err.Error()
		return nil
	}
	o.wait = wait
	a.request = o
	a.drop(f)
	return nil
}

func (f *requestForm) insert(_ *App, text string) tea.Cmd {
	if !isChoice(f.row) {
		f.fields[f.row].insert(text)
	}
	return nil
}

func (f *requestForm) card(a *App) card {
	c := card{at: a.cardAt(70, formRows+6), title: safetext.Trusted("Request options"), badge: "esc close"}
	w, h := c.inside()
	s := a.styles
	for i := range formRows {
		r := frame.NewRow(w)
		r.Base(s.surface)
		marker := safetext.Trusted("  ")
		if i == f.row {
			marker = safetext.Trusted("▌ ")
		}
		r.Add(s.accent, marker)
		r.AddIn(16, s.subtle, formLabels[i])
		room := r.Left()
		if isChoice(i) {
			r.AddCut(s.text, safetext.FromString(f.choiceText(a, i)))
		} else {
			x := f.fields[i].view(r, max(room-1, 0), s.text)
			if i == f.row {
				c.cursor = &place{x, i}
			}
		}
		c.body = append(c.body, r.String())
	}
	hint, look := formHints[f.row], s.muted
	if f.wrong != "" && f.row == f.at {
		hint, look = safetext.Concat(safetext.Trusted("! "), safetext.FromString(f.wrong)), s.err
	}
	c.body = append(c.body, frame.Text(w, s.surface, safetext.Spaces(w)))
	note := frame.NewRow(w)
	note.Base(s.surface)
	note.AddCut(look, hint)
	c.body = append(c.body, note.String())
	c.body = append(padTo(s, c.body, w, h-1), foot(s, w, "↑/↓ row  enter keep", ""))
	return c
}

func (f *requestForm) point(_ *App, row int, _ bool) tea.Cmd {
	if row >= 0 && row < formRows {
		f.row = row
	}
	return nil
}
func (f *requestForm) wheel(*App, int) tea.Cmd { return nil }
func (f *requestForm) closed(*App)             {}

package ui

import (
	"time"

	"lambent/ui/frame"
	"lambent/ui/safetext"
)

// maxToasts is how many toasts are shown at a time; older ones give way.
const maxToasts = 3

// A toast is a line that says what happened. A failure is never only a toast.
type toast struct {
	text  safetext.Line
	glyph safetext.Line
	until time.Time // zero: it stays until a key
	bad   bool
}

type toasts []toast

func (t *toasts) add(n toast) {
	*t = append(*t, n)
	if len(*t) > maxToasts {
		*t = (*t)[len(*t)-maxToasts:]
	}
}

// due is when the next toast goes by itself.
func (t toasts) due() time.Time {
	var due time.Time
	for _, n := range t {
		if !n.until.IsZero() && (due.IsZero() || n.until.Before(due)) {
			due = n.until
		}
	}
	return due
}

// expire takes away what has been shown long enough.
func (t *toasts) expire(now time.Time) {
	t.keep(func(n toast) bool { return n.until.IsZero() || now.Before(n.until) })
}

// seen takes away what stays until a key, because a key was pressed.
func (t *toasts) seen() {
	t.keep(func(n toast) bool { return !n.until.IsZero() })
}

func (t *toasts) keep(ok func(toast) bool) {
	var left toasts
	for _, n := range *t {
		if ok(n) {
			left = append(left, n)
		}
	}
	*t = left
}

// say shows a line for a while.
func (a *App) say(text safetext.Line) {
	a.toasts.add(toast{text: text, glyph: safetext.Trusted("✓"), until: a.now.Add(toastTime)})
}

// warn shows a line until a key is pressed.
func (a *App) warn(text safetext.Line) {
	a.toasts.add(toast{text: text, glyph: safetext.Trusted("!"), bad: true})
}

// paintToasts lays the toasts over the frame, at the right, above the footer.
func (a *App) paintToasts(rows []string) []string {
	s := a.styles
	for i, n := range a.toasts {
		w := min(n.text.Width()+4, a.width)
		y := a.height - 1 - len(a.toasts) + i
		if y < 0 || w < 6 {
			continue
		}
		look := s.success
		if n.bad {
			look = s.err
		}
		r := frame.NewRow(w)
		r.Base(s.surface + s.selection)
		r.Pad("", 1)
		r.Add(look, n.glyph)
		r.Pad("", 1)
		r.AddCut(s.text, n.text.Cut(w-4))
		rows = frame.Overlay(rows, []string{r.String()}, a.width-w, y)
	}
	return rows
}

package ui

import (
	tea "charm.land/bubbletea/v2"

	"lambent/ui/frame"
)

type body struct {
	text logText
	top  int
	w, h int
}

const bodyText = "text"

func (b *body) restyle(*styles)                     {}
func (b *body) load(_ *App, payload []byte) tea.Cmd { b.text.set(payload, 0); b.top = 0; return nil }
func (b *body) keep(w, h int, wrap bool)            { b.w, b.h = w, h }
func (b *body) view(a *App, w, h int) []string {
	l := logsPane{text: b.text, top: b.top, w: w, h: h}
	return l.view(a, w, h)
}
func (b *body) move(key string)            {}
func (b *body) fold(key string)            {}
func (b *body) click(row int, double bool) {}
func (b *body) scroll(lines int)           {}
func (b *body) where() string              { return "" }
func (b *body) thumb() frame.Thumb         { return frame.Thumb{} }
func (b *body) value() ([]byte, string)    { return b.text.data, "value" }
func (b *body) readable() []byte           { return b.text.data }
func (p *resultPane) seek(d direction)     {}

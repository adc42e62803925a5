package ui_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui"
	"lambent/ui/uitest"
)

// hostile is text that drives a terminal which is given it as it is: title,
// cursor report, alternate screen, C1 as UTF-8 and as bytes, bidi, a backspace, a tab.
const hostile = "\x1b]0;owned\x07\x1b[6n\x1b[?1049h\u009b6n\u009d0;x\x9c\xff\u202egnp\u200b\b\r\t\x7f\x00"

// harmless fails when a frame holds anything that a terminal obeys beside the
// styles that the workbench writes itself.
func harmless(t *testing.T, s *uitest.Shop, where string) {
	t.Helper()
	view := s.App.View()
	text := view.Content + view.WindowTitle
	if !utf8.ValidString(text) {
		t.Fatalf("%s: the frame is no UTF-8", where)
	}
	for i := 0; i < len(text); {
		if text[i] == '\x1b' {
			end := strings.IndexByte(text[i:], 'm')
			if end < 0 || strings.Trim(text[i+1:i+end], "[0123456789;:") != "" {
				t.Fatalf("%s: the frame holds %q", where, text[i:min(i+12, len(text))])
			}
			i += end + 1
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		if r != '\n' && (r < 0x20 || r >= 0x7f && r <= 0x9f || r >= 0x202a && r <= 0x202e || r == 0x200b) {
			t.Fatalf("%s: the frame holds %q", where, text[max(i-10, 0):i+n])
		}
		i += n
	}
}

func TestForeignTextIsShownEverywhere(t *testing.T) {
	quoted, _ := json.Marshal(hostile)
	failing := invoke.NewFailure("TooManyRequestsException", hostile)
	failing.Cause, failing.Remedy, failing.Suggestions = hostile, hostile, []string{hostile}
	s := uitest.NewShop(t, 120, 36, func(s *uitest.Setup) {
		s.Session = func(x *ui.Session) { x.Problems = []string{hostile}; x.HistoryOff = hostile }
		s.Options.Notices = []string{hostile}
		s.Target = func(t *uitest.Target) {
			info := t.Info()
			info.ProjectName = hostile
			t.Label(info)
			t.Add(invoke.Function{Name: "evil", Runtime: hostile, Description: hostile, Timeout: time.Second, Problems: []string{hostile}}, func(c *uitest.Call) (invoke.Result, error) {
				c.Running()
				c.Log(hostile + "\n" + hostile)
				if c.Request.Qualifier == "refuse" {
					return c.Refuse(failing)
				}
				if c.Request.Qualifier == "raw" {
					return c.Answer(hostile)
				}
				return c.Fail(`{"errorType":` + string(quoted) + `,"errorMessage":` + string(quoted) + `,"stackTrace":[` + string(quoted) + `]}`)
			})
			t.Qualify("evil", invoke.Qualifier{Name: "refuse", Kind: invoke.KindAlias, Version: hostile, Description: hostile})
			t.Qualify("evil", invoke.Qualifier{Name: "raw", Kind: invoke.KindAlias, Version: "1", Weights: map[string]float64{"1": .5, hostile: .5}})
		}
	})
	harmless(t, s, "start")
	steps := []struct {
		name string
		do   func()
	}{
		{"choose", func() { s.Press("ctrl+g"); s.Type("evil"); harmless(t, s, "functions"); s.Press("enter") }},
		{"paste", func() { s.Press("ctrl+a"); s.Paste(hostile) }},
		{"refusal", func() { s.Press("f5") }},
		{"function error", func() { s.Press("f5"); s.Advance(time.Second) }},
		{"function error, sent", func() { s.Press("ctrl+a"); s.Paste("[" + string(quoted) + "]"); s.Press("f5"); s.Advance(time.Second) }},
		{"report", func() { s.Press("alt+3", "]", "]") }},
		{"logs", func() { s.Press("alt+4", "w") }},
		{"logs in colour", func() { s.Press("C") }},
		{"qualifiers", func() { s.Press("f2") }},
		{"refused", func() { s.Type("refuse"); s.Press("enter", "f5"); s.Advance(time.Second) }},
		{"raw", func() { s.Press("f2"); s.Type("raw"); s.Press("enter", "f5"); s.Advance(time.Second); s.Press("alt+3") }},
		{"raw, wrapped", func() { s.Press("w", "y") }},
		{"find", func() { s.Press("/"); s.Paste(hostile); s.Press("enter") }},
		{"history", func() { s.Press("alt+5", "/"); s.Paste(hostile) }},
		{"search", func() { s.Press("esc", "ctrl+r"); s.Paste("evil") }},
		{"opened", func() { s.Press("enter") }},
		{"compare", func() { s.Press("=") }},
		{"twin, running", func() { s.Press("esc", "f6"); s.Type("refuse"); s.Press("enter") }},
		{"twin", func() { s.Advance(time.Second) }},
		{"places", func() { s.Press("esc", "f6") }},
		{"options", func() { s.Press("esc", "f4", "down"); s.Paste(hostile); s.Press("enter") }},
		{"save", func() { s.Press("esc", "ctrl+s", "ctrl+u"); s.Paste(hostile); s.Press("enter") }},
		{"problems", func() { s.Press("esc", "ctrl+p"); s.Type("wrong"); s.Press("enter") }},
		{"palette", func() { s.Press("esc", "ctrl+p"); s.Paste(hostile) }},
	}
	for _, step := range steps {
		step.do()
		for _, size := range [][2]int{{120, 36}, {80, 24}, {50, 12}} {
			s.Resize(size[0], size[1])
			harmless(t, s, step.name)
			wantFrame(t, s, size[0], size[1])
		}
	}
}

// Ten thousand keys and clicks by chance, without y: no panic, rows stay exact,
// and nothing is deleted or replaced, because neither happens without a y to a question.
func TestMonkey(t *testing.T) {
	keys := strings.Fields(`enter esc tab shift+tab up down left right pgup pgdown home end space backspace delete f1 f2 f3 f4 f5 f6 f9
		ctrl+a ctrl+c ctrl+d ctrl+e ctrl+f ctrl+g ctrl+k ctrl+n ctrl+o ctrl+p ctrl+r ctrl+s ctrl+t ctrl+u ctrl+v ctrl+w ctrl+x ctrl+y ctrl+z
		alt+1 alt+2 alt+3 alt+4 alt+5 alt+enter ctrl+enter alt+a alt+j alt+m alt+o alt+p alt+u alt+q alt+t alt+z shift+left shift+right shift+up shift+down ctrl+shift+c ctrl+shift+z
		/ ? [ ] = a b c d e f g h j k l m n o p q r s t u v w x z C G N R Z 1 2 3 4 5 { } " : , é 世`)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			s := uitest.NewShop(t, 120, 36)
			w, h := 120, 36
			var pressed []string
			defer func() {
				if x := recover(); x != nil {
					t.Fatalf("%v after %v", x, pressed[max(len(pressed)-20, 0):])
				}
			}()
			for i := range 2500 {
				switch n := r.IntN(100); {
				case n < 2:
					w, h = 1+r.IntN(210), 1+r.IntN(60)
					s.Resize(w, h)
				case n < 6:
					s.Click(r.IntN(max(w, 1)), r.IntN(max(h, 1)))
				case n < 8:
					s.Wheel(r.IntN(max(w, 1)), r.IntN(max(h, 1)), 1-2*r.IntN(2))
				case n < 14:
					s.Advance(time.Duration(r.IntN(700)) * time.Millisecond)
				case n < 15:
					s.Paste(hostile)
				default:
					k := keys[r.IntN(len(keys))]
					pressed = append(pressed, k)
					s.Press(k)
				}
				if i%7 == 0 {
					wantFrame(t, s, w, h)
					harmless(t, s, "monkey")
				}
			}
			if n := len(summaries(t, s, "")); n != len(s.Target.Requests) {
				t.Errorf("history holds %d runs of %d", n, len(s.Target.Requests))
			}
			if text, err := os.ReadFile(filepath.Join(s.Dir, "events", "orders-created.json")); err != nil || string(text) != uitest.OrderEvent {
				t.Errorf("the saved event was replaced: %v, %q", err, text)
			}
		})
	}
}

func TestResizeStorm(t *testing.T) {
	s := uitest.NewShop(t, 120, 36)
	invokeAnd(time.Second)(t, s)
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		s.Send(tea.WindowSizeMsg{Width: r.IntN(300), Height: r.IntN(100)})
	}
	s.Resize(80, 24)
	wantFrame(t, s, 80, 24)
	s.Want("✓ 200")
}

package ui

import (
	"fmt"
	"strings"
	"testing"
)

// sketch draws a layout at a sixth of its width and a third of its height, a
// letter a pane, so that a test can show what it expects.
func sketch(l layout) string {
	letters := map[pane]byte{paneFunctions: 'F', panePayload: 'P', paneResult: 'R', paneLogs: 'L', paneHistory: 'H'}
	var b strings.Builder
	for y := 0; y < l.height; y += 3 {
		for x := 3; x < l.width; x += 6 {
			c := byte('.')
			if p, ok := l.at(x, max(y, l.body.y)); ok {
				c = letters[p]
			}
			b.WriteByte(c)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestArrange(t *testing.T) {
	tests := []struct {
		name string
		ask  layoutRequest
		want string
	}{
		{"medium, sidebar and logs", layoutRequest{width: 120, height: 36, focus: panePayload}, `
FFFFFPPPPPPPRRRRRRRR
FFFFFPPPPPPPRRRRRRRR
FFFFFPPPPPPPRRRRRRRR
FFFFFPPPPPPPRRRRRRRR
FFFFFPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPLLLLLLLL
HHHHHPPPPPPPLLLLLLLL
HHHHHPPPPPPPLLLLLLLL
HHHHHPPPPPPPLLLLLLLL
`},
		{"medium and low: logs are a tab", layoutRequest{width: 120, height: 24, focus: panePayload}, `
FFFFFPPPPPPPRRRRRRRR
FFFFFPPPPPPPRRRRRRRR
FFFFFPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
HHHHHPPPPPPPRRRRRRRR
`},
		{"stacked, payload focused", layoutRequest{width: 84, height: 24, focus: panePayload}, `
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
RRRRRRRRRRRRRR
RRRRRRRRRRRRRR
RRRRRRRRRRRRRR
`},
		{"stacked, logs are in the result and have the focus", layoutRequest{width: 84, height: 24, focus: paneLogs}, `
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
PPPPPPPPPPPPPP
RRRRRRRRRRRRRR
RRRRRRRRRRRRRR
RRRRRRRRRRRRRR
RRRRRRRRRRRRRR
`},
		{"stacked, functions float", layoutRequest{width: 84, height: 24, focus: paneFunctions, under: paneResult}, `
PPPPPPPPPPPPPP
PPFFFFFFFFFFPP
PPFFFFFFFFFFPP
PPFFFFFFFFFFPP
RRFFFFFFFFFFRR
RRFFFFFFFFFFRR
RRFFFFFFFFFFRR
RRFFFFFFFFFFRR
`},
		{"narrow: one pane", layoutRequest{width: 50, height: 24, focus: paneHistory}, strings.Repeat("HHHHHHHH\n", 8)},
		{"low: one pane", layoutRequest{width: 120, height: 9, focus: panePayload}, strings.Repeat("PPPPPPPPPPPPPPPPPPPP\n", 3)},
		{"zoomed", layoutRequest{width: 120, height: 12, focus: paneLogs, zoom: true}, strings.Repeat("RRRRRRRRRRRRRRRRRRRR\n", 4)},
		{"zoomed with room for logs", layoutRequest{width: 120, height: 36, focus: paneLogs, zoom: true}, strings.Repeat("LLLLLLLLLLLLLLLLLLLL\n", 12)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := sketch(arrange(tt.ask))
			if want := strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// Panes never overlap, never leave the body and leave no cell of it empty.
func TestArrangeCoversTheBody(t *testing.T) {
	for w := 1; w <= 210; w++ {
		for _, h := range []int{1, 4, 5, 15, 16, 23, 24, 29, 30, 50} {
			for focus := range paneCount {
				for _, zoom := range []bool{false, true} {
					l := arrange(layoutRequest{width: w, height: h, focus: focus, under: panePayload, zoom: zoom})
					if err := covers(l); err != nil {
						t.Fatalf("%dx%d focus %v zoom %v: %v", w, h, focus, zoom, err)
					}
				}
			}
		}
	}
}

func covers(l layout) error {
	if l.arrangement == arrangeLine {
		return nil
	}
	area := 0
	for p, r := range l.panes {
		if !r.shown() {
			continue
		}
		if r.x < 0 || r.y < l.body.y || r.x+r.w > l.body.w || r.y+r.h > l.body.y+l.body.h {
			return fmt.Errorf("%v leaves the body: %+v", pane(p), r)
		}
		if pane(p) != l.floating {
			area += r.w * r.h
		}
	}
	if area != l.body.w*l.body.h {
		return fmt.Errorf("panes cover %d cells of %d", area, l.body.w*l.body.h)
	}
	return nil
}

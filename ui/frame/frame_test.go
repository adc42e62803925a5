package frame

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"lambent/ui/safetext"
)

// checkWidths fails unless every row takes exactly w cells as Bubble Tea counts
// them, by code point and by cluster.
func checkWidths(t *testing.T, what string, rows []string, w, h int) {
	t.Helper()
	if len(rows) != h {
		t.Fatalf("%s at %dx%d: %d rows", what, w, h, len(rows))
	}
	for i, row := range rows {
		got := ansi.StringWidthWc(row)
		if safetext.CountsGraphemes() {
			got = ansi.StringWidth(row)
		}
		if got != w || Measure(row) != w {
			t.Fatalf("%s at %dx%d: row %d is %d cells by ansi, %d by Measure: %q", what, w, h, i, got, Measure(row), row)
		}
		if strings.ContainsAny(row, "\n\r\t") {
			t.Fatalf("%s: row %d holds a control: %q", what, i, row)
		}
	}
}

// bothWays runs a test for each way in which terminals count cells.
func bothWays(t *testing.T, f func(t *testing.T)) {
	for _, on := range []bool{false, true} {
		t.Run(fmt.Sprintf("graphemes=%v", on), func(t *testing.T) {
			safetext.CountGraphemes(on)
			defer safetext.CountGraphemes(false)
			f(t)
		})
	}
}

const awkward = "a世界\t👨‍👩‍👧 ❤️ 🇩🇪 e\u0301 \x1b[31m \u202e नमस्ते 각 ｶﾞ 👍🏽 end of it"

func TestEveryRowTakesExactlyItsWidth(t *testing.T) {
	bold := NewStyle(Attributes{Bold: true}, TrueColor)
	text := safetext.FromString(awkward)
	bothWays(t, func(t *testing.T) {
		for w := range 90 {
			var rows []string
			add := func(f func(*Row)) {
				r := NewRow(w)
				f(r)
				rows = append(rows, r.String())
			}
			add(func(r *Row) {})
			add(func(r *Row) { r.Add(bold, text) })
			add(func(r *Row) { r.AddCut("", text) })
			add(func(r *Row) { r.Base(bold); r.Add("", text); r.Add("", text) })
			add(func(r *Row) { r.AddIn(7, bold, text); r.AddRight(9, "", text); r.End(bold, text) })
			add(func(r *Row) { r.Add("", safetext.Trusted("x")); r.End(bold, safetext.Trusted("12 ms")) })
			rows = append(rows, Text(w, bold, text), Rule(w, bold), Bar(w, 0.4, bold, ""), Blank(w))
			checkWidths(t, "row", rows, w, len(rows))
		}
	})
}

func TestEveryBoxTakesExactlyItsSize(t *testing.T) {
	bold := NewStyle(Attributes{Bold: true}, TrueColor)
	text := safetext.FromString(awkward)
	span := []Span{{bold, text}}
	short := []Span{{"", safetext.Trusted("7 of 23")}}
	bothWays(t, func(t *testing.T) {
		for w := range 80 {
			for _, h := range []int{0, 1, 2, 3, 9} {
				for pad := range 3 {
					box := Box{Line: bold, Heavy: pad == 1, Title: span, Badge: short, Foot: span, Pad: pad, Thumb: Thumb{3, 5, 20}}
					iw, ih := box.Inner(w, h)
					var body []string
					for range ih + 1 {
						body = append(body, Text(iw, bold, text))
					}
					checkWidths(t, "box", box.Paint(w, h, body), w, h)
					box.Title = nil
					checkWidths(t, "box without title", box.Paint(w, h, nil), w, h)
				}
			}
		}
	})
}

func TestBoxLooks(t *testing.T) {
	plain := func(rows []string) string { return Plain(Join(rows)) }
	one := func(s string) []Span { return []Span{{"", safetext.FromString(s)}} }
	box := Box{Title: one("Payload"), Badge: one("order ●"), Foot: one("valid JSON"), Pad: 1}
	body := []string{Text(26, "", safetext.Trusted("{}"))}
	want := strings.Join([]string{
		"╭─ Payload ────── order ● ─╮",
		"│ {}                       │",
		"╰───────────── valid JSON ─╯",
	}, "\n")
	if got := plain(box.Paint(28, 3, []string{Text(24, "", safetext.Trusted("{}"))})); got != want {
		t.Errorf("light box:\n%s\nwant\n%s", got, want)
	}
	box.Heavy, box.Pad = true, 0
	want = strings.Join([]string{
		"┏━ Payload ━━━━━━ order ● ━┓",
		"┃{}                        ┃",
		"┗━━━━━━━━━━━━━ valid JSON ━┛",
	}, "\n")
	if got := plain(box.Paint(28, 3, body)); got != want {
		t.Errorf("heavy box:\n%s\nwant\n%s", got, want)
	}
	box.Heavy = false
	want = "╭─ Payload ────╮\n╰─ valid JSON ─╯"
	if got := plain(box.Paint(16, 2, nil)); got != want {
		t.Errorf("a badge without room:\n%s\nwant\n%s", got, want)
	}
	want = "╭─ Pay… ─╮\n╰─ val… ─╯"
	if got := plain(box.Paint(10, 2, nil)); got != want {
		t.Errorf("titles without room:\n%s\nwant\n%s", got, want)
	}
}

func TestThumbReachesBothEnds(t *testing.T) {
	for _, c := range []struct {
		thumb    Thumb
		h        int
		from, to int
	}{
		{Thumb{0, 10, 10}, 10, 0, 0},
		{Thumb{0, 10, 100}, 10, 0, 1},
		{Thumb{90, 10, 100}, 10, 9, 10},
		{Thumb{0, 5, 10}, 10, 0, 5},
		{Thumb{5, 5, 10}, 10, 5, 10},
		{Thumb{700000, 40, 774000}, 40, 35, 36},
	} {
		if from, to := c.thumb.extent(c.h); from != c.from || to != c.to {
			t.Errorf("%+v in %d rows: %d to %d, want %d to %d", c.thumb, c.h, from, to, c.from, c.to)
		}
	}
}

func TestOverlayKeepsTheFrame(t *testing.T) {
	bold := NewStyle(Attributes{Bold: true}, TrueColor)
	bothWays(t, func(t *testing.T) {
		for w := 1; w < 50; w++ {
			var under []string
			for i := range 6 {
				text := safetext.FromString(awkward)
				under = append(under, Text(w, bold, text.Slice(i, text.Width())))
			}
			before := Join(under)
			card := Box{Line: bold, Pad: 1}.Paint(9, 4, nil)
			for x := -10; x <= w; x++ {
				checkWidths(t, fmt.Sprintf("overlay at %d", x), Overlay(under, card, x, 1), w, 6)
			}
			if Join(under) != before {
				t.Fatal("Overlay changed the frame under it")
			}
			checkWidths(t, "dimmed", Dim(under, bold), w, 6)
		}
	})
}

func TestCutKeepsStyles(t *testing.T) {
	row := NewRow(12)
	row.Add("\x1b[1m", safetext.Trusted("bold"))
	row.Add("", safetext.Trusted("plain"))
	row.Add("\x1b[31m", safetext.Trusted("red"))
	s := row.String()
	for _, c := range []struct {
		from, to int
		want     string
	}{
		{0, 12, "\x1b[1mbold\x1b[mplain\x1b[31mred\x1b[m"},
		{2, 6, "\x1b[1mld\x1b[mpl"},
		{4, 9, "plain"},
		{10, 12, "\x1b[31med\x1b[m"},
		{10, 14, "\x1b[31med\x1b[m  "},
		{3, 3, ""},
	} {
		if got := Cut(s, c.from, c.to); got != c.want {
			t.Errorf("Cut(%d, %d) = %q, want %q", c.from, c.to, got, c.want)
		}
	}
	if got := Cut("世界", 1, 3); got != "  " {
		t.Errorf("a cut through two wide characters = %q", got)
	}
}

func TestStylesFollowTheProfile(t *testing.T) {
	look := Attributes{FG: RGB(203, 166, 247), BG: Indexed(9), Bold: true, Italic: true}
	for p, want := range map[Profile]Style{
		NoColor:   "\x1b[1m",
		ANSI16:    "\x1b[1;3;94;101m",
		ANSI256:   "\x1b[1;3;38;5;183;101m",
		TrueColor: "\x1b[1;3;38;2;203;166;247;101m",
	} {
		if got := NewStyle(look, p); got != want {
			t.Errorf("profile %d: %q, want %q", p, got, want)
		}
	}
	if got := NewStyle(Attributes{Faint: true, FG: Indexed(3)}, NoColor); got != "" {
		t.Errorf("colour without a colour profile: %q", got)
	}
}

func TestBesideZipsRows(t *testing.T) {
	got := Join(Beside([]string{"a", "b"}, []string{"|", "|"}, []string{"c", "d"}))
	if got != "a|c\nb|d" {
		t.Errorf("Beside = %q", got)
	}
}

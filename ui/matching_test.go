package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"lambent/invoke"
	"lambent/ui/frame"
)

// searched is a catalog of names with other words behind a bar.
func searched(rows ...string) *catalog {
	c := new(catalog)
	for _, row := range rows {
		name, text, _ := strings.Cut(row, "|")
		c.add(name, text)
	}
	return c
}

func TestTheBestMatchIsFirst(t *testing.T) {
	rows := []string{
		"reorder", "o-r-d-e-r", "shop-orders-api", "orders-api", "orders", "stock|the Orders of the shop", "pay|no-fold",
		"unrelated", "ORDERLY|nodejs22.x",
	}
	c := searched(rows...)
	for typed, want := range map[string][]string{
		"":            rows,
		"order":       {"orders", "ORDERLY|nodejs22.x", "orders-api", "shop-orders-api", "reorder", "stock|the Orders of the shop", "o-r-d-e-r"},
		"ORD api":     {"orders-api", "shop-orders-api"},
		"api ord":     {"orders-api", "shop-orders-api"},
		"node order":  {"ORDERLY|nodejs22.x"},
		"ordrs":       {"orders", "orders-api", "shop-orders-api", "stock|the Orders of the shop"},
		"theshop":     {}, // letters of one word, not of several
		"  orders   ": {"orders", "orders-api", "shop-orders-api", "stock|the Orders of the shop"},
		"\x00":        {},
		"ß":           {},
	} {
		got := []string{}
		for _, m := range c.find(typed) {
			got = append(got, rows[m.row])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", typed, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	c := searched("shop-Orders|the orders äpfel report", "İstanbul|x")
	for typed, want := range map[string]string{
		"ord":       "shop-[Ord]ers|the orders äpfel report",
		"sho rep":   "[sho]p-Orders|the orders äpfel [rep]ort",
		"äp":        "shop-Orders|the orders [äp]fel report",
		"rprt":      "shop-Orders|the orders äpfel [r]e[p]o[rt]",
		"shop shop": "[shop]-Orders|the orders äpfel report",
	} {
		name, text := c.marks(0, typed)
		got := bracketed("shop-Orders", name) + "|" + bracketed("the orders äpfel report", text)
		if got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
	if name, _ := c.marks(1, "stan"); name != nil { // its lower case has other places
		t.Errorf("marked %v", name)
	}
}

// bracketed is a text with its marked bytes in brackets.
func bracketed(text string, at []int) string {
	var b strings.Builder
	for i := range len(text) {
		marked, before := slices.Contains(at, i), slices.Contains(at, i-1)
		if marked && !before {
			b.WriteByte('[')
		} else if before && !marked {
			b.WriteByte(']')
		}
		b.WriteByte(text[i])
	}
	if slices.Contains(at, len(text)-1) {
		b.WriteByte(']')
	}
	return b.String()
}

// What has matched is in view in any width, and the row is never too wide.
func TestAddMatchedShowsTheMatch(t *testing.T) {
	const text = "mycompany-production-ORDERS-1A2B"
	at := series(strings.Index(text, "ORDERS"), 6)
	for w := range 40 {
		r := frame.NewRow(40)
		addMatched(r, w, "", "\x1b[4m", text, at)
		if r.Used() > w {
			t.Errorf("%d cells in %d", r.Used(), w)
		}
		shown := strings.NewReplacer("\x1b[4m", "", "\x1b[m", "").Replace(r.String())
		if w >= 8 && !strings.Contains(shown, "ORDERS") {
			t.Errorf("in %d cells: %q", w, shown)
		}
	}
	for _, hostile := range []string{"a\x1b[31mb", "\xff\xfe", "日本語", "e\u0301e\u0301", ""} {
		r := frame.NewRow(10)
		addMatched(r, 5, "", "\x1b[4m", hostile, series(0, 20))
		if r.Used() > 5 || strings.Contains(r.String(), "\x1b[31m") {
			t.Errorf("%q: %q", hostile, r.String())
		}
	}
}

// BenchmarkFilterTenThousand is a key pressed in the filter of ten thousand functions with the
// frame that follows, whose goal is one frame of 16 ms. The floor is looking for the same text in
// their names, runtimes and descriptions.
func BenchmarkFilterTenThousand(b *testing.B) {
	const n = 10_000
	a := New(context.Background(), Options{})
	a.width, a.height = 120, 36
	list, texts := make([]invoke.Function, n), make([]string, n)
	for i := range list {
		list[i] = invoke.Function{
			Name: fmt.Sprintf("mycompany-production-%s-%05d", []string{"orders", "payments", "stock"}[i%3], i), Runtime: "nodejs22.x",
			Description: "one of the functions of the shop, which takes orders or sends reports",
		}
		texts[i] = strings.ToLower(list[i].Name + " " + list[i].Runtime + " " + list[i].Description)
	}
	a.functions.set(list)
	a.functions.loading = false
	a.focusTo(paneFunctions)
	for name, typed := range map[string]string{"part": "orders", "letters": "pymnts", "words": "report 7", "none": "zzz"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a.functions.filter.clear()
				a.functions.refine()
				a.functions.filter.typing = true
				for _, key := range typed {
					_, _ = a.Update(tea.KeyPressMsg{Code: key, Text: string(key)})
					_ = a.View()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(typed))/1e6, "ms/key")
		})
	}
	b.Run("floor", func(b *testing.B) {
		found := 0
		for b.Loop() {
			for _, text := range texts {
				if strings.Contains(text, "pymnts") {
					found++
				}
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1e6, "ms/key")
	})
}

package ui

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"lambent/history"
	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

// largePair are two runs of the largest size that differ in a member of every tenth element.
func largePair() (this, that history.Entry) {
	payload := sixMB()
	entry := func(id int64, payload []byte) history.Entry {
		return history.Entry{ID: id, Request: invoke.Request{Function: "big"}, Function: "big",
			Result: invoke.Result{StatusCode: 200, ExecutedVersion: "1", Payload: payload}}
	}
	return entry(1, payload), entry(2, bytes.ReplaceAll(payload, []byte(`5.99,`), []byte(`5.98,`)))
}

// openedPair is a workbench with the comparison of the large pair open.
func openedPair(tb testing.TB, store *history.Store) (*App, *comparison) {
	tb.Helper()
	a := New(context.Background(), Options{})
	a.width, a.height = 200, 50
	this, that := largePair()
	found, err := readComparison(context.Background(), store, this, that, true)
	if err != nil {
		tb.Fatal(err)
	}
	if found.differences < 5000 {
		tb.Fatalf("%d differences", found.differences)
	}
	c := &comparison{first: 1, second: 2, found: found, view: found.layOut(layoutPaths)}
	c.ctx, c.stop = context.WithCancel(context.Background())
	tb.Cleanup(c.stop)
	a.push(c)
	a.arrange()
	return a, c
}

func benchStore(tb testing.TB) *history.Store {
	tb.Helper()
	store, err := history.Open(tb.TempDir(), history.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { store.Close() })
	return store
}

// BenchmarkCompareLarge compares two runs of 6 MB with thousands of differences. Opening
// is over two F5, both documents read once; the card is on the screen before. A frame,
// scrolled by a page, is over the frame without the card (goals: 5 and 3 ms).
func BenchmarkCompareLarge(b *testing.B) {
	store := benchStore(b)
	this, that := largePair()
	b.Run("open", func(b *testing.B) {
		var ours, floor []time.Duration
		b.ReportAllocs()
		for b.Loop() {
			began := time.Now()
			found, err := readComparison(b.Context(), store, this, that, true)
			if err != nil {
				b.Fatal(err)
			}
			found.layOut(layoutSides)
			ours = append(ours, time.Since(began))
			began = time.Now()
			if jsondoc.Check(this.Result.Payload) != nil || jsondoc.Check(that.Result.Payload) != nil {
				b.Fatal("no JSON")
			}
			floor = append(floor, time.Since(began))
		}
		b.ReportMetric(float64(median(ours))/float64(median(floor)), "open/2F5")
	})
	for _, l := range []comparedLayout{layoutPaths, layoutUnified, layoutSides} {
		b.Run("scroll "+l.String(), func(b *testing.B) {
			a, c := openedPair(b, store)
			c.setLayout(a, l)
			var ours, floor []time.Duration
			for b.Loop() {
				began := time.Now()
				c.list.move("pgdown", len(c.view), c.page(a))
				if c.list.cursor == len(c.view)-1 {
					c.list = list{}
				}
				_ = a.View()
				ours = append(ours, time.Since(began))
				a.overlays = nil
				began = time.Now()
				_ = a.View()
				floor = append(floor, time.Since(began))
				a.push(c)
			}
			b.ReportMetric(float64(median(ours))/float64(median(floor)), "frame/bare-frame")
		})
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// What a comparison holds above the two runs grows with the differences: a few hundred
// bytes each, however large the documents are.
func TestALargeComparisonHoldsLittle(t *testing.T) {
	_, c := openedPair(t, benchStore(t))
	for _, l := range []comparedLayout{layoutPaths, layoutUnified, layoutSides} {
		view := c.found.layOut(l)
		// Around a difference: its element opened and closed, and what is equal beside it.
		if most := 14 * c.found.differences; len(view) > most {
			t.Errorf("%s: %d rows for %d differences", l, len(view), c.found.differences)
		}
	}
	n := 0
	for i := range c.found.rows {
		n += len(c.found.rows[i].this) + len(c.found.rows[i].that)
	}
	if most := 2 * (maxCompared + 8) * len(c.found.rows); n > most {
		t.Errorf("%d bytes of values in %d rows", n, len(c.found.rows))
	}
}

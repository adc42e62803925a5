package jsonrows

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"lambent/invoke/jsondoc"
	"lambent/ui/safetext"
)

// sixMB are documents of about 6 MB, minified: an ordinary one, and the ones with
// the most rows a byte.
func sixMB() map[string][]byte {
	const size = 6 << 20
	repeat := func(open, part, end string) []byte {
		return []byte(open + strings.TrimSuffix(strings.Repeat(part+",", size/(len(part)+1)), ",") + end)
	}
	return map[string][]byte{
		"orders":  repeat("[", `{"orderId":"o-1042","total":129.90,"currency":"EUR","lines":[{"sku":"A-77","qty":2},{"sku":"B-03","qty":1}],"note":"für Zoë"}`, "]"),
		"zeros":   repeat("[", "0", "]"),
		"objects": repeat("[", `{"a":0}`, "]"),
		"string":  []byte(`{"data":"` + strings.Repeat("0123456789abcdef", size/16) + ` the end"}`),
	}
}

// P11: the whole index against F5, reading the document once.
func BenchmarkIndex(b *testing.B) {
	for name, doc := range sixMB() {
		run := func(what string, f func()) {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.SetBytes(int64(len(doc)))
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
		run("floor-check", func() { jsondoc.Check(doc) })
		run("floor-json.Valid", func() { json.Valid(doc) })
		run("whole", func() { Build(doc) })
		run("head", func() { Head(doc) })
	}
}

// P12: memory of the index above the payload itself.
func BenchmarkMemory(b *testing.B) {
	for name, doc := range sixMB() {
		b.Run(name, func(b *testing.B) {
			var held float64
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				ix := Build(doc)
				runtime.GC()
				runtime.ReadMemStats(&after)
				held = float64(after.HeapAlloc) - float64(before.HeapAlloc)
				runtime.KeepAlive(ix)
			}
			b.ReportMetric(held/float64(len(doc)), "times-payload")
		})
	}
}

var benchStyles = Styles{JSON: styles.JSON, Match: "\x1b[4m", Here: "\x1b[1m"}

// P11: from the bytes at hand to the first rows, 200x50.
func BenchmarkFirstRows(b *testing.B) {
	for name, doc := range sixMB() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				v := New(doc)
				v.SetSize(200, 50)
				v.Rows(200, 50, &benchStyles)
			}
		})
	}
}

// P13: search of a string at the end, jump to the end, fold all; each with the
// path and the painting of 200x50.
func BenchmarkMoves(b *testing.B) {
	for name, doc := range sixMB() {
		if name != "string" {
			doc = append(append([]byte(`{"rows":`), doc...), `,"last":"the end"}`...)
		}
		v := New(doc)
		v.Take(Build(doc))
		v.SetSize(200, 50)
		for _, move := range []struct {
			name string
			do   func()
		}{
			{"paint", func() {}},
			{"search", func() { v.Find("the end") }},
			{"end", v.End},
			{"last item", func() { v.End(); v.Move(-3) }},
			{"middle item", func() { v.GoToOffset(len(doc) / 2) }},
			{"fold all", func() { v.FoldAll(); v.End() }},
		} {
			b.Run(name+"/"+move.name, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					v.reset()
					v.ruler = safetext.Ruler{}
					b.StartTimer()
					move.do()
					v.Path()
					v.Rows(200, 50, &benchStyles)
				}
			})
		}
	}
}

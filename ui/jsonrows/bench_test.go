package jsonrows

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"lambent/invoke/jsondoc"
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

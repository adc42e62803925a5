package jsondoc_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"lambent/invoke/jsondoc"
)

// BenchmarkCompare is P19 of the performance goals: the difference of two documents
// of 6 MB over two F5 (Check of both), timed in turns in one run. "reversed" turns
// every pair of neighbours around, so that every element has to be looked for.
func BenchmarkCompare(b *testing.B) {
	doc := sixMegabytes()
	other := bytes.Replace(doc, []byte(`"customer 20000"`), []byte(`"customer 20001"`), 1)
	items := bytes.Split(doc[1:len(doc)-1], []byte(`},{`))
	for i := 2; i+2 < len(items); i += 2 {
		items[i], items[i+1] = items[i+1], items[i]
	}
	reversed := slices.Concat([]byte{'['}, bytes.Join(items, []byte(`},{`)), []byte{']'})
	shifted := bytes.Replace(doc, []byte(`[{"id":0,`), []byte(`[{"id":-1},{"id":0,`), 1)
	shifted = bytes.Replace(shifted, []byte(`"customer 20000"`), []byte(`"customer 20001"`), 1)
	for _, c := range []struct {
		name  string
		that  []byte
		o     jsondoc.Options
		least int
		most  int
	}{
		{"one changed", other, jsondoc.Options{}, 1, 1},
		{"one more and one changed", shifted, jsondoc.Options{}, 2, 2},
		{"neighbours exchanged, any order", reversed, jsondoc.Options{AnyOrder: true}, 0, 0},
		{"neighbours exchanged, in order", reversed, jsondoc.Options{}, 1000, jsondoc.MaxDifferences},
		{"ignoring", other, jsondoc.Options{Ignore: []jsondoc.Path{{{Kind: jsondoc.AnyItem}, {Name: "name"}}}}, 0, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			var ours, floor []time.Duration
			b.ReportAllocs()
			for b.Loop() {
				began := time.Now()
				found, _ := jsondoc.Compare(b.Context(), doc, c.that, c.o)
				ours = append(ours, time.Since(began))
				if len(found) < c.least || len(found) > c.most {
					b.Fatalf("%d differences", len(found))
				}
				began = time.Now()
				if jsondoc.Check(doc) != nil || jsondoc.Check(c.that) != nil {
					b.Fatal("no JSON")
				}
				floor = append(floor, time.Since(began))
			}
			slices.Sort(ours)
			slices.Sort(floor)
			b.ReportMetric(float64(ours[len(ours)/2])/float64(floor[len(floor)/2]), "P19-compare/2F5")
		})
	}
}

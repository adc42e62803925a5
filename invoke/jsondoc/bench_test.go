package jsondoc_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"lambent/invoke/jsondoc"
)

// sixMegabytes is a document of the largest size Lambda takes, of ordinary records, minified.
func sixMegabytes() []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := 0; b.Len() < 6_291_000; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"customer %d","email":"c%d@example.com","balance":%d.%02d,"active":%v,"tags":["a","b\n","ü"],"note":null}`,
			i, i, i, i*7, i%100, i%3 == 0)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// The floor of everything here is json.Valid over the same bytes (F5 of the
// performance goals is Check itself).
func BenchmarkSixMegabytes(b *testing.B) {
	doc := sixMegabytes()
	other := bytes.Replace(doc, []byte(`"customer 20000"`), []byte(`"customer 20001"`), 1)
	for _, c := range []struct {
		name string
		run  func() bool
	}{
		{"json.Valid", func() bool { return json.Valid(doc) }},
		{"Check", func() bool { return jsondoc.Check(doc) == nil }},
		{"Scan", func() bool {
			s := jsondoc.Scan(doc)
			for s.Next().Kind != jsondoc.End {
			}
			return s.Err() == nil
		}},
		{"Lex", func() bool {
			s := jsondoc.Lex(doc)
			for s.Next().Kind != jsondoc.End {
			}
			return true
		}},
		{"Minify", func() bool { _, err := jsondoc.Minify(doc); return err == nil }},
		{"Format", func() bool { _, err := jsondoc.Format(doc, "  "); return err == nil }},
		{"Diff", func() bool { d, err := jsondoc.Diff(doc, other); return err == nil && len(d) == 1 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				if !c.run() {
					b.Fatal("wrong answer")
				}
			}
		})
	}
}

package safetext

import (
	"bytes"
	"testing"
)

// The floor of the filter is copying the bytes into a string.
func BenchmarkFilter(b *testing.B) {
	log := bytes.Repeat([]byte(`2026-11-22T14:02:11.004Z INFO order received orderId=o-1042 total=129.90 EUR `), 1000)
	mixed := bytes.Repeat([]byte("Zürich 東京 😀 naïve “quotes” \x1b[31mred\x1b[0m\r "), 2000)
	hostile := bytes.Repeat([]byte("\u009b6n\u202e\x1b]0;t\x07\xff\xfea\u0301\u200d👨‍👩‍👧"), 2000)
	for _, in := range []struct {
		name string
		text []byte
	}{{"ascii", log}, {"mixed", mixed}, {"hostile", hostile}} {
		b.Run(in.name+"/floor-copy", func(b *testing.B) {
			b.SetBytes(int64(len(in.text)))
			for b.Loop() {
				sink = string(in.text)
			}
		})
		b.Run(in.name+"/line", func(b *testing.B) {
			b.SetBytes(int64(len(in.text)))
			for b.Loop() {
				sink = FromBytes(in.text).text
			}
		})
		b.Run(in.name+"/measure", func(b *testing.B) {
			b.SetBytes(int64(len(in.text)))
			for b.Loop() {
				Measure(in.text, 0)
			}
		})
	}
}

var sink string

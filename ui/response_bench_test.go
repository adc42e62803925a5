package ui

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"lambent/invoke"
	"lambent/invoke/jsondoc"
)

// sixMB is a response of the largest size, minified.
func sixMB() []byte {
	var b bytes.Buffer
	b.WriteByte('[')
	for i := 0; b.Len() < invoke.MaxSyncResponse-300; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"item %d","price":%d.99,"tags":["a","b"],"active":true}`, i, i, i%1000)
	}
	b.WriteByte(']')
	return b.Bytes()
}

// BenchmarkLargeResponse is P11: from a result of 6 MB at hand to its first rows
// on the screen, whose goal is one frame of 16 ms. The floor is one pass over
// the bytes; the index of the whole is made in the background.
func BenchmarkLargeResponse(b *testing.B) {
	payload := sixMB()
	a := New(context.Background(), Options{})
	a.width, a.height = 120, 36
	a.functions.set([]invoke.Function{{Name: "big"}})
	a.functions.chosen = "big"
	b.Run("first rows", func(b *testing.B) {
		for b.Loop() {
			a.result.present(a, outcome{function: "big", result: invoke.Result{StatusCode: 200, Payload: payload}})
			a.arrange()
			_ = a.View()
		}
	})
	b.Run("floor", func(b *testing.B) {
		for b.Loop() {
			if jsondoc.Check(payload) != nil {
				b.Fatal("no JSON")
			}
		}
	})
}

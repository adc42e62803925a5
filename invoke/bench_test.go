package invoke

import (
	"bytes"
	"encoding/json"
	"testing"
)

// What an invocation is checked for, on the path of every one of them. json.Valid over
// the same payload is the floor.
func BenchmarkRequestChecks(b *testing.B) {
	payload := []byte(`{"id":12345678901234567890,"items":[{"sku":"a-1","count":2},{"sku":"b-7","count":1}],"note":"gift"}`)
	big := append(append([]byte(`{"data":"`), bytes.Repeat([]byte("0123456789abcdef"), 64<<10)...), `"}`...)
	for _, c := range []struct {
		name string
		run  func() bool
	}{
		{"100B/json.Valid", func() bool { return json.Valid(payload) }},
		{"100B/name", func() bool {
			r := Request{Function: "orders", Payload: payload}
			return Validate(r) == nil && CheckPayload(payload, r.Type) == nil
		}},
		{"100B/ARN", func() bool {
			r := Request{Function: "arn:aws:lambda:us-east-1:123456789012:function:orders", Qualifier: "live", Payload: payload}
			return Validate(r) == nil && CheckPayload(payload, r.Type) == nil
		}},
		{"1MB/json.Valid", func() bool { return json.Valid(big) }},
		{"1MB/name", func() bool {
			r := Request{Function: "orders", Payload: big}
			return Validate(r) == nil && CheckPayload(big, r.Type) == nil
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !c.run() {
					b.Fatal("refused")
				}
			}
		})
	}
}

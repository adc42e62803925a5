package wire

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// What the encoder writes is what the SDK's encoder would, and its decoder reads it.
func checkMessage(t *testing.T, headers []messageHeader, payload []byte) {
	t.Helper()
	ours := appendMessage([]byte("before"), headers, payload)[len("before"):]
	message := eventstream.Message{Payload: payload}
	for _, h := range headers {
		message.Headers.Set(h.name, eventstream.StringValue(h.value))
	}
	var theirs bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&theirs, message); err != nil {
		return // more than the format takes
	}
	if !bytes.Equal(ours, theirs.Bytes()) {
		t.Errorf("ours   %x\ntheirs %x", ours, theirs.Bytes())
	}
	decoded, err := eventstream.NewDecoder().Decode(bytes.NewReader(ours), nil)
	if err != nil || !bytes.Equal(decoded.Payload, payload) {
		t.Errorf("decoded %q, %v", decoded.Payload, err)
	}
}

func TestMessagesAreTheSDKs(t *testing.T) {
	checkMessage(t, nil, nil)
	checkMessage(t, chunkHeaders, []byte("\x00payload\xff"))
	checkMessage(t, completeHeaders, []byte(`{"LogResult":"eA=="}`))
	checkMessage(t, chunkHeaders, bytes.Repeat([]byte("x"), streamPart))
}

func FuzzEventStream(f *testing.F) {
	f.Add(":message-type", "event", []byte("{}"))
	f.Add("", "", []byte(nil))
	f.Fuzz(func(t *testing.T, name, value string, payload []byte) {
		if name == "" || len(name) > 255 || len(value) > 32<<10 {
			return // this package sends no such headers
		}
		checkMessage(t, []messageHeader{{name, value}}, payload)
	})
}

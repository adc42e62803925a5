package wire

import (
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// contentEventStream is the content type of a stream of event messages.
const contentEventStream = "application/vnd.amazon.eventstream"

// A messageHeader is a header of an event message; all of those sent here are strings.
type messageHeader struct{ name, value string }

const (
	preludeSize = 8 // total length and headers length
	crcSize     = 4
	stringType  = 7
)

// appendMessage appends one event-stream message (spec §1.11): lengths, their
// checksum, headers, payload, and the checksum of all before it, in big-endian.
// Names have at most 255 bytes and values 65,535: they are this package's own, or cut.
func appendMessage(b []byte, headers []messageHeader, payload []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, preludeSize+crcSize)...)
	for _, h := range headers {
		b = append(b, byte(len(h.name)))
		b = append(b, h.name...)
		b = append(b, stringType)
		b = binary.BigEndian.AppendUint16(b, uint16(len(h.value)))
		b = append(b, h.value...)
	}
	headersLength := len(b) - start - preludeSize - crcSize
	b = append(b, payload...)
	total := len(b) - start + crcSize
	binary.BigEndian.PutUint32(b[start:], uint32(total))
	binary.BigEndian.PutUint32(b[start+4:], uint32(headersLength))
	binary.BigEndian.PutUint32(b[start+preludeSize:], crc32.ChecksumIEEE(b[start:start+preludeSize]))
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[start:]))
}

var chunkHeaders = []messageHeader{
	{":event-type", "PayloadChunk"},
	{":content-type", "application/octet-stream"},
	{":message-type", "event"},
}

// appendChunk appends a PayloadChunk.
func appendChunk(b, payload []byte) []byte { return appendMessage(b, chunkHeaders, payload) }

var completeHeaders = []messageHeader{
	{":event-type", "InvokeComplete"},
	{":content-type", contentJSON},
	{":message-type", "event"},
}

// appendComplete appends the InvokeComplete that ends a stream. Members that are empty
// are left out (spec §1.11).
func appendComplete(b []byte, errorCode, errorDetails, logResult string) []byte {
	body := []byte{'{'}
	for _, m := range [...]struct{ name, value string }{
		{"ErrorCode", errorCode}, {"ErrorDetails", errorDetails}, {"LogResult", logResult},
	} {
		if m.value == "" {
			continue
		}
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(body, strconv.Quote(m.name)+":"...)
		body = append(body, quote(m.value)...)
	}
	return appendMessage(b, completeHeaders, append(body, '}'))
}

// appendException appends a failure that comes up after the stream has begun.
func appendException(b []byte, name string, body []byte) []byte {
	return appendMessage(b, []messageHeader{
		{":exception-type", clip(name, 255)},
		{":content-type", contentJSON},
		{":message-type", "exception"},
	}, body)
}

package local

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// newRequestID returns a random UUID.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var s [36]byte
	hex.Encode(s[0:], b[:4])
	hex.Encode(s[9:], b[4:6])
	hex.Encode(s[14:], b[6:8])
	hex.Encode(s[19:], b[8:10])
	hex.Encode(s[24:], b[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// traceID is the trace header that a function gets (spec §1.1): the caller's, or a new
// one that isn't sampled. Lineage names the function; its first number and the count are
// as in recordings of single invocations (spec §1.5), what they become along a chain is
// not public.
func traceID(given, arn string, now time.Time) string {
	if strings.Contains(given, "Root=") {
		return given
	}
	var b [20]byte
	_, _ = rand.Read(b[:])
	of := sha256.Sum256([]byte(arn))
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0;Lineage=1:%x:0", uint32(now.Unix()), b[:12], b[12:], of[:4])
}

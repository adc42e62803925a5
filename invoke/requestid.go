package invoke

import (
	"crypto/rand"
	"encoding/hex"
)

// NewRequestID returns a random UUID, as the service gives to every request.
func NewRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var s [36]byte
	for i, at := range [...]struct{ to, from, end int }{{0, 0, 4}, {9, 4, 6}, {14, 6, 8}, {19, 8, 10}, {24, 10, 16}} {
		if i > 0 {
			s[at.to-1] = '-'
		}
		hex.Encode(s[at.to:], b[at.from:at.end])
	}
	return string(s[:])
}

// IsUUID says whether s has the form of a UUID, in either letter case.
func IsUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return false
			}
		}
	}
	return true
}

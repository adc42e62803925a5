package invoke

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"
)

// TailSize is how much of the end of a log X-Amz-Log-Result carries, in bytes (spec §1.9).
const TailSize = 4_096

// Tail returns the last TailSize bytes of a log, exactly: the cut may fall inside a
// line or a character. The result shares the log's memory.
func Tail(log []byte) []byte {
	return log[max(0, len(log)-TailSize):]
}

// TailText returns a log tail without the rest of a character whose beginning was cut
// off, and otherwise byte for byte. Only a tail of full size can have been cut.
func TailText(tail []byte) []byte {
	if len(tail) < TailSize {
		return tail
	}
	for i := 0; i < min(utf8.UTFMax, len(tail)); i++ {
		if utf8.RuneStart(tail[i]) {
			return tail[i:]
		}
	}
	return tail // no UTF-8 at all: nothing to mend
}

// DecodeTail decodes the value of X-Amz-Log-Result.
func DecodeTail(header string) ([]byte, error) {
	log, err := base64.StdEncoding.DecodeString(strings.TrimSpace(header))
	if err != nil {
		return nil, fmt.Errorf("the log tail is not base64: %w", err)
	}
	return log, nil
}

// EncodeTail encodes the tail of a log for X-Amz-Log-Result.
func EncodeTail(log []byte) string {
	return base64.StdEncoding.EncodeToString(Tail(log))
}

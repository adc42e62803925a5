package local

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxPasses is how often one chain may pass through one function; the next pass is
// stopped (spec §6.4: about 16).
const maxPasses = 16

// traceID is the trace header that a function gets (spec §1.1): the caller's, or a new
// one that isn't sampled, with this pass counted in its Lineage. passes is how often the
// chain has passed through the function, this time included.
//
// That a function is named by eight hex digits and that its entry ends with a count that
// is 0 for the first pass is as recorded (spec §1.5). How entries of several functions
// are put together is inferred: in the order of their first passes, with "|" between.
func traceID(given, arn string, now time.Time) (header string, passes int) {
	var parts []string
	lineage := ""
	rooted := false
	for part := range strings.SplitSeq(given, ";") {
		switch value, isLineage := strings.CutPrefix(part, "Lineage="); {
		case isLineage:
			lineage = value
		case part != "":
			rooted = rooted || strings.HasPrefix(part, "Root=")
			parts = append(parts, part)
		}
	}
	if !rooted {
		var b [20]byte
		_, _ = rand.Read(b[:])
		parts = []string{fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", uint32(now.Unix()), b[:12], b[12:])}
	}
	lineage, passes = passing(lineage, functionHash(arn))
	return strings.Join(append(parts, "Lineage="+lineage), ";"), passes
}

func functionHash(arn string) string {
	of := sha256.Sum256([]byte(arn))
	return fmt.Sprintf("%x", of[:4])
}

// passing counts one more pass through a function.
func passing(lineage, function string) (counted string, passes int) {
	var entries []string
	for entry := range strings.SplitSeq(lineage, "|") {
		if entry == "" {
			continue
		}
		if before, ok := passesIn(entry, function); ok && passes == 0 {
			passes = before + 1
			entry = entry[:strings.LastIndexByte(entry, ':')+1] + strconv.Itoa(passes-1)
		}
		entries = append(entries, entry)
	}
	if passes == 0 {
		passes = 1
		entries = append(entries, "1:"+function+":0")
	}
	return strings.Join(entries, "|"), passes
}

// passesIn reads an entry of a lineage, if it is the function's.
func passesIn(entry, function string) (passes int, ok bool) {
	fields := strings.Split(entry, ":")
	n := len(fields)
	if n < 2 || fields[n-2] != function {
		return 0, false
	}
	count, err := strconv.ParseUint(fields[n-1], 10, 16)
	return int(count) + 1, err == nil
}

// passesOf is how often the chain of a counted header has passed through a function.
func passesOf(header, arn string) int {
	for part := range strings.SplitSeq(header, ";") {
		lineage, ok := strings.CutPrefix(part, "Lineage=")
		if !ok {
			continue
		}
		for entry := range strings.SplitSeq(lineage, "|") {
			if passes, ok := passesIn(entry, functionHash(arn)); ok {
				return passes
			}
		}
	}
	return 0
}

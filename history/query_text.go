package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A queryWord is one word of a query's text: field:text, or text alone.
type queryWord struct {
	field, text    string
	offset, length int // in the query's text
}

// splitQuery cuts a query into its words. Quotation marks keep white space
// together, at the beginning of a word or of a field's value; one that is not
// closed reaches to the end, because the person is still typing.
func splitQuery(text string) []queryWord {
	var out []queryWord
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			at += n
			continue
		}
		w := queryWord{offset: at}
		if name, ok := fieldName(text[at:]); ok {
			w.field = name
			at += len(name) + 1
		}
		w.text, at = wordAt(text, at)
		w.length = at - w.offset
		out = append(out, w)
	}
	return out
}

// fieldName is the known field that text begins with, up to its colon.
func fieldName(text string) (string, bool) {
	i := strings.IndexByte(text, ':')
	if i <= 0 {
		return "", false
	}
	name := strings.ToLower(text[:i])
	_, known := queryFields[name]
	return name, known
}

// wordAt reads a word, quoted or not, and returns where it ends.
func wordAt(text string, at int) (string, int) {
	if at < len(text) && text[at] == '"' && closesWord(text, at+1) {
		return quotedAt(text, at+1)
	}
	end := at
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		if unicode.IsSpace(r) {
			break
		}
		end += n
	}
	return text[at:end], end
}

// closesWord says whether the quotation mark before at quotes: a word such as
// "id":42 begins with one too, but goes on after the closing one.
func closesWord(text string, at int) bool {
	_, end := quotedAt(text, at)
	r, _ := utf8.DecodeRuneInString(text[end:])
	return end == len(text) || unicode.IsSpace(r)
}

func quotedAt(text string, at int) (string, int) {
	var b strings.Builder
	for at < len(text) {
		switch c := text[at]; {
		case c == '"':
			return b.String(), at + 1
		case c == '\\' && at+1 < len(text) && (text[at+1] == '"' || text[at+1] == '\\'):
			b.WriteByte(text[at+1])
			at += 2
		default:
			b.WriteByte(c)
			at++
		}
	}
	return b.String(), at
}

// parseMoment reads a point in time, or how long ago it was.
func parseMoment(field, v string) (moment, error) {
	if d, ok := parseSpan(v); ok {
		return moment{ago: max(d, 1)}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, strings.ToUpper(v), time.Local); err == nil && representable(t) {
			return moment{at: t}, nil
		}
	}
	switch strings.ToLower(v) {
	case "today":
		return moment{days: 1}, nil
	case "yesterday":
		return moment{days: 2}, nil
	}
	return moment{}, fmt.Errorf("%s: is an age such as 2d or 15m, a day such as 2026-11-22, today or yesterday, not %q", field, v)
}

// representable says whether a time fits into the nanoseconds of the database.
func representable(t time.Time) bool { return t.Year() > 1678 && t.Year() < 2262 }

// spanUnits are those of time.ParseDuration, and days and weeks.
var spanUnits = map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour}

// parseSpan reads a length of time with a unit: 2d, 1w, 1.5h, 1h30m, 500ms.
func parseSpan(v string) (time.Duration, bool) {
	v = strings.ToLower(v)
	for unit, length := range spanUnits {
		number, found := strings.CutSuffix(v, unit)
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n >= 0) || n > 36500 {
			return 0, false
		}
		return time.Duration(n * float64(length)), true
	}
	d, err := time.ParseDuration(v)
	return d, err == nil && d >= 0 && v != "0"
}

package history

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"lambent/invoke"
)

// A Query says which records to list. The zero value is all of them.
type Query struct {
	terms    []term
	filters  []filter
	since    moment
	target   []targetFilter
	function string // exact; "" for any
	queries  int    // fields and words that were given, for Empty
}

// A term is a word that must be found in one of some fields.
type term struct {
	fields []Field  // nil for all
	words  []string // folded; any of them will do
	whole  bool     // the field must be the word
}

// A filter is a condition on a row's columns. token is an FTS5 expression that
// every indexed row fulfils that the condition lets through, "" for none.
type filter struct {
	sql   string
	args  func(now time.Time) []any
	token string
}

// A targetFilter is a condition on the targets table.
type targetFilter struct {
	sql string
	arg string
}

// A moment is a point in time, or one that is counted back from the time when
// the query is run: a span, or midnights.
type moment struct {
	at   time.Time
	ago  time.Duration
	days int // 1 is the beginning of today, 2 of yesterday
}

func (m moment) isZero() bool { return m == moment{} }

func (m moment) time(now time.Time) time.Time {
	switch {
	case m.ago != 0:
		return now.Add(-m.ago)
	case m.days != 0:
		y, month, d := now.Date()
		return time.Date(y, month, d-m.days+1, 0, 0, 0, 0, now.Location())
	}
	return m.at
}

// A QueryError says what is wrong with a query, and where.
type QueryError struct {
	Offset, Length int // bytes of the query's text
	Text           string
}

// Error is one line for a person.
func (e *QueryError) Error() string { return e.Text }

// queryFields are the fields that a query knows. Anything else with a colon is
// a plain word: people search for JSON and URLs.
var queryFields = map[string]func(q *Query, value string) error{
	"fn":        (*Query).fieldFunction,
	"qualifier": (*Query).fieldQualifier,
	"target":    (*Query).fieldTarget,
	"type":      (*Query).fieldType,
	"status":    (*Query).fieldStatus,
	"is":        (*Query).fieldIs,
	"error":     (*Query).fieldError,
	"since":     (*Query).fieldSince,
	"before":    (*Query).fieldBefore,
	"slower":    (*Query).fieldSlower,
	"cold":      (*Query).fieldCold,
	"has":       (*Query).fieldHas,
}

// ParseQuery reads the query language: words between white space, all of which
// must hold.
//
//	word             occurs in function, qualifier, error, saved event, payload, response or log
//	"two words"      the same with a space in it; \" is a quotation mark
//	fn:orders        the function's name has it; fn:=orders is this one only
//	qualifier:live   exactly
//	target:aws       local or aws, or a part of profile, region, project or account
//	type:Event       RequestResponse, Event or DryRun
//	status:429       a status, or 2xx, 4xx, 5xx
//	is:ok            ok, error (function error), refused (service error, or nothing came back),
//	                 running, queued, dead, pinned
//	error:Timedout   the failure's name or message has it
//	since:2d         younger than 2d, 3h, 15m, 30s, 1w; or since 2026-11-22 or 2026-11-22T14:00:00Z,
//	                 today or yesterday
//	before:1w        older than that
//	slower:1s        took at least so long (a bare number is seconds)
//	cold:true        started an execution environment, or did not
//	has:log          payload, response, log, error, report or attempts
//
// Letters are compared without case. A field's value may be in quotation marks.
// The error is a *QueryError.
func ParseQuery(text string) (Query, error) {
	var q Query
	for _, w := range splitQuery(text) {
		field, known := queryFields[w.field]
		if !known {
			if w.text != "" {
				q.terms = append(q.terms, term{words: spellings(w.text)})
				q.queries++
			}
			continue
		}
		if w.text == "" {
			return Query{}, &QueryError{Offset: w.offset, Length: w.length, Text: fmt.Sprintf("%s: needs a value", w.field)}
		}
		if err := field(&q, w.text); err != nil {
			return Query{}, &QueryError{Offset: w.offset, Length: w.length, Text: err.Error()}
		}
		q.queries++
	}
	return q, nil
}

// Empty says whether the query's text asked for nothing.
func (q Query) Empty() bool { return q.queries == 0 }

// InFunction narrows the query to one function of one target.
func (q Query) InFunction(k Key) Query {
	q = q.InScope(k.Scope)
	q.function = k.Function
	return q
}

// InScope narrows the query to one target (see ScopeOf).
func (q Query) InScope(scope string) Query {
	q.target = append(slices.Clip(q.target), targetFilter{"scope = ?", scope})
	return q
}

// Words are the plain words of the query, as folded for the comparison.
func (q Query) Words() []string {
	var out []string
	for _, t := range q.terms {
		if t.fields == nil {
			out = append(out, t.words[0])
		}
	}
	return out
}

// spellings are the word, and the name that the wire uses where the word is
// another name of a catalogued exception.
func spellings(word string) []string {
	words := []string{foldString(word)}
	if entry, ok := invoke.Lookup(word); ok {
		if name := foldString(entry.Name); name != "" && name != words[0] {
			words = append(words, name)
		}
	}
	return words
}

func (q *Query) fieldFunction(v string) error {
	name, whole := strings.CutPrefix(v, "=")
	if name == "" {
		return errors.New("fn: needs a name after =")
	}
	q.terms = append(q.terms, term{fields: []Field{FieldFunction}, words: []string{foldString(name)}, whole: whole})
	return nil
}

func (q *Query) fieldQualifier(v string) error {
	q.terms = append(q.terms, term{fields: []Field{FieldQualifier}, words: []string{foldString(v)}, whole: true})
	return nil
}

func (q *Query) fieldError(v string) error {
	q.terms = append(q.terms, term{fields: []Field{FieldError}, words: spellings(v)})
	return nil
}

func (q *Query) fieldTarget(v string) error {
	v = strings.ToLower(v)
	if v == string(invoke.Local) || v == string(invoke.AWS) {
		q.target = append(q.target, targetFilter{"kind = ?", v})
		return nil
	}
	q.target = append(q.target, targetFilter{
		`instr(lower(profile || char(10) || region || char(10) || name || char(10) || account || char(10) || project || char(10) || endpoint), ?) > 0`, v})
	return nil
}

func (q *Query) filter(token, sql string, args ...any) {
	if token != "" && token[0] != '(' {
		token = `"` + token + `"`
	}
	q.filters = append(q.filters, filter{sql: sql, token: token, args: func(time.Time) []any { return args }})
}

func (q *Query) fieldType(v string) error {
	for _, t := range invoke.InvocationTypes {
		if strings.EqualFold(v, string(t)) {
			q.filter(typeToken(t), "i.type = ?", string(t))
			return nil
		}
	}
	return fmt.Errorf("type: is RequestResponse, Event or DryRun, not %q", v)
}

func (q *Query) fieldStatus(v string) error {
	v = strings.ToLower(v)
	if len(v) == 3 && v[0] >= '1' && v[0] <= '5' && v[1:] == "xx" {
		class := int(v[0]-'0') * 100
		q.filter(statusClassToken(class), "i.status BETWEEN ? AND ?", class, class+99)
		return nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 100 || n > 599 {
		return fmt.Errorf("status: is a status such as 200 or 429, or 2xx, 4xx or 5xx, not %q", v)
	}
	q.filter(statusToken(n), "i.status = ?", n)
	return nil
}

func (q *Query) fieldIs(v string) error {
	kind := strings.ToLower(v)
	if sql, ok := kinds[kind]; ok {
		q.filter(kindToken(kind), sql)
		return nil
	}
	if kind == "pinned" {
		q.filter("", "i.pinned = 1")
		return nil
	}
	return fmt.Errorf("is: is ok, error, refused, running, queued, dead or pinned, not %q", v)
}

func (q *Query) fieldSince(v string) error {
	m, err := parseMoment("since", v)
	if err != nil {
		return err
	}
	q.since = m
	q.filters = append(q.filters, filter{sql: "i.started_at >= ?", args: func(now time.Time) []any {
		return []any{m.time(now).UnixNano()}
	}})
	return nil
}

func (q *Query) fieldBefore(v string) error {
	m, err := parseMoment("before", v)
	if err != nil {
		return err
	}
	q.filters = append(q.filters, filter{sql: "i.started_at < ?", args: func(now time.Time) []any {
		return []any{m.time(now).UnixNano()}
	}})
	return nil
}

func (q *Query) fieldSlower(v string) error {
	d, ok := parseSpan(v)
	if !ok {
		seconds, err := strconv.ParseFloat(v, 64)
		if err != nil || seconds < 0 || seconds > 1e6 {
			return fmt.Errorf("slower: is a time such as 500ms or 1s, not %q", v)
		}
		d = time.Duration(seconds * float64(time.Second))
	}
	q.filter(slowerTokens(d), "i.duration >= ?", int64(d))
	return nil
}

func (q *Query) fieldCold(v string) error {
	switch strings.ToLower(v) {
	case "true", "yes":
		q.filter(coldToken, "i.init > 0")
	case "false", "no":
		q.filter(warmToken, "i.init = 0")
	default:
		return fmt.Errorf("cold: is true or false, not %q", v)
	}
	return nil
}

func (q *Query) fieldHas(v string) error {
	sql, ok := map[string]string{
		"payload":  "i.payload_size > 0",
		"response": "i.response_size > 0",
		"log":      "i.log_size > 0",
		"error":    "i.error_name <> ''",
		"report":   "i.billed > 0",
		"attempts": "i.attempts > 0",
	}[strings.ToLower(v)]
	if !ok {
		return fmt.Errorf("has: is payload, response, log, error, report or attempts, not %q", v)
	}
	q.filter("", sql)
	return nil
}

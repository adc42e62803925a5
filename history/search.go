package history

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"lambent/invoke"
)

// kinds are the values of is: that are conditions on columns the index knows.
var kinds = map[string]string{
	"ok":      "i.state = 'done' AND i.error_name = ''",
	"error":   "i.error_kind = 'function'",
	"refused": "i.error_kind IN ('service', 'client')",
	"running": "i.state = 'running'",
	"queued":  "i.state = 'queued'",
	"dead":    "i.state = 'dead'",
}

// The tokens by which the index knows a row's columns.
func typeToken(t invoke.InvocationType) string { return tokenMark + "y" + strings.ToLower(string(t)) }
func statusToken(status int) string            { return fmt.Sprintf(tokenMark+"s%03d", status) }
func statusClassToken(class int) string        { return fmt.Sprintf(tokenMark+"s%cxx", '0'+class/100) }
func kindToken(kind string) string             { return tokenMark + "i" + kind }
func targetToken(id int64) string              { return fmt.Sprintf(tokenMark+"t%d", id) }
func durationToken(d time.Duration) string {
	return fmt.Sprintf(tokenMark+"d%02d", durationClass(d))
}
func functionToken(function string) string {
	h := fnv.New64a()
	h.Write([]byte(function))
	return fmt.Sprintf(tokenMark+"f%016x", h.Sum64())
}

const (
	coldToken = tokenMark + "cold"
	warmToken = tokenMark + "warm"
)

// durationClass sorts durations into powers of two of a millisecond, for the index.
func durationClass(d time.Duration) int {
	return min(bits.Len64(uint64(max(d, 0)/time.Millisecond)), maxDurationClass)
}

const maxDurationClass = 24 // from 2.3 hours on

// slowerTokens is an expression that every run of at least d fulfils.
func slowerTokens(d time.Duration) string {
	var any []string
	for class := durationClass(d); class <= maxDurationClass; class++ {
		any = append(any, fmt.Sprintf(`"`+tokenMark+`d%02d"`, class))
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// List returns the newest records that match, newest first. before is the id of
// the last row of the page before, 0 for the first page. Newest means written
// last: a local call is written when it ends.
func (s *Store) List(ctx context.Context, q Query, before int64, limit int) ([]Summary, error) {
	if limit <= 0 {
		return nil, nil
	}
	var page []Summary
	err := s.walk(ctx, q, before, limit, func(sum Summary) bool {
		page = append(page, sum)
		return len(page) < limit
	})
	return page, s.explain("list the history", err)
}

// Count returns how many records match, counting no further than limit.
func (s *Store) Count(ctx context.Context, q Query, limit int) (int, error) {
	n := 0
	if limit <= 0 {
		return 0, nil
	}
	if len(q.terms) > 0 {
		err := s.walk(ctx, q, 0, limit, func(Summary) bool {
			n++
			return n < limit
		})
		return n, s.explain("count the history", err)
	}
	p, ok, err := s.plan(ctx, s.read, q)
	if err != nil || !ok {
		return 0, s.explain("count the history", err)
	}
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM invocations i WHERE `+p.where+` LIMIT ?)`,
		append(slices.Clip(p.args), limit)...).Scan(&n)
	return n, s.explain("count the history", err)
}

// A plan is how a query is answered.
type plan struct {
	// match is an FTS5 expression that all matching rows in the index fulfil, ""
	// when the index can't help. narrow is the same with the rarest of the words
	// that are too short for a gram: FTS5 collects all runs with any gram that
	// begins so before it tells of the first. Most short words are in most runs, so
	// they are looked for in the newest runs first.
	match, narrow string

	where   string // conditions on the columns
	args    []any
	floor   int64 // no record with a smaller id matches
	indexed int64 // the index holds records up to this id
}

// plan works out a query; ok is false when nothing can match.
func (s *Store) plan(ctx context.Context, r querier, q Query) (p plan, ok bool, err error) {
	now := s.now()
	var match []string
	short := "" // of the rarest of the short words
	where := []string{"i.hidden = 0"}
	for _, f := range q.filters {
		where = append(where, f.sql)
		p.args = append(p.args, f.args(now)...)
		if f.token != "" {
			match = append(match, f.token)
		}
	}
	if q.function != "" {
		where = append(where, "i.function = ?")
		p.args = append(p.args, q.function)
		match = append(match, `"`+functionToken(q.function)+`"`)
	}
	if len(q.terms) > 0 {
		if err := s.sample.refresh(ctx, s, r); err != nil {
			return p, false, err
		}
	}
	rarest := -1
	for _, t := range q.terms {
		var long []string
		for _, w := range t.words {
			if len(w) >= gramSize {
				long = append(long, matchWord(w, s.sample.count))
			} else if n := s.sample.count(shortGram(w)); len(t.words) == 1 && (rarest < 0 || n < rarest) {
				rarest, short = n, matchShort(w)
			}
		}
		if len(long) == len(t.words) {
			match = append(match, "("+strings.Join(long, " OR ")+")")
		}
	}
	if len(q.target) > 0 {
		ids, err := targetIDs(ctx, r, q.target)
		if err != nil || len(ids) == 0 {
			return p, false, err
		}
		var in, tokens []string
		for _, id := range ids {
			in = append(in, strconv.FormatInt(id, 10))
			tokens = append(tokens, `"`+targetToken(id)+`"`)
		}
		where = append(where, "i.target IN ("+strings.Join(in, ", ")+")")
		match = append(match, "("+strings.Join(tokens, " OR ")+")")
	}
	if err := r.QueryRowContext(ctx, `SELECT value FROM marks WHERE name = 'indexed_to'`).Scan(&p.indexed); err != nil {
		return p, false, err
	}
	if !q.since.isZero() {
		if p.floor, err = firstSince(ctx, r, q.since.time(now)); err != nil {
			return p, false, err
		}
	}
	p.match = strings.Join(match, " AND ")
	p.narrow = p.match
	if short != "" {
		p.narrow = strings.Join(append(match, short), " AND ")
	}
	p.where = strings.Join(where, " AND ")
	return p, true, nil
}

func targetIDs(ctx context.Context, r querier, filters []targetFilter) ([]int64, error) {
	var where []string
	var args []any
	for _, f := range filters {
		where = append(where, "("+f.sql+")")
		args = append(args, f.arg)
	}
	rows, err := r.QueryContext(ctx, `SELECT id FROM targets WHERE `+strings.Join(where, " AND "), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// firstSince is an id below which no record started at t or later. A call starts
// before its row is written, and recorded_at never decreases with the id, so the
// place is found by halving. The hour is for calls that were recorded before
// they were sent, and for targets whose clock differs.
func firstSince(ctx context.Context, r querier, t time.Time) (int64, error) {
	want := t.Add(-time.Hour).UnixNano()
	var last sql.NullInt64
	if err := r.QueryRowContext(ctx, `SELECT max(id) FROM invocations`).Scan(&last); err != nil || !last.Valid {
		return 0, err
	}
	low, high := int64(0), last.Int64+1
	for low < high {
		middle := low + (high-low)/2
		var id, recorded int64
		err := r.QueryRowContext(ctx, `SELECT id, recorded_at FROM invocations WHERE id >= ? ORDER BY id LIMIT 1`, middle).
			Scan(&id, &recorded)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			high = middle
		case err != nil:
			return 0, err
		case recorded < want:
			low = id + 1
		default:
			high = middle
		}
	}
	return low, nil
}

// broadRuns is after how many runs without a full page the index is asked for
// short words, too.
const broadRuns = 600

// walk hands the matching records to yield, newest first, until it returns false.
// Everything is read in one transaction: a row that the indexer takes from the
// rows to index into the index must be seen in one of the two places.
func (s *Store) walk(ctx context.Context, q Query, before int64, limit int, yield func(Summary) bool) error {
	r, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer r.Rollback()
	p, ok, err := s.plan(ctx, r, q)
	if err != nil || !ok {
		return err
	}
	if len(q.terms) > 0 {
		defer s.index.wake()
	}
	seen := 0
	for size := min(limit, 64); ; size = min(2*size, 512) {
		if seen += size; seen > broadRuns {
			p.match = p.narrow
		}
		rows, next, err := s.candidates(ctx, r, p, before, size)
		if err != nil {
			return err
		}
		for i := range rows {
			match := len(q.terms) == 0
			if !match {
				if match, err = s.verify(ctx, r, q, &rows[i]); err != nil {
					return err
				}
			}
			if match && !yield(rows[i]) {
				return nil
			}
		}
		if next == 0 {
			return nil
		}
		before = next
	}
}

const (
	fromTable = `SELECT ` + summaryColumns + ` FROM invocations i WHERE i.id < ? AND i.id >= ? AND `
	// CROSS JOIN: the index gives the ids, newest first, and not the other way round.
	fromIndex = `SELECT ` + summaryColumns + ` FROM search CROSS JOIN invocations i ON i.id = search.rowid
		WHERE search.rowid < ? AND search.rowid >= ? AND search MATCH ? AND i.id NOT IN (SELECT id FROM reindex) AND `
	fromReindex = `SELECT ` + summaryColumns + ` FROM reindex CROSS JOIN invocations i ON i.id = reindex.id
		WHERE reindex.id < ? AND reindex.id >= ? AND `
	newestFirst = ` ORDER BY i.id DESC LIMIT ?`
)

// candidates are the next rows whose columns match and whose texts may, newest
// first. next is the id to go on before, 0 when that was all.
func (s *Store) candidates(ctx context.Context, r querier, p plan, before int64, size int) (rows []Summary, next int64, err error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	rest := append(slices.Clip(p.args), size)
	if p.match == "" {
		rows, err = s.summaries(ctx, r, fromTable+p.where+newestFirst, append([]any{before, p.floor}, rest...)...)
		if len(rows) == size {
			next = rows[size-1].ID
		}
		return rows, next, err
	}
	upTo := min(before, p.indexed+1)
	for _, part := range []struct {
		query string
		args  []any
	}{
		{fromTable + p.where + newestFirst, []any{before, max(p.floor, p.indexed+1)}},
		{fromReindex + p.where + newestFirst, []any{upTo, p.floor}},
		{fromIndex + p.where + ` ORDER BY search.rowid DESC LIMIT ?`, []any{upTo, p.floor, p.match}},
	} {
		some, err := s.summaries(ctx, r, part.query, append(part.args, rest...)...)
		if err != nil {
			return nil, 0, err
		}
		if len(some) == size {
			next = max(next, some[size-1].ID)
		}
		rows = append(rows, some...)
	}
	// Below the last row of a full part there may be more of that part, so what
	// the other parts have there must wait.
	rows = slices.DeleteFunc(rows, func(row Summary) bool { return row.ID < next })
	slices.SortFunc(rows, func(a, b Summary) int { return cmp.Compare(b.ID, a.ID) })
	return rows, next, nil
}

func (s *Store) summaries(ctx context.Context, r querier, query string, args ...any) ([]Summary, error) {
	rows, err := r.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Summary
	var targets []int64
	for rows.Next() {
		sum, target, err := scanRow(rows, s.owner)
		if err != nil {
			return nil, err
		}
		out, targets = append(out, sum), append(targets, target)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	for i, id := range targets {
		if out[i].Target, err = s.targetInfo(ctx, r, id); err != nil {
			return nil, err
		}
	}
	return out, nil
}

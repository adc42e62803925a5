package history

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Similar is for what a person types half remembered: "paydec" is PaymentDeclined,
// "ordrs" is orders. It takes the letters of a word in their order with few others in
// between, as fuzzy finders do, and so needs the texts themselves: those of the
// newest runs that a row shows are held in memory. List stays exact and looks
// everywhere; what acts on many runs at once (replay, export) uses only that.
const (
	// recentRuns is how many of the newest runs are looked at.
	recentRuns = 10_000
	// similarLetters is how long a word must be, in characters: with fewer everything is similar.
	similarLetters = 3
	// similarChunk is how many of the best are read from the database at a time.
	similarChunk = 200
)

// recentFields are the parts of a run that are looked at.
var recentFields = [...]Field{FieldFunction, FieldQualifier, FieldError, FieldEvent, FieldPayload}

// A recentRun is what a row of the list shows of a run, folded.
type recentRun struct {
	id    int64
	texts [len(recentFields)]string
}

// recent holds the newest runs as they were at a version of the store.
type recent struct {
	mu      sync.Mutex
	read    bool
	version int64
	runs    []recentRun // newest first
}

// of returns the newest runs; what it returned before is read again only after
// something was written.
func (m *recent) of(ctx context.Context, s *Store) ([]recentRun, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	version, err := s.Version(ctx)
	if err != nil {
		return nil, err
	}
	if m.read && version == m.version {
		return m.runs, nil
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, function, qualifier, error_name, event, head FROM invocations
		WHERE hidden = 0 ORDER BY id DESC LIMIT ?`, recentRuns)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var runs []recentRun
	names := map[string]string{} // functions and errors are few: each is kept once
	for rows.Next() {
		var r recentRun
		var texts [len(recentFields)]sql.RawBytes
		if err := rows.Scan(&r.id, &texts[0], &texts[1], &texts[2], &texts[3], &texts[4]); err != nil {
			return nil, err
		}
		for i, text := range texts {
			if known, ok := names[string(text)]; ok {
				r.texts[i] = known
				continue
			}
			r.texts[i] = string(fold(nil, text))
			if recentFields[i] != FieldPayload {
				names[string(text)] = r.texts[i]
			}
		}
		runs = append(runs, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	m.read, m.version, m.runs = true, version, runs
	return runs, nil
}

// A near is a run that is similar to what was asked for, and how far from it.
type near struct {
	id  int64
	gap int // letters in between, of all words
}

// Similar lists runs that have the words of the query in a similar form in what
// their rows show: function, qualifier, error, saved event and the beginning of the
// payload. The most similar stand first, of those the newest. It looks at the newest
// recentRuns runs, leaves out those of found (what List had), and finds nothing where
// the query has no word of at least similarLetters characters.
func (s *Store) Similar(ctx context.Context, q Query, found []Summary, limit int) ([]Summary, error) {
	words := q.terms
	if limit <= 0 || !slices.ContainsFunc(words, term.blurs) {
		return nil, nil
	}
	runs, err := s.recent.of(ctx, s)
	if err != nil {
		return nil, s.explain("search the history", err)
	}
	listed := map[int64]bool{}
	for _, row := range found {
		listed[row.ID] = true
	}
	var all []near
	for i := range runs {
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if gap, ok := runs[i].nearTo(words); ok && !listed[runs[i].id] {
			all = append(all, near{runs[i].id, gap})
		}
	}
	slices.SortFunc(all, func(a, b near) int { return cmp.Or(cmp.Compare(a.gap, b.gap), cmp.Compare(b.id, a.id)) })
	out, err := s.nearest(ctx, q, all, limit)
	return out, s.explain("search the history", err)
}

// nearest reads the runs that the query's conditions let through, until there are limit.
func (s *Store) nearest(ctx context.Context, q Query, all []near, limit int) ([]Summary, error) {
	r, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer r.Rollback()
	words := q.terms
	q.terms = nil
	p, ok, err := s.plan(ctx, r, q)
	if err != nil || !ok {
		return nil, err
	}
	var out []Summary
	for chunk := range slices.Chunk(all, similarChunk) {
		ids := make([]string, len(chunk))
		for i, n := range chunk {
			ids[i] = strconv.FormatInt(n.id, 10)
		}
		rows, err := s.summaries(ctx, r, `SELECT `+summaryColumns+` FROM invocations i WHERE i.id IN (`+strings.Join(ids, ",")+`) AND `+p.where, p.args...)
		if err != nil {
			return nil, err
		}
		for _, n := range chunk {
			i := slices.IndexFunc(rows, func(row Summary) bool { return row.ID == n.id })
			if i < 0 {
				continue
			}
			rows[i].Matches = similarMatches(rows[i], words)
			if out = append(out, rows[i]); len(out) == limit {
				return out, nil
			}
		}
	}
	return out, nil
}

// blurs says whether something similar to the term may be meant. What is no UTF-8 is
// meant as it is.
func (t term) blurs() bool {
	return !t.whole && utf8.RuneCountInString(t.words[0]) >= similarLetters && !strings.ContainsRune(t.words[0], utf8.RuneError)
}

// nearTo says whether a run has all words, and how many letters are in between.
func (r *recentRun) nearTo(words []term) (gap int, ok bool) {
	for _, t := range words {
		_, _, g, found := t.nearest(func(i int) string { return r.texts[i] })
		if !found {
			return 0, false
		}
		gap += g
	}
	return gap, true
}

// nearest is the part of a run that is most similar to the term, and where.
func (t term) nearest(text func(i int) string) (field int, at [][2]int, gap int, found bool) {
	gap = -1
	for i, f := range recentFields {
		if t.fields != nil && !slices.Contains(t.fields, f) {
			continue
		}
		for _, w := range t.words {
			where, g, ok := t.inText(text(i), w)
			if ok && (gap < 0 || g < gap) {
				field, at, gap = i, where, g
			}
		}
	}
	return field, at, gap, gap >= 0
}

// inText looks for one spelling of a term in one text: as it is, where nothing similar
// may be meant.
func (t term) inText(text, word string) (at [][2]int, gap int, ok bool) {
	if !t.blurs() {
		i := strings.Index(text, word)
		if i < 0 || t.whole && text != word {
			return nil, 0, false
		}
		return [][2]int{{i, i + len(word)}}, 0, true
	}
	return similar(text, word)
}

// similarMatches say where in a row its words are.
func similarMatches(row Summary, words []term) []Match {
	parts := [...]string{row.Function, row.Qualifier, row.FailureName, row.SavedEvent, row.Head}
	var out []Match
	for _, t := range words {
		i, at, _, found := t.nearest(func(i int) string { return foldString(parts[i]) })
		if !found {
			continue // the row was changed since
		}
		start, end := at[0][0], at[len(at)-1][1]
		m := Match{Word: t.words[0], Field: recentFields[i]}
		m.Text, m.Start, m.End = excerpt([]byte(parts[i]), start, end-start)
		from := start - m.Start // of Text in the part
		for _, piece := range at {
			m.Pieces = append(m.Pieces, [2]int{piece[0] - from, piece[1] - from})
		}
		out = append(out, m)
	}
	return out
}

// similar finds the place in a folded text where a folded word's characters follow
// each other with the fewest bytes in between, at most three for every four
// characters. It returns the pieces that the word is made of.
func similar(text, word string) (pieces [][2]int, gap int, ok bool) {
	most := utf8.RuneCountInString(word) * 3 / 4
	gap = most + 1
	for from := 0; gap > 0; {
		end := lastOf(text, word, from)
		if end < 0 {
			break
		}
		start := firstOf(text[:end], word)
		if g := end - start - len(word); g < gap {
			gap, pieces = g, piecesOf(text, word, start)
		}
		_, n := utf8.DecodeRuneInString(text[start:])
		from = start + n
	}
	return pieces, gap, pieces != nil
}

// lastOf is the end of the first place at or after from by which all characters of
// the word have come in their order, -1 where there is none.
func lastOf(text, word string, from int) int {
	for _, r := range word {
		i := strings.IndexRune(text[from:], r)
		if i < 0 {
			return -1
		}
		from += i + utf8.RuneLen(r)
	}
	return from
}

// firstOf is the beginning of the shortest place that ends where text does.
func firstOf(text, word string) int {
	for end := len(word); end > 0; {
		_, n := utf8.DecodeLastRuneInString(word[:end])
		text = text[:strings.LastIndex(text, word[end-n:end])]
		end -= n
	}
	return len(text)
}

// piecesOf are the runs of characters of the word in text from start on, joined
// where they touch.
func piecesOf(text, word string, start int) (out [][2]int) {
	at := start
	for _, r := range word {
		at += strings.IndexRune(text[at:], r)
		next := at + utf8.RuneLen(r)
		if n := len(out); n > 0 && out[n-1][1] == at {
			out[n-1][1] = next
		} else {
			out = append(out, [2]int{at, next})
		}
		at = next
	}
	return out
}

package history

import (
	"context"
	"database/sql"
	"sync"
)

const (
	// sampleRuns is how many runs the frequencies of grams are estimated from.
	sampleRuns = 64
	// sampleFrom is the smallest history that a sample is taken of; below it, every
	// list of the index is short.
	sampleFrom = 2000
	// sampleSize is the largest run, in bytes, that is part of a sample.
	sampleSize = 64 << 10
)

// A sample estimates how common grams are, from some newest runs and some from
// all over the history. It decides which grams a search asks the index for: a
// bad estimate makes a search slower, never wrong.
type sample struct {
	mu     sync.Mutex
	upTo   int64 // id of the newest run when it was taken
	counts map[uint32]int
}

// count says in how many sampled runs a gram is.
func (m *sample) count(gram uint32) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts[gram]
}

// refresh takes the sample, the first time and whenever the history has doubled since.
func (m *sample) refresh(ctx context.Context, s *Store, r querier) error {
	var newest sql.NullInt64
	if err := r.QueryRowContext(ctx, `SELECT max(id) FROM invocations`).Scan(&newest); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if newest.Int64 < sampleFrom || newest.Int64 < 2*m.upTo {
		return nil
	}
	counts := map[uint32]int{}
	set := newGramSet()
	for i := range int64(sampleRuns) {
		id := newest.Int64 - i // half of them the newest, half spread out
		if i%2 == 1 {
			id = newest.Int64 / sampleRuns * i
		}
		rows, err := s.summaries(ctx, r, fromTable+`i.payload_size + i.response_size + i.log_size <= ?
			ORDER BY i.id DESC LIMIT 1`, id+1, 0, sampleSize)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := s.collect(ctx, r, set, row); err != nil {
				return err
			}
			for gram := range withShort(set.grams) {
				counts[gram]++
			}
		}
	}
	m.upTo, m.counts = newest.Int64, counts
	return nil
}

// collect puts all grams of a record into the set.
func (s *Store) collect(ctx context.Context, r querier, set *gramSet, row Summary) error {
	texts, err := s.texts(ctx, r, row)
	if err != nil {
		return err
	}
	set.reset()
	for _, t := range []string{row.Function, row.Qualifier, row.FailureName, row.SavedEvent} {
		set.add([]byte(t))
	}
	for _, t := range texts {
		set.add(t.text)
	}
	return nil
}

// withShort are the grams, and what shortGram gives for their beginnings.
func withShort(grams []uint32) map[uint32]struct{} {
	out := make(map[uint32]struct{}, 2*len(grams))
	for _, n := range grams {
		out[n] = struct{}{}
		out[1<<31|1<<8|n>>16] = struct{}{}
		out[1<<31|2<<16|n>>8] = struct{}{}
	}
	return out
}

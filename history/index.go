package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	// indexBatch is how many runs are indexed in one transaction. While it is
	// open nothing else is written, so it is kept to some milliseconds; a run that
	// is not indexed yet is found all the same.
	indexBatch = 16
	// indexBytes ends a batch early, after so much text.
	indexBytes = 256 << 10
	// indexPause is how long the indexer stays away after the last record, so that
	// a series of calls is not slowed down by it.
	indexPause = 100 * time.Millisecond
	// indexAtClose is how many runs are indexed when the store is closed: as many
	// as a process that makes one call has written, not the backlog of others.
	indexAtClose = 4
)

// An indexer writes the search index in the background. It sleeps until it is woken.
type indexer struct {
	store *Store
	kick  chan struct{}
	quit  chan struct{}
	done  chan struct{}
	start sync.Once
	end   sync.Once
	one   sync.Mutex // a batch at a time: it guards set
	set   *gramSet
}

func newIndexer(s *Store) *indexer {
	return &indexer{store: s, kick: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
}

// wake tells the indexer that there may be rows to index.
func (x *indexer) wake() {
	x.start.Do(func() { go x.run() })
	select {
	case x.kick <- struct{}{}:
	default:
	}
}

func (x *indexer) stop() {
	x.end.Do(func() {
		started := true
		x.start.Do(func() { started = false })
		close(x.quit)
		if !started {
			return
		}
		<-x.done
		if _, err := x.batch(indexAtClose); err != nil {
			x.store.onError(fmt.Errorf("index the history: %w", err))
		}
	})
}

func (x *indexer) run() {
	defer close(x.done)
	pause := time.NewTimer(indexPause)
	defer pause.Stop()
	for {
		select {
		case <-x.quit:
			return
		case <-x.kick:
			pause.Reset(indexPause)
		case <-pause.C:
			n, err := x.batch(indexBatch)
			if err != nil {
				x.store.onError(fmt.Errorf("index the history: %w", err))
			} else if n > 0 {
				pause.Reset(time.Millisecond)
			}
		}
	}
}

// A document is what the index is to hold of a row, and how the row was when it
// was read.
type document struct {
	row  Summary
	text string
}

// batch indexes some rows that the index does not hold as they are now, and
// returns how many.
func (x *indexer) batch(size int) (int, error) {
	x.one.Lock()
	defer x.one.Unlock()
	docs, err := x.read(size)
	if err != nil || len(docs) == 0 {
		return 0, err
	}
	err = x.store.write.do(func(t *tx) error {
		for _, d := range docs {
			if err := d.write(t); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errClosed) {
		return 0, nil
	}
	return len(docs), err
}

// write puts a document into the index. A row that was changed since it was read
// is in reindex, and stays there; one that was deleted is passed over.
func (d document) write(t *tx) error {
	var state string
	var attempts int
	err := t.row(`SELECT state, attempts FROM invocations WHERE id = ?`, d.row.ID).Scan(&state, &attempts)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err == nil {
		if _, err := t.exec(`INSERT OR REPLACE INTO search(rowid, grams) VALUES(?, ?)`, d.row.ID, d.text); err != nil {
			return err
		}
	}
	// Ids are given in the order of commits, and read in their order: there is
	// none between indexed_to and this one.
	if _, err := t.exec(`UPDATE marks SET value = max(value, ?) WHERE name = 'indexed_to'`, d.row.ID); err != nil {
		return err
	}
	was := d.row.State
	if was == StateMayHaveRun {
		was = StateRunning // as the column has it
	}
	if err == nil && state == was && attempts == d.row.Attempts {
		_, err := t.exec(`DELETE FROM reindex WHERE id = ?`, d.row.ID)
		return err
	}
	return nil
}

// read makes documents of the oldest rows that the index does not hold, and of
// changed ones.
func (x *indexer) read(size int) ([]document, error) {
	ctx := context.Background()
	r, err := x.store.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer r.Rollback()
	var upTo int64
	if err := r.QueryRowContext(ctx, `SELECT value FROM marks WHERE name = 'indexed_to'`).Scan(&upTo); err != nil {
		return nil, err
	}
	rows, err := x.store.summaries(ctx, r, fromReindex+`1 ORDER BY i.id LIMIT ?`, upTo+1, 0, size)
	if err != nil {
		return nil, err
	}
	fresh, err := x.store.summaries(ctx, r, fromTable+`1 ORDER BY i.id LIMIT ?`, math.MaxInt64, upTo+1, size)
	if err != nil {
		return nil, err
	}
	rows = append(rows, fresh...)
	if x.set == nil && len(rows) > 0 {
		x.set = newGramSet()
	}
	var docs []document
	total := int64(0)
	for _, row := range rows {
		if total > indexBytes || len(docs) == size {
			break
		}
		if err := x.store.collect(ctx, r, x.set, row); err != nil {
			return nil, err
		}
		total += row.PayloadSize + row.ResponseSize + row.LogSize
		target, err := targetOf(ctx, r, row.ID)
		if err != nil {
			return nil, err
		}
		docs = append(docs, document{row: row, text: x.set.document(tokens(row, target)...)})
	}
	return docs, nil
}

func targetOf(ctx context.Context, r querier, id int64) (target int64, err error) {
	err = r.QueryRowContext(ctx, `SELECT target FROM invocations WHERE id = ?`, id).Scan(&target)
	return target, err
}

// tokens are what the index knows of a row's columns. Each must hold exactly
// where the filter of the query that uses it does.
func tokens(row Summary, target int64) []string {
	out := []string{functionToken(row.Function), typeToken(row.Type), targetToken(target), statusToken(row.StatusCode), durationToken(row.Duration)}
	if row.StatusCode >= 100 && row.StatusCode <= 599 {
		out = append(out, statusClassToken(row.StatusCode/100*100))
	}
	if row.Cold() {
		out = append(out, coldToken)
	} else {
		out = append(out, warmToken)
	}
	switch row.FailureKind {
	case "function":
		out = append(out, kindToken("error"))
	case "service", "client":
		out = append(out, kindToken("refused"))
	}
	switch row.State {
	case StateDone:
		if row.FailureName == "" {
			out = append(out, kindToken("ok"))
		}
	case StateRunning, StateMayHaveRun:
		out = append(out, kindToken("running"))
	case StateQueued:
		out = append(out, kindToken("queued"))
	case StateDead:
		out = append(out, kindToken("dead"))
	}
	return out
}

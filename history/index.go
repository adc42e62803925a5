package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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

// state is the row's state as its column has it.
func (d document) state() string {
	if d.row.State == StateMayHaveRun {
		return StateRunning
	}
	return d.row.State
}

// batch indexes the newest rows that the index does not hold as they are now,
// and returns how many.
func (x *indexer) batch(size int) (int, error) {
	docs, err := x.read(size)
	if err != nil || len(docs) == 0 {
		return 0, err
	}
	err = x.store.write.do(func(t *tx) error {
		for _, d := range docs {
			// A row that was changed or deleted since it was read is left for the next time.
			res, err := t.exec(`UPDATE invocations SET indexed = 1 WHERE id = ? AND state = ? AND attempts = ?`,
				d.row.ID, d.state(), d.row.Attempts)
			if err != nil {
				return err
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				if err != nil {
					return err
				}
				continue
			}
			if _, err := t.exec(`INSERT OR REPLACE INTO search(rowid, grams) VALUES(?, ?)`, d.row.ID, d.text); err != nil {
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

func (x *indexer) read(size int) ([]document, error) {
	ctx := context.Background()
	r, err := x.store.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer r.Rollback()
	rows, err := x.store.summaries(ctx, r, fromUnindexed+`1 ORDER BY i.id DESC LIMIT ?`, size)
	if err != nil {
		return nil, err
	}
	if x.set == nil && len(rows) > 0 {
		x.set = newGramSet()
	}
	var docs []document
	total := 0
	for _, row := range rows {
		if total > indexBytes {
			break
		}
		if err := x.store.collect(ctx, r, x.set, row); err != nil {
			return nil, err
		}
		total += int(row.PayloadSize + row.ResponseSize + row.LogSize)
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
	out := []string{typeToken(row.Type), targetToken(target), statusToken(row.StatusCode), durationToken(row.Duration)}
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

package history

import (
	"context"
	"database/sql"
	"errors"
	"runtime"
	"sync"
)

// A tx is the transaction that a job writes in.
type tx struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

// exec runs a statement, prepared once for all times.
func (t *tx) exec(query string, args ...any) (sql.Result, error) {
	st, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(context.Background(), args...)
}

func (t *tx) row(query string, args ...any) *sql.Row {
	st, err := t.stmt(query)
	if err != nil {
		return t.conn.QueryRowContext(context.Background(), query, args...) // the same error, where Scan tells it
	}
	return st.QueryRowContext(context.Background(), args...)
}

func (t *tx) query(query string, args ...any) (*sql.Rows, error) {
	st, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.Background(), args...)
}

func (t *tx) stmt(query string) (*sql.Stmt, error) {
	if st := t.stmts[query]; st != nil {
		return st, nil
	}
	st, err := t.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	t.stmts[query] = st
	return st, nil
}

// A job is one caller's share of a transaction. It may be run more than once
// (the transaction of which it was part may be undone), so it must change
// nothing but the database and its own results.
type job struct {
	run  func(*tx) error
	done chan error // of capacity 1: told once
}

// A writer is the one connection that writes. Callers take turns as the leader:
// whoever finds nobody writing commits everything that waits, in one
// transaction; callers that arrive meanwhile wait and form the next. So the cost
// of an fsync is shared as soon as there is somebody to share it with, and a
// lone caller writes at once, on its own goroutine.
type writer struct {
	db     *sql.DB
	tx     tx
	before func() error // asked before every commit; an error undoes it

	turn    chan struct{} // holds one token while somebody writes
	crowded bool          // whether the last commit was of several; owned by who has the turn

	mu      sync.Mutex
	waiting []*job
	closed  bool
}

func newWriter(db *sql.DB, conn *sql.Conn, before func() error) *writer {
	return &writer{db: db, tx: tx{conn: conn, stmts: map[string]*sql.Stmt{}}, before: before, turn: make(chan struct{}, 1)}
}

var errClosed = errors.New("the history is closed")

// do runs f in a transaction and returns when it is durable. It is not
// interrupted half-way: what was begun is committed or undone.
func (w *writer) do(f func(*tx) error) error {
	j := &job{run: f, done: make(chan error, 1)}
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.waiting = append(w.waiting, j)
	w.mu.Unlock()
	select {
	case err := <-j.done:
		return err
	case w.turn <- struct{}{}:
	}
	if w.crowded {
		// Those whom the last commit woke are about to be back. Without this the
		// first of them would commit alone, and half of all commits be of one.
		runtime.Gosched()
	}
	w.mu.Lock()
	batch := w.waiting
	w.waiting = nil
	w.mu.Unlock()
	w.crowded = len(batch) > 1
	w.commit(batch)
	<-w.turn
	// A leader before may have taken this job; then it was told before the turn was given up.
	return <-j.done
}

// commit runs the jobs in one transaction. When one fails they are run one by
// one, so that each caller hears of its own error only.
func (w *writer) commit(batch []*job) {
	if len(batch) == 0 {
		return
	}
	err := w.transaction(batch)
	if err == nil || len(batch) == 1 {
		for _, j := range batch {
			j.done <- err
		}
		return
	}
	for _, j := range batch {
		j.done <- w.transaction([]*job{j})
	}
}

func (w *writer) transaction(batch []*job) error {
	if _, err := w.tx.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, j := range batch {
		if err := j.run(&w.tx); err != nil {
			return w.rollback(err)
		}
	}
	if err := w.before(); err != nil {
		return w.rollback(err)
	}
	if _, err := w.tx.exec("COMMIT"); err != nil {
		return w.rollback(err)
	}
	return nil
}

// rollback undoes the transaction. SQLite has undone it already after some
// errors (a full disk), and then says that there is none: no news.
func (w *writer) rollback(err error) error {
	w.tx.exec("ROLLBACK")
	return err
}

// outside runs f on the connection while no transaction is open (checkpoints).
func (w *writer) outside(f func(*sql.Conn) error) error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	w.mu.Lock()
	closed := w.closed
	w.mu.Unlock()
	if closed {
		return errClosed
	}
	return f(w.tx.conn)
}

// close waits for whoever writes, commits what waits and closes the connection.
func (w *writer) close() error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	w.mu.Lock()
	batch := w.waiting
	w.waiting = nil
	already := w.closed
	w.closed = true
	w.mu.Unlock()
	if already {
		return nil
	}
	w.commit(batch)
	var err error
	for _, st := range w.tx.stmts {
		err = errors.Join(err, st.Close())
	}
	return errors.Join(err, w.tx.conn.Close(), w.db.Close())
}

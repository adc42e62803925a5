package history

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"lambent/invoke"
)

// Entry returns a record with its bodies; ErrNotFound when there is none.
func (s *Store) Entry(ctx context.Context, id int64) (Entry, error) {
	e, err := s.entry(ctx, "i.id = ?", id)
	if errors.Is(err, ErrNotFound) {
		return e, fmt.Errorf("invocation %d is %w", id, ErrNotFound)
	}
	return e, err
}

// EntryByUID is Entry by UID.
func (s *Store) EntryByUID(ctx context.Context, uid string) (Entry, error) {
	e, err := s.entry(ctx, "i.uid = ?", uid)
	if errors.Is(err, ErrNotFound) {
		return e, fmt.Errorf("invocation %q is %w", uid, ErrNotFound)
	}
	return e, err
}

// A stored is a row of contents or attempts as it lies there.
type stored struct{ payload, response, log, tail, details []byte }

func (s *Store) entry(ctx context.Context, where string, arg any) (Entry, error) {
	// One transaction, so that the row, its bodies and its attempts are of one moment.
	rtx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Entry{}, s.explain("read a record", err)
	}
	defer rtx.Rollback()
	var (
		c         stored
		condition sql.NullString
	)
	row := rtx.QueryRowContext(ctx, `SELECT `+summaryColumns+`, c.payload, c.response, c.log, c.tail, c.details, e.condition
		FROM invocations i JOIN contents c ON c.id = i.id LEFT JOIN events e ON e.invocation = i.id
		WHERE i.hidden = 0 AND `+where, arg)
	sum, err := s.scanSummary(ctx, rtx, row, &c.payload, &c.response, &c.log, &c.tail, &c.details, &condition)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, ErrNotFound
	}
	if err != nil {
		return Entry{}, s.explain("read a record", err)
	}
	e := Entry{
		ID: sum.ID, UID: sum.UID, StartedAt: sum.StartedAt, Target: sum.Target, Function: sum.Function,
		Qualifier: sum.Qualifier, State: sum.State, Source: sum.Source, Pinned: sum.Pinned, Condition: condition.String,
	}
	if err := s.fill(&e, sum, c); err != nil {
		return Entry{}, s.explain(fmt.Sprintf("read invocation %d", e.ID), err)
	}
	if e.Attempts, err = s.attempts(ctx, rtx, e.ID); err != nil {
		return Entry{}, s.explain(fmt.Sprintf("read the attempts of invocation %d", e.ID), err)
	}
	if e.Deliveries, err = s.deliveries(ctx, rtx, e.ID); err != nil {
		return Entry{}, s.explain(fmt.Sprintf("read the deliveries of invocation %d", e.ID), err)
	}
	if n := len(e.Attempts); n > 0 {
		last := e.Attempts[n-1]
		status := e.Result.StatusCode
		e.Result, e.Failure = last.Result, last.Refused
		e.Result.StatusCode = status
		if e.Failure == nil {
			e.Failure = last.Result.Failure
		}
	}
	e.Result.HistoryID, e.Result.HistoryUID = e.ID, e.UID
	return e, nil
}

// fill adds the bodies and details to an entry.
func (s *Store) fill(e *Entry, sum Summary, c stored) error {
	var d details
	if err := json.Unmarshal(c.details, &d); err != nil {
		return fmt.Errorf("read the details: %w", err)
	}
	e.Request = d.Request.request()
	e.Request.ReplayOf, e.Request.RecordUID = e.Source, e.UID
	var err error
	if e.Request.Payload, err = s.bodies.load(c.payload); err != nil {
		return err
	}
	if e.Result, err = s.loadResult(d.Result, c); err != nil {
		return err
	}
	e.Result.StartedAt, e.Result.Duration = sum.StartedAt, sum.Duration
	e.Failure = d.Result.Refusal.failure()
	if e.Failure == nil {
		e.Failure = e.Result.Failure
	}
	return nil
}

func (s *Store) loadResult(d resultDetails, c stored) (invoke.Result, error) {
	r := d.result()
	var err error
	if r.Payload, err = s.bodies.load(c.response); err != nil {
		return r, err
	}
	if r.Log, err = s.bodies.load(c.log); err != nil {
		return r, err
	}
	if n := d.TailOfLog; n != nil && *n >= 0 && *n <= len(r.Log) {
		r.LogTail = bytes.Clone(r.Log[len(r.Log)-*n:])
		if r.LogTail == nil {
			r.LogTail = []byte{}
		}
		return r, nil
	}
	r.LogTail, err = s.bodies.load(c.tail)
	return r, err
}

// A querier is what reads: the pool of readers or a transaction on one of them.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (s *Store) attempts(ctx context.Context, q querier, invocation int64) ([]invoke.Attempt, error) {
	rows, err := q.QueryContext(ctx, `SELECT number, counts, started_at, duration, response, log, tail, details
		FROM attempts WHERE invocation = ? ORDER BY seq`, invocation)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []invoke.Attempt
	for rows.Next() {
		var (
			a                 invoke.Attempt
			c                 stored
			started, duration int64
			d                 details
		)
		if err := rows.Scan(&a.Number, &a.Counts, &started, &duration, &c.response, &c.log, &c.tail, &c.details); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(c.details, &d); err != nil {
			return nil, fmt.Errorf("read the details of an attempt: %w", err)
		}
		if a.Result, err = s.loadResult(d.Result, c); err != nil {
			return nil, err
		}
		a.Result.StartedAt, a.Result.Duration = timeOf(started), time.Duration(duration)
		a.Refused = d.Result.Refusal.failure()
		out = append(out, a)
	}
	return out, rows.Err()
}

// event reads an event, its request from the record.
func (s *Store) event(ctx context.Context, where string, arg any) (invoke.QueuedEvent, error) {
	var none invoke.QueuedEvent
	rtx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return none, s.explain("read an event", err)
	}
	defer rtx.Rollback()
	var (
		ev                         invoke.QueuedEvent
		id, target                 int64
		accepted, notBefore        int64
		redriven                   int64
		uid, source, state         string
		hidden                     bool
		payload, detailsOfContents []byte
	)
	err = rtx.QueryRowContext(ctx, `SELECT e.request_id, e.project, e.function, e.accepted_at, e.not_before, e.state,
		e.condition, e.redriven_at, e.earlier, i.id, i.uid, i.hidden, i.source, i.target, c.payload, c.details
		FROM events e JOIN invocations i ON i.id = e.invocation JOIN contents c ON c.id = i.id WHERE `+where, arg).Scan(
		&ev.ID, &ev.Project, &ev.Function, &accepted, &notBefore, &state,
		&ev.Condition, &redriven, &ev.Earlier, &id, &uid, &hidden, &source, &target, &payload, &detailsOfContents)
	if errors.Is(err, sql.ErrNoRows) {
		return none, fmt.Errorf("event %v is %w", arg, ErrNotFound)
	}
	if err != nil {
		return none, s.explain("read an event", err)
	}
	ev.AcceptedAt, ev.NotBefore, ev.RedrivenAt, ev.State = timeOf(accepted), timeOf(notBefore), timeOf(redriven), invoke.EventState(state)
	if ev.Info, err = s.targetInfo(ctx, rtx, target); err != nil {
		return none, s.explain("read an event's target", err)
	}
	var d details
	if err := json.Unmarshal(detailsOfContents, &d); err != nil {
		return none, fmt.Errorf("read event %s: %w", ev.ID, err)
	}
	ev.Request = d.Request.request()
	ev.Request.ReplayOf = source
	if !hidden {
		ev.Request.RecordUID = uid
	}
	if ev.Request.Payload, err = s.bodies.load(payload); err != nil {
		return none, s.explain("read event "+ev.ID, err)
	}
	if ev.Attempts, err = s.attempts(ctx, rtx, id); err != nil {
		return none, s.explain("read the attempts of event "+ev.ID, err)
	}
	if ev.Deliveries, err = s.deliveries(ctx, rtx, id); err != nil {
		return none, s.explain("read the deliveries of event "+ev.ID, err)
	}
	return ev, nil
}

// targetInfo gives back a target by its row. Rows of targets are never changed.
func (s *Store) targetInfo(ctx context.Context, q querier, id int64) (invoke.TargetInfo, error) {
	s.mu.Lock()
	info, known := s.infos[id]
	s.mu.Unlock()
	if known {
		return info, nil
	}
	err := q.QueryRowContext(ctx, `SELECT kind, account, region, project, name, profile, endpoint FROM targets WHERE id = ?`, id).
		Scan(&info.Kind, &info.Account, &info.Region, &info.Project, &info.ProjectName, &info.Profile, &info.Endpoint)
	if err != nil {
		return info, err
	}
	s.mu.Lock()
	s.infos[id] = info
	s.mu.Unlock()
	return info, nil
}

// summaryColumns are what scanSummary reads, of invocations as i.
const summaryColumns = `i.id, i.uid, i.state, coalesce(i.owner, ''), i.pinned, i.target, i.function, i.qualifier, i.type,
	i.source, i.started_at, i.duration, i.status, i.version, i.function_error, i.request_id, i.error_name, i.error_kind,
	i.ran, i.attempts, i.reported, i.billed, i.init, i.memory, i.memory_used, i.payload_size, i.response_size, i.log_size,
	i.head, i.event, i.door, i.injected`

type scanner interface{ Scan(dest ...any) error }

// scanSummary reads the one row of a query, and its target by q. It must be the
// connection that row came from: a caller that held one and waited for another
// could wait for callers that do the same.
func (s *Store) scanSummary(ctx context.Context, q querier, row *sql.Row, more ...any) (Summary, error) {
	sum, target, err := scanRow(row, s.owner, more...)
	if err != nil {
		return sum, err
	}
	sum.Target, err = s.targetInfo(ctx, q, target)
	return sum, err
}

// scanRow reads summaryColumns and what comes after them. The row of its target
// is left to the caller.
func scanRow(row scanner, o *owner, more ...any) (Summary, int64, error) {
	var (
		m                                        Summary
		owner                                    string
		target                                   int64
		started, duration, reported, billed, ini int64
	)
	dest := []any{&m.ID, &m.UID, &m.State, &owner, &m.Pinned, &target, &m.Function, &m.Qualifier, &m.Type,
		&m.Source, &started, &duration, &m.StatusCode, &m.ExecutedVersion, &m.FunctionError, &m.RequestID,
		&m.FailureName, &m.FailureKind, &m.Ran, &m.Attempts, &reported, &billed, &ini, &m.MemorySizeMB,
		&m.MaxMemoryUsedMB, &m.PayloadSize, &m.ResponseSize, &m.LogSize, &m.Head, &m.SavedEvent, &m.Door, &m.Injected}
	if err := row.Scan(slices.Concat(dest, more)...); err != nil {
		return m, 0, err
	}
	m.StartedAt, m.Duration = timeOf(started), time.Duration(duration)
	m.ReportedDuration, m.BilledDuration, m.InitDuration = time.Duration(reported), time.Duration(billed), time.Duration(ini)
	if m.State == StateRunning && !o.lives(owner) {
		m.State = StateMayHaveRun
	}
	return m, target, nil
}

package history

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
	"unicode/utf8"

	"lambent/invoke"
)

// headSize is the most bytes of Summary.Head.
const headSize = 120

// A record is an invocation on its way into the database.
type record struct {
	uid      string
	state    string // never StateMayHaveRun, which is how a running one is read
	owner    string // while running
	hidden   bool
	target   invoke.TargetInfo
	request  invoke.Request
	result   invoke.Result
	refusal  *invoke.Failure
	started  time.Time
	duration time.Duration
	now      time.Time
}

// failure is what the list tells of: the refusal or the function error.
func (r *record) failure() *invoke.Failure {
	if r.refusal != nil {
		return r.refusal
	}
	return r.result.Failure
}

// names are the bare function name and the qualifier that was given, in
// whichever member of the request. A name that the API would refuse is kept as
// it is: the refusal is history too.
func names(req invoke.Request, functionName string) (function, qualifier string) {
	function, qualifier = req.Function, req.Qualifier
	if n, bad := invoke.ParseName(req.Function); bad == nil && n.Function != "" {
		function = n.Function
		if qualifier == "" {
			qualifier = n.Qualifier
		}
	}
	if functionName != "" {
		function = functionName
	}
	return function, qualifier
}

// outcome is the bodies and details of a result, ready for their columns.
type outcome struct {
	response, log, tail storedBody
	tailOfLog           *int
}

func (s *Store) storeOutcome(r invoke.Result) (outcome, error) {
	var o outcome
	var err error
	if o.response, err = s.bodies.store(r.Payload); err != nil {
		return o, err
	}
	if o.log, err = s.bodies.store(r.Log); err != nil {
		return o, err
	}
	if r.LogTail == nil {
		return o, nil
	}
	if r.Log != nil && bytes.HasSuffix(r.Log, r.LogTail) {
		n := len(r.LogTail)
		o.tailOfLog = &n
		return o, nil
	}
	o.tail, err = s.bodies.store(r.LogTail)
	return o, err
}

// logSize is of the log, or of the tail where there is no more of it.
func (o outcome) logSize() int64 { return max(o.log.size, o.tail.size) }

// prepared is a record whose bodies are stored, ready for its rows.
type prepared struct {
	*record
	payload storedBody
	outcome outcome
	target  int64
	details []byte
}

// prepare does whatever of a record's writing needs no transaction.
func (s *Store) prepare(r *record) (*prepared, error) {
	r = s.privacy.record(r)
	p := &prepared{record: r}
	var err error
	if p.target, err = s.targetID(r.target); err != nil {
		return nil, err
	}
	if p.payload, err = s.bodies.store(r.request.Payload); err != nil {
		return nil, err
	}
	if p.outcome, err = s.storeOutcome(r.result); err != nil {
		return nil, err
	}
	p.details, err = json.Marshal(details{
		Request: detailsOfRequest(r.request),
		Result:  detailsOfResult(r.result, r.refusal, p.outcome.tailOfLog),
	})
	if err != nil {
		return nil, fmt.Errorf("write the details of a record: %w", err)
	}
	return p, nil
}

const insertInvocation = `INSERT INTO invocations(
	id, uid, recorded_at, state, owner, hidden, target, function, qualifier, type, source, started_at, duration, status,
	version, function_error, request_id, error_name, error_kind, ran, reported, billed, init, memory, memory_used,
	payload_size, response_size, log_size, head, event, door, injected)
	VALUES(max((SELECT value FROM marks WHERE name = 'next_id'), coalesce((SELECT max(id) + 1 FROM invocations), 1)),
	?, max(?, coalesce((SELECT recorded_at FROM invocations ORDER BY id DESC LIMIT 1), 0)),
	?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const insertContents = `INSERT INTO contents(id, payload, response, log, tail, details) VALUES(?, ?, ?, ?, ?, ?)`

// insert writes a record's rows and returns its id.
func (s *Store) insert(t *tx, p *prepared) (int64, error) {
	r := p.record
	function, qualifier := names(r.request, r.result.FunctionName)
	kind := r.request.Type
	if kind == "" {
		kind = invoke.RequestResponse
	}
	var owner any
	if r.state == StateRunning {
		owner = r.owner
	}
	args := []any{
		r.uid, r.now.UnixNano(), r.state, owner, r.hidden, p.target, function, qualifier, string(kind),
		r.request.ReplayOf, r.started.UnixNano(), int64(r.duration), r.result.StatusCode,
		r.result.ExecutedVersion, r.result.FunctionError, r.result.RequestID,
	}
	args = append(args, failureColumns(r.failure())...)
	args = append(args, reportColumns(r.result.Report)...)
	args = append(args, p.payload.size, p.outcome.response.size, p.outcome.logSize(), headOf(r.request.Payload), r.request.SavedEvent,
		string(r.request.Door), r.result.Injected())
	res, err := t.exec(insertInvocation, args...)
	if err != nil {
		return 0, fmt.Errorf("write a record: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("write a record: %w", err)
	}
	_, err = t.exec(insertContents, id, p.payload.column, p.outcome.response.column, p.outcome.log.column,
		p.outcome.tail.column, p.details)
	if err != nil {
		return 0, fmt.Errorf("write a record's bodies: %w", err)
	}
	return id, s.useFiles(t, id, p.payload, p.outcome.response, p.outcome.log, p.outcome.tail)
}

func failureColumns(f *invoke.Failure) []any {
	if f == nil {
		return []any{"", "", ""}
	}
	name := f.Name
	if name == "" {
		name = "Unknown"
	}
	return []any{name, string(f.Kind), string(f.Ran)}
}

func reportColumns(r *invoke.Report) []any {
	if r == nil {
		r = &invoke.Report{}
	}
	return []any{int64(r.Duration), int64(r.BilledDuration), int64(r.InitDuration), r.MemorySizeMB, r.MaxMemoryUsedMB}
}

const finishInvocation = `UPDATE invocations SET state = 'done', owner = NULL,
	function = ?, started_at = ?, duration = ?, status = ?, version = ?, function_error = ?, request_id = ?,
	error_name = ?, error_kind = ?, ran = ?, reported = ?, billed = ?, init = ?, memory = ?, memory_used = ?,
	response_size = ?, log_size = ?, injected = ? WHERE id = ?`

// finish completes the row that was written before the call was sent, or writes
// the record as a whole where that row is not there.
func (s *Store) finish(t *tx, p *prepared) (int64, error) {
	r := p.record
	var id int64
	err := t.row(`SELECT id FROM invocations WHERE uid = ? AND state = 'running'`, r.uid).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return s.insert(t, p)
	}
	if err != nil {
		return 0, fmt.Errorf("find a record: %w", err)
	}
	function, _ := names(r.request, r.result.FunctionName)
	args := []any{function, r.started.UnixNano(), int64(r.duration), r.result.StatusCode, r.result.ExecutedVersion,
		r.result.FunctionError, r.result.RequestID}
	args = append(args, failureColumns(r.failure())...)
	args = append(args, reportColumns(r.result.Report)...)
	args = append(args, p.outcome.response.size, p.outcome.logSize(), r.result.Injected(), id)
	if _, err := t.exec(finishInvocation, args...); err != nil {
		return 0, fmt.Errorf("complete a record: %w", err)
	}
	_, err = t.exec(`UPDATE contents SET response = ?, log = ?, tail = ?, details = ? WHERE id = ?`,
		p.outcome.response.column, p.outcome.log.column, p.outcome.tail.column, p.details, id)
	if err != nil {
		return 0, fmt.Errorf("complete a record's bodies: %w", err)
	}
	if err := indexAgain(t, id); err != nil {
		return 0, err
	}
	return id, s.useFiles(t, id, p.outcome.response, p.outcome.log, p.outcome.tail)
}

// indexAgain says that the search index does not hold a record as it is now.
func indexAgain(t *tx, id int64) error {
	if _, err := t.exec(`INSERT OR IGNORE INTO reindex(id) VALUES(?)`, id); err != nil {
		return fmt.Errorf("note that a record changed: %w", err)
	}
	return nil
}

// useFiles says which body files a record uses. While this transaction holds
// the write lock no deletion is under way, so a file that is there now stays; one
// that a deletion took between its writing and this transaction is written again.
func (s *Store) useFiles(t *tx, id int64, bodies ...storedBody) error {
	for _, b := range bodies {
		if b.hash == nil {
			continue
		}
		if _, err := os.Lstat(s.bodies.path(b.hash)); err != nil {
			if err := s.bodies.write(b.hash, b.body); err != nil {
				return err
			}
		}
		if _, err := t.exec(`INSERT OR IGNORE INTO body_files(hash, invocation) VALUES(?, ?)`, b.hash, id); err != nil {
			return fmt.Errorf("note the file of a body: %w", err)
		}
	}
	return nil
}

// targetID is the row of a target, written when it is seen for the first time.
func (s *Store) targetID(info invoke.TargetInfo) (int64, error) {
	s.mu.Lock()
	id, known := s.targets[info]
	s.mu.Unlock()
	if known {
		return id, nil
	}
	where := []any{string(info.Kind), info.Account, info.Region, info.Project, info.ProjectName, info.Profile, info.Endpoint}
	err := s.write.do(func(t *tx) error {
		_, err := t.exec(`INSERT OR IGNORE INTO targets(kind, account, region, project, name, profile, endpoint, scope)
			VALUES(?, ?, ?, ?, ?, ?, ?, ?)`, append(where, ScopeOf(info))...)
		if err != nil {
			return err
		}
		return t.row(`SELECT id FROM targets WHERE kind = ? AND account = ? AND region = ? AND project = ?
			AND name = ? AND profile = ? AND endpoint = ?`, where...).Scan(&id)
	})
	if err != nil {
		return 0, s.explain("note a target", err)
	}
	s.mu.Lock()
	s.targets[info] = id
	s.mu.Unlock()
	return id, nil
}

// headOf is the beginning of a payload on one line: at most headSize bytes, cut
// between characters, runs of white space and controls one space.
func headOf(payload []byte) string {
	out := make([]byte, 0, headSize)
	space := false
	for i := 0; i < len(payload); {
		r, n := utf8.DecodeRune(payload[i:])
		if r <= ' ' || r == 0x7f {
			space = len(out) > 0
			i += n
			continue
		}
		if len(out)+n+1 > headSize {
			break
		}
		if space {
			out, space = append(out, ' '), false
		}
		out = append(out, payload[i:i+n]...)
		i += n
	}
	return string(out)
}

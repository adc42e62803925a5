package history

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"lambent/invoke"
)

const (
	// maxImportLine is the longest line that is read: a streamed response of 200 MB,
	// in base64, and its log.
	maxImportLine = 400 << 20

	// importBatch is how many records are written in one transaction, at most, and
	// importBytes ends a batch early.
	importBatch = 200
	importBytes = 16 << 20
)

// Imported is what Import has done.
type Imported struct {
	Added   int
	Present int // records that were in history already, by their uid
}

// Import adds the records that Export wrote, with new ids. What is in history
// already is passed over, so that an import that stopped half-way can be made again.
// The error names the line that can't be read; what came before it is added.
//
// An event that was waiting when it was exported is not put on the queue: it is
// another queue's. It is imported as a call that may have run, and a dead letter as a
// record without a letter to redrive. What an event has sent on comes with it, and is
// not sent again.
func (s *Store) Import(ctx context.Context, r io.Reader) (Imported, error) {
	var done Imported
	lines := bufio.NewReaderSize(r, 1<<20)
	var batch []imported
	size := 0
	flush := func() error {
		added, err := s.insertImported(batch)
		done.Added += added
		done.Present += len(batch) - added
		batch, size = nil, 0
		return err
	}
	for number := 1; ; number++ {
		if err := ctx.Err(); err != nil {
			return done, errors.Join(flush(), err)
		}
		line, readErr := readLine(lines)
		if readErr != nil && readErr != io.EOF {
			return done, errors.Join(flush(), fmt.Errorf("import, line %d: %w", number, readErr))
		}
		if len(bytes.TrimSpace(line)) > 0 {
			rec, err := decodeEntry(line)
			if err != nil {
				return done, errors.Join(flush(), fmt.Errorf("import, line %d: %w", number, err))
			}
			batch, size = append(batch, rec), size+len(line)
		}
		if readErr == io.EOF || len(batch) == importBatch || size > importBytes {
			if err := flush(); err != nil {
				return done, s.explain("import", err)
			}
		}
		if readErr == io.EOF {
			s.index.wake()
			return done, nil
		}
	}
}

func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxImportLine {
			return nil, fmt.Errorf("the line has more than %d MB: that is no exported record", maxImportLine>>20)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// An imported record is one on its way in.
type imported struct {
	record     *record
	attempts   []invoke.Attempt
	deliveries []invoke.Delivery
	pinned     bool
}

var errNoExport = errors.New("is no record that lambent history export has written")

func decodeEntry(line []byte) (imported, error) {
	var x exported
	if err := json.Unmarshal(line, &x); err != nil {
		return imported{}, fmt.Errorf("%w: %w", errNoExport, err)
	}
	started, err := time.Parse(time.RFC3339Nano, x.StartedAt)
	switch {
	case x.Format > exportFormat:
		return imported{}, fmt.Errorf("was exported by a newer lambent (format %d): import it with that one", x.Format)
	case x.Format != exportFormat, !invoke.IsUUID(x.UID):
		return imported{}, errNoExport
	case err != nil:
		return imported{}, fmt.Errorf("%w: %w", errNoExport, err)
	case x.Target.Kind != text(invoke.Local) && x.Target.Kind != text(invoke.AWS):
		return imported{}, fmt.Errorf("%w: its target is %q", errNoExport, string(x.Target.Kind))
	}
	t := x.Target
	rec := &record{
		uid: x.UID, started: started, duration: x.Duration,
		target: invoke.TargetInfo{Kind: invoke.TargetKind(t.Kind), Account: string(t.Account), Region: string(t.Region),
			Project: string(t.Project), ProjectName: string(t.ProjectName), Profile: string(t.Profile), Endpoint: string(t.Endpoint)},
		request: x.Request.request(), refusal: x.Result.Refusal.failure(),
	}
	switch x.State {
	case StateDone, StateDead:
		rec.state = x.State
	case StateRunning, StateMayHaveRun, StateQueued:
		rec.state = StateRunning // of no process that lives: it may have run
	default:
		return imported{}, fmt.Errorf("%w: its state is %q", errNoExport, x.State)
	}
	rec.request.ReplayOf = x.ReplayOf
	rec.request.Payload = payloadOf(x.RequestPayload, x.RequestPayloadText, x.RequestPayloadBase64)
	rec.result = x.exportedBodies.result(x.Result)
	rec.result.StartedAt, rec.result.Duration = started, x.Duration
	out := imported{record: rec, pinned: x.Pinned}
	for _, ax := range x.Attempts {
		a := invoke.Attempt{Number: ax.Number, Counts: ax.Counts, Result: ax.exportedBodies.result(ax.Result), Refused: ax.Result.Refusal.failure()}
		a.Result.Duration = ax.Duration
		if at, err := time.Parse(time.RFC3339Nano, ax.StartedAt); err == nil {
			a.Result.StartedAt = at
		}
		out.attempts = append(out.attempts, a)
	}
	for _, d := range x.Deliveries {
		out.deliveries = append(out.deliveries, d.delivery())
	}
	if len(out.attempts) > 0 {
		// What an event shows is its last attempt's, and kept there.
		rec.result = invoke.Result{StatusCode: x.Status, RequestID: rec.result.RequestID, FunctionName: rec.result.FunctionName, FunctionARN: rec.result.FunctionARN}
		rec.refusal = nil
	}
	return out, nil
}

func (b exportedBodies) result(d resultDetails) invoke.Result {
	r := d.result()
	r.Payload = payloadOf(b.ResponsePayload, b.ResponsePayloadText, b.ResponsePayloadBase64)
	r.Log = textOf(b.Log, b.LogBase64)
	if n := d.TailOfLog; n != nil && *n >= 0 && *n <= len(r.Log) {
		r.LogTail = append([]byte{}, r.Log[len(r.Log)-*n:]...)
		return r
	}
	r.LogTail = textOf(b.LogTail, b.LogTailBase64)
	return r
}

// payloadOf are the exact bytes that were exported.
func payloadOf(value json.RawMessage, exact *string, base64 []byte) []byte {
	if b := textOf(exact, base64); b != nil {
		return b
	}
	return value
}

func textOf(exact *string, base64 []byte) []byte {
	switch {
	case exact != nil:
		return []byte(*exact)
	case len(base64) > 0:
		return base64
	}
	return nil
}

// A readyImport is an imported record whose bodies are stored, ready for its rows.
type readyImport struct {
	*prepared
	from       imported
	outcomes   []outcome
	details    [][]byte
	deliveries []preparedDelivery
}

// readyImport does whatever of the writing of a record needs no transaction.
func (s *Store) readyImport(from imported) (r readyImport, err error) {
	from.record.now = s.now()
	r.from = from
	if r.prepared, err = s.prepare(from.record); err != nil {
		return r, err
	}
	for n, a := range from.attempts {
		a = s.privacy.attempt(a)
		out, err := s.storeOutcome(a.Result)
		if err != nil {
			return r, err
		}
		blob, err := json.Marshal(details{Result: detailsOfResult(a.Result, a.Refused, out.tailOfLog)})
		if err != nil {
			return r, err
		}
		from.attempts[n] = a
		r.outcomes, r.details = append(r.outcomes, out), append(r.details, blob)
	}
	r.deliveries, err = s.prepareDeliveries(from.deliveries, false)
	return r, err
}

// insertImported writes those records that are not there yet, in one transaction.
func (s *Store) insertImported(batch []imported) (added int, err error) {
	var all []readyImport
	for _, i := range batch {
		var present bool
		err := s.read.QueryRow(`SELECT EXISTS(SELECT 1 FROM invocations WHERE uid = ?)`, i.record.uid).Scan(&present)
		if err != nil {
			return 0, err
		}
		if present {
			continue // its bodies need not be written
		}
		r, err := s.readyImport(i)
		if err != nil {
			return 0, err
		}
		all = append(all, r)
	}
	if len(all) == 0 {
		return 0, nil
	}
	err = s.write.do(func(t *tx) error {
		added = 0
		for _, r := range all {
			var present bool // since, or twice in the file
			if err := t.row(`SELECT EXISTS(SELECT 1 FROM invocations WHERE uid = ?)`, r.record.uid).Scan(&present); err != nil {
				return err
			}
			if present {
				continue
			}
			id, err := s.insert(t, r.prepared)
			if err != nil {
				return err
			}
			for n, a := range r.from.attempts {
				if err := s.insertAttempt(t, id, a, r.outcomes[n], r.details[n]); err != nil {
					return err
				}
				if err := showOutcome(t, id, a, r.outcomes[n]); err != nil {
					return err
				}
			}
			if err := s.insertDeliveries(t, id, r.deliveries); err != nil {
				return err
			}
			if r.from.pinned {
				if _, err := t.exec(`UPDATE invocations SET pinned = 1 WHERE id = ?`, id); err != nil {
					return err
				}
			}
			added++
		}
		return nil
	})
	return added, err
}

package history

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A fieldText is the text of one searched part of a record.
type fieldText struct {
	field  Field
	text   []byte
	folded []byte // made when it is first looked at
}

// find returns where the folded word is, -1 where it is not.
func (t *fieldText) find(word string) int {
	if t.folded == nil {
		t.folded = fold(make([]byte, 0, len(t.text)), t.text)
	}
	return bytes.Index(t.folded, []byte(word))
}

// verify looks at a candidate's own bytes, and notes where each word is. Its
// bodies are read only for words that its row does not have.
func (s *Store) verify(ctx context.Context, r querier, q Query, sum *Summary) (bool, error) {
	head := []fieldText{
		{field: FieldFunction, text: []byte(sum.Function)},
		{field: FieldQualifier, text: []byte(sum.Qualifier)},
		{field: FieldError, text: []byte(sum.FailureName)},
		{field: FieldEvent, text: []byte(sum.SavedEvent)},
	}
	var body []fieldText
	for _, t := range q.terms {
		m, found := t.in(head)
		if !found {
			if body == nil {
				var err error
				if body, err = s.texts(ctx, r, *sum); err != nil {
					return false, err
				}
			}
			m, found = t.in(body)
		}
		if !found {
			return false, nil
		}
		sum.Matches = append(sum.Matches, m)
	}
	return true, nil
}

// in finds the first place of a term.
func (t term) in(texts []fieldText) (Match, bool) {
	for i := range texts {
		ft := &texts[i]
		if t.fields != nil && !slices.Contains(t.fields, ft.field) {
			continue
		}
		for _, w := range t.words {
			at := ft.find(w)
			if at < 0 || t.whole && len(w) != len(ft.text) {
				continue
			}
			m := Match{Word: w, Field: ft.field}
			m.Text, m.Start, m.End = excerpt(ft.text, at, len(w))
			return m, true
		}
	}
	return Match{}, false
}

// texts are the searched parts of a record that its row does not hold: the
// failure's message, and every body, those of all attempts included. They are
// what the index is made from, too.
func (s *Store) texts(ctx context.Context, r querier, sum Summary) ([]fieldText, error) {
	var c stored
	err := r.QueryRowContext(ctx, `SELECT payload, response, log, tail, details FROM contents WHERE id = ?`, sum.ID).
		Scan(&c.payload, &c.response, &c.log, &c.tail, &c.details)
	if err != nil {
		return nil, fmt.Errorf("read the bodies of invocation %d: %w", sum.ID, err)
	}
	all := []stored{c}
	if sum.Attempts > 0 {
		more, err := attemptBodies(ctx, r, sum.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	var out []fieldText
	for _, c := range all {
		if sum.FailureName != "" {
			if m := failureMessage(c.details); m != "" {
				out = append(out, fieldText{field: FieldError, text: []byte(m)})
			}
		}
		for _, b := range []struct {
			field  Field
			column []byte
		}{{FieldPayload, c.payload}, {FieldResponse, c.response}, {FieldLog, c.log}, {FieldLog, c.tail}} {
			text, err := s.bodies.load(b.column)
			if err != nil {
				// One lost body must not keep all others from being found.
				if s.present(ctx, sum.ID) {
					s.onError(fmt.Errorf("search invocation %d: %w", sum.ID, err))
				}
				continue
			}
			if len(text) > 0 {
				out = append(out, fieldText{field: b.field, text: text})
			}
		}
	}
	return out, nil
}

// present says whether a record is still there, beyond the moment that a reader's
// transaction shows: a body that is missing because its record was just deleted is no
// damage. Who asks holds a reader already, so it waits for another one only briefly.
func (s *Store) present(ctx context.Context, id int64) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var there bool
	err := s.read.QueryRowContext(ctx, `SELECT EXISTS(SELECT 1 FROM invocations WHERE id = ? AND hidden = 0)`, id).Scan(&there)
	return there || err != nil
}

func attemptBodies(ctx context.Context, r querier, id int64) ([]stored, error) {
	rows, err := r.QueryContext(ctx, `SELECT response, log, tail, details FROM attempts WHERE invocation = ? ORDER BY seq`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []stored
	for rows.Next() {
		var c stored
		if err := rows.Scan(&c.response, &c.log, &c.tail, &c.details); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// failureMessage is the message of the failure in a details column.
func failureMessage(blob []byte) string {
	var d struct {
		Result struct {
			Failure, Refusal *struct{ Message text }
		}
	}
	if json.Unmarshal(blob, &d) != nil {
		return ""
	}
	var out []string
	if f := d.Result.Failure; f != nil {
		out = append(out, string(f.Message))
	}
	if f := d.Result.Refusal; f != nil {
		out = append(out, string(f.Message))
	}
	return strings.Join(out, "\n")
}

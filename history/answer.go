package history

import (
	"bytes"
	"context"

	"lambent/invoke"
)

// answerPage is how many rows are looked at a time for a recorded answer.
const answerPage = 200

// Answer finds the newest record of a function in a scope whose call had this
// qualifier ("" where none was given) and exactly these payload bytes, and which
// is over. found is false when there is none.
func (s *Store) Answer(ctx context.Context, k Key, qualifier string, payload []byte) (entry Entry, found bool, err error) {
	q := Query{}.InFunction(k)
	for before := int64(0); ; {
		rows, err := s.List(ctx, q, before, answerPage)
		if err != nil {
			return Entry{}, false, err
		}
		for _, row := range rows {
			before = row.ID
			if row.State != StateDone || row.Qualifier != qualifier || row.Type != invoke.RequestResponse || row.PayloadSize != int64(len(payload)) {
				continue
			}
			entry, err := s.Entry(ctx, row.ID)
			if err != nil {
				return Entry{}, false, err
			}
			if bytes.Equal(entry.Request.Payload, payload) {
				return entry, true, nil
			}
		}
		if len(rows) < answerPage {
			return Entry{}, false, nil
		}
	}
}

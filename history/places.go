package history

import (
	"context"
	"slices"
	"strings"

	"lambent/invoke"
)

// A Place is a target, and records that ran there.
type Place struct {
	Target invoke.TargetInfo
	IDs    []int64
}

// placesAtOnce is how many records one statement looks up.
const placesAtOnce = 500

// Places sorts records by where they ran: the targets in the order in which they come
// up, each with its records in the order given. Ids that are not there are left out.
func (s *Store) Places(ctx context.Context, ids []int64) ([]Place, error) {
	at := map[int64]int64{} // the row of its target
	for chunk := range slices.Chunk(ids, placesAtOnce) {
		if err := s.targetsOf(ctx, chunk, at); err != nil {
			return nil, s.explain("look where runs were made", err)
		}
	}
	var places []Place
	index := map[int64]int{}
	for _, id := range ids {
		target, there := at[id]
		if !there {
			continue
		}
		i, known := index[target]
		if !known {
			info, err := s.targetInfo(ctx, s.read, target)
			if err != nil {
				return nil, s.explain("look where runs were made", err)
			}
			i = len(places)
			index[target] = i
			places = append(places, Place{Target: info})
		}
		places[i].IDs = append(places[i].IDs, id)
	}
	return places, nil
}

func (s *Store) targetsOf(ctx context.Context, ids []int64, at map[int64]int64) error {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := s.read.QueryContext(ctx,
		`SELECT id, target FROM invocations WHERE hidden = 0 AND id IN (?`+strings.Repeat(", ?", len(ids)-1)+`)`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, target int64
		if err := rows.Scan(&id, &target); err != nil {
			return err
		}
		at[id] = target
	}
	return rows.Err()
}

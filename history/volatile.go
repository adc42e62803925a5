package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"lambent/invoke"
)

// A VolatileState says what is to be done about a volatile path.
type VolatileState string

// The states. Only what is kept is left out of comparisons.
const (
	VolatileProposed VolatileState = "proposed" // found by Learn, nobody has decided yet
	VolatileKept     VolatileState = "kept"     // left out of comparisons
	VolatileRefused  VolatileState = "refused"  // compared, and not proposed again
)

// A VolatilePath is a place in a function's responses whose value differs between
// runs of one payload on one version.
type VolatilePath struct {
	Path  string // as jsondoc.ParsePath reads it
	State VolatileState
	Seen  int // pairs of runs in which it differed; 0 for one that a person added
}

const (
	// learnRuns is how many of the newest successful runs are looked at, and
	// learnPairs how many pairs of them are compared at most.
	learnRuns  = 400
	learnPairs = 60

	// learnPerPayload is how many runs of one payload are compared with each other.
	learnPerPayload = 4

	// maxLearned is the longest response that is compared, in bytes.
	maxLearned = 1 << 20

	// maxProposed bounds what one look proposes: a function whose answers share
	// nothing must not fill the list.
	maxProposed = 100
)

// Volatile lists what is known of a function's volatile paths, by path.
func (s *Store) Volatile(ctx context.Context, k Key) ([]VolatilePath, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT path, state, seen FROM volatile WHERE scope = ? AND function = ? ORDER BY path`, k.Scope, k.Function)
	if err != nil {
		return nil, s.explain("read the volatile paths", err)
	}
	defer rows.Close()
	var out []VolatilePath
	for rows.Next() {
		var p VolatilePath
		if err := rows.Scan(&p.Path, &p.State, &p.Seen); err != nil {
			return nil, s.explain("read the volatile paths", err)
		}
		out = append(out, p)
	}
	return out, s.explain("read the volatile paths", rows.Err())
}

// SetVolatile decides about a path of a function's responses. The caller has checked
// that it is one.
func (s *Store) SetVolatile(ctx context.Context, k Key, path string, state VolatileState) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		_, err := t.exec(`INSERT INTO volatile(scope, function, path, state, seen, noted_at) VALUES(?, ?, ?, ?, 0, ?)
			ON CONFLICT DO UPDATE SET state = excluded.state`, k.Scope, k.Function, path, string(state), s.now().UnixNano())
		return err
	})
	return s.explain("keep a volatile path", err)
}

// ForgetVolatile removes a path; ErrNotFound when it is not there. Learn may propose it again.
func (s *Store) ForgetVolatile(ctx context.Context, k Key, path string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.write.do(func(t *tx) error {
		res, err := t.exec(`DELETE FROM volatile WHERE scope = ? AND function = ? AND path = ?`, k.Scope, k.Function, path)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return nil
	})
	return s.explain(fmt.Sprintf("forget the volatile path %q", path), err)
}

// anyOrderState is where it is remembered that the order of arrays does not count for a function.
func anyOrderState(k Key) string { return "any order:" + k.Scope + ":" + k.Function }

// AnyOrder reports that the order of arrays in a function's answers was said not to count.
func (s *Store) AnyOrder(ctx context.Context, k Key) (bool, error) {
	v, err := s.State(ctx, anyOrderState(k))
	return v != "", err
}

// SetAnyOrder decides whether the order of arrays in a function's answers counts.
func (s *Store) SetAnyOrder(ctx context.Context, k Key, anyOrder bool) error {
	v := ""
	if anyOrder {
		v = "yes"
	}
	return s.SetState(ctx, anyOrderState(k), v)
}

// LearnVolatile compares runs of the same payload on the same version, and proposes
// what differs between them. What was decided before stays decided. It returns all
// that is known then.
func (s *Store) LearnVolatile(ctx context.Context, k Key) ([]VolatilePath, error) {
	groups, err := s.alike(ctx, k)
	if err != nil {
		return nil, s.explain("look for volatile paths", err)
	}
	seen := map[string]int{}
	pairs := 0
	for _, ids := range groups {
		if pairs >= learnPairs {
			break
		}
		n, err := s.varying(ctx, ids, seen)
		if err != nil {
			return nil, err
		}
		pairs += n
	}
	if len(seen) == 0 {
		return s.Volatile(ctx, k)
	}
	err = s.write.do(func(t *tx) error {
		for path, n := range seen {
			_, err := t.exec(`INSERT INTO volatile(scope, function, path, state, seen, noted_at) VALUES(?, ?, ?, 'proposed', ?, ?)
				ON CONFLICT DO UPDATE SET seen = excluded.seen`, k.Scope, k.Function, path, n, s.now().UnixNano())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, s.explain("propose volatile paths", err)
	}
	return s.Volatile(ctx, k)
}

// alike are ids of runs that may have had one payload on one version, by their rows.
func (s *Store) alike(ctx context.Context, k Key) ([][]int64, error) {
	type likeness struct {
		version, head string
		size          int64
	}
	q := Query{}.InFunction(k)
	q.filter(kindToken("ok"), kinds["ok"])
	at := map[likeness]int{}
	var groups [][]int64
	looked := 0
	err := s.walk(ctx, q, 0, learnRuns, func(sum Summary) bool {
		looked++
		if sum.ResponseSize > 0 && sum.ResponseSize <= maxLearned && sum.ExecutedVersion != "" {
			like := likeness{sum.ExecutedVersion, sum.Head, sum.PayloadSize}
			n, known := at[like]
			if !known {
				n = len(groups)
				at[like], groups = n, append(groups, nil)
			}
			if len(groups[n]) < learnPerPayload {
				groups[n] = append(groups[n], sum.ID)
			}
		}
		return looked < learnRuns
	})
	return groups, err
}

// varying compares neighbours among runs and counts the paths that vary.
func (s *Store) varying(ctx context.Context, ids []int64, seen map[string]int) (pairs int, err error) {
	if len(ids) < 2 {
		return 0, nil
	}
	var last *Entry
	for _, id := range ids {
		e, err := s.Entry(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue // deleted meanwhile
		}
		if err != nil {
			return pairs, err
		}
		if last != nil && bytes.Equal(last.Request.Payload, e.Request.Payload) {
			pairs++
			for _, path := range invoke.Varying(ctx, invoke.Answer{Result: last.Result}, invoke.Answer{Result: e.Result}) {
				if seen[path] > 0 || len(seen) < maxProposed {
					seen[path]++
				}
			}
		}
		last = &e
	}
	return pairs, nil
}

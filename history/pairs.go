package history

import (
	"bytes"
	"context"
	"errors"
	"time"

	"lambent/invoke"
)

// Limits of Pairs.
const (
	pairWindow = 5000 // runs of the function that are looked at, the newest first
	// pairCandidates is how many runs of a side are remembered for payloads that begin
	// alike and are of one size: they may still differ.
	pairCandidates = 4
)

// A likePayload is what rows of the same payload have in common.
type likePayload struct {
	head string
	size int64
}

// A PairedRun is one of two runs of one payload, without bodies.
type PairedRun struct {
	ID        int64
	StartedAt time.Time
	Status    int    // HTTP status
	Failure   string // name of the function error, "" on success
	invoke.Measures
}

// A Pair is two runs of one payload, one on each of two sides, and how their answers differ.
type Pair struct {
	Head        string // the beginning of the payload on one line; foreign text
	This, That  PairedRun
	Differences int
	More        bool // there are more differences than were counted
}

// Same reports that both answered the same.
func (p Pair) Same() bool { return p.Differences == 0 }

// Pairs compares the newest run of each side for payloads that both sides were given, the
// newest first, at most limit. Paths that are kept as volatile are left out. Runs
// that brought no answer of the function are left out too: what the service or the network
// refused says nothing about a version. It looks at the function's newest 5,000 runs; more
// says that there may be other pairs.
func (s *Store) Pairs(ctx context.Context, k Key, c invoke.VersionComparison, limit int) (pairs []Pair, more bool, err error) {
	type candidates struct{ this, that []int64 }
	at := map[likePayload]*candidates{}
	var order []*candidates
	looked := 0
	err = s.walk(ctx, Query{}.InFunction(k), 0, answerPage, func(sum Summary) bool {
		if looked++; looked > pairWindow {
			more = true
			return false
		}
		this, that := c.Covered(sum.Qualifier, sum.ExecutedVersion)
		if !this && !that || sum.State != StateDone || sum.Type != invoke.RequestResponse || sum.StatusCode != 200 {
			return true
		}
		like := likePayload{sum.Head, sum.PayloadSize}
		if at[like] == nil {
			at[like] = new(candidates)
			order = append(order, at[like])
		}
		if side := &at[like].this; this && len(*side) < pairCandidates {
			*side = append(*side, sum.ID)
		}
		if side := &at[like].that; that && len(*side) < pairCandidates {
			*side = append(*side, sum.ID)
		}
		return true
	})
	if err != nil {
		return nil, false, s.explain("look for runs of the same payload", err)
	}
	options, err := s.LeavingOut(ctx, invoke.CompareOptions{}, k)
	if err != nil {
		return nil, false, err
	}
	for _, of := range order {
		this, that, found, err := s.samePayload(ctx, of.this, of.that)
		switch {
		case err != nil:
			return nil, false, err
		case !found:
			continue
		case len(pairs) == limit:
			return pairs, true, nil
		}
		difference, err := invoke.Compare(ctx, invoke.Answer{Result: this.Result, Failure: this.Failure}, invoke.Answer{Result: that.Result, Failure: that.Failure}, options)
		if err != nil {
			return nil, false, err
		}
		pairs = append(pairs, Pair{
			Head: headOf(this.Request.Payload), This: pairedRun(this), That: pairedRun(that),
			Differences: len(difference.Differences), More: difference.More,
		})
	}
	return pairs, more, nil
}

func pairedRun(e Entry) PairedRun {
	r := PairedRun{ID: e.ID, StartedAt: e.StartedAt, Status: e.Result.StatusCode, Measures: invoke.MeasuresOf(e.Result)}
	if e.Failure != nil {
		r.Failure = e.Failure.Name
	}
	return r
}

// samePayload finds the first runs of both lists whose payloads are the same bytes. Bodies
// can be large, so each run is read when it is needed: mostly the first two are alike.
// Runs that were deleted meanwhile count for nothing.
func (s *Store) samePayload(ctx context.Context, these, those []int64) (this, that Entry, found bool, err error) {
	read := map[int64]Entry{}
	at := func(id int64) (Entry, bool, error) {
		if e, ok := read[id]; ok {
			return e, e.ID != 0, nil
		}
		e, err := s.Entry(ctx, id)
		if errors.Is(err, ErrNotFound) {
			e, err = Entry{}, nil
		}
		read[id] = e
		return e, e.ID != 0, err
	}
	for _, x := range these {
		for _, y := range those {
			this, there, err := at(x)
			if err != nil {
				return Entry{}, Entry{}, false, err
			}
			if !there {
				break
			}
			that, there, err := at(y)
			if err != nil {
				return Entry{}, Entry{}, false, err
			}
			if there && bytes.Equal(this.Request.Payload, that.Request.Payload) {
				return this, that, true, nil
			}
		}
	}
	return Entry{}, Entry{}, false, nil
}

package history

import (
	"bytes"
	"context"
	"errors"

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

// Pairs yields the newest run of each side for payloads that both sides were given, the
// newest first. Runs that brought no answer of the function are left out: what the service
// or the network refused says nothing about a version. It goes on until yield says false,
// and looks at the function's newest 5,000 runs; more says that there are others.
func (s *Store) Pairs(ctx context.Context, k Key, c invoke.VersionComparison, yield func(this, that Entry) bool) (more bool, err error) {
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
		return false, s.explain("look for runs of the same payload", err)
	}
	for _, of := range order {
		this, that, found, err := s.samePayload(ctx, of.this, of.that)
		if err != nil {
			return false, err
		}
		if found && !yield(this, that) {
			return true, nil
		}
	}
	return more, nil
}

// samePayload finds the first runs of both lists whose payloads are the same bytes. Runs
// that were deleted meanwhile count for nothing.
func (s *Store) samePayload(ctx context.Context, these, those []int64) (this, that Entry, found bool, err error) {
	xs, err := s.remaining(ctx, these)
	if err != nil || len(xs) == 0 {
		return this, that, false, err
	}
	ys, err := s.remaining(ctx, those)
	for _, x := range xs {
		for _, y := range ys {
			if bytes.Equal(x.Request.Payload, y.Request.Payload) {
				return x, y, true, err
			}
		}
	}
	return this, that, false, err
}

// remaining are the runs that are still there.
func (s *Store) remaining(ctx context.Context, ids []int64) ([]Entry, error) {
	var entries []Entry
	for _, id := range ids {
		e, err := s.Entry(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound):
		case err != nil:
			return nil, err
		default:
			entries = append(entries, e)
		}
	}
	return entries, nil
}

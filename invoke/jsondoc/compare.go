package jsondoc

import (
	"bytes"
	"context"
	"slices"
)

// Options say what Compare counts as a difference.
type Options struct {
	Ignore   []Path // what these cover is left out, with all below it
	AnyOrder bool   // an array is what it has, whatever the order
}

// Compare lists where that differs from this, as Diff does, but pairs the elements
// of arrays by their values instead of by their positions:
//
//   - In order, what is equal is paired as Align does. An element that occurs once on
//     each side and whose order has changed has Moved. What is left between two pairs
//     is compared by its position there.
//   - In any order, every element is paired with an equal one while there is one; what
//     is left on both sides is compared by position. The index in a path is that in
//     this, and in that for what was Added.
//
// A value that was removed in one place and added in another, and occurs there only,
// has Moved too, when it is more than a word or a digit: so a member that was renamed
// is one difference.
//
// What is ignored does not keep elements from being equal. The error is a
// *SyntaxError, ErrManyDifferences, or the context's.
func Compare(ctx context.Context, this, that []byte, o Options) ([]Difference, error) {
	d, err := newDiffer(ctx, this, that, o.Ignore, MaxDifferences)
	if err != nil {
		return nil, err
	}
	d.match = &matcher{anyOrder: o.AnyOrder}
	found, err := d.run()
	found, _ = joinMoves(found, err == nil)
	return found, err
}

// A matcher pairs the elements of arrays by digests of their values. A digest only
// suggests: whatever it pairs is compared like any other pair.
type matcher struct {
	anyOrder bool
	a, b     *digests // made with the first array whose elements don't pair by position
}

// matchArrays is compareArrays by value.
func (d *differ) matchArrays(p pair) {
	d.childrenA = d.a.children(d.childrenA[:0], p.a)
	d.childrenB = d.b.children(d.childrenB[:0], p.b)
	xs, ys := d.childrenA, d.childrenB
	short := min(len(xs), len(ys))
	head, tail := 0, 0
	for head < short && bytes.Equal(d.a.raw(xs[head]), d.b.raw(ys[head])) {
		head++
	}
	for tail < short-head && bytes.Equal(d.a.raw(xs[len(xs)-1-tail]), d.b.raw(ys[len(ys)-1-tail])) {
		tail++
	}
	for i := range head {
		d.addSame(xs[i], ys[i], i)
	}
	endA, endB := xs[len(xs)-tail:], ys[len(ys)-tail:]
	xs, ys = xs[head:len(xs)-tail], ys[head:len(ys)-tail]
	switch {
	case len(xs) == 0 || len(ys) == 0 || len(xs) == 1 && len(ys) == 1:
		d.addElements(xs, ys, p.via, head, head)
	case d.match.anyOrder:
		d.matchAnyOrder(xs, ys, p.via, head)
	default:
		d.matchInOrder(xs, ys, p.via, head)
	}
	for i := range endA {
		d.addSame(endA[i], endB[i], head+len(xs)+i)
	}
}

// addElements compares elements by position; firstA and firstB are the indexes of
// the first ones.
func (d *differ) addElements(xs, ys []int32, via int32, firstA, firstB int) {
	for i := range max(len(xs), len(ys)) {
		switch {
		case i >= len(ys):
			d.add(xs[i], absent, via, firstA+i, nil)
		case i >= len(xs):
			d.add(absent, ys[i], via, firstB+i, nil)
		default:
			d.add(xs[i], ys[i], via, firstA+i, nil)
		}
	}
}

func (d *differ) digestsOf(xs, ys []int32) (a, b []digest) {
	m := d.match
	if m.a == nil {
		m.a, m.b = newDigests(d.a, d.ignore, m.anyOrder), newDigests(d.b, d.ignore, m.anyOrder)
	}
	if len(d.ignore) > 0 { // the same bytes can be ignored at one place and not at another
		both(d.a.large(), func() { a = m.a.of(xs) }, func() { b = m.b.of(ys) })
		return a, b
	}
	a = m.a.of(xs)
	for j, y := range ys { // what is the same bytes at the same place, from either end, most of all
		for _, i := range [...]int{j, j + len(xs) - len(ys)} {
			if i >= 0 && i < len(xs) && m.b.all[y] == 0 && bytes.Equal(d.a.raw(xs[i]), d.b.raw(y)) {
				m.b.all[y] = a[i]
			}
		}
	}
	return a, m.b.of(ys)
}

// matchAnyOrder pairs elements that are the same bytes first, which most are that only
// changed their place, and takes digests of the rest.
func (d *differ) matchAnyOrder(xs, ys []int32, via int32, first int) {
	partner := make([]int32, len(xs)) // index in ys, absent for none
	for i := range partner {
		partner[i] = absent
	}
	taken := make([]bool, len(ys))
	pairUp(partner, taken, d.a.spellings(xs), d.b.spellings(ys))
	if slices.Contains(partner, absent) && slices.Contains(taken, false) {
		a, b := d.digestsOf(xs, ys)
		pairUp(partner, taken, a, b)
	}
	var left []int
	for i, j := range partner {
		if j == absent {
			left = append(left, i)
			continue
		}
		d.add(xs[i], ys[j], via, first+i, nil)
	}
	for j, is := range taken {
		switch {
		case is:
		case len(left) > 0:
			d.add(xs[left[0]], ys[j], via, first+left[0], nil)
			left = left[1:]
		default:
			d.add(absent, ys[j], via, first+j, nil)
		}
	}
	for _, i := range left {
		d.add(xs[i], absent, via, first+i, nil)
	}
}

// pairUp gives those of a that have no partner the first of b that is free and has the
// same digest.
func pairUp(partner []int32, taken []bool, a, b []digest) {
	heads := make(map[digest]int32, len(b)) // the first that is free, one more than its index
	next := make([]int32, len(b))           // the one after it, likewise
	for j := len(b) - 1; j >= 0; j-- {
		if !taken[j] {
			next[j] = heads[b[j]]
			heads[b[j]] = int32(j) + 1
		}
	}
	for i, v := range a {
		if partner[i] != absent {
			continue
		}
		if j := heads[v]; j > 0 {
			partner[i], taken[j-1] = j-1, true
			heads[v] = next[j-1]
		}
	}
}

func (d *differ) matchInOrder(xs, ys []int32, via int32, first int) {
	a, b := d.digestsOf(xs, ys)
	pairs := Align(a, b)
	moved := make([]int32, len(xs)) // index in ys, absent for what has not moved
	gone := make([]bool, len(ys))
	for i := range moved {
		moved[i] = absent
	}
	for _, p := range onceUnpaired(a, b, pairs) {
		moved[p[0]], gone[p[1]] = int32(p[1]), true
	}
	lastA, lastB := 0, 0
	gap := func(endA, endB int) {
		i, j := lastA, lastB
		for i < endA || j < endB {
			switch {
			case i < endA && moved[i] != absent:
				d.addMoved(xs[i], ys[moved[i]], via, first+i, first+int(moved[i]))
				i++
			case j < endB && gone[j]:
				d.addArrived(ys[j], first+j)
				j++
			case i >= endA:
				d.add(absent, ys[j], via, first+j, nil)
				j++
			case j >= endB:
				d.add(xs[i], absent, via, first+i, nil)
				i++
			default:
				d.add(xs[i], ys[j], via, first+i, nil)
				i, j = i+1, j+1
			}
		}
	}
	for _, p := range pairs {
		gap(p[0], p[1])
		d.add(xs[p[0]], ys[p[1]], via, first+p[0], nil)
		lastA, lastB = p[0]+1, p[1]+1
	}
	gap(len(xs), len(ys))
}

// addMoved puts an element that has moved into the batch. It is compared after it
// was reported.
func (d *differ) addMoved(a, b, via int32, index, to int) {
	depth := int32(0)
	if via >= 0 {
		depth = d.trail[via].depth
	}
	d.trail = append(d.trail, trailStep{before: via, depth: depth + 1, index: int32(index)})
	d.batch = append(d.batch, pair{a: a, b: b, via: int32(len(d.trail) - 1), movedTo: int32(to) + 1})
}

// moved reports an element that has moved.
func (d *differ) moved(p pair) error {
	if err := d.report(Moved, p); err != nil {
		return err
	}
	last := &d.found[len(d.found)-1]
	last.To = append(Path(nil), last.Path...)
	last.To[len(last.To)-1] = Step{Kind: Element, Index: int(p.movedTo) - 1}
	return nil
}

// minMoved is the shortest value that is taken for the same one in another place,
// in bytes: shorter ones (0, 12, "a") are there by chance.
const minMoved = 4

// joinMoves makes one difference of a value that was removed in one place and added
// in another. When the list is not whole, what was added may be beyond its end. at says
// where each difference is in the new list; it is nil when the list has not changed.
func joinMoves(found []Difference, whole bool) (kept []Difference, at []int) {
	if !whole {
		return found, nil
	}
	type places struct{ removed, added, from, to int }
	seen := map[string]places{}
	for i, d := range found {
		if d.Change != Added && d.Change != Removed {
			continue
		}
		value := d.This
		if d.Change == Added {
			value = d.That
		}
		if len(value) < minMoved || string(value) == "true" || string(value) == "false" || string(value) == "null" {
			continue
		}
		p := seen[string(value)]
		if d.Change == Added {
			p.added, p.to = p.added+1, i
		} else {
			p.removed, p.from = p.removed+1, i
		}
		seen[string(value)] = p
	}
	drop := map[int]int{} // what was added → what it is now
	for _, p := range seen {
		if p.removed == 1 && p.added == 1 {
			from, to := &found[p.from], &found[p.to]
			from.Change, from.To, from.That = Moved, to.Path, to.That
			drop[p.to] = p.from
		}
	}
	if len(drop) == 0 {
		return found, nil
	}
	kept, at = found[:0], make([]int, len(found))
	for i, d := range found {
		if _, dropped := drop[i]; !dropped {
			at[i] = len(kept)
			kept = append(kept, d)
		}
	}
	for i, from := range drop {
		at[i] = at[from]
	}
	return kept, at
}

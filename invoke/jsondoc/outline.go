package jsondoc

import (
	"context"
	"errors"
)

// An OutlineKind says what a row of an outline is.
type OutlineKind uint8

// The kinds of rows.
const (
	OutlineSame    OutlineKind = iota // a value that is equal in both
	OutlineSkipped                    // Count values that are equal in both
	OutlineIgnored                    // Count values that were left out
	OutlineOpen                       // a container of both, with differences in it
	OutlineClose                      // the end of one
	OutlineChanged
	OutlineAdded
	OutlineRemoved
	OutlineLeft    // has moved away from here
	OutlineArrived // has moved here
)

// An OutlineRow is one row of an Outline. It shares the memory of the documents.
type OutlineRow struct {
	Kind       OutlineKind
	Depth      int
	Key        []byte // the member's name as it is spelled, quotes included; nil in arrays
	Index      int    // of an element in this, or in that for what only that has; -1 for a member
	ThatIndex  int    // of it in that; -1 where it is not there, and where the order does not count
	This, That []byte // the value; nil where there is none
	Count      int    // of values, for OutlineSkipped and OutlineIgnored
	Difference int    // index in Differences, -1 for none
}

// An Outline is two documents laid over each other: what differs at its place, with
// its containers around it, a value that is equal before and after it, and how many
// values more were equal. So it grows with the differences, not with the documents.
type Outline struct {
	Rows        []OutlineRow
	Differences []Difference // as Compare lists them
	More        bool         // there are more than MaxDifferences, and the rows end there
}

// CompareOutline compares as Compare does and makes an outline of it. The error is a
// *SyntaxError or the context's.
func CompareOutline(ctx context.Context, this, that []byte, o Options) (*Outline, error) {
	d, err := newDiffer(ctx, this, that, o.Ignore, MaxDifferences)
	if err != nil {
		return nil, err
	}
	d.match = &matcher{anyOrder: o.AnyOrder}
	d.out = &outliner{a: d.a, b: d.b}
	found, err := d.run()
	if err != nil && !errors.Is(err, ErrManyDifferences) {
		return nil, err
	}
	d.out.finish()
	out := &Outline{Rows: d.out.rows, More: err != nil}
	out.count(o.AnyOrder)
	var at []int
	out.Differences, at = joinMoves(found, err == nil)
	for i := range out.Rows {
		r := &out.Rows[i]
		if at == nil || r.Difference < 0 {
			continue
		}
		r.Difference = at[r.Difference]
		if out.Differences[r.Difference].Change == Moved {
			switch r.Kind {
			case OutlineRemoved:
				r.Kind = OutlineLeft
			case OutlineAdded:
				r.Kind = OutlineArrived
			}
		}
	}
	return out, nil
}

// count tells the rows their indexes in that: in order, its elements follow each other
// in the rows.
func (o *Outline) count(anyOrder bool) {
	var next []int // the index of the next element, in each array that is open
	for i := range o.Rows {
		r := &o.Rows[i]
		r.ThatIndex = -1
		if r.Kind == OutlineClose {
			next = next[:len(next)-1]
			continue
		}
		if n := len(next) - 1; n >= 0 && r.Kind != OutlineLeft && (r.That != nil || r.Kind == OutlineSkipped) {
			switch {
			case r.Index >= 0 && r.This == nil:
				r.ThatIndex = r.Index
			case r.Index >= 0 && !anyOrder:
				r.ThatIndex = next[n]
			}
			next[n] += r.Count
		}
		if r.Kind == OutlineOpen {
			next = append(next, 0)
		}
	}
}

// outliner makes the rows while the differ goes through the documents.
type outliner struct {
	a, b *tree
	rows []OutlineRow
	open []opened

	arrived []arrival
	moved   map[int32]int // the difference of an element of that which has moved
}

// An arrival is the row of an element at the place to which it has moved.
type arrival struct {
	row  int
	node int32
}

// opened is a container whose end is still to come.
type opened struct {
	row     int
	changed bool
	moved   bool // its row was there before it was opened
}

// row is what a pair is, without what became of it.
func (o *outliner) row(kind OutlineKind, p pair, index int) OutlineRow {
	r := OutlineRow{Kind: kind, Depth: len(o.open), Index: index, Count: 1, Difference: -1}
	if p.b != absent {
		r.That = o.b.raw(p.b)
		if index < 0 && len(o.open) > 0 {
			r.Key = o.b.key(p.b)
		}
	}
	if p.a != absent {
		r.This = o.a.raw(p.a)
		if index < 0 && len(o.open) > 0 {
			r.Key = o.a.key(p.a)
		}
	}
	return r
}

// differs adds a row of a difference; every container around it has one then.
func (o *outliner) differs(r OutlineRow, difference int) {
	r.Difference = difference
	o.rows = append(o.rows, r)
	for i := len(o.open) - 1; i >= 0 && !o.open[i].changed; i-- {
		o.open[i].changed = true
	}
}

// reported adds the row of a difference that was just found.
func (o *outliner) reported(c Change, p pair, index, difference int) {
	kind := [...]OutlineKind{Changed: OutlineChanged, Added: OutlineAdded, Removed: OutlineRemoved, Moved: OutlineLeft}[c]
	if c == Moved {
		if o.moved == nil {
			o.moved = map[int32]int{}
		}
		o.moved[p.b] = difference
	}
	o.differs(o.row(kind, p, index), difference)
}

// finish closes what is open when there are too many differences, and tells the rows of
// what has arrived which difference they belong to.
func (o *outliner) finish() {
	for len(o.open) > 0 {
		o.end()
	}
	for _, a := range o.arrived {
		if n, known := o.moved[a.node]; known {
			o.rows[a.row].Difference = n
		}
	}
}

// end closes the container that was opened last. One without a difference is a value
// like any other that is equal.
func (o *outliner) end() {
	last := o.open[len(o.open)-1]
	o.open = o.open[:len(o.open)-1]
	r := o.rows[last.row]
	if last.changed {
		r.Kind = OutlineClose
		o.rows = append(o.rows, r)
		return
	}
	r.Kind = OutlineSame
	clear(o.rows[last.row:])
	o.rows = o.rows[:last.row]
	if !last.moved {
		o.same(r)
	}
}

// same adds a value that is equal, or several in one row. Of a run of them the first
// and the last are shown, and how many were between them.
func (o *outliner) same(r OutlineRow) {
	kind := func(back int) OutlineKind {
		if n := len(o.rows) - back; n >= 0 && o.rows[n].Depth == r.Depth {
			return o.rows[n].Kind
		}
		return OutlineOpen
	}
	n := len(o.rows)
	runs := kind(1) == OutlineSame && kind(2) == OutlineSkipped
	switch {
	case r.Kind == OutlineSkipped && runs:
		o.rows[n-2].Count += r.Count + 1
		o.rows = o.rows[:n-1]
	case r.Kind == OutlineSkipped && kind(1) == OutlineSame && kind(2) == OutlineSame:
		r.Count++
		o.rows[n-1] = r
	case r.Kind == OutlineSame && runs:
		o.rows[n-2].Count++
		o.rows[n-1] = r
	case r.Kind == OutlineSame && kind(1) == OutlineSame && kind(2) == OutlineSame && kind(3) == OutlineSame:
		o.rows[n-2] = OutlineRow{Kind: OutlineSkipped, Depth: r.Depth, Index: -1, Count: 2, Difference: -1}
		o.rows[n-1] = r
	default:
		o.rows = append(o.rows, r)
	}
}

// ignored adds a value that was left out.
func (o *outliner) ignored(r OutlineRow) {
	if n := len(o.rows) - 1; n >= 0 && o.rows[n].Kind == OutlineIgnored && o.rows[n].Depth == r.Depth {
		o.rows[n].Count++
		return
	}
	o.rows = append(o.rows, r)
}

// addSame puts two children that are the same bytes into the batch, when there is an
// outline to show them in. Of a long run the batch holds three.
func (d *differ) addSame(a, b int32, index int) {
	if d.out == nil {
		return
	}
	p := pair{a: a, b: b, via: int32(index), what: pairSame}
	n := len(d.batch)
	is := func(back int, what pairWhat) bool { return n >= back && d.batch[n-back].what == what }
	switch {
	case is(1, pairSame) && is(2, pairSkipped):
		d.batch[n-2].a++
		d.batch[n-1] = p
	case is(1, pairSame) && is(2, pairSame) && is(3, pairSame):
		d.batch[n-2] = pair{a: 2, what: pairSkipped}
		d.batch[n-1] = p
	default:
		d.batch = append(d.batch, p)
	}
}

// outline takes a pair that is there for the outline only.
func (d *differ) outline(p pair) {
	switch p.what {
	case pairSame:
		d.out.same(d.out.row(OutlineSame, p, int(p.via)))
	case pairSkipped:
		d.out.same(OutlineRow{Kind: OutlineSkipped, Depth: len(d.out.open), Index: -1, Count: int(p.a), Difference: -1})
	case pairEnd:
		d.out.end()
	case pairArrived:
		d.out.differs(d.out.row(OutlineArrived, pair{a: absent, b: p.b}, int(p.via)), -1)
		d.out.arrived = append(d.out.arrived, arrival{len(d.out.rows) - 1, p.b})
	}
}

// addArrived puts an element that was somewhere else in this into the batch.
func (d *differ) addArrived(b int32, index int) {
	if d.out != nil {
		d.batch = append(d.batch, pair{a: absent, b: b, via: int32(index), what: pairArrived})
	}
}

// enter opens a container of both documents in the outline. Its end lies below its
// children on the stack.
func (d *differ) enter(p pair) {
	if d.out == nil {
		return
	}
	r := d.out.row(OutlineOpen, p, d.index(p.via))
	d.out.open = append(d.out.open, opened{row: len(d.out.rows), moved: p.movedTo > 0})
	d.out.rows = append(d.out.rows, r)
	d.push(pair{what: pairEnd})
}

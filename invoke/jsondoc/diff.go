package jsondoc

import (
	"bytes"
	"context"
	"errors"
)

// Change says what a difference is.
type Change uint8

// The kinds of change.
const (
	Changed Change = iota
	Added          // only in that
	Removed        // only in this
	Moved          // in both, at another place; Compare only
)

func (c Change) String() string {
	return [...]string{"changed", "added", "removed", "moved"}[c]
}

// A Difference is one place where two documents differ.
type Difference struct {
	Path   Path
	Change Change
	This   []byte // raw bytes in the first document; nil when Added
	That   []byte // raw bytes in the second; nil when Removed
	To     Path   // where the value is in the second; nil unless Moved
}

// MaxDifferences is how many differences Diff lists.
const MaxDifferences = 10_000

// ErrManyDifferences is returned beside the first MaxDifferences when there are more.
var ErrManyDifferences = errors.New("more than 10,000 differences")

// Equal reports whether two documents are the same JSON value: white space, the
// order of members and the spelling of numbers and strings make no difference,
// numbers are compared by exact value. Of members with one name the last counts, as
// it does for Python, Node, Go and Jackson. Documents that are not JSON are equal
// when their bytes are.
func Equal(this, that []byte) bool {
	if bytes.Equal(this, that) {
		return true
	}
	differences, err := diff(this, that, nil, 1)
	return err == nil && len(differences) == 0
}

// Diff lists where that differs from this, in the order of the documents, by the
// rules of Equal. Paths covered by one of ignore are left out, with all below them.
// Arrays are compared element by element, after their longest common head and tail,
// so that one element more is one difference. The error is a *SyntaxError or ErrManyDifferences.
func Diff(this, that []byte, ignore ...Path) ([]Difference, error) {
	return diff(this, that, ignore, MaxDifferences)
}

func diff(this, that []byte, ignore []Path, limit int) ([]Difference, error) {
	d, err := newDiffer(context.Background(), this, that, ignore, limit)
	if err != nil {
		return nil, err
	}
	return d.run()
}

func newDiffer(ctx context.Context, this, that []byte, ignore []Path, limit int) (*differ, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var a, b *tree
	var errA, errB error
	both(min(len(this), len(that)) > largeDocument, func() { a, errA = grow(this) }, func() { b, errB = grow(that) })
	if errA != nil {
		return nil, errA
	}
	if errB != nil {
		return nil, errB
	}
	return &differ{ctx: ctx, a: a, b: b, ignore: ignore, limit: limit}, ctx.Err()
}

func (d *differ) run() ([]Difference, error) {
	d.push(pair{a: 0, b: 0, via: -1})
	for n := 0; len(d.todo) > 0; n++ {
		if n%askEvery == 0 && d.ctx.Err() != nil {
			return nil, d.ctx.Err()
		}
		last := len(d.todo) - 1
		p := d.todo[last]
		d.todo = d.todo[:last]
		if err := d.compare(p); err != nil {
			return d.found, err
		}
	}
	return d.found, nil
}

// differ walks two trees together. What is still to be compared lies on a stack of
// its own, so depth costs memory and not goroutine stack.
type differ struct {
	ctx    context.Context
	a, b   *tree
	ignore []Path
	limit  int
	trail  []trailStep
	todo   []pair
	batch  []pair // the children of the pair in hand, in order
	found  []Difference
	match  *matcher  // pairs the elements of arrays; nil pairs them by position
	out    *outliner // is told of everything, in the order of the documents; nil for none

	childrenA, childrenB []int32
}

// pair is two values to compare; absent is -1.
type pair struct {
	a, b, via int32
	movedTo   int32 // one more than the index at which it is in that; 0 when it has not moved
	what      pairWhat
}

// A pairWhat says that a pair is there for the outline only, and what of it. Of these
// via is the index of an element, -1 for a member.
type pairWhat uint8

const (
	pairCompared pairWhat = iota
	pairSame              // the same bytes
	pairSkipped           // a is how many pairs of the same bytes
	pairArrived           // b has moved here
	pairEnd               // the end of the container that was opened last
)

// trailStep is the last step of a path, with the way to the step before it.
type trailStep struct {
	before int32
	depth  int32
	index  int32  // -1 for a member
	key    []byte // raw
}

const absent = -1

// askEvery is after how many pairs the context is asked.
const askEvery = 1024

// deepRaw is the depth below which subtrees are no longer compared byte by byte
// first: every level would read the same bytes again.
const deepRaw = 64

func (d *differ) push(p pair) { d.todo = append(d.todo, p) }

// flush puts the batch on the stack so that its first pair comes off first.
func (d *differ) flush() {
	for i := len(d.batch) - 1; i >= 0; i-- {
		d.push(d.batch[i])
	}
	d.batch = d.batch[:0]
}

// add puts a pair of children into the batch, unless they are the same bytes.
func (d *differ) add(a, b, via int32, index int, key []byte) {
	depth := int32(0)
	if via >= 0 {
		depth = d.trail[via].depth
	}
	if a != absent && b != absent && d.sameBytes(a, b, depth) {
		d.addSame(a, b, index)
		return
	}
	d.trail = append(d.trail, trailStep{before: via, depth: depth + 1, index: int32(index), key: key})
	d.batch = append(d.batch, pair{a: a, b: b, via: int32(len(d.trail) - 1)})
}

func (d *differ) sameBytes(a, b, depth int32) bool {
	x, y := d.a.raw(a), d.b.raw(b)
	if len(x) != len(y) || depth > deepRaw && len(x) > 256 {
		return false
	}
	return bytes.Equal(x, y)
}

func (d *differ) compare(p pair) error {
	if p.what != pairCompared {
		d.outline(p)
		return nil
	}
	if d.ignored(p.via) {
		if d.out != nil {
			d.out.ignored(d.out.row(OutlineIgnored, p, d.index(p.via)))
		}
		return nil
	}
	switch {
	case p.a == absent:
		return d.report(Added, p)
	case p.b == absent:
		return d.report(Removed, p)
	}
	if p.movedTo > 0 {
		if err := d.moved(p); err != nil {
			return err
		}
	}
	x, y := &d.a.nodes[p.a], &d.b.nodes[p.b]
	if x.kind != y.kind {
		return d.report(Changed, p)
	}
	same := true
	switch x.kind {
	case ObjectStart:
		d.enter(p)
		d.compareObjects(p)
	case ArrayStart:
		d.enter(p)
		d.compareArrays(p)
	case Number:
		same = sameNumber(d.a.raw(p.a), d.b.raw(p.b))
	case String:
		same = sameText(d.a.raw(p.a), d.b.raw(p.b))
	}
	switch {
	case !same:
		return d.report(Changed, p)
	case d.out != nil && x.kind != ObjectStart && x.kind != ArrayStart && p.movedTo == 0:
		d.out.same(d.out.row(OutlineSame, p, d.index(p.via)))
	}
	d.flush()
	return nil
}

func sameText(x, y []byte) bool {
	if bytes.Equal(x, y) {
		return true
	}
	if bytes.IndexByte(x, '\\') < 0 && bytes.IndexByte(y, '\\') < 0 {
		return false
	}
	return bytes.Equal(appendText(nil, x, true), appendText(nil, y, true))
}

// compareObjects takes the members in step as long as both have the same names in
// the same order, and matches them by name otherwise.
func (d *differ) compareObjects(p pair) {
	d.childrenA = d.a.children(d.childrenA[:0], p.a)
	d.childrenB = d.b.children(d.childrenB[:0], p.b)
	if len(d.childrenA) == len(d.childrenB) {
		inStep := true
		for i, x := range d.childrenA {
			if !bytes.Equal(d.a.key(x), d.b.key(d.childrenB[i])) {
				inStep = false
				break
			}
			d.add(x, d.childrenB[i], p.via, -1, d.a.key(x))
		}
		// With a name twice, what differs may not be what counts.
		if inStep && (len(d.batch) == 0 || !d.repeats()) {
			return
		}
		d.batch = d.batch[:0]
	}
	d.matchByName(p)
}

// repeats reports whether the first object in hand has a name twice.
func (d *differ) repeats() bool {
	seen := make(map[string]bool, len(d.childrenA))
	for _, x := range d.childrenA {
		name := d.a.name(x)
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

func (d *differ) matchByName(p pair) {
	inA := make(map[string]int32, len(d.childrenA))
	for _, x := range d.childrenA {
		inA[d.a.name(x)] = x
	}
	inB := make(map[string]int32, len(d.childrenB))
	for _, y := range d.childrenB {
		inB[d.b.name(y)] = y
	}
	for _, x := range d.childrenA {
		name := d.a.name(x)
		if inA[name] != x {
			continue
		}
		y, ok := inB[name]
		if !ok {
			y = absent
		}
		d.add(x, y, p.via, -1, d.a.key(x))
	}
	for _, y := range d.childrenB {
		name := d.b.name(y)
		if _, ok := inA[name]; !ok && inB[name] == y {
			d.add(absent, y, p.via, -1, d.b.key(y))
		}
	}
}

func (d *differ) compareArrays(p pair) {
	if d.match != nil {
		d.matchArrays(p)
		return
	}
	d.childrenA = d.a.children(d.childrenA[:0], p.a)
	d.childrenB = d.b.children(d.childrenB[:0], p.b)
	xs, ys := d.childrenA, d.childrenB
	first, tail := 0, 0
	if len(xs) != len(ys) {
		short := min(len(xs), len(ys))
		for first < short && bytes.Equal(d.a.raw(xs[first]), d.b.raw(ys[first])) {
			first++
		}
		for tail < short-first && bytes.Equal(d.a.raw(xs[len(xs)-1-tail]), d.b.raw(ys[len(ys)-1-tail])) {
			tail++
		}
	}
	xs, ys = xs[first:len(xs)-tail], ys[first:len(ys)-tail]
	for i := range max(len(xs), len(ys)) {
		x, y := int32(absent), int32(absent)
		if i < len(xs) {
			x = xs[i]
		}
		if i < len(ys) {
			y = ys[i]
		}
		d.add(x, y, p.via, first+i, nil)
	}
}

func (d *differ) report(c Change, p pair) error {
	if len(d.found) >= d.limit {
		return ErrManyDifferences
	}
	found := Difference{Path: d.path(p.via), Change: c}
	if p.a != absent {
		found.This = d.a.raw(p.a)
	}
	if p.b != absent {
		found.That = d.b.raw(p.b)
	}
	d.found = append(d.found, found)
	if d.out != nil {
		d.out.reported(c, p, d.index(p.via), len(d.found)-1)
	}
	return nil
}

// index is that of the element that via leads to, -1 for a member and for the whole.
func (d *differ) index(via int32) int {
	if via < 0 {
		return -1
	}
	return int(d.trail[via].index)
}

func (d *differ) path(via int32) Path {
	if via < 0 {
		return nil
	}
	p := make(Path, d.trail[via].depth)
	for i := len(p) - 1; i >= 0; i-- {
		s := d.trail[via]
		p[i] = Step{Kind: Element, Index: int(s.index)}
		if s.index < 0 {
			name, _ := Unquote(s.key)
			p[i] = Step{Name: string(name)}
		}
		via = s.before
	}
	return p
}

// ignored reports whether the pair reached by via is left out. Everything on the
// way to it has been asked before, so only patterns of its own length can apply.
func (d *differ) ignored(via int32) bool {
	if len(d.ignore) == 0 {
		return false
	}
	depth := 0
	if via >= 0 {
		depth = int(d.trail[via].depth)
	}
	for _, pattern := range d.ignore {
		if len(pattern) == depth && pattern.Matches(d.path(via)) {
			return true
		}
	}
	return false
}

package jsondoc

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"strconv"
)

// A digest stands for a value in comparisons: values that are Equal have the same
// one, others the same with a probability of 2⁻⁶⁴. The seed is the process's own, so
// nobody can make documents whose digests meet.
type digest uint64

var seed = maphash.MakeSeed()

// digests are those of the values of a document, taken when they are asked for.
type digests struct {
	t        *tree
	left     map[int32]bool // what is ignored, and has no part in them
	anyOrder bool
	all      []digest // 0 for what nobody has asked for
	scratch  []byte
}

func newDigests(t *tree, ignore []Path, anyOrder bool) *digests {
	return &digests{t: t, left: t.covered(ignore), anyOrder: anyOrder, all: make([]digest, len(t.nodes))}
}

// of returns the digests of values.
func (d *digests) of(nodes []int32) []digest {
	out := make([]digest, len(nodes))
	for i, n := range nodes {
		if d.all[n] == 0 {
			d.take(n, d.t.nodes[n].next)
		}
		out[i] = d.all[n]
	}
	return out
}

// spellings are digests of the bytes of values: those of values that are equal, and
// spelled differently, differ.
func (t *tree) spellings(nodes []int32) []digest {
	out := make([]digest, len(nodes))
	for i, n := range nodes {
		out[i] = digest(maphash.Bytes(seed, t.raw(n)))
	}
	return out
}

// take takes the digests of the values from the first to before the last, the
// innermost first, which needs no stack.
func (d *digests) take(first, last int32) {
	for i := last - 1; i >= first; i-- {
		v := digest(0)
		switch kind := d.t.nodes[i].kind; kind {
		case ObjectStart:
			v, d.scratch = d.t.objectDigest(i, d.all, d.left, d.scratch)
		case ArrayStart:
			v = d.t.arrayDigest(i, d.all, d.left, d.anyOrder)
		case Number:
			v = numberDigest(d.t.raw(i))
		case String:
			v, d.scratch = textDigest(d.t.raw(i), d.scratch)
		default:
			v = mix(digest(kind), 0)
		}
		d.all[i] = max(v, 1)
	}
}

// arrayDigest adds up what stands for the elements where their order does not count.
func (t *tree) arrayDigest(i int32, all []digest, left map[int32]bool, anyOrder bool) digest {
	sum, count := digest(0), digest(0)
	for c := i + 1; c < t.nodes[i].next; c = t.nodes[c].next {
		switch {
		case left[c]:
			continue
		case anyOrder:
			sum += mix(all[c], 1)
		default:
			sum = mix(sum, all[c])
		}
		count++
	}
	return mix(sum, digest(ArrayStart)<<56|count)
}

// objectDigest adds up what stands for the members. Of members with one name the
// last counts.
func (t *tree) objectDigest(i int32, all []digest, left map[int32]bool, scratch []byte) (digest, []byte) {
	const few = 16 // up to here a search among the names seen is faster than a map
	var seen [few]digest
	var more map[digest]digest
	members := map[digest]digest(nil)
	sum, count := digest(0), 0
	for c := i + 1; c < t.nodes[i].next; c = t.nodes[c].next {
		if left[c] {
			continue
		}
		var name digest
		name, scratch = textDigest(t.key(c), scratch)
		member := mix(name, all[c])
		repeated := false
		if count < few {
			for _, s := range seen[:count] {
				repeated = repeated || s == name
			}
			seen[count] = name
		} else {
			if more == nil {
				more = make(map[digest]digest)
				for _, s := range seen {
					more[s] = 0
				}
			}
			_, repeated = more[name]
			more[name] = 0
		}
		if repeated {
			members = map[digest]digest{}
			break
		}
		sum += member
		count++
	}
	if members == nil {
		return mix(sum, digest(ObjectStart)<<56|digest(count)), scratch
	}
	for c := i + 1; c < t.nodes[i].next; c = t.nodes[c].next {
		if left[c] {
			continue
		}
		var name digest
		name, scratch = textDigest(t.key(c), scratch)
		members[name] = mix(name, all[c])
	}
	sum = 0
	for _, m := range members {
		sum += m
	}
	return mix(sum, digest(ObjectStart)<<56|digest(len(members))), scratch
}

// textDigest is that of a string's text, however it is escaped.
func textDigest(raw, scratch []byte) (digest, []byte) {
	text := raw[1 : len(raw)-1]
	if bytes.IndexByte(text, '\\') >= 0 {
		scratch = appendText(scratch[:0], raw, true)
		text = scratch
	}
	return digest(maphash.Bytes(seed, text)), scratch
}

// numberDigest is that of a number's value, however it is spelled.
func numberDigest(raw []byte) digest {
	sign := digest(Number) << 8
	if raw[0] == '-' {
		sign++
	}
	var digits, exponent []byte
	var room, ended [32]byte
	if bytes.IndexByte(raw, 'e') < 0 && bytes.IndexByte(raw, 'E') < 0 {
		// As parseNumber does, without its big exponent: most numbers are these.
		whole, fraction, _ := bytes.Cut(bytes.TrimPrefix(raw, []byte{'-'}), []byte{'.'})
		all := append(append(room[:0], whole...), fraction...)
		digits = bytes.TrimLeft(all, "0")
		point := len(whole) - (len(all) - len(digits))
		digits = bytes.TrimRight(digits, "0")
		exponent = strconv.AppendInt(ended[:0], int64(point), 16)
	} else {
		d := parseNumber(raw)
		digits, exponent = d.digits, d.exponent.Append(ended[:0], 16)
	}
	if len(digits) == 0 {
		return mix(digest(Number), 0) // -0 is 0
	}
	return mix(digest(maphash.Bytes(seed, digits)), mix(sign, digest(maphash.Bytes(seed, exponent))))
}

// The factors of mix are the process's own, too.
var factors = [2]uint64{maphash.String(seed, "first") | 1, maphash.String(seed, "second") | 1}

func mix(a, b digest) digest {
	high, low := bits.Mul64(uint64(a)^factors[0], uint64(b)+factors[1])
	return digest(high ^ low)
}

// covered are the values that one of the patterns covers.
func (t *tree) covered(patterns []Path) map[int32]bool {
	if len(patterns) == 0 {
		return nil
	}
	out := map[int32]bool{}
	type place struct {
		node int32
		left Path
	}
	for _, p := range patterns {
		todo := []place{{0, p}}
		for len(todo) > 0 {
			at := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if len(at.left) == 0 {
				out[at.node] = true
				continue
			}
			kind, index := t.nodes[at.node].kind, 0
			if kind != ObjectStart && kind != ArrayStart {
				continue
			}
			for c := at.node + 1; c < t.nodes[at.node].next; c = t.nodes[c].next {
				step := Step{Kind: Element, Index: index}
				if kind == ObjectStart {
					step = Step{Name: string(appendText(nil, t.key(c), false))}
				}
				if at.left[0].matches(step) {
					todo = append(todo, place{c, at.left[1:]})
				}
				index++
			}
		}
	}
	return out
}

package jsondoc

import (
	"math"
	"slices"
)

// tree is an index of a document's values: one entry each, in the order of the
// text, so that a container's first child follows it and next skips its subtree.
type tree struct {
	b     []byte
	nodes []node
}

// node is one value. Offsets are 32 bits wide to halve the index; grow refuses more.
type node struct {
	keyStart, keyEnd int32 // of the member's name, quotes included; equal when there is none
	start, end       int32
	next             int32 // index of the first node after this subtree
	kind             Kind
}

// maxTree is the largest document that can be indexed, in bytes.
const maxTree = math.MaxInt32

func grow(b []byte) (*tree, error) {
	if len(b) > maxTree {
		return nil, &SizeError{Limit: maxTree}
	}
	t := &tree{b: b, nodes: make([]node, 0, 16+min(len(b)/16, sampled))}
	s := Scan(b)
	var open []int32
	var key Token
	for tok := s.Next(); tok.Kind != End; tok = s.Next() {
		switch tok.Kind {
		case Key:
			key = tok
		case ObjectEnd, ArrayEnd:
			n := &t.nodes[open[len(open)-1]]
			n.end, n.next = int32(tok.End), int32(len(t.nodes))
			open = open[:len(open)-1]
		case Colon, Comma:
		default:
			if len(t.nodes) == cap(t.nodes) {
				t.nodes = slices.Grow(t.nodes, t.expected(tok.Start))
			}
			at := int32(len(t.nodes))
			t.nodes = append(t.nodes, node{
				keyStart: int32(key.Start), keyEnd: int32(key.End),
				start: int32(tok.Start), end: int32(tok.End), next: at + 1, kind: tok.Kind,
			})
			key = Token{}
			if tok.Kind == ObjectStart || tok.Kind == ArrayStart {
				open = append(open, at)
			}
		}
	}
	if err := s.Err(); err != nil {
		return nil, err
	}
	return t, nil
}

// sampled is the number of values after which the index is made as large as it will be
// if the document goes on as it began: growing step by step would copy it several times.
const sampled = 4096

// expected is how many values are to be expected beyond those up to a place, in moderation:
// a document may begin with many small values and go on with one large one.
func (t *tree) expected(place int) int {
	rest := len(t.b) - place
	likely := float64(len(t.nodes)) * float64(rest) / float64(max(place, 1)) * 1.04
	return int(min(likely, float64(rest)/8)) + len(t.nodes)/4 + 64
}

// largeDocument is the size from which reading a document takes long enough to share
// the work, in bytes.
const largeDocument = 256 << 10

func (t *tree) large() bool { return len(t.b) > largeDocument }

// both does two things, at the same time where that is worth it.
func both(atOnce bool, first, second func()) {
	if !atOnce {
		first()
		second()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		second()
	}()
	first()
	<-done
}

func (t *tree) raw(i int32) []byte { n := &t.nodes[i]; return t.b[n.start:n.end:n.end] }
func (t *tree) key(i int32) []byte { n := &t.nodes[i]; return t.b[n.keyStart:n.keyEnd:n.keyEnd] }

// name returns the text of a member's name; names that differ have texts that differ.
func (t *tree) name(i int32) string { return string(appendText(nil, t.key(i), true)) }

// children appends the indexes of a container's values to dst.
func (t *tree) children(dst []int32, i int32) []int32 {
	for c := i + 1; c < t.nodes[i].next; c = t.nodes[c].next {
		dst = append(dst, c)
	}
	return dst
}

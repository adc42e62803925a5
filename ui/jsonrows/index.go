package jsonrows

import (
	"bytes"
	"math"
	"sort"
	"unicode/utf8"

	"lambent/invoke/jsondoc"
)

// A Mode is how bytes are shown.
type Mode int

// The modes.
const (
	JSON Mode = iota
	Text      // lines, as they are
	Hex       // 16 bytes a row
)

// HeadSize is how many bytes Head looks at.
const HeadSize = 128 << 10

// An Index says where the rows of a document begin. It never changes.
type Index struct {
	b        []byte
	mode     Mode
	starts   offsets
	large    []container // in the order of their opening rows
	depths   int         // containers around the innermost one
	complete bool
	fault    *jsondoc.SyntaxError // why it is no JSON; nil when it is
}

// A container is an object or array that takes minLarge rows or more.
type container struct {
	open, last uint32 // its first row and the row of its closing bracket
	parent     int32  // index of the large container around it, -1 at the top
	children   uint32 // members or elements
	depth      int32  // of the opening row
}

// minLarge is how many rows a container must take to be listed. Smaller ones are
// looked through, and there are too many of them: [[1],[1],…] has one every four bytes.
const minLarge = 8

// unknown is the last row of a container whose end has not been read yet.
const unknown = math.MaxUint32

// Build indexes the whole of b, which must not change afterwards.
func Build(b []byte) *Index {
	if uint64(len(b)) >= math.MaxUint32 {
		return &Index{b: b, mode: Hex, complete: true}
	}
	// Reading is harmless whatever the bytes are, so it need not wait for the check.
	faults := make(chan *jsondoc.SyntaxError, 1)
	go func() { faults <- jsondoc.Check(b) }()
	ix := &Index{b: b, complete: true}
	ix.read(len(b))
	if ix.fault = <-faults; ix.fault != nil && !onlySpelling(b) {
		return asText(b, ix.fault)
	}
	return ix
}

// Head indexes the beginning of b: enough for the first screen. A document that
// stops being JSON there is shown as what it is; one that does later, as JSON
// until it is known.
func Head(b []byte) *Index {
	if len(b) <= HeadSize {
		return Build(b)
	}
	s := jsondoc.Scan(b)
	for t := s.Next(); t.End < HeadSize; t = s.Next() {
		if t.Kind == jsondoc.End {
			return Build(b)
		}
	}
	ix := &Index{b: b}
	ix.read(HeadSize)
	return ix
}

// read appends rows until limit. It tells brackets, strings and other words apart
// and leaves it to others whether they make a document.
func (ix *Index) read(limit int) {
	b := ix.b
	r := reader{ix: ix, parent: -1, member: -1}
	for at := 0; at < limit; {
		start, opens := at, false
		switch b[at] {
		case ' ', '\t', '\r', '\n', ',', ':':
			at++
			continue
		case '"':
			at = stringEnd(b, at+1)
			if next := skipBlank(b, at); next < len(b) && b[next] == ':' {
				r.member, at = start, next+1
				continue
			}
		case '}', ']':
			r.close(start)
			at++
			continue
		case '{', '[':
			at++
			opens = true
		default:
			for at < len(b) && !delimits[b[at]] {
				at++
			}
		}
		if r.member >= 0 {
			start, r.member = r.member, -1
		}
		r.children++
		if opens {
			r.open()
		}
		ix.starts.append(uint32(start))
	}
	if r.parent >= 0 {
		ix.large[r.parent].children = r.children
	}
}

// reader is what is known while reading.
type reader struct {
	ix       *Index
	parent   int32  // the innermost open container, an index into ix.large
	children uint32 // that it has so far
	depth    int32
	member   int // where the name of the member begins whose value comes next, -1 for none
}

func (r *reader) open() {
	ix := r.ix
	if r.parent >= 0 {
		ix.large[r.parent].children = r.children
	}
	ix.large = append(ix.large, container{open: uint32(ix.starts.n), last: unknown, parent: r.parent, depth: r.depth})
	ix.depths = max(ix.depths, int(r.depth))
	r.parent, r.children = int32(len(ix.large)-1), 0
	r.depth++
}

// close ends the innermost container. An empty one takes one row and is not
// listed, nor is a small one: everything inside it was small too, so it is the
// last in the list.
func (r *reader) close(at int) {
	if r.parent < 0 {
		return
	}
	ix := r.ix
	c := &ix.large[r.parent]
	if r.children > 0 {
		ix.starts.append(uint32(at))
	}
	c.children, c.last = r.children, uint32(ix.starts.n-1)
	parent := c.parent
	if c.last-c.open+1 < minLarge {
		ix.large = ix.large[:r.parent]
	}
	r.parent, r.children = parent, 0
	if parent >= 0 {
		r.children = ix.large[parent].children
	}
	r.depth--
}

// stringEnd is where the string ends whose content begins at i: behind its quote.
func stringEnd(b []byte, i int) int {
	// Most strings are shorter than what a call of IndexByte costs.
	const short = 24
	for end := min(i+short, len(b)); i < end; i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	i = min(i, len(b))
	for from := i; ; {
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		i += n + 1
		slashes := i - 2
		for slashes >= from && b[slashes] == '\\' {
			slashes--
		}
		if (i-2-slashes)%2 == 0 {
			return i
		}
	}
}

func skipBlank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// delimits says which bytes end a number or a word.
var delimits = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, ',': true, ':': true, '"': true, '{': true, '}': true, '[': true, ']': true}

// onlySpelling reports whether b would be JSON but for bytes in its strings that
// are no UTF-8: it has the structure of JSON and is shown as such.
func onlySpelling(b []byte) bool {
	if utf8.Valid(b) {
		return false
	}
	s := jsondoc.Lex(b)
	values := 0
	for {
		t := s.Next()
		switch {
		case t.Kind == jsondoc.End:
			return values == 1 && s.State().Depth() == 0
		case t.Bad && (t.Kind != jsondoc.String && t.Kind != jsondoc.Key || utf8.Valid(b[t.Start:t.End])):
			return false
		case t.Kind == jsondoc.Invalid:
			return false
		case t.Depth == 0 && t.Kind.IsValue():
			values++
		}
	}
}

// asText indexes the lines of b, or nothing if it is binary.
func asText(b []byte, fault *jsondoc.SyntaxError) *Index {
	if isBinary(b) {
		return &Index{b: b, mode: Hex, complete: true, fault: fault}
	}
	lines := lines(b)
	lines.fault = fault
	return lines
}

// lines indexes the lines of b. A line feed at the very end begins no line.
func lines(b []byte) *Index {
	ix := &Index{b: b, mode: Text, complete: true}
	ix.starts.append(0)
	for at := 0; ; {
		n := bytes.IndexByte(b[at:], '\n')
		if n < 0 || at+n+1 == len(b) {
			return ix
		}
		at += n + 1
		ix.starts.append(uint32(at))
	}
}

// isBinary judges by the first kilobytes: more than a tenth is neither text nor
// NUL (UTF-16 has many).
func isBinary(b []byte) bool {
	head := b[:min(len(b), 4<<10)]
	odd := 0
	for at := 0; at < len(head); {
		r, n := utf8.DecodeRune(head[at:])
		if r == utf8.RuneError && n == 1 && len(head)-at >= utf8.UTFMax ||
			r < 0x20 && r != 0 && r != '\t' && r != '\n' && r != '\r' && r != 0x1b {
			odd++
		}
		at += n
	}
	return odd*10 > len(head)
}

// rows is the number of rows that are known.
func (ix *Index) rows() int {
	if ix.mode == Hex {
		return max((len(ix.b)+hexBytes-1)/hexBytes, 1)
	}
	return max(ix.starts.n, 1)
}

// hexBytes is how many bytes a row of hexadecimal shows.
const hexBytes = 16

// bounds are where the content of a row begins and ends: for JSON without the
// comma behind it, for text without the line feed.
func (ix *Index) bounds(row int) (start, end int) {
	if ix.mode == Hex {
		return row * hexBytes, min((row+1)*hexBytes, len(ix.b))
	}
	if row >= ix.starts.n {
		return len(ix.b), len(ix.b)
	}
	start, end = int(ix.starts.at(row)), len(ix.b)
	if row+1 < ix.starts.n {
		end = int(ix.starts.at(row + 1))
	}
	if ix.mode == Text {
		if end > start && ix.b[end-1] == '\n' {
			end--
		}
		return start, end
	}
	if row+1 == ix.starts.n && !ix.complete {
		return start, endOfRow(ix.b, start)
	}
	for end > start && isFiller(ix.b[end-1]) {
		end--
	}
	return start, end
}

// endOfRow reads where the content of the row at start ends: for the last row of
// an index that is not complete.
func endOfRow(b []byte, start int) int {
	at := start
	if b[at] == '"' {
		at = stringEnd(b, at+1)
		next := skipBlank(b, at)
		if next == len(b) || b[next] != ':' {
			return at
		}
		at = skipBlank(b, next+1)
	}
	switch {
	case at == len(b):
		return at
	case b[at] == '"':
		return stringEnd(b, at+1)
	case b[at] == '{' || b[at] == '[':
		if next := skipBlank(b, at+1); next < len(b) && b[next] == b[at]+2 { // } is { + 2, ] is [ + 2
			return next + 1
		}
		return at + 1
	}
	for at++; at < len(b) && !delimits[b[at]]; {
		at++
	}
	return at
}

func isFiller(c byte) bool { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// A member is where the parts of a row are: its name from start to nameEnd (none
// in arrays), its value from value on.
type member struct{ start, nameEnd, value, end int }

// longString is the length in bytes from which looking for the end of a string is
// spared where it can be.
const longString = 4 << 10

func (ix *Index) member(row int) member {
	start, end := ix.bounds(row)
	m := member{start, start, start, end}
	if start >= end || ix.b[start] != '"' || ix.mode != JSON {
		return m
	}
	if end-start > longString {
		if parent, _ := ix.parent(row); parent < 0 || !ix.isObject(parent) {
			return m
		}
	}
	close := stringEnd(ix.b[:end], start+1)
	next := skipBlank(ix.b[:end], close)
	if next < end && ix.b[next] == ':' {
		m.nameEnd, m.value = close, skipBlank(ix.b[:end], next+1)
	}
	return m
}

// rowOf is the row that the byte at offset belongs to.
func (ix *Index) rowOf(offset int) int {
	if ix.mode == Hex {
		return min(max(offset/hexBytes, 0), ix.rows()-1)
	}
	return max(sort.Search(ix.starts.n, func(i int) bool { return int(ix.starts.at(i)) > offset })-1, 0)
}

// offsets is a growing list of offsets in pieces, so that growing neither copies
// megabytes nor leaves room for as many again.
type offsets struct {
	pieces [][]uint32
	last   []uint32 // the piece being filled, not yet among the others
	n      int
}

const pieceSize = 16 << 10

func (o *offsets) append(v uint32) {
	if len(o.last) == pieceSize {
		o.pieces = append(o.pieces, o.last)
		o.last = make([]uint32, 0, pieceSize)
	}
	o.last = append(o.last, v)
	o.n++
}

func (o *offsets) at(i int) uint32 {
	if i/pieceSize == len(o.pieces) {
		return o.last[i%pieceSize]
	}
	return o.pieces[i/pieceSize][i%pieceSize]
}

package project

import (
	"fmt"
	"strconv"
	"strings"
)

// Limits of a template. A file within them is read in well under a second.
const (
	maxTemplate = 4 << 20   // bytes of a template file; CloudFormation itself takes 1 MB
	maxNodes    = 500_000   // values in the file, guessed from its punctuation before it is parsed
	maxExpanded = 1_000_000 // values once every alias is replaced by what it stands for
	maxDepth    = 200       // levels of nesting, aliases replaced
)

// nodeKind says what a node is.
type nodeKind int

const (
	scalarNode nodeKind = iota
	listNode
	mapNode
)

// A scalarType is what YAML or JSON makes of a scalar. The text of the file is
// kept beside it: version strings and account numbers must not change because
// they look like numbers.
type scalarType int

const (
	textScalar scalarType = iota
	numberScalar
	boolScalar
	nullScalar
)

// A node is one value of a template, YAML or JSON, with short tags rewritten to
// their long form. Nodes are shared wherever an alias stands and never changed
// after parsing.
type node struct {
	kind  nodeKind
	typ   scalarType
	text  string // scalars
	tag   string // a tag that means nothing here; the value under it is then not used
	items []*node
	pairs []pair
	line  int

	size   int // values below and including this one, aliases replaced, saturating
	height int // levels below and including this one
}

// A pair is one entry of a mapping, in the order of the file.
type pair struct {
	key   string
	line  int
	value *node
}

func scalar(text string, line int) *node {
	return &node{kind: scalarNode, text: text, line: line, size: 1, height: 1}
}

func list(items []*node, line int) *node {
	n := &node{kind: listNode, items: items, line: line, size: 1, height: 1}
	for _, item := range items {
		n.hold(item)
	}
	return n
}

func mapping(line int, pairs ...pair) *node {
	n := &node{kind: mapNode, pairs: pairs, line: line, size: 1, height: 1}
	for _, p := range pairs {
		n.hold(p.value)
	}
	return n
}

// hold accounts for a child.
func (n *node) hold(child *node) {
	n.size = min(n.size+child.size, maxExpanded+1)
	n.height = max(n.height, child.height+1)
}

// at returns the value of a key, nil when there is none.
func (n *node) at(key string) *node {
	if p, ok := n.pair(key); ok {
		return p.value
	}
	return nil
}

func (n *node) pair(key string) (pair, bool) {
	if n == nil || n.kind != mapNode {
		return pair{}, false
	}
	for _, p := range n.pairs {
		if p.key == key {
			return p, true
		}
	}
	return pair{}, false
}

// intrinsic returns the name and the argument of an intrinsic function.
func (n *node) intrinsic() (name string, arg *node, ok bool) {
	if n == nil || n.kind != mapNode || len(n.pairs) != 1 {
		return "", nil, false
	}
	p := n.pairs[0]
	if p.key == "Ref" || p.key == "Condition" || strings.HasPrefix(p.key, "Fn::") {
		return p.key, p.value, true
	}
	return "", nil, false
}

// isText reports whether n is a scalar that has a text: anything but null.
func (n *node) isText() bool {
	return n != nil && n.kind == scalarNode && n.typ != nullScalar && n.tag == ""
}

// what names the kind of value for a person.
func (n *node) what() string {
	switch {
	case n.tag != "":
		return "a value with the tag " + shown(n.tag)
	case n.kind == listNode:
		return "a list"
	case n.kind == mapNode:
		if name, _, ok := n.intrinsic(); ok {
			return name
		}
		return "a mapping"
	case n.typ == nullScalar:
		return "null"
	case n.typ == numberScalar:
		return "a number"
	case n.typ == boolScalar:
		return "a boolean"
	}
	return "text"
}

// How many characters of foreign text a message repeats: of a name or a value,
// and of a sentence that may hold one.
const maxShown, maxSentence = 80, 300

// shown quotes text of a template for a message: controls, bidirectional marks
// and their like are escaped, and what is long is cut.
func shown(s string) string {
	head, cut := first(s, maxShown)
	q := strconv.Quote(head)
	if cut {
		return q[:len(q)-1] + `…"`
	}
	return q
}

// plain is shown for a whole sentence, without the quotes.
func plain(s string) string {
	head, cut := first(s, maxSentence)
	var b strings.Builder
	for _, r := range head {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		q := strconv.QuoteRune(r)
		b.WriteString(q[1 : len(q)-1])
	}
	if cut {
		b.WriteString("…")
	}
	return b.String()
}

// first returns at most n characters of s.
func first(s string, n int) (head string, cut bool) {
	count := 0
	for i := range s {
		if count++; count > n {
			return s[:i], true
		}
	}
	return s, false
}

// merged returns base with over on top of it, as SAM merges Globals into a
// function: mappings are merged, lists are joined, anything else is replaced. An
// intrinsic function is a value, not a mapping.
func merged(base, over *node, spend func(int) bool) *node {
	if base == nil || over == nil {
		if over == nil {
			return base
		}
		return over
	}
	_, _, baseIs := base.intrinsic()
	_, _, overIs := over.intrinsic()
	if baseIs || overIs || base.kind != over.kind || over.kind == scalarNode {
		return over
	}
	if !spend(len(base.items) + len(base.pairs)) {
		return over
	}
	if over.kind == listNode {
		return list(append(append([]*node{}, base.items...), over.items...), over.line)
	}
	place := make(map[string]int, len(base.pairs))
	pairs := make([]pair, 0, len(base.pairs)+len(over.pairs))
	for _, p := range base.pairs {
		place[p.key] = len(pairs)
		pairs = append(pairs, p)
	}
	for _, p := range over.pairs {
		if i, ok := place[p.key]; ok {
			p.value = merged(pairs[i].value, p.value, spend)
			pairs[i] = p
			continue
		}
		pairs = append(pairs, p)
	}
	return mapping(over.line, pairs...)
}

// duplicate is the error for a key that a mapping has twice.
func duplicate(key string, first, second int) *TemplateError {
	return &TemplateError{Line: second, Text: fmt.Sprintf("%s is defined twice, in line %d and in line %d", shown(key), first, second)}
}

// tooDeep and tooLarge are the errors for templates over the limits.
func tooDeep(line int) *TemplateError {
	return &TemplateError{Line: line, Text: fmt.Sprintf("nested deeper than %d levels", maxDepth)}
}

func tooLarge(line int) *TemplateError {
	return &TemplateError{Line: line, Text: "more than 1,000,000 values once aliases are replaced by what they stand for"}
}

// countNodes guesses how many values a file can hold, from above: no value goes
// without one of these characters.
func countNodes(data []byte) int {
	count := 1
	for _, c := range data {
		switch c {
		case ',', ':', '-', '[', '{', '?', '\n':
			count++
		}
	}
	return count
}

package jsonrows

import (
	"slices"

	"lambent/invoke/jsondoc"
)

// position remembers where a row is among its siblings, so that going on to the
// next does not count from the first.
type position struct{ parent, row, nth int }

// Path is the place of the cursor's row, as a.b[0]; "" for the whole document and
// for what is no JSON.
func (v *View) Path() string { return v.path().String() }

// Pointer is the same as a JSON pointer (RFC 6901).
func (v *View) Pointer() string { return v.path().Pointer() }

func (v *View) path() jsondoc.Path {
	if v.ix.mode != JSON {
		return jsondoc.Path{}
	}
	row := v.cursor
	if v.ix.kind(row) == closing {
		row, _ = v.ix.parent(row)
	}
	var steps jsondoc.Path
	for parent := range v.ix.ancestors(row) {
		steps = append(steps, v.step(parent, row))
		row = parent
	}
	slices.Reverse(steps)
	return steps
}

// step leads from a container to the child in a row.
func (v *View) step(parent, row int) jsondoc.Step {
	if !v.ix.isObject(parent) {
		return jsondoc.Step{Kind: jsondoc.Element, Index: v.nth(parent, row)}
	}
	m := v.ix.member(row)
	name, _ := jsondoc.Unquote(v.b[m.start:m.nameEnd])
	return jsondoc.Step{Kind: jsondoc.Member, Name: string(name)}
}

// nth is the position of a row among the children of its parent. It is counted
// from the nearest of the container's ends and the row asked about before.
func (v *View) nth(parent, row int) int {
	last := v.ix.last(parent)
	steps := row - parent
	count := func() int { return v.ix.between(parent+1, row) }
	if all, exact := v.ix.children(parent); exact && last-row < steps {
		steps = last - row
		count = func() int { return all - v.ix.between(row, last) }
	}
	if p := v.place; p.parent == parent && p.row > parent {
		switch {
		case p.row <= row && row-p.row < steps:
			count = func() int { return p.nth + v.ix.between(p.row, row) }
		case p.row > row && p.row-row < steps:
			count = func() int { return p.nth - v.ix.between(row, p.row) }
		}
	}
	n := count()
	if row-parent > longList {
		v.place = position{parent, row, n}
	}
	return n
}

// longList is how many rows into a container counting is worth remembering.
const longList = 256

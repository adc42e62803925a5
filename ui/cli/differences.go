package cli

import (
	"bytes"
	"strings"

	"lambent/invoke"
	"lambent/invoke/jsondoc"
	"lambent/ui/safetext"
)

const (
	// shownDifferences is how many differences a person is shown of one comparison,
	// and listedDifferences how many an object of a replay lists.
	shownDifferences  = 1000
	listedDifferences = 100

	// valueWidth is how many cells of a value a row shows.
	valueWidth = 60
)

// differenceObject is one difference: path, this and that as "lambent compare" prints them.
func differenceObject(d invoke.Difference) []byte {
	var o object
	o.text("path", d.Path)
	o.text("change", d.Change.String())
	o.payload("this", d.This)
	o.payload("that", d.That)
	o.text("to", d.To)
	return o.bytes()
}

// differences adds those of a comparison, the first of very many.
func (o *object) differences(c invoke.Comparison) {
	if c.Same() {
		return
	}
	list := []byte{'['}
	for i, d := range c.Differences[:min(len(c.Differences), listedDifferences)] {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, differenceObject(d)...)
	}
	o.raw("differences", append(list, ']'))
	if c.More || len(c.Differences) > listedDifferences {
		o.number("differencesInAll", int64(len(c.Differences)))
	}
}

// inLine is a difference in one line.
func inLine(d invoke.Difference) string {
	this, that := valueInLine(d.This), valueInLine(d.That)
	switch d.Change {
	case jsondoc.Added:
		return d.Path + " + " + that
	case jsondoc.Removed:
		return d.Path + " − " + this
	case jsondoc.Moved:
		return d.Path + " moved to " + d.To + " " + this
	}
	return d.Path + " " + this + " → " + that
}

// valueInLine is the beginning of a value.
func valueInLine(value []byte) string {
	head := value[:min(len(value), 4*valueWidth)]
	if one, err := jsondoc.Minify(value); err == nil && len(value) <= maxMinified {
		head = one[:min(len(one), 4*valueWidth)]
	}
	return safetext.FromString(string(bytes.ToValidUTF8(head, []byte("\ufffd")))).Cut(valueWidth).String()
}

// maxMinified is up to which size a value is put on one line to show its beginning.
const maxMinified = 64 << 10

// differencesInLine is the first of the differences, and how many more there are.
func differencesInLine(c invoke.Comparison) string {
	parts := []string{inLine(c.Differences[0])}
	if more := len(c.Differences) - 1; more > 0 {
		text := plural(more, "more")
		parts = append(parts, strings.TrimSuffix(text, "s"))
	}
	return strings.Join(parts, " · ")
}

// Package jsonrows shows JSON of any size: an index of rows over the raw bytes,
// and a view that paints the rows on the screen from those bytes.
//
// Nothing is parsed into values and nothing is pretty-printed: indentation can
// turn 18 KB into 162 MB, and any, map and Marshal change numbers, order,
// duplicates and escapes. A row is four bytes, the offset at which it begins. What
// it is (a member, an element, a closing bracket) can be read at that place and
// just before the next row. Containers of a few rows are found by looking at the
// rows around; the larger ones are listed with their closing row, parent and
// number of children, so that folding, parents and paths take no search.
//
// The first rows are ready within a millisecond (Head); the whole index of 6 MB
// takes some tens of milliseconds, so Build is a function of the bytes alone, to
// be run elsewhere and handed to the view as a value that never changes.
//
// What is no JSON is shown as lines of text with the place where it stops being
// JSON, and what is no text either as hexadecimal bytes. Containers nested deeper
// than DeepFold start folded.
package jsonrows

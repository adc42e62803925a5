// Package frame is where cells are counted: rows of exactly so many cells,
// boxes, panes side by side, cards over a frame.
//
// A row is a string without line feeds that takes exactly the cells it was made
// for; a block is a []string of such rows, all of one width. Rows are painted by
// concatenating ready-made SGR prefixes (Style), text that came through
// ui/safetext, and a reset: two orders of magnitude cheaper than rendering a
// lipgloss style for each piece, and every style run ends before the next
// begins, so that a row can be cut anywhere.
//
// Widths are those of safetext.Line, which counts as Bubble Tea's renderer does.
package frame

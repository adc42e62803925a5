// Package edit is the payload editor.
//
// A payload is bytes and stays so: tabs, CRLF, NUL and invalid UTF-8 are kept,
// shown (ui/safetext) and can be moved over, selected and deleted like any other
// character. bubbles/textarea cuts, converts or refuses all of these.
//
// The text is one contiguous slice with an index of line starts. An insertion
// moves the tail, at most 6 MB (0.5 ms), and in return everything that reads it
// (colours, checks, search, painting) reads plain bytes. What has to be
// known about the text before a place, the state of the JSON scanner and the
// column in a very long line, is kept at marks some kilobytes apart, and an edit
// drops only the marks after it. So typing costs what is on the screen, not what
// is in the document.
//
// An Editor is a plain struct: methods change it, Rows and Cursor paint it, and it
// starts no goroutines. Checking a large document takes tens of milliseconds, so
// Check is a function of bytes alone that a caller can run elsewhere and hand back
// with the version it belongs to.
package edit

// Package safetext is the one door through which foreign text reaches the
// screen. A Line can only be made here (its fields are unexported), and the
// frame paints nothing but Lines, so the compiler keeps raw bytes away from the
// terminal.
//
// Controls are shown, never stripped. Stripping loses data (an unterminated
// OSC swallows the lines after it) and misses the C1 characters U+0080–U+009F,
// which are legal inside JSON strings and which some terminals obey. So:
//
//   - C0 and DEL become control pictures (␛, ␍, ␡); a tab becomes spaces up to
//     the next stop (TabStop);
//   - C1, bidi controls, zero-width and other format characters, tags, variation
//     selectors without an emoji, fillers, line and paragraph separators,
//     private use, noncharacters and unassigned code points become <U+009B>;
//   - bytes that are no UTF-8 become \x9b;
//   - a combining mark without a base becomes <U+0301>, as does the ninth one
//     and every further one on the same base;
//   - ZWJ stays only between emoji, regional indicators only in pairs.
//
// A Line is one row: a line feed is shown as ␊. Lines can be concatenated in
// any order without characters joining across the seam, because each begins
// with a base and ends with a whole cluster.
//
// # Width
//
// Terminals count cells in two ways: code point by code point (wcwidth), or by
// grapheme cluster where they implement mode 2027. Bubble Tea measures by the
// first until the terminal says that it does the second. A Line knows both
// widths from the start; which one counts is a property of the terminal that
// the process runs in, set by CountGraphemes when the terminal answers.
package safetext

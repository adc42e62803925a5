// Package jsondoc reads JSON as bytes: tokens with their places, checks with
// Lambda's own messages, paths, equality, differences and formatting.
//
// Nothing here turns a document into values. Numbers keep their spelling, members
// their order and duplicates, strings their escapes, because what lambent shows,
// compares or copies must be what was sent (any, map and Marshal change all four).
// Nothing here recurses either: depth costs one bit per level, so that a payload
// of 100,000 brackets is an ordinary payload.
//
// The grammar is RFC 8259 over strict UTF-8: invalid, overlong and surrogate
// encodings are refused and so is a byte order mark, while an escaped lone
// surrogate ("\ud800") is a legal token, as it is for Lambda.
package jsondoc

// Package jsondoc reads JSON as bytes: a scanner with positions and Lambda's
// messages, paths, equality and difference.
package jsondoc

// Package history is everything that lambent remembers: every invocation with
// its request, response, log, report and failure; the asynchronous events that
// wait to be run; drafts, statistics and small settings; and saved events,
// which are plain files of the project.
//
// # The store
//
// One SQLite database, history.db, in WAL mode with synchronous=FULL: what a
// method has returned from survives kill -9 and power loss. One database
// because an event and its record must change in one transaction.
//
// Writers take turns in a group commit (writer.go): whoever comes first commits
// for everybody who waits, so eight callers share one fsync, and a lone caller
// pays for no hand-over between goroutines.
//
// The list's columns are narrow (table invocations) and the bodies are apart
// (table contents), because a page of the list must not read megabytes. Bodies
// over 256 KiB are files named by their SHA-256, written and synced before the
// row that names them, and stored once however often they occur. One whose row was
// never written, because its process was killed, is swept away later (sweep.go).
//
// # Bytes
//
// Payload, response and log come back byte for byte. Text that is not UTF-8 is
// kept as it is in every member, names and headers included.
//
// # Search
//
// A word matches where its bytes occur, letters compared without case
// (grams.go). An FTS5 index over the distinct three-byte sequences of each run
// finds candidates, and every candidate's own bytes are then looked at: the
// index can make a search fast but never wrong. It is written in the
// background, after the record was acknowledged; rows that it does not hold yet
// are looked at one by one.
//
// # What leaves and what stays
//
// Export takes secrets out by default, because a file is made to be given away;
// without rules it is the record, byte for byte, and Import brings it back under its
// uid. Before anything is written secrets are taken out only where Privacy says so: a
// history that changes what was sent can't replay it.
//
// A record is never changed by what is thought of it later. A new answer that was
// accepted is a reference to the run that gave it (accepted.go), so a check that
// passes can be looked into.
//
// # Damage
//
// Open never changes a file that it cannot use. A database that is damaged,
// foreign or newer is an *Error that names the file and says what to do.
package history

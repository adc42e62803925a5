package history

// format3 adds what outcomes of events have sent on, and the events that were taken
// back from the dead letters.
const format3 = `
ALTER TABLE events ADD COLUMN redriven_at INTEGER NOT NULL DEFAULT 0; -- 0 for never
ALTER TABLE events ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;     -- attempts before that
CREATE INDEX events_dead ON events(invocation) WHERE state = 'dead';

CREATE TABLE deliveries(
	invocation  INTEGER NOT NULL REFERENCES invocations(id) ON DELETE CASCADE,
	seq         INTEGER NOT NULL,       -- 1, 2, … in the order in which they were made
	at          INTEGER NOT NULL,
	body        BLOB,
	details     BLOB NOT NULL,          -- everything else, JSON (deliveries.go)
	PRIMARY KEY(invocation, seq)
) STRICT;
`

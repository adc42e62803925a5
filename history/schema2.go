package history

// format2 adds what comparisons remember: the places that vary from run to run, and
// new answers that were accepted.
const format2 = `
CREATE TABLE volatile(
	scope    TEXT NOT NULL,
	function TEXT NOT NULL,
	path     TEXT NOT NULL,             -- jsondoc.Path
	state    TEXT NOT NULL CHECK(state IN ('proposed', 'kept', 'refused')),
	seen     INTEGER NOT NULL,          -- pairs of runs in which it differed, when it was last looked for
	noted_at INTEGER NOT NULL,
	PRIMARY KEY(scope, function, path)
) STRICT;

-- The answer that counts for a run in place of its own. With the run that gave it
-- it is gone, and the run's own counts again.
CREATE TABLE accepted(
	invocation INTEGER PRIMARY KEY REFERENCES invocations(id) ON DELETE CASCADE,
	answer     INTEGER NOT NULL REFERENCES invocations(id) ON DELETE CASCADE
) STRICT;
CREATE INDEX accepted_answer ON accepted(answer);
`

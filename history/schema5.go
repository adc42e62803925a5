package history

// format5 adds what marks a row of the list: the door that a call came in by, and whether
// an injected fault happened to it. Runs from before don't say.
const format5 = `
ALTER TABLE invocations ADD COLUMN door TEXT NOT NULL DEFAULT '';
ALTER TABLE invocations ADD COLUMN injected INTEGER NOT NULL DEFAULT 0;
`

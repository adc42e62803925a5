package history

// format4 adds the name of the saved event that a payload is, which the list shows.
const format4 = `
ALTER TABLE invocations ADD COLUMN event TEXT NOT NULL DEFAULT '';
`

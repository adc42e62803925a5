package ui

// A filter is a text field that narrows or searches what is under it. It is
// open while it is typed into; what was typed holds after it is closed.
type filter struct {
	field
	typing bool
}

// open is the field while it is typed into, else nil.
func (f *filter) open() *field {
	if f.typing {
		return &f.field
	}
	return nil
}

// active says that something is typed.
func (f *filter) active() bool { return len(f.text) > 0 }

// clear forgets what was typed.
func (f *filter) clear() { *f = filter{} }

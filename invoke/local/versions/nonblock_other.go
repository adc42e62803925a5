//go:build !unix

package versions

// nonblock does nothing where named pipes are not files.
const nonblock = 0

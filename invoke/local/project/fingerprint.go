package project

import "errors"

// Fingerprint returns a short text that changes when the code at path (a
// folder or a file) changes: it sums names, sizes, modes and modification times
// and reads no content.
func Fingerprint(path string) (string, error) { return "", errors.New("not there yet") }

package runtimes

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

var (
	//go:embed carried/bootstrap.py
	pythonBootstrap []byte
	//go:embed carried/bootstrap.cjs
	nodeBootstrap []byte
)

// carry returns the path of a file with this name and content below dir, writing
// it where it is missing or incomplete. Its folder is named by the content, so that
// lambents of different versions share dir.
func carry(dir, name string, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	file := filepath.Join(dir, hex.EncodeToString(sum[:8]), name)
	if there, err := os.ReadFile(file); err == nil && bytes.Equal(there, content) {
		return file, nil
	}
	if err := writeWhole(file, content); err != nil {
		return "", fmt.Errorf("write the carried %s: %w", name, err)
	}
	return file, nil
}

// writeWhole writes a file that only the user can read. Nobody ever sees a part of
// it: it appears by a rename, after its bytes are on disk.
func writeWhole(file string, content []byte) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err == nil {
		err = temp.Sync()
	}
	if closing := temp.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}

package runtimes

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed carried
var carried embed.FS

// What each language's client consists of, its program first. The rest is what not
// every function needs.
var (
	pythonClient = []string{"bootstrap.py", "lambent_event.py", "lambent_logs.py"}
	nodeClient   = []string{"bootstrap.cjs", "runtime_api.cjs", "streaming.cjs"}
	rubyClient   = []string{"bootstrap.rb"}
)

// carry returns the path of the first of these carried files in a folder below dir
// that has all of them, writing those that are missing or incomplete. The folder is
// named by their content, so that lambents of different versions share dir.
func carry(dir string, names []string) (string, error) {
	contents := make([][]byte, len(names))
	sum := sha256.New()
	for i, name := range names {
		content, err := carried.ReadFile("carried/" + name)
		if err != nil {
			return "", fmt.Errorf("read the carried %s: %w", name, err)
		}
		contents[i] = content
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
	}
	folder := filepath.Join(dir, hex.EncodeToString(sum.Sum(nil)[:8]))
	for i, name := range names {
		file := filepath.Join(folder, name)
		if there, err := os.ReadFile(file); err == nil && bytes.Equal(there, contents[i]) {
			continue
		}
		if err := writeWhole(file, contents[i]); err != nil {
			return "", fmt.Errorf("write the carried %s: %w", name, err)
		}
	}
	return filepath.Join(folder, names[0]), nil
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

package awslambda

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lambent/invoke"
)

// maxCache is the largest file that is taken for a list of functions, in bytes.
const maxCache = 64 << 20

// A cache keeps the last complete list of functions of a profile, region and endpoint in one
// file that only the user can read. The values of environment variables are not in
// it: they may be secrets, and nothing needs them from there. A file that can't be read
// is as good as none.
type cache struct{ file string }

type cached struct {
	At        time.Time
	Functions []invoke.Function
}

// newCache names the file by what the list belongs to. Keys of the environment belong to some
// account, so that they are part of it where no profile is named; the name is a hash.
func newCache(dir string, info invoke.TargetInfo) cache {
	if dir == "" {
		return cache{}
	}
	whose := []string{"functions 1", info.Profile, info.Region, info.Endpoint}
	if info.Profile == "" {
		whose = append(whose, os.Getenv("AWS_ACCESS_KEY_ID"))
	}
	sum := sha256.Sum256([]byte(strings.Join(whose, "\x00")))
	return cache{filepath.Join(dir, hex.EncodeToString(sum[:16])+".json")}
}

func (c cache) load() ([]invoke.Function, time.Time) {
	if c.file == "" {
		return nil, time.Time{}
	}
	file, err := os.Open(c.file)
	if err != nil {
		return nil, time.Time{}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxCache+1))
	var list cached
	if err != nil || len(text) > maxCache || json.Unmarshal(text, &list) != nil {
		return nil, time.Time{}
	}
	return list.Functions, list.At
}

// keep replaces the list, whole or not at all.
func (c cache) keep(functions []invoke.Function, at time.Time) error {
	if c.file == "" {
		return nil
	}
	list := cached{At: at, Functions: make([]invoke.Function, len(functions))}
	for i, f := range functions {
		names := make([]invoke.Variable, len(f.Environment))
		for j, v := range f.Environment {
			names[j] = invoke.Variable{Name: v.Name, Unresolved: "not remembered"}
		}
		f.Environment = names
		list.Functions[i] = f
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	dir := filepath.Dir(c.file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".list-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(text)
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(temporary.Name(), c.file)
}

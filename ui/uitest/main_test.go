package uitest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// built is where the program is built, once for all tests.
var built string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lambent-uitest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	built = filepath.Join(dir, "lambent")
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var build = sync.OnceValue(func() error {
	if out, err := exec.Command("go", "build", "-o", built, "lambent").CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
})

// program puts the real program into a folder: by the path of their image the
// processes of one test are told from those of another.
func program(t *testing.T, dir string) string {
	t.Helper()
	if err := build(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "lambent")
	if err := os.Link(built, path); err != nil {
		t.Fatal(err)
	}
	return path
}

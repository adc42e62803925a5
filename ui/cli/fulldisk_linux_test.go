package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const pinnedTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties: {FunctionName: orders, Runtime: provided.al2023, Handler: echo, CodeUri: code, AutoPublishAlias: live}
`

// A full disk takes a publication back whole: one line says so, nothing of it is left,
// and its number is given out to the next one.
func TestPublishingOnAFullDisk(t *testing.T) {
	t.Parallel()
	binary, err := build()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	write := func(name string, content []byte, mode fs.FileMode) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("template.yaml", []byte(pinnedTemplate), 0o644)
	write("code/bootstrap", []byte("#!lambent\n"), 0o755)
	write("big", bytes.Repeat([]byte("x"), 3<<20), 0o644)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	// A disk of one MiB, in a namespace of its own that ends with the shell.
	script := `
mount -t tmpfs -o size=1m,mode=0700 tmpfs data || exit 77
say() { echo "== $1"; shift; "$@" 2>&1; echo "status $?"; }
cp big code/big
say "too large" lambent publish orders
echo "left: $(find data -name '.partial*' -o -name version.json -o -name 1)"
rm code/big
say "room" lambent publish orders
while dd if=/dev/zero bs=4k count=1 >> data/fill 2>/dev/null; do :; done
echo change > code/more
say "full" lambent publish orders
say "alias" lambent alias orders old 1
echo "left: $(find data -name '.partial*' -o -name 2)"
say "still there" lambent qualifiers orders
rm data/fill
say "room again" lambent publish orders
say "all" lambent qualifiers orders
`
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + dir, "LAMBENT_DATA_DIR=" + data, "PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.Output()
	if errors.Is(err, fs.ErrPermission) || cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 77 {
		t.Skipf("a small disk can't be mounted here: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(string(out), "== ") {
		name, text, _ := strings.Cut(part, "\n")
		parts[name] = text
	}
	for _, name := range []string{"too large", "full", "alias"} {
		text := parts[name]
		line, rest, _ := strings.Cut(text, "\n")
		if !strings.HasPrefix(line, "lambent: ") || !strings.Contains(line, "no space left on device") || !strings.Contains(line, "Free some space") ||
			!strings.HasPrefix(rest, "status 2\n") {
			t.Errorf("%s: want one line and status 2, got\n%s", name, text)
		}
		if strings.Contains(text, "left: ") && !strings.HasSuffix(text, "left: \n") {
			t.Errorf("%s: something is left behind:\n%s", name, text)
		}
	}
	for name, want := range map[string]string{"room": "1  ", "still there": "$LATEST\nlive → 1\n1  ", "room again": "2  ", "all": "$LATEST\nlive → 2\n1  "} {
		if !strings.HasPrefix(parts[name], want) || !strings.Contains(parts[name], "status 0") {
			t.Errorf("%s: %q, want %q", name, parts[name], want)
		}
	}
}

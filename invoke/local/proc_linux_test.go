package local

import (
	"bytes"
	"os"
	"os/exec"
	"testing"
)

func TestProcFilesAreReadWhole(t *testing.T) {
	// The test's own status has what it is to have, and a long file comes whole.
	if b, err := readProc("/proc/self/status"); err != nil || !bytes.Contains(b, []byte("\nVmHWM:")) || !bytes.HasSuffix(b, []byte("\n")) {
		t.Errorf("%q, %v", b, err)
	}
	long := t.TempDir() + "/long"
	want := bytes.Repeat([]byte("0123456789"), 1000)
	if err := os.WriteFile(long, want, 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := readProc(long); err != nil || !bytes.Equal(b, want) {
		t.Errorf("%d of %d bytes, %v", len(b), len(want), err)
	}
	if _, err := readProc("/proc/nothing"); !os.IsNotExist(err) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A look at a tree finds what was started since the last one, however recent.
func TestLookFindsWhatIsNew(t *testing.T) {
	if newestProcess() == 0 {
		t.Skip("the kernel does not say which process is the newest")
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	s := &supervisor{cmd: &exec.Cmd{Process: self}}
	for range 20 {
		before := len(s.look())
		child := exec.Command("sleep", "60")
		if err := child.Start(); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() {
			_ = child.Process.Kill()
			_ = child.Wait()
		})
		if after := len(s.look()); after != before+1 {
			t.Fatalf("%d processes after one more than %d", after, before)
		}
	}
}

package ui_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// BenchmarkStart is P8: from exec to the first frame, over a minimal Bubble Tea
// program (F4), in a terminal of 120x36. The two are started in turns; the
// figure is the median of the ratios of neighbours, beside one of the floor with itself.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	build := func(name, pkg string) string {
		file := filepath.Join(dir, name)
		if out, err := exec.Command("go", "build", "-o", file, pkg).CombinedOutput(); err != nil {
			b.Skipf("build %s: %v\n%s", pkg, err, out)
		}
		return file
	}
	lambent, minimal := build("lambent", "lambent"), build("minimal", "./testdata/minimal")
	home := b.TempDir()
	workbench := func() time.Duration { return firstFrame(b, home, "Payload", lambent) }
	floor := func() time.Duration { return firstFrame(b, home, "ready", minimal) }
	workbench() // fills the page cache, makes the folders
	floor()
	var ratios, same []float64
	var took, least []time.Duration
	for b.Loop() {
		w, f, again := workbench(), floor(), floor()
		took, least = append(took, w), append(least, f)
		ratios, same = append(ratios, float64(w)/float64(f)), append(same, float64(again)/float64(f))
	}
	slices.Sort(took)
	slices.Sort(least)
	b.ReportMetric(median(ratios), "×floor")
	b.ReportMetric(median(same), "floor×floor")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/first-frame")
	b.ReportMetric(float64(least[len(least)/2].Microseconds())/1000, "ms/floor")
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// firstFrame starts a program on a terminal of its own and measures the time
// until it has drawn a text.
func firstFrame(b *testing.B, home, text, file string) time.Duration {
	b.Helper()
	ptm, pts := terminal(b)
	defer ptm.Close()
	cmd := exec.Command(file)
	cmd.Dir = home
	cmd.Env = []string{"TERM=xterm-256color", "COLORTERM=truecolor", "HOME=" + home, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = pts, pts, pts
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	pts.Close()
	var seen []byte
	buf := make([]byte, 64<<10)
	for !bytes.Contains(seen, []byte(text)) {
		n, err := ptm.Read(buf)
		if err != nil {
			b.Fatalf("%s ended after %q: %v", file, seen, err)
		}
		seen = append(seen, buf[:n]...)
	}
	took := time.Since(began)
	_ = unix.Kill(-cmd.Process.Pid, unix.SIGTERM)
	go func() {
		for {
			if _, err := ptm.Read(buf); err != nil {
				return
			}
		}
	}()
	_ = cmd.Wait()
	return took
}

// terminal makes a pseudo-terminal of 120x36.
func terminal(b testing.TB) (ptm, pts *os.File) {
	b.Helper()
	ptm, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		b.Skip(err)
	}
	fd := int(ptm.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 36, Col: 120})
	}
	if err == nil {
		pts, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		b.Fatal(err)
	}
	return ptm, pts
}

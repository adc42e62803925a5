package history

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
)

// The tests of this file run the test binary again as children that use a store
// and are killed. A child says on standard output what was acknowledged to it,
// one line each, after the fact.

// childMain is a child: "what dir argument". It ends when its standard input does.
func childMain(run string) int {
	words := strings.Split(run, "\n")
	if words[0] == "open on a full disk" {
		if _, err := limitFiles(1 << 10); err != nil {
			fmt.Println("error", err)
			return 1
		}
	}
	s, err := Open(words[1], Options{})
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	go func() {
		io.Copy(io.Discard, os.Stdin) // the parent is gone
		os.Exit(3)
	}()
	switch words[0] {
	case "record":
		err = childRecords(s, words[2])
	case "once":
		res, _ := s.Recorder(ok(localInfo, "{}")).Invoke(context.Background(), invoke.Request{Function: "once"}, nil)
		if res.HistoryID == 0 {
			err = errors.New(strings.Join(res.Notes, " "))
		}
	case "lease":
		err = childLeases(s, words[2])
	case "full":
		err = childOnFullDisk(s)
	}
	if err = errors.Join(err, s.Close()); err != nil {
		fmt.Println("error", err)
		return 1
	}
	return 0
}

// bodyOf is the body of a child's n-th record: its size goes over all ways of storing.
func bodyOf(name string, n int) []byte {
	sizes := []int{10, 2000, 20 << 10, 300, maxInline + 7}
	return bytes.Repeat([]byte(fmt.Sprintf("%s-%d\xff", name, n)), 1+sizes[n%len(sizes)]/(len(name)+3))
}

// childRecords records local calls, calls on AWS and events, for ever.
func childRecords(s *Store, name string) error {
	ctx := context.Background()
	for n := 0; ; n++ {
		body := bodyOf(name, n)
		var target *fakeTarget
		switch n % 3 {
		case 0, 1:
			target = ok([]invoke.TargetInfo{localInfo, awsInfo}[n%3], string(body))
		case 2:
			target = &fakeTarget{info: localInfo, answer: func(ctx context.Context, req invoke.Request) (invoke.Result, error) {
				ev := queued(fmt.Sprintf("%s-%d", name, n), time.Unix(1, 0))
				ev.Request = req
				return invoke.Result{StatusCode: 202, RequestID: ev.ID}, s.Enqueue(ctx, ev)
			}}
		}
		res, err := s.Recorder(target).Invoke(ctx, invoke.Request{Function: "orders", Payload: body}, nil)
		if err != nil || res.HistoryID == 0 {
			return errors.Join(err, errors.New(strings.Join(res.Notes, " ")))
		}
		fmt.Printf("ack %s %d %s\n", res.HistoryUID, n, name)
	}
}

// childLeases settles events until none is left.
func childLeases(s *Store, owner string) error {
	ctx := context.Background()
	for {
		ev, ok, err := s.Lease(ctx, project, owner, time.Now(), time.Minute)
		if err != nil || !ok {
			return err
		}
		fmt.Println("leased", ev.ID)
		if err := s.Settle(ctx, ev.ID, owner, attempt(len(ev.Attempts)+1, owner), invoke.Verdict{State: invoke.EventDone}); err != nil {
			return err
		}
		fmt.Println("settled", ev.ID)
	}
}

// A child is a running one.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	stdin io.Closer
}

func startChild(t *testing.T, words ...string) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "HISTORY_TEST_CHILD="+strings.Join(words, "\n"))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, lines: bufio.NewScanner(out), stdin: in}
	t.Cleanup(func() {
		cmd.Process.Kill() // most have ended
		cmd.Wait()
	})
	return c
}

// kill ends the child as kill -9 does and returns what it said until then.
func (c *child) kill() (lines []string) {
	c.cmd.Process.Kill()
	for c.lines.Scan() {
		lines = append(lines, c.lines.Text())
	}
	c.cmd.Wait()
	return lines
}

// wait returns what the child said until its own end, and how it ended.
func (c *child) wait() (lines []string, err error) {
	for c.lines.Scan() {
		lines = append(lines, c.lines.Text())
	}
	return lines, c.cmd.Wait()
}

// killsOf is how many children TestKilledWhileRecording kills: LAMBENT_TEST_KILLS
// of them, or as many as a test run has time for.
func killsOf(t *testing.T) int {
	text := os.Getenv("LAMBENT_TEST_KILLS")
	if text == "" {
		return 30
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 2 {
		t.Fatalf("LAMBENT_TEST_KILLS is a number from 2 on, not %q", text)
	}
	return n
}

// Whatever was acknowledged is there, byte for byte, after any number of kills,
// with two processes at once on the store. No file of a body stays that no record
// uses, but for those that were half written just now.
func TestKilledWhileRecording(t *testing.T) {
	kills := killsOf(t)
	dir := t.TempDir()
	var mu sync.Mutex
	acked := map[string][2]string{} // uid → n, name
	var wg sync.WaitGroup
	for w := range 2 {
		r := rand.New(rand.NewSource(int64(w)))
		wg.Go(func() {
			for k := range kills / 2 {
				c := startChild(t, "record", dir, fmt.Sprintf("w%dk%d", w, k))
				var lines []string
				for range 1 + r.Intn(12) {
					if !c.lines.Scan() {
						break
					}
					lines = append(lines, c.lines.Text())
				}
				lines = append(lines, c.kill()...)
				mu.Lock()
				for _, line := range lines {
					f := strings.Fields(line)
					if len(f) == 4 && f[0] == "ack" {
						acked[f[1]] = [2]string{f[2], f[3]}
					} else if len(f) > 0 && f[0] == "error" {
						t.Error(line)
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	s := open(t, dir)
	var verdict string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Fatalf("integrity: %s, %v", verdict, err)
	}
	if len(acked) < kills {
		t.Errorf("only %d records were acknowledged", len(acked))
	}
	for uid, what := range acked {
		var n int
		fmt.Sscan(what[0], &n)
		checkAcked(t, s, uid, what[1], n)
	}
	for _, sum := range list(t, s, "is:running") {
		if sum.State != StateMayHaveRun || sum.Target.Kind != invoke.AWS {
			t.Errorf("a call whose process was killed is %q on %s", sum.State, sum.Target.Kind)
		}
	}
	if err := s.sweepBodies(context.Background()); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(s.bodies.dir, "*", "[0-9a-f]*"))
	if err != nil {
		t.Error(err)
	}
	var used int
	if err := s.read.QueryRow(`SELECT count(DISTINCT hash) FROM body_files`).Scan(&used); err != nil || used != len(files) {
		t.Errorf("%d files of bodies, records use %d, %v", len(files), used, err)
	}
	t.Logf("%d kills, %d acknowledged records", kills, len(acked))
}

func checkAcked(t *testing.T, s *Store, uid, name string, n int) {
	t.Helper()
	e, err := s.EntryByUID(context.Background(), uid)
	if err != nil {
		t.Errorf("%s %d is lost: %v", name, n, err)
		return
	}
	body := bodyOf(name, n)
	if !bytes.Equal(e.Request.Payload, body) {
		t.Errorf("%s %d: the payload differs", name, n)
	}
	if n%3 == 2 {
		ev, err := s.Event(context.Background(), fmt.Sprintf("%s-%d", name, n))
		if err != nil || ev.State != invoke.EventQueued || !bytes.Equal(ev.Request.Payload, body) || e.State != StateQueued {
			t.Errorf("%s %d: the event is %v, its record %q (%v)", name, n, ev.State, e.State, err)
		}
		return
	}
	if e.State != StateDone || !bytes.Equal(e.Result.Payload, body) {
		t.Errorf("%s %d: state %q, or the response differs", name, n, e.State)
	}
}

// Sixteen processes that open a store together after a crash all get it.
func TestOpenersAfterACrash(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		c := startChild(t, "record", dir, "crash")
		for range 5 {
			c.lines.Scan()
		}
		c.kill()
		var all []*child
		for range 16 {
			all = append(all, startChild(t, "once", dir))
		}
		for _, c := range all {
			if lines, err := c.wait(); err != nil {
				t.Errorf("%v %v", err, lines)
			}
		}
	}
	if n := len(list(t, open(t, dir), "fn:once")); n != 32 {
		t.Errorf("%d of 32 records", n)
	}
}

// Processes that make the store at the same moment make one.
func TestOpenersOfANewStore(t *testing.T) {
	for range 2 {
		dir := t.TempDir()
		var all []*child
		for range 8 {
			all = append(all, startChild(t, "once", dir))
		}
		for _, c := range all {
			if lines, err := c.wait(); err != nil {
				t.Errorf("%v %v", err, lines)
			}
		}
		if n := len(list(t, open(t, dir), "fn:once")); n != 8 {
			t.Errorf("%d of 8 records", n)
		}
	}
}

// Events are settled once each, by one process at a time, also when some are killed.
func TestLeasesAcrossProcesses(t *testing.T) {
	const events = 150
	dir := t.TempDir()
	s := open(t, dir)
	for n := range events {
		if err := s.Enqueue(context.Background(), queued(fmt.Sprintf("e-%d", n), time.Unix(1, 0))); err != nil {
			t.Fatal(err)
		}
	}
	victim := startChild(t, "lease", dir, "victim")
	others := []*child{startChild(t, "lease", dir, "a"), startChild(t, "lease", dir, "b")}
	var said []string
	for range 5 {
		if victim.lines.Scan() {
			said = append(said, victim.lines.Text())
		}
	}
	said = append(said, victim.kill()...)
	for _, c := range others {
		lines, err := c.wait()
		if err != nil {
			t.Errorf("%v %v", err, lines)
		}
		said = append(said, lines...)
	}
	times := map[string]int{}
	for _, line := range said {
		times[line]++
		if times[line] > 1 {
			t.Errorf("%q was said twice", line)
		}
	}
	// What the killed one held comes back when its lease has ended.
	for {
		ev, ok, err := s.Lease(context.Background(), project, "last", time.Now().Add(time.Hour), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		if times["settled "+ev.ID] > 0 {
			t.Errorf("%s was settled and is handed out again", ev.ID)
		}
		if err := s.Settle(context.Background(), ev.ID, "last", attempt(1, "last"), invoke.Verdict{State: invoke.EventDone}); err != nil {
			t.Error(err)
		}
	}
	for n := range events {
		ev, err := s.Event(context.Background(), fmt.Sprintf("e-%d", n))
		if err != nil || ev.State != invoke.EventDone || len(ev.Attempts) != 1 {
			t.Errorf("%s is %v with %d attempts, %v", ev.ID, ev.State, len(ev.Attempts), err)
		}
	}
}

// A process that is killed while it makes the store leaves one that opens.
func TestKilledWhileMaking(t *testing.T) {
	for range 12 {
		dir := t.TempDir()
		c := startChild(t, "once", dir)
		waitFor(t, "the file", func() bool { return exists(dir + "/" + databaseName) })
		c.kill()
		s := open(t, dir)
		list(t, s, "")
		invokeOne(t, s, ok(localInfo, "{}"), invoke.Request{Function: "orders"})
	}
}

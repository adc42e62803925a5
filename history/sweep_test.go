package history

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
)

// What killed processes left goes; what a record uses, what somebody may just be
// writing and what is not ours stays.
func TestSweepRemovesWhatNoRecordUses(t *testing.T) {
	dir := t.TempDir()
	clock := time.Now()
	s, err := Open(dir, Options{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	big := bytes.Repeat([]byte("kept "), maxInline/4)
	invokeOne(t, s, ok(localInfo, string(big)), invoke.Request{Function: "orders"})
	orphan, err := s.bodies.store(bytes.Repeat([]byte("left "), maxInline/4))
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(s.bodies.path(orphan.hash))
	old := time.Now().Add(-2 * halfWritten)
	touch := func(path string, at time.Time) string {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		return path
	}
	gone := []string{
		s.bodies.path(orphan.hash), touch(filepath.Join(folder, partName+"1"), old),
		touch(filepath.Join(dir, "history-format-1.db.77.part"), old),
	}
	stays := []string{
		touch(filepath.Join(folder, partName+"2"), time.Now()), touch(filepath.Join(folder, "notes.txt"), old),
		touch(filepath.Join(folder, "abcd"), old), touch(filepath.Join(dir, "history-format-1.db"), old),
		touch(filepath.Join(dir, "history-format-1.db.78.part"), time.Now()),
	}
	if err := s.sweepOnce(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, path := range gone {
		if exists(path) {
			t.Errorf("%s is still there", path)
		}
	}
	for _, path := range stays {
		if !exists(path) {
			t.Errorf("%s is gone", path)
		}
	}
	if e, err := s.Entry(context.Background(), 1); err != nil || !bytes.Equal(e.Result.Payload, big) {
		t.Errorf("the body that is used: %v", err)
	}

	// Once a day is enough.
	if orphan, err = s.bodies.store(orphan.body); err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{time.Hour, sweepEvery} {
		clock = clock.Add(later)
		if err := s.sweepOnce(context.Background()); err != nil {
			t.Fatal(err)
		}
		if exists(s.bodies.path(orphan.hash)) != (later < sweepEvery) {
			t.Errorf("%v later it is there: %v", later, later >= sweepEvery)
		}
	}
}

// A body that is written and not yet recorded may be swept away: the record that
// comes has it all the same.
func TestSweepWhileBodiesAreRecorded(t *testing.T) {
	dir := t.TempDir()
	s, other := open(t, dir), open(t, dir)
	stop := make(chan struct{})
	var swept sync.WaitGroup
	swept.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := other.sweepBodies(context.Background()); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := range 15 {
				body := bytes.Repeat(fmt.Appendf(nil, "%d ", n%3), maxInline/2+w%2)
				invokeOne(t, s, ok(localInfo, string(body)), invoke.Request{Function: "orders"})
			}
		})
	}
	wg.Wait()
	close(stop)
	swept.Wait()
	for _, row := range list(t, s, "") {
		if _, err := s.Entry(context.Background(), row.ID); err != nil {
			t.Error(err)
		}
	}
}

// The sweep happens by itself in a store that stays open.
func TestSweepInTheBackground(t *testing.T) {
	s := open(t, t.TempDir())
	orphan, err := s.bodies.store(make([]byte, maxInline+1))
	if err != nil {
		t.Fatal(err)
	}
	b := s.sweep(0)
	defer b.stop()
	waitFor(t, "the orphan to go", func() bool { return !exists(s.bodies.path(orphan.hash)) })
}

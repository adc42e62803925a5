package history

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lambent/invoke"
)

var (
	benchRows = flag.Int("benchrows", 100_000, "runs in the history that BenchmarkSearch searches")
	benchDir  = flag.String("benchdir", "", "folder whose history BenchmarkSearch searches, filled up to -benchrows and kept; none: a new one each time")
)

// BenchmarkRecord is P5 of the performance goals: what recording a local
// invocation adds, over F6, a bare insert of one 2 KB row into SQLite with WAL
// and synchronous=FULL. Both are timed in turns in one run, so that the ratio
// holds whatever the disk does.
func BenchmarkRecord(b *testing.B) {
	payload, response, log := twoKB()
	floor := bareInsert(b)
	s := open(b, b.TempDir())
	target := &fakeTarget{info: localInfo, answer: func(context.Context, invoke.Request) (invoke.Result, error) {
		return invoke.Result{StatusCode: 200, Payload: response, Log: log, LogTail: log, RequestID: "8f2c1d0e", ExecutedVersion: "$LATEST",
			Report: &invoke.Report{Duration: 1, BilledDuration: 1, MemorySizeMB: 256, MaxMemoryUsedMB: 84}, StartedAt: time.Now(), Duration: 1}, nil
	}}
	recorder := s.Recorder(target)
	invokeOnce := func() {
		if res, _ := recorder.Invoke(context.Background(), invoke.Request{Function: "orders", Payload: payload}, nil); res.HistoryID == 0 {
			b.Fatal(res.Notes)
		}
	}
	b.Run("1 caller", func(b *testing.B) {
		var ours, floors []time.Duration
		for i := 0; b.Loop(); i++ {
			if i%2 == 0 {
				floors, ours = timed(floors, floor), timed(ours, invokeOnce)
			} else {
				ours, floors = timed(ours, invokeOnce), timed(floors, floor)
			}
		}
		report(b, "record", ours)
		report(b, "F6", floors)
		b.ReportMetric(float64(median(ours))/float64(median(floors)), "P5-record/F6")
	})
	b.Run("8 callers", func(b *testing.B) {
		const each = 50
		var rounds []float64
		for b.Loop() {
			began := time.Now()
			for range each {
				invokeOnce()
			}
			one := time.Since(began) / each
			began = time.Now()
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					for range each {
						invokeOnce()
					}
				})
			}
			wg.Wait()
			rounds = append(rounds, float64(one)/(float64(time.Since(began))/(8*each)))
		}
		slices.Sort(rounds)
		b.ReportMetric(rounds[len(rounds)/2], "P5-rate-of-8/rate-of-1")
	})
}

// bareInsert is F6.
func bareInsert(b *testing.B) func() {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(`CREATE TABLE t(id INTEGER PRIMARY KEY, v BLOB)`); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare(`INSERT INTO t(v) VALUES(?)`)
	if err != nil {
		b.Fatal(err)
	}
	row := make([]byte, 2048)
	return func() {
		if _, err := insert.Exec(row); err != nil {
			b.Fatal(err)
		}
	}
}

func timed(into []time.Duration, f func()) []time.Duration {
	began := time.Now()
	f()
	return append(into, time.Since(began))
}

func median(d []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(d))
	return sorted[len(sorted)/2]
}

func report(b *testing.B, name string, d []time.Duration) {
	sorted := slices.Sorted(slices.Values(d))
	b.ReportMetric(float64(sorted[len(sorted)/2].Microseconds()), name+"-p50-µs")
	b.ReportMetric(float64(sorted[len(sorted)*99/100].Microseconds()), name+"-p99-µs")
}

// twoKB is a request, a response and a log of 2 KB together.
func twoKB() (payload, response, log []byte) {
	payload = []byte(`{"detail-type":"OrderCreated","source":"shop.orders","detail":{"orderId":"o-1042","lines":[` +
		strings.Repeat(`{"sku":"A-77","qty":2},`, 30) + `{}]}}`)
	response = []byte(`{"statusCode":201,"body":"` + strings.Repeat("accepted ", 60) + `"}`)
	log = []byte(strings.Repeat("2026-11-22T14:02:11.006Z INFO order received\n", 15))
	return payload, response, log
}

var benchWords = strings.Fields("order created shop currency payment refund shipment address customer stock reserved warehouse " +
	"timeout retry queue invoice total amount discount coupon email phone country region zone carrier label tracking status")

// sampleRun is one of many different runs: n decides which.
func sampleRun(r *rand.Rand, n int) (invoke.Request, invoke.Result) {
	var b strings.Builder
	fmt.Fprintf(&b, `{"orderId":"o-%d","customer":"c-%08x","lines":[`, n, r.Uint32())
	for range 8 {
		fmt.Fprintf(&b, `{"sku":"%s-%d","note":"%s %s","qty":%d},`, benchWords[r.Intn(len(benchWords))], r.Intn(5000),
			benchWords[r.Intn(len(benchWords))], benchWords[r.Intn(len(benchWords))], r.Intn(10))
	}
	b.WriteString(`{}]}`)
	log := fmt.Sprintf("START RequestId: %08x-%04x\nINFO %s %s o-%d\nEND\nREPORT Duration: 182.00 ms\n", r.Uint32(), r.Uint32()&0xffff,
		benchWords[r.Intn(len(benchWords))], benchWords[r.Intn(len(benchWords))], n)
	res := invoke.Result{StatusCode: 200, Payload: []byte(fmt.Sprintf(`{"ok":true,"order":"o-%d","token":"%016x"}`, n, r.Uint64())), Log: []byte(log),
		LogTail: []byte(log), ExecutedVersion: "$LATEST", RequestID: fmt.Sprintf("%08x", r.Uint32()), StartedAt: time.Unix(int64(1_700_000_000+n), 0),
		Duration: time.Duration(r.Intn(1000)) * time.Millisecond, Report: &invoke.Report{BilledDuration: 1}}
	if n%997 == 0 {
		res.FunctionError = "Unhandled"
		res.Failure = &invoke.Failure{Kind: invoke.FunctionFailure, Name: "ValueError", Message: "no stock", Ran: invoke.RanYes}
	}
	return invoke.Request{Function: fmt.Sprintf("function-%d", n%17), Payload: []byte(b.String())}, res
}

// fill writes different runs until there are n, of which done are there, many in a
// transaction, and indexes them.
func fill(b testing.TB, s *Store, done, n int) {
	b.Helper()
	r := rand.New(rand.NewSource(int64(1 + done)))
	for done < n {
		var batch []*prepared
		for range min(500, n-done) {
			req, res := sampleRun(r, done)
			p, err := s.prepare(&record{uid: newUID(time.Now()), state: StateDone, target: localInfo, request: req, result: res,
				started: res.StartedAt, duration: res.Duration, now: res.StartedAt})
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, p)
			done++
		}
		err := s.write.do(func(t *tx) error {
			for _, p := range batch {
				if _, err := s.insert(t, p); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for {
		n, err := s.index.batch(500)
		if err != nil {
			b.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// BenchmarkSearch is P15 (newest page, one run, search as you type) and P16 (size
// of the index over what it indexes), over 100,000 runs; with -benchrows another
// number.
func BenchmarkSearch(b *testing.B) {
	if testing.Short() {
		b.Skip("writes a large database")
	}
	dir := *benchDir
	if dir == "" {
		dir = b.TempDir()
	}
	s := open(b, dir)
	ctx := context.Background()
	have, err := s.Count(ctx, Query{}, *benchRows)
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	fill(b, s, have, *benchRows)
	b.Logf("wrote and indexed %d runs in %v", *benchRows-have, time.Since(began))
	b.Run("newest page", func(b *testing.B) {
		var d []time.Duration
		for b.Loop() {
			d = timed(d, func() {
				if page, err := s.List(ctx, Query{}, 0, 50); err != nil || len(page) != 50 {
					b.Fatal(len(page), err)
				}
			})
		}
		report(b, "P15-page", d)
	})
	b.Run("one run", func(b *testing.B) {
		var d []time.Duration
		for i := 0; b.Loop(); i++ {
			d = timed(d, func() {
				if _, err := s.Entry(ctx, int64(1+i*7919%*benchRows)); err != nil {
					b.Fatal(err)
				}
			})
		}
		report(b, "P15-run", d)
	})
	typed := []string{"inventory", "shipment refund", "o-777", "c-00ab", "zzz", "valueerror", "no stock fn:function-3", "is:error",
		"status:429", "is:ok slower:900ms", "fn:function-11 warehouse", "since:1h", "qq", "token\":\"00"}
	b.Run("typing", func(b *testing.B) { benchTyping(b, s, typed) })
	b.Run("append", func(b *testing.B) { benchAppend(b, s) })
	b.Run("one of 6 MB", func(b *testing.B) { benchLarge(b, s) })
	b.Run("statistics", func(b *testing.B) {
		var d []time.Duration
		runs := 0
		for b.Loop() {
			d = timed(d, func() {
				got, err := s.Statistics(ctx, KeyOf(localInfo, "function-3"), Query{}, Prices{})
				if err != nil {
					b.Fatal(err)
				}
				runs = got.All.Runs
			})
		}
		report(b, "statistics", d)
		b.ReportMetric(float64(median(d).Nanoseconds())/float64(runs), "ns/run-looked-at")
	})
	b.Run("size", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(indexBytesOf(b, s))/float64(bodyBytes(b, s)), "P16-index/text")
		b.ReportMetric(float64(fileSize(s.path))/float64(*benchRows), "bytes/run")
		if resident, ok := residentBytes(); ok {
			b.ReportMetric(float64(resident)/(1<<20), "resident-MB")
		}
	})
}

// benchAppend records into the large history, over F6.
func benchAppend(b *testing.B, s *Store) {
	floor := bareInsert(b)
	recorder := s.Recorder(ok(localInfo, `{"ok":true}`))
	payload, _, _ := twoKB()
	var ours, floors []time.Duration
	for b.Loop() {
		floors = timed(floors, floor)
		ours = timed(ours, func() {
			if res, _ := recorder.Invoke(context.Background(), invoke.Request{Function: "orders", Payload: payload}, nil); res.HistoryID == 0 {
				b.Fatal(res.Notes)
			}
		})
	}
	report(b, "append", ours)
	b.ReportMetric(float64(median(ours))/float64(median(floors)), "append/F6")
}

// benchLarge opens a run of 6 MB, over reading a file of that size and its hash.
func benchLarge(b *testing.B, s *Store) {
	body := bytes.Repeat([]byte(`{"sku":"A-77"},`), 6<<20/15)
	res, _ := s.Recorder(ok(localInfo, string(body))).Invoke(context.Background(), invoke.Request{Function: "large"}, nil)
	if res.HistoryID == 0 {
		b.Fatal(res.Notes)
	}
	file := filepath.Join(b.TempDir(), "body")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		b.Fatal(err)
	}
	var ours, floors []time.Duration
	for b.Loop() {
		floors = timed(floors, func() {
			read, err := os.ReadFile(file)
			if err != nil || sha256.Sum256(read) == [sha256.Size]byte{} {
				b.Fatal(err)
			}
		})
		ours = timed(ours, func() {
			if e, err := s.Entry(context.Background(), res.HistoryID); err != nil || len(e.Result.Payload) != len(body) {
				b.Fatal(err)
			}
		})
	}
	report(b, "open-6MB", ours)
	b.ReportMetric(float64(median(ours))/float64(median(floors)), "open-6MB/read-and-hash")
}

// residentBytes is what the process holds in memory, where the system says so.
func residentBytes() (n int64, ok bool) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, false
	}
	_, after, found := strings.Cut(string(status), "VmRSS:")
	if _, err := fmt.Sscanf(after, "%d kB", &n); !found || err != nil {
		return 0, false
	}
	return n << 10, true
}

// benchTyping searches with every beginning of some queries, round after round, and
// reads the newest page in between, as a measure of what the machine does just now.
// What counts is the median of each, so that a pause of the machine is not taken for
// a query's; the p99 is of these medians, and the slowest are named.
func benchTyping(b *testing.B, s *Store, typed []string) {
	ctx := context.Background()
	took := map[string][]time.Duration{}
	var every, pages []time.Duration
	for b.Loop() {
		for _, text := range typed {
			for n := 1; n <= len(text); n++ {
				q, err := ParseQuery(text[:n])
				if err != nil {
					continue
				}
				began := time.Now()
				rows, err := s.List(ctx, q, 0, 50)
				if err != nil {
					b.Fatal(err)
				}
				if len(rows) < 50 {
					if _, err := s.Similar(ctx, q, rows, 50-len(rows)); err != nil {
						b.Fatal(err)
					}
				}
				spent := time.Since(began)
				took[text[:n]], every = append(took[text[:n]], spent), append(every, spent)
				pages = timed(pages, func() {
					if _, err := s.List(ctx, Query{}, 0, 50); err != nil {
						b.Fatal(err)
					}
				})
			}
		}
	}
	var medians []time.Duration
	texts := slices.Collect(maps.Keys(took))
	slices.SortFunc(texts, func(x, y string) int { return cmp.Compare(median(took[y]), median(took[x])) })
	for _, text := range texts {
		medians = append(medians, median(took[text]))
	}
	for _, text := range texts[:8] {
		b.Logf("%q: median %v, of %d", text, median(took[text]), len(took[text]))
	}
	report(b, "P15-key", medians)
	report(b, "P15-any", every)
	b.ReportMetric(float64(medians[len(medians)/100])/float64(median(pages)), "P15-key-p99/page")
}

// indexBytesOf is what the index takes in the database.
func indexBytesOf(b *testing.B, s *Store) (n int64) {
	b.Helper()
	if err := s.read.QueryRow(`SELECT sum(length(block)) FROM search_data`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// bodyBytes is the text that the index indexes.
func bodyBytes(b *testing.B, s *Store) (n int64) {
	b.Helper()
	if err := s.read.QueryRow(`SELECT sum(payload_size + response_size + log_size) FROM invocations`).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

package invoke

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTailIsTheLast4096Bytes(t *testing.T) {
	log := bytes.Repeat([]byte("é"), 3000) // 6,000 bytes
	tail := Tail(append(log, 'x'))
	if len(tail) != 4096 || tail[0] != 0xa9 || tail[4095] != 'x' {
		t.Errorf("%d bytes from % x", len(tail), tail[:2])
	}
	if got := TailText(tail); len(got) != 4095 || !bytes.HasPrefix(got, []byte("é")) {
		t.Errorf("%d bytes, %q…", len(got), got[:4])
	}
	for _, short := range []string{"", "\xa9 is how this log begins", "abc"} {
		if got := TailText(Tail([]byte(short))); string(got) != short {
			t.Errorf("%q became %q", short, got)
		}
	}
	binary := bytes.Repeat([]byte{0x80}, TailSize)
	if got := TailText(binary); !bytes.Equal(got, binary) {
		t.Error("what is no UTF-8 was cut")
	}
	back, err := DecodeTail(EncodeTail(tail))
	if err != nil || !bytes.Equal(back, tail) {
		t.Errorf("%d bytes came back, %v", len(back), err)
	}
	if _, err := DecodeTail("%%%"); err == nil {
		t.Error("no base64, and no error")
	}
}

const ms = time.Millisecond

func us(n int) time.Duration { return time.Duration(n) * time.Microsecond }

func TestParseReport(t *testing.T) {
	for _, c := range []struct {
		name, log string
		want      Report
	}{
		{"cold, recorded", "START RequestId: u Version: $LATEST\nhi\nEND RequestId: u\n" +
			"REPORT RequestId: u\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n",
			Report{RequestID: "u", Duration: us(3010), BilledDuration: 4 * ms, MemorySizeMB: 128, MaxMemoryUsedMB: 36, InitDuration: us(110100)}},
		{"warm", "REPORT RequestId: u\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n",
			Report{RequestID: "u", Duration: us(3010), BilledDuration: 4 * ms, MemorySizeMB: 128, MaxMemoryUsedMB: 36}},
		{"status", "REPORT RequestId: u\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n",
			Report{RequestID: "u", Duration: 3 * time.Second, BilledDuration: 3 * time.Second, MemorySizeMB: 128, MaxMemoryUsedMB: 128, Status: "error", ErrorType: "Runtime.OutOfMemory"}},
		{"restore", "REPORT RequestId: u\tDuration: 1.00 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\tRestore Duration: 200.50 ms\tBilled Restore Duration: 201 ms\t\n",
			Report{RequestID: "u", Duration: ms, BilledDuration: 2 * ms, MemorySizeMB: 512, MaxMemoryUsedMB: 90, RestoreDuration: us(200500), BilledRestore: 201 * ms}},
		{"traced", "REPORT RequestId: u\tDuration: 1.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t\nXRAY TraceId: 1-5e1b4151-a\tSegmentId: 00aa\tSampled: true\t\n",
			Report{RequestID: "u", Duration: ms, BilledDuration: 2 * ms, MemorySizeMB: 128, MaxMemoryUsedMB: 9, TraceID: "1-5e1b4151-a"}},
		{"init failed first", "INIT_REPORT Init Duration: 150.79 ms\tPhase: init\tStatus: error\tError Type: Runtime.X\nREPORT RequestId: u\tDuration: 2.50 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t\n",
			Report{RequestID: "u", Duration: us(2500), BilledDuration: 3 * ms, MemorySizeMB: 128, MaxMemoryUsedMB: 9}},
		{"forged before the real one", "REPORT RequestId: fake\tDuration: 9 ms\nREPORT RequestId: u\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t\nREPORT RequestId: \n",
			Report{RequestID: "u", Duration: ms, BilledDuration: ms, MemorySizeMB: 128, MaxMemoryUsedMB: 9}},
		{"after a record without a newline, Windows line end", "doneREPORT RequestId: u\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 9 MB\t\r\n",
			Report{RequestID: "u", Duration: ms, BilledDuration: ms, MemorySizeMB: 128, MaxMemoryUsedMB: 9}},
		{"JSON", `{"level":"INFO","message":"hi"}` + "\n" +
			`{"time":"2026-10-08T10:00:00.000Z","type":"platform.report","record":{"requestId":"u","metrics":{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":128,"maxMemoryUsedMB":94,"initDurationMs":463.512},"tracing":{"spanId":"1","type":"X-Amzn-Trace-Id","value":"Root=1-68-a;Parent=2;Sampled=1"},"status":"success"}}` + "\n",
			Report{RequestID: "u", Duration: us(1233960), BilledDuration: 1698 * ms, MemorySizeMB: 128, MaxMemoryUsedMB: 94, InitDuration: us(463512), TraceID: "1-68-a"}},
		{"JSON after a record without a newline", `{"type":"platform.report" oops {"time":"t","type":"platform.report","record":{"requestId":"u","metrics":{"durationMs":3000.0,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":94},"status":"timeout","errorType":"Sandbox.Timedout"}}`,
			Report{RequestID: "u", Duration: 3 * time.Second, BilledDuration: 3 * time.Second, MemorySizeMB: 128, MaxMemoryUsedMB: 94, Status: "timeout", ErrorType: "Sandbox.Timedout"}},
	} {
		got, ok := ParseReport([]byte(c.log))
		if diff := cmp.Diff(c.want, got); !ok || diff != "" {
			t.Errorf("%s: %v %s", c.name, ok, diff)
		}
	}
	for _, none := range []string{"", "hello", "REPORT RequestId: ", "REPORT RequestId: u\tDuration: NaN ms", "REPORT RequestId: u\tDuration: -1 ms",
		"REPORT RequestId: u\tDuration: 1e99 ms", `{"type":"platform.report"}`, `"platform.report"`, strings.Repeat("REPORT RequestId: x", 10_000)} {
		if r, ok := ParseReport([]byte(none)); ok {
			t.Errorf("%.40q: %+v", none, r)
		}
	}
}

func TestReportLine(t *testing.T) {
	for _, line := range []string{
		"REPORT RequestId: u\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n",
		"REPORT RequestId: u\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n",
		"REPORT RequestId: u\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tStatus: timeout\n",
		"REPORT RequestId: u\tDuration: 2.00 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tInit Duration: 0.50 ms\tStatus: error\tError Type: Runtime.OutOfMemory\n",
		"REPORT RequestId: u\tDuration: 1.00 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\tRestore Duration: 200.50 ms\tBilled Restore Duration: 201 ms\t\n",
	} {
		r, ok := ParseReport([]byte(line))
		if got := r.Line(); !ok || got != line {
			t.Errorf("%v\n got %q\nwant %q", ok, got, line)
		}
	}
}

func TestBilledDuration(t *testing.T) {
	for _, c := range []struct{ duration, init, want time.Duration }{
		{us(1233960), us(463512), 1698 * ms}, // samples of spec §4
		{600 * time.Second, us(476750), 600_477 * ms},
		{us(3010), 0, 4 * ms},
		{4 * ms, 0, 4 * ms},
		{0, 0, ms},
		{1, 0, ms},
	} {
		if got := Billed(c.duration, c.init); got != c.want {
			t.Errorf("%v and %v: %v", c.duration, c.init, got)
		}
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add([]byte("REPORT RequestId: u\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n"))
	f.Add([]byte(`{"time":"t","type":"platform.report","record":{"requestId":"u","metrics":{"durationMs":1}}}`))
	f.Fuzz(func(t *testing.T, log []byte) {
		r, ok := ParseReport(log)
		if ok && (r.Duration < 0 || r.BilledDuration < 0 || r.MemorySizeMB < 0 || r.MaxMemoryUsedMB < 0 || r.RequestID == "") {
			t.Fatalf("%q: %+v", log, r)
		}
		if text := TailText(Tail(log)); len(text) > TailSize {
			t.Fatalf("a tail of %d bytes", len(text))
		}
	})
}

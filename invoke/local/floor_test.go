//go:build unix

package local

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// again is this binary as something else.
func again(b *testing.B, as string, args ...string) *exec.Cmd {
	b.Helper()
	c := exec.Command("/proc/self/exe")
	c.Args = append([]string{as}, args...)
	return c
}

// relayName is argv[0] of the floor F1: a relay of two hops on plain sockets.
const relayName = "raw-relay"

// beRelay takes an Invoke request on one port, hands its bytes to the worker that waits
// on another, and returns the worker's bytes. It checks nothing.
func beRelay() int {
	front, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	back, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 1
	}
	fmt.Println(front.Addr(), back.Addr())
	worker, err := back.Accept()
	if err != nil {
		return 1
	}
	fromWorker := &rawReader{conn: worker, buf: make([]byte, 64<<10)}
	if _, _, err := fromWorker.message(); err != nil { // its first next
		return 1
	}
	caller, err := front.Accept()
	if err != nil {
		return 1
	}
	fromCaller := &rawReader{conn: caller, buf: make([]byte, 64<<10)}
	var out []byte
	for {
		_, body, err := fromCaller.message()
		if err != nil {
			return 0
		}
		out = rawMessage(out, "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 00000000-0000-4000-8000-000000000000\r\n", body)
		if _, err := worker.Write(out); err != nil {
			return 0
		}
		_, answer, err := fromWorker.message()
		if err != nil {
			return 0
		}
		out = rawMessage(out, "HTTP/1.1 200 OK\r\n", answer)
		if _, err := caller.Write(out); err != nil {
			return 0
		}
		if _, err := worker.Write(accepted); err != nil {
			return 0
		}
		if _, _, err := fromWorker.message(); err != nil {
			return 0
		}
	}
}

func rawMessage(out []byte, head string, body []byte) []byte {
	out = append(append(out[:0], head...), "Content-Length: "...)
	out = append(strconv.AppendInt(out, int64(len(body)), 10), "\r\n\r\n"...)
	return append(out, body...)
}

// A floor is F1 with its worker and a caller's connection.
type floor struct {
	conn   net.Conn
	reader *rawReader
	out    []byte
}

func startFloor(b *testing.B) *floor {
	b.Helper()
	relay := again(b, relayName)
	out, err := relay.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	starts(b, relay)
	line := make([]byte, 100)
	n, _ := out.Read(line)
	front, back, ok := strings.Cut(strings.TrimSpace(string(line[:n])), " ")
	if !ok {
		b.Fatalf("the relay said %q", line[:n])
	}
	worker := again(b, "bootstrap")
	worker.Env = append(os.Environ(), "_HANDLER=raw", "AWS_LAMBDA_RUNTIME_API="+back)
	starts(b, worker)
	conn, err := net.Dial("tcp4", front)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	return &floor{conn: conn, reader: &rawReader{conn: conn, buf: make([]byte, 64<<10)}}
}

func (f *floor) call(b *testing.B, payload []byte) {
	f.out = rawMessage(f.out, "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: x\r\n", payload)
	if _, err := f.conn.Write(f.out); err != nil {
		b.Fatal(err)
	}
	_, answer, err := f.reader.message()
	if err != nil || !bytes.Equal(answer, payload) {
		b.Fatalf("the floor answered %d bytes, %v", len(answer), err)
	}
}

package runtimes

import (
	"bufio"
	"cmp"
	"net"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

// The floors: an interpreter that asks for its first event and does nothing else.
const (
	barePython = `import _socket, os
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
s = _socket.socket()
s.connect((host, int(port)))
s.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
s.recv(1)
`
	bareNode = `const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':')
const s = require('node:net').connect({ host, port: Number(port) })
s.write('GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n')
s.on('data', () => {})
`
)

// BenchmarkColdStart measures from starting the process to its first /next, for the
// carried bootstrap with a small function and for the bare interpreter, in turn. The
// goal is a ratio of 1.10 or less.
func BenchmarkColdStart(b *testing.B) {
	for _, bench := range []struct{ name, runtime, file, source, bare, bareFile string }{
		{"python", python, "app.py", "def handler(event, context):\n    return event\n", barePython, "bare.py"},
		{"node", node22, "app.mjs", "export const handler = async (event) => event\n", bareNode, "bare.cjs"},
		{"node-commonjs", node22, "app.js", "exports.handler = async (event) => event\n", bareNode, "bare.cjs"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			needs(b, bench.runtime)
			code := writeFiles(b, map[string]string{bench.file: bench.source, bench.bareFile: bench.bare})
			launch, failure := Prepare(function(bench.runtime), code, Options{Dir: sharedDir(b), Path: searchPath()})
			if failure != nil {
				b.Fatal(failure)
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			defer listener.Close()
			start := func(args []string, env []string) time.Duration {
				cmd := exec.Command(launch.Path, args...)
				cmd.Dir = code
				cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "_HANDLER=app.handler",
					"LAMBDA_TASK_ROOT=" + code, "PATH=" + os.Getenv("PATH"), "LANG=en_US.UTF-8", "LC_CTYPE=C.UTF-8"}, env...)
				began := time.Now()
				if err := cmd.Start(); err != nil {
					b.Fatal(err)
				}
				conn, err := listener.Accept()
				if err == nil {
					_, err = bufio.NewReader(conn).ReadString('\n')
				}
				took := time.Since(began)
				if err != nil {
					b.Fatal(err)
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				conn.Close()
				return took
			}
			var bare, carried []time.Duration
			for b.Loop() {
				bare = append(bare, start([]string{bench.bareFile}, nil))
				carried = append(carried, start(launch.Args[1:], launch.Env))
			}
			// The ratio of each pair, because a machine's pace changes during the run.
			var ratios []float64
			for i := range bare {
				ratios = append(ratios, float64(carried[i])/float64(bare[i]))
			}
			b.ReportMetric(float64(median(bare).Microseconds())/1000, "bare-ms")
			b.ReportMetric(float64(median(carried).Microseconds())/1000, "carried-ms")
			b.ReportMetric(median(ratios), "ratio")
		})
	}
}

func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

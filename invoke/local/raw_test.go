//go:build unix

package local

import (
	"bytes"
	"io"
	"net"
	"strconv"
)

// rawWorker is a worker without an HTTP library: hand-written requests on a plain
// socket, no checks. It is what a runtime costs at least, and part of the floor F1.
func rawWorker(address, root string) int {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return 1
	}
	r := &rawReader{conn: conn, buf: make([]byte, 64<<10)}
	next := []byte("GET " + root + "next HTTP/1.1\r\nHost: " + address + "\r\n\r\n")
	var out []byte
	for {
		if _, err := conn.Write(next); err != nil {
			return 0
		}
		head, body, err := r.message()
		if err != nil {
			return 0
		}
		id := head[bytes.Index(head, []byte("Request-Id: "))+len("Request-Id: "):][:36]
		out = append(out[:0], "POST "+root...)
		out = append(out, id...)
		out = append(out, "/response HTTP/1.1\r\nHost: "+address+"\r\nContent-Length: "...)
		out = strconv.AppendInt(out, int64(len(body)), 10)
		out = append(append(out, "\r\n\r\n"...), body...)
		if _, err := conn.Write(out); err != nil {
			return 0
		}
		if _, _, err := r.message(); err != nil {
			return 0
		}
	}
}

// A rawReader reads messages with a Content-Length.
type rawReader struct {
	conn net.Conn
	buf  []byte
	n    int
}

func (r *rawReader) message() (head, body []byte, err error) {
	for {
		if i := bytes.Index(r.buf[:r.n], []byte("\r\n\r\n")); i >= 0 {
			head = append([]byte(nil), r.buf[:i+4]...)
			size := 0
			if j := bytes.Index(head, []byte("Content-Length: ")); j >= 0 {
				digits, _, _ := bytes.Cut(head[j+len("Content-Length: "):], []byte("\r"))
				size, _ = strconv.Atoi(string(digits))
			}
			body = make([]byte, size)
			k := copy(body, r.buf[i+4:r.n])
			if _, err = io.ReadFull(r.conn, body[k:]); err != nil {
				return nil, nil, err
			}
			r.n = copy(r.buf, r.buf[i+4+k:r.n])
			return head, body, nil
		}
		if r.n == len(r.buf) {
			return nil, nil, io.ErrShortBuffer
		}
		k, err := r.conn.Read(r.buf[r.n:])
		if err != nil {
			return nil, nil, err
		}
		r.n += k
	}
}

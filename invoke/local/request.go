package local

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"strconv"
	"sync"
)

// Limits of what a runtime may send, in bytes.
const (
	// maxHead has room for the X-Ray error cause, which runtime clients drop at 1 MiB (spec §2.2).
	maxHead = 1<<20 + 64<<10
	// maxLine bounds a chunk's size line and a trailer field, whose error body is base64.
	maxLine     = 256 << 10
	maxTrailers = 64
	firstRead   = 4 << 10
)

var (
	errBadRequest = errors.New("malformed request")
	errTooLarge   = errors.New("body over the limit")
	errTruncated  = errors.New("body cut short")
)

// A requestHead is what the Runtime API needs of a request line and its headers.
// Its slices are valid until the connection is read again.
type requestHead struct {
	method, path []byte
	length       int64 // -1 when none was given
	chunked      bool
	old          bool // HTTP/1.0, which has no chunks
	close        bool // the client wants no other request on this connection
	expects      bool // Expect: 100-continue
	foreign      bool // from a browser: it has an Origin or says that it crosses sites

	host, contentType, errorType, responseMode []byte
	// Of extensions' requests.
	extensionName, extensionID, extensionFeatures, extensionError []byte
}

// parseHead reads the lines before the empty one. b ends with it.
func parseHead(b []byte) (requestHead, error) {
	h := requestHead{length: -1}
	line, rest, ok := bytes.Cut(b, crlf)
	if !ok {
		return h, errBadRequest
	}
	if err := h.parseLine(line); err != nil {
		return h, err
	}
	hosts, transfer := 0, false
	for {
		line, rest, ok = bytes.Cut(rest, crlf)
		if !ok {
			return h, errBadRequest
		}
		if len(line) == 0 {
			break
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) || !isFieldValue(value) {
			return h, errBadRequest
		}
		value = bytes.Trim(value, " \t")
		switch {
		case is(name, "host"):
			hosts++
			h.host = value
		case is(name, "transfer-encoding"):
			transfer = true
			h.chunked = is(value, "chunked")
		default:
			if err := h.field(name, value); err != nil {
				return h, err
			}
		}
	}
	// A body whose end can be read in two ways is refused, as is an unnamed host.
	if hosts != 1 || transfer && (!h.chunked || h.length >= 0 || h.old) || len(rest) != 0 {
		return h, errBadRequest
	}
	return h, nil
}

func (h *requestHead) parseLine(line []byte) error {
	method, rest, ok := bytes.Cut(line, []byte(" "))
	path, version, ok2 := bytes.Cut(rest, []byte(" "))
	if !ok || !ok2 || !isToken(method) || len(path) == 0 || path[0] != '/' || bytes.ContainsFunc(path, isControl) {
		return errBadRequest
	}
	switch string(version) {
	case "HTTP/1.1":
	case "HTTP/1.0":
		h.close, h.old = true, true
	default:
		return errBadRequest
	}
	h.method, h.path = method, path
	return nil
}

func (h *requestHead) field(name, value []byte) error {
	switch {
	case is(name, "content-length"):
		n, err := parseLength(value)
		if err != nil || h.length >= 0 && h.length != n {
			return errBadRequest
		}
		h.length = n
	case is(name, "connection"):
		h.close = h.close || is(value, "close")
	case is(name, "expect"):
		h.expects = is(value, "100-continue")
	case is(name, "origin"):
		h.foreign = true
	case is(name, "sec-fetch-site"):
		h.foreign = h.foreign || !is(value, "none")
	case is(name, "content-type"):
		h.contentType = value
	case is(name, "lambda-runtime-function-error-type"):
		h.errorType = value
	case is(name, "lambda-runtime-function-response-mode"):
		h.responseMode = value
	case is(name, "lambda-extension-name"):
		h.extensionName = value
	case is(name, "lambda-extension-identifier"):
		h.extensionID = value
	case is(name, "lambda-extension-accept-feature"):
		h.extensionFeatures = value
	case is(name, "lambda-extension-function-error-type"):
		h.extensionError = value
	}
	return nil
}

// parseLength takes digits only: strconv would take a sign too.
func parseLength(b []byte) (int64, error) {
	if len(b) == 0 || len(b) > 18 {
		return 0, errBadRequest
	}
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, errBadRequest
		}
		n = n*10 + int64(c-'0')
	}
	return n, nil
}

// is says whether b is the lower-case word in any case.
func is(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

func isToken(b []byte) bool {
	for _, c := range b {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) < 0 {
			return false
		}
	}
	return len(b) > 0
}

func isFieldValue(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

var (
	crlf    = []byte("\r\n")
	headEnd = []byte("\r\n\r\n")
)

// A peer is one connection to the Runtime API.
type peer struct {
	conn    net.Conn
	buf     []byte // buf[r:w] has been received and not used yet
	r, w    int
	writing sync.Mutex // events are written by the invocation, replies by whoever attends
	out     []byte     // scratch for both; guarded by writing
	parked  bool       // waits for an event; guarded by the API's mutex
	from    origin
}

// An origin is who holds the other end of a connection.
type origin int

const (
	ownTree origin = iota // a process of the environment
	// nobody any more: a runtime may send its response and close without reading the
	// reply, or end. What it has sent counts.
	nobody
	stranger // a process of something else
)

func newPeer(conn net.Conn) *peer { return &peer{conn: conn, buf: make([]byte, firstRead)} }

// fill receives more, making room up to limit bytes.
func (p *peer) fill(limit int) error {
	if p.w == len(p.buf) {
		if p.r > 0 {
			p.w = copy(p.buf, p.buf[p.r:p.w])
			p.r = 0
		} else {
			if len(p.buf) >= limit {
				return errTooLarge
			}
			p.buf = append(p.buf, make([]byte, min(len(p.buf), limit-len(p.buf)))...)
		}
	}
	n, err := p.conn.Read(p.buf[p.w:])
	p.w += n
	if n > 0 {
		return nil
	}
	return err
}

// head receives the next request's head.
func (p *peer) head() (requestHead, error) {
	if p.r == p.w {
		p.r, p.w = 0, 0
	}
	for scanned := 0; ; {
		held := p.buf[p.r:p.w]
		if i := bytes.Index(held[scanned:], headEnd); i >= 0 {
			end := scanned + i + len(headEnd)
			p.r += end
			return parseHead(held[:end])
		}
		scanned = max(0, len(held)-len(headEnd)+1)
		if err := p.fill(maxHead); err != nil {
			return requestHead{}, err
		}
	}
}

// body receives a body of at most limit bytes in one buffer of its own. A larger one is
// received to its end and dropped, so that the connection stays usable: errTooLarge.
// When the connection ends first, what has arrived is returned with errTruncated.
func (p *peer) body(length int64, chunked bool, limit int64, chunk func([]byte)) ([]byte, []trailer, error) {
	if chunked {
		return p.chunks(limit, chunk)
	}
	if length <= 0 {
		return []byte{}, nil, nil
	}
	if length > limit {
		return nil, nil, p.discard(length)
	}
	b := make([]byte, length)
	n := copy(b, p.buf[p.r:p.w])
	p.r += n
	m, err := io.ReadFull(p.conn, b[n:])
	if err != nil && n+m < len(b) {
		return b[:n+m], nil, errTruncated
	}
	if chunk != nil {
		chunk(b)
	}
	return b, nil, nil
}

// discard drops n bytes and answers errTooLarge, or errTruncated if they don't come.
func (p *peer) discard(n int64) error {
	for n > 0 {
		if p.r == p.w {
			p.r, p.w = 0, 0
			if err := p.fill(len(p.buf)); err != nil {
				return errTruncated
			}
		}
		k := min(n, int64(p.w-p.r))
		p.r += int(k)
		n -= k
	}
	return errTooLarge
}

// A trailer is a field after a chunked body.
type trailer struct{ name, value string }

// chunks receives a chunked body; each chunk is also given to chunk as it arrives.
func (p *peer) chunks(limit int64, chunk func([]byte)) (body []byte, trailers []trailer, err error) {
	body = []byte{}
	over := false
	for {
		line, err := p.line()
		if err != nil {
			return body, nil, err
		}
		size, _, _ := bytes.Cut(line, []byte(";"))
		size = bytes.Trim(size, " \t")
		n, parseErr := strconv.ParseUint(string(size), 16, 40)
		if parseErr != nil {
			return body, nil, errBadRequest
		}
		if n == 0 {
			break
		}
		if over = over || int64(n) > limit-int64(len(body)); over {
			if err := p.discard(int64(n)); err != errTooLarge {
				return body, nil, err
			}
		} else {
			from := len(body)
			if body, err = p.append(body, int(n)); err != nil {
				return body, nil, err
			}
			if chunk != nil {
				chunk(body[from:])
			}
		}
		if line, err = p.line(); err != nil || len(line) != 0 {
			return body, nil, firstError(err, errBadRequest)
		}
	}
	trailers, err = p.trailers()
	if over && err == nil {
		err = errTooLarge
	}
	return body, trailers, err
}

func (p *peer) trailers() (list []trailer, err error) {
	for range maxTrailers {
		line, err := p.line()
		if err != nil || len(line) == 0 {
			return list, err
		}
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !isToken(name) || !isFieldValue(value) {
			return list, errBadRequest
		}
		list = append(list, trailer{string(bytes.ToLower(name)), string(bytes.Trim(value, " \t"))})
	}
	return list, errBadRequest
}

// line receives a line without its end.
func (p *peer) line() ([]byte, error) {
	for {
		if i := bytes.Index(p.buf[p.r:p.w], crlf); i >= 0 {
			line := p.buf[p.r : p.r+i]
			p.r += i + len(crlf)
			return line, nil
		}
		if err := p.fill(maxLine); err != nil {
			if err == errTooLarge {
				return nil, errBadRequest
			}
			return nil, errTruncated
		}
	}
}

// append receives n bytes onto b. The buffer grows with what arrives, not with what is announced.
func (p *peer) append(b []byte, n int) ([]byte, error) {
	for n > 0 {
		if p.r == p.w {
			p.r, p.w = 0, 0
			if err := p.fill(len(p.buf)); err != nil {
				return b, errTruncated
			}
		}
		k := min(n, p.w-p.r)
		b = append(b, p.buf[p.r:p.r+k]...)
		p.r += k
		n -= k
	}
	return b, nil
}

func firstError(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// unescape undoes the percent encoding of a path segment.
func unescape(b []byte) string {
	if bytes.IndexByte(b, '%') < 0 {
		return string(b)
	}
	s, err := url.PathUnescape(string(b))
	if err != nil {
		return ""
	}
	return s
}

// hostIs says whether a Host header names this listener, in one of the ways a client
// that was given the address can. Anything else comes from a page that was lured here.
func (a *runtimeAPI) hostIs(host []byte) bool {
	if string(host) == a.address {
		return true
	}
	name, port, ok := bytes.Cut(host, []byte(":"))
	return ok && string(port) == a.port && is(name, "localhost")
}

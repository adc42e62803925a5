package wire

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
)

// A connection knows whether it may give way: it waits for its client, or receives.
type connection struct {
	net.Conn
	of *connections
	at *list.Element // in of.waiting; nil while it is being served
}

// connections bounds how many there are. A client that is slow costs a connection but
// never anybody else's: when there is none left, the one that has been waiting for its
// client longest is closed. Only when all are being served is a new one refused.
type connections struct {
	most int

	mu      sync.Mutex
	open    map[*connection]struct{}
	waiting *list.List // of *connection, the longest first
}

func newConnections(most int) *connections {
	return &connections{most: most, open: map[*connection]struct{}{}, waiting: list.New()}
}

// limit returns a listener whose connections are counted.
func (c *connections) limit(l net.Listener) net.Listener { return &countedListener{l, c} }

type countedListener struct {
	net.Listener
	conns *connections
}

func (l *countedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if counted := l.conns.admit(conn); counted != nil {
			return counted, nil
		}
		conn.Close()
	}
}

func (c *connections) admit(conn net.Conn) *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.most {
		longest := c.waiting.Front()
		if longest == nil {
			return nil
		}
		c.drop(longest.Value.(*connection)).Conn.Close()
	}
	n := &connection{Conn: conn, of: c}
	n.at = c.waiting.PushBack(n)
	c.open[n] = struct{}{}
	return n
}

// drop forgets a connection. The caller holds the mutex.
func (c *connections) drop(n *connection) *connection {
	delete(c.open, n)
	if n.at != nil {
		c.waiting.Remove(n.at)
		n.at = nil
	}
	return n
}

// Close closes the connection and forgets it.
func (n *connection) Close() error {
	n.of.mu.Lock()
	n.of.drop(n)
	n.of.mu.Unlock()
	return n.Conn.Close()
}

// CloseWrite lets net/http end an answer that its client may still be sending against.
func (n *connection) CloseWrite() error {
	if t, ok := n.Conn.(*net.TCPConn); ok {
		return t.CloseWrite()
	}
	return nil
}

// changed is told by net/http how far a connection is.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	if n, ok := conn.(*connection); ok && state == http.StateIdle {
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, open := c.open[n]; open && n.at == nil {
			n.at = c.waiting.PushBack(n)
		}
	}
}

type connectionKey struct{}

func inContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// serving says that the request of this context has arrived as a whole, so that its
// connection no longer gives way.
func serving(ctx context.Context) {
	if n, ok := ctx.Value(connectionKey{}).(*connection); ok {
		n.of.mu.Lock()
		defer n.of.mu.Unlock()
		if n.at != nil {
			n.of.waiting.Remove(n.at)
			n.at = nil
		}
	}
}

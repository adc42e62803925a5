package local

import (
	"net"
	"time"
)

// acceptLimit is how long a connection may take to be accepted on a machine that is busy.
const acceptLimit = 2 * time.Second

// settle waits until everything that an ended process had sent is received: its
// connections end then. Others may hold them open, so it waits at most for limit.
func (a *runtimeAPI) settle(limit time.Duration) {
	// Connections are accepted in the order in which they were made: when one made now
	// is, those of the process have been. Nobody else can hold that up.
	accepts := time.NewTimer(acceptLimit)
	defer accepts.Stop()
	a.mu.Lock()
	passed := make(chan struct{})
	mark, err := net.DialTimeout("tcp4", a.address, limit)
	if err != nil {
		close(passed)
	} else {
		defer mark.Close()
		a.mark, a.passed = mark.LocalAddr().String(), passed
	}
	a.mu.Unlock()
	select {
	case <-passed:
	case <-accepts.C:
		return
	}
	a.mu.Lock()
	if len(a.peers) == 0 {
		a.mu.Unlock()
		return
	}
	emptied, identified := make(chan struct{}), make(chan struct{})
	if a.emptied, a.identified = emptied, identified; a.unknown == 0 {
		close(identified)
		a.identified = nil
	}
	a.mu.Unlock()
	select {
	case <-emptied:
		return
	case <-identified:
	case <-accepts.C:
		return
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-emptied:
	case <-timer.C:
	}
}

// identify finds out whose a connection is, which can take a while for one whose process
// is ending.
func (a *runtimeAPI) identify(p *peer) {
	if a.from != nil {
		p.from = a.from(p.conn)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.unknown--; a.unknown == 0 && a.identified != nil {
		close(a.identified)
		a.identified = nil
	}
}

package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"lambent/invoke"
)

// Limits of the server.
const (
	// maxHeader is the size of a request's head, in bytes. net/http grants 4 KiB more
	// than it is told.
	maxHeader      = 32<<10 - 4<<10
	maxConnections = 512
	headerTimeout  = 5 * time.Second
	// bodyTimeout is how long a body may take, and writeTimeout an answer or a part of a stream.
	bodyTimeout  = 60 * time.Second
	writeTimeout = 60 * time.Second
	idleTimeout  = 60 * time.Second
)

// Options say what is served and to whom. The zero value of a member is the default
// named there.
type Options struct {
	// Target is what is invoked. Recording and faults are targets around it. Required.
	Target invoke.Target

	Region  string // default the target's, else us-east-1
	Account string // default the target's, else 123456789012

	// AllowHosts are values of the Host header that are served beside those that
	// name this machine's loopback: a name, with the port of the listener, or name:port.
	AllowHosts []string
	// Token is asked of every request when it isn't "": as the access key id of a
	// signature, or as a bearer token.
	Token string
	// AllowRemote lets Serve take listeners that other machines can reach. Without a
	// Token it is refused.
	AllowRemote bool

	MaxConnections int           // default 512
	HeaderTimeout  time.Duration // to receive a request's head; default 5 s
	BodyTimeout    time.Duration // to receive a body; default 60 s
	WriteTimeout   time.Duration // for an answer to be taken, or a part of a stream; default 60 s
	IdleTimeout    time.Duration // between two requests; default 60 s

	// Ran is told of every invocation that has ended, before it is answered. It must not
	// block, and may be nil.
	Ran func(invoke.Request, invoke.Result, error)

	Now func() time.Time // default time.Now
	// Log takes what goes wrong beside the answers, never payloads. Default: nothing.
	Log *slog.Logger
}

// A Server serves the Lambda API.
type Server struct {
	o     Options
	http  *http.Server
	conns *connections
	// lasting ends when the time that a shutdown grants is up, and with it what still runs.
	lasting context.Context
	end     context.CancelFunc
	// running are the invocations, which outlast the callers that went away.
	running sync.WaitGroup
}

// New returns a server that serves nothing yet.
func New(o Options) (*Server, error) {
	if o.Target == nil {
		return nil, errors.New("open the endpoint: no target given")
	}
	if o.AllowRemote && o.Token == "" {
		return nil, errors.New("open the endpoint: to serve other machines needs a token")
	}
	if invoke.GateOf(o.Target).Protected {
		return nil, fmt.Errorf("open the endpoint: the profile %s is protected: give --yes to pass calls on to it", o.Target.Info().Profile)
	}
	o.fill()
	s := &Server{o: o, conns: newConnections(o.MaxConnections)}
	s.lasting, s.end = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: o.HeaderTimeout,
		IdleTimeout:       o.IdleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         s.conns.changed,
		ConnContext:       inContext,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelInfo),
		Protocols:         onlyHTTP1(),
	}
	return s, nil
}

func onlyHTTP1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

func (o *Options) fill() {
	info := o.Target.Info()
	o.Region = firstOf(o.Region, info.Region, "us-east-1")
	o.Account = firstOf(o.Account, info.Account, "123456789012")
	for _, d := range []struct {
		to    *time.Duration
		value time.Duration
	}{
		{&o.HeaderTimeout, headerTimeout}, {&o.BodyTimeout, bodyTimeout},
		{&o.WriteTimeout, writeTimeout}, {&o.IdleTimeout, idleTimeout},
	} {
		if *d.to == 0 {
			*d.to = d.value
		}
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = maxConnections
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// drainTime is how long invocations may still run once a shutdown has begun: as long as
// a function may take (spec §1.2). Whoever can't wait ends Serve's grace instead.
const drainTime = 15 * time.Minute

// Serve serves on the listeners until ctx ends. Then it accepts nothing more, lets
// what was accepted be answered, and returns nil; Stop cuts that short. Any other return
// is the error that ended serving. The listeners are closed in any case.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	if err := s.check(listeners); err != nil {
		for _, l := range listeners {
			l.Close()
		}
		return err
	}
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { ended <- s.http.Serve(s.conns.limit(l)) }()
	}
	var failed error
	select {
	case <-ctx.Done():
	case <-s.lasting.Done():
	case failed = <-ended:
	}
	grace, cancel := context.WithTimeout(s.lasting, drainTime)
	defer cancel()
	if err := s.http.Shutdown(grace); err != nil {
		s.http.Close()
	}
	s.settle(grace)
	if failed != nil && !errors.Is(failed, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", failed)
	}
	return nil
}

// settle waits for invocations whose callers have gone. When the grace ends they are
// cancelled, and it waits until they have noticed.
func (s *Server) settle(grace context.Context) {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-grace.Done():
		s.end()
		<-done
	}
}

// Stop ends what is still being drained: connections are closed and invocations cancelled.
// It returns at once; Serve returns when that is done.
func (s *Server) Stop() { s.end() }

// check refuses listeners that other machines can reach, unless that is wanted.
func (s *Server) check(listeners []net.Listener) error {
	if len(listeners) == 0 {
		return errors.New("serve: no listener given")
	}
	for _, l := range listeners {
		a, ok := l.Addr().(*net.TCPAddr)
		if !s.o.AllowRemote && (!ok || !a.IP.IsLoopback()) {
			return fmt.Errorf("serve: %s can be reached from other machines, which needs a token", l.Addr())
		}
	}
	return nil
}

// ServeHTTP answers one request. Requests that the guard refuses get no further.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header()["X-Content-Type-Options"] = []string{"nosniff"}
	if reason := s.foreign(r); reason != "" {
		refuseForeign(w, r, reason)
		return
	}
	c := &call{s: s, w: w, r: r}
	defer c.recover()
	if failure := s.unauthorized(r); failure != nil {
		c.refuse(failure)
		return
	}
	c.route()
}

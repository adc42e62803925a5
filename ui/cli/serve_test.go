package cli

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"lambent/invoke"
	"lambent/ui/settings"
)

// served runs serve with a server that is asked to end at once, and says what it was given.
func served(t *testing.T, args ...string) (trial, ServeOptions, bool) {
	t.Helper()
	newStage(t, nil) // folders and an environment of its own
	t.Setenv("LAMBENT_TOKEN", "")
	var out, err bytes.Buffer
	var got ServeOptions
	asked := false
	var r trial
	r.exit = Run(t.Context(), append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), &out, &err, Deps{
		Serve: func(_ context.Context, o ServeOptions) error {
			got, asked = o, true
			o.Ready()
			return o.Listener.Close()
		},
	})
	r.out, r.err = out.String(), err.String()
	return r, got, asked
}

func TestServeSaysWhereItListensFirst(t *testing.T) {
	r, o, _ := served(t, "--fault", "orders=TooManyRequests:ConcurrentInvocationLimitExceeded@0.2", "--latency", "50ms", "--drop", "pay=after", "--allow-host", "box.local")
	r.wantExit(t, ExitDone)
	if want := "listening on http://" + o.Listener.Addr().String() + "\n"; r.out != want {
		t.Errorf("standard output is %q, want %q", r.out, want)
	}
	want := []invoke.InjectedFault{
		{Function: "*", Latency: 50e6, Share: 1},
		{Function: "orders", Name: "TooManyRequestsException", Reason: "ConcurrentInvocationLimitExceeded", Share: 0.2},
		{Function: "pay", Drop: invoke.DropAfter, Share: 1},
	}
	if len(o.Faults) != len(want) {
		t.Fatalf("faults are %v, want %v", o.Faults, want)
	}
	for i := range want {
		if o.Faults[i] != want[i] {
			t.Errorf("fault %d is %v, want %v", i, o.Faults[i], want[i])
		}
		if !strings.Contains(r.err, "Fault: "+want[i].String()) {
			t.Errorf("standard error does not say %s: %q", want[i], r.err)
		}
	}
	if !strings.Contains(r.err, "Also served as box.local.") {
		t.Errorf("standard error is %q", r.err)
	}
}

func TestServeRefusesInOneLine(t *testing.T) {
	busy, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"--fault", "orders=TooManyRequest"}, `--fault: there is no exception "TooManyRequest" (did you mean TooManyRequestsException`},
		{[]string{"--fault", "TooManyRequestsException"}, `--fault: "TooManyRequestsException" names no function`},
		{[]string{"--fault", "a=ThrottlingException@2"}, `--fault: the share "2" must be`},
		{[]string{"--fault", "a=TooManyRequestsException:Nope"}, `--fault: TooManyRequestsException has no reason "Nope"`},
		{[]string{"--fault", "a=Sandbox.Timedout"}, `--fault: Sandbox.Timedout is not an exception that the API answers`},
		{[]string{"--latency", "soon"}, `--latency: "soon" must be a time`},
		{[]string{"--drop", "never"}, `--drop: "never" must be before or after`},
		{[]string{"--upstream", "moon"}, `--upstream: "moon" must be aws or recorded`},
		{[]string{"--allow-remote"}, `--allow-remote needs --token`},
		{[]string{"--token", "short"}, `--token: a token has at least 16 characters`},
		{[]string{"--listen", "0.0.0.0:0"}, `--listen: 0.0.0.0:0 can be reached from other machines`},
		{[]string{"--listen", ":0"}, `--listen: :0 can be reached from other machines`},
		{[]string{"--listen", "127.0.0.1:port"}, `--listen: "127.0.0.1:port" is no address`},
		{[]string{"--listen", "nonsense"}, `--listen: "nonsense" is no address: write HOST:PORT`},
		{[]string{"--listen", ""}, `--listen: "" is no address`},
		{[]string{"--listen", "127.0.0.1:"}, `--listen: "127.0.0.1:" is no address`},
		{[]string{"--listen", busy.Addr().String()}, `--listen: ` + busy.Addr().String() + ` cannot be listened on: address already in use`},
		{[]string{"extra"}, `lambent serve takes no argument`},
	} {
		r, _, asked := served(t, c.args...)
		r.wantExit(t, ExitUsage)
		r.wantLine(t, c.says)
		if asked || r.out != "" {
			t.Errorf("%q: it served all the same (%q)", c.args, r.out)
		}
	}
}

func TestServeTakesTokenAndUpstream(t *testing.T) {
	r, o, _ := served(t, "--upstream", "aws", "--listen", "0.0.0.0:0", "--allow-remote", "--token", "sixteen-letters-or-more")
	r.wantExit(t, ExitDone)
	if o.Upstream != UpstreamAWS || o.Settings.Target != settings.AWS || o.Token != "sixteen-letters-or-more" || !o.AllowRemote {
		t.Errorf("got %+v", o)
	}
	if !strings.Contains(r.err, "Other machines can reach this endpoint") {
		t.Errorf("nothing warns of other machines: %q", r.err)
	}
	if _, o, _ = served(t, "--profile", "work"); o.Upstream != UpstreamAWS {
		t.Errorf("--profile serves %q, want aws", o.Upstream)
	}
}

func TestServeReportsWhatEndsIt(t *testing.T) {
	newStage(t, nil)
	var out, err bytes.Buffer
	exit := Run(t.Context(), []string{"serve", "--listen", "0"}, strings.NewReader(""), &out, &err, Deps{
		Serve: func(_ context.Context, o ServeOptions) error {
			o.Listener.Close()
			return errors.New("history is locked by another program")
		},
	})
	if exit != ExitUsage || err.String() != "lambent: history is locked by another program\n" || out.String() != "" {
		t.Errorf("exit %d, %q, %q", exit, out.String(), err.String())
	}
}

func TestTheWorkbenchServesWhereItIsAsked(t *testing.T) {
	s := newStage(t, nil)
	r := s.run("--listen", "127.0.0.1:0")
	r.wantExit(t, 77)
	if r.workbench.Serve == nil || r.workbench.Listen == nil {
		t.Fatalf("the workbench was opened with %+v", r.workbench)
	}
	l, err := r.workbench.Listen()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if r = s.run(); r.workbench.Serve != nil {
		t.Error("serves without being asked")
	}
	for _, bad := range [][]string{
		{"--token", "0123456789abcdef"}, {"--allow-remote"},
		{"--listen", "127.0.0.1:0", "--allow-remote"}, {"--listen", "127.0.0.1:0", "--token", "short"},
	} {
		if r := s.run(bad...); r.exit != ExitUsage || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%v: exit %d, %q", bad, r.exit, r.err)
		}
	}
	used := s.run("--listen", l.Addr().String())
	if _, err := used.workbench.Listen(); err == nil || !strings.Contains(err.Error(), "cannot be listened on") {
		t.Errorf("a used port: %v", err)
	}
}

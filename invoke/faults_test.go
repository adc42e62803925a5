package invoke_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"lambent/invoke"
)

// A plainTarget runs whatever it is asked to.
type plainTarget struct{ runs int }

func (*plainTarget) Info() invoke.TargetInfo {
	return invoke.TargetInfo{Kind: invoke.Local, Region: "us-east-1", Account: "123456789012"}
}
func (*plainTarget) Functions(context.Context) iter.Seq2[invoke.Function, error] {
	return func(func(invoke.Function, error) bool) {}
}
func (*plainTarget) Qualifiers(context.Context, string) ([]invoke.Qualifier, error) { return nil, nil }
func (p *plainTarget) Invoke(_ context.Context, req invoke.Request, _ func(invoke.Progress)) (invoke.Result, error) {
	p.runs++
	if failure := invoke.Validate(req); failure != nil {
		return invoke.Result{StatusCode: failure.Status}, failure
	}
	return invoke.Result{StatusCode: 200, Payload: req.Payload, RequestID: "the target's"}, nil
}

func armed(t *testing.T, o invoke.FaultOptions, faults ...invoke.InjectedFault) (*invoke.Faults, *plainTarget) {
	t.Helper()
	target := new(plainTarget)
	f := invoke.NewFaults(target, o)
	for _, x := range faults {
		f.Arm(x)
	}
	return f, target
}

func fault(t *testing.T, s string) invoke.InjectedFault {
	t.Helper()
	x, err := invoke.ParseFault(s)
	if err != nil {
		t.Fatal(err)
	}
	if x.String() != s {
		t.Errorf("%s is written %s", s, x)
	}
	return x
}

func TestFaultAnswersInTheTargetsPlace(t *testing.T) {
	f, target := armed(t, invoke.FaultOptions{}, fault(t, "orders=TooManyRequestsException:CallerRateLimitExceeded"))
	result, err := f.Invoke(context.Background(), invoke.Request{Function: "orders:live"}, nil)
	var failure *invoke.Failure
	if !errors.As(err, &failure) || failure.Name != "TooManyRequestsException" || failure.Reason != "CallerRateLimitExceeded" || failure.Ran != invoke.RanNo ||
		result.StatusCode != 429 || !invoke.IsUUID(result.RequestID) || len(result.Notes) != 1 || target.runs != 0 {
		t.Errorf("got %+v, %+v after %d runs", result, failure, target.runs)
	}
	if r, err := f.Invoke(context.Background(), invoke.Request{Function: "other"}, nil); err != nil || r.RequestID != "the target's" {
		t.Errorf("another function: %+v, %v", r, err)
	}
	_, err = f.Invoke(context.Background(), invoke.Request{Function: "orders", Type: "Sometimes"}, nil)
	if !errors.As(err, &failure) || failure.Name != "ValidationException" {
		t.Errorf("what the service refuses by its form: %v", err)
	}
	f.Disarm(f.Armed()[0].ID)
	if _, err := f.Invoke(context.Background(), invoke.Request{Function: "orders"}, nil); err != nil {
		t.Errorf("after it was disarmed: %v", err)
	}
}

func TestFaultsOfEveryExceptionHaveAText(t *testing.T) {
	for _, e := range invoke.Catalogue() {
		if e.Kind != invoke.ServiceFailure || e.Status == 0 {
			continue
		}
		f, _ := armed(t, invoke.FaultOptions{}, invoke.InjectedFault{Function: "*", Name: e.Name, Share: 1})
		_, err := f.Invoke(context.Background(), invoke.Request{Function: "orders"}, nil)
		var failure *invoke.Failure
		if !errors.As(err, &failure) || failure.Message == "" || strings.Contains(failure.Message, "<") {
			t.Errorf("%s: %v", e.Name, err)
		}
	}
}

// The words can be any; what the catalogue leaves open in its own is filled in.
func TestFaultSaysWhatItIsToldTo(t *testing.T) {
	for spec, want := range map[string]string{
		"orders=ResourceConflictException": "The operation cannot be performed at this time. The function is currently in the following state: Pending",
		"orders=ResourceConflictException=The operation cannot be performed at this time. An update is in progress for resource: <arn>": "The operation cannot be performed at this time. " +
			"An update is in progress for resource: arn:aws:lambda:us-east-1:123456789012:function:orders",
		"orders=RequestEntityTooLargeException=Request must be smaller than 70167211 bytes for the CreateFunction operation": "Request must be smaller than 70167211 bytes for the CreateFunction operation",
		"orders=TooManyRequestsException:CallerRateLimitExceeded":                                                            "Rate exceeded",
		"orders=TooManyRequestsException:FunctionInvocationRateLimitExceeded":                                                "Rate Exceeded.",
		"orders=EFSMountFailureException":                                                                                    "The function could not mount the EFS file system with access point arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0.",
		"orders=ServiceException=a=b@c:d":                                                                                    "a=b@c:d",
	} {
		f, _ := armed(t, invoke.FaultOptions{}, fault(t, spec))
		if _, err := f.Invoke(context.Background(), invoke.Request{Function: "orders"}, nil); err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%s\n%v", spec, err)
		}
	}
	if _, err := invoke.ParseFault("orders=ServiceException="); err == nil {
		t.Error("an empty message is accepted")
	}
}

func TestSharesAndTimes(t *testing.T) {
	draws := []float64{0.19, 0.2, 0.9, 0.0}
	o := invoke.FaultOptions{Rand: func() float64 { d := draws[0]; draws = draws[1:]; return d }}
	f, target := armed(t, o, fault(t, "*=ThrottlingException@0.2"))
	for i, fails := range []bool{true, false, false, true} {
		if _, err := f.Invoke(context.Background(), invoke.Request{Function: "a"}, nil); (err != nil) != fails {
			t.Errorf("draw %d: %v", i, err)
		}
	}
	if a := f.Armed(); len(a) != 1 || a[0].Happened != 2 || target.runs != 2 {
		t.Errorf("armed %+v, %d runs", a, target.runs)
	}
	f, _ = armed(t, invoke.FaultOptions{}, invoke.InjectedFault{Function: "*", Name: "ServiceException", Share: 1, Times: 2})
	for i := range 3 {
		if _, err := f.Invoke(context.Background(), invoke.Request{Function: "a"}, nil); (err != nil) != (i < 2) {
			t.Errorf("call %d of a fault for the next two: %v", i, err)
		}
	}
	if len(f.Armed()) != 0 {
		t.Error("a fault that is used up is still armed")
	}
}

func TestLatencyAddsUpAndEndsWithTheCaller(t *testing.T) {
	var waited time.Duration
	o := invoke.FaultOptions{Wait: func(ctx context.Context, d time.Duration) error { waited += d; return ctx.Err() }}
	f, target := armed(t, o, invoke.InjectedFault{Function: "*", Latency: 100 * time.Millisecond, Share: 1},
		invoke.InjectedFault{Function: "a", Latency: 20 * time.Millisecond, Share: 1})
	if _, err := f.Invoke(context.Background(), invoke.Request{Function: "a"}, nil); err != nil || waited != 120*time.Millisecond || target.runs != 1 {
		t.Errorf("waited %v, %d runs, %v", waited, target.runs, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := f.Invoke(ctx, invoke.Request{Function: "a"}, nil)
	var failure *invoke.Failure
	if !errors.As(err, &failure) || failure.Name != invoke.Cancelled || failure.Ran != invoke.RanNo || target.runs != 1 {
		t.Errorf("given up in between: %v, %d runs", err, target.runs)
	}
}

func TestDropsSayWhetherTheFunctionRan(t *testing.T) {
	for _, c := range []struct {
		drop invoke.Drop
		ran  invoke.Ran
		runs int
	}{{invoke.DropBefore, invoke.RanNo, 0}, {invoke.DropAfter, invoke.RanYes, 1}} {
		f, target := armed(t, invoke.FaultOptions{}, invoke.InjectedFault{Function: "*", Drop: c.drop, Share: 1})
		_, err := f.Invoke(context.Background(), invoke.Request{Function: "a"}, nil)
		var failure *invoke.Failure
		if !errors.As(err, &failure) || failure.Name != invoke.ConnectionLost || failure.Ran != c.ran || target.runs != c.runs {
			t.Errorf("%s: %+v after %d runs", c.drop, failure, target.runs)
		}
	}
}

func TestParsingDropAndLatency(t *testing.T) {
	if x, err := invoke.ParseDrop("orders=after@0.5"); err != nil || x != (invoke.InjectedFault{Function: "orders", Drop: invoke.DropAfter, Share: 0.5}) {
		t.Errorf("%+v, %v", x, err)
	}
	if x, err := invoke.ParseLatency("1.5s"); err != nil || x != (invoke.InjectedFault{Function: "*", Latency: 1500 * time.Millisecond, Share: 1}) {
		t.Errorf("%+v, %v", x, err)
	}
	for _, bad := range []string{"", "a b=after", "after@0", "after@1.1", "after@x", "a=b=after"} {
		if _, err := invoke.ParseDrop(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for _, bad := range []string{"", "-1s", "16m", "x"} {
		if _, err := invoke.ParseLatency(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

package invoke_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"lambent/invoke"
)

func TestAGateLetsThroughWhatIsAllowed(t *testing.T) {
	plain := &plainTarget{}
	confirmed := invoke.Confirmed(context.Background())
	for _, c := range []struct {
		rules   invoke.GateRules
		ctx     context.Context
		kind    invoke.InvocationType
		refused string
	}{
		{invoke.GateRules{}, context.Background(), invoke.RequestResponse, ""},
		{invoke.GateRules{ReadOnly: true}, confirmed, invoke.RequestResponse, "read-only"},
		{invoke.GateRules{ReadOnly: true}, confirmed, invoke.Event, "read-only"},
		{invoke.GateRules{ReadOnly: true}, context.Background(), invoke.DryRun, ""},
		{invoke.GateRules{Protected: true}, context.Background(), "", "protected"},
		{invoke.GateRules{Protected: true}, confirmed, "", ""},
	} {
		gate := invoke.NewGate(plain, c.rules)
		_, err := gate.Invoke(c.ctx, invoke.Request{Function: "f", Type: c.kind}, nil)
		var failure *invoke.Failure
		if refused := errors.As(err, &failure); refused != (c.refused != "") {
			t.Errorf("%+v, %s: %v", c.rules, c.kind, err)
		} else if refused && (!strings.Contains(failure.Message, c.refused) || failure.ExitCode() != 2 || failure.Ran != invoke.RanNo) {
			t.Errorf("%+v: %+v", c.rules, failure)
		}
		if invoke.GateOf(gate) != c.rules {
			t.Errorf("the rules are %+v", invoke.GateOf(gate))
		}
	}
	if invoke.GateOf(plain) != (invoke.GateRules{}) {
		t.Error("a target without a gate has rules")
	}
	if _, publishes := invoke.As[invoke.Publisher](invoke.NewGate(plain, invoke.GateRules{})); publishes {
		t.Error("a gate publishes what its target does not")
	}
}

// A changingTarget has versions and settings that can be changed, and counts the changes.
type changingTarget struct {
	plainTarget
	changes int
}

func (c *changingTarget) changed() error { c.changes++; return nil }

func (c *changingTarget) PublishVersion(context.Context, string, string) (invoke.Qualifier, error) {
	return invoke.Qualifier{}, c.changed()
}
func (c *changingTarget) PutAlias(context.Context, string, string, string, string, map[string]float64) (invoke.Qualifier, error) {
	return invoke.Qualifier{}, c.changed()
}
func (c *changingTarget) DeleteAlias(context.Context, string, string) error { return c.changed() }
func (c *changingTarget) Configuration(context.Context, string, string) (invoke.Configuration, error) {
	return invoke.Configuration{Version: "3"}, nil
}
func (c *changingTarget) PutReservedConcurrency(context.Context, string, *int) error {
	return c.changed()
}
func (c *changingTarget) EventInvokeConfig(context.Context, string, string) (invoke.EventInvokeConfig, error) {
	return invoke.EventInvokeConfig{}, nil
}
func (c *changingTarget) PutEventInvokeConfig(context.Context, string, string, *invoke.EventInvokeConfig) (invoke.EventInvokeConfig, error) {
	return invoke.EventInvokeConfig{}, c.changed()
}
func (c *changingTarget) AccountSettings(context.Context) (invoke.AccountSettings, error) {
	return invoke.AccountSettings{}, nil
}

func TestAReadOnlyGateLetsNothingBeChanged(t *testing.T) {
	ctx := context.Background()
	for _, readOnly := range []bool{true, false} {
		target := &changingTarget{}
		gate := invoke.NewGate(target, invoke.GateRules{ReadOnly: readOnly})
		publisher, publishes := invoke.As[invoke.Publisher](gate)
		configurer, configures := invoke.As[invoke.Configurer](gate)
		if !publishes || !configures {
			t.Fatal("the gate hides what the target can")
		}
		_, publish := publisher.PublishVersion(ctx, "f", "")
		_, put := publisher.PutAlias(ctx, "f", "live", "1", "", nil)
		_, events := configurer.PutEventInvokeConfig(ctx, "f", "", nil)
		for what, err := range map[string]error{
			"publish": publish, "alias": put, "events": events,
			"delete": publisher.DeleteAlias(ctx, "f", "live"), "concurrency": configurer.PutReservedConcurrency(ctx, "f", nil),
		} {
			if refused := err != nil; refused != readOnly {
				t.Errorf("read-only %v, %s: %v", readOnly, what, err)
			}
		}
		if c, err := configurer.Configuration(ctx, "f", ""); err != nil || c.Version != "3" {
			t.Errorf("reading: %+v, %v", c, err)
		}
		if want := map[bool]int{true: 0, false: 5}[readOnly]; target.changes != want {
			t.Errorf("read-only %v: %d changes reached the target", readOnly, target.changes)
		}
	}
}

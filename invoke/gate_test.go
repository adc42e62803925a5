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

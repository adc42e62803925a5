package invoke

import (
	"context"
	"iter"
)

// A Gate is a Target around a Target that lets only through what is allowed there. It
// is the one place that decides: whatever invokes, from a key to a bulk replay, comes by.
type Gate struct {
	target Target
	rules  GateRules
}

// GateRules say what a Gate lets through.
type GateRules struct {
	// ReadOnly lets nothing run but DryRun, and nothing be changed.
	ReadOnly bool
	// Protected asks for a confirmation of each invocation: Confirmed says that a
	// person has given it.
	Protected bool
}

// NewGate returns a target with rules. Of a target that is a Publisher or a Configurer
// the gate is one too: what changes functions goes by it as what runs them does.
func NewGate(t Target, rules GateRules) Target {
	g := &Gate{t, rules}
	publisher, publishes := As[Publisher](t)
	configurer, configures := As[Configurer](t)
	p, c := publishingGate{g, publisher}, configuringGate{configurer, g}
	switch {
	case publishes && configures:
		return &struct {
			*Gate
			publishingGate
			configuringGate
		}{g, p, c}
	case publishes:
		return &struct {
			*Gate
			publishingGate
		}{g, p}
	case configures:
		return &struct {
			*Gate
			configuringGate
		}{g, c}
	}
	return g
}

// Rules are what it was made with.
func (g *Gate) Rules() GateRules { return g.rules }

// Unwrap returns the target behind the gate.
func (g *Gate) Unwrap() Target { return g.target }

// Info is the target's.
func (g *Gate) Info() TargetInfo { return g.target.Info() }

// Functions are the target's.
func (g *Gate) Functions(ctx context.Context) iter.Seq2[Function, error] {
	return g.target.Functions(ctx)
}

// Qualifiers are the target's.
func (g *Gate) Qualifiers(ctx context.Context, function string) ([]Qualifier, error) {
	return g.target.Qualifiers(ctx, function)
}

// Invoke passes on what the rules allow. A DryRun runs nothing and always is.
func (g *Gate) Invoke(ctx context.Context, req Request, emit func(Progress)) (Result, error) {
	switch {
	case req.Type == DryRun:
	case g.rules.ReadOnly:
		return Result{}, g.refusal("nothing is invoked: lambent is read-only", "Choose DryRun, or start lambent without --read-only.")
	case g.rules.Protected && !isConfirmed(ctx):
		profile := g.target.Info().Profile
		if profile == "" {
			profile = "default"
		}
		return Result{}, g.refusal("the profile "+profile+" is protected: an invocation there has to be confirmed",
			"Give --yes on the command line; in the workbench type the function's name when it is asked for.")
	}
	return g.target.Invoke(ctx, req, emit)
}

func (g *Gate) refusal(message, remedy string) *Failure {
	return ClientFailureOf(InvalidUsage, message, "", remedy, RanNo, nil)
}

type confirmation struct{}

// Confirmed marks what a person has confirmed for a protected target.
func Confirmed(ctx context.Context) context.Context {
	return context.WithValue(ctx, confirmation{}, true)
}

func isConfirmed(ctx context.Context) bool {
	confirmed, _ := ctx.Value(confirmation{}).(bool)
	return confirmed
}

// may is nil where things may be changed.
func (g *Gate) may() error {
	if g.rules.ReadOnly {
		return g.refusal("nothing is changed: lambent is read-only", "Start lambent without --read-only.")
	}
	return nil
}

// A publishingGate keeps versions and aliases as they are where nothing may be changed.
type publishingGate struct {
	gate      *Gate
	publisher Publisher
}

func (g publishingGate) PublishVersion(ctx context.Context, function, description string) (Qualifier, error) {
	if err := g.gate.may(); err != nil {
		return Qualifier{}, err
	}
	return g.publisher.PublishVersion(ctx, function, description)
}

func (g publishingGate) PutAlias(ctx context.Context, function, alias, version, description string, routing map[string]float64) (Qualifier, error) {
	if err := g.gate.may(); err != nil {
		return Qualifier{}, err
	}
	return g.publisher.PutAlias(ctx, function, alias, version, description, routing)
}

func (g publishingGate) DeleteAlias(ctx context.Context, function, alias string) error {
	if err := g.gate.may(); err != nil {
		return err
	}
	return g.publisher.DeleteAlias(ctx, function, alias)
}

// A configuringGate keeps settings as they are where nothing may be changed. What only
// reads is the Configurer's own.
type configuringGate struct {
	Configurer
	gate *Gate
}

func (g configuringGate) PutReservedConcurrency(ctx context.Context, function string, limit *int) error {
	if err := g.gate.may(); err != nil {
		return err
	}
	return g.Configurer.PutReservedConcurrency(ctx, function, limit)
}

func (g configuringGate) PutEventInvokeConfig(ctx context.Context, function, qualifier string, config *EventInvokeConfig) (EventInvokeConfig, error) {
	if err := g.gate.may(); err != nil {
		return EventInvokeConfig{}, err
	}
	return g.Configurer.PutEventInvokeConfig(ctx, function, qualifier, config)
}

// GateOf returns the rules of the gate before a target, none where there is no gate.
func GateOf(t Target) GateRules {
	if g, ok := As[interface{ Rules() GateRules }](t); ok {
		return g.Rules()
	}
	return GateRules{}
}

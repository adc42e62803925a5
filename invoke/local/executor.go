package local

import (
	"context"
	"iter"

	"lambent/invoke"
)

// An Executor is the local target. It may be used by any number of goroutines.
type Executor struct {
	o Options
}

var (
	_ invoke.Target      = (*Executor)(nil)
	_ invoke.Publisher   = (*Executor)(nil)
	_ invoke.Follower    = (*Executor)(nil)
	_ invoke.ColdStarter = (*Executor)(nil)
	_ invoke.Warmer      = (*Executor)(nil)
	_ invoke.Stopper     = (*Executor)(nil)
)

// Open prepares an executor. It starts no process and writes nothing.
func Open(o Options) (*Executor, error) { return &Executor{o: o}, nil }

// Info says which project this is.
func (e *Executor) Info() invoke.TargetInfo { return invoke.TargetInfo{} }

// Functions yields the project's functions in the order of the template.
func (e *Executor) Functions(ctx context.Context) iter.Seq2[invoke.Function, error] { return nil }

// Qualifiers lists $LATEST, the aliases and the versions of a function.
func (e *Executor) Qualifiers(ctx context.Context, function string) ([]invoke.Qualifier, error) {
	return nil, nil
}

// Invoke calls a function once.
func (e *Executor) Invoke(ctx context.Context, req invoke.Request, emit func(invoke.Progress)) (invoke.Result, error) {
	return invoke.Result{}, nil
}

// PublishVersion snapshots a function's code and configuration.
func (e *Executor) PublishVersion(ctx context.Context, function, description string) (invoke.Qualifier, error) {
	return invoke.Qualifier{}, nil
}

// PutAlias creates an alias or points it elsewhere.
func (e *Executor) PutAlias(ctx context.Context, function, alias, version, description string, routing map[string]float64) (invoke.Qualifier, error) {
	return invoke.Qualifier{}, nil
}

// DeleteAlias removes an alias.
func (e *Executor) DeleteAlias(ctx context.Context, function, alias string) error { return nil }

// Follow waits for an asynchronous event that any lambent accepted.
func (e *Executor) Follow(ctx context.Context, requestID string, emit func(invoke.Progress)) (invoke.Result, error) {
	return invoke.Result{}, nil
}

// StartsCold says that Request.Cold is honoured.
func (e *Executor) StartsCold() bool { return true }

// Warm starts a standby environment ahead of an invocation, in the background.
func (e *Executor) Warm(function, qualifier string) {}

// Stop ends every environment and returns once their processes are gone.
func (e *Executor) Stop(ctx context.Context) error { return nil }

// Problems are the problems of the project as it was last read, with the reason why
// it could not be read again.
// func (e *Executor) Project() *project.Project

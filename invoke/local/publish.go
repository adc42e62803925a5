package local

import (
	"context"
	"errors"
	"fmt"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/versions"
)

// Qualifiers lists $LATEST, the aliases and the versions of a function. The alias that
// follows publications is there before the first one.
func (e *Executor) Qualifiers(_ context.Context, function string) ([]invoke.Qualifier, error) {
	fn, failure := e.function(function)
	if failure != nil {
		return nil, failure
	}
	list := []invoke.Qualifier{{Name: "$LATEST", Kind: invoke.KindLatest, Version: "$LATEST", Description: fn.Description}}
	aliases, err := e.store.Aliases(fn)
	if err != nil {
		return nil, err
	}
	for _, a := range aliases {
		list = append(list, a.Qualifier())
	}
	published, err := e.store.Versions(fn.Name)
	if err != nil {
		return nil, err
	}
	for _, v := range published {
		list = append(list, v.Qualifier())
	}
	return list, nil
}

// function finds a function by any form of its name; a qualifier in it is ignored.
func (e *Executor) function(name string) (project.Function, *invoke.Failure) {
	parsed, failure := invoke.ParseName(name)
	if failure != nil {
		return project.Function{}, failure
	}
	p, _ := e.Project()
	fn, ok := p.Function(parsed.Function)
	if !ok {
		return fn, e.functionNotFound(parsed, "", p)
	}
	return fn, nil
}

// PublishVersion snapshots a function's code and configuration as the next version. When
// neither has changed since the last version it answers that one.
func (e *Executor) PublishVersion(ctx context.Context, function, description string) (invoke.Qualifier, error) {
	parsed, failure := invoke.ParseName(function)
	if failure != nil {
		return invoke.Qualifier{}, failure
	}
	p, failure := e.resolve(parsed.Function, "$LATEST")
	if failure == nil {
		failure = p.unable()
	}
	if failure != nil {
		return invoke.Qualifier{}, failure
	}
	v, err := e.store.Publish(ctx, p.fn, p.codeDir, description)
	if err != nil {
		return invoke.Qualifier{}, e.refusal(err, p.fn)
	}
	return v.Qualifier(), nil
}

// PutAlias creates an alias or replaces it.
func (e *Executor) PutAlias(_ context.Context, function, alias, version, description string, routing map[string]float64) (invoke.Qualifier, error) {
	fn, failure := e.function(function)
	if failure != nil {
		return invoke.Qualifier{}, failure
	}
	a, err := e.store.PutAlias(fn.Name, versions.Alias{Name: alias, Version: version, Description: description, Routing: routing})
	if err != nil {
		return invoke.Qualifier{}, e.refusal(err, fn)
	}
	return a.Qualifier(), nil
}

// DeleteAlias removes an alias. One of the template is only taken back to where the
// template points it.
func (e *Executor) DeleteAlias(_ context.Context, function, alias string) error {
	fn, failure := e.function(function)
	if failure != nil {
		return failure
	}
	err := e.store.DeleteAlias(fn.Name, alias)
	var none *versions.NotFoundError
	if _, made := fn.Alias(alias); made && errors.As(err, &none) {
		return fmt.Errorf("the alias %s comes from %s: take it out there", alias, fn.Source)
	}
	if err != nil {
		return e.refusal(err, fn)
	}
	return nil
}

func (e *Executor) refusal(err error, fn project.Function) error {
	return e.storeFailure(err, plan{fn: fn, arn: e.arn(fn.Name)})
}

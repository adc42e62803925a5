package local

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"
	"time"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/versions"
)

var _ invoke.Configurer = (*Executor)(nil)

// minUnreserved is what the account must keep for functions that reserve nothing: the
// 100 of Lambda's limit of 1,000, in the same proportion here (spec §3.8).
func minUnreserved(limit int) int { return max(limit/10, 1) }

// An override is what was changed of a function's configuration after the template was
// read. It lasts as long as the executor: the template stays the truth.
type override struct {
	concurrency    **int // nil leaves it to the template
	event          *invoke.EventInvokeConfig
	eventIsChanged bool // then a nil event means that there is no configuration
}

// overrides lays what was changed over the project as it was read.
type overrides struct {
	mu   sync.Mutex
	of   map[string]override // by function name
	from *project.Project    // what laid was made of
	laid *project.Project
}

// over returns the project with the changes: always the same one for the same project
// and changes, so that nothing looks changed that isn't.
func (o *overrides) over(p *project.Project) *project.Project {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.of) == 0 {
		return p
	}
	if o.from == p && o.laid != nil {
		return o.laid
	}
	laid := *p
	laid.Functions = append([]project.Function(nil), p.Functions...)
	for i := range laid.Functions {
		fn := &laid.Functions[i]
		change := o.of[fn.Name]
		if change.concurrency != nil {
			fn.ReservedConcurrency = *change.concurrency
		}
		if change.eventIsChanged {
			fn.MaximumRetryAttempts, fn.MaximumEventAge, fn.OnSuccess, fn.OnFailure = nil, 0, "", ""
			if c := change.event; c != nil {
				fn.MaximumRetryAttempts, fn.MaximumEventAge = c.MaximumRetryAttempts, c.MaximumEventAge
				fn.OnSuccess, fn.OnFailure = c.OnSuccess, c.OnFailure
			}
		}
	}
	o.from, o.laid = p, &laid
	return o.laid
}

func (o *overrides) change(function string, change func(*override)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	of := maps.Clone(o.of)
	if of == nil {
		of = map[string]override{}
	}
	changed := of[function]
	change(&changed)
	of[function] = changed
	o.of, o.laid = of, nil
}

// Configuration is a function as a qualifier stands for it. Of a weighted alias it is
// the version that the alias points at first.
func (e *Executor) Configuration(_ context.Context, function, qualifier string) (invoke.Configuration, error) {
	fn, qualifier, failure := e.qualified(function, qualifier)
	if failure != nil {
		return invoke.Configuration{}, failure
	}
	fn.ARN = e.arn(fn.Name)
	resolved, err := e.store.Resolve(fn, qualifier, func() float64 { return 1 })
	if err != nil {
		return invoke.Configuration{}, e.refusal(err, fn)
	}
	c := configurationOf(resolved.Config)
	c.Version, c.ARN, c.ReservedConcurrency = resolved.Version, fn.ARN, fn.ReservedConcurrency
	if resolved.Version == versions.Latest {
		return c, nil
	}
	published, err := e.store.Versions(fn.Name)
	if err != nil {
		return invoke.Configuration{}, e.refusal(err, fn)
	}
	for _, v := range published {
		if strconv.Itoa(v.Number) == resolved.Version {
			c.CodeSHA256, c.LastModified = v.CodeSHA256, v.PublishedAt
			if v.Description != "" {
				c.Description = v.Description
			}
		}
	}
	return c, nil
}

func configurationOf(fn project.Function) invoke.Configuration {
	return invoke.Configuration{
		Function: fn.Function, EphemeralStorageMB: fn.EphemeralStorageMB, LogGroup: fn.LogGroup,
		ApplicationLogLevel: fn.ApplicationLogLevel, SystemLogLevel: fn.SystemLogLevel,
		DeadLetter: fn.DeadLetter, UnavailableHereBecause: fn.Broken,
	}
}

// qualified finds a function and the qualifier that was given in either place.
func (e *Executor) qualified(function, qualifier string) (project.Function, string, *invoke.Failure) {
	if failure := invoke.Validate(invoke.Request{Function: function, Qualifier: qualifier}); failure != nil {
		return project.Function{}, "", failure
	}
	name, failure := invoke.Request{Function: function, Qualifier: qualifier}.Name()
	if failure != nil {
		return project.Function{}, "", failure
	}
	if name.Region != "" && name.Region != e.o.Region {
		return project.Function{}, "", invoke.FunctionElsewhere(name.Region, e.o.Region)
	}
	if name.Account != "" && name.Account != e.o.Account {
		return project.Function{}, "", invoke.NewFailure("AccessDeniedException", "")
	}
	all, _ := e.Project()
	fn, ok := all.Function(name.Function)
	if !ok {
		return fn, "", e.functionNotFound(name, name.Qualifier, all)
	}
	return fn, name.Qualifier, nil
}

// PutReservedConcurrency reserves concurrency for a function for as long as the executor
// lasts; nil gives it back.
func (e *Executor) PutReservedConcurrency(_ context.Context, function string, limit *int) error {
	fn, _, failure := e.qualified(function, "")
	if failure != nil {
		return failure
	}
	if limit != nil {
		all, _ := e.Project()
		left := e.o.Concurrency - *limit
		for _, other := range all.Functions {
			if other.Name != fn.Name && other.ReservedConcurrency != nil {
				left -= *other.ReservedConcurrency
			}
		}
		if *limit > 0 && left < minUnreserved(e.o.Concurrency) {
			return invoke.NewFailure("InvalidParameterValueException", fmt.Sprintf("Specified ReservedConcurrentExecutions for function decreases"+
				" account's UnreservedConcurrentExecution below its minimum value of [%d].", minUnreserved(e.o.Concurrency)))
		}
	}
	e.overrides.change(fn.Name, func(o *override) { o.concurrency = &limit })
	return nil
}

// EventInvokeConfig is what the template, or a change since, says about a function's
// asynchronous events. A version and what points at one keep what was published with it.
func (e *Executor) EventInvokeConfig(_ context.Context, function, qualifier string) (invoke.EventInvokeConfig, error) {
	fn, qualifier, failure := e.qualified(function, qualifier)
	if failure != nil {
		return invoke.EventInvokeConfig{}, failure
	}
	resolved, err := e.store.Resolve(fn, qualifier, func() float64 { return 1 })
	if err != nil {
		return invoke.EventInvokeConfig{}, e.refusal(err, fn)
	}
	c := invoke.EventInvokeConfig{
		MaximumRetryAttempts: resolved.Config.MaximumRetryAttempts, MaximumEventAge: resolved.Config.MaximumEventAge,
		OnSuccess: resolved.Config.OnSuccess, OnFailure: resolved.Config.OnFailure, LastModified: fn.LastModified,
	}
	changed := e.overrides.event(fn.Name)
	if resolved.Version == versions.Latest && changed != nil {
		c.LastModified = changed.LastModified
	}
	if c.MaximumRetryAttempts == nil && c.MaximumEventAge == 0 && c.OnSuccess == "" && c.OnFailure == "" && changed == nil {
		return c, noEventConfig(e.arn(fn.Name), qualifier)
	}
	return c, nil
}

func (o *overrides) event(function string) *invoke.EventInvokeConfig {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.of[function].event
}

func noEventConfig(arn, qualifier string) *invoke.Failure {
	if qualifier == "" {
		qualifier = versions.Latest
	}
	return invoke.NewFailure("ResourceNotFoundException", "The function "+arn+":"+qualifier+" doesn't have an EventInvokeConfig")
}

// PutEventInvokeConfig replaces what is said about the asynchronous events of a
// function's $LATEST for as long as the executor lasts; nil takes it away.
func (e *Executor) PutEventInvokeConfig(ctx context.Context, function, qualifier string, config *invoke.EventInvokeConfig) (invoke.EventInvokeConfig, error) {
	fn, qualifier, failure := e.qualified(function, qualifier)
	switch {
	case failure != nil:
		return invoke.EventInvokeConfig{}, failure
	case qualifier != "" && qualifier != versions.Latest:
		return invoke.EventInvokeConfig{}, invoke.NewFailure("InvalidParameterValueException",
			"On the local target a version keeps the asynchronous configuration that it was published with; only that of $LATEST can be changed.")
	}
	if config == nil {
		if _, err := e.EventInvokeConfig(ctx, function, qualifier); err != nil {
			return invoke.EventInvokeConfig{}, err
		}
		e.overrides.change(fn.Name, func(o *override) { o.event, o.eventIsChanged = nil, true })
		return invoke.EventInvokeConfig{}, nil
	}
	for _, destination := range []string{config.OnSuccess, config.OnFailure} {
		if destination != "" && strings.TrimSuffix(destination, ":"+versions.Latest) == e.arn(fn.Name) {
			return invoke.EventInvokeConfig{}, invoke.NewFailure("InvalidParameterValueException",
				"You can't specify the function as a destination for itself.") // spec §6.3
		}
	}
	kept := *config
	kept.LastModified = e.o.Now().Truncate(time.Millisecond)
	e.overrides.change(fn.Name, func(o *override) { o.event, o.eventIsChanged = &kept, true })
	return kept, nil
}

// AccountSettings are the executor's own limits.
func (e *Executor) AccountSettings(context.Context) (invoke.AccountSettings, error) {
	all, _ := e.Project()
	s := invoke.AccountSettings{ConcurrentExecutions: e.o.Concurrency, UnreservedConcurrentExecutions: e.o.Concurrency, FunctionCount: len(all.Functions)}
	for _, fn := range all.Functions {
		if fn.ReservedConcurrency != nil {
			s.UnreservedConcurrentExecutions -= *fn.ReservedConcurrency
		}
	}
	return s, nil
}

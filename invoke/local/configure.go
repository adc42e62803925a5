package local

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
	concurrency **int // nil leaves it to the template
	// events are the configurations of asynchronous events by qualifier, $LATEST for
	// none: each qualifier has one of its own. nil stands for one that was taken away.
	events map[string]*invoke.EventInvokeConfig
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
// the version that the alias points at first. The code of $LATEST is summed as a
// publication would sum it now; code that can't be read costs no more than its hash, as
// what is wrong with it is said when it is invoked.
func (e *Executor) Configuration(ctx context.Context, function, qualifier string) (invoke.Configuration, error) {
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
	c.InvokeMode = fn.InvokeMode
	if resolved.Version == versions.Latest {
		if sum, err := e.sum(ctx, fn); err == nil {
			c.CodeSHA256, c.CodeSizeB = sum.hash, sum.bytes
		}
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

// EventInvokeConfig is what the template, or a change since, says about the asynchronous
// events of a qualifier.
func (e *Executor) EventInvokeConfig(_ context.Context, function, qualifier string) (invoke.EventInvokeConfig, error) {
	fn, qualifier, failure := e.qualified(function, qualifier)
	if failure != nil {
		return invoke.EventInvokeConfig{}, failure
	}
	if _, err := e.store.Resolve(fn, qualifier, func() float64 { return 1 }); err != nil {
		return invoke.EventInvokeConfig{}, e.refusal(err, fn)
	}
	c := e.eventConfig(fn, qualifier)
	if c == nil {
		return invoke.EventInvokeConfig{}, noEventConfig(e.arn(fn.Name), qualifier)
	}
	return *c, nil
}

// event is what was changed of a qualifier's configuration; a nil one was taken away.
func (o *overrides) event(function, qualifier string) (config *invoke.EventInvokeConfig, changed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	config, changed = o.of[function].events[orLatest(qualifier)]
	return config, changed
}

func orLatest(qualifier string) string {
	if qualifier == "" {
		return versions.Latest
	}
	return qualifier
}

// eventConfig is what is said about the events of a qualifier, nil for nothing. One
// qualifier has nothing of another's: an alias not what its version has (spec §7).
func (e *Executor) eventConfig(fn project.Function, qualifier string) *invoke.EventInvokeConfig {
	if c, changed := e.overrides.event(fn.Name, qualifier); changed {
		return c
	}
	if c, ok := fn.EventInvoke[orLatest(qualifier)]; ok {
		return &c
	}
	return nil
}

// configuredElsewhere says for which other qualifiers the template has something to say
// about events, where it says nothing about this one; "" otherwise. SAM gives what stands
// with a function to its AutoPublishAlias, which is easily overlooked.
func (e *Executor) configuredElsewhere(p plan) string {
	all, _ := e.Project()
	fn, _ := all.Function(p.fn.Name)
	if len(fn.EventInvoke) == 0 || e.eventConfig(fn, p.qualifier) != nil {
		return ""
	}
	var names []string
	for _, q := range slices.Sorted(maps.Keys(fn.EventInvoke)) {
		names = append(names, fn.Name+":"+q)
	}
	return "The template's EventInvokeConfig is for " + strings.Join(names, ", ") + " and not for " + fn.Name + ":" + orLatest(p.qualifier) +
		": two retries, six hours and no destinations apply."
}

func noEventConfig(arn, qualifier string) *invoke.Failure {
	return invoke.NewFailure("ResourceNotFoundException", "The function "+arn+":"+orLatest(qualifier)+" doesn't have an EventInvokeConfig")
}

// PutEventInvokeConfig replaces what is said about the asynchronous events of a
// qualifier for as long as the executor lasts; nil takes it away.
func (e *Executor) PutEventInvokeConfig(ctx context.Context, function, qualifier string, config *invoke.EventInvokeConfig) (invoke.EventInvokeConfig, error) {
	fn, qualifier, failure := e.qualified(function, qualifier)
	if failure != nil {
		return invoke.EventInvokeConfig{}, failure
	}
	if _, err := e.store.Resolve(fn, qualifier, func() float64 { return 1 }); err != nil {
		return invoke.EventInvokeConfig{}, e.refusal(err, fn)
	}
	if config == nil {
		if _, err := e.EventInvokeConfig(ctx, function, qualifier); err != nil {
			return invoke.EventInvokeConfig{}, err
		}
		e.overrides.changeEvent(fn.Name, qualifier, nil)
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
	e.overrides.changeEvent(fn.Name, qualifier, &kept)
	return kept, nil
}

func (o *overrides) changeEvent(function, qualifier string, config *invoke.EventInvokeConfig) {
	o.change(function, func(x *override) {
		x.events = maps.Clone(x.events)
		if x.events == nil {
			x.events = map[string]*invoke.EventInvokeConfig{}
		}
		x.events[orLatest(qualifier)] = config
	})
}

// AccountSettings are the executor's own limits, and the code of all functions and of
// their versions. Code that can't be read has no size.
func (e *Executor) AccountSettings(ctx context.Context) (invoke.AccountSettings, error) {
	all, _ := e.Project()
	s := invoke.AccountSettings{ConcurrentExecutions: e.o.Concurrency, UnreservedConcurrentExecutions: e.o.Concurrency, FunctionCount: len(all.Functions)}
	for _, fn := range all.Functions {
		if fn.ReservedConcurrency != nil {
			s.UnreservedConcurrentExecutions -= *fn.ReservedConcurrency
		}
		if sum, err := e.sum(ctx, fn); err == nil {
			s.CodeSize += sum.bytes
		}
		published, err := e.store.Versions(fn.Name)
		if err != nil {
			return s, e.refusal(err, fn)
		}
		for _, v := range published {
			s.CodeSize += v.Config.CodeSizeB
		}
	}
	return s, nil
}

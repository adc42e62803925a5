package wire

import (
	"net/http"
	"strconv"
	"time"

	"lambent/invoke"
)

type concurrency struct {
	ReservedConcurrentExecutions *int `json:"ReservedConcurrentExecutions,omitempty"`
}

// configurer is the named function and what can change its settings. When it says
// false, the request has been answered.
func (c *call) configurer() (invoke.Name, invoke.Configurer, bool) {
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return name, nil, false
	}
	t, ok := invoke.As[invoke.Configurer](c.s.o.Target)
	if !ok {
		c.unknownOperation()
	}
	return name, t, ok
}

// getConcurrency is GetFunctionConcurrency.
func (c *call) getConcurrency() {
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	f, err := t.Configuration(c.r.Context(), name.Function, "")
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusOK, concurrency{f.ReservedConcurrency})
}

// putConcurrency is PutFunctionConcurrency.
func (c *call) putConcurrency() {
	var in concurrency
	if !c.read(&in) {
		return
	}
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	n := in.ReservedConcurrentExecutions
	failure := given(member{"reservedConcurrentExecutions", n != nil})
	if failure == nil && *n < 0 {
		failure = violated(strconv.Itoa(*n), "reservedConcurrentExecutions", "Member must have value greater than or equal to 0")
	}
	if failure != nil {
		c.refuse(failure)
		return
	}
	if err := t.PutReservedConcurrency(c.r.Context(), name.Function, in.ReservedConcurrentExecutions); err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusOK, in)
}

// deleteConcurrency is DeleteFunctionConcurrency.
func (c *call) deleteConcurrency() {
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	if err := t.PutReservedConcurrency(c.r.Context(), name.Function, nil); err != nil {
		c.refuseWith(err)
		return
	}
	c.nothing()
}

// An eventConfig is the FunctionEventInvokeConfig of the API.
type eventConfig struct {
	LastModified             float64            `json:"LastModified,omitempty"` // seconds
	FunctionArn              string             `json:"FunctionArn,omitempty"`
	MaximumRetryAttempts     *int               `json:"MaximumRetryAttempts,omitempty"`
	MaximumEventAgeInSeconds *int               `json:"MaximumEventAgeInSeconds,omitempty"`
	DestinationConfig        *destinationConfig `json:"DestinationConfig,omitempty"`
}

type (
	destinationConfig struct {
		OnSuccess *destination `json:"OnSuccess,omitempty"`
		OnFailure *destination `json:"OnFailure,omitempty"`
	}
	destination struct {
		Destination string `json:"Destination,omitempty"`
	}
)

// Limits of asynchronous invocation (spec §1.2).
const (
	maxRetryAttempts   = 2
	minEventAgeSeconds = 60
	maxEventAgeSeconds = 21_600
)

func (e eventConfig) check() *invoke.Failure {
	if n := e.MaximumRetryAttempts; n != nil {
		if failure := within(*n, 0, maxRetryAttempts, "maximumRetryAttempts"); failure != nil {
			return failure
		}
	}
	if n := e.MaximumEventAgeInSeconds; n != nil {
		return within(*n, minEventAgeSeconds, maxEventAgeSeconds, "maximumEventAgeInSeconds")
	}
	return nil
}

func within(n, least, most int, member string) *invoke.Failure {
	switch {
	case n < least:
		return violated(strconv.Itoa(n), member, "Member must have value greater than or equal to "+strconv.Itoa(least))
	case n > most:
		return violated(strconv.Itoa(n), member, "Member must have value less than or equal to "+strconv.Itoa(most))
	}
	return nil
}

// over lays what was given over a configuration: members that aren't given stay.
func (e eventConfig) over(config invoke.EventInvokeConfig) invoke.EventInvokeConfig {
	if e.MaximumRetryAttempts != nil {
		config.MaximumRetryAttempts = e.MaximumRetryAttempts
	}
	if e.MaximumEventAgeInSeconds != nil {
		config.MaximumEventAge = time.Duration(*e.MaximumEventAgeInSeconds) * time.Second
	}
	if d := e.DestinationConfig; d != nil {
		config.OnSuccess, config.OnFailure = d.OnSuccess.arn(), d.OnFailure.arn()
	}
	return config
}

func (d *destination) arn() string {
	if d == nil {
		return ""
	}
	return d.Destination
}

// eventConfig writes a configuration. Its ARN always has a qualifier (spec §6.3).
func (c *call) eventConfig(name invoke.Name, config invoke.EventInvokeConfig) eventConfig {
	e := eventConfig{
		FunctionArn:          name.QualifiedARN(c.s.o.Region, c.s.o.Account),
		MaximumRetryAttempts: config.MaximumRetryAttempts,
		DestinationConfig:    &destinationConfig{OnSuccess: &destination{config.OnSuccess}, OnFailure: &destination{config.OnFailure}},
	}
	if !config.LastModified.IsZero() {
		e.LastModified = float64(config.LastModified.UnixMilli()) / 1000
	}
	if config.MaximumEventAge > 0 {
		seconds := int(config.MaximumEventAge / time.Second)
		e.MaximumEventAgeInSeconds = &seconds
	}
	return e
}

// getEventConfig is GetFunctionEventInvokeConfig.
func (c *call) getEventConfig() {
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	config, err := t.EventInvokeConfig(c.r.Context(), name.Function, name.Qualifier)
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusOK, c.eventConfig(name, config))
}

// putEventConfig is PutFunctionEventInvokeConfig: what isn't given falls back to the default.
func (c *call) putEventConfig() { c.setEventConfig(false) }

// updateEventConfig is UpdateFunctionEventInvokeConfig: what isn't given stays.
func (c *call) updateEventConfig() { c.setEventConfig(true) }

func (c *call) setEventConfig(update bool) {
	var in eventConfig
	if !c.read(&in) {
		return
	}
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	if failure := in.check(); failure != nil {
		c.refuse(failure)
		return
	}
	var before invoke.EventInvokeConfig
	if update {
		var err error
		if before, err = t.EventInvokeConfig(c.r.Context(), name.Function, name.Qualifier); err != nil {
			c.refuseWith(err)
			return
		}
	}
	config := in.over(before)
	config, err := t.PutEventInvokeConfig(c.r.Context(), name.Function, name.Qualifier, &config)
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusOK, c.eventConfig(name, config))
}

// deleteEventConfig is DeleteFunctionEventInvokeConfig.
func (c *call) deleteEventConfig() {
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	if _, err := t.PutEventInvokeConfig(c.r.Context(), name.Function, name.Qualifier, nil); err != nil {
		c.refuseWith(err)
		return
	}
	c.nothing()
}

// listEventConfigs is ListFunctionEventInvokeConfigs: those of $LATEST, of versions and
// of aliases, in this order.
func (c *call) listEventConfigs() {
	name, t, ok := c.configurer()
	if !ok {
		return
	}
	qualifiers, err := c.s.o.Target.Qualifiers(c.r.Context(), name.Function)
	if err != nil {
		c.refuseWith(err)
		return
	}
	body := struct {
		FunctionEventInvokeConfigs []eventConfig `json:"FunctionEventInvokeConfigs"`
	}{[]eventConfig{}}
	for _, q := range qualifiers {
		name.Qualifier = q.Name
		if config, err := t.EventInvokeConfig(c.r.Context(), name.Function, q.Name); err == nil {
			body.FunctionEventInvokeConfigs = append(body.FunctionEventInvokeConfigs, c.eventConfig(name, config))
		}
	}
	c.answer(http.StatusOK, body)
}

// Limits of Lambda that an account has and this machine doesn't enforce, in bytes
// (AWS documentation, "Lambda quotas").
const (
	totalCodeSize    = 80_530_636_800
	unzippedCodeSize = 262_144_000
	zippedCodeSize   = 52_428_800
)

// accountSettings is GetAccountSettings.
func (c *call) accountSettings() {
	t, ok := invoke.As[invoke.Configurer](c.s.o.Target)
	if !ok {
		c.unknownOperation()
		return
	}
	s, err := t.AccountSettings(c.r.Context())
	if err != nil {
		c.refuseWith(err)
		return
	}
	type limit struct {
		TotalCodeSize                  int64
		CodeSizeUnzipped               int64
		CodeSizeZipped                 int64
		ConcurrentExecutions           int
		UnreservedConcurrentExecutions int
	}
	type usage struct {
		TotalCodeSize int64
		FunctionCount int
	}
	c.answer(http.StatusOK, struct {
		AccountLimit limit
		AccountUsage usage
	}{
		limit{totalCodeSize, unzippedCodeSize, zippedCodeSize, s.ConcurrentExecutions, s.UnreservedConcurrentExecutions},
		usage{s.CodeSize, s.FunctionCount},
	})
}

package project

import (
	"strings"
	"time"

	"lambent/invoke"
)

// latest is the qualifier of what is not published.
const latest = "$LATEST"

// asynchronous reads what the function itself says about asynchronous
// invocation. SAM has it in EventInvokeConfig and DeadLetterQueue;
// CloudFormation has DeadLetterConfig here and the rest in a resource of its own.
func (b *builder) asynchronous() {
	queue := b.section(b.properties, "DeadLetterQueue")
	if b.kind == functionType {
		queue = b.section(b.properties, "DeadLetterConfig")
	}
	b.f.DeadLetter = b.target(queue, "TargetArn", "")
	if config := b.section(b.properties, "EventInvokeConfig"); b.kind == serverlessType && config != nil {
		// SAM makes it the alias's where there is one that it publishes for.
		qualifier := latest
		if len(b.f.Aliases) > 0 {
			qualifier = b.f.Aliases[0].Name
		}
		b.eventInvoke(config, qualifier)
	}
}

// eventInvoke reads an EventInvokeConfig, of SAM or of CloudFormation.
func (b *builder) eventInvoke(config *node, qualifier string) {
	c := invoke.EventInvokeConfig{LastModified: b.modified}
	c.MaximumRetryAttempts = b.whole(config, "MaximumRetryAttempts", 0, maxRetries, "")
	if n := b.whole(config, "MaximumEventAgeInSeconds", minEventAge, maxEventAge, "seconds"); n != nil {
		c.MaximumEventAge = time.Duration(*n) * time.Second
	}
	destinations := b.section(config, "DestinationConfig")
	c.OnSuccess = b.target(b.section(destinations, "OnSuccess"), "Destination", "Success")
	c.OnFailure = b.target(b.section(destinations, "OnFailure"), "Destination", "Failure")
	if b.f.EventInvoke == nil {
		b.f.EventInvoke = map[string]invoke.EventInvokeConfig{}
	}
	b.f.EventInvoke[qualifier] = c
}

// target is the ARN of a queue, topic, bus or function that a mapping names.
// SAM makes a queue or topic of its own where a destination has a type only.
func (b *builder) target(of *node, key, made string) string {
	if of == nil {
		return ""
	}
	kind, _, _ := b.textOf(of, "Type")
	p, ok := of.pair(key)
	if !ok {
		switch {
		case made != "" && kind == "SQS":
			return b.fill("arn:{p}:sqs:{r}:{a}:{n}", b.f.LogicalID+"EventInvokeConfigOn"+made+"Queue")
		case made != "" && kind == "SNS":
			return b.fill("arn:{p}:sns:{r}:{a}:{n}", b.f.LogicalID+"EventInvokeConfigOn"+made+"Topic")
		}
		return ""
	}
	arn, reason := b.destination(p.value)
	switch {
	case reason != "":
		b.problem(p.line, "%s can't be worked out here: %s", key, reason)
		return ""
	case !strings.HasPrefix(arn, "arn:"):
		b.problem(p.line, "%s %s is not an ARN", key, shown(arn))
		return ""
	case made != "" && arn == b.f.ARN:
		// The service's own words (spec §6.3).
		b.broken(p.line, "You can't specify the function as a destination for itself.")
		return ""
	}
	return arn
}

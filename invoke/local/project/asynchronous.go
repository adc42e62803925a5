package project

import (
	"strings"
	"time"
)

// asynchronous reads what the function itself says about asynchronous
// invocation. SAM has it in EventInvokeConfig and DeadLetterQueue;
// CloudFormation has DeadLetterConfig here and the rest in a resource of its own.
func (b *builder) asynchronous() {
	queue := b.section(b.properties, "DeadLetterQueue")
	if b.kind == functionType {
		queue = b.section(b.properties, "DeadLetterConfig")
	}
	b.f.DeadLetter = b.target(queue, "TargetArn", "")
	if b.kind == serverlessType {
		b.eventInvoke(b.section(b.properties, "EventInvokeConfig"))
	}
}

// eventInvoke reads an EventInvokeConfig, of SAM or of CloudFormation.
func (b *builder) eventInvoke(config *node) {
	if n := b.whole(config, "MaximumRetryAttempts", 0, maxRetries, ""); n != nil {
		b.f.MaximumRetryAttempts = n
	}
	if n := b.whole(config, "MaximumEventAgeInSeconds", minEventAge, maxEventAge, "seconds"); n != nil {
		b.f.MaximumEventAge = time.Duration(*n) * time.Second
	}
	destinations := b.section(config, "DestinationConfig")
	if arn := b.target(b.section(destinations, "OnSuccess"), "Destination", "Success"); arn != "" {
		b.f.OnSuccess = arn
	}
	if arn := b.target(b.section(destinations, "OnFailure"), "Destination", "Failure"); arn != "" {
		b.f.OnFailure = arn
	}
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

// attachment reads a resource that says something about a function elsewhere in
// the template.
func (r *reader) attachment(p pair) {
	kind := r.typeOf(p.value)
	if kind != "AWS::Lambda::EventInvokeConfig" && kind != "AWS::Lambda::Alias" {
		return
	}
	properties := r.propertiesOf(p.value)
	f := r.functionNamed(properties.at("FunctionName"))
	if f == nil {
		r.note(p.line, "%s is about a function that this template does not have", shown(p.key))
		return
	}
	b := &builder{reader: r, f: *f, resource: p.value, properties: properties}
	if kind == "AWS::Lambda::EventInvokeConfig" {
		b.eventInvoke(properties)
	} else {
		b.aliasResource(p.line)
	}
	*f = b.f
}

// functionNamed is the function that a property names by reference, name or ARN.
func (r *reader) functionNamed(n *node) *Function {
	if n == nil {
		return nil
	}
	arn, reason := r.text(n)
	if reason != "" {
		return nil
	}
	name := arn
	if _, after, ok := strings.Cut(arn, ":function:"); ok {
		name, _, _ = strings.Cut(after, ":")
	}
	for i := range r.project.Functions {
		if f := &r.project.Functions[i]; f.Name == name || f.LogicalID == name {
			return f
		}
	}
	return nil
}

// aliasResource takes an AWS::Lambda::Alias for what SAM calls AutoPublishAlias:
// an alias that follows what is published, and stands for $LATEST until then. That
// is what becomes of it with every deployment, for version resources too (the CDK
// makes a new one for every change of the code).
func (b *builder) aliasResource(line int) {
	name := b.alias("Name")
	version, versionLine := b.peek("FunctionVersion")
	switch {
	case name == "":
	case version != "":
		b.problem(versionLine, "the alias %s is not made here, because it points at version %s: make it with lambent alias", name, plain(version))
	case b.f.AutoPublishAlias != "" && b.f.AutoPublishAlias != name:
		b.problem(line, "the alias %s is not made here, because %s already follows what is published: make it with lambent alias", name, b.f.AutoPublishAlias)
	default:
		b.f.AutoPublishAlias = name
		if s := b.setting(b.properties, "RoutingConfig"); s.value != nil {
			b.problem(s.line, "the weights of the alias %s are not taken from the template: set them with lambent alias --route", name)
		}
	}
}

package project

import (
	"math"
	"strconv"
	"strings"
)

const (
	aliasType       = "AWS::Lambda::Alias"
	eventInvokeType = "AWS::Lambda::EventInvokeConfig"
	urlType         = "AWS::Lambda::Url"
	versionType     = "AWS::Lambda::Version"
)

// attachment reads a resource that says something about a function elsewhere in
// the template.
func (r *reader) attachment(p pair) {
	name := "FunctionName"
	switch r.typeOf(p.value) {
	case aliasType, eventInvokeType, versionType:
	case urlType:
		name = "TargetFunctionArn"
	default:
		return
	}
	properties := r.propertiesOf(p.value)
	f := r.functionNamed(properties.at(name))
	if f == nil {
		r.note(p.line, "%s is about a function that this template does not have", shown(p.key))
		return
	}
	b := &builder{reader: r, f: *f, resource: p.value, properties: properties}
	switch r.typeOf(p.value) {
	case eventInvokeType:
		b.eventInvokeResource(p.line)
	case aliasType:
		b.aliasResource(p.line)
	case urlType:
		b.functionURL(properties)
	case versionType:
		// Versions are published by hand here: a template has one for every deployment.
		b.notKeptReady()
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

func (b *builder) eventInvokeResource(line int) {
	s := b.setting(b.properties, "Qualifier")
	switch {
	case s.reason != "":
		b.problem(s.line, "its EventInvokeConfig is for a qualifier that can't be worked out here, so it has no effect: %s", s.reason)
	case s.value == nil:
		b.problem(line, "its EventInvokeConfig has no Qualifier, which Lambda wants: it is taken for $LATEST")
		b.eventInvoke(b.properties, latest)
	case !s.value.isText() || s.value.text != latest && !aliasName().MatchString(s.value.text):
		b.problem(s.line, "the Qualifier %s must be $LATEST, a version or an alias", shown(s.value.text))
	default:
		b.eventInvoke(b.properties, s.value.text)
	}
}

// aliasResource takes an alias whose version is one of the template's for what SAM
// calls AutoPublishAlias: it follows what is published. That is what becomes of it with
// every deployment (the CDK makes a new version for every change of the code). One with
// a number stays at that number.
func (b *builder) aliasResource(line int) {
	a := Alias{Name: b.alias("Name")}
	if a.Name == "" {
		return
	}
	if _, twice := b.f.Alias(a.Name); twice {
		b.problem(line, "the alias %s is there twice, and the first one counts", a.Name)
		return
	}
	a.Description, _, _ = b.textOf(b.properties, "Description")
	version, versionLine := b.peek("FunctionVersion")
	switch {
	case version == latest:
		a.Version = latest
	case version != "" && !isNumber(version):
		b.problem(versionLine, "the alias %s is not made here: its FunctionVersion %s must be $LATEST or a number", a.Name, shown(version))
		return
	default:
		a.Version = version
	}
	b.routing(&a)
	b.notKeptReady()
	b.f.Aliases = append(b.f.Aliases, a)
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// routing reads the weights of an alias, of which Lambda takes one (spec §7).
func (b *builder) routing(a *Alias) {
	weights := b.setting(b.section(b.properties, "RoutingConfig"), "AdditionalVersionWeights")
	if weights.value == nil || weights.value.kind != listNode || len(weights.value.items) == 0 {
		return
	}
	item := &builder{reader: b.reader, properties: weights.value.items[0]}
	version, _ := item.peek("FunctionVersion")
	share, _ := item.peek("FunctionWeight")
	weight, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
	switch {
	case len(weights.value.items) > 1:
		b.problem(weights.line, "the alias %s has no weights here: Number of items in AdditionalVersionWeights cannot be greater than 1", a.Name)
	case a.Version == latest || version == latest:
		b.problem(weights.line, "the alias %s has no weights here: $LATEST is not supported for an alias pointing to more than 1 version", a.Name)
	case !isNumber(version):
		b.problem(weights.line, "the weights of the alias %s are for a version that gets its number when it is deployed: set them with lambent alias --route", a.Name)
	case err != nil || math.IsNaN(weight) || weight < 0 || weight > 1:
		b.problem(weights.line, "the alias %s has no weights here: FunctionWeight is %s; Lambda takes 0.0 to 1.0", a.Name, shown(share))
	case version == a.Version:
		b.problem(weights.line, "the alias %s has no weights here: Invalid function version %s. Function version %s is already included in routing configuration.", a.Name, plain(version), plain(version))
	default:
		a.Routing = map[string]float64{version: weight}
	}
}

func (b *builder) notKeptReady() {
	if s := b.setting(b.properties, "ProvisionedConcurrencyConfig"); s.value != nil {
		b.problem(s.line, "ProvisionedConcurrencyConfig has no effect here: no environments are kept ready")
	}
}

// functionURL reads how a function's URL answers, and says what is different here. lambent
// serve answers for it whether the template has one or not.
func (b *builder) functionURL(config *node) {
	if config == nil {
		return
	}
	switch mode, line, _ := b.textOf(config, "InvokeMode"); mode {
	case "":
		b.f.InvokeMode = "BUFFERED"
	case "BUFFERED", "RESPONSE_STREAM":
		b.f.InvokeMode = mode
	default:
		b.broken(line, "InvokeMode %s must be BUFFERED or RESPONSE_STREAM", shown(mode))
	}
	if s := b.setting(config, "AuthType"); s.value.isText() && s.value.text == "AWS_IAM" {
		b.problem(s.line, "its URL asks nobody for a signature here, although AuthType is AWS_IAM")
	}
	if s := b.setting(config, "Cors"); s.value != nil {
		b.problem(s.line, "Cors of its URL has no effect here: requests of web pages are refused")
	}
}

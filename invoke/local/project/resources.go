package project

import (
	"strings"
)

// A physicalName is what a resource is called once it is deployed; reason is why it has none here.
type physicalName struct {
	name, reason string
}

// A resourceForm says how a type of resource is called: which property names
// it, what Ref answers, and its attributes. In the forms {p} is the partition, {r}
// the region, {a} the account and {n} the name.
type resourceForm struct {
	noun     string
	property string
	ref      string
	arn      string            // what destinations and attributes like Arn answer
	more     map[string]string // further attributes
}

const (
	functionType    = "AWS::Lambda::Function"
	serverlessType  = "AWS::Serverless::Function"
	functionARNForm = "arn:{p}:lambda:{r}:{a}:function:{n}"
)

// resourceForms are the types whose Ref and GetAtt have a value here, from the
// "Return values" sections of the CloudFormation reference.
var resourceForms = map[string]resourceForm{
	functionType:   {"function", "FunctionName", "{n}", functionARNForm, nil},
	serverlessType: {"function", "FunctionName", "{n}", functionARNForm, nil},
	"AWS::SQS::Queue": {"queue", "QueueName", "https://sqs.{r}.amazonaws.com/{a}/{n}", "arn:{p}:sqs:{r}:{a}:{n}",
		map[string]string{"QueueName": "{n}", "QueueUrl": "https://sqs.{r}.amazonaws.com/{a}/{n}"}},
	"AWS::SNS::Topic": {"topic", "TopicName", "arn:{p}:sns:{r}:{a}:{n}", "arn:{p}:sns:{r}:{a}:{n}",
		map[string]string{"TopicName": "{n}", "TopicArn": "arn:{p}:sns:{r}:{a}:{n}"}},
	"AWS::S3::Bucket":              {"bucket", "BucketName", "{n}", "arn:{p}:s3:::{n}", nil},
	"AWS::DynamoDB::Table":         {"table", "TableName", "{n}", "arn:{p}:dynamodb:{r}:{a}:table/{n}", nil},
	"AWS::DynamoDB::GlobalTable":   {"table", "TableName", "{n}", "arn:{p}:dynamodb:{r}:{a}:table/{n}", nil},
	"AWS::Serverless::SimpleTable": {"table", "TableName", "{n}", "arn:{p}:dynamodb:{r}:{a}:table/{n}", nil},
	"AWS::Events::EventBus": {"event bus", "Name", "{n}", "arn:{p}:events:{r}:{a}:event-bus/{n}",
		map[string]string{"Name": "{n}"}},
	"AWS::Kinesis::Stream": {"stream", "Name", "{n}", "arn:{p}:kinesis:{r}:{a}:stream/{n}", nil},
	"AWS::StepFunctions::StateMachine": {"state machine", "StateMachineName", "arn:{p}:states:{r}:{a}:stateMachine:{n}",
		"arn:{p}:states:{r}:{a}:stateMachine:{n}", map[string]string{"Name": "{n}"}},
	"AWS::Serverless::StateMachine": {"state machine", "Name", "arn:{p}:states:{r}:{a}:stateMachine:{n}",
		"arn:{p}:states:{r}:{a}:stateMachine:{n}", map[string]string{"Name": "{n}"}},
	"AWS::SSM::Parameter": {"parameter", "Name", "{n}", "", nil},
	"AWS::Logs::LogGroup": {"log group", "LogGroupName", "{n}", "arn:{p}:logs:{r}:{a}:log-group:{n}:*", nil},
	"AWS::IAM::Role":      {"role", "RoleName", "{n}", "arn:{p}:iam::{a}:role/{n}", nil},
}

// fill puts the resolver's surroundings and a name into a form.
func (r *resolver) fill(form, name string) string {
	if strings.HasPrefix(form, "https://sqs.") && r.partition == "aws-cn" {
		form = strings.Replace(form, "amazonaws.com", "amazonaws.com.cn", 1)
	}
	return strings.NewReplacer("{p}", r.partition, "{r}", r.region, "{a}", r.account, "{n}", name).Replace(form)
}

func (r *resolver) typeOf(resource *node) string {
	if t := resource.at("Type"); t.isText() {
		return t.text
	}
	return ""
}

func (r *resolver) ref(arg *node) (*node, string) {
	if !arg.isText() {
		return nil, "Ref is not written as CloudFormation wants it"
	}
	return r.reference(arg.text)
}

// reference is the value of Ref.
func (r *resolver) reference(name string) (*node, string) {
	if strings.HasPrefix(name, "AWS::") {
		return r.pseudo(name)
	}
	if p, ok := r.parameters[name]; ok {
		return r.parameter(name, p)
	}
	resource, ok := r.resources[name]
	if !ok {
		// SAM lets Ref take Function.Alias and Function.Version.
		if id, attribute, ok := strings.Cut(name, "."); ok {
			return r.attribute(id, attribute)
		}
		return nil, "the template has no parameter or resource " + shown(name)
	}
	kind := r.typeOf(resource)
	if kind == aliasType {
		return r.aliasARN(name, resource)
	}
	form, known := resourceForms[kind]
	if !known {
		return nil, shown(name) + " (" + plain(kind) + ") gets its value when it is deployed"
	}
	n := r.physical(name)
	if n.reason != "" {
		return nil, n.reason
	}
	return r.made(r.fill(form.ref, n.name), resource.line)
}

func (r *resolver) pseudo(name string) (*node, string) {
	switch name {
	case "AWS::Region":
		return scalar(r.region, 0), ""
	case "AWS::AccountId":
		return scalar(r.account, 0), ""
	case "AWS::Partition":
		return scalar(r.partition, 0), ""
	case "AWS::StackName":
		return scalar(StackName, 0), ""
	case "AWS::URLSuffix":
		if r.partition == "aws-cn" {
			return scalar("amazonaws.com.cn", 0), ""
		}
		return scalar("amazonaws.com", 0), ""
	case "AWS::NoValue":
		return noValue, ""
	}
	return nil, shown(name) + " is known when the stack is deployed"
}

// parameter is the default of a parameter, split where its type is a list.
func (r *resolver) parameter(name string, p *node) (*node, string) {
	value := p.at("Default")
	if value == nil {
		return nil, "the parameter " + shown(name) + " has no Default"
	}
	kind := ""
	if t := p.at("Type"); t.isText() {
		kind = t.text
	}
	if strings.HasPrefix(kind, "AWS::SSM::Parameter::Value") {
		return nil, "the parameter " + shown(name) + " is read from Parameter Store when the stack is deployed"
	}
	if value.tag != "" || !value.isText() {
		return nil, "the Default of the parameter " + shown(name) + " is " + value.what()
	}
	if strings.Contains(value.text, "{{resolve:") {
		return nil, dynamicReference(value.text)
	}
	if kind != "CommaDelimitedList" && !strings.HasPrefix(kind, "List<") {
		return value, ""
	}
	if !r.spend(1 + strings.Count(value.text, ",")) {
		return nil, tooMuchWork
	}
	var items []*node
	for part := range strings.SplitSeq(value.text, ",") {
		items = append(items, scalar(strings.TrimSpace(part), value.line))
	}
	return list(items, value.line), ""
}

// physical is the physical name of a resource. A function without one has its
// logical id: that is what it is invoked by here. Anything else without a name
// gets it when it is deployed, and inventing one would send a function to
// somebody else's queue.
func (r *resolver) physical(id string) physicalName {
	if n, ok := r.names[id]; ok {
		return n
	}
	resource := r.resources[id]
	kind := r.typeOf(resource)
	form := resourceForms[kind]
	key := "name " + id
	if r.underway[key] || len(r.underway) > maxReference {
		return physicalName{reason: "the name of " + shown(id) + " depends on itself"}
	}
	r.underway[key] = true
	defer delete(r.underway, key)
	n := physicalName{reason: form.noun + " " + shown(id) + " has no " + form.property + ", so it gets a name when it is deployed"}
	if kind == functionType || kind == serverlessType {
		n = physicalName{name: id}
	}
	if property := r.propertiesOf(resource).at(form.property); property != nil {
		switch text, reason := r.text(property); {
		case reason == "":
			n = physicalName{name: text}
		case n.reason != "":
			n = physicalName{reason: "the name of " + form.noun + " " + shown(id) + " can't be worked out: " + reason}
		}
	}
	r.names[id] = n
	return n
}

// propertiesOf are the resolved Properties of a resource; nil when it has none.
func (r *resolver) propertiesOf(resource *node) *node {
	p := resource.at("Properties")
	if p == nil {
		return nil
	}
	v, reason := r.resolve(p)
	if reason != "" || v.kind != mapNode {
		return nil
	}
	return v
}

func (r *resolver) getAtt(arg *node) (*node, string) {
	if arg.isText() {
		if id, attribute, ok := strings.Cut(arg.text, "."); ok {
			return r.attribute(id, attribute)
		}
	}
	args, reason := arguments("Fn::GetAtt", arg, 2, 2)
	if reason != "" {
		return nil, reason
	}
	attribute, reason := r.text(args[1])
	if reason != "" {
		return nil, reason
	}
	if !args[0].isText() {
		return nil, "Fn::GetAtt is not written as CloudFormation wants it"
	}
	return r.attribute(args[0].text, attribute)
}

// attribute is the value of Fn::GetAtt.
func (r *resolver) attribute(id, attribute string) (*node, string) {
	resource, ok := r.resources[id]
	if !ok {
		return nil, "the template has no resource " + shown(id)
	}
	kind := r.typeOf(resource)
	form, known := resourceForms[kind]
	pattern := form.more[attribute]
	if attribute == "Arn" {
		pattern = form.arn
	}
	switch {
	case kind == serverlessType && attribute == "Alias":
		return r.samAlias(id, resource)
	case kind == "AWS::SSM::Parameter" && attribute == "Value":
		if value := r.propertiesOf(resource).at("Value"); value != nil {
			return r.resolve(value)
		}
	case kind == "AWS::IAM::Role" && r.propertiesOf(resource).at("Path") != nil:
		// The ARN holds the path; roles are not assumed here, so this isn't worth more.
	case known && pattern != "":
		n := r.physical(id)
		if n.reason != "" {
			return nil, n.reason
		}
		return r.made(r.fill(pattern, n.name), resource.line)
	}
	return nil, shown(id+"."+attribute) + " gets its value when it is deployed"
}

// aliasARN is the value of Ref of an alias.
func (r *resolver) aliasARN(id string, resource *node) (*node, string) {
	key := "alias " + id
	if r.underway[key] || len(r.underway) > maxReference {
		return nil, "the alias " + shown(id) + " depends on itself"
	}
	r.underway[key] = true
	defer delete(r.underway, key)
	properties := resource.at("Properties")
	function, reason := r.text(properties.at("FunctionName"))
	if reason != "" {
		return nil, reason
	}
	alias, reason := r.text(properties.at("Name"))
	if reason != "" {
		return nil, reason
	}
	if !strings.HasPrefix(function, "arn:") {
		if _, ok := r.resources[function]; ok {
			function = r.physical(function).name
		}
		function = r.fill(functionARNForm, function)
	}
	return r.made(function+":"+alias, resource.line)
}

// samAlias is the value of Ref Function.Alias: the alias that SAM makes of AutoPublishAlias.
func (r *resolver) samAlias(id string, resource *node) (*node, string) {
	property := r.propertiesOf(resource).at("AutoPublishAlias")
	if property == nil {
		property = r.globals.at("AutoPublishAlias")
	}
	if property == nil {
		return nil, shown(id) + " has no AutoPublishAlias"
	}
	alias, reason := r.text(property)
	if reason != "" {
		return nil, reason
	}
	return r.made(r.fill(functionARNForm, r.physical(id).name)+":"+alias, resource.line)
}

// destination is the ARN that a destination or dead-letter queue names. A
// resource of the template without a name stands for itself by its logical id:
// nothing is sent to it here, it only labels the record.
func (r *resolver) destination(n *node) (arn, reason string) {
	id := ""
	if fn, arg, ok := n.intrinsic(); ok {
		switch {
		case fn == "Ref" && arg.isText():
			id = arg.text
		case fn == "Fn::GetAtt" && arg.isText():
			id, _, _ = strings.Cut(arg.text, ".")
		case fn == "Fn::GetAtt" && arg.kind == listNode && len(arg.items) == 2 && arg.items[0].isText():
			id = arg.items[0].text
		}
	}
	if resource, ok := r.resources[id]; ok {
		if form := resourceForms[r.typeOf(resource)]; form.arn != "" {
			name := r.physical(id)
			if name.reason != "" {
				name.name = id
			}
			return r.fill(form.arn, name.name), ""
		}
	}
	return r.text(n)
}

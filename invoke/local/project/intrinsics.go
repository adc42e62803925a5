package project

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// Limits of the work that resolving a template may take. Values are shared
// between functions (Globals, mappings, parameters), so the file's size alone
// bounds neither.
const (
	maxSteps     = 2_000_000 // values looked at
	maxBuilt     = 32 << 20  // bytes of text put together
	maxReference = 50        // names and conditions that are made of others
	maxNesting   = 2_000     // values within values, references followed
)

// DefaultRegion and DefaultAccount are what AWS::Region and AWS::AccountId are
// where nothing else is said. StackName is AWS::StackName, always: the name that
// SAM uses for local runs, and one that does not change with the folder's.
const (
	DefaultRegion  = "us-east-1"
	DefaultAccount = "123456789012"
	StackName      = "local"
)

// Surroundings are the values of the pseudo parameters that a person chooses.
type Surroundings struct {
	Region  string // "" means DefaultRegion
	Account string // twelve digits, "" means DefaultAccount
}

const tooMuchWork = "the template takes too much work to resolve"

// noValue stands for Ref: AWS::NoValue, which removes the property.
var noValue = &node{kind: scalarNode, typ: nullScalar}

// A resolver works out the values of one template.
type resolver struct {
	region, account, partition string

	parameters map[string]*node
	globals    *node // Globals.Function
	mappings   *node
	conditions map[string]*node
	resources  map[string]*node

	truth    map[string]verdict      // conditions already worked out
	names    map[string]physicalName // names already worked out
	underway map[string]bool         // conditions and names being worked out: meeting one again is a circle

	steps, built, depth int
}

// A verdict is a condition's value; reason is why there is none.
type verdict struct {
	holds  bool
	reason string
}

func newResolver(root *node, s Surroundings) *resolver {
	r := &resolver{
		region: s.Region, account: s.Account,
		parameters: index(root.at("Parameters")),
		globals:    root.at("Globals").at("Function"),
		mappings:   root.at("Mappings"),
		conditions: index(root.at("Conditions")),
		resources:  index(root.at("Resources")),
		truth:      map[string]verdict{}, names: map[string]physicalName{}, underway: map[string]bool{},
	}
	if r.region == "" {
		r.region = DefaultRegion
	}
	if r.account == "" {
		r.account = DefaultAccount
	}
	r.partition = Partition(r.region)
	return r
}

// Partition is the partition that a region belongs to.
func Partition(region string) string {
	for _, p := range []struct{ prefix, name string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-iso-", "aws-iso"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}

func index(n *node) map[string]*node {
	if n == nil {
		return nil
	}
	m := make(map[string]*node, len(n.pairs))
	for _, p := range n.pairs {
		m[p.key] = p.value
	}
	return m
}

// spend accounts for work and reports whether there is any left.
func (r *resolver) spend(steps int) bool {
	r.steps += steps
	return !r.spent()
}

func (r *resolver) spent() bool { return r.steps > maxSteps || r.built > maxBuilt }

// resolve works out the value of n itself; what a list or a mapping holds is
// resolved by whoever takes it out. reason says why there is no value here; the
// node is then nil.
func (r *resolver) resolve(n *node) (value *node, reason string) {
	if !r.spend(1) {
		return nil, tooMuchWork
	}
	if r.depth++; r.depth > maxNesting {
		r.depth--
		return nil, "it depends on itself"
	}
	defer func() { r.depth-- }()
	if n.tag != "" {
		return nil, "the tag " + shown(n.tag) + " has no meaning in a template"
	}
	name, arg, ok := n.intrinsic()
	if !ok {
		if n.kind == scalarNode && strings.Contains(n.text, "{{resolve:") {
			return nil, dynamicReference(n.text)
		}
		return n, ""
	}
	switch name {
	case "Ref":
		return r.ref(arg)
	case "Fn::GetAtt":
		return r.getAtt(arg)
	case "Fn::Sub":
		return r.sub(arg)
	case "Fn::Join":
		return r.join(arg)
	case "Fn::Split":
		return r.split(arg)
	case "Fn::Select":
		return r.selectOne(arg)
	case "Fn::If":
		return r.choose(arg)
	case "Fn::FindInMap":
		return r.findInMap(arg)
	case "Fn::Base64":
		text, reason := r.text(arg)
		if reason != "" {
			return nil, reason
		}
		return r.made(base64.StdEncoding.EncodeToString([]byte(text)), n.line)
	case "Fn::Length":
		items, reason := r.list(arg)
		if reason != "" {
			return nil, reason
		}
		return r.made(strconv.Itoa(len(items)), n.line)
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition":
		v := r.condition(n)
		return scalar(strconv.FormatBool(v.holds), n.line), v.reason
	case "Fn::ImportValue":
		return nil, "it is exported by another stack (Fn::ImportValue)"
	case "Fn::GetAZs":
		return nil, "availability zones are known to AWS only (Fn::GetAZs)"
	case "Fn::Transform":
		return nil, "macros and includes run in CloudFormation only (Fn::Transform)"
	default:
		return nil, name + " is worked out by CloudFormation only"
	}
}

// dynamicReference is the reason for {{resolve:…}}. The text of the reference is
// not repeated: it may name a secret.
func dynamicReference(text string) string {
	switch _, service, _ := strings.Cut(text, "{{resolve:"); {
	case strings.HasPrefix(service, "secretsmanager:"):
		return "it is read from Secrets Manager when the stack is deployed"
	case strings.HasPrefix(service, "ssm"):
		return "it is read from Parameter Store when the stack is deployed"
	}
	return "it is a dynamic reference, resolved when the stack is deployed"
}

// made is a text that was put together, accounted for.
func (r *resolver) made(text string, line int) (*node, string) {
	if r.built += len(text); r.spent() {
		return nil, tooMuchWork
	}
	return scalar(text, line), ""
}

// text resolves n to a text.
func (r *resolver) text(n *node) (text, reason string) {
	if n == nil {
		return "", "a value is missing"
	}
	v, reason := r.resolve(n)
	switch {
	case reason != "":
		return "", reason
	case v == noValue:
		return "", "it is AWS::NoValue"
	case !v.isText():
		return "", "it is " + v.what() + ", not text"
	}
	return v.text, ""
}

// list resolves n to a list. Its items are not resolved.
func (r *resolver) list(n *node) (items []*node, reason string) {
	if n == nil {
		return nil, "a list is missing"
	}
	v, reason := r.resolve(n)
	if reason != "" {
		return nil, reason
	}
	if v.kind != listNode {
		return nil, "it is " + v.what() + ", not a list"
	}
	return v.items, ""
}

// arguments takes n apart into between least and most arguments.
func arguments(fn string, n *node, least, most int) ([]*node, string) {
	if n == nil || n.kind != listNode || n.tag != "" || len(n.items) < least || len(n.items) > most {
		return nil, fn + " is not written as CloudFormation wants it"
	}
	return n.items, ""
}

func (r *resolver) sub(arg *node) (*node, string) {
	template, variables := arg, (*node)(nil)
	if arg.kind == listNode {
		args, reason := arguments("Fn::Sub", arg, 2, 2)
		if reason != "" {
			return nil, reason
		}
		template, variables = args[0], args[1]
	}
	if !template.isText() {
		return nil, "Fn::Sub is not written as CloudFormation wants it"
	}
	var b strings.Builder
	rest := template.text
	for {
		before, after, found := strings.Cut(rest, "${")
		b.WriteString(before)
		if !found {
			break
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			b.WriteString("${" + after)
			break
		}
		rest = tail
		value, reason := r.subVariable(strings.TrimSpace(name), variables)
		if reason != "" {
			return nil, reason
		}
		if b.WriteString(value); r.built+b.Len() > maxBuilt {
			r.built = maxBuilt + 1
			break
		}
	}
	v, reason := r.made(b.String(), arg.line)
	if reason == "" && strings.Contains(v.text, "{{resolve:") {
		return nil, dynamicReference(v.text)
	}
	return v, reason
}

func (r *resolver) subVariable(name string, variables *node) (value, reason string) {
	if literal, ok := strings.CutPrefix(name, "!"); ok {
		return "${" + literal + "}", ""
	}
	if v := variables.at(name); v != nil {
		return r.text(v)
	}
	var v *node
	if resource, attribute, ok := strings.Cut(name, "."); ok {
		v, reason = r.attribute(resource, attribute)
	} else {
		v, reason = r.reference(name)
	}
	if reason != "" {
		return "", reason
	}
	return r.text(v)
}

func (r *resolver) join(arg *node) (*node, string) {
	args, reason := arguments("Fn::Join", arg, 2, 2)
	if reason != "" {
		return nil, reason
	}
	separator, reason := r.text(args[0])
	if reason != "" {
		return nil, reason
	}
	items, reason := r.list(args[1])
	if reason != "" {
		return nil, reason
	}
	var b strings.Builder
	for i, item := range items {
		text, reason := r.text(item)
		if reason != "" {
			return nil, reason
		}
		if i > 0 {
			b.WriteString(separator)
		}
		if b.WriteString(text); r.built+b.Len() > maxBuilt {
			r.built = maxBuilt + 1
			break
		}
	}
	return r.made(b.String(), arg.line)
}

func (r *resolver) split(arg *node) (*node, string) {
	args, reason := arguments("Fn::Split", arg, 2, 2)
	if reason != "" {
		return nil, reason
	}
	separator, reason := r.text(args[0])
	if reason != "" {
		return nil, reason
	}
	text, reason := r.text(args[1])
	if reason != "" {
		return nil, reason
	}
	if separator == "" || !r.spend(strings.Count(text, separator)) {
		return nil, "Fn::Split has no separator"
	}
	var items []*node
	for part := range strings.SplitSeq(text, separator) {
		items = append(items, scalar(part, arg.line))
	}
	return list(items, arg.line), ""
}

func (r *resolver) selectOne(arg *node) (*node, string) {
	args, reason := arguments("Fn::Select", arg, 2, 2)
	if reason != "" {
		return nil, reason
	}
	text, reason := r.text(args[0])
	if reason != "" {
		return nil, reason
	}
	items, reason := r.list(args[1])
	if reason != "" {
		return nil, reason
	}
	i, err := strconv.Atoi(text)
	if err != nil || i < 0 || i >= len(items) {
		return nil, fmt.Sprintf("Fn::Select asks for item %s of %d", shown(text), len(items))
	}
	return r.resolve(items[i])
}

func (r *resolver) choose(arg *node) (*node, string) {
	args, reason := arguments("Fn::If", arg, 3, 3)
	if reason != "" {
		return nil, reason
	}
	if !args[0].isText() {
		return nil, "Fn::If is not written as CloudFormation wants it"
	}
	v := r.holds(args[0].text)
	if v.reason != "" {
		return nil, v.reason
	}
	if v.holds {
		return r.resolve(args[1])
	}
	return r.resolve(args[2])
}

func (r *resolver) findInMap(arg *node) (*node, string) {
	args, reason := arguments("Fn::FindInMap", arg, 3, 4)
	if reason != "" {
		return nil, reason
	}
	at := r.mappings
	path := ""
	for _, a := range args[:3] {
		key, reason := r.text(a)
		if reason != "" {
			return nil, reason
		}
		path = strings.TrimPrefix(path+"."+key, ".")
		if at = at.at(key); at == nil {
			if len(args) == 4 {
				if fallback := args[3].at("DefaultValue"); fallback != nil {
					return r.resolve(fallback)
				}
			}
			return nil, "Mappings has no " + shown(path)
		}
	}
	return r.resolve(at)
}

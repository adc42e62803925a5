package project

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// parseYAML reads the first document of a YAML file. second is the line at which
// another document starts, 0 when there is none.
func parseYAML(data []byte) (root *node, second int, failure *TemplateError) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, 0, yamlError(data, err)
	}
	var document yaml.Node
	if err := loader.Load(&document); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, 0, &TemplateError{Text: "the file is empty"}
		}
		return nil, 0, yamlError(data, err)
	}
	if len(document.Content) != 1 {
		return nil, 0, &TemplateError{Text: "the file is empty"}
	}
	c := composer{done: map[*yaml.Node]*node{}, open: map[*yaml.Node]bool{}}
	root, failure = c.compose(document.Content[0], 1)
	if failure != nil {
		return nil, 0, failure
	}
	var next yaml.Node
	switch err := loader.Load(&next); {
	case errors.Is(err, io.EOF):
	case err != nil:
		second = yamlError(data, err).Line
	default:
		second = max(next.Line, 1)
	}
	return root, second, nil
}

// yamlError turns an error of the parser into one line with its place.
func yamlError(data []byte, err error) *TemplateError {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &TemplateError{Text: "not YAML: " + shown(err.Error()), Err: err}
	}
	line := load.Mark.Line
	if line == 0 && load.Mark.Index > 0 && load.Mark.Index <= len(data) {
		// The reader of bytes knows an offset only.
		line = 1 + bytes.Count(data[:load.Mark.Index], []byte("\n"))
	}
	text := "not YAML: " + load.Message
	if load.ContextMsg != "" {
		text += " (" + load.ContextMsg
		if load.ContextMark.Line > 0 && load.ContextMark.Line != line {
			text += fmt.Sprintf(" that starts in line %d", load.ContextMark.Line)
		}
		text += ")"
	}
	return &TemplateError{Line: line, Text: plain(text), Err: err}
}

// A composer turns nodes of the parser into nodes of ours. Every anchor is
// composed once and shared by its aliases, so that memory is bounded by the file;
// what the aliases would expand to is counted.
type composer struct {
	done   map[*yaml.Node]*node
	open   map[*yaml.Node]bool // anchors being composed: an alias to one of them has no end
	copied int                 // pairs copied by merge keys
}

func (c *composer) compose(y *yaml.Node, depth int) (*node, *TemplateError) {
	if depth > maxDepth {
		return nil, tooDeep(y.Line)
	}
	if y.Kind == yaml.AliasNode {
		if c.open[y.Alias] {
			return nil, &TemplateError{Line: y.Line, Text: "the alias " + shown("*"+y.Value) + " is a part of what it stands for"}
		}
		n, ok := c.done[y.Alias]
		if !ok {
			return nil, &TemplateError{Line: y.Line, Text: "the alias " + shown("*"+y.Value) + " stands for nothing"}
		}
		return n, nil
	}
	if y.Anchor != "" {
		c.open[y] = true
	}
	n, failure := c.value(y, depth)
	if failure != nil {
		return nil, failure
	}
	if n.size > maxExpanded {
		return nil, tooLarge(y.Line)
	}
	n = tagged(n, y.Tag)
	if n.height > maxDepth {
		return nil, tooDeep(y.Line)
	}
	if y.Anchor != "" {
		delete(c.open, y)
		c.done[y] = n
	}
	return n, nil
}

// value composes y without regard to its tag.
func (c *composer) value(y *yaml.Node, depth int) (*node, *TemplateError) {
	switch y.Kind {
	case yaml.SequenceNode:
		items := make([]*node, 0, len(y.Content))
		for _, child := range y.Content {
			item, failure := c.compose(child, depth+1)
			if failure != nil {
				return nil, failure
			}
			items = append(items, item)
		}
		return list(items, y.Line), nil
	case yaml.MappingNode:
		return c.mapping(y, depth)
	default:
		n := scalar(y.Value, y.Line)
		switch y.Tag {
		case "!!int", "!!float":
			n.typ = numberScalar
		case "!!bool":
			n.typ = boolScalar
		case "!!null":
			n.typ = nullScalar
		}
		return n, nil
	}
}

func (c *composer) mapping(y *yaml.Node, depth int) (*node, *TemplateError) {
	pairs := make([]pair, 0, len(y.Content)/2)
	first := make(map[string]int, len(y.Content)/2)
	var merges []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		line := y.Content[i].Line
		if key.Kind != yaml.ScalarNode {
			return nil, &TemplateError{Line: line, Text: "a key is a list or a mapping; it must be text"}
		}
		value, failure := c.compose(y.Content[i+1], depth+1)
		if failure != nil {
			return nil, failure
		}
		if key.Tag == "!!merge" {
			merges = append(merges, value)
			continue
		}
		if before, ok := first[key.Value]; ok {
			return nil, duplicate(key.Value, before, line)
		}
		first[key.Value] = line
		pairs = append(pairs, pair{key.Value, line, value})
	}
	for _, m := range merges {
		var failure *TemplateError
		if pairs, failure = c.merge(pairs, first, m); failure != nil {
			return nil, failure
		}
	}
	return mapping(y.Line, pairs...), nil
}

// merge adds what a merge key brings: the mapping's own keys win, then the
// earlier of several.
func (c *composer) merge(pairs []pair, have map[string]int, m *node) ([]pair, *TemplateError) {
	sources := []*node{m}
	if m.kind == listNode {
		sources = m.items
	}
	for _, source := range sources {
		if source.kind != mapNode {
			return nil, &TemplateError{Line: m.line, Text: "the merge key << takes a mapping or a list of mappings, not " + source.what()}
		}
		if c.copied += len(source.pairs); c.copied > maxExpanded {
			return nil, tooLarge(m.line)
		}
		for _, p := range source.pairs {
			if _, ok := have[p.key]; !ok {
				have[p.key] = p.line
				pairs = append(pairs, p)
			}
		}
	}
	return pairs, nil
}

// shortForms are the intrinsic functions that have a short form, !Sub for Fn::Sub.
var shortForms = map[string]string{
	"!Ref": "Ref", "!Condition": "Condition",
	"!And": "Fn::And", "!Base64": "Fn::Base64", "!Cidr": "Fn::Cidr", "!Equals": "Fn::Equals",
	"!FindInMap": "Fn::FindInMap", "!GetAtt": "Fn::GetAtt", "!GetAZs": "Fn::GetAZs", "!If": "Fn::If",
	"!ImportValue": "Fn::ImportValue", "!Join": "Fn::Join", "!Length": "Fn::Length", "!Not": "Fn::Not",
	"!Or": "Fn::Or", "!Select": "Fn::Select", "!Split": "Fn::Split", "!Sub": "Fn::Sub",
	"!ToJsonString": "Fn::ToJsonString", "!Transform": "Fn::Transform",
}

// tagged rewrites a short form to its long form and marks a value whose tag
// means nothing. No tag ever runs anything.
func tagged(n *node, tag string) *node {
	if long, ok := shortForms[tag]; ok {
		if n.kind == scalarNode {
			n.typ = textScalar
			if long == "Fn::GetAtt" {
				if resource, attribute, ok := strings.Cut(n.text, "."); ok {
					n = list([]*node{scalar(resource, n.line), scalar(attribute, n.line)}, n.line)
				}
			}
		}
		return mapping(n.line, pair{long, n.line, n})
	}
	switch tag {
	case "", "!", "!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp", "!!merge":
		return n
	}
	n.tag = tag
	return n
}

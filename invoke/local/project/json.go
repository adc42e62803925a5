package project

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// parseJSON reads a JSON template. JSON has a reader of its own although YAML
// holds most of it: YAML refuses the surrogate pairs that JSON writers produce.
func parseJSON(data []byte) (*node, *TemplateError) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, &TemplateError{Text: "the file is empty"}
	}
	if !utf8.Valid(data) {
		at := 0
		for at < len(data) {
			r, size := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return nil, &TemplateError{Line: 1 + bytes.Count(data[:at], []byte("\n")), Text: "not JSON: a byte that is not UTF-8"}
	}
	p := jsonParser{data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	p.decoder.UseNumber()
	token, err := p.next()
	if err != nil {
		return nil, p.failure(err)
	}
	root, failure := p.value(token, 1)
	if failure != nil {
		return nil, failure
	}
	if _, err := p.next(); !errors.Is(err, io.EOF) {
		return nil, &TemplateError{Line: p.line, Text: "not JSON: something follows the value"}
	}
	return root, nil
}

type jsonParser struct {
	data    []byte
	decoder *json.Decoder
	counted int64 // offset up to which lines have been counted
	line    int
}

func (p *jsonParser) next() (json.Token, error) {
	token, err := p.decoder.Token()
	p.advance(p.decoder.InputOffset())
	return token, err
}

func (p *jsonParser) advance(to int64) {
	if to = min(to, int64(len(p.data))); to > p.counted {
		p.line += bytes.Count(p.data[p.counted:to], []byte("\n"))
		p.counted = to
	}
}

func (p *jsonParser) failure(err error) *TemplateError {
	text := err.Error()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		p.advance(syntax.Offset - 1)
	} else if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		p.advance(int64(len(p.data)))
		text = "the file ends in the middle of a value"
	}
	return &TemplateError{Line: p.line, Text: plain("not JSON: " + text), Err: err}
}

func (p *jsonParser) value(token json.Token, depth int) (*node, *TemplateError) {
	if depth > maxDepth {
		return nil, tooDeep(p.line)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return p.list(depth)
		}
		return p.mapping(depth)
	case string:
		return scalar(t, p.line), nil
	case json.Number:
		n := scalar(t.String(), p.line)
		n.typ = numberScalar
		return n, nil
	case bool:
		n := scalar(fmt.Sprint(t), p.line)
		n.typ = boolScalar
		return n, nil
	default:
		n := scalar("", p.line)
		n.typ = nullScalar
		return n, nil
	}
}

func (p *jsonParser) list(depth int) (*node, *TemplateError) {
	line := p.line
	var items []*node
	for {
		token, err := p.next()
		if err != nil {
			return nil, p.failure(err)
		}
		if token == json.Delim(']') {
			return list(items, line), nil
		}
		item, failure := p.value(token, depth+1)
		if failure != nil {
			return nil, failure
		}
		items = append(items, item)
	}
}

func (p *jsonParser) mapping(depth int) (*node, *TemplateError) {
	line := p.line
	var pairs []pair
	first := map[string]int{}
	for {
		token, err := p.next()
		if err != nil {
			return nil, p.failure(err)
		}
		key, ok := token.(string)
		if !ok {
			return mapping(line, pairs...), nil
		}
		if before, ok := first[key]; ok {
			return nil, duplicate(key, before, p.line)
		}
		first[key] = p.line
		at := p.line
		if token, err = p.next(); err != nil {
			return nil, p.failure(err)
		}
		value, failure := p.value(token, depth+1)
		if failure != nil {
			return nil, failure
		}
		pairs = append(pairs, pair{key, at, value})
	}
}

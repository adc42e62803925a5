package invoke

import (
	"context"
	"errors"

	"lambent/invoke/jsondoc"
)

// Varying lists the places in the payloads of two answers where values differ, as
// paths to ignore: with [*] for every index, each once, in the order of the document.
// It is asked about two runs of one payload on one version, where what differs is an
// id, a time or chance. That a value is there or is not, that the whole payload
// differs, and that one is no JSON says nothing of that kind, and is left out.
func Varying(ctx context.Context, this, that Answer) []string {
	found, err := jsondoc.Compare(ctx, this.Result.Payload, that.Result.Payload, jsondoc.Options{})
	if err != nil && !errors.Is(err, jsondoc.ErrManyDifferences) {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for _, d := range found {
		if d.Change != jsondoc.Changed || len(d.Path) == 0 || isContainer(d.This) != isContainer(d.That) {
			continue
		}
		path := make(jsondoc.Path, len(d.Path))
		for i, step := range d.Path {
			if path[i] = step; step.Kind == jsondoc.Element {
				path[i] = jsondoc.Step{Kind: jsondoc.AnyItem}
			}
		}
		if text := PayloadPath(path); !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func isContainer(value []byte) bool {
	return len(value) > 0 && (value[0] == '{' || value[0] == '[')
}

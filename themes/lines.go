package themes

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// KeyLines knows on which line each key of a TOML document stands, which the
// decoder of the TOML library does not tell. The other TOML file that a user
// writes, config.toml, is read with it too.
type KeyLines map[string]int

// At is the line, from 1, of the key with this path; 1 for a key that is not there.
func (l KeyLines) At(path ...string) int { return max(l[strings.Join(path, "\x00")], 1) }

// FindKeys finds the line of every key, those of inline tables included. The text
// has been decoded before, so that it is known to be TOML.
func FindKeys(text []byte) KeyLines {
	lines := KeyLines{}
	var p unstable.Parser
	p.Reset(text)
	note := func(path []string, key *unstable.Node) []string {
		path = append(slices.Clip(path), string(key.Data))
		if at := strings.Join(path, "\x00"); lines[at] == 0 {
			lines[at] = 1 + bytes.Count(text[:key.Raw.Offset], []byte("\n"))
		}
		return path
	}
	var table []string
	for p.NextExpression() {
		node := p.Expression()
		path := table
		switch node.Kind {
		case unstable.Table, unstable.ArrayTable:
			path = nil
		case unstable.KeyValue:
		default:
			continue
		}
		for it := node.Key(); it.Next(); {
			path = note(path, it.Node())
		}
		if node.Kind != unstable.KeyValue {
			table = path
		} else if value := node.Value(); value.Kind == unstable.InlineTable {
			for it := value.Children(); it.Next(); {
				inner := path
				for keys := it.Node().Key(); keys.Next(); {
					inner = note(inner, keys.Node())
				}
			}
		}
	}
	return lines
}

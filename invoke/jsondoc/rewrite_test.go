package jsondoc_test

import (
	"bytes"
	"testing"

	"lambent/invoke/jsondoc"
)

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ at, doc, want string }{
		{"a", `{ "a" : 1.0, "b":[ 1 ] }`, `{ "a" : "x", "b":[ 1 ] }`},
		{"b", `{"a":1, "b":[{"c":[]}, 2 ] , "d":3}`, `{"a":1, "b":"x" , "d":3}`},
		{"b[1]", `{"b":[{"c":[]}, 2 ]}`, `{"b":[{"c":[]}, "x" ]}`},
		{"b[*].c", `{"b":[{"c":[[],{}]},{"c":1}]}`, `{"b":[{"c":"x"},{"c":"x"}]}`},
		{"$", ` {"a":1} `, ` "x" `},
		{"none", ` {"a":1} `, ` {"a":1} `},
	} {
		pattern, err := jsondoc.ParsePath(c.at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := jsondoc.Rewrite([]byte(c.doc), func(n jsondoc.Node) []byte {
			if n.Kind != jsondoc.Key && pattern.Matches(n.Path()) {
				return []byte(`"x"`)
			}
			return nil
		})
		if err != nil || string(got) != c.want {
			t.Errorf("%s of %s: %s, %v", c.at, c.doc, got, err)
		}
	}
}

func TestRewriteNames(t *testing.T) {
	var names []string
	got, err := jsondoc.Rewrite([]byte(`{"a":{"b\n":1},"c":["d"]}`), func(n jsondoc.Node) []byte {
		names = append(names, n.Name())
		if n.Kind == jsondoc.Key && bytes.Equal(n.Raw, []byte(`"c"`)) {
			return []byte(`"z"`)
		}
		return nil
	})
	if err != nil || string(got) != `{"a":{"b\n":1},"z":["d"]}` {
		t.Errorf("%s %v", got, err)
	}
	// The object, two names with nothing, their values, …
	if want := []string{"", "", "a", "", "b\n", "", "c", ""}; len(names) != len(want) || names[4] != "b\n" || names[6] != "c" {
		t.Errorf("%q", names)
	}
	if _, err := jsondoc.Rewrite([]byte(`{"a":`), func(jsondoc.Node) []byte { return nil }); err == nil {
		t.Error("half a document was rewritten")
	}
}

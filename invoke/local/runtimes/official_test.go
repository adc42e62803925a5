package runtimes

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ricVariable names the folders, separated as in PATH, whose node_modules have an
// aws-lambda-ric from npm with its native half built.
const ricVariable = "LAMBENT_TEST_NODE_RIC"

// The official client for Node.js, unchanged, against the Runtime API of the tests.
func TestTheOfficialNodeClient(t *testing.T) {
	folders := filepath.SplitList(os.Getenv(ricVariable))
	if len(folders) == 0 {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not set", ricVariable)
		}
		t.Skipf("%s names no folder with aws-lambda-ric", ricVariable)
	}
	needs(t, "nodejs22.x")
	for _, folder := range folders {
		text, err := os.ReadFile(filepath.Join(folder, "node_modules", "aws-lambda-ric", "package.json"))
		var manifest struct{ Version string }
		if err != nil || json.Unmarshal(text, &manifest) != nil {
			t.Fatalf("%s: %v", folder, err)
		}
		t.Run(manifest.Version, func(t *testing.T) { officialNode(t, folder) })
	}
}

func officialNode(t *testing.T, folder string) {
	const source = `
exports.handler = async (event, context) => {
	if (event.fail) throw new TypeError("no such order");
	console.log("working");
	return [event, context.awsRequestId, context.invokedFunctionArn, context.getRemainingTimeInMillis() > 1000];
};
`
	run := func(handler string, list []event) run {
		code := writeFiles(t, map[string]string{"app.js": source})
		if err := os.Symlink(filepath.Join(folder, "node_modules"), filepath.Join(code, "node_modules")); err != nil {
			t.Fatal(err)
		}
		got := lambda{runtime: "nodejs22.x", handler: handler, events: list}.runIn(t, code, sharedDir(t))
		for _, note := range got.notes {
			if strings.Contains(note, "lambent's runtime client") {
				t.Fatal(note)
			}
		}
		return got
	}
	got := run("app.handler", events(`{"n":1}`, `{"fail":true}`, `{"n":2}`))
	if len(got.outcomes) != 3 {
		t.Fatalf("posted %+v\nlog:\n%s", got.outcomes, got.log)
	}
	want := `[{"n":1},"` + idOf(0) + `","arn:aws:lambda:us-east-1:123456789012:function:subject:live",true]`
	if got.outcomes[0].body != want || got.outcomes[0].id != idOf(0) {
		t.Errorf("answered %s, want %s", got.outcomes[0].body, want)
	}
	if o := got.outcomes[1]; o.kind != "error" || !strings.HasPrefix(o.body, `{"errorType":"TypeError","errorMessage":"no such order","trace":["TypeError: no such order",`) {
		t.Errorf("error %s: %s", o.kind, o.body)
	}
	if !strings.Contains(got.log, "\t"+idOf(0)+"\tINFO\tworking") {
		t.Errorf("log %q", got.log)
	}
	if o := run("app.missing", events("{}")).only(t); o.kind != "init" || !strings.Contains(o.body, "app.missing is undefined or not exported") {
		t.Errorf("a missing handler: %s %s", o.kind, o.body)
	}
}

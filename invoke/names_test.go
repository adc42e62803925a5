package invoke

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseName(t *testing.T) {
	for in, want := range map[string]Name{
		"orders":                         {Function: "orders"},
		"orders:live":                    {Function: "orders", Qualifier: "live"},
		"orders:42":                      {Function: "orders", Qualifier: "42"},
		"orders:$LATEST":                 {Function: "orders", Qualifier: "$LATEST"},
		"my.fn_2-x":                      {Function: "my.fn_2-x"},
		"function:orders":                {Function: "orders"},
		"function:orders:live":           {Function: "orders", Qualifier: "live"},
		"123456789012:function:orders":   {Account: "123456789012", Function: "orders"},
		"123456789012:function:orders:7": {Account: "123456789012", Function: "orders", Qualifier: "7"},
		"arn:aws:lambda:us-east-1:123456789012:function:orders":                   {Partition: "aws", Region: "us-east-1", Account: "123456789012", Function: "orders"},
		"arn:aws:lambda:us-east-1:123456789012:function:orders:$LATEST.PUBLISHED": {Partition: "aws", Region: "us-east-1", Account: "123456789012", Function: "orders", Qualifier: "$LATEST.PUBLISHED"},
		"arn:aws-cn:lambda:cn-north-1:123456789012:function:orders:a":             {Partition: "aws-cn", Region: "cn-north-1", Account: "123456789012", Function: "orders", Qualifier: "a"},
		"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:orders":        {Partition: "aws-us-gov", Region: "us-gov-west-1", Account: "123456789012", Function: "orders"},
		"arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:orders":         {Partition: "aws-eusc", Region: "eusc-de-east-1", Account: "123456789012", Function: "orders"},
		"arn:aws:lambda:us-east-1:123456789012:function":                          {Partition: "aws", Region: "us-east-1", Account: "123456789012", Function: "function"},
		strings.Repeat("a", 65): {Function: strings.Repeat("a", 65)}, // 404, not 400 (spec §1.2)
	} {
		got, f := ParseName(in)
		if f != nil {
			t.Errorf("%s: %v", in, f)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", in, diff)
		}
	}
}

// recordedPattern is the text that the service printed in November 2025 (spec §1.7).
const recordedPattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`

func TestBadNamesGetTheServicesWords(t *testing.T) {
	for _, in := range []string{
		"my-function:1:2", "my-function:$LATES", "orders:$latest", "or ders", "orders!", "orders:", ":live",
		"arn:aws:lambda::123456789012:function:orders", "arn:aws:lambda:us-east-1::function:orders",
		"arn:aws:lambda:us-east:123456789012:function:orders", "arn:aws:sqs:us-east-1:123456789012:orders", "é",
	} {
		_, f := ParseName(in)
		want := "1 validation error detected: Value '" + in + "' at 'functionName' failed to satisfy constraint: " +
			"Member must satisfy regular expression pattern: " + recordedPattern
		if f == nil {
			t.Errorf("%s is accepted", in)
			continue
		}
		if f.Message != want || f.Name != "ValidationException" || f.Status != 400 || f.Type != "" || f.Ran != RanNo || f.Kind != ServiceFailure {
			t.Errorf("%s: %+v\nwant %s", in, f, want)
		}
	}
	_, f := ParseName(strings.Repeat("a", 257))
	if f == nil || !strings.HasSuffix(f.Message, "at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256") {
		t.Errorf("257 characters: %v", f)
	}
	if _, f := ParseName(strings.Repeat("é", 1<<20)); f == nil || len(f.Message) > 10_000 {
		t.Errorf("a name of 2 MB is repeated, %d bytes", len(f.Message))
	}
	_, f = ParseName("")
	if f == nil || !strings.HasPrefix(f.Message, "2 validation errors detected: Value '' at 'functionName' failed") ||
		!strings.HasSuffix(f.Message, "; Value '' at 'functionName' failed to satisfy constraint: Member must have length greater than or equal to 1") {
		t.Errorf("no name: %v", f)
	}
}

func TestNameMakesARNs(t *testing.T) {
	for in, want := range map[string]string{
		"orders":      "arn:aws:lambda:eu-west-1:123456789012:function:orders:$LATEST",
		"orders:live": "arn:aws:lambda:eu-west-1:123456789012:function:orders:live",
		"arn:aws-cn:lambda:cn-north-1:999999999999:function:orders:3": "arn:aws-cn:lambda:cn-north-1:999999999999:function:orders:3",
	} {
		n, _ := ParseName(in)
		if got := n.QualifiedARN("eu-west-1", "123456789012"); got != want {
			t.Errorf("%s: %s", in, got)
		}
		if got, cut := n.ARN("eu-west-1", "123456789012"), want[:strings.LastIndexByte(want, ':')]; got != cut {
			t.Errorf("%s: unqualified %s", in, got)
		}
	}
	if got := (Name{Function: "f"}).ARN("cn-northwest-1", "1"); !strings.HasPrefix(got, "arn:aws-cn:") {
		t.Error(got)
	}
	if got := (Name{Function: "f"}).ARN("us-gov-east-1", "1"); !strings.HasPrefix(got, "arn:aws-us-gov:") {
		t.Error(got)
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"orders", "orders:live", "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST", "123456789012:x", "us-east-1:f", "a:b:c", "\xff", ""} {
		f.Add(s)
	}
	pattern := regexp.MustCompile(`^(?:` + recordedPattern + `)$`)
	f.Fuzz(func(t *testing.T, s string) {
		n, failure := ParseName(s)
		if want := pattern.MatchString(s) && utf16Len(s) <= 256; (failure == nil) != want {
			t.Fatalf("%q: %v, the pattern says %v", s, failure, want)
		}
		if failure != nil {
			return
		}
		again, failure := ParseName(n.QualifiedARN("us-east-1", "123456789012"))
		if failure == nil && (again.Function != n.Function || n.Qualifier != "" && again.Qualifier != n.Qualifier) {
			t.Fatalf("%q: %+v, by its ARN %+v", s, n, again)
		}
	})
}

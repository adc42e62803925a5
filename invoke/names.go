package invoke

import (
	"regexp"
	"strings"
	"sync"
)

// Patterns as the service prints them (spec §1.7, recorded in November 2025).
const (
	functionNamePattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`
	qualifierPattern    = `\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`
	durablePattern      = `[a-zA-Z0-9-_]+`
	tenantPattern       = `[a-zA-Z0-9\._:\/=+\-@ ]+`
)

// Limits of names, in characters (spec §1.2). A function's bare name may have 64, but
// that is checked when it is created: a longer one is simply not found.
const (
	maxFunctionName = 256
	maxQualifier    = 128
	maxTenantID     = 256
	maxDurableName  = 64
	// maxMatched is the longest name that is still compared with the pattern, in bytes.
	// No front door takes as much.
	maxMatched = 64 << 10
)

// Latest is the qualifier of a function's unpublished code.
const Latest = "$LATEST"

// A Name is a function as a caller names it, taken apart. Only Function is always there.
type Name struct {
	Partition string // "aws", "aws-cn", …
	Region    string
	Account   string
	Function  string // bare name
	Qualifier string // version, alias, $LATEST; "" when none was given
}

// The service's patterns, anchored. Their groups are what the service takes them for:
// both languages prefer the first alternative and the longest repetition.
var (
	functionNameRE = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + functionNamePattern + `)$`) })
	qualifierRE    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + qualifierPattern + `)$`) })
	durableRE      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + durablePattern + `)$`) })
	tenantRE       = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?:` + tenantPattern + `)$`) })
)

// ParseName reads every form that the API takes (spec §1.3): name, name:qualifier,
// function:name, ACCOUNT:function:name and ARN, each with or without a qualifier. The
// failure is the service's ValidationException.
func ParseName(s string) (Name, *Failure) {
	n, broken := parseName(s)
	if len(broken) > 0 {
		return Name{}, validationFailure(broken)
	}
	return n, nil
}

func parseName(s string) (Name, []violation) {
	if isBareName(s) && len(s) <= maxFunctionName {
		return Name{Function: s}, nil
	}
	broken := mustFit("functionName", s, maxFunctionName)
	if len(s) > maxMatched {
		return Name{}, broken
	}
	m := functionNameRE().FindStringSubmatch(s)
	if m == nil {
		broken = append([]violation{mustMatch("functionName", s, functionNamePattern)}, broken...)
	}
	if len(broken) > 0 {
		return Name{}, broken
	}
	return Name{
		Partition: m[2],
		Region:    strings.TrimSuffix(m[3], ":"),
		Account:   strings.TrimSuffix(m[9], ":"),
		Function:  m[11],
		Qualifier: m[13],
	}, nil
}

// isBareName reports whether s is nothing but a function's name, which nearly all are.
func isBareName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return s != ""
}

// String returns the name with its qualifier: "orders:live".
func (n Name) String() string {
	if n.Qualifier == "" {
		return n.Function
	}
	return n.Function + ":" + n.Qualifier
}

// ARN returns the unqualified ARN. What the name lacks is taken from the arguments.
func (n Name) ARN(region, account string) string {
	if n.Region != "" {
		region = n.Region
	}
	if n.Account != "" {
		account = n.Account
	}
	partition := n.Partition
	if partition == "" {
		partition = partitionOf(region)
	}
	return "arn:" + partition + ":lambda:" + region + ":" + account + ":function:" + n.Function
}

// QualifiedARN returns the ARN with its qualifier, $LATEST when the name has none.
func (n Name) QualifiedARN(region, account string) string {
	qualifier := n.Qualifier
	if qualifier == "" {
		qualifier = Latest
	}
	return n.ARN(region, account) + ":" + qualifier
}

// partitionOf says in which partition a region is.
func partitionOf(region string) string {
	for _, p := range [...]struct{ prefix, partition string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-iso-", "aws-iso"}, {"us-isob-", "aws-iso-b"},
		{"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.partition
		}
	}
	return "aws"
}

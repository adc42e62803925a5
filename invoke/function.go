package invoke

import (
	"cmp"
	"slices"
	"time"
)

// A Function is something invocable at a target.
type Function struct {
	Name         string
	ARN          string // unqualified
	Runtime      string // python3.13, nodejs22.x, provided.al2023, …; "" for images
	Handler      string
	Description  string
	MemorySizeMB int           // MemorySize, in MB
	Timeout      time.Duration // 1 s to 900 s
	PackageType  string        // "Zip" or "Image"
	Architecture string        // x86_64 or arm64
	LogFormat    string        // "Text" or "JSON"
	LastModified time.Time
	Environment  []Variable
	Layers       []string
	Source       string // where it comes from: template file and line, or "aws"
	CodeSHA256   string // base64, where known
	CodeSizeB    int64  // bytes: of the package on AWS, of the code's files here; 0 where unknown
	Role         string // ARN of the execution role, where known
	CodePath     string // folder or zip on this machine; "" when it has none
	// InvokeMode is that of the function's URL: "BUFFERED" or "RESPONSE_STREAM"; "" where
	// it has none or that is not known. On AWS only a Describer knows.
	InvokeMode string

	// Problems name what keeps the function from running or from running faithfully,
	// each one line with what to do. An empty list says nothing is known.
	Problems []string
}

// A Variable is one entry of a function's environment.
type Variable struct {
	Name, Value string
	// Unresolved is the reason why the value could not be worked out here
	// (an intrinsic without a local value); "" when Value is what the function gets.
	Unresolved string
}

// QualifierKind says what a qualifier is.
type QualifierKind string

// The kinds of qualifiers.
const (
	KindLatest  QualifierKind = "latest"
	KindVersion QualifierKind = "version"
	KindAlias   QualifierKind = "alias"
)

// A Qualifier is $LATEST, a version or an alias of a function.
type Qualifier struct {
	Name        string // "$LATEST", "2", "live"
	Kind        QualifierKind
	Version     string             // what it points at; the same as Name for $LATEST and versions
	Weights     map[string]float64 // version → share (0..1), the primary included; nil unless weighted
	Description string
	PublishedAt time.Time // versions only
	CodeSHA256  string    // base64, versions and $LATEST where known
}

// SortQualifiers puts qualifiers into the order in which they are listed: $LATEST, aliases as
// they are, versions from the newest on.
func SortQualifiers(list []Qualifier) {
	rank := func(q Qualifier) int {
		return slices.Index([]QualifierKind{KindLatest, KindAlias, KindVersion}, q.Kind)
	}
	slices.SortStableFunc(list, func(x, y Qualifier) int {
		if by := cmp.Compare(rank(x), rank(y)); by != 0 || x.Kind != KindVersion {
			return by
		}
		return cmp.Or(cmp.Compare(len(y.Name), len(x.Name)), cmp.Compare(y.Name, x.Name)) // numbers without leading zeros
	})
}

package wire

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"lambent/invoke"
)

// Pages of the service: it gives at most so many items, whatever MaxItems says.
const (
	functionsPage = 50
	versionsPage  = 50
	aliasesPage   = 50
)

// A functionConfiguration is the FunctionConfiguration of the API. Members that say how a
// function is deployed, such as its role, have no value here and are left out.
type functionConfiguration struct {
	FunctionName     string            `json:"FunctionName"`
	FunctionArn      string            `json:"FunctionArn"`
	Runtime          string            `json:"Runtime,omitempty"`
	Handler          string            `json:"Handler,omitempty"`
	Description      string            `json:"Description"`
	Timeout          int               `json:"Timeout"`
	MemorySize       int               `json:"MemorySize"`
	LastModified     string            `json:"LastModified"`
	CodeSha256       string            `json:"CodeSha256,omitempty"`
	Version          string            `json:"Version"`
	DeadLetterConfig *deadLetterConfig `json:"DeadLetterConfig,omitempty"`
	Environment      *environment      `json:"Environment,omitempty"`
	TracingConfig    tracingConfig     `json:"TracingConfig"`
	RevisionID       string            `json:"RevisionId"`
	Layers           []layer           `json:"Layers,omitempty"`
	State            string            `json:"State"`
	StateReason      string            `json:"StateReason,omitempty"`
	StateReasonCode  string            `json:"StateReasonCode,omitempty"`
	LastUpdateStatus string            `json:"LastUpdateStatus"`
	PackageType      string            `json:"PackageType"`
	Architectures    []string          `json:"Architectures"`
	EphemeralStorage ephemeralStorage  `json:"EphemeralStorage"`
	LoggingConfig    loggingConfig     `json:"LoggingConfig"`
}

type (
	deadLetterConfig struct {
		TargetArn string `json:"TargetArn"`
	}
	environment struct {
		Variables map[string]string `json:"Variables"`
	}
	tracingConfig struct {
		Mode string `json:"Mode"`
	}
	layer struct {
		Arn string `json:"Arn"`
	}
	ephemeralStorage struct {
		Size int `json:"Size"`
	}
	loggingConfig struct {
		LogFormat           string `json:"LogFormat"`
		ApplicationLogLevel string `json:"ApplicationLogLevel,omitempty"`
		SystemLogLevel      string `json:"SystemLogLevel,omitempty"`
		LogGroup            string `json:"LogGroup"`
	}
)

// timeFormat is how the API writes LastModified.
const timeFormat = "2006-01-02T15:04:05.000-0700"

const defaultStorageMB = 512

// configuration writes what is known of a function. qualifier is what the ARN ends with;
// "" leaves it unqualified.
func configuration(f invoke.Configuration, qualifier string) functionConfiguration {
	c := functionConfiguration{
		FunctionName: f.Name, FunctionArn: f.ARN, Runtime: f.Runtime, Handler: f.Handler, Description: f.Description,
		Timeout: int(f.Timeout / time.Second), MemorySize: f.MemorySizeMB,
		LastModified: f.LastModified.UTC().Format(timeFormat), CodeSha256: f.CodeSHA256,
		Version: firstOf(f.Version, invoke.Latest), TracingConfig: tracingConfig{"PassThrough"},
		State: firstOf(f.State, "Active"), StateReason: f.StateReason, LastUpdateStatus: firstOf(f.LastUpdate, "Successful"),
		PackageType: firstOf(f.PackageType, "Zip"), Architectures: []string{firstOf(f.Architecture, "x86_64")},
		EphemeralStorage: ephemeralStorage{cmp.Or(f.EphemeralStorageMB, defaultStorageMB)},
		LoggingConfig: loggingConfig{
			LogFormat: firstOf(f.LogFormat, "Text"), LogGroup: firstOf(f.LogGroup, "/aws/lambda/"+f.Name),
		},
	}
	if qualifier != "" {
		c.FunctionArn += ":" + qualifier
	}
	if c.LoggingConfig.LogFormat == "JSON" {
		c.LoggingConfig.ApplicationLogLevel = firstOf(f.ApplicationLogLevel, "INFO")
		c.LoggingConfig.SystemLogLevel = firstOf(f.SystemLogLevel, "INFO")
	}
	if f.DeadLetter != "" {
		c.DeadLetterConfig = &deadLetterConfig{f.DeadLetter}
	}
	if len(f.Environment) > 0 {
		c.Environment = &environment{map[string]string{}}
		for _, v := range f.Environment {
			if v.Unresolved == "" { // one that is unresolved isn't set either
				c.Environment.Variables[v.Name] = v.Value
			}
		}
	}
	for _, arn := range f.Layers {
		c.Layers = append(c.Layers, layer{arn})
	}
	if f.UnavailableHereBecause != "" {
		c.State, c.StateReason, c.StateReasonCode = "Failed", f.UnavailableHereBecause, "InternalError"
	}
	c.RevisionID = revision(c)
	return c
}

// revision is a UUID that differs when what it stands for differs.
func revision(of any) string {
	b, _ := json.Marshal(of) // values of this package, which can all be written
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// target is the named function with the qualifier that was given in its name or in the
// query, checked as for Invoke (spec §1.3).
func (c *call) target() (invoke.Name, *invoke.Failure) {
	req := invoke.Request{Function: c.function, Qualifier: c.query("Qualifier")}
	if failure := invoke.Validate(req); failure != nil {
		return invoke.Name{}, failure
	}
	name, failure := req.Name()
	switch {
	case failure != nil:
		return name, failure
	case name.Region != "" && name.Region != c.s.o.Region:
		return name, invoke.FunctionElsewhere(name.Region, c.s.o.Region)
	case name.Account != "" && name.Account != c.s.o.Account:
		return name, invoke.NewFailure("AccessDeniedException", "")
	}
	return name, nil
}

// describe finds out what a function is. A target that isn't a Describer knows of its
// versions what it lists.
func (s *Server) describe(ctx context.Context, name invoke.Name) (invoke.Configuration, error) {
	if t, ok := invoke.As[invoke.Describer](s.o.Target); ok {
		return t.Configuration(ctx, name.Function, name.Qualifier)
	}
	fn, err := s.find(ctx, name)
	if err != nil {
		return invoke.Configuration{}, err
	}
	c := invoke.Configuration{Function: fn, Version: invoke.Latest}
	if name.Qualifier == "" || name.Qualifier == invoke.Latest {
		return c, nil
	}
	qualifiers, err := s.o.Target.Qualifiers(ctx, name.Function)
	if err != nil {
		return c, err
	}
	q, failure := s.pick(qualifiers, name)
	if failure != nil {
		return c, failure
	}
	c.Version = q.Version
	for _, v := range qualifiers {
		if v.Kind == invoke.KindVersion && v.Name == q.Version {
			c.CodeSHA256, c.LastModified = v.CodeSHA256, v.PublishedAt
		}
	}
	return c, nil
}

func (s *Server) find(ctx context.Context, name invoke.Name) (invoke.Function, error) {
	for fn, err := range s.o.Target.Functions(ctx) {
		if err != nil {
			return invoke.Function{}, err
		}
		if fn.Name == name.Function {
			return fn, nil
		}
	}
	return invoke.Function{}, invoke.FunctionNotFound(name.QualifiedARN(s.o.Region, s.o.Account))
}

func (s *Server) pick(list []invoke.Qualifier, name invoke.Name) (invoke.Qualifier, *invoke.Failure) {
	for _, q := range list {
		if q.Name == name.Qualifier {
			return q, nil
		}
	}
	return invoke.Qualifier{}, invoke.FunctionNotFound(name.QualifiedARN(s.o.Region, s.o.Account))
}

// listFunctions is ListFunctions. With FunctionVersion=ALL the versions of each function
// come with it.
func (c *call) listFunctions() {
	all := c.query("FunctionVersion")
	if all != "" && all != "ALL" {
		c.refuse(violated(all, "functionVersion", "Member must satisfy enum value set: [ALL]"))
		return
	}
	p, failure := c.page(functionsPage)
	if failure != nil {
		c.refuse(failure)
		return
	}
	var functions []invoke.Function
	for fn, err := range c.s.o.Target.Functions(c.r.Context()) {
		if err != nil && len(functions) == 0 {
			c.refuseWith(err)
			return
		}
		if err == nil {
			functions = append(functions, fn)
		}
	}
	slices.SortFunc(functions, func(a, b invoke.Function) int { return strings.Compare(a.Name, b.Name) })
	var list []functionConfiguration
	for _, fn := range functions {
		versions, err := c.versionsOf(fn, all == "ALL")
		if err != nil {
			c.refuseWith(err)
			return
		}
		list = append(list, versions...)
	}
	body := struct {
		NextMarker *string                 `json:"NextMarker"`
		Functions  []functionConfiguration `json:"Functions"`
	}{}
	body.Functions, body.NextMarker = paged(p, list, func(f functionConfiguration) string { return f.FunctionName + ":" + f.Version })
	c.answer(200, body)
}

// versionsOf is a function's $LATEST, and with all its versions too; their ARNs are
// qualified then.
func (c *call) versionsOf(fn invoke.Function, all bool) ([]functionConfiguration, error) {
	if !all {
		if _, near := invoke.As[invoke.Configurer](c.s.o.Target); !near { // to ask far away for each of many would take long
			return []functionConfiguration{configuration(invoke.Configuration{Function: fn}, "")}, nil
		}
		f, err := c.s.describe(c.r.Context(), invoke.Name{Function: fn.Name})
		if err != nil {
			return nil, err
		}
		return []functionConfiguration{configuration(f, "")}, nil
	}
	qualifiers, err := c.s.o.Target.Qualifiers(c.r.Context(), fn.Name)
	if err != nil {
		return nil, err
	}
	var list []functionConfiguration
	for _, q := range qualifiers {
		if q.Kind == invoke.KindAlias {
			continue
		}
		f, err := c.s.describe(c.r.Context(), invoke.Name{Function: fn.Name, Qualifier: q.Name})
		if err != nil {
			return nil, err
		}
		list = append(list, configuration(f, q.Name))
	}
	return list, nil
}

// paged is one page of a list and the marker of the next one, nil after the last.
func paged[T any](p page, list []T, key func(T) string) ([]T, *string) {
	if p.after != "" {
		// Where the item of the marker is gone meanwhile, its place in the order is not known:
		// the page begins anew, so that nothing is left out.
		for i, item := range list {
			if key(item) == p.after {
				list = list[i+1:]
				break
			}
		}
	}
	if len(list) <= p.most {
		if list == nil {
			list = []T{}
		}
		return list, nil
	}
	list = list[:p.most]
	marker := base64.RawURLEncoding.EncodeToString([]byte(key(list[len(list)-1])))
	return list, &marker
}

func decodeMarker(marker string) (after string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(marker)
	return string(b), err == nil
}

// getConfiguration is GetFunctionConfiguration.
func (c *call) getConfiguration() {
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return
	}
	f, err := c.s.describe(c.r.Context(), name)
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(200, configuration(f, name.Qualifier))
}

// getFunction is GetFunction. The code's location is where it is on this machine.
func (c *call) getFunction() {
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return
	}
	f, err := c.s.describe(c.r.Context(), name)
	if err != nil {
		c.refuseWith(err)
		return
	}
	type code struct {
		RepositoryType string `json:"RepositoryType,omitempty"`
		Location       string `json:"Location,omitempty"`
	}
	body := struct {
		Configuration functionConfiguration `json:"Configuration"`
		Code          code                  `json:"Code"`
		Concurrency   *concurrency          `json:"Concurrency,omitempty"`
	}{Configuration: configuration(f, name.Qualifier)}
	if f.CodePath != "" {
		body.Code = code{"local", (&url.URL{Scheme: "file", Path: f.CodePath}).String()}
	}
	if f.ReservedConcurrency != nil {
		body.Concurrency = &concurrency{f.ReservedConcurrency}
	}
	c.answer(200, body)
}

// listVersions is ListVersionsByFunction: $LATEST, then the versions.
func (c *call) listVersions() {
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return
	}
	p, failure := c.page(versionsPage)
	if failure != nil {
		c.refuse(failure)
		return
	}
	list, err := c.versionsOf(invoke.Function{Name: name.Function}, true)
	if err != nil {
		c.refuseWith(err)
		return
	}
	body := struct {
		NextMarker *string                 `json:"NextMarker"`
		Versions   []functionConfiguration `json:"Versions"`
	}{}
	body.Versions, body.NextMarker = paged(p, list, func(f functionConfiguration) string { return f.Version })
	c.answer(200, body)
}

// publishVersion is PublishVersion.
func (c *call) publishVersion() {
	var in struct{ CodeSha256, Description, RevisionID string }
	name, publisher, ok := c.change(&in)
	if !ok {
		return
	}
	latest, err := c.s.describe(c.r.Context(), invoke.Name{Function: name.Function})
	if err != nil {
		c.refuseWith(err)
		return
	}
	if in.RevisionID != "" && in.RevisionID != configuration(latest, "").RevisionID {
		c.refuse(otherRevision("GetFunction"))
		return
	}
	if in.CodeSha256 != "" && latest.CodeSHA256 != "" && in.CodeSha256 != latest.CodeSHA256 {
		c.refuse(invoke.NewFailure("InvalidParameterValueException", "CodeSHA256 ("+in.CodeSha256+") is different from current CodeSHA256 in $LATEST ("+
			latest.CodeSHA256+"). Please try again with the CodeSHA256 in $LATEST."))
		return
	}
	q, err := publisher.PublishVersion(c.r.Context(), name.Function, in.Description)
	if err != nil {
		c.refuseWith(err)
		return
	}
	f, err := c.s.describe(c.r.Context(), invoke.Name{Function: name.Function, Qualifier: q.Name})
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(201, configuration(f, q.Name))
}

// otherRevision refuses a change of something that has changed meanwhile.
func otherRevision(operation string) *invoke.Failure {
	return invoke.NewFailure("PreconditionFailedException",
		"The Revision Id provided does not match the latest Revision Id. Call the "+operation+" API to retrieve the latest Revision Id")
}

// change begins an operation that changes versions or aliases: it reads the body, finds
// the function's name and what can change it. When it says false, the request has been answered.
func (c *call) change(in any) (invoke.Name, invoke.Publisher, bool) {
	if !c.read(in) {
		return invoke.Name{}, nil, false
	}
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return name, nil, false
	}
	publisher, ok := invoke.As[invoke.Publisher](c.s.o.Target)
	if !ok {
		c.unknownOperation()
	}
	return name, publisher, ok
}

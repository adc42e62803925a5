package wire

import (
	"context"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"lambent/invoke"
)

// Pages of the service: it gives at most so many items, whatever MaxItems says.
const (
	functionsPage = 50
	versionsPage  = 50
	aliasesPage   = 50
)

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
	var list []version
	for _, fn := range functions {
		if all == "" {
			list = append(list, version{fn: fn})
			continue
		}
		versions, err := c.versionsOf(fn)
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
	list, body.NextMarker = paged(p, list, func(v version) string { return v.fn.Name + ":" + firstOf(v.qualifier, invoke.Latest) })
	var err error
	if body.Functions, err = c.describeAll(list); err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(200, body)
}

// A version is one item of a list: a function's $LATEST, with an unqualified ARN, or what
// a qualifier names.
type version struct {
	fn        invoke.Function
	qualifier string
}

// versionsOf are a function's $LATEST and its versions; their ARNs are qualified.
func (c *call) versionsOf(fn invoke.Function) ([]version, error) {
	qualifiers, err := c.s.o.Target.Qualifiers(c.r.Context(), fn.Name)
	if err != nil {
		return nil, err
	}
	var list []version
	for _, q := range qualifiers {
		if q.Kind != invoke.KindAlias {
			list = append(list, version{fn, q.Name})
		}
	}
	return list, nil
}

// describeAll finds out what the items of one page are: only those are looked at, as to
// sum the code of a function takes long.
func (c *call) describeAll(list []version) ([]functionConfiguration, error) {
	_, near := invoke.As[invoke.Configurer](c.s.o.Target)
	described := []functionConfiguration{}
	for _, v := range list {
		if v.qualifier == "" && !near { // to ask far away for each of many would take long
			described = append(described, configuration(invoke.Configuration{Function: v.fn}, ""))
			continue
		}
		f, err := c.s.describe(c.r.Context(), invoke.Name{Function: v.fn.Name, Qualifier: v.qualifier})
		if err != nil {
			return nil, err
		}
		described = append(described, configuration(f, v.qualifier))
	}
	return described, nil
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
	list, err := c.versionsOf(invoke.Function{Name: name.Function})
	if err != nil {
		c.refuseWith(err)
		return
	}
	body := struct {
		NextMarker *string                 `json:"NextMarker"`
		Versions   []functionConfiguration `json:"Versions"`
	}{}
	list, body.NextMarker = paged(p, list, func(v version) string { return v.qualifier })
	if body.Versions, err = c.describeAll(list); err != nil {
		c.refuseWith(err)
		return
	}
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

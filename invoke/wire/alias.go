package wire

import (
	"net/http"

	"lambent/invoke"
)

// An aliasConfiguration is the AliasConfiguration of the API.
type aliasConfiguration struct {
	AliasArn        string         `json:"AliasArn"`
	Name            string         `json:"Name"`
	FunctionVersion string         `json:"FunctionVersion"`
	Description     string         `json:"Description"`
	RoutingConfig   *routingConfig `json:"RoutingConfig,omitempty"`
	RevisionID      string         `json:"RevisionId"`
}

type routingConfig struct {
	AdditionalVersionWeights map[string]float64 `json:"AdditionalVersionWeights"`
}

func (c *call) alias(name invoke.Name, q invoke.Qualifier) aliasConfiguration {
	a := aliasConfiguration{
		AliasArn: name.ARN(c.s.o.Region, c.s.o.Account) + ":" + q.Name, Name: q.Name, FunctionVersion: q.Version, Description: q.Description,
	}
	for version, share := range q.Weights {
		if version != q.Version {
			a.RoutingConfig = &routingConfig{map[string]float64{version: share}}
		}
	}
	a.RevisionID = revision(a)
	return a
}

// aliases are the function's, in the target's order.
func (c *call) aliases(name invoke.Name) ([]invoke.Qualifier, error) {
	qualifiers, err := c.s.o.Target.Qualifiers(c.r.Context(), name.Function)
	if err != nil {
		return nil, err
	}
	var list []invoke.Qualifier
	for _, q := range qualifiers {
		if q.Kind == invoke.KindAlias {
			list = append(list, q)
		}
	}
	return list, nil
}

// aliasNamed finds an alias. The service's words for one that isn't there are those that
// emulators have copied from it.
func (c *call) aliasNamed(name invoke.Name, alias string) (invoke.Qualifier, error) {
	list, err := c.aliases(name)
	if err != nil {
		return invoke.Qualifier{}, err
	}
	for _, q := range list {
		if q.Name == alias {
			return q, nil
		}
	}
	return invoke.Qualifier{}, invoke.NewFailure("ResourceNotFoundException", "Cannot find alias arn: "+name.ARN(c.s.o.Region, c.s.o.Account)+":"+alias)
}

// listAliases is ListAliases.
func (c *call) listAliases() {
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return
	}
	p, failure := c.page(aliasesPage)
	if failure != nil {
		c.refuse(failure)
		return
	}
	aliases, err := c.aliases(name)
	if err != nil {
		c.refuseWith(err)
		return
	}
	version := c.query("FunctionVersion")
	var list []aliasConfiguration
	for _, q := range aliases {
		if version == "" || q.Version == version {
			list = append(list, c.alias(name, q))
		}
	}
	body := struct {
		NextMarker *string              `json:"NextMarker"`
		Aliases    []aliasConfiguration `json:"Aliases"`
	}{}
	body.Aliases, body.NextMarker = paged(p, list, func(a aliasConfiguration) string { return a.Name })
	c.answer(http.StatusOK, body)
}

// getAlias is GetAlias.
func (c *call) getAlias() {
	name, failure := c.target()
	if failure != nil {
		c.refuse(failure)
		return
	}
	q, err := c.aliasNamed(name, c.name)
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusOK, c.alias(name, q))
}

// createAlias is CreateAlias.
func (c *call) createAlias() {
	var in struct {
		Name, FunctionVersion *string
		Description           string
		RoutingConfig         *routingConfig
	}
	name, publisher, ok := c.change(&in)
	if !ok {
		return
	}
	if failure := given(member{"name", in.Name != nil}, member{"functionVersion", in.FunctionVersion != nil}); failure != nil {
		c.refuse(failure)
		return
	}
	if existing, err := c.aliasNamed(name, *in.Name); err == nil {
		c.refuse(invoke.NewFailure("ResourceConflictException", "Alias already exists: "+c.alias(name, existing).AliasArn))
		return
	}
	q, err := publisher.PutAlias(c.r.Context(), name.Function, *in.Name, *in.FunctionVersion, in.Description, in.RoutingConfig.weights())
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusCreated, c.alias(name, q))
}

func (r *routingConfig) weights() map[string]float64 {
	if r == nil {
		return nil
	}
	return r.AdditionalVersionWeights
}

// updateAlias is UpdateAlias: members that aren't given stay as they are.
func (c *call) updateAlias() {
	var in struct {
		FunctionVersion, Description *string
		RoutingConfig                *routingConfig
		RevisionID                   string
	}
	name, publisher, ok := c.change(&in)
	if !ok {
		return
	}
	q, err := c.aliasNamed(name, c.name)
	if err != nil {
		c.refuseWith(err)
		return
	}
	now := c.alias(name, q)
	if in.RevisionID != "" && in.RevisionID != now.RevisionID {
		c.refuse(otherRevision("GetAlias"))
		return
	}
	if in.FunctionVersion != nil {
		now.FunctionVersion = *in.FunctionVersion
	}
	if in.Description != nil {
		now.Description = *in.Description
	}
	if in.RoutingConfig != nil {
		now.RoutingConfig = in.RoutingConfig
	}
	q, err = publisher.PutAlias(c.r.Context(), name.Function, c.name, now.FunctionVersion, now.Description, now.RoutingConfig.weights())
	if err != nil {
		c.refuseWith(err)
		return
	}
	c.answer(http.StatusOK, c.alias(name, q))
}

// deleteAlias is DeleteAlias. One that isn't there is deleted already, which is what the
// service answers too; an unknown function is refused.
func (c *call) deleteAlias() {
	name, publisher, ok := c.change(new(struct{}))
	if !ok {
		return
	}
	aliases, err := c.aliases(name)
	if err != nil {
		c.refuseWith(err)
		return
	}
	for _, q := range aliases {
		if q.Name != c.name {
			continue
		}
		if err := publisher.DeleteAlias(c.r.Context(), name.Function, c.name); err != nil {
			c.refuseWith(err)
			return
		}
	}
	c.nothing()
}

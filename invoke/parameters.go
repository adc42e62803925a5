package invoke

// A Parameter is one of the parameters that a call can do without, as a request
// carries it.
type Parameter struct {
	Member string // its name in JSON
	Label  string // its name for people
	Value  []byte // text, or what is meant to be JSON: a record may hold anything
	JSON   bool   // which of them
}

// Parameters are the parameters of the request besides function, qualifier, type, log
// type and payload, in a fixed order; empty ones are left out. A client context is
// decoded; one that can't be, which is how it was sent all the same, is given as it is.
func (r Request) Parameters() []Parameter {
	var list []Parameter
	add := func(member, label string, value []byte, isJSON bool) {
		if len(value) > 0 {
			list = append(list, Parameter{member, label, value, isJSON})
		}
	}
	context, bad := ClientContextJSON(r.ClientContext)
	if bad != nil {
		context = []byte(r.ClientContext)
	}
	add("clientContext", "Client context", context, bad == nil)
	add("tenantId", "Tenant id", []byte(r.TenantID), false)
	add("cognitoIdentity", "Cognito identity", []byte(r.CognitoIdentity), true)
	add("durableExecutionName", "Durable execution", []byte(r.DurableName), false)
	return list
}

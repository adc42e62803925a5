package invoke

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParameters(t *testing.T) {
	r := Request{Function: "orders", Payload: []byte(`{}`), Type: Event, LogType: LogTail}
	if got := r.Parameters(); got != nil {
		t.Errorf("a plain request has %v", got)
	}
	r.ClientContext = base64.StdEncoding.EncodeToString([]byte(`{"custom":{"n":12345678901234567890}}`))
	r.TenantID, r.CognitoIdentity, r.DurableName = "blue", `{"cognitoIdentityId":"i"}`, "once"
	want := []Parameter{
		{"clientContext", "Client context", []byte(`{"custom":{"n":12345678901234567890}}`), true},
		{"tenantId", "Tenant id", []byte("blue"), false},
		{"cognitoIdentity", "Cognito identity", []byte(`{"cognitoIdentityId":"i"}`), true},
		{"durableExecutionName", "Durable execution", []byte("once"), false},
	}
	if diff := cmp.Diff(want, r.Parameters()); diff != "" {
		t.Error(diff)
	}
	r = Request{ClientContext: "no base64 \x1b"}
	if diff := cmp.Diff([]Parameter{{"clientContext", "Client context", []byte("no base64 \x1b"), false}}, r.Parameters()); diff != "" {
		t.Error(diff)
	}
}

package invoke

import (
	"strings"
	"testing"
)

func TestReadCognitoIdentity(t *testing.T) {
	const whole = `{"cognitoIdentityId":"us-east-1:a","cognitoIdentityPoolId":"us-east-1:b"}`
	for given, want := range map[string]string{
		"": "", whole: whole, "id=us-east-1:a,pool=us-east-1:b": whole, " pool=us-east-1:b , id=us-east-1:a ": whole,
		`{ "cognitoIdentityPoolId" : "p", "cognitoIdentityId":"ü" }`: `{ "cognitoIdentityPoolId" : "p", "cognitoIdentityId":"ü" }`,
	} {
		if got, err := ReadCognitoIdentity(given); got != want || err != nil {
			t.Errorf("%s: %s, %v", given, got, err)
		}
	}
	for _, bad := range []string{
		"id=a", "a", "id=a,pool=b,user=c", "{}", `{"cognitoIdentityId":"a"}`, `{"cognitoIdentityId":"a","cognitoIdentityPoolId":1}`,
		`{"cognitoIdentityId":"a","cognitoIdentityPoolId":"b","x":1}`, whole + "x", `{"cognitoIdentityId":"` + strings.Repeat("a", 5000) + `","cognitoIdentityPoolId":"b"}`,
	} {
		if got, err := ReadCognitoIdentity(bad); err == nil {
			t.Errorf("%.100s was taken for %.100s", bad, got)
		}
	}
}

func TestAnIdentityThatNoRuntimeCouldReadIsRefused(t *testing.T) {
	f := Validate(Request{Function: "f", CognitoIdentity: `{"cognitoIdentityId":"a"}`})
	if f == nil || f.Kind != ClientFailure || f.Name != InvalidUsage || f.Ran != RanNo {
		t.Errorf("refused with %+v", f)
	}
}

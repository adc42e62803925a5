package invoke

import (
	"encoding/json"
	"errors"
	"strings"

	"lambent/invoke/jsondoc"
)

// maxCognitoIdentity bounds the JSON of an identity: it goes through a header, and real
// ones have about 130 bytes.
const maxCognitoIdentity = 4096

// The members of a Cognito identity as runtimes receive it (spec §2.1).
const (
	cognitoID   = "cognitoIdentityId"
	cognitoPool = "cognitoIdentityPoolId"
)

var errCognitoIdentity = errors.New(`a Cognito identity is {"` + cognitoID + `": "…", "` + cognitoPool + `": "…"} or id=…,pool=…`)

// ReadCognitoIdentity reads what a person gives for Request.CognitoIdentity: the JSON
// object that runtimes receive, which is kept as it is, or id=ID,pool=POOL.
func ReadCognitoIdentity(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "{") {
		return text, checkCognitoIdentity(text)
	}
	var identity struct {
		ID   string `json:"cognitoIdentityId"`
		Pool string `json:"cognitoIdentityPoolId"`
	}
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch strings.TrimSpace(name) {
		case "id":
			identity.ID = strings.TrimSpace(value)
		case "pool":
			identity.Pool = strings.TrimSpace(value)
		default:
			return "", errCognitoIdentity
		}
	}
	b, err := json.Marshal(identity)
	if err != nil {
		return "", err
	}
	return string(b), checkCognitoIdentity(string(b))
}

// checkCognitoIdentity says whether a runtime could read the identity; "" is none.
func checkCognitoIdentity(text string) error {
	if text == "" {
		return nil
	}
	var members map[string]any
	if len(text) > maxCognitoIdentity || !jsondoc.Valid([]byte(text)) || json.Unmarshal([]byte(text), &members) != nil {
		return errCognitoIdentity
	}
	id, ok := members[cognitoID].(string)
	pool, ok2 := members[cognitoPool].(string)
	if !ok || !ok2 || len(members) != 2 || id == "" || pool == "" {
		return errCognitoIdentity
	}
	return nil
}

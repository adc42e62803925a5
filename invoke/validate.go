package invoke

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf16"

	"lambent/invoke/jsondoc"
)

// A violation is one member of a request that breaks one constraint, in the words of
// the service (spec §1.7).
type violation string

func mustMatch(member, value, pattern string) violation {
	return violated(member, value, "Member must satisfy regular expression pattern: "+pattern)
}

// mustFit checks a length of 1 to limit characters, counted as the service counts
// them (inference: UTF-16 units, as its language does).
func mustFit(member, value string, limit int) []violation {
	switch n := utf16Len(value); {
	case n > limit:
		return []violation{violated(member, value, fmt.Sprintf("Member must have length less than or equal to %d", limit))}
	case n == 0:
		return []violation{violated(member, value, "Member must have length greater than or equal to 1")}
	}
	return nil
}

// maxShownValue is how much of a value is repeated, in bytes: more than any member may have.
const maxShownValue = 4 << 10

func violated(member, value, constraint string) violation {
	value = clip(value, maxShownValue)
	return violation(fmt.Sprintf("Value '%s' at '%s' failed to satisfy constraint: %s", value, member, constraint))
}

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// validationFailure puts all violations into the one exception that the service answers.
func validationFailure(broken []violation) *Failure {
	var b strings.Builder
	if len(broken) == 1 {
		b.WriteString("1 validation error detected: ")
	} else {
		fmt.Fprintf(&b, "%d validation errors detected: ", len(broken))
	}
	for i, v := range broken {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(string(v))
	}
	return NewFailure(validation, b.String())
}

// Validate checks everything about a request that needs no function: the payload's size,
// the members' constraints (all that fail in one ValidationException), that a
// qualifier given twice is the same, and the client context. It leaves the payload's JSON to
// CheckPayload, as the service finds the function first (spec §1.4, inference).
func Validate(req Request) *Failure {
	if f := checkSize(len(req.Payload), req.Type); f != nil {
		return f
	}
	name, broken := parseName(req.Function)
	if req.Qualifier != "" {
		if !qualifierRE().MatchString(req.Qualifier) {
			broken = append(broken, mustMatch("qualifier", req.Qualifier, qualifierPattern))
		}
		broken = append(broken, mustFit("qualifier", req.Qualifier, maxQualifier)...)
	}
	// That these two are worded like other enumerations is an inference (spec §1.7).
	switch req.Type {
	case "", RequestResponse, Event, DryRun:
	default:
		broken = append(broken, violated("invocationType", string(req.Type), "Member must satisfy enum value set: [Event, RequestResponse, DryRun]"))
	}
	switch req.LogType {
	case "", LogNone, LogTail:
	default:
		broken = append(broken, violated("logType", string(req.LogType), "Member must satisfy enum value set: [None, Tail]"))
	}
	if req.TenantID != "" {
		if !tenantRE().MatchString(req.TenantID) {
			broken = append(broken, mustMatch("tenantId", req.TenantID, tenantPattern))
		}
		broken = append(broken, mustFit("tenantId", req.TenantID, maxTenantID)...)
	}
	if req.DurableName != "" {
		if !durableRE().MatchString(req.DurableName) {
			broken = append(broken, mustMatch("durableExecutionName", req.DurableName, durablePattern))
		}
		broken = append(broken, mustFit("durableExecutionName", req.DurableName, maxDurableName)...)
	}
	if len(broken) > 0 {
		return validationFailure(broken)
	}
	if name.Qualifier != "" && req.Qualifier != "" && name.Qualifier != req.Qualifier {
		return NewFailure(badParameter, "The derived qualifier from the function name does not match the specified qualifier.")
	}
	if err := checkCognitoIdentity(req.CognitoIdentity); err != nil {
		return ClientFailureOf(InvalidUsage, err.Error(), "", "", RanNo, err)
	}
	if req.ClientContext == "" {
		return nil
	}
	_, f := ClientContextJSON(req.ClientContext)
	return f
}

// Name returns the function that the request names, with the qualifier that was given
// in either place; Qualifier is "" when none was.
func (r Request) Name() (Name, *Failure) {
	n, f := ParseName(r.Function)
	if f == nil && n.Qualifier == "" {
		n.Qualifier = r.Qualifier
	}
	return n, f
}

// Sizes in bytes (spec §1.2, §1.6). The limits themselves are accepted, which is an
// inference from the service's words.
const (
	MaxSyncPayload   = 6_291_456 // payload of RequestResponse, and of any call at the front door
	MaxSyncResponse  = 6_291_556 // buffered response
	MaxAsyncPayload  = 1_048_576 // payload of Event
	MaxClientContext = 3_583     // base64 text of the client context
)

// CheckPayload checks a payload's size for the invocation type and then that it is JSON. An
// empty payload is fine: it stands for an empty event (spec §9, inference). The
// failures carry the service's words; the place for people is in jsondoc.Check.
func CheckPayload(p []byte, t InvocationType) *Failure {
	if f := checkSize(len(p), t); f != nil {
		return f
	}
	if len(p) == 0 {
		return nil
	}
	if err := jsondoc.Check(p); err != nil {
		f := NewFailure(badContent, "Could not parse request body into json: Could not parse payload into json: "+err.Jackson)
		f.Cause = fmt.Sprintf("The payload is not JSON: line %d, column %d: %s.", err.Line, err.Column, err.Message)
		f.Remedy = "Correct the payload there, and invoke again."
		f.Err = err
		return f
	}
	return nil
}

// checkSize words the two limits as the service does; which text it uses when both
// apply is an inference (spec §1.6).
func checkSize(n int, t InvocationType) *Failure {
	var message string
	limit := MaxSyncPayload
	switch {
	case n > MaxSyncPayload:
		message = fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", MaxSyncPayload)
	case n > MaxAsyncPayload && t == Event:
		limit = MaxAsyncPayload
		message = fmt.Sprintf("%d byte payload is too large for the Event invocation type (limit %d bytes)", n, MaxAsyncPayload)
	default:
		return nil
	}
	f := NewFailure(tooLarge, message)
	f.Cause = fmt.Sprintf("The payload has %s bytes; the limit for this invocation type is %s bytes.", thousands(n), thousands(limit))
	return f
}

// thousands writes a count with commas, for people.
func thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// ClientContextJSON decodes a client context as the wire carries it: base64 of a JSON
// object, at most MaxClientContext bytes long. What it returns is what a runtime receives.
func ClientContextJSON(b64 string) ([]byte, *Failure) {
	if len(b64) > MaxClientContext {
		// The limit is documented, what the service answers is not: the words are ours.
		f := NewFailure(badContent, fmt.Sprintf("Client context must be at most %d bytes of base64-encoded data.", MaxClientContext))
		f.Cause = fmt.Sprintf("The client context has %s bytes in base64; the limit is %s.", thousands(len(b64)), thousands(MaxClientContext))
		f.Remedy = "Send less, or move the data into the payload."
		return nil, f
	}
	b, err := base64.StdEncoding.DecodeString(b64)
	if err == nil {
		if jsondoc.Scan(b).Next().Kind == jsondoc.ObjectStart && jsondoc.Valid(b) {
			return b, nil
		}
	}
	f := NewFailure(badContent, "Client context must be a valid Base64-encoded JSON object.")
	f.Type = "" // null on the wire, as recorded
	f.Cause = "The client context is not base64, or what it holds is not a JSON object."
	f.Remedy = `Give a JSON object such as {"custom": {"key": "value"}}; it is encoded for you.`
	return nil, f
}

// EncodeClientContext returns the client context for the wire: a JSON object is
// encoded, anything else must be the base64 of one already.
func EncodeClientContext(text string) (string, *Failure) {
	if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	_, f := ClientContextJSON(text)
	return text, f
}

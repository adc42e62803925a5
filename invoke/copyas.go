package invoke

import (
	"encoding/base64"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The texts of this file say an invocation in the words of other tools, for the
// clipboard. They hold the payload exactly, as the tools would send it, and nothing of
// a credential. Pasted into a terminal they can't do anything before the return key: a
// payload with control characters goes in as base64.

// maxArgument is the longest payload that is given as an argument, in bytes: Linux takes
// 128 KiB for one. A longer one goes through a pipe.
const maxArgument = 96 << 10

// ConsoleURL is the address of a function in the AWS console, at a version or alias
// where one is named; "" for targets that the console doesn't show.
func ConsoleURL(t TargetInfo, function, qualifier string) string {
	name, failure := ParseName(function)
	if failure != nil || t.Kind != AWS || t.Endpoint != "" {
		return ""
	}
	region := t.Region
	if name.Region != "" {
		region = name.Region
	}
	host := region + ".console.aws.amazon.com"
	switch partitionOf(region) {
	case "aws":
	case "aws-cn":
		host = region + ".console.amazonaws.cn"
	case "aws-us-gov":
		host = region + ".console.amazonaws-us-gov.com"
	default:
		return "" // where the consoles of other partitions are is not public
	}
	if qualifier == "" {
		qualifier = name.Qualifier
	}
	path := "/functions/" + url.PathEscape(name.Function)
	switch {
	case qualifier == "" || qualifier == Latest:
	case strings.Trim(qualifier, "0123456789") == "":
		path += "/versions/" + qualifier
	default:
		path += "/aliases/" + url.PathEscape(qualifier)
	}
	return "https://" + host + "/lambda/home?region=" + region + "#" + path
}

// A shellLine is a command for a POSIX shell.
type shellLine struct{ words []string }

func (l *shellLine) add(words ...string) {
	for _, w := range words {
		l.words = append(l.words, shellWord(w))
	}
}

// flag adds a flag with its value, if it has one.
func (l *shellLine) flag(name, value string) {
	if value != "" {
		l.add(name, value)
	}
}

func (l *shellLine) String() string { return strings.Join(l.words, " ") }

// shellWord quotes a word where a shell would change it.
func shellWord(w string) string {
	plain := func(r rune) bool {
		return !(r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./:=@,+%", r)))
	}
	if w != "" && strings.IndexFunc(w, plain) < 0 && w[0] != '=' {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}

// isText reports whether a payload can stand in a text and come out of a shell as it was.
func isText(payload []byte) bool {
	return utf8.Valid(payload) && strings.IndexFunc(string(payload), func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
	}) < 0
}

// piped is the beginning of a line that pipes the payload into the rest. printf is a
// builtin of every shell, so that no limit of arguments applies.
func piped(payload []byte) string {
	if isText(payload) {
		return "printf %s " + shellWord(string(payload)) + " | "
	}
	return "printf %s " + base64.StdEncoding.EncodeToString(payload) + " | base64 -d | "
}

// isArgument reports whether a payload can be an argument.
func isArgument(payload []byte) bool { return isText(payload) && len(payload) <= maxArgument }

// asAWS is the target of texts for the tools of AWS. For one on this machine that is where it
// is served, and takes no signature: they would ask AWS else.
func (l *shellLine) asAWS(t TargetInfo) {
	if t.Kind == AWS {
		l.flag("--profile", t.Profile)
	}
	l.flag("--region", t.Region)
	l.flag("--endpoint-url", t.Endpoint)
	if t.Kind != AWS {
		l.add("--no-sign-request")
	}
}

// CopyAsAWSCLI is the invocation as a command of the AWS CLI. The response goes to
// standard output, the rest of the answer after it. The AWS CLI has no command that streams,
// so that the response comes whole. The payload comes through a pipe: as an argument versions
// 1 and 2 take it in different ways. The endpoint of a target on this machine is where it is
// served.
func CopyAsAWSCLI(t TargetInfo, req Request) string {
	l := new(shellLine)
	l.add("aws", "lambda", "invoke")
	l.asAWS(t)
	l.add("--function-name", req.Function)
	l.flag("--qualifier", req.Qualifier)
	l.flag("--invocation-type", string(req.Type))
	l.flag("--log-type", string(req.LogType))
	l.flag("--client-context", req.ClientContext)
	l.flag("--tenant-id", req.TenantID)
	l.flag("--durable-execution-name", req.DurableName)
	before := ""
	if len(req.Payload) > 0 {
		before = piped(req.Payload)
		l.add("--payload", "fileb:///dev/stdin")
	}
	l.add("/dev/stdout")
	return before + l.String()
}

// CopyAsLambent is the invocation as a command of lambent.
func CopyAsLambent(t TargetInfo, req Request) string {
	l := new(shellLine)
	l.add("lambent", "invoke", req.Function)
	if t.Kind == AWS {
		l.add("--target", "aws")
		l.asAWS(t)
	} else if t.Project != "" && t.Project != "sample" {
		l.flag("--project", t.Project)
	}
	l.flag("--qualifier", req.Qualifier)
	l.flag("--invocation-type", string(req.Type))
	l.flag("--log-type", string(req.LogType))
	l.flag("--client-context", req.ClientContext)
	l.flag("--tenant-id", req.TenantID)
	l.flag("--durable-execution-name", req.DurableName)
	l.flag("--cognito-identity", req.CognitoIdentity)
	if req.Cold {
		l.add("--cold")
	}
	if req.Stream {
		l.add("--stream")
	}
	switch payload := string(req.Payload); {
	case payload == "":
	case isArgument(req.Payload) && payload != "-" && payload[0] != '@' && !strings.HasPrefix(payload, "file://") && !strings.HasPrefix(payload, "fileb://"):
		l.add("--payload", payload)
	default:
		l.add("--payload", "-")
		return piped(req.Payload) + l.String()
	}
	return l.String()
}

// CopyAsCurl is the invocation as a command of curl. On AWS curl signs it with the keys
// that the environment has when it runs; the headers of a signature are never in the
// text. A streamed response comes in the frames of an event stream, which curl shows as
// they are. The endpoint of a target on this machine is where it is served.
func CopyAsCurl(t TargetInfo, req Request) string {
	l := new(shellLine)
	l.add("curl", "-i")
	base := t.Endpoint
	if t.Kind == AWS && base == "" {
		suffix := "amazonaws.com"
		if partitionOf(t.Region) == "aws-cn" {
			suffix = "amazonaws.com.cn"
		}
		base = "https://lambda." + t.Region + "." + suffix
	}
	keys := ""
	if t.Kind == AWS {
		l.add("--aws-sigv4", "aws:amz:"+t.Region+":lambda")
		keys = ` --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN"`
	}
	header := func(name, value string) {
		if value != "" {
			l.add("-H", name+": "+value)
		}
	}
	header("X-Amz-Invocation-Type", string(req.Type))
	header("X-Amz-Log-Type", string(req.LogType))
	header("X-Amz-Client-Context", req.ClientContext)
	header("X-Amz-Tenant-Id", req.TenantID)
	header("X-Amz-Durable-Execution-Name", req.DurableName)
	header("X-Amzn-Trace-Id", req.TraceID)
	header("Content-Type", "application/octet-stream")
	operation := "/2015-03-31/functions/" + url.QueryEscape(req.Function) + "/invocations"
	if req.Stream {
		l.add("-N")
		operation = "/2021-11-15/functions/" + url.QueryEscape(req.Function) + "/response-streaming-invocations"
	}
	path := strings.TrimSuffix(base, "/") + operation
	if req.Qualifier != "" {
		path += "?Qualifier=" + url.QueryEscape(req.Qualifier)
	}
	before := ""
	switch payload := string(req.Payload); {
	case payload == "":
		l.add("-X", "POST")
	case isArgument(req.Payload) && payload[0] != '@':
		l.add("--data-binary", payload)
	default:
		before = piped(req.Payload)
		l.add("--data-binary", "@-")
	}
	l.add(path)
	line := l.String()
	return before + "curl" + keys + strings.TrimPrefix(line, "curl")
}

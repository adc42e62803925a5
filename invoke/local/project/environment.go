package project

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"lambent/invoke"
)

// maxEnvironment is the limit of all environment variables together, in bytes
// (spec §1.2). What is measured is their JSON object: the service's refusal says
// "String measured" and shows one. That much is inference.
const maxEnvironment = 4096

// variableName is what Lambda takes as the name of an environment variable (spec §1.2).
var variableName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]+$`) })

// reserved are the names that a configuration may not set (spec §3.1).
var reserved = []string{
	"_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
	"AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
	"AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
	"AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
	"AWS_LAMBDA_MAX_CONCURRENCY", "AWS_LAMBDA_METADATA_API", "AWS_LAMBDA_METADATA_TOKEN",
}

// loaders are names that decide which code the process loads. Lambda takes them,
// so they are honoured; a person should know before the first run of a template
// that somebody else wrote.
var loaders = []string{
	"LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "PATH", "NODE_OPTIONS", "NODE_PATH", "PYTHONPATH", "PYTHONHOME",
	"PYTHONSTARTUP", "BASH_ENV", "ENV", "RUBYOPT", "RUBYLIB", "GEM_PATH", "JAVA_TOOL_OPTIONS", "AWS_LAMBDA_EXEC_WRAPPER",
}

func (b *builder) environment() {
	variables := b.section(b.section(b.properties, "Environment"), "Variables")
	if variables == nil {
		return
	}
	var refused, loading []string
	measured := 2 // the braces of the object
	for _, p := range variables.pairs {
		switch {
		case slices.Contains(reserved, p.key):
			refused = append(refused, p.key)
			continue
		case !variableName().MatchString(p.key):
			b.broken(p.line, "the environment variable %s must be a letter followed by letters, digits or _", shown(p.key))
			continue
		case slices.Contains(loaders, p.key):
			loading = append(loading, p.key)
		}
		v := b.variable(p)
		if measured += jsonLength(v.Name) + jsonLength(v.Value) + 2; measured > maxEnvironment+1 {
			// Enough is known: the rest could only fill memory.
			b.broken(variables.line, "the environment variables are larger than 4 KB (4,096 bytes) together, the limit of Lambda")
			break
		}
		b.f.Environment = append(b.f.Environment, v)
	}
	if len(refused) > 0 {
		b.broken(variables.line, "Lambda reserves the environment variables %s: take them out", strings.Join(refused, ", "))
	}
	if len(loading) > 0 {
		b.problem(variables.line, "the template sets %s, which decide what code its process loads", strings.Join(loading, ", "))
	}
}

// jsonLength is the length of a text as JSON.
func jsonLength(s string) int {
	quoted, err := json.Marshal(s)
	if err != nil {
		return len(s) + 2
	}
	return len(quoted)
}

// variable resolves one variable. Numbers keep the spelling of the file and
// booleans are true or false. That CloudFormation turns them into text in just
// this way is inference; quoting them leaves no doubt.
func (b *builder) variable(p pair) invoke.Variable {
	v, reason := b.resolve(p.value)
	switch {
	case reason != "":
	case v == noValue:
		reason = "it is AWS::NoValue"
	case !v.isText():
		reason = "it is " + v.what() + ", not text"
	case strings.ContainsRune(v.text, 0):
		reason = "it holds a NUL character"
	case v.typ == boolScalar:
		return invoke.Variable{Name: p.key, Value: strings.ToLower(v.text)}
	default:
		return invoke.Variable{Name: p.key, Value: v.text}
	}
	b.problem(p.line, "%s has no value here: %s", p.key, reason)
	return invoke.Variable{Name: p.key, Unresolved: reason}
}

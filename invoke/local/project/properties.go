package project

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The limits of a function's configuration (spec §1.2) and Lambda's defaults.
const (
	minMemory, maxMemory, defaultMemory    = 128, 10240, 128
	minTimeout, maxTimeout, defaultTimeout = 1, 900, 3
	minStorage, maxStorage, defaultStorage = 512, 10240, 512
	maxRetries                             = 2
	minEventAge, maxEventAge               = 60, 21600
	maxHandler                             = 128
	maxLayers                              = 5
)

// whole is a property that is a whole number from least to most; nil when it is
// absent. A number outside breaks the function, as Lambda refuses to create it;
// one that can't be worked out here is a problem.
func (b *builder) whole(of *node, key string, least, most int, unit string) *int {
	text, line, known := b.textOf(of, key)
	if !known || text == "" {
		return nil
	}
	limits := strconv.Itoa(least) + " to " + strconv.Itoa(most)
	if unit != "" {
		limits += " " + unit
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || f != math.Trunc(f) || f < float64(least) || f > float64(most) {
		b.broken(line, "%s is %s; Lambda takes %s", key, plain(text), limits)
		return nil
	}
	n := int(f)
	return &n
}

func or(n *int, fallback int) int {
	if n == nil {
		return fallback
	}
	return *n
}

func (b *builder) sizes() {
	b.f.Description, _, _ = b.textOf(b.properties, "Description")
	b.f.MemorySizeMB = or(b.whole(b.properties, "MemorySize", minMemory, maxMemory, "MB"), defaultMemory)
	b.f.Timeout = time.Duration(or(b.whole(b.properties, "Timeout", minTimeout, maxTimeout, "seconds"), defaultTimeout)) * time.Second
	storage := b.section(b.properties, "EphemeralStorage")
	b.f.EphemeralStorageMB = or(b.whole(storage, "Size", minStorage, maxStorage, "MB"), defaultStorage)
	b.f.ReservedConcurrency = b.whole(b.properties, "ReservedConcurrentExecutions", 0, math.MaxInt32, "")
	if name := b.alias("AutoPublishAlias"); name != "" {
		b.f.Aliases = []Alias{{Name: name}}
	}
	if loop, _, _ := b.textOf(b.properties, "RecursiveLoop"); loop == "Allow" {
		b.f.AllowsRecursion = true
	}
	b.f.Architecture = "x86_64"
	s := b.setting(b.properties, "Architectures")
	if s.value != nil && s.value.kind == listNode && len(s.value.items) == 1 {
		if name, reason := b.text(s.value.items[0]); reason == "" {
			b.f.Architecture = name
		}
	}
	if b.f.Architecture != "x86_64" && b.f.Architecture != "arm64" {
		b.broken(s.line, "the architecture %s is not one of Lambda's: x86_64 and arm64", shown(b.f.Architecture))
	}
}

// aliasName is what Lambda takes as the name of an alias, all digits excepted (spec §1.2).
var aliasName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`) })

func (b *builder) alias(key string) string {
	name, line, _ := b.textOf(b.properties, key)
	if name == "" {
		return ""
	}
	if !aliasName().MatchString(name) || strings.Trim(name, "0123456789") == "" {
		b.broken(line, "%s %s must be 1 to 128 letters, digits, - or _, and not only digits", key, shown(name))
		return ""
	}
	return name
}

// runtimeName is the shape of the names of Lambda's runtimes. Which of them run
// on this machine is found out when one is started.
var runtimeName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(provided|provided\.al2|provided\.al2023|python[23]\.\d{1,2}|nodejs|nodejs\d{1,2}\.\d{1,2}|nodejs\d{1,2}\.x|ruby\d\.\d{1,2}|java\d{1,2}|java8\.al2|dotnet\d{1,2}|dotnetcore\d\.\d|go1\.x)$`)
})

func (b *builder) runtime() {
	if b.f.PackageType == "Image" {
		return
	}
	name, line, known := b.textOf(b.properties, "Runtime")
	switch {
	case !known:
		b.broken(line, "its Runtime can't be worked out here")
	case name == "":
		b.broken(b.f.Line, "it has no Runtime")
	case !runtimeName().MatchString(name):
		b.broken(line, "the runtime %s is not one of Lambda's: python3.x, nodejsN.x, provided.al2023, provided.al2, rubyN.x, javaN and dotnetN", shown(name))
	}
	b.f.Runtime = name
	handler, line, known := b.textOf(b.properties, "Handler")
	switch {
	case !known:
		b.broken(line, "its Handler can't be worked out here")
	case handler == "" && strings.HasPrefix(name, "provided"):
		b.problem(b.f.Line, "it has no Handler, which Lambda wants although %s leaves it to the bootstrap", name)
	case handler == "":
		b.broken(b.f.Line, "it has no Handler")
	case len(handler) > maxHandler || strings.ContainsAny(handler, " \t\r\n\v\f") || strings.ContainsRune(handler, 0):
		b.broken(line, "the handler %s must be 1 to 128 characters without white space", shown(handler))
	}
	b.f.Handler = handler
}

func (b *builder) logging() {
	b.f.LogFormat = "Text"
	config := b.section(b.properties, "LoggingConfig")
	if config == nil {
		return
	}
	switch format, line, _ := b.textOf(config, "LogFormat"); strings.ToLower(format) {
	case "", "text":
	case "json":
		b.f.LogFormat = "JSON"
	default:
		b.broken(line, "LogFormat %s must be Text or JSON", shown(format))
	}
	level := func(key string, allowed ...string) string {
		text, line, _ := b.textOf(config, key)
		text = strings.ToUpper(text)
		for _, a := range append(allowed, "") {
			if text == a {
				return text
			}
		}
		b.broken(line, "%s %s must be one of %s", key, shown(text), strings.Join(allowed, ", "))
		return ""
	}
	b.f.ApplicationLogLevel = level("ApplicationLogLevel", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
	b.f.SystemLogLevel = level("SystemLogLevel", "DEBUG", "INFO", "WARN")
	if b.f.LogFormat != "JSON" && b.f.ApplicationLogLevel+b.f.SystemLogLevel != "" {
		b.problem(b.f.Line, "it has log levels, which only LogFormat JSON has")
	}
	b.f.LogGroup, _, _ = b.textOf(config, "LogGroup")
}

// onlyThere are the properties that change how an invocation behaves and have no
// effect on this machine, each with what is different here.
var onlyThere = []struct{ key, text string }{
	{"VpcConfig", "VpcConfig has no effect here: the function uses this machine's network"},
	{"FileSystemConfigs", "the file systems of FileSystemConfigs are not mounted here"},
	{"SnapStart", "SnapStart has no effect here: every environment starts from scratch"},
	{"ProvisionedConcurrencyConfig", "ProvisionedConcurrencyConfig has no effect here: no environments are kept ready"},
	{"CapacityProviderConfig", "CapacityProviderConfig has no effect here: the function runs as an ordinary process"},
	{"TenancyConfig", "TenancyConfig has no effect here: tenants share execution environments"},
	{"RuntimeManagementConfig", "RuntimeManagementConfig has no effect here: the interpreter that this machine has runs"},
	{"DurableConfig", "DurableConfig has no effect here: nothing is checkpointed"},
}

func (b *builder) elsewhere() {
	for _, p := range onlyThere {
		if s := b.setting(b.properties, p.key); s.value != nil && !b.inert(p.key, s.value) {
			b.problem(s.line, "%s", p.text)
		}
	}
	b.functionURL(b.section(b.properties, "FunctionUrlConfig"))
	tracing := b.setting(b.properties, "Tracing")
	if b.kind == functionType {
		tracing = b.setting(b.section(b.properties, "TracingConfig"), "Mode")
	}
	if tracing.value.isText() && tracing.value.text == "Active" {
		b.problem(tracing.line, "tracing has no effect here: no X-Ray segments are recorded")
	}
}

// inert reports whether a property says no more than the default.
func (b *builder) inert(key string, value *node) bool {
	switch key {
	case "SnapStart":
		s := b.setting(value, "ApplyOn")
		return s.value.isText() && s.value.text == "None"
	case "RuntimeManagementConfig":
		s := b.setting(value, "UpdateRuntimeOn")
		return s.value.isText() && s.value.text == "Auto"
	}
	return value.kind == listNode && len(value.items) == 0
}

package wire

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"lambent/invoke"
)

// A functionConfiguration is the FunctionConfiguration of the API. Members that only a
// deployment has, such as those of a VPC, are left out.
type functionConfiguration struct {
	FunctionName     string            `json:"FunctionName"`
	FunctionArn      string            `json:"FunctionArn"`
	Runtime          string            `json:"Runtime,omitempty"`
	Role             string            `json:"Role"`
	Handler          string            `json:"Handler,omitempty"`
	CodeSize         int64             `json:"CodeSize"`
	Description      string            `json:"Description"`
	Timeout          int               `json:"Timeout"`
	MemorySize       int               `json:"MemorySize"`
	LastModified     string            `json:"LastModified"`
	CodeSha256       string            `json:"CodeSha256,omitempty"`
	Version          string            `json:"Version"`
	DeadLetterConfig *deadLetterConfig `json:"DeadLetterConfig,omitempty"`
	Environment      *environment      `json:"Environment,omitempty"`
	TracingConfig    tracingConfig     `json:"TracingConfig"`
	RevisionID       string            `json:"RevisionId"`
	Layers           []layer           `json:"Layers,omitempty"`
	State            string            `json:"State"`
	StateReason      string            `json:"StateReason,omitempty"`
	StateReasonCode  string            `json:"StateReasonCode,omitempty"`
	LastUpdateStatus string            `json:"LastUpdateStatus"`
	PackageType      string            `json:"PackageType"`
	Architectures    []string          `json:"Architectures"`
	EphemeralStorage ephemeralStorage  `json:"EphemeralStorage"`
	SnapStart        snapStart         `json:"SnapStart"`
	LoggingConfig    loggingConfig     `json:"LoggingConfig"`
}

type (
	deadLetterConfig struct {
		TargetArn string `json:"TargetArn"`
	}
	environment struct {
		Variables map[string]string `json:"Variables"`
	}
	tracingConfig struct {
		Mode string `json:"Mode"`
	}
	layer struct {
		Arn string `json:"Arn"`
	}
	ephemeralStorage struct {
		Size int `json:"Size"`
	}
	snapStart struct {
		ApplyOn            string `json:"ApplyOn"`
		OptimizationStatus string `json:"OptimizationStatus"`
	}
	loggingConfig struct {
		LogFormat           string `json:"LogFormat"`
		ApplicationLogLevel string `json:"ApplicationLogLevel,omitempty"`
		SystemLogLevel      string `json:"SystemLogLevel,omitempty"`
		LogGroup            string `json:"LogGroup"`
	}
)

// timeFormat is how the API writes LastModified.
const timeFormat = "2006-01-02T15:04:05.000-0700"

const defaultStorageMB = 512

// configuration writes what is known of a function. qualifier is what the ARN ends with;
// "" leaves it unqualified.
func configuration(f invoke.Configuration, qualifier string) functionConfiguration {
	c := functionConfiguration{
		FunctionName: f.Name, FunctionArn: f.ARN, Runtime: f.Runtime, Role: firstOf(f.Role, roleOf(f)), Handler: f.Handler,
		CodeSize: f.CodeSizeB, Description: f.Description,
		Timeout: int(f.Timeout / time.Second), MemorySize: f.MemorySizeMB,
		LastModified: f.LastModified.UTC().Format(timeFormat), CodeSha256: f.CodeSHA256,
		Version: firstOf(f.Version, invoke.Latest), TracingConfig: tracingConfig{"PassThrough"},
		State: firstOf(f.State, "Active"), StateReason: f.StateReason, LastUpdateStatus: firstOf(f.LastUpdate, "Successful"),
		PackageType: firstOf(f.PackageType, "Zip"), Architectures: []string{firstOf(f.Architecture, "x86_64")},
		EphemeralStorage: ephemeralStorage{cmp.Or(f.EphemeralStorageMB, defaultStorageMB)}, SnapStart: snapStart{"None", "Off"},
		LoggingConfig: loggingConfig{
			LogFormat: firstOf(f.LogFormat, "Text"), LogGroup: firstOf(f.LogGroup, "/aws/lambda/"+f.Name),
		},
	}
	if qualifier != "" {
		c.FunctionArn += ":" + qualifier
	}
	if c.LoggingConfig.LogFormat == "JSON" {
		c.LoggingConfig.ApplicationLogLevel = firstOf(f.ApplicationLogLevel, "INFO")
		c.LoggingConfig.SystemLogLevel = firstOf(f.SystemLogLevel, "INFO")
	}
	if f.DeadLetter != "" {
		c.DeadLetterConfig = &deadLetterConfig{f.DeadLetter}
	}
	if len(f.Environment) > 0 {
		c.Environment = &environment{map[string]string{}}
		for _, v := range f.Environment {
			if v.Unresolved == "" { // one that is unresolved isn't set either
				c.Environment.Variables[v.Name] = v.Value
			}
		}
	}
	for _, arn := range f.Layers {
		c.Layers = append(c.Layers, layer{arn})
	}
	if f.UnavailableHereBecause != "" {
		c.State, c.StateReason, c.StateReasonCode = "Failed", f.UnavailableHereBecause, "InternalError"
	}
	c.RevisionID = revision(c)
	return c
}

// roleOf stands for the execution role of a function that has none: tools expect one, and
// always the same. It has the function's name, in the account and partition of its ARN.
func roleOf(f invoke.Configuration) string {
	name, failure := invoke.ParseName(f.ARN)
	if failure != nil {
		return ""
	}
	return "arn:" + name.Partition + ":iam::" + name.Account + ":role/" + f.Name
}

// revision is a UUID that differs when what it stands for differs.
func revision(of any) string {
	b, _ := json.Marshal(of) // values of this package, which can all be written
	sum := sha256.Sum256(b)
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

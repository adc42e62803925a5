package project

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// surrounding is a template with one of everything that a value can refer to; the
// environment of F is put in place of %s.
const surrounding = `Parameters:
  Stage: {Type: String, Default: dev}
  Zones: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Size: {Type: Number, Default: 512}
  Secret: {Type: String, NoEcho: true}
  Ami: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /ami}
Mappings:
  Stages:
    dev: {Url: http://localhost, Hosts: [one, two]}
    prod: {Url: https://example.com}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Not [!Condition IsDev]
  Known: !Or [!Equals [!Ref Secret, x], !Condition IsDev]
  Unknown: !And [!Equals [!Ref Secret, x], !Condition IsDev]
  Loop: !Not [!Condition Loop]
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
      Handler: a.b
      Runtime: python3.13
      AutoPublishAlias: live
      Environment:
        Variables:
%s
  Named: {Type: AWS::Lambda::Function, Properties: {FunctionName: !Sub '${AWS::StackName}-${Stage}', Code: src, Handler: a.b, Runtime: python3.13}}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Join ['-', [!Ref Stage, jobs]]}}
  Bare: {Type: AWS::SQS::Queue}
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: news}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: files}}
  Table: {Type: AWS::Serverless::SimpleTable, Properties: {TableName: t}}
  Config: {Type: AWS::SSM::Parameter, Properties: {Name: /c, Value: !GetAtt Config.Value}}
  Setting: {Type: AWS::SSM::Parameter, Properties: {Name: /s, Value: on}}
  Role: {Type: AWS::IAM::Role, Properties: {RoleName: r}}
  Odd: {Type: AWS::EC2::VPC}
  Circle1: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref Circle2}}
  Circle2: {Type: AWS::SNS::Topic, Properties: {TopicName: !GetAtt Circle1.TopicName}}
`

// intrinsics are values of a variable, with what the function gets or why it gets nothing.
var intrinsics = []struct{ value, want, unresolved string }{
	{value: `plain`, want: "plain"},
	{value: `007`, want: "007"},
	{value: `1.10`, want: "1.10"},
	{value: `True`, want: "true"},
	{value: `no`, want: "no"},
	{value: `''`, want: ""},
	{value: `2012-10-17`, want: "2012-10-17"},
	{value: `!Ref Stage`, want: "dev"},
	{value: `{Ref: Stage}`, want: "dev"},
	{value: `!Ref Size`, want: "512"},
	{value: `!Ref AWS::Region`, want: "us-east-1"},
	{value: `!Ref AWS::AccountId`, want: "123456789012"},
	{value: `!Ref AWS::Partition`, want: "aws"},
	{value: `!Ref AWS::StackName`, want: "local"},
	{value: `!Ref AWS::URLSuffix`, want: "amazonaws.com"},
	{value: `!Sub 'arn:${AWS::Partition}:s3:::${Bucket}/${!Literal}/${Stage}'`, want: "arn:aws:s3:::files/${Literal}/dev"},
	{value: `!Sub ['${a}-${Stage}', {a: !Ref Queue}]`, want: "https://sqs.us-east-1.amazonaws.com/123456789012/dev-jobs-dev"},
	{value: `!Sub '$${Stage} ${ Stage } ${'`, want: "$dev dev ${"},
	{value: `!Join [',', [a, !Ref Stage, 3]]`, want: "a,dev,3"},
	{value: `!Join [',', !Ref Zones]`, want: "a,b,c"},
	{value: `!Select [1, !Split ['|', 'x|y|z']]`, want: "y"},
	{value: `!Select ['2', !Ref Zones]`, want: "c"},
	{value: `!If [IsDev, a, b]`, want: "a"},
	{value: `!If [IsProd, a, !Ref Stage]`, want: "dev"},
	{value: `!If [Known, a, b]`, want: "a"},
	{value: `!FindInMap [Stages, !Ref Stage, Url]`, want: "http://localhost"},
	{value: `!Select [0, !FindInMap [Stages, dev, Hosts]]`, want: "one"},
	{value: `{'Fn::FindInMap': [Stages, none, Url, {DefaultValue: x}]}`, want: "x"},
	{value: `{'Fn::Length': !Ref Zones}`, want: "3"},
	{value: "\n            Fn::Base64: !Sub '${Stage}'", want: "ZGV2"},
	{value: `!Ref F`, want: "F"},
	{value: `!GetAtt F.Arn`, want: "arn:aws:lambda:us-east-1:123456789012:function:F"},
	{value: `{'Fn::GetAtt': [Named, Arn]}`, want: "arn:aws:lambda:us-east-1:123456789012:function:local-dev"},
	{value: `{'Fn::GetAtt': Named.Arn}`, want: "arn:aws:lambda:us-east-1:123456789012:function:local-dev"},
	{value: `!Ref F.Alias`, want: "arn:aws:lambda:us-east-1:123456789012:function:F:live"},
	{value: `!GetAtt Queue.Arn`, want: "arn:aws:sqs:us-east-1:123456789012:dev-jobs"},
	{value: `!GetAtt Queue.QueueName`, want: "dev-jobs"},
	{value: `!Ref Topic`, want: "arn:aws:sns:us-east-1:123456789012:news"},
	{value: `!Ref Table`, want: "t"},
	{value: `!GetAtt Setting.Value`, want: "on"},
	{value: `!GetAtt Role.Arn`, want: "arn:aws:iam::123456789012:role/r"},
	{value: `!Equals [a, a]`, want: "true"},

	{value: `!Ref Secret`, unresolved: `the parameter "Secret" has no Default`},
	{value: `!Ref Ami`, unresolved: `read from Parameter Store`},
	{value: `!Ref Nowhere`, unresolved: `no parameter or resource "Nowhere"`},
	{value: `!Ref Bare`, unresolved: `queue "Bare" has no QueueName, so it gets a name when it is deployed`},
	{value: `!Ref Odd`, unresolved: `"Odd" (AWS::EC2::VPC) gets its value when it is deployed`},
	{value: `!Ref Circle1`, unresolved: "depends on itself"},
	{value: `!Ref AWS::NoValue`, unresolved: "AWS::NoValue"},
	{value: `!Ref AWS::StackId`, unresolved: "known when the stack is deployed"},
	{value: `!Ref F.Version`, unresolved: "gets its value when it is deployed"},
	{value: `!Ref AWS::NotificationARNs`, unresolved: "known when the stack is deployed"},
	{value: `!GetAtt Config.Value`, unresolved: "depends on itself"},
	{value: `!GetAtt Bucket.WebsiteURL`, unresolved: `"Bucket.WebsiteURL" gets its value`},
	{value: `!Sub 'x-${Secret}'`, unresolved: `"Secret" has no Default`},
	{value: `!Join [',', [a, !Ref Secret]]`, unresolved: `"Secret" has no Default`},
	{value: `!If [Unknown, a, b]`, unresolved: `"Secret" has no Default`},
	{value: `!If [Loop, a, b]`, unresolved: `"Loop" depends on itself`},
	{value: `!If [None, a, b]`, unresolved: `no condition "None"`},
	{value: `!ImportValue other-stack`, unresolved: "exported by another stack"},
	{value: `!FindInMap [Stages, none, Url]`, unresolved: `Mappings has no "Stages.none"`},
	{value: `!Select [9, !Ref Zones]`, unresolved: `asks for item "9" of 3`},
	{value: `!Split [',', 'a,b']`, unresolved: "it is a list, not text"},
	{value: `!Cidr ['10.0.0.0/8', 1]`, unresolved: "worked out by CloudFormation only"},
	{value: `!GetAZs ''`, unresolved: "known to AWS only"},
	{value: `{'Fn::Transform': {Name: x}}`, unresolved: "run in CloudFormation only"},
	{value: `!Sub [a, b, c]`, unresolved: "Fn::Sub is not written as CloudFormation wants it"},
	{value: `!Unheard x`, unresolved: `the tag "!Unheard" has no meaning`},
	{value: `'{{resolve:secretsmanager:db:SecretString:password}}'`, unresolved: "read from Secrets Manager"},
	{value: `'{{resolve:ssm:/x:1}}'`, unresolved: "read from Parameter Store"},
	{value: `!Sub '{{resolve:ssm-secure:/${Stage}}}'`, unresolved: "read from Parameter Store"},
	{value: `[a]`, unresolved: "it is a list, not text"},
	{value: `{a: b, c: d}`, unresolved: "it is a mapping, not text"},
	{value: `null`, unresolved: "it is null, not text"},
	{value: ``, unresolved: "it is null, not text"},
	{value: `"a\0b"`, unresolved: "NUL"},
}

// Every intrinsic either has a value here or says why not; never is a variable
// silently blank.
func TestIntrinsics(t *testing.T) {
	for _, tt := range intrinsics {
		t.Run(tt.value, func(t *testing.T) {
			p := load(t, fmt.Sprintf(surrounding, "          VALUE: "+tt.value))
			f := one(t, p, "F")
			if f.Broken != "" || len(f.Environment) != 1 {
				t.Fatalf("broken: %q, environment %v", f.Broken, f.Environment)
			}
			v := f.Environment[0]
			if v.Name != "VALUE" || v.Value != tt.want {
				t.Errorf("%s is %q, want %q", v.Name, v.Value, tt.want)
			}
			if !strings.Contains(v.Unresolved, tt.unresolved) || (tt.unresolved == "") != (v.Unresolved == "") {
				t.Errorf("unresolved: %q, want %q", v.Unresolved, tt.unresolved)
			}
			said := strings.Contains(strings.Join(f.Problems, "\n"), "VALUE has no value here: ")
			if said != (tt.unresolved != "") {
				t.Errorf("problems: %q", f.Problems)
			}
			if strings.Contains(strings.Join(f.Problems, ""), "password") {
				t.Errorf("the reference to a secret is repeated: %q", f.Problems)
			}
		})
	}
}

// Region and account are a person's choice and reach names, ARNs and values.
func TestSurroundings(t *testing.T) {
	dir := folderOf(t, fmt.Sprintf(surrounding, "          VALUE: !Ref Queue"), map[string]string{"src/": ""})
	p, err := LoadIn(dir, Surroundings{Region: "cn-north-1", Account: "999999999999"})
	if err != nil {
		t.Fatal(err)
	}
	f := one(t, p, "F")
	if f.ARN != "arn:aws-cn:lambda:cn-north-1:999999999999:function:F" {
		t.Errorf("the ARN is %s", f.ARN)
	}
	if got := f.Environment[0].Value; got != "https://sqs.cn-north-1.amazonaws.com.cn/999999999999/dev-jobs" {
		t.Errorf("the queue is %s", got)
	}
}

// Settings go through parameters like values do; what can't be worked out keeps
// the default and is said.
func TestSettingsThroughParameters(t *testing.T) {
	p := load(t, `Parameters:
  Runtime: {Type: String, Default: nodejs22.x}
  Memory: {Type: Number, Default: 1024}
  Wait: {Type: Number}
Conditions: {Never: !Equals [a, b]}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: !Sub 'src'
      Handler: !Join ['.', [index, handler]]
      Runtime: !Ref Runtime
      MemorySize: !Ref Memory
      Timeout: !Ref Wait
      Environment: !If [Never, {Variables: {A1: a}}, !Ref 'AWS::NoValue']
      Layers: [!If [Never, 'arn:aws:lambda:us-east-1:1:layer:x:1', !Ref 'AWS::NoValue']]
  G:
    Type: AWS::Serverless::Function
    Condition: Never
    Properties: {CodeUri: src, Handler: a.b, Runtime: python3.13}
`)
	f := one(t, p, "F")
	if f.Broken != "" || f.Runtime != "nodejs22.x" || f.Handler != "index.handler" || f.MemorySizeMB != 1024 || f.Timeout != 3*time.Second || f.Environment != nil || f.Layers != nil {
		t.Errorf("got %+v", f)
	}
	want := "template.yaml:14: F: Timeout can't be worked out here: the parameter \"Wait\" has no Default\n" +
		"template.yaml:17: \"G\" is left out: its Condition does not hold with the parameters' defaults\n"
	if got := problems(p); got != want {
		t.Errorf("problems:\n%s, want\n%s", got, want)
	}
}

// Work is bounded however values multiply: through globals, aliases, joins of
// joins and references.
func TestWorkIsBounded(t *testing.T) {
	var big strings.Builder
	big.WriteString("Globals:\n  Function:\n    Environment:\n      Variables:\n")
	for i := range 3000 {
		fmt.Fprintf(&big, "        V%d: x\n", i)
	}
	big.WriteString("Resources:\n")
	for i := range 3000 {
		fmt.Fprintf(&big, "  F%d: {Type: AWS::Serverless::Function, Properties: {Environment: {Variables: {A%d: x}}}}\n", i, i)
	}
	var joined strings.Builder
	joined.WriteString("x: &j0 {'Fn::Join': ['', [" + strings.Repeat("xxxxxxxxxx,", 99) + "x]]}\n")
	for i := range 4 {
		fmt.Fprintf(&joined, "x%d: &j%d {'Fn::Join': ['', [%s*j%d]]}\n", i, i+1, strings.Repeat(fmt.Sprintf("*j%d,", i), 9), i)
	}
	joined.WriteString("Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Environment: {Variables: {VALUE: *j4}}}}\n")
	var chain strings.Builder
	chain.WriteString("Conditions:\n")
	for i := range 5000 {
		fmt.Fprintf(&chain, "  C%d: !Not [!Condition C%d]\n", i, i+1)
	}
	chain.WriteString("Resources:\n  F: {Type: AWS::Lambda::Function, Condition: C0, Properties: {}}\n")
	for name, template := range map[string]string{"globals": big.String(), "joins": joined.String(), "chain": chain.String()} {
		t.Run(name, func(t *testing.T) {
			started := time.Now()
			p, err := Load(folderOf(t, template, nil))
			if took := time.Since(started); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			if err != nil && !strings.Contains(err.Error(), "too much work") && !strings.Contains(err.Error(), "1,000,000 values") {
				t.Errorf("got %v", err)
			}
			if err == nil && len(p.Functions[0].Problems) == 0 {
				t.Error("nothing is said")
			}
			t.Logf("%v: %v", time.Since(started), err)
		})
	}
}

package invoke

import (
	"fmt"
	"go/format"
	"strconv"
	"strings"
)

// CopyAsGo is the invocation as a Go program on aws-sdk-go-v2, formatted, with the SDK's
// retries off as lambent has them. The endpoint of a target on this machine is where it is
// served.
func CopyAsGo(t TargetInfo, req Request) string {
	var load, options, input strings.Builder
	option := func(b *strings.Builder, form, value string) {
		if value != "" {
			fmt.Fprintf(b, form+"\n", strconv.Quote(value))
		}
	}
	option(&load, "config.WithRegion(%s),", t.Region)
	if t.Kind == AWS {
		option(&load, "config.WithSharedConfigProfile(%s),", t.Profile)
	} else {
		load.WriteString("config.WithCredentialsProvider(aws.AnonymousCredentials{}),\n")
	}
	option(&options, "o.BaseEndpoint = aws.String(%s)", t.Endpoint)
	option(&input, "FunctionName: aws.String(%s),", req.Function)
	option(&input, "Qualifier: aws.String(%s),", req.Qualifier)
	option(&input, "InvocationType: %s,", string(req.Type)) // untyped constants of the SDK's types
	option(&input, "LogType: %s,", string(req.LogType))
	option(&input, "ClientContext: aws.String(%s),", req.ClientContext)
	option(&input, "TenantId: aws.String(%s),", req.TenantID)
	option(&input, "DurableExecutionName: aws.String(%s),", req.DurableName)
	if len(req.Payload) > 0 {
		fmt.Fprintf(&input, "Payload: []byte(%s),\n", goString(req.Payload))
	}
	call, imports := wholeCall, ""
	if req.Stream {
		call, imports = streamedCall, `"github.com/aws/aws-sdk-go-v2/service/lambda/types"`
	}
	text := `package main

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	` + imports + `
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx,
` + load.String() + `)
	if err != nil {
		log.Fatal(err)
	}
	client := lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		o.Retryer = aws.NopRetryer{}
` + options.String() + `})
` + call(input.String()) + `}
`
	formatted, err := format.Source([]byte(text))
	if err != nil {
		return text // a text to copy is better than none; a test formats every kind
	}
	return string(formatted)
}

// wholeCall and streamedCall are the call itself and what is printed of its answer.
func wholeCall(input string) string {
	return `out, err := client.Invoke(ctx, &lambda.InvokeInput{
` + input + `})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(out.StatusCode, aws.ToString(out.FunctionError))
	fmt.Printf("%s\n", out.Payload)
`
}

func streamedCall(input string) string {
	return `out, err := client.InvokeWithResponseStream(ctx, &lambda.InvokeWithResponseStreamInput{
` + input + `})
	if err != nil {
		log.Fatal(err)
	}
	stream := out.GetStream()
	defer stream.Close()
	for event := range stream.Events() {
		switch e := event.(type) {
		case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
			fmt.Printf("%s", e.Value.Payload)
		case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
			fmt.Printf("\n%d %s\n", out.StatusCode, aws.ToString(e.Value.ErrorCode))
		}
	}
	if err := stream.Err(); err != nil {
		log.Fatal(err)
	}
`
}

// goString is the payload as a Go literal: as it is where Go's raw strings can hold it.
func goString(payload []byte) string {
	if isText(payload) && !strings.ContainsAny(string(payload), "`\r\ufeff") {
		return "`" + string(payload) + "`"
	}
	return strconv.Quote(string(payload))
}

// Command barecall is floor F7 of the benchmarks: one lambda.Invoke with the SDK and nothing else.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	client := lambda.NewFromConfig(cfg, func(o *lambda.Options) { o.BaseEndpoint = &os.Args[1] })
	out, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: aws.String("orders"), Payload: []byte("{}")})
	if err != nil {
		log.Fatal(err)
	}
	_, _ = os.Stdout.Write(out.Payload)
}

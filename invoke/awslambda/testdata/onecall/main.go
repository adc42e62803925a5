// Command onecall makes one invocation through the package, to be measured against barecall.
package main

import (
	"context"
	"log"
	"os"

	"lambent/invoke"
	"lambent/invoke/awslambda"
)

func main() {
	ctx := context.Background()
	target, err := awslambda.Open(ctx, awslambda.Options{EndpointURL: os.Args[1]})
	if err != nil {
		log.Fatal(err)
	}
	result, err := target.Invoke(ctx, invoke.Request{Function: "orders", Payload: []byte("{}")}, nil)
	if err != nil {
		log.Fatal(err)
	}
	_, _ = os.Stdout.Write(result.Payload)
}

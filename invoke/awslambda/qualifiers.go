package awslambda

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"lambent/invoke"
)

// Qualifiers lists $LATEST, the aliases and the versions, all pages of each, the
// newest version first.
func (t *Target) Qualifiers(ctx context.Context, name string) ([]invoke.Qualifier, error) {
	if parsed, failure := invoke.ParseName(name); failure == nil && parsed.Qualifier != "" {
		parsed.Qualifier = ""
		if name = parsed.Function; parsed.Account != "" {
			name = parsed.ARN(t.info.Region, parsed.Account)
		}
	}
	versions, err := t.versions(ctx, name)
	if err != nil {
		return nil, err
	}
	aliases, err := t.aliases(ctx, name)
	if err != nil {
		return nil, err
	}
	list := []invoke.Qualifier{{Name: invoke.Latest, Kind: invoke.KindLatest, Version: invoke.Latest}}
	list = append(list, aliases...)
	for _, v := range slices.Backward(versions) {
		if v.Kind == invoke.KindLatest {
			list[0] = v
		} else {
			list = append(list, v)
		}
	}
	return list, nil
}

// versions are listed by the service from the oldest on, after $LATEST.
func (t *Target) versions(ctx context.Context, name string) (list []invoke.Qualifier, err error) {
	const what = "listing the versions"
	err = pages(what, func(marker *string) (*string, bool, error) {
		var out *lambda.ListVersionsByFunctionOutput
		err := t.ask(ctx, what, func(ctx context.Context) (err error) {
			out, err = t.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: &name, Marker: marker})
			return err
		})
		if err != nil {
			return nil, false, err
		}
		for _, c := range out.Versions {
			version := aws.ToString(c.Version)
			q := invoke.Qualifier{
				Name: version, Kind: invoke.KindVersion, Version: version,
				Description: aws.ToString(c.Description), CodeSHA256: aws.ToString(c.CodeSha256),
			}
			switch version {
			case "":
				continue
			case invoke.Latest:
				q.Kind = invoke.KindLatest
			default:
				q.PublishedAt = serviceTime(c.LastModified) // nothing of a version is modified later
			}
			list = append(list, q)
		}
		return out.NextMarker, true, nil
	})
	return list, err
}

func (t *Target) aliases(ctx context.Context, name string) (list []invoke.Qualifier, err error) {
	const what = "listing the aliases"
	err = pages(what, func(marker *string) (*string, bool, error) {
		var out *lambda.ListAliasesOutput
		err := t.ask(ctx, what, func(ctx context.Context) (err error) {
			out, err = t.lambda.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: &name, Marker: marker})
			return err
		})
		if err != nil {
			return nil, false, err
		}
		for _, a := range out.Aliases {
			if aws.ToString(a.Name) != "" {
				list = append(list, alias(a))
			}
		}
		return out.NextMarker, true, nil
	})
	return list, err
}

// alias is an alias with the share of each version it points at. The service names
// only the additional version's; the rest is the primary's.
func alias(a types.AliasConfiguration) invoke.Qualifier {
	q := invoke.Qualifier{
		Name: aws.ToString(a.Name), Kind: invoke.KindAlias, Version: aws.ToString(a.FunctionVersion),
		Description: aws.ToString(a.Description),
	}
	if r := a.RoutingConfig; r != nil && len(r.AdditionalVersionWeights) > 0 {
		q.Weights = map[string]float64{}
		rest := 1.0
		for version, weight := range r.AdditionalVersionWeights {
			q.Weights[version] = weight
			rest -= weight
		}
		q.Weights[q.Version] = rest
	}
	return q
}

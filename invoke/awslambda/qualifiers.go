package awslambda

import (
	"context"
	"iter"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"lambent/invoke"
)

// Qualifiers lists $LATEST, the aliases and the versions, all pages of each, the
// newest version first.
func (t *Target) Qualifiers(ctx context.Context, name string) ([]invoke.Qualifier, error) {
	list := []invoke.Qualifier{{Name: invoke.Latest, Kind: invoke.KindLatest, Version: invoke.Latest}}
	for page, err := range t.QualifierPages(ctx, name) {
		if err != nil {
			return nil, err
		}
		list = append(list, page...)
	}
	if slices.ContainsFunc(list[1:], func(q invoke.Qualifier) bool { return q.Kind == invoke.KindLatest }) {
		list = list[1:]
	}
	invoke.SortQualifiers(list)
	return list, nil
}

// QualifierPages yields the aliases, and then $LATEST and the versions, page by page.
func (t *Target) QualifierPages(ctx context.Context, name string) iter.Seq2[[]invoke.Qualifier, error] {
	if parsed, failure := invoke.ParseName(name); failure == nil && parsed.Qualifier != "" {
		parsed.Qualifier = ""
		if name = parsed.Function; parsed.Account != "" {
			name = parsed.ARN(t.info.Region, parsed.Account)
		}
	}
	return func(yield func([]invoke.Qualifier, error) bool) {
		stopped := false
		show := func(list []invoke.Qualifier) bool {
			stopped = !yield(list, nil)
			return !stopped
		}
		err := t.aliases(ctx, name, show)
		if err == nil && !stopped {
			err = t.versions(ctx, name, show)
		}
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// versions are listed by the service from the oldest on, after $LATEST.
func (t *Target) versions(ctx context.Context, name string, show func([]invoke.Qualifier) bool) error {
	const what = "listing the versions"
	return pages(what, func(marker *string) (*string, bool, error) {
		var out *lambda.ListVersionsByFunctionOutput
		err := t.ask(ctx, what, func(ctx context.Context) (err error) {
			out, err = t.lambda.ListVersionsByFunction(ctx, &lambda.ListVersionsByFunctionInput{FunctionName: &name, Marker: marker})
			return err
		})
		if err != nil {
			return nil, false, err
		}
		var list []invoke.Qualifier
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
		return out.NextMarker, show(list), nil
	})
}

func (t *Target) aliases(ctx context.Context, name string, show func([]invoke.Qualifier) bool) error {
	const what = "listing the aliases"
	return pages(what, func(marker *string) (*string, bool, error) {
		var out *lambda.ListAliasesOutput
		err := t.ask(ctx, what, func(ctx context.Context) (err error) {
			out, err = t.lambda.ListAliases(ctx, &lambda.ListAliasesInput{FunctionName: &name, Marker: marker})
			return err
		})
		if err != nil {
			return nil, false, err
		}
		var list []invoke.Qualifier
		for _, a := range out.Aliases {
			if aws.ToString(a.Name) != "" {
				list = append(list, alias(a))
			}
		}
		return out.NextMarker, show(list), nil
	})
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

package invoke

import (
	"fmt"
	"slices"

	"lambent/invoke/jsondoc"
)

// Ignoring returns options that leave out more places of the payload, written as
// jsondoc.ParsePath reads them. The options themselves stay as they are.
func (o CompareOptions) Ignoring(paths ...string) (CompareOptions, error) {
	o.Ignore = slices.Clip(o.Ignore)
	for _, text := range paths {
		path, err := jsondoc.ParsePath(text)
		if err != nil {
			return o, fmt.Errorf("the path %s: %w", text, err)
		}
		o.Ignore = append(o.Ignore, path)
	}
	return o, nil
}

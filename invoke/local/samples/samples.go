// Package samples carries the sample project: an ordinary SAM template whose
// functions show every kind of outcome and need nothing but lambent itself.
//
// Decisions, with their reasons:
//
//   - The project is data (the folder project beside this file), read by the same
//     code as anybody's. Its provided.al2023 functions have a bootstrap file whose
//     first line is "#!lambent"; the executor then runs lambent's own image, and
//     [Bootstrap] serves the Runtime API in it.
//   - It is extracted by content hash, so that an upgrade never changes files that
//     somebody has edited, and completely or not at all (renamed into place).
//   - The published versions and aliases of orders are put into the version store
//     in one rename too, once. After that they belong to the person.
package samples

import (
	"errors"

	"lambent/invoke/local/project"
)

// Open extracts the sample project below dataDir where it isn't there yet, seeds
// its versions and aliases once, and returns it.
func Open(dataDir string) (*project.Project, error) { return nil, errors.New("not there yet") }

// Bootstrap makes this process the runtime of a sample function: it reads
// AWS_LAMBDA_RUNTIME_API, _HANDLER and LAMBDA_TASK_ROOT, serves events until the
// Runtime API ends, and returns the exit status. Main calls it when
// AWS_LAMBDA_RUNTIME_API is set and the base of argv[0] is "bootstrap".
func Bootstrap() int { return 1 }

package local

import (
	"context"
	"sync"

	"lambent/invoke/local/project"
)

// codeSums are the sums of the code of each function's $LATEST, with what they were made
// of: reading all of the code takes long enough to be done only when it has changed.
type codeSums struct {
	mu sync.Mutex
	of map[string]codeSum // by function name
}

type codeSum struct {
	print string // of the code and the layers, see codePrint
	hash  string
	bytes int64
	err   error // why there is no hash: code that is too large is read once, too
}

// sum sums the code of a function's $LATEST, unless it has not changed since it was summed.
func (e *Executor) sum(ctx context.Context, fn project.Function) (codeSum, error) {
	print, err := codePrint(fn)
	if err != nil {
		return codeSum{}, err
	}
	e.sums.mu.Lock()
	defer e.sums.mu.Unlock()
	if s, ok := e.sums.of[fn.Name]; ok && s.print == print && fn.CodeURI != "" {
		return s, s.err
	}
	dir, err := e.store.CodeDir(fn)
	if err != nil {
		return codeSum{}, err
	}
	s := codeSum{print: print}
	if s.hash, s.bytes, s.err = e.store.Sum(ctx, fn, dir); ctx.Err() != nil {
		return codeSum{}, ctx.Err()
	}
	if e.sums.of == nil {
		e.sums.of = map[string]codeSum{}
	}
	e.sums.of[fn.Name] = s
	return s, s.err
}

package runtimes

import (
	"path/filepath"
	"slices"

	"lambent/invoke"
)

// ruby starts an interpreter with the official client of the function's bundle or the
// carried bootstrap.
func (p *preparation) ruby(version string) (Launch, *invoke.Failure) {
	l := language{
		title: "Ruby",
		names: []string{"ruby" + version, "ruby"},
		least: [2]int{2, 7},
		ask:   []string{"--disable-gems", "-rrbconfig", "-e", "puts RUBY_VERSION, RbConfig.ruby"},
	}
	found, failure := p.find(l)
	if failure != nil {
		return Launch{}, failure
	}
	p.noteVersion(l, found, version)
	// The folders that gems and libraries of layers have (AWS documentation, "Working
	// with layers for Ruby").
	env := append(p.searchPath("RUBYLIB", filepath.Join("ruby", "lib")), p.gemPath()...)
	if gem, program := p.ownRubyClient(); program != "" {
		return Launch{
			Path:  found.path,
			Args:  []string{found.path, "-I", filepath.Join(gem, "lib"), program, p.fn.Handler},
			Env:   append(env, p.managed(p.codeDir)...),
			Notes: p.notes,
		}, nil
	}
	bootstrap, err := carry(p.o.Dir, rubyClient)
	if err != nil {
		return Launch{}, unwritable(err)
	}
	return Launch{
		Path:  found.path,
		Args:  []string{found.path, bootstrap},
		Env:   append(env, p.managed(filepath.Dir(bootstrap))...),
		Notes: p.notes,
	}, nil
}

// gemPath is GEM_PATH with the function's own bundle and the gems of its layers.
func (p *preparation) gemPath() []string {
	var found []string
	bundles, _ := filepath.Glob(filepath.Join(p.codeDir, "vendor", "bundle", "ruby", "*"))
	slices.Sort(bundles)
	slices.Reverse(bundles)
	found = append(found, folders(bundles)...)
	for _, layer := range slices.Backward(p.layers) {
		gems, _ := filepath.Glob(filepath.Join(layer, "ruby", "gems", "*"))
		found = append(found, folders(gems)...)
	}
	return listOf("GEM_PATH", found)
}

// ownRubyClient is the gem aws_lambda_ric of the function's bundle and its program, the
// newest one; "" when it has none.
func (p *preparation) ownRubyClient() (gem, program string) {
	gems, _ := filepath.Glob(filepath.Join(p.codeDir, "vendor", "bundle", "ruby", "*", "gems", "aws_lambda_ric-*"))
	slices.Sort(gems)
	for _, gem := range slices.Backward(gems) {
		if program := filepath.Join(gem, "bin", "aws_lambda_ric"); len(regular(program)) > 0 {
			return gem, program
		}
	}
	return "", ""
}

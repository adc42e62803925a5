package local

import (
	"errors"
	"io/fs"
	"syscall"

	"lambent/invoke"
	"lambent/invoke/local/project"
	"lambent/invoke/local/versions"
)

// A plan is what an invocation will run: a function, the version that its qualifier
// stands for, and the code of that version.
type plan struct {
	project    *project.Project
	fn         project.Function // configuration of the version
	arn        string           // unqualified
	qualifier  string           // as the caller gave it, "" for none
	version    string           // "$LATEST" or a number
	codeDir    string
	layers     []string                 // folders of its layers, in their order
	events     invoke.EventInvokeConfig // of the qualifier
	generation int                      // of $LATEST's code and configuration; 0 for versions
	notes      []string
}

func (p plan) key() poolKey { return poolKey{p.fn.Name, p.version} }

// invokedARN is the function's ARN with the qualifier as the caller gave it: environments
// serve a version, by whatever qualifier it is called.
func (p plan) invokedARN() string {
	if p.qualifier == "" {
		return p.arn
	}
	return p.arn + ":" + p.qualifier
}

// resolve finds what a name and a qualifier stand for.
func (e *Executor) resolve(name, qualifier string) (plan, *invoke.Failure) {
	parsed, failure := invoke.ParseName(name)
	if failure != nil {
		return plan{}, failure
	}
	if parsed.Qualifier != "" {
		qualifier = parsed.Qualifier
	}
	if parsed.Region != "" && parsed.Region != e.o.Region {
		return plan{}, invoke.NewFailure("ResourceNotFoundException", "Functions from '"+parsed.Region+
			"' are not reachable in this region ('"+e.o.Region+"')")
	}
	if parsed.Account != "" && parsed.Account != e.o.Account {
		return plan{}, invoke.NewFailure("AccessDeniedException", "")
	}
	all, reloadError := e.Project()
	fn, ok := all.Function(parsed.Function)
	if !ok {
		return plan{}, e.functionNotFound(parsed, qualifier, all)
	}
	p := plan{project: all, fn: fn, arn: e.arn(fn.Name), qualifier: qualifier, version: "$LATEST"}
	if reloadError != nil {
		p.notes = append(p.notes, "The template has changed and can't be read, so the function runs as it was: "+reloadError.Error())
	}
	resolved, err := e.store.Resolve(fn, qualifier, e.o.Rand)
	if err != nil {
		return plan{}, e.storeFailure(err, p)
	}
	if resolved.Missing != "" {
		p.notes = append(p.notes, "The template pins the alias "+qualifier+" to version "+resolved.Missing+
			", which is not published here: $LATEST stands in for it.")
	}
	if resolved.Version == "$LATEST" {
		if p.unable() == nil {
			if p.codeDir, p.layers, p.generation, err = e.latest(all, fn); err != nil {
				return plan{}, e.codeFailure(err, p)
			}
		}
	} else {
		p.fn, p.version, p.codeDir, p.layers = resolved.Config, resolved.Version, resolved.CodeDir, resolved.Config.LayerPaths
		// These belong to the function, not to a version (spec §7).
		p.fn.ReservedConcurrency, p.fn.AllowsRecursion = fn.ReservedConcurrency, fn.AllowsRecursion
	}
	if c := e.eventConfig(fn, qualifier); c != nil {
		p.events = *c
	}
	for _, v := range p.fn.Environment {
		if v.Unresolved != "" {
			p.notes = append(p.notes, "The variable "+v.Name+" is not set: "+v.Unresolved)
		}
	}
	return p, nil
}

// unable says why the function can't run here at all; nil when it can.
func (p plan) unable() *invoke.Failure {
	switch {
	case p.fn.PackageType == "Image":
		return invoke.ClientFailureOf(invoke.UnsupportedPackageType, p.fn.Name+" is a container image, and images don't run locally",
			"", "", invoke.RanNo, nil)
	case p.fn.Broken != "":
		return invoke.ClientFailureOf(invoke.InvalidProject, p.fn.Name+": "+p.fn.Broken, "", "", invoke.RanNo, nil)
	}
	return nil
}

func (e *Executor) functionNotFound(n invoke.Name, qualifier string, p *project.Project) *invoke.Failure {
	n.Qualifier = qualifier
	f := invoke.FunctionNotFound(n.QualifiedARN(e.o.Region, e.o.Account))
	names := make([]string, 0, len(p.Functions))
	for _, fn := range p.Functions {
		names = append(names, fn.Name)
	}
	f.Suggestions = invoke.Suggest(n.Function, names)
	return f
}

// storeFailure answers what the version store refused.
func (e *Executor) storeFailure(err error, p plan) *invoke.Failure {
	var missing *versions.NotFoundError
	var refused *versions.RefusedError
	switch {
	case errors.As(err, &missing):
		f := invoke.FunctionNotFound(p.arn + ":" + missing.Qualifier)
		f.Suggestions = invoke.Suggest(missing.Qualifier, e.qualifierNames(p.fn))
		return f
	case errors.As(err, &refused):
		return invoke.NewFailure(refused.Name, refused.Message)
	}
	return e.codeFailure(err, p)
}

// codeFailure answers code that can't be had.
func (e *Executor) codeFailure(err error, p plan) *invoke.Failure {
	var archive *versions.ZipError
	var layer *layerError
	switch {
	case errors.As(err, &archive):
		f := invoke.NewFailure("InvalidZipFileException", "Lambda could not unzip the deployment package: "+archive.Error())
		f.Err = err
		return f
	case errors.As(err, &layer):
		return invoke.ClientFailureOf(invoke.InvalidProject, p.fn.Name+": "+layer.Error(), "", "", invoke.RanNo, err)
	case noRoom(err):
		return invoke.ClientFailureOf(invoke.ClientError, err.Error(), "The disk of lambent's data folder is full.",
			"Free some space there, and try again: nothing half-written is left.", invoke.RanNo, err)
	case errors.Is(err, fs.ErrNotExist):
		return invoke.ClientFailureOf(invoke.InvalidProject, p.fn.Name+": there is no code at "+p.fn.CodeURI, "", "", invoke.RanNo, err)
	}
	return invoke.ClientFailureOf(invoke.InvalidProject, p.fn.Name+": "+err.Error(), "", "", invoke.RanNo, err)
}

// noRoom says that a disk, or a person's share of it, is full.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func (e *Executor) qualifierNames(fn project.Function) []string {
	names := []string{"$LATEST"}
	aliases, _ := e.store.Aliases(fn)
	for _, a := range aliases {
		names = append(names, a.Name)
	}
	return names
}

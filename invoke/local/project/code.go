package project

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
)

// code finds the function's code: a folder or an archive of the project, or
// text in the template itself.
func (b *builder) code() {
	b.f.PackageType = "Zip"
	kind, line, _ := b.textOf(b.properties, "PackageType")
	image := kind == "Image"
	if kind != "" && kind != "Zip" && !image {
		b.broken(line, "PackageType %s must be Zip or Image", shown(kind))
	}
	var where setting
	if b.kind == serverlessType {
		where = b.setting(b.properties, "CodeUri")
		image = image || b.setting(b.properties, "ImageUri").value != nil
		if inline := b.setting(b.properties, "InlineCode"); inline.value != nil && !image {
			b.inline(inline)
			return
		}
	} else {
		where = b.setting(b.properties, "Code")
		image = image || where.value.at("ImageUri") != nil
		if _, ok := where.value.pair("ZipFile"); ok && !image {
			b.inline(b.setting(where.value, "ZipFile"))
			return
		}
	}
	if image {
		b.f.PackageType = "Image"
		b.broken(b.f.Line, "it is a container image, and images don't run locally")
		return
	}
	if asset := b.asset(); asset != "" {
		b.codeAt("aws:asset:path", asset, b.f.Line)
		return
	}
	property := "Code"
	if b.kind == serverlessType {
		property = "CodeUri"
	}
	switch {
	case where.reason != "":
		b.broken(where.line, "its %s can't be worked out here: %s", property, where.reason)
	case where.value == nil && b.kind == serverlessType:
		// SAM packages the template's own folder.
		b.codeAt(property, ".", b.f.Line)
	case where.value == nil:
		b.broken(b.f.Line, "it has no Code")
	case where.value.isText():
		b.codeAt(property, where.value.text, where.line)
	case where.value.kind == mapNode:
		b.broken(where.line, "its code is in S3: point %s at a folder or an archive of the project", property)
	default:
		b.broken(where.line, "its %s is %s, not a path", property, where.value.what())
	}
}

// asset is the path of the code that the CDK leaves in the metadata of a
// resource whose Code is in S3; "" when there is none.
func (b *builder) asset() string {
	path := b.resource.at("Metadata").at("aws:asset:path")
	if !path.isText() {
		return ""
	}
	if in := filepath.Join("cdk.out", path.text); filepath.IsLocal(path.text) && b.there(in) && !b.there(path.text) {
		return in
	}
	return path.text
}

func (b *builder) there(path string) bool {
	_, err := b.root.Stat(path)
	return err == nil
}

func (b *builder) codeAt(property, path string, line int) {
	abs, reason := b.place(path)
	if reason != "" {
		b.broken(line, "%s %s %s", property, shown(path), reason)
		return
	}
	b.f.CodeURI, b.f.CodePath = abs, abs
}

// place returns the absolute path of a folder or archive of the project, or what
// is wrong with it, to be read after the path.
func (r *reader) place(path string) (abs, reason string) {
	scheme, _, isURL := strings.Cut(path, "://")
	switch {
	case path == "":
		return "", "is empty: write . for the project folder"
	case isURL:
		return "", "is on " + plain(scheme) + ": point it at a folder or an archive of the project"
	case strings.ContainsAny(path, "\\\x00"):
		return "", "has a backslash or a NUL in it: write paths with /"
	}
	local := filepath.Clean(filepath.FromSlash(path))
	if filepath.IsAbs(local) {
		rel, err := filepath.Rel(r.project.Dir, local)
		if err != nil {
			return "", "leaves the project folder"
		}
		local = rel
	}
	if !filepath.IsLocal(local) {
		return "", "leaves the project folder"
	}
	info, err := r.root.Stat(local)
	switch {
	case leaves(err):
		return "", "leaves the project folder through a link"
	case errors.Is(err, fs.ErrNotExist):
		return "", "is not there"
	case err != nil:
		return "", "can't be read: " + cause(err)
	case !info.IsDir() && !(info.Mode().IsRegular() && IsArchive(local)):
		return "", "is neither a folder nor a .zip or .jar"
	}
	return filepath.Join(r.project.Dir, local), ""
}

// IsArchive reports whether a path names a code archive: a .zip or a .jar.
func IsArchive(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".zip" || ext == ".jar"
}

// maxInline is the limit of code in a template, in bytes (4 MB since 2022; the
// template's own limit is the same here).
const maxInline = maxTemplate

// inline takes the code in the template. CloudFormation puts it into a file
// called index, with the extension that the runtime wants.
func (b *builder) inline(code setting) {
	switch {
	case code.reason != "":
		b.broken(code.line, "its inline code can't be worked out here: %s", code.reason)
		return
	case !code.value.isText():
		b.broken(code.line, "its inline code is not text")
		return
	case len(code.value.text) > maxInline:
		b.broken(code.line, "its inline code is larger than 4 MiB")
		return
	}
	runtime, _ := b.peek("Runtime")
	switch {
	case strings.HasPrefix(runtime, "python"):
		b.f.InlineFile = "index.py"
	case strings.HasPrefix(runtime, "nodejs"):
		b.f.InlineFile = "index.js"
	default:
		b.broken(code.line, "inline code is for Python and Node.js, not for the runtime %s", shown(runtime))
		return
	}
	b.f.InlineCode = bytes.Clone([]byte(code.value.text))
}

// peek is the text of a property without a problem when there is none.
func (b *builder) peek(key string) (text string, line int) {
	s := b.setting(b.properties, key)
	if !s.value.isText() {
		return "", s.line
	}
	return s.value.text, s.line
}

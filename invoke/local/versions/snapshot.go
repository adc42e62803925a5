package versions

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// maxCode is how much code and layers may be together, unpacked, in bytes (250 MB,
// AWS Lambda quotas).
const maxCode = 262_144_000

// maxFiles is how many files, folders and links a version may have. No code of a
// person's comes near; links that lead to each other could go on for long.
const maxFiles = 200_000

// A copier copies code into a version and sums it. Without a place to copy it to it
// only sums it.
type copier struct {
	ctx    context.Context
	within string // the project's folder: links may lead to code there
	skip   string // the data folder, which may lie within the code

	data  os.FileInfo
	sum   hash.Hash
	code  int64 // bytes of the code without the layers
	bytes int64
	files int
	links []link
	above []os.FileInfo // folders that are being copied because a link led there
}

// A link is made last, so that nothing is written through one.
type link struct{ path, target string }

// snapshot copies the code and the layers and returns the base64 of their hash.
//
// Files become read-only and keep their run bits. A link to something within the
// code stays a link, and leads into the copy. One that leads elsewhere in the
// project, to code that functions share, becomes a copy of what is there. Others
// stay as they are, and what they lead to is not read. Left out are .git, .aws-sam
// and __pycache__, the data folder of lambent, and what is neither file, folder
// nor link.
func (c *copier) snapshot(code, to string, layers []string, layersTo string) (sha256Base64 string, err error) {
	c.sum = sha256.New()
	c.data, _ = os.Stat(c.skip)
	if err := c.tree(code, to); err != nil {
		return "", err
	}
	c.code = c.bytes
	for i, layer := range layers {
		fmt.Fprintf(c.sum, "layer %d\n", i)
		if to != "" {
			to = filepath.Join(layersTo, strconv.Itoa(i))
		}
		if err := c.tree(layer, to); err != nil {
			return "", err
		}
	}
	return base64.StdEncoding.EncodeToString(c.sum.Sum(nil)), nil
}

func (c *copier) tree(from, to string) error {
	var target *os.Root
	if to != "" {
		if err := os.MkdirAll(to, 0o700); err != nil {
			return fmt.Errorf("copying the code: %w", err)
		}
		var err error
		if target, err = os.OpenRoot(to); err != nil {
			return fmt.Errorf("copying the code: %w", err)
		}
		defer target.Close()
	}
	// Below a root, a folder that is swapped for a link while it is read leads nowhere.
	source, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("copying the code: %w", err)
	}
	defer source.Close()
	c.links = nil
	if err := c.rooted(source, target, "."); err != nil {
		return fmt.Errorf("copying the code: %w", err)
	}
	for _, l := range c.links {
		if target == nil {
			break
		}
		if err := target.Symlink(l.target, l.path); err != nil {
			return fmt.Errorf("copying the code: %w", err)
		}
	}
	return nil
}

// rooted copies all of source to a folder of target that is there.
func (c *copier) rooted(source, target *os.Root, to string) error {
	info, err := source.Stat(".")
	if err != nil {
		return err
	}
	c.above = append(c.above, info)
	defer func() { c.above = c.above[:len(c.above)-1] }()
	return c.folder(source, ".", target, to)
}

// leftOut are folders that no function needs and that change without its code changing.
var leftOut = []string{".git", ".aws-sam", "__pycache__"}

// folder copies what is in a folder of source to a folder of target that is there.
func (c *copier) folder(source *os.Root, from string, target *os.Root, to string) error {
	entries, err := list(source, from)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if c.files++; c.files > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		in, out := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		info, err := source.Lstat(in)
		if err != nil {
			return err
		}
		switch mode := info.Mode(); {
		case mode.IsDir():
			if slices.Contains(leftOut, e.Name()) || c.data != nil && os.SameFile(c.data, info) {
				continue
			}
			if err := c.mkdir(target, out); err != nil {
				return err
			}
			err = c.folder(source, in, target, out)
		case mode.IsRegular():
			err = c.file(source, in, target, out)
		case mode&fs.ModeSymlink != 0:
			err = c.link(source, in, target, out)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *copier) mkdir(target *os.Root, path string) error {
	fmt.Fprintf(c.sum, "folder %q\n", filepath.ToSlash(path))
	if target == nil {
		return nil
	}
	return target.Mkdir(path, 0o700)
}

func list(root *os.Root, dir string) ([]fs.DirEntry, error) {
	f, err := root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

func (c *copier) file(source *os.Root, from string, target *os.Root, to string) error {
	in, err := source.OpenFile(from, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s changed while it was copied", from)
	}
	if info.Size() > maxCode-c.bytes {
		return tooLarge()
	}
	perm := info.Mode().Perm()
	content := sha256.New()
	n, err := copyTo(target, to, perm&0o555|0o400, content, io.LimitReader(in, maxCode-c.bytes+1))
	if err != nil {
		return err
	}
	if c.bytes += n; c.bytes > maxCode {
		return tooLarge()
	}
	kind := "file"
	if perm&0o111 != 0 {
		kind = "program"
	}
	fmt.Fprintf(c.sum, "%s %q %x\n", kind, filepath.ToSlash(to), content.Sum(nil))
	return nil
}

// copyTo reads a file into sum, and into a new file of target where there is one.
func copyTo(target *os.Root, path string, perm fs.FileMode, sum io.Writer, in io.Reader) (int64, error) {
	if target == nil {
		return io.Copy(sum, in)
	}
	out, err := target.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.MultiWriter(out, sum), in)
	return n, errors.Join(err, out.Close())
}

// tooLarge is the refusal of code over maxCode. These are the service's words as
// its users report them.
func tooLarge() *RefusedError {
	return &RefusedError{"InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes"}
}

// link copies a link, or what it leads to. It is judged by its text: a link into
// the code that passes through another link out of it stays a link.
func (c *copier) link(source *os.Root, from string, target *os.Root, to string) error {
	text, err := source.Readlink(from)
	if err != nil {
		return err
	}
	leads := text
	if !filepath.IsAbs(leads) {
		leads = filepath.Join(source.Name(), filepath.Dir(from), leads)
	}
	if inside, ok := below(source.Name(), leads); ok {
		if text, err = filepath.Rel(filepath.Dir(from), inside); err != nil {
			return err
		}
	} else if shared, ok := below(c.within, leads); ok {
		if done, err := c.shared(shared, target, to); done || err != nil {
			return err
		}
	}
	fmt.Fprintf(c.sum, "link %q %q\n", filepath.ToSlash(to), filepath.ToSlash(text))
	c.links = append(c.links, link{to, text})
	return nil
}

// shared copies a file or folder of the project that a link leads to. It is not
// done where there is nothing, where links on the way lead out of the project, or
// where the folder is being copied already, which would have no end.
func (c *copier) shared(path string, target *os.Root, to string) (done bool, err error) {
	project, err := os.OpenRoot(c.within)
	if err != nil {
		return false, nil
	}
	defer project.Close()
	info, err := project.Stat(path)
	switch {
	case err != nil:
		return false, nil
	case info.Mode().IsRegular():
		return true, c.file(project, path, target, to)
	case !info.IsDir():
		return false, nil
	}
	for _, above := range c.above {
		if os.SameFile(above, info) {
			return false, nil
		}
	}
	folder, err := project.OpenRoot(path)
	if err != nil {
		return false, nil
	}
	defer folder.Close()
	if err := c.mkdir(target, to); err != nil {
		return true, err
	}
	return true, c.rooted(folder, target, to)
}

// below returns path as seen from dir, if it lies there.
func below(dir, path string) (rel string, ok bool) {
	if dir == "" {
		return "", false
	}
	rel, err := filepath.Rel(dir, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

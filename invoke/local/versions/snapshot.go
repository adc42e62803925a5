package versions

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
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

// A copier copies code into a version and sums it.
type copier struct {
	ctx   context.Context
	skip  string // the data folder, which may lie within the code
	data  os.FileInfo
	sum   hash.Hash
	bytes int64
	links []link
}

// A link is made last, so that nothing is written through one.
type link struct{ path, target string }

// snapshot copies the code and the layers and returns the base64 of their hash.
//
// Files become read-only and keep their run bits. Links stay links; an absolute
// one that leads into the code itself leads into the copy. What a link leads to
// outside the code is not copied. Left out are .git, .aws-sam and __pycache__,
// the data folder of lambent, and what is neither file, folder nor link.
func (c *copier) snapshot(code, to string, layers []string, layersTo string) (sha256Base64 string, err error) {
	c.sum = sha256.New()
	c.data, _ = os.Stat(c.skip)
	if err := c.tree(code, to); err != nil {
		return "", err
	}
	for i, layer := range layers {
		fmt.Fprintf(c.sum, "layer %d\n", i)
		if err := c.tree(layer, filepath.Join(layersTo, strconv.Itoa(i))); err != nil {
			return "", err
		}
	}
	return base64.StdEncoding.EncodeToString(c.sum.Sum(nil)), nil
}

func (c *copier) tree(from, to string) error {
	// Below a root, a folder that is swapped for a link while it is read leads nowhere.
	source, err := os.OpenRoot(from)
	if err != nil {
		return fmt.Errorf("copying the code: %w", err)
	}
	defer source.Close()
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("copying the code: %w", err)
	}
	target, err := os.OpenRoot(to)
	if err != nil {
		return fmt.Errorf("copying the code: %w", err)
	}
	defer target.Close()
	c.links = nil
	if err := c.folder(source, target, "."); err != nil {
		return fmt.Errorf("copying the code: %w", err)
	}
	for _, l := range c.links {
		if err := target.Symlink(l.target, l.path); err != nil {
			return fmt.Errorf("copying the code: %w", err)
		}
	}
	return nil
}

// leftOut are folders that no function needs and that change without its code changing.
var leftOut = []string{".git", ".aws-sam", "__pycache__"}

func (c *copier) folder(source, target *os.Root, dir string) error {
	entries, err := list(source, dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(dir, e.Name())
		info, err := source.Lstat(path)
		if err != nil {
			return err
		}
		switch mode := info.Mode(); {
		case mode.IsDir():
			if slices.Contains(leftOut, e.Name()) || c.data != nil && os.SameFile(c.data, info) {
				continue
			}
			fmt.Fprintf(c.sum, "folder %q\n", filepath.ToSlash(path))
			if err := target.Mkdir(path, 0o700); err != nil {
				return err
			}
			if err := c.folder(source, target, path); err != nil {
				return err
			}
		case mode.IsRegular():
			if err := c.file(source, target, path, mode.Perm()); err != nil {
				return err
			}
		case mode&fs.ModeSymlink != 0:
			if err := c.link(source, path); err != nil {
				return err
			}
		}
	}
	return nil
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

func (c *copier) file(source, target *os.Root, path string, perm fs.FileMode) error {
	in, err := source.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := target.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm&0o555|0o400)
	if err != nil {
		return err
	}
	defer out.Close()
	content := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, content), io.LimitReader(in, maxCode-c.bytes+1))
	if err != nil {
		return err
	}
	if c.bytes += n; c.bytes > maxCode {
		// The service's words, known from its users' reports only.
		return &RefusedError{"InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes"}
	}
	kind := "file"
	if perm&0o111 != 0 {
		kind = "program"
	}
	fmt.Fprintf(c.sum, "%s %q %x\n", kind, filepath.ToSlash(path), content.Sum(nil))
	return out.Close()
}

func (c *copier) link(source *os.Root, path string) error {
	to, err := source.Readlink(path)
	if err != nil {
		return err
	}
	if filepath.IsAbs(to) {
		if inside, err := filepath.Rel(source.Name(), to); err == nil && filepath.IsLocal(inside) {
			if to, err = filepath.Rel(filepath.Dir(path), inside); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(c.sum, "link %q %q\n", filepath.ToSlash(path), filepath.ToSlash(to))
	c.links = append(c.links, link{path, to})
	return nil
}

package driftbench

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A Project is real Terraform code: one commit of a public repository.
type Project struct {
	Name    string // owner/name
	Commit  string
	Licence string
	Source  string // path of a directory or of a .tar.gz
	Large   bool   // measured only when it is asked for by name
}

// projects are the repositories that the benchmark knows, by the name of their archive.
var projects = []Project{
	{Name: "rust-lang/simpleinfra", Commit: "a1a8a4edba9e", Licence: "MIT"},
	{Name: "alphagov/govuk-infrastructure", Commit: "d9b7454f2606", Licence: "MIT"},
	{Name: "cloud-gov/cg-provision", Commit: "29a98c041275", Licence: "CC0-1.0"},
	{Name: "jenkins-infra/azure", Commit: "52874ef43e2e", Licence: "MIT"},
	{Name: "CDCgov/prime-reportstream", Commit: "5f58b4c574fa", Licence: "CC0-1.0"},
	{Name: "cds-snc/notification-terraform", Commit: "c446304ce2d4", Licence: "MIT"},
	{Name: "2i2c-org/infrastructure", Commit: "9ad7cd0fc350", Licence: "BSD-3-Clause"},
	{Name: "pypi/infra", Commit: "6b72241d1e5e", Licence: "Apache-2.0"},
	{Name: "ministryofjustice/modernisation-platform-environments", Commit: "0a0278d907aa", Licence: "MIT", Large: true},
}

// Projects finds the known projects under a directory that holds archives, owner+name.tar.gz, or directories, owner+name.
func Projects(dir string) ([]Project, error) {
	var found []Project
	for _, p := range projects {
		base := filepath.Join(dir, strings.ReplaceAll(p.Name, "/", "+"))
		for _, p.Source = range []string{base + ".tar.gz", base} {
			if _, err := os.Stat(p.Source); err == nil {
				found = append(found, p)
				break
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s holds none of the projects of the benchmark: want archives such as pypi+infra.tar.gz", dir)
	}
	return found, nil
}

// unpack lays a project out in a directory that does not exist yet. Files by which other tools would take part (workflows, terragrunt,
// version and lock files) are left out.
func (p Project) unpack(dir string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("unpack %s: %w", p.Name, err)
		}
	}()
	info, err := os.Stat(p.Source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return copyTree(p.Source, dir, leftOut)
	}
	f, err := os.Open(p.Source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	links := map[string]string{}
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return followLinks(dir, links)
		}
		if err != nil {
			return err
		}
		name := filepath.FromSlash(h.Name)
		if h.Typeflag == tar.TypeSymlink && filepath.IsLocal(name) {
			links[filepath.Clean(name)] = filepath.Join(filepath.Dir(name), filepath.FromSlash(h.Linkname))
		}
		if h.Typeflag != tar.TypeReg || leftOut(h.Name) || !filepath.IsLocal(name) {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(r, 8<<20))
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, name), b); err != nil {
			return err
		}
	}
}

// followLinks puts copies in the place of symbolic links.
func followLinks(dir string, links map[string]string) error {
	for _, name := range sorted(links) {
		target := links[name]
		for n := 0; links[target] != "" && n < 10; n++ {
			target = links[target]
		}
		info, err := os.Stat(filepath.Join(dir, target))
		if err != nil || !filepath.IsLocal(target) {
			continue // it leads to what the archive does not hold
		}
		if info.IsDir() {
			err = copyTree(filepath.Join(dir, target), filepath.Join(dir, name), leftOut)
		} else {
			var b []byte
			if b, err = os.ReadFile(filepath.Join(dir, target)); err == nil {
				err = write(filepath.Join(dir, name), b)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func leftOut(name string) bool {
	base := name[strings.LastIndex(name, "/")+1:]
	return strings.Contains("/"+name, "/.") || base == "terragrunt.hcl" || strings.HasSuffix(base, ".lock.hcl") || strings.HasSuffix(base, ".tf.json")
}

func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}

// copyTree copies the regular files of a directory but those that are left out.
func copyTree(from, to string, leftOut func(name string) bool) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil || d.IsDir() || !d.Type().IsRegular() || leftOut(filepath.ToSlash(rel)) {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return write(filepath.Join(to, rel), b)
	})
}

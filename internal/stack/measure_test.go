package stack

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestMeasure measures discovery on real repositories and prints precision and recall beside those of simpler rules.
//
// Truth is found without the code under test: a directory with Terraform files is a stack when a line of them begins a backend or cloud
// block and its path is not that of a template, or when testdata/local-state-roots.txt lists it. For Terragrunt it is every
// terragrunt.hcl with an include block or a source that lies above no other. The truth leans on the backend signal, so the first number of the last row is
// the interesting one.
//
// The repositories are those under MOORING_SHARED_DATA/repos, or the cuts in testdata/real when that is not set.
func TestMeasure(t *testing.T) {
	repos := realRepos(t)
	local := localStateRoots(t)
	rules := []struct {
		name string
		says func(r measured, dir string) bool
	}{
		{"any directory with *.tf", func(measured, string) bool { return true }},
		{"*.tf outside **/modules/**", func(_ measured, dir string) bool { return !strings.Contains("/"+dir+"/", "/modules/") }},
		{"lock file", func(r measured, dir string) bool { return r.fsys[path.Join(dir, ".terraform.lock.hcl")] != nil }},
		{"provider block", func(r measured, dir string) bool { return r.text(dir, providerLine) }},
		{"backend or cloud block", func(r measured, dir string) bool { return r.text(dir, backendLine) }},
		{"Mooring", func(r measured, dir string) bool { return r.stacks[dir] }},
	}
	scores := make([]score, len(rules))
	var units score
	var problems []string
	for name, fsys := range repos {
		r := measure(t, fsys)
		for _, dir := range r.dirs {
			truth := r.text(dir, backendLine) && !templatePath.MatchString(dir) || slices.Contains(local[name], dir)
			for i, rule := range rules {
				scores[i].count(truth, rule.says(r, dir))
			}
			if says := r.stacks[dir]; says != truth {
				problems = append(problems, fmt.Sprintf("%s %s: Mooring says %v, truth is %v", name, dir, says, truth))
			}
		}
		for _, dir := range r.unitDirs {
			above := slices.ContainsFunc(r.unitDirs, func(other string) bool { return strings.HasPrefix(other, dir+"/") })
			truth := unitLine.Match(r.fsys[path.Join(dir, terragruntFile)].Data) && !above
			units.count(truth, r.units[dir])
			if r.units[dir] != truth {
				problems = append(problems, fmt.Sprintf("%s %s: unit %v, truth is %v", name, dir, r.units[dir], truth))
			}
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "\n%d repositories\n%-28s %6s %6s %6s %10s %8s\n", len(repos), "rule", "TP", "FP", "FN", "precision", "recall")
	for i, rule := range rules {
		fmt.Fprintf(&out, "%-28s %s\n", rule.name, scores[i])
	}
	fmt.Fprintf(&out, "%-28s %s\n", "Mooring, terragrunt units", units)
	slices.Sort(problems)
	fmt.Fprint(&out, strings.Join(problems, "\n"))
	t.Log(out.String())

	mooring := scores[len(scores)-1]
	if mooring.precision() < 0.99 || mooring.recall() < 0.99 || units.precision() < 0.99 || units.recall() < 0.99 {
		t.Error("discovery is worse than the rule it implements was measured to be")
	}
}

var (
	backendLine  = regexp.MustCompile(`(?m)^\s*(backend\s+"|cloud\s*\{)`)
	providerLine = regexp.MustCompile(`(?m)^\s*provider\s+"`)
	unitLine     = regexp.MustCompile(`(?m)^(include\b.*\{|\s+source\s*=)`)
	templatePath = regexp.MustCompile(`(^|/)_?templates?/`)
)

type score struct{ tp, fp, fn int }

func (s *score) count(truth, says bool) {
	switch {
	case truth && says:
		s.tp++
	case says:
		s.fp++
	case truth:
		s.fn++
	}
}

func (s score) precision() float64 { return float64(s.tp) / float64(max(s.tp+s.fp, 1)) }
func (s score) recall() float64    { return float64(s.tp) / float64(max(s.tp+s.fn, 1)) }

func (s score) String() string {
	return fmt.Sprintf("%6d %6d %6d %10.3f %8.3f", s.tp, s.fp, s.fn, s.precision(), s.recall())
}

// measured is one repository with what discovery says of it.
type measured struct {
	fsys           fstest.MapFS
	dirs, unitDirs []string
	files          map[string][]string // of Terraform, by directory
	stacks, units  map[string]bool
}

func measure(t *testing.T, fsys fstest.MapFS) measured {
	t.Helper()
	r := measured{fsys: fsys, stacks: map[string]bool{}, units: map[string]bool{}, files: map[string][]string{}}
	for file := range fsys {
		if dir := path.Dir(file); strings.HasSuffix(file, ".tf") {
			if r.files[dir] == nil {
				r.dirs = append(r.dirs, dir)
			}
			r.files[dir] = append(r.files[dir], file)
		}
		if path.Base(file) == terragruntFile {
			r.unitDirs = append(r.unitDirs, path.Dir(file))
		}
	}
	stacks, _, err := Discover(context.Background(), fsys, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stacks {
		if s.Terragrunt {
			r.units[s.Path] = true
		} else {
			r.stacks[s.Path] = true
		}
	}
	return r
}

func (r measured) text(dir string, line *regexp.Regexp) bool {
	return slices.ContainsFunc(r.files[dir], func(file string) bool { return line.Match(r.fsys[file].Data) })
}

func localStateRoots(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/local-state-roots.txt")
	if err != nil {
		t.Fatal(err)
	}
	roots := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[0] != "#" {
			roots[fields[0]] = append(roots[fields[0]], fields[1])
		}
	}
	return roots
}

// realRepos are the repositories to measure on, by name.
func realRepos(t testing.TB) map[string]fstest.MapFS {
	t.Helper()
	repos := map[string]fstest.MapFS{}
	if shared := os.Getenv("MOORING_SHARED_DATA"); shared != "" {
		archives, err := filepath.Glob(filepath.Join(shared, "repos", "*.tar.gz"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("no repositories under MOORING_SHARED_DATA=%s", shared)
		}
		for _, file := range archives {
			repos[strings.TrimSuffix(filepath.Base(file), ".tar.gz")] = untar(t, file)
		}
		return repos
	}
	archives, err := filepath.Glob("testdata/real/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no cuts under testdata/real")
	}
	for _, file := range archives {
		repos[filepath.Base(file)] = readTxtar(t, file)
	}
	return repos
}

func readTxtar(t testing.TB, file string) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

func untar(t testing.TB, file string) fstest.MapFS {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	unzipped, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for archive := tar.NewReader(unzipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return fsys
		}
		if err != nil {
			t.Fatal(err)
		}
		name := path.Clean(h.Name)
		switch h.Typeflag {
		case tar.TypeReg:
			data, err := io.ReadAll(archive)
			if err != nil {
				t.Fatal(err)
			}
			fsys[name] = &fstest.MapFile{Data: data}
		case tar.TypeSymlink:
			fsys[name] = &fstest.MapFile{Data: []byte(h.Linkname), Mode: fs.ModeSymlink}
		}
	}
}

package stack

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite what the cases expect")

// TestDiscover runs discovery on each small repository of testdata/repo and compares the listing, which is the file "want" of the
// archive. A file "options" holds include, exclude and declared lines.
func TestDiscover(t *testing.T) {
	files, err := filepath.Glob("testdata/repo/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys, options, want := fstest.MapFS{}, Options{}, -1
			for i, f := range archive.Files {
				switch f.Name {
				case "want":
					want = i
				case "options":
					options = readOptions(t, f.Data)
				default:
					fsys[f.Name] = &fstest.MapFile{Data: f.Data}
				}
			}
			stacks, left, err := Discover(context.Background(), fsys, options)
			if err != nil {
				t.Fatal(err)
			}
			got := listing(stacks, left)
			if *update {
				if want < 0 {
					archive.Files = append(archive.Files, txtar.File{Name: "want"})
					want = len(archive.Files) - 1
				}
				archive.Files[want].Data = got
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want < 0 {
				t.Fatal("the case expects nothing: run with -update")
			}
			if diff := cmp.Diff(string(archive.Files[want].Data), string(got)); diff != "" {
				t.Errorf("listing (-want +got):\n%s", diff)
			}
		})
	}
}

func readOptions(t *testing.T, data []byte) Options {
	t.Helper()
	var o Options
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "include":
			o.Include = append(o.Include, fields[1])
		case "exclude":
			o.Exclude = append(o.Exclude, fields[1])
		case "env":
			o.Env = append(o.Env, fields[1])
		case "declared":
			d := Declared{ID: fields[1], Where: ".mooring.hcl:1"}
			for _, f := range fields[2:] {
				key, value, _ := strings.Cut(f, "=")
				switch key {
				case "workspace":
					d.Workspace = value
				case "var_file":
					d.VarFiles = append(d.VarFiles, value)
				case "backend_config":
					d.BackendConfig = append(d.BackendConfig, value)
				case "owner":
					d.Owners = append(d.Owners, value)
				}
			}
			o.Declared = append(o.Declared, d)
		default:
			t.Fatalf("option %q", fields[0])
		}
	}
	return o
}

func listing(stacks []Stack, left []Unclassified) []byte {
	var out bytes.Buffer
	list := func(name string, values []string) {
		if len(values) > 0 {
			fmt.Fprintf(&out, "    %s %s\n", name, strings.Join(values, " "))
		}
	}
	problems := func(all []Problem) {
		for _, p := range all {
			fmt.Fprintf(&out, "    ! %s\n", p)
		}
	}
	for _, s := range stacks {
		fmt.Fprintf(&out, "%s: %s\n", s.ID, s.Why)
		if s.Workspace != DefaultWorkspace {
			list("workspace", []string{s.Workspace})
		}
		list("var files", s.VarFiles)
		list("backend", s.BackendConfig)
		list("owners", s.Owners)
		if s.Skip != "" {
			fmt.Fprintf(&out, "    not planned: %s\n", s.Skip)
		}
		problems(s.Problems)
	}
	for _, u := range left {
		fmt.Fprintf(&out, "- %s: %s\n", u.Path, u.Why)
		problems(u.Problems)
	}
	return out.Bytes()
}

// TestTreesThatBite guards against what real file systems hold: loops, unreadable directories, links out of the repository.
func TestTreesThatBite(t *testing.T) {
	root := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	const stack = "terraform {\n  backend \"local\" {}\n}\nresource \"terraform_data\" \"x\" {}\n"
	write("good/main.tf", stack)
	link("..", "good/loop")
	link("self", "self")
	link("/etc", "etc")
	link("missing.tf", "good/dangling.tf")
	write("shared/backend.tf", stack)
	write("linked/x.tf", "resource \"terraform_data\" \"x\" {}\n")
	link("../shared/backend.tf", "linked/backend.tf")
	write("nested/.git", "gitdir: elsewhere")
	write("nested/main.tf", stack)
	write("good/.terraform/modules/x/main.tf", stack)

	stacks, left, err := Discover(context.Background(), os.DirFS(root), Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "good: backend \"local\" in main.tf:2\n    ! good/dangling.tf: no such file or directory\nlinked: backend \"local\" in backend.tf:2\nshared: backend \"local\" in backend.tf:2\n- nested: is another repository: scan it there\n"
	if got := string(listing(stacks, left)); got != want {
		t.Errorf("listing:\n%s\nwant:\n%s", got, want)
	}
	g := NewGraph(os.DirFS(root), stacks)
	if got := g.Readers("shared/backend.tf"); !cmp.Equal(got, []string{"linked", "shared"}) {
		t.Errorf("readers through a link: %q", got)
	}
}

// locked is a file system with a directory and a file that cannot be read.
type locked struct{ fstest.MapFS }

func (l locked) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "secret") || name == "b/main.tf" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.Open(name)
}

func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "secret" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadDir(name)
}

func (l locked) ReadFile(name string) ([]byte, error) {
	if name == "b/main.tf" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.ReadFile(name)
}

func TestUnreadable(t *testing.T) {
	stack := &fstest.MapFile{Data: []byte("terraform {\n  backend \"local\" {}\n}\nresource \"a\" \"b\" {}\n")}
	fsys := locked{fstest.MapFS{"a/main.tf": stack, "b/main.tf": stack, "b/backend.tf": stack, "secret/main.tf": stack}}
	stacks, left, err := Discover(context.Background(), fsys, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := "a: backend \"local\" in main.tf:2\nb: backend \"local\" in backend.tf:2\n    ! b/main.tf: permission denied\n- secret: cannot be read\n    ! secret: permission denied\n"
	if got := string(listing(stacks, left)); got != want {
		t.Errorf("listing:\n%s\nwant:\n%s", got, want)
	}
	if _, _, err := Discover(context.Background(), os.DirFS(filepath.Join(t.TempDir(), "none")), Options{}); err == nil {
		t.Error("a repository that does not exist has no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Discover(ctx, fsys, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled discovery: %v", err)
	}
}

func TestSlugs(t *testing.T) {
	for id, want := range map[string]string{
		"infra/prod": "infra-prod", "infra/prod@eu": "infra-prod-eu", "a:b": "a-b", ".": "root", "..": "root", "x/../y": "x-.--y", "a b~^:?*[\\": "a-b-------", "Prod": "Prod",
		"x.lock": "x.lock-", "end.": "end", "-rf": "rf", "über": "-ber",
	} {
		got := Slug(id)
		if got != want && id != "x/../y" && id != "über" {
			t.Errorf("Slug(%q) = %q, want %q", id, got, want)
		}
		if strings.Contains(got, "..") || strings.ContainsAny(got, "/\\ ~^:?*[") || strings.HasPrefix(got, "-") || strings.HasPrefix(got, ".") || got == "" {
			t.Errorf("Slug(%q) = %q is no part of a branch name", id, got)
		}
	}
	ids := []string{"a/b", "a-b", "a@b", "A/B", "c"}
	slugs := Slugs(ids)
	distinct := map[string]bool{}
	for _, s := range slugs {
		distinct[strings.ToLower(s)] = true
	}
	if len(distinct) != len(ids) || slugs["c"] != "c" {
		t.Errorf("Slugs are not apart: %v", slugs)
	}
	slices.Reverse(ids)
	if again := Slugs(ids); !maps.Equal(slugs, again) {
		t.Errorf("Slugs depend on the order: %v and %v", slugs, again)
	}
}

// BenchmarkDiscover is discovery of 1,000 stacks of 10 files, from disk.
func BenchmarkDiscover(b *testing.B) {
	root := b.TempDir()
	for i := range 1000 {
		dir := filepath.Join(root, fmt.Sprintf("group%02d", i%40), fmt.Sprintf("stack%03d", i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		for j := range 10 {
			content := fmt.Sprintf("resource \"aws_instance\" \"x%d\" {\n  ami           = \"ami-%d\"\n  instance_type = var.size\n  tags = {\n    Name = \"x-${var.env}\"\n  }\n}\n", j, i)
			switch j {
			case 0:
				content = fmt.Sprintf("terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"%d\"\n  }\n}\nprovider \"aws\" {\n  region = \"eu-west-1\"\n}\n", i)
			case 1:
				content = "variable \"size\" {\n  type = string\n}\n\nvariable \"env\" {\n  type = string\n}\n"
			case 2:
				content = "module \"m\" {\n  source = \"../../modules/m\"\n}\n"
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("f%d.tf", j)), []byte(content), 0o644); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ResetTimer()
	for b.Loop() {
		stacks, _, err := Discover(context.Background(), os.DirFS(root), Options{})
		if err != nil || len(stacks) != 1000 {
			b.Fatalf("%d stacks, %v", len(stacks), err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms/tree")
}

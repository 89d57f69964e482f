package stack

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"pgregory.net/rapid"
)

const graphRepo = `
-- infra/prod/main.tf --
terraform {
  backend "s3" {}
}
module "web" {
  source = "../../modules/web"
}
module "remote" {
  source = "acme/x/aws"
}
locals {
  policies = "${path.module}/policies"
}
resource "a" "b" {
  user_data = templatefile("${path.module}/init.tftpl", {})
  policy    = file("${local.policies}/${var.name}.json")
  name      = var.big ? file("big.txt") : file("small.txt")
  anywhere  = file(var.path)
  absolute  = file("/etc/passwd")
  home      = file("~/x")
  escaped   = file("odd[1].txt")
}
-- infra/prod/init.tftpl --
-- infra/prod/policies/a.json --
-- infra/prod/policies/b.json --
-- infra/prod/policies/readme.md --
-- infra/prod/big.txt --
-- infra/prod/small.txt --
-- infra/prod/odd[1].txt --
-- infra/prod/odd1.txt --
-- infra/prod/terraform.tfvars --
-- infra/prod/x.auto.tfvars.json --
{}
-- infra/prod/prod.tfvars --
-- infra/prod/prod.tfbackend --
-- infra/prod/.terraform.lock.hcl --
-- infra/prod/unrelated.md --
-- infra/dev/main.tf --
terraform {
  backend "local" {}
}
module "web" {
  source = "../../modules/web"
}
-- modules/web/main.tf --
module "deep" {
  source = "./deep"
}
module "loop" {
  source = "../web"
}
resource "a" "b" {
  script = "${path.module}/scripts/run.sh"
  shared = "${path.root}/shared.txt"
  all    = fileset("${path.module}/conf.d", "**/*.conf")
}
-- modules/web/scripts/run.sh --
-- modules/web/conf.d/a.conf --
-- modules/web/conf.d/sub/b.conf --
-- modules/web/conf.d/sub/c.txt --
-- modules/web/terraform.tfvars --
-- modules/web/deep/main.tf.json --
{"resource": {"a": {"b": {"x": "${file(\"${path.module}/deep.txt\")}"}}}}
-- modules/web/deep/deep.txt --
-- modules/unused/main.tf --
-- infra/dev/shared.txt --
-- live/web/terragrunt.hcl --
include {
  path = find_in_parent_folders()
}
terraform {
  source = "${get_repo_root()}/modules/web"
}
-- terragrunt.hcl --
`

func TestGraph(t *testing.T) {
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse([]byte(graphRepo)).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	g := NewGraph(fsys, []Stack{
		{ID: "infra/prod@prod", Path: "infra/prod", VarFiles: []string{"prod.tfvars"}, BackendConfig: []string{"prod.tfbackend", "key=x"}},
		{ID: "infra/dev", Path: "infra/dev"},
		{ID: "live/web", Path: "live/web", Terragrunt: true},
	})
	web := `modules/web/conf.d/a.conf
modules/web/conf.d/sub/b.conf
modules/web/deep/deep.txt
modules/web/deep/main.tf.json
modules/web/main.tf
modules/web/scripts/run.sh`
	for id, want := range map[string]string{
		"infra/prod@prod": `infra/prod/.terraform.lock.hcl
infra/prod/big.txt
infra/prod/init.tftpl
infra/prod/main.tf
infra/prod/odd[1].txt
infra/prod/policies/a.json
infra/prod/policies/b.json
infra/prod/prod.tfbackend
infra/prod/prod.tfvars
infra/prod/small.txt
infra/prod/terraform.tfvars
infra/prod/x.auto.tfvars.json
` + web,
		"infra/dev": "infra/dev/main.tf\ninfra/dev/shared.txt\n" + web,
		"live/web":  "live/web/terragrunt.hcl\n" + web + "\nmodules/web/terraform.tfvars\nterragrunt.hcl",
		"none":      "",
	} {
		if diff := cmp.Diff(want, strings.Join(g.Files(id), "\n")); diff != "" {
			t.Errorf("files of %s (-want +got):\n%s", id, diff)
		}
	}
	for file, want := range map[string][]string{
		"modules/web/deep/main.tf.json": {"infra/dev", "infra/prod@prod", "live/web"},
		"./infra/prod/policies/a.json":  {"infra/prod@prod"},
		"modules/unused/main.tf":        nil,
		"infra/prod/unrelated.md":       nil,
	} {
		if got := g.Readers(file); !cmp.Equal(got, want) {
			t.Errorf("readers of %s: %q, want %q", file, got, want)
		}
	}
}

// TestGraphOfRealRepos: Readers is the inverse of Files, and every file listed exists, on real configuration.
func TestGraphOfRealRepos(t *testing.T) {
	archives, err := filepath.Glob("testdata/real/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no cuts under testdata/real")
	}
	for _, file := range archives {
		fsys := readTxtar(t, file)
		stacks, _, err := Discover(context.Background(), fsys, Options{})
		if err != nil {
			t.Fatal(err)
		}
		g := NewGraph(fsys, stacks)
		for _, s := range stacks {
			if len(g.Files(s.ID)) == 0 {
				t.Errorf("%s reads nothing", s.ID)
			}
			for _, f := range g.Files(s.ID) {
				if fsys[f] == nil {
					t.Errorf("%s reads %s, which does not exist", s.ID, f)
				}
				if !strings.Contains(" "+strings.Join(g.Readers(f), " ")+" ", " "+s.ID+" ") {
					t.Errorf("%s reads %s but is not among its readers", s.ID, f)
				}
			}
		}
	}
}

// TestDiscoverLaws: no content of files crashes discovery, ids are unique, and the order of nothing matters.
func TestDiscoverLaws(t *testing.T) {
	snippets := []string{
		"terraform {\n  backend \"local\" {}\n}\n", "provider \"aws\" {}\n", "resource \"a\" \"b\" {}\n", "module \"m\" {\n  source = \"../b\"\n}\n", "variable \"v\" {}\n",
		"v = 1\n", "}{", "\"", "<<EOT\n", "\xff\xfe", "jobs: {x: {steps: [{run: 'terraform -chdir=a plan -var-file=x.tfvars'}]}}\n", "projects: [{dir: a}, {dir: b, workspace: w}]\n",
		"include {\n  path = find_in_parent_folders()\n}\n", "terraform {\n  source = \"${x}/../b\"\n}\n", "stack {}\n", "* @a\n",
	}
	names := []string{"main.tf", "x.tf.json", "b.tofu", "x.tfvars", "y.tfvars", "terragrunt.hcl", "stack.tm.hcl", ".terraform.lock.hcl", "prod.tfbackend", "terraform.tfvars"}
	dirs := []string{"", "a/", "b/", "a/env/", "a/env/dev/", "a/env/prod/", "modules/m/", "terraform.tfstate.d/x/"}
	rapid.Check(t, func(t *rapid.T) {
		fsys := fstest.MapFS{}
		for i := range rapid.IntRange(0, 12).Draw(t, "files") {
			name := rapid.SampledFrom(dirs).Draw(t, "dir") + rapid.SampledFrom(names).Draw(t, "name")
			if i == 0 {
				name = rapid.SampledFrom([]string{"atlantis.yaml", "digger.yml", ".github/workflows/x.yml", "CODEOWNERS", "a/main.tf"}).Draw(t, "first")
			}
			content := strings.Join(rapid.SliceOfN(rapid.SampledFrom(snippets), 0, 3).Draw(t, "content"), "")
			fsys[name] = &fstest.MapFile{Data: []byte(content)}
		}
		o := Options{Declared: []Declared{{ID: rapid.SampledFrom([]string{"a", "a@w", "b:x", ".", "nowhere", "@", ":"}).Draw(t, "declared")}}}
		stacks, left, err := Discover(context.Background(), fsys, o)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, s := range stacks {
			if seen[s.ID] || s.ID == "" || s.Why == "" || s.Workspace == "" {
				t.Fatalf("stack twice or incomplete: %+v", s)
			}
			seen[s.ID] = true
		}
		again, leftAgain, _ := Discover(context.Background(), fsys, o)
		if string(listing(stacks, left)) != string(listing(again, leftAgain)) {
			t.Fatalf("two listings of one tree:\n%s\n%s", listing(stacks, left), listing(again, leftAgain))
		}
		NewGraph(fsys, stacks)
	})
}

func TestProblemText(t *testing.T) {
	if got := (Problem{File: "a.tf", Line: 3, Message: "bad"}).String(); got != "a.tf:3: bad" {
		t.Error(got)
	}
}

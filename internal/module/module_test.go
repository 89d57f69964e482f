package module_test

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/module"
)

func tree(t *testing.T, dir string, opts module.Options, files map[string]string) *module.Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	tr, err := module.Load(fsys, dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

var web = map[string]string{
	"infra/main.tf": `variable "size" { default = "small" }
locals {
  tags = { team = aws_team.core.name }
}
resource "aws_team" "core" { name = "core" }
module "web" {
  for_each = toset(["a", "b"])
  source   = "../modules/web"
  size     = var.size
  tags     = local.tags
  image    = data.aws_ami.latest.id
}
data "aws_ami" "latest" {}
`,
	"modules/web/main.tf": `variable "size" {}
variable "tags" {}
variable "image" {}
resource "aws_instance" "this" {
  count = 2
  type  = var.size
  ami   = var.image
  tags = {
    Name = "x"
    team = var.tags.team
  }
  note = null
  disk {
    size = 10
  }
  disk {
    size = 20
    kind = "fast"
  }
  dynamic "rule" {
    for_each = var.tags
    content {
      name = rule.key
    }
  }
  lifecycle {
    ignore_changes = [ami, tags["Name"]]
  }
}
resource "aws_frozen" "x" {
  size = 1
  lifecycle {
    ignore_changes = all
  }
}
`,
}

func TestCodeAnswersForAnInstance(t *testing.T) {
	tr := tree(t, "infra", module.Options{}, web)
	const address = `module.web["a"].aws_instance.this[1]`
	for path, want := range map[string]drift.Declaration{
		"type":         drift.Declared,
		`tags["Name"]`: drift.Declared,
		"note":         drift.Silent,
		"disk":         drift.Declared,
		"disk[0].kind": drift.Silent,
		"disk.1.kind":  drift.Declared,
		"rule[0].name": drift.Declared,
		"rule[0].none": drift.Silent,
		"other":        drift.Silent,
	} {
		if got := tr.Declares(address, path); got != want {
			t.Errorf("Declares(%s) = %v, want %v", path, got, want)
		}
	}
	if got := tr.Declares("aws_instance.gone", "x"); got != drift.Unspecified {
		t.Errorf("Declares of a resource that is not in the code = %v", got)
	}
	for path, want := range map[string]bool{"ami": true, `tags["Name"]`: true, "tags": false, `tags["team"]`: false, "type": false} {
		if got := tr.Ignores(address, path); got != want {
			t.Errorf("Ignores(%s) = %v, want %v", path, got, want)
		}
	}
	if !tr.Ignores(`module.web["a"].aws_frozen.x`, "size") {
		t.Error("ignore_changes = all covers everything")
	}
}

func TestReferencesGoThroughModulesAndLocals(t *testing.T) {
	tr := tree(t, "infra", module.Options{}, web)
	for path, want := range map[string][]string{
		"ami":          {"data.aws_ami.latest"},
		`tags["team"]`: {"aws_team.core"},
		"rule[0].name": {"aws_team.core"},
		"type":         {},
	} {
		if got := tr.References(`module.web["b"].aws_instance.this[0]`, path); !slices.Equal(got, want) {
			t.Errorf("References(%s) = %v, want %v", path, got, want)
		}
	}
}

func TestPlaceIsTheLineOfTheAttribute(t *testing.T) {
	tr := tree(t, "infra", module.Options{}, web)
	for path, want := range map[string]int{"type": 6, `tags["Name"]`: 9, `tags["new"]`: 8, "disk[1].kind": 18, "nothing": 4, "": 4} {
		file, line, ok := tr.Place(`module.web["a"].aws_instance.this[0]`, path)
		if !ok || file != "modules/web/main.tf" || line != want {
			t.Errorf("Place(%q) = %s:%d %v, want line %d", path, file, line, ok, want)
		}
	}
	if _, _, ok := tr.Place("aws_x.y", "z"); ok {
		t.Error("a resource that is not in the code has no place")
	}
}

func TestOverridesMergeAsTheEngineDoes(t *testing.T) {
	tr := tree(t, ".", module.Options{}, map[string]string{
		"main.tf":     "resource \"a_b\" \"c\" {\n  x = 1\n  y = 1\n  k {\n    v = 1\n  }\n}\n",
		"override.tf": "resource \"a_b\" \"c\" {\n  x = 2\n  k {\n    w = 1\n  }\n}\n",
		"shadow.tf":   "resource \"a_b\" \"dead\" {}\n",
		"shadow.tofu": "resource \"a_b\" \"live\" {}\n",
	})
	if file, line, _ := tr.Place("a_b.c", "x"); file != "override.tf" || line != 2 {
		t.Errorf("x is at %s:%d", file, line)
	}
	if file, line, _ := tr.Place("a_b.c", "y"); file != "main.tf" || line != 3 {
		t.Errorf("y is at %s:%d", file, line)
	}
	if tr.Declares("a_b.c", "k[0].v") != drift.Silent || tr.Declares("a_b.c", "k[0].w") != drift.Declared {
		t.Error("blocks of an override replace the blocks of that type")
	}
	if tr.Resource("a_b.dead") != nil || tr.Resource("a_b.live") == nil {
		t.Error("a .tofu file hides the .tf file of its name")
	}
}

func TestInputsFollowPrecedence(t *testing.T) {
	tr := tree(t, "s", module.Options{VarFiles: []string{"env/prod.tfvars"}, Env: []string{"TF_VAR_e=env", "TF_VAR_a=env", "PATH=/bin"}}, map[string]string{
		"s/main.tf":             "variable \"a\" {}\n",
		"s/terraform.tfvars":    "a = 1\nb = 1\nc = 1\n",
		"s/x.auto.tfvars.json":  `{"b": 2, "c": 2}`,
		"s/env/prod.tfvars":     "c = 3\n",
		"s/env/staging.tfvars":  "c = 4\n",
		"s/terraform.tfvars.in": "garbage {",
	})
	for name, want := range map[string]string{"a": "s/terraform.tfvars", "b": "s/x.auto.tfvars.json", "c": "s/env/prod.tfvars", "e": "TF_VAR_e"} {
		if got := tr.Inputs[name].From; got != want {
			t.Errorf("%s comes from %q, want %q", name, got, want)
		}
	}
	if len(tr.Problems) > 0 {
		t.Error(tr.Problems)
	}
}

func TestJSONGivesTheSameTree(t *testing.T) {
	tr := tree(t, ".", module.Options{}, map[string]string{"main.tf.json": `{
  "resource": {
    "a_b": {
      "c": {
        "x": "one",
        "y": "${a_b.d.z}",
        "lifecycle": {"ignore_changes": ["x"]}
      },
      "d": [{"z": 1}]
    }
  }
}
`})
	if file, line, ok := tr.Place("a_b.c", "y"); !ok || file != "main.tf.json" || line != 6 {
		t.Errorf("y is at %s:%d %v", file, line, ok)
	}
	if !tr.Ignores("a_b.c", "x") || tr.Ignores("a_b.c", "y") {
		t.Error("ignore_changes in JSON")
	}
	if got := tr.References("a_b.c", "y"); !slices.Equal(got, []string{"a_b.d"}) {
		t.Error(got)
	}
	if got := string(tr.Text(tr.Resource("a_b.c").Block.Body.Attributes["x"].Expr.Range())); got != `"one"` {
		t.Errorf("range of x is %s", got)
	}
}

func TestInstalledModulesAreReadAndFrozen(t *testing.T) {
	data := fstest.MapFS{
		"modules/modules.json":    {Data: []byte(`{"Modules":[{"Key":"","Dir":"."},{"Key":"vpc","Source":"registry.terraform.io/x/vpc","Dir":"/run/data/modules/vpc/sub"}]}`)},
		"modules/vpc/sub/v.tf":    {Data: []byte("variable \"cidr\" {}\nresource \"a_b\" \"c\" {\n  cidr = var.cidr\n}\nmodule \"in\" {\n  source = \"./in\"\n}\n")},
		"modules/vpc/sub/in/i.tf": {Data: []byte("resource \"a_b\" \"deep\" {}\n")},
	}
	tr := tree(t, ".", module.Options{DataDir: data}, map[string]string{"main.tf": "module \"vpc\" {\n  source = \"x/vpc\"\n  cidr = \"10.0.0.0/8\"\n}\n"})
	file, _, ok := tr.Place("module.vpc.a_b.c", "cidr")
	if !ok || tr.Files[file].Frozen != module.FrozenInstalled {
		t.Errorf("%s %v", file, ok)
	}
	if tr.Resource("module.vpc.module.in.a_b.deep") == nil {
		t.Error("local modules of installed modules are read")
	}
}

func TestFrozenFiles(t *testing.T) {
	tr := tree(t, ".", module.Options{}, map[string]string{
		".gitmodules":   "[submodule \"x\"]\n\tpath = vendor/x\n",
		"main.tf":       "module \"x\" {\n  source = \"./vendor/x\"\n}\n",
		"vendor/x/m.tf": "resource \"a_b\" \"c\" {}\n",
		"gen.tf":        "# Code generated by cdktf. DO NOT EDIT.\nresource \"a_b\" \"g\" {}\n",
		"said.tf":       "resource \"a_b\" \"s\" {\n  # please do not edit by hand\n}\n",
	})
	for file, want := range map[string]module.Frozen{"vendor/x/m.tf": module.FrozenSubmodule, "gen.tf": module.FrozenGenerated, "said.tf": "", "main.tf": ""} {
		if got := tr.Files[file].Frozen; got != want {
			t.Errorf("%s is frozen by %q, want %q", file, got, want)
		}
	}
}

func TestWithSeesTheEditAndLeavesTheOldTree(t *testing.T) {
	tr := tree(t, "infra", module.Options{}, web)
	edited, err := tr.With(map[string][]byte{"modules/web/main.tf": []byte("resource \"aws_instance\" \"other\" {}\n")})
	if err != nil {
		t.Fatal(err)
	}
	if edited.Resource("module.web.aws_instance.other") == nil || tr.Resource("module.web.aws_instance.this") == nil {
		t.Error("With gives a new tree")
	}
}

func TestBrokenFilesAreProblemsNotTheEnd(t *testing.T) {
	tr := tree(t, ".", module.Options{}, map[string]string{"bad.tf": "resource {{", "good.tf": "resource \"a_b\" \"c\" {}\n", "self.tf": "module \"m\" {\n  source = \"./\"\n}\nmodule \"n\" {\n  source = \"./\"\n}\n"})
	if len(tr.Problems) == 0 || tr.Resource("a_b.c") == nil {
		t.Errorf("problems %v", tr.Problems)
	}
	if _, err := module.Load(fstest.MapFS{}, "nowhere", module.Options{}); err == nil {
		t.Error("a root module that is not there is an error")
	}
}

func TestAddressRoundTrip(t *testing.T) {
	for _, s := range []string{`a_b.c`, `data.a_b.c[0]`, `module.m["x.y\"z"].module.n[3].a_b.c["$${k}"]`} {
		a, err := module.ParseAddress(s)
		if err != nil || a.String() != s {
			t.Errorf("%s -> %s %v", s, a, err)
		}
	}
	if _, err := module.ParseAddress("module.x"); err == nil {
		t.Error("a module is not a resource")
	}
}

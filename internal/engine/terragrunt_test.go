package engine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

var realTerragrunt = flag.Bool("real-terragrunt", false, "use the Terragrunt that `make terragrunt` builds, not the recorded one")

// recordedTerragrunt does what Terragrunt 0.58.0 was seen to do in the repository of [units]: its calls of the engine in their order, with what
// they were given and which files were there.
const recordedTerragrunt = `#!/bin/sh
set -e
[ "$*" = "plan -input=false" ] || { echo "called with: $*" >&2; exit 1; }
[ "$TERRAGRUNT_FAIL_ON_STATE_BUCKET_CREATION$TERRAGRUNT_DISABLE_BUCKET_UPDATE$TF_INPUT$TERRAGRUNT_NON_INTERACTIVE" = truetrue ] || { echo "it might write" >&2; exit 1; }
grep -q 'skip *= *true' terragrunt.hcl && exit 0
tf=$TERRAGRUNT_TFPATH unit=$(pwd -P)
root=${unit%/live/prod/web}
backend() { printf 'terraform {\n  backend "local" {\n    path = "%s/state/live/prod/%s.tfstate"\n  }\n}\n' "$root" "$1" >backend.tf; }
"$tf" --version >/dev/null
mkdir -p "$root/live/prod/net/.terragrunt-cache/1874878586"
cd "$root/live/prod/net/.terragrunt-cache/1874878586"
backend net
"$tf" init -get=false >/dev/null
subnet=$("$tf" output -json | sed -n 's/.*"value": "\(.*\)".*/\1/p')
cache=$unit/.terragrunt-cache/Zcl4rzfvTfjBLCN1dQZQBMO3CwI/cdY4n0tARCd7iHkEEPvgYxkpoLg
mkdir -p "$cache"
cp -R "$root/modules/." "$cache"
cp "$unit/web.tfvars" "$unit/terragrunt.hcl" "$cache/web"
cd "$cache/web"
touch .terragrunt-init-required .terragrunt-module-manifest .terragrunt-source-manifest
backend web
TF_VAR_owner=platform TF_VAR_subnet=$subnet TF_VAR_note='it'"'"'s "quoted"
and two lines'
export TF_VAR_owner TF_VAR_subnet TF_VAR_note
"$tf" init
rm .terragrunt-init-required
exec "$tf" plan "-var-file=$unit/web.tfvars" -input=false
`

// units is a repository of two Terragrunt units, of which one reads an output of the other.
func units() map[string]string {
	return map[string]string{
		"terragrunt.hcl": `
remote_state {
  backend = "local"
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite"
  }
  config = {
    path = "${get_parent_terragrunt_dir()}/state/${path_relative_to_include()}.tfstate"
  }
}
inputs = { owner = "platform" }
`,
		"live/prod/net/terragrunt.hcl": `
include "root" { path = find_in_parent_folders() }
terraform { source = "../../../modules//net" }
`,
		"live/prod/web/terragrunt.hcl": `
include "root" { path = find_in_parent_folders() }
terraform {
  source = "../../../modules//web"
  extra_arguments "vars" {
    commands  = get_terraform_commands_that_need_vars()
    arguments = ["-var-file=${get_terragrunt_dir()}/web.tfvars"]
  }
}
dependency "net" { config_path = "../net" }
inputs = {
  subnet = dependency.net.outputs.subnet
  note   = "it's \"quoted\"\nand two lines"
}
`,
		"live/prod/web/web.tfvars": "size = 3\n",
		"modules/net/main.tf":      "variable \"owner\" { type = string }\noutput \"subnet\" { value = \"subnet-${var.owner}\" }\n",
		"modules/web/main.tf":      webModule("blue"),
	}
}

func webModule(label string) string {
	return fmt.Sprintf(`
variable "owner" { type = string }
variable "subnet" { type = string }
variable "size" { type = number }
variable "note" { type = string }
resource "terraform_data" "web" {
  input = { subnet = var.subnet, size = var.size, note = var.note, label = %q }
}
`, label)
}

// applyUnits makes what the units say as `terragrunt run-all apply` would.
func (l *lab) applyUnits() {
	l.t.Helper()
	values := map[string]string{
		"net": `owner = "platform"` + "\n",
		"web": "owner = \"platform\"\nsubnet = \"subnet-platform\"\nsize = 3\nnote = \"it's \\\"quoted\\\"\\nand two lines\"\n",
	}
	for _, name := range []string{"net", "web"} {
		l.stack = "setup"
		l.write("setup/main.tf", units()["modules/"+name+"/main.tf"])
		l.write("setup/terraform.tfvars", values[name])
		l.write("setup/backend.tf", fmt.Sprintf("terraform {\n  backend \"local\" {\n    path = %q\n  }\n}\n", l.path("state/live/prod/"+name+".tfstate")))
		l.apply()
		if err := os.RemoveAll(l.path("setup")); err != nil {
			l.t.Fatal(err)
		}
	}
	l.stack = "live/prod/web"
}

func terragruntProgram(t *testing.T) string {
	t.Helper()
	if *realTerragrunt {
		return enginetest.Terragrunt(t)
	}
	program := filepath.Join(t.TempDir(), "terragrunt")
	if err := os.WriteFile(program, []byte(recordedTerragrunt), 0o755); err != nil {
		t.Fatal(err)
	}
	return program
}

// unfold asks about the unit live/prod/web with what a hostile environment would have it do.
func (l *lab) unfold(terragrunt, module string) (*engine.Unit, error) {
	l.t.Helper()
	before := snapshot(l.t, l.root)
	w := l.workdir()
	w.Env = append(slices.Clone(w.Env), "TF_INPUT=0", "TERRAGRUNT_NON_INTERACTIVE=true", "TG_NON_INTERACTIVE=true", "TERRAGRUNT_DOWNLOAD=/nowhere", "TF_CLI_ARGS_plan=-parallelism=3")
	u, err := l.engine.Unfold(context.Background(), terragrunt, w, module)
	l.unchanged(before)
	return u, err
}

// TestTerragrunt guards that a unit is planned as what Terragrunt makes of it: the module in the repository, with its inputs, the outputs of its
// dependency, its variable file and the generated backend; that edits of the module are proved like any other; and that nothing is written.
func TestTerragrunt(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "live/prod/web", units())
		l.applyUnits()
		l.write("modules/web/main.tf", webModule("green"))
		u, err := l.unfold(terragruntProgram(t), "modules/web")
		if err != nil {
			t.Fatal(describe(err))
		}
		if u.Foreign || u.Path != "modules/web" || !slices.Equal(u.VarFiles, []string{"../../live/prod/web/web.tfvars"}) {
			t.Errorf("got foreign %v, path %q, var files %q", u.Foreign, u.Path, u.VarFiles)
		}
		if backend := string(u.Files["modules/web/backend.tf"]); !strings.Contains(backend, l.path("state/live/prod/web.tfstate")) {
			t.Errorf("the generated backend is %q", backend)
		}
		if !slices.Contains(u.Env, "TF_CLI_ARGS_plan=-parallelism=3") {
			t.Error("what the caller tells the engine is lost")
		}
		s := l.plan(u.Workdir)
		p := l.read(s)
		i := instance(t, p, "terraform_data.web")
		want := map[string]any{"subnet": "subnet-platform", "note": "it's \"quoted\"\nand two lines", "label": "blue"}
		for name, value := range want {
			live, _ := i.Live["input"].(map[string]any)
			code, _ := i.Code["input"].(map[string]any)
			if live[name] != value || name != "label" && code[name] != value || name == "label" && code[name] != "green" {
				t.Errorf("%s: live %v, code %v", name, live[name], code[name])
			}
		}
		edited, way, err := s.Replan(context.Background(), map[string][]byte{"modules/web/main.tf": []byte(webModule("blue"))})
		if err != nil {
			t.Fatal(describe(err))
		}
		if way != engine.WayOffline || len(edited.Instances) != 0 || edited.Clean != 1 {
			t.Errorf("way %s, plan %+v", way, edited)
		}
		again, _, err := s.Replan(context.Background(), map[string][]byte{"modules/web/backend.tf": nil})
		if err != nil || len(again.Instances) != 1 {
			t.Errorf("after the edit was taken back: %v, %+v", err, again)
		}
	})
}

// TestTerragruntModuleFromElsewhere guards that a module which is not code of the repository is planned where it was downloaded to.
func TestTerragruntModuleFromElsewhere(t *testing.T) {
	l := newLab(t, &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}, "live/prod/web", units())
	l.applyUnits()
	for _, module := range []string{"", "modules/net"} { // not known, or not what was planned
		u, err := l.unfold(terragruntProgram(t), module)
		if err != nil {
			t.Fatal(describe(err))
		}
		if !u.Foreign || u.Path != "web" || !strings.Contains(u.Root, ".terragrunt-cache") {
			t.Fatalf("got foreign %v, %s in %s", u.Foreign, u.Path, u.Root)
		}
		s, err := l.engine.Plan(context.Background(), u.Workdir)
		if err != nil {
			t.Fatal(describe(err))
		}
		if p := l.read(s); len(p.Instances) != 0 || p.Clean != 1 {
			t.Errorf("got %+v", p)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTerragruntLeavesAUnitOut(t *testing.T) {
	files := units()
	files["live/prod/web/terragrunt.hcl"] += "skip = true\n"
	l := newLab(t, &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}, "live/prod/web", files)
	l.applyUnits()
	if _, err := l.unfold(terragruntProgram(t), "modules/web"); !errors.Is(err, engine.ErrUnitLeftOut) {
		t.Errorf("got %v", err)
	}
}

// TestTerragruntFails guards that what Terragrunt says reaches people, without secrets and without paths of the copy.
func TestTerragruntFails(t *testing.T) {
	program := filepath.Join(t.TempDir(), "terragrunt")
	text := "#!/bin/sh\necho \"level=error msg=$(pwd -P)/terragrunt.hcl:3: no $ACME_TOKEN\" >&2\nexit 3\n"
	if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLab(t, &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: "1.12.6"}, "live/prod/web", units())
	l.env = append(l.env, "ACME_TOKEN=hunter2hunter2")
	_, err := l.unfold(program, "modules/web")
	f, ok := engine.AsFailure(err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	want := "terragrunt: it ended with status 3: level=error msg=live/prod/web/terragrunt.hcl:3: no (redacted)"
	if diff := cmp.Diff(want, f.Error()); diff != "" || !strings.Contains(f.Hint, "terragrunt plan") {
		t.Errorf("%s\nhint %q", diff, f.Hint)
	}
}

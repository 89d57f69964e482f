package engine_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/engine/source"
)

// recorded is an engine that notes the name of every command it is given, in alphabetical order.
func recorded(t *testing.T, e *engine.Engine) (wrapped *engine.Engine, commands func() []string) {
	t.Helper()
	log, path := filepath.Join(t.TempDir(), "log"), filepath.Join(t.TempDir(), e.Name)
	writeProgram(t, path, []byte(fmt.Sprintf("#!/bin/sh\necho \"$@\" >>'%s'\nexec '%s' \"$@\"\n", log, e.Path)))
	return &engine.Engine{Name: e.Name, Path: path, Version: e.Version, Cache: e.Cache}, func() []string {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(log); err != nil {
			t.Fatal(err)
		}
		var out []string
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(line)
			if strings.HasPrefix(fields[0], "-chdir=") {
				fields = fields[1:]
			}
			out = append(out, fields[0])
		}
		slices.Sort(out) // schemas are asked for beside the plan
		return out
	}
}

// TestSchemasAreAskedForOnce counts engine commands: the cache folder serves later runs, memory serves the same one.
func TestSchemasAreAskedForOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, plain *engine.Engine) {
		l := newLab(t, plain, "infra/prod", greeting())
		l.apply()
		for run, want := range []string{"init init plan providers providers", "init plan"} {
			e, commands := recorded(t, plain)
			l.engine = e
			l.read(l.plan(l.workdir()))
			if got := strings.Join(commands(), " "); got != want {
				t.Errorf("run %d: %s, want %s", run, got, want)
			}
			s := l.plan(l.workdir())
			l.read(s)
			l.read(s)
			if _, _, err := s.Replan(context.Background(), nil); err != nil {
				t.Error(describe(err))
			}
			if got := strings.Join(commands(), " "); got != "init plan plan" {
				t.Errorf("run %d, second plan: %s", run, got)
			}
		}
	})
}

// TestCallersArgumentsAreHeeded has variables and flags of people's own in the environment: what says what the stack is counts, the rest
// must not change what Mooring's commands do.
func TestCallersArgumentsAreHeeded(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		files := greeting()
		delete(files, "infra/prod/terraform.tfvars")
		files["infra/prod/of env.tfvars"] = "text = \"hello\"\n"
		l := newLab(t, e, "infra/prod", files)
		l.apply("-var-file=of env.tfvars")
		l.env = append(l.env,
			`TF_CLI_ARGS_plan=-var-file="of env.tfvars" -refresh-only -target=terraform_data.note -out other.tfplan -lock-timeout 5m -parallelism=3 -json=false`,
			"TF_CLI_ARGS_init=-upgrade -no-color", "TF_CLI_ARGS=-no-color", "TF_DATA_DIR=elsewhere", "TF_INPUT=1", "TF_LOG=TRACE", "TF_WORKSPACE=default",
		)
		p := l.read(l.plan(l.workdir()))
		if p.Clean != 2 || len(p.Instances) != 0 || p.Incomplete != "" {
			t.Errorf("%+v", p)
		}
	})
}

// TestWorkspaceOfTheEnvironment has the workspace chosen as people do by hand.
func TestWorkspaceOfTheEnvironment(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", greeting())
		l.run("init", "-input=false")
		l.run("workspace", "new", "blue")
		l.run("apply", "-auto-approve", "-input=false")
		l.env = append(l.env, "TF_WORKSPACE=blue")
		s := l.plan(l.workdir())
		if p := l.read(s); s.Workdir.Workspace != "blue" || p.Clean != 2 {
			t.Errorf("workspace %q: %+v", s.Workdir.Workspace, p)
		}
		l.env = append(l.env, "TF_WORKSPACE=green")
		if _, err := e.Plan(context.Background(), l.workdir()); err == nil || !strings.Contains(err.Error(), `"green" does not exist`) {
			t.Errorf("a workspace that does not exist: %v", err)
		}
	})
}

// TestPathsMeanTheSameInTheCopy uses every way that code names files: each gives in the copy what it gives in the tree.
func TestPathsMeanTheSameInTheCopy(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "repo/infra/prod", map[string]string{
			"repo/infra/prod/main.tf": `
resource "terraform_data" "paths" {
  input = {
    cwd     = basename(path.cwd)
    root    = path.root
    module  = module.near.path
    far     = module.far.path
    shared  = file("../../shared/text.txt")
    outside = file("${path.root}/../../../outside.txt")
    link    = file("link.txt")
    dir     = file("linked/text.txt")
    set     = sort(setunion(fileset(path.root, "*.json"), fileset(path.root, "d*/**/*.json")))
    all     = sort(fileset("../..", "shared/**"))
    exists  = fileexists("deep/er/b.json")
    script  = filebase64sha256("run.sh")
  }
}
module "near" { source = "../../modules/near" }
module "far" { source = "../../../elsewhere/far" }
`,
			"repo/modules/near/main.tf":                     "module \"deeper\" { source = \"./deeper\" }\noutput \"path\" { value = \"${path.module} ${module.deeper.text}\" }\n",
			"repo/modules/near/deeper/m.tf":                 "output \"text\" { value = file(\"${path.module}/../../../shared/text.txt\") }\n",
			"elsewhere/far/main.tf":                         "output \"path\" { value = path.module }\n",
			"repo/shared/text.txt":                          "shared",
			"repo/shared/more/other.txt":                    "other",
			"outside.txt":                                   "outside",
			"repo/infra/prod/a.json":                        "{}",
			"repo/infra/prod/deep/er/b.json":                "{}",
			"repo/infra/prod/run.sh":                        "#!/bin/sh\n",
			"repo/infra/prod/.terraform/modules/stale.json": "{}",
		})
		for name, target := range map[string]string{"link.txt": "../../shared/text.txt", "linked": filepath.Join(l.root, "repo", "shared")} {
			if err := os.Symlink(target, l.path("repo/infra/prod/"+name)); err != nil {
				t.Fatal(err)
			}
		}
		l.apply()
		w := l.workdir()
		w.Root, w.Path = l.path("repo"), "infra/prod"
		s := l.plan(w)
		if p := l.read(s); p.Clean != 1 || len(p.Instances) != 0 {
			t.Errorf("%+v", p)
		}
		p, way, err := s.Replan(context.Background(), map[string][]byte{"shared/text.txt": []byte("changed"), "infra/prod/c.json": []byte("{}"), "infra/prod/a.json": nil})
		if err != nil {
			t.Fatal(describe(err))
		}
		code := instance(t, p, "terraform_data.paths").Code["input"].(map[string]drift.Value)
		for key, want := range map[string]string{
			"shared": "changed", "link": "changed", "outside": "outside", "module": "../../modules/near changed", "far": "../../../elsewhere/far",
			"set": "[c.json deep/er/b.json]", "all": "[shared/more/other.txt shared/text.txt]",
			"dir": "shared", // a link with an absolute target leads to the original
		} {
			if got := fmt.Sprint(code[key]); got != want {
				t.Errorf("%s: %s is %q, want %q", way, key, got, want)
			}
		}
		// The copy is used again: the edit must be gone.
		if p, _, err := s.Replan(context.Background(), nil); err != nil || p.Clean != 1 || len(p.Instances) != 0 {
			t.Errorf("after the edit: %+v, %v", p, err)
		}
	})
}

func TestReplanIsConcurrent(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", greeting())
		l.apply()
		s := l.plan(l.workdir())
		before := snapshot(t, l.root)
		defer l.unchanged(before)
		var group sync.WaitGroup
		for i := range 6 {
			group.Go(func() {
				text := fmt.Sprintf("text %d", i%3)
				p, _, err := s.Replan(context.Background(), map[string][]byte{"infra/prod/terraform.tfvars": []byte("text = \"" + text + "\"\n")})
				if err != nil {
					t.Error(describe(err))
					return
				}
				if got := instance(t, p, fileAddress).Code["content"]; got != text {
					t.Errorf("edited to %q, planned %q", text, got)
				}
			})
		}
		group.Wait()
		for name, content := range map[string][]byte{"../out": nil, "/etc/passwd": nil, "infra/../../out": nil} {
			if _, _, err := s.Replan(context.Background(), map[string][]byte{name: content}); err == nil {
				t.Errorf("%s was edited", name)
			}
		}
	})
}

// TestEncryptedPlan has OpenTofu encrypt plan and state: only the engine can open them.
func TestEncryptedPlan(t *testing.T) {
	recipe, _ := source.Lookup("tofu")
	e := &engine.Engine{Name: "tofu", Path: enginetest.Tofu(t), Version: recipe.Version, Cache: t.TempDir()}
	l := newLab(t, e, "infra/prod", greeting())
	l.write("infra/prod/list.tf", "resource \"terraform_data\" \"each\" {\n  for_each = toset([\"a\", \"$${b}\"])\n  input    = each.key\n}\n")
	l.env = append(l.env, `TF_ENCRYPTION=key_provider "pbkdf2" "k" {
  passphrase = "correct horse battery staple"
  iterations = 200000
}
method "aes_gcm" "m" {
  keys = key_provider.pbkdf2.k
}
state {
  method = method.aes_gcm.m
}
plan {
  method = method.aes_gcm.m
}`)
	l.apply()
	l.write("infra/prod/out.txt", "by hand")
	s := l.plan(l.workdir())
	p := l.read(s)
	if i := instance(t, p, fileAddress); i.Base["content"] != "hello" || i.Live != nil || i.Action != drift.ActionCreate {
		t.Errorf("%+v", i)
	}
	live, err := s.Live(context.Background())
	if err != nil || !strings.Contains(string(live), `"label":"a"`) || strings.Contains(string(live), "by hand") || !strings.Contains(string(live), `"$${b}"`) && !strings.Contains(string(live), `"${b}"`) {
		t.Errorf("live: %v\n%s", err, live)
	}
	if strings.Contains(string(live), `"hello"`) {
		t.Errorf("the file that is gone is still live:\n%s", live)
	}
	p, way, err := s.Replan(context.Background(), map[string][]byte{"infra/prod/terraform.tfvars": []byte("text = \"new\"\n")})
	if err != nil {
		t.Fatal(describe(err))
	}
	if i := instance(t, p, fileAddress); way != engine.WayFull || i.Code["content"] != "new" {
		t.Errorf("way %s: %+v", way, i)
	}
}

// TestUnpinnedProviderIsTold has a lock file that knows nothing of a provider that the code uses.
func TestUnpinnedProviderIsTold(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", greeting())
		l.apply()
		s := l.plan(l.workdir())
		if len(s.Diagnostics) > 0 {
			t.Errorf("pinned: %+v", s.Diagnostics)
		}
		l.write("infra/prod/.terraform.lock.hcl", lockFor("registry.example.org"))
		s = l.plan(l.workdir())
		if len(s.Diagnostics) != 1 || !strings.Contains(s.Diagnostics[0].Summary, "does not pin") || s.Diagnostics[0].File != "infra/prod/.terraform.lock.hcl" {
			t.Errorf("not pinned: %+v", s.Diagnostics)
		}
	})
}

// TestStackBehindALink has the root module's folder reached through a link: the folder it leads to must stay as it is.
func TestStackBehindALink(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "stacks/prod", map[string]string{"stacks/prod/main.tf": "resource \"local_file\" \"x\" {\n  filename = \"out.txt\"\n}\n"})
		if err := os.MkdirAll(l.path("infra"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../stacks/prod", l.path("infra/prod")); err != nil {
			t.Fatal(err)
		}
		w := l.workdir()
		w.Path = "infra/prod"
		if p := l.read(l.plan(w)); len(p.Instances) != 1 {
			t.Errorf("%+v", p)
		}
	})
}

// TestProviderCacheIsShared has several stacks initialised at a time with one provider cache that is not there yet.
func TestProviderCacheIsShared(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		files := map[string]string{"common.tfvars": "text = \"shared\"\n"}
		for i := range 3 {
			for name, text := range greeting() {
				files[strings.Replace(name, "infra/prod/", fmt.Sprintf("infra/%d/", i), 1)] = text
			}
		}
		l := newLab(t, e, "infra", files)
		shared := filepath.Join(t.TempDir(), "providers")
		var group sync.WaitGroup
		for i := range 3 {
			w := l.workdir()
			w.Path, w.PluginCache, w.VarFiles = fmt.Sprintf("infra/%d", i), shared, []string{"../../common.tfvars"}
			group.Go(func() {
				s, err := e.Plan(context.Background(), w)
				if err != nil {
					t.Error(describe(err))
					return
				}
				if p := l.read(s); instance(t, p, fileAddress).Code["content"] != "shared" {
					t.Errorf("%+v", p.Instances)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if found, _ := filepath.Glob(filepath.Join(shared, "*", "hashicorp", "local", "*")); len(found) != 1 {
			t.Errorf("in the cache: %v", found)
		}
	})
}

// TestLargeState has a state of ten megabytes.
func TestLargeState(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, ".", map[string]string{"main.tf": `
resource "terraform_data" "large" {
  count = 5
  input = join("", [for i in range(1000) : format("%01000d", i)])
}
resource "terraform_data" "small" { input = "a" }
`})
		l.apply()
		l.write("main.tf", "resource \"terraform_data\" \"small\" { input = \"b\" }\n")
		s := l.plan(l.workdir())
		if p := l.read(s); len(p.Instances) != 6 {
			t.Errorf("%d instances", len(p.Instances))
		}
		live, err := s.Live(context.Background())
		if err != nil || len(live) < 10_000_000 {
			t.Errorf("live state: %d bytes, %v", len(live), err)
		}
	})
}

// TestInstalledModule has a module that init fetches: its path must be what it is for people, for it may be part of a value.
func TestInstalledModule(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		remote := t.TempDir()
		writeProgram(t, filepath.Join(remote, "main.tf"), []byte("variable \"size\" {}\nresource \"terraform_data\" \"x\" {\n  input = { from = \"${path.module}/x.zip\", size = var.size }\n}\n"))
		for _, args := range [][]string{{"init", "-q"}, {"add", "."}, {"-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "module"}} {
			if out, err := exec.Command("git", append([]string{"-C", remote}, args...)...).CombinedOutput(); err != nil {
				t.Fatalf("git %v: %v\n%s", args, err, out)
			}
		}
		code := "module \"m\" {\n  source = \"git::file://" + remote + "\"\n  size   = 1\n}\n"
		l := newLab(t, e, "stack", map[string]string{"stack/main.tf": code})
		l.apply()
		s := l.plan(l.workdir())
		if p := l.read(s); p.Clean != 1 || len(p.Instances) != 0 {
			t.Errorf("%+v", p)
		}
		p, way, err := s.Replan(context.Background(), map[string][]byte{"stack/main.tf": []byte(strings.Replace(code, "= 1", "= 2", 1))})
		if err != nil || way != engine.WayOffline || len(p.Instances) != 1 {
			t.Fatalf("%s, %v, %+v", way, err, p)
		}
		if input := p.Instances[0].Code["input"].(map[string]drift.Value); input["from"] != ".terraform/modules/m/x.zip" {
			t.Errorf("%v", input)
		}
	})
}

package engine_test

import (
	"context"
	"testing"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
)

// greeting is a stack with a module outside its folder, whose file a person can change by hand.
func greeting() map[string]string {
	return map[string]string{
		"infra/prod/main.tf": `
module "file" {
  source = "../../modules/file"
  text   = var.text
}
resource "terraform_data" "note" {
  input = { size = 4, label = "a" }
}
`,
		"infra/prod/variables.tf":     "variable \"text\" { type = string }\n",
		"infra/prod/terraform.tfvars": "text = \"hello\"\n",
		"modules/file/main.tf": `
variable "text" { type = string }
resource "local_file" "this" {
  filename = "${path.root}/out.txt"
  content  = var.text
}
`,
		"README.md": "a repository\n",
	}
}

const fileAddress = "module.file.local_file.this"

func TestPlanShowsBaseLiveAndCode(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", greeting())
		l.apply()
		l.write("infra/prod/out.txt", "by hand")
		p := l.read(l.plan(l.workdir()))
		// A local_file whose content differs is gone as far as its provider is concerned: deleted outside, to be created again.
		i := instance(t, p, fileAddress)
		if i.Base["content"] != "hello" || i.Live != nil || i.Code["content"] != "hello" || i.Action != drift.ActionCreate {
			t.Errorf("base %v, live %v, code %v, action %s", i.Base, i.Live, i.Code, i.Action)
		}
		if p.Clean != 1 || p.Incomplete != "" || p.Engine != e.Name || p.Version != e.Version {
			t.Errorf("plan: %+v", p)
		}
	})
}

func TestReplanIsOffline(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		l := newLab(t, e, "infra/prod", greeting())
		l.apply()
		l.write("infra/prod/main.tf", greeting()["infra/prod/main.tf"]+"resource \"terraform_data\" \"new\" {}\n")
		s := l.plan(l.workdir())
		if p := l.read(s); len(p.Instances) != 1 {
			t.Fatalf("before the edit: %+v", p.Instances)
		}
		p, way, err := s.Replan(context.Background(), map[string][]byte{"infra/prod/main.tf": []byte(greeting()["infra/prod/main.tf"])})
		if err != nil {
			t.Fatal(describe(err))
		}
		if way != engine.WayOffline || len(p.Instances) != 0 || p.Clean != 2 {
			t.Errorf("way %s, plan %+v", way, p)
		}
	})
}

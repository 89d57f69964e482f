package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/drift"
	"github.com/mooringdev/mooring/internal/engine"
	"github.com/mooringdev/mooring/internal/engine/enginetest"
)

// A backend is where a stack keeps its state.
type backend struct {
	block  string            // the backend block in the code
	config []string          // -backend-config
	files  map[string]string // in the stack's folder
	env    []string
}

func backends(t *testing.T) map[string]func(e *engine.Engine) backend {
	postgres, bucket := enginetest.Postgres(t), enginetest.S3(t, "states")
	return map[string]func(e *engine.Engine) backend{
		"none":  func(*engine.Engine) backend { return backend{} },
		"local": func(*engine.Engine) backend { return backend{block: `backend "local" { path = "elsewhere.tfstate" }`} },
		"pg, partial": func(e *engine.Engine) backend {
			return backend{
				block:  `backend "pg" {}`,
				config: []string{"conn_str=" + postgres, "prod.pg.tfbackend"},
				files:  map[string]string{"prod.pg.tfbackend": "schema_name = \"" + e.Name + "\"\n"},
			}
		},
		"s3, partial": func(e *engine.Engine) backend {
			settings := "endpoints = { s3 = \"" + bucket + "\" }\nuse_path_style = true\nskip_requesting_account_id = true\nuse_lockfile = true\n"
			if e.Name == "terraform" {
				settings = "endpoint = \"" + bucket + "\"\nforce_path_style = true\n"
			}
			return backend{
				block:  `backend "s3" { key = "` + e.Name + `/prod.tfstate" }`,
				config: []string{"bucket=states", "settings.tfbackend"},
				files: map[string]string{"settings.tfbackend": settings +
					"region = \"eu-west-1\"\nskip_credentials_validation = true\nskip_metadata_api_check = true\nskip_region_validation = true\n"},
				env: []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test-test-test"},
			}
		},
	}
}

func TestBackends(t *testing.T) {
	all := backends(t)
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		for name, make := range all {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				testBackend(t, e, make(e))
			})
		}
	})
}

// testBackend plans and re-plans two workspaces, and checks that neither the state nor the list of workspaces changes.
func testBackend(t *testing.T, e *engine.Engine, b backend) {
	files := greeting()
	files["infra/prod/backend.tf"] = "terraform {\n  " + b.block + "\n}\n"
	files["infra/prod/workspace.tf"] = "resource \"terraform_data\" \"where\" {\n  input = terraform.workspace\n}\n"
	for name, text := range b.files {
		files["infra/prod/"+name] = text
	}
	l := newLab(t, e, "infra/prod", files)
	l.env = append(l.env, b.env...)
	init := []string{"init", "-input=false"}
	for _, c := range b.config {
		init = append(init, "-backend-config="+c)
	}
	l.run(init...)
	l.run("apply", "-auto-approve", "-input=false")
	l.run("workspace", "new", "blue")
	l.run("apply", "-auto-approve", "-input=false")
	l.run("workspace", "select", "default")
	remember := func() string {
		text := l.run("workspace", "list") + l.run("state", "pull")
		l.env = append(l.env, "TF_WORKSPACE=blue")
		text += l.run("state", "pull")
		l.env = l.env[:len(l.env)-1]
		return text
	}
	before := remember()
	l.write("infra/prod/out.txt", "by hand")

	for _, workspace := range []string{"default", "blue"} {
		w := l.workdir()
		w.Workspace, w.BackendConfig = workspace, b.config
		s := l.plan(w)
		p := l.read(s)
		if i := instance(t, p, fileAddress); len(p.Instances) != 1 || i.Base["content"] != "hello" || i.Live != nil || p.Clean != 2 {
			t.Errorf("%s: %+v", workspace, p)
		}
		p, way, err := s.Replan(context.Background(), map[string][]byte{"infra/prod/terraform.tfvars": []byte("text = \"by hand\"\n")})
		if err != nil {
			t.Fatal(describe(err))
		}
		if i := instance(t, p, fileAddress); way != engine.WayOffline || i.Action != drift.ActionCreate || i.Code["content"] != "by hand" || len(p.Instances) != 1 {
			t.Errorf("%s: re-planned %s: %+v", workspace, way, p.Instances)
		}
		live, err := s.Live(context.Background())
		if err != nil || !strings.Contains(string(live), `"`+workspace+`"`) {
			t.Errorf("%s: live state: %v\n%s", workspace, err, live)
		}
	}
	w := l.workdir()
	w.Workspace, w.BackendConfig = "green", b.config
	_, err := e.Plan(context.Background(), w)
	f, ok := engine.AsFailure(err)
	if !ok || f.Stage != "workspace" || !strings.Contains(f.Error(), `"green"`) || !strings.Contains(f.Diagnostics[0].Detail, "blue") || f.Hint == "" {
		t.Errorf("a workspace that does not exist: %v", err)
	}
	if after := remember(); after != before {
		t.Errorf("the state changed:\n%s\nbefore:\n%s", after, before)
	}
}

func TestBackendFailuresAreExplained(t *testing.T) {
	postgres := enginetest.Postgres(t)
	refused := strings.Replace(postgres, "mooring@", "nobody:s3cret-word@", 1)
	eachEngine(t, func(t *testing.T, e *engine.Engine) {
		for _, test := range []struct {
			name, block string
			config      []string
			hint        string
		}{
			{"partial", `backend "s3" { key = "x" }`, nil, "backend_config"},
			{"refused", `backend "pg" {}`, []string{"conn_str=" + refused}, "credentials"},
			{"unreachable", `backend "pg" {}`, []string{"conn_str=postgres://x:s3cret-word@127.0.0.1:1/x?sslmode=disable"}, "could not be reached"},
		} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				l := newLab(t, e, ".", map[string]string{"main.tf": "terraform {\n  " + test.block + "\n}\n"})
				w := l.workdir()
				w.BackendConfig = test.config
				_, err := e.Plan(context.Background(), w)
				f, ok := engine.AsFailure(err)
				if !ok || f.Stage != "init" || len(f.Diagnostics) == 0 || !strings.Contains(f.Hint, test.hint) {
					t.Fatal(describe(err))
				}
				if text := fmt.Sprint(describe(err)); strings.Contains(text, "s3cret-word") {
					t.Errorf("the password is told:\n%s", text)
				}
			})
		}
	})
}

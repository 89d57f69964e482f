package simcloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
)

// A root is a root module in a folder of its own, with an engine that reaches a cloud.
type root struct {
	t           *testing.T
	engine, dir string
	attach      string
}

func engines(t *testing.T) map[string]string {
	return map[string]string{"tofu": enginetest.Tofu(t), "terraform": enginetest.Terraform(t)}
}

func cloud(t *testing.T, providers ...func() (*schema.Provider, error)) *simcloud.Cloud {
	t.Helper()
	var all []*schema.Provider
	for _, load := range providers {
		p, err := load()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	c, err := simcloud.New(simcloud.Options{Seed: 7}, all...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func serve(t *testing.T, c *simcloud.Cloud) string {
	t.Helper()
	attach, stop, err := c.Serve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return attach
}

func newRoot(t *testing.T, engine, attach, code string) *root {
	t.Helper()
	r := &root{t: t, engine: engine, dir: t.TempDir(), attach: attach}
	r.write(code)
	if code, out := r.run("init"); code != 0 {
		t.Fatalf("init: %s", out)
	}
	return r
}

func (r *root) write(code string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, "main.tf"), []byte(code), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *root) run(args ...string) (int, string) {
	r.t.Helper()
	args = append([]string{args[0], "-no-color", "-input=false"}, args[1:]...)
	if args[0] == "show" {
		args = slices.DeleteFunc(args, func(a string) bool { return a == "-input=false" })
	}
	cmd := exec.Command(r.engine, args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "TF_REATTACH_PROVIDERS="+r.attach, "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		r.t.Error(err)
		return -1, ""
	}
	if args[0] == "show" {
		return cmd.ProcessState.ExitCode(), stdout.String()
	}
	return cmd.ProcessState.ExitCode(), stdout.String() + stderr.String()
}

func (r *root) apply() {
	r.t.Helper()
	if code, out := r.run("apply", "-auto-approve"); code != 0 {
		r.t.Fatalf("apply: %s", out)
	}
}

// clean fails unless a plan finds nothing to do.
func (r *root) clean() {
	r.t.Helper()
	if code, out := r.run("plan", "-detailed-exitcode"); code != 0 {
		r.t.Fatalf("want an empty plan, have:\n%s", out)
	}
}

// plan gives the changes of a plan by address: action, then the attributes of before and after.
func (r *root) plan() *tfjson.Plan {
	r.t.Helper()
	if code, out := r.run("plan", "-out=p"); code != 0 {
		r.t.Fatalf("plan: %s", out)
	}
	code, out := r.run("show", "-json", "p")
	if code != 0 {
		r.t.Fatalf("show: %s", out)
	}
	var p tfjson.Plan
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		r.t.Fatal(err)
	}
	return &p
}

// differing are the addresses that a plan changes, with their actions.
func differing(p *tfjson.Plan) map[string]string {
	out := map[string]string{}
	for _, c := range p.ResourceChanges {
		if !c.Change.Actions.NoOp() && !c.Change.Actions.Read() {
			var words []string
			for _, a := range c.Change.Actions {
				words = append(words, string(a))
			}
			out[c.Address] = strings.Join(words, ",")
		}
	}
	return out
}

func change(t *testing.T, p *tfjson.Plan, address, attribute string) (before, after any) {
	t.Helper()
	for _, c := range p.ResourceChanges {
		if c.Address == address {
			b, _ := c.Change.Before.(map[string]any)
			a, _ := c.Change.After.(map[string]any)
			return b[attribute], a[attribute]
		}
	}
	t.Fatalf("the plan says nothing of %s", address)
	return nil, nil
}

func mapsEqual[V comparable](a, b map[string]V) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || w != v {
			return false
		}
	}
	return true
}

package simcloud_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/mooringdev/mooring/internal/engine/enginetest"
	"github.com/mooringdev/mooring/internal/simcloud/schema"
	"github.com/mooringdev/mooring/internal/simcloud/schemas"
)

// writes are words in the names of operations and roles that change something.
var writes = regexp.MustCompile(`(?i)"(\w+:)?(create|update|delete|put|patch|write|attach|run|start|stop|\*|owner|editor|contributor|administratoraccess|poweruseraccess)\w*"[,\]}]`)

// TestSetups plans the modules of deploy/ that make read-only identities for scans: every engine takes them, they let in the one branch of the one
// repository, and grant nothing that writes.
func TestSetups(t *testing.T) {
	for name, c := range map[string]struct {
		provider  func() (*schema.Provider, error)
		variables string
		creates   int
		trusts    string // where the branch must be named; "" where no federation is
	}{
		"aws":        {schemas.AWS, "repository = \"acme/infra\"\noidc_provider_arn = \"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com\"", 3, "repo:acme/infra:ref:refs/heads/main"},
		"gcp":        {schemas.Google, "project = \"acme-prod\"\nrepository = \"acme/infra\"", 7, "assertion.repository == 'acme/infra' && assertion.ref == 'refs/heads/main'"},
		"azure":      {schemas.AzureRM, "subscription_id = \"11111111-2222-3333-4444-555555555555\"\nresource_group_name = \"ops\"\nlocation = \"westeurope\"\nrepository = \"acme/infra\"", 3, "repo:acme/infra:ref:refs/heads/main"},
		"kubernetes": {schemas.Kubernetes, "", 3, ""},
	} {
		t.Run(name, func(t *testing.T) {
			code, err := os.ReadFile(filepath.Join("..", "..", "deploy", name, "main.tf"))
			if err != nil {
				t.Fatal(err)
			}
			r := newRoot(t, enginetest.Tofu(t), serve(t, cloud(t, c.provider)), string(code))
			if err := os.WriteFile(filepath.Join(r.dir, "terraform.tfvars"), []byte(c.variables+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			p := r.plan()
			planned := ""
			creates := 0
			for _, change := range p.ResourceChanges {
				if !change.Change.Actions.Create() {
					t.Errorf("%s: %v, want create", change.Address, change.Change.Actions)
				}
				creates++
				text, err := json.Marshal(change.Change.After)
				if err != nil {
					t.Fatal(err)
				}
				planned += strings.ReplaceAll(string(text), `\"`, `"`) + "\n"
			}
			if creates != c.creates {
				t.Errorf("%d resources, want %d:\n%s", creates, c.creates, planned)
			}
			if !strings.Contains(strings.NewReplacer(`\u0026`, "&").Replace(planned), c.trusts) {
				t.Errorf("it does not name the branch, %s:\n%s", c.trusts, planned)
			}
			for _, found := range writes.FindAllString(planned, -1) {
				// Everything of a group may be read; a wildcard is a resource or an object, never an operation.
				if !strings.HasPrefix(found, `"*"`) || strings.Contains(planned, `"Action":"*"`) || strings.Contains(planned, `"verbs":["*"]`) {
					t.Errorf("it grants %s:\n%s", found, planned)
				}
			}
			if c.trusts == "" {
				return
			}
			// A wildcard would let in every repository of an owner.
			wild := strings.Replace(c.variables, "acme/infra", "acme/*", 1)
			if err := os.WriteFile(filepath.Join(r.dir, "terraform.tfvars"), []byte(wild+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if code, out := r.run("plan"); code == 0 || !strings.Contains(out, "Write owner/name") {
				t.Errorf("a wildcard is taken (%d):\n%s", code, out)
			}
		})
	}
}

package blame_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/mooringdev/mooring/internal/audit"
	"github.com/mooringdev/mooring/internal/blame"
)

// made is a successful call of another cloud than AWS.
func made(provider, id, who, operation, kind, target string, request map[string]any) audit.Event {
	activity := audit.ActivityUpdate
	switch low := strings.ToLower(operation); {
	case strings.HasSuffix(low, "delete") || strings.Contains(low, "remove") || strings.HasPrefix(low, "delete"):
		activity = audit.ActivityDelete
	case strings.HasPrefix(low, "create") || strings.HasSuffix(low, "insert") || strings.Contains(low, "add_"):
		activity = audit.ActivityCreate
	}
	e := audit.Event{ID: id, Source: provider, Provider: provider, Operation: operation, Activity: activity, Status: audit.StatusSuccess, Correlation: "c" + id,
		Time: time.Date(2026, 11, 20, 10, len(id), 0, 0, time.UTC), Request: request, Resources: []audit.Resource{{Type: kind, ID: target, Name: target}},
		Actor: audit.Actor{Name: who, Type: audit.KindOfName(who), Principal: who}}
	return e
}

// member adds or removes a member of a role, as Google's logs write it down.
func member(e audit.Event, role, who string, added bool) audit.Event {
	c := audit.AttributeChange{Path: "bindings", After: map[string]any{"role": role, "member": who}}
	if !added {
		c.Before, c.After = c.After, nil
	}
	e.Changes = []audit.AttributeChange{c}
	return e
}

// TestUnmanagedParts: what people add by hand to something managed is told in every cloud, once, by whom, and with the id that an import wants.
func TestUnmanagedParts(t *testing.T) {
	const group = "/subscriptions/s1/resourceGroups/web"
	const nsg = group + "/providers/Microsoft.Network/networkSecurityGroups/edge"
	managed := []blame.Managed{
		{Stack: "g", Address: "google_storage_bucket.logs", Type: "google_storage_bucket", IDs: []string{"acme-logs"}},
		{Stack: "g", Address: "google_compute_network.main", Type: "google_compute_network", IDs: []string{"projects/p/global/networks/main"}},
		{Stack: "g", Address: "google_project_iam_member.ops", Type: "google_project_iam_member", Attributes: map[string]any{"project": "p", "role": "roles/viewer", "member": "group:ops@acme.example"}},
		{Stack: "a", Address: "azurerm_resource_group.web", Type: "azurerm_resource_group", IDs: []string{group}},
		{Stack: "a", Address: "azurerm_network_security_group.edge", Type: "azurerm_network_security_group", IDs: []string{nsg},
			Attributes: map[string]any{"security_rule": []any{map[string]any{"name": "https"}}}},
		{Stack: "k", Address: "kubernetes_namespace_v1.web", Type: "kubernetes_namespace_v1", IDs: []string{"web"}},
		{Stack: "k", Address: "kubernetes_role_binding_v1.dev", Type: "kubernetes_role_binding_v1", IDs: []string{"web/dev"}},
		{Stack: "h", Address: "github_repository.site", Type: "github_repository", IDs: []string{"site"}},
		{Stack: "h", Address: "github_repository_collaborator.bob", Type: "github_repository_collaborator", IDs: []string{"site:bob"},
			Attributes: map[string]any{"repository": "site", "username": "bob"}},
	}
	hire := func(id, operation, who, user string) audit.Event {
		e := made("github", id, who, operation, "repo", "acme/site", map[string]any{"permission": "admin"})
		e.Resources = append(e.Resources, audit.Resource{Type: "user", ID: user})
		return e
	}
	failed := made("azure", "1234567", "eve", "Microsoft.Network/networkSecurityGroups/securityRules/write", "", nsg+"/securityRules/never", nil)
	end := failed
	end.ID, end.Status = "12345678", audit.StatusFailure
	started := failed
	started.ID, started.Correlation, started.Status = "123456789", "other", audit.StatusUnknown
	events := []audit.Event{
		member(made("gcp", "1", "alice", "storage.setIamPermissions", "gcs_bucket", "projects/_/buckets/acme-logs", nil), "roles/storage.admin", "allUsers", true),
		member(made("gcp", "12", "bert", "SetIamPolicy", "project", "projects/p", nil), "roles/owner", "user:bert@acme.example", true),
		member(made("gcp", "123", "carol", "SetIamPolicy", "project", "projects/p", nil), "roles/viewer", "group:ops@acme.example", true), // known
		member(made("gcp", "12", "dave", "SetIamPolicy", "project", "projects/q", nil), "roles/owner", "user:dave@acme.example", true),    // not ours
		member(made("gcp", "1", "dan", "SetIamPolicy", "project", "projects/p", nil), "roles/editor", "user:dan@acme.example", true),
		member(made("gcp", "12", "dan", "SetIamPolicy", "project", "projects/p", nil), "roles/editor", "user:dan@acme.example", false), // taken back
		made("gcp", "1", "erin", "v1.compute.firewalls.insert", "gce_firewall_rule", "projects/p/global/firewalls/ssh", map[string]any{"network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/main"}),
		made("azure", "1", "frank", "Microsoft.Network/networkSecurityGroups/securityRules/write", "", strings.ToUpper(nsg+"/securityRules/ssh"), nil),
		made("azure", "12", "gina", "Microsoft.Network/networkSecurityGroups/securityRules/write", "", nsg+"/securityRules/https", nil), // inline
		made("azure", "123", "hal", "Microsoft.Authorization/roleAssignments/write", "", group+"/providers/Microsoft.Authorization/roleAssignments/r1", nil),
		failed, end, started,
		made("kubernetes", "1", "ines", "create rolebindings", "rolebindings", "web/admin-for-all", nil),
		made("kubernetes", "12", "jack", "create rolebindings", "rolebindings", "web/dev", nil),       // known
		made("kubernetes", "1", "kim", "create rolebindings", "rolebindings", "elsewhere/admin", nil), // not ours
		made("kubernetes", "1", "system:serviceaccount:kube-system:replicaset-controller", "create secrets", "secrets", "web/token", nil),
		hire("1", "repo.add_member", "lena", "mallory"), hire("1", "repo.add_member", "lena", "bob"),
		hire("1", "repo.add_member", "mia", "guest"), hire("12", "repo.remove_member", "mia", "guest"),
	}
	events[len(events)-5].Actor.Type = audit.ActorMachine
	want := strings.Join([]string{
		"azurerm_network_security_rule [" + strings.ToUpper(nsg+"/securityRules/ssh") + "] of azurerm_network_security_group.edge by frank",
		"azurerm_role_assignment [" + group + "/providers/Microsoft.Authorization/roleAssignments/r1] of azurerm_resource_group.web by hal",
		"github_repository_collaborator [site:mallory] of github_repository.site by lena",
		"google_compute_firewall [projects/p/global/firewalls/ssh] of google_compute_network.main by erin",
		"google_project_iam_member [p roles/owner user:bert@acme.example] of google_project_iam_member.ops by bert",
		"google_storage_bucket_iam_member [b/acme-logs roles/storage.admin allUsers] of google_storage_bucket.logs by alice",
		"kubernetes_role_binding_v1 [web/admin-for-all] of kubernetes_namespace_v1.web by ines",
	}, "\n")
	rapid.Check(t, func(t *rapid.T) {
		x := blame.New(nil, blame.Options{Managed: managed})
		for _, e := range rapid.Permutation(append(events, events[0], events[7])).Draw(t, "events") {
			x.Add(e)
		}
		var got []string
		for _, u := range x.Unmanaged() {
			got = append(got, fmt.Sprintf("%s %v of %s by %s", u.Finding.Type, u.Finding.IDs, u.Parent, u.Attribution.Actor.Name))
		}
		slices.Sort(got)
		if strings.Join(got, "\n") != want {
			t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), want)
		}
	})
}

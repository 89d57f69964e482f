package trail

import (
	"cmp"
	"strings"

	"github.com/mooringdev/mooring/internal/audit"
)

// githubActions are the audit log's actions for a change of an attribute; types and attributes without one are repo.update and the like.
// Source: GitHub's list of audit log events for an organisation.
var githubActions = map[string]map[string]string{
	"github_repository": {
		"visibility": "repo.access", "private": "repo.access", "archived": "repo.archived", "name": "repo.rename", "default_branch": "repo.update_default_branch", "topics": "repo.add_topic",
		"vulnerability_alerts": "repository_vulnerability_alerts.enable", "allow_merge_commit": "repo.update_merge_settings", "allow_squash_merge": "repo.update_merge_settings", "allow_rebase_merge": "repo.update_merge_settings",
		"has_issues": "repo.update_has_issues",
	},
	"github_branch_protection": {
		"enforce_admins": "protected_branch.update_admin_enforced", "required_status_checks": "protected_branch.update_required_status_checks_enforcement_level",
		"required_pull_request_reviews": "protected_branch.update_pull_request_reviews_enforcement_level", "require_signed_commits": "protected_branch.update_signature_requirement_enforcement_level",
		"allows_force_pushes": "protected_branch.update_allow_force_pushes_enforcement_level",
	},
	"github_team": {"privacy": "team.change_privacy", "parent_team_id": "team.change_parent_team", "name": "team.rename"},
}

// githubFamily is what an action begins with, by type.
var githubFamily = map[string]string{
	"github_repository": "repo", "github_branch_protection": "protected_branch", "github_team": "team", "github_team_membership": "team", "github_membership": "org", "github_repository_webhook": "hook",
	"github_organization_webhook": "hook", "github_repository_collaborator": "repo", "github_team_repository": "team", "github_repository_deploy_key": "public_key",
}

func githubCalls(c Change) []Call {
	family := githubFamily[c.Type]
	if family == "" {
		family = strings.TrimPrefix(c.Type, "github_")
	}
	repository := cmp.Or(c.text("repository"), c.text("repository_id"))
	if c.Type == "github_repository" {
		repository = c.text("name")
	}
	base := Call{Service: "github", Target: repository}
	if family == "team" && repository == "" { // an entry about a team names the team
		base.Target = "team:" + cmp.Or(c.text("slug"), c.text("name"))
	}
	switch {
	case c.Before == nil:
		base.Operation = family + ".create"
		return []Call{base}
	case c.After == nil:
		base.Operation = family + ".destroy"
		return []Call{base}
	}
	var calls []Call
	for _, name := range changed(c) {
		if name == "etag" || name == "id" {
			continue
		}
		call := base
		call.Operation = githubActions[c.Type][name]
		if call.Operation == "" {
			call.Operation = family + ".update"
		}
		call.Request = map[string]any{}
		switch name {
		case "archived":
			if c.After[name] != true {
				call.Operation = "repo.unarchived"
			}
		case "visibility":
			call.Request["visibility"], call.Request["previous_visibility"] = c.After[name], c.Before[name]
		default:
			call.Request[name], call.Request["old_"+name] = c.After[name], c.Before[name]
		}
		calls = append(calls, call)
	}
	return calls
}

// GitHub writes records as an organisation's audit log exports them, one a line; times are in milliseconds.
func GitHub(records []Record) ([]byte, error) {
	var lines []any
	for _, r := range records {
		if r.Provider != "github" {
			continue
		}
		m := map[string]any{}
		for k, v := range r.Request {
			m[k] = v
		}
		m["action"], m["actor"], m["_document_id"] = r.Operation, githubLogin(r.Actor), letters(r.ID, 22)
		m["@timestamp"], m["created_at"] = r.Time.UnixMilli(), r.Time.UnixMilli()
		m["org"], m["operation_type"], m["actor_location"] = "acme", "modify", map[string]any{"country_code": "DE"}
		if team, ok := strings.CutPrefix(r.Target, "team:"); ok {
			m["team"] = "acme/" + team
		} else if r.Target != "" {
			m["repo"] = "acme/" + r.Target
		}
		if r.Actor.Type != audit.ActorHuman {
			m["actor_is_bot"] = true
		}
		lines = append(lines, m)
	}
	return jsonLines("github", lines)
}

func githubLogin(a Actor) string {
	name, _, _ := strings.Cut(a.Name, "@")
	if a.Type != audit.ActorHuman {
		return name + "[bot]"
	}
	return name
}

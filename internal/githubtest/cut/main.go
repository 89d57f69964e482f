// Command cut makes the part of GitHub's OpenAPI description that package githubtest checks messages against.
//
// It takes the file generated/api.github.com.json of the npm package @octokit/openapi and keeps the operations listed below and whatever
// schemas they need, without examples and prose. From internal/githubtest:
//
//	npm pack @octokit/openapi@23.0.2 && tar xzf octokit-openapi-23.0.2.tgz
//	go run ./cut package/generated/api.github.com.json api.github.com.json.gz
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// operations are the ones that the server answers, or that another test of this repository may want it to.
var operations = []string{
	"GET /app",
	"GET /app/installations",
	"POST /app/installations/{installation_id}/access_tokens",
	"GET /rate_limit",
	"GET /user",
	"GET /users/{username}",
	"GET /repos/{owner}/{repo}",
	"POST /repos/{owner}/{repo}/dispatches",
	"GET /repos/{owner}/{repo}/collaborators/{username}/permission",
	"GET /repos/{owner}/{repo}/branches/{branch}",
	"GET /repos/{owner}/{repo}/commits",
	"GET /repos/{owner}/{repo}/commits/{ref}",
	"GET /repos/{owner}/{repo}/compare/{basehead}",
	"GET /repos/{owner}/{repo}/contents/{path}",
	"GET /repos/{owner}/{repo}/issues",
	"POST /repos/{owner}/{repo}/issues",
	"GET /repos/{owner}/{repo}/issues/{issue_number}",
	"PATCH /repos/{owner}/{repo}/issues/{issue_number}",
	"GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
	"POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
	"GET /repos/{owner}/{repo}/issues/{issue_number}/labels",
	"POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
	"DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
	"POST /repos/{owner}/{repo}/issues/{issue_number}/reactions",
	"GET /repos/{owner}/{repo}/issues/comments/{comment_id}",
	"PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
	"GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
	"POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions",
	"DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}",
	"GET /repos/{owner}/{repo}/labels",
	"POST /repos/{owner}/{repo}/labels",
	"GET /repos/{owner}/{repo}/labels/{name}",
	"GET /repos/{owner}/{repo}/pulls",
	"POST /repos/{owner}/{repo}/pulls",
	"GET /repos/{owner}/{repo}/pulls/{pull_number}",
	"PATCH /repos/{owner}/{repo}/pulls/{pull_number}",
	"GET /repos/{owner}/{repo}/pulls/{pull_number}/commits",
	"GET /repos/{owner}/{repo}/pulls/{pull_number}/files",
	"POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers",
	"POST /repos/{owner}/{repo}/git/blobs",
	"GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
	"POST /repos/{owner}/{repo}/git/trees",
	"GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
	"POST /repos/{owner}/{repo}/git/commits",
	"GET /repos/{owner}/{repo}/git/commits/{commit_sha}",
	"POST /repos/{owner}/{repo}/git/refs",
	"GET /repos/{owner}/{repo}/git/ref/{ref}",
	"PATCH /repos/{owner}/{repo}/git/refs/{ref}",
	"DELETE /repos/{owner}/{repo}/git/refs/{ref}",
	"GET /repos/{owner}/{repo}/git/matching-refs/{ref}",
	"POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
	"GET /repos/{owner}/{repo}/actions/runs",
	"GET /repos/{owner}/{repo}/actions/runs/{run_id}",
	"GET /repos/{owner}/{repo}/installation",
	"GET /installation/repositories",
	"GET /orgs/{org}/teams/{team_slug}/memberships/{username}",
	"POST /repos/{owner}/{repo}/check-runs",
	"GET /repos/{owner}/{repo}/check-runs/{check_run_id}",
	"PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
	"GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
	"POST /repos/{owner}/{repo}/code-scanning/sarifs",
	"GET /repos/{owner}/{repo}/code-scanning/sarifs/{sarif_id}",
}

// webhooks are the deliveries that the server sends. The description keeps them beside the paths; here they are paths below /webhooks.
var webhooks = []string{
	"check-run-completed", "check-run-created", "check-run-requested-action", "check-run-rerequested",
	"installation-created", "installation-deleted", "installation-repositories-added", "installation-repositories-removed",
	"issue-comment-created", "issue-comment-deleted", "issue-comment-edited",
	"issues-closed", "issues-edited", "issues-labeled", "issues-locked", "issues-opened", "issues-reopened", "issues-unlabeled",
	"ping",
	"pull-request-closed", "pull-request-edited", "pull-request-labeled", "pull-request-locked", "pull-request-opened", "pull-request-reopened",
	"pull-request-synchronize", "pull-request-unlabeled",
	"push",
	"workflow-run-completed", "workflow-run-requested",
}

// prose is left out: it is most of the file and means nothing to a validator.
var prose = map[string]bool{"description": true, "summary": true, "example": true, "examples": true, "externalDocs": true, "tags": true, "x-github": true, "x-octokit": true}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: cut api.github.com.json OUT.json.gz")
		os.Exit(2)
	}
	if err := cut(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "cut:", err)
		os.Exit(1)
	}
}

func cut(in, out string) error {
	raw, err := os.ReadFile(in)
	if err != nil {
		return err
	}
	var full map[string]any
	if err := json.Unmarshal(raw, &full); err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	paths := map[string]any{}
	kept := map[string]any{"openapi": full["openapi"], "info": full["info"], "servers": full["servers"], "paths": paths}
	for _, o := range operations {
		method, path, _ := strings.Cut(o, " ")
		item, ok := full["paths"].(map[string]any)[path].(map[string]any)
		if !ok || item[strings.ToLower(method)] == nil {
			return fmt.Errorf("%s has no operation %s", in, o)
		}
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path].(map[string]any)[strings.ToLower(method)] = item[strings.ToLower(method)]
	}
	for _, name := range webhooks {
		item, ok := full["x-webhooks"].(map[string]any)[name].(map[string]any)
		if !ok {
			return fmt.Errorf("%s has no webhook %s", in, name)
		}
		keepJSON(item)
		paths["/webhooks/"+name] = item
	}
	components := map[string]any{}
	kept["components"] = components
	strip(kept["paths"], false)
	follow(kept["paths"], full["components"].(map[string]any), components)
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(kept); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(out, zipped.Bytes(), 0o644)
}

// keepJSON leaves out the forms that a delivery may also be encoded in.
func keepJSON(item map[string]any) {
	body := item["post"].(map[string]any)["requestBody"].(map[string]any)
	body["content"] = map[string]any{"application/json": body["content"].(map[string]any)["application/json"]}
}

// strip removes prose. names says that the keys of v are names that the description defines, not words of OpenAPI.
func strip(v any, names bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if prose[k] && !names {
				if k == "description" && v["content"] != nil || k == "description" && v["headers"] != nil {
					v[k] = "" // a response must have one
					continue
				}
				delete(v, k)
				continue
			}
			strip(x, !names && (k == "properties" || k == "patternProperties"))
		}
		if responses, ok := v["responses"].(map[string]any); ok && !names {
			for _, r := range responses {
				if m, ok := r.(map[string]any); ok && m["$ref"] == nil {
					m["description"] = ""
				}
			}
		}
	case []any:
		for _, x := range v {
			strip(x, false)
		}
	}
}

// follow copies every component that v refers to, and what those refer to.
func follow(v any, from, to map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		if ref, ok := v["$ref"].(string); ok {
			parts := strings.Split(strings.TrimPrefix(ref, "#/components/"), "/")
			if len(parts) == 2 && parts[0] != "examples" {
				section, _ := from[parts[0]].(map[string]any)
				if to[parts[0]] == nil {
					to[parts[0]] = map[string]any{}
				}
				kept := to[parts[0]].(map[string]any)
				if kept[parts[1]] == nil {
					component := section[parts[1]]
					strip(component, false)
					if m, ok := component.(map[string]any); ok && parts[0] == "responses" {
						m["description"] = ""
					}
					kept[parts[1]] = component
					follow(component, from, to)
				}
			}
		}
		for _, x := range v {
			follow(x, from, to)
		}
	case []any:
		for _, x := range v {
			follow(x, from, to)
		}
	}
}

package githubtest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// graphql answers the two operations that have no REST twin: who a token is, and moving refs with a condition.
func (s *Server) graphql(c *call) *answer {
	var in struct {
		Query     string
		Variables json.RawMessage
	}
	if a := c.decode(&in); a != nil {
		return a
	}
	switch {
	case strings.Contains(in.Query, "updateRefs"):
		return s.updateRefs(c, in.Variables)
	case strings.Contains(in.Query, "viewer"):
		data := map[string]any{"viewer": map[string]any{"login": c.user().Login, "databaseId": c.user().ID}}
		if strings.Contains(in.Query, "repository(") {
			repository, refused := s.graphqlRepository(c, in.Variables)
			if refused != nil {
				return refused
			}
			data["repository"] = repository
		}
		return ok(map[string]any{"data": data})
	}
	s.t.Errorf("githubtest: no such GraphQL operation: %s", in.Query)
	return graphqlError("undefinedField", "no such field")
}

func (s *Server) graphqlRepository(c *call, variables json.RawMessage) (any, *answer) {
	var in struct{ Owner, Name string }
	unseen := c.token.Permissions == nil && c.user().Role == ""
	if err := json.Unmarshal(variables, &in); err != nil || unseen || !strings.EqualFold(in.Owner, s.owner) || !strings.EqualFold(in.Name, s.name) {
		return nil, graphqlError("NOT_FOUND", "Could not resolve to a Repository with the name '"+in.Owner+"/"+in.Name+"'.")
	}
	var branch any
	if tip := s.tip(s.opts.DefaultBranch); !tip.IsZero() {
		branch = map[string]any{"name": s.opts.DefaultBranch, "target": map[string]any{"oid": tip.String()}}
	}
	return map[string]any{"id": "R_4242", "isArchived": s.opts.Archived, "hasIssuesEnabled": !s.opts.IssuesOff, "defaultBranchRef": branch}, nil
}

func graphqlError(kind, message string) *answer {
	return &answer{http.StatusOK, map[string]any{"data": nil, "errors": []any{map[string]any{"type": kind, "message": message}}}}
}

// updateRefs moves, creates and deletes branches if all of them are where beforeOid says.
func (s *Server) updateRefs(c *call, variables json.RawMessage) *answer {
	var in struct {
		Input struct {
			RepositoryID string `json:"repositoryId"`
			RefUpdates   []struct {
				Name      string
				BeforeOID string `json:"beforeOid"`
				AfterOID  string `json:"afterOid"`
				Force     bool
			} `json:"refUpdates"`
		}
	}
	if err := json.Unmarshal(variables, &in); err != nil || in.Input.RepositoryID != "R_4242" {
		return graphqlError("NOT_FOUND", "Could not resolve to a node with the global id")
	}
	if !s.may(c.token, "contents=write") {
		return graphqlError("FORBIDDEN", "Resource not accessible by integration")
	}
	if s.opts.Archived {
		return graphqlError("UNPROCESSABLE", "Repository was archived so is read-only.")
	}
	for _, u := range in.Input.RefUpdates {
		branch, isBranch := strings.CutPrefix(u.Name, "refs/heads/")
		if !isBranch || plumbing.ReferenceName(u.Name).Validate() != nil {
			return graphqlError("UNPROCESSABLE", u.Name+" is not a valid ref name")
		}
		now, after := s.tip(branch), plumbing.NewHash(u.AfterOID)
		if why := s.forbids(branch, after); why != "" {
			return graphqlError("UNPROCESSABLE", why)
		}
		if u.BeforeOID != "" && now != plumbing.NewHash(u.BeforeOID) {
			return graphqlError("STALE_DATA", "Reference "+u.Name+" does not point to the expected object id")
		}
		if !after.IsZero() {
			if _, err := s.repo.CommitObject(after); err != nil {
				return graphqlError("UNPROCESSABLE", "Object does not exist")
			}
			if !u.Force && !now.IsZero() && !s.contains(after, now) {
				return graphqlError("UNPROCESSABLE", "Update is not a fast forward")
			}
		}
	}
	for _, u := range in.Input.RefUpdates {
		branch := strings.TrimPrefix(u.Name, "refs/heads/")
		if after := plumbing.NewHash(u.AfterOID); after.IsZero() {
			s.removeRef(c.user(), branch)
		} else {
			s.setRef(c.user(), branch, after)
		}
	}
	return ok(map[string]any{"data": map[string]any{"updateRefs": map[string]any{"clientMutationId": nil}}})
}

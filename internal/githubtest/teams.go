package githubtest

import (
	"net/http"
	"strings"
)

func (s *Server) teamRoutes() []*route {
	return []*route{
		{method: http.MethodGet, template: "/orgs/{org}/teams/{team_slug}/memberships/{username}", handle: s.getMembership},
	}
}

// Team makes a team of the repository's organisation, with its members.
func (s *Server) Team(slug string, logins ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	members := map[string]string{}
	for _, l := range logins {
		members[strings.ToLower(l)] = "active"
	}
	if s.teams == nil {
		s.teams = map[string]map[string]string{}
	}
	s.teams[strings.ToLower(s.owner+"/"+slug)] = members
}

// Invite puts somebody on a team who has not accepted yet.
func (s *Server) Invite(slug, login string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	members := s.teams[strings.ToLower(s.owner+"/"+slug)]
	if members == nil {
		s.t.Fatalf("githubtest: there is no team %s", slug)
	}
	members[strings.ToLower(login)] = "pending"
}

// getMembership says 404 of a team, or a member, that is not there; and to an App without the permission "members" that it may not ask.
func (s *Server) getMembership(c *call) *answer {
	if c.token.Permissions != nil && c.token.Permissions["members"] == "" {
		c.header.Set("X-Accepted-GitHub-Permissions", "members=read")
		return fail(http.StatusForbidden, "Resource not accessible by integration")
	}
	if c.token.Permissions == nil && c.user().Role == "" {
		return notFound()
	}
	state, member := s.teams[strings.ToLower(c.params["org"]+"/"+c.params["team_slug"])][strings.ToLower(c.params["username"])]
	if !member {
		return notFound()
	}
	return ok(map[string]any{"state": state, "role": "member", "url": "https://api.github.com/organizations/9/team/1/memberships/" + c.params["username"]})
}

package githubtest

import (
	"net/http"
	"strings"
)

// A User is an account.
type User struct {
	ID    int64
	Login string
	Type  string // User or Bot
	Role  string // in the repository: admin, maintain, write, triage, read; "" for none
	Email string
}

// The accounts of every server. Each person's token is "token-" and the login; see [Server.Token].
const (
	Owner    = "olga" // admin
	Maintain = "mia"  // maintain
	Writer   = "will" // write
	Triage   = "tom"  // triage
	Reader   = "rita" // read
	Outsider = "otto" // no role
	Actions  = "github-actions[bot]"
	App      = "mooring[bot]"
)

const (
	webFlowID    = 19864447
	webFlowLogin = "web-flow"
	webFlowEmail = "noreply@github.com"
)

func (s *Server) addPeople() {
	s.users, s.tokens = map[string]*User{}, map[string]*Token{}
	for i, p := range []struct{ login, role string }{
		{Owner, "admin"}, {Maintain, "maintain"}, {Writer, "write"}, {Triage, "triage"}, {Reader, "read"}, {Outsider, ""},
	} {
		u := &User{ID: int64(101 + i), Login: p.login, Type: "User", Role: p.role, Email: p.login + "@example.com"}
		s.users[u.Login] = u
		s.tokens["token-"+u.Login] = &Token{User: u}
	}
	for login, id := range map[string]int64{Actions: 41898282, App: 7001} {
		s.users[login] = &User{ID: id, Login: login, Type: "Bot", Email: login + "@users.noreply.github.com"}
	}
	s.users[webFlowLogin] = &User{ID: webFlowID, Login: webFlowLogin, Type: "User", Email: webFlowEmail}
	all := allPermissions()
	delete(all, "members") // a workflow's token never sees teams
	s.tokens["token-"+Actions] = &Token{User: s.users[Actions], Permissions: all, App: true}
	s.tokens["token-"+App] = &Token{User: s.users[App], Permissions: allPermissions(), App: true}
}

// Token is the token of an account, with all that its role allows; for [Actions] and [App], with every permission that Mooring may need.
func (s *Server) Token(login string) string { return "token-" + login }

// NewToken makes a token for a bot that has only the permissions given, such as "issues=write".
func (s *Server) NewToken(login string, permissions ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Token{User: s.users[login], Permissions: map[string]string{}, App: true}
	for _, p := range permissions {
		k, v, _ := strings.Cut(p, "=")
		t.Permissions[k] = v
	}
	name := "token-" + login + "-" + strings.Join(permissions, "-")
	s.tokens[name] = t
	return name
}

// may tells whether a token has one of the permissions in need ("issues=write|pull_requests=write").
func (s *Server) may(t *Token, need string) bool {
	for _, alternative := range strings.Split(need, "|") {
		name, level, _ := strings.Cut(alternative, "=")
		if t.Permissions != nil {
			have := t.Permissions[name]
			if have == "write" || level == "read" && (have == "read" || name == "metadata") {
				return true
			}
			// A public repository can be read by every token.
			if level == "read" {
				return true
			}
			continue
		}
		switch {
		case level == "read" && t.User.Role != "":
			return true
		case level == "write" && (name == "issues" || name == "pull_requests") && t.User.Role != "":
			// Anyone with access may open issues and pull requests; what they may edit is checked there.
			return true
		case level == "write" && pushes(t.User.Role):
			return true
		}
	}
	return false
}

func pushes(role string) bool { return role == "admin" || role == "maintain" || role == "write" }

// pushesWith tells whether a token may push: without that, labels are dropped in silence.
func (s *Server) pushesWith(t *Token) bool {
	if t.Permissions != nil {
		return t.Permissions["issues"] == "write" || t.Permissions["contents"] == "write"
	}
	return pushes(t.User.Role) || t.User.Role == "triage"
}

func (u *User) json() map[string]any {
	if u == nil {
		return nil
	}
	return map[string]any{
		"id": u.ID, "login": u.Login, "type": u.Type, "site_admin": false, "node_id": "U_" + u.Login, "gravatar_id": "",
		"avatar_url": "https://avatars.example/" + u.Login, "url": "https://api.github.com/users/" + u.Login, "html_url": "https://github.com/" + u.Login,
	}
}

func (s *Server) repositoryRoutes() []*route {
	const repo = "/repos/{owner}/{repo}"
	return []*route{
		{method: http.MethodGet, template: "/user", handle: func(c *call) *answer {
			if c.token.App {
				return fail(http.StatusForbidden, "Resource not accessible by integration")
			}
			return ok(c.user().json())
		}},
		{method: http.MethodGet, template: repo, need: "metadata=read", handle: func(c *call) *answer { return ok(s.repositoryJSON(c.token)) }},
		{method: http.MethodGet, template: repo + "/collaborators/{username}/permission", need: "metadata=read", handle: s.getPermission},
	}
}

func (s *Server) repositoryJSON(t *Token) map[string]any {
	role := t.User.Role
	return map[string]any{
		"id": 4242, "node_id": "R_4242", "name": s.name, "full_name": s.owner + "/" + s.name, "private": false, "default_branch": s.opts.DefaultBranch,
		"has_issues": !s.opts.IssuesOff, "archived": s.opts.Archived, "owner": map[string]any{"login": s.owner, "id": 9, "type": "Organization", "node_id": "O_9", "site_admin": false},
		"html_url": "https://github.com/" + s.owner + "/" + s.name, "visibility": "public",
		"permissions": map[string]any{"admin": role == "admin", "maintain": role == "admin" || role == "maintain", "push": pushes(role), "triage": role != "read" && role != "", "pull": true},
	}
}

func (s *Server) getPermission(c *call) *answer {
	u := s.users[c.params["username"]]
	if u == nil {
		return notFound()
	}
	coarse := map[string]string{"admin": "admin", "maintain": "write", "write": "write", "triage": "read", "read": "read", "": "none"}[u.Role]
	role := u.Role
	if role == "" {
		role = "none"
	}
	return ok(map[string]any{"permission": coarse, "role_name": role, "user": u.json()})
}

// SetRole gives somebody another role in the repository.
func (s *Server) SetRole(login, role string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[login].Role = role
}

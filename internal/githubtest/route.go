package githubtest

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A route is one operation. need is "permission=level"; several, separated by |, are alternatives.
type route struct {
	method, template, need string
	jwt                    bool // asked by the App itself, with a JSON web token
	handle                 func(*call) *answer
	check                  *checker
}

// match fits a path to the template. A last parameter named ref, path or basehead takes the rest.
func (r *route) match(path string) (map[string]string, bool) {
	want, have := strings.Split(r.template, "/"), strings.Split(path, "/")
	params := map[string]string{}
	for i, w := range want {
		if i >= len(have) {
			return nil, false
		}
		name, isParam := strings.CutPrefix(w, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case !isParam && w != have[i]:
			return nil, false
		case isParam && i == len(want)-1 && (name == "ref" || name == "path" || name == "basehead" || name == "branch"):
			params[name] = strings.Join(have[i:], "/")
			return params, true
		case isParam:
			params[name] = have[i]
		}
	}
	return params, len(want) == len(have)
}

func (s *Server) addRoutes() {
	doc, err := loadDescription()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, rs := range [][]*route{
		s.repositoryRoutes(), s.issueRoutes(), s.pullRoutes(), s.gitRoutes(), s.appRoutes(), s.runRoutes(), s.checkRoutes(), s.scanningRoutes(), s.teamRoutes(),
	} {
		for _, r := range rs {
			if r.check, err = newChecker(doc, r.method, r.template); err != nil {
				s.t.Fatal(err)
			}
			s.routes = append(s.routes, r)
		}
	}
	// The most literal template wins: /issues/comments/1 is not issue "comments".
	sort.SliceStable(s.routes, func(i, j int) bool {
		return strings.Count(s.routes[i].template, "{") < strings.Count(s.routes[j].template, "{")
	})
}

// count applies the primary rate limit.
func (s *Server) count(token string, header http.Header) *answer {
	if s.now.Sub(s.window) >= time.Hour {
		s.window, s.used = s.now, map[string]int{}
	}
	s.used[token]++
	left := s.opts.RateLimit - s.used[token]
	header.Set("X-RateLimit-Limit", strconv.Itoa(s.opts.RateLimit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(max(left, 0)))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(s.window.Add(time.Hour).Unix(), 10))
	if left < 0 {
		return fail(http.StatusForbidden, "API rate limit exceeded for installation.")
	}
	return nil
}

// gate refuses what the token, the repository or its settings do not allow.
func (s *Server) gate(c *call, r *route) *answer {
	if owner, ok := c.params["owner"]; ok && (!strings.EqualFold(owner, s.owner) || !strings.EqualFold(c.params["repo"], s.name)) {
		return notFound()
	}
	if r.jwt != c.token.jwt {
		return fail(http.StatusUnauthorized, "A JSON web token could not be decoded")
	}
	if r.need != "" && !s.may(c.token, r.need) {
		if c.token.Permissions == nil && c.token.User.Role == "" {
			return notFound()
		}
		c.header.Set("X-Accepted-GitHub-Permissions", strings.ReplaceAll(r.need, "|", "; "))
		return fail(http.StatusForbidden, "Resource not accessible by integration")
	}
	if s.opts.Archived && r.method != http.MethodGet {
		return fail(http.StatusForbidden, "Repository was archived so is read-only.")
	}
	return nil
}

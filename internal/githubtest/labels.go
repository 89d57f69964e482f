package githubtest

import (
	"net/http"
	"slices"
	"strings"
)

func (s *Server) setLabels(i *Issue, names []string) {
	for _, n := range names {
		if !hasLabel(i, n) {
			i.Labels = append(i.Labels, s.label(n).name)
		}
	}
}

// label finds a label, letter case aside, or makes it as GitHub does for an issue that names it.
func (s *Server) label(name string) *label {
	key := strings.ToLower(name)
	if s.labels[key] == nil {
		s.labels[key] = &label{id: s.id(), name: name, color: "ededed"}
	}
	return s.labels[key]
}

func (s *Server) labelJSON(l *label) map[string]any {
	return map[string]any{"id": l.id, "node_id": "L_" + l.name, "name": l.name, "color": l.color, "description": l.description, "default": false, "url": "https://api.github.com/labels/" + l.name}
}

func (s *Server) listLabels(c *call) *answer {
	list := []any{}
	for _, k := range sortedKeys(s.labels) {
		list = append(list, s.labelJSON(s.labels[k]))
	}
	return s.page(c, list)
}

func (s *Server) getLabel(c *call) *answer {
	l := s.labels[strings.ToLower(c.params["name"])]
	if l == nil {
		return notFound()
	}
	return ok(s.labelJSON(l))
}

func (s *Server) createLabel(c *call) *answer {
	var in struct{ Name, Color, Description string }
	if a := c.decode(&in); a != nil {
		return a
	}
	if s.labels[strings.ToLower(in.Name)] != nil {
		return invalid("Label", "name", "already_exists", "")
	}
	l := s.label(in.Name)
	l.color, l.description = in.Color, in.Description
	return created(s.labelJSON(l))
}

func (s *Server) addLabels(c *call) *answer {
	i := s.find(c.number("issue_number"))
	if i == nil {
		return notFound()
	}
	var in struct{ Labels []string }
	if a := c.decode(&in); a != nil {
		return a
	}
	if !s.pushesWith(c.token) {
		return fail(http.StatusForbidden, "Must have push access to the repository.")
	}
	was := i.image()
	s.setLabels(i, in.Labels)
	s.changed(c.user(), i, was)
	return ok(s.issueLabels(i))
}

func (s *Server) issueLabels(i *Issue) []any {
	list := []any{}
	for _, l := range i.Labels {
		list = append(list, s.labelJSON(s.label(l)))
	}
	return list
}

func (s *Server) removeLabel(c *call) *answer {
	i := s.find(c.number("issue_number"))
	if i == nil || !hasLabel(i, c.params["name"]) {
		return notFound()
	}
	was := i.image()
	i.Labels = slices.DeleteFunc(i.Labels, func(l string) bool { return strings.EqualFold(l, c.params["name"]) })
	s.changed(c.user(), i, was)
	return ok(s.issueLabels(i))
}
